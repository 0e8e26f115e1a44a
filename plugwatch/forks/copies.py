"""Changes to a release from an edited copy of it: what a person did, without what the way of the copy did to it.

A copy that came by FTP has other line endings throughout, one from a ZIP has lost its executable bits, and systems,
editors and the site itself leave files behind. None of that is part of a patch; what was put aside is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.forks.changes import GENERATED, Change
from plugwatch.forks.copy_checks import refuse_loss, refuse_other, refuse_take_back
from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.git import Git, TreeEntry, object_id
from plugwatch.forks.upgrade import Changes, diff_files
from plugwatch.model.adoption import junk_reason, line_endings_like, stray_reason
from plugwatch.model.component import Component
from plugwatch.model.fork import StackEntry
from plugwatch.model.patches.names import show_path
from plugwatch.model.take_back import distance

_SYSTEMS = ("left by macOS", "left by Windows")  # whatever the vendor shipped of these, nobody edited it
_MOST_SHOWN = 5
_MOST_STRAYS = 20  # somebody has to look at each
_PLAIN_MODE = "100644"


@dataclass(frozen=True)
class Base:
    """A tree that a copy may have been made from, and what it is called."""

    name: str
    tree: str


@dataclass(frozen=True)
class Target:
    """Where a change goes: on top of a release's patches, whose tree is ``tree``."""

    component: Component
    stack: Sequence[StackEntry]
    tree: str


@dataclass(frozen=True)
class Difference:
    """What a copy has otherwise than its base, notes on what was put aside, and what seems to be the site's."""

    changes: Changes
    notes: tuple[str, ...]
    strays: tuple[str, ...] = ()


def change_from_copy(git: Git, target: Target, bases: Iterable[Base], edited: str, only: Collection[str]) -> Change:
    """The change that an edited copy makes, brought onto a stack.

    The nearest of ``bases`` is taken for what the copy was made from. Raises ForkError when nothing differs, when the
    change does not fit on the stack or takes back a patch in it, and when the copy is one of something else.
    """
    places = ["/".join(part for part in place.split("/") if part not in ("", ".")) for place in only]
    base, found = nearest(git, list(bases), edited, target.tree, places)
    files = git.tree(base.tree)
    refuse_other(git, target.component, base.name, files, git.tree(edited))
    wanted = _wanted(found, places, base.name)
    refuse_loss(git, target.component, base.name, files, wanted, places)
    tree = _brought(git, base, git.write_tree(_with(files, wanted)), target.tree)
    if tree == target.tree:
        raise ForkError(f"the copy holds nothing that is not carried already (compared with {base.name})")
    refuse_take_back(git, target.stack, target.tree, tree)
    notes = [f"compared with {base.name}", *found.notes]
    not_named = sorted(found.changes.keys() - wanted.keys())
    if not_named:
        notes.append(f"left out, for --only does not name them: {_listed(not_named)}")
    touched = diff_files(git, target.tree, tree)
    deleted = tuple(sorted(path for path, (_old, new) in touched.items() if new is None))
    left_out = tuple(sorted([*not_named, *found.strays]))
    return Change(tree, tuple(sorted(touched)), tuple(notes), left_out, deleted)


def _brought(git: Git, base: Base, edited: str, onto: str) -> str:
    """The edited tree with whatever ``onto`` has beyond the base. Raises ForkError where both overlap."""
    if base.tree == onto:
        return edited
    merge = merge_finely(git, base.tree, edited, onto)
    if merge.conflicts:
        places = ", ".join(map(show_path, sorted(merge.conflicts)))
        raise ForkError(
            f"the copy was made from {base.name} and overlaps with a patch carried already, or with what another "
            f"release has, in {places}; make the edit in a copy that has the patches, for example in a build"
        )
    return merge.tree


