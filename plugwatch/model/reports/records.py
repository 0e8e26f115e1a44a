"""What reports are made of: each incident with all that happened in it, and what the agency looks after and carries.

These are facts of the ledger at one moment, read for all incidents at once. What follows from them is computed: numbers
in :mod:`plugwatch.model.reports.metrics`, pages in the modules beside it. Times know their zone, and are in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from plugwatch.model.hold import Hold
from plugwatch.model.incident import OPEN_STATUSES, Call, Event, Impact
from plugwatch.model.promise import Promise


class Told(NamedTuple):
    """A message that reached a client: its phase, when it was first delivered, and whether it asked something."""

    client: str
    phase: str
    at: datetime
    asks: bool


class Move(NamedTuple):
    """A submission took another status."""

    status: str
    at: datetime
    by_hand: bool


class Answer(NamedTuple):
    """The other side wrote; ``human`` is False for bots and form letters."""

    at: datetime
    human: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """One submission: what was sent through one channel, and what became of it.

    ``sent_at`` is when its first text left, None while it is a draft; ``fixed_in`` the release said to hold the fix.
    """

    name: str
    channel: str
    component: str
    status: str
    title: str
    patch: str | None = None
    url: str | None = None
    sent_at: datetime | None = None
    fixed_in: str | None = None
    moves: tuple[Move, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One incident and everything that happened in it, or in what was merged into it; each part the oldest first.

    ``component`` is a text (``plugin/tidy-forms``), None while the cause is not known; ``vendor`` what its maker is
    called, where somebody has said so. ``impacts`` are all verdicts ever given, so the last one of a site counts.
    ``patches`` are ids; ``links`` names of related incidents, each with a note. ``effects`` is what clients are told
    of it, by language.
    """

    name: str
    number: int
    title: str
    status: str
    severity: str
    trigger: str
    opened_at: datetime
    component: str | None = None
    version: str | None = None
    affected: str | None = None
    vendor: str | None = None
    security: bool = False
    assignee: str | None = None
    workaround: str | None = None
    steps: str | None = None
    expected: str | None = None
    actual: str | None = None
    with_components: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    impacts: tuple[Impact, ...] = ()
    events: tuple[Event, ...] = ()
    promises: tuple[Promise, ...] = ()
    told: tuple[Told, ...] = ()
    upstream: tuple[Upstream, ...] = ()
    holds: tuple[Hold, ...] = ()
    patches: tuple[str, ...] = ()
    links: tuple[tuple[str, str | None], ...] = ()
    turn: str = "nobody"
    turn_why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a client still waits for the end of it."""
        return self.status in OPEN_STATUSES

    @property
    def reported_at(self) -> datetime:
        """When somebody first told us, else when it was opened."""
        return min([self.opened_at, *(call.at for call in self.calls)])

    @property
    def minutes(self) -> int:
        """What was worked on it."""
        return sum(event.minutes or 0 for event in self.events)


class ClientFact(NamedTuple):
    """Who pays; ``name`` is what people call them."""

    slug: str
    name: str


class SiteFact(NamedTuple):
    """A site of a client."""

    slug: str
    client: str
    tier: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ComponentFact:
    """A component that sites run now, or that an incident or a fork is about.

    ``versions`` are those that run (the base version of a build of ours), the lowest first, each with its number of
    sites and how many of these run a build of ours. ``support`` are threads of two months in the vendor's forum:
    resolved, and all; None where nobody has asked.
    """

    component: str
    name: str | None = None
    vendor: str | None = None
    versions: tuple[tuple[str, int, int], ...] = ()
    support: tuple[int, int] | None = None

    @property
    def sites(self) -> int:
        """On how many sites it runs."""
        return sum(sites for _version, sites, _ours in self.versions)


class PatchFact(NamedTuple):
    """A patch: since when we have it, what we mean to do with it, and its submissions (names).

    ``stance`` is ``send``, ``wait``, ``never``, or None where nobody has said. ``forwarded``: something of it was sent.
    """

    id: str
    title: str
    origin: str
    made_at: datetime
    incident: str | None = None
    stance: str | None = None
    reason: str | None = None
    forwarded_at: datetime | None = None
    submissions: tuple[str, ...] = ()


class DropFact(NamedTuple):
    """A patch left the stack on a release: by a verdict (``landed`` …), or ``dropped`` by hand."""

    patch: str
    version: str
    verdict: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ForkFact:
    """A fork as the ledger's index has it.

    ``releases`` are versions, the lowest first, each with the time it was imported; ``stacks`` patches by release in
    their order; ``builds`` versions of builds with the release below. ``conflict`` is what a check last said of the
    vendor's newest release where a person must decide, else None.
    """

    component: str
    releases: tuple[tuple[str, datetime], ...]
    stacks: Mapping[str, tuple[str, ...]]
    patches: Mapping[str, PatchFact]
    drops: tuple[DropFact, ...] = ()
    builds: tuple[tuple[str, str], ...] = ()
    conflict: str | None = None

    @property
    def patched(self) -> str | None:
        """The newest release with a stack."""
        return next((version for version, _at in reversed(self.releases) if version in self.stacks), None)

    @property
    def carried(self) -> tuple[str, ...]:
        """The patches that are carried now."""
        return self.stacks[self.patched] if self.patched else ()
