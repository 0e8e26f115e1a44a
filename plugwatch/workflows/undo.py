"""Take back what a command did to a fork, as a new operation: nothing that was recorded is ever lost or rewritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from plugwatch.errors import ForkError
from plugwatch.model.component import Component
from plugwatch.model.fork import STACK_REFS, Release, StackEntry
from plugwatch.model.operation import FORGETTING, Operation, RefChange, outcomes
from plugwatch.model.site import InstalledOn
from plugwatch.workflows.operations import Stamp


class Fork(Protocol):
    """What undoing asks of a fork."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    @property
    def directory(self) -> Path:
        """Its repository."""

    def refs(self) -> dict[str, str]:
        """All refs and the objects they name."""

    def history(self) -> list[tuple[int, Operation]]:
        """All operations with their numbers, oldest first."""

    def release(self, version: str) -> Release:
        """One release."""

    def read_stack(self, release: Release, tip: str) -> list[StackEntry]:
        """The patches between a release and the tip of a stack on it."""


class ForkIndex(Protocol):
    """The ledger's index of forks."""

    def resting_on(self, patch_id: str) -> list[tuple[str, str]]:
        """The submissions of a patch that are not over, each with its status."""


class Installations(Protocol):
    """What runs where."""

    def where(self, component: Component) -> list[InstalledOn]:
        """The sites that have a component."""


class Work(Protocol):
    """One state of the ledger."""

    @property
    def forks(self) -> ForkIndex: ...

    @property
    def installations(self) -> Installations: ...


@dataclass(frozen=True)
class Undo:
    """What is to be undone: an operation and its number.

    ``command`` is the one that its undoing takes back or, where ``redoes``, brings back: an undo may undo an undo.
    ``restored`` is the operation that ``target`` has undone, None where it is a command's own; ``below`` the number of
    the one that would be the next to undo, None where nothing is left then.
    """

    number: int
    target: Operation
    command: Operation
    redoes: bool
    restored: Operation | None
    below: int | None


def find_undo(fork: Fork, wanted: int | None) -> Undo:
    """What ``fork undo`` means: the last operation, or an earlier one where all that came after it is undone.

    Raises ForkError where there is none, where later operations rest on it, and where it has made a fork forget.
    """
    history = fork.history()
    if not history:
        raise ForkError(f"nothing was ever done in the fork of {fork.component}, so there is nothing to undo")
    numbers, operations = [number for number, _operation in history], [operation for _number, operation in history]
    states = outcomes(operations)
    place = len(history) - 1
    if wanted is not None and wanted != numbers[-1]:
        place = _newest_form(_place(fork.component, wanted, numbers, states), operations)
    target = operations[place]
    if target.command == FORGETTING:
        raise ForkError(
            f"'{FORGETTING}' cannot be undone, nor what was done in the fork of {fork.component} before it: "
            "what it has erased is not kept anywhere"
        )
    command, redoes = _command(target, {operation.id: operation for operation in operations})
    below = states[place - 1] if place else -1
    restored = next((operation for operation in operations if operation.id == target.undoes), None)
    further = below >= 0 and operations[below].command != FORGETTING
    return Undo(numbers[place], target, command, redoes, restored, numbers[below] if further else None)


def _place(component: Component, wanted: int, numbers: Sequence[int], states: Sequence[int]) -> int:
    """Where among the operations the one with this number stands, if it may be undone now."""
    if wanted not in numbers:
        raise ForkError(f"{component} has no operation {wanted}; see 'plugwatch fork log {component}'")
    place = numbers.index(wanted)
    if states[place] == states[-1]:
        return place
    if 0 <= states[-1] > place:
        raise ForkError(f"operation {numbers[states[-1]]} of {component} came after {wanted}; undo that one first")
    raise ForkError(f"operation {wanted} of {component} is undone already; see 'plugwatch fork log {component}'")


def _command(operation: Operation, by_id: Mapping[str, Operation]) -> tuple[Operation, bool]:
    """The command that an operation is about, and whether undoing the operation brings it back."""
    redoes = False
    while operation.undoes and operation.undoes in by_id:
        operation, redoes = by_id[operation.undoes], not redoes
    return operation, redoes


def _newest_form(place: int, operations: Sequence[Operation]) -> int:
    """What was undone and brought back is there by the operation that has brought it back; its rows are that one's."""
    by_id = {operation.id: operation for operation in operations}
    wanted = _command(operations[place], by_id)
    return max(n for n, operation in enumerate(operations) if _command(operation, by_id) == wanted)


def objections(work: Work, component: Component, undo: Undo) -> list[str]:
    """What in the world outside rests on an operation: sites that run a build of it, submissions of its patches."""
    rows = undo.target.rows
    builds = {row["version"] for row in rows.get("builds", ())}
    found = []
    if builds:
        found = [f"{on.site} runs {on.version}" for on in work.installations.where(component) if on.version in builds]
    for row in rows.get("patches", ()):
        found += [f"{name} ({status}) rests on {row['id']}" for name, status in work.forks.resting_on(row["id"])]
    return found


def undo_operation(fork: Fork, undo: Undo, *, stamp: Stamp) -> Operation:
    """The operation that takes another one back. Only while the fork's lock is held.

    Raises ForkError where a ref is no longer where that one left it.
    """
    current = fork.refs()
    for change in undo.target.refs:
        if current.get(change.name) != change.new:
            raise ForkError(_moved(fork, undo.number, change, current.get(change.name)))
    refs = [RefChange(change.name, change.new, change.old) for change in undo.target.refs]
    # An undo led back to what the operation that it undid had not yet changed: that one's rows come again.
    rows = undo.restored.rows if undo.restored else {"stacks": _stacks_before(fork, undo.target)}
    return stamp.operation(fork.component, "fork undo", refs, rows, undoes=undo.target.id)


def _stacks_before(fork: Fork, operation: Operation) -> list[Mapping[str, Any]]:
    """The patches on each release whose stack an operation has changed, as they were before it."""
    tips = {change.name: change.old for change in operation.refs}
    found: list[Mapping[str, Any]] = []
    for row in operation.rows.get("stacks", ()):
        version, name = row["version"], STACK_REFS + row["version"]
        if name in tips:
            tip = tips[name]
            entries = fork.read_stack(fork.release(version), tip) if tip else []
            found.append({"version": version, "patches": [entry.patch.id for entry in entries]})
    return found


def _moved(fork: Fork, number: int, change: RefChange, now: str | None) -> str:
    place = f"is at {now[:10]} now" if now else "is gone"
    git = f"git -C {fork.directory} update-ref"
    back = f"{git} {change.name} {change.new}" if change.new else f"{git} -d {change.name}"
    return (
        f"operation {number} of {fork.component} cannot be undone: {change.name} was moved since by something other "
        f"than plugwatch and {place}; look at it, and put it back with '{back}'"
    )
