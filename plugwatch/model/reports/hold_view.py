"""The page of holds: which versions nobody should install, why, and how many sites run one or are about to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from plugwatch.errors import PlugwatchError
from plugwatch.model.affected import may_get
from plugwatch.model.hold import Hold
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.records import ComponentFact
from plugwatch.model.version import VersionRange

MOST_LIFTED = 300


@dataclass(frozen=True)
class HoldRow:
    """One hold.

    ``running`` counts sites that run a held version of the vendor's now, ``next`` those on an older one that an update
    would lead to it; None where the range cannot be read, or no list of the component is known.
    """

    component: str
    versions: str
    reason: str
    incident: str
    until: str | None
    since: datetime
    actor: str
    running: int | None
    next: int | None
    lifted_at: datetime | None = None
    lifted_why: str | None = None

    @property
    def seconds(self) -> float:
        """How long it was in force, where it is lifted."""
        return (self.lifted_at - self.since).total_seconds() if self.lifted_at else 0.0


@dataclass(frozen=True)
class HoldView:
    """What is held now, what breaks a hold first, and what was let go in the period, the last first.

    ``lifted_left`` more were let go before those.
    """

    open: tuple[HoldRow, ...]
    lifted: tuple[HoldRow, ...]
    lifted_left: int

    @classmethod
    def of(cls, board: Board) -> HoldView:
        """The holds of all incidents of the report."""
        rows = [row_of(hold, board.components.get(str(hold.component))) for hold in holds_of(board)]
        now = [row for row in rows if row.lifted_at is None]
        gone = [row for row in rows if row.lifted_at is not None and row.lifted_at >= board.since]
        now.sort(key=lambda row: (-(row.running or 0), -(row.next or 0), row.component, row.since))
        gone.sort(key=lambda row: (row.lifted_at or row.since, row.component), reverse=True)
        return cls(tuple(now), tuple(gone[:MOST_LIFTED]), max(0, len(gone) - MOST_LIFTED))

    @property
    def running(self) -> int:
        """How many times a site runs what is held."""
        return sum(row.running or 0 for row in self.open)

    @property
    def next(self) -> int:
        """How many times a site would get what is held."""
        return sum(row.next or 0 for row in self.open)


def holds_of(board: Board) -> Iterator[Hold]:
    """Every hold once, even where two incidents name it: those in force, and those of the report's incidents."""
    seen: set[object] = set()
    for hold in (*board.holds, *(hold for record in board.records for hold in record.holds)):
        key = hold.id or (hold.incident, hold.component, hold.versions, hold.at)
        if key not in seen:
            seen.add(key)
            yield hold


def row_of(hold: Hold, component: ComponentFact | None) -> HoldRow:
    """A hold with what it means for the sites now."""
    running, following = _counts(hold, component)
    return HoldRow(
        component=str(hold.component),
        versions=hold.versions,
        reason=hold.reason,
        incident=hold.incident,
        until=hold.until,
        since=hold.at,
        actor=hold.actor,
        running=running,
        next=following,
        lifted_at=hold.lifted_at,
        lifted_why=hold.lifted_why,
    )


def _counts(hold: Hold, component: ComponentFact | None) -> tuple[int | None, int | None]:
    """Sites that run a held version, and sites that an update would lead to one; builds of ours are neither."""
    held = range_of(hold.versions)
    if held is None or component is None:
        return None, None
    running = following = 0
    for version, sites, ours in component.versions:
        if held.contains(version):
            running += sites - ours
        elif may_get(held, version, None):
            following += sites - ours
    return running, following


def range_of(text: str) -> VersionRange | None:
    """A range of versions as somebody wrote it; None where it is none."""
    try:
        return VersionRange.parse(text)
    except PlugwatchError:
        return None
