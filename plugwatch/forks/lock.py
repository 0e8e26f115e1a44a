"""A lock on a fork that dies with its process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plugwatch.errors import BusyError, ForkError


@contextmanager
def locked(path: Path, purpose: str, *, wait: float = 60) -> Iterator[None]:
    """Hold the lock file for the block; wait up to ``wait`` seconds for whoever holds it.

    The kernel frees an flock(2) when its process ends, however it ends, so a lock can never be left behind; the text in
    the file only tells the next one who holds it. Raises BusyError when the wait was in vain.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ForkError(f"{path}: {error.strerror}") from error
    try:
        deadline = time.monotonic() + wait
        while not _try(descriptor):
            if time.monotonic() > deadline:
                holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "another process"
                raise BusyError(f"{path.parent.name} is in use by {holder}; try again when it is done")
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"'{purpose}' (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
