"""Brings a ledger to the tables that this plugwatch knows: numbered files, each applied once, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from plugwatch.errors import LedgerError
from plugwatch.ledger.connection import Connection
from plugwatch.ledger.times import to_text
from plugwatch.model.version import clean, sort_key

MIGRATIONS = Path(__file__).with_name("migrations")

_RECORDS = """create table if not exists schema_migration (
  number integer primary key, name text not null, applied_at text not null
)"""


def migrate(connection: Connection, *, create: bool, folder: Path = MIGRATIONS) -> None:
    """Apply what is missing. One query when nothing is.

    Each file is one transaction together with its record, under the writer's lock, so a kill leaves the ledger before
    or after a migration and no lock behind; of two processes the second finds the work done. Raises LedgerError where
    there is no ledger and ``create`` is not set, and where the ledger was written by a newer plugwatch.
    """
    steps = _steps(folder)
    known, version = max(steps), connection.version()
    if version == known:
        return
    if version == 0 and not create:
        raise LedgerError(f"{connection.place} holds no ledger yet; 'plugwatch init' makes one")
    backed_up = version == 0
    while version < known:
        try:
            connection.begin(write=True)
            connection.run(_RECORDS, {})
            version = connection.version()
            if version < known:
                if not backed_up:
                    connection.back_up(f"before-{version + 1:04}")
                _apply(connection, version + 1, steps[version + 1])
                version += 1
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        backed_up = True
    if version > known:
        raise LedgerError(
            f"this workspace was written by a newer plugwatch (ledger version {version}, this one knows {known}); "
            "upgrade plugwatch"
        )


def _steps(folder: Path) -> dict[int, Path]:
    """The migrations by number: 1, 2, 3 ... without a gap."""
    return {int(file.name[:4]): file for file in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", file.name)}


def _fill_sort_keys(connection: Connection) -> None:
    """Give versions that SQL has put in their place in PHP's order, which SQL cannot compute."""
    for (version,) in connection.rows(
        "select distinct version from installation where version_key is null and version is not null", {}
    ):
        if clean(version):
            keys = {"version": version, "key": sort_key(version)}
            connection.run(
                "update installation set version_key = :key, base_key = :key "
                "where version_key is null and version = :version",
                keys,
            )


# What a step needs beside its SQL, in the same transaction.
_AFTERWARDS: dict[int, Callable[[Connection], None]] = {5: _fill_sort_keys}


def _apply(connection: Connection, number: int, file: Path) -> None:
    """Run the statements of one file and write its record."""
    from plugwatch.ledger.sqltext import statements

    for statement in statements(file.read_text(encoding="utf-8")):
        connection.run(statement, {})
    if number in _AFTERWARDS:
        _AFTERWARDS[number](connection)
    connection.run(
        "insert into schema_migration (number, name, applied_at) values (:number, :name, :applied_at)",
        {"number": number, "name": file.stem, "applied_at": to_text(datetime.now(timezone.utc))},
    )
