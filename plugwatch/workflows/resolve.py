"""Merge by hand what an upgrade cannot: begin, go on from patch to patch, give up; nothing moves before all is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from plugwatch.errors import ForkError
from plugwatch.model.fork import Plan, StackEntry
from plugwatch.model.markers import Known, Labels, LaidFile, Result, lay_out
from plugwatch.model.operation import Operation, RefChange
from plugwatch.model.sharing import RESOLUTIONS_REF
from plugwatch.model.verdicts.conflict import CONFLICT_REFS, Attempt, Conflict
from plugwatch.model.verdicts.resolution import Resolution, unambiguous
from plugwatch.model.verdicts.verdict import FileTriple
from plugwatch.workflows import forks as forks_workflow
from plugwatch.workflows.forks import Upgrade
from plugwatch.workflows.operations import Stamp
from plugwatch.workflows.resolve_checks import Consent, Problem, Stop, all_files, find_problems, find_resolutions


class PlannedFork(forks_workflow.Fork, Protocol):
    """A fork whose upgrade is worked out."""

    @property
    def ready(self) -> Plan:
        """The plan."""


class Fork(forks_workflow.Fork, Protocol):
    """What merging by hand asks of a fork; objects are written, refs are not moved."""

    def history(self) -> list[tuple[int, Operation]]:
        """All operations with their numbers, oldest first."""

    def conflicts(self) -> dict[str, str]:
        """The commits of merges that are under way, by the release that they are for."""

    def read_conflict(self, commit: str) -> Conflict:
        """The record in a commit."""

    def find_stop(self, attempt: Attempt, *, keep: bool) -> Stop | None:
        """Where an attempt stops."""

    def planned(self, attempt: Attempt) -> PlannedFork:
        """The fork with the plan of an attempt."""

    def write_laid(
        self, entry: StackEntry, onto: str, laid: Sequence[tuple[FileTriple, LaidFile, bytes | None]]
    ) -> tuple[str, tuple[LaidFile, ...]]:
        """The component's tree as a person gets it, and the files laid out in it."""

    def result(self, conflict: Conflict, edited: Mapping[str, bytes | None]) -> Result:
        """The files that differ from the tree that the patch goes on."""

    def content(self, tree: str, path: str) -> bytes | None:
        """A file of a tree."""

    def write_files(self, files: Mapping[str, bytes | None]) -> dict[str, str | None]:
        """Store contents; the blob of each path."""

    def write_conflict(self, conflict: Conflict, date: str) -> str:
        """The commit that keeps a merge under way."""

    def write_resolutions(self, made: Sequence[Resolution], forget: Collection[str] = ()) -> str | None:
        """The commit with what this fork remembers, these added and those taken out."""


@dataclass(frozen=True)
class Open:
    """A merge that is under way, and the commit that keeps it.

    ``said`` are the patches of which somebody says now that the release has them: that may be taken back while she
    merges, so it is no part of what is kept.
    """

    commit: str
    conflict: Conflict
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """What came of going on: problems, or the next patch that needs a person, or the upgrade."""

    problems: tuple[Problem, ...] = ()
    stopped: Open | None = None
    upgrade: Upgrade | None = None


def find_open(
    fork: Fork, target: str | None, said: Callable[[str], Collection[str]] = lambda _version: ()
) -> Open | None:
    """The merge that is under way, if there is one; ``said`` tells of which patches somebody says that a release has
    them.

    Raises ForkError where it is for another release than ``target``.
    """
    commits = fork.conflicts()
    if target is not None and target not in commits and commits:
        other = next(iter(commits))
        raise ForkError(
            f"a merge of {fork.component} for {other} is under way; finish it with 'plugwatch fork resolve "
            f"{fork.component} --to {other} --continue', or give it up with --abort"
        )
    version = target if target is not None else next(iter(commits), None)
    if version is None or version not in commits:
        return None
    conflict = fork.read_conflict(commits[version])
    return Open(commits[version], conflict, _in_stack(fork, conflict.attempt.source, said(version)))


def _in_stack(fork: Fork, source: str, said: Collection[str]) -> tuple[str, ...]:
    """Those of some patches that a stack has."""
    there = {entry.patch.id for entry in fork.stack(source)} if said else set()
    return tuple(patch for patch in said if patch in there)


