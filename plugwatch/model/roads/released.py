"""Whether a release holds what we sent: told by its content, never by what anybody says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.roads.submitted import Submission

# Statuses in which a release may hold what we sent, and with that end it.
OPEN = ("sent", "confirmed", "changes-requested", "accepted")
# The one verdict that proves that a release lacks the patch: it merges cleanly, and changes it.
_LACKING = "carried"


@dataclass(frozen=True)
class ReleaseVerdict:
    """What a release means for one patch: a verdict of the fork engine with its evidence.

    ``accepted``: a person has said that the release has it. ``kept_at`` is when our copy of the release was made, None
    where nothing tells.
    """

    version: str
    verdict: str
    evidence: tuple[str, ...] = ()
    accepted: bool = False
    kept_at: datetime | None = None

    @property
    def holds_it(self) -> bool:
        """Whether the release has the fix."""
        return self.accepted or self.verdict == "landed"


@dataclass(frozen=True)
class Judged:
    """What the releases say of a submission.

    At most one of them is set: ``fixed_in`` holds it; ``missing_in`` was to hold it and does not; ``doubtful`` needs a
    person's eye. ``evidence`` are the sentences for it.
    """

    submission: Submission
    fixed_in: str | None = None
    missing_in: str | None = None
    doubtful: str | None = None
    evidence: tuple[str, ...] = ()


def judge(submission: Submission, releases: Sequence[ReleaseVerdict]) -> Judged:
    """What the releases after the one that we wrote against (the oldest first) say of a submission with a patch.

    The first release that holds it counts, unless a later one has lost it again. That a release lacks what the vendor
    has closed as fixed is said only of one that came to us after we had heard of the closing, and only on proof.
    """
    if not releases:
        return Judged(submission)
    newest = releases[-1]
    holding = next((one for one in releases if one.holds_it), None)
    if holding is not None:
        lost = next((one for one in releases[releases.index(holding) :] if one.verdict == _LACKING), None)
        if lost is None:
            return Judged(submission, fixed_in=holding.version, evidence=_evidence(holding))
        words = f"{holding.version} had it, and {lost.version} has lost it again"
        return Judged(submission, doubtful=lost.version, evidence=(words, *lost.evidence))
    if newest.verdict in ("landed-variant", "would-double"):
        return Judged(submission, doubtful=newest.version, evidence=newest.evidence)
    closed = _closed_at(submission)
    if closed is None or newest.kept_at is None or newest.kept_at <= closed:
        return Judged(submission)
    if newest.verdict == _LACKING:
        return Judged(submission, missing_in=newest.version, evidence=newest.evidence)
    return Judged(submission, doubtful=newest.version, evidence=newest.evidence)


def say_missing(version: str) -> str:
    """The note in a submission's history that a release lacks what it was said to hold."""
    return f"closed as fixed, and {version} does not hold it"


def was_said(submission: Submission, note: str) -> bool:
    """Whether a note stands in the history of a submission already."""
    return any(change.note == note for change in submission.changes)


def _closed_at(submission: Submission) -> datetime | None:
    """When we heard that the vendor holds it to be done; None where they do not."""
    if submission.status != "accepted":
        return None
    closed = None
    for change in submission.changes:
        if change.status == "draft":
            continue  # it may be dated after what was said of an earlier day
        closed = (closed or change.at) if change.status == "accepted" else None
    return closed


def _evidence(holding: ReleaseVerdict) -> tuple[str, ...]:
    return (*holding.evidence, *(["a person has said that it is in the release"] if holding.accepted else []))
