from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from plugwatch.errors import ConfigError, NotFoundError, PlugwatchError, UnknownError
from plugwatch.ledger.database import open_ledger
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch
from plugwatch.workflows.watch import Row, error_of, needs_person, poll

NOW = datetime(2026, 11, 19, 10, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)
TIDY = Component("plugin", "tidy-forms")
NEW = Incident("", 0, "it breaks", "identified", "high", "update", TIDY, "1.2.4", NOW - 9 * DAY)
URL = "https://github.com/larkspur/tidy-forms/pull/7"
WATCH = Watch(URL, "github-pull", remote="open", next_check=NOW - DAY, etag="old")
POST = Post("p1", "patch", "sent", "Title", "Body", NOW - 9 * DAY, "dana", sent_at=NOW - 9 * DAY)
SENT = Submission(1, None, None, TIDY, "github-pr", "sent", (POST,), NOW - 9 * DAY, "dana", remote_url=URL, watch=WATCH)
OPEN = Seen("open", "sent", NOW - DAY, URL, etag="new")
VERA = Remark("c1", NOW - DAY, "vera", "comment", "Does it happen with 8.4?", human=True)


class Side:
    """A vendor's side that answers what a test says, and notes what it was asked."""

    def __init__(self, *answers: Seen | Unchanged | PlugwatchError, while_asked: Callable[[], None] | None = None):
        self.answers, self.asked, self.while_asked = list(answers), [], while_asked

    def look(self, watch: Watch) -> Seen | Unchanged:
        self.asked.append(watch)
        if self.while_asked:
            self.while_asked()
        answer = self.answers.pop(0)
        if isinstance(answer, PlugwatchError):
            raise answer
        return answer

    def __call__(self, _name: str) -> Side:
        return self


@pytest.fixture
def ledger(tmp_path):
    with open_ledger("sqlite:///plugwatch.db", workspace=tmp_path, create=True) as ledger:
        yield ledger


@pytest.fixture
def add(ledger) -> Callable[..., Submission]:
    def add(**changes: Any) -> Submission:
        with ledger.unit_of_work() as work:
            number = work.counters.next("submission")
            incident = work.incidents.add(NEW, actor="dana", recorded_at=NOW)
            post = replace(POST, id=f"p{number}")
            made = replace(SENT, number=number, incident=incident.name, posts=(post,), **changes)
            work.submissions.add(made, incident.id)
            return work.submissions.get(made.name)

    return add


def _poll(ledger: Any, side: Side, *names: str, now: datetime = NOW) -> list[Row]:
    return list(poll(ledger, side, names, actor="dana", now=now))


def _events(ledger: Any, incident: str) -> list[str]:
    with ledger.reading() as work:
        return [event.body for event in work.incidents.events(work.incidents.get(incident))]


def test_what_has_changed_is_kept_told_in_the_timeline_and_asked_about_with_its_etag_again(ledger, add):
    sent = add()
    side = Side(replace(OPEN, remote="merged", status="accepted", remarks=(VERA,)), Unchanged())

    (row,) = _poll(ledger, side, "SUB-1")
    assert (row.was, row.submission.status, row.changed) == ("sent", "accepted", True)
    assert [remark.id for remark in row.remarks] == ["c1"]
    assert row.submission.changes[-1].by_hand is False
    assert _events(ledger, sent.incident) == ["SUB-1 on github-pr: accepted (it was sent); vera wrote"]

    (again,) = _poll(ledger, side, "SUB-1", now=NOW + DAY)
    assert (again.changed, again.submission.status) == (False, "accepted")
    assert again.submission.watch.checked_at == NOW + DAY


def test_their_words_stand_in_no_timeline(ledger, add):
    sent = add()
    _poll(ledger, Side(replace(OPEN, remarks=(VERA,))), "SUB-1")
    assert all("8.4" not in line for line in _events(ledger, sent.incident))


def test_what_is_seen_twice_is_told_once(ledger, add):
    sent = add()
    seen = replace(OPEN, remote="closed", status="rejected", remarks=(VERA,))
    _poll(ledger, Side(seen), "SUB-1")
    (row,) = _poll(ledger, Side(seen), "SUB-1", now=NOW + DAY)
    assert (row.changed, row.remarks) == (False, ())
    assert len(_events(ledger, sent.incident)) == 1


