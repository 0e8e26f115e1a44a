"""What clients said of how it was handled."""

from __future__ import annotations

from collections.abc import Sequence

from plugwatch.ledger.clients import Clients
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import Client
from plugwatch.model.incident import Incident
from plugwatch.model.messages.message import Feedback


class Feedbacks:
    """Every answer to the question how it was handled; only ever added to."""

    def __init__(self, connection: Connection, clients: Clients) -> None:
        self._queries = Queries(connection, "feedback")
        self._clients = clients

    def add(self, feedback: Feedback, incident: Incident | None) -> None:
        """Keep an answer, and which incident it is about where that is known."""
        self._queries.run(
            "insert",
            id=new_id(),
            incident_id=incident.id if incident else None,
            client_id=self._clients.get(feedback.client).id,
            rating=feedback.rating,
            words=feedback.words,
            at=to_text(feedback.at),
            recorded_at=to_text(feedback.recorded_at),
            actor=feedback.actor,
        )

    def of_client(self, client: Client) -> Sequence[Feedback]:
        """All answers of a client, the earliest first."""
        return [_feedback(row) for row in self._queries.rows("of_client", client_id=client.id)]

    def of_incident(self, incident: Incident) -> Sequence[Feedback]:
        """All answers about an incident and what was merged into it, the earliest first."""
        return [_feedback(row) for row in self._queries.rows("of_incident", incident_id=incident.id)]


def _feedback(row: Row) -> Feedback:
    client, rating, words, number, at, recorded_at, actor = row
    incident = f"INC-{number}" if number else None
    return Feedback(client, rating, words, incident, from_text(at), from_text(recorded_at), actor)
