"""The ledger in a PostgreSQL database that a team shares; needs the extra ``plugwatch[postgres]``."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from plugwatch.errors import BusyError, LedgerError
from plugwatch.ledger.connection import Parameters, Row
from plugwatch.ledger.sqltext import to_pyformat

try:
    import psycopg
except ImportError as _error:
    raise LedgerError("a ledger on PostgreSQL needs its driver; install plugwatch[postgres]") from _error

if TYPE_CHECKING:
    from psycopg.rows import TupleRow

BUSY_SECONDS = 30
CONNECT_SECONDS = 10

# A number of ours for pg_advisory_xact_lock ("plugw" in ASCII): it is freed with the transaction, whatever ends it.
_WRITER_LOCK = 0x706C756777


class PostgresConnection:
    """A connection to one database; see :class:`plugwatch.ledger.connection.Connection`.

    Writers follow one another, as they do on SQLite: what a command read inside its unit of work still holds when it
    writes, with no retries. Each statement sees what was committed before it (READ COMMITTED), because a snapshot
    taken while waiting for the lock would be stale.
    """

    def __init__(self, url: str) -> None:
        settings = _settings(url)
        self.place = _place(settings)
        self._password = str(settings.get("password") or "")
        self._failed = False
        self._translations: dict[str, bytes] = {}
        try:
            self._raw: psycopg.Connection[TupleRow] = psycopg.connect(
                psycopg.conninfo.make_conninfo("", **settings), autocommit=True
            )
            self._raw.execute(f"set lock_timeout = '{BUSY_SECONDS}s'".encode())
        except psycopg.Error as error:
            reason = self._first_line(str(error))
            # Without its cause: no log of the chain may show what the driver says about a connection's settings.
            raise LedgerError(f"the ledger at {self.place} cannot be reached: {reason}") from None

    def __repr__(self) -> str:
        return f"PostgresConnection({self.place!r})"

    def begin(self, *, write: bool) -> None:
        """Start a transaction; a writer waits up to 30 seconds for the one before it."""
        self._failed = False
        if write:
            self.rows("begin isolation level read committed read write", {})
            self.rows("select pg_advisory_xact_lock(:lock)", {"lock": _WRITER_LOCK})
        else:
            self.rows("begin isolation level repeatable read read only", {})

    def commit(self) -> None:
        """Keep what the transaction did; LedgerError where a statement of it failed, whoever has caught that."""
        if self._failed:
            raise LedgerError(f"the ledger {self.place} refused a part of this command, so nothing of it is kept")
        self.rows("commit", {})

    def rollback(self) -> None:
        """Undo what the transaction did; where the connection is lost the server does it."""
        with contextlib.suppress(psycopg.Error):
            self._raw.rollback()

    def rows(self, sql: str, parameters: Parameters) -> list[Row]:
        """Run one query and return all its rows."""
        try:
            cursor = self._raw.execute(self._translate(sql), parameters or None)
            return cursor.fetchall() if cursor.description else []
        except (psycopg.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def run(self, sql: str, parameters: Parameters) -> int:
        """Run one statement and return the number of rows that it touched."""
        try:
            return self._raw.execute(self._translate(sql), parameters or None).rowcount
        except (psycopg.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def run_many(self, sql: str, many: Iterable[Parameters]) -> None:
        """Run one statement with many sets of parameters."""
        try:
            with self._raw.cursor() as cursor:
                cursor.executemany(self._translate(sql), many)
        except (psycopg.Error, UnicodeError) as error:
            raise self._translated(error) from error

    def version(self) -> int:
        """The number of the newest migration applied, 0 where the schema has no tables of ours."""
        try:
            newest = self._raw.execute("select max(number) from schema_migration").fetchone()
        except psycopg.errors.UndefinedTable:
            return 0
        except psycopg.errors.UndefinedColumn as error:
            raise LedgerError(f"{self.place} is a database of something else, not a plugwatch ledger") from error
        except psycopg.Error as error:
            raise self._translated(error) from error
        return int(newest[0] or 0) if newest else 0

    def back_up(self, label: str) -> None:
        """Nothing: the server's own backups are the team's."""

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()

    def _translate(self, sql: str) -> bytes:
        """The query in the driver's own style, worked out once."""
        if sql not in self._translations:
            self._translations[sql] = to_pyformat(sql).encode()
        return self._translations[sql]

    def _translated(self, error: Exception) -> Exception:
        """The error as the user should read it; a misuse of SQL or the driver is a bug of ours and stays what it is."""
        self._failed = True
        if not isinstance(error, psycopg.Error):
            return LedgerError(f"the ledger {self.place} refused this: {error}")
        state = error.sqlstate or ""
        said = error.diag.message_primary or self._first_line(str(error))
        if state.startswith("40") or state == "55P03":
            return BusyError(
                f"another plugwatch has been at work on {self.place} for {BUSY_SECONDS} seconds; try again later"
            )
        if state == "53100":
            return LedgerError(f"the disk that holds the ledger {self.place} is full; nothing of this command was kept")
        if state == "25006":
            return LedgerError(f"the ledger {self.place} may not be written: {said}")
        if state in {"42501", "3F000"}:
            return LedgerError(f"the ledger {self.place} may not be used like this by its database user: {said}")
        if state.startswith(("08", "57")) or (isinstance(error, psycopg.OperationalError) and self._raw.closed):
            return LedgerError(f"the connection to the ledger {self.place} was lost; nothing of this command was kept")
        if isinstance(error, (psycopg.ProgrammingError, psycopg.InterfaceError)):
            return error
        return LedgerError(f"the ledger {self.place} refused this: {said}")

    def _first_line(self, text: str) -> str:
        """The first line that says something, without the password should a message ever repeat it."""
        lines = [line.strip("- \t") for line in text.splitlines() if line.strip() and not line.rstrip().endswith(":")]
        line = lines[0] if lines else "no reason was given"
        return line.replace(self._password, "***") if self._password else line


def _settings(url: str) -> dict[str, str]:
    """The parts of a ``postgresql://`` URL, and a limit on the time that connecting may take."""
    try:
        given = {key: str(value) for key, value in psycopg.conninfo.conninfo_to_dict(url).items()}
    except psycopg.Error:
        given = {"port": "unknown"}
    # Where a password holds one of these signs as it is, pieces of it are taken for another part, and would be shown.
    public = "".join(given.get(part, "") for part in ("host", "port", "dbname"))
    if "@" in public or not re.fullmatch(r"[\d,]*", given.get("port", "")):
        # Raised outside of the handler: the driver's message quotes the URL and must not be in the chain of causes.
        raise LedgerError(
            "the database URL cannot be read; write postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            "with %40 for @, %3A for : and %2F for / inside the password"
        )
    return {"connect_timeout": str(CONNECT_SECONDS)} | given | {"client_encoding": "utf8"}


def _place(settings: Mapping[str, str]) -> str:
    """The database's address without user and password."""
    port = f":{settings['port']}" if "port" in settings else ""
    return f"postgresql://{settings.get('host', 'localhost')}{port}/{settings.get('dbname', '')}"