def test_one_that_fails_is_a_row_and_the_others_are_asked(ledger, add):
    add(), add(), add()
    side = Side(UnknownError("no answer"), NotFoundError("it is gone"), OPEN)
    silent, gone, fine = _poll(ledger, side, "SUB-1", "SUB-2", "SUB-3")

    assert (error_of(silent), silent.is_unknown) == ("SUB-1: no answer", True)
    assert (error_of(gone), gone.is_unknown) == ("SUB-2: it is gone", False)
    assert (error_of(fine), fine.submission.watch.etag) == (None, "new")
    assert silent.submission.watch.failures == 1
    assert (silent.submission.status, silent.submission.watch.remote) == ("sent", "open")


def test_what_nobody_can_ask_about_says_what_to_do(ledger, add):
    add(watch=None), add(watch=Watch("https://desk.example/7", "none"))
    for row in _poll(ledger, Side(), "SUB-1", "SUB-2"):
        assert isinstance(row.error, ConfigError)
        assert f"plugwatch submission mark {row.submission.name} STATUS" in str(row.error)


def test_what_somebody_else_saw_meanwhile_and_later_stays(ledger, add):
    add()
    later = NOW + timedelta(hours=1)

    def meanwhile() -> None:
        _poll(ledger, Side(replace(OPEN, remote="merged", status="accepted")), "SUB-1", now=later)

    (row,) = _poll(ledger, Side(OPEN, while_asked=meanwhile), "SUB-1")
    assert (row.submission.status, row.submission.watch.remote) == ("accepted", "merged")
    assert row.submission.watch.checked_at == later


def test_what_a_person_says_while_the_vendor_is_asked_holds(ledger, add):
    sent = add()

    def meanwhile() -> None:
        with ledger.unit_of_work() as work:
            work.submissions.change(replace(sent, status="withdrawn"), Change("withdrawn", NOW, "ben"))

    (row,) = _poll(ledger, Side(replace(OPEN, remote="merged", status="accepted"), while_asked=meanwhile), "SUB-1")
    assert row.submission.status == "withdrawn"


def test_what_is_accepted_without_a_patch_is_asked_about_in_full(ledger, add):
    add(status="accepted"), add(status="accepted", patch=None), add()
    side = Side(OPEN, OPEN, OPEN)
    with ledger.unit_of_work() as work:
        work._connection.run("update submission set patch_id = 'pw-abcdefghij' where number = 1", {})
    _poll(ledger, side, "SUB-1", "SUB-2", "SUB-3")
    assert [watch.etag for watch in side.asked] == ["old", None, "old"]


def test_what_has_moved_is_watched_where_it_is_now(ledger, add):
    add()
    moved = "https://github.com/larkspur/forms/pull/7"
    (row,) = _poll(ledger, Side(replace(OPEN, url=moved)), "SUB-1")
    assert (row.submission.remote_url, row.submission.watch.url) == (moved, moved)


# Whom it waits for


def test_a_persons_word_is_ours_to_answer_and_a_bots_is_not(ledger, add):
    add(), add()
    bot = replace(VERA, id="c2", who="stale[bot]", kind="bot", human=False)
    asked, stale = _poll(ledger, Side(replace(OPEN, remarks=(VERA,)), replace(OPEN, remarks=(bot,))), "SUB-1", "SUB-2")
    assert needs_person(asked.submission) == (
        f"SUB-1: vera wrote; read it at {URL}, then 'plugwatch submission reply SUB-1 --asks WHAT'"
    )
    assert needs_person(stale.submission) is None


def test_changes_and_a_refusal_are_told_until_a_person_says_that_they_know(ledger, add):
    add(), add()
    answers = replace(OPEN, remote="x", status="changes-requested"), replace(OPEN, remote="y", status="rejected")
    changes, refused = _poll(ledger, Side(*answers), "SUB-1", "SUB-2")
    assert "wants changes" in needs_person(changes.submission)
    assert "refused it" in needs_person(refused.submission)

    with ledger.unit_of_work() as work:
        work.submissions.change(refused.submission, Change("rejected", NOW, "dana", "we keep the fork"))
        assert needs_person(work.submissions.get("SUB-2")) is None


def test_a_word_that_crossed_with_ours_is_told_when_it_is_first_seen(ledger, add):
    add()
    with ledger.unit_of_work() as work:
        again = replace(POST, id="again", kind="follow-up", sent_at=NOW - timedelta(hours=1))
        work.submissions.add_post(work.submissions.get("1"), again)
    (row,) = _poll(ledger, Side(replace(OPEN, remarks=(VERA,))), "SUB-1")
    assert not row.submission.waits_for_us
    assert "vera wrote" in (needs_person(row.submission, row.remarks) or "")
    assert needs_person(row.submission) is None
