"""Ask what became of submissions at the vendors', and write down what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import EXIT_UNKNOWN, ConfigError, PlugwatchError
from plugwatch.model.incident import Event
from plugwatch.model.roads.submitted import Change, Submission
from plugwatch.model.roads.watch import Remark, Seen, Tracker, Unchanged
from plugwatch.model.roads.watching import Outcome, apply, fail, rest
from plugwatch.model.turn import WITH_VENDOR

_NAMED = 3


class Submissions(Protocol):
    """What was written to vendors."""

    def get(self, text: str, /) -> Submission:
        """One submission; NotFoundError where there is none."""

    def update(self, submission: Submission, /) -> None:
        """Write where it lies."""

    def change(self, submission: Submission, change: Change, /) -> None:
        """Write a new status."""

    def set_watch(self, submission: Submission, watch: Any, /) -> None:
        """Write what its watch has come to."""

    def add_remarks(self, submission: Submission, remarks: Iterable[Remark], /, *, now: datetime) -> list[Remark]:
        """Keep what was said; what is new of it."""


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def submissions(self) -> Submissions: ...

    @property
    def incidents(self) -> Any: ...


class Ledger(Protocol):
    """Where transactions come from."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """One to read in."""

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        """One to write in."""


# The tracker of that name; raises PlugwatchError where it cannot be asked for want of something.
Trackers = Callable[[str], Tracker]


@dataclass(frozen=True)
class Row:
    """What a look at one submission came to.

    ``submission`` is as it stands now and ``was`` its status before, ``said`` are sentences on what has changed, and
    ``remarks`` what is new of what was said there. ``seen`` is None where nothing has changed or the look failed, for
    the reason ``error``.
    """

    submission: Submission
    was: str
    said: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    seen: Seen | None = None
    error: PlugwatchError | None = None

    @property
    def changed(self) -> bool:
        """Whether anything is new."""
        return bool(self.said or self.remarks or self.submission.status != self.was)

    @property
    def is_unknown(self) -> bool:
        """Whether it could not be known how it stands, and no person can mend that."""
        return self.error is not None and self.error.exit_code == EXIT_UNKNOWN


def poll(ledger: Ledger, trackers: Trackers, names: Sequence[str], *, actor: str, now: datetime) -> Iterator[Row]:
    """Ask about each of these submissions, one after the other, and keep what is new; one that fails is a row.

    Nobody is asked inside a transaction. What somebody else saw later meanwhile stays.
    """
    for name in names:
        with ledger.reading() as work:
            found = work.submissions.get(name)
        seen: Seen | Unchanged | PlugwatchError
        try:
            seen = look(trackers, found)
        except PlugwatchError as error:
            seen = error
        with ledger.unit_of_work() as work:
            row = _keep(work, found.name, seen, actor=actor, now=now)
        yield row


def look(trackers: Trackers, submission: Submission) -> Seen | Unchanged:
    """What the tracker says of a submission. Raises PlugwatchError where it cannot be asked.

    Of what is accepted and has no patch all is asked again: the releases that are named there are all that we have.
    """
    watch = submission.watch
    if watch is None or watch.tracker == "none":
        raise ConfigError(
            f"nobody can ask what became of {submission.name}; look for yourself, then "
            f"'plugwatch submission mark {submission.name} STATUS'"
        )
    if submission.status == "accepted" and submission.patch is None:
        watch = replace(watch, etag=None)
    return trackers(watch.tracker).look(watch)


def needs_person(submission: Submission, new: Sequence[Remark] = ()) -> str | None:
    """The sentence on what somebody must do about a submission now, None where nobody must.

    ``new`` are remarks that nobody here has read: also those that crossed with a word of ours.
    """
    name, at = submission.name, f"; read it at {submission.remote_url}" if submission.remote_url else ""
    if submission.status == "changes-requested":
        return f"{name}: the vendor wants changes{at}, then 'plugwatch submission reply {name} --asks changes'"
    if submission.status in WITH_VENDOR:
        ours = submission.our_last_word
        waiting = [r for r in submission.remarks if r.human and (ours is None or r.at > ours)]
        crossed = new if submission.status != "accepted" else ()  # "thank you, merged" wants no answer
        if who := [remark.who for remark in (*waiting, *crossed) if remark.human]:
            return f"{name}: {_names(who)} wrote{at}, then 'plugwatch submission reply {name} --asks WHAT'"
    if submission.status == "rejected" and not _is_settled(submission):
        return f"{name}: the vendor refused it{at}, then decide: 'plugwatch submission follow-up {name}'"
    return None


def error_of(row: Row) -> str | None:
    """The sentence on why a submission could not be looked at, also where that was the last time."""
    watch = row.submission.watch
    said = str(row.error) if row.error else watch.error if watch else None
    return f"{row.submission.name}: {said}" if said else None


def _is_settled(submission: Submission) -> bool:
    """Whether a person has said that it is rejected: then somebody knows."""
    last = submission.changes[-1] if submission.changes else None
    return last is not None and last.by_hand


def _keep(work: UnitOfWork, name: str, seen: Seen | Unchanged | PlugwatchError, *, actor: str, now: datetime) -> Row:
    """Write down what a look came to, on the submission as it stands by now."""
    found = work.submissions.get(name)
    watch = found.watch
    error = seen if isinstance(seen, PlugwatchError) else None
    if watch is None or watch.tracker == "none" or (watch.checked_at and watch.checked_at > now):
        return Row(found, found.status, error=error)
    if not isinstance(seen, Seen):
        kept = replace(found, watch=fail(watch, seen, now) if isinstance(seen, PlugwatchError) else rest(watch, now))
        work.submissions.set_watch(found, kept.watch)
        return Row(kept, found.status, error=error)
    outcome = apply(found, seen, now)
    new = work.submissions.add_remarks(found, outcome.remarks, now=now)
    work.submissions.set_watch(found, outcome.watch)
    _write(work, found, outcome, actor=actor, now=now)
    row = Row(work.submissions.get(name), found.status, outcome.said, tuple(new), seen)
    _tell(work, row, actor=actor, now=now)
    return row


def _write(work: UnitOfWork, found: Submission, outcome: Outcome, *, actor: str, now: datetime) -> None:
    kept = replace(found, status=outcome.status or found.status, remote_url=outcome.url or found.remote_url)
    if outcome.status:
        work.submissions.change(kept, Change(outcome.status, now, actor, outcome.note, by_hand=False))
    elif outcome.url:
        work.submissions.update(kept)


def _tell(work: UnitOfWork, row: Row, *, actor: str, now: datetime) -> None:
    """A line in the incident's timeline, in our words: what they wrote stays where they wrote it."""
    one, parts = row.submission, []
    if one.status != row.was:
        parts.append(f"{one.status} (it was {row.was})")
    written = [remark.who for remark in row.remarks if remark.human]
    if written:
        parts.append(f"{_names(written)} wrote")
    if one.incident and parts:
        incident = work.incidents.get(one.incident)
        body = f"{one.name} on {one.channel}: {'; '.join(parts)}"
        work.incidents.add_event(incident, Event(now, now, actor, "submission", "vendor", body))


def _names(who: Iterable[str]) -> str:
    """Who wrote, each once."""
    names = list(dict.fromkeys(who))
    return ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "") if names else "somebody"
