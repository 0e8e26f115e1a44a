"""``fork undo`` and ``fork log`` as a user gives them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workbench import Answer, Workspace, environment, git, git_text, make_carrying_workspace, public_refs

from plugwatch.forks import lock

TIDY = "plugin/tidy-forms"

HOLD = """
import sys
from pathlib import Path
from plugwatch.forks.lock import locked
with locked(Path(sys.argv[1]), "fork import"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace where ana has carried a patch from 1.0.0 to 2.0.0 and built it."""
    folder = tmp_path_factory.mktemp("undo")
    with environment(PLUGWATCH_USER="ana"):
        workspace = make_carrying_workspace(folder)
        workspace.do("fork", "import", TIDY, "--from", folder / "sources" / "2.0.0")
        workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def build(workspace: Workspace) -> str:
    """Build the newest stack; the version of the build."""
    answer = workspace.do("fork", "build", TIDY, "--out", workspace.folder.parent / "out", "--json")
    return str(answer.json["build"])


def runs(workspace: Workspace, version: str) -> None:
    """A site shows this version of the plugin."""
    listed = [{"name": "tidy-forms", "status": "active", "update": "none", "version": version}]
    path = workspace.folder.parent / "list.json"
    path.write_text(json.dumps(listed))
    workspace.do("site", "add", "shop", "--client", "Brightside Bikes")
    workspace.do("site", "import", "shop", path)


def on_a_terminal(workspace: Workspace, *args: str, typed: str) -> tuple[int, str]:
    """Run a command whose standard input is a terminal; its exit code and all that it wrote."""
    ours, theirs = os.openpty()
    os.write(ours, typed.encode())
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "rb") as terminal:
        done = subprocess.run(
            [sys.executable, "-m", "plugwatch", "--workspace", str(workspace.folder), *args],
            stdin=terminal,
            capture_output=True,
            check=False,
        )
    return done.returncode, (done.stdout + done.stderr).decode()


def test_undo_says_what_it_did_and_the_next_undo_takes_that_back(workspace: Workspace) -> None:
    tip = public_refs(workspace.fork())["refs/heads/carried/2.0.0"]
    answer = workspace.do("fork", "undo", TIDY, "--yes")
    assert answer.out.splitlines()[0].startswith("plugin/tidy-forms: fork upgrade to 2.0.0 by ana, ")
    assert answer.out.splitlines()[0].endswith(": undone")
    assert answer.out.splitlines()[1:] == ["  refs/heads/carried/2.0.0: goes"]
    assert "to take this back: plugwatch fork undo plugin/tidy-forms · " in answer.err
    assert "to go further back: plugwatch fork undo plugin/tidy-forms --operation 3" in answer.err
    assert "refs/heads/carried/2.0.0" not in public_refs(workspace.fork())
    assert [row["on"] for row in workspace.do("patch", "list", TIDY, "--json").json] == ["1.0.0"]
    again = workspace.do("fork", "undo", TIDY, "--yes")
    assert "fork upgrade to 2.0.0 by ana" in again.out
    assert ": done again\n  refs/heads/carried/2.0.0: comes\n" in again.out
    assert public_refs(workspace.fork())["refs/heads/carried/2.0.0"] == tip
    assert [row["on"] for row in workspace.do("patch", "list", TIDY, "--json").json] == ["2.0.0"]


def test_undo_as_json(workspace: Workspace) -> None:
    tip = public_refs(workspace.fork())["refs/heads/carried/2.0.0"]
    document = workspace.do("fork", "undo", TIDY, "--yes", "--json").json
    at = document["undone"].pop("at")
    assert at.startswith("20")
    assert document == {
        "component": TIDY,
        "operation": 5,
        "undone": {"operation": 4, "command": "fork upgrade", "what": "fork upgrade to 2.0.0", "actor": "ana"},
        "redone": None,
        "refs": [{"ref": "refs/heads/carried/2.0.0", "from": tip, "to": None}],
    }
    again = workspace.do("fork", "undo", TIDY, "--yes", "--json").json
    assert (again["undone"]["command"], again["redone"]) == ("fork undo", "fork upgrade to 2.0.0")


def test_log_lists_what_was_done_and_what_of_it_holds(workspace: Workspace) -> None:
    for _ in range(3):
        workspace.do("fork", "undo", TIDY, "--yes")
    rows: list[dict[str, Any]] = workspace.do("fork", "log", TIDY, "--json").json
    told = [(row["operation"], row["what"], row["undoes"], row["undone"]) for row in rows]
    assert told == [
        (7, "fork undo", 6, False),
        (6, "fork undo", 5, True),
        (5, "fork undo", 4, False),
        (4, "fork upgrade to 2.0.0", None, True),
        (3, "fork import 2.0.0", None, False),
        (2, "patch capture on 1.0.0", None, False),
        (1, "fork import 1.0.0", None, False),
    ]
    assert {row["actor"] for row in rows[3:]} == {"ana"}
    refs = public_refs(workspace.fork())
    assert rows[-1]["refs"] == [
        {"ref": "refs/tags/upstream/1.0.0", "from": None, "to": refs["refs/tags/upstream/1.0.0"]},
        {"ref": "refs/heads/upstream", "from": None, "to": refs["refs/tags/upstream/1.0.0"]},
    ]
    shown = workspace.do("fork", "log", TIDY)
    lines = [line.split("\t") for line in shown.out.splitlines()]
    assert lines[0] == ["#", "AT", "BY", "WHAT", "PATCHES", "STATE"]
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    assert [(line[0], *line[3:]) for line in lines[2:7]] == [
        ("6", "fork undo of 5", "", "undone"),
        ("5", "fork undo of 4", "", ""),
        ("4", "fork upgrade to 2.0.0", "1 carried", "undone"),
        ("3", "fork import 2.0.0", "", ""),
        ("2", "patch capture on 1.0.0", f"{patch} (Wait a minute)", ""),
    ]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d", lines[1][1])
    assert rows[3]["patches"] == [{"what": "carried", "patch": patch, "title": "Wait a minute"}]
    assert "plugwatch fork undo plugin/tidy-forms" in shown.err


def test_what_was_dropped_is_told_with_the_evidence_until_it_is_undone(workspace: Workspace) -> None:
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    workspace.do("patch", "drop", patch, "--why", "The client left.")
    (dropped,) = workspace.do("fork", "show", TIDY, "--json").json["dropped"]
    assert dropped.pop("at").startswith("20")
    assert dropped.pop("evidence")[0] == "The client left."
    assert dropped.pop("actor") == workspace.do("fork", "log", TIDY, "--json").json[0]["actor"]
    assert dropped == {"patch": patch, "title": "Wait a minute", "version": "2.0.0", "verdict": "dropped"}
    shown = workspace.do("fork", "show", TIDY).out
    assert f"{patch}\tWait a minute\t2.0.0\tdropped\t" in shown
    assert f"  {patch}: The client left.\n" in shown
    assert f"dropped {patch} (Wait a minute)" in workspace.do("fork", "log", TIDY).out
    workspace.do("fork", "undo", TIDY, "--yes")
    assert workspace.do("fork", "show", TIDY, "--json").json["dropped"] == []


def test_what_a_remote_may_have_comes_back_and_that_is_said(workspace: Workspace) -> None:
    bare = workspace.folder.parent / "shared.git"
    git(workspace.folder, "init", "--quiet", "--bare", str(bare))
    workspace.do("fork", "sync", TIDY, str(bare))
    said = f"if {bare} has it already, the next 'fork sync' brings it back here"
    answer = workspace.do("fork", "undo", TIDY, "--yes")
    assert said in answer.err
    assert "--take ours" not in answer.err  # nothing would be left there
    assert said not in workspace.do("fork", "undo", TIDY, "--yes").err
    workspace.do("fork", "undo", TIDY, "--yes")
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    workspace.do("patch", "drop", patch, "--why", "The client left.")
    taken = f"run 'plugwatch fork sync {TIDY} --on 1.0.0 --take ours' when it is undone"
    assert taken in workspace.do("fork", "undo", TIDY, "--yes").err


def test_an_earlier_one_is_undone_when_nothing_rests_on_it(workspace: Workspace) -> None:
    refused = workspace.run("fork", "undo", TIDY, "--operation", "2", "--yes")
    assert (refused.code, refused.out) == (1, "")
    assert "operation 4 of plugin/tidy-forms came after 2; undo that one first" in refused.err
    for number in ("4", "3", "2"):
        workspace.do("fork", "undo", TIDY, "--operation", number, "--yes")
    assert workspace.do("patch", "list", TIDY, "--json").json == []
    last = workspace.do("fork", "undo", TIDY, "--operation", "1", "--yes")
    assert "to go further back" not in last.err
    assert public_refs(workspace.fork()) == {}
    sources = workspace.folder.parent / "sources"
    workspace.do("fork", "create", TIDY, "--from", sources / "1.0.0")  # as if it had never been
    assert len(workspace.do("fork", "log", TIDY, "--json").json) == 9


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        ((TIDY, "--operation", "99", "--yes"), 1, "has no operation 99; see 'plugwatch fork log plugin/tidy-forms'"),
        ((TIDY, "--operation", "0", "--yes"), 2, "Invalid value for '--operation'"),
        ((TIDY, "--operation", "4\x1b[0m", "--yes"), 2, "Invalid value for '--operation'"),
        ((TIDY, "--operation", "9" * 30, "--yes"), 1, "has no operation 999"),
        (("plugin/other", "--yes"), 1, "there is no fork of plugin/other yet"),
        (("--yes",), 2, "Missing argument 'COMPONENT'"),
        ((TIDY,), 2, "give --yes to undo without being asked"),
    ],
)
def test_bad_input_is_one_sentence(workspace: Workspace, args: tuple[str, ...], code: int, sentence: str) -> None:
    before = public_refs(workspace.fork())
    answer = workspace.run("fork", "undo", *args)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert public_refs(workspace.fork()) == before


@pytest.mark.parametrize(("typed", "done"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_it_asks(workspace: Workspace, typed: str, done: bool) -> None:
    before = public_refs(workspace.fork())
    ended, text = on_a_terminal(workspace, "fork", "undo", TIDY, typed=typed)
    assert ended == 0, text
    assert "operation 4: fork upgrade to 2.0.0 by ana" in text
    assert "  refs/heads/carried/2.0.0: goes" in text
    assert "Undo it? [y/N]" in text
    gone = "refs/heads/carried/2.0.0" not in public_refs(workspace.fork())
    assert gone == done
    assert ("nothing was undone" in text) == (not done)
    assert gone or public_refs(workspace.fork()) == before


def refused(workspace: Workspace, reason: str) -> Answer:
    """The last operation is not undone, for this reason, but with --force."""
    before = public_refs(workspace.fork())
    answer = workspace.run("fork", "undo", TIDY, "--yes")
    assert (answer.code, answer.out) == (1, "")
    assert reason in answer.err
    assert "undo it all the same with --force" in answer.err
    assert public_refs(workspace.fork()) == before
    return workspace.do("fork", "undo", TIDY, "--yes", "--force")


def test_a_build_that_a_site_runs_is_not_undone(workspace: Workspace) -> None:
    version = build(workspace)
    runs(workspace, version)
    refused(workspace, f"operation 5 of plugin/tidy-forms (fork build {version}) is in use: shop runs {version};")
    assert not [name for name in public_refs(workspace.fork()) if name.startswith("refs/tags/build/")]
    redone = workspace.do("fork", "undo", TIDY, "--yes")  # to bring it back harms nobody
    assert f"refs/tags/build/{version}: comes" in redone.out
    assert workspace.run("fork", "undo", TIDY, "--yes").code == 1


def test_a_build_that_no_site_runs_is_undone(workspace: Workspace) -> None:
    build(workspace)
    runs(workspace, "2.0.0")
    workspace.do("fork", "undo", TIDY, "--yes")
    assert workspace.do("fork", "show", TIDY, "--json").json["releases"][1]["builds"] == []


def test_a_patch_that_a_submission_rests_on_is_not_undone(workspace: Workspace) -> None:
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    drafted = workspace.run("submission", "draft", patch, "--via", "email", "--json")
    assert drafted.json["submission"] == "SUB-1"
    for number in ("4", "3"):
        workspace.do("fork", "undo", TIDY, "--operation", number, "--yes")
    answer = workspace.run("fork", "undo", TIDY, "--operation", "2", "--yes")
    assert answer.code == 1
    assert f"SUB-1 (draft) rests on {patch}" in answer.err
    workspace.do("fork", "undo", TIDY, "--operation", "2", "--yes", "--force")
    assert workspace.run("patch", "show", patch).code == 1


def test_a_ref_that_somebody_moved_keeps_everything_as_it_is(workspace: Workspace) -> None:
    release = git_text(workspace.fork(), "rev-parse", "refs/tags/upstream/2.0.0")
    git(workspace.fork(), "update-ref", "refs/heads/carried/2.0.0", release)
    answer = workspace.run("fork", "undo", TIDY, "--yes", "--force")
    assert answer.code == 1
    assert "refs/heads/carried/2.0.0 was moved since by something other than plugwatch" in answer.err
    assert len(workspace.do("fork", "log", TIDY, "--json").json) == 4


def test_a_second_command_says_who_is_at_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT", 0.2)
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.fork() / "plugwatch.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout
        assert child.stdout.readline() == b"held\n"
        answer = workspace.run("fork", "undo", TIDY, "--yes")
        assert answer.code == 1
        assert f"tidy-forms.git is in use by 'fork import' (process {child.pid} of " in answer.err
        assert workspace.do("fork", "log", TIDY).code == 0  # who only reads need not wait
    finally:
        child.kill()
        child.communicate()
    workspace.do("fork", "undo", TIDY, "--yes")


@pytest.mark.parametrize(
    ("at", "words"),
    [("2020-01-01T00:00:00+00:00", "days ago"), ("2999-01-01T00:00:00+00:00", "just now")],
)
def test_how_long_ago_it_was(workspace: Workspace, at: str, words: str) -> None:
    from plugwatch.forks.fork import Fork
    from plugwatch.model.component import Component
    from plugwatch.model.operation import Operation, RefChange

    fork = Fork(workspace.fork(), Component.parse(TIDY))
    moved = RefChange("refs/heads/carried/9", None, fork.stacks()["1.0.0"])
    odd = Operation("0" * 26, TIDY, "fork \x1b[31mred", "kim\x1b[0m", at, (moved,), {})
    with fork.writing("x"):
        fork.commit(odd)
    answer = workspace.do("fork", "undo", TIDY, "--yes")
    assert words in answer.out
    assert "\x1b" not in answer.out + answer.err + workspace.do("fork", "log", TIDY).out
