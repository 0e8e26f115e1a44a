"""The facts of the agency's report, put together from the ledger: nobody is asked, and no fork is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, Person, StackEntry
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.records import ClientFact, ComponentFact, ForkFact, Record, SiteFact
from plugwatch.model.roads.ladder import Week
from plugwatch.model.today import OnCall, Turn
from plugwatch.workflows.matrix import Work as MatrixWork
from plugwatch.workflows.matrix import matrix
from plugwatch.workflows.today import Work as TodayWork
from plugwatch.workflows.today import look

_NOBODY = Person("", "")


class History(Protocol):
    """Everything that happened, as far as reports tell of it."""

    def records(self, *, since: datetime, now: datetime, turns: Sequence[Turn] | None = None) -> Sequence[Record]:
        """Incidents that were open at any time since then, or reported to a vendor; the newest first."""

    def clients(self) -> Mapping[str, ClientFact]:
        """All clients."""

    def sites(self) -> Mapping[str, SiteFact]:
        """All sites."""

    def components(self) -> Mapping[str, ComponentFact]:
        """What sites run now, and what incidents and forks are about."""

    def forks(self) -> Sequence[ForkFact]:
        """All forks."""

    def built(self) -> Mapping[tuple[str, str], datetime]:
        """When each build was made, by component and version."""


class Work(TodayWork, MatrixWork, Protocol):
    """One state of the ledger."""

    @property
    def history(self) -> History:
        """What happened."""

    @property
    def holds(self) -> Any:
        """Versions that no site should get."""


@dataclass(frozen=True)
class Wanted:
    """What a report is about: the agency, the moment on its clock, and how far it looks back.

    Lists of sites older than ``stale_after`` say nothing of what will be hit next; ``week`` is the agency's own.
    """

    agency: str
    now: datetime
    since: datetime
    stale_after: timedelta
    week: Week
    on_call: OnCall | None = None
    hourly_rate: float = 0.0
    currency: str = "EUR"


def board(work: Work, wanted: Wanted) -> Board:
    """Everything that the report shows."""
    now, history = wanted.now, work.history
    today = look(work, now=now, on_call=wanted.on_call, stale_after=wanted.stale_after, week=wanted.week)
    forks, built = history.forks(), history.built()
    return Board(
        agency=wanted.agency,
        now=now,
        since=wanted.since,
        records=tuple(history.records(since=wanted.since, now=now, turns=today.turns)),
        clients=history.clients(),
        sites=history.sites(),
        components=history.components(),
        forks=tuple(forks),
        matrix=tuple(matrix(work, [_View.of(fork, built) for fork in forks], now=now)),
        today=today,
        holds=tuple(hold for of_component in work.holds.open().values() for hold in of_component),
        hourly_rate=wanted.hourly_rate,
        currency=wanted.currency,
    )


@dataclass(frozen=True)
class _Build:
    """A build of ours, and what it holds."""

    version: str
    base_version: str
    patches: tuple[str, ...]


@dataclass(frozen=True)
class _View:
    """A fork as the ledger's index knows it: what the matrix asks of it, without the fork."""

    component: Component
    stacks: Mapping[str, Sequence[StackEntry]]
    builds: Sequence[_Build]

    @classmethod
    def of(cls, fork: ForkFact, built: Mapping[tuple[str, str], datetime]) -> _View:
        entries = {
            one.id: StackEntry(Patch(one.id, one.title, "", _NOBODY, "", one.origin, one.incident), "", "", "")
            for one in fork.patches.values()
        }
        stacks = {version: [entries[patch] for patch in stack] for version, stack in fork.stacks.items()}
        builds = [
            _Build(version, base, _held(fork, base, built[fork.component, version])) for version, base in fork.builds
        ]
        return cls(Component.parse(fork.component), stacks, builds)


def _held(fork: ForkFact, base: str, built_at: datetime) -> tuple[str, ...]:
    """The patches in a build: of those on its release what was there by then, and what has left it since."""
    there = [patch for patch in fork.stacks.get(base, ()) if fork.patches[patch].made_at <= built_at]
    return (*there, *(drop.patch for drop in fork.drops if drop.version == base and drop.at > built_at))
