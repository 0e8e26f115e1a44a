"""How far a command has come, on stderr, for what takes more than a moment; nothing at all where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

from plugwatch.render.terminal import is_drawn

if TYPE_CHECKING:
    from rich.progress import Progress

_ONE = Lock()  # of what is done within something that is shown already nothing is shown
_PATIENCE = 1.0  # seconds; what is done by then needs no bar, and does not wait for the library that draws one


@contextmanager
def progress(what: str, total: int | None = None, *, after: float = _PATIENCE) -> Iterator[Callable[[], None]]:
    """Show how much of ``total`` is done, or only that something is being done where that is not known.

    The function that is given counts one more, from any thread.
    """
    if not is_drawn(sys.stderr) or not _ONE.acquire(blocking=False):
        yield lambda: None
        return
    bar = _Bar(what, total if total is not None and total > 1 else None)
    timer = Timer(after, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.advance
    finally:
        timer.cancel()
        timer.join()
        bar.close()
        _ONE.release()


class _Bar:
    """A bar, or something that turns, which is not to be seen before it is shown."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what, self._total, self._done = what, total, 0
        self._lock = Lock()
        self._drawn: Progress | None = None

    def show(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        counted: list[ProgressColumn] = [BarColumn(), MofNCompleteColumn()] if self._total else []
        columns = [SpinnerColumn("line"), TextColumn("{task.description}", markup=False), *counted, TimeElapsedColumn()]
        console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        # What is written to a pipe meanwhile must get there; what goes to the same terminal must not tear the bar.
        drawn = Progress(*columns, console=console, transient=True, redirect_stdout=sys.stdout.isatty())
        drawn.start()
        with self._lock:
            drawn.add_task(self._what, total=self._total, completed=self._done)
            self._drawn = drawn

    def advance(self) -> None:
        with self._lock:
            self._done += 1
            if self._drawn:
                self._drawn.advance(self._drawn.task_ids[0])

    def close(self) -> None:
        if self._drawn:
            self._drawn.stop()
