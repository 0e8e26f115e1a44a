"""Processes beside the test's own."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

import pytest


@pytest.fixture
def start() -> Callable[[Callable[[], None]], Callable[[], int]]:
    """Run a function in a process of its own; the result waits for its exit status (negative: its last signal).

    The process is a fork, so no ledger may be open when it starts: SQLite's locks do not survive one.
    """

    def started(work: Callable[[], None]) -> Callable[[], int]:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                if code:
                    traceback.print_exc()
                os._exit(code)
        return lambda: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return started
