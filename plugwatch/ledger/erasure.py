"""What the ledger holds of one client, and how it forgets it: the only rows that are ever erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from plugwatch.errors import BusyError
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.counters import Counters
from plugwatch.ledger.erasure_texts import Texts
from plugwatch.ledger.holdings import read_holdings
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import FORGOTTEN, Client
from plugwatch.model.erasure import (
    ERASED,
    Eraser,
    Holdings,
    Scope,
    Sent,
    Traces,
    address_host,
)

_SENDING = timedelta(minutes=5)  # how long a claim on a message counts
_SETTLED = ("not_affected", "resolved")


class Erasure:
    """Where words of a client stand, and what is put in their place."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "erasure")
        self._counters = Counters(connection)
        self._texts = Texts(connection)

    # What there is

    def traces(self, client: Client, *, also: Sequence[str] = (), public: Sequence[str] = ()) -> Traces:
        """What tells of a client by all its rows; ``also`` is to be erased besides, ``public`` is not."""
        sites, calls = self._rows("sites", client), self._rows("calls", client)
        told, others = self._rows("addresses", client), self._rows("other_names", client)
        hosts = {address_host(url) for _slug, url in others if url} | {address_host(name) for name in public}
        own = [url for _id, _slug, url, _source in sites if url]
        mine = {address_host(url) for url in own}
        tickets = [ticket for _caller, _words, ticket in calls if ticket]
        sources = [source for *_names, source in sites if source and len(source) > 8]
        return Traces(
            names=(client.name,),
            slug=client.slug,
            site_slugs=tuple(slug for _id, slug, _url, _source in sites),
            addresses=tuple(url for url in own if address_host(url) not in hosts),
            people=_given([*(c.name for c in client.contacts), *(row[0] for row in calls), *(row[0] for row in told)]),
            mails=_given([*(c.email for c in client.contacts), *(row[1] for row in told)]),
            words=_given([*(row[1] for row in calls), *(row[0] for row in self._rows("answers", client))]),
            also=_given([*also, *tickets, *sources, *(url for url in own if address_host(url) in hosts)]),
            public=_given([*public, *(name for name, _url in others), *_cells(self._rows("public_names", client))]),
            theirs=tuple(sorted(host for host in hosts if not any(f".{host}".endswith(f".{name}") for name in mine))),
        )

    def site_slugs(self, client: Client) -> list[str]:
        """The short names of a client's sites."""
        return [slug for _id, slug, _url, _source in self._rows("sites", client)]

    def open_incidents(self, client: Client) -> list[str]:
        """The incidents with a part of this client that are not closed: ``INC-4``; one that was merged is no more."""
        rows = self._rows("about", client)
        return [f"INC-{number}" for _id, number, status, merged_into in rows if status != "closed" and not merged_into]

    def incidents(self, client: Client) -> frozenset[str]:
        """All incidents with a part of this client."""
        return frozenset(f"INC-{row[1]}" for row in self._rows("about", client))

    def sent(self, client: Client) -> list[Sent]:
        """What has left for a client, the earliest first: no program can take that back."""
        return [
            Sent(f"INC-{number}", phase, road, address, state, from_text(at))
            for number, phase, road, address, state, at in self._rows("was_sent", client)
        ]

    def sent_to_vendors(self, client: Client, eraser: Eraser) -> list[str]:
        """A sentence for each text to a vendor that went out and tells of a client."""
        own = {row[0] for row in self._rows("about", client)}
        found = []
        for number, incident, status, title, body, url in self._queries.rows("submissions"):
            scope = Scope.OWN if incident in own else Scope.OTHER
            if status != "draft" and any(eraser.finds(text or "", scope) for text in (title, body, url)):
                found.append(f"SUB-{number} was sent to its vendor{f': {url}' if url else ''}")
        return list(dict.fromkeys(found))

    def submissions(self, client: Client) -> frozenset[str]:
        """The submissions about the incidents of a client: ``SUB-2``."""
        own = {row[0] for row in self._rows("about", client)}
        return frozenset(f"SUB-{row[0]}" for row in self._queries.rows("submissions") if row[1] in own)

    def named_elsewhere(self, client: Client, eraser: Eraser) -> list[str]:
        """A sentence for each place that names a client and that others need as it is."""
        found = [
            f"site {slug} of another client names it in its {what}; change that with 'plugwatch site set {slug}'"
            for slug, url, source in self._rows("other_sites", client)
            for what, text in (("address", url), ("source", source))
            if text and eraser.finds(text, Scope.THEIRS)
        ]
        found += [
            f"{kind}/{slug} is called after it, and has a fork or a submission under that name"
            for row_id, kind, slug, name in self._rows("own_components", client)
            if self._is_called_after(eraser, slug, name) and self._queries.row("is_worked_on", id=row_id)
        ]
        return found

    def doubts(self, client: Client, eraser: Eraser) -> int:
        """In how many texts the short name stands that are not about the client, so that it may be any word there."""
        about, in_triage = self._incidents(client)
        name = Eraser(Traces(also=(client.slug,)))
        texts = self._texts.all(client, about, in_triage)
        return sum(name.finds(text.changed(eraser.redact)) for text in texts if text.scope is not Scope.OWN)

    def held(self, client: Client, eraser: Eraser, others: Eraser) -> Holdings:
        """All that is held of a client; ``others`` takes the other clients out of what the agency wrote."""
        about, in_triage = self._incidents(client)
        texts = self._texts.all(client, about, in_triage)
        return read_holdings(self._queries, texts, client, eraser, others)

    def forgotten(self) -> list[str]:
        """The short names of clients that were forgotten."""
        return [slug for (slug,) in self._queries.rows("forgotten", name=FORGOTTEN)]

    # Forgetting

    def check_quiet(self, client: Client, *, now: datetime) -> None:
        """Raise BusyError while somebody is sending a message to a client."""
        sending = self._queries.rows("being_sent", client_id=client.id, since=to_text(now - _SENDING))
        if sending:
            raise BusyError(f"a message about INC-{sending[0][0]} is being sent to {client.slug}; try again later")

    def erase(self, client: Client, eraser: Eraser, *, now: datetime, actor: str) -> tuple[str, int]:
        """Take a client's names, words and addresses out of every row; times and statuses stay.

        The short name under which its rows are still held together, and the number of texts of others that were
        changed. A client that was forgotten before is left as it is.
        """
        self.check_quiet(client, now=now)
        about, in_triage = self._incidents(client)
        slug = self._free_slug()
        self._erase_components(client, eraser, slug)
        self._set_aside(client, now=now, actor=actor)
        self._erase_own_rows(client, slug, now=now)
        changed = 0
        for text in self._texts.all(client, about, in_triage):
            after = text.changed(eraser.redact)
            if after != text.value:
                self._texts.write(text, after)
                changed += 1
        for kind, place, summary in self._queries.rows("findings"):
            if eraser.finds(place) or eraser.finds(summary):
                self._queries.run("erase_finding", kind=kind, place=place)
        body = f"{slug}: names, words and addresses of this client were erased"
        for incident in sorted(about):
            event = {"id": new_id(), "incident_id": incident, "client_id": client.id}
            self._queries.run("note_event", at=to_text(now), actor=actor, body=body, **event)
        return slug, changed

    def _erase_own_rows(self, client: Client, slug: str, *, now: datetime) -> None:
        own = {"client_id": client.id}
        for number, (site_id, *_names) in enumerate(self._rows("sites", client), 1):
            self._queries.run("erase_site", id=site_id, slug=f"{slug}-{number}")
        for name in ("reminders", "open_promises", "unsent_deliveries", "unsent_sites", "unsent_messages"):
            self._queries.run(f"erase_{name}", **own)
        for number, (message, address) in enumerate(self._rows("deliveries", client), 1):
            # The key of a row: two addresses of one message must stay two.
            self._queries.run("erase_delivery", message_id=message, address=address, kept=f"{ERASED} {number}")
        for name in ("calls", "messages", "imports"):
            self._queries.run(f"erase_{name}", erased=ERASED, **own)
        for name in ("answers", "unresolved", "contacts"):
            self._queries.run(f"erase_{name}", **own)
        self._queries.run("close_installations", now=to_text(now), **own)
        self._queries.run("erase_client", slug=slug, name=FORGOTTEN, **own)

    def _erase_components(self, client: Client, eraser: Eraser, slug: str) -> None:
        """Rename components that nobody else has and that are called after the client; forks keep their folders."""
        for number, (row_id, kind, name, display) in enumerate(self._rows("own_components", client), 1):
            if not self._is_called_after(eraser, name, display) or self._queries.row("is_worked_on", id=row_id):
                continue
            self._queries.run("erase_component", id=row_id, slug=f"{slug}-{kind}-{number}")
            self._queries.run("erase_component_names", id=row_id)
            for query in ("erase_name_choices", "erase_directory_entry"):
                self._queries.run(query, kind=kind, slug=name)

    @staticmethod
    def _is_called_after(eraser: Eraser, slug: str, name: str | None) -> bool:
        """Whether a component has the client's name in its own; slugs have no capitals that could tell."""
        return any(eraser.finds(text, Scope.OTHER) for text in (slug, slug.title(), name or ""))

    def _set_aside(self, client: Client, *, now: datetime, actor: str) -> None:
        """Nobody looks after the sites any more, so no incident must wait for them."""
        for incident, site, state in self._rows("verdicts", client):
            if state not in _SETTLED:
                ids = {"id": new_id(), "incident_id": incident, "site_id": site}
                self._queries.run("set_aside", at=to_text(now), actor=actor, **ids)

    def _incidents(self, client: Client) -> tuple[frozenset[str], frozenset[str]]:
        """The ids of a client's incidents, and of those that only look at its sites."""
        about, in_triage = self._rows("about", client), self._rows("in_triage", client)
        return frozenset(row[0] for row in about), frozenset(row[0] for row in in_triage)

    def _free_slug(self) -> str:
        while True:
            slug = f"forgotten-{self._counters.next('forgotten')}"
            if not self._queries.row("taken_slug", slug=slug):
                return slug

    def _rows(self, query: str, client: Client) -> list[Row]:
        return self._queries.rows(query, client_id=client.id)


def _given(texts: Sequence[str | None]) -> tuple[str, ...]:
    """The texts that are there, each once."""
    return tuple(dict.fromkeys(text for text in texts if text and text != ERASED))


def _cells(rows: Sequence[Row]) -> Iterator[str | None]:
    """Texts of rows, line by line."""
    for row in rows:
        for text in row:
            yield from (text or "").split("\n")
