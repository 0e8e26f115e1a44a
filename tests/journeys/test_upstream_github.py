"""From the incident to the thank-you through a pull request, over a GitHub with real repositories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.github import GitHub, Repository
from upstreaming import Agency, Directory, example
from workbench import git, git_text

TOKEN = "ghp_0123456789abcdefSECRET"
TEMPLATE = b"""## What does this change?

<!-- Describe your change. -->

## Why

Fixes #

## How was it tested?

- [ ] I have searched for duplicates.
"""


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github", tokens=()).running() as peer:
        yield peer


@pytest.fixture
def directory() -> Iterator[Directory]:
    with Directory() as server:
        yield server


@pytest.fixture
def agency(
    github: GitHub,
    directory: Directory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Agency:
    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", TOKEN)
    github.account(TOKEN, "fernhill-web", "public_repo")
    agency = Agency(tmp_path / "agency", capsys, monkeypatch)
    github.clock = lambda: agency.now
    agency.begin(f'\n[github]\napi_url = "{github.api_url}"\npause = 0\n{directory.settings}')
    return agency


def test_from_the_incident_to_the_thank_you(agency: Agency, github: GitHub, directory: Directory) -> None:
    theirs = github.add("larkspur-labs/tidy-forms")
    theirs.commit("main", {**example("1.2.4"), ".github/PULL_REQUEST_TEMPLATE.md": TEMPLATE}, "Release 1.2.4")
    theirs.release("1.2.4", theirs.resolve("main"))
    agency("vendor", "set", "tidy-forms", "--name", "Larkspur Labs", "--repository", "larkspur-labs/tidy-forms")
    agency("vendor", "set", "tidy-forms", "--prefer", "github-pr")

    draft = agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand on a cached page.")
    assert [check for check in draft["checks"] if not check["ok"]] == []
    assert "## What does this change?" in draft["body"]
    assert "- [x] I have searched for duplicates." in draft["body"]
    assert github.repositories.keys() == {"larkspur-labs/tidy-forms"}, "a draft changes nothing"

    sent = agency("submission", "send", "SUB-1")
    again = agency("submission", "send", "SUB-1")
    assert sent["status"] == again["status"] == "sent"
    (pull,) = theirs.pulls.values()
    assert sent["remote_url"] == f"{github.url}/larkspur-labs/tidy-forms/pull/{pull.number}"
    assert (pull.title, pull.body) == (draft["title"], draft["body"])
    ours = github.repositories["fernhill-web/tidy-forms"]
    first = ours.resolve(f"refs/heads/{pull.head}")
    assert git_text(ours.directory, "show", "-s", "--format=%an <%ae> %cn", first) == (
        "Fernhill Web <dev@fernhill.example> Fernhill Web"
    )
    assert git_text(ours.directory, "diff", "--name-only", f"{theirs.resolve('main')}..{first}") == (
        "includes/class-tidy-forms-rest.php"
    )

    agency.later(hours=5)
    theirs.review(pull.number, "mika", "CHANGES_REQUESTED", "Please keep the check for an empty nonce.")
    agency.later(days=1)
    agency("submission", "poll", "SUB-1", code=3)
    assert agency("submission", "show", "SUB-1")["status"] == "changes-requested"
    assert agency("incident", "show", "INC-1")["turn"] == "us"

    reworked = agency.folder / "reworked.patch"
    diff = Path(sent["files"][1]["path"]).read_text(encoding="utf-8")
    reworked.write_text(
        diff.replace("\t\tif ( ! wp_verify_nonce( $nonce", "\t\tif ( '' === $nonce || ! wp_verify_nonce( $nonce"),
        encoding="utf-8",
    )
    agency("patch", "rework", agency.patch, reworked, "--why", "An empty nonce is refused as before.")
    agency("submission", "reply", "SUB-1", "--asks", "changes", "--text", "The check for an empty nonce is back.")
    answered = agency("submission", "send", "SUB-1")
    assert answered["status"] == "sent"
    second = ours.resolve(f"refs/heads/{pull.head}")
    assert second != first
    assert git_text(ours.directory, "rev-list", "--count", f"{theirs.resolve('main')}..{second}") == "1"
    assert [comment.body for comment in pull.comments] == [answered["body"]]

    agency.later(days=2)
    theirs.merge(pull)
    agency("submission", "poll", "SUB-1")
    assert agency("submission", "show", "SUB-1")["status"] == "accepted"
    assert [row["status"] for row in agency("submission", "list")] == ["accepted"], "merged is not released"

    agency.later(days=5)
    directory.ship("1.3.0", _shipped(theirs))
    released = agency("submission", "poll", "SUB-1", code=3)
    shown = agency("submission", "show", "SUB-1")
    assert (shown["status"], shown["fixed_in"]) == ("released", "1.3.0")
    assert {row["site"] for row in released["released"][0]["sites"]} == {"brightside", "northgate"}
    upgraded = agency("fork", "upgrade", "tidy-forms", "--to", "1.3.0")
    assert [(row["id"], row["verdict"]) for row in upgraded["patches"]] == [(agency.patch, "landed")]

    if shown["kind"] != "thanks":
        agency("submission", "thank", "SUB-1")
    agency("submission", "send", "SUB-1")
    assert "1.3.0" in pull.comments[-1].body
    _no_secret_anywhere(agency, github)


def _shipped(theirs: Repository) -> dict[str, bytes]:
    """What the vendor ships of the default branch."""
    names = git_text(theirs.directory, "ls-tree", "-r", "--name-only", "main").splitlines()
    kept = [name for name in names if not name.startswith(".")]
    return {name: git(theirs.directory, "show", f"main:{name}") for name in kept}


def _no_secret_anywhere(agency: Agency, github: GitHub) -> None:
    assert TOKEN not in agency.printed
    assert [path for path, content in agency.files().items() if TOKEN.encode() in content] == []
    public = [*[r.path for r in github.requests]]
    assert not any(TOKEN in path for path in public)
    for word in ("brightside", "northgate", "ada lovelace", "inc-1", agency.patch):
        said = " ".join(str(r.body) for r in github.requests if r.method != "GET" and not r.path.endswith("pack"))
        assert word not in said.lower()
