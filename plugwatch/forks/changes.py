"""Changes to a release as trees, from patch files; :mod:`plugwatch.forks.copies` has those from edited copies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from plugwatch.errors import ForkError, InputError
from plugwatch.forks.archive import refuse_bad_paths
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.model.patches.apply import Applied, FileChange, PatchDoesNotApply, Read, apply_patch
from plugwatch.model.patches.letter import Letter, author_of, join_letters, plain
from plugwatch.model.patches.names import show_path
from plugwatch.model.patches.patch import parse_patch
from plugwatch.model.patches.paths import Layout, PathOptions, find_layouts
from plugwatch.model.patches.reverse import is_contained

# What our own builds add; never part of a patch.
GENERATED = frozenset({"plugwatch-manifest.json", "PLUGWATCH-CHANGES.md", "plugwatch.lock"})

_NOTHING_SAID = PathOptions()
_MAIL = (b"From ", b"From: ", b"Subject: ", b"Date: ", b"Message-I", b"Return-Path: ")
_FROM_LINE = b"From plugwatch Mon Sep 17 00:00:00 2001\n"
_MOST_MAILS = 1000
_CHANGE = re.compile(rb"^(diff --git |--- |Index: )", re.MULTILINE)


class PatchIsThereError(ForkError):
    """A release, or the patches on it, have all of a patch already."""


@dataclass(frozen=True)
class Change:
    """A tree that a change leads to, the files it touches, what the person should know, and what was left out.

    ``deleted`` are those of the files that it deletes or moves away.
    """

    tree: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def read_letter(git: Git, data: bytes) -> Letter:
    """Split a patch file into what its mails say and the diff; all the mails of a mailbox are one letter."""
    return join_letters([_read_mail(git, mail) for mail in _mails(git, data)])


def read_letters(git: Git, data: bytes) -> list[Letter]:
    """As :func:`read_letter`, a letter for each mail; those without a change (a cover letter) are passed over."""
    letters = [_read_mail(git, mail) for mail in _mails(git, data)]
    return [letter for letter in letters if _CHANGE.search(letter.diff)] or letters


def _mails(git: Git, data: bytes) -> list[bytes]:
    """The mails of a mailbox as ``git am`` takes it apart: each has an encoding of its own."""
    if not data.startswith(_MAIL):
        return [data]
    if data.count(b"\nFrom ") >= _MOST_MAILS:
        raise InputError(f"the file has more than {_MOST_MAILS} mails; give it in parts")
    box = data if data.startswith(b"From ") else _FROM_LINE + data
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        git.run("mailsplit", "-b", "--keep-cr", f"-o{folder}", stdin=box)
        return [path.read_bytes() for path in sorted(Path(folder).iterdir())] or [data]


def _read_mail(git: Git, data: bytes) -> Letter:
    """A mail's headers and its diff; ``git mailinfo`` decodes what mailers encode."""
    if not data.startswith(_MAIL):
        return Letter(data)
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        message, diff = Path(folder, "message"), Path(folder, "diff")
        done = git.run("mailinfo", "--encoding=UTF-8", str(message), str(diff), stdin=data, check=False)
        if done.returncode:
            return Letter(data)
        lines = done.stdout.decode("utf-8", "replace").split("\n")
        fields = {key: plain(value) for key, colon, value in (line.partition(": ") for line in lines) if colon}
        why = plain(message.read_text(encoding="utf-8", errors="replace")).strip()
        author = author_of(fields.get("Author"), fields.get("Email"))
        # What stands above the diff (a file list, "---") goes with the diff; the reader skips it.
        return Letter(diff.read_bytes(), fields.get("Subject"), why or None, author, _git_date(fields.get("Date")))


