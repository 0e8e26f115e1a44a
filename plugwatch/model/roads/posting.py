"""Posting a text at a vendor's: what is handed to a channel, and what comes back.

A channel has two verbs. ``find`` asks the other side whether a posting has arrived there already, ``send`` posts it.
Both are given the same :class:`Posting`, whose ``key`` never changes, so that whoever died between posting and writing
it down finds out instead of posting again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugwatch.errors import UnknownError
from plugwatch.model.roads.submission import DraftFile

# Of a text for a vendor. ``handing``: it is on its way, or whoever sent it died; ``kept``: a draft in our own mailbox
# or an address that a person opens; ``unknown``: nobody can tell whether it arrived.
POST_STATES = ("draft", "handing", "kept", "sent", "unknown", "superseded")


@dataclass(frozen=True)
class Branch:
    """A branch that a pull request offers: ``name`` in our copy of the repository, and the commit at its tip."""

    name: str
    commit: str


@dataclass(frozen=True)
class Posting:
    """One text on its way to one place.

    ``target`` is what the road is addressed by: ``OWNER/NAME``, an e-mail address, the base of a Trac, the name of a
    network. ``thread`` is the URL of what the text answers (an issue, a pull request, a ticket, a topic), None where
    it begins something new; ``opens`` says which of our texts began that thread: ``mail_id`` of the first mail.
    ``since`` is when it was first tried: what arrived earlier is not it. ``labels`` and ``as_draft`` serve GitHub.
    """

    key: str
    road: str
    target: str
    kind: str
    title: str
    body: str
    files: tuple[DraftFile, ...]
    since: datetime
    thread: str | None = None
    mail_id: str | None = None
    answers: tuple[str, ...] = ()
    branch: Branch | None = None
    base: str | None = None
    labels: tuple[str, ...] = ()
    as_draft: bool = False


@dataclass(frozen=True)
class Delivered:
    """What became of a posting: one of POST_STATES, and where it lies at the vendor's.

    ``detail`` is what a person should know of it, such as labels that were not allowed.
    """

    state: str
    url: str | None = None
    detail: str = ""


class CannotTellError(UnknownError):
    """The other side cannot be asked whether a text has arrived, so a person must look."""


class Channel(Protocol):
    """A road on which a program may post."""

    def find(self, posting: Posting) -> Delivered | None:
        """What of it has arrived; None: nothing. Raises CannotTellError, UnknownError where the other side is silent,
        ConfigError where it does not let us in."""

    def send(self, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
        """Post it. ``about_to_hand`` is called once, right before the first request that changes something there that
        cannot be asked for again; where it raises, nothing was posted. Raises as ``find`` does; whatever it raises
        after ``about_to_hand`` leaves open whether the text arrived, unless it is NotPostedError."""


class NotPostedError(UnknownError):
    """The other side refused it, so nothing arrived, and the same text may be sent again."""
