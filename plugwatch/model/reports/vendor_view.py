"""The page of vendors: their private score, which door upstream really opens, and who costs us most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.chart import Chart, Curve, Series
from plugwatch.model.reports.metrics import METRICS, Cost, costs, upstream_fixes, vendor_answers, vendor_of
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.score import Score
from plugwatch.model.reports.survival import Span, Summary, curve, summarize

MOST_CURVES = 5
MOST_BARS = 15
MOST_SCORES = 100

# Each of these has a dash of its own.
_ROLES = ("first", "second", "third", "fourth", "quiet")
# Where Pareto's rule says that one should look.
_MOST_OF_IT = 0.8


@dataclass(frozen=True)
class ChannelRow:
    """One channel: how long until a person answered there, and until a release had the fix."""

    channel: str
    answers: Summary
    fixes: Summary


@dataclass(frozen=True)
class VendorRow:
    """A vendor with the score and the cost, if there are any; ``so_far`` is the share of all hours up to this row."""

    vendor: str
    components: tuple[str, ...]
    score: Score | None
    cost: Cost | None
    so_far: float


@dataclass(frozen=True)
class VendorView:
    """The vendors of the incidents in the period, those with the most hours first."""

    rows: tuple[VendorRow, ...]
    channels: tuple[ChannelRow, ...]
    survival: Chart
    pareto: Chart

    @property
    def scored(self) -> tuple[VendorRow, ...]:
        """Those to whom something was sent, as far as what their scores are made of is shown."""
        return tuple(row for row in self.rows if row.score)[:MOST_SCORES]

    @property
    def scores_left(self) -> int:
        """How many scores are shown without what they are made of."""
        return sum(row.score is not None for row in self.rows) - len(self.scored)

    @classmethod
    def of(cls, board: Board) -> VendorView:
        """The vendors of a board."""
        rows = tuple(_rows(board))
        found = _by_channel(board.records, board.now)
        found.sort(key=lambda one: (-len(one[1]), one[0]))
        channels = tuple(ChannelRow(name, summarize(answers), summarize(fixes)) for name, fixes, answers in found)
        return cls(rows, channels, survival_curves(found), pareto(rows))


def _rows(board: Board) -> Iterator[VendorRow]:
    scored = board.scores
    cost = {one.key: one for one in costs(board.records, board.components, board.hourly_rate)}
    minutes = {name: cost[name].minutes if name in cost else 0 for name in {*scored, *cost}}
    components: dict[str, dict[str, None]] = {}
    for record in board.records:
        vendor = vendor_of(record.component, record.vendor, board.components)
        if vendor and record.component:
            components.setdefault(vendor, {})[record.component] = None
    total, so_far = sum(minutes.values()), 0
    for name in sorted(minutes, key=lambda name: (-minutes[name], name)):
        so_far += minutes[name]
        yield VendorRow(
            vendor=name,
            components=tuple(components.get(name, ())),
            score=scored.get(name),
            cost=cost.get(name),
            so_far=so_far / total if total else 0.0,
        )


def _by_channel(records: Iterable[Record], now: datetime) -> list[tuple[str, list[Span], list[Span]]]:
    """Each channel with its fixes and answers; a case names its incident and then its channel."""
    found: dict[str, tuple[list[Span], list[Span]]] = {}
    for record in records:
        if record.upstream:
            for fix, answer in zip(upstream_fixes(record, now), vendor_answers(record, now), strict=True):
                fixes, answers = found.setdefault(fix.case.partition(" ")[2], ([], []))
                fixes.append(fix)
                answers.append(answer)
    return [(channel, fixes, answers) for channel, (fixes, answers) in found.items()]


def survival_curves(channels: Sequence[tuple[str, list[Span], list[Span]]]) -> Chart:
    """The share of what was sent that still waits for a release with the fix, by channel."""
    known = [(name, fixes) for name, fixes, _answers in channels if fixes]
    shown = known[:MOST_CURVES]
    return Chart(
        key="survival",
        kind="survival",
        title="Which door opens: what was sent and still waits for a released fix, by channel",
        unit="share",
        n=sum(len(fixes) for _name, fixes in shown),
        n_of="submissions",
        curves=tuple(
            Curve(name, tuple(curve(fixes)), len(fixes), sum(not span.over for span in fixes), role)
            for (name, fixes), role in zip(shown, _ROLES, strict=False)
        ),
        x_title="Time since it was sent",
        y_title="Still waiting",
        x_unit="seconds",
        note=METRICS["upstream-fix"].definition
        + " The lower a curve comes down, and the sooner, the better the door."
        + (" Shown are the channels with the most cases." if len(known) > len(shown) else ""),
    )


def pareto(rows: Sequence[VendorRow]) -> Chart:
    """Hours by vendor, the most first."""
    known = [row for row in rows if row.cost and row.cost.minutes]
    shown = known[:MOST_BARS]
    most = next((at for at, row in enumerate(known, 1) if row.so_far >= _MOST_OF_IT), len(known))
    who = "The first alone makes" if most == 1 else f"The first {most} of {len(known)} make"
    note = f"{who} up four fifths of all hours." if most < len(known) else ""
    note += f" Shown are the first {len(shown)}." if len(known) > len(shown) else ""
    return Chart(
        key="pareto",
        kind="bars",
        title="Hours worked, by vendor",
        unit="hours",
        n=sum(row.cost.incidents for row in known if row.cost),
        n_of="incidents",
        labels=tuple(row.vendor for row in shown),
        series=(Series("hours", tuple(row.cost.minutes / 60 if row.cost else None for row in shown), "vendor"),),
        x_title="Hours",
        note=note,
    )
