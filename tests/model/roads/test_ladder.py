from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.client import WorkingHours
from plugwatch.model.roads.ladder import (
    LAST,
    STEPS,
    Roads,
    Trail,
    Week,
    decision,
    first_step,
    leave_out,
    left_out,
    next_step,
)
from plugwatch.model.roads.road import ROADS

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = Week(WorkingHours.parse("Mon-Fri 9-18"))
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=BERLIN)
NOW = datetime(2027, 6, 1, 10, 0, tzinfo=BERLIN)
DAY = timedelta(days=1)
FIRST = Trail("SUB-1", "github-pr", "plugin", "sent", MONDAY)
OPEN = Roads(dict.fromkeys(ROADS, "good") | {"email": "best"}, hosted=True)


def replace(one: Any, **changes: Any) -> Any:
    return one._replace(**changes)


# Working days


def test_a_working_day_later_is_the_same_time_on_the_next_day_that_we_work():
    friday = datetime(2026, 11, 6, 16, 0, tzinfo=BERLIN)
    assert WEEK.after(friday, 1) == datetime(2026, 11, 9, 16, 0, tzinfo=BERLIN)
    assert WEEK.after(friday + DAY, 5) == datetime(2026, 11, 13, 16, 0, tzinfo=BERLIN)


def test_what_was_sent_at_night_is_due_when_we_open():
    assert WEEK.after(datetime(2026, 11, 5, 23, 0, tzinfo=BERLIN), 1) == datetime(2026, 11, 9, 9, 0, tzinfo=BERLIN)


def test_days_on_which_we_are_closed_do_not_count():
    closed = replace(WEEK, closed=frozenset({date(2026, 11, 3), date(2026, 11, 4)}))
    assert closed.after(MONDAY, 1) == datetime(2026, 11, 5, 10, 0, tzinfo=BERLIN)
    assert closed.between(MONDAY, MONDAY + 4 * DAY) == 2


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 365 * 24), st.integers(0, 40))
def test_as_many_working_days_go_by_as_were_to_wait(hours, days):
    start = MONDAY + timedelta(hours=hours)
    due = WEEK.after(start, days)
    assert due >= start
    assert days <= WEEK.between(start, due) <= days + 1  # one more where it falls after closing time
    assert WEEK.hours.next_open(due) == due


# The steps


def test_the_first_step_is_due_when_the_roads_wait_is_over():
    step = next_step(FIRST, [FIRST], WEEK, now=MONDAY + 4 * DAY, roads=OPEN)
    assert (step.step, step.kind, step.road, step.same_thread) == (1, "follow-up", "github-pr", True)
    assert step.due == datetime(2026, 11, 9, 10, 0, tzinfo=BERLIN)
    assert step.command == "plugwatch submission follow-up SUB-1"
    assert step.days == 4


def test_each_wait_is_longer_than_the_one_before():
    waits, done = [], FIRST
    for number in range(1, LAST + 1):
        step = next_step(done, [done], WEEK, now=NOW, roads=OPEN)
        assert step.step == number
        waits.append(WEEK.between(MONDAY, step.due))
        done = replace(done, steps=(*done.steps, (number, MONDAY)))
    assert waits == sorted(set(waits))
    assert waits[0] == ROADS["github-pr"].wait


def test_the_whole_ladder_in_its_order():
    kinds, done = [], FIRST
    for number in range(1, LAST + 1):
        step = next_step(done, [done], WEEK, now=NOW, roads=OPEN)
        kinds.append((step.step, step.kind, step.road))
        done = replace(done, steps=(*done.steps, (number, MONDAY)))
    assert kinds == [
        (1, "follow-up", "github-pr"),
        (2, "follow-up", "github-pr"),
        (3, "report", "email"),
        (4, "report", "chat"),
        (5, "adoption", "email"),
        (6, "", None),
    ]
    assert next_step(done, [done], WEEK, now=NOW, roads=OPEN).step == LAST


def test_another_road_is_the_best_that_was_not_tried():
    twice = replace(FIRST, steps=((1, MONDAY), (2, MONDAY)))
    mail = Trail("SUB-2", "email", "plugin", "withdrawn", None)
    assert next_step(twice, [twice, mail], WEEK, now=NOW, roads=OPEN).road == "github-issue"
    unknown = Roads(dict.fromkeys(ROADS, "closed") | {"forum": "unknown", "github-pr": "good"}, hosted=True)
    assert next_step(twice, [twice, mail], WEEK, now=NOW, roads=unknown).road == "forum"


def test_a_closed_road_is_not_asked_on_again():
    closed = Roads({**dict.fromkeys(ROADS, "closed"), "forum": "possible"}, hosted=True)
    step = next_step(FIRST, [FIRST], WEEK, now=NOW, roads=closed)
    assert (step.step, step.road) == (3, "forum")
    assert [sentence[:6] for sentence in step.left_out] == ["step 1", "step 2"]


