"""One way to carry out what a command does to a fork: git first, under one record, then the ledger's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.operation import Operation, RefChange


@dataclass(frozen=True)
class Stamp:
    """Who does it and when; ``new_id`` makes time-ordered ids."""

    actor: str
    now: datetime
    new_id: Callable[[], str]

    def operation(
        self,
        component: Component,
        command: str,
        refs: Sequence[RefChange],
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        *,
        undoes: str | None = None,
    ) -> Operation:
        """The record of an operation done now by this person."""
        at = self.now.isoformat(timespec="seconds")
        return Operation(self.new_id(), str(component), command, self.actor, at, tuple(refs), rows, undoes)

    def git_date(self) -> str:
        """Now, as git writes an author's date: seconds since 1970 and the zone."""
        return f"{int(self.now.timestamp())} {self.now:%z}"


class OperatedFork(Protocol):
    """What carrying out asks of a fork."""

    def operations(self) -> list[int]:
        """Numbers of all operations, oldest first."""

    def operation(self, number: int) -> Operation:
        """The record of one."""

    def commit(self, operation: Operation) -> None:
        """Record it and move its refs."""


class ForkRows(Protocol):
    """The ledger's index of forks."""

    def knows(self, operation_id: str) -> bool:
        """Whether the rows of an operation are written."""

    def apply(self, operation: Operation) -> None:
        """Write the rows of an operation; harmless to repeat."""


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def forks(self) -> ForkRows:
        """The index of forks."""


class Ledger(Protocol):
    """Where the rows go."""

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        """All of it or nothing."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """One state of the ledger; writers need not wait."""


def carry_out(fork: OperatedFork, ledger: Ledger, operation: Operation) -> None:
    """Do to fork and ledger what an operation says. Only while the fork's lock is held.

    Killed before the record is stored, nothing happened; killed later, the next command goes on from there.
    """
    fork.commit(operation)
    _write_missing(fork, ledger)


def settle(fork: OperatedFork, ledger: Ledger) -> int:
    """Write the rows of every operation that the ledger has not seen yet; how many there were.

    Nothing is written, and nobody waited for, where there is none.
    """
    with ledger.reading() as work:
        if not _missing(fork, work):
            return 0
    return _write_missing(fork, ledger)


def _write_missing(fork: OperatedFork, ledger: Ledger) -> int:
    with ledger.unit_of_work() as work:
        missing = _missing(fork, work)
        for operation in reversed(missing):
            work.forks.apply(operation)
    return len(missing)


def _missing(fork: OperatedFork, work: UnitOfWork) -> list[Operation]:
    """The operations that the ledger has not seen, from the newest back to the first that it knows."""
    missing = []
    for number in reversed(fork.operations()):
        operation = fork.operation(number)
        if work.forks.knows(operation.id):
            break
        missing.append(operation)
    return missing
