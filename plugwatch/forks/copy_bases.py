"""What an edited copy may have been made from, where it has some of a release's patches and lacks others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, islice

from plugwatch.forks.copies import Base, difference
from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.git import Git
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.fork import StackEntry

# All sets of five patches; of more, git would have to merge for minutes.
_MOST_TRIED = 31
_MOST_NAMED = 5


def partial_bases(git: Git, version: str, stack: Sequence[StackEntry], edited: str) -> list[Base]:
    """The stack of a release without some of its patches, each as git can put it together.

    A patch whose files are all in the copy as the stack has them is in the copy, so only the others are left out: the
    uppermost ones, then each, each two, and so on.
    """
    if not stack:
        return []
    differing = difference(git, stack[-1].tree, edited, git.tree(edited)).changes.keys()
    doubtful = [at for at, entry in enumerate(stack) if differing & diff_files(git, entry.base_tree, entry.tree).keys()]
    trees: dict[tuple[int, ...], str | None] = {(): stack[-1].tree}
    for absent in islice(_sets(doubtful), _MOST_TRIED):
        # What stands above the lowest of them has been taken away before.
        onto = trees.get(absent[1:])
        trees[absent] = _without(git, stack[absent[0]], onto) if onto else None
    return [Base(_name(version, stack, absent), tree) for absent, tree in trees.items() if tree and absent]


def _sets(doubtful: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Each set of patches once."""
    tops = [tuple(doubtful[at:]) for at in reversed(range(len(doubtful)))][: _MOST_TRIED // 2]
    sizes = range(1, len(doubtful) + 1)
    every = chain.from_iterable(combinations(doubtful, size) for size in sizes)
    return chain(tops, (absent for absent in every if absent not in tops))


def _without(git: Git, entry: StackEntry, onto: str) -> str | None:
    merge = merge_finely(git, entry.tree, entry.base_tree, onto)
    return None if merge.conflicts else merge.tree


def _name(version: str, stack: Sequence[StackEntry], absent: Sequence[int]) -> str:
    kept = [entry.patch.id for at, entry in enumerate(stack) if at not in absent]
    gone = [stack[at].patch.id for at in absent]
    has = f" with {_listed(kept)}," if kept else ""
    return f"{version}{has} without {_listed(gone)}"


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(ids[:_MOST_NAMED]) + more
