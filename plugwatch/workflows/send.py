"""Send a text to a vendor so that it is never there twice, whoever else sends, and whatever breaks on the way.

A text is claimed; then, right before the first request that changes something at the vendor's, the ledger is told that
it is going out; then it goes, and the answer is kept. Who dies before that point has sent nothing. Who dies after it
leaves a text of which the next one asks the other side, and sends it only where it has not arrived. Where the other
side cannot be asked, a person decides, never a program.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from plugwatch.errors import EXIT_UNKNOWN, PlugwatchError
from plugwatch.model.incident import Event
from plugwatch.model.roads.posting import CannotTellError, Channel, Delivered, NotPostedError, Posting
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.roads.watch import Watch

# A sender on another machine who has not reported back for so long is dead.
CLAIM_LASTS = timedelta(minutes=10)
_ON_ITS_WAY = ("handing", "unknown", "kept")


class Work(Protocol):
    """One transaction on the ledger."""

    @property
    def submissions(self) -> Any: ...

    @property
    def incidents(self) -> Any: ...


class Ledger(Protocol):
    """The ledger."""

    def unit_of_work(self) -> AbstractContextManager[Work]:
        """A transaction that is kept when the block ends well."""


class TakenError(PlugwatchError):
    """Somebody else is sending the text just now."""

    exit_code = EXIT_UNKNOWN


class OpenError(PlugwatchError):
    """A text has left, and nobody can find out whether it arrived."""

    exit_code = EXIT_UNKNOWN


@dataclass(frozen=True)
class Sender:
    """Who sends, on which clock, with a token for the claim; ``again``: a person says that it did not arrive."""

    actor: str
    clock: Callable[[], datetime]
    claim: str
    again: bool = False


@dataclass(frozen=True)
class Job:
    """One text, how to post it, and where it will be watched (None: nowhere).

    ``look_again`` raises an error where a text that has left before, and has not arrived, is not wanted any more.
    """

    submission: Submission
    post: Post
    posting: Posting
    channel: Channel
    watch: Callable[[str], Watch | None]
    look_again: Callable[[], None] = lambda: None


def send(ledger: Ledger, job: Job, sender: Sender) -> Submission:
    """Send a text, unless it has arrived already; the submission as it is then.

    Raises TakenError, OpenError, NotPostedError where the other side refused it, and what the channel raises.
    """
    _claim(ledger, job, sender)
    try:
        delivered = _find_or_send(ledger, job, sender)
    except CannotTellError as error:
        _settle(ledger, job, sender, Delivered("unknown", detail=str(error)))
        name = job.submission.name
        raise OpenError(
            f"{name}: nobody can tell whether it arrived ({error}); look there, and say 'plugwatch submission mark "
            f"{name} sent', or send it once more with --again"
        ) from error
    except NotPostedError:
        _settle(ledger, job, sender, Delivered("draft"))
        raise
    except BaseException:
        with ledger.unit_of_work() as work:
            work.submissions.let_go(job.post, sender.claim)
        raise
    return _settle(ledger, job, sender, delivered)


def _claim(ledger: Ledger, job: Job, sender: Sender) -> None:
    now = sender.clock()
    with ledger.unit_of_work() as work:
        given = {"actor": sender.actor, "now": now, "dead": now - CLAIM_LASTS}
        if work.submissions.claim(job.post, sender.claim, **given):
            return
        busy = work.submissions.claimed_by(job.post)
    if busy:
        raise TakenError(f"{busy[0]} is sending {job.submission.name} just now; try again in a few minutes")
    raise TakenError(f"{job.submission.name} has just been sent by somebody else; see 'plugwatch submission show'")


def _find_or_send(ledger: Ledger, job: Job, sender: Sender) -> Delivered:
    """Ask for what may have arrived, then send."""

    def about_to_hand() -> None:
        with ledger.unit_of_work() as work:
            commit = job.posting.branch.commit if job.posting.branch else None
            if not work.submissions.hand(job.post, sender.claim, commit=commit, now=sender.clock()):
                raise TakenError(f"{job.submission.name} took too long, and somebody else is sending it now")

    if job.post.state in _ON_ITS_WAY:
        found = None if sender.again else job.channel.find(job.posting)
        if found:
            return found
        job.look_again()
    return job.channel.send(job.posting, about_to_hand)


def _settle(ledger: Ledger, job: Job, sender: Sender, delivered: Delivered) -> Submission:
    """Keep what became of a text, and what follows of it: the status, the watch, a line in the timeline."""
    now = sender.clock()
    with ledger.unit_of_work() as work:
        work.submissions.settle(job.post, sender.claim, delivered, now=now)
        submission: Submission = work.submissions.get(job.submission.name)
        if delivered.state == "sent":
            after_sending(work, submission, job.post, delivered.url, watch=job.watch, actor=sender.actor, now=now)
        again: Submission = work.submissions.get(job.submission.name)
        return again


def after_sending(
    work: Work,
    submission: Submission,
    post: Post,
    url: str | None,
    *,
    watch: Callable[[str], Watch | None],
    actor: str,
    now: datetime,
) -> None:
    """What follows where a text has left: the first one makes the submission ``sent`` and is watched from then on.

    A new patch that a vendor wanted is theirs to look at again.
    """
    first = submission.status == "draft"
    commit = next((one.commit for one in submission.posts if one.id == post.id and one.commit), submission.commit)
    moved = replace(submission, remote_url=submission.remote_url or url, commit=commit)
    if first or (submission.status == "changes-requested" and post.asks == "changes"):
        words = None if first else "the patch was reworked"
        work.submissions.change(replace(moved, status="sent"), Change("sent", now, actor, words))
    else:
        work.submissions.update(moved)
    place = url or submission.remote_url
    if submission.watch is None and place and (begun := watch(place)):
        work.submissions.set_watch(submission, begun)
    if submission.incident:
        incident = work.incidents.get(submission.incident)
        what = f"{submission.name} {post.kind} sent by {submission.channel}{f': {place}' if place else ''}"
        work.incidents.add_event(incident, Event(now, now, actor, "submission", "vendor", what))
