"""The pictures of the first page, before they are drawn."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta, timezone, tzinfo

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.chart import Chart, Series
from plugwatch.model.reports.metrics import METRICS, first_responses, turns_over
from plugwatch.model.reports.periods import midnight, months, weeks

TURNS = ("us", "vendor", "client")
MOST_COMPONENTS = 12
MOST_MONTHS = 12
_UNKNOWN = "cause not known yet"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_WEEKS = 60
_LOOKS, _NOON = (0, 2, 4), timedelta(hours=12)  # days of a week from its first one, and when


def ball_over_time(board: Board, first_weekday: int) -> Chart:
    """How many open incidents waited for us, a vendor or a client: the average of three looks a week.

    Most incidents are over before a week is, and one look a week would see few of them; over years one is enough.
    """
    zone = _zone(board)
    whole = weeks(board.since, board.now, zone, first_weekday)
    short = len(whole) <= _WEEKS
    days_of = _LOOKS if short else _LOOKS[1:2]
    looks = [(week, midnight(week + timedelta(days=days), zone) + _NOON) for week in whole for days in days_of]
    looks = [(week, at) for week, at in looks if board.since <= at < board.now]
    looks.append((whole[-1], board.now))
    labels = list(dict.fromkeys(week for week, _at in looks))
    found = turns_over(board.records, [at for _week, at in looks])
    values: dict[str, list[float]] = {who: [] for who in TURNS}
    for label in labels:
        counts = [count for (week, _at), count in zip(looks, found, strict=True) if week == label]
        for who in TURNS:
            values[who].append(round(sum(count[who] for count in counts) / len(counts), 1))
    return Chart(
        key="ball",
        kind="stacked",
        title="Open incidents by whose turn it was",
        unit="count",
        n=len(board.records),
        n_of="incidents",
        labels=tuple(labels),
        series=tuple(Series(who, tuple(values[who]), who) for who in TURNS) if board.records else (),
        note="The average of each week, with a look at noon on three of its days, and now."
        if short
        else "A look at noon in the middle of each week, and now.",
    )


def first_response_histogram(board: Board, agreed: timedelta) -> Chart:
    """How soon clients had our first answer: as many bars within the agreed time as there are steps beyond it."""
    seconds = agreed.total_seconds()
    edges = [0.0, seconds / 3, seconds / 1.5, seconds, *(seconds * times for times in (2, 4, 16, 96))]
    within, beyond, waiting = ([0] * (len(edges) + 1) for _ in range(3))
    for record in board.records:
        for span in first_responses(record, board.now):
            place = bisect_left(edges, span.seconds)
            kind = waiting if not span.over else within if span.seconds <= seconds else beyond
            kind[place] += 1
    labels = ["at once", *(f"≤ {_words(edge)}" for edge in edges[1:]), f"> {_words(edges[-1])}"]
    kinds = (
        ("within the agreed time", within, "good"),
        ("later", beyond, "bad"),
        ("still waiting", waiting, "unsure"),
    )
    return Chart(
        key="first-response",
        kind="columns",
        title=f"Time to the first answer, agreed: {_words(seconds)}",
        unit="count",
        n=sum(within) + sum(beyond) + sum(waiting),
        n_of="clients who told us",
        labels=tuple(labels),
        series=tuple(Series(name, _bars(values), role) for name, values, role in kinds if any(values)),
        note=METRICS["first-response"].definition + " The clock does not stop at night, when less may be agreed.",
    )


def promises_by_month(board: Board) -> Chart:
    """The share of promises that were kept, by the month in which they were due."""
    zone = _zone(board)
    kept: Counter[date] = Counter()
    made: Counter[date] = Counter()
    for record in board.records:
        for promise in record.promises:
            state = promise.state(board.now)
            if state != "open" and promise.due >= board.since:
                month = promise.due.astimezone(zone).date().replace(day=1)
                made[month] += 1
                kept[month] += state == "kept"
    labels = months(board.since, board.now, zone)
    return Chart(
        key="promises",
        kind="lines",
        title="Promises kept, by month",
        unit="share",
        n=sum(made.values()),
        n_of="promises",
        labels=tuple(labels),
        series=(Series("kept", tuple(kept[one] / made[one] if made[one] else None for one in labels), "good"),),
        note=METRICS["promises-kept"].definition,
    )


def hours_by_component(board: Board, minutes: Mapping[str, int]) -> Chart:
    """Where the hours go, the most first; what is left of them in one bar."""
    ranked = sorted(minutes.items(), key=lambda one: (-one[1], one[0]))
    shown, left = ranked[:MOST_COMPONENTS], ranked[MOST_COMPONENTS:]
    bars = [(_name(board, component), number / 60) for component, number in shown]
    if left:
        bars.append((f"{len(left)} others", sum(number for _component, number in left) / 60))
    return Chart(
        key="hours",
        kind="bars",
        title="Hours worked, by component",
        unit="hours",
        n=len(ranked),
        n_of="components",
        labels=tuple(name for name, _hours in bars),
        series=(Series("hours", tuple(round(hours, 2) for _name, hours in bars), "us"),) if bars else (),
        note=_share_of_first(ranked),
    )


def incidents_by_month(board: Board) -> Chart:
    """Incidents by component and month of the report: those with the most, in the last months of the period."""
    zone = _zone(board)
    labels = months(board.since, board.now, zone)[-MOST_MONTHS:]
    found: dict[str, Counter[date]] = {}
    for record in board.records:
        month = record.reported_at.astimezone(zone).date().replace(day=1)
        if labels and month >= labels[0]:
            found.setdefault(record.component or "", Counter())[month] += 1
    ranked = sorted(found, key=lambda component: (-found[component].total(), component))
    more = f" Shown are the {MOST_COMPONENTS} with the most, of {len(ranked)}." if len(ranked) > MOST_COMPONENTS else ""
    return Chart(
        key="heat",
        kind="dots",
        title="Incidents by component and month",
        unit="count",
        n=sum(counts.total() for counts in found.values()),
        n_of="incidents",
        labels=tuple(labels),
        series=tuple(
            Series(_name(board, one), tuple(float(found[one][month]) or None for month in labels), "first")
            for one in ranked[:MOST_COMPONENTS]
        ),
        note="By the month in which we were told." + more,
    )


def _bars(values: Sequence[int]) -> tuple[float | None, ...]:
    return tuple(float(value) if value else None for value in values)


def _share_of_first(ranked: Sequence[tuple[str, int]]) -> str:
    total, first = sum(number for _component, number in ranked), sum(number for _component, number in ranked[:3])
    if len(ranked) <= 3 or not total:
        return "Minutes that somebody wrote down, in this period."
    return f"Minutes that somebody wrote down, in this period. The first three took {first / total:.0%} of them."


def _name(board: Board, component: str) -> str:
    fact = board.components.get(component)
    return (fact.name if fact else None) or component or _UNKNOWN


def _zone(board: Board) -> tzinfo:
    return board.now.tzinfo or timezone.utc


def _words(seconds: float) -> str:
    """``20 sec``, ``15 min``, ``4 h``, ``2 days``: as an axis says it, rounded."""
    for unit, name in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            number = round(seconds / unit, 1)
            return f"{number:g} {'day' if name == 'days' and number == 1 else name}"
    return f"{seconds:.0f} sec"
