"""The lock on a fork says who holds it and dies with its process."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugwatch.errors import BusyError, ForkError
from plugwatch.forks import lock
from plugwatch.forks.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from plugwatch.forks.lock import locked
with locked(Path(sys.argv[1]), "fork import"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    return child


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process has the lock for the block."""
    child = hold(path, 60)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    with held(tmp_path / "lock") as child:
        with pytest.raises(BusyError) as caught, locked(tmp_path / "lock", "fork upgrade", wait=0.1):
            raise AssertionError
        assert re.fullmatch(
            rf"{tmp_path.name} is in use by 'fork import' \(process {child.pid} of \S+ on {os.uname().nodename}, "
            r"since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\); try again when it is done",
            str(caught.value),
        )


def test_nobody_waits_longer_than_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT", 0.3)
    with held(tmp_path / "lock"):
        started = time.monotonic()
        with pytest.raises(BusyError), locked(tmp_path / "lock", "fork upgrade"):
            raise AssertionError
        assert 0.3 <= time.monotonic() - started < 5


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999)
    with locked(tmp_path / "lock", "fork import"):
        assert " of user 3999999 on " in (tmp_path / "lock").read_text()


def test_a_second_process_waits(tmp_path: Path) -> None:
    child = hold(tmp_path / "lock", 0.3)
    with locked(tmp_path / "lock", "fork upgrade", wait=20):
        assert child.wait(20) == 0
    child.communicate()


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    child = hold(tmp_path / "lock", 60)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    started = time.monotonic()
    with locked(tmp_path / "lock", "fork upgrade", wait=5):
        assert time.monotonic() - started < 5
        assert (tmp_path / "lock").read_text().startswith(f"'fork upgrade' (process {os.getpid()} of ")
    assert (tmp_path / "lock").read_text() == ""  # so that nobody is named who is done


@pytest.mark.parametrize(
    "text", ["'fork import' (process 1 of ana on other, since 2026-01-01 10:00:00 UTC)", "\0", "x" * 999]
)
def test_what_a_copied_workspace_says_of_a_lock_keeps_nobody_out(tmp_path: Path, text: str) -> None:
    """The text is a remark; a dead process, one on another machine or nonsense: what counts is the kernel's lock."""
    (tmp_path / "lock").write_text(text)
    with locked(tmp_path / "lock", "fork import", wait=0):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()


def test_a_lock_without_a_remark_is_somebody_s_all_the_same(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BusyError, match="in use by another process"), locked(tmp_path / "lock", "x", wait=0):
            raise AssertionError


def test_the_lock_of_a_removed_folder_is_not_taken(tmp_path: Path) -> None:
    """Who waited for a fork that went meanwhile must not work on what is made there next."""
    folder = tmp_path / "fork"
    folder.mkdir()
    with held(folder / "lock") as child:
        waiting = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder / "lock"), "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        time.sleep(1)  # by then it waits
        shutil.rmtree(folder)
        child.kill()
        out, err = waiting.communicate()
    assert b"held" not in out
    assert b"No such file or directory" in err


def test_a_disk_without_locks_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(ForkError, match=r"cannot lock files \(No locks available\); keep"), locked(tmp_path / "l", "x"):
        raise AssertionError


def test_no_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ForkError, match="No such file"), locked(tmp_path / "gone" / "lock", "x"):
        raise AssertionError
