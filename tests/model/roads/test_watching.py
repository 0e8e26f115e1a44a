from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import ConfigError, NotFoundError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.roads.submission import STATUSES
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.roads.watch import Remark, Seen, Watch
from plugwatch.model.roads.watching import DAY, LONGEST, apply, begin, fail, hold, next_check, rest

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
URL = "https://github.com/larkspur/tidy-forms/pull/7"
WATCH = Watch(URL, "github-pull", remote="open", changed_at=NOW - DAY, checked_at=NOW - DAY, etag="old")
SENT = Post("p1", "patch", "sent", "Title", "Body", NOW - 9 * DAY, "dana", sent_at=NOW - 9 * DAY)
SUBMISSION = Submission(
    3,
    None,
    None,
    Component("plugin", "tidy-forms"),
    "github-pr",
    "sent",
    (SENT,),
    NOW - 9 * DAY,
    "dana",
    remote_url=URL,
    watch=WATCH,
)
SEEN = Seen("open", "sent", NOW - DAY, URL, etag="new")


def _remark(days: int, *, human: bool = True, kind: str = "review") -> Remark:
    return Remark(f"r{days}", NOW - days * DAY, "vera", kind, "Please rename it.", human)


def test_a_new_watch_is_looked_at_right_away():
    assert begin(URL, "github-pull", now=NOW).next_check == NOW


def test_what_has_just_changed_is_looked_at_daily_and_what_rests_ever_more_seldom_up_to_a_week():
    waits = [next_check(NOW - days * DAY, NOW) - NOW for days in (0, 7, 14, 28, 49, 400)]
    assert waits == [days * DAY - HOUR for days in (1, 1, 2, 4, 7, 7)]


def test_a_nightly_check_a_few_seconds_early_finds_it_due():
    assert next_check(NOW, NOW) < NOW + DAY - timedelta(seconds=30)


def test_failures_wait_as_launchpads_scheduler_says():
    watch, waits = WATCH, []
    for _ in range(6):
        watch = fail(watch, UnknownError("no answer"), NOW)
        assert watch.next_check
        waits.append((watch.next_check - NOW + HOUR) / DAY)
    assert waits == pytest.approx([2.2, 3.4, 4.6, 5.8, 7, 7])


def test_a_failure_keeps_all_that_was_known():
    failed = fail(WATCH, UnknownError("no answer"), NOW)
    known = ("url", "tracker", "remote", "changed_at", "etag", "by_hand")
    assert [getattr(failed, name) for name in known] == [getattr(WATCH, name) for name in known]
    assert (failed.error, failed.failures, failed.checked_at) == ("no answer", 1, NOW)


def test_what_is_gone_waits_a_week_at_once_and_a_missing_login_a_day_however_often():
    assert fail(WATCH, NotFoundError("gone"), NOW).next_check == NOW + LONGEST - HOUR
    assert fail(replace(WATCH, failures=9), ConfigError("no token"), NOW).next_check == NOW + DAY - HOUR


def test_a_look_that_goes_well_ends_the_failures():
    after = rest(replace(WATCH, error="no answer", failures=4), NOW)
    assert (after.error, after.failures, after.checked_at, after.remote) == (None, 0, NOW, "open")
    seen = apply(replace(SUBMISSION, watch=replace(WATCH, error="no answer", failures=4)), SEEN, NOW).watch
    assert (seen.error, seen.failures, seen.etag) == (None, 0, "new")


def test_nothing_new_says_nothing():
    outcome = apply(SUBMISSION, SEEN, NOW)
    assert (outcome.status, outcome.url, outcome.said) == (None, None, ())


def test_a_new_raw_status_is_told_in_their_words_and_changes_ours():
    outcome = apply(SUBMISSION, replace(SEEN, remote="merged", status="accepted", merge_commit="abcdef0123456789"), NOW)
    assert outcome.status == "accepted"
    assert outcome.said == ("the vendor's side says 'merged', it said 'open'",)
    assert outcome.note == "the vendor's side says 'merged'; merged as abcdef0123"


