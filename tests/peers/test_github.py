"""The stand-in for GitHub sends what GitHub's own description of its API promises, and refuses what GitHub refuses."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from peers.github import GitHub, Repository
from peers.github_fields import FIELDS, complaints, filled
from peers.loopback import Reply

Ask = Callable[..., "tuple[int, Any, dict[str, str]]"]


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    peer = GitHub(tmp_path / "github", tokens=())
    peer.account("tok-ana", "ana")
    with peer.running():
        yield peer


@pytest.fixture
def vendor(github: GitHub) -> Repository:
    """A repository with something of everything."""
    made = github.add("vendor/forms")
    first = made.commit("main", {"forms.php": b"<?php\n", "docs/SECURITY.md": b"Write to us.\n"}, "First")
    made.release("1.0.0", first)
    made.branch("fix", "main")
    fixed = made.commit("fix", {"forms.php": b"<?php // fixed\n"}, "Fix it")
    made.commit("main", {"readme.txt": b"Forms\n"}, "Second")
    made.open_pull("fix", "Fix it")
    issue = made.open_issue("It breaks", "In a way.")
    made.label(issue.number, "bug")
    for number in (1, 2):
        made.comment(number, "mika", "Hello")
    made.comment_line(1, "mika", "Why?", "forms.php", 1)
    made.review(1, "mika", "CHANGES_REQUESTED", "Please")
    made.check(fixed, "unit", None)
    made.refer(2, made.pulls[1])
    made.close(2, commit=fixed)
    made.reopen(2)
    return made


@pytest.fixture
def ask(github: GitHub) -> Ask:
    def ask(method: str, path: str, document: Any = None, *, token: str = "tok-ana", **headers: str) -> Any:
        request = urllib.request.Request(f"{github.api_url}{path}", method=method)
        for name, text in headers.items():
            request.add_header(name.replace("_", "-"), text)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        body = None if document is None else json.dumps(document).encode()
        try:
            with urllib.request.urlopen(request, body) as answer:
                return answer.status, json.loads(answer.read() or b"null"), dict(answer.headers)
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"null"), dict(error.headers)

    return ask


READING = {
    "": "full-repository",
    "/pulls?state=all": "[pull-request-simple]",
    "/pulls/1": "pull-request",
    "/pulls/1/commits": "[commit]",
    "/pulls/1/files": "[diff-entry]",
    "/pulls/1/reviews": "[pull-request-review]",
    "/pulls/1/comments": "[pull-request-review-comment]",
    "/issues?state=all": "[issue]",
    "/issues/1": "issue",
    "/issues/2": "issue",
    "/issues/2/comments": "[issue-comment]",
    "/issues/2/labels": "[label]",
    "/labels": "[label]",
    "/commits": "[commit]",
    "/commits/main": "commit",
    "/commits/main/status": "combined-commit-status",
    "/compare/main...fix": "commit-comparison",
    "/branches": "[short-branch]",
    "/branches/main": "branch-with-protection",
    "/releases": "[release]",
    "/releases/latest": "release",
    "/tags": "[tag]",
    "/contents/docs/SECURITY.md": "content-file",
    "/contents/docs": "[content-directory]",
    "/git/trees/main?recursive=1": "git-tree",
}
# A listed file has no content; everything else is as of a file alone.
FIELDS["content-directory"] = {
    name: kind for name, kind in FIELDS["content-file"].items() if name not in ("content", "encoding")
}


@pytest.mark.parametrize("path", READING)
def test_every_answer_has_the_fields_that_github_promises(vendor: Repository, ask: Ask, path: str) -> None:
    status, document, _headers = ask("GET", f"/repos/vendor/forms{path}")
    assert status == 200
    assert document
    assert list(complaints(document, READING[path])) == []


def test_timelines_checks_searches_and_people_have_them_too(vendor: Repository, ask: Ask) -> None:
    kinds = {
        "commented": "timeline-comment-event",
        "cross-referenced": "timeline-cross-referenced-event",
        "labeled": "labeled-issue-event",
        "reviewed": "timeline-reviewed-event",
    }
    seen = set()
    for number in (1, 2):
        for event in ask("GET", f"/repos/vendor/forms/issues/{number}/timeline")[1]:
            seen.add(event["event"])
            assert list(complaints(event, kinds.get(event["event"], "state-change-issue-event"))) == []
    assert seen == {*kinds, "closed", "reopened"}
    [check] = ask("GET", "/repos/vendor/forms/commits/fix/check-runs")[1]["check_runs"]
    assert list(complaints(check, "check-run")) == []
    found = ask("GET", "/search/issues?q=repo:vendor/forms+is:issue+breaks")[1]
    assert found["total_count"] == 1
    assert list(complaints(found["items"], "[issue-search-result-item]")) == []
    assert list(complaints(ask("GET", "/user")[1], "private-user")) == []


def test_what_is_missing_or_of_another_type_is_seen() -> None:
    label = filled("label")
    assert list(complaints(label, "label")) == []
    assert list(complaints(label | {"name": None, "id": True}, "label")) == [
        "label.id is no integer",
        "label.name is null",
    ]
    del label["color"]
    assert list(complaints([label], "[label]")) == ["[label].color is not there"]


def push(github: GitHub, folder: Path, full_name: str, branch: str, *, token: str = "tok-ana") -> int:
    """Push what is in a folder as git does, chunked where it is large."""
    url = f"{github.url}/{full_name}.git".replace("http://", f"http://x-access-token:{token}@")
    done = subprocess.run(
        ["git", "-c", "http.postBuffer=1000", "push", "--quiet", "--force", url, f"HEAD:refs/heads/{branch}"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return done.returncode


@pytest.fixture
def clone(github: GitHub, vendor: Repository, tmp_path: Path) -> Path:
    """A clone of the vendor's repository with a commit more, too large for one piece."""
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", f"{github.url}/vendor/forms.git", str(folder)], check=True)
    (folder / "large.txt").write_text("".join(f"{number * number}\n" for number in range(20_000)))
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@agency.example"]
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "Large"], cwd=folder, check=True)
    return folder