def _with_said(attempt: Attempt, said: Collection[str], waiting: str | None = None) -> Attempt:
    """An attempt with what has been said of patches that she has not decided herself, and that do not wait for her."""
    decided = {*attempt.accepted, *attempt.by_hand, waiting}
    return replace(attempt, accepted=(*attempt.accepted, *(patch for patch in said if patch not in decided)))


def check_unchanged(fork: Fork, conflict: Conflict) -> None:
    """Raise ForkError where the releases or the patches are not those that a merge was begun with."""
    attempt = conflict.attempt
    if attempt.target in fork.stacks():
        what = f"patches were carried to {attempt.target} meanwhile"
    elif fork.stacks().get(attempt.source) != conflict.source_tip:
        what = f"the patches on {attempt.source} have changed since this merge was begun"
    elif (source := forks_workflow.choose_source(fork, attempt.target)) != attempt.source:
        what = f"patches were carried to {source} meanwhile, from which they would go to {attempt.target} now"
    elif fork.release(attempt.target).commit != conflict.target_commit:
        what = f"release {attempt.target} is another one than this merge was begun with"
    else:
        return
    raise ForkError(f"{what}; keep what you need of your files, then give it up with {_abort(conflict)}")


def begin(
    fork: Fork, target: str, accepted: Sequence[str], known: Known, *, stamp: Stamp
) -> tuple[Open | None, Operation | None]:
    """Find the first patch that needs a person on a release, and write down what is laid out for her.

    ``accepted`` are patches of which somebody has said that the release has them; ``known`` finds resolutions. None
    where no patch needs a person.
    """
    source = forks_workflow.choose_source(fork, target)
    attempt, said = Attempt(source, target), _in_stack(fork, source, accepted)
    stop = fork.find_stop(_with_said(attempt, said), keep=True)
    if stop is None:
        return None, None
    opened = replace(_stopped(fork, attempt, stop, known, (), stamp), said=said)
    change = RefChange(opened.conflict.ref, None, opened.commit)
    return opened, stamp.operation(fork.component, "fork resolve", [change], {})


def _stopped(fork: Fork, attempt: Attempt, stop: Stop, known: Known, made: Sequence[Resolution], stamp: Stamp) -> Open:
    patch, outcome = stop.entry.patch, stop.outcome
    own = {one.key: one for one in made}
    labels = Labels(attempt.target, f"{patch.id} {patch.title}")
    laid_out = lay_out(stop.files, outcome.verdict, labels, lambda key: own.get(key) or known(key))
    rows = [(triple, file, content) for triple, (file, content) in zip(stop.files, laid_out, strict=True)]
    laid, files = fork.write_laid(stop.entry, stop.onto, rows)
    conflict = Conflict(
        component=str(fork.component),
        attempt=attempt,
        source_tip=fork.stacks()[attempt.source],
        target_commit=fork.release(attempt.target).commit,
        patch=patch.id,
        title=patch.title,
        verdict=outcome.verdict,
        confidence=outcome.confidence,
        evidence=outcome.evidence,
        onto=stop.onto,
        laid=laid,
        files=files,
        resolutions=tuple(made),
        actor=stamp.actor,
        at=stamp.now.isoformat(timespec="seconds"),
    )
    return Open(fork.write_conflict(conflict, stamp.git_date()), conflict)


def find_stop(fork: Fork, opened: Open, *, keep: bool) -> Stop:
    """Where a merge that is under way stands. Raises ForkError where that is not where it was laid out for."""
    conflict = opened.conflict
    check_unchanged(fork, conflict)
    stop = fork.find_stop(_with_said(conflict.attempt, opened.said, conflict.patch), keep=keep)
    if stop is None or (stop.entry.patch.id, stop.onto) != (conflict.patch, conflict.onto):
        raise ForkError(
            f"the merge would not stop at {conflict.patch} as it did when it was laid out: since then somebody said of "
            "a patch below it that the release has it, or took that back, or plugwatch was upgraded; keep what you "
            f"need of your files, then give it up with {_abort(conflict)} and begin anew"
        )
    return stop


def review(
    fork: Fork, opened: Open, edited: Mapping[str, bytes | None], consent: Consent, *, keep: bool = False
) -> tuple[Problem, ...]:
    """What keeps a person's files from being taken: ``edited`` holds those that are not as they were laid out."""
    stop = find_stop(fork, opened, keep=keep)
    return find_problems(fork, opened.conflict, stop, edited, consent)


