from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from boarding import NOW, ago, board, called, fork, full_board, hit, on_site, patch, record, worked

from plugwatch.model.incident import Event
from plugwatch.model.promise import Promise
from plugwatch.model.reports.metrics import METRICS, Share
from plugwatch.model.reports.overview import BigNumber, OverviewView, Speed
from plugwatch.model.reports.records import ComponentFact, Told
from plugwatch.model.reports.survival import Quantile, Summary
from plugwatch.model.today import Due, Today

QUARTER = timedelta(minutes=15)
HOUR = 1 / 24


def promise(days, late=False):
    """What was due so many days ago, and kept an hour before or after."""
    return Promise("acme", ago(days), ago(days + 1), kept_at=ago(days - HOUR if late else days + HOUR))


def due(days, number=1):
    """A promise to acme that is due in so many days."""
    return Due(f"p{number}", "INC-1", "acme", "Acme", NOW + timedelta(days=days), "update", "high", None)


def written(number, days, minutes):
    """A client wrote so many days ago, and heard from us after some minutes; None: never."""
    call = called(days)._replace(heard="mail")
    told = () if minutes is None else (Told("acme", "identified", ago(days) + timedelta(minutes=minutes), False),)
    return record(number, days, calls=(call,), told=told)


def test_whose_turn_it_is_counts_open_incidents_alone():
    records = (record(1, 1), record(2, 1, turn="vendor"), record(3, 1, status="resolved"), record(4, 9, turn="client"))
    view = OverviewView.of(board(records=records))

    assert [tuple(turn) for turn in view.turns] == [("us", 1), ("vendor", 1), ("client", 1)]
    assert view.solved == 1
    assert view.open_by_severity == {"critical": 0, "high": 3, "medium": 0, "low": 0}


def test_promises_count_by_when_they_were_due_beside_the_time_before():
    promises = (promise(10), promise(20), promise(30, late=True), promise(100), promise(300))
    number = OverviewView.of(board(records=(record(1, 350, promises=promises),))).shares["promises-kept"]

    assert (number.now, number.before) == (Share(2, 3), Share(1, 1))


@pytest.mark.parametrize(
    ("key", "now", "before", "trend", "tone"),
    [
        ("promises-kept", (9, 10), (8, 10), "up", "good"),
        ("promises-kept", (7, 10), (8, 10), "down", "bad"),
        ("recurrence", (9, 10), (8, 10), "up", "bad"),
        ("recurrence", (0, 3), (1, 3), "down", "good"),
        ("promises-kept", (8, 10), (4, 5), "same", ""),
        ("promises-kept", (931, 1000), (934, 1000), "same", ""),
        ("promises-kept", (2, 2), (1, 10), "up", ""),
        ("promises-kept", (10, 10), (1, 2), "up", ""),
        ("promises-kept", (0, 0), (1, 10), "", ""),
    ],
)
def test_a_trend_is_good_or_bad_only_from_three_cases_on(key, now, before, trend, tone):
    number = BigNumber(METRICS[key], Share(*now), Share(*before))

    assert (number.trend, number.tone) == (trend, tone)


@pytest.mark.parametrize(
    ("now", "before", "tone"),
    [
        ((60, False), (90, False), "good"),
        ((90, False), (60, False), "bad"),
        ((60, False), (60, False), ""),
        ((90, True), (60, False), "bad"),  # at least 90 is more than 60
        ((60, True), (90, False), ""),  # at least 60 may be more than 90
        ((60, False), (60, True), ""),
        ((90, False), (60, True), ""),
    ],
)
def test_at_least_is_never_called_better_or_worse_than_it_may_be(now, before, tone):
    sums = [Summary(3, 1, Quantile(*one), None) for one in (now, before)]

    assert Speed("high", *sums).tone == tone
    assert Speed("high", sums[0]._replace(n=2), sums[1]).tone == ""


def test_times_are_by_severity_and_of_the_last_days_beside_those_before():
    records = (written(1, 5, 10), written(2, 6, 20), replace(written(3, 7, 99), severity="low"), written(4, 120, 40))
    speed = OverviewView.of(board(records=records)).speeds["first-response"]

    assert [(row.severity, row.now.n, row.before.n) for row in speed.rows] == [("high", 2, 1), ("low", 1, 0)]
    assert speed.rows[0].now.median == Quantile(900, at_least=False)
    assert speed.rows[0].before.median == Quantile(2400, at_least=False)


def test_a_short_period_is_compared_by_its_halves():
    assert OverviewView.of(board()).days == 90
    assert OverviewView.of(board(since=ago(30))).days == 15
    assert OverviewView.of(board(since=ago(0.5))).days == 1


def test_the_histogram_parts_at_the_agreed_time():
    records = (
        record(1, 3, calls=(called(3),)),
        *(written(number, 3, minutes) for number, minutes in enumerate((5, 15, 16, 60 * 24 * 2), 2)),
        written(9, 2, None),
    )
    chart = OverviewView.of(board(records=records), QUARTER).histogram

    bars = {one.name: dict(zip(chart.labels, one.values, strict=True)) for one in chart.series}
    shown = {name: {label: value for label, value in bar.items() if value} for name, bar in bars.items()}
    assert shown == {
        "within the agreed time": {"at once": 1, "≤ 5 min": 1, "≤ 15 min": 1},
        "later": {"≤ 30 min": 1, "> 1 day": 1},
        "still waiting": {"> 1 day": 1},
    }
    assert chart.n == 6
    assert chart.title.endswith("agreed: 15 min")


