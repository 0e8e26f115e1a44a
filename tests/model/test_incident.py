from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import WorkingHours
from plugwatch.model.component import Component
from plugwatch.model.incident import (
    BREAKS,
    HEARD,
    SEVERITIES,
    STATUSES,
    Incident,
    check_choice,
    check_trigger,
    check_words,
    client_knows,
    default_title,
    describe_changes,
    sentence_to_say,
    severity_of,
    worse,
)
from plugwatch.model.promise import add_working_time, round_up, wait_for

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingHours.parse("Mon-Fri 9-18")
TIDY = Component("plugin", "tidy-forms")
INCIDENT = Incident(
    id="1",
    number=42,
    title="t",
    status="identified",
    severity="high",
    trigger="unknown",
    component=TIDY,
    version="1.2.4",
    opened_at=datetime(2026, 11, 21, tzinfo=timezone.utc),
)


def _at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("hours", "start", "wait", "due"),
    [
        ("Mon-Fri 9-18", "2026-11-20T10:00", 60, "2026-11-20T11:00:00+01:00"),
        ("Mon-Fri 9-18", "2026-11-20T23:00", 60, "2026-11-23T10:00:00+01:00"),  # Friday night -> Monday
        ("Mon-Fri 9-18", "2026-11-20T17:30", 60, "2026-11-23T09:30:00+01:00"),
        ("Mon-Fri 9-18", "2026-11-20T17:00", 60, "2026-11-20T18:00:00+01:00"),
        ("Mon-Fri 9-18", "2026-11-21T12:00", 15, "2026-11-23T09:15:00+01:00"),
        ("Mon-Fri 9-18", "2026-11-20T08:00", 15, "2026-11-20T09:15:00+01:00"),
        ("Mon-Fri 9-18", "2026-11-20T18:00", 15, "2026-11-23T09:15:00+01:00"),
        ("Mon-Fri 9-18", "2026-11-20T10:00", 9 * 60, "2026-11-23T10:00:00+01:00"),
        ("Mon-Fri 9-12 13-17", "2026-11-20T11:30", 60, "2026-11-20T13:30:00+01:00"),
        ("Fri 9-10", "2026-11-20T10:00", 90, "2026-12-04T09:30:00+01:00"),
        ("24/7", "2026-11-20T23:30", 60, "2026-11-21T00:30:00+01:00"),
        ("Sun 22-24, Mon 0-2", "2026-11-22T23:30", 60, "2026-11-23T00:30:00+01:00"),
        # The clock goes forward on 29 March 2026 at 2:00, and back on 25 October at 3:00.
        ("24/7", "2026-03-29T01:30", 60, "2026-03-29T03:30:00+02:00"),
        ("24/7", "2026-03-29T01:30", 120, "2026-03-29T04:30:00+02:00"),
        ("24/7", "2026-10-25T01:30", 120, "2026-10-25T02:30:00+01:00"),
        ("24/7", "2026-10-25T01:30", 60, "2026-10-25T02:30:00+02:00"),
        ("Sun 2-3", "2026-03-28T12:00", 60, "2026-04-05T03:00:00+02:00"),
        ("Sun 2:45-3:15, Mon 9-10", "2026-03-28T12:00", 30, "2026-03-30T09:30:00+02:00"),
    ],
)
def test_a_wait_passes_inside_working_hours_only(hours, start, wait, due):
    moment = add_working_time(WorkingHours.parse(hours), _at(start), timedelta(minutes=wait))

    assert moment.isoformat() == due


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SPANS = st.builds(
    lambda day, start, length: (day, start, min(start + length, 1440)),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(1, 1440),
)


def _inside(hours: WorkingHours, moment: datetime) -> bool:
    """Whether a moment lies in the hours or is the very end of a span."""
    minute = moment.hour * 60 + moment.minute + moment.second / 60
    before = (moment.weekday() - 1) % 7
    return any(day == moment.weekday() and first <= minute <= end for day, first, end in hours.spans) or (
        minute == 0 and any(day == before and end == 1440 for day, _first, end in hours.spans)
    )


