"""The record of every import: when a list was made and read, what it said, and who read it in."""

from __future__ import annotations

from datetime import datetime

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.site import Import


class Imports:
    """The imports of all sites."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "imports")

    def add(self, site_id: str, record: Import) -> Import:
        """Keep the record of an import; what is returned has its id."""
        kept = record._replace(id=new_id())
        times = {"at": to_text(record.at), "recorded_at": to_text(record.recorded_at)}
        kinds = ",".join(sorted(record.complete_kinds))
        columns = kept._asdict() | times | {"site_id": site_id, "partial": int(record.partial), "complete_kinds": kinds}
        self._queries.run("insert", **columns)
        return kept

    def of_site(self, site_id: str) -> tuple[Import, ...]:
        """All imports of a site, the newest list first."""
        return tuple(
            Import(from_text(at), from_text(recorded_at), format_, source_name, bool(partial), *rest)
            for at, recorded_at, format_, source_name, partial, *rest in self._queries.rows("of_site", site_id=site_id)
        )

    def first_whole_lists(self, site_id: str) -> dict[str, datetime]:
        """When a list of a site first named all components of a kind, by that kind."""
        found: dict[str, datetime] = {}
        for kinds, at in self._queries.rows("complete_lists", site_id=site_id):
            for kind in kinds.split(","):
                found[kind] = min(found.get(kind, from_text(at)), from_text(at))
        return found

    def newest_times(self) -> dict[str, datetime]:
        """The time of the newest list, by site id; sites that were never imported are not in it."""
        return {site_id: from_text(at) for site_id, at in self._queries.rows("newest_times")}
