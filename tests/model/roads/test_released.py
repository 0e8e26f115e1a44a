from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.component import Component
from plugwatch.model.roads.released import ReleaseVerdict, judge, say_missing, was_said
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.verdicts.verdict import VERDICTS

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
POST = Post("p1", "patch", "sent", "Title", "Body", NOW - 9 * DAY, "dana", sent_at=NOW - 9 * DAY)
SENT = Submission(
    3,
    None,
    "pw-abcdefghij",
    Component("plugin", "tidy-forms"),
    "github-pr",
    "sent",
    (POST,),
    NOW - 9 * DAY,
    "dana",
    changes=(Change("sent", NOW - 9 * DAY, "dana"),),
)
MERGED = replace(SENT, status="accepted", changes=(*SENT.changes, Change("accepted", NOW - 3 * DAY, "dana")))


def _verdicts(*verdicts: str, kept_at: datetime | None = NOW) -> list[ReleaseVerdict]:
    """The verdicts on 1.2.1, 1.2.2, …"""
    return [ReleaseVerdict(f"1.2.{n}", v, (f"{v} in 1.2.{n}",), kept_at=kept_at) for n, v in enumerate(verdicts, 1)]


def _said(submission: Submission, *verdicts: str, kept_at: datetime | None = NOW) -> tuple[str | None, ...]:
    judged = judge(submission, _verdicts(*verdicts, kept_at=kept_at))
    return judged.fixed_in, judged.missing_in, judged.doubtful


def test_without_a_release_nothing_is_said():
    assert _said(MERGED) == (None, None, None)


@pytest.mark.parametrize("submission", [SENT, MERGED])
def test_the_first_release_that_holds_it_is_the_one(submission):
    assert _said(submission, "carried", "landed", "landed") == ("1.2.2", None, None)
    assert judge(submission, _verdicts("carried", "landed")).evidence == ("landed in 1.2.2",)


def test_a_fix_that_a_later_release_reworks_is_released_and_one_that_it_lacks_is_a_question():
    assert _said(MERGED, "landed", "conflict") == ("1.2.1", None, None)
    assert _said(MERGED, "landed", "carried") == (None, None, "1.2.2")


def test_a_persons_yes_counts_and_is_told():
    (release,) = _verdicts("landed-variant")
    judged = judge(SENT, [replace(release, accepted=True)])
    assert judged.fixed_in == "1.2.1"
    assert judged.evidence[-1] == "a person has said that it is in the release"


@pytest.mark.parametrize("verdict", sorted(set(VERDICTS) - {"landed"}))
def test_nothing_but_the_content_makes_it_released(verdict):
    assert _said(MERGED, verdict)[0] is None


@pytest.mark.parametrize("verdict", ["landed-variant", "would-double"])
def test_what_may_be_there_in_other_words_is_for_a_person(verdict):
    assert _said(SENT, verdict) == (None, None, "1.2.1")
    assert _said(MERGED, verdict) == (None, None, "1.2.1")


def test_closed_as_fixed_and_certainly_not_there_is_said_of_a_release_that_came_after_the_closing():
    assert _said(MERGED, "carried") == (None, "1.2.1", None)
    assert _said(MERGED, "carried", kept_at=NOW - 3 * DAY) == (None, None, None)
    assert _said(MERGED, "carried", kept_at=None) == (None, None, None)
    assert _said(SENT, "carried") == (None, None, None)


def test_a_conflict_proves_nothing_so_the_vendor_is_not_told_that_it_is_missing():
    assert _said(MERGED, "conflict") == (None, None, "1.2.1")
    assert _said(SENT, "conflict") == (None, None, None)


def test_the_closing_is_the_first_since_it_was_open_last():
    changes = (
        Change("accepted", NOW - 8 * DAY, "dana"),
        Change("sent", NOW - 6 * DAY, "dana"),
        Change("accepted", NOW - 3 * DAY, "dana"),
        Change("accepted", NOW - DAY, "dana", say_missing("1.2.0")),
    )
    reopened = replace(MERGED, changes=changes)
    assert _said(reopened, "carried", kept_at=NOW - 7 * DAY) == (None, None, None)
    assert _said(reopened, "carried", kept_at=NOW - 2 * DAY) == (None, "1.2.1", None)


def test_a_draft_written_after_the_day_that_it_is_said_of_opens_nothing_again():
    late = replace(MERGED, changes=(*MERGED.changes, Change("draft", NOW - DAY, "dana")))
    assert _said(late, "carried") == (None, "1.2.1", None)


def test_what_was_said_once_is_known():
    assert not was_said(MERGED, say_missing("1.2.1"))
    again = replace(MERGED, changes=(*MERGED.changes, Change("accepted", NOW, "dana", say_missing("1.2.1"))))
    assert was_said(again, say_missing("1.2.1"))
    assert not was_said(again, say_missing("1.2.2"))
