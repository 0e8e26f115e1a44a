"""Work out what a release means for a stack of patches: git merges, the pure rules judge, nothing moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.forks import php
from plugwatch.forks.git import Git, Merge, TreeEntry
from plugwatch.forks.repository import Repository
from plugwatch.model.fork import Outcome, Patch, Plan, Release, StackEntry
from plugwatch.model.verdict import FileTriple, judge


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
    run = _Run(git, repository.release(request.source), target, git.tree(target.tree))
    outcomes = tuple(run.step(entry, request) for entry in stack)
    return Plan(repository.component, request.source, target, outcomes, tuple(run.kept))


class _Run:
    """The state that one patch hands on to the next: the release and what is kept on it so far."""

    def __init__(self, git: Git, source: Release, target: Release, files: dict[str, TreeEntry]) -> None:
        self.git = git
        self.source = source
        self.target = target
        self.files = files
        self.tree = target.tree
        self.kept: list[tuple[Patch, str]] = []
        self._renames: dict[str, str] | None = None

    def step(self, entry: StackEntry, request: Request) -> Outcome:
        changes = diff_files(self.git, entry.base_tree, entry.tree)
        merge = self.git.merge(entry.base_tree, self.tree, entry.tree)
        merged_files = self.git.tree(merge.tree)
        judgement = judge(self._triples(changes, merge, merged_files))
        verdict, evidence, syntax = judgement.verdict, judgement.evidence, "not-checked"
        if verdict == "carried":
            changed = changed_files(self.files, merged_files)
            syntax, complaints = self._check_php(changed, merged_files, compile_php=request.compile_php)
            if complaints:
                verdict, evidence = "conflict", complaints
        accepted = entry.patch.id in request.accept and verdict != "carried"
        if verdict == "carried":
            self.kept.append((entry.patch, merge.tree))
            self.tree, self.files = merge.tree, merged_files
        return Outcome(entry.patch, verdict, tuple(evidence), tuple(sorted(changes)), syntax, accepted)

    def _triples(
        self, changes: dict[str, tuple[TreeEntry | None, TreeEntry | None]], merge: Merge, merged: dict[str, TreeEntry]
    ) -> list[FileTriple]:
        triples = []
        for path, (base, ours) in sorted(changes.items()):
            place = self._place(path, merged)
            theirs = self.files.get(place) if place else None
            conflicted = bool({path, place} & merge.conflicts)
            blobs = [base, ours, theirs, merged.get(place) if place and not conflicted else None]
            contents = self._contents(blobs)
            triples.append(
                FileTriple(
                    path=path,
                    path_new=place,
                    base=contents[0],
                    ours=contents[1],
                    theirs=contents[2],
                    merged=contents[3],
                    conflicted=conflicted,
                    vendor_old=contents[0],
                )
            )
        return triples

    def _place(self, path: str, merged: dict[str, TreeEntry]) -> str | None:
        """Where a patched file lives in the new release; None when the vendor removed it."""
        if path in self.files:
            return path
        if self._renames is None:
            self._renames = find_renames(self.git, self.source.tree, self.target.tree)
        moved = self._renames.get(path)
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


def diff_files(git: Git, old: str, new: str) -> dict[str, tuple[TreeEntry | None, TreeEntry | None]]:
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


def find_renames(git: Git, old: str, new: str) -> dict[str, str]:
    """Files that git takes for renamed between two trees (at least half alike): old path to new path."""
    out = git.run("diff-tree", "-r", "-z", "-M50%", "-l0", "--diff-filter=R", "--name-status", old, new).stdout
    fields = out.decode("utf-8", "surrogateescape").split("\0")
    return {fields[i + 1]: fields[i + 2] for i in range(0, len(fields) - 2, 3)}


def changed_files(before: dict[str, TreeEntry], after: dict[str, TreeEntry]) -> set[str]:
    """Paths that differ between two listings."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _entry(mode: str, blob: str) -> TreeEntry | None:
    return None if mode == "000000" else TreeEntry(mode, blob)
