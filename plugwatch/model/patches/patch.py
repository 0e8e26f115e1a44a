"""Unified diffs as people and git write them, read into facts.

Understood are git's own diffs and mails (https://git-scm.com/docs/diff-format, ``git format-patch``), GNU ``diff -u``
and ``diff -ruN`` (https://www.gnu.org/software/diffutils/manual/, "Detailed Unified") and ``svn diff``. Text around the
changes is skipped; what cannot be read exactly is refused, for half a patch is worse than none. Applying is the work of
:mod:`plugwatch.model.patches.apply`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile

from plugwatch.errors import InputError
from plugwatch.model.patches.binary import BINARY_HEADER, Binary, read_binary
from plugwatch.model.patches.hunks import CUT, HUNK, NO_COMBINED, Cursor, Hunk, names_follow, read_hunks
from plugwatch.model.patches.names import git_names, leading_parts, safe_path, show_path, side_name, unquote

_EXTENDED = re.compile(
    rb"(old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to|similarity index"
    rb"|dissimilarity index|index) (.+)"
)
_INDEX = re.compile(rb"([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d+))?")
_ONLY_IN = re.compile(rb"Only in [^:]+: .+")
_BINARY = re.compile(rb"(Binary files .+ differ|Cannot display: file marked as a binary type\.)$")
_ENCODED_MAIL = re.compile(rb"^Content-Transfer-Encoding:\s*(quoted-printable|base64)", re.MULTILINE | re.IGNORECASE)
_FIRST_CHANGE = re.compile(rb"^(diff --git |--- |Index: )", re.MULTILINE)
_LONGEST_HEADER = 8192
_WHOLE_ID, _SHORTEST_ID = 40, 7  # hexadecimal digits of SHA-1; fewer than seven (core.abbrev) tell too little

NO_BINARY = (
    "the patch does not hold the content of this binary file; make it with 'git diff --binary', "
    "or use 'plugwatch patch capture' with an edited folder"
)


@dataclass(frozen=True)
class FilePatch:
    """What happens to one file. Paths are as written (``a/includes/mail.php``), None on the side that has no file.

    ``kind`` is modify, add, delete, rename or copy. Modes are git's (``100644``, ``100755``); ``new_mode`` is None
    where the patch leaves the mode alone. ``old_id`` and ``new_id`` are the blobs of git's ``index`` line, often only
    their beginnings. ``binary`` stands in place of hunks. ``prefix`` counts the leading parts of the paths that the
    header shows not to be the file's own (git's ``a/``, a folder that was compared); None where it does not tell.
    """

    old_path: str | None
    new_path: str | None
    old_mode: str | None
    new_mode: str | None
    kind: str
    hunks: tuple[Hunk, ...]
    old_id: str | None = field(default=None, compare=False)
    new_id: str | None = field(default=None, compare=False)
    binary: Binary | None = None
    prefix: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class PatchFile:
    """The changes of a patch file in their order; a file can come more than once (several mails in one file)."""

    files: tuple[FilePatch, ...]
    source: str = field(default="", compare=False)


def parse_patch(data: bytes, source: str) -> PatchFile:
    """The changes in a patch file, mail or commit text; ``source`` names it in errors.

    Raises InputError, with the line, for combined diffs, binary files without content that git has not listed, damaged
    or cut off hunks, paths that leave the component's folder, links and submodules, and for text without any change.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the file is in UTF-16, as PowerShell's '>' writes it; save it as UTF-8", source=source)
    data = data.removeprefix(b"\xef\xbb\xbf")
    first = _FIRST_CHANGE.search(data)
    if _ENCODED_MAIL.search(data, 0, first.start() if first else len(data)):
        raise InputError("the mail's body is encoded; save the attachment or the decoded text instead", source=source)
    cursor = Cursor(data, source)
    files = []
    while not cursor.done:
        found = _read_change(cursor)
        if found:
            files.append(found)
    if not files:
        raise InputError(
            "there is no change in it that could be read; make the patch with 'git diff' or 'diff -ruN'", source=source
        )
    return PatchFile(tuple(files), source)


