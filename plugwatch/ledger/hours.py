"""The minutes that notes say were worked."""

from __future__ import annotations

from datetime import datetime

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import to_text
from plugwatch.model.incident import Incident
from plugwatch.model.money import Worked


class Hours:
    """What was worked; what was merged into another incident counts as that one."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "hours")

    def worked(self, since: datetime | None = None) -> list[Worked]:
        """Minutes by incident and by the client whom a note names, of all times or since a moment."""
        clients: dict[int, list[str]] = {}
        for number, client in self._queries.rows("clients"):
            clients.setdefault(number, []).append(client)
        return [
            Worked(
                incident=f"INC-{number}",
                component=f"{kind}/{slug}" if kind else None,
                vendor=vendor,
                client=client,
                clients=tuple(clients.get(number, ())),
                minutes=int(minutes),
            )
            for number, kind, slug, vendor, client, minutes in self._queries.rows(
                "worked", since=to_text(since) if since else ""
            )
        ]

    def of_incident(self, incident: Incident) -> int:
        """All minutes of one incident."""
        row = self._queries.row("of_incident", incident_id=incident.id)
        return int(row[0]) if row else 0
