"""All that the ledger holds of one client, read for that client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from plugwatch.ledger.connection import Row
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text
from plugwatch.model.client import Client
from plugwatch.model.erasure import Eraser, HeldDelivery, HeldMessage, Holdings, Scope

_CALL = ("site", "caller", "heard", "words", "ticket", "at", "recorded_at")
_IMPACT = ("site", "state", "justification", "detail", "at", "valid_until")
_PROMISE = ("due", "made_at", "kept_at")
_PROSE = ("note", "call")  # other kinds of events name sites in words of the program, everyday names among them
_OPEN_TO_CLIENTS = ("client", "public")


def read_holdings(queries: Queries, client: Client, eraser: Eraser, others: Eraser) -> Holdings:
    """The rows of a client; ``others`` takes the other clients out of what the agency wrote.

    Of the timeline of an incident it holds what the client may see, and every line that tells of the client.
    """
    own = {"client_id": client.id}
    about = {row[0]: (row[1], row[2]) for row in queries.rows("about", **own)}
    incidents: dict[str, dict[str, Any]] = {
        f"INC-{number}": {"incident": f"INC-{number}", "status": status, "calls": [], "impacts": [], "promises": []}
        | {"events": []}
        for number, status in about.values()
    }
    for part, names in (("calls", _CALL), ("impacts", _IMPACT), ("promises", _PROMISE)):
        for number, *values in queries.rows(f"held_{part}", **own):
            row = dict(zip(names, values, strict=True))
            if row.get("detail"):
                row["detail"] = others.redact(row["detail"], Scope.OTHER)
            known = incidents.setdefault(f"INC-{number}", {"incident": f"INC-{number}"})
            known.setdefault(part, []).append(row)
    for incident, at, kind, visibility, body, client_id in queries.rows("held_events"):
        if incident in about and (
            client_id == client.id or visibility in _OPEN_TO_CLIENTS or (client_id is None and eraser.finds(body))
        ):
            scope = Scope.OTHER if kind in _PROSE else Scope.OWN
            event = {"at": at, "kind": kind, "body": others.redact(body, scope)}
            incidents[f"INC-{about[incident][0]}"]["events"].append(event)
    answers = queries.rows("held_answers", **own)
    return Holdings(
        incidents=incidents,
        messages=_messages(queries.rows("held_messages", **own), queries.rows("held_deliveries", **own)),
        feedback=tuple(
            {"incident": f"INC-{number}" if number else None, "rating": rating, "words": words, "at": at}
            for number, rating, words, at in answers
        ),
        installations=tuple(
            (site, f"{kind}/{slug}", *(value or "" for value in rest))
            for site, kind, slug, *rest in queries.rows("held_installations", **own)
        ),
        lists=tuple(
            {"site": site, "at": at, "format": form, "name": name}
            for site, at, form, name in queries.rows("held_imports", **own)
        ),
    )


def _messages(rows: Iterable[Row], deliveries: Iterable[Row]) -> tuple[HeldMessage, ...]:
    went: dict[str, list[HeldDelivery]] = defaultdict(list)
    for message, address, name, state, sent in deliveries:
        went[message].append(HeldDelivery(name, address, state, from_text(sent) if sent else None))
    found = []
    for row_id, number, phase, round_, road, language, subject, body, mail_id, thread_id, created in rows:
        made = from_text(created)
        facts = (f"INC-{number}", phase, round_, road, language, subject, body, mail_id, thread_id, made)
        found.append(HeldMessage(*facts, deliveries=tuple(went[row_id])))
    return tuple(found)
