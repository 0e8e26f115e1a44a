"""Clients and their contacts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from plugwatch.errors import LedgerError, NotFoundError
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.matching import fold, like_part, the_one
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import Client, Contact, WorkingHours, format_duration, parse_duration

_NEXT_STEP = "see 'plugwatch client list', or add it with 'plugwatch client add'"


class Clients:
    """The clients of the agency. Names are found in any letter case."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "clients")

    def add(self, client: Client, *, at: datetime) -> Client:
        """Keep a new client; what is returned has its id. Raises PlugwatchError for bad values or a slug in use."""
        client.check()
        self._check_free(client)
        kept = replace(client, id=new_id(), created_at=at)
        self._queries.run("insert", created_at=to_text(at), **_columns(kept))
        self._write_contacts(kept)
        return kept

    def update(self, client: Client) -> None:
        """Write all settings of a known client (found by its id), contacts included."""
        client.check()
        self._check_free(client)
        if not self._queries.run("update", **_columns(client)):
            raise NotFoundError(f"the client '{client.slug}' is not in this ledger; {_NEXT_STEP}")
        self._queries.run("delete_contacts", id=client.id)
        self._write_contacts(client)

    def find(self, slug: str) -> Client | None:
        """The client of exactly this slug, or None."""
        row = self._queries.row("id_of", slug=slug.lower())
        return self._load(row[0]) if row else None

    def get(self, slug: str) -> Client:
        """The client of exactly this slug; NotFoundError where there is none."""
        client = self.find(slug)
        return client if client else the_one("clients", slug, [], next_step=_NEXT_STEP)

    def resolve(self, text: str) -> Client:
        """The client that the text names: its slug, else the only one with the text in its slug or name.

        Raises AmbiguousError with the candidates, or NotFoundError.
        """
        client = self.find(text)
        if client:
            return client
        found = self._queries.rows("containing", part=like_part(text)) if text else []
        return self._load(the_one("clients", text, found, next_step=_NEXT_STEP))

    def list(self) -> tuple[Client, ...]:
        """All clients in the order of their slugs."""
        contacts: dict[str, list[Contact]] = defaultdict(list)
        for client_id, email, name in self._queries.rows("all_contacts"):
            contacts[client_id].append(Contact(email, name))
        clients = [_client(row, tuple(contacts[row[0]])) for row in self._queries.rows("all")]
        return tuple(sorted(clients, key=lambda client: client.slug.lower()))

    def _load(self, client_id: str) -> Client:
        """A client that is known to exist."""
        [row] = self._queries.rows("by_id", id=client_id)
        return _client(row, tuple(Contact(*contact) for contact in self._queries.rows("contacts_of", id=client_id)))

    def _check_free(self, client: Client) -> None:
        """Units of work follow one another, so what is free here is free when it is written."""
        row = self._queries.row("id_of", slug=client.slug.lower())
        if row and row[0] != client.id:
            raise LedgerError(f"there is a client '{client.slug}' already; change it with 'plugwatch client set'")

    def _write_contacts(self, client: Client) -> None:
        self._queries.run_many(
            "insert_contact",
            [
                {"id": client.id, "position": position, "email": contact.email, "name": contact.name}
                for position, contact in enumerate(client.contacts)
            ],
        )


def _columns(client: Client) -> dict[str, object]:
    """A client as its row keeps it, but for the time of creation, which never changes."""
    return {
        "id": client.id,
        "slug": client.slug,
        "name": client.name,
        "folded_name": fold(client.name),
        "language": client.language,
        "timezone": client.timezone,
        "hours": str(client.hours) if client.hours else None,
        "names_vendor": None if client.names_vendor is None else int(client.names_vendor),
        "first_response": _duration_text(client.first_response),
        "update_every": _duration_text(client.update_every),
        "tone": client.tone,
    }


def _client(row: Row, contacts: tuple[Contact, ...]) -> Client:
    """A row of the queries ``all`` and ``by_id`` as a client."""
    client_id, slug, name, language, timezone, hours, names_vendor, first_response, update_every, tone = row[:10]
    return Client(
        slug=slug,
        name=name,
        contacts=contacts,
        language=language,
        timezone=timezone,
        hours=WorkingHours.parse(hours) if hours else None,
        names_vendor=None if names_vendor is None else bool(names_vendor),
        first_response=parse_duration(first_response) if first_response else None,
        update_every=parse_duration(update_every) if update_every else None,
        tone=tone,
        id=client_id,
        created_at=from_text(row[10]),
    )


def _duration_text(duration: timedelta | None) -> str | None:
    return format_duration(duration) if duration else None
