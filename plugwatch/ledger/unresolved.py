"""What lists show by display name only: it is installed, but under which slug nobody has said yet."""

from __future__ import annotations

from collections.abc import Iterable

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.matching import fold
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.site import Nameless


class Unresolved:
    """The rows without a slug of every site's newest lists."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "unresolved")

    def of_site(self, site_id: str) -> tuple[Nameless, ...]:
        """The rows of one site, by kind and name."""
        return tuple(
            Nameless(site, kind, name, version, status, from_text(first))
            for site, kind, name, version, status, first in self._queries.rows("of_site", site_id=site_id)
        )

    def all(self) -> tuple[Nameless, ...]:
        """The rows of all sites."""
        return tuple(
            Nameless(site, kind, name, version, status, from_text(first))
            for site, kind, name, version, status, first in self._queries.rows("all")
        )

    def keep(self, site_id: str, rows: Iterable[Nameless]) -> None:
        """Keep these rows of a site in place of all earlier ones."""
        self._queries.run("forget", site_id=site_id)
        self._queries.run_many(
            "insert",
            [
                {
                    "site_id": site_id,
                    "kind": row.kind,
                    "folded_name": fold(row.name),
                    "name": row.name,
                    "version": row.version,
                    "status": row.status,
                    "first_seen": to_text(row.first_seen),
                }
                for row in rows
            ],
        )
