"""What clients are told: the facts that a text may use, the message that the ledger keeps, and its way out.

A workflow gathers a :class:`ClientBrief`, the renderer turns it into a subject and a body, the checks decide whether it
may leave, and a road takes it as a :class:`Mail` to each address. What happened there is kept address by address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.client import Contact
from plugwatch.model.roads.submission import Agency

PHASES = ("investigating", "identified", "monitoring", "resolved", "closed")
# After these the client waits for nothing more from us.
LAST_PHASES = ("resolved", "closed")
ROADS = ("smtp", "imap", "desk", "file", "phone")
RATINGS = ("good", "mixed", "bad")

# waiting: not tried yet. deferred: not now (4xx). refused: never (5xx). unknown: nobody can say whether it arrived.
# kept: lies among the drafts of a mailbox. written: lies in a file. sent: the other side took it, or a person says so.
DELIVERY_STATES = ("waiting", "handing", "sent", "deferred", "refused", "unknown", "kept", "written")


@dataclass(frozen=True)
class SiteInBrief:
    """A site as its client calls it: the host of its address, else its short name."""

    name: str
    state: str


@dataclass(frozen=True)
class ClientBrief:
    """Everything that a text to one client may say. None means that nobody has said it.

    ``knows``: they told us themselves; ``first``: we have written nothing of it before; ``repeated``: our last message
    was of this phase, so that it is no news; ``reopened``: our last one said that it worked again, or was over
    (``resolved_told``); ``thanks``: what to thank for
    (``phone``, ``mail``, ``chat`` or ""); ``words``: their own last words, on one line. ``effect`` is a clause without
    a full stop; ``done``, ``plan`` and ``care`` are whole sentences. ``next`` and ``missed`` are times in words, on the
    client's clock.
    """

    language: str
    tone: str
    phase: str
    client: str
    names: tuple[str, ...]
    knows: bool
    first: bool
    thanks: str
    words: str | None
    sites: tuple[SiteInBrief, ...]
    effect: str | None
    done: str | None
    plan: str | None
    care: str | None
    next: str | None
    missed: str | None
    reopened: bool
    resolved_told: bool
    watched: bool
    question: str | None
    ticket: str | None
    agency: Agency
    sender: str
    repeated: bool = False


@dataclass(frozen=True)
class Message:
    """One message to one client about one incident in one round of one phase; there is never a second of these.

    ``mail_id`` is the Message-ID that every try carries, ``thread_id`` that of the first message to this client about
    this incident. ``edited`` says that a person changed the text, ``asks`` that it holds a question to the client.
    ``changed_at`` is when the text was written, and from the first try to send it on the date that it bears.

    ``state``: ``draft``; ``superseded``, a draft that another phase has overtaken; ``claimed``, somebody is about to
    send it; ``handing``, it is being given to a server, and a crash leaves open whether it was taken; ``done``, each
    address has its answer.
    """

    id: str
    incident: str
    client: str
    phase: str
    round: int
    state: str
    road: str
    language: str
    subject: str
    body: str
    edited: bool
    asks: bool
    next_due: datetime | None
    mail_id: str
    thread_id: str | None
    sites: tuple[str, ...]
    created_at: datetime
    changed_at: datetime
    actor: str
    claimed_by: str | None = None
    claimed_at: datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """What became of a message at one address; ``reply`` is the other side's last word, in its own words."""

    address: str
    name: str
    state: str
    reply: str | None = None
    tries: int = 0
    tried_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Feedback:
    """What a client said, when it was over, of how it was handled: one of RATINGS, and their own words."""

    client: str
    rating: str
    words: str | None
    incident: str | None
    at: datetime
    recorded_at: datetime
    actor: str


@dataclass(frozen=True)
class Mail:
    """A message as a road carries it; the same for each try, so that a double can be told as one.

    ``thread_id`` is the Message-ID of an earlier mail that this one follows; ``ticket`` the number of a help desk's
    ticket, without signs.
    """

    subject: str
    body: str
    sender: Contact
    to: tuple[Contact, ...]
    date: datetime
    mail_id: str
    thread_id: str | None = None
    ticket: str | None = None
    name: str = "message"


@dataclass(frozen=True)
class Answer:
    """What the other side said of one address: one of DELIVERY_STATES, and its words."""

    state: str
    reply: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The answers, by address."""

    answers: Mapping[str, Answer]


def may_have_arrived(deliveries: Sequence[Delivery]) -> bool:
    """Whether anybody has got a message, or may have, so that its text stands."""
    return any(delivery.state in ("handing", "sent", "unknown", "kept", "written") for delivery in deliveries)


def status_of(message: Message, deliveries: Sequence[Delivery], *, now: datetime, claim_minutes: int = 5) -> str:
    """One word for a message: the worst of its addresses that is still open, else what became of it.

    ``draft``, ``superseded``, ``busy`` (somebody is sending it), ``sent``, ``partly-sent``, ``deferred``, ``refused``,
    ``unknown``, ``kept`` or ``written``. A text that was being handed over when its sender died is ``unknown``.
    """
    fresh = message.claimed_at is not None and (now - message.claimed_at).total_seconds() < claim_minutes * 60
    if message.state in ("claimed", "handing") and fresh:
        return "busy"
    if message.state in ("handing", "superseded"):
        return "unknown" if message.state == "handing" else "superseded"
    states = {delivery.state for delivery in deliveries}
    if message.state == "draft" or not states - {"waiting"}:
        return "draft"
    for state in ("unknown", "handing", "refused", "deferred", "waiting"):
        if state in states:
            return "partly-sent" if "sent" in states else {"handing": "unknown", "waiting": "draft"}.get(state, state)
    return next((state for state in ("kept", "written") if state in states), "sent")


_OPEN_WORDS = {
    "waiting": "has not been sent to {address}",
    "handing": "is being sent to {address}, or nobody knows whether it arrived",
    "deferred": "was not taken yet by {address}",
    "refused": "was refused by {address}",
    "unknown": "may or may not have reached {address}",
    "kept": "lies among the drafts of the mailbox, for {address}",
    "written": "lies in a file, for {address}",
}


def describe_unsettled(message: Message, deliveries: Sequence[Delivery]) -> list[str]:
    """What is not settled of a message that was to be sent, a sentence for each address."""
    said = {d.address: f" (“{d.reply}”)" if d.reply and d.state in ("deferred", "refused") else "" for d in deliveries}
    return [
        f"{message.client}: '{message.phase}' {_OPEN_WORDS[d.state].format(address=d.address)}{said[d.address]}"
        for d in deliveries
        if d.state in _OPEN_WORDS
    ]
