"""Putting a parsed patch onto the files of a release: exact context, no fuzz, never a guess.

Where a hunk must stand at the file's beginning or end is git's rule (``apply_one_fragment`` in
https://github.com/git/git/blob/v2.39.5/apply.c): a hunk from line 1 begins the file, one without trailing context ends
it. Two things are stricter than git: a hunk that is not at its stated line is moved only when exactly one place below
the hunk before it fits and the file does not hold the result already, and hunks keep their order. Hunks that moved into
a twin of their place are how ``git apply`` and ``patch`` put a fix into the wrong function.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from plugwatch.errors import ForkError
from plugwatch.model.patches.binary import apply_binary, blob_id, is_no_file
from plugwatch.model.patches.hunks import Hunk
from plugwatch.model.patches.names import show, show_path
from plugwatch.model.patches.patch import NO_BINARY, FilePatch, PatchFile, sides_of, stripped, target_of

Read = Callable[[str], "tuple[str, bytes] | None"]

DEFAULT_MODE = "100644"
_SHOWN_PLACES = 5


class PatchDoesNotApply(ForkError):  # noqa: N818 - it reads as what happened
    """A patch does not fit a release; nothing was changed.

    ``path`` is the file in the release, ``hunk`` the old line number that the hunk's header states (None for a change
    of the whole file), ``reason`` one of missing, exists, present, several, order, line-ends, white-space, context,
    binary.
    """

    def __init__(self, reason: str, path: str, sentence: str, hunk: int | None = None) -> None:
        self.reason, self.path, self.hunk = reason, path, hunk
        place = show_path(path) if hunk is None else f"{show_path(path)}, hunk at line {hunk}"
        super().__init__(f"{place}: {sentence}")


@dataclass(frozen=True)
class FileChange:
    """A file of the release as the patch leaves it; ``content`` is None where the file is deleted."""

    path: str
    mode: str
    content: bytes | None
    renamed_from: str | None = None


@dataclass(frozen=True)
class Applied:
    """What a patch does to a release, in the patch's order, and what the reader should know of how it went."""

    files: tuple[FileChange, ...]
    notes: tuple[str, ...]


def apply_patch(patch: PatchFile, strip: int, read: Read) -> Applied:
    """The files that the patch leaves behind, without writing any.

    ``read`` gives the git mode and the bytes of a file of the release, None where there is none. Several changes of one
    file build on each other. Raises PatchDoesNotApply; then nothing of the patch counts.
    """
    work = _Work(read)
    notes: list[str] = []
    for change in patch.files:
        notes += _apply_change(work, change, strip)
    files = work.changes()
    if not files:
        path = stripped(sides_of(patch.files[0])[-1], strip)
        raise PatchDoesNotApply("present", path, "the patch changes nothing in this release")
    return Applied(files, tuple(notes))


class _Work:
    """The release seen through the changes made so far."""

    def __init__(self, read: Read) -> None:
        self._read = cache(read)
        self._now: dict[str, tuple[str, bytes] | None] = {}
        self._origin: dict[str, str] = {}

    def get(self, path: str) -> tuple[str, bytes] | None:
        return self._now[path] if path in self._now else self._read(path)

    def put(self, path: str, state: tuple[str, bytes] | None, origin: str | None = None) -> None:
        self._now[path] = state
        if origin is not None:
            self._origin[path] = self._origin.get(origin, origin)

    def touched(self, path: str) -> bool:
        return path in self._now

    def original(self, path: str) -> tuple[str, bytes] | None:
        return self._read(path)

    def changes(self) -> tuple[FileChange, ...]:
        found = []
        for path, state in self._now.items():
            before = self._read(path)
            if state == before:
                continue
            if state is not None:
                found.append(FileChange(path, state[0], state[1], self._origin.get(path)))
            elif before is not None:
                found.append(FileChange(path, before[0], None))
        return tuple(found)


def _apply_change(work: _Work, change: FilePatch, strip: int) -> list[str]:
    if change.kind == "add":
        return _add(work, change, strip)
    path = target_of(change, strip, lambda name: work.get(name) is not None)
    state = work.get(path) if path is not None else None
    if path is None or state is None:
        missing = stripped(change.old_path or change.new_path or "", strip)
        raise PatchDoesNotApply("missing", missing, "the release has no such file")
    if change.kind == "copy" and work.touched(path):
        state = _copied_state(work, path, change, state)
    if change.kind == "delete":
        return _delete(work, path, state[1], change)
    content, notes = _changed(path, state[1], change)
    mode = change.new_mode or state[0]
    target = path if change.kind == "modify" else stripped(change.new_path or "", strip)
    if target != path and work.get(target) is not None:
        raise PatchDoesNotApply(
            "exists", target, f"'{show_path(path)}' cannot take this name, the release has such a file already"
        )
    if change.kind == "rename":
        work.put(path, None)
    work.put(target, (mode, content), path if change.kind == "rename" else None)
    return notes


