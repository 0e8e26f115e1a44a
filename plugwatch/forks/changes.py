"""Changes to a release as trees, from patch files; :mod:`plugwatch.forks.copies` has those from edited copies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from plugwatch.errors import ForkError, InputError
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.model.letter import Letter, author_of, plain
from plugwatch.model.patch import parse_patch
from plugwatch.model.patch_apply import Applied, FileChange, PatchDoesNotApply, Read, apply_patch
from plugwatch.model.patch_names import show_path
from plugwatch.model.patch_paths import Layout, PathOptions, find_layouts
from plugwatch.model.patch_reverse import is_contained

# What our own builds add; never part of a patch.
GENERATED = frozenset({"plugwatch-manifest.json", "PLUGWATCH-CHANGES.md", "plugwatch.lock"})

_NOTHING_SAID = PathOptions()


class PatchIsThereError(ForkError):
    """A release, or the patches on it, have all of a patch already."""


@dataclass(frozen=True)
class Change:
    """A tree that a change leads to, the files it touches, what the person should know, and what was left out."""

    tree: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def read_letter(git: Git, data: bytes) -> Letter:
    """Split a patch file into its mail headers and the diff; ``git mailinfo`` decodes what mailers encode."""
    if not data.startswith((b"From ", b"From: ", b"Subject: ", b"Date: ", b"Message-I", b"Return-Path: ")):
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
    new = _write_changes(git, files, applied.files)
    touched = {f.path for f in applied.files} | {f.renamed_from for f in applied.files if f.renamed_from}
    return Change(new, tuple(sorted(touched)), (*layout.notes, *applied.notes), layout.left_out)


def _apply_one(layouts: list[Layout], read: Read, source: str) -> tuple[Layout, Applied]:
    """The layout whose lines fit; raises what the first one says where none does, and where several guesses do."""
    fitting: list[tuple[Layout, Applied]] = []
    refusals: list[PatchDoesNotApply] = []
    for layout in layouts:
        try:
            fitting.append((layout, apply_patch(layout.patch, 0, read)))
        except PatchDoesNotApply as refusal:
            refusals.append(refusal)
    if not fitting and any(is_contained(layout.patch, read) for layout in layouts):
        raise PatchIsThereError(f"{source}: all of this patch is there already, in the release or in a patch on it")
    if not fitting:
        raise refusals[0]
    if len({applied.files for _layout, applied in fitting}) > 1:
        places = " or ".join(show_path(applied.files[0].path) for _layout, applied in fitting)
        raise InputError(f"the patch fits in several places ({places}); write its paths as in the ZIP", source=source)
    return fitting[0]


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
