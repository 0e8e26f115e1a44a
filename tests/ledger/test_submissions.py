from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import LedgerError, NotFoundError
from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.roads.posting import Delivered
from plugwatch.model.roads.submission import Check
from plugwatch.model.roads.submitted import Change, Post, Submission, SubmissionFile
from plugwatch.model.roads.watch import Remark, Watch

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
TIDY = Component("plugin", "tidy-forms")
POST = Post(
    id="post-1",
    kind="patch",
    state="draft",
    title="Accept “the” form 🦄",
    body="== Problem ==\n\n100 % broken\n",
    created_at=NOW,
    actor="dana",
    mail_id="<one@agency.example>",
    files=(SubmissionFile("z.diff", "/drafts/z.diff"), SubmissionFile("a.txt", "/drafts/a.txt")),
    checks=(Check("privacy", True, "fine"), Check("blanks", False, "not filled in: PHP version")),
    url="https://trac.example/newticket",
    labels=("bug", "has patch"),
    as_draft=True,
    theirs=frozenset({"## Why", "Ask security@larkspur.example"}),
)
DRAFT = Submission(
    number=1,
    incident=None,
    patch="pw-abcdefghij",
    component=TIDY,
    channel="trac",
    status="draft",
    posts=(POST,),
    created_at=NOW,
    actor="dana",
    target="https://trac.example",
    version="1.2.3",
    branch="fix/it",
    commit="0" * 40,
    changes=(Change("draft", NOW, "dana"),),
)
CLAIM = "here:1"


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def numbered(number: int) -> Submission:
    return replace(DRAFT, number=number, posts=(replace(POST, id=f"post-{number}"),))


@pytest.fixture
def work(ledger):
    with ledger.unit_of_work() as work:
        yield work


def _incident(work) -> Incident:
    new = Incident("", 0, "t", "identified", "high", "unknown", TIDY, "1", NOW)
    return work.incidents.add(new, actor="dana", recorded_at=NOW)


def test_a_submission_is_read_as_it_was_kept(work):
    incident = _incident(work)
    kept = replace(DRAFT, incident="INC-1")

    work.submissions.add(kept, incident.id)

    assert work.submissions.get("SUB-1") == kept
    assert kept.name == "SUB-1"


def test_what_there_is_not_stays_away(work):
    post = Post("p", "bug", "draft", "", "", NOW, "dana")
    bare = Submission(1, None, None, TIDY, "forum", "draft", (post,), NOW, "dana")

    work.submissions.add(bare, None)

    assert work.submissions.get("1") == bare


def test_files_and_checks_keep_their_order(work):
    checks = tuple(Check(f"c{n}", n % 2 == 0, "") for n in range(12))
    files = tuple(SubmissionFile(f"f{n}", f"/f{n}") for n in range(12))

    work.submissions.add(replace(DRAFT, posts=(replace(POST, checks=checks, files=files),)), None)

    found = work.submissions.get("1").current
    assert (found.checks, found.files) == (checks, files)


@pytest.mark.parametrize("text", ["SUB-1", "sub-1", "1", " 1 "])
def test_a_submission_is_found_by_its_number(work, text):
    work.submissions.add(DRAFT, None)

    assert work.submissions.get(text) == DRAFT


@pytest.mark.parametrize("text", ["", "2", "SUB-2", "SUB-", "INC-1", "x", "9" * 19])
def test_a_submission_that_is_not_there(work, text):
    work.submissions.add(DRAFT, None)

    with pytest.raises(NotFoundError, match=r"there is no submission .*; see 'plugwatch submission list'"):
        work.submissions.get(text)


def test_all_have_the_newest_first_and_an_incidents_the_earliest(work):
    incident = _incident(work)
    for number in (1, 2, 3):
        mine = number != 2
        work.submissions.add(
            replace(numbered(number), incident="INC-1" if mine else None, created_at=NOW + timedelta(hours=number)),
            incident.id if mine else None,
        )

    assert [s.name for s in work.submissions.all()] == ["SUB-3", "SUB-2", "SUB-1"]
    assert [s.name for s in work.submissions.of_incident(incident.id)] == ["SUB-1", "SUB-3"]
    assert list(work.submissions.of_incident("none")) == []


def test_a_number_is_used_once(ledger):
    def twice() -> None:
        with ledger.unit_of_work() as work:
            work.submissions.add(DRAFT, None)
            work.submissions.add(DRAFT, None)

    with pytest.raises(LedgerError):
        twice()
    with ledger.unit_of_work() as work:
        assert list(work.submissions.all()) == []


def test_an_incident_that_is_not_there_is_refused(ledger):
    with pytest.raises(LedgerError), ledger.unit_of_work() as work:
        work.submissions.add(DRAFT, "none")