def test_the_way_from_a_fork_to_a_merge(github: GitHub, vendor: Repository, ask: Ask, clone: Path) -> None:
    assert push(github, clone, "vendor/forms", "mend/large") != 0
    status, fork, _headers = ask("POST", "/repos/vendor/forms/forks", {})
    assert (status, fork["full_name"], fork["parent"]["full_name"]) == (202, "ana/forms", "vendor/forms")
    assert list(complaints(fork, "full-repository")) == []
    assert ask("POST", "/repos/vendor/forms/forks", {})[1]["id"] == fork["id"]
    wanted = {"title": "Large", "head": "ana:mend/large", "base": "main", "maintainer_can_modify": True}
    status, error, _headers = ask("POST", "/repos/vendor/forms/pulls", wanted)
    assert (status, error["errors"]) == (422, [{"resource": "PullRequest", "code": "invalid", "field": "head"}])
    assert push(github, clone, "ana/forms", "mend/large", token="bad") != 0
    assert push(github, clone, "ana/forms", "mend/large") == 0
    status, pull, _headers = ask("POST", "/repos/vendor/forms/pulls", wanted)
    assert status == 201
    assert list(complaints(pull, "pull-request")) == []
    assert (pull["head"]["label"], pull["commits"], pull["maintainer_can_modify"]) == ("ana:mend/large", 1, True)
    status, error, _headers = ask("POST", "/repos/vendor/forms/pulls", wanted)
    assert error["errors"][0]["message"] == "A pull request already exists for ana:mend/large."
    status, error, _headers = ask("POST", "/repos/vendor/forms/pulls", wanted | {"head": "ana:main"})
    assert error["errors"][0]["message"] == "No commits between vendor:main and ana:main"
    (clone / "large.txt").write_text("smaller\n")
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", "Less", "--amend"], cwd=clone, check=True
    )
    assert push(github, clone, "ana/forms", "mend/large") == 0
    number = pull["number"]
    moved = ask("GET", f"/repos/vendor/forms/pulls/{number}")[1]
    assert moved["head"]["sha"] != pull["head"]["sha"]
    assert ask("PUT", f"/repos/vendor/forms/pulls/{number}/merge", {})[0] == 403
    for how in ("merge", "squash", "rebase"):
        made = vendor.pulls[number]
        if how != "merge":
            vendor.branch(how, "main")
            vendor.commit(how, {f"{how}.txt": b"x\n"}, how)
            made = vendor.open_pull(how, how)
        sha = vendor.merge(made, how)
        merged = ask("GET", f"/repos/vendor/forms/pulls/{made.number}")[1]
        assert (merged["state"], merged["merged"], merged["merge_commit_sha"]) == ("closed", True, sha)
        assert sha == vendor.resolve("main")
        assert merged["commits"] == 1
    assert ask("GET", f"/repos/vendor/forms/pulls/{number}/merge")[0] == 204


