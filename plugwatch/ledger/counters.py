"""Human numbers: INC-1, INC-2 ... without gaps that a rollback could make, and never one twice."""

from __future__ import annotations

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.queries import Queries


class Counters:
    """One row a counter, raised inside the unit of work that uses the number."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "counters")

    def next(self, name: str) -> int:
        """The next number of a counter; the first one is 1."""
        self._queries.run("raise", name=name)
        [[value]] = self._queries.rows("value", name=name)
        return int(value)