def test_what_has_moved_lies_elsewhere_from_then_on():
    outcome = apply(SUBMISSION, replace(SEEN, url="https://github.com/larkspur/forms/pull/7"), NOW)
    assert outcome.url == outcome.watch.url == "https://github.com/larkspur/forms/pull/7"
    assert outcome.said == ("it lies at https://github.com/larkspur/forms/pull/7 now",)


def test_merged_closed_as_fixed_and_even_released_by_their_word_is_accepted_and_no_more():
    for seen in (
        replace(SEEN, remote="merged", status="accepted"),
        replace(SEEN, remote="closed, completed", status=None, closed_as_fixed=True),
        replace(SEEN, remote="released", status="released"),
    ):
        assert apply(SUBMISSION, seen, NOW).status == "accepted"


@given(st.sampled_from(["released", "withdrawn"]), st.sampled_from([*STATUSES, None]), st.text(max_size=5))
def test_what_has_ended_stays_so_whatever_a_tracker_says(ours, theirs, remote):
    assert apply(replace(SUBMISSION, status=ours), replace(SEEN, remote=remote, status=theirs), NOW).status is None


def test_accepted_goes_back_by_facts():
    accepted = replace(SUBMISSION, status="accepted")
    assert apply(accepted, replace(SEEN, remote="closed, not planned", status="rejected"), NOW).status == "rejected"
    assert apply(accepted, replace(SEEN, remote="reopened", status="sent"), NOW).status == "sent"


def test_confirmed_does_not_fade_because_it_only_lies_there():
    assert apply(replace(SUBMISSION, status="confirmed"), SEEN, NOW).status is None


# By hand


def test_what_a_person_said_holds_until_the_other_side_changes():
    by_hand = replace(SUBMISSION, status="rejected", watch=hold(WATCH))

    same = apply(by_hand, replace(SEEN, status="sent"), NOW)
    assert (same.status, same.watch.by_hand) == (None, "open")

    changed = apply(replace(by_hand, watch=same.watch), replace(SEEN, remote="open, approved", status="confirmed"), NOW)
    assert (changed.status, changed.watch.by_hand) == ("confirmed", None)


def test_what_a_person_said_before_the_first_look_holds_as_well():
    by_hand = replace(SUBMISSION, status="rejected", watch=hold(begin(URL, "github-pull", now=NOW)))
    first = apply(by_hand, replace(SEEN, remote="open", status="sent"), NOW)
    assert (first.status, first.watch.by_hand) == (None, "open")
    second = apply(replace(by_hand, watch=first.watch), replace(SEEN, remote="merged", status="accepted"), NOW)
    assert second.status == "accepted"


# Changes


def test_changes_that_a_person_wants_are_news_until_we_have_answered_them():
    wanted = replace(SEEN, remote="open, changes requested", status="changes-requested", remarks=(_remark(3),))
    assert apply(SUBMISSION, wanted, NOW).status == "changes-requested"

    reply = replace(SENT, id="p2", kind="reply", sent_at=NOW - 2 * DAY)
    answered = replace(SUBMISSION, posts=(SENT, reply), changes=(Change("sent", NOW - 2 * DAY, "dana"),))
    assert apply(answered, wanted, NOW).status is None

    again = replace(wanted, remarks=(_remark(3), _remark(1)))
    assert apply(answered, again, NOW).status == "changes-requested"


def test_a_bots_word_after_our_answer_asks_for_nothing():
    reply = replace(SENT, id="p2", kind="reply", sent_at=NOW - 2 * DAY)
    wanted = replace(
        SEEN, status="changes-requested", remarks=(_remark(3), replace(_remark(1, human=False), kind="bot"))
    )
    assert apply(replace(SUBMISSION, posts=(SENT, reply)), wanted, NOW).status is None
