"""The month as a strip of time: for each thing that happened, when something did not work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from plugwatch.model.reports.client_facts import Period
from plugwatch.model.reports.client_happening import Happening

WIDTH = 1000
_LEAST = 6  # what is shorter could not be seen
MOST = 25  # rows; more are no picture any more


class Bar(NamedTuple):
    """One row: whose sites, and where on WIDTH the bar lies; ``until`` is None while it goes on."""

    sites: tuple[str, ...]
    x: float
    width: float
    began: datetime
    until: datetime | None


def strip(period: Period, found: Sequence[Happening]) -> tuple[Bar, ...]:
    """A bar for each thing that happened, in their order; none at all where there are too many to look at."""
    return tuple(_bar(period, one) for one in found) if len(found) <= MOST else ()


def marks(period: Period) -> Iterator[datetime]:
    """The first moment of every week of the month, counted from its first day, and its last day."""
    yield from (period.start + timedelta(days=days) for days in (0, 7, 14, 21))
    yield period.end - timedelta(days=1)


def _bar(period: Period, one: Happening) -> Bar:
    length = (period.end - period.start).total_seconds()
    until = one.works_since or _given_up(one)
    last = until or min(period.now, period.end)
    begin, end = ((moment - period.start).total_seconds() / length * WIDTH for moment in (one.began, last))
    begin = min(max(begin, 0.0), WIDTH - _LEAST)
    width = max(min(end, WIDTH) - begin, _LEAST)
    return Bar(one.sites, round(begin, 1), round(width, 1), one.began, until)


def _given_up(one: Happening) -> datetime | None:
    """When it ended without a word that all works again: somebody has closed it all the same."""
    over = one.took is not None and one.took.over and not one.is_open
    return one.began + timedelta(seconds=one.took.seconds) if one.took and over else None
