"""Watching what became of a submission at the vendor's: what a tracker says, and when to ask it again.

The shape is that of Launchpad's bug watches (bugs.launchpad.net/+apidoc, ``bug_watch``): the raw status in the words of
the other side, when it last changed and was last looked at, the last error, and the next time to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

TRACKERS = ("github-pull", "github-issue", "trac", "forum", "mail", "none")

# What a remark is: words of a person, a review, or what a machine said.
REMARKS = ("comment", "review", "checks", "bot", "state")


@dataclass(frozen=True)
class Remark:
    """Something said at the vendor's; ``id`` is the other side's own, the same at every look.

    ``kind`` is one of REMARKS; ``human``: a person wrote it, and not one of ours. Stale-bots and the like are none.
    """

    id: str
    at: datetime
    who: str
    kind: str
    words: str
    human: bool


@dataclass(frozen=True)
class Seen:
    """What a tracker said.

    ``remote`` is the raw status in its own words ("open, review: changes requested", "closed as wontfix"); ``status``
    is what that means for us (a status of a submission), None where it means nothing new. ``closed_as_fixed``: they say
    that it is done. ``merge_commit`` is where a pull request was merged, ``releases`` the names of the releases that
    contain it, ``fixed_by`` what closed it (a commit, a pull request's URL). ``url`` is where it lies now, which may be
    elsewhere. ``etag`` is handed to the next look.
    """

    remote: str
    status: str | None
    changed_at: datetime | None
    url: str
    title: str | None = None
    remarks: tuple[Remark, ...] = ()
    closed_as_fixed: bool = False
    merge_commit: str | None = None
    releases: tuple[str, ...] = ()
    fixed_by: str | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Unchanged:
    """The tracker says that nothing has changed since the etag that it was given."""


@dataclass(frozen=True)
class Watch:
    """One watched thing at a vendor's.

    ``by_hand`` is the raw status that stood there when a person set ours, None where none did: what a person said holds
    until the other side changes. ``failures`` is how often in a row it could not be looked at, and ``error`` why.
    """

    url: str
    tracker: str
    remote: str | None = None
    changed_at: datetime | None = None
    checked_at: datetime | None = None
    next_check: datetime | None = None
    error: str | None = None
    failures: int = 0
    etag: str | None = None
    by_hand: str | None = None


class Tracker(Protocol):
    """Reads one kind of tracker."""

    def look(self, watch: Watch) -> Seen | Unchanged:
        """What it says of a watch's URL. Raises NotFoundError where it is gone, InputError or ConfigError where it does
        not let us in, UnknownError where it cannot be asked."""