def test_where_no_road_is_left_it_goes_on_to_the_end():
    nothing = Roads(dict.fromkeys(ROADS, "closed"), hosted=False)
    step = next_step(FIRST, [FIRST], WEEK, now=NOW, roads=nothing)
    assert (step.step, step.road, step.kind, len(step.left_out)) == (LAST, None, "", 5)


@pytest.mark.parametrize("kind", ["theme", "mu-plugin", "core"])
def test_only_plugins_of_the_directory_are_adopted(kind):
    four = replace(FIRST, kind=kind, steps=((4, MONDAY),))
    assert next_step(four, [four], WEEK, now=NOW, roads=OPEN).step == LAST
    sold = replace(FIRST, steps=((4, MONDAY),))
    assert next_step(sold, [sold], WEEK, now=NOW, roads=replace(OPEN, hosted=False)).step == LAST


@given(st.integers(0, 5), st.sampled_from([road for road in ROADS if not ROADS[road].public]))
def test_what_is_private_never_goes_to_a_public_road(done, road):
    trail = replace(FIRST, road=road, private=True, steps=((done, MONDAY),) if done else ())
    for roads in (OPEN, Roads()):
        step = next_step(trail, [trail], WEEK, now=NOW, roads=roads)
        assert step.road is None or not ROADS[step.road].public
        assert step.kind != "adoption"


def test_a_word_of_a_person_begins_it_anew_once_we_have_answered():
    asked = replace(FIRST, theirs_at=MONDAY + 20 * DAY, steps=((1, MONDAY + 7 * DAY), (2, MONDAY + 17 * DAY)))
    assert next_step(asked, [asked], WEEK, now=NOW) is None

    answered = replace(asked, ours_at=MONDAY + 21 * DAY)
    step = next_step(answered, [answered], WEEK, now=NOW)
    assert (step.step, step.since) == (1, MONDAY + 21 * DAY)


def test_whoever_answers_elsewhere_is_not_silent():
    issue = Trail("SUB-2", "github-issue", "plugin", "confirmed", MONDAY, theirs_at=MONDAY + DAY)
    assert next_step(FIRST, [FIRST, issue], WEEK, now=NOW) is None
    spoken = replace(issue, ours_at=MONDAY + 2 * DAY)
    assert next_step(FIRST, [FIRST, spoken], WEEK, now=NOW).since == MONDAY + DAY


def test_what_went_on_by_another_road_counts_there():
    first = replace(FIRST, steps=((1, MONDAY + 7 * DAY), (2, MONDAY + 17 * DAY)))
    mail_steps = ((first_step("email", "bug"), MONDAY + 30 * DAY),)
    mail = Trail("SUB-2", "email", "plugin", "sent", MONDAY + 30 * DAY, goes_on_from="SUB-1", steps=mail_steps)
    step = next_step(mail, [first, mail], WEEK, now=NOW, roads=OPEN)
    assert (step.submission, step.step, step.since) == ("SUB-2", 4, MONDAY + 30 * DAY)


def test_what_is_accepted_is_asked_after_seldom_and_never_elsewhere():
    accepted = replace(FIRST, status="accepted", steps=((1, MONDAY), (2, MONDAY)))
    step = next_step(accepted, [accepted], WEEK, now=NOW, roads=OPEN)
    assert (step.step, step.road) == (2, "github-pr")
    assert WEEK.between(MONDAY, step.due) == 4 * ROADS["github-pr"].wait


@pytest.mark.parametrize("status", ["draft", "changes-requested", "rejected", "released", "withdrawn"])
def test_nobody_is_silent_about_what_does_not_lie_with_them(status):
    assert next_step(replace(FIRST, status=status), [], WEEK, now=NOW) is None


def test_two_that_go_on_from_each_other_end():
    one = replace(FIRST, goes_on_from="SUB-2")
    other = replace(FIRST, submission="SUB-2", goes_on_from="SUB-1")
    assert next_step(one, [one, other], WEEK, now=NOW).step == 1


@given(st.sampled_from(sorted(STEPS)), st.text())
def test_a_step_that_was_left_out_is_read_again_from_its_note(step, reason):
    assert left_out(leave_out(step, reason)) == step


def test_another_note_leaves_no_step_out():
    assert [left_out(note) for note in (None, "", "the patch was reworked", "step 7 of the ladder left out: x")] == [
        None
    ] * 4


def test_the_end_names_what_there_is_to_decide():
    assert any(
        "plugwatch patch stance pw-abcdefghij never" in s for s in decision(replace(FIRST, patch="pw-abcdefghij"))
    )
