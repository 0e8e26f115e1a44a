"""A ledger's past: 2,000 incidents, 300 of them open, with calls, verdicts, promises and messages.

Rows are written as the ledger keeps them, many at once: through the commands they would take an hour.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

INCIDENTS, OPEN = 2000, 300
CALLS, IMPACTS, PROMISES, MESSAGES = 3, 4, 3, 2

_STATUSES = ("investigating", "identified", "monitoring", "resolved")
_BODY = "Hello Maria,\n\nThank you for calling. " + "We are looking into it right now. " * 20


def write_past(workspace: Path, *, now: datetime) -> None:
    """Fill the ledger of a workspace that has clients, sites and lists.

    One plugin in ten updates itself, one in five has an update waiting.
    """
    with sqlite3.connect(workspace / "plugwatch.db") as connection:
        connection.execute("update installation set last_seen = ?, auto_update = rowid % 10 = 0", [_text(now)])
        connection.execute("update installation set update_version = '9.9' where rowid % 5 = 0")
        sites = connection.execute("select id, client_id from site order by slug").fetchall()
        components = [
            row[0] for row in connection.execute("select id from component where kind = 'plugin' order by slug")
        ]
        chance = random.Random(2)
        for number in range(1, INCIDENTS + 1):
            age = timedelta(hours=chance.random() * 72 if number > INCIDENTS - OPEN else 100 + 5 * (INCIDENTS - number))
            _Incident(chance, number, now - age, chance.choice(components), chance.sample(sites, IMPACTS)).write(
                connection
            )
        connection.execute("insert into counter (name, value) values ('incident', ?)", [INCIDENTS])
    connection.close()


class _Incident:
    """One incident and its rows."""

    def __init__(
        self, chance: random.Random, number: int, at: datetime, component: str, sites: list[tuple[str, str]]
    ) -> None:
        self._chance, self._number, self._at, self._component, self._sites = chance, number, at, component, sites
        self._open = number > INCIDENTS - OPEN
        self._id = f"incident-{number:05}"

    def write(self, connection: sqlite3.Connection) -> None:
        """Add the rows."""
        self._write_head(connection)
        for table, rows in (
            ("client_call", self._calls()),
            ("impact", self._impacts()),
            ("promise", self._promises()),
            ("message", self._messages()),
            ("delivery", self._deliveries()),
            ("event", self._events()),
        ):
            for row in rows:
                names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
                connection.execute(f"insert into {table} ({names}) values ({values})", row)

    def _write_head(self, connection: sqlite3.Connection) -> None:
        status = self._chance.choice(_STATUSES) if self._open else "closed"
        connection.execute(
            "insert into incident (id, number, title, status, severity, triggered_by, component_id, version, affected,"
            " security, assignee, opened_at, recorded_at, actor) values (?, ?, 'it breaks', ?, ?, 'update', ?, '5.1',"
            " ?, 0, ?, ?, ?, 'bench')",
            [
                self._id,
                self._number,
                status,
                self._chance.choice(("critical", "high", "medium", "low")),
                self._component,
                f">=5.1,<6.{self._number}",
                self._chance.choice(("ana", "ben", None)),
                _text(self._at),
                _text(self._at),
            ],
        )

    def _calls(self) -> Iterator[dict[str, object]]:
        for place, (site, client) in enumerate(self._sites[:CALLS]):
            at = _text(self._at + timedelta(minutes=place))
            yield self._row("call", place) | {
                "client_id": client, "site_id": site, "caller": "Maria", "heard": "phone", "words": "it broke",
                "at": at, "recorded_at": at, "actor": "bench",
            }  # fmt: skip

    def _impacts(self) -> Iterator[dict[str, object]]:
        for place, (site, _client) in enumerate(self._sites):
            state = self._chance.choice(("in_triage", "affected", "mitigated")) if self._open else "resolved"
            yield self._row("impact", place) | {
                "site_id": site,
                "state": state,
                "at": _text(self._at),
                "actor": "bench",
            }

    def _promises(self) -> Iterator[dict[str, object]]:
        for place, (_site, client) in enumerate(self._sites[:PROMISES]):
            yield self._row("promise", place) | {
                "client_id": client, "due_at": _text(self._at + timedelta(hours=1)), "made_at": _text(self._at),
                "actor": "bench",
            }  # fmt: skip

    def _messages(self) -> Iterator[dict[str, object]]:
        for place, (_site, client) in enumerate(self._sites[:MESSAGES]):
            at = _text(self._at + timedelta(minutes=40))
            yield self._row("message", place) | {
                "client_id": client, "phase": "identified", "round": 1 + place, "state": "done", "road": "smtp",
                "language": "en", "subject": "We are on it", "body": _BODY, "edited": 0, "asks": 0,
                "mail_id": f"<{self._id}-{place}@bench.example>", "created_at": at, "changed_at": at, "actor": "bench",
            }  # fmt: skip

    def _deliveries(self) -> Iterator[dict[str, object]]:
        for place in range(MESSAGES):
            lost = self._open and self._chance.random() < 0.05
            yield {
                "message_id": f"message-{self._number:05}-{place}", "address": "maria@acme.example", "name": "Maria",
                "state": "refused" if lost else "sent", "tries": 1,
                "sent_at": None if lost else _text(self._at + timedelta(minutes=40)),
            }  # fmt: skip

    def _events(self) -> Iterator[dict[str, object]]:
        for place in range(6):
            at = _text(self._at + timedelta(minutes=place))
            yield self._row("event", place) | {
                "at": at, "recorded_at": at, "actor": "bench", "kind": "note", "visibility": "internal",
                "body": "looked at the log",
            }  # fmt: skip

    def _row(self, kind: str, place: int) -> dict[str, object]:
        return {"id": f"{kind}-{self._number:05}-{place}", "incident_id": self._id}


def _text(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
