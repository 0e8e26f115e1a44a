"""``fork publish`` that is killed, or whose disk is full: the folder stays whole, and the next run completes it."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from killing import Kill, commands, copy_folder
from publishing import check_whole, set_up, site_file
from workbench import Workspace, make_carrying_workspace, snapshot, write_files

from plugwatch.cli.main import run as run_command

TIDY, LARGE = "plugin/tidy-forms", "plugin/large"
PUBLISH = ("fork", "publish")
_MOMENTS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir"}  # as Python's audit events name them


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was published, and what came since: one patch landed, one plugin is new and large."""
    place = tmp_path_factory.mktemp("kills")
    workspace = make_carrying_workspace(place)
    public = set_up(workspace)
    out = place / "builds"
    workspace.do("fork", "build", TIDY, "--out", out)
    workspace.do(*PUBLISH)
    shutil.copytree(public, place / "before")
    workspace.do("fork", "import", TIDY, "--from", place / "sources" / "3.0.0")
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    noise = random.Random(7).randbytes(1_000_000)
    header = b"<?php\n/*\n * Plugin Name: Large\n * Version: 1.0\n */\n"
    large = write_files(place / "large", {"large.php": header, "noise.bin": noise})
    workspace.do("fork", "create", LARGE, "--from", large)
    write_files(large, {"large.php": header + b"// mended\n"})
    workspace.do("patch", "capture", LARGE, large, "--title", "Mend it", "--why", "It broke.")
    workspace.do("fork", "build", LARGE, "--out", out)
    workspace.do(*PUBLISH)
    shutil.copytree(public, place / "after")
    return place


def fresh(template: Path, tmp_path: Path) -> Workspace:
    """A copy of the workspace, with the folder as it was before the last run."""
    workspace = Workspace(copy_folder(template / "ws", tmp_path / "ws"))
    shutil.rmtree(workspace.folder / "public")
    shutil.copytree(template / "before", workspace.folder / "public")
    return workspace


def is_whole(template: Path, workspace: Workspace) -> None:
    """Every address leads somewhere, nothing that was there is gone, and one run more completes it."""
    public = workspace.folder / "public"
    assert check_whole(public) >= 4
    before = {path: data for path, data in snapshot(template / "before").items() if path.startswith("builds/")}
    assert before.items() <= snapshot(public).items()
    assert site_file(public)[TIDY]["state"] in ("build", "stock")
    workspace.do(*PUBLISH)
    assert snapshot(public) == snapshot(template / "after")


def run_apart(workspace: Workspace, prepare: Callable[[], None]) -> int:
    """``fork publish`` in a process of its own that is prepared first; its exit code, negative for a signal."""
    child = os.fork()
    if not child:
        sys.stderr = (workspace.folder / "said").open("w", buffering=1)
        prepare()
        code = run_command(["--workspace", str(workspace.folder), *PUBLISH])
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(moment: int) -> Callable[[], None]:
    """Die right before this call that changes the disk, counted over the whole run."""

    def prepare() -> None:
        left = moment

        def watch(event: str, _args: object) -> None:
            nonlocal left
            if event in _MOMENTS:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)

    return prepare


def test_a_kill_before_any_change_of_the_disk_leaves_a_whole_folder(template: Path, tmp_path: Path) -> None:
    died, moment = 0, 1
    while True:
        workspace = fresh(template, tmp_path)
        code = run_apart(workspace, killed_at(moment))
        is_whole(template, workspace)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        died, moment = died + 1, moment + 7
    assert died >= 5


def test_a_kill_at_any_moment_leaves_a_whole_folder(template: Path, tmp_path: Path) -> None:
    with commands(tmp_path / "killer") as killer:
        workspace = fresh(template, tmp_path)
        seconds = killer.do(workspace, *PUBLISH).seconds
        chance = random.Random(7)
        for _ in range(2):
            workspace = fresh(template, tmp_path)
            killer.run(workspace, *PUBLISH, kill=Kill(delay=chance.uniform(seconds / 3, seconds)))
            is_whole(template, workspace)


def test_a_full_disk_leaves_a_whole_folder(template: Path, tmp_path: Path) -> None:
    workspace = fresh(template, tmp_path)
    limit = 800_000  # less than the ZIP that is to come; the ledger needs some of it

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    assert run_apart(workspace, prepare) == 1
    assert "large.1.0.0.0-p1.zip: it cannot be written: File too large" in (workspace.folder / "said").read_text()
    assert not (workspace.folder / "public" / "builds" / "plugin" / "large").exists()
    is_whole(template, workspace)


def test_two_at_once_leave_a_whole_folder(template: Path, tmp_path: Path) -> None:
    workspace = fresh(template, tmp_path)
    both = [workspace.start(*PUBLISH) for _ in range(2)]
    ended = sorted((child.wait(), child.communicate()[1]) for child in both)
    assert ended[0][0] == 0
    assert ended[1][0] == 0 or b"another process" in ended[1][1]
    is_whole(template, workspace)
