"""How a text is stored, apart from what it says: its line ends, and a byte order mark.

A release may ship with Windows line ends what a repository keeps with those of Unix. Such files are compared and merged
in their plain form, and what comes out is dressed as the repository's file was.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

BOM = b"\xef\xbb\xbf"
_WINDOWS, _UNIX = b"\r\n", b"\n"


@dataclass(frozen=True)
class TextForm:
    """``ends`` is ``LF``, ``CRLF``, ``mixed``, or "" for a text of one line."""

    bom: bool
    ends: str


def is_text(content: bytes) -> bool:
    """Whether lines mean anything in it."""
    return b"\0" not in content


def form_of(content: bytes) -> TextForm:
    """The form of a text."""
    every, windows = content.count(_UNIX), content.count(_WINDOWS)
    ends = "" if not every else "LF" if not windows else "CRLF" if windows == every else "mixed"
    return TextForm(content.startswith(BOM), ends)


def plain(content: bytes) -> bytes:
    """A text with Unix line ends and without a mark."""
    return content.removeprefix(BOM).replace(_WINDOWS, _UNIX)


def dress(text: bytes, like: bytes) -> bytes:
    """A plain text in the form of another one; a line that both have keeps its own end.

    ``dress(plain(x), x)`` is ``x``.
    """
    form = form_of(like)
    mark = BOM if form.bom else b""
    if form.ends in ("", "LF"):
        return mark + text
    if form.ends == "CRLF":
        return mark + text.replace(_UNIX, _WINDOWS)
    return mark + b"".join(_lines_like(text, like.removeprefix(BOM)))


def _lines_like(text: bytes, like: bytes) -> list[bytes]:
    """The lines of a text, each with the end that it has in a text of mixed ends; new ones with the most common."""
    ours, theirs = _split(text), _split(like)
    old = [line.replace(_WINDOWS, _UNIX) for line in theirs]
    windows = sum(line.endswith(_WINDOWS) for line in theirs)
    usual = _WINDOWS if 2 * windows > len(theirs) else _UNIX
    result = []
    for kind, start, end, first, last in SequenceMatcher(None, old, ours, autojunk=False).get_opcodes():
        if kind == "equal":
            result += theirs[start:end]
        else:
            result += [line[:-1] + usual if line.endswith(_UNIX) else line for line in ours[first:last]]
    return result


def _split(content: bytes) -> list[bytes]:
    """The lines with their ends; ``bytes.splitlines`` would split at a lone CR as well."""
    lines = [line + _UNIX for line in content.split(_UNIX)]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]
