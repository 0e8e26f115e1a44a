"""What was promised to clients. Whether it was kept is never stored: it is read from what was really sent."""

from __future__ import annotations

from collections.abc import Sequence

from plugwatch.ledger.clients import Clients
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import Client
from plugwatch.model.incident import Incident
from plugwatch.model.promise import Promise


class Promises:
    """Every promise; a word to the client that came after it keeps it, in time or late."""

    def __init__(self, connection: Connection, clients: Clients) -> None:
        self._queries = Queries(connection, "promises")
        self._clients = clients

    def add(self, incident: Incident, promise: Promise, *, actor: str, message_id: str | None = None) -> None:
        """Keep when a client hears from us again; ``message_id``: the message that says so, if one does."""
        self._queries.run(
            "insert",
            id=new_id(),
            incident_id=incident.id,
            client_id=self._clients.get(promise.client).id,
            due_at=to_text(promise.due),
            made_at=to_text(promise.made_at),
            actor=actor,
            message_id=message_id,
        )

    def has_from(self, message_id: str) -> bool:
        """Whether a message has made its promise already."""
        return self._queries.row("made_by", message_id=message_id) is not None

    def of_incident(self, incident: Incident) -> Sequence[Promise]:
        """All promises, the next due first, also those of what was merged into the incident."""
        return [_promise(row) for row in self._queries.rows("of_incident", incident_id=incident.id)]

    def of_client(self, client: Client) -> Sequence[Promise]:
        """All promises to a client, the next due first."""
        return [_promise(row) for row in self._queries.rows("of_client", client_id=client.id)]


def _promise(row: Row) -> Promise:
    promise_id, number, client, due, made, kept = row
    kept_at = from_text(kept) if kept else None
    return Promise(client, from_text(due), from_text(made), kept_at, f"INC-{number}", promise_id)
