"""SIGKILL in the commands that write: the next command finds one sound state, before or after, and goes on from there.

Each command is killed around every call of git that writes, in every transaction of refs (also with git, and with a git
that lives on), at statements of the ledger, and at moments drawn from a fixed seed.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from killing import Commands, copy_folder
from soundness import check_agreement, check_clean, state
from workbench import Workspace, mail_file, make_carrying_workspace, plugin, write_files

TIDY = "plugin/tidy-forms"
SITE = "shop"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a fork, a patch, the release to upgrade to, a site with a list, and what is to be imported."""
    folder = tmp_path_factory.mktemp("kills")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "import", TIDY, "--from", folder / "sources" / "2.0.0")
    more = {f"vendor/package-{n // 20}/class-{n}.php": b"<?php // class %d\n" % n * 30 for n in range(100)}
    write_files(folder / "large", plugin("3.0.0") | more)
    write_files(folder / "edited", plugin("1.0.0", readme=b"Ours\n"))
    write_files(folder / "by-hand", plugin("2.0.0", mail=mail_file(subject="'Hello'"), readme=b"Ours\n"))
    (folder / "readme.patch").write_text(
        "--- a/readme.txt\n+++ b/readme.txt\n@@ -1,2 +1,3 @@\n === Tidy Forms ===\n Forms, tidied.\n+Ours.\n"
    )
    workspace.do("site", "add", SITE, "--client", "acme")
    for name, version in (("old", "1.0"), ("new", "2.0")):
        listed = [
            {"name": f"plugin-{n}", "status": "active", "update": "none", "version": f"{version}.{n}"}
            for n in range(400)
        ]
        (folder / f"{name}.json").write_text(json.dumps(listed))
    workspace.do("site", "import", SITE, folder / "old.json", "--at", "2026-01-01")
    return folder


@dataclass(frozen=True)
class Case:
    """A command that is killed, and what comes next: ``read`` writes nothing, ``write`` finds nothing to change.

    Where the kill came before everything, the command itself is given again instead. ``least`` is how many kills must
    come in time.
    """

    args: tuple[str | Path, ...]
    read: tuple[str | Path, ...]
    write: tuple[str | Path, ...]
    fork: str = TIDY
    least: int = 24


def survive(killer: Commands, template: Path, folder: Path, case: Case) -> None:
    """Kill a command at each place of its plan, each time on a new copy of the workspace."""
    before = state(Workspace(template / "ws"), case.fork)
    whole = Workspace(copy_folder(template / "ws", folder / "ws"))
    kills = killer.plan(whole, *case.args)
    after = state(whole, case.fork)
    assert after != before
    killed = 0
    for number, kill in enumerate(kills):
        workspace = Workspace(copy_folder(template / "ws", folder / "ws"))
        ran = killer.run(workspace, *case.args, kill=kill)
        assert ran.code == -9 or kill.delay is not None, (kill, ran)
        killed += ran.code == -9
        killer.do(workspace, *case.read)
        if kill.how == "outlived":
            ran.wait_for_git()
            killer.do(workspace, *case.read)
        found = state(workspace, case.fork)
        assert found in (before, after), kill
        check_agreement(workspace, case.fork)
        if number % 2:
            again = found == before
            killer.do(workspace, *(case.args if again else case.write))
            assert state(workspace, case.fork) == (after if again else found), kill
            check_clean(workspace, case.fork)
    assert killed >= case.least, killed


IMPORT = ("fork", "import", TIDY, "--from")


def cases(folder: Path) -> dict[str, Case]:
    """What each command is given."""
    show, known = ("fork", "show", TIDY, "--json"), (*IMPORT, folder / "sources" / "1.0.0")
    commands = {
        "fork import": (*IMPORT, folder / "large"),
        "fork upgrade": ("fork", "upgrade", TIDY, "--to", "2.0.0"),
        "fork undo": ("fork", "undo", TIDY, "--yes"),
        "patch import": ("patch", "import", TIDY, folder / "readme.patch", "--title", "Ours"),
        "patch capture": ("patch", "capture", TIDY, folder / "edited", "--title", "Ours"),
        "patch drop": ("patch", "drop", "1", "--why", "Not needed"),
        "fork adopt": ("fork", "adopt", folder / "by-hand", TIDY),
        "fork build": ("fork", "build", TIDY, "--out", folder / "out"),
    }
    return {name: Case(args, show, known) for name, args in commands.items()}


COMMANDS = tuple(cases(Path()))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_command_is_before_or_after(template: Path, tmp_path: Path, killer: Commands, command: str) -> None:
    survive(killer, template, tmp_path, cases(template)[command])


def test_a_killed_creation_leaves_a_fork_with_its_release_or_none(
    template: Path, tmp_path: Path, killer: Commands
) -> None:
    args = ("fork", "create", "plugin/large", "--from", template / "large")
    known = ("fork", "import", "plugin/large", "--from", template / "large")
    survive(killer, template, tmp_path, Case(args, ("fork", "list"), known, fork="plugin/large"))


def test_a_killed_build_leaves_whole_files(template: Path, tmp_path: Path, killer: Commands) -> None:
    """What stands under its own name is whole; the next build has the same number and the same bytes."""
    out = tmp_path / "out"
    workspace = Workspace(copy_folder(template / "ws", tmp_path / "ws"))
    args = ("fork", "build", TIDY, "--out", out)
    kills = killer.plan(workspace, *args)
    whole = {path.name: path.read_bytes() for path in out.iterdir()}
    assert len(whole) == 3
    for kill in kills[::3]:
        shutil.rmtree(out)
        copy_folder(template / "ws", workspace.folder)
        ran = killer.run(workspace, *args, kill=kill)
        if kill.how == "outlived":
            ran.wait_for_git()
        found = {path.name: path.read_bytes() for path in out.glob("tidy-forms.*")} if out.exists() else {}
        assert found.items() <= whole.items(), kill
        killer.do(workspace, *args)
        assert {path.name: path.read_bytes() for path in out.glob("tidy-forms.*")} == whole


def test_a_killed_list_of_a_site_is_read_or_not(template: Path, tmp_path: Path, killer: Commands) -> None:
    args = ("site", "import", SITE, template / "new.json", "--at", "2026-02-02")
    look = ("component", "where", "plugin/plugin-7")
    survive(killer, template, tmp_path, Case(args, look, ("fork", "list"), least=8))
