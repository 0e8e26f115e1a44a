"""Sites, each of one client."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from plugwatch.errors import LedgerError, NotFoundError
from plugwatch.ledger.clients import Clients
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.matching import like_part, the_one
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import Client
from plugwatch.model.site import Site

_NEXT_STEP = "see 'plugwatch site list', or add it with 'plugwatch site add'"


class Sites:
    """The sites that the agency looks after. Names are found in any letter case."""

    def __init__(self, connection: Connection, clients: Clients) -> None:
        self._queries = Queries(connection, "sites")
        self._clients = clients

    def add(self, site: Site, *, at: datetime) -> Site:
        """Keep a new site, and its client too where no client of exactly that slug is known.

        What is returned has its id and the client's slug as kept. Raises PlugwatchError for bad values and for a slug
        in use.
        """
        site.check()
        self._check_free(site)
        client = self._clients.find(site.client) or self._clients.add(Client(site.client, site.client), at=at)
        kept = replace(site, client=client.slug, id=new_id(), created_at=at)
        self._queries.run("insert", created_at=to_text(at), **self._columns(kept, client))
        return kept

    def update(self, site: Site) -> None:
        """Write all settings of a known site (found by its id); its client must be known."""
        site.check()
        self._check_free(site)
        if not self._queries.run("update", **self._columns(site, self._clients.get(site.client))):
            raise NotFoundError(f"the site '{site.slug}' is not in this ledger; {_NEXT_STEP}")

    def find(self, slug: str) -> Site | None:
        """The site of exactly this slug, or None."""
        row = self._queries.row("id_of", slug=slug.lower())
        return self._load(row[0]) if row else None

    def get(self, slug: str) -> Site:
        """The site of exactly this slug; NotFoundError where there is none."""
        site = self.find(slug)
        return site if site else the_one("sites", slug, [], next_step=_NEXT_STEP)

    def resolve(self, text: str) -> Site:
        """The site that the text names: its slug, else the only one with the text in its slug, else in its URL.

        Raises AmbiguousError with the candidates, or NotFoundError.
        """
        site = self.find(text)
        if site:
            return site
        part = like_part(text)
        found = self._queries.rows("slugs_containing", part=part) if text else []
        if text and not found:
            found = self._queries.rows("urls_containing", part=part)
        return self._load(the_one("sites", text, found, next_step=_NEXT_STEP))

    def list(self, *, client: str | None = None) -> tuple[Site, ...]:
        """All sites, or those of the client of this slug, in the order of their slugs."""
        sites = [_site(row) for row in self._queries.rows("all")]
        chosen = [site for site in sites if client is None or site.client.lower() == client.lower()]
        return tuple(sorted(chosen, key=lambda site: site.slug.lower()))

    def sharing_with(self, site: Site) -> tuple[Site, ...]:
        """The other sites of the network that this one is the main site or a part of; they run the same files."""
        main_id = self.get(site.network_site).id if site.network_site else site.id
        return tuple(_site(row) for row in self._queries.rows("of_network", main_id=main_id) if row[0] != site.id)

    def _load(self, site_id: str) -> Site:
        """A site that is known to exist."""
        [row] = self._queries.rows("by_id", id=site_id)
        return _site(row)

    def _check_free(self, site: Site) -> None:
        """Units of work follow one another, so what is free here is free when it is written."""
        row = self._queries.row("id_of", slug=site.slug.lower())
        if row and row[0] != site.id:
            raise LedgerError(f"there is a site '{site.slug}' already; change it with 'plugwatch site set'")

    def _main_site(self, site: Site) -> Site:
        """The main site of the network that a site is to be a part of. Raises LedgerError for networks in networks."""
        main = self.get(site.network_site or "")
        if main.network_site:
            raise LedgerError(
                f"'{main.slug}' is a part of the network of '{main.network_site}' itself; name that one with --network"
            )
        if site.id and any(
            one.network_site == site.slug for one in self.sharing_with(replace(site, network_site=None))
        ):
            raise LedgerError(f"'{site.slug}' is the main site of a network and cannot be a part of another one")
        return main

    def _columns(self, site: Site, client: Client) -> dict[str, object]:
        """A site as its row keeps it, but for the time of creation, which never changes."""
        return {
            "id": site.id,
            "client_id": client.id,
            "slug": site.slug,
            "url": site.url,
            "tier": site.tier,
            "source": site.source,
            "network_site_id": self._main_site(site).id if site.network_site else None,
        }


def _site(row: Row) -> Site:
    """A row of the queries ``all`` and ``by_id`` as a site."""
    site_id, slug, client, url, tier, source, network_site, created_at = row
    return Site(slug, client, url, tier, source, network_site, site_id, from_text(created_at))