def nearest(
    git: Git, bases: Sequence[Base], edited: str, preferred: str, taken: Collection[str] = ()
) -> tuple[Base, Difference]:
    """The base that differs from the copy in the fewest files, then in the fewest words and lines, then ``preferred``.

    Who edits a file that a carried patch touches must neither take the patch back nor be told of a conflict with it.
    ``taken`` are paths that are meant, whatever they look like.
    """
    copy = git.tree(edited)
    found = [(base, difference(git, base.tree, edited, copy, taken)) for base in bases]
    fewest = min(len(differs.changes) for _base, differs in found)
    near = [pair for pair in found if len(pair[1].changes) == fewest]
    if len(near) == 1:
        return near[0]
    # What is the same seen from all of them decides nothing, and may be large.
    seen = Counter(item for _base, differs in near for item in differs.changes.items())
    return min(
        near,
        key=lambda pair: (
            _distance(git, pair[0], {p: c for p, c in pair[1].changes.items() if seen[p, c] < len(near)}),
            pair[0].tree != preferred,
        ),
    )


def difference(
    git: Git, base: str, edited: str, copy: Mapping[str, TreeEntry], taken: Collection[str] = ()
) -> Difference:
    """What a person changed in a copy of a tree: line endings and modes that the way has changed are as they were."""
    changes = diff_files(git, base, edited)
    for path in GENERATED:
        changes.pop(path, None)
    aside = {path: _aside(path, known=old is not None) for path, (old, _new) in changes.items() if path not in taken}
    dropped, strays = (sorted(path for path, why in aside.items() if why == kind) for kind in ("dropping", "stray"))
    changes = {path: pair for path, pair in changes.items() if not aside.get(path)}
    lost_modes = len(copy) > 1 and len({entry.mode for entry in copy.values()}) == 1
    modes = [path for path, (old, new) in changes.items() if lost_modes and old and new and old.mode != new.mode]
    if lost_modes:
        changes = {path: (old, _with_mode(old, new)) for path, (old, new) in changes.items()}
    changes, endings = _with_line_endings(git, changes)
    changes = {path: (old, new) for path, (old, new) in changes.items() if old != new}
    notes = [
        ("left out, for a system or an editor left them there", dropped, _MOST_SHOWN),
        ("left out, for they seem to be the site's, not the component's (--only PATH takes one)", strays, _MOST_STRAYS),
        ("all files of the copy have one mode, so those of the release were kept", modes, _MOST_SHOWN),
        ("the copy has other line endings throughout, so those of the release were kept", endings, _MOST_SHOWN),
    ]
    told = tuple(f"{text}: {_listed(sorted(paths), most)}" for text, paths, most in notes if paths)
    return Difference(changes, told, tuple(strays))


def _aside(path: str, *, known: bool) -> str | None:
    """Whether a file that differs is a ``dropping``, or a ``stray`` of the site; None for what may be a change."""
    junk = junk_reason(path)
    if known:
        return "dropping" if junk in _SYSTEMS else None
    return "dropping" if junk else "stray" if stray_reason(path) else None


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


def _wanted(found: Difference, places: Sequence[str], name: str) -> Changes:
    """The changes asked for. Raises ForkError where there are none, or where a path names none of them."""
    changes = found.changes
    idle = [place for place in places if not any(_is_within(path, place) for path in changes)]
    aside = f" ({'; '.join(found.notes)})" if found.notes else ""
    if not changes:
        raise ForkError(f"the copy does not differ from {name}; there is nothing to capture{aside}")
    if idle:
        raise ForkError(
            f"the copy does not differ from {name} in {', '.join(map(show_path, idle))}; "
            f"there is nothing to capture there, but in {_listed(sorted(changes))}{aside}"
        )
    return {path: p for path, p in changes.items() if not places or any(_is_within(path, place) for place in places)}


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


def _distance(git: Git, base: Base, changes: Changes) -> tuple[int, ...]:
    """How much changes take away and put in, all their hunks together."""
    edited = git.write_tree(_with(git.tree(base.tree), changes))
    out = git.run("diff-tree", "-r", "-p", "-U0", "--no-renames", base.tree, edited).stdout
    # With no context every hunk is a stretch of old lines and one of new lines; binary files have none.
    hunks = [
        hunk.split(b"\n")[1:] for part in (b"\n" + out).split(b"\ndiff --git ") for hunk in part.split(b"\n@@ ")[1:]
    ]
    apart = [distance(*([row[1:] for row in hunk if row[:1] == mark] for mark in (b"-", b"+"))) for hunk in hunks]
    return tuple(map(sum, zip((0, 0, 0), *apart, strict=True)))


def _listed(paths: Sequence[str], most: int = _MOST_SHOWN) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(map(show_path, paths[:most])) + more
