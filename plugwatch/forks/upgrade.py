"""Work out what a release means for a stack of patches: git merges, the pure rules judge, nothing moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from plugwatch.errors import ForkError
from plugwatch.forks import php
from plugwatch.forks.git import Git, Merge, TreeEntry
from plugwatch.forks.repository import Repository
from plugwatch.model.fork import Outcome, Patch, Plan, Release, StackEntry
from plugwatch.model.verdict import FileTriple, judge

# The files that differ between two trees, each with its entry before and after.
Changes: TypeAlias = "dict[str, tuple[TreeEntry | None, TreeEntry | None]]"


@dataclass(frozen=True)
class Request:
    """Which stack goes to which release; ``accept`` names the patches that a person says are in the release.

    ``compile_php`` runs ``php -l`` on each changed file, instead of a parse of all of them at once.
    """

    source: str
    target: str
    accept: frozenset[str] = frozenset()
    compile_php: bool = False


def plan_upgrade(repository: Repository, git: Git, request: Request) -> Plan:
    """Try every patch of a stack on another release, bottom first.

    All are tried: one that stops is left out below the later ones, so that one look shows everything. ``git`` is where
    merged objects go: the fork itself, or a quarantine when nothing may be written. Raises ForkError when there is no
    such stack or release.
    """
    stack = repository.stack(request.source)
    target = repository.release(request.target)
    unknown = request.accept - {entry.patch.id for entry in stack}
    if unknown:
        raise ForkError(f"{', '.join(sorted(unknown))} is not among the patches on {request.source}")
    run = _Run(git, repository.release(request.source), target)
    outcomes = tuple(run.step(entry, request) for entry in stack)
    return Plan(repository.component, request.source, target, outcomes, tuple(run.kept))


class _Run:
    """The state that one patch hands on to the next: the release and what is kept on it so far."""

    def __init__(self, git: Git, source: Release, target: Release) -> None:
        self.git = git
        self.source_files = git.tree(source.tree)
        self.files = git.tree(target.tree)
        self.renames = Renames(git, self.source_files, self.files)
        self.tree = target.tree
        self.kept: list[tuple[Patch, str]] = []

    def step(self, entry: StackEntry, request: Request) -> Outcome:
        """Judge one patch on what is kept so far and, where it is carried, put it on top."""
        changes = diff_files(self.git, entry.base_tree, entry.tree)
        if not changes:
            raise ForkError(f"{entry.patch.id} on {request.source} changes no file; it is no patch any more")
        merge = self.git.merge(entry.base_tree, self.tree, entry.tree)
        merged_files = self.git.tree(merge.tree)
        changed = changed_files(self.files, merged_files)
        triples = self._triples(changes, merge, merged_files)
        judgement = judge(triples)
        verdict, evidence, syntax = judgement.verdict, judgement.evidence, "not-checked"
        if doubts := self._doubts(changes, merge, changed, triples, verdict):
            verdict, evidence = "conflict", doubts
        elif verdict == "carried" and not changed:
            verdict, evidence = "landed", ("the release has the same files with the same bytes and modes",)
        elif verdict == "carried":
            syntax, complaints = self._check_php(changed, merged_files, compile_php=request.compile_php)
            if complaints:
                verdict, evidence = "conflict", complaints
        accepted = entry.patch.id in request.accept and verdict != "carried"
        if verdict == "carried":
            self.kept.append((entry.patch, merge.tree))
            self.tree, self.files = merge.tree, merged_files
        return Outcome(entry.patch, verdict, tuple(evidence), tuple(sorted(changes)), syntax, accepted)

    def _doubts(
        self, changes: Changes, merge: Merge, changed: Collection[str], triples: Sequence[FileTriple], verdict: str
    ) -> tuple[str, ...]:
        """What the contents of the patched files cannot tell: files that they do not name, and modes."""
        if verdict not in ("carried", "landed"):
            return ()
        places = {t.path: t.path_new for t in triples}
        named = {*places, *places.values()}
        doubts = [f"{path}: git's merge conflicts there" for path in sorted(merge.conflicts) if path not in named]
        if verdict == "carried":
            doubts += [f"{path}: git's merge puts the change here" for path in sorted(changed) if path not in named]
            doubts += [f"{path}: git's merge conflicts there" for path in sorted(merge.conflicts & named)]
            return tuple(doubts)
        for path, (base, ours) in sorted(changes.items()):
            theirs = self.files.get(places[path] or "")
            if ours and theirs and ours.mode != theirs.mode and (base is None or base.mode != ours.mode):
                doubts.append(f"{path}: the patch sets its mode to {ours.mode}, in the release it is {theirs.mode}")
        return tuple(doubts)

    def _triples(self, changes: Changes, merge: Merge, merged: dict[str, TreeEntry]) -> list[FileTriple]:
        triples = []
        for path, (base, ours) in sorted(changes.items()):
            place = self._place(path, merged)
            theirs = self.files.get(place) if place else None
            conflicted = bool({path, place} & merge.conflicts)
            result = merged.get(place) if place and not conflicted else None
            contents = self._contents([base, ours, theirs, result, self.source_files.get(path)])
            triples.append(
                FileTriple(
                    path=path,
                    path_new=place,
                    base=contents[0],
                    ours=contents[1],
                    theirs=contents[2],
                    merged=contents[3],
                    conflicted=conflicted,
                    vendor_old=contents[4],
                )
            )
        return triples

    def _place(self, path: str, merged: dict[str, TreeEntry]) -> str | None:
        """Where a patched file lives in the new release; None when the vendor removed it."""
        if path in self.files:
            return path
        moved = self.renames.find(path)
        return moved if moved in self.files else path if path in merged else None

    def _contents(self, entries: Sequence[TreeEntry | None]) -> list[bytes | None]:
        found = iter(self.git.objects(e.blob for e in entries if e))
        return [next(found) if entry else None for entry in entries]

    def _check_php(
        self, paths: Collection[str], merged: dict[str, TreeEntry], *, compile_php: bool
    ) -> tuple[str, tuple[str, ...]]:
        """``ok``, ``failed`` or ``not-checked``, and a sentence for each file that the merge broke."""
        files = [p for p in sorted(paths) if p.endswith(".php") and p in merged]
        if not files or not php.available():
            return "not-checked", ()
        check = php.compile_errors if compile_php else php.parse_errors
        errors = check(dict(zip(files, self.git.objects(merged[p].blob for p in files), strict=True)))
        if not errors:
            return ("not-checked" if errors is None else "ok"), ()
        theirs = {p: self.git.blob(self.files[p].blob) for p in errors if p in self.files}
        broken_before = (check(theirs) if theirs else None) or {}
        complaints = tuple(
            f"{path}: the merged file does not parse: {message}"
            for path, message in errors.items()
            if path not in broken_before
        )
        return "failed", complaints


def diff_files(git: Git, old: str, new: str) -> Changes:
    """The files that differ between two trees, each with its entry before and after (None where it is not there)."""
    fields = git.run("diff-tree", "-r", "-z", "--no-renames", old, new).stdout.decode("utf-8", "surrogateescape")
    parts = iter(fields.split("\0"))
    found = {}
    for meta in parts:
        if not meta:
            break
        old_mode, new_mode, old_blob, new_blob, _status = meta.lstrip(":").split(" ")
        found[next(parts)] = (_entry(old_mode, old_blob), _entry(new_mode, new_blob))
    return found


class Renames:
    """What git takes for renamed between two listings of files (at least half alike).

    Only files that are asked for are compared with those that came: all that went with all that came would take
    minutes in a release that moves everything. What came with the very bytes of a file that went is that one's.
    """

    def __init__(self, git: Git, old: Mapping[str, TreeEntry], new: Mapping[str, TreeEntry]) -> None:
        self.git = git
        self.old = {path: entry for path, entry in old.items() if path not in new}
        self.new = {path: entry for path, entry in new.items() if path not in old}

    @cached_property
    def _candidates(self) -> str:
        taken = {entry.blob for entry in self.old.values()}
        return self.git.write_tree({path: entry for path, entry in self.new.items() if entry.blob not in taken})

    def find(self, path: str) -> str | None:
        """The new path of a file that went; None where there is none, or where it is still there."""
        entry = self.old.get(path)
        if entry is None:
            return None
        exact = [new for new, other in self.new.items() if other.blob == entry.blob]
        if exact:
            name = path.rpartition("/")[2]
            return min(exact, key=lambda new: (new.rpartition("/")[2] != name, new))
        before = self.git.write_tree({path: entry})
        options = ("-r", "-z", "-M50%", "-l0", "--diff-filter=R", "--name-status")
        out = self.git.run("diff-tree", *options, before, self._candidates).stdout
        fields = out.decode("utf-8", "surrogateescape").split("\0")
        return fields[2] if len(fields) > 2 else None


def changed_files(before: dict[str, TreeEntry], after: dict[str, TreeEntry]) -> set[str]:
    """Paths that differ between two listings."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _entry(mode: str, blob: str) -> TreeEntry | None:
    return None if mode == "000000" else TreeEntry(mode, blob)