def _read_change(cursor: Cursor) -> FilePatch | None:
    """The change that begins here, or None after one line of other text."""
    line = cursor.peek()
    if line.startswith(b"diff --git "):
        return _read_git(cursor)
    if names_follow(cursor):
        return _read_plain(cursor)
    _refuse_unreadable(cursor, line)
    if line.startswith(b"Index: ") and cursor.peek(1).startswith(b"=" * 60):
        cursor.at += 1
        if not cursor.peek(1).startswith(b"--- ") and not _BINARY.match(cursor.peek(1)):
            raise cursor.error(f"no change follows the name of this file; {CUT}", cursor.at - 1)
    cursor.at += 1
    return None


def _refuse_unreadable(cursor: Cursor, line: bytes) -> None:
    if line.startswith((b"@@@ ", b"diff --cc ", b"diff --combined ")):
        raise cursor.error(NO_COMBINED)
    if line == BINARY_HEADER or _BINARY.match(line):
        raise cursor.error(NO_BINARY)
    if HUNK.match(line):
        raise cursor.error("a change without the names of its file ('---' and '+++' lines) above it")
    if cursor.recursive and _ONLY_IN.fullmatch(line):
        raise cursor.error("this file's content is not in the patch; make it with 'diff -ruN', or take this line out")


def _read_git(cursor: Cursor) -> FilePatch:
    start, header = cursor.at, cursor.peek().removeprefix(b"diff --git ")
    cursor.at += 1
    meta: dict[str, bytes] = {}
    while found := _EXTENDED.fullmatch(cursor.peek()):
        meta[found[1].decode()] = found[2]
        cursor.at += 1
    kind = _git_kind(meta)
    index = _INDEX.fullmatch(meta.get("index", b""))
    old_id, new_id = (_blob(part) for part in index.groups()[:2]) if index else (None, None)
    hunks: tuple[Hunk, ...] = ()
    binary = None
    if names_follow(cursor):
        (old, _gone), (new, _gone) = _read_names(cursor)
        hunks = read_hunks(cursor)
    else:
        binary = _read_git_binary(cursor, old_id, new_id)
        _refuse_unreadable(cursor, cursor.peek())
        if kind == "modify" and "new mode" not in meta and not binary:
            raise cursor.error(f"no change follows the name of this file; {CUT}", start)
        old, new = _header_names(cursor, start, header, meta)
    if kind == "modify" and None in (old, new):
        kind = "add" if old is None else "delete"
    modes = _git_modes(meta, index, cursor, start)
    change = FilePatch(old, new, *modes, kind, hunks, old_id, new_id, binary, _git_prefix(kind, header))
    return _checked(cursor, start, change)


def _git_prefix(kind: str, header: bytes) -> int | None:
    """Of a rename or copy the two names tell nothing."""
    if kind in ("rename", "copy") or len(header) > _LONGEST_HEADER:
        return None
    names = git_names(header, None)
    return leading_parts(*(name.decode("utf-8", "surrogateescape") for name in names)) if names else None


def _blob(digits: bytes) -> str | None:
    return digits.decode() if _SHORTEST_ID <= len(digits) <= _WHOLE_ID else None


def _read_git_binary(cursor: Cursor, *ids: str | None) -> Binary | None:
    if cursor.peek() == BINARY_HEADER:
        # As git: such a change fits nothing but the one content that the ids name.
        if any(blob is None or len(blob) != _WHOLE_ID for blob in ids):
            raise cursor.error("a binary change needs an 'index' line with whole ids; make it with 'git diff --binary'")
        return read_binary(cursor)
    if _BINARY.match(cursor.peek()):
        cursor.at += 1
        return Binary("absent")
    return None


