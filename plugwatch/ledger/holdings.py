"""All that the ledger holds of one client, read for that client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from plugwatch.ledger.connection import Row
from plugwatch.ledger.erasure_texts import Text
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text
from plugwatch.model.client import Client
from plugwatch.model.erasure import Eraser, HeldDelivery, HeldMessage, Holdings, Scope

_CALL = ("site", "caller", "heard", "words", "ticket", "at", "recorded_at")
_IMPACT = ("site", "state", "justification", "detail", "at", "valid_until")
_PROMISE = ("due", "made_at", "kept_at")
_PROSE = ("note", "call")  # other kinds of events name sites in words of the program, everyday names among them
_OPEN_TO_CLIENTS = ("client", "public")


def read_holdings(queries: Queries, texts: Iterable[Text], client: Client, eraser: Eraser, others: Eraser) -> Holdings:
    """The rows of a client; ``others`` takes the other clients out of what the agency wrote.

    Of the timeline of an incident it holds what the client may see, and every line that tells of the client; of all
    other ``texts`` of the ledger those that tell of it.
    """
    own = {"client_id": client.id}
    about = {row[0]: (row[1], row[2]) for row in queries.rows("about", **own)}
    incidents: dict[str, dict[str, Any]] = {
        f"INC-{number}": {"incident": f"INC-{number}", "status": status, "calls": [], "impacts": [], "promises": []}
        | {"events": []}
        for number, status in about.values()
    }
    shown: set[str | None] = set()  # what stands in one of the rows, so that it is not told twice
    for part, names in (("calls", _CALL), ("impacts", _IMPACT), ("promises", _PROMISE)):
        for number, *values in queries.rows(f"held_{part}", **own):
            row = dict(zip(names, values, strict=True))
            shown |= set(values)
            if row.get("detail"):
                row["detail"] = others.redact(row["detail"], Scope.OTHER)
            known = incidents.setdefault(f"INC-{number}", {"incident": f"INC-{number}"})
            known.setdefault(part, []).append(row)
    for incident, at, kind, visibility, body, client_id in queries.rows("held_events"):
        if incident in about and (
            client_id == client.id or visibility in _OPEN_TO_CLIENTS or (client_id is None and eraser.finds(body))
        ):
            shown.add(body)
            scope = Scope.OTHER if kind in _PROSE else Scope.OWN
            event = {"at": at, "kind": kind, "body": others.redact(body, scope)}
            incidents[f"INC-{about[incident][0]}"]["events"].append(event)
    answers, lists = queries.rows("held_answers", **own), queries.rows("held_imports", **own)
    messages = _messages(queries.rows("held_messages", **own), queries.rows("held_deliveries", **own))
    shown |= {words for _number, _rating, words, _at in answers} | {name for *_facts, name in lists}
    shown |= {text for message in messages for text in (message.subject, message.body)}
    return Holdings(
        incidents=incidents,
        messages=messages,
        feedback=tuple(
            {"incident": f"INC-{number}" if number else None, "rating": rating, "words": words, "at": at}
            for number, rating, words, at in answers
        ),
        installations=tuple(
            (site, f"{kind}/{slug}", *(value or "" for value in rest))
            for site, kind, slug, *rest in queries.rows("held_installations", **own)
        ),
        lists=tuple({"site": site, "at": at, "format": form, "name": name} for site, at, form, name in lists),
        texts=tuple(
            {"record": text.table, "field": text.column, "text": others.redact(text.value, Scope.OTHER)}
            for text in _telling(texts, eraser)
            if text.value not in shown
        ),
    )


def _telling(texts: Iterable[Text], eraser: Eraser) -> Iterator[Text]:
    """The texts that tell of a client, in a fixed order; not what another one has said, nor what is made from texts."""
    for text in sorted(texts, key=lambda text: (text.table, str(text.key), text.column)):
        is_made = text.table in ("post_check", "post_file")
        if text.scope is not Scope.THEIRS and not is_made and eraser.finds(text.value, text.scope):
            yield text


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
