from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.moments import parse_future, parse_moment, parse_past

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 8, 30, 15, tzinfo=timezone.utc)  # 9:30 in Berlin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:50", "2026-11-21T08:50:00+01:00"),
        (" 8:50 ", "2026-11-21T08:50:00+01:00"),
        ("today 00:00", "2026-11-21T00:00:00+01:00"),
        ("yesterday 17:00", "2026-11-20T17:00:00+01:00"),
        ("yesterday 5:07", "2026-11-20T05:07:00+01:00"),
        ("2026-11-20", "2026-11-20T00:00:00+01:00"),
        ("2026-11-20 17:00", "2026-11-20T17:00:00+01:00"),
        ("2026-11-20T17:00:30", "2026-11-20T17:00:30+01:00"),
        ("2026-07-20 17:00", "2026-07-20T17:00:00+02:00"),
        ("2026-11-20T17:00:00Z", "2026-11-20T17:00:00+00:00"),
        ("2026-11-20T17:00:00z", "2026-11-20T17:00:00+00:00"),
        ("2026-11-20T17:00:00-08:00", "2026-11-20T17:00:00-08:00"),
        ("2099-01-01", "2099-01-01T00:00:00+01:00"),
        ("1970-01-02", "1970-01-02T00:00:00+01:00"),
    ],
)
def test_times_as_people_write_them(text, expected):
    assert parse_moment(text, now=NOW, zone=BERLIN).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "noon",
            "tomorrow 09:00",
            "24:00",
            "9:60",
            "9:5",
            "9",
            "-1:00",
            "25:00",
            "yesterday",
            "17.30",
            "5pm",
        ),
        *("2026-13-01", "2026-02-30", "2026-11-20 25:00", "20.11.2026", "0001-01-01", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59-14:00", "1969-12-31", "٠٨:٥٠ x", "08:50\n09:00", "now; drop table"),
    ],
)
def test_what_is_no_time_is_said(text):
    with pytest.raises(PlugwatchError, match="is no time; write 08:50, 'yesterday 17:00', 2026-11-20 or"):
        parse_moment(text, now=NOW, zone=BERLIN)


def test_yesterday_is_by_the_clock_and_not_24_hours():
    after_the_change = datetime(2026, 3, 29, 10, 0, tzinfo=BERLIN)

    moment = parse_moment("yesterday 10:00", now=after_the_change, zone=BERLIN)

    assert moment.isoformat() == "2026-03-28T10:00:00+01:00"
    assert after_the_change.astimezone(timezone.utc) - moment.astimezone(timezone.utc) == timedelta(hours=23)


def test_the_day_is_the_one_of_the_zone():
    late = datetime(2026, 11, 21, 23, 30, tzinfo=timezone.utc)

    assert parse_moment("00:10", now=late, zone=BERLIN).isoformat() == "2026-11-22T00:10:00+01:00"


@settings(deadline=None, max_examples=200)
@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(9990, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "UTC"]),
)
def test_any_moment_survives_its_own_iso_form(naive, zone):
    moment = naive.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))

    assert parse_moment(moment.isoformat(), now=NOW, zone=BERLIN) == moment


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=30))
def test_any_text_is_a_time_with_a_zone_or_a_sentence(text):
    try:
        moment = parse_moment(text, now=NOW, zone=BERLIN)
    except PlugwatchError:
        return
    assert moment.utcoffset() is not None
    assert moment.astimezone(timezone.utc).year >= 1970


def test_what_happened_is_not_to_come():
    assert parse_past("09:30", now=NOW, zone=BERLIN) < NOW
    for text in ("09:31", "2026-11-22", "2026-11-21T08:30:16Z"):
        with pytest.raises(PlugwatchError, match="is still to come; give the time when it happened"):
            parse_past(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("09:31", "2026-11-21T09:31:00+01:00"),
        ("10:15", "2026-11-21T10:15:00+01:00"),
        (" 9:30 ", "2026-11-22T09:30:00+01:00"),
        ("today 10:15", "2026-11-21T10:15:00+01:00"),
        ("tomorrow 9:30", "2026-11-22T09:30:00+01:00"),
        ("Mon 10:15", "2026-11-23T10:15:00+01:00"),
        ("monday 10:15", "2026-11-23T10:15:00+01:00"),
        ("Sat 10:15", "2026-11-21T10:15:00+01:00"),
        ("sat 9:00", "2026-11-28T09:00:00+01:00"),
        ("2026-11-23 10:15", "2026-11-23T10:15:00+01:00"),
        ("2026-11-23T10:15:00Z", "2026-11-23T11:15:00+01:00"),
        ("2027-07-01 10:15", "2027-07-01T10:15:00+02:00"),
        ("2027-07-01 9:15", "2027-07-01T09:15:00+02:00"),
        ("2027-03-28 02:30", "2027-03-28T03:30:00+02:00"),  # clocks skip it
    ],
)
def test_what_is_to_come_is_the_next_such_time(text, moment):
    assert parse_future(text, now=NOW, zone=BERLIN).isoformat() == moment


@pytest.mark.parametrize("text", ["today 9:30", "2026-11-20 17:00", "2026-11-21T08:30:15Z"])
def test_what_has_passed_is_not_to_come(text):
    with pytest.raises(PlugwatchError, match="has passed; give a time that is still to come"):
        parse_future(text, now=NOW, zone=BERLIN)


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "10:60", "2026-11-23", "20261123", "Mon", "yesterday 10:15", "1015"]
)
def test_what_is_no_time_of_a_day_is_refused(text):
    with pytest.raises(PlugwatchError, match="is no time; write 10:15"):
        parse_future(text, now=NOW, zone=BERLIN)


def test_nobody_promises_a_word_in_ten_years():
    with pytest.raises(PlugwatchError, match="more than a year away"):
        parse_future("2062-11-23 10:15", now=NOW, zone=BERLIN)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=30))
def test_any_text_is_a_time_to_come_or_a_sentence(text):
    try:
        moment = parse_future(text, now=NOW, zone=BERLIN)
    except PlugwatchError:
        return
    assert moment > NOW