def test_the_ball_is_the_average_of_looks_at_noon_on_three_days():
    solved = Event(ago(10), ago(10), "Ana", "status", "internal", "resolved")  # Thursday evening
    short = record(1, 12.5, status="resolved", events=(solved,), calls=(called(12.5),))  # from Tuesday morning
    chart = OverviewView.of(board(records=(short,), since=ago(20))).ball

    us = dict(zip(chart.labels, chart.series[0].values, strict=True))
    assert us == {date(2026, 11, 2): 0, date(2026, 11, 9): 0.3, date(2026, 11, 16): 0}
    assert OverviewView.of(board(since=ago(20)), first_weekday=6).ball.labels[0] == date(2026, 11, 1)


def test_the_ball_of_a_week_that_has_just_begun_is_how_it_is_now():
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=NOW.tzinfo)
    facts = board(records=(record(1, 0.2),), now=monday, since=datetime(2026, 11, 14, tzinfo=NOW.tzinfo))
    chart = OverviewView.of(facts).ball

    assert chart.labels == (date(2026, 11, 16), date(2026, 11, 23))  # nobody looked between Saturday and Sunday
    assert chart.series[0].values == (0, 1)


def test_hours_are_those_of_the_period_and_the_rest_is_one_bar():
    records = tuple(record(number, 9, f"plugin/p{number:02}", events=(worked(1, 60),)) for number in range(1, 16))
    old = record(99, 800, None, events=(worked(700, 600), worked(3, 120)))
    view = OverviewView.of(board(records=(*records, old), hourly_rate=50.0))

    hours = dict(zip(view.pareto.labels, view.pareto.series[0].values, strict=True))
    assert next(iter(hours)) == "cause not known yet"
    assert hours["cause not known yet"] == 2
    assert hours["4 others"] == 4
    assert (view.hours, view.money) == (17, 850)


def test_the_heat_map_counts_by_the_month_on_the_agencys_clock():
    midnight = NOW.replace(day=1, hour=0, minute=30)  # October still in UTC
    chart = OverviewView.of(board(records=(replace(record(1, 1), opened_at=midnight), record(2, 40)))).heat

    [row] = chart.series
    assert {label: value for label, value in zip(chart.labels, row.values, strict=True) if value} == {
        date(2026, 11, 1): 1,
        date(2026, 10, 1): 1,
    }
    assert len(chart.labels) == 12


def test_promises_by_month_leave_out_what_is_still_open():
    promises = (promise(5), promise(6, late=True), Promise("acme", NOW + timedelta(hours=1), NOW))
    chart = OverviewView.of(board(records=(record(1, 9, promises=promises),))).promises

    assert chart.n == 2
    assert chart.series[0].values[-1] == 0.5
    assert chart.series[0].values[0] is None


def test_lists_are_cut_and_say_how_many_there_are():
    today = Today(NOW, None, due=[due(number - 2, number) for number in range(12)])
    matrix = tuple(on_site(f"acme-{number}", "lost" if number % 2 else "patched") for number in range(30))
    view = OverviewView.of(board(today=today, matrix=matrix))

    assert (len(view.due), view.due_all, view.overdue) == (8, 12, 2)
    assert (len(view.lost), view.lost_all) == (8, 15)


def test_debt_is_of_what_is_carried_now_the_heaviest_first():
    one, two = patch("a", 90), patch("b", 10, forwarded_at=ago(9))
    fact = ComponentFact("plugin/tidy-forms", versions=(("1.2", 5, 4),))
    forked = fork(releases=(("1.2", ago(99)),), stacks={"1.2": (one.id, two.id)}, patches={p.id: p for p in (one, two)})
    debt = OverviewView.of(board(forks=(forked,), components={fact.component: fact})).debt

    assert (debt.patches, debt.forwarded, debt.oldest_days, debt.site_days) == (2, Share(1, 2), 90, 400)
    assert [one.patch for one in debt.first] == ["pw-aaaaaaaaaa", "pw-bbbbbbbbbb"]


def test_every_metric_is_among_the_numbers_with_its_definition():
    for facts in (board(), full_board()):
        numbers = OverviewView.of(facts).numbers()
        assert set(numbers) == set(METRICS)
        assert all(numbers[key]["definition"] == metric.definition for key, metric in METRICS.items())
        assert all(set(one) - {"name", "definition", "unit"} for one in numbers.values())


def test_numbers_say_where_more_is_not_known():
    view = OverviewView.of(board(records=(record(1, 2, impacts=(hit(2, "affected"),)),)))

    now = view.numbers()["mitigation"]["by_severity"]["high"]["now"]
    assert now == {
        "n": 1,
        "still_open": 1,
        "median": {"seconds": 172_800, "at_least": True},
        "p90": {"seconds": 172_800, "at_least": True},
    }
