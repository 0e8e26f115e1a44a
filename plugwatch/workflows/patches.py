"""Decide about a patch: what is meant with it, that a release has it, why it is there, that it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from plugwatch.errors import ForkError
from plugwatch.model.component import Component
from plugwatch.model.fork import STACK_REFS, Outcome, Patch, Release, StackEntry
from plugwatch.model.operation import Operation, RefChange
from plugwatch.model.patches.stance import Acceptance, Stance, check_reason
from plugwatch.workflows import forks as forks_workflow
from plugwatch.workflows.operations import Stamp


class PatchRows(Protocol):
    """What the ledger keeps of decisions."""

    def add_stance(self, stance: Stance) -> None:
        """Keep a stance beside the earlier ones."""

    def add_acceptance(self, acceptance: Acceptance) -> None:
        """Keep a yes, or that it was taken back."""

    def acceptances(self, component: Component) -> Sequence[Acceptance]:
        """All that was said of a component's patches, the earliest first."""


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def patches(self) -> PatchRows:
        """What it knows of patches."""


class Restacked(Protocol):
    """Patches put onto another tree."""

    @property
    def stack(self) -> tuple[tuple[Patch, str], ...]:
        """Those that went, each with the tree that it leads to."""

    @property
    def blocked(self) -> Patch | None:
        """The first that did not go."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """Why it did not."""


@dataclass(frozen=True)
class Drop:
    """A patch taken out of a stack (``blocked`` is None), or what kept it in."""

    release: Release
    patch: Patch
    reason: str
    kept: tuple[Patch, ...]
    tree: str | None
    blocked: Patch | None = None
    evidence: tuple[str, ...] = ()


def set_stance(
    work: UnitOfWork, patch: Patch, stance: str, reason: str, *, review_by: date | None, stamp: Stamp
) -> Stance:
    """Say what is meant with a patch; what was said before is kept. Raises PlugwatchError for an empty reason."""
    said = Stance(patch.id, stance, check_reason(reason), review_by, stamp.now, stamp.actor)
    work.patches.add_stance(said)
    return said


def forecast_patch(fork: forks_workflow.Fork, patch: Patch, version: str) -> Outcome:
    """What a release means for one patch, where a person's yes can make a difference; nothing is written.

    Raises ForkError where it makes none: the release has the patch byte for byte, or it certainly lacks it, or the
    patch is not among those that an upgrade to the release would carry.
    """
    plan = forks_workflow.forecast(fork, version)
    outcome = next((o for o in plan.outcomes if o.patch.id == patch.id), None)
    if outcome is None:
        raise ForkError(
            f"an upgrade to {version} starts from the patches on {plan.source}, and {patch.id} is not among them; "
            "there is nothing to accept"
        )
    if outcome.verdict == "carried":
        raise ForkError(
            f"{patch.id} merges cleanly into {version} and is not in it, so nothing was accepted; "
            f"to do without it say 'plugwatch patch drop {patch.id} --why REASON'"
        )
    if outcome.verdict == "landed":
        raise ForkError(
            f"{version} has {patch.id} as it is and needs no yes; "
            f"run 'plugwatch fork upgrade {fork.component} --to {version}'"
        )
    return outcome


def accept(
    work: UnitOfWork, component: Component, version: str, outcome: Outcome, reason: str, *, stamp: Stamp
) -> Acceptance:
    """Keep a person's yes: this release contains this patch. The reason may be empty."""
    why = check_reason(reason) if reason.strip() else ""
    said = Acceptance(outcome.patch.id, component, version, True, outcome.verdict, why, stamp.now, stamp.actor)
    work.patches.add_acceptance(said)
    return said


def take_back(
    work: UnitOfWork, component: Component, version: str, patch: Patch, reason: str, *, stamp: Stamp
) -> Acceptance:
    """Take a yes back. Raises ForkError where none stands."""
    standing = _standing(work, component).get((patch.id, version))
    if standing is None:
        raise ForkError(f"nobody has said that {component} {version} has {patch.id}; there is nothing to take back")
    why = check_reason(reason) if reason.strip() else ""
    said = replace(standing, stands=False, reason=why, at=stamp.now, actor=stamp.actor)
    work.patches.add_acceptance(said)
    return said


def accepted_patches(work: UnitOfWork, component: Component, version: str) -> list[str]:
    """The ids of the patches of which somebody has said that this release has them, and has not taken it back."""
    return [patch for patch, accepted in _standing(work, component) if accepted == version]


def accepted_in(work: UnitOfWork, component: Component, patch: str) -> list[str]:
    """The releases of which somebody has said that they have this patch."""
    return [version for accepted, version in _standing(work, component) if accepted == patch]


def _standing(work: UnitOfWork, component: Component) -> dict[tuple[str, str], Acceptance]:
    """By patch and version what was said last, where it is a yes."""
    said = {(a.patch, a.version): a for a in work.patches.acceptances(component)}
    return {key: acceptance for key, acceptance in said.items() if acceptance.stands}


