"""``plugwatch submission poll``, against a GitHub and a WordPress.org of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.github import GitHub, Pull, Repository
from peers.wordpress_org import WordPressOrgServer
from vendoring import TIDY, offer, open_pull, point, post_by_hand
from workbench import Workspace, make_carrying_workspace

LONG_AGO = "2026-10-01 10:00"
YESTERDAY = "yesterday 10:00"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that carries one patch on 1.0.0."""
    folder = tmp_path_factory.mktemp("template")
    make_carrying_workspace(folder).do("patch", "stance", "1", "wait", "--why", "they are slow")
    return folder


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[WordPressOrgServer]:
    """WordPress.org, which has Tidy Forms 1.0.0 only until a test says more."""
    with WordPressOrgServer() as server:
        offer(server, tmp_path, "1.0.0")
        yield server


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """GitHub, where example-agency is we."""
    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", "good-token")
    server = GitHub(tmp_path / "github")
    with server.running():
        yield server


@pytest.fixture
def vendor(github: GitHub) -> Repository:
    """The vendor's repository, where mika may do everything."""
    made = github.add("larkspur/tidy-forms")
    made.roles["mika"] = "admin"
    return made


@pytest.fixture
def pull(vendor: Repository) -> Pull:
    """Our pull request there."""
    return open_pull(vendor)


