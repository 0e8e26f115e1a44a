"""What comes back after a message was given away: whether it arrived, and what the client says in the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.incident import Event, Incident, check_choice, check_words
from plugwatch.model.messages.message import RATINGS, Delivery, Feedback, Message
from plugwatch.workflows.brief import root_of
from plugwatch.workflows.compose import CLAIM_LASTS
from plugwatch.workflows.deliver import add_line, promise
from plugwatch.workflows.tell import Ledger

_NOT_PROVEN = ("unknown", "kept", "written")


class Found(Protocol):
    """A mail in a mailbox of ours: ``sent``, ``inbox`` or ``drafts``, and since when."""

    @property
    def place(self) -> str: ...

    @property
    def at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Word:
    """What a person says of messages: of these clients' (none named: all), in this phase (None: in any)."""

    clients: tuple[str, ...]
    phase: str | None
    actor: str
    now: datetime


def confirm_sent(ledger: Ledger, number: str, word: Word, *, at: datetime) -> list[Message]:
    """Take a person's word that messages have reached their clients, at this time.

    Raises PlugwatchError where no message waits for it, and for a time before one was written.
    """
    with ledger.unit_of_work() as work:
        incident, waiting = _waiting(work, number, word, _NOT_PROVEN)
        for message in waiting:
            if at < message.changed_at.replace(second=0, microsecond=0):
                raise PlugwatchError(
                    f"the message to {message.client} was not written yet at that time; give the time when it was sent"
                )
            _arrived(work, incident, message, "sent, says " + word.actor, at=at, word=word)
        if not waiting:
            raise PlugwatchError(
                f"{incident.name}: no message waits for your word whether it was sent; "
                f"see 'plugwatch incident tell {incident.name}'"
            )
    return waiting


def take_back(ledger: Ledger, number: str, word: Word) -> list[Message]:
    """Let messages of which nobody knows whether they arrived go out once more, under the same Message-ID.

    Raises PlugwatchError where there is none.
    """
    with ledger.unit_of_work() as work:
        incident, waiting = _waiting(work, number, word, ("unknown",))
        for message in waiting:
            work.messages.take_back(message)
            add_line(work, incident, message, "to be sent once more", actor=word.actor, at=word.now, now=word.now)
        if not waiting:
            raise PlugwatchError(
                f"{incident.name}: of no message it is unknown whether it arrived, so nothing is sent twice"
            )
    return waiting


def look_for(ledger: Ledger, number: str, find: Callable[[str], Found | None], word: Word, *, copies: bool) -> None:
    """Ask our own mailbox for mails of which we do not know, and for drafts that a person may have sent by now.

    ``copies``: each mail goes to an address of ours as well, in one talk with all others, so that it lies in the inbox
    when it was taken. That proves a talk only where it was the only one. A mail that is nowhere proves nothing.
    """
    with ledger.unit_of_work() as work:
        incident = root_of(work, number)
        work.messages.give_up(incident, dead=word.now - CLAIM_LASTS)
        told = work.messages.of_incident(incident)
    for message, deliveries in told:
        if not _may_be_found(message, deliveries, copies=copies):
            continue
        found = find(message.mail_id)
        if found and (found.place == "sent" or (found.place == "inbox" and message.road != "imap")):
            with ledger.unit_of_work() as work:
                at = min(found.at or word.now, word.now)
                _arrived(work, incident, message, "sent, for our mailbox has it", at=at, word=word)


def keep_feedback(
    work: Any, slug: str, rating: str, words: str | None, *, number: str | None, at: datetime, word: Word
) -> Feedback:
    """Keep what a client said of how it was handled; without a number, of what they were told the end of last."""
    client = work.clients.resolve(slug)
    incident = work.incidents.get(number) if number else _last_ended(work, client)
    feedback = Feedback(
        client=client.slug,
        rating=check_choice(rating, RATINGS, "answer"),
        words=check_words(words, "leave the words out, or write what they said") if words is not None else None,
        incident=incident.name if incident else None,
        at=at,
        recorded_at=word.now,
        actor=word.actor,
    )
    work.feedback.add(feedback, incident)
    if incident:
        said = f": “{feedback.words}”" if feedback.words else ""
        body = f"{client.slug} found it {_HANDLED[feedback.rating]}{said}"
        event = Event(at, word.now, word.actor, "feedback", "internal", body, client=client.slug)
        work.incidents.add_event(incident, event)
    return feedback


_HANDLED = {"good": "well handled", "mixed": "handled so-so", "bad": "badly handled"}


def _waiting(work: Any, number: str, word: Word, states: Sequence[str]) -> tuple[Incident, list[Message]]:
    """The incident, and its messages with an address in one of these states; who died sending has left it unknown."""
    incident = root_of(work, number)
    work.messages.give_up(incident, dead=word.now - CLAIM_LASTS)
    slugs = {work.clients.resolve(text).slug for text in word.clients}
    return incident, [
        message
        for message, deliveries in work.messages.of_incident(incident)
        if message.state == "done"
        and (not slugs or message.client in slugs)
        and word.phase in (None, message.phase)
        and any(delivery.state in states for delivery in deliveries)
    ]


def _arrived(work: Any, incident: Incident, message: Message, words: str, *, at: datetime, word: Word) -> None:
    work.messages.confirm(message, at=at)
    add_line(work, incident, message, words, actor=word.actor, at=at, now=word.now)
    promise(work, incident, message, at=at, actor=word.actor)


def _may_be_found(message: Message, deliveries: Sequence[Delivery], *, copies: bool) -> bool:
    states = {delivery.state for delivery in deliveries}
    if message.state != "done":
        return False
    # A copy of an earlier talk, in which some addresses got it, says nothing of a later one.
    return "kept" in states or (copies and "unknown" in states and "sent" not in states)


def _last_ended(work: Any, client: Any) -> Incident | None:
    """The incident of the last message that told them the end."""
    ended = [m for m, rows in work.messages.of_client(client) if m.phase == "closed" and any(d.sent_at for d in rows)]
    return work.incidents.get(ended[-1].incident) if ended else None
