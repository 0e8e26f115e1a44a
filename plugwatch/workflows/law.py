"""What the law gives a client: a copy of all that is held of it, and to be forgotten.

To forget, forks and files come first and the ledger last: it is the ledger that says what tells of the client, so that
whoever was stopped in the middle runs the command again and goes on.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import Client, format_duration
from plugwatch.model.component import Component
from plugwatch.model.erasure import Eraser, HeldMessage, Holdings, Scope, Sent, Traces, source_scope
from plugwatch.model.fork import Patch
from plugwatch.model.site import Site

Redact = Callable[[str, str | None], str]  # a text, and the incident (INC-4) that it is about, if any
_ANOTHER = "(another client)"
_INSTALLATIONS = ("site", "component", "version", "status", "first_seen", "last_seen", "until")


class Erasure(Protocol):
    """What the ledger knows of a client's words."""

    def traces(self, client: Client, *, also: Sequence[str] = (), public: Sequence[str] = ()) -> Traces:
        """What tells of a client; ``also`` is to be erased besides, ``public`` is not."""

    def incidents(self, client: Client) -> frozenset[str]:
        """The incidents that it has a part in."""

    def open_incidents(self, client: Client) -> list[str]:
        """Those of them that are not closed."""

    def site_slugs(self, client: Client) -> list[str]:
        """The short names of its sites."""

    def sent(self, client: Client) -> list[Sent]:
        """What has reached it."""

    def sent_to_vendors(self, client: Client, eraser: Eraser) -> list[str]:
        """A sentence for each text to a vendor that went out and tells of it."""

    def submissions(self, client: Client) -> frozenset[str]:
        """The submissions about its incidents."""

    def named_elsewhere(self, client: Client, eraser: Eraser) -> list[str]:
        """A sentence for each place where others' records name it."""

    def doubts(self, client: Client, eraser: Eraser) -> int:
        """In how many texts about others its short name may be any word."""

    def held(self, client: Client, eraser: Eraser, others: Eraser) -> Holdings:
        """All that is held of it."""

    def check_quiet(self, client: Client, *, now: datetime) -> None:
        """Raise BusyError while it is being written to."""

    def erase(self, client: Client, eraser: Eraser, *, now: datetime, actor: str) -> tuple[str, int]:
        """Take it out of every row; the name that is left, and the number of texts changed."""


class Clients(Protocol):
    """The clients of the agency."""

    def resolve(self, text: str) -> Client:
        """The client that a text names."""

    def list(self) -> tuple[Client, ...]:
        """All clients."""


class Sites(Protocol):
    """Their sites."""

    def list(self, *, client: str | None = None) -> tuple[Site, ...]:
        """All sites, or those of one client."""


class Work(Protocol):
    """One state of the ledger."""

    @property
    def clients(self) -> Clients: ...

    @property
    def sites(self) -> Sites: ...

    @property
    def erasure(self) -> Erasure: ...


class Ledger(Protocol):
    """Where the rows are."""

    def unit_of_work(self) -> AbstractContextManager[Work]:
        """All of it or nothing."""

    def reading(self) -> AbstractContextManager[Work]:
        """One state of the ledger."""


@dataclass(frozen=True)
class Plan:
    """What is to be forgotten, looked up before anything is touched.

    ``incidents`` (``INC-4``) and ``submissions`` (``SUB-2``) are those that the client has a part in; ``doubts`` counts
    the texts in which the short name is not taken for the client.
    """

    client: Client
    site_slugs: tuple[str, ...]
    incidents: frozenset[str]
    submissions: frozenset[str]
    open_incidents: tuple[str, ...]
    sent: tuple[Sent, ...]
    to_vendors: tuple[str, ...]
    doubts: int
    eraser: Eraser = field(repr=False)

    def redact(self, text: str, incident: str | None) -> str:
        """A text that the agency wrote, about an incident or none, without what tells of the client."""
        return _redact(self.eraser, self.incidents, text, incident)

    def redact_source(self, source: str) -> str:
        """Where something came from, without what tells of the client."""
        return self.eraser.redact(source, source_scope(source))


@dataclass(frozen=True)
class Cleaned:
    """Sentences on one place: what was erased there, what a person must still do, and what was given away."""

    done: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forgotten:
    """The name that is left of a client (None where the ledger was not touched), and what was done where."""

    name: str | None
    texts: int
    done: tuple[str, ...]
    left: tuple[str, ...]
    given: tuple[str, ...]


def _redact(eraser: Eraser, incidents: frozenset[str], text: str, incident: str | None) -> str:
    return eraser.redact(text, Scope.OWN if incident in incidents else Scope.OTHER)


def plan_forgetting(work: Work, text: str, *, also: Sequence[str], public: Sequence[str], now: datetime) -> Plan:
    """All that must be known to forget a client. Raises PlugwatchError where it was done, or cannot be done now."""
    client, erasure = work.clients.resolve(text), work.erasure
    if client.is_forgotten:
        raise PlugwatchError(f"{client.slug} was forgotten already; nothing here tells who it was")
    erasure.check_quiet(client, now=now)
    eraser = Eraser(erasure.traces(client, also=also, public=public))
    return Plan(
        client=client,
        site_slugs=tuple(erasure.site_slugs(client)),
        incidents=erasure.incidents(client),
        submissions=erasure.submissions(client),
        open_incidents=tuple(erasure.open_incidents(client)),
        sent=tuple(erasure.sent(client)),
        to_vendors=tuple(erasure.sent_to_vendors(client, eraser)),
        doubts=erasure.doubts(client, eraser),
        eraser=eraser,
    )


