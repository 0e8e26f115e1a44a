from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.reports.periods import (
    midnight,
    month_bounds,
    months,
    months_before,
    next_month,
    parse_period,
    weeks,
)

BERLIN, BEIRUT, HAVANA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Beirut"), ZoneInfo("America/Havana")
APIA, UTC = ZoneInfo("Pacific/Apia"), timezone.utc
ZONES = st.sampled_from([BERLIN, BEIRUT, HAVANA, APIA, ZoneInfo("Asia/Kathmandu"), UTC])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def length(bounds):
    return (bounds[1] - bounds[0].astimezone(UTC)).total_seconds() / 3600


def test_a_month_lasts_from_midnight_to_midnight_of_the_agencys_clock():
    start, end = month_bounds("2026-11", BERLIN)

    assert (start.isoformat(), end.isoformat()) == ("2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00")
    assert month_bounds(" 2026-12 ", BERLIN)[1].isoformat() == "2027-01-01T00:00:00+01:00"


def test_a_month_with_a_clock_change_is_an_hour_shorter_or_longer():
    assert length(month_bounds("2026-03", BERLIN)) == 31 * 24 - 1
    assert length(month_bounds("2026-10", BERLIN)) == 31 * 24 + 1
    assert length(month_bounds("2026-02", BERLIN)) == 28 * 24


def test_a_day_whose_midnight_is_skipped_begins_when_it_begins():
    assert midnight(date(2026, 3, 29), BEIRUT).isoformat() == "2026-03-29T01:00:00+03:00"


def test_a_day_whose_midnight_comes_twice_begins_with_the_first():
    assert midnight(date(2026, 11, 1), HAVANA).isoformat() == "2026-11-01T00:00:00-04:00"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-11", "2026-11-01", "1969-12", "９２２６-11", "9999-12"]
)
def test_what_is_no_month_is_refused_in_words_that_show_one(text):
    with pytest.raises(PlugwatchError, match="is no month; write a year and a month, such as 2026-11"):
        month_bounds(text, BERLIN)


def test_months_are_those_of_the_agencys_clock():
    since, until = datetime(2025, 11, 30, 23, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)

    assert months(since, until, BERLIN) == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert months(since, until, UTC)[0] == date(2025, 11, 1)
    assert months(until, since, UTC) == []


def test_weeks_begin_on_the_readers_first_day():
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=BERLIN)

    assert weeks(sunday, sunday + timedelta(days=8), BERLIN, 0) == [
        date(2026, 11, 16),
        date(2026, 11, 23),
        date(2026, 11, 30),
    ]
    assert weeks(sunday, sunday + timedelta(days=6), BERLIN, 6) == [date(2026, 11, 22)]
    assert weeks(sunday, sunday - timedelta(days=30), BERLIN, 0) == []


@given(MOMENTS, st.integers(0, 800), ZONES, st.integers(0, 6))
def test_weeks_and_months_cover_a_period_without_gaps(since, days, zone, first_weekday):
    until = since + timedelta(days=days)
    found, named = weeks(since, until, zone, first_weekday), months(since, until, zone)

    assert {day.weekday() for day in found} == {first_weekday}
    assert {(two - one).days for one, two in pairwise(found)} <= {7}
    assert midnight(found[0], zone) <= since
    assert until < midnight(found[-1] + timedelta(days=7), zone)
    assert midnight(named[0], zone) <= since
    assert until < midnight(next_month(named[-1]), zone)
    assert all(month_bounds(f"{day:%Y-%m}", zone)[0] == midnight(day, zone) for day in named)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), ZONES)
def test_each_day_begins_when_the_one_before_it_ends(day, zone):
    begin = midnight(day, zone)
    before = (begin.astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)

    assert before.date() < begin.date()
    assert begin.date() in (day, day + timedelta(days=1))  # Samoa left a day out


def test_the_same_day_of_an_earlier_month_or_its_last_one():
    assert months_before(date(2026, 11, 22), 24) == date(2024, 11, 22)
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_before(date(2026, 1, 31), 2) == date(2025, 11, 30)


def test_a_period_goes_back_months_years_days_or_to_a_day():
    now = datetime(2026, 11, 22, 18, 0, tzinfo=BERLIN)

    def start(text):
        return parse_period(text, now=now, zone=BERLIN).isoformat()

    assert start("24m") == "2024-11-22T00:00:00+01:00"
    assert start("5m") == "2026-06-22T00:00:00+02:00"
    assert start("2y") == "2024-11-22T00:00:00+01:00"
    assert start("10d") == "2026-11-12T18:00:00+01:00"
    assert start("2026-01-01") == "2026-01-01T00:00:00+01:00"


@pytest.mark.parametrize("text", ["", "m", "0m", "0y", "999y", "2027-01-01", "soon", "-3m"])
def test_what_is_no_period_is_refused_in_words_that_show_one(text):
    with pytest.raises(PlugwatchError, match=r"is no period to look back over; write 24m \(months\), 2y"):
        parse_period(text, now=datetime(2026, 11, 22, tzinfo=BERLIN), zone=BERLIN)
