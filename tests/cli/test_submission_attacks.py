"""What must not leave the agency, and must not come in, whatever somebody writes or answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.github import GitHub
from peers.loopback import Reply, json_reply
from upstreaming import EXAMPLES, Agency, example
from workbench import git_text

TOKEN = "ghp_0123456789abcdefSECRET"
ISSUES = "POST /api/v3/repos/larkspur-labs/tidy-forms/issues"


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
    github.add("larkspur-labs/tidy-forms").commit("main", example("1.2.4"), "Release 1.2.4")
    agency("vendor", "set", "tidy-forms", "--name", "Larkspur Labs", "--repository", "larkspur-labs/tidy-forms")
    return agency


def changed_at(github: GitHub) -> list[str]:
    """The requests that change something there."""
    return [r.path for r in github.requests if r.method not in ("GET", "HEAD") and "upload-pack" not in r.path]


def rework(agency: Agency, why: str, *, comment: str = "A page  cache keeps") -> None:
    """Another version of the patch, with another reason."""
    diff = (EXAMPLES / "fix-nonce.patch").read_text(encoding="utf-8").replace("A page cache keeps", comment)
    path = agency.folder / "reworked.patch"
    path.write_text(diff, encoding="utf-8")
    agency("patch", "rework", agency.patch, path, "--why", why)


def test_a_patch_that_came_to_name_a_client_is_not_pushed(agency: Agency, github: GitHub) -> None:
    agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand.")
    rework(agency, "Caches.", comment="For Northgate GmbH: keeps")
    agency("submission", "send", "SUB-1", code=3)
    assert changed_at(github) == []
    assert github.repositories.keys() == {"larkspur-labs/tidy-forms"}


def test_what_is_pushed_is_looked_at_itself(agency: Agency, github: GitHub) -> None:
    from plugwatch.cli.context import App
    from plugwatch.cli.offering import NotReadyError, offer_again

    agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand.")
    app = App(str(agency.folder))
    with app.ledger.reading() as work:
        submission = work.submissions.get("SUB-1")
    assert len(offer_again(app, submission)) == 40
    rework(agency, "Northgate GmbH wanted it.")
    with pytest.raises(NotReadyError, match="client name 'northgate gmbh' in what is pushed"):
        offer_again(app, submission)
    app.close()
    assert changed_at(github) == []


def test_the_message_of_a_commit_calls_nobody_and_closes_nothing(agency: Agency, github: GitHub) -> None:
    rework(agency, "Closes larkspur-labs/tidy-forms#9, resolves #4 and GH-12, for @mika")
    agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand.")
    agency("submission", "send", "SUB-1")
    ours = github.repositories["fernhill-web/tidy-forms"].directory
    (pull,) = github.repositories["larkspur-labs/tidy-forms"].pulls.values()
    message = git_text(ours, "show", "-s", "--format=%B", f"refs/heads/{pull.head}")
    assert message.split("\n\n")[1].strip() == "Closes larkspur-labs/tidy-forms# 9, resolves # 4 and GH- 12, for @ mika"


def test_what_was_on_its_way_stays_here_once_it_is_a_matter_of_security(agency: Agency, github: GitHub) -> None:
    agency("submission", "draft", "INC-1", "--via", "github-issue")
    github.plan(ISSUES, Reply(500))
    agency("submission", "send", "SUB-1", code=4)
    agency("incident", "set", "INC-1", "--security")
    before = len(github.requests)
    said = agency.say("submission", "send", "SUB-1", code=3)
    assert len(github.requests) == before, "not even a look may tell anybody"
    assert "security" in said
    assert github.repositories["larkspur-labs/tidy-forms"].issues == {}


def test_an_incident_that_was_merged_into_a_matter_of_security_is_one(agency: Agency, github: GitHub) -> None:
    agency("incident", "open", "northgate", "akismet", "It lets anybody in", "--security")
    agency("incident", "merge", "INC-1", "INC-2")
    for about, road in (("INC-1", "github-issue"), (agency.patch, "github-pr"), (agency.patch, "forum")):
        draft = agency("submission", "draft", about, "--via", road, code=3)
        assert [check["check"] for check in draft["checks"] if not check["ok"]] == ["security"]
        assert (draft["title"], draft["body"], draft["files"]) == ("", "", [])
    assert github.requests == []


def test_a_draft_is_not_sent_when_its_incident_was_merged_into_a_matter_of_security(
    agency: Agency, github: GitHub
) -> None:
    agency("submission", "draft", "INC-1", "--via", "github-pr", "--tested", "By hand.")
    agency("incident", "open", "northgate", "akismet", "It lets anybody in", "--security")
    agency("incident", "merge", "INC-1", "INC-2")
    before = len(github.requests)
    agency("submission", "send", "SUB-1", code=3)
    assert len(github.requests) == before


def test_an_address_that_is_none_of_the_vendors_reaches_nobody(agency: Agency, github: GitHub) -> None:
    agency("submission", "draft", "INC-1", "--via", "github-issue")
    evil = "https://evil.example/\x1b]0;owned\x07\x1b[31m\u202e"
    there = {"number": 1, "title": "t", "body": "b", "user": {"login": "x"}, "created_at": "2026-11-23T08:00:00Z"}
    github.plan(ISSUES, json_reply({**there, "url": evil, "html_url": evil}, 201))
    said = agency.say("submission", "send", "SUB-1", code=4)
    assert "evil.example" not in said
    assert "\x1b" not in agency.say("submission", "show", "SUB-1")
    assert agency("submission", "show", "SUB-1")["remote_url"] is None


def test_the_title_that_a_vendors_form_begins_with_closes_nothing(agency: Agency, github: GitHub) -> None:
    form = b"name: Bug\ntitle: 'Fixes #7 @mika:'\ndescription: It\n"
    form += b"body:\n- type: textarea\n  id: x\n  attributes:\n    label: Steps\n"
    github.repositories["larkspur-labs/tidy-forms"].commit("main", {".github/ISSUE_TEMPLATE/bug.yml": form}, "A form")
    draft = agency("submission", "draft", "INC-1", "--via", "github-issue")
    assert draft["title"] == "Fixes #\u200b7 @\u200bmika: Accept the form from cached pages"