def entry_on(fork: forks_workflow.Fork, patch: Patch, version: str | None) -> tuple[Release, list[StackEntry]]:
    """The stack that a patch is to be changed in: that on a release, else the newest one.

    Raises ForkError where the patch is not in it, naming the releases that carry it.
    """
    release = forks_workflow.release_to_patch(fork, version)
    stack = fork.stack(release.version)
    if all(entry.patch.id != patch.id for entry in stack):
        carrying = [v for v in fork.stacks() if any(entry.patch.id == patch.id for entry in fork.stack(v))]
        there = f"it is on {', '.join(carrying)}: name one with --on" if carrying else "no release carries it"
        raise ForkError(f"{patch.id} is not carried on {fork.component} {release.version}; {there}")
    return release, stack


def drop(
    fork: forks_workflow.Fork,
    patch: Patch,
    reason: str,
    restack: Callable[[str, Sequence[StackEntry]], Restacked],
    *,
    version: str | None,
    stamp: Stamp,
) -> tuple[Drop, Operation | None]:
    """Take a patch out of a stack although the release lacks it; those above are put onto what lies below it.

    Without an operation nothing may move: one of them does not go without it. Raises ForkError where a patch other
    than the one named would vanish.
    """
    why = check_reason(reason)
    release, stack = entry_on(fork, patch, version)
    place = [entry.patch.id for entry in stack].index(patch.id)
    gone, below, above = stack[place], stack[:place], stack[place + 1 :]
    done = restack(gone.base_tree, above)
    if done.blocked:
        kept = tuple(entry.patch for entry in stack)
        return Drop(release, gone.patch, why, kept, None, done.blocked, done.evidence), None
    rest = [*((entry.patch, entry.tree) for entry in below), *done.stack]
    kept = tuple(p for p, _tree in rest)
    if [p.id for p in kept] != [entry.patch.id for entry in (*below, *above)]:
        raise ForkError(
            f"{fork.component}: {len(stack)} patches before, {len(kept)} after one was dropped; "
            "it was stopped and nothing moved"
        )
    row = {
        "patch": patch.id,
        "version": release.version,
        "verdict": "dropped",
        "evidence": [why, f"{stamp.actor} took it out; the release does not have it"],
    }
    operation = _rewrite(fork, release, rest, "patch drop", {"drops": [row]}, stamp)
    return Drop(release, gone.patch, why, kept, rest[-1][1] if rest else release.tree), operation


@dataclass(frozen=True)
class Rework:
    """A patch with another content under the same id (``blocked`` is None), or what kept it as it was."""

    release: Release
    patch: Patch
    tree: str | None
    blocked: Patch | None = None
    evidence: tuple[str, ...] = ()


def rework(
    fork: forks_workflow.Fork,
    patch: Patch,
    change: Callable[[Release, StackEntry], str],
    restack: Callable[[str, Sequence[StackEntry]], Restacked],
    *,
    why: str | None,
    version: str | None,
    stamp: Stamp,
) -> tuple[Rework, Operation | None]:
    """Give a patch another content in its place; ``change`` makes the tree that it leads to. Those above follow.

    Without an operation nothing may move: one of those above does not go on top of it. Raises ForkError where it would
    change nothing.
    """
    release, stack = entry_on(fork, patch, version)
    place = [entry.patch.id for entry in stack].index(patch.id)
    old, below, above = stack[place], stack[:place], stack[place + 1 :]
    tree = change(release, old)
    if tree == old.base_tree:
        raise ForkError(f"{patch.id} would change nothing any more; to carry it no longer say 'plugwatch patch drop'")
    reason = old.patch.why if why is None else check_reason(why)
    if tree == old.tree and reason == old.patch.why:
        raise ForkError(f"{patch.id} is the same already; nothing was changed")
    done = restack(tree, above)
    if done.blocked:
        return Rework(release, old.patch, None, done.blocked, done.evidence), None
    new = replace(old.patch, why=reason, date=stamp.git_date())
    rest = [*((entry.patch, entry.tree) for entry in below), (new, tree), *done.stack]
    operation = _rewrite(fork, release, rest, "patch rework", {}, stamp)
    return Rework(release, new, rest[-1][1]), operation


def _rewrite(
    fork: forks_workflow.Fork,
    release: Release,
    patches: Sequence[tuple[Patch, str]],
    command: str,
    rows: dict[str, list[dict[str, Any]]],
    stamp: Stamp,
) -> Operation:
    """The operation that puts these patches in the place of a stack."""
    name = STACK_REFS + release.version
    change = RefChange(name, fork.refs().get(name), fork.write_stack(release, patches))
    stack = {"version": release.version, "patches": [patch.id for patch, _tree in patches]}
    return stamp.operation(fork.component, command, [change], {"stacks": [stack], **rows})
