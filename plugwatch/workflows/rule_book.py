"""What messages about an incident are held against: names of other clients, of products and of their vendors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol
from urllib.parse import urlsplit

from plugwatch.model.client import Client
from plugwatch.model.component import Component
from plugwatch.model.messages.checks import PrivateWords, Product, Rules
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.roads.submission import Agency
from plugwatch.model.site import Site
from plugwatch.model.vendors.vendor import Vendor
from plugwatch.workflows.brief import Part, Story

# WordPress, PHP and drop-ins are no product that a client could take for a vendor's.
_SOLD = ("plugin", "theme", "mu-plugin")


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def clients(self) -> Any: ...

    @property
    def sites(self) -> Any: ...

    @property
    def components(self) -> Any: ...

    @property
    def vendors(self) -> Any: ...


@dataclass(frozen=True)
class RuleBook:
    """All that is known of names; the rules for one client leave that client's own ones out."""

    agency: Agency
    products: tuple[Product, ...]
    clients: Sequence[Client]
    sites: Sequence[Site]

    def rules(self, part: Part, brief: ClientBrief, *, next_due: datetime | None, zone: tzinfo, now: datetime) -> Rules:
        """What a message to this client is held against."""
        others = [client for client in self.clients if client.slug != part.client.slug]
        theirs = [site for site in self.sites if site.client != part.client.slug]
        return Rules(
            brief=brief,
            now=now,
            next_due=next_due,
            zone=zone,
            names_vendor=bool(part.client.names_vendor),
            ours=tuple(self._ours(part)),
            products=self.products,
            others=PrivateWords(
                names=tuple(client.name for client in others),
                slugs=(*(client.slug for client in others), *(site.slug for site in theirs)),
                addresses=tuple(site.url for site in theirs if site.url),
                contacts=tuple(str(contact) for client in others for contact in client.contacts),
            ),
        )

    def _ours(self, part: Part) -> Iterator[str]:
        """Names and addresses of the agency and of the client: they may stand in any message to them."""
        agency, client = self.agency, part.client
        mine = [site for site in self.sites if site.client == client.slug]
        texts = [agency.name, agency.email, agency.url, agency.signature, client.name, client.slug]
        texts += [text for contact in client.contacts for text in (contact.name, contact.email)]
        texts += [text for site in mine for text in (site.slug, site.url, _host(site.url)) if text]
        texts += [call.caller for call in part.calls if call.caller]
        yield from dict.fromkeys(text for text in texts if text)


def load_rules(work: UnitOfWork, story: Story, agency: Agency) -> RuleBook:
    """Everything that the ledger knows of names."""
    incident = story.incident
    near = {incident.component, *incident.with_components}
    vendors = work.vendors.all()
    products = [
        _product(component, name, vendors.get(component), near=component in near)
        for component, name in work.components.names().items()
        if component.kind in _SOLD
    ]
    return RuleBook(agency, tuple(products), work.clients.list(), work.sites.list())


def _product(component: Component, name: str | None, vendor: Vendor | None, *, near: bool) -> Product:
    words = vendor.words if vendor else ()
    domains = [word for word in words if "." in word and " " not in word]
    return Product(
        name=name or component.slug,
        slug=component.slug,
        vendor=vendor.name if vendor else None,
        domain=domains[0] if domains else None,
        words=tuple(word for word in words if word not in domains[:1]),
        near=near,
    )


def _host(url: str | None) -> str | None:
    return urlsplit(url).hostname if url else None