def test_a_text_is_sent_by_one_only(work):
    work.submissions.add(DRAFT, None)
    others = {"actor": "kim", "now": later(1), "dead": later(-9)}

    assert work.submissions.claim(POST, CLAIM, actor="dana", now=NOW, dead=later(-10))
    assert not work.submissions.claim(POST, "elsewhere:1", **others)
    assert work.submissions.claimed_by(POST) == ("dana", NOW)
    assert not work.submissions.hand(POST, "elsewhere:1", now=later(1))
    assert work.submissions.hand(POST, CLAIM, now=later(1))
    assert not work.submissions.settle(POST, "elsewhere:1", Delivered("sent"), now=later(2))
    assert work.submissions.settle(POST, CLAIM, Delivered("sent", "https://trac.example/ticket/1", "ok"), now=later(2))

    (sent,) = work.submissions.get("1").posts
    assert (sent.state, sent.remote_url, sent.detail) == ("sent", "https://trac.example/ticket/1", "ok")
    assert (sent.tried_at, sent.sent_at) == (later(1), later(2))
    assert not work.submissions.claim(POST, "elsewhere:1", **others)
    assert work.submissions.claimed_by(POST) is None


def test_who_died_is_followed_at_once_at_home_and_in_time_elsewhere(work):
    work.submissions.add(DRAFT, None)
    work.submissions.claim(POST, CLAIM, actor="dana", now=NOW, dead=later(-10))
    work.submissions.hand(POST, CLAIM, now=NOW)

    assert work.submissions.claim(POST, "here:2", actor="dana", now=later(1), dead=later(-9))
    assert not work.submissions.claim(POST, "elsewhere:1", actor="kim", now=later(11), dead=later(1))
    assert work.submissions.claim(POST, "elsewhere:1", actor="kim", now=later(12), dead=later(2))


def test_what_is_being_sent_is_not_rewritten(work):
    work.submissions.add(DRAFT, None)
    other = replace(POST, title="Other", body="words", files=POST.files[:1], checks=POST.checks[:1])

    assert work.submissions.rewrite_post(other)
    assert work.submissions.get("1").posts == (other,)
    work.submissions.claim(POST, CLAIM, actor="dana", now=NOW, dead=later(-10))
    assert not work.submissions.rewrite_post(POST)
    work.submissions.let_go(POST, CLAIM)
    assert work.submissions.rewrite_post(POST)


def test_a_submission_has_its_texts_changes_and_remarks_in_order(work):
    work.submissions.add(DRAFT, None)
    ask = replace(POST, id="post-2", kind="follow-up", step=1, files=(), created_at=later(5))
    hand = Change("confirmed", later(6), "kim", "by phone")
    tracker = Change("accepted", later(9), "poll", by_hand=False)

    work.submissions.add_post(DRAFT, ask)
    work.submissions.change(replace(DRAFT, status="confirmed"), hand)
    work.submissions.change(replace(DRAFT, status="accepted", fixed_in="1.3"), tracker)
    kept = work.submissions.get("1")
    assert kept.posts == (POST, ask)
    assert kept.changes == (*DRAFT.changes, hand, tracker)
    assert (kept.status, kept.fixed_in) == ("accepted", "1.3")


def test_a_remark_is_new_once(work):
    work.submissions.add(DRAFT, None)
    remarks = [Remark(f"r{n}", later(n), "mika", "comment", f"words {n}", n == 1) for n in (2, 1)]

    assert work.submissions.add_remarks(DRAFT, remarks[:1], now=later(3)) == remarks[:1]
    assert work.submissions.add_remarks(DRAFT, remarks, now=later(4)) == remarks[1:]
    assert work.submissions.get("1").remarks == tuple(reversed(remarks))


def test_a_vendor_who_wrote_last_waits_for_us(work):
    work.submissions.add(replace(DRAFT, posts=(replace(POST, state="sent", sent_at=later(1)),)), None)

    assert not work.submissions.get("1").waits_for_us
    work.submissions.add_remarks(DRAFT, [Remark("b", later(3), "stale[bot]", "bot", "stale", False)], now=later(3))
    assert not work.submissions.get("1").waits_for_us
    work.submissions.add_remarks(DRAFT, [Remark("a", later(2), "mika", "comment", "which PHP?", True)], now=later(3))
    assert work.submissions.get("1").waits_for_us
    work.submissions.add_post(DRAFT, replace(POST, id="post-2", kind="reply", state="sent", sent_at=later(4)))
    assert not work.submissions.get("1").waits_for_us


def test_watches_are_due_in_their_order_and_not_after_the_end(work):
    watch = Watch("https://trac.example/ticket/1", "trac", "new", NOW, NOW, later(30), "slow", 2, "etag", "new")
    for number, status, due in ((1, "sent", 30), (2, "sent", 10), (3, "released", 10), (4, "sent", 60)):
        work.submissions.add(
            replace(numbered(number), status=status, watch=replace(watch, next_check=later(due))), None
        )

    assert work.submissions.due(later(30)) == ["SUB-2", "SUB-1"]
    work.submissions.set_watch(numbered(2), replace(watch, tracker="none", next_check=None))
    assert work.submissions.due(later(30)) == ["SUB-1"]
    assert work.submissions.get("1").watch == watch


def test_what_went_on_from_another_says_so(work):
    work.submissions.add(DRAFT, None)
    work.submissions.add(replace(numbered(2), goes_on_from="SUB-1"), None)

    assert work.submissions.get("2").goes_on_from == "SUB-1"
    assert [s.name for s in work.submissions.of_component(TIDY)] == ["SUB-1", "SUB-2"]
    assert list(work.submissions.of_component(Component("plugin", "other"))) == []
