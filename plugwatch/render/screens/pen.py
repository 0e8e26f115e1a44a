"""What all screens are drawn with: rules, columns, bars and marks, in the width and the letters of the terminal.

Colours go by meaning and are never alone: beside each stands a word or a mark that says the same.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from plugwatch.render.folding import cut
from plugwatch.render.terminal import clean

LATE, SOON, GOOD, OURS, QUIET = "bold red", "yellow", "green", "bold", "dim"
LANES = {"client": "cyan", "us": "bold", "vendor": "magenta"}
SEVERITIES = {"critical": LATE, "high": SOON, "low": QUIET}

_NARROWEST = 30  # three lanes need so much
_WIDEST = 120  # sentences that are longer are hard to read
_NAME = 18  # columns of names get this much, or a fifth of the screen
_ROOM = 24  # a narrower last column goes below the others
_LINES = 8
_INDENT, _DEEPER = 1, 3
_MOST = 1000
_EIGHTHS = " ▏▎▍▌▋▊▉"
# What stands for our own marks where the terminal's letters are ASCII: each as wide as what it stands for.
_POOR = str.maketrans(
    dict(zip("–—─│…“”„‘’·●○✓×░≥≤", '---|~"""\'\'.*o+x.><', strict=True)) | dict.fromkeys("█▉▊▋▌▍▎▏", "#")
)


class Pen:
    """Writes to stdout what is drawn; nothing that it is given is taken for markup."""

    def __init__(self) -> None:
        self.width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
        self.name = max(_NAME, self.width // 5)
        self._poor = not (sys.stdout.encoding or "").lower().startswith("utf")
        self._console = Console(width=self.width, markup=False, highlight=False, emoji=False)

    def text(self, words: str, style: str = "") -> Text:
        """Words of anybody on one line, and not too many of them, in letters that the terminal has."""
        return self.mark(cut(clean(words), _MOST), style)

    def mark(self, drawn: str, style: str = "") -> Text:
        """What is drawn, blanks and all, in letters that the terminal has."""
        if self._poor:
            encoding = sys.stdout.encoding or "ascii"
            drawn = drawn.translate(_POOR).encode(encoding, "backslashreplace").decode(encoding)
        return Text(drawn, style)

    def bar(self, part: float, of: float, width: int, style: str = "") -> Text:
        """How much of a whole, with whatever is not nothing to be seen; exact to an eighth of a cell."""
        eighths = min(max(round(8 * width * part / of), 1), 8 * width) if part > 0 and of > 0 else 0
        full, rest = divmod(eighths, 8)
        return self.mark("█" * full + _EIGHTHS[rest] * bool(rest), style)

    def line(self, *parts: Text, indent: int = 0) -> None:
        """Texts behind one another, folded between words."""
        self._show(Text("  ").join(parts), indent)

    def rule(self, title: str, number: int | None = None) -> None:
        """An empty line, then a title with a line to the right of it."""
        head = self.text(f"{title} · {number}" if number else title, "bold")
        line = "─" * max(0, self.width - head.cell_len - 4)
        self._console.print()
        self._show(Text.assemble(self.mark("── ", QUIET), head, self.mark(f" {line}", QUIET)), 0)

    def table(self, rows: Sequence[Sequence[Text]]) -> None:
        """Columns in line; the last one is folded, and stands below the others where it has no room beside them.

        The others are cut after ``name`` cells.
        """
        widths = [
            min(max(cell.cell_len for cell in column), self.name)
            for column in zip(*(row[:-1] for row in rows), strict=True)
        ]
        room = self.width - _INDENT - sum(width + 2 for width in widths)
        if room < min(_ROOM, max((row[-1].cell_len for row in rows), default=0)):
            self._table_below(rows, widths)
            return
        grid = Table.grid(padding=(0, 2, 0, 0))
        for width in widths:
            grid.add_column(width=width, no_wrap=True)
        grid.add_column(max_width=room, overflow="fold")
        for row in rows:
            grid.add_row(*map(self._cut, row, [*widths, room * _LINES]))
        self._show(grid, _INDENT)

    def _table_below(self, rows: Sequence[Sequence[Text]], widths: Sequence[int]) -> None:
        room = self.width - _INDENT - _DEEPER
        for row in rows:
            first = self.mark("  ").join(map(_padded, map(self._cut, row, widths), widths))
            first.rstrip()
            if first.cell_len + 2 + row[-1].cell_len <= self.width - _INDENT:
                self.line(first, row[-1], indent=_INDENT)
                continue
            self.line(first, indent=_INDENT)
            self.line(self._cut(row[-1], room * _LINES), indent=_INDENT + _DEEPER)

    def _show(self, what: RenderableType, indent: int) -> None:
        self._console.print(Padding(what, (0, 0, 0, indent), expand=False), overflow="fold")

    def _cut(self, cell: Text, width: int) -> Text:
        if cell.cell_len <= width:
            return cell
        return self.mark(cut(cell.plain, width), str(cell.style))


def _padded(cell: Text, width: int) -> Text:
    return Text.assemble(cell, " " * (width - cell.cell_len))
