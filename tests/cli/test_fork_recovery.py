"""A command that was killed between git and the ledger: the next one goes on from there."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workbench import (
    Workspace,
    fsck,
    git_text,
    make_carrying_workspace,
    make_workspace,
    public_refs,
)

from plugwatch.ledger.database import open_ledger

TIDY = "plugin/tidy-forms"

# The real functions in their real order, and a kill where the argument says. No lock and no handler survives it.
DRIVER = """
import os, signal, sys
from pathlib import Path
from plugwatch.cli.context import App
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.workflows import forks as workflow

folder, verb, point, source = sys.argv[1:]
app = App(folder)
fork = open_fork(app, "plugin/tidy-forms")

def reach(here):
    if here == point:
        os.kill(os.getpid(), signal.SIGKILL)

with writing(app, fork, f"fork {verb}"):
    if verb == "import":
        found = workflow.import_release(fork, Path(source), shown="3", version=None, stamp=stamp(app))
    else:
        found = workflow.upgrade(fork, "2.0.0", (), stamp=stamp(app))
    operation = found[1]
    reach("objects")
    fork.record(operation)
    reach("record")
    fork.git.update_refs(operation.refs[:1])
    (fork.directory / "refs" / "heads" / "upstream.lock").touch()
    reach("half")
    (fork.directory / "refs" / "heads" / "upstream.lock").unlink()
    fork.git.update_refs(operation.refs[1:]) if operation.refs[1:] else None
    reach("refs")
    fork.roll_forward()
    reach("done")
"""
POINTS = ["objects", "record", "half", "refs", "done"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a patch on 1.0.0 and release 2.0.0, with sources beside it."""
    folder = tmp_path_factory.mktemp("template")
    make_carrying_workspace(folder).do("fork", "import", TIDY, "--from", folder / "sources" / "2.0.0")
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def index(workspace: Workspace) -> dict[str, list[Any]]:
    """What the ledger says of the forks."""
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace.folder) as ledger, ledger.reading() as work:
        rows = work.forks._queries._connection.rows
        return {
            "operations": [r[0] for r in rows("select command from fork_operation order by id", {})],
            "releases": rows("select version, commit_id from fork_release order by version", {}),
            "stacks": rows("select version, position, patch_id from stack_entry order by version, position", {}),
        }


def killed(workspace: Workspace, verb: str, point: str) -> None:
    source = workspace.folder.parent / "sources" / "3.0.0"
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(workspace.folder), verb, point, str(source)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("verb", ["import", "upgrade"])
def test_the_next_command_finds_a_sound_fork_and_ledger(workspace: Workspace, verb: str, point: str) -> None:
    refs, rows = public_refs(workspace.fork()), index(workspace)
    killed(workspace, verb, point)
    answer = workspace.run_apart("fork", "show", TIDY, "--json")
    assert answer.code == 0, answer
    after_refs, after_rows = public_refs(workspace.fork()), index(workspace)
    if point == "objects":
        assert (after_refs, after_rows) == (refs, rows)
    elif verb == "import":
        commit = git_text(workspace.fork(), "rev-parse", "refs/tags/upstream/3.0.0")
        assert after_refs == refs | {"refs/tags/upstream/3.0.0": commit, "refs/heads/upstream": commit}
        assert after_rows["releases"] == [*rows["releases"], ("3.0.0", commit)]
        assert after_rows["operations"] == [*rows["operations"], "fork import"]
    else:
        assert after_refs.keys() - refs.keys() == {"refs/heads/carried/2.0.0"}
        patch = rows["stacks"][0][2]
        assert after_rows["stacks"] == [("1.0.0", 0, patch), ("2.0.0", 0, patch)]
        assert after_rows["operations"] == [*rows["operations"], "fork upgrade"]
    assert [p.name for p in workspace.fork().rglob("*.lock")] == ["plugwatch.lock"]
    assert fsck(workspace.fork()) == ""
    # Asked again, nothing is done twice, and the command that was killed can be given again.
    workspace.do("fork", "list")
    assert (public_refs(workspace.fork()), index(workspace)) == (after_refs, after_rows)
    if verb == "import":
        workspace.do("fork", "import", TIDY, "--from", workspace.folder.parent / "sources" / "3.0.0")
    elif point == "objects":
        workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")


def test_a_patch_that_was_recorded_is_found_by_its_id(workspace: Workspace, tmp_path: Path) -> None:
    """The row is missing, git is the truth: a command that starts from the ledger looks there first."""
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    shutil.copy(make_workspace(tmp_path / "new").folder / "plugwatch.db", workspace.folder)
    answer = workspace.run_apart("patch", "show", patch, "--json")
    assert answer.code == 0, answer
    assert answer.json["on"] == "1.0.0"
    assert index(workspace)["operations"] == ["fork import", "patch capture", "fork import"]


def test_a_second_command_waits_for_the_first(workspace: Workspace) -> None:
    """Both import at once; both are there, whoever came first."""
    sources = workspace.folder.parent / "sources"
    children = [workspace.start("fork", "import", TIDY, "--from", sources / v) for v in ("2.1.0", "3.0.0", "3.0.0")]
    ended = [(child.communicate(), child.returncode) for child in children]
    assert [code for _output, code in ended] == [0, 0, 0], ended
    assert [version for version, _commit in index(workspace)["releases"]] == ["1.0.0", "2.0.0", "2.1.0", "3.0.0"]
    assert index(workspace)["operations"].count("fork import") == 4
    refs = public_refs(workspace.fork())
    assert refs["refs/heads/upstream"] == refs["refs/tags/upstream/3.0.0"]


def test_two_creations_at_once_make_one_fork(workspace: Workspace) -> None:
    sources = workspace.folder.parent / "sources"
    children = [workspace.start("fork", "create", "plugin/other", "--from", sources / v) for v in ("1.0.0", "2.0.0")]
    for child in children:
        _out, err = child.communicate()
        assert child.returncode == 0 or b"there is a fork of plugin/other already" in err
    assert fsck(workspace.fork("plugin/other")) == ""
    assert workspace.do("fork", "show", "plugin/other", "--json").json["releases"]
