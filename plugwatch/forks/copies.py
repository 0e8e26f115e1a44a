"""Changes to a release from an edited copy of it: what a person did, without what the way of the copy did to it.

A copy that came by FTP has other line endings throughout, one from a ZIP has lost its executable bits, and systems and
editors leave files behind. None of that is part of a patch; what was put aside is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.forks.changes import GENERATED, Change
from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.git import Git, TreeEntry, object_id
from plugwatch.forks.upgrade import Changes, diff_files
from plugwatch.model.adoption import junk_reason, line_endings_like
from plugwatch.model.patch_names import show_path

_SYSTEMS = ("left by macOS", "left by Windows")  # whatever the vendor shipped of these, nobody edited it
_LOG = re.compile(r"(.*/)?(error_log|[^/]*\.log)", re.I)
_MOST_SHOWN = 5
_PLAIN_MODE = "100644"


@dataclass(frozen=True)
class Base:
    """A tree that a copy may have been made from, and what it is called."""

    name: str
    tree: str


@dataclass(frozen=True)
class Difference:
    """What a copy has otherwise than its base, and notes on what was put aside."""

    changes: Changes
    notes: tuple[str, ...]


def change_from_copy(git: Git, onto: str, bases: Iterable[Base], edited: str, only: Collection[str]) -> Change:
    """The change that an edited copy makes, brought onto the tree ``onto``.

    The nearest of ``bases`` is taken for what the copy was made from. Raises ForkError when nothing differs, or when
    the change does not fit on ``onto``.
    """
    base, found = nearest(git, list(bases), edited, onto)
    wanted = _wanted(found.changes, only, base.name)
    files = git.tree(base.tree)
    tree = git.write_tree(_with(files, wanted))
    notes = [f"compared with {base.name}", *found.notes]
    left_out = tuple(sorted(found.changes.keys() - wanted.keys()))
    if left_out:
        notes.append(f"left out, for --only does not name them: {_listed(left_out)}")
    if base.tree != onto:
        merge = merge_finely(git, base.tree, tree, onto)
        if merge.conflicts:
            places = ", ".join(sorted(merge.conflicts))
            raise ForkError(
                f"the copy was made from {base.name} and overlaps with a patch carried already, or with what another "
                f"release has, in {places}"
            )
        tree = merge.tree
    if tree == onto:
        raise ForkError(f"the copy holds nothing that is not carried already (compared with {base.name})")
    return Change(tree, tuple(sorted(diff_files(git, onto, tree))), tuple(notes), left_out)


def nearest(git: Git, bases: Sequence[Base], edited: str, preferred: str) -> tuple[Base, Difference]:
    """The base that differs from the copy in the fewest files, then in the fewest lines, then the tree ``preferred``.

    Who edits a file that a carried patch touches must neither take the patch back nor be told of a conflict with it.
    """
    copy = git.tree(edited)
    found = [(base, difference(git, base.tree, edited, copy)) for base in bases]
    fewest = min(len(differs.changes) for _base, differs in found)
    near = [pair for pair in found if len(pair[1].changes) == fewest]
    if len(near) == 1:
        return near[0]
    return min(near, key=lambda pair: (_changed_lines(git, *pair), pair[0].tree != preferred))


def difference(git: Git, base: str, edited: str, copy: Mapping[str, TreeEntry]) -> Difference:
    """What a person changed in a copy of a tree: line endings and modes that the way has changed are as they were."""
    changes = diff_files(git, base, edited)
    for path in GENERATED:
        changes.pop(path, None)
    dropped = [path for path, (old, _new) in changes.items() if _is_dropping(path, known=old is not None)]
    changes = {path: pair for path, pair in changes.items() if path not in set(dropped)}
    lost_modes = len(copy) > 1 and len({entry.mode for entry in copy.values()}) == 1
    modes = [path for path, (old, new) in changes.items() if lost_modes and old and new and old.mode != new.mode]
    if lost_modes:
        changes = {path: (old, _with_mode(old, new)) for path, (old, new) in changes.items()}
    changes, endings = _with_line_endings(git, changes)
    changes = {path: (old, new) for path, (old, new) in changes.items() if old != new}
    notes = [
        (dropped, "left out, for a system, an editor or a server left them there"),
        (modes, "all files of the copy have one mode, so those of the release were kept"),
        (endings, "the copy has other line endings throughout, so those of the release were kept"),
    ]
    return Difference(changes, tuple(f"{text}: {_listed(sorted(paths))}" for paths, text in notes if paths))


def _is_dropping(path: str, *, known: bool) -> bool:
    reason = junk_reason(path)
    return reason in _SYSTEMS if known else bool(reason or _LOG.fullmatch(path))


def _with_mode(old: TreeEntry | None, new: TreeEntry | None) -> TreeEntry | None:
    return TreeEntry(old.mode if old else _PLAIN_MODE, new.blob) if new else None


def _with_line_endings(git: Git, changes: Changes) -> tuple[Changes, list[str]]:
    """The changes with the release's line endings in files that have others throughout, and the paths of those."""
    result, mended, made = dict(changes), list[str](), list[bytes]()
    with git.reader() as content:
        for path, (old, new) in changes.items():
            entry = _mended(old, new, content, made) if old and new and old.blob != new.blob else None
            if entry:
                result[path] = (old, entry)
                mended.append(path)
    if made:
        git.write_blobs(made)
    return result, mended


def _mended(old: TreeEntry, new: TreeEntry, content: Callable[[str], bytes], made: list[bytes]) -> TreeEntry | None:
    data = line_endings_like(content(old.blob), content(new.blob))
    if data is None:
        return None
    blob = object_id("blob", data)
    if blob not in (old.blob, new.blob):
        made.append(data)
    return TreeEntry(new.mode, blob)


def _wanted(changes: Changes, only: Collection[str], name: str) -> Changes:
    """The changes asked for. Raises ForkError where there are none, or where a path names none of them."""
    places = ["/".join(part for part in place.split("/") if part not in ("", ".")) for place in only]
    idle = [place for place in places if not any(_is_within(path, place) for path in changes)]
    if not changes:
        raise ForkError(f"the copy does not differ from {name}; there is nothing to capture")
    if idle:
        raise ForkError(
            f"the copy does not differ from {name} in {', '.join(map(show_path, idle))}; "
            f"there is nothing to capture there, but in {_listed(sorted(changes))}"
        )
    return {path: p for path, p in changes.items() if not only or any(_is_within(path, place) for place in places)}


def _is_within(path: str, place: str) -> bool:
    return not place or path == place or path.startswith(f"{place}/")


def _with(files: Mapping[str, TreeEntry], changes: Changes) -> dict[str, TreeEntry]:
    result = dict(files)
    for path, (_old, new) in changes.items():
        if new:
            result[path] = new
        else:
            result.pop(path, None)
    return result


def _changed_lines(git: Git, base: Base, found: Difference) -> int:
    edited = git.write_tree(_with(git.tree(base.tree), found.changes))
    rows = git.run("diff-tree", "-r", "-z", "--numstat", "--no-renames", base.tree, edited).stdout.split(b"\0")
    return sum(int(n) for row in rows for n in row.split(b"\t")[:2] if n.isdigit())


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_SHOWN} more" if len(paths) > _MOST_SHOWN else ""
    return ", ".join(map(show_path, paths[:_MOST_SHOWN])) + more
