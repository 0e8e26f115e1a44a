"""Changes to a release as trees: from a patch file, or from an edited copy of the component."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from plugwatch.errors import ForkError
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.upgrade import Changes, diff_files
from plugwatch.model.fork import Person
from plugwatch.model.patch import parse_patch, strip_for
from plugwatch.model.patch_apply import FileChange, apply_patch

# What our own builds add; never part of a patch.
GENERATED = frozenset({"plugwatch-manifest.json", "PLUGWATCH-CHANGES.md", "plugwatch.lock"})

# What git takes out of names and addresses, since they end there (fmt_ident in ident.c).
_NOT_IN_IDENTITY = re.compile("[<>\t]")


@dataclass(frozen=True)
class Change:
    """A tree that a change leads to, the files it touches, and what the person should know."""

    tree: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Letter:
    """What a patch file says of itself when it is a mail (``git format-patch``): None where it says nothing."""

    diff: bytes
    title: str | None = None
    why: str | None = None
    author: Person | None = None
    date: str | None = None


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
        fields = {key: _plain(value) for key, colon, value in (line.partition(": ") for line in lines) if colon}
        why = _plain(message.read_text(encoding="utf-8", errors="replace")).strip()
        name, email = (_NOT_IN_IDENTITY.sub("", fields.get(key, "")).strip() for key in ("Author", "Email"))
        author = Person(name, email) if name and email else None
        # What stands above the diff (a file list, "---") goes with the diff; the reader skips it.
        return Letter(diff.read_bytes(), fields.get("Subject"), why or None, author, _git_date(fields.get("Date")))


def change_from_patch(git: Git, tree: str, diff: bytes, source: str) -> Change:
    """Apply a patch to a tree: exact context, no fuzz.

    Raises InputError when the file is no patch, PatchDoesNotApply when it does not fit.
    """
    files = git.tree(tree)
    patch = parse_patch(diff, source)
    strip = strip_for(patch, files.keys())

    with git.reader() as content:

        def read(path: str) -> tuple[str, bytes] | None:
            entry = files.get(path)
            return (entry.mode, content(entry.blob)) if entry else None

        applied = apply_patch(patch, strip, read)
    new = _write_changes(git, files, applied.files)
    if new == tree:
        raise ForkError(f"{source}: this patch changes nothing in the release; it may be in it already")
    touched = {f.path for f in applied.files} | {f.renamed_from for f in applied.files if f.renamed_from}
    return Change(new, tuple(sorted(touched)), applied.notes)


def change_from_copy(
    git: Git, onto: str, bases: Iterable[tuple[str, str]], edited: str, only: Collection[str]
) -> Change:
    """The change that an edited copy makes, brought onto the tree ``onto``.

    ``bases`` are the trees that the copy may have been made from, each with its name; the nearest one is taken. Raises
    ForkError when nothing differs, or when the change does not fit on ``onto``.
    """
    name, base = _nearest(git, list(bases), edited, onto)
    differing = _without_generated(diff_files(git, base, edited))
    wanted = {path: pair for path, pair in differing.items() if not only or _within(path, only)}
    if not wanted:
        where = f" in {', '.join(sorted(only))}" if only else ""
        raise ForkError(f"the copy does not differ from {name}{where}; there is nothing to capture")
    files = git.tree(base)
    for path, (_old, new) in wanted.items():
        if new:
            files[path] = new
        else:
            files.pop(path, None)
    tree = git.write_tree(files)
    notes = [f"compared with {name}"]
    if left := len(differing) - len(wanted):
        notes.append(f"{left} other changed files were left out")
    if base != onto:
        merge = git.merge(base, onto, tree)
        if merge.conflicts:
            places = ", ".join(sorted(merge.conflicts))
            raise ForkError(f"the copy was made from {name} and overlaps with a patch carried already in {places}")
        tree = merge.tree
    if tree == onto:
        raise ForkError(f"the copy holds nothing that is not carried already (compared with {name})")
    return Change(tree, tuple(sorted(diff_files(git, onto, tree))), tuple(notes))


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


def _nearest(git: Git, bases: Sequence[tuple[str, str]], edited: str, onto: str) -> tuple[str, str]:
    """The base that differs from the copy in the fewest files, then in the fewest lines; ``onto`` where all is equal.

    Who edits a file that a carried patch touches must neither take the patch back nor be told of a conflict with it.
    """
    counts = [len(_without_generated(diff_files(git, base, edited))) for _name, base in bases]
    near = [base for base, count in zip(bases, counts, strict=True) if count == min(counts)]
    return min(near, key=lambda base: (_changed_lines(git, base[1], edited), base[1] != onto))


def _changed_lines(git: Git, old: str, new: str) -> int:
    rows = git.run("diff-tree", "-r", "-z", "--numstat", "--no-renames", old, new).stdout.split(b"\0")
    return sum(int(n) for row in rows for n in row.split(b"\t")[:2] if n.isdigit())


def _without_generated(changes: Changes) -> Changes:
    return {path: pair for path, pair in changes.items() if path not in GENERATED}


def _within(path: str, places: Collection[str]) -> bool:
    return any(path == place.rstrip("/") or path.startswith(place.rstrip("/") + "/") for place in places)


def _git_date(text: str | None) -> str | None:
    """A mail's date in git's raw form; None where it cannot be read, or where git could not keep it."""
    try:
        # RFC 5322, section 3.3; git writes the day of the week always.
        moment = datetime.strptime(text or "", "%a, %d %b %Y %H:%M:%S %z")
    except ValueError:
        return None
    raw = f"{int(moment.timestamp())} {moment:%z}"
    return raw if re.fullmatch(r"[0-9]+ [+-][0-9]{4}", raw) else None


def _plain(text: str) -> str:
    """Text without control characters; git cannot keep a NUL in a commit, and a terminal must not obey the others."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
