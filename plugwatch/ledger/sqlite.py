"""The ledger as one SQLite file in the workspace: write-ahead log, foreign keys on, one writer at a time."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from plugwatch.errors import BusyError, LedgerError
from plugwatch.ledger.connection import Parameters, Row

BUSY_SECONDS = 30

# How far the log grows before it is written back: 16 MB. SQLite's own 4 MB halve the speed of a long import.
_LOG_PAGES = 4000

# By the beginning of SQLite's own message: its error codes reach Python from 3.11 on only.
_SENTENCES = (
    ("file is not a database", "{place} is not a ledger: the file is no SQLite database"),
    ("database disk image is malformed", "the ledger {place} is damaged; restore it from a backup"),
    ("database or disk is full", "the disk that holds the ledger {place} is full; nothing of this command was kept"),
    ("disk I/O error", "the disk failed while the ledger {place} was in use; nothing of this command was kept"),
    ("attempt to write a readonly database", "the ledger {place} may not be written; check the rights of its folder"),
    (
        "unable to open database file",
        "the ledger {place} cannot be opened; check that its folder exists and may be written",
    ),
)


class SqliteConnection:
    """A connection to one file; see :class:`plugwatch.ledger.connection.Connection`."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.place = str(path)
        self._path = path
        if not create and not path.is_file():
            raise LedgerError(f"there is no ledger at {path}; 'plugwatch init' makes a workspace with one")
        try:
            self._raw = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
            )
        except sqlite3.Error as error:
            raise self._translated(error) from error
        self._has_log = self._failed = False
        for pragma in ("foreign_keys = on", "synchronous = normal", f"wal_autocheckpoint = {_LOG_PAGES}"):
            self.rows(f"pragma {pragma}", {})

    def begin(self, *, write: bool) -> None:
        """Start a transaction; a writer waits up to 30 seconds for the one before it."""
        if write and not self._has_log:
            self._turn_on_log()
        self._failed = False
        self.rows(f"pragma query_only = {'off' if write else 'on'}", {})
        self.rows("begin immediate" if write else "begin", {})

    def _turn_on_log(self) -> None:
        """Ask for the write-ahead log: a setting of the file, so only what is known to be a ledger gets it."""
        deadline = time.monotonic() + BUSY_SECONDS
        while not self._has_log and time.monotonic() < deadline:
            with contextlib.suppress(BusyError):
                self.rows("pragma journal_mode = wal", {})
                self._has_log = True
            time.sleep(0 if self._has_log else 0.01)  # SQLite does not wait by itself for this change

    def commit(self) -> None:
        """Keep what the transaction did; LedgerError where a statement of it failed, whoever has caught that."""
        if self._failed:
            raise LedgerError(f"the ledger {self.place} refused a part of this command, so nothing of it is kept")
        self.rows("commit", {})

    def rollback(self) -> None:
        """Undo what the transaction did; SQLite may have done so itself."""
        with contextlib.suppress(sqlite3.Error):
            if self._raw.in_transaction:
                self._raw.execute("rollback")

    def rows(self, sql: str, parameters: Parameters) -> list[Row]:
        """Run one query and return all its rows."""
        try:
            return self._raw.execute(sql, parameters).fetchall()
        except (sqlite3.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run one statement and return the number of rows that it touched."""
        try:
            return self._raw.execute(sql, parameters).rowcount
        except (sqlite3.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def run_many(self, sql: str, many: Iterable[Parameters]) -> None:
        """Run one statement with many sets of parameters."""
        try:
            self._raw.executemany(sql, many)
        except (sqlite3.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def version(self) -> int:
        """The number of the newest migration applied, 0 for an empty file."""
        try:
            newest = self._raw.execute("select max(number) from schema_migration").fetchone()[0]
        except sqlite3.Error as error:
            if "no such table" not in str(error):
                raise self._translated(error) from error
            tables = self.rows("select name from sqlite_master where type = 'table'", {})
            if ("schema_migration",) in tables:
                return self.version()  # another process has just made it
            if tables:
                raise LedgerError(f"{self.place} is a database of something else, not a plugwatch ledger") from error
            return 0
        return int(newest or 0)

    def back_up(self, label: str) -> None:
        """Copy the ledger to ``NAME.LABEL`` beside it; the copy appears whole or not at all."""
        copy = self._path.with_name(f"{self._path.name}.{label}")
        unfinished = copy.with_name(f"{copy.name}.part{os.getpid()}")
        try:
            # Over a connection of its own: SQLite copies no database from inside a transaction that writes.
            source = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
            with contextlib.closing(source), contextlib.closing(sqlite3.connect(unfinished)) as target:
                source.backup(target)
            unfinished.replace(copy)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"no backup of the ledger could be written to {copy}, so it stays as it is") from error
        finally:
            unfinished.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def _translated(self, error: Exception) -> Exception:
        """The error as the user should read it; a misuse of the driver is a bug of ours and stays what it is."""
        self._failed, text = True, str(error)
        if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)):
            return error
        if text.startswith(("database is locked", "database table is locked", "database schema is locked")):
            return BusyError(
                f"another plugwatch has been at work on {self.place} for {BUSY_SECONDS} seconds; try again later"
            )
        for beginning, sentence in _SENTENCES:
            if text.startswith(beginning):
                return LedgerError(sentence.format(place=self.place))
        return LedgerError(f"the ledger {self.place} refused this: {text}")
