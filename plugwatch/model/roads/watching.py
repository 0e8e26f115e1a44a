"""When a watched thing at a vendor's is looked at again, and what follows from what was seen there.

The schedule is that of Launchpad's bug watches (lp/bugs/scripts/checkwatches/scheduler.py, as of 2010): a day after
the last look, and 6/5 of a day more for each of the last five looks that failed, so a week at most. What has rested for
weeks is looked at more seldom too, up to the same week. There is no chance in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plugwatch.errors import NotFoundError, PlugwatchError, UnknownError
from plugwatch.model.roads.submitted import Submission
from plugwatch.model.roads.watch import Remark, Seen, Watch

DAY = timedelta(days=1)
LONGEST = timedelta(days=7)
# Launchpad: MAX_DELAY_DAYS / MAX_SAMPLE_SIZE days for each failure, of five at most.
_DELAY, _FAILURES = timedelta(days=6) / 5, 5
# Of a rest of a fortnight comes a look every second day.
_SHARE = 7
# A check that cron starts at the same time each night must not come a minute too early every other night.
_EARLY = timedelta(hours=1)

# What no tracker changes any more: only content makes it released, and nothing makes that undone.
_ENDED = ("released", "withdrawn")
_NOT_LOOKED = ""


@dataclass(frozen=True)
class Outcome:
    """What a look has come to: the watch as it is to be kept, and what it changes.

    ``status`` is the new status of the submission, None where it keeps its own; ``url`` where it lies now, None where
    it has not moved; ``said`` are sentences on what has changed, ``note`` what stands beside a new status; ``remarks``
    are all that the tracker knows.
    """

    watch: Watch
    status: str | None = None
    url: str | None = None
    said: tuple[str, ...] = ()
    note: str | None = None
    remarks: tuple[Remark, ...] = ()


def begin(url: str, tracker: str, *, now: datetime) -> Watch:
    """A new watch, to be looked at right away."""
    return Watch(url, tracker, next_check=now)


def hold(watch: Watch) -> Watch:
    """The watch of a submission whose status a person sets now: it holds until the other side changes."""
    return replace(watch, by_hand=_NOT_LOOKED if watch.remote is None else watch.remote)


def next_check(changed_at: datetime | None, now: datetime) -> datetime:
    """When to look again after a look that went well: the longer nothing has changed, the later."""
    rest = (now - changed_at) / _SHARE if changed_at else DAY
    return now + min(max(rest, DAY), LONGEST) - _EARLY


def rest(watch: Watch, now: datetime) -> Watch:
    """The watch after a look that found everything as it was."""
    return replace(watch, checked_at=now, next_check=next_check(watch.changed_at, now), error=None, failures=0)


def fail(watch: Watch, error: PlugwatchError, now: datetime) -> Watch:
    """The watch after a look that failed; what was known stays.

    What is gone hardly comes back, so it is looked at once a week; a missing login is mended by a person, so a day is
    enough; all else gets Launchpad's growing wait.
    """
    failures = watch.failures + 1
    if isinstance(error, NotFoundError):
        wait = LONGEST
    elif isinstance(error, UnknownError):
        wait = min(DAY + _DELAY * min(failures, _FAILURES), LONGEST)
    else:
        wait = DAY
    return replace(watch, checked_at=now, next_check=now + wait - _EARLY, error=str(error), failures=failures)


def apply(submission: Submission, seen: Seen, now: datetime) -> Outcome:
    """What a look at a submission's tracker comes to.

    What a person said holds until the raw status differs from the one that stood there then. What is released stays
    released, and nothing that a tracker says makes it so: "merged" and "closed as fixed" are ``accepted``.
    """
    before = submission.watch or begin(seen.url, "none", now=now)
    held = before.by_hand is not None and before.by_hand in (_NOT_LOOKED, seen.remote)
    news = seen.remote != before.remote
    changed_at = seen.changed_at or (now if news else before.changed_at)
    watch = replace(
        before,
        url=seen.url,
        remote=seen.remote,
        changed_at=changed_at,
        checked_at=now,
        next_check=next_check(changed_at, now),
        error=None,
        failures=0,
        etag=seen.etag,
        by_hand=seen.remote if held else None,
    )
    return Outcome(
        watch=watch,
        status=None if held else _new_status(submission, seen),
        url=seen.url if seen.url != before.url else None,
        said=tuple(_say(before, seen)),
        note=_note(seen),
        remarks=seen.remarks,
    )


def _new_status(submission: Submission, seen: Seen) -> str | None:
    meant = "accepted" if seen.status == "released" or (seen.closed_as_fixed and not seen.status) else seen.status
    ours = submission.status
    if meant is None or meant == ours or ours in _ENDED:
        return None
    if meant == "sent" and ours == "confirmed":
        return None  # it lies there as before, and somebody has confirmed it
    if meant == "changes-requested" and _answered(submission, seen):
        return None
    return meant


def _answered(submission: Submission, seen: Seen) -> bool:
    """Whether we have written since a person there last did, so that what they wanted changed waits for them."""
    said = [remark.at for remark in (*submission.remarks, *seen.remarks) if remark.human]
    ours = submission.our_last_word
    return bool(said) and ours is not None and ours >= max(said)


def _say(before: Watch, seen: Seen) -> list[str]:
    said = []
    if before.remote is None:
        said.append(f"the vendor's side says '{seen.remote}'")
    elif seen.remote != before.remote:
        said.append(f"the vendor's side says '{seen.remote}', it said '{before.remote}'")
    if seen.url != before.url:
        said.append(f"it lies at {seen.url} now")
    return said


def _note(seen: Seen) -> str:
    parts = [f"the vendor's side says '{seen.remote}'"]
    if seen.merge_commit:
        parts.append(f"merged as {seen.merge_commit[:10]}")
    if seen.fixed_by and seen.fixed_by != seen.merge_commit:
        parts.append(f"done by {seen.fixed_by}")
    if seen.releases:
        parts.append(f"they name {', '.join(seen.releases[:3])} as holding it")
    return "; ".join(parts)
