"""SIGKILL at random moments of the commands that write: the next command finds one sound state, before or after.

The delays are drawn from a fixed seed and spread over the time that the command takes here.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from workbench import Workspace, fsck, git_text, make_carrying_workspace, plugin, public_refs, write_files

TIDY = "plugin/tidy-forms"
KILLS = 15
SITE = "shop"
TABLES = ("fork_operation", "fork_release", "patch", "stack_entry", "patch_drop", "build", "component", "installation")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a fork, a patch, the release to upgrade to, a site with a list, and what is to be imported."""
    folder = tmp_path_factory.mktemp("kills")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "import", TIDY, "--from", folder / "sources" / "2.0.0")
    more = {f"vendor/package-{n // 20}/class-{n}.php": b"<?php // class %d\n" % n * 30 for n in range(300)}
    write_files(folder / "large", plugin("3.0.0") | more)
    workspace.do("site", "add", SITE, "--client", "acme")
    for name, version in (("old", "1.0"), ("new", "2.0")):
        listed = [
            {"name": f"plugin-{n}", "status": "active", "update": "none", "version": f"{version}.{n}"}
            for n in range(400)
        ]
        (folder / f"{name}.json").write_text(json.dumps(listed))
    workspace.do("site", "import", SITE, folder / "old.json", "--at", "2026-01-01")
    return folder


def state(workspace: Workspace) -> dict[str, Any]:
    """All that fork and ledger say, without what differs from run to run (ids made by the clock, times)."""
    # Only closing it takes the write-ahead log away; left to chance, it vanishes while the folder is being copied.
    with closing(sqlite3.connect(workspace.folder / "plugwatch.db")) as ledger:
        assert ledger.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert ledger.execute("pragma foreign_key_check").fetchall() == []
        counts = {table: ledger.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES}
        releases = ledger.execute("select version, commit_id from fork_release order by version").fetchall()
        stacks = ledger.execute("select version, position, patch_id from stack_entry order by 1, 2").fetchall()
        operations = [row[0] for row in ledger.execute("select id from fork_operation order by id")]
    return {
        "refs": public_refs(workspace.fork()),
        "counts": counts,
        "releases": releases,
        "stacks": stacks,
        "operations": len(operations),
    }


def check_agreement(workspace: Workspace, found: dict[str, Any]) -> None:
    """git and ledger tell the same, and neither is damaged."""
    directory = workspace.fork()
    assert fsck(directory) == ""
    assert [p.name for p in directory.rglob("*.lock")] == ["plugwatch.lock"]
    tags = {n.removeprefix("refs/tags/upstream/"): c for n, c in found["refs"].items() if "/upstream/" in n}
    assert dict(found["releases"]) == tags
    operations = git_text(directory, "for-each-ref", "--format=%(objectname)", "refs/plugwatch/ops").splitlines()
    assert found["operations"] == len(operations)
    assert git_text(directory, "rev-parse", "refs/plugwatch/done") in operations
    carried = {n.removeprefix("refs/heads/carried/") for n in found["refs"] if "/carried/" in n}
    assert {version for version, _position, _patch in found["stacks"]} == carried


def run_killed(workspace: Workspace, args: tuple[str | Path, ...], delay: float, *, group: bool) -> float | None:
    """Start a command and kill it after a while; None where the kill came in time, else how long the command took.

    With ``group`` the programs that it has started die as well; without, they outlive it, as after ``kill -9 PID``.
    """
    started = time.monotonic()
    child = workspace.start(*args, group=True)
    with suppress(subprocess.TimeoutExpired):
        child.communicate(timeout=delay)
        return time.monotonic() - started
    (os.killpg if group else os.kill)(child.pid, signal.SIGKILL)
    child.communicate()
    return None if child.returncode == -signal.SIGKILL else delay


