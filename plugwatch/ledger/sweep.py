"""Make the database let go of what its rows no longer say: databases keep old bytes until somebody asks."""

from __future__ import annotations

from pathlib import Path

from plugwatch.errors import BusyError
from plugwatch.ledger.connection import Connection
from plugwatch.ledger.database import connect
from plugwatch.ledger.erasure_columns import TABLES

# A reader that is still there after this is not about to end.
_PATIENCE_MS = 5_000


def old_backups(url: str, workspace: Path) -> list[Path]:
    """The copies that were kept beside a ledger before it was brought up to date; none for a server's database."""
    if not url.startswith("sqlite:"):
        return []
    ledger = workspace / url.partition("://")[2][1:]
    return sorted(path for path in ledger.parent.glob(f"{ledger.name}.*") if path.is_file())


def sweep(url: str, workspace: Path) -> None:
    """Write the database anew, so that no page and no log of it has anything but what its rows say; safe to repeat.

    Not inside a unit of work. Raises BusyError while another process reads or writes.
    """
    connection = connect(url, workspace, create=False)
    try:
        if url.startswith("sqlite:"):
            _sweep_file(connection)
        else:
            for table in TABLES:
                connection.run(f"vacuum (full) {table}", {})
    finally:
        connection.close()


def _sweep_file(connection: Connection) -> None:
    connection.rows("pragma secure_delete = on", {})  # what is freed is overwritten
    connection.run("vacuum", {})
    connection.rows(f"pragma busy_timeout = {_PATIENCE_MS}", {})
    [(busy, *_pages)] = connection.rows("pragma wal_checkpoint(truncate)", {})
    if busy:
        raise BusyError(
            f"another process reads {connection.place}, so its log still has what was erased; "
            "run the same command again when it is done"
        )
