"""What the ledger needs of a database, and what its two engines offer alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Parameters = Mapping[str, object]
Row = tuple[Any, ...]


class Connection(Protocol):
    """One connection to a ledger's database; statements take named parameters (``:name``).

    Every method raises LedgerError or BusyError where the database fails, in one sentence that holds no secret.
    """

    place: str
    """What to call the database in a sentence: a file's path, or a URL without user and password."""

    def begin(self, *, write: bool) -> None:
        """Start a transaction: one that writes keeps other writers out until it ends, one that reads sees one state."""
        ...

    def commit(self) -> None:
        """Keep what the transaction did.

        Raises LedgerError where a statement of it failed, even if somebody has caught that error: PostgreSQL would
        undo everything without a word, and SQLite keep the rest.
        """
        ...

    def rollback(self) -> None:
        """Undo what the transaction did; never fails, so that it cannot hide the error that led to it."""
        ...

    def rows(self, sql: str, parameters: Parameters) -> list[Row]:
        """Run one query and return all its rows."""
        ...

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run one statement and return the number of rows that it touched."""
        ...

    def run_many(self, sql: str, many: Iterable[Parameters]) -> None:
        """Run one statement with many sets of parameters."""
        ...

    def version(self) -> int:
        """The number of the newest migration applied; 0 for a database that holds no ledger yet.

        Raises LedgerError for a database that holds something else.
        """
        ...

    def back_up(self, label: str) -> None:
        """Keep a copy of the ledger as it is now, inside the running write transaction.

        SQLite copies the file to ``NAME.LABEL``; a PostgreSQL server has its own backups.
        """
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
