"""Lines of a given width, folded by words, without the libraries whose loading would take longer than a command.

Widths are cells of a terminal: letters of East Asian scripts and most emoji take two, marks upon a letter none.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterator

from plugwatch.render.terminal import is_plain

_NARROWEST = 40
_USUAL = 80
_MARKS = 8  # letters may bear marks that take no room, but not without end


def screen_width() -> int:
    """How wide the terminal is: ``COLUMNS``, else what it says, else 80; never less than 40.

    With plain lines the terminal is not asked, as in a pipe.
    """
    if is_plain():
        told = os.environ.get("COLUMNS", "")
        return max(int(told) if told.isdecimal() and int(told) else _USUAL, _NARROWEST)
    return max(shutil.get_terminal_size().columns, _NARROWEST)


def cells(text: str) -> int:
    """How many cells a text of one line takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, width: int) -> str:
    """The text, or as much of it as fits before a ``…``."""
    used = end = 0
    for place, character in enumerate(text[: _MARKS * width]):
        used += _cells(character)
        if used < width:
            end = place + 1
        if used > width:
            break
    else:
        if len(text) <= _MARKS * width:
            return text
    return f"{text[:end].rstrip()}…"


def pad(text: str, width: int) -> str:
    """The text, cut or filled up with blanks to exactly this width."""
    short = cut(text, width)
    return short + " " * (width - cells(short))


def fold(first: str, text: str, *, width: int, indent: int, lines: int = 4) -> Iterator[str]:
    """``first``, then the words of a text; further lines begin with ``indent`` blanks.

    A word that fits on no line is cut in pieces; what does not fit on so many lines ends with a ``…``.
    """
    line, room = first, width - cells(first)
    words = list(_pieces(text[: _MARKS * width * lines], width - indent))
    for place, word in enumerate(words):
        size = cells(word)
        if size > room:
            if lines == 1:
                yield cut(f"{line.rstrip()} {' '.join(words[place:])}", width)
                return
            yield line.rstrip()
            line, room, lines = " " * indent, width - indent, lines - 1
        line, room = f"{line}{word} ", room - size - 1
    yield line.rstrip()


def _pieces(text: str, width: int) -> Iterator[str]:
    for word in text.split():
        while cells(word) > width:
            piece = cut(word, width).removesuffix("…")
            yield piece
            word = word[len(piece) :]
        yield word


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
