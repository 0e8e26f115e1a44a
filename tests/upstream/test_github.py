"""Reading from GitHub, and the stand-in that the tests read from."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from json import loads
from pathlib import Path
from typing import Any

import pytest
from peers.github import GitHub as Peer
from peers.github import Repository
from peers.loopback import Reply, Request
from workbench import environment

from plugwatch.errors import ConfigError, InputError, PlugwatchError, UnknownError
from plugwatch.model.fork import Person
from plugwatch.model.patches.letter import Letter
from plugwatch.model.patches.source import GitHubChange
from plugwatch.upstream.github import GitHub

# The fields that GitHub's own description of its API (api.github.com.json, "required") says are always there.
REQUIRED = {
    "simple-user": """avatar_url events_url followers_url following_url gists_url gravatar_id html_url id login node_id
        organizations_url received_events_url repos_url site_admin starred_url subscriptions_url type url""",
    "full-repository": """
        archive_url archived assignees_url blobs_url branches_url clone_url collaborators_url comments_url
        commits_url compare_url contents_url contributors_url created_at default_branch deployments_url
        description disabled downloads_url events_url fork forks forks_count forks_url full_name git_commits_url
        git_refs_url git_tags_url git_url has_discussions has_issues has_pages has_projects has_wiki homepage
        hooks_url html_url id issue_comment_url issue_events_url issues_url keys_url labels_url language
        languages_url license merges_url milestones_url mirror_url name network_count node_id notifications_url
        open_issues open_issues_count owner private pulls_url pushed_at releases_url size ssh_url
        stargazers_count stargazers_url statuses_url subscribers_count subscribers_url subscription_url svn_url
        tags_url teams_url trees_url updated_at url watchers watchers_count""",
    "commit": """author comments_url commit committer html_url node_id parents sha url""",
    "pull-request": """
        _links additions assignee author_association auto_merge base body changed_files closed_at comments
        comments_url commits commits_url created_at deletions diff_url head html_url id issue_url labels locked
        maintainer_can_modify merge_commit_sha mergeable mergeable_state merged merged_at merged_by milestone
        node_id number patch_url review_comment_url review_comments review_comments_url state statuses_url title
        updated_at url user""",
    "commit-comparison": """
        ahead_by base_commit behind_by commits diff_url html_url merge_base_commit patch_url permalink_url
        status total_commits url""",
    "branch-with-protection": """_links commit name protected protection protection_url""",
    "head": """label ref repo sha user""",
}
MIKA = Person("Mika Lind", "mika@vendor.example")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """GitHub with one repository, its branch ``fix`` two commits ahead, and a pull request of it."""
    made = Peer(tmp_path)
    with made.running():
        repository = made.add("vendor/forms")
        repository.commit("main", {"mail.php": b"<?php\n// caf\xe9\n$wait = 10;\n"}, "Everything")
        repository.branch("fix", "main")
        repository.commit("fix", {"mail.php": b"<?php\n// caf\xe9\n$wait = 30;\n"}, "Wait longer\n\nSlow.")
        repository.commit("fix", {"mail.php": b"<?php\n// caf\xe9\n$wait = 60;\n"}, "Wait a minute")
        repository.open_pull("fix", "Wait", "Servers are slow.")
        yield made


@pytest.fixture
def repository(peer: Peer) -> Repository:
    """The repository."""
    return peer.repositories["vendor/forms"]


@pytest.fixture
def read(peer: Peer) -> Callable[..., list[Letter]]:
    """Read a change of that repository."""

    def letters(kind: str, name: str, *, split: bool = False, repository: str = "forms") -> list[Letter]:
        return GitHub(peer.api_url, pause=0).letters(
            GitHubChange(kind, "https://github.com", "vendor", repository, name), split=split
        )

    return letters


def test_bytes_that_are_no_utf8_arrive_as_they_are(read: Callable[..., list[Letter]]) -> None:
    (letter,) = read("pull", "1")
    assert b" // caf\xe9\n-$wait = 10;\n+$wait = 60;\n" in letter.diff
    assert letter.diff.startswith(b"diff --git ")
    assert (letter.title, letter.why, letter.author) == ("Wait", "Servers are slow.", MIKA)
    assert letter.date == "1757671872 +0000"
    assert letter.source == "https://github.com/vendor/forms/pull/1"


def test_a_split_asks_for_each_commit(read: Callable[..., list[Letter]], repository: Repository) -> None:
    letters = read("pull", "1", split=True)
    assert [(letter.title, letter.why) for letter in letters] == [("Wait longer", "Slow."), ("Wait a minute", None)]
    assert letters[1].source == f"https://github.com/vendor/forms/commit/{repository.resolve('fix')}"
    assert b"-$wait = 30;\n+$wait = 60;\n" in letters[1].diff


def test_comparisons_with_both_ends_and_with_one(read: Callable[..., list[Letter]]) -> None:
    for name in ("main...fix", "fix"):
        (letter,) = read("compare", name)
        assert b"+$wait = 60;" in letter.diff
        assert (letter.title, letter.author) == (None, MIKA)
    (single,) = read("compare", "fix~1...fix")
    assert single.title == "Wait a minute"
    assert len(read("compare", "main...fix", split=True)) == 2


@pytest.mark.parametrize(
    ("kind", "name"), [("pull", "7"), ("commit", "0123abcd"), ("compare", "main...nowhere"), ("compare", "../../../x")]
)
def test_what_is_not_there_is_named(read: Callable[..., list[Letter]], kind: str, name: str) -> None:
    with pytest.raises(InputError, match="of vendor/forms"):
        read(kind, name)
    with pytest.raises(InputError, match=r"knows no .* of vendor/nothing, or hides it"):
        read(kind, name, repository="nothing")


def test_the_token_goes_to_that_server_alone_and_only_over_a_safe_line(
    peer: Peer, read: Callable[..., list[Letter]]
) -> None:
    with environment(PLUGWATCH_GITHUB_TOKEN="good-token"):
        read("pull", "1")
        assert {request.headers.get("Authorization", "")[-10:] for request in peer.requests} == {"good-token"}
        with pytest.raises(ConfigError, match="no token is sent there"):
            GitHub("http://github.agency.example/api/v3")
    for broken in ("tok\nen", "t\u00f6ken"):
        with environment(GITHUB_TOKEN=broken), pytest.raises(ConfigError, match="GITHUB_TOKEN is damaged"):
            GitHub(peer.api_url)
    peer.requests.clear()
    read("pull", "1")
    assert all("Authorization" not in request.headers for request in peer.requests)


@pytest.mark.parametrize("url", ["", "api.github.com", "https://", "https://[x", "https://u:p@api.example", "ftp://x"])
def test_what_is_no_address_of_an_api(url: str) -> None:
    with pytest.raises(ConfigError, match=r"'github\.api_url' is no web address"):
        GitHub(url)


def test_a_server_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    peer = Peer(tmp_path)
    with peer.running():
        address = peer.api_url
    with pytest.raises(UnknownError, match=r"could not be read from 127\.0\.0\.1"):
        GitHub(address, pause=0).letters(GitHubChange("pull", "https://github.com", "a", "b", "1"), split=False)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, headers={"Location": "https://evil.example/x"}),
        Reply(200, b"x" * (1 << 20), pieces=17),
        Reply(404, b"{}"),
        Reply(500),
        Reply(200, b"short", headers={"Content-Length": "99"}),
    ],
)
def test_a_diff_that_does_not_come_is_an_error_of_one_sentence(
    peer: Peer, read: Callable[..., list[Letter]], reply: Reply
) -> None:
    path = "/api/v3/repos/vendor/forms/pulls/1"
    whole = peer.reply(Request(path, {}, {}))
    peer.plan(path, whole, *([reply] * 3))
    with pytest.raises(PlugwatchError) as caught:
        read("pull", "1")
    assert "\n" not in str(caught.value)


def fields(name: str) -> set[str]:
    return set(REQUIRED[name].split())


def test_the_stand_in_sends_every_field_that_github_does(peer: Peer) -> None:
    def get(path: str) -> Any:
        with urllib.request.urlopen(f"{peer.api_url}/repos/vendor/forms{path}") as answer:
            return loads(answer.read())

    pull = get("/pulls/1")
    assert fields("pull-request") <= pull.keys()
    assert fields("head") <= pull["head"].keys()
    assert fields("simple-user") <= pull["user"].keys()
    assert fields("full-repository") <= get("").keys()
    assert fields("commit") <= get("/commits/main").keys()
    assert fields("commit-comparison") <= get("/compare/main...fix").keys()
    assert fields("branch-with-protection") <= get("/branches/fix").keys()
    assert [row["number"] for row in get("/pulls?state=all&head=vendor:fix")] == [1]
    assert get("/pulls?head=other:fix") == []
    assert [row["commit"]["message"] for row in get("/pulls/1/commits?per_page=1&page=2")] == ["Wait a minute"]