def _copied_state(work: _Work, path: str, change: FilePatch, now: tuple[str, bytes]) -> tuple[str, bytes]:
    """What a copy is made from: in one diff the file as it was before it, in a later mail the file as it is now."""
    states = [state for state in (work.original(path), now) if state and _has_id(state[1], change.old_id)]
    if not change.old_id or not states:
        raise PatchDoesNotApply("order", path, "the patch changes this file and copies it too; make it without copies")
    return states[0]


def _has_id(content: bytes, blob: str | None) -> bool:
    return blob_id(content).startswith(blob or "")


def _changed(path: str, content: bytes, change: FilePatch) -> tuple[bytes, list[str]]:
    """The content after the hunks or the binary change, and notes."""
    if change.binary is None:
        return _patched(path, content, change.hunks)
    if change.binary.kind == "absent":
        raise PatchDoesNotApply("binary", path, NO_BINARY)
    if content and _has_id(content, change.new_id):
        raise PatchDoesNotApply("present", path, "this release already contains the change of this binary file")
    if not _has_id(content, None if is_no_file(change.old_id or "") else change.old_id):
        raise PatchDoesNotApply("context", path, "this binary file has other content in the release")
    result = apply_binary(change.binary, content)
    if result is None or not _has_id(result, None if is_no_file(change.new_id or "") else change.new_id):
        raise PatchDoesNotApply("binary", path, "the patch's binary change is damaged; get the original patch file")
    return result, []


def _add(work: _Work, change: FilePatch, strip: int) -> list[str]:
    path = stripped(change.new_path or "", strip)
    content = b"".join(line for hunk in change.hunks for line in hunk.new)
    if change.binary:
        content, _notes = _changed(path, b"", change)
    present = work.get(path)
    if present is not None and present[1] == content:
        raise PatchDoesNotApply("present", path, "this release already contains the file that the patch adds")
    # A plain diff cannot tell an empty file from none.
    if present is not None and present[1]:
        raise PatchDoesNotApply("exists", path, "the patch adds this file, but the release has one with other content")
    work.put(path, (change.new_mode or DEFAULT_MODE, content))
    return []


def _delete(work: _Work, path: str, content: bytes, change: FilePatch) -> list[str]:
    hunks = change.hunks
    by_id = change.binary is not None and bool(change.old_id)
    fits = _has_id(content, change.old_id) if by_id else content == b"".join(ln for hunk in hunks for ln in hunk.old)
    if not fits:
        sentence = "the patch deletes this file, but it has other content in this release"
        where = f"; {_difference(_Text(path, content), hunks[0], 0)}" if hunks else ""
        raise PatchDoesNotApply("context", path, sentence + where)
    work.put(path, None)
    return []


def _patched(path: str, content: bytes, hunks: tuple[Hunk, ...]) -> tuple[bytes, list[str]]:
    """The content after the hunks, and a note for each one that was moved."""
    text = _Text(path, content)
    out: list[bytes] = []
    notes: list[str] = []
    done = shift = 0
    for hunk in hunks:
        at = _place(text, hunk, shift, done)
        if at - hunk.old_index != shift:
            moved = at - hunk.old_index
            notes.append(
                f"{show_path(path)}: the hunk at line {hunk.old_start} was moved by {moved:+d} lines, to line {at + 1}"
            )
            shift = moved
        out += text.lines[done:at]
        out += hunk.new
        done = at + len(hunk.old)
    out += text.lines[done:]
    return b"".join(out), notes


