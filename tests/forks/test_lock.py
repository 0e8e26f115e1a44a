"""The lock on a fork says who holds it and dies with its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plugwatch.errors import BusyError, ForkError
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


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    child = hold(tmp_path / "lock", 60)
    try:
        holder = rf"in use by 'fork import' \(process {child.pid}\)"
        with pytest.raises(BusyError, match=holder), locked(tmp_path / "lock", "fork upgrade", wait=0.1):
            raise AssertionError
    finally:
        child.kill()
        child.communicate()


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
        assert (tmp_path / "lock").read_text().startswith("'fork upgrade' (process ")


def test_no_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ForkError, match="No such file"), locked(tmp_path / "gone" / "lock", "x"):
        raise AssertionError
