"""What is known to matter for security, by component."""

from __future__ import annotations

from datetime import datetime

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.security.marks import SecurityMark


class SecurityMarks:
    """Every mark that is kept; a source that says otherwise later replaces its own."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "security")
        self._components = components

    def keep(self, mark: SecurityMark, *, at: datetime) -> None:
        """Keep a mark, or what its source says of it now; ``at`` is the time of the first sight."""
        self._queries.run(
            "insert",
            component_id=self._components.get_or_create(mark.component),
            sign=mark.sign,
            key=mark.key,
            title=mark.title,
            affected=mark.affected,
            fixed_in=mark.fixed_in,
            url=mark.url,
            attribution=mark.attribution,
            seen_at=to_text(at),
        )

    def remove(self, mark: SecurityMark) -> None:
        """Take away a mark that its source no longer has."""
        component_id = self._components.get_or_create(mark.component)
        self._queries.run("remove", component_id=component_id, sign=mark.sign, key=mark.key)

    def all(self) -> dict[Component, list[SecurityMark]]:
        """Every mark, by component."""
        found: dict[Component, list[SecurityMark]] = {}
        for row in self._queries.rows("all"):
            mark = _mark(row)
            found.setdefault(mark.component, []).append(mark)
        return found


def _mark(row: Row) -> SecurityMark:
    kind, slug, sign, key, title, affected, fixed_in, url, attribution, seen_at = row
    return SecurityMark(
        Component(kind, slug), sign, key, title, affected, fixed_in, url, attribution, from_text(seen_at)
    )