def go_on(
    fork: Fork, opened: Open, edited: Mapping[str, bytes | None], consent: Consent, known: Known, *, stamp: Stamp
) -> tuple[Step, Operation | None]:
    """Take a person's files for the patch that waits, and go on to the next that needs her, or to the end."""
    conflict = opened.conflict
    stop = find_stop(fork, opened, keep=True)
    problems = find_problems(fork, conflict, stop, edited, consent)
    if problems:
        return Step(problems), None
    files = {path: after for path, (_before, after) in sorted(all_files(fork, conflict, edited).items())}
    attempt = conflict.attempt.with_files(conflict.patch, fork.write_files(files))
    made = [*conflict.resolutions, *find_resolutions(fork, conflict, files, stamp)]
    return _advance(fork, opened, attempt, known, made, stamp)


def drop(fork: Fork, opened: Open, known: Known, *, stamp: Stamp) -> tuple[Step, Operation | None]:
    """Say that the release has the patch that waits, and go on."""
    find_stop(fork, opened, keep=True)
    attempt = opened.conflict.attempt.with_drop(opened.conflict.patch)
    return _advance(fork, opened, attempt, known, opened.conflict.resolutions, stamp)


def give_up(fork: Fork, version: str, *, stamp: Stamp) -> Operation:
    """The operation that ends a merge and leaves everything else as it was."""
    change = RefChange(CONFLICT_REFS + version, fork.conflicts()[version], None)
    return stamp.operation(fork.component, "fork resolve", [change], {})


def forget(fork: Fork, key: str, *, stamp: Stamp) -> Operation:
    """The operation that takes a resolution out of what a fork remembers."""
    below = fork.refs().get(RESOLUTIONS_REF)
    change = RefChange(RESOLUTIONS_REF, below, fork.write_resolutions((), {key}))
    return stamp.operation(fork.component, "fork resolutions", [change], {})


def is_dealt_with(fork: Fork, version: str, commit: str) -> bool:
    """Whether a command has taken or given up what was laid out for a state of a merge, and nobody has undone it."""
    for _number, operation in reversed(fork.history()):
        for change in operation.refs:
            if change.name == CONFLICT_REFS + version and change.old == commit:
                return operation.undoes is None
    return False


def _advance(
    fork: Fork, opened: Open, attempt: Attempt, known: Known, made: Sequence[Resolution], stamp: Stamp
) -> tuple[Step, Operation | None]:
    conflict = opened.conflict
    whole = _with_said(attempt, opened.said)
    stop = fork.find_stop(whole, keep=True)
    if stop is None:
        return _finish(fork, opened, whole, made, stamp)
    if stop.entry.patch.id == conflict.patch:
        kind = "php" if stop.outcome.php == "failed" else "merge"
        return Step(tuple(Problem(kind, "", sentence) for sentence in stop.outcome.evidence)), None
    following = replace(_stopped(fork, attempt, stop, known, made, stamp), said=opened.said)
    change = RefChange(conflict.ref, opened.commit, following.commit)
    return Step(stopped=following), stamp.operation(fork.component, "fork resolve", [change], {})


def _finish(
    fork: Fork, opened: Open, attempt: Attempt, made: Sequence[Resolution], stamp: Stamp
) -> tuple[Step, Operation]:
    """The upgrade, as ``fork upgrade`` does it, with the end of the merge and what it has taught in the same record."""
    planned = fork.planned(attempt)
    for outcome in planned.ready.outcomes:
        if outcome.patch.id in attempt.by_hand and outcome.verdict != "carried":
            raise ForkError(f"of {outcome.patch.id} nothing is left in what was merged by hand, so nothing moved")
    accepted = [outcome.patch.id for outcome in planned.ready.outcomes if outcome.accepted]
    upgrade, operation = forks_workflow.upgrade(planned, attempt.target, accepted, stamp=stamp)
    if operation is None:
        raise ForkError(f"the patches of {fork.component} have changed meanwhile; run the command again")
    refs = [*operation.refs, RefChange(opened.conflict.ref, opened.commit, None)]
    learned = unambiguous(made)
    if learned:
        below = fork.refs().get(RESOLUTIONS_REF)
        above = fork.write_resolutions(learned)
        refs += [RefChange(RESOLUTIONS_REF, below, above)] if above != below else []
    return Step(upgrade=upgrade), replace(operation, refs=tuple(refs))


def _abort(conflict: Conflict) -> str:
    return f"'plugwatch fork resolve {conflict.component} --to {conflict.attempt.target} --abort'"
