from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from plugwatch.model.when import distance, short_day, short_time, span_in_words

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 19, 10, 0, tzinfo=BERLIN)  # a Thursday


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 19, 9, 5, tzinfo=timezone.utc), "10:05"),
        (datetime(2026, 11, 18, 23, 30, tzinfo=timezone.utc), "0:30"),
        (datetime(2026, 11, 18, 17, 2, tzinfo=BERLIN), "yesterday 17:02"),
        (datetime(2026, 11, 20, 9, 30, tzinfo=BERLIN), "tomorrow 9:30"),
        (datetime(2026, 11, 23, 9, 30, tzinfo=BERLIN), "Mon 9:30"),
        (datetime(2026, 11, 13, 9, 30, tzinfo=BERLIN), "Fri 9:30"),
        (datetime(2026, 11, 26, 9, 30, tzinfo=BERLIN), "Thu 26 Nov"),
        (datetime(2026, 6, 1, 9, 30, tzinfo=BERLIN), "1 Jun"),
        (datetime(2025, 11, 19, 9, 30, tzinfo=BERLIN), "19 Nov 2025"),
    ],
)
def test_a_time_is_said_on_the_clock_of_now_and_as_short_as_it_can_be(moment, words):
    assert short_time(moment, NOW) == words


def test_a_day_has_its_weekday_where_it_is_near():
    assert short_day(date(2026, 11, 29), NOW) == "Sun 29 Nov"
    assert short_day(date(2027, 1, 3), NOW) == "3 Jan 2027"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=89, seconds=59), "89 min"),
        (timedelta(minutes=90), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=-41), "41 days"),
    ],
)
def test_spans_are_whole_units(span, words):
    assert span_in_words(span) == words


def test_a_distance_says_which_way():
    assert distance(NOW + timedelta(minutes=12), NOW) == "in 12 min"
    assert distance(NOW - timedelta(minutes=9), NOW) == "9 min ago"
