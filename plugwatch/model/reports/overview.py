"""The first page of the agency's board: whose turn it is, what is due, whether we keep our word, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from plugwatch.model.evidence.matrix import OnSite
from plugwatch.model.incident import SEVERITIES
from plugwatch.model.reports import metrics
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.chart import Chart
from plugwatch.model.reports.metrics import METRICS, Cost, Debt, Metric, Share
from plugwatch.model.reports.overview_charts import (
    TURNS,
    ball_over_time,
    first_response_histogram,
    hours_by_component,
    incidents_by_month,
    promises_by_month,
)
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.survival import Quantile, Span, Summary
from plugwatch.model.today import Due, SilentVendor

# A number is that of the last 90 days, beside that of the 90 days before; in a shorter period, of its two halves.
RECENT = timedelta(days=90)
FEWEST = 3  # a change between fewer cases than this is not called good or bad
LISTED = 8


class Turn(NamedTuple):
    """How many open incidents wait for somebody."""

    who: str
    incidents: int


class BigNumber(NamedTuple):
    """A share of the last days, and the same of the days before."""

    metric: Metric
    now: Share
    before: Share

    @property
    def trend(self) -> str:
        """``up``, ``down``, ``same`` (as a percentage shows it), or nothing where there is nothing to compare."""
        if self.now.value is None or self.before.value is None:
            return ""
        now, before = round(self.now.value, 2), round(self.before.value, 2)
        return "same" if now == before else "up" if now > before else "down"

    @property
    def tone(self) -> str:
        """``good`` or ``bad``, or nothing where there are too few cases to say."""
        if self.trend in ("", "same") or min(self.now.of, self.before.of) < FEWEST:
            return ""
        return "good" if (self.trend == "up") == (self.metric.better == "high") else "bad"


class Speed(NamedTuple):
    """How long something takes in incidents of one severity: in the last days, and in the days before."""

    severity: str
    now: Summary
    before: Summary

    @property
    def tone(self) -> str:
        """Whether the median is better (``good``) or worse than before, where there are enough cases to say."""
        now, before = self.now.median, self.before.median
        if not now or not before or min(self.now.n, self.before.n) < FEWEST:
            return ""
        if now.seconds < before.seconds and not now.at_least:
            return "good"
        return "bad" if now.seconds > before.seconds and not before.at_least else ""


class SpeedOf(NamedTuple):
    """One metric that is a span of time, by severity."""

    metric: Metric
    rows: tuple[Speed, ...]


class DebtOf(NamedTuple):
    """The patches that we carry: those that weigh most (sites × days), and all of them in numbers."""

    patches: int
    forwarded: Share
    oldest_days: float
    site_days: float
    first: tuple[Debt, ...]


@dataclass(frozen=True)
class OverviewView:
    """What the page shows. ``days`` is how long the two times are that numbers are compared over.

    ``solved`` incidents are over and not closed yet; ``open_by_severity`` has every severity. Lists are cut: ``due``,
    ``silent`` and ``lost`` are the first of so many (``due_all`` …). ``costliest`` is the vendor with the most hours.
    """

    days: int
    turns: tuple[Turn, ...]
    solved: int
    open_by_severity: Mapping[str, int]
    shares: Mapping[str, BigNumber]
    speeds: Mapping[str, SpeedOf]
    due: tuple[Due, ...]
    due_all: int
    overdue: int
    lost: tuple[OnSite, ...]
    lost_all: int
    silent: tuple[SilentVendor, ...]
    silent_all: int
    debt: DebtOf
    hours: float
    money: float | None
    costliest: Cost | None
    ball: Chart
    histogram: Chart
    promises: Chart
    pareto: Chart
    heat: Chart

    @classmethod
    def of(cls, board: Board, agreed: timedelta = timedelta(minutes=15), first_weekday: int = 0) -> OverviewView:
        """The overview of a board; ``agreed`` is the time for the first answer, ``first_weekday`` 0 for Monday."""
        window = min(RECENT, (board.now - board.since) / 2)
        lost = [one for one in board.matrix if one.is_lost]
        opened = [record for record in board.records if record.is_open]
        severities = Counter(record.severity for record in opened)
        ours = Counter(record.turn for record in opened)
        minutes = _minutes(board)
        return cls(
            days=max(1, window.days),
            turns=tuple(Turn(who, ours[who]) for who in TURNS),
            solved=sum(record.status == "resolved" for record in board.records),
            open_by_severity={severity: severities[severity] for severity in SEVERITIES},
            shares=dict(_shares(board, window)),
            speeds=dict(_speeds(board, window)),
            due=tuple(board.today.due[:LISTED]),
            due_all=len(board.today.due),
            overdue=sum(one.due < board.now for one in board.today.due),
            lost=tuple(lost[:LISTED]),
            lost_all=len(lost),
            silent=tuple(board.today.silent[:LISTED]),
            silent_all=len(board.today.silent),
            debt=_debt(board),
            hours=sum(minutes.values()) / 60,
            money=sum(minutes.values()) / 60 * board.hourly_rate if board.hourly_rate else None,
            costliest=next(iter(metrics.costs(board.records, board.components, board.hourly_rate)), None),
            ball=ball_over_time(board, first_weekday),
            histogram=first_response_histogram(board, agreed),
            promises=promises_by_month(board),
            pareto=hours_by_component(board, minutes),
            heat=incidents_by_month(board),
        )

    def numbers(self) -> dict[str, Any]:
        """Every metric as JSON has it."""
        debt = self.debt
        more: dict[str, dict[str, Any]] = {
            "carried-debt": {
                "patches": debt.patches,
                "forwarded": debt.forwarded.part,
                "oldest_days": round(debt.oldest_days, 1),
                "site_days": round(debt.site_days, 1),
            },
            "cost": {"hours": round(self.hours, 2), "money": None if self.money is None else round(self.money, 2)},
        }
        for key, number in self.shares.items():
            more[key] = {"days": self.days, "now": _share(number.now), "before": _share(number.before)}
        for key, speed in self.speeds.items():
            rows = {row.severity: {"now": _summary(row.now), "before": _summary(row.before)} for row in speed.rows}
            more[key] = {"days": self.days, "by_severity": rows}
        return {key: _head(metric) | more.get(key, {}) for key, metric in METRICS.items()}


def _minutes(board: Board) -> Counter[str]:
    """What was worked in the period, by component; what has none yet goes under an empty name."""
    found: Counter[str] = Counter()
    for record in board.records:
        for event in record.events:
            if event.minutes and event.at >= board.since:
                found[record.component or ""] += event.minutes
    return found


def _shares(board: Board, window: timedelta) -> Iterator[tuple[str, BigNumber]]:
    now, records = board.now, board.records
    middle, start = now - window, now - 2 * window
    ended = [(record, metrics.ended_at(record)) for record in records]

    def by_report(first: datetime, last: datetime) -> list[Record]:
        return [record for record in records if first <= record.reported_at < last]

    def by_end(first: datetime, last: datetime) -> list[Record]:
        return [record for record, end in ended if end and first <= end < last]

    def by_promise(first: datetime, last: datetime) -> list[Record]:
        return list(_with_promises(records, first, last))

    counts: tuple[tuple[str, Callable[[datetime, datetime], list[Record]], Callable[[list[Record]], Share]], ...] = (
        ("promises-kept", by_promise, lambda found: metrics.promises_kept(found, now)),
        ("found-first", by_report, metrics.found_first),
        ("loop-closure", by_end, metrics.loop_closure),
        ("recurrence", by_report, metrics.recurrence),
    )
    for key, choose, count in counts:
        yield key, BigNumber(METRICS[key], count(choose(middle, now)), count(choose(start, middle)))


def _with_promises(records: Iterable[Record], first: datetime, last: datetime) -> Iterator[Record]:
    """The incidents with what was promised for a time, and with nothing that was promised for another."""
    for record in records:
        due = tuple(promise for promise in record.promises if first <= promise.due < last)
        if due:
            yield record if len(due) == len(record.promises) else replace(record, promises=due)


def _speeds(board: Board, window: timedelta) -> Iterator[tuple[str, SpeedOf]]:
    now = board.now
    middle, start = now - window, now - 2 * window
    recent = [record for record in board.records if middle <= record.reported_at]
    earlier = [record for record in board.records if start <= record.reported_at < middle]
    functions: dict[str, Callable[[Record], Sequence[Span] | Span | None]] = {
        "first-response": lambda record: metrics.first_responses(record, now),
        "mitigation": lambda record: metrics.mitigations(record, now),
        "silence": lambda record: metrics.silences(record, now),
        "forwarding": lambda record: metrics.forwarding(record, now),
        "vendor-answer": lambda record: metrics.vendor_answers(record, now),
        "upstream-fix": lambda record: metrics.upstream_fixes(record, now),
    }
    none = Summary(0, 0, None, None)
    for key, function in functions.items():
        later, before = metrics.by_severity(recent, function), metrics.by_severity(earlier, function)
        rows = (
            Speed(severity, later.get(severity, none), before.get(severity, none))
            for severity in SEVERITIES
            if severity in later or severity in before
        )
        yield key, SpeedOf(METRICS[key], tuple(rows))


def _debt(board: Board) -> DebtOf:
    found = metrics.carried_debt(board.forks, board.components, board.now)
    return DebtOf(
        patches=len(found),
        forwarded=Share(sum(one.forwarded for one in found), len(found)),
        oldest_days=max((one.days for one in found), default=0),
        site_days=sum(one.sites * one.days for one in found),
        first=tuple(found[:LISTED]),
    )


def _head(metric: Metric) -> dict[str, Any]:
    return {"name": metric.name, "definition": metric.definition, "unit": metric.unit}


def _share(share: Share) -> dict[str, Any]:
    return {"part": share.part, "of": share.of, "value": share.value}


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "n": summary.n,
        "still_open": summary.still_open,
        "median": _quantile(summary.median),
        "p90": _quantile(summary.p90),
    }


def _quantile(quantile: Quantile | None) -> dict[str, Any] | None:
    return None if quantile is None else {"seconds": quantile.seconds, "at_least": quantile.at_least}