def survive(template: Path, folder: Path, args: tuple[str | Path, ...], look: Callable[[Workspace], None]) -> None:
    """Kill the command again and again, each time on a new copy; ``look`` runs the next command."""
    before = state(Workspace(template / "ws"))
    shutil.copytree(template / "ws", folder / "whole")
    whole = Workspace(folder / "whole")
    started = time.monotonic()
    answer = whole.run_apart(*args)
    duration = time.monotonic() - started
    assert answer.code == 0, answer
    after = state(whole)
    assert after != before
    chance = random.Random(f"{args[:2]}")
    seen: Counter[str] = Counter()
    for number in range(3 * KILLS):
        if number >= KILLS and seen["in time"] >= KILLS // 2:
            break
        copy = folder / str(number)
        shutil.copytree(template / "ws", copy)
        workspace = Workspace(copy)
        # The first part is Python starting up; little is to be found there.
        delay = duration * (0.3 + 0.75 * (number % KILLS + chance.random()) / KILLS)
        took = run_killed(workspace, args, delay, group=bool(number % 2))
        duration = duration if took is None else (duration + took) / 2  # the machine may be less busy than at first
        look(workspace)
        found = state(workspace)
        assert found in (before, after), f"kill {number} after {delay:.3f} s of {duration:.3f} s"
        check_agreement(workspace, found)
        seen["in time" if took is None else "too late"] += 1
        if number % 3 == 0:
            again = workspace.run(*args)
            assert again.code == 0 or (found == after and "already" in again.err), again
            assert state(workspace) == after
        shutil.rmtree(copy)
    assert seen["in time"] >= KILLS // 2, seen


def test_fork_import(template: Path, tmp_path: Path) -> None:
    def look(workspace: Workspace) -> None:
        answer = workspace.run_apart("fork", "show", TIDY, "--json")
        assert answer.code == 0, answer
        assert len(answer.json["releases"]) in (2, 3)

    survive(template, tmp_path, ("fork", "import", TIDY, "--from", template / "large"), look)


def test_fork_upgrade(template: Path, tmp_path: Path) -> None:
    def look(workspace: Workspace) -> None:
        answer = workspace.run_apart("patch", "list", TIDY, "--json")
        assert answer.code == 0, answer
        assert [row["on"] for row in answer.json] in (["1.0.0"], ["2.0.0"])

    survive(template, tmp_path, ("fork", "upgrade", TIDY, "--to", "2.0.0"), look)


def test_site_import(template: Path, tmp_path: Path) -> None:
    def look(workspace: Workspace) -> None:
        answer = workspace.run_apart("component", "where", "plugin/plugin-7", "--json")
        assert answer.code == 0, answer
        assert [i["version"] for i in answer.json["installations"]] in (["1.0.7"], ["2.0.7"])

    survive(template, tmp_path, ("site", "import", SITE, template / "new.json", "--at", "2026-02-02"), look)


def test_fork_create(template: Path, tmp_path: Path) -> None:
    """A new fork is there with its release, or not there at all."""
    args = ("fork", "create", "plugin/large", "--from", template / "large")
    started = time.monotonic()
    shutil.copytree(template / "ws", tmp_path / "whole")
    assert Workspace(tmp_path / "whole").run_apart(*args).code == 0
    duration = time.monotonic() - started
    for number in range(KILLS // 3):
        copy = tmp_path / str(number)
        shutil.copytree(template / "ws", copy)
        workspace = Workspace(copy)
        run_killed(workspace, args, duration * (0.2 + 0.8 * number / (KILLS // 3)), group=bool(number % 2))
        listed = {row["component"]: row for row in workspace.run_apart("fork", "list", "--json").json}
        if "plugin/large" in listed:
            assert (listed["plugin/large"]["releases"], listed["plugin/large"]["newest"]) == (1, "3.0.0")
        again = workspace.run(*args)
        assert again.code == 0 or "already" in again.err, again
        assert fsck(workspace.fork("plugin/large")) == ""
        shutil.rmtree(copy)
