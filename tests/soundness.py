"""What must hold of a workspace after whatever happened to it: git and ledger whole, and both telling the same.

Not a test itself.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from workbench import Workspace, fsck, git_text

TABLES = ("fork_operation", "fork_release", "patch", "stack_entry", "patch_drop", "build", "component", "installation")
FILES_OF_GIT = {"HEAD", "config", "description", "info", "objects", "packed-refs", "refs"}
FILES_OF_OURS = {"plugwatch.lock", "plugwatch-sums"}


def state(workspace: Workspace, fork: str) -> dict[str, Any]:
    """All that fork and ledger say, without what differs from run to run (ids, times)."""
    # Only closing it takes the write-ahead log away; left to chance, it vanishes while the folder is being copied.
    with closing(sqlite3.connect(workspace.folder / "plugwatch.db")) as ledger:
        assert ledger.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert ledger.execute("pragma foreign_key_check").fetchall() == []
        counts = {table: ledger.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES}
        stacks = ledger.execute(
            "select slug, version, position, title from stack_entry join patch on patch.id = patch_id"
            " join component on component.id = patch.component_id order by 1, 2, 3"
        ).fetchall()
    return {"fork": trees(workspace, fork), "counts": counts, "stacks": stacks}


def trees(workspace: Workspace, fork: str) -> dict[str, str]:
    """The public refs of a fork and what they hold; nothing where there is none."""
    if not workspace.fork(fork).exists():
        return {}
    rows = git_text(workspace.fork(fork), "for-each-ref", "--format=%(refname) %(tree)", "refs/heads", "refs/tags")
    return dict(row.split(" ") for row in rows.splitlines())


def check_agreement(workspace: Workspace, fork: str) -> None:
    """git and ledger tell the same, and neither is damaged."""
    directory = workspace.fork(fork)
    if not directory.exists():
        return
    assert [line for line in fsck(directory).splitlines() if not line.startswith("notice: ")] == []
    rows = git_text(directory, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    refs = dict(row.split(" ") for row in rows)
    slug = fork.partition("/")[2]
    with closing(sqlite3.connect(workspace.folder / "plugwatch.db")) as ledger:
        mine = "(select id from component where slug = ?)"
        select = f"select version, commit_id from fork_release where component_id = {mine}"
        releases = dict(ledger.execute(select, (slug,)))
        select = f"select version, patch_id from stack_entry where component_id = {mine} order by version, position"
        stacks = ledger.execute(select, (slug,)).fetchall()
        select = f"select count(*) from fork_operation where component_id = {mine}"
        operations = ledger.execute(select, (slug,)).fetchone()[0]
    assert releases == {n.rpartition("/")[2]: c for n, c in refs.items() if n.startswith("refs/tags/upstream/")}
    carried = sorted(n.rpartition("/")[2] for n in refs if n.startswith("refs/heads/carried/"))
    assert stacks == [(version, patch) for version in carried for patch in patches(directory, version)]
    done = [commit for name, commit in refs.items() if name.startswith("refs/plugwatch/ops/")]
    assert len(done) == operations
    assert not done or refs["refs/plugwatch/done"] in done


def check_clean(workspace: Workspace, fork: str) -> None:
    """Nothing lies about in a fork that was written to after the kill."""
    directory = workspace.fork(fork)
    assert [p.name for p in directory.rglob("*.lock")] == ["plugwatch.lock"]
    assert {p.name for p in directory.iterdir()} <= FILES_OF_GIT | FILES_OF_OURS
    assert not list(directory.glob("objects/**/*tmp*"))
    assert [p.name for p in directory.parent.iterdir() if p.name.endswith((".new", ".gone"))] == []


def patches(directory: Path, version: str) -> list[str]:
    """The ids of the patches on a release, bottom first, as plain git finds them."""
    trailer = "--format=%(trailers:key=Plugwatch-Patch,valueonly,separator=)"
    return git_text(
        directory, "log", "--reverse", trailer, f"refs/tags/upstream/{version}..refs/heads/carried/{version}"
    ).split()