def test_who_may_not_write_hears_why(github: GitHub, vendor: Repository, ask: Ask) -> None:
    github.account("tok-poor", "poor", "read:user")
    github.account("tok-fine", "fine", fine_grained=True)
    issues, issue = "/repos/vendor/forms/issues", {"title": "T"}
    assert ask("POST", issues, issue, token="")[0] == 401
    assert ask("POST", issues, issue, token="gone")[0] == 401
    status, _error, headers = ask("POST", issues, issue, token="tok-poor")
    assert (status, headers["X-OAuth-Scopes"], headers["X-Accepted-OAuth-Scopes"]) == (404, "read:user", "repo")
    assert ask("POST", issues, issue, token="tok-fine")[0] == 403
    assert ask("POST", f"{issues}/2/labels", {"labels": ["bug"]})[0] == 403
    status, made, _headers = ask("POST", issues, issue | {"labels": ["bug"]})
    assert (status, made["labels"]) == (201, [])
    vendor.roles["ana"] = "triage"
    assert [label["name"] for label in ask("POST", issues, issue | {"labels": ["bug"]})[1]["labels"]] == ["bug"]
    vendor.pulls[1].locked = True
    assert ask("POST", f"{issues}/1/comments", {"body": "x"})[0] == 403
    vendor.has_issues = False
    assert ask("POST", issues, issue)[0] == 410
    vendor.archived = True
    assert ask("POST", issues, issue)[:2][1]["message"] == "Repository was archived so is read-only."


def test_a_renamed_repository_leads_on_and_a_deleted_fork_is_gone(github: GitHub, vendor: Repository, ask: Ask) -> None:
    fork = ask("POST", "/repos/vendor/forms/forks", {})[1]
    git_fork = github.repositories["ana/forms"]
    git_fork.branch("fix", "main")
    git_fork.commit("fix", {"b.txt": b"b\n"}, "B")
    number = ask("POST", "/repos/vendor/forms/pulls", {"title": "B", "head": "ana:fix", "base": "main"})[1]["number"]
    github.delete(fork["full_name"])
    pull = ask("GET", f"/repos/vendor/forms/pulls/{number}")[1]
    assert pull["head"]["repo"] is None
    assert list(complaints(pull, "pull-request")) == []
    github.rename("vendor/forms", "makers/tidy")
    status, document, _headers = ask("GET", "/repos/vendor/forms")
    assert (status, document["full_name"]) == (200, "makers/tidy")
    assert ask("POST", "/repos/vendor/forms/issues", {"title": "T"})[0] == 307


def test_the_same_again_is_304_and_costs_nothing(github: GitHub, vendor: Repository, ask: Ask) -> None:
    _status, _document, headers = ask("GET", "/repos/vendor/forms/issues/2")
    left = headers["X-RateLimit-Remaining"]
    status, _none, headers = ask("GET", "/repos/vendor/forms/issues/2", If_None_Match=headers["ETag"])
    assert (status, headers["X-RateLimit-Remaining"]) == (304, left)
    vendor.comment(2, "mika", "News")
    assert ask("GET", "/repos/vendor/forms/issues/2", If_None_Match=headers["ETag"])[0] == 200
    github.left["core"] = 0
    assert ask("GET", "/repos/vendor/forms")[0] == 403


def test_a_planned_answer_can_hide_that_all_was_done(github: GitHub, vendor: Repository, ask: Ask) -> None:
    path = "/api/v3/repos/vendor/forms/issues"
    github.plan(f"POST {path}", Reply(502, b"{}", served=True), Reply(503, b"{}"))
    assert ask("GET", "/repos/vendor/forms/issues")[0] == 200
    assert ask("POST", "/repos/vendor/forms/issues", {"title": "Once"})[0] == 502
    assert ask("POST", "/repos/vendor/forms/issues", {"title": "Not"})[0] == 503
    assert [issue.title for issue in vendor.issues.values()] == ["It breaks", "Once"]


def test_who_has_edited_a_text_is_told_by_graphql_alone(github: GitHub, vendor: Repository, ask: Ask) -> None:
    query = (
        "query($o: String!, $n: String!, $i: Int!) { repository(owner: $o, name: $n) { pullRequest(number: $i) {"
        " editor { login } timelineItems(itemTypes: [RENAMED_TITLE_EVENT], last: 9)"
        " { nodes { ... on RenamedTitleEvent { actor { login } } } } } } }"
    )

    def editors(query: str = query) -> Any:
        github_url, variables = github.api_url.replace("/v3", ""), {"o": "vendor", "n": "forms", "i": 1}
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{github_url}/graphql", body, {"Authorization": "token tok-ana"})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    empty = {"editor": None, "timelineItems": {"nodes": []}}
    assert editors() == {"data": {"repository": {"pullRequest": empty}}}
    vendor.edit(1, "mika", title="Mend it", body="So")
    edited = {"editor": {"login": "mika"}, "timelineItems": {"nodes": [{"actor": {"login": "mika"}}]}}
    assert editors() == {"data": {"repository": {"pullRequest": edited}}}
    assert "errors" in editors(query.replace("editor {", "editors {"))