def change_from_patch(git: Git, tree: str, diff: bytes, source: str, options: PathOptions = _NOTHING_SAID) -> Change:
    """Apply a patch to a tree: exact context, no fuzz.

    Its paths are those of the release, or of a repository with another layout. Raises InputError when the file is no
    patch or not for this component, PatchIsThereError when all of it is there, PatchDoesNotApply when it does not fit.
    """
    files = git.tree(tree)
    layouts = find_layouts(parse_patch(diff, source), {path: entry.blob for path, entry in files.items()}, options)
    with git.reader() as content:

        def read(path: str) -> tuple[str, bytes] | None:
            entry = files.get(path)
            return (entry.mode, content(entry.blob)) if entry else None

        layout, applied = _apply_one(layouts, read, source)
    _refuse_what_no_build_can_hold(files, applied, source)
    new = _write_changes(git, files, applied.files)
    touched = {f.path for f in applied.files} | {f.renamed_from for f in applied.files if f.renamed_from}
    deleted = touched - {f.path for f in applied.files if f.content is not None}
    notes = (*layout.notes, *applied.notes)
    return Change(new, tuple(sorted(touched)), notes, layout.left_out, tuple(sorted(deleted)))


def _apply_one(layouts: list[Layout], read: Read, source: str) -> tuple[Layout, Applied]:
    """The layout whose lines fit; raises what the first one says where none does, and where several guesses do."""
    fitting: list[tuple[Layout, Applied]] = []
    refusals: list[PatchDoesNotApply] = []
    for layout in layouts:
        try:
            fitting.append((layout, apply_patch(layout.patch, 0, read)))
        except PatchDoesNotApply as refusal:
            refusals.append(refusal)
    there = [] if fitting else [layout for layout in layouts if is_contained(layout.patch, read)]
    if there:
        rest = f" (but for {', '.join(there[0].left_out)}, which no release has)" if there[0].left_out else ""
        raise PatchIsThereError(
            f"{source}: all of this patch is there already, in the release or in a patch on it{rest}"
        )
    if not fitting:
        raise refusals[0]
    if len({applied.files for _layout, applied in fitting}) > 1:
        found = [(layout.top, show_path(applied.files[0].path)) for layout, applied in fitting]
        several = len({path for _top, path in found}) > 1
        places = " or ".join(path if several else f"{path} from {show_path(top)}" for top, path in found)
        raise InputError(
            f"the patch fits in several places ({places}); write its paths as in the ZIP, or name one with --prefix",
            source=source,
        )
    return fitting[0]


def _refuse_what_no_build_can_hold(files: dict[str, TreeEntry], applied: Applied, source: str) -> None:
    new = [change.path for change in applied.files if change.content is not None and change.path not in files]
    marks = sorted(GENERATED & set(new))
    if marks:
        raise InputError(
            f"the patch adds {marks[0]}, which builds of plugwatch write; do without it by --leave-out {marks[0]}",
            source=source,
        )
    if new:
        gone = {change.path for change in applied.files if change.content is None}
        gone |= {change.renamed_from for change in applied.files if change.renamed_from}
        refuse_bad_paths([*(path for path in files if path not in gone), *new], (), source)


def _write_changes(git: Git, files: dict[str, TreeEntry], changes: Iterable[FileChange]) -> str:
    result = dict(files)
    kept = []
    for change in changes:
        if change.renamed_from:
            result.pop(change.renamed_from, None)
        if change.content is None:
            result.pop(change.path, None)
        else:
            kept.append((change.path, change.mode, change.content))
    blobs = git.write_blobs(content for _path, _mode, content in kept)
    for (path, mode, _content), blob in zip(kept, blobs, strict=True):
        result[path] = TreeEntry(mode, blob)
    return git.write_tree(result)


def _git_date(text: str | None) -> str | None:
    """A mail's date in git's raw form; None where it cannot be read, or where git could not keep it."""
    try:
        # RFC 5322, section 3.3; git writes the day of the week always.
        moment = datetime.strptime(text or "", "%a, %d %b %Y %H:%M:%S %z")
    except ValueError:
        return None
    raw = f"{int(moment.timestamp())} {moment:%z}"
    return raw if re.fullmatch(r"[0-9]+ [+-][0-9]{4}", raw) else None