class _Text:
    """A file as lines with their ends, and a search for whole lines in it."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path, self.content = path, content
        self.lines = split_lines(content)
        self.starts = [0, *accumulate(len(line) for line in self.lines)]

    def fits(self, wanted: tuple[bytes, ...], at: int) -> bool:
        return 0 <= at <= len(self.lines) - len(wanted) and tuple(self.lines[at : at + len(wanted)]) == wanted

    def find(self, wanted: tuple[bytes, ...], *, start: int = 0, limit: int = _SHOWN_PLACES + 1) -> list[int]:
        """The line indexes at which all of these lines stand; ``bytes.find`` keeps hostile files from being slow."""
        if not wanted or start >= len(self.lines):
            return []
        if not wanted[-1].endswith(b"\n"):
            last = len(self.lines) - len(wanted)
            return [last] if last >= start and self.fits(wanted, last) else []
        needle, found, offset = b"".join(wanted), list[int](), self.starts[start]
        while len(found) < limit and (offset := self.content.find(needle, offset)) >= 0:
            line = bisect_right(self.starts, offset) - 1
            if self.starts[line] == offset:
                found.append(line)
            offset = self.starts[line + 1]
        return found


def split_lines(content: bytes) -> list[bytes]:
    r"""Lines with their line feeds; only ``\n`` ends a line, as in git and diff."""
    lines = [line + b"\n" for line in content.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _place(text: _Text, hunk: Hunk, shift: int, done: int) -> int:
    """The line index at which the hunk applies; raises PatchDoesNotApply."""
    wanted = hunk.old
    stated = hunk.old_index + shift
    anchors = _anchors(text, hunk)
    if text.lines and not wanted:
        raise _refusal(text, hunk, stated, [])
    if stated >= done and text.fits(wanted, stated) and anchors <= {stated}:
        return stated
    if _is_bare(hunk):
        raise _refusal(text, hunk, stated, [])  # nothing but its line number says where it belongs
    found = sorted(anchors) if anchors else text.find(wanted, start=done)
    places = [at for at in found if at >= done and text.fits(wanted, at) and anchors <= {at}]
    if len(places) == 1 and not text.find(hunk.new, limit=1):
        return places[0]
    raise _refusal(text, hunk, stated, places)


def _anchors(text: _Text, hunk: Hunk) -> set[int]:
    """Where the hunk must be because it begins or ends the file; empty where it can be anywhere."""
    anchors = {0} if hunk.old_start <= 1 else set()
    ends_file = hunk.lines[-1][0] != b" "
    return anchors | {len(text.lines) - len(hunk.old)} if ends_file else anchors


def _is_bare(hunk: Hunk) -> bool:
    """Whether it shows no line around the change, as what ``diff -U0`` makes."""
    return all(mark != b" " for mark, _content in hunk.lines)


def _refusal(text: _Text, hunk: Hunk, stated: int, places: list[int]) -> PatchDoesNotApply:
    """Why a hunk has no place, the most telling reason first."""
    result, elsewhere = text.find(hunk.new, limit=1), text.find(hunk.old, limit=1)
    if text.fits(hunk.old, stated) and _is_bare(hunk):
        reason, sentence = "context", "the hunk has no context lines; make the patch with 'git diff' or 'diff -u'"
    elif result:
        reason, sentence = "present", f"this release already contains the change (at line {result[0] + 1})"
    elif len(places) > 1:
        shown = ", ".join(str(at + 1) for at in places[:_SHOWN_PLACES])
        more = " and more" if len(places) > _SHOWN_PLACES else ""
        reason, sentence = "several", f"its lines are not at their place but at several others (lines {shown}{more})"
    elif elsewhere:
        where = "where neither the hunks above nor the file's beginning and end allow it"
        reason, sentence = "order", f"its lines stand only at line {elsewhere[0] + 1}, {where}"
    elif _found_folded(text, hunk, _without_line_end):
        reason, sentence = "line-ends", _line_end_cause(text, hunk)
    elif _found_folded(text, hunk, _without_space):
        cause = "as when a mail program or editor has changed the patch; get the original file"
        reason, sentence = "white-space", f"only white space differs, {cause}"
    else:
        reason, sentence = "context", f"the release differs, {_difference(text, hunk, stated)}"
    return PatchDoesNotApply(reason, text.path, sentence, hunk.old_start)


def _found_folded(text: _Text, hunk: Hunk, fold: Callable[[bytes], bytes]) -> bool:
    return bool(_Text(text.path, b"".join(map(fold, text.lines))).find(tuple(map(fold, hunk.old)), limit=1))


def _without_line_end(line: bytes) -> bytes:
    return line.rstrip(b"\r\n") + b"\n"


def _without_space(line: bytes) -> bytes:
    return b" ".join(line.split()) + b"\n"


def _line_end_cause(text: _Text, hunk: Hunk) -> str:
    wanted = any(line.endswith(b"\r\n") for line in hunk.old)
    given = any(line.endswith(b"\r\n") for line in text.lines)
    if wanted == given:
        return "only the line ends differ (CRLF or LF, or a line end missing at the end of the file)"
    names = ("CRLF", "LF") if wanted else ("LF", "CRLF")
    return f"only the line ends differ: the patch has {names[0]}, the release has {names[1]}; convert the patch file"


def _difference(text: _Text, hunk: Hunk, stated: int) -> str:
    """Where the file begins to differ from what the hunk expects at its stated line."""
    for at, wanted in enumerate(hunk.old, start=max(stated, 0)):
        if at >= len(text.lines):
            return f"expected '{show(wanted)}' in line {at + 1}, found the end of the file"
        if text.lines[at] != wanted:
            return f"from line {at + 1} on: expected '{show(wanted)}', found '{show(text.lines[at])}'"
    return f"it goes on after line {max(stated, 0) + len(hunk.old)}"
