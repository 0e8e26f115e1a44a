"""Named queries from .sql files: ``-- name: by_slug`` above each query, ``:slug`` for each parameter.

aiosql does the same and more. Importing it costs 51 ms of start-up where click and sqlite3 together cost 72 ms
(medians of 15 runs on one quiet machine), more than all the rest of a command on the phone; so this is ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from plugwatch.ledger.connection import Connection, Parameters, Row

_FOLDER = Path(__file__).with_name("sql")
_MARK = "-- name:"


@cache
def load_queries(aggregate: str) -> dict[str, str]:
    """The queries of one file of the folder ``sql``, by name."""
    text = (_FOLDER / f"{aggregate}.sql").read_text(encoding="utf-8")
    queries = {}
    for block in text.split(_MARK)[1:]:
        name, _, sql = block.partition("\n")
        queries[name.strip()] = sql.strip().rstrip(";")
    return queries


class Queries:
    """The queries of one aggregate on one connection. Parameters are keywords: ``rows("by_slug", slug="acme")``."""

    def __init__(self, connection: Connection, aggregate: str) -> None:
        self._connection = connection
        self._sql = load_queries(aggregate)

    def rows(self, query: str, /, **parameters: object) -> list[Row]:
        """All rows of a query."""
        return self._connection.rows(self._sql[query], parameters)

    def row(self, query: str, /, **parameters: object) -> Row | None:
        """The first row of a query, or None."""
        rows = self._connection.rows(self._sql[query], parameters)
        return rows[0] if rows else None

    def run(self, query: str, /, **parameters: object) -> int:
        """Run a statement; the number of rows that it touched."""
        return self._connection.run(self._sql[query], parameters)

    def run_many(self, query: str, /, many: Iterable[Parameters]) -> None:
        """Run a statement once for each set of parameters."""
        self._connection.run_many(self._sql[query], many)
