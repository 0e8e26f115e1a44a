"""The hunks of a unified diff, read line by line with their counts honoured."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugwatch.errors import InputError

HUNK = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)")
_RECURSIVE = re.compile(rb"^diff -(?!-git |-cc |-combined )", re.MULTILINE)

NO_COMBINED = "this is the combined diff of a merge; make one against a single parent (git diff PARENT)"
CUT = "the patch file is cut off or damaged here"


@dataclass(frozen=True)
class Hunk:
    """One block of a file's change: ``@@ -old_start,old_count +new_start,new_count @@ section``.

    ``lines`` holds pairs of the mark (``b" "``, ``b"-"`` or ``b"+"``) and the line with its own line end; only the last
    line of a file can be without one.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[tuple[bytes, bytes], ...]
    section: str = ""

    @property
    def old(self) -> tuple[bytes, ...]:
        """The lines that the hunk expects."""
        return tuple(content for mark, content in self.lines if mark != b"+")

    @property
    def new(self) -> tuple[bytes, ...]:
        """The lines that it leaves."""
        return tuple(content for mark, content in self.lines if mark != b"-")

    @property
    def old_index(self) -> int:
        """How many lines of the old file stand above the hunk; ``-N,0`` means "after line N"."""
        return self.old_start - 1 if self.old_count else self.old_start


class Cursor:
    """The lines of a patch file without their line feeds, and the place that is being read."""

    def __init__(self, data: bytes, source: str) -> None:
        self.lines = data.split(b"\n")
        if not self.lines[-1]:
            self.lines.pop()
        self.at, self.source = 0, source
        self.recursive = bool(_RECURSIVE.search(data))

    @property
    def done(self) -> bool:
        """Whether every line has been read."""
        return self.at >= len(self.lines)

    def peek(self, ahead: int = 0) -> bytes:
        """A line without the carriage return that a converted patch file has; empty after the end."""
        at = self.at + ahead
        return self.lines[at].removesuffix(b"\r") if at < len(self.lines) else b""

    def error(self, reason: str, at: int | None = None) -> InputError:
        """An error at this line, or at the line with index ``at``."""
        line = (self.at if at is None else at) + 1
        return InputError(reason, source=self.source, line=min(line, max(len(self.lines), 1)))


def names_follow(cursor: Cursor) -> bool:
    """Whether the ``---`` and ``+++`` lines of a file begin here."""
    return cursor.peek().startswith(b"--- ") and cursor.peek(1).startswith(b"+++ ")


def read_hunks(cursor: Cursor) -> tuple[Hunk, ...]:
    """All hunks that follow the names of a file. Raises InputError where one is damaged, cut off or out of order."""
    hunks: list[Hunk] = []
    end = 0
    while found := HUNK.fullmatch(cursor.peek()):
        at = cursor.at
        hunk = _read_hunk(cursor, found)
        if hunk.old_index < end:
            raise cursor.error("this hunk begins before the end of the one above it", at)
        end = hunk.old_index + hunk.old_count
        hunks.append(hunk)
    if cursor.peek().startswith(b"@@@ "):
        raise cursor.error(NO_COMBINED)
    if not hunks:
        raise cursor.error(f"no hunk ('@@ -1,3 +1,4 @@') follows the names of this file; {CUT}", cursor.at - 1)
    _refuse_leftover(cursor)
    return tuple(hunks)


def _read_hunk(cursor: Cursor, header: re.Match[bytes]) -> Hunk:
    start = cursor.at
    old_start, old_count, new_start, new_count = (1 if part is None else int(part) for part in header.groups()[:4])
    cursor.at += 1
    lines: list[tuple[bytes, bytes]] = []
    old_left, new_left = old_count, new_count
    while old_left or new_left or cursor.peek().startswith(b"\\"):
        mark, content = _hunk_line(cursor, start)
        if mark == b"\\":
            _drop_line_end(lines, cursor)
        else:
            lines.append((mark, content))
            old_left -= mark != b"+"
            new_left -= mark != b"-"
        if old_left < 0 or new_left < 0:
            raise cursor.error(f"the hunk that begins in line {start + 1} has other lines than its header counts")
        cursor.at += 1
    if not lines:
        raise cursor.error("this hunk has no lines", start)
    hunk = Hunk(old_start, old_count, new_start, new_count, tuple(lines), header[5].decode("utf-8", "replace"))
    if any(not content.endswith(b"\n") for side in (hunk.old, hunk.new) for content in side[:-1]):
        raise cursor.error("only the last line of a file can be without a line end", start)
    return hunk


def _hunk_line(cursor: Cursor, start: int) -> tuple[bytes, bytes]:
    raw = b"end" if cursor.done else cursor.lines[cursor.at]
    # Mail programs and editors strip the single space of an empty context line.
    if not raw or raw == b"\r":
        return b" ", raw + b"\n"
    if raw[:1] not in (b" ", b"-", b"+", b"\\"):
        raise cursor.error(f"the hunk that begins in line {start + 1} is not complete; {CUT}")
    return raw[:1], raw[1:] + b"\n"


def _drop_line_end(lines: list[tuple[bytes, bytes]], cursor: Cursor) -> None:
    r"""Takes back the line feed of the last line, as ``\ No newline at end of file`` says."""
    if not lines or not lines[-1][1].endswith(b"\n"):
        raise cursor.error("this mark must stand below the last line of a file")
    mark, content = lines[-1]
    lines[-1] = (mark, content[:-1])


def _refuse_leftover(cursor: Cursor) -> None:
    """A hunk that somebody edited without mending its counts would lose lines in silence."""
    line = cursor.peek()
    signature = line in (b"--", b"-- ")
    if line[:1] in (b"+", b"-", b" ") and not signature and not names_follow(cursor):
        raise cursor.error("the hunk has more lines than its header ('@@ -1,3 +1,4 @@') counts")