def _git_kind(meta: dict[str, bytes]) -> str:
    kinds = {"new file mode": "add", "deleted file mode": "delete", "rename from": "rename", "copy from": "copy"}
    return next((kind for key, kind in kinds.items() if key in meta), "modify")


def _git_modes(
    meta: dict[str, bytes], index: re.Match[bytes] | None, cursor: Cursor, start: int
) -> tuple[str | None, str | None]:
    modes = (
        meta.get("old mode") or meta.get("deleted file mode") or (index[3] if index else None),
        meta.get("new mode") or meta.get("new file mode"),
    )
    if any(mode is not None and not re.fullmatch(rb"100[0-7]{3}", mode) for mode in modes):
        raise cursor.error("only plain files can be patched, no symbolic links and no submodules", start)
    old, new = (None if mode is None else "100755" if int(mode, 8) & 0o100 else "100644" for mode in modes)
    return old, new


def _header_names(cursor: Cursor, start: int, header: bytes, meta: dict[str, bytes]) -> tuple[str, str]:
    """The paths of a change that has no ``---`` and ``+++`` lines: a new mode, a pure rename, an empty file."""
    source, target = (meta.get(f"rename {end}") or meta.get(f"copy {end}") for end in ("from", "to"))
    moved = (unquote(source), unquote(target)) if source and target else None
    names = git_names(header, moved) if len(header) <= _LONGEST_HEADER else None
    if names is None:
        raise cursor.error(f"the two paths of this line cannot be told apart; {CUT}", start)
    old, new = (safe_path(name, cursor.source, start + 1) for name in names)
    return old, new


def _read_plain(cursor: Cursor) -> FilePatch | None:
    start = cursor.at
    (old, _old_gone), (new, new_gone) = _read_names(cursor)
    if _properties_follow(cursor):
        return None
    hunks = read_hunks(cursor)
    first = hunks[0]
    if old is None or (len(hunks) == 1 and not first.old_start and not first.old_count):
        kind = "add"
    else:
        kind = "delete" if new_gone and not first.new_count else "modify"
    prefix = leading_parts(old, new) if old and new else None
    return _checked(cursor, start, FilePatch(old, new, None, None, kind, hunks, prefix=prefix))


def _properties_follow(cursor: Cursor) -> bool:
    ahead = 0
    while cursor.at + ahead < len(cursor.lines) and not cursor.peek(ahead):
        ahead += 1
    return cursor.peek(ahead).startswith(b"Property changes on: ")


def _read_names(cursor: Cursor) -> tuple[tuple[str | None, bool], tuple[str | None, bool]]:
    """Path (None for ``/dev/null``) and "no such file" of the ``---`` line, then of the ``+++`` line."""
    sides: list[tuple[str | None, bool]] = []
    for _side in ("---", "+++"):
        line = cursor.peek()
        if len(line) > _LONGEST_HEADER:
            raise cursor.error("the name of this file is too long for any system")
        raw, gone = side_name(line[len(b"--- ") :])
        sides.append((None if raw is None else safe_path(raw, cursor.source, cursor.at + 1), gone))
        cursor.at += 1
    return sides[0], sides[1]


def _checked(cursor: Cursor, start: int, change: FilePatch) -> FilePatch:
    """The change with None for the side that has no file; raises InputError where its parts contradict each other."""
    kind = change.kind
    counts = {"add": [h.old_count for h in change.hunks], "delete": [h.new_count for h in change.hunks]}.get(kind, [])
    old = None if kind == "add" else change.old_path
    new = None if kind == "delete" else change.new_path
    lacking = (kind != "add" and old is None) or (kind != "delete" and new is None)
    if lacking or any(counts) or len(counts) > 1:
        raise cursor.error(f"the paths or lines of this change contradict its header, which says '{kind}'", start)
    return replace(change, old_path=old, new_path=new)


