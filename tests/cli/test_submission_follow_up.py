"""``plugwatch submission follow-up``, ``reply`` and ``thank``: what goes on in a thread, and when."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from vendoring import TIDY, make_told_workspace
from workbench import Answer, Workspace

from plugwatch.cli.context import App

PULL = "https://github.com/larkspur/tidy-forms/pull/7"
LONG_AGO = "2026-10-01 10:00"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SUB-2 was sent as a pull request long ago."""
    folder = tmp_path_factory.mktemp("template")
    workspace = make_told_workspace(folder)
    workspace.do("submission", "mark", "1", "withdrawn")
    workspace.do("submission", "mark", "2", "sent", "--url", PULL, "--at", LONG_AGO)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def _run(workspace: Workspace, *args: str, code: int = 0) -> dict[str, Any]:
    answer = workspace.run("submission", *args, "--json")
    assert answer.code == code, answer
    document: dict[str, Any] = answer.json
    return document


def _fill(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Answer:
    """Work on the text that waits, in an editor that writes into its blank."""
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\nsed -i 's/((.*))/It happens with PHP 8.4 too./' \"$1\"\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    return workspace.do("submission", "edit", "2")


def _step(workspace: Workspace, number: str = "2") -> int:
    answer = workspace.run("submission", "follow-up", number, "--skip", "not this time", "--json")
    step: int = answer.json["step"]
    assert answer.code == (3 if step == 6 else 0)  # what is left then is a decision
    return step


def test_before_its_time_it_says_when_it_is_polite_and_writes_nothing(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "2", "confirmed")
    found = _run(workspace, "follow-up", "2")
    assert (found["step"], found["polite"], found["draft"]) == (1, False, None)
    shown = workspace.do("submission", "follow-up", "2")
    assert "it is polite from" in shown.out


def test_the_first_step_wants_something_new_and_is_blocked_without(workspace: Workspace) -> None:
    found = _run(workspace, "follow-up", "2", code=3)
    assert (found["step"], found["polite"], found["road"]) == (1, True, "github-pr")
    assert [check["check"] for check in found["draft"]["checks"] if not check["ok"]] == ["blanks"]


def test_a_release_that_still_lacks_it_is_news(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("fork", "import", TIDY, "--from", tmp_path / "sources" / "2.0.0")
    body = _run(workspace, "follow-up", "2")["draft"]["body"]
    assert "2.0.0 does not have the fix; our patch applies to it as it is." in body

    workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")
    body = _run(workspace, "follow-up", "2", "--now")["draft"]["body"]
    assert "2.0.0 does not have the fix; our patch is rebased onto it now." in body


def test_a_further_site_is_news_and_is_not_named(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(minutes=1)  # than the text was written
    monkeypatch.setattr(App, "now", later)
    workspace.do("site", "add", "bolt-shop", "--client", "bolt", "--php", "8.4")
    workspace.do("incident", "open", "bolt-shop", TIDY, "ours too")
    body = _run(workspace, "follow-up", "2")["draft"]["body"]
    assert "We have seen it on one more site since then. It happens with PHP 8.4 too." in body
    assert "bolt" not in body


def test_what_somebody_has_worked_on_is_not_written_anew(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _run(workspace, "follow-up", "2", code=3)
    _fill(workspace, monkeypatch, tmp_path)
    again = _run(workspace, "follow-up", "2")
    assert "It happens with PHP 8.4 too." in again["draft"]["body"]
    assert "fill in" in _run(workspace, "follow-up", "2", "--now", code=3)["draft"]["body"]


def test_what_was_sent_once_is_not_said_again_and_the_next_step_waits(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace.do("fork", "import", TIDY, "--from", tmp_path / "sources" / "2.0.0")
    _run(workspace, "follow-up", "2")
    workspace.do("submission", "mark", "2", "sent", "--at", "2026-10-20")
    second = _run(workspace, "follow-up", "2")
    assert second["step"] == 2
    assert "2.0.0 does not have the fix" not in second["draft"]["body"]
    workspace.do("submission", "mark", "2", "sent")
    assert (_run(workspace, "follow-up", "2")["step"], _run(workspace, "follow-up", "2")["polite"]) == (3, False)


def test_steps_are_left_out_with_a_reason_that_stands_in_the_history(workspace: Workspace) -> None:
    assert _step(workspace) == 2
    changes = _run(workspace, "show", "2")["changes"]
    assert changes[-1]["note"] == "step 1 of the ladder left out: not this time"
    assert workspace.run("submission", "follow-up", "2", "--skip", " ").code == 1


def test_another_road_gets_a_whole_report_that_names_the_first(workspace: Workspace) -> None:
    answer = workspace.run("submission", "follow-up", "2", "--via", "trac", "--json")
    draft = answer.json["draft"]
    assert (draft["submission"], draft["channel"], draft["goes_on_from"]) == ("SUB-3", "trac", "SUB-2")
    assert PULL in draft["body"]
    refused = workspace.run("submission", "follow-up", "2")
    assert (refused.code, "SUB-2 goes on as SUB-3" in refused.err) == (1, True)


def test_what_is_secret_goes_to_no_public_road(workspace: Workspace) -> None:
    workspace.do("incident", "set", "1", "--security")
    refused = workspace.run("submission", "follow-up", "2", "--via", "forum")
    assert (refused.code, "no public road" in refused.err) == (1, True)
    while _step(workspace) < 6:
        assert _run(workspace, "follow-up", "2")["road"] in (None, "github-pr", "email", "ticket", "security")


def test_the_end_of_the_ladder_is_a_decision(workspace: Workspace) -> None:
    while _step(workspace) < 6:
        pass
    found = _run(workspace, "follow-up", "2", code=3)
    assert (found["step"], found["draft"]) == (6, None)
    assert any("plugwatch patch stance pw-" in sentence for sentence in found["decide"])
    shown = workspace.run("submission", "follow-up", "2")
    assert shown.code == 3
    assert f"tried: a pull request, 2026-10-01: {PULL}" in shown.err
    assert workspace.run("submission", "follow-up", "2", "--skip", "no").code == 1


def test_the_offer_to_take_it_over_lists_the_attempts(workspace: Workspace) -> None:
    while _step(workspace) < 5:
        pass
    found = _run(workspace, "follow-up", "2", "--now")
    assert (found["step"], found["draft"]["kind"]) == (5, "adoption")
    assert "a pull request, 2026-10-01" in found["draft"]["body"]


def test_the_same_thread_may_be_asked_once_more_in_place_of_another_road(workspace: Workspace) -> None:
    while _step(workspace) < 3:
        pass
    found = _run(workspace, "follow-up", "2", "--via", "github-pr")
    assert (found["step"], found["draft"]["kind"], found["draft"]["submission"]) == (3, "follow-up", "SUB-2")
    assert "still maintained" in found["draft"]["body"]


@pytest.mark.parametrize("status", ["released", "withdrawn", "changes-requested"])
def test_nobody_is_silent_about_what_does_not_lie_with_them(workspace: Workspace, status: str) -> None:
    workspace.do("submission", "mark", "2", status)
    assert workspace.run("submission", "follow-up", "2").code == 1


def test_a_refusal_is_a_decision_at_once(workspace: Workspace) -> None:
    workspace.do("submission", "mark", "2", "rejected")
    found = _run(workspace, "follow-up", "2", code=3)
    assert (found["step"], len(found["decide"])) == (None, 3)


def test_the_mornings_list_names_the_step_and_its_command(workspace: Workspace) -> None:
    (silent,) = workspace.do("today", "--json").json["silent_vendors"]
    assert (silent["submission"], silent["step"], silent["next"]) == (
        "SUB-2",
        1,
        "plugwatch submission follow-up SUB-2",
    )
    assert silent["since"] < silent["due"]


# Answers


@pytest.mark.parametrize("asks", ["details", "login", "log", "other"])
def test_an_answer_says_our_words_and_takes_the_place_of_what_had_not_left(workspace: Workspace, asks: str) -> None:
    _run(workspace, "follow-up", "2", code=3)
    reply = workspace.run(
        "submission", "reply", "2", "--asks", asks, "--text", "It needs a cached page.", "--json"
    ).json
    assert (reply["kind"], reply["state"]) == ("reply", "draft")
    assert "It needs a cached page." in reply["body"]
    states = [(post["kind"], post["state"]) for post in _run(workspace, "show", "2")["posts"]]
    assert states == [("patch", "sent"), ("follow-up", "superseded"), ("reply", "draft")]


def test_changes_that_nobody_has_made_are_a_blank_and_those_that_were_made_go_along(
    workspace: Workspace, tmp_path: Path
) -> None:
    same = _run(workspace, "reply", "2", "--asks", "changes", "--text", "Renamed.", code=3)
    assert "the reworked patch" in same["body"]

    workspace.do("fork", "import", TIDY, "--from", tmp_path / "sources" / "2.0.0")
    workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")
    reworked = workspace.run("submission", "reply", "2", "--asks", "changes", "--text", "Renamed.", "--json").json
    assert "is on this branch now" in reworked["body"]


def test_what_was_never_sent_is_not_answered(workspace: Workspace) -> None:
    workspace.run("submission", "draft", "1", "--via", "trac")
    for verb in (("reply", "3", "--asks", "log"), ("thank", "3", "--in", "2.0.0"), ("follow-up", "3")):
        refused = workspace.run("submission", *verb)
        assert (refused.code, "has not been sent" in refused.err) == (1, True)


def test_thanks_name_the_release_and_want_one(workspace: Workspace) -> None:
    refused = workspace.run("submission", "thank", "2")
    assert (refused.code, "--in V" in refused.err) == (1, True)
    thanks = _run(workspace, "thank", "2", "--in", "3.0.0")
    assert (thanks["kind"], "3.0.0" in thanks["body"]) == ("thanks", True)
