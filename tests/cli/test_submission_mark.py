"""``plugwatch submission mark``: what a person says, and what is made of the address that they give."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from vendoring import make_told_workspace
from workbench import Workspace

from plugwatch.ledger.database import open_ledger

FORUM = "https://wordpress.org/support/topic/it-waits-too-long/"
PULL = "https://github.com/larkspur/tidy-forms/pull/7"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SUB-1 and SUB-2, both drafts."""
    return make_told_workspace(tmp_path_factory.mktemp("template")).folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy for one test."""
    shutil.copytree(template, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def _show(workspace: Workspace, number: str = "1") -> dict[str, Any]:
    document: dict[str, Any] = workspace.do("submission", "show", number, "--json").json
    return document


def _refused(workspace: Workspace, *args: str) -> str:
    before = _show(workspace, args[0])
    answer = workspace.run("submission", "mark", *args)
    assert answer.code == 1, answer
    assert _show(workspace, args[0]) == before
    return answer.err


def test_what_a_person_posted_is_sent_and_watched_from_then_on(workspace: Workspace) -> None:
    marked = workspace.do(
        "submission", "mark", "1", "sent", "--url", f"{FORUM}?view=all#post-1", "--at", "yesterday 10:00"
    )
    assert "watched from now on" in marked.err
    shown = _show(workspace)
    assert (shown["status"], shown["state"], shown["remote_url"]) == ("sent", "sent", FORUM)
    assert shown["sent_at"].partition("T")[2].startswith("10:00")
    assert (shown["watch"]["url"], shown["watch"]["tracker"]) == (FORUM, "forum")
    timeline = workspace.do("incident", "show", "1", "--json").json["timeline"]
    assert any(FORUM in event["body"] for event in timeline)


def test_an_address_that_nobody_reads_is_kept_and_said_to_be_so(workspace: Workspace) -> None:
    marked = workspace.do("submission", "mark", "1", "sent", "--url", "https://desk.example/tickets/7")
    assert "its status is set by hand" in marked.err
    shown = _show(workspace)
    assert (shown["remote_url"], shown["watch"]["tracker"]) == ("https://desk.example/tickets/7", "none")


def test_sent_without_an_address_is_sent(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "1", "sent")
    assert (_show(workspace)["status"], _show(workspace)["watch"]) == ("sent", None)


def test_an_address_in_somebody_elses_repository_is_taken_only_when_meant(workspace: Workspace) -> None:
    other = "https://github.com/larkspur/other/pull/7"
    said = _refused(workspace, "2", "sent", "--url", other)
    assert "is not in larkspur/tidy-forms" in said
    assert "--anyway" in said
    workspace.do("submission", "mark", "2", "sent", "--url", other, "--anyway")
    assert _show(workspace, "2")["remote_url"] == other


def test_what_is_no_address_is_refused(workspace: Workspace) -> None:
    assert "no address of the web" in _refused(workspace, "2", "sent", "--url", "pull 7")


@pytest.mark.parametrize("status", ["draft", "confirmed", "changes-requested", "accepted", "released", "rejected"])
def test_what_was_never_sent_cannot_stand_anywhere_else(workspace: Workspace, status: str) -> None:
    said = _refused(workspace, "1", status)
    assert "plugwatch submission" in said


def test_what_was_sent_is_no_draft_any_more(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "1", "sent")
    assert "is what it is" in _refused(workspace, "1", "draft")
    assert "no further text waits" in _refused(workspace, "1", "sent")


def test_withdrawn_leaves_no_text_to_be_sent(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "1", "withdrawn", "--note", "it was our own mistake")
    shown = _show(workspace)
    assert (shown["status"], [post["state"] for post in shown["posts"]]) == ("withdrawn", ["superseded"])
    assert shown["changes"][-1]["note"] == "it was our own mistake"
    assert "is withdrawn already" in _refused(workspace, "1", "withdrawn")


def test_what_a_person_says_stands_in_the_history_and_in_the_timeline(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "2", "sent", "--url", PULL)
    workspace.do("submission", "mark", "2", "rejected", "--note", "they said so on the phone")
    change = _show(workspace, "2")["changes"][-1]
    assert (change["status"], change["by_hand"], change["note"]) == ("rejected", True, "they said so on the phone")
    timeline = workspace.do("incident", "show", "1", "--json").json["timeline"]
    assert timeline[-1]["body"] == "SUB-2 on github-pr: rejected: they said so on the phone"


def test_released_by_hand_names_the_release(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "1", "sent")
    workspace.do("submission", "mark", "1", "released", "--in", "1.2.6", "--note", "tried it")
    assert (_show(workspace)["status"], _show(workspace)["fixed_in"]) == ("released", "1.2.6")
    assert workspace.run("submission", "mark", "1", "sent", "--in", "1.2.6").code == 2


def test_a_time_to_come_is_refused(workspace: Workspace) -> None:
    assert "still to come" in _refused(workspace, "1", "sent", "--at", "2099-01-01")


def test_a_follow_up_that_was_posted_by_hand_changes_neither_status_nor_watch(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "2", "sent", "--url", PULL, "--at", "2026-10-01")
    workspace.do("submission", "mark", "2", "confirmed", "--at", "2026-10-02")
    workspace.run("submission", "follow-up", "2", "--now")
    workspace.do("submission", "mark", "2", "sent", "--url", f"{PULL}#issuecomment-9")
    shown = _show(workspace, "2")
    assert (shown["status"], shown["remote_url"], shown["watch"]["url"]) == ("confirmed", PULL, PULL)
    assert [post["state"] for post in shown["posts"]] == ["sent", "sent"]


def _post_stands(workspace: Workspace, state: str, claimed_at: datetime | None) -> None:
    """Leave the text of SUB-1 as a sender leaves it who died, or is at work."""
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace.folder) as ledger, ledger.unit_of_work() as work:
        found = work.submissions.get("1")
        work.submissions.set_state(found.current, state)
        if claimed_at:
            given = {"actor": "ben", "now": claimed_at, "dead": claimed_at - timedelta(hours=1)}
            assert work.submissions.claim(found.current, "ben:1", **given)


@pytest.mark.parametrize("state", ["unknown", "kept", "handing"])
def test_whoever_has_looked_says_what_became_of_a_text_of_which_nobody_knew(workspace: Workspace, state: str) -> None:
    dead = datetime.now(timezone.utc) - timedelta(hours=2) if state == "handing" else None
    _post_stands(workspace, state, dead)
    workspace.do("submission", "mark", "1", "sent", "--url", FORUM)
    assert (_show(workspace)["status"], _show(workspace)["state"]) == ("sent", "sent")


def test_what_somebody_is_sending_just_now_is_left_to_them(workspace: Workspace) -> None:
    _post_stands(workspace, "handing", datetime.now(timezone.utc))
    assert "ben is sending SUB-1 just now" in _refused(workspace, "1", "sent")
