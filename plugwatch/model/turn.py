"""Whose turn it is in an incident, and why: computed from what was said and sent, never stored.

A client who waits for a word from us goes before everything else; then what a vendor asked us; then clients who have
not heard of it; then a client whom we asked; then a vendor who has something of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.when import distance, short_time, span_in_words

TURNS = ("us", "vendor", "client", "nobody")

# What the status of a submission asks for. A vendor has the turn while something waits there.
WITH_VENDOR = ("sent", "confirmed", "accepted")
_FOR_US = {
    "changes-requested": "the vendor wants {name} changed",
    "rejected": "the vendor refused {name}",
    "released": "{name} is in a release: check it and close",
    "draft": "{name} is written and not sent",
}


@dataclass(frozen=True)
class Asked:
    """A client whom we asked something; ``answered_at`` is when they called or wrote after that."""

    client: str
    at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Sent:
    """A text for a vendor: its name (``SUB-3``), its status, since when, and whether the vendor has written since."""

    name: str
    status: str
    at: datetime
    waits_for_us: bool = False


@dataclass(frozen=True)
class TurnFacts:
    """What the turn depends on. Everything but ``status`` may be left out where there is none.

    ``due`` is the next promise that is neither kept nor late, ``due_to`` the name of the client whom it was made to; a
    promise that a question to the client came with counts from the moment when it is overdue. ``untold``: how many
    clients with a site that is hit have not been told (after the end: not told the end).
    """

    status: str
    due: datetime | None = None
    due_to: str = ""
    submissions: tuple[Sent, ...] = ()
    asked: Asked | None = None
    untold: int = 0
    merged_into: str | None = None


def whose_turn(facts: TurnFacts, *, now: datetime) -> tuple[str, str]:
    """One of TURNS, and the reason in words, with times on the clock that ``now`` carries."""
    if facts.merged_into:
        return "nobody", f"it goes on as {facts.merged_into}"
    if facts.status == "closed":
        return "nobody", "closed"
    if facts.due is not None:
        return "us", _owed(facts.due_to, facts.due, now)
    newest = max(facts.submissions, key=lambda sent: (sent.at, sent.name), default=None)
    if newest and newest.status == "changes-requested":
        return "us", _FOR_US[newest.status].format(name=newest.name)
    asked = next((sent for sent in facts.submissions if sent.waits_for_us and sent.status in WITH_VENDOR), None)
    if asked:
        return "us", f"the vendor has written about {asked.name}"
    if facts.untold:
        return "us", _untold(facts)
    if facts.asked and facts.asked.answered_at is None:
        return "client", f"{facts.asked.client} was asked {short_time(facts.asked.at, now)}"
    waiting = [sent for sent in facts.submissions if sent.status in WITH_VENDOR]
    if waiting:
        return "vendor", _waiting(min(waiting, key=lambda sent: sent.at), now)
    return "us", _ours(facts, newest, now)


def _owed(client: str, due: datetime, now: datetime) -> str:
    if due < now:
        return f"{client} should have heard from us by {short_time(due, now)} ({distance(due, now)})"
    return f"{client} hears from us by {short_time(due, now)} ({distance(due, now)})"


def _untold(facts: TurnFacts) -> str:
    who = "1 client has" if facts.untold == 1 else f"{facts.untold} clients have"
    return f"{who} not been told {'that it is over' if facts.status == 'resolved' else 'yet'}"


def _waiting(sent: Sent, now: datetime) -> str:
    """What lies with the vendor, and for how long."""
    age = now - sent.at
    since = f"{span_in_words(age)} ago" if age.days >= 2 else short_time(sent.at, now)
    return f"{sent.name} {sent.status} {since}, no client waits"


def _ours(facts: TurnFacts, newest: Sent | None, now: datetime) -> str:
    """Why it is ours where nobody waits for anything."""
    if facts.asked and facts.asked.answered_at and facts.status in ("investigating", "identified"):
        return f"{facts.asked.client} answered {short_time(facts.asked.answered_at, now)}"
    if facts.status == "resolved":
        return "it is fixed and waits to be closed"
    if newest and newest.status in _FOR_US:
        return _FOR_US[newest.status].format(name=newest.name)
    return {
        "investigating": "the cause is not known yet",
        "identified": "the cause is known, a fix is not in place",
    }.get(facts.status, "it works again and is being watched")
