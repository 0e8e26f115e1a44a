"""Put patches onto another tree, when one below them is taken out of their stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugwatch.forks import php
from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.git import Git
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.fork import Patch, StackEntry


@dataclass(frozen=True)
class Restacked:
    """The patches with the trees that they lead to now; ``blocked`` is the first that does not go, and why not."""

    stack: tuple[tuple[Patch, str], ...]
    blocked: Patch | None = None
    evidence: tuple[str, ...] = ()


def restack(git: Git, tree: str, entries: Sequence[StackEntry]) -> Restacked:
    """Merge patches, bottom first, onto a tree that is not the one they stood on.

    Stops at one that conflicts, that would have nothing left to change, or that leaves PHP which does not parse where
    it did before.
    """
    stack: list[tuple[Patch, str]] = []
    for entry in entries:
        merge = merge_finely(git, entry.base_tree, entry.tree, tree)
        if merge.conflicts:
            evidence = tuple(f"{path}: it changes what the other one put there" for path in sorted(merge.conflicts))
        elif merge.tree == tree:
            evidence = ("it would change nothing there",)
        else:
            evidence = _broken_php(git, tree, merge.tree, entry.tree)
        if evidence:
            return Restacked(tuple(stack), entry.patch, evidence)
        stack.append((entry.patch, merge.tree))
        tree = merge.tree
    return Restacked(tuple(stack))


def _broken_php(git: Git, below: str, merged: str, before: str) -> tuple[str, ...]:
    """A sentence for each changed PHP file that parsed with the patch before, and does not now."""
    changed = {p: new.blob for p, (_old, new) in diff_files(git, below, merged).items() if new and p.endswith(".php")}
    errors = _errors(git, changed)
    if not errors:
        return ()
    files = git.tree(before)
    known = _errors(git, {path: files[path].blob for path in errors if path in files})
    return tuple(f"{path}: PHP: {errors[path]}" for path in sorted(errors.keys() - known.keys()))


def _errors(git: Git, blobs: dict[str, str]) -> dict[str, str]:
    if not blobs:
        return {}
    with php.Parser() as parser:
        return parser.errors(dict(zip(blobs, git.objects(blobs.values()), strict=True))) or {}
