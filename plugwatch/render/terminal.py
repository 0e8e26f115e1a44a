"""Tables for people on a terminal, and the same rows for the next program in a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_JOINERS = "\u200c\u200d"  # Persian words and families of emoji are made with them
_WHOLE = 16  # up to here a column is never folded: versions and dates cannot be read in pieces
_NARROWEST = 12  # a longer one may shrink to this
_GAP = 2
_PLAIN = "PLUGWATCH_PLAIN"


def set_plain(wanted: bool) -> None:
    """Whether a terminal gets what a pipe gets (``--plain``)."""
    if wanted:
        os.environ[_PLAIN] = "1"
    else:
        os.environ.pop(_PLAIN, None)


def is_plain() -> bool:
    """Whether somebody has asked for plain lines."""
    return bool(os.environ.get(_PLAIN))


def on_terminal() -> bool:
    """Whether stdout is a terminal whose width and person count: long lines are folded for them."""
    return sys.stdout.isatty() and not is_plain()


def is_drawn(stream: TextIO | None = None) -> bool:
    """Whether there may be more than lines on a stream (stdout): colours, bars, rules. A dumb terminal shows none."""
    there = (stream or sys.stdout).isatty()
    return there and not is_plain() and os.environ.get("TERM") not in ("dumb", "unknown")


def clean(text: str) -> str:
    """Text from outside on one line: tabs and line ends become blanks, other control characters are shown as escapes.

    A plugin's header may hold anything; none of it may move the cursor, turn the direction or colour the screen.
    """
    return _escaped(" ".join(text.split()), allowed=_JOINERS)


def clean_lines(text: str) -> str:
    """As :func:`clean`, for a text of several lines that is shown as it is: line ends, tabs and blanks stay."""
    return _escaped(text, allowed=_JOINERS + "\n\t")


def _escaped(text: str, *, allowed: str) -> str:
    return "".join(c if c.isprintable() or c in allowed else c.encode("unicode_escape").decode("ascii") for c in text)


def count(number: int, noun: str) -> str:
    """``1 site``, ``2 sites``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def show_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows to stdout: a table on a terminal, tab-separated lines with a header in a pipe.

    None is shown as a dash on a terminal and as nothing in a pipe. A terminal too narrow for columns gets one line a
    cell instead.
    """
    if not on_terminal():
        for row in (headers, *rows):
            sys.stdout.write("\t".join("" if cell is None else clean(str(cell)) for cell in row) + "\n")
        return
    from rich.cells import cell_len
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    cells = [["–" if cell in (None, "") else clean(str(cell)) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(headers, *cells, strict=True)]
    least = sum(map(_least, widths)) + _GAP * (len(widths) - 1)
    if least > console.width:
        _print_records(console, headers, cells)
    else:
        _print_columns(console, headers, cells, widths)


def _least(width: int) -> int:
    """The narrowest that a column with cells of this width may get."""
    return width if width <= _WHOLE else _NARROWEST


def _print_columns(
    console: Console, headers: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for header, width in zip(headers, widths, strict=True):
        table.add_column(header, overflow="fold", no_wrap=width <= _WHOLE, min_width=_least(width))
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _print_records(console: Console, headers: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    label = max(map(len, headers), default=0)
    for number, row in enumerate(cells):
        if number:
            console.print()
        for header, cell in zip(headers, row, strict=True):
            if cell != "–":
                console.print(f"{header.lower():<{label}}  {cell}", soft_wrap=True)
