"""Released means released: compare what we sent with the releases that came since, and write down what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import EXIT_UNKNOWN, PlugwatchError
from plugwatch.model.incident import Event
from plugwatch.model.roads.released import OPEN, Judged, ReleaseVerdict, judge, say_missing, was_said
from plugwatch.model.roads.submitted import Change, Submission
from plugwatch.model.site import InstalledOn
from plugwatch.model.version import VersionRange

_EVIDENCE = 3


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def submissions(self) -> Any: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def installations(self) -> Any: ...

    @property
    def forks(self) -> Any: ...


class Ledger(Protocol):
    """Where transactions come from."""

    def reading(self) -> AbstractContextManager[UnitOfWork]:
        """One to read in."""

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        """One to write in."""


# The verdicts on the patch of a submission, of every release after the one that it is written against, oldest first.
# Raises PlugwatchError where the fork cannot tell.
Verdicts = Callable[[Submission], Sequence[ReleaseVerdict]]


@dataclass(frozen=True)
class Released:
    """What the releases mean for one submission.

    ``submission`` is as it stands now. ``is_new``: nobody knew it before this look. ``sites`` still run something older
    than the release that holds the fix. ``claimed`` are releases that the vendor names, where we have no patch to
    compare. ``dropped``: an upgrade has taken the patch out already.
    """

    submission: Submission
    judged: Judged
    is_new: bool = False
    sites: tuple[InstalledOn, ...] = ()
    claimed: tuple[str, ...] = ()
    dropped: bool = False
    error: PlugwatchError | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether it could not be known, and no person can mend that."""
        return self.error is not None and self.error.exit_code == EXIT_UNKNOWN


def look(
    ledger: Ledger,
    names: Iterable[str],
    verdicts: Verdicts,
    claims: Callable[[str], Sequence[str]],
    *,
    actor: str,
    now: datetime,
) -> Iterator[Released]:
    """Judge the open ones of these submissions, and keep what is proven; nothing is yielded of which nothing is known.

    ``claims`` are the releases that a submission's tracker names as holding it. Forks are asked outside a transaction.
    """
    for name in names:
        with ledger.reading() as work:
            found = work.submissions.get(name)
        if found.status not in OPEN:
            continue
        if found.patch is None:
            named = tuple(claims(name))
            if named:
                yield Released(found, Judged(found), claimed=named)
            continue
        try:
            judged = judge(found, verdicts(found))
        except PlugwatchError as error:
            yield Released(found, Judged(found), error=error)
            continue
        if judged.fixed_in or judged.missing_in or judged.doubtful:
            with ledger.unit_of_work() as work:
                row = _keep(work, judged, actor=actor, now=now)
            yield row


def needs_person(row: Released) -> str | None:
    """The sentence on what somebody must do now, None where nobody must."""
    one, judged = row.submission, row.judged
    if row.error is not None:
        return None if row.is_unknown else f"{one.name}: {row.error}"
    if judged.fixed_in:
        return f"{one.name}: {judged.fixed_in} holds the fix; {_what_follows(row)}"
    if judged.missing_in:
        return (
            f"{one.name}: closed as fixed, but {judged.missing_in} does not hold it; read the draft with "
            f"'plugwatch submission show {one.name}', then send it"
        )
    if judged.doubtful:
        return (
            f"{one.name}: {judged.doubtful} may hold the fix in other words; look with "
            f"'plugwatch patch show {one.patch} --against {judged.doubtful}'"
        )
    return (
        f"{one.name}: the vendor says that {', '.join(row.claimed[:3])} holds it, and there is no patch to prove that "
        f"by; try it, then 'plugwatch submission mark {one.name} released --note TEXT'"
    )


def commands(row: Released) -> list[str]:
    """The commands that follow from it, in order."""
    one, judged = row.submission, row.judged
    if judged.fixed_in:
        carried = one.patch is not None and not row.dropped
        upgrade = [f"plugwatch fork upgrade {one.component} --to {judged.fixed_in}"] if carried else []
        return [*upgrade, f"plugwatch submission send {one.name}"]
    if judged.missing_in:
        return [f"plugwatch submission show {one.name}", f"plugwatch submission send {one.name}"]
    if judged.doubtful:
        return [f"plugwatch patch show {one.patch} --against {judged.doubtful}"]
    return [f"plugwatch submission mark {one.name} released --note TEXT"]


def sites_to_move(work: UnitOfWork, submission: Submission) -> tuple[InstalledOn, ...]:
    """The sites that run something older than the release that holds the fix and was hit, by client."""
    if submission.fixed_in is None:
        return ()
    incident = work.incidents.get(submission.incident) if submission.incident else None
    hit = incident.affected if incident and incident.component == submission.component else None
    before = ",".join(part for part in (hit, f"<{submission.fixed_in}") if part)
    older = work.installations.where(submission.component, VersionRange.parse(before))
    return tuple(sorted(older, key=lambda row: (row.client, row.site)))


def _what_follows(row: Released) -> str:
    sites = row.sites
    if not sites:
        return "no site runs anything older"
    clients = len({site.client for site in sites})
    count = (
        f"{len(sites)} {'site' if len(sites) == 1 else 'sites'} of {clients} {'client' if clients == 1 else 'clients'}"
    )
    return f"{count} to move"


def _keep(work: UnitOfWork, judged: Judged, *, actor: str, now: datetime) -> Released:
    """Write down what is proven, once."""
    found: Submission = work.submissions.get(judged.submission.name)
    if found.status not in OPEN:  # somebody was faster
        return Released(found, judged, sites=sites_to_move(work, found))
    if judged.fixed_in:
        kept = replace(found, status="released", fixed_in=judged.fixed_in)
        note = f"{judged.fixed_in} holds it: {' '.join(judged.evidence[:_EVIDENCE])}".rstrip(": ")
        work.submissions.change(kept, Change("released", now, actor, note, by_hand=False))
        _tell(work, kept, f"released: {judged.fixed_in} holds the fix", actor=actor, now=now)
        dropped = work.forks.is_dropped(kept.patch) if kept.patch else False
        sites = sites_to_move(work, kept)
        return Released(work.submissions.get(found.name), judged, is_new=True, sites=sites, dropped=dropped)
    note = say_missing(judged.missing_in) if judged.missing_in else ""
    if not note or was_said(found, note):
        return Released(found, judged)
    work.submissions.add_change(found, Change(found.status, now, actor, note, by_hand=False))
    _tell(work, found, note, actor=actor, now=now)
    return Released(work.submissions.get(found.name), judged, is_new=True)


def _tell(work: UnitOfWork, one: Submission, words: str, *, actor: str, now: datetime) -> None:
    if one.incident:
        incident = work.incidents.get(one.incident)
        body = f"{one.name} on {one.channel}: {words}"
        work.incidents.add_event(incident, Event(now, now, actor, "submission", "vendor", body))
