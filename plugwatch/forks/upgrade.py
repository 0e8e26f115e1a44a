"""Work out what a release means for a stack of patches: git merges, the pure rules judge, nothing moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugwatch.errors import ForkError
from plugwatch.forks import php
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.objects import Changes, Objects
from plugwatch.forks.overview import Overview
from plugwatch.forks.picks import Pick, Picker
from plugwatch.model.fork import Outcome, Patch, Plan, Release, StackEntry
from plugwatch.model.verdicts.verdict import FileTriple

__all__ = ["Changes", "Request", "Stop", "changed_files", "diff_files", "find_stop", "forecast_upgrade", "plan_upgrade"]


@dataclass(frozen=True)
class Request:
    """Which stack goes to which release.

    ``accept`` names the patches that a person says are in the release, ``by_hand`` holds the files of those that a
    person has merged (by path in the release; None for one that goes). ``compile_php`` runs ``php -l`` on each changed
    file, instead of a parse.
    """

    source: str
    target: str
    accept: frozenset[str] = frozenset()
    by_hand: Mapping[str, Mapping[str, bytes | None]] = field(default_factory=dict)
    compile_php: bool = False


@dataclass(frozen=True)
class Stop:
    """The first patch that needs a person: on which tree, in which files, and why."""

    entry: StackEntry
    onto: str
    outcome: Outcome
    files: tuple[FileTriple, ...]


def plan_upgrade(view: Overview, git: Git, request: Request, parser: php.Parser) -> Plan:
    """Try every patch of a stack on another release, bottom first.

    All are tried: one that stops is left out below the later ones, so that one look shows everything. ``git`` is where
    merged objects go: the fork itself, or a quarantine when nothing may be written. Raises ForkError when there is no
    such stack or release.
    """
    with Objects(git) as objects:
        run = _Run(view, objects, request, parser)
        run.picker.prepare(run.stack)
        outcomes = tuple(run.step(entry)[0] for entry in run.stack)
        return Plan(view.component, request.source, run.picker.target, outcomes, tuple(run.kept))


def forecast_upgrade(view: Overview, git: Git, request: Request, parser: php.Parser) -> Plan:
    """As :func:`plan_upgrade`, and nothing of it is left behind."""
    with git.quarantine() as apart:
        return plan_upgrade(view, apart, request, parser)


def find_stop(view: Overview, git: Git, request: Request) -> Stop | None:
    """The first patch of a stack that needs a person on another release; None where none does."""
    with Objects(git) as objects, php.Parser() as parser:
        run = _Run(view, objects, request, parser)
        for entry in run.stack:
            onto = run.picker.tree
            outcome, pick = run.step(entry)
            if not outcome.settled:
                return Stop(entry, onto, outcome, pick.files)
    return None


class _Run:
    def __init__(self, view: Overview, objects: Objects, request: Request, parser: php.Parser) -> None:
        self.stack = view.stacks.get(request.source, ())
        source, target = (_release(view, version) for version in (request.source, request.target))
        unknown = request.accept - {entry.patch.id for entry in self.stack}
        if unknown:
            raise ForkError(f"{', '.join(sorted(unknown))} is not among the patches on {request.source}")
        self.request = request
        self.objects = objects
        self.parser = parser
        self.picker = Picker(objects, source, target)
        self.kept: list[tuple[Patch, str]] = []

    def step(self, entry: StackEntry) -> tuple[Outcome, Pick]:
        """Judge one patch on what is kept so far and, where it is carried, put it on top."""
        pick = self.picker.pick(entry, by_hand=self.request.by_hand.get(entry.patch.id))
        verdict, evidence, checked = pick.judgement.verdict, pick.judgement.evidence, "not-checked"
        if verdict == "carried":
            checked, complaints, remarks = self._check_php(pick)
            evidence = (*evidence, *remarks)
            if complaints:
                verdict, evidence = "conflict", complaints
        if verdict == "carried" and pick.tree:
            self.kept.append((entry.patch, pick.tree))
            self.picker.tree = pick.tree
        accepted = entry.patch.id in self.request.accept and verdict != "carried"
        files = tuple(sorted(self.objects.diff(entry.base_tree, entry.tree)))
        confidence = pick.judgement.confidence if verdict == pick.judgement.verdict else "low"
        return Outcome(entry.patch, verdict, tuple(evidence), files, checked, accepted, confidence), pick

    def _check_php(self, pick: Pick) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """``ok``, ``failed`` or ``not-checked``; a sentence for each file that the merge broke, and that was broken."""
        merged = {path: self.objects.file(pick.tree or "", path) for path in pick.written if path.endswith(".php")}
        files = {path: self.objects.read(entry.blob) for path, entry in merged.items() if entry}
        if not files:
            return "not-checked", (), ()
        check = php.compile_errors if self.request.compile_php else self.parser.errors
        errors = check(files)
        if not errors:
            return ("not-checked" if errors is None else "ok"), (), ()
        before = {path: self.objects.file(self.picker.tree, path) for path in errors}
        broken = check({path: self.objects.read(entry.blob) for path, entry in before.items() if entry}) or {}
        complaints = tuple(f"{p}: the merged file does not parse: {errors[p]}" for p in errors if p not in broken)
        remarks = tuple(f"{p}: does not parse, with or without the patch: {errors[p]}" for p in errors if p in broken)
        return "failed", complaints, remarks


def _release(view: Overview, version: str) -> Release:
    for release in view.releases:
        if release.version == version:
            return release
    raise ForkError(f"{view.component} has no release {version}")


def diff_files(git: Git, old: str, new: str) -> Changes:
    """The files that differ between two trees, each with its entry before and after (None where it is not there)."""
    with Objects(git) as objects:
        return objects.diff(f"{old}^{{tree}}", f"{new}^{{tree}}")  # of commits too


def changed_files(before: dict[str, TreeEntry], after: dict[str, TreeEntry]) -> set[str]:
    """Paths that differ between two listings."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
