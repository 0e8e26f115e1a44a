"""What to write next to a vendor who is silent, or who has asked: gathered from ledger and forks, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.component import CORE, PHP
from plugwatch.model.incident import Incident
from plugwatch.model.roads.ladder import Trail, Week, first_step, left_out
from plugwatch.model.roads.privacy import read_as_person
from plugwatch.model.roads.submission import Thread
from plugwatch.model.roads.submitted import Submission
from plugwatch.workflows.submissions import is_secret

_ROADS_IN_WORDS = {
    "github-pr": "a pull request",
    "github-issue": "an issue on GitHub",
    "trac": "a Trac ticket",
    "forum": "a topic in the support forum",
    "email": "an e-mail to the author",
    "ticket": "a ticket at the help desk",
    "chat": "a chat message",
    "social": "a public post",
    "security": "a private report",
}
_MINOR = 2  # PHP 8.4.1 counts as PHP 8.4


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def submissions(self) -> Any: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def installations(self) -> Any: ...

    @property
    def sites(self) -> Any: ...

    @property
    def due(self) -> Any: ...


@dataclass(frozen=True)
class ForkNews:
    """What the fork knows that the vendor was not told.

    ``missing_in`` is the newest release that does not hold the patch, ``rebased_onto`` one that we have carried it to;
    None where there is no such.
    """

    missing_in: str | None = None
    rebased_onto: str | None = None


def same_thing(work: UnitOfWork, submission: Submission) -> list[Submission]:
    """All that was written to the same vendor about the same, this one among them, the earliest first."""
    if submission.incident:
        incident = work.incidents.root(work.incidents.get(submission.incident))
        found = work.submissions.of_incident(incident.id)
    elif submission.patch:
        found = [one for one in work.submissions.of_component(submission.component) if one.patch == submission.patch]
    else:
        found = [submission]
    return [one for one in found if one.component == submission.component]


def trail_of(submission: Submission, *, private: bool) -> Trail:
    """What a submission has behind it, for the ladder.

    A text of the ladder that nobody has sent is no step; one that a person left out is.
    """
    sent = [(post, post.sent_at) for post in submission.posts if post.sent_at]
    steps = [(post.step, at) for post, at in sent if post.step]
    if submission.goes_on_from and sent:
        steps.append((first_step(submission.channel, submission.posts[0].kind), sent[0][1]))
    steps += [(step, change.at) for change in submission.changes if (step := left_out(change.note))]
    said = [change.at for change in submission.changes if change.by_hand and change.status != "draft"]
    return Trail(
        submission=submission.name,
        road=submission.channel,
        kind=submission.component.kind,
        status=submission.status,
        ours_at=max([*(at for _post, at in sent), *said], default=None),
        theirs_at=submission.their_last_word,
        goes_on_from=submission.goes_on_from,
        patch=submission.patch,
        private=private,
        steps=tuple(steps),
    )


def is_private(work: UnitOfWork, submission: Submission) -> bool:
    """Whether it is about security, so that no public road may carry it."""
    if submission.channel == "security":
        return True
    return bool(submission.incident and is_secret(work, work.incidents.get(submission.incident)))


def news(work: UnitOfWork, submission: Submission, thread: Iterable[Submission], fork: ForkNews) -> tuple[str, ...]:
    """What is new since our last word, in sentences that a vendor may read: numbers and versions, never a site.

    What one of our texts says already is not new.
    """
    since = max(trail_of(submission, private=False).ours_at or submission.created_at, submission.created_at)
    told = " ".join(_readable(post.body) for one in thread for post in one.posts if post.sent_at)
    found = _of_fork(fork)
    if submission.incident:
        incident = work.incidents.root(work.incidents.get(submission.incident))
        found += _of_sites(work, incident, since)
    return tuple(sentence for sentence in found if _readable(sentence) not in told)


def _readable(text: str) -> str:
    """As a person reads it: without the escapes of a markup, and without the line ends of a mail."""
    return " ".join(read_as_person(text).replace("!", "").split())


def tried(thread: Iterable[Submission]) -> tuple[str, ...]:
    """The attempts to reach the vendor, in words, the earliest first."""
    attempts = []
    for one in thread:
        for post in one.posts:
            if post.sent_at:
                url = post.remote_url or one.remote_url
                again = "" if post is one.posts[0] else ", asked again"
                words = f"{_ROADS_IN_WORDS[one.channel]}{again}, {post.sent_at.date()}"
                attempts.append((post.sent_at, f"{words}: {url}" if url else words))
    return tuple(words for _at, words in sorted(attempts))


def thread_of(submission: Submission, week: Week, now: datetime, **more: Any) -> Thread:
    """What was written before, for a text that goes on with it; ``more`` are further fields of it."""
    trail = trail_of(submission, private=False)
    started = submission.sent_at or trail.ours_at or submission.created_at
    last = max(filter(None, (trail.ours_at, trail.theirs_at, started)))
    days = week.between(last.astimezone(now.tzinfo), now)
    return Thread(submission.title, submission.remote_url, started, days=days, **more)


def _of_fork(fork: ForkNews) -> list[str]:
    if fork.rebased_onto:
        return [f"{fork.rebased_onto} does not have the fix; our patch is rebased onto it now."]
    if fork.missing_in:
        return [f"{fork.missing_in} does not have the fix; our patch applies to it as it is."]
    return []


def _of_sites(work: UnitOfWork, incident: Incident, since: datetime) -> list[str]:
    """Further sites that were hit, or called, and versions that were not seen before."""
    hit = work.due.hit_sites(incident.id)
    new = [site for site, at in hit if at > since]
    if not new:
        return []
    count = "one more site" if len(new) == 1 else f"{len(new)} more sites"
    before, after = (_platforms(work, [site for site, at in hit if (at > since) is later]) for later in (False, True))
    found = [f"We have seen it on {count} since then."]
    for what, versions in after.items():
        if before[what]:
            found += [f"It happens with {what} {v} too." for v in sorted(versions - before[what])]
    return found


def _platforms(work: UnitOfWork, sites: Sequence[str]) -> dict[str, set[str]]:
    """The versions of PHP and WordPress on some sites, without their last numbers."""
    found: dict[str, set[str]] = {"PHP": set(), "WordPress": set()}
    for slug in sites:
        installed = work.installations.current(work.sites.get(slug).id)
        for what, component in (("PHP", PHP), ("WordPress", CORE)):
            row = installed.get(component)
            if row and row.version:
                found[what].add(".".join(row.version.split(".")[:_MINOR]))
    return found