def strip_for(patch: PatchFile, paths: Collection[str]) -> int:
    """How many leading parts of the patch's paths to drop so that they fit a component's folder holding ``paths``.

    The smallest number at which every file that the patch changes, deletes or renames is there, with the dropped part
    the same throughout, so that added files land beside them. Raises InputError naming the first file that is not in
    the release.
    """
    if all(change.kind == "add" for change in patch.files):
        return prefix_length(patch)
    lacking = {strip: next(_lacking(patch, strip, paths), None) for strip in range(_common_parts(patch) + 1)}
    fitting = [strip for strip, path in lacking.items() if path is None]
    # a/x.php against b/x.php agree without their first part; a folder of the release may itself be named "a".
    agreeing = [strip for strip in fitting if all(_agrees(change, strip) for change in patch.files)]
    if fitting:
        return (agreeing or fitting)[0]
    first = lacking.get(prefix_length(patch)) or lacking[0] or ""
    raise InputError(
        f"the patch changes '{show_path(first)}', which is not in the release; "
        "check that it is made for this component, or take that file out of it",
        source=patch.source,
    )


def sides_of(change: FilePatch) -> list[str]:
    """The old and the new path, as far as there are any."""
    return [path for path in (change.old_path, change.new_path) if path is not None]


def prefix_length(patch: PatchFile) -> int:
    """How many leading parts of all paths are not the files' own; where nothing tells, 1 for git's own letters."""
    told = {told for change in patch.files if (told := _told_prefix(change)) is not None}
    return told.pop() if len(told) == 1 else int(_has_git_prefix(patch))


def _told_prefix(change: FilePatch) -> int | None:
    if change.prefix is None and change.kind == "modify" and change.old_path and change.new_path:
        return leading_parts(change.old_path, change.new_path)
    return change.prefix


def _has_git_prefix(patch: PatchFile) -> bool:
    """Git's ``a/`` and ``b/``, or the letters of diff.mnemonicPrefix (git-config)."""
    sides = [
        (path, letters)
        for change in patch.files
        for path, letters in ((change.old_path, "aicow"), (change.new_path, "biw"))
        if path is not None
    ]
    return all(path[1:2] == "/" and path[0] in letters for path, letters in sides)


def stripped(path: str, strip: int) -> str:
    """The path without its first ``strip`` parts."""
    return "/".join(path.split("/")[strip:])


def _common_parts(patch: PatchFile) -> int:
    """How many leading folders are the same in all old and in all new paths."""
    common = [min(path.count("/") for change in patch.files for path in sides_of(change))]
    for side in ("old_path", "new_path"):
        paths = [path.split("/") for change in patch.files if (path := getattr(change, side)) is not None]
        if paths:
            ends = zip(min(paths), max(paths), strict=False)
            common.append(len(list(takewhile(lambda pair: pair[0] == pair[1], ends))))
    return min(common)


def _agrees(change: FilePatch, strip: int) -> bool:
    return change.kind != "modify" or len({stripped(path, strip) for path in sides_of(change)}) == 1


def _lacking(patch: PatchFile, strip: int, paths: Collection[str]) -> Iterator[str]:
    """The files that the patch needs and that neither the release nor an earlier change of the patch provides."""
    made: set[str] = set()
    for change in patch.files:
        if change.kind != "add":
            path = target_of(change, strip, lambda path: path in paths or path in made)
            if path is None:
                yield stripped(change.old_path or change.new_path or "", strip)
        if change.new_path is not None:
            made.add(stripped(change.new_path, strip))


def target_of(change: FilePatch, strip: int, exists: Callable[[str], bool]) -> str | None:
    """The file to change; of ``mail.php.orig`` and ``mail.php`` the one that is there, the shorter name first."""
    names = [change.old_path] if change.kind in ("rename", "copy", "delete") else sides_of(change)
    found = [path for path in (stripped(name, strip) for name in names if name is not None) if exists(path)]
    return min(found, key=len) if found else None
