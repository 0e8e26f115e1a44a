"""Split what was done to a component into patches: every commit's change, one on top of the other, on the release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from plugwatch.forks.adopt_history import State, merged_in, tree_at
from plugwatch.forks.adopt_normal import Normal
from plugwatch.forks.adopt_places import Place
from plugwatch.forks.git import Git
from plugwatch.forks.upgrade import Changes, diff_files
from plugwatch.model.adoption import AdoptedPatch, CommitFacts, Dropped, reverted_commits


@dataclass(frozen=True)
class Step:
    """One change: the trees before and after it, as they were, and what was said of it."""

    facts: CommitFacts
    old: str
    new: str
    message: str = ""


@dataclass
class Replay:
    """The patches so far on a release, and what became none."""

    git: Git
    normal: Normal
    tree: str
    patches: list[AdoptedPatch] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Put a change on top; where it meets one that came with the release, the commit's file is taken."""
        old, new = self.normal.tree(step.old), self.normal.tree(step.new)
        if old == new:
            self._drop(step, "touches nothing but what is left out, or the version in the header")
            return
        tree, met = (new, frozenset()) if old == self.tree else self._merge(old, new, new)
        if tree == self.tree:
            self._drop(step, "its change is there without it")
            return
        notes = tuple(f"{path} is taken as the commit left it, other changes included" for path in sorted(met))
        self._put(step, tree, notes)

    def add_earlier(self, step: Step, target: str, version: str) -> None:
        """Put a change from before the release came in on top, if it is still in what came in with it (``target``)."""
        old, new = self.normal.tree(step.old), self.normal.tree(step.new)
        if old == new:
            self._drop(step, "touches nothing but what is left out, or the version in the header")
            return
        tree, met = self._merge(old, new, target)
        if tree == self.tree:
            self._drop(step, f"release {version} has it")
        elif changed_lines(self.git, tree, target) < changed_lines(self.git, self.tree, target):
            notes = tuple(f"{path} is taken as it was after {version} came in" for path in sorted(met))
            self._put(step, tree, notes)
        else:
            self._drop(step, f"was overwritten when {version} came in; it is not in what is adopted")

    def _merge(self, old: str, new: str, instead: str) -> tuple[str, frozenset[str]]:
        """The change on top of the tree so far; a file where that cannot be done comes from the tree ``instead``."""
        merge = self.git.merge(old, self.tree, new)
        if not merge.conflicts:
            return merge.tree, frozenset()
        files, chosen = self.git.tree(merge.tree), self.git.tree(instead)
        known = merge.conflicts | {path for path in files if path not in chosen and "~" in path}
        for path in known:
            files.pop(path, None)
            if path in chosen:
                files[path] = chosen[path]
        return self.git.write_tree(files), frozenset(merge.conflicts)

    def _put(self, step: Step, tree: str, notes: tuple[str, ...] = ()) -> None:
        files = tuple(sorted(diff_files(self.git, self.tree, tree)))
        self.patches.append(AdoptedPatch(step.facts, tree, files, notes))
        self.tree = tree

    def put_tree(self, facts: CommitFacts, tree: str) -> None:
        """A change whose result is known."""
        self._put(Step(facts, self.tree, tree), tree)

    def _drop(self, step: Step, reason: str) -> None:
        self.dropped.append(Dropped(step.facts.commit or "", step.facts.title, reason))


def read_steps(git: Git, place: Place, chain: Sequence[State]) -> list[Step]:
    """The changes between the states of a chain; a merged branch is taken apart where its commits lead to the merge."""
    steps = []
    for before, state in pairwise(chain):
        old, new = before.tree or "", state.tree or ""
        steps += _merged(git, place, state, old) if len(state.parents) > 1 else [_step(state, old, new)]
    return steps


def _step(state: State, old: str, new: str) -> Step:
    return Step(state.facts, old, new, state.message)


def _merged(git: Git, place: Place, merge: State, old: str) -> list[Step]:
    new = merge.tree or ""
    inside = merged_in(git, place, merge)
    if len(inside) == 1:
        return [_step(inside[0], old, new)]
    steps, current = [], old
    for state in inside:
        below = tree_at(git, place, state.parents[0]) if state.parents else None
        merged = git.merge(below, current, state.tree) if below and state.tree else None
        if merged is None or merged.conflicts:
            break
        steps.append(_step(state, current, merged.tree))
        current = merged.tree
    if steps and current == new:
        return steps
    titles = "\n".join(f"* {state.facts.title}" for state in inside)
    why = "\n\n".join(part for part in (merge.facts.why, titles) if part)
    return [Step(replace(merge.facts, why=why), old, new, merge.message)]


def without_reverts(git: Git, steps: Sequence[Step]) -> tuple[list[Step], list[Dropped]]:
    """The steps without those that a later one takes back, and without the later one."""
    alive: list[tuple[Step, Changes]] = []
    dropped: list[Dropped] = []
    for step in steps:
        changes = diff_files(git, step.old, step.new)
        undone = next((pair for pair in reversed(alive) if _takes_back(step, changes, *pair)), None)
        if undone is None:
            alive.append((step, changes))
            continue
        alive.remove(undone)
        first, second = undone[0].facts, step.facts
        dropped.append(Dropped(first.commit or "", first.title, f"taken back by commit {(second.commit or '')[:10]}"))
        dropped.append(Dropped(second.commit or "", second.title, f"takes back commit {(first.commit or '')[:10]}"))
    return [step for step, _changes in alive], dropped


def _takes_back(later: Step, changes: Changes, earlier: Step, undone: Changes) -> bool:
    commit = earlier.facts.commit or ""
    named = any(commit.startswith(name) for name in reverted_commits(later.message))
    return named or changes == {path: (new, old) for path, (old, new) in undone.items()}


def changed_lines(git: Git, old: str, new: str) -> int:
    """How far apart two trees are: lines added and removed; a binary file counts as one."""
    rows = git.run("diff-tree", "-r", "-z", "--numstat", "--no-renames", old, new).stdout.split(b"\0")
    return sum(_lines(row) for row in rows if row)


def _lines(row: bytes) -> int:
    added, removed, _path = row.split(b"\t", 2)
    return int(added) + int(removed) if added.isdigit() else 1


def group_paths(paths: Iterable[str], split: str | None) -> dict[str, list[str]]:
    """Changed files, as one group or one for each file or folder at the top."""
    groups: dict[str, list[str]] = {}
    for path in sorted(paths):
        top = path.split("/")[0] if "/" in path else path
        groups.setdefault({"files": path, "folders": top}.get(split or "", ""), []).append(path)
    return groups
