"""The pages of components: what breaks how often, how long it takes, where it runs, and what it costs us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.chart import Chart, Point, Series
from plugwatch.model.reports.hold_view import HoldRow, holds_of, range_of, row_of
from plugwatch.model.reports.metrics import METRICS, by_severity, mitigations, upstream_fixes
from plugwatch.model.reports.places import component_page
from plugwatch.model.reports.records import ComponentFact, ForkFact, Record
from plugwatch.model.reports.score import Score
from plugwatch.model.reports.survival import Summary, summarize
from plugwatch.model.version import VersionRange, clean

MOST_POINTS = 60
MOST_VERSIONS = 20
MOST_INCIDENTS = 200

_DAY = 86_400
# A logarithmic axis has no zero; faster than this is drawn as this, in days.
_FASTEST = 0.1
_ROLES = {"A": "good", "B": "good", "C": "unsure", "D": "bad", "E": "bad"}
_NO_COMPONENT = ComponentFact("")


@dataclass(frozen=True)
class ComponentRow:
    """A component in numbers.

    ``mitigation`` is the time to mitigation by severity, ``fix`` the time to a release with the fix. ``money`` is None
    where no rate is set, ``grade`` that of its vendor.
    """

    component: str
    name: str
    vendor: str | None
    sites: int
    incidents: int
    open: int
    minutes: int
    money: float | None
    mitigation: Mapping[str, Summary]
    fix: Summary
    grade: str | None
    has_fork: bool
    held: int

    @property
    def hours(self) -> float:
        """What was worked on it."""
        return self.minutes / 60

    @property
    def worst_mitigation(self) -> float | None:
        """The median of the worst severity that there are cases of, in seconds, to sort by."""
        median = next((one.median for one in self.mitigation.values()), None)
        return median.seconds if median else None


@dataclass(frozen=True)
class ComponentPage:
    """All that there is to say of one component; the incidents that are open first, then the newest.

    ``affected`` are ranges with the open incidents that name them.
    """

    row: ComponentRow
    spread: Chart
    affected: tuple[tuple[str, tuple[str, ...]], ...]
    incidents: tuple[Record, ...]
    incidents_left: int
    holds: tuple[HoldRow, ...]
    fork: ForkFact | None
    score: Score | None
    support: tuple[int, int] | None


@dataclass(frozen=True)
class ComponentView:
    """``rows`` are components with an incident, the most hours first; ``pages`` also those that are held or forked."""

    map: Chart
    rows: tuple[ComponentRow, ...]
    pages: tuple[ComponentPage, ...]

    @classmethod
    def of(cls, board: Board) -> ComponentView:
        """The components of a board that there is something to say of."""
        forks = {fork.component: fork for fork in board.forks}
        of_vendor = {component: score for score in board.scores.values() for component in score.components}
        holds: dict[str, list[HoldRow]] = {}
        for hold in holds_of(board):
            name = str(hold.component)
            holds.setdefault(name, []).append(row_of(hold, board.components.get(name)))
        pages = [
            _page(board, name, tuple(holds.get(name, ())), forks.get(name), of_vendor.get(name))
            for name in sorted({*board.by_component, *holds, *forks})
        ]
        rows = [page.row for page in pages if page.row.incidents]
        rows.sort(key=lambda row: (-row.minutes, -row.incidents, row.component))
        return cls(exposure_map(rows), tuple(rows), tuple(pages))


def _page(
    board: Board, name: str, holds: tuple[HoldRow, ...], fork: ForkFact | None, score: Score | None
) -> ComponentPage:
    fact = board.components.get(name, _NO_COMPONENT)
    records = sorted(board.by_component.get(name, ()), key=lambda record: not record.is_open)
    affected: dict[str, list[str]] = {}
    for record in records:
        if record.is_open and (versions := _affected(record)):
            affected.setdefault(versions, []).append(record.name)
    return ComponentPage(
        row=_row(board, name, records, fork, score, sum(hold.lifted_at is None for hold in holds)),
        spread=spread(fact, affected),
        affected=tuple((versions, tuple(names)) for versions, names in affected.items()),
        incidents=tuple(records[:MOST_INCIDENTS]),
        incidents_left=max(0, len(records) - MOST_INCIDENTS),
        holds=tuple(sorted(holds, key=lambda hold: (hold.lifted_at is not None, hold.since))),
        fork=fork,
        score=score,
        support=fact.support,
    )


def _row(
    board: Board, name: str, records: list[Record], fork: ForkFact | None, score: Score | None, held: int
) -> ComponentRow:
    fact = board.components.get(name, _NO_COMPONENT)
    minutes = sum(record.minutes for record in records)
    return ComponentRow(
        component=name,
        name=fact.name or name,
        vendor=fact.vendor or next((record.vendor for record in records if record.vendor), None),
        sites=fact.sites,
        incidents=len(records),
        open=sum(record.is_open for record in records),
        minutes=minutes,
        money=minutes / 60 * board.hourly_rate if board.hourly_rate else None,
        mitigation=by_severity(records, lambda record: mitigations(record, board.now)),
        fix=summarize(span for record in records for span in upstream_fixes(record, board.now)),
        grade=score.grade if score else None,
        has_fork=fork is not None,
        held=held,
    )


def _affected(record: Record) -> str:
    """The versions with the fault as far as somebody has said them: the range, else the one that it was seen with."""
    version = clean(record.version or "")
    return record.affected or (f"={version}" if version else "")


def exposure_map(rows: Iterable[ComponentRow]) -> Chart:
    """Sites exposed × days to a released fix × hours; what nothing was sent upstream for has no place on it."""
    known = [row for row in rows if row.fix.median]
    shown = known[:MOST_POINTS]
    note = METRICS["upstream-fix"].definition + (
        " Size: hours worked. Colour: the vendor's grade, green to red; grey: none. Dotted: at least so long."
        " Top right costs many sites a long time: replace it, or ask for more."
    )
    if len(known) > len(shown):
        note += f" Shown are the {len(shown)} with the most hours."
    return Chart(
        key="map",
        kind="map",
        title="Components by sites exposed and days until a release has the fix",
        unit="days",
        n=len(known),
        n_of="components",
        points=tuple(map(_point, shown)),
        x_title="Sites that run it",
        y_title="Median days to a released fix",
        x_unit="sites",
        size_unit="hours",
        size_title="Hours worked",
        log=True,
        note=note,
    )


def _point(row: ComponentRow) -> Point:
    median = row.fix.median
    grade = f"grade {row.grade}" if row.grade else "no grade yet"
    return Point(
        label=row.name,
        x=row.sites,
        y=max(median.seconds / _DAY, _FASTEST) if median else _FASTEST,
        size=row.hours,
        role=_ROLES.get(row.grade or "", "quiet"),
        note=f"{row.vendor}, {grade}" if row.vendor else grade,
        link=component_page(row.component),
        at_least=bool(median and median.at_least),
    )


def spread(fact: ComponentFact, affected: Iterable[str]) -> Chart:
    """On how many sites each version runs: those with the fault, without it, and builds of ours, which have the patch.

    Where there are many versions, those on the most sites are shown, the affected ones before all others.
    """
    ranges = [found for found in map(range_of, affected) if found]
    rows = [(_is_in(ranges, version), version, sites, ours) for version, sites, ours in fact.versions]
    kept = set(sorted(range(len(rows)), key=lambda at: (not rows[at][0], -rows[at][2]))[:MOST_VERSIONS])
    shown = [row for at, row in enumerate(rows) if at in kept]
    left = [row for at, row in enumerate(rows) if at not in kept]
    if left:
        shown.append((False, f"{len(left)} others", sum(row[2] for row in left), sum(row[3] for row in left)))
    series = (
        Series("affected", tuple(float(sites - ours) if bad else 0.0 for bad, _v, sites, ours in shown), "bad"),
        Series("not known to be affected", tuple(0.0 if bad else float(s - o) for bad, _v, s, o in shown), "quiet"),
        Series("with a build of ours", tuple(float(ours) for _bad, _version, _sites, ours in shown), "us"),
    )
    return Chart(
        key="spread",
        kind="stacked-bars",
        title="Versions on sites now",
        unit="sites",
        n=fact.sites,
        n_of="sites",
        labels=tuple(version or "unknown" for _bad, version, _sites, _ours in shown),
        series=tuple(one for one in series if any(one.values)),
        x_title="Version",
        y_title="Sites",
        note=_say_spread(any(row[0] for row in left), bool(ranges)),
    )


def _is_in(ranges: Iterable[VersionRange], version: str) -> bool:
    return any(one.contains(version) for one in ranges)


def _say_spread(affected_left: bool, known: bool) -> str:
    if not known:
        return "No open incident names versions with a fault."
    more = " Some affected versions are among the others." if affected_left else ""
    return f"Affected are versions that an open incident names, as far as no build of ours is on the site.{more}"
