"""A lock on a fork that dies with its process."""

from __future__ import annotations

import fcntl
import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from plugwatch.errors import BusyError, ForkError

WAIT = 10.0  # seconds: most commands are done by then, and nobody stares at a silent terminal for longer


@contextmanager
def locked(path: Path, purpose: str, *, wait: float | None = None) -> Iterator[int]:
    """Hold the lock file for the block, which gets its descriptor.

    Waits up to ``wait`` seconds (:data:`WAIT`) for whoever holds it.

    The kernel frees an flock(2) when its process ends, however it ends, so a lock can never be left behind; the text in
    the file only tells the next one who holds it. Raises BusyError when the wait was in vain, ForkError where there is
    no such folder, or none that can be locked.
    """
    deadline = time.monotonic() + (WAIT if wait is None else wait)
    descriptor = _acquire(path, deadline)
    while not os.fstat(descriptor).st_nlink:  # whoever held it has removed the folder: this lock keeps nobody out
        os.close(descriptor)
        descriptor = _acquire(path, deadline)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _holder(purpose).encode("utf-8", "replace"), 0)
        yield descriptor
    finally:
        os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _acquire(path: Path, deadline: float) -> int:
    """The file, open and locked."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ForkError(f"{path}: {error.strerror}") from error
    try:
        while not _try(path, descriptor):
            if time.monotonic() > deadline:
                holder = os.pread(descriptor, 300, 0).decode("utf-8", "replace").strip() or "another process"
                raise BusyError(f"{path.parent.name} is in use by {holder}; try again when it is done")
            time.sleep(0.05)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _try(path: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a network file system may have no locks
        raise ForkError(
            f"{path}: this file system cannot lock files ({error.strerror}); keep the workspace on a local disk"
        ) from error
    return True


def _holder(purpose: str) -> str:
    """Who holds it: command, process, user, machine and since when, for whoever waits."""
    since = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"'{purpose}' (process {os.getpid()} of {_user()} on {os.uname().nodename}, since {since})"


def _user() -> str:
    """The login name behind this process, whatever the environment says; its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