def forget_client(
    ledger: Ledger, plan: Plan, places: Iterable[Callable[[Plan], Cleaned]], *, here: bool, now: datetime, actor: str
) -> Forgotten:
    """Erase a client in each place, then in the ledger, unless only this machine is meant (``here``)."""
    cleaned = [place(plan) for place in places]
    left = [sentence for one in cleaned for sentence in one.left]
    name, texts = None, 0
    if not here:
        with ledger.unit_of_work() as work:
            left += work.erasure.named_elsewhere(plan.client, plan.eraser)
            name, texts = work.erasure.erase(plan.client, plan.eraser, now=now, actor=actor)
    return Forgotten(
        name=name,
        texts=texts,
        done=tuple(sentence for one in cleaned for sentence in one.done),
        left=tuple(left),
        given=(*map(_sent_sentence, plan.sent), *plan.to_vendors, *(s for one in cleaned for s in one.given)),
    )


def _sent_sentence(sent: Sent) -> str:
    what = {
        "kept": "is written to in a draft in the mailbox",
        "written": "is written to in a file that may have been sent",
        "sent": {"phone": "was told by phone", "desk": "got through the help desk"}.get(sent.road, "got by mail"),
    }.get(sent.state, "may have got by mail")
    return f"{sent.address} {what}: {sent.incident} {sent.phase}, {sent.at:%Y-%m-%d %H:%M} UTC"


def export_client(
    work: Work,
    client: Client,
    write_mail: Callable[[HeldMessage], bytes],
    find_patches: Callable[[Redact], Iterable[tuple[Component, Patch]]],
) -> dict[str, bytes]:
    """All that ledger and forks hold of a client, as files of an archive; the same ledger gives the same bytes.

    ``find_patches`` finds those that a function would change. What the agency wrote names no other client.
    """
    eraser, incidents = Eraser(work.erasure.traces(client)), work.erasure.incidents(client)
    others = Eraser(_others(work, client), _ANOTHER)
    held = work.erasure.held(client, eraser, others)
    patches = find_patches(partial(_redact, eraser, incidents))
    files = {
        "client.json": _json(_client(client)),
        "sites.json": _json([_site(site) for site in work.sites.list(client=client.slug)]),
        "installations.csv": _csv(_INSTALLATIONS, held.installations),
        "feedback.json": _json(held.feedback),
        "lists.json": _json(held.lists),
        "messages.json": _json([_message(number, one) for number, one in enumerate(held.messages, 1)]),
        "patches.json": _json([_patch(component, patch, others) for component, patch in patches]),
        "texts.json": _json(held.texts),
    }
    files |= {f"incidents/{name}.json": _json(facts) for name, facts in held.incidents.items()}
    return files | {_mail_name(number, one): write_mail(one) for number, one in enumerate(held.messages, 1)}


def _others(work: Work, client: Client) -> Traces:
    """What tells of all other clients."""
    others = [one for one in work.clients.list() if one.id != client.id and not one.is_forgotten]
    sites = [site for site in work.sites.list() if site.client != client.slug]
    own = [site.url for site in work.sites.list(client=client.slug) if site.url]
    return Traces(
        names=tuple(name for one in others for name in {one.name, one.slug}),
        site_slugs=tuple(site.slug for site in sites),
        addresses=tuple(site.url for site in sites if site.url),
        people=tuple(contact.name for one in others for contact in one.contacts if contact.name),
        mails=tuple(contact.email for one in others for contact in one.contacts),
        also=tuple(one.slug for one in others),  # better a word too few than another client's name
        public=(client.name, client.slug, *own),
    )


def _client(client: Client) -> dict[str, Any]:
    return {
        "client": client.slug,
        "name": client.name,
        "contacts": [{"name": contact.name, "email": contact.email} for contact in client.contacts],
        "language": client.language,
        "tone": client.tone,
        "timezone": client.timezone,
        "hours": str(client.hours) if client.hours else None,
        "names_vendor": client.names_vendor,
        "first_response": format_duration(client.first_response) if client.first_response else None,
        "update_every": format_duration(client.update_every) if client.update_every else None,
        "since": client.created_at.isoformat() if client.created_at else None,
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        "site": site.slug,
        "url": site.url,
        "tier": site.tier,
        "source": site.source,
        "network": site.network_site,
        "since": site.created_at.isoformat() if site.created_at else None,
    }


def _patch(component: Component, patch: Patch, others: Eraser) -> dict[str, Any]:
    return {
        "component": str(component),
        "patch": patch.id,
        "incident": patch.incident,
        "title": others.redact(patch.title, Scope.OTHER),
        "why": others.redact(patch.why, Scope.OTHER),
        "author": {"name": patch.author.name, "email": patch.author.email},
        "source": patch.source,
    }


def _message(number: int, message: HeldMessage) -> dict[str, Any]:
    deliveries = [
        {**asdict(one), "sent_at": one.sent_at.isoformat() if one.sent_at else None} for one in message.deliveries
    ]
    return {
        "file": _mail_name(number, message),
        "incident": message.incident,
        "phase": message.phase,
        "round": message.round,
        "road": message.road,
        "language": message.language,
        "written_at": message.created_at.isoformat(),
        "deliveries": deliveries,
    }


def _mail_name(number: int, message: HeldMessage) -> str:
    return f"messages/{number:03}-{message.incident}-{message.phase}.eml"


def _json(document: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue().encode()