def _worked(hours: WorkingHours, start: datetime, end: datetime) -> timedelta:
    """Working time between two moments of a zone without clock changes, added up day by day."""
    total, midnight = timedelta(), start.replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight <= end:
        for day, first, last in hours.spans:
            if day == midnight.weekday():
                opening, closing = midnight + timedelta(minutes=first), midnight + timedelta(minutes=last)
                total += max(min(closing, end) - max(opening, start), timedelta())
        midnight += timedelta(days=1)
    return total


@settings(deadline=None, max_examples=200)
@given(
    st.lists(SPANS, min_size=1, max_size=6),
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
    st.integers(1, 3000),
)
def test_the_working_time_until_it_is_due_is_the_wait(spans, naive, minutes):
    text = ", ".join(f"{DAYS[d]} {a // 60}:{a % 60:02}-{b // 60}:{b % 60:02}" for d, a, b in spans)
    hours = WorkingHours.parse(text)
    start, wait = naive.replace(microsecond=0, tzinfo=timezone.utc), timedelta(minutes=minutes)

    due = add_working_time(hours, start, wait)

    assert due > start
    assert _inside(hours, due)
    assert _worked(hours, start, due) == wait


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
    st.integers(1, 10_000),
)
def test_round_the_clock_a_wait_is_real_time_whatever_clocks_do(zone, naive, minutes):
    start = naive.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
    wait = timedelta(minutes=minutes)

    due = add_working_time(WorkingHours.parse("24/7"), start, wait)

    assert due.astimezone(timezone.utc) - start.astimezone(timezone.utc) == wait


@settings(deadline=None, max_examples=100)
@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)))  # noqa: DTZ001
def test_rounding_goes_up_to_five_minutes_that_exist(naive):
    moment = naive.replace(tzinfo=timezone.utc).astimezone(BERLIN)

    rounded = round_up(moment)

    assert (rounded.minute % 5, rounded.second, rounded.microsecond) == (0, 0, 0)
    assert timedelta() <= rounded.astimezone(timezone.utc) - moment.astimezone(timezone.utc) < timedelta(minutes=5)
    assert rounded.astimezone(timezone.utc).astimezone(BERLIN).isoformat() == rounded.isoformat()


NOW = _at("2026-11-20T10:00")


@pytest.mark.parametrize(
    ("language", "known", "due", "said"),
    [
        (None, True, "2026-11-20T11:00", "I can see what's wrong and we're on it. You'll hear from us by 11:00."),
        (
            "en",
            False,
            "2026-11-20T11:00",
            "Thank you for telling us; we're on it right now. You'll hear from us by 11:00.",
        ),
        (
            "en-GB",
            True,
            "2026-11-23T09:15",
            "I can see what's wrong and we're on it. You'll hear from us by Monday at 09:15.",
        ),
        (
            "en",
            True,
            "2026-12-01T09:15",
            "I can see what's wrong and we're on it. You'll hear from us by Tuesday, 1 December at 09:15.",
        ),
        (
            "de",
            True,
            "2026-11-20T11:00",
            "Ich sehe, was los ist, und wir kümmern uns darum. Sie hören bis 11:00 Uhr von uns.",
        ),
        (
            "de-AT",
            False,
            "2026-11-23T09:15",
            "Danke, dass Sie Bescheid sagen; wir sind schon dran. Sie hören bis Montag, 09:15 Uhr, von uns.",
        ),
        (
            "de",
            True,
            "2026-12-01T09:15",
            "Ich sehe, was los ist, und wir kümmern uns darum. Sie hören bis Dienstag, den 01.12., 09:15 Uhr, von uns.",
        ),
        ("fr", True, "2026-11-20T11:00", "I can see what's wrong and we're on it. You'll hear from us by 11:00."),
        ("en", True, None, "We have noticed a problem and we're on it."),
        ("de", False, None, "Wir haben ein Problem bemerkt und kümmern uns darum."),
    ],
)
def test_the_sentence(language, known, due, said):
    moment = _at(due) if due else None

    assert sentence_to_say(language=language, known=known, due=moment, now=NOW, zone=BERLIN) == said


