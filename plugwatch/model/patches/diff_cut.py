"""Cut somebody's change to the places that another change is about, for reading: it is no diff to apply any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from plugwatch.model.patches.hunks import HUNK

CONTEXT = 10  # lines of the old file above and below a place

_FILE = b"diff --git "


@dataclass(frozen=True)
class Cut:
    """What is left of a diff, and how many of its lines that are added or removed are not shown."""

    text: bytes
    left_out: int


@dataclass(frozen=True)
class _Hunk:
    """A hunk of a ``git diff`` with its lines; ``old`` and ``new`` are its first line and number of lines."""

    header: bytes
    old: tuple[int, int]
    new: tuple[int, int]
    lines: tuple[bytes, ...]


@dataclass(frozen=True)
class _File:
    head: tuple[bytes, ...]
    hunks: tuple[_Hunk, ...]


def cut_to_places(theirs: bytes, ours: bytes, below: bytes) -> Cut:
    """Of a ``git diff`` the lines near those that another one changes.

    ``theirs`` starts from a release, ``ours`` from where ``below`` leads from that release. A file without hunks
    (a binary one) stays as it is.
    """
    places, shifts = _files(ours), _files(below)
    text, left_out = bytearray(), 0
    for name, file in _files(theirs).items():
        near = _places(places.get(name), shifts.get(name))
        shown = [_cut_hunk(hunk, near) for hunk in file.hunks]
        left_out += sum(hidden for _lines, hidden in shown)
        kept = [line for lines, _hidden in shown for line in lines]
        if kept or not file.hunks:
            text += b"".join(line + b"\n" for line in (*file.head, *kept))
    return Cut(bytes(text), left_out)


def _files(diff: bytes) -> dict[bytes, _File]:
    """The files of a ``git diff`` without renames, by their first line."""
    found: dict[bytes, list[bytes]] = {}
    lines = diff.split(b"\n")
    if not lines[-1]:
        lines.pop()
    name = b""
    for line in lines:
        if line.startswith(_FILE):
            name = line
        found.setdefault(name, []).append(line)
    return {name: _read_file(part) for name, part in found.items() if name}


def _read_file(lines: Sequence[bytes]) -> _File:
    starts = [number for number, line in enumerate(lines) if HUNK.match(line)]
    hunks = tuple(_read_hunk(lines[start:end]) for start, end in pairwise([*starts, len(lines)]))
    return _File(tuple(lines[: starts[0] if starts else len(lines)]), hunks)


def _read_hunk(lines: Sequence[bytes]) -> _Hunk:
    match = HUNK.match(lines[0])
    start, count, new_start, new_count = match.groups(default=b"1")[:4] if match else (b"0",) * 4
    return _Hunk(lines[0], (int(start), int(count)), (int(new_start), int(new_count)), tuple(lines[1:]))


def _places(ours: _File | None, below: _File | None) -> list[range]:
    """The lines of the release near what we change."""
    found = []
    for hunk in ours.hunks if ours else ():
        first, count = hunk.old
        shift = sum(other.old[1] - other.new[1] for other in (below.hunks if below else ()) if other.new[0] <= first)
        found.append(range(first + shift - CONTEXT, first + shift + count + CONTEXT))
    return found


def _cut_hunk(hunk: _Hunk, near: Sequence[range]) -> tuple[list[bytes], int]:
    """The lines of a hunk that are near, and how many of its changes are hidden; no lines where all of them are."""
    flags = list(_near(hunk, near))
    changed = [line[:1] in (b"+", b"-") for line in hunk.lines]
    hidden = sum(change and not flag for change, flag in zip(changed, flags, strict=True))
    if hidden == sum(changed):
        return [], hidden
    kept = [hunk.header]
    for line, flag in zip(hunk.lines, flags, strict=True):
        if flag:
            kept.append(line)
        elif kept[-1] != b"...":
            kept.append(b"...")
    return kept, hidden


def _near(hunk: _Hunk, near: Sequence[range]) -> Iterator[bool]:
    """For each line whether it is near; one that is added is where the removed line is that it stands for."""
    at, removed, added = hunk.old[0], 0, 0
    for line in hunk.lines:
        mark = line[:1]
        if mark == b"+":
            place = at - removed + min(added, max(removed - 1, 0))
            added += 1
        else:
            removed, added = (removed + 1, 0) if mark == b"-" else (0, 0)
            place = at
            at += mark != b"\\"
        yield any(place in lines for lines in near)
