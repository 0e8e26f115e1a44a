"""The names of files in patches: read from header lines, unquoted, and held inside the component's folder."""

from __future__ import annotations

import re

from plugwatch.errors import InputError

_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb'\\([0-7]{1,3}|[abtnvfr"\\])')
_LONGEST_PATH = 4096  # bytes (PATH_MAX of Linux)
_DEEPEST = 100  # parts
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}
# Where a mail program has turned the TAB before it into blanks, only its own form tells the time stamp from the name.
_STAMP = re.compile(
    rb"\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?|\((?:revision \d+|working copy|nonexistent)\))$"
)
# GNU diff dates a file that is not there to the epoch, in the local time zone; svn says so in words.
_GONE = re.compile(rb"1970-01-01 |1969-12-31 |\w+ Jan +0?1 [\d:]+ 1970|(.*\t)?\(nonexistent\)$")


def unquote(text: bytes) -> bytes:
    """A path that git may have written as a C string (``"f\\303\\251.php"``; core.quotePath in git-config)."""
    quoted = _QUOTED.fullmatch(text)
    if not quoted:
        return text
    return _ESCAPE.sub(lambda m: bytes([_LETTERS[m[1]] if m[1] in _LETTERS else int(m[1], 8) & 0xFF]), quoted[1])


def side_name(text: bytes) -> tuple[bytes | None, bool]:
    """The path in a ``---`` or ``+++`` line (None for ``/dev/null``), and whether the rest says "no such file"."""
    quoted = _QUOTED.match(text)
    if quoted:
        raw, stamp = unquote(quoted[0]), text[quoted.end() :].strip()
    else:
        raw, tab, stamp = text.partition(b"\t")
        spaced = None if tab else _STAMP.search(raw)
        if spaced:
            raw, stamp = raw[: spaced.start()], spaced[1]
    return (None, True) if raw == b"/dev/null" else (raw, bool(_GONE.match(stamp)))


def git_names(header: bytes, moved: tuple[bytes, bytes] | None) -> tuple[bytes, bytes] | None:
    """Both paths of a ``diff --git`` line: git's own rule, the split at which both sides name the same file.

    ``moved`` holds the names of a rename or copy, which git writes without ``a/`` and ``b/``. None where no split fits.
    """
    for old, new in _splits(header):
        if moved:
            if all(name == end or name.endswith(b"/" + end) for name, end in zip((old, new), moved, strict=True)):
                return old, new
        elif old == new or old.partition(b"/")[2] == new.partition(b"/")[2] != b"":
            return old, new
    return None


def _splits(header: bytes) -> list[tuple[bytes, bytes]]:
    quoted = _QUOTED.match(header)
    if quoted:
        return [(unquote(quoted[0]), unquote(header[quoted.end() + 1 :]))]
    spaces = [at for at, byte in enumerate(header) if byte == ord(" ")]
    return [(header[:at], unquote(header[at + 1 :])) for at in spaces]


def leading_parts(old: str, new: str) -> int | None:
    """How many leading parts of two names of one file are not the file's own: 1 for ``a/x`` and ``b/x``, 0 for equals.

    None where the names do not end alike.
    """
    sides = [[part for part in name.split("/") if part not in ("", ".")] for name in (old, new)]
    if len(sides[0]) != len(sides[1]) or sides[0][-1:] != sides[1][-1:]:
        return None
    differing = (at for at, (one, other) in enumerate(zip(*sides, strict=True), start=1) if one != other)
    return max(differing, default=0)


def safe_path(raw: bytes, source: str, line: int) -> str:
    """A relative path without ``.`` parts and doubled slashes; bytes that are no UTF-8 are kept as surrogates.

    Raises InputError for a path that leaves the component's folder or that no release can have.
    """
    text = raw.decode("utf-8", "surrogateescape")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    reason = ""
    if len(raw) > _LONGEST_PATH or len(parts) > _DEEPEST:
        reason = f"the patch names a file by a path of more than {_LONGEST_PATH} bytes or {_DEEPEST} folders"
    elif text.startswith("/") or re.match(r"[A-Za-z]:", text) or ".." in parts:
        reason = "the patch names a file by an absolute path or with '..'; make it from inside the component's folder"
    elif "\\" in text:
        reason = "the patch names a file with a backslash; write its path with '/'"
    elif any(part.rstrip(". ").casefold() in (".git", "git~1") for part in parts):
        reason = "the patch names a file of a '.git' folder, which no release has"
    elif not parts or text.endswith("/") or any(ord(char) < 32 or ord(char) == 127 for char in text):
        reason = "the patch names no usable file here (the name is empty, ends in '/' or has control characters)"
    if reason:
        raise InputError(reason, source=source, line=line)
    return "/".join(parts)


def show(text: bytes | str, longest: int = 80) -> str:
    """A line or path for a sentence: printable, white space evened out, not longer than ``longest`` characters."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    words = " ".join(raw.decode("utf-8", "replace").split())
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in words)
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def show_path(path: str) -> str:
    """A path for a sentence, long enough to find the file by."""
    return show(path, longest=240)
