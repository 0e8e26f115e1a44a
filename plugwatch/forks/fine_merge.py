"""Merge trees as an upgrade merges files: what git leaves, the rules of :mod:`plugwatch.model.verdicts.merge` try."""

from __future__ import annotations

from dataclasses import replace

from plugwatch.forks.git import Git, Merge, TreeEntry
from plugwatch.forks.picks import REGULAR
from plugwatch.model.verdicts.merge import refine


def merge_finely(git: Git, base: str, patched: str, onto: str) -> Merge:
    """The three-way merge of a patch, given by the trees before and after it, onto another tree.

    Edits that only touch each other, and such of different words in one line, are both kept.
    """
    merge = git.merge(base, onto, patched)
    if not merge.conflicts:
        return merge
    sides = [git.tree(tree) for tree in (base, patched, onto)]
    files = git.tree(merge.tree)
    solved: dict[str, TreeEntry] = {}
    for path in merge.conflicts:
        entries = [side.get(path) for side in (*sides, files)]
        found = [entry for entry in entries if entry and entry.mode in REGULAR]
        content = _merged(git, *found[:3]) if len(found) == len(entries) else None
        if content is not None:
            solved[path] = replace(found[-1], blob=git.write_object("blob", content))
    tree = git.write_tree(files | solved) if solved else merge.tree
    return replace(merge, tree=tree, conflicts=merge.conflicts - solved.keys())


def _merged(git: Git, base: TreeEntry, patched: TreeEntry, onto: TreeEntry) -> bytes | None:
    sides = git.objects([base.blob, patched.blob, onto.blob])
    if any(b"\0" in side for side in sides):
        return None
    refined = refine(*sides)
    return None if refined.contained else refined.content
