"""What an issue or a pull request on GitHub means for us: who speaks there, what the state is called, our status.

Field names and their values are those of https://docs.github.com/en/rest/issues, .../pulls and .../checks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MAINTAINERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_BOT_LOGIN = re.compile(
    r"\[bot\]$|[-_]bot$|^(?:stale|github-actions|codecov(?:-commenter)?|dependabot|renovate|matticbot|claassistant"
    r"|cla-assistant|sonarcloud|netlify|vercel|probot|wordpressbot|gutenbergplugin)$",
    re.IGNORECASE,
)
# Stale-bots often speak under a maintainer's name; what they say is always the same (actions/stale, probot/stale).
_BOT_WORDS = re.compile(
    r"automatically (?:been )?(?:marked|closed|labell?ed|locked)|marked (?:this \S+ )?as stale|\bis stale because"
    r"|(?:has|have) (?:not )?(?:had|seen) (?:any )?recent activity|no recent activity|been inactive for"
    r"|will be closed (?:(?:in|within|after) \d+ days|soon if|if (?:no|there is no))|contributor license agreement"
    r"|test coverage (?:has )?(?:in|de)creased",
    re.IGNORECASE,
)
_BAD_RUNS = frozenset({"failure", "timed_out", "cancelled", "action_required", "startup_failure", "error"})


@dataclass(frozen=True)
class Voice:
    """Who said something: login, GitHub's ``type`` of the account, and how they stand to the repository."""

    login: str
    type: str = "User"
    association: str = "NONE"

    @property
    def maintains(self) -> bool:
        """Whether the repository is theirs."""
        return self.association in MAINTAINERS


@dataclass(frozen=True)
class Review:
    """A review; ``state`` is APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED, ``commit`` what was looked at."""

    voice: Voice
    state: str
    at: datetime
    commit: str | None = None


@dataclass(frozen=True)
class Thread:
    """An issue or a pull request as far as its status needs it.

    ``reason`` is GitHub's ``state_reason``; ``by_us``: one of ours closed it; ``answered``: somebody who maintains it
    has said something; ``ours_at``: when we last did; ``closing_commit`` is the commit that closed it.
    """

    is_pull: bool
    is_open: bool
    merged: bool = False
    draft: bool = False
    locked: bool = False
    reason: str | None = None
    by_us: bool = False
    answered: bool = False
    labels: tuple[str, ...] = ()
    head: str | None = None
    reviews: tuple[Review, ...] = ()
    ours_at: datetime | None = None
    closing_commit: str | None = None
    fixed_by: str | None = None


def is_bot(voice: Voice, words: str) -> bool:
    """Whether a machine said it, under its own name or somebody's."""
    quoted = re.sub(r"^>.*$", "", words, flags=re.MULTILINE)
    return voice.type == "Bot" or _BOT_LOGIN.search(voice.login) is not None or _BOT_WORDS.search(quoted) is not None


def last_word(reviews: Sequence[Review]) -> str | None:
    """What the reviews come to: "changes requested" while anybody's last word is that, "approved", or None.

    A mere comment takes nothing back. A request for changes is answered where other commits are there since.
    """
    latest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda review: review.at):
        if review.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            latest[review.voice.login.lower()] = review
    states = {review.state for review in latest.values()}
    if "CHANGES_REQUESTED" in states:
        return "changes requested"
    return "approved" if "APPROVED" in states else None


def say_state(thread: Thread) -> str:
    """The raw status, in GitHub's own words."""
    if thread.merged:
        words = ["merged"]
    elif thread.is_open:
        words = ["open"]
    else:
        reason = (thread.reason or "").replace("_", " ")
        words = [f"closed as {reason}" if reason and not thread.is_pull else "closed"]
    words += ["draft"] if thread.draft and thread.is_open else []
    review = last_word(thread.reviews) if thread.is_open else None
    words += [f"review: {review}"] if review else []
    words += ["locked"] if thread.locked else []
    words += [f"labels: {', '.join(sorted(thread.labels))}"] if thread.labels else []
    return ", ".join(words)


def map_status(thread: Thread) -> str:
    """The status of a submission that it means. "Merged" is accepted; what is released is told by the releases."""
    if thread.merged:
        return "accepted"
    if not thread.is_open:
        return _closed(thread)
    review = last_word(thread.reviews)
    if review == "changes requested" and not _is_reworked(thread):
        return "changes-requested"
    return "confirmed" if thread.answered or review else "sent"


def is_closed_as_fixed(thread: Thread) -> bool:
    """Whether they say that it is done."""
    if thread.merged or thread.is_open:
        return thread.merged
    return thread.closing_commit is not None or (not thread.is_pull and thread.reason in (None, "completed"))


def _closed(thread: Thread) -> str:
    caused = thread.closing_commit is not None or thread.fixed_by is not None
    if thread.by_us and not caused and (thread.is_pull or thread.reason not in (None, "completed")):
        return "withdrawn"
    return "accepted" if is_closed_as_fixed(thread) else "rejected"


def _is_reworked(thread: Thread) -> bool:
    """Whether we have pushed something else since the last request for changes, and said so."""
    asked = [review for review in thread.reviews if review.state == "CHANGES_REQUESTED"]
    last = max(asked, key=lambda review: review.at)
    pushed = thread.head is not None and last.commit is not None and thread.head != last.commit
    return pushed and thread.ours_at is not None and thread.ours_at > last.at


def sum_up_checks(runs: Sequence[tuple[str, str | None]]) -> str:
    """Checks, as ``(name, conclusion)``, None while one runs: "2 passed, 1 failed (phpunit), 1 running"."""
    failed = sorted({name for name, end in runs if end in _BAD_RUNS})
    running = sum(end in (None, "pending") for _name, end in runs)
    bad = sum(end in _BAD_RUNS for _name, end in runs)
    passed = len(runs) - running - bad
    parts = [f"{passed} passed"] if passed else []
    if bad:
        shown = ", ".join(failed[:5]) + (", …" if len(failed) > 5 else "")
        parts.append(f"{bad} failed ({shown})")
    parts += [f"{running} running"] if running else []
    return ", ".join(parts)
