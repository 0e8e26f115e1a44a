"""A vendor who keeps the plugin in a folder of a larger repository, and has the fix already or is about to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.github import GitHub, Repository
from upstreaming import EXAMPLES, Agency, example
from workbench import git

TOKEN = "ghp_0123456789abcdefSECRET"
FOLDER = "plugins/tidy-forms"
CHANGED = "includes/class-tidy-forms-rest.php"
TEMPLATE = b"## Summary\n\nFixes #\n\n## Technical choices\n\n## Checklist\n\n- [ ] My code follows the style guide.\n"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    with GitHub(tmp_path / "github", tokens=()).running() as peer:
        yield peer


@pytest.fixture
def agency(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Agency:
    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", TOKEN)
    github.account(TOKEN, "fernhill-web", "public_repo")
    agency = Agency(tmp_path / "agency", capsys, monkeypatch)
    github.clock = lambda: agency.now
    agency.begin(f'\n[github]\napi_url = "{github.api_url}"\npause = 0\n')
    agency("vendor", "set", "tidy-forms", "--repository", "larkspur-labs/all", "--prefer", "github-pr")
    return agency


def test_the_fix_in_a_larger_repository_that_gets_it_meanwhile(agency: Agency, github: GitHub, tmp_path: Path) -> None:
    theirs = _larger_repository(github)
    drafted = agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand.")
    assert f"- `{FOLDER}/{CHANGED}`" in drafted["body"]
    assert not _blocked(drafted)

    theirs.branch("their-fix", "main")
    theirs.commit("their-fix", {f"{FOLDER}/{CHANGED}": _mended(tmp_path)}, "Take old nonces from cached pages")
    pull = theirs.open_pull("their-fix", "Take old nonces from cached pages", f"In {CHANGED}.")
    known = f"{github.url}/larkspur-labs/all/pull/{pull.number}"
    for road in ("github-pr", "github-issue"):
        again = agency("submission", "draft", "INC-1", "--via", road, "--tested", "By hand.", code=3)
        assert _blocked(again) == {"duplicates": f"{known} has this fix already; join it with --join {known}"}

    joining = agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand.", "--join", known)
    assert joining["url"] == known
    assert joining["body"].startswith("We see this too, in Tidy Forms 1.2.4.")
    assert "#" not in joining["body"].replace("&#", ""), "a comment has no form and no headings"
    agency("submission", "send", joining["submission"])
    assert [comment.body for comment in pull.comments] == [joining["body"]]
    assert (len(theirs.pulls), github.repositories.keys()) == (1, {"larkspur-labs/all"}), "it offers nothing of its own"

    agency("submission", "mark", joining["submission"], "withdrawn")
    theirs.merge(pull)
    for road in ("github-pr", "github-issue"):
        late = agency("submission", "draft", "INC-1", "--via", road, "--tested", "By hand.", code=3)
        assert "has the fix already" in _blocked(late)["upstream"]


def _larger_repository(github: GitHub) -> Repository:
    theirs = github.add("larkspur-labs/all")
    files = {f"{FOLDER}/{name}": content for name, content in example("1.2.4").items()}
    theirs.commit("main", {**files, "README.md": b"All of ours", ".github/PULL_REQUEST_TEMPLATE.md": TEMPLATE}, "All")
    return theirs


def _mended(folder: Path) -> bytes:
    """The file that the patch changes, as it is with the patch."""
    for name, content in example("1.2.4").items():
        path = folder / "mended" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    git(folder / "mended", "apply", str(EXAMPLES / "fix-nonce.patch"))
    return (folder / "mended" / CHANGED).read_bytes()


def _blocked(draft: dict[str, Any]) -> dict[str, str]:
    return {check["check"]: check["detail"] for check in draft["checks"] if not check["ok"]}
