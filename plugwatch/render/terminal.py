"""Tables for people on a terminal, and the same rows for the next program in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def clean(text: str) -> str:
    """Text from outside on one line: tabs and line ends become blanks, other control characters are shown as escapes.

    A plugin's header may hold anything; none of it may move the cursor or colour the screen.
    """
    folded = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in folded)


def show_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows to stdout: a table on a terminal, tab-separated lines with a header in a pipe.

    None is shown as a dash on a terminal and as nothing in a pipe.
    """
    if not sys.stdout.isatty():
        for row in (headers, *rows):
            sys.stdout.write("\t".join("" if cell is None else clean(str(cell)) for cell in row) + "\n")
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*("–" if cell in (None, "") else clean(str(cell)) for cell in row))
    Console(markup=False, highlight=False, emoji=False).print(table)
