"""Whether a fix is known on GitHub already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from peers.github import GitHub as Peer
from peers.github import Repository
from peers.loopback import Reply, json_reply
from workbench import environment, git_text

from plugwatch.errors import ConfigError, InputError
from plugwatch.model.vendors.known_fix import KnownFixes, Wanted, read_wanted
from plugwatch.upstream.github_search import GitHubSearch

START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
BEFORE = b"<?php\nfunction check_nonce( $request ) {\n\treturn wp_verify_nonce( $request, 'forms' );\n}\n"
AFTER = BEFORE.replace(b"'forms'", b"'wp_rest'")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    made = Peer(tmp_path)
    ticks = iter(range(100_000))
    made.clock = lambda: START + timedelta(minutes=next(ticks))
    with made.running(), environment(PLUGWATCH_GITHUB_TOKEN="good-token"):
        repository = made.add("vendor/forms")
        repository.commit("main", {"src/forms/rest.php": BEFORE, "readme.txt": b"Forms\n"}, "Everything")
        yield made


@pytest.fixture
def repository(peer: Peer) -> Repository:
    return peer.repositories["vendor/forms"]


@pytest.fixture
def wanted(repository: Repository) -> Wanted:
    """A fix of ours: the same file, in a package that is a folder of the repository."""
    repository.branch("ours", "main")
    repository.commit("ours", {"src/forms/rest.php": AFTER}, "Ours")
    diff = git_text(repository.directory, "diff", "main", "ours").replace("src/forms/", "")
    return read_wanted("Accept the nonce of logged-in visitors", diff, "Tidy Forms")


def offer(repository: Repository, branch: str, content: bytes, title: str, path: str = "src/forms/rest.php") -> int:
    repository.branch(branch, "main")
    repository.commit(branch, {path: content}, title)
    return repository.open_pull(branch, title).number


def search(peer: Peer, wanted: Wanted) -> KnownFixes:
    return GitHubSearch(peer.api_url, pause=0).look_for("vendor/forms", wanted)


def test_what_is_looked_for(wanted: Wanted) -> None:
    assert wanted.words == ("nonce", "logged", "visitors")
    assert wanted.functions == ("check_nonce",)
    (change,) = wanted.changes
    assert change.path == "rest.php"
    assert change.added == {"return wp_verify_nonce( $request, 'wp_rest' );"}


def test_the_same_fix_in_an_open_pull_request_is_found_whatever_it_is_called(
    peer: Peer, repository: Repository, wanted: Wanted
) -> None:
    same = offer(repository, "theirs", AFTER, "REST: session handling")
    offer(repository, "other", b"Forms 2\n", "Docs", "readme.txt")
    found = search(peer, wanted)
    (candidate,) = found.candidates
    assert (candidate.number, candidate.kind, candidate.state, candidate.ref) == (
        same,
        "pull",
        "open",
        "refs/pull/1/head",
    )
    assert candidate.head == repository.resolve("theirs")
    assert candidate.reasons == ("changes 2 of the same lines in src/forms/rest.php",)
    assert candidate.url == f"{peer.url}/vendor/forms/pull/1"
    assert found.complete


def test_issues_and_merged_pull_requests_are_found_by_words_and_names(
    peer: Peer, repository: Repository, wanted: Wanted
) -> None:
    merged = offer(repository, "theirs", AFTER, "Let check_nonce take the header's")
    repository.merge(repository.pulls[merged], "squash")
    issue = repository.open_issue("Nonce of logged in visitors is refused", "check_nonce() says no")
    repository.close(issue.number, reason="not_planned")
    repository.open_issue("Colours are wrong")
    found = search(peer, wanted)
    assert [(row.number, row.kind, row.state) for row in found.candidates] == [
        (issue.number, "issue", "closed"),
        (merged, "pull", "merged"),
    ]
    told = found.candidates[0]
    assert told.reasons[0] == "its title has 'nonce', 'logged', 'visitors'"
    assert "it speaks of 'check_nonce'" in told.reasons
    assert told.score > 40


def test_nothing_alike_is_nothing(peer: Peer, repository: Repository, wanted: Wanted) -> None:
    repository.open_issue("Colours are wrong")
    offer(repository, "other", b"Forms 2\n", "Docs", "readme.txt")
    found = search(peer, wanted)
    assert (found.candidates, found.left_out) == ((), ())
    assert len(found.looked_at) == 7


def test_a_quota_that_is_used_up_ends_the_search_and_is_told(
    peer: Peer, repository: Repository, wanted: Wanted
) -> None:
    same = offer(repository, "theirs", AFTER, "Something")
    peer.left["search"] = 2
    found = search(peer, wanted)
    assert [row.number for row in found.candidates] == [same]  # the lists have another quota
    assert not found.complete
    assert len([path for path in peer.paths if path.endswith("/search/issues")]) == 3
    assert 'pull requests with "check_nonce"' in found.left_out
    assert "the newest open pull requests" in found.looked_at


def test_requests_are_bounded_and_what_was_left_out_is_told(peer: Peer, repository: Repository, wanted: Wanted) -> None:
    offer(repository, "theirs", b"Forms 2\n", "check_nonce of visitors logged in", "readme.txt")
    for _ in range(33):
        repository.open_pull("theirs", "check_nonce of visitors logged in")
    found = search(peer, wanted)
    asked = [path.rpartition("/")[2] for path in peer.paths]
    assert asked.count("issues") <= 6
    assert asked.count("files") == 10
    assert any("older than the 30 newest" in what for what in found.left_out)
    assert any("more pull requests" in what for what in found.left_out)
    times = [row.at for row in found.candidates]
    assert times == sorted(times, reverse=True)


def test_a_github_that_is_silent_or_mad_is_not_nothing_found(
    peer: Peer, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugwatch.web.time.sleep", lambda _seconds: None)
    peer.plan("/api/v3/search/issues", json_reply({"items": "none"}))
    peer.plan("/api/v3/repos/vendor/forms/pulls", *[Reply(502)] * 3)
    found = search(peer, wanted)
    assert not found.complete
    assert "the newest open pull requests" in found.left_out
    peer.plan("/api/v3/search/issues", json_reply({"items": [{}, 7, {"number": "x"}, {"number": 1, "title": "Nonce"}]}))
    assert search(peer, wanted).candidates == ()
    with environment(PLUGWATCH_GITHUB_TOKEN="bad-token"), pytest.raises(ConfigError):
        search(peer, wanted)


def test_words_of_a_title_are_no_qualifiers(peer: Peer, wanted: Wanted) -> None:
    search(peer, Wanted('repo:evil/x" is:open author:me "mailing', wanted.changes))
    queries = [request.query["q"] for request in peer.requests if request.path.endswith("/search/issues")]
    assert queries
    with pytest.raises(InputError, match="write OWNER/NAME"):
        GitHubSearch(peer.api_url, pause=0).look_for("vendor/forms is:open", wanted)
    for query in queries:
        assert query.startswith("repo:vendor/forms is:")
        assert query.count("repo:") == 1
        assert all(part.startswith('"') and part.endswith('"') for part in query.split()[2:])
