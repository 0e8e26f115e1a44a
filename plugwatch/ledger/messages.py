"""Messages to clients, address by address, and the claims that let nobody send one twice.

Each step is one statement that says what has to be so before it: who touches no row has come too late. A claim is a
random word that only its owner knows; it dies after some minutes, so that a crash keeps nobody waiting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugwatch.ledger.clients import Clients
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.sites import Sites
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import Client, Contact
from plugwatch.model.incident import Incident
from plugwatch.model.messages.message import Answer, Delivery, Message, describe_unsettled

Told = tuple[Message, Sequence[Delivery]]


class Messages:
    """Every message to a client; a text changes only while nobody may have got it."""

    def __init__(self, connection: Connection, clients: Clients, sites: Sites) -> None:
        self._queries = Queries(connection, "messages")
        self._clients = clients
        self._sites = sites

    def add(self, incident: Incident, message: Message, *, domain: str) -> Message:
        """Keep a new draft; what is returned has its id and its Message-ID, which lies in our domain."""
        row_id = new_id()
        kept = replace(
            message, id=row_id, incident=incident.name, state="draft", mail_id=f"<{row_id.lower()}@{domain}>"
        )
        self._queries.run(
            "insert",
            incident_id=incident.id,
            client_id=self._clients.get(kept.client).id,
            phase=kept.phase,
            round=kept.round,
            mail_id=kept.mail_id,
            created_at=to_text(kept.created_at),
            **_text_columns(kept),
        )
        self._write_sites(kept)
        return kept

    def rewrite(self, message: Message, *, dead: datetime) -> bool:
        """Write another text of a message that nobody may have got; False where somebody may, or is sending it.

        A text that was tried keeps its Message-ID to itself: whoever has it after all must not take this one for it
        (RFC 5322, section 3.6.4).
        """
        other = f"<{new_id().lower()}@{message.mail_id.rpartition('@')[2]}"
        if not self._queries.run("rewrite", dead=to_text(dead), other_mail_id=other, **_text_columns(message)):
            return False
        self._queries.run("delete_sites", id=message.id)
        self._write_sites(message)
        return True

    def reroute(self, message: Message) -> None:
        """Take another road to those who have not got a message yet."""
        self._queries.run("reroute", id=message.id, road=message.road)

    def supersede(self, message: Message) -> None:
        """Put a draft aside for one of another phase; one that was tried stays as it is."""
        if self._queries.run("supersede", id=message.id):
            self._queries.run("delete_waiting", id=message.id)

    def get(self, message_id: str) -> Told:
        """A message that is known to exist."""
        [told] = self._load("message", id=message_id, rows="by_id")
        return told

    def of_incident(self, incident: Incident) -> Sequence[Told]:
        """All messages about an incident and what was merged into it, the earliest first."""
        return self._load("incident", incident_id=incident.id)

    def of_client(self, client: Client) -> Sequence[Told]:
        """All messages to a client, the earliest first."""
        return self._load("client", client_id=client.id)

    def unsettled(self, incident: Incident) -> list[str]:
        """What is not settled of the newest message to each client that was more than a draft, a sentence each."""
        tried = [pair for pair in self.of_incident(incident) if pair[1]]
        newest = {message.client: (message, rows) for message, rows in tried}
        return [line for message, rows in newest.values() for line in describe_unsettled(message, rows)]

    def claim(
        self, message: Message, wanted: Sequence[Contact], *, actor: str, now: datetime, dead: datetime
    ) -> str | None:
        """Begin to send exactly this text; the claim, or None where somebody was quicker or the text has changed.

        ``wanted`` are the addresses that it goes to by now; those that have got it, or may have, stay as they are. A
        claim from before ``dead`` counts no more.
        """
        claim = new_id()
        claimed = self._queries.run(
            "claim",
            id=message.id,
            subject=message.subject,
            body=message.body,
            road=message.road,
            next_due=to_text(message.next_due) if message.next_due else None,
            claim=claim,
            actor=actor,
            now=to_text(now),
            dead=to_text(dead),
        )
        if not claimed:
            return None
        addresses = {contact.email for contact in wanted}
        for (address,) in self._queries.rows("open_addresses", id=message.id):
            if address not in addresses:
                self._queries.run("delete_delivery", id=message.id, address=address)
        known = {address for (address,) in self._queries.rows("known_addresses", id=message.id)}
        new = {contact.email: contact.name for contact in wanted if contact.email not in known}
        self._queries.run_many(
            "insert_delivery", [{"id": message.id, "address": email, "name": name} for email, name in new.items()]
        )
        return claim

    def renew(self, message: Message, claim: str, *, now: datetime) -> bool:
        """Say that the claim is still wanted; False where it is lost."""
        return bool(self._queries.run("renew", id=message.id, claim=claim, now=to_text(now)))

    def hand(
        self, message: Message, claim: str, answers: Mapping[str, Answer], *, now: datetime, dead: datetime
    ) -> bool:
        """The point of no return: what is known of each address before the text goes out; False: the claim is lost."""
        if not self._queries.run("hand", id=message.id, claim=claim, dead=to_text(dead)):
            return False
        for address, answer in answers.items():
            self._queries.run(
                "try", id=message.id, address=address, state=answer.state, reply=answer.reply, now=to_text(now)
            )
        return True

    def settle(self, message: Message, claim: str, answers: Mapping[str, Answer], *, now: datetime) -> None:
        """Keep the answers. Whoever has lost the claim meanwhile can only add that an address has got it."""
        ours = self._queries.run("settle", id=message.id, claim=claim)
        for address, answer in answers.items():
            sent_at = to_text(now) if answer.state == "sent" else None
            if ours:
                self._queries.run(
                    "answer", id=message.id, address=address, state=answer.state, reply=answer.reply, sent_at=sent_at
                )
            elif sent_at:
                self._queries.run("late_answer", id=message.id, address=address, reply=answer.reply, sent_at=sent_at)
        self._queries.run("back_to_draft", id=message.id)

    def release(self, message: Message, claim: str) -> None:
        """Let go of a claim before anything was handed over."""
        self._queries.run("release", id=message.id, claim=claim)
        self._queries.run("back_to_draft", id=message.id)

    def give_up(self, incident: Incident, *, dead: datetime) -> None:
        """What was being handed over by somebody who died: whether it arrived is not known."""
        self._queries.run("forget_handing", incident_id=incident.id, dead=to_text(dead))
        self._queries.run("give_up", incident_id=incident.id, dead=to_text(dead))

    def confirm(self, message: Message, *, at: datetime) -> bool:
        """Say that what is unknown, kept or written has reached its addresses; False where nothing is."""
        changed = self._queries.run("confirm", id=message.id, at=to_text(at))
        self._queries.run("drop_claim", id=message.id)
        return bool(changed)

    def take_back(self, message: Message) -> bool:
        """Say that what is unknown shall be sent again; False where nothing is."""
        changed = self._queries.run("take_back", id=message.id)
        self._queries.run("drop_claim", id=message.id)
        return bool(changed)

    def _write_sites(self, message: Message) -> None:
        self._queries.run_many(
            "insert_site", [{"id": message.id, "site_id": self._sites.get(slug).id} for slug in message.sites]
        )

    def _load(self, of: str, *, rows: str | None = None, **parameters: object) -> list[Told]:
        sites: dict[str, list[str]] = defaultdict(list)
        for message_id, slug in self._queries.rows(f"sites_of_{of}", **parameters):
            sites[message_id].append(slug)
        deliveries: dict[str, list[Delivery]] = defaultdict(list)
        for message_id, *row in self._queries.rows(f"deliveries_of_{of}", **parameters):
            deliveries[message_id].append(_delivery(row))
        found = self._queries.rows(rows or f"of_{of}", **parameters)
        return [(_message(row, tuple(sites[row[0]])), deliveries[row[0]]) for row in found]


def _text_columns(message: Message) -> dict[str, object]:
    """What a draft may change."""
    return {
        "id": message.id,
        "road": message.road,
        "language": message.language,
        "subject": message.subject,
        "body": message.body,
        "edited": int(message.edited),
        "asks": int(message.asks),
        "next_due": to_text(message.next_due) if message.next_due else None,
        "thread_id": message.thread_id,
        "changed_at": to_text(message.changed_at),
        "actor": message.actor,
    }


def _message(row: Row, sites: tuple[str, ...]) -> Message:
    row_id, number, client, phase, turn, state, road, language, subject, body = row[:10]
    edited, asks, next_due, mail_id, thread_id, created_at, changed_at, actor, claimed_by, claimed_at = row[10:]
    return Message(
        id=row_id,
        incident=f"INC-{number}",
        client=client,
        phase=phase,
        round=turn,
        state=state,
        road=road,
        language=language,
        subject=subject,
        body=body,
        edited=bool(edited),
        asks=bool(asks),
        next_due=from_text(next_due) if next_due else None,
        mail_id=mail_id,
        thread_id=thread_id,
        sites=sites,
        created_at=from_text(created_at),
        changed_at=from_text(changed_at),
        actor=actor,
        claimed_by=claimed_by,
        claimed_at=from_text(claimed_at) if claimed_at else None,
    )


def _delivery(row: Sequence[Any]) -> Delivery:
    address, name, state, reply, tries, tried_at, sent_at = row
    return Delivery(
        address,
        name,
        state,
        reply,
        tries,
        from_text(tried_at) if tried_at else None,
        from_text(sent_at) if sent_at else None,
    )
