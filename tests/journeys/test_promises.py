"""Promises: a call at a given moment, through the ledger, to the sentence that is said on the phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugwatch.model.client import Client, WorkingHours
from plugwatch.model.promise import Agreement
from plugwatch.model.site import Site
from plugwatch.workflows.open_incident import Report, open_incident

BERLIN = ZoneInfo("Europe/Berlin")
AGENCY = Agreement(
    zone=BERLIN,
    find_zone=ZoneInfo,
    hours=WorkingHours.parse("Mon-Fri 9-18"),
    first_response=timedelta(minutes=15),
    update_every=timedelta(hours=1),
)
FRIDAY_NIGHT = datetime(2026, 11, 20, 23, 0, tzinfo=BERLIN)


@pytest.fixture
def call(ledger):
    """A call of a client with these settings, at a moment; what was opened."""

    def called(now: datetime, *, heard: str = "phone", **settings):
        with ledger.unit_of_work() as work:
            work.clients.add(Client("acme", "Acme Ltd", **settings), at=now)
            work.sites.add(Site("acme", "acme"), at=now)
        with ledger.unit_of_work() as work:
            return open_incident(work, Report("it broke", "dana", now, site="acme", heard=heard), AGENCY)

    return called


def test_friday_night_means_monday_an_hour_after_opening(call):
    opened = call(FRIDAY_NIGHT)

    assert opened.promise.due.isoformat() == "2026-11-23T10:00:00+01:00"
    assert opened.say.endswith("You'll hear from us by Monday at 10:00.")


def test_a_mail_was_not_answered_yet_so_the_first_response_counts(call):
    assert call(FRIDAY_NIGHT, heard="mail").promise.due.isoformat() == "2026-11-23T09:15:00+01:00"


def test_the_clients_hours_and_times_go_before_the_agencys(call):
    opened = call(FRIDAY_NIGHT, hours=WorkingHours.parse("24/7"), update_every=timedelta(minutes=30), language="de")

    assert opened.promise.due.isoformat() == "2026-11-20T23:30:00+01:00"
    assert opened.say.endswith("Sie hören bis 23:30 Uhr von uns.")


def test_the_agencys_hours_are_kept_in_the_clients_zone(call):
    opened = call(FRIDAY_NIGHT, timezone="America/New_York")  # 17:00 there

    assert opened.promise.due.isoformat() == "2026-11-20T18:00:00-05:00"
    assert opened.say.endswith("You'll hear from us by 18:00.")


def test_the_day_that_is_said_is_the_clients(call):
    opened = call(datetime(2026, 11, 22, 23, 30, tzinfo=BERLIN), timezone="Asia/Tokyo")  # Monday, 7:30 there

    assert opened.promise.due.isoformat() == "2026-11-23T10:00:00+09:00"
    assert opened.say.endswith("You'll hear from us by 10:00.")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_an_hour_is_an_hour_while_the_clock_changes(call, now, due):
    opened = call(datetime.fromisoformat(now).astimezone(BERLIN), hours=WorkingHours.parse("24/7"))

    assert opened.promise.due.isoformat() == due


def test_a_promise_is_a_time_that_one_can_say(call):
    opened = call(datetime(2026, 11, 20, 10, 1, 7, tzinfo=BERLIN))

    assert opened.promise.due.isoformat() == "2026-11-20T11:05:00+01:00"


@pytest.mark.parametrize("heard", ["monitor", "self"])
def test_a_client_who_does_not_know_was_promised_nothing(call, heard, ledger):
    opened = call(FRIDAY_NIGHT, heard=heard)

    assert opened.promise is None
    with ledger.reading() as work:
        assert list(work.promises.of_incident(opened.incident)) == []


def test_the_promise_that_was_said_is_the_one_that_is_kept(call, ledger):
    opened = call(FRIDAY_NIGHT, timezone="Pacific/Auckland", hours=WorkingHours.parse("Mon-Sun 8-20"))

    with ledger.reading() as work:
        [kept] = work.promises.of_incident(opened.incident)
    assert (kept.client, kept.due, kept.made_at, kept.kept_at) == ("acme", opened.promise.due, FRIDAY_NIGHT, None)