def test_the_sentence_is_in_the_clients_clock():
    due = datetime(2026, 11, 20, 23, 30, tzinfo=timezone.utc)

    said = sentence_to_say(language="en", known=True, due=due, now=NOW, zone=ZoneInfo("Asia/Tokyo"))

    assert said.endswith("You'll hear from us by Saturday at 08:30.")


@pytest.mark.parametrize("heard", HEARD)
def test_who_knows_and_how_long_they_wait(heard):
    first, update = timedelta(minutes=15), timedelta(hours=1)

    assert client_knows(heard) == (heard in {"phone", "mail", "chat"})
    assert wait_for(heard, first_response=first, update_every=update) == (update if heard == "phone" else first)


def test_severities():
    assert [severity_of(tier) for tier in ("shop", "lead", "info", None)] == ["high", "medium", "low", "low"]
    assert worse("low", "high") == worse("high", "low") == "high"
    assert [worse(severity, severity) for severity in SEVERITIES] == list(SEVERITIES)


@pytest.mark.parametrize(
    ("tier", "severities"),
    [
        ("shop", ["critical", "high", "high", "medium"]),
        ("lead", ["high", "medium", "medium", "low"]),
        ("info", ["medium", "low", "low", "low"]),
    ],
)
def test_what_is_broken_makes_it_better_or_worse(tier, severities):
    assert [severity_of(tier, breaks) for breaks in BREAKS] == severities
    assert BREAKS == ("all", "sells", "shows", "edits")


@pytest.mark.parametrize("text", ["update", "conflict", "unknown", "core:6.9", "php:8.4.1"])
def test_triggers(text):
    assert check_trigger(text) == text


@pytest.mark.parametrize("text", ["", "core", "core:", "core: ", "php", "plugin:x", "Update"])
def test_no_triggers(text):
    with pytest.raises(PlugwatchError, match="is no trigger; write update, core:"):
        check_trigger(text)


def test_choices_are_listed():
    assert check_choice("low", SEVERITIES, "severity") == "low"
    with pytest.raises(PlugwatchError, match="'bad' is no severity; choose one of critical, high, medium, low"):
        check_choice("bad", SEVERITIES, "severity")


def test_words():
    assert check_words(" it\nbroke ", "say something") == "it\nbroke"
    for nothing in ("", " ", "\n\t"):
        with pytest.raises(PlugwatchError, match="say something"):
            check_words(nothing, "say something")
    with pytest.raises(PlugwatchError, match="not UTF-8"):
        check_words("a\udcff", "say something")


def test_titles():
    assert default_title(TIDY, "1.2.4", "shop") == "plugin/tidy-forms 1.2.4 breaks"
    assert default_title(TIDY, None, "shop") == "plugin/tidy-forms breaks"
    assert default_title(None, None, "shop") == "shop: cause not known yet"


def test_names_and_openness():
    assert INCIDENT.name == "INC-42"
    assert [replace(INCIDENT, status=status).is_open for status in STATUSES] == [True, True, True, False, False]
    assert not replace(INCIDENT, merged_into="INC-1").is_open


def test_changes_are_told_one_a_line():
    after = replace(INCIDENT, severity="low", security=True, with_components=(Component("theme", "x"),))

    assert describe_changes(INCIDENT, INCIDENT) == []
    assert describe_changes(INCIDENT, after) == [
        "severity: low",
        "security: kept out of every public channel",
        "together with: theme/x",
    ]
    assert describe_changes(after, replace(after, security=False)) == ["security: no longer"]


def test_what_is_taken_away_is_told_too():
    known = replace(INCIDENT, workaround="roll back")

    assert describe_changes(INCIDENT, known) == ["workaround: roll back"]
    assert describe_changes(known, INCIDENT) == ["workaround: none"]


def test_status_and_assignee_have_lines_of_their_own():
    assert describe_changes(INCIDENT, replace(INCIDENT, status="closed", assignee="eve")) == []
