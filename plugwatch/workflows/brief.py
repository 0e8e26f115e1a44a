"""What a message to a client may say: gathered from the ledger, and nothing of any other client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from plugwatch.errors import NotFoundError
from plugwatch.model.client import Client
from plugwatch.model.incident import Call, Event, Impact, Incident, client_knows
from plugwatch.model.life import back_for, state_at
from plugwatch.model.messages.message import (
    LAST_PHASES,
    PHASES,
    ClientBrief,
    Delivery,
    Message,
    SiteInBrief,
    may_have_arrived,
)
from plugwatch.model.promise import Promise
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.submission import Agency
from plugwatch.model.site import TIERS, Site

_HIT = ("affected", "mitigated", "resolved")
_WORDS_LIMIT = 200
_BACK = ("investigating", "identified")


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Any: ...

    @property
    def impacts(self) -> Any: ...

    @property
    def promises(self) -> Any: ...

    @property
    def messages(self) -> Any: ...

    @property
    def clients(self) -> Any: ...

    @property
    def sites(self) -> Any: ...


@dataclass(frozen=True)
class Part:
    """One client's part in an incident: what they said, which of their sites it hits, what they heard from us.

    ``back`` is when it came back for them, if it has.
    """

    client: Client
    calls: tuple[Call, ...]
    impacts: tuple[Impact, ...]
    told: tuple[tuple[Message, Sequence[Delivery]], ...]
    promises: tuple[Promise, ...]
    sites: tuple[Site, ...]
    back: datetime | None

    @property
    def knows(self) -> bool:
        """Whether they told us of it themselves."""
        return any(client_knows(call.heard) for call in self.calls)

    @property
    def tickets(self) -> tuple[str, ...]:
        """The addresses of the help desk's tickets about it, the newest first."""
        return tuple(call.ticket for call in reversed(self.calls) if call.ticket)

    @property
    def tier(self) -> str | None:
        """The tier of the most important of the sites."""
        return min((site.tier for site in self.sites), key=TIERS.index, default=None)

    def newest(self, phase: str) -> tuple[Message, Sequence[Delivery]] | None:
        """The last round of a phase; of two incidents that are one by now, the round that they may have got."""
        rounds = [told for told in self.told if told[0].phase == phase]
        return max(rounds, key=lambda told: (told[0].round, may_have_arrived(told[1])), default=None)

    def is_overtaken(self, message: Message) -> bool:
        """Whether a message says nothing of what is now: it came back since, or they heard since that it goes on."""
        if message.claimed_at is None:
            return False
        if self.back is not None and message.claimed_at < self.back:
            return True
        open_before = PHASES[: min(PHASES.index(message.phase), PHASES.index(LAST_PHASES[0]))]
        return any(m.phase in open_before and m.changed_at > message.changed_at for m in self.heard_before(message))

    def heard_before(self, message: Message | None) -> list[Message]:
        """What may have reached them but for this message, the earliest first."""
        heard = [m for m, rows in self.told if may_have_arrived(rows) and (message is None or m.id != message.id)]
        return sorted(heard, key=lambda one: one.changed_at)


@dataclass(frozen=True)
class Story:
    """An incident as its clients live it; ``words`` are ours for it, by language and field, ``written`` says when.

    ``moved`` is when its status changed last.
    """

    incident: Incident
    parts: Mapping[str, Part]
    words: Mapping[tuple[str, str], str]
    written: Mapping[tuple[str, str], datetime]
    moved: datetime | None
    watched: bool

    def say(self, language: str, field: str, heard: datetime | None) -> str | None:
        """Our words for a client who heard from us last at a time; None where they say nothing that is true and new.

        What was done is news, and told once. What is planned, and what to take care of, holds until the status changes.
        """
        key = (language, field)
        old = heard if field == "done" else self.moved if field in ("plan", "care") else None
        return None if key in self.words and old and self.written[key] < old else self.words.get(key)


@dataclass(frozen=True)
class Saying:
    """What somebody decided about one message; ``say`` puts a time into words on the client's clock."""

    phase: str
    language: str
    next_due: datetime | None
    question: str | None
    ticket: str | None
    agency: Agency
    sender: str
    now: datetime
    say: Callable[[datetime], str]


def root_of(work: UnitOfWork, name: str) -> Incident:
    """The incident of a number; of one that was merged into another, that other one."""
    root: Incident = work.incidents.root(work.incidents.get(name))
    return root


def load_story(work: UnitOfWork, name: str, *, now: datetime) -> Story:
    """Everything that clients live of an incident."""
    incident = root_of(work, name)
    calls = [call for call in work.incidents.calls(incident) if call.client]
    impacts = work.impacts.of_incident(incident)
    events = work.incidents.events(incident)
    back = back_for(events)
    told = work.messages.of_incident(incident)
    promises = work.promises.of_incident(incident)
    sites = {site.slug: site for site in work.sites.list()}
    slugs = {*(call.client for call in calls), *(i.client for i in impacts), *(message.client for message, _ in told)}
    parts = {}
    for client in work.clients.list():
        if client.slug in slugs and not client.is_forgotten:
            mine = tuple(call for call in calls if call.client == client.slug)
            verdicts = tuple(impact for impact in impacts if impact.client == client.slug)
            parts[client.slug] = Part(
                client=client,
                calls=mine,
                impacts=verdicts,
                told=tuple((message, rows) for message, rows in told if message.client == client.slug),
                promises=tuple(promise for promise in promises if promise.client == client.slug),
                sites=tuple(sites[slug] for slug in _sites_hit(mine, verdicts, now)),
                back=back(client.slug),
            )
    return Story(
        incident,
        parts,
        words=work.incidents.words(incident),
        written=work.incidents.words_written(incident),
        moved=max((event.at for event in events if event.kind == "status"), default=None),
        watched=_is_watched(events),
    )


