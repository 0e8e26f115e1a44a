"""Send messages so that none is sent twice, whoever else sends, and whatever breaks on the way.

A message is claimed as it is written; its road asks what each address says; then, as the point of no return, the ledger
is told that the text is going out; then the text goes, and the answers are kept. Who dies before that point has sent
nothing. Who dies after it leaves addresses of which nobody can know; a person decides about those, never a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import EXIT_UNKNOWN, ConfigError, PlugwatchError, UnknownError
from plugwatch.model.client import Contact
from plugwatch.model.incident import Event, Incident
from plugwatch.model.messages.message import Answer, Delivery, Mail, Message, Receipt, status_of
from plugwatch.model.promise import Promise
from plugwatch.workflows.compose import CLAIM_LASTS, Prepared
from plugwatch.workflows.tell import Ledger

_OPEN = ("waiting", "deferred", "refused")


class Road(Protocol):
    """A way by which a message leaves.

    ``about_to_hand`` is called with what is known of each address right before the text would go out, and once in any
    case; where it raises, nothing goes out.
    """

    def send(
        self, mail: Mail, addresses: Sequence[str], about_to_hand: Callable[[Receipt], bool | None]
    ) -> Receipt: ...


@dataclass(frozen=True)
class Sender:
    """Who sends, in whose name, and on which clock."""

    contact: Contact
    actor: str
    clock: Callable[[], datetime]


@dataclass(frozen=True)
class Told:
    """A message as it is now; ``error`` is why nothing of it was sent just now."""

    prepared: Prepared
    message: Message
    deliveries: tuple[Delivery, ...]
    error: PlugwatchError | None = None

    def status(self, now: datetime) -> str:
        """As :meth:`plugwatch.workflows.compose.Prepared.status`."""
        return replace(self.prepared, message=self.message, deliveries=self.deliveries).status(now)


class TakenError(PlugwatchError):
    """Somebody else has the message by now; there is nothing for us to do where they send the same."""

    def __init__(self, sentence: str, exit_code: int = EXIT_UNKNOWN) -> None:
        self.exit_code = exit_code
        super().__init__(sentence)


def deliver(
    ledger: Ledger, prepared: Sequence[Prepared], find_road: Callable[[str], Road], sender: Sender
) -> list[Told]:
    """Send what was claimed; one that cannot leave keeps none of the others.

    A road that is not there at all (no server, a wrong password) is not tried again for the others.
    """
    errors, broken = dict[str, PlugwatchError](), dict[str, PlugwatchError]()
    try:
        for one in prepared:
            if not one.checks or one.blocked:
                continue
            try:
                if one.message.road in broken:
                    raise broken[one.message.road]
                _send(ledger, one, find_road, sender)
            except (ConfigError, UnknownError) as failure:
                errors[one.message.id] = broken[one.message.road] = failure
            except PlugwatchError as failure:
                errors[one.message.id] = failure
    finally:
        let_go(ledger, prepared)
    with ledger.reading() as work:
        rows = [work.messages.get(one.message.id) for one in prepared]
    return [
        Told(one, message, tuple(deliveries), errors.get(message.id))
        for one, (message, deliveries) in zip(prepared, rows, strict=True)
    ]


def let_go(ledger: Ledger, prepared: Sequence[Prepared]) -> None:
    """Give back what was claimed and not handed over, so that nobody waits for it."""
    if any(one.claim for one in prepared):
        with ledger.unit_of_work() as work:
            for one in prepared:
                if one.claim:
                    work.messages.release(one.message, one.claim)


def _send(ledger: Ledger, one: Prepared, find_road: Callable[[str], Road], sender: Sender) -> None:
    road, claim, now = find_road(one.message.road), one.claim, sender.clock()
    with ledger.unit_of_work() as work:
        if claim is None or not work.messages.renew(one.message, claim, now=now):
            raise _who_was_quicker(*work.messages.get(one.message.id), now=now)
        message, deliveries = work.messages.get(one.message.id)

    def about_to_hand(receipt: Receipt) -> None:
        moment = sender.clock()
        with ledger.unit_of_work() as work:
            if not work.messages.hand(message, claim, receipt.answers, now=moment, dead=moment - CLAIM_LASTS):
                raise TakenError(f"the message to {message.client} took too long, so nothing was sent; try again")

    addresses = [delivery.address for delivery in deliveries if delivery.state in _OPEN]
    receipt = road.send(_mail(message, deliveries, one.ticket, sender), addresses, about_to_hand)
    settle(ledger, message, claim, receipt.answers, sender)


def settle(ledger: Ledger, message: Message, claim: str, answers: Mapping[str, Answer], sender: Sender) -> None:
    """Keep the answers, and what follows of them: a line in the timeline, and the promise that the message makes."""
    now = sender.clock()
    with ledger.unit_of_work() as work:
        incident = work.incidents.get(message.incident)
        work.messages.settle(message, claim, answers, now=now)
        words = "; ".join(_words(address, answer) for address, answer in answers.items())
        add_line(work, incident, message, words, actor=sender.actor, at=now, now=now)
        if any(answer.state == "sent" for answer in answers.values()):
            promise(work, incident, message, at=now, actor=sender.actor)


def promise(work: Any, incident: Incident, message: Message, *, at: datetime, actor: str) -> None:
    """What a message promises counts from when the first address has got it."""
    if message.next_due and not work.promises.has_from(message.id):
        made = Promise(message.client, message.next_due, at, incident=incident.name)
        work.promises.add(incident, made, actor=actor, message_id=message.id)


def add_line(
    work: Any, incident: Incident, message: Message, words: str, *, actor: str, at: datetime, now: datetime
) -> None:
    """Say in the timeline what became of a message."""
    again = f" ({message.round})" if message.round > 1 else ""
    body = f"{message.phase}{again} to {message.client}: {words}"
    work.incidents.add_event(incident, Event(at, now, actor, "message", "client", body, client=message.client))


def _mail(message: Message, deliveries: Sequence[Delivery], ticket: str | None, sender: Sender) -> Mail:
    return Mail(
        subject=message.subject,
        body=message.body,
        sender=sender.contact,
        to=tuple(Contact(row.address, row.name) for row in deliveries if "@" in row.address),
        date=message.changed_at.astimezone(sender.clock().tzinfo),
        mail_id=message.mail_id,
        thread_id=message.thread_id,
        ticket=ticket,
        name=f"{message.client}-{message.phase}-{message.round}",
    )


def _words(address: str, answer: Answer) -> str:
    said = f" “{answer.reply}”" if answer.reply and answer.state in ("refused", "deferred", "waiting") else ""
    known = {"waiting": "not sent", "unknown": "not known whether it arrived", "kept": "kept as a draft"}
    return f"{address} {known.get(answer.state, answer.state)}{said}"


def _who_was_quicker(message: Message, deliveries: Sequence[Delivery], *, now: datetime) -> TakenError:
    status = status_of(message, deliveries, now=now)
    if status == "busy":
        return TakenError(f"{message.claimed_by} is sending the message to {message.client} just now", 0)
    if status in ("draft", "superseded"):
        return TakenError(f"another message to {message.client} is being sent just now; try again in a minute")
    return TakenError(f"{message.claimed_by} has just sent the message to {message.client}", 0)
