"""Promises: when a client hears from us again, inside which hours, and whether they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from plugwatch.model.client import Client, WorkingHours

# On the phone the first answer is given at once, so the next word is an update.
_ANSWERED_AT_ONCE = frozenset({"phone"})
_DAYS_AHEAD = 400


class Promise(NamedTuple):
    """When a client hears from us again; ``kept_at`` is when they did, computed from what was really sent."""

    client: str
    due: datetime
    made_at: datetime
    kept_at: datetime | None = None
    incident: str | None = None
    id: str = ""

    def state(self, now: datetime) -> str:
        """``kept``, ``late`` (they heard from us after the time), ``open`` or ``overdue``."""
        if self.kept_at is not None:
            return "kept" if self.kept_at <= self.due else "late"
        return "open" if now <= self.due else "overdue"


class TierTimes(NamedTuple):
    """What was agreed for sites of one tier; None: nothing but what holds for all."""

    hours: WorkingHours | None = None
    first_response: timedelta | None = None
    update_every: timedelta | None = None


class Agreement(NamedTuple):
    """The agency's own times, those by tier, and the days on which it is closed; a client's settings go before them."""

    zone: tzinfo
    find_zone: Callable[[str], tzinfo]
    hours: WorkingHours
    first_response: timedelta
    update_every: timedelta
    tiers: Mapping[str, TierTimes] = MappingProxyType({})
    closed: frozenset[date] = frozenset()

    def zone_of(self, client: Client | None) -> tzinfo:
        """The client's clock, or ours where the client has none."""
        return self.find_zone(client.timezone) if client and client.timezone else self.zone


def due_time(agreement: Agreement, client: Client, tier: str | None, *, heard: str | None, now: datetime) -> datetime:
    """When a client must hear from us: after a call (``heard`` says how they told us), else after an update of ours.

    Hours are the tier's, else the client's, else ours; spans are the client's, else the tier's, else ours. The answer
    is on the client's clock, at a full five minutes. Days on which the agency is closed do not count, unless somebody
    answers around the clock.
    """
    times = agreement.tiers.get(tier or "", TierTimes())
    wait = wait_for(
        heard,
        first_response=client.first_response or times.first_response or agreement.first_response,
        update_every=client.update_every or times.update_every or agreement.update_every,
    )
    hours = times.hours or client.hours or agreement.hours
    closed = frozenset() if hours.is_always() else agreement.closed
    return round_up(add_working_time(hours, now.astimezone(agreement.zone_of(client)), wait, closed))


def wait_for(heard: str | None, *, first_response: timedelta, update_every: timedelta) -> timedelta:
    """How long the client may wait for our next word: a caller was answered just now, a writer was not."""
    return update_every if heard is None or heard in _ANSWERED_AT_ONCE else first_response


def add_working_time(
    hours: WorkingHours, start: datetime, wait: timedelta, closed: frozenset[date] = frozenset()
) -> datetime:
    """The moment at which ``wait`` of working time has passed since ``start``, which is wall time of the client's zone.

    A call on Friday at 23:00 with an hour's wait ends on Monday, an hour after opening. Time that a clock change skips
    or repeats is counted as it passes, not as clocks show it. Nobody works on the days ``closed``.
    """
    at, left = _next_open(hours, start, closed), wait
    while True:
        minute = at.hour * 60 + at.minute
        end = next(last for day, first, last in hours.spans if day == at.weekday() and first <= minute < last)
        closing = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(minutes=end)
        open_for = max(closing.astimezone(timezone.utc) - at.astimezone(timezone.utc), timedelta())
        if left <= open_for:
            return _later(at, left)
        left -= open_for
        at = _next_open(hours, closing, closed)


def round_up(moment: datetime, minutes: int = 5) -> datetime:
    """The next full five minutes: a time that one can say on the phone."""
    past = timedelta(minutes=moment.minute % minutes, seconds=moment.second, microseconds=moment.microsecond)
    return _later(moment, timedelta(minutes=minutes) - past) if past else moment


def _next_open(hours: WorkingHours, local: datetime, closed: frozenset[date]) -> datetime:
    """The next opening on a day that is not closed; a year of closed days in a row counts as none."""
    at = hours.next_open(local)
    for _ in range(_DAYS_AHEAD):
        if at.date() not in closed:
            return at
        at = hours.next_open(at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=1))
    return at


def _later(moment: datetime, span: timedelta) -> datetime:
    """The moment a span of time after another, in the same zone; Python's own sum adds to what the clock shows."""
    return (moment.astimezone(timezone.utc) + span).astimezone(moment.tzinfo)
