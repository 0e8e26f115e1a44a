"""Looking after issues and pull requests on GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from peers.github import GitHub as Peer
from peers.github import Pull, Repository
from peers.loopback import Reply, Request, json_reply
from workbench import environment

from plugwatch.errors import ConfigError, InputError, NotFoundError, UnknownError
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch
from plugwatch.upstream.github_watch import GitHubTracker

START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
OURS = "example-agency"
ISSUES = "/api/v3/repos/vendor/forms/issues"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """GitHub with a repository of a vendor, whose clock goes on by a minute whenever something happens."""
    made = Peer(tmp_path)
    ticks = iter(range(100_000))
    made.clock = lambda: START + timedelta(minutes=next(ticks))
    with made.running(), environment(PLUGWATCH_GITHUB_TOKEN="good-token"):
        repository = made.add("vendor/forms")
        repository.commit("main", {"mail.php": b"<?php\n$wait = 10;\n"}, "Everything")
        repository.branch("fix", "main")
        repository.commit("fix", {"mail.php": b"<?php\n$wait = 60;\n"}, "Wait a minute")
        repository.roles["mika"] = "write"
        yield made


@pytest.fixture
def repository(peer: Peer) -> Repository:
    return peer.repositories["vendor/forms"]


@pytest.fixture
def pull(repository: Repository) -> Pull:
    """A pull request of ours."""
    return repository.open_pull("fix", "Wait longer", "Servers are slow.", user=OURS)


def watch(peer: Peer, place: str, etag: str | None = None) -> Watch:
    kind = "github-pull" if "/pull/" in place else "github-issue"
    return Watch(f"{peer.url}/{place}", kind, etag=etag)


def tracker(peer: Peer) -> GitHubTracker:
    return GitHubTracker(peer.api_url, pause=0)


def look(peer: Peer, place: str = "vendor/forms/pull/1") -> Seen:
    seen = tracker(peer).look(watch(peer, place))
    assert isinstance(seen, Seen)
    return seen


def human(seen: Seen) -> list[tuple[str, str]]:
    return [(remark.who, remark.words) for remark in seen.remarks if remark.human]


def test_a_new_pull_request_is_sent_and_open(peer: Peer, pull: Pull) -> None:
    seen = look(peer)
    assert (seen.remote, seen.status, seen.title) == ("open", "sent", "Wait longer")
    assert seen.url == f"{peer.url}/vendor/forms/pull/{pull.number}"
    assert seen.changed_at == pull.updated
    assert (seen.merge_commit, seen.releases, seen.fixed_by, seen.closed_as_fixed) == (None, (), None, False)


def test_what_has_not_changed_costs_nothing(peer: Peer, repository: Repository, pull: Pull) -> None:
    seen = look(peer)
    left = peer.left["core"]
    again = tracker(peer).look(watch(peer, "vendor/forms/pull/1", seen.etag))
    assert isinstance(again, Unchanged)
    assert peer.left["core"] == left
    repository.comment(pull.number, "mika", "Thank you, I will have a look.")
    changed = tracker(peer).look(watch(peer, "vendor/forms/pull/1", seen.etag))
    assert isinstance(changed, Seen)
    assert human(changed) == [("mika", "Thank you, I will have a look.")]
    assert isinstance(tracker(peer).look(watch(peer, "vendor/forms/pull/1", changed.etag)), Unchanged)


def test_a_check_that_ends_is_a_change_of_its_own(peer: Peer, repository: Repository, pull: Pull) -> None:
    head = repository.ends(pull)[0]
    repository.check(head, "unit")
    running = repository.check(head, "phpcs", None)
    seen = look(peer)
    (checks,) = [remark for remark in seen.remarks if remark.kind == "checks"]
    assert (checks.words, checks.human) == ("1 passed, 1 running", False)
    running.conclusion = "failure"
    again = tracker(peer).look(watch(peer, "vendor/forms/pull/1", seen.etag))
    assert isinstance(again, Seen)
    (ended,) = [remark for remark in again.remarks if remark.kind == "checks"]
    assert ended.words == "1 passed, 1 failed (phpcs)"
    assert ended.id != checks.id
    assert seen.remote == again.remote  # what a person has set holds although a check ends


def test_checks_that_a_token_may_not_see_are_left_out(peer: Peer, repository: Repository, pull: Pull) -> None:
    head = repository.ends(pull)[0]
    peer.plan(f"/api/v3/repos/vendor/forms/commits/{head}/check-runs", json_reply({"message": "Not accessible"}, 403))
    assert look(peer).remote == "open"


def test_a_broken_etag_reads_all_again(peer: Peer, pull: Pull) -> None:
    for etag in ("", "{", "[]", "7", '{"/repos/x": 3}', '{"https://evil.example/": "W/"}'):
        assert isinstance(tracker(peer).look(watch(peer, "vendor/forms/pull/1", etag)), Seen)
    assert pull.state == "open"


def test_remarks_keep_their_ids_and_say_who_is_a_person(peer: Peer, repository: Repository, pull: Pull) -> None:
    repository.comment(pull.number, "zoe", "Same here.")
    repository.comment(pull.number, OURS, "Any news?")
    repository.comment(pull.number, "stale[bot]", "Is this still relevant?")
    repository.comment(
        pull.number, "mika", "This pull request has been automatically marked as stale because of silence."
    )
    repository.comment(pull.number, "codecov-commenter", "## Report")
    repository.comment_line(pull.number, "mika", "Why 60?", "mail.php", 2)
    repository.review(pull.number, "mika", "COMMENTED")
    repository.review(pull.number, "zoe", "APPROVED")
    seen = look(peer)
    assert human(seen) == [("zoe", "Same here."), ("mika", "mail.php: Why 60?"), ("zoe", "approved")]
    assert [remark.kind for remark in seen.remarks] == ["comment", "comment", "bot", "bot", "bot", "comment", "review"]
    assert [remark.id for remark in seen.remarks] == [remark.id for remark in look(peer).remarks]
    assert len({remark.id for remark in seen.remarks}) == 7


def test_a_bot_that_speaks_confirms_nothing(peer: Peer, repository: Repository, pull: Pull) -> None:
    peer.bots.add("vendor")
    repository.comment(pull.number, "vendor", "Hello")
    repository.comment(pull.number, "mika", "No recent activity, so this will be closed in 7 days.")
    assert look(peer).status == "sent"
    repository.comment(pull.number, "zoe", "I have that too.")
    assert look(peer).status == "sent"
    repository.comment(pull.number, "mika", "Looks right.")
    assert look(peer).status == "confirmed"


def test_a_request_for_changes_and_its_answer(peer: Peer, repository: Repository, pull: Pull) -> None:
    repository.review(pull.number, "mika", "CHANGES_REQUESTED", "Please add a test.")
    seen = look(peer)
    assert (seen.remote, seen.status) == ("open, review: changes requested", "changes-requested")
    assert human(seen) == [("mika", "changes requested: Please add a test.")]
    # Other commits alone are no answer: a maintainer may have merged the default branch into ours.
    repository.commit("fix", {"test.php": b"<?php\n"}, "Test it")
    repository.directory.joinpath("refs/pull/1/head").unlink()
    (repository.directory / "refs/pull/1/head").write_text(f"{repository.resolve('refs/heads/fix')}\n")
    assert look(peer).status == "changes-requested"
    repository.comment(pull.number, OURS, "Done.")
    assert look(peer).status == "confirmed"
    repository.review(pull.number, "mika", "APPROVED")
    seen = look(peer)
    assert (seen.remote, seen.status) == ("open, review: approved", "confirmed")


def test_merged_is_accepted_and_the_release_that_has_it_is_told(peer: Peer, repository: Repository, pull: Pull) -> None:
    repository.release("1.0.0", "main")
    before = repository.resolve("main")
    assert before
    merged = repository.merge(pull, "squash")
    seen = look(peer)
    assert (seen.remote, seen.status, seen.merge_commit, seen.releases) == ("merged", "accepted", merged, ())
    assert seen.closed_as_fixed
    repository.branch("old", before)
    repository.commit("old", {"mail.php": b"<?php\n$wait = 11;\n"}, "For the old ones")
    repository.release("1.0.1", "old")
    repository.release("1.1.0-beta", "main", prerelease=True)
    repository.release("1.1.0", "main")
    changed = tracker(peer).look(watch(peer, "vendor/forms/pull/1", seen.etag))
    assert isinstance(changed, Seen)
    assert changed.releases == ("1.1.0",)
    again = tracker(peer).look(watch(peer, "vendor/forms/pull/1", changed.etag))
    assert isinstance(again, Unchanged)


def test_where_there_are_only_tags_these_are_the_releases(peer: Peer, repository: Repository, pull: Pull) -> None:
    for number in range(2, 12):
        repository.release(f"v1.{number}", "main")
    repository.releases.clear()
    repository.merge(pull)
    for tag in ("v1.12", "v1.13-beta.1", "v1.13-RC2", "nightly"):
        repository.release(tag, "main")
    repository.releases.clear()
    peer.requests.clear()
    assert look(peer).releases == ("v1.12",)
    assert sum("/compare/" in path for path in peer.paths) == 10


def test_closed_without_a_merge(peer: Peer, repository: Repository, pull: Pull) -> None:
    repository.close(pull.number, "mika")
    seen = look(peer)
    assert (seen.remote, seen.status, seen.closed_as_fixed) == ("closed", "rejected", False)
    assert [(remark.kind, remark.who, remark.words) for remark in seen.remarks] == [("state", "mika", "closed")]
    repository.reopen(pull.number)
    assert look(peer).status == "sent"
    repository.close(pull.number, OURS)
    assert look(peer).status == "withdrawn"


def test_a_pull_request_that_a_commit_closed_was_taken(peer: Peer, repository: Repository, pull: Pull) -> None:
    commit = repository.commit("main", {"mail.php": b"<?php\n$wait = 61;\n"}, "Wait longer, closes #1")
    repository.close(pull.number, "mika", commit=commit)
    repository.release("2.0", "main")
    seen = look(peer)
    assert (seen.status, seen.fixed_by, seen.merge_commit, seen.releases) == ("accepted", commit, commit, ("2.0",))


@pytest.mark.parametrize(
    ("reason", "remote", "status", "fixed"),
    [
        ("completed", "closed as completed", "accepted", True),
        ("not_planned", "closed as not planned", "rejected", False),
        ("duplicate", "closed as duplicate", "rejected", False),
    ],
)
def test_how_an_issue_was_closed(
    peer: Peer, repository: Repository, reason: str, remote: str, status: str, fixed: bool
) -> None:
    issue = repository.open_issue("It hangs", user=OURS)
    assert look(peer, "vendor/forms/issues/1").status == "sent"
    repository.close(issue.number, "mika", reason=reason)
    seen = look(peer, "vendor/forms/issues/1")
    assert (seen.remote, seen.status, seen.closed_as_fixed, seen.fixed_by) == (remote, status, fixed, None)


def test_the_pull_request_that_closed_an_issue_is_found(peer: Peer, repository: Repository) -> None:
    issue = repository.open_issue("It hangs", user=OURS)
    other = repository.open_pull("fix", "Unrelated")
    fix = repository.open_pull("fix", "Wait longer, fixes #1")
    repository.refer(issue.number, other)
    repository.refer(issue.number, fix)
    ticks = peer.clock
    now = ticks()
    peer.clock = lambda: now
    merged = repository.merge(fix)
    repository.close(issue.number, "mika", reason="completed")
    peer.clock = ticks
    repository.release("1.4.0", "main")
    seen = look(peer, "vendor/forms/issues/1")
    assert (seen.fixed_by, seen.merge_commit) == (f"{peer.url}/vendor/forms/pull/{fix.number}", merged)
    assert seen.releases == ("1.4.0",)


def test_labels_a_lock_and_a_draft_are_in_the_raw_status(peer: Peer, repository: Repository, pull: Pull) -> None:
    pull.draft, pull.locked = True, True
    repository.label(pull.number, "needs\ntests")
    repository.label(pull.number, "bug")
    assert look(peer).remote == "open, draft, locked, labels: bug, needs tests"


def test_an_address_that_says_issue_of_a_pull_request(peer: Peer, pull: Pull) -> None:
    seen = look(peer, "vendor/forms/issues/1")
    assert seen.url.endswith(f"/pull/{pull.number}")


def test_a_renamed_repository_and_a_transferred_issue_are_followed(peer: Peer, repository: Repository) -> None:
    repository.open_issue("It hangs", user=OURS)
    peer.rename("vendor/forms", "newvendor/forms-pro")
    assert look(peer, "vendor/forms/issues/1").url == f"{peer.url}/newvendor/forms-pro/issues/1"
    other = peer.add("newvendor/core")
    other.commit("main", {"a.php": b"<?php\n"}, "Core")
    other.open_issue("It hangs")
    other.comment(1, "newvendor", "Moved here.")
    repository.issues[1].gone = f"{peer.api_url}/repos/newvendor/core/issues/1"
    seen = look(peer, "newvendor/forms-pro/issues/1")
    assert seen.url == f"{peer.url}/newvendor/core/issues/1"
    assert human(seen) == [("newvendor", "Moved here.")]
    assert seen.status == "confirmed"


def test_what_is_gone_is_said_to_be(peer: Peer, repository: Repository, pull: Pull) -> None:
    seen = look(peer)
    pull.gone = "This issue was deleted"
    with pytest.raises(NotFoundError, match=r"pull request 1 of vendor/forms has been deleted; look there"):
        tracker(peer).look(watch(peer, "vendor/forms/pull/1", seen.etag))
    with pytest.raises(NotFoundError, match="is gone, or hidden from us"):
        look(peer, "vendor/forms/issues/77")
    repository.private = True
    peer.accounts["good-token"] = replace(peer.accounts["good-token"], login="stranger")
    with pytest.raises(NotFoundError):
        look(peer)


def test_long_talk_is_read_at_both_ends(peer: Peer, repository: Repository, pull: Pull) -> None:
    for number in range(620):
        repository.comment(pull.number, "zoe", f"+{number}")
    peer.requests.clear()
    said = [words for _who, words in human(look(peer))]
    assert (said[0], said[-1], len(said)) == ("+0", "+619", 320)
    assert sum(path.endswith("/issues/1/comments") for path in peer.paths) == 4


def test_without_a_token_whoever_opened_it_is_one_of_ours(peer: Peer, repository: Repository) -> None:
    repository.open_issue("It hangs", user="posted-by-hand")
    repository.comment(1, "posted-by-hand", "One more thing.")
    with environment(PLUGWATCH_GITHUB_TOKEN=""):
        assert human(look(peer, "vendor/forms/issues/1")) == []
    assert human(look(peer, "vendor/forms/issues/1")) == [("posted-by-hand", "One more thing.")]
    named = GitHubTracker(peer.api_url, ours=("Posted-By-Hand",), pause=0).look(watch(peer, "vendor/forms/issues/1"))
    assert isinstance(named, Seen)
    assert human(named) == []


@pytest.mark.parametrize(
    "place", ["vendor/forms", "vendor/forms/pull/x", "vendor/forms/discussions/1", "vendor/forms/../../user"]
)
def test_what_is_no_thread_is_refused(peer: Peer, place: str) -> None:
    with pytest.raises(InputError, match="no issue or pull request"):
        look(peer, place)
    with pytest.raises(InputError):
        tracker(peer).look(Watch("https://elsewhere.example/vendor/forms/pull/1", "github-pull"))


ISSUE = "/api/v3/repos/vendor/forms/issues/1"


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(500), UnknownError, "the server answers 500"),
        (Reply(0), UnknownError, "ConnectionError"),
        (Reply(200, b"short", headers={"Content-Length": "99"}), UnknownError, "could not be read"),
        (Reply(200, b"<html>"), UnknownError, "does not answer as GitHub's API does"),
        (Reply(200, b"[" * 100_000), UnknownError, "does not answer as GitHub's API does"),
        (json_reply({"html_url": 3}), UnknownError, "does not answer as GitHub's API does"),
        (json_reply({"url": "http://evil.example/x", "html_url": "x"}), UnknownError, "does not answer"),
        (Reply(302, headers={"Location": "https://evil.example/x"}), UnknownError, "sends us elsewhere"),
        (Reply(302, headers={"Location": "http://[x"}), UnknownError, "does not answer"),
        (json_reply({"message": "Bad credentials"}, 401), ConfigError, "PLUGWATCH_GITHUB_TOKEN"),
        (json_reply({"message": "Resource not accessible"}, 403), InputError, "does not let us read"),
        (json_reply({"message": "API rate limit exceeded"}, 403), UnknownError, "answered as often as it will"),
        (Reply(429, headers={"Retry-After": "60"}), UnknownError, "answered as often as it will"),
    ],
)
def test_every_way_of_not_answering_is_one_sentence(
    peer: Peer, pull: Pull, monkeypatch: pytest.MonkeyPatch, reply: Reply, error: type[Exception], words: str
) -> None:
    monkeypatch.setattr("plugwatch.web.time.sleep", lambda _seconds: None)
    peer.plan(ISSUE, *[reply] * 3)
    with pytest.raises(error, match=words) as caught:
        look(peer)
    assert "\n" not in str(caught.value)
    assert "good-token" not in str(caught.value)
    assert pull.state == "open"


def test_a_server_that_sends_a_byte_now_and_then_is_left(
    peer: Peer, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugwatch.web.time.sleep", lambda _seconds: None)
    monkeypatch.setattr("plugwatch.upstream.github_access._ONE_ANSWER", 0.05)
    peer.plan(ISSUE, *[Reply(200, b" ", pieces=20, pause=0.05)] * 3)
    with pytest.raises(UnknownError, match="answers too slowly"):
        look(peer)
    assert pull.state == "open"


def test_a_circle_of_redirects_ends(peer: Peer, pull: Pull) -> None:
    peer.plan(ISSUE, *[Reply(301, headers={"Location": ISSUE})] * 9)
    with pytest.raises(UnknownError):
        look(peer)
    assert len([path for path in peer.paths if path == ISSUE]) == 4
    assert pull.state == "open"


def test_nothing_of_the_token_is_kept(peer: Peer, pull: Pull) -> None:
    seen = look(peer)
    assert "good-token" not in repr(seen)
    assert "good-token" not in repr(tracker(peer))
    assert seen.etag
    assert all(path.startswith("/repos/vendor/forms/") for path in json.loads(seen.etag))
    assert pull.state == "open"


def test_hostile_words_are_kept_as_text_and_not_for_ever(peer: Peer, repository: Repository, pull: Pull) -> None:
    repository.comment(pull.number, "zoe", "\x1b[2J\u202e" + "x" * 30_000)
    (remark,) = [row for row in look(peer).remarks if row.kind == "comment"]
    assert isinstance(remark, Remark)
    assert remark.words == ("[2J" + "x" * 30_000)[:10_000]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labels", 5),
        ("labels", [{"name": ["a"]}, None]),
        ("html_url", "javascript:/vendor/forms/issues/1"),
        ("html_url", "https://evil.example/vendor/forms/issues/1"),
        ("updated_at", "0001-01-01T00:00:00+14:00"),
        ("state_reason", {"a": 1}),
        ("user", []),
        ("comments", 10**30),
        ("title", None),
    ],
)
def test_an_answer_of_other_kinds_is_no_bug_of_ours(peer: Peer, repository: Repository, field: str, value: Any) -> None:
    issue = repository.open_issue("It waits")
    row = json.loads(peer.reply(_request(f"{ISSUES}/{issue.number}")).body)
    peer.plan(f"{ISSUES}/{issue.number}", *[json_reply({**row, field: value})] * 9)
    told = ""
    with suppress(UnknownError):
        told = look(peer, f"vendor/forms/issues/{issue.number}").url
    assert told in ("", f"{peer.url}/vendor/forms/issues/{issue.number}")


def test_the_address_of_a_page_is_written_by_us(peer: Peer, repository: Repository) -> None:
    issue = repository.open_issue("It waits")
    row = json.loads(peer.reply(_request(f"{ISSUES}/{issue.number}")).body)
    peer.plan(f"{ISSUES}/{issue.number}", json_reply({**row, "html_url": row["html_url"] + "/\x1b[31m\u202e"}))
    assert look(peer, f"vendor/forms/issues/{issue.number}").url == f"{peer.url}/vendor/forms/issues/{issue.number}"


def test_checks_with_odd_ends_are_no_bug_of_ours(peer: Peer, repository: Repository, pull: Pull) -> None:
    head = repository.resolve("fix")
    runs = {"check_runs": [{"name": "ci", "conclusion": ["a"], "completed_at": 5}]}
    peer.plan(f"/api/v3/repos/vendor/forms/commits/{head}/check-runs", json_reply(runs))
    with pytest.raises(UnknownError, match="does not answer"):
        look(peer)
    assert pull.state == "open"


def _request(path: str) -> Request:
    return Request(path, {}, {"authorization": "Bearer good-token"})
