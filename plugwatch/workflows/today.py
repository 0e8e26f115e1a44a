"""The morning's list, put together from what the ledger holds: nobody is asked, and no fork is opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from plugwatch.model.deployments.deployment import Deployment
from plugwatch.model.roads.ladder import Week
from plugwatch.model.today import (
    BadFeedback,
    Due,
    Finding,
    OnCall,
    SilentVendor,
    Today,
    Turn,
    Undelivered,
    order_due,
    order_turns,
)


class DueList(Protocol):
    """The incidents, seen from the side of what is due."""

    def promises(self, now: datetime) -> Sequence[Due]:
        """Every promise that nothing has kept yet."""

    def turns(
        self, now: datetime, *, promises: Sequence[Due] | None = None, seen_since: datetime | None = None
    ) -> Sequence[Turn]:
        """Whose turn it is, incident by incident, and how many sites want a look."""

    def silent_vendors(self, now: datetime, week: Week) -> Sequence[SilentVendor]:
        """Vendors with whom the next step is due."""

    def undelivered(self, now: datetime) -> Sequence[Undelivered]:
        """Messages that did not arrive."""

    def bad_feedback(self, now: datetime) -> Sequence[BadFeedback]:
        """Clients who were not happy."""


class Findings(Protocol):
    """What the last check saw."""

    def last(self) -> tuple[Sequence[Finding], datetime | None]:
        """The findings, and when it was."""


class Deployments(Protocol):
    """What was put on sites."""

    def open(self) -> Sequence[Deployment]:
        """Those of which it is not known how they ended."""


class Work(Protocol):
    """The ledger, to read from."""

    @property
    def due(self) -> DueList:
        """What is due."""

    @property
    def findings(self) -> Findings:
        """What was found."""

    @property
    def deployments(self) -> Deployments:
        """What was put on sites."""


def look(work: Work, *, now: datetime, on_call: OnCall | None, stale_after: timedelta, week: Week) -> Today:
    """Everything that a morning needs, in order; times of reasons are on the clock that ``now`` carries.

    Lists of sites that are older than ``stale_after`` say nothing of what will be hit next. What a vendor may take
    until we ask again is counted in days of our ``week``.
    """
    promises = work.due.promises(now)
    findings, checked_at = work.findings.last()
    deployments = work.deployments.open()
    return Today(
        now=now,
        on_call=on_call,
        due=order_due(promises),
        turns=order_turns(work.due.turns(now, promises=promises, seen_since=now - stale_after)),
        undelivered=work.due.undelivered(now),
        feedback=work.due.bad_feedback(now),
        silent=work.due.silent_vendors(now, week),
        findings=findings,
        deployments=deployments,
        checked_at=checked_at,
    )