@pytest.fixture
def workspace(template: Path, tmp_path: Path, directory: WordPressOrgServer, github: GitHub) -> Workspace:
    """A copy of the template for one test, with these for the world."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return point(Workspace(tmp_path / "ws"), directory, github)


@pytest.fixture
def sent(workspace: Workspace, github: GitHub, pull: Pull) -> str:
    """SUB-1: our pull request, posted by hand long ago."""
    return post_by_hand(workspace, "github-pr", f"{github.url}/larkspur/tidy-forms/pull/{pull.number}", at=LONG_AGO)


def _poll(workspace: Workspace, *args: str, code: int = 0) -> dict[str, Any]:
    answer = workspace.run("submission", "poll", *args, "--json")
    assert answer.code == code, answer
    document: dict[str, Any] = answer.json
    assert list(document) == ["submissions", "released", "needs_person", "unknown"]
    return document


def _show(workspace: Workspace) -> dict[str, Any]:
    document: dict[str, Any] = workspace.do("submission", "show", "1", "--json").json
    return document


def test_merged_is_accepted_and_only_a_release_that_holds_it_is_released(
    workspace: Workspace, sent: str, vendor: Repository, pull: Pull, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    vendor.merge(pull)
    found = _poll(workspace)
    (row,) = found["submissions"]
    assert (row["submission"], row["was"], row["status"], row["error"]) == (sent, "sent", "accepted", None)
    assert found["released"] == []

    offer(directory, tmp_path, "1.0.0", "3.0.0")
    workspace.do("site", "add", "shop", "--client", "acme")
    (tmp_path / "list.csv").write_text("name,version,status\ntidy-forms,1.0.0,active\n")
    workspace.do("site", "import", "shop", tmp_path / "list.csv", "--as", "wpcli-csv", "--type", "plugins")
    found = _poll(workspace, "--all", code=3)

    (released,) = found["released"]
    assert (released["fixed_in"], released["status"], released["new"]) == ("3.0.0", "released", True)
    assert released["sites"] == [{"site": "shop", "client": "acme", "version": "1.0.0"}]
    assert released["next"][0] == f"plugwatch fork upgrade {TIDY} --to 3.0.0"
    assert released["evidence"]
    shown = _show(workspace)
    assert (shown["status"], shown["fixed_in"]) == ("released", "3.0.0")
    assert (shown["kind"], shown["state"]) == ("thanks", "draft")
    assert "3.0.0" in shown["body"]
    assert "3.0.0 holds it" in shown["changes"][-1]["note"]

    assert _poll(workspace, "--all")["released"] == []


def test_a_release_that_lacks_what_was_closed_as_fixed_drafts_one_question_and_never_another(
    workspace: Workspace, sent: str, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    workspace.do("submission", "mark", sent, "accepted", "--at", YESTERDAY)
    offer(directory, tmp_path, "1.0.0", "2.0.0")
    found = _poll(workspace, "--all", code=3)

    (row,) = found["released"]
    assert (row["fixed_in"], row["missing_in"], row["new"]) == (None, "2.0.0", True)
    shown = _show(workspace)
    assert (shown["status"], shown["kind"], shown["state"]) == ("accepted", "follow-up", "draft")
    assert "2.0.0" in shown["body"]

    (row,) = _poll(workspace, "--all", code=3)["released"]
    assert (row["missing_in"], row["new"]) == ("2.0.0", False)
    assert len(_show(workspace)["posts"]) == 2


def test_what_only_may_be_there_is_for_a_person_and_drafts_nothing(
    workspace: Workspace, sent: str, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    workspace.do("submission", "mark", sent, "accepted", "--at", YESTERDAY)
    offer(directory, tmp_path, "1.0.0", "2.1.0")
    found = _poll(workspace, "--all", code=3)

    (row,) = found["released"]
    assert (row["fixed_in"], row["missing_in"], row["doubtful"]) == (None, None, "2.1.0")
    assert len(_show(workspace)["posts"]) == 1


def test_offline_fetches_nothing(
    workspace: Workspace, sent: str, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    offer(directory, tmp_path, "1.0.0", "3.0.0")
    assert _poll(workspace, sent, "--offline")["released"] == []
    assert directory.requests == []


def test_a_persons_words_wait_for_us_and_a_bots_do_not(workspace: Workspace, sent: str, vendor: Repository) -> None:
    vendor.comment(1, "stale[bot]", "This has had no activity.")
    assert _poll(workspace)["needs_person"] == []

    vendor.comment(1, "mika", "Which version of PHP is it?")
    (sentence,) = _poll(workspace, sent, code=3)["needs_person"]
    assert sentence.startswith("SUB-1: mika wrote; read it at ")
    assert _poll(workspace, sent, code=3)["submissions"][0]["remarks"] == []

    today = workspace.do("today", "--json").json
    assert today["silent_vendors"] == []


def test_changes_wait_for_us_until_they_are_answered(workspace: Workspace, sent: str, vendor: Repository) -> None:
    vendor.review(1, "mika", "CHANGES_REQUESTED", "Please add a filter.")
    found = _poll(workspace, sent, code=3)
    assert found["submissions"][0]["status"] == "changes-requested"
    assert "wants changes" in found["needs_person"][0]

    answer = workspace.run("submission", "reply", sent, "--asks", "changes", "--text", "There is a filter.", "--json")
    assert (answer.json["kind"], answer.json["state"]) == ("reply", "draft")
    workspace.do("submission", "mark", sent, "sent")
    after = _poll(workspace, sent)
    assert (after["submissions"][0]["status"], after["needs_person"]) == ("sent", [])


def test_a_side_that_does_not_answer_is_told_as_not_known_and_asked_again_later(
    workspace: Workspace, sent: str, github: GitHub
) -> None:
    github.left["core"] = 0
    found = _poll(workspace, code=4)
    (row,) = found["submissions"]
    assert row["error"]
    assert (row["status"], row["was"]) == ("sent", "sent")
    assert found["unknown"] == [f"SUB-1: {row['error']}"]

    github.left["core"] = 5000
    later = _poll(workspace, code=4)  # it is not due, and not known all the same
    assert (later["submissions"], later["unknown"]) == ([], found["unknown"])
    assert _poll(workspace, sent)["submissions"][0]["error"] is None


def test_nothing_that_is_not_due_is_asked_about(workspace: Workspace, sent: str, github: GitHub) -> None:
    _poll(workspace)
    asked = len(github.requests)
    assert _poll(workspace)["submissions"] == []
    assert len(github.requests) == asked


def test_what_was_not_sent_is_not_asked_about(workspace: Workspace) -> None:
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    workspace.run("submission", "draft", patch, "--via", "forum")
    answer = workspace.run("submission", "poll", "1")
    assert answer.code == 1
    assert "plugwatch submission mark SUB-1 sent --url URL" in answer.err


def test_the_screen_says_what_is_new_what_to_do_and_which_sites_to_move(
    workspace: Workspace, sent: str, vendor: Repository, pull: Pull, directory: WordPressOrgServer, tmp_path: Path
) -> None:
    vendor.merge(pull)
    offer(directory, tmp_path, "1.0.0", "3.0.0")
    answer = workspace.run("submission", "poll")
    assert answer.code == 3
    assert "SUB-1\tgithub-pr\taccepted" in answer.out
    assert "needs a person: SUB-1: 3.0.0 holds the fix; no site runs anything older" in answer.out
    assert f"next: plugwatch fork upgrade {TIDY} --to 3.0.0 · plugwatch submission send {sent}" in answer.err


def test_a_check_polls_and_its_findings_stand_in_the_mornings_list(
    workspace: Workspace, sent: str, vendor: Repository, github: GitHub
) -> None:
    vendor.comment(1, "mika", "Which version of PHP is it?")
    answer = workspace.run("check", "--json")
    assert answer.code == 3, answer
    assert [row["submission"] for row in answer.json["submissions"]] == [sent]
    today = workspace.do("today", "--json").json
    assert [row["place"] for row in today["submissions"]] == ["SUB-1"]

    # It is not due the next time; what waits for us waits all the same.
    again = workspace.run("check", "--json")
    assert (again.json["submissions"], len(again.json["needs_person"])) == ([], 1)


def test_a_watch_that_fails_stands_in_the_mornings_list_until_it_works(
    workspace: Workspace, sent: str, github: GitHub
) -> None:
    github.left["core"] = 0
    assert workspace.run("check", "--json").code == 4
    assert workspace.run("check", "--json").code == 4  # not due, and not fine either
    assert [row["place"] for row in workspace.do("today", "--json").json["watch_errors"]] == ["SUB-1"]
