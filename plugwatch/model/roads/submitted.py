"""A submission as the ledger keeps it: its texts for one road, where they went, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component
from plugwatch.model.roads.submission import Check
from plugwatch.model.roads.watch import Remark, Watch

# A "thank you, merged" is no question.
_SETTLES = ("accepted", "rejected", "released")


@dataclass(frozen=True)
class SubmissionFile:
    """A file that goes with a text, and where it lies on this machine."""

    name: str
    path: str


@dataclass(frozen=True)
class Post:
    """One text of a submission: its kind (see :data:`plugwatch.model.roads.road.KINDS`) and its state (POST_STATES).

    ``url`` is the vendor's form filled in, ``remote_url`` where the text lies once it was posted, ``detail`` what a
    person should know of it. ``mail_id`` is its identity, in angle brackets; ``commit`` is what a pull request offers
    by it; ``theirs`` are lines of the vendor's own form. ``tried_at`` is when it was first handed over.
    """

    id: str
    kind: str
    state: str
    title: str
    body: str
    created_at: datetime
    actor: str
    mail_id: str = ""
    files: tuple[SubmissionFile, ...] = ()
    checks: tuple[Check, ...] = ()
    url: str | None = None
    remote_url: str | None = None
    detail: str | None = None
    asks: str | None = None
    step: int | None = None
    labels: tuple[str, ...] = ()
    as_draft: bool = False
    commit: str | None = None
    theirs: frozenset[str] = frozenset()
    tried_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def blocked(self) -> bool:
        """Whether a check forbids sending; a text that was never checked is blocked too."""
        return not self.checks or not all(check.ok for check in self.checks)


@dataclass(frozen=True)
class Change:
    """A status that a submission got, and who says so; ``by_hand``: a person, and not what a tracker said."""

    status: str
    at: datetime
    actor: str
    note: str | None = None
    by_hand: bool = True


@dataclass(frozen=True)
class Submission:
    """What is written to one vendor on one road about one thing.

    ``status`` is one of the statuses of a submission, ``draft`` at first. ``target`` is what the road is addressed by:
    ``OWNER/NAME``, an e-mail address, the base of a Trac, a network. ``remote_url`` is where it lies at the vendor's.
    ``version`` is the release that the patch is written against, ``branch`` and ``commit`` what is offered of it,
    ``fixed_in`` the release whose content holds it. ``goes_on_from`` is the submission on another road before it.
    """

    number: int
    incident: str | None
    patch: str | None
    component: Component
    channel: str
    status: str
    posts: tuple[Post, ...]
    created_at: datetime
    actor: str
    target: str | None = None
    remote_url: str | None = None
    version: str | None = None
    branch: str | None = None
    commit: str | None = None
    fixed_in: str | None = None
    goes_on_from: str | None = None
    watch: Watch | None = None
    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def name(self) -> str:
        """The human number: ``SUB-3``."""
        return f"SUB-{self.number}"

    @property
    def title(self) -> str:
        """The title that it began with."""
        return self.posts[0].title

    @property
    def current(self) -> Post:
        """The text that is to be sent next, else the last one."""
        return next((post for post in self.posts if post.state not in ("sent", "superseded")), self.posts[-1])

    @property
    def sent_at(self) -> datetime | None:
        """When its first text left."""
        return self.posts[0].sent_at

    @property
    def our_last_word(self) -> datetime | None:
        """When we last wrote or, by hand, said how it stands; what ends a talk needs no word of ours."""
        sent = [post.sent_at for post in self.posts if post.sent_at]
        said = [c.at for c in self.changes if c.status in _SETTLES or (c.by_hand and c.status != "draft")]
        return max((*sent, *said), default=None)

    @property
    def their_last_word(self) -> datetime | None:
        """When a person at the vendor's last wrote."""
        return max((remark.at for remark in self.remarks if remark.human), default=None)

    @property
    def waits_for_us(self) -> bool:
        """Whether a person there has written since we last did."""
        theirs, ours = self.their_last_word, self.our_last_word
        return theirs is not None and (ours is None or theirs > ours)
