from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.promise import Agreement, Promise, TierTimes, add_working_time, due_time

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingHours.parse("Mon-Fri 9-18")
ALWAYS = WorkingHours.parse("24/7")
FRIDAY_NIGHT = datetime(2026, 11, 20, 23, 0, tzinfo=BERLIN)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
AGREEMENT = Agreement(BERLIN, ZoneInfo, OFFICE, first_response=QUARTER, update_every=HOUR)
ACME = Client("acme", "Acme Ltd")
MOMENTS = st.integers(0, 700 * 1440).map(lambda minute: FRIDAY_NIGHT + timedelta(minutes=minute))


def due(agreement=AGREEMENT, client=ACME, tier="info", heard="phone", now=FRIDAY_NIGHT):
    return due_time(agreement, client, tier, heard=heard, now=now).strftime("%a %d %H:%M")


def test_a_call_on_friday_night_promises_monday_morning():
    assert due() == "Mon 23 10:00"
    assert due(heard="mail") == "Mon 23 09:15"


def test_an_update_of_ours_promises_the_next_one():
    assert due(heard=None) == "Mon 23 10:00"


def test_a_tier_that_is_served_around_the_clock_is_promised_tonight():
    agreement = Agreement(BERLIN, ZoneInfo, OFFICE, QUARTER, HOUR, {"shop": TierTimes(hours=ALWAYS)})

    assert due(agreement, tier="shop") == "Sat 21 00:00"
    assert due(agreement, tier="info") == "Mon 23 10:00"


def test_a_tiers_hours_go_before_the_clients_and_the_clients_spans_before_the_tiers():
    client = Client("acme", "Acme", hours=WorkingHours.parse("Mon-Fri 6-7"), update_every=2 * HOUR)
    tiers = {"shop": TierTimes(hours=OFFICE, first_response=5 * HOUR, update_every=5 * HOUR)}
    agreement = Agreement(BERLIN, ZoneInfo, ALWAYS, QUARTER, HOUR, tiers)

    assert due(agreement, client, "shop") == "Mon 23 11:00"
    assert due(agreement, client, "shop", heard="mail") == "Mon 23 14:00"
    assert due(agreement, client, "info") == "Tue 24 07:00"


def test_no_promise_falls_on_a_day_on_which_the_agency_is_closed():
    agreement = Agreement(BERLIN, ZoneInfo, OFFICE, QUARTER, HOUR, closed=frozenset({date(2026, 11, 23)}))

    assert due(agreement) == "Tue 24 10:00"


def test_a_wait_goes_on_over_closed_days():
    closed = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
    thursday = datetime(2026, 12, 24, 17, 30, tzinfo=BERLIN)

    assert add_working_time(OFFICE, thursday, HOUR, closed) == datetime(2026, 12, 29, 9, 30, tzinfo=BERLIN)


def test_who_answers_around_the_clock_answers_on_closed_days_too():
    agreement = Agreement(BERLIN, ZoneInfo, ALWAYS, QUARTER, HOUR, closed=frozenset({date(2026, 11, 21)}))

    assert due(agreement) == "Sat 21 00:00"


def test_hours_are_those_of_the_clients_clock():
    assert due(client=Client("acme", "Acme", timezone="America/New_York")) == "Fri 20 18:00"


@settings(deadline=None, max_examples=150)
@given(
    start=MOMENTS,
    minutes=st.integers(1, 3000),
    closed=st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=60),
)
def test_working_time_ends_inside_the_hours_and_never_on_a_closed_day(start, minutes, closed):
    end = add_working_time(OFFICE, start, timedelta(minutes=minutes), closed)

    assert end.date() not in closed
    assert end.weekday() < 5
    assert 9 * 60 < end.hour * 60 + end.minute + end.second / 60 <= 18 * 60


@settings(deadline=None, max_examples=100)
@given(
    start=MOMENTS,
    waits=st.lists(st.integers(1, 2000), min_size=2, max_size=2).map(sorted),
    closed=st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=30),
)
def test_a_longer_wait_never_ends_earlier(start, waits, closed):
    shorter, longer = (add_working_time(OFFICE, start, timedelta(minutes=wait), closed) for wait in waits)
    assert shorter.astimezone(timezone.utc) <= longer.astimezone(timezone.utc)


@pytest.mark.parametrize(
    ("kept", "now", "state"),
    [
        (None, -1, "open"),
        (None, 0, "open"),
        (None, 1, "overdue"),
        (-1, 99, "kept"),
        (0, 99, "kept"),
        (1, 99, "late"),
    ],
)
def test_a_promise_is_kept_by_a_word_in_time_and_late_for_ever_after(kept, now, state):
    at = FRIDAY_NIGHT
    promise = Promise("acme", at, at - HOUR, None if kept is None else at + timedelta(minutes=kept))

    assert promise.state(at + timedelta(minutes=now)) == state