def choose_clients(story: Story, phase: str, wanted: Sequence[str], *, now: datetime) -> list[str]:
    """Who is told: those who called, and those with a site that it hits; the end only who knows of it at all.

    ``wanted`` names clients instead. Raises NotFoundError for one that has no part in the incident.
    """
    for slug in wanted:
        if slug not in story.parts:
            raise NotFoundError(
                f"no site of '{slug}' has a part in {story.incident.name}, and nobody there called; "
                f"see 'plugwatch incident impact {story.incident.name}'"
            )
    if wanted:
        return sorted(dict.fromkeys(wanted), key=str.lower)
    return sorted((slug for slug, part in story.parts.items() if _is_told(part, phase, now)), key=str.lower)


def _is_told(part: Part, phase: str, now: datetime) -> bool:
    if phase in LAST_PHASES:
        return part.knows or bool(part.heard_before(None))
    return bool(part.calls) or any(state_at(impact, now) in _HIT for impact in part.impacts)


def _sites_hit(calls: Sequence[Call], impacts: Sequence[Impact], now: datetime) -> list[str]:
    """The sites that a message is about: those it hits, else those of the calls, else those in triage."""
    states = {impact.site: state_at(impact, now) for impact in impacts}
    hit = [site for site, state in states.items() if state in _HIT]
    called = [call.site for call in calls if call.site]
    return sorted(dict.fromkeys(hit or called or [site for site, state in states.items() if state == "in_triage"]))


def _is_watched(events: Sequence[Event]) -> bool:
    """Whether the incident was in monitoring since it came up, or came back."""
    watched = False
    for event in events:
        if event.kind == "reopen" or (event.kind == "status" and event.body in _BACK):
            watched = False
        elif event.kind == "status" and event.body == "monitoring":
            watched = True
    return watched


def missed_promise(part: Part, message: Message | None, *, now: datetime) -> datetime | None:
    """The first due time that we broke and have not owned up to; a message written after it has done so."""
    broken = [promise.due for promise in part.promises if promise.state(now) in ("late", "overdue")]
    written = max((heard.changed_at for heard in part.heard_before(message)), default=None)
    return min((due for due in broken if written is None or due >= written), default=None)


def gather_brief(story: Story, part: Part, message: Message | None, saying: Saying) -> ClientBrief:
    """The facts for one message to one client. ``message`` is the row that is being written, where there is one."""
    heard = part.heard_before(message)
    last = heard[-1].phase if heard else None
    ended = last in LAST_PHASES
    missed = missed_promise(part, message, now=saying.now)
    own = [call for call in part.calls if client_knows(call.heard)]

    def ours(field: str) -> str | None:
        return story.say(saying.language, field, (heard[-1].claimed_at or heard[-1].changed_at) if heard else None)

    return ClientBrief(
        language=saying.language,
        tone=part.client.tone or "formal",
        phase=saying.phase,
        client=part.client.name,
        names=_names(part),
        knows=part.knows,
        first=not heard,
        thanks=own[-1].heard if own else "",
        words=_shorten(own[-1].words) if own else None,
        sites=_sites_in_brief(part, saying.now),
        effect=ours("effect"),
        done=ours("done"),
        plan=ours("plan"),
        care=ours("care"),
        next=saying.say(saying.next_due) if saying.next_due else None,
        missed=saying.say(missed) if missed else None,
        reopened=(ended and saying.phase not in LAST_PHASES) or (last == "monitoring" and saying.phase in _BACK),
        resolved_told=ended,
        watched=story.watched,
        question=saying.question,
        ticket=saying.ticket,
        agency=saying.agency,
        sender=saying.sender,
        repeated=last == saying.phase,
    )


def _shorten(words: str) -> str:
    """On one line, cut between words: what a quotation holds, and what the checks then take for one."""
    line = one_line(words)
    return line if len(line) <= _WORDS_LIMIT else f"{line[: _WORDS_LIMIT - 2].rsplit(' ', 1)[0].rstrip()} …"


def _names(part: Part) -> tuple[str, ...]:
    """Whom to greet: the contacts that have a name, else who called last."""
    named = [contact.name for contact in part.client.contacts if contact.name]
    callers = [call.caller for call in part.calls if call.caller]
    return tuple(dict.fromkeys(named or callers[-1:]))


def _sites_in_brief(part: Part, now: datetime) -> tuple[SiteInBrief, ...]:
    states = {impact.site: state_at(impact, now) for impact in part.impacts}
    hosts = [_host(site) for site in part.sites]
    return tuple(
        SiteInBrief(host if hosts.count(host) == 1 else _address(site), states.get(site.slug, "affected"))
        for site, host in zip(part.sites, hosts, strict=True)
    )


def _host(site: Site) -> str:
    host = urlsplit(site.url).hostname if site.url else None
    return host.removeprefix("www.") if host else site.slug


def _address(site: Site) -> str:
    """Host and path, for sites that share a host."""
    return (_host(site) + urlsplit(site.url).path).rstrip("/") if site.url else site.slug
