"""What the state of an issue or a pull request means for a submission of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.roads.github_status import (
    Review,
    Thread,
    Voice,
    is_bot,
    is_closed_as_fixed,
    last_word,
    map_status,
    say_state,
    sum_up_checks,
)
from plugwatch.model.roads.submission import STATUSES

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
MIKA = Voice("mika", "User", "MEMBER")
PULL = Thread(is_pull=True, is_open=True, head="b")
ISSUE = Thread(is_pull=False, is_open=True)


def review(state: str, hour: int = 0, voice: Voice = MIKA, commit: str = "a") -> Review:
    return Review(voice, state, NOON + timedelta(hours=hour), commit)


@pytest.mark.parametrize(
    ("thread", "status", "fixed"),
    [
        (PULL, "sent", False),
        (replace(PULL, answered=True), "confirmed", False),
        (replace(PULL, reviews=(review("COMMENTED"),)), "sent", False),
        (replace(PULL, reviews=(review("APPROVED"),)), "confirmed", False),
        (replace(PULL, reviews=(review("CHANGES_REQUESTED"),)), "changes-requested", False),
        (replace(PULL, is_open=False, merged=True), "accepted", True),
        (replace(PULL, is_open=False), "rejected", False),
        (replace(PULL, is_open=False, by_us=True), "withdrawn", False),
        (replace(PULL, is_open=False, by_us=True, closing_commit="c"), "accepted", True),
        (ISSUE, "sent", False),
        (replace(ISSUE, is_open=False), "accepted", True),
        (replace(ISSUE, is_open=False, reason="completed", by_us=True), "accepted", True),
        (replace(ISSUE, is_open=False, reason="not_planned"), "rejected", False),
        (replace(ISSUE, is_open=False, reason="not_planned", by_us=True), "withdrawn", False),
        (replace(ISSUE, is_open=False, reason="duplicate"), "rejected", False),
        (replace(ISSUE, is_open=False, reason="not_planned", closing_commit="c"), "accepted", True),
        (replace(ISSUE, reason="reopened"), "sent", False),
    ],
)
def test_what_a_state_means(thread: Thread, status: str, fixed: bool) -> None:
    assert map_status(thread) == status
    assert status in STATUSES
    assert is_closed_as_fixed(thread) is fixed


def test_the_last_word_of_each_reviewer_counts() -> None:
    zoe = Voice("zoe")
    assert last_word(()) is None
    assert last_word((review("APPROVED", 1), review("CHANGES_REQUESTED", 0))) == "approved"
    assert last_word((review("CHANGES_REQUESTED", 1), review("APPROVED", 0))) == "changes requested"
    assert last_word((review("CHANGES_REQUESTED"), review("APPROVED", 1, zoe))) == "changes requested"
    assert last_word((review("CHANGES_REQUESTED"), review("COMMENTED", 1))) == "changes requested"
    assert last_word((review("CHANGES_REQUESTED"), review("DISMISSED", 1))) is None


def test_a_request_for_changes_is_answered_by_new_commits_and_a_word_of_ours() -> None:
    asked = replace(PULL, reviews=(review("CHANGES_REQUESTED", commit="a"),))
    later = NOON + timedelta(hours=1)
    assert map_status(replace(asked, head="b", ours_at=later)) == "confirmed"
    assert map_status(replace(asked, head="b", ours_at=NOON - timedelta(hours=1))) == "changes-requested"
    assert map_status(replace(asked, head="a", ours_at=later)) == "changes-requested"
    assert map_status(replace(asked, head=None, ours_at=later)) == "changes-requested"


def test_the_raw_status_is_in_githubs_words() -> None:
    assert say_state(replace(ISSUE, is_open=False, reason="not_planned")) == "closed as not planned"
    assert say_state(replace(ISSUE, is_open=False)) == "closed"
    assert say_state(replace(ISSUE, reason="reopened", labels=("b", "a"))) == "open, labels: a, b"
    assert say_state(replace(PULL, is_open=False, merged=True, reviews=(review("CHANGES_REQUESTED"),))) == "merged"
    assert say_state(replace(PULL, draft=True, locked=True)) == "open, draft, locked"


@pytest.mark.parametrize(
    ("login", "kind", "words"),
    [
        ("github-actions[bot]", "Bot", "Hello"),
        ("vendor-ci-bot", "User", "Hello"),
        ("dependabot", "User", "Hello"),
        ("mika", "User", "This issue has been automatically marked as stale because it has not had recent activity."),
        ("mika", "User", "This PR is stale because it has been open 30 days. It will be closed in 5 days."),
        ("mika", "User", "Thank you for your submission! Please sign our Contributor License Agreement."),
    ],
)
def test_machines_are_known(login: str, kind: str, words: str) -> None:
    assert is_bot(Voice(login, kind), words)


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("talbot", "Thank you, I will have a look."),
        ("abbot", "It is fixed in 1.2."),
        ("mika", "This will be closed after the release, or in 1.3 at the latest."),
        ("mika", "> This issue has been automatically marked as stale\n\nStill happens for me."),
        ("mika", "The cache is stale after an update, and the window will not be closed."),
    ],
)
def test_people_are_no_machines(login: str, words: str) -> None:
    assert not is_bot(Voice(login), words)


def test_checks_are_summed_up() -> None:
    assert sum_up_checks([]) == ""
    runs = [("unit", "success"), ("lint", "neutral"), ("e2e", "failure"), ("e2e", "timed_out"), ("slow", None)]
    assert sum_up_checks(runs) == "2 passed, 2 failed (e2e), 1 running"
    assert sum_up_checks([(str(n), "failure") for n in range(7)]) == "7 failed (0, 1, 2, 3, 4, …)"
