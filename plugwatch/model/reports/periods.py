"""Months and weeks on the agency's clock: where they begin and end, also where a clock change skips or repeats time."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo

from plugwatch.errors import PlugwatchError
from plugwatch.model.moments import parse_since

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_BACK = re.compile(r"([0-9]{1,3})(m|y)", re.ASCII)
_MONTHS = {"m": 1, "y": 12}
_FIRST_YEAR = 1970


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment at which a day begins; the first one of it, where a clock change skips or repeats midnight."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    return begin.astimezone(timezone.utc).astimezone(zone)


def month_bounds(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first moment of a month (``2026-11``) and that of the next one.

    Raises PlugwatchError for what is no month, and for one before 1970.
    """
    match = _MONTH.fullmatch(text.strip())
    year, month = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (_FIRST_YEAR <= year < date.max.year and 1 <= month <= 12):
        raise PlugwatchError(f"'{text}' is no month; write a year and a month, such as 2026-11")
    first = date(year, month, 1)
    return midnight(first, zone), midnight(next_month(first), zone)


def parse_period(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """How far back a period goes: ``24m`` (months) or ``2y`` before now, ``90d``, or a time such as ``2026-01-01``.

    Raises PlugwatchError for anything else, and for a time that is still to come.
    """
    match = _BACK.fullmatch(text.strip())
    count = int(match[1]) * _MONTHS[match[2]] if match else 0
    today = now.astimezone(zone).date()
    if count and today.year - count / 12 > _FIRST_YEAR:
        return midnight(months_before(today, count), zone)
    try:
        if match:
            raise PlugwatchError("nobody kept a ledger then")
        return parse_since(text, now=now, zone=zone)
    except PlugwatchError as error:
        raise PlugwatchError(
            f"'{text}' is no period to look back over; write 24m (months), 2y, 90d or 2026-01-01"
        ) from error


def months(since: datetime, until: datetime, zone: tzinfo) -> list[date]:
    """The first day of each month from that of ``since`` to that of ``until``."""
    month, last = since.astimezone(zone).date().replace(day=1), until.astimezone(zone).date()
    found = []
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found


def weeks(since: datetime, until: datetime, zone: tzinfo, first_weekday: int) -> list[date]:
    """The first day of each week from that of ``since`` to that of ``until``; 0: weeks begin on Monday."""
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    week = first - timedelta(days=(first.weekday() - first_weekday) % 7)
    return [week + timedelta(days=days) for days in range(0, (last - week).days + 1, 7)]


def next_month(day: date) -> date:
    """The first day of the month after that of a day."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months_before(day: date, count: int) -> date:
    """The same day so many months before, or the last one of a month that has no such day."""
    month = day.year * 12 + day.month - 1 - count
    first = date(month // 12, month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), next_month(first) - timedelta(days=1))
