"""Points and spans of time as short words for people of the agency; ``now`` carries the zone of their clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta


def short_time(moment: datetime, now: datetime) -> str:
    """``10:15`` (today), ``yesterday 17:02``, ``tomorrow 9:30``, ``Mon 9:30`` (within six days), else the day alone."""
    local = moment.astimezone(now.tzinfo)
    clock = f"{local.hour}:{local:%M}"
    away = (local.date() - now.date()).days
    if away == 0:
        return clock
    if abs(away) == 1:
        return f"{'tomorrow' if away > 0 else 'yesterday'} {clock}"
    return f"{local:%a} {clock}" if abs(away) < 7 else short_day(local.date(), now)


def short_day(day: date, now: datetime) -> str:
    """``Sun 29 Nov``, ``1 Jun`` where that is far away, ``19 Nov 2025`` in another year."""
    text = f"{day.day} {day:%b}"
    if day.year != now.year:
        return f"{text} {day.year}"
    return f"{day:%a} {text}" if abs((day - now.date()).days) < 60 else text


def span_in_words(span: timedelta) -> str:
    """``12 min``, ``3 h``, ``2 days``: whole units, cut off; the sign is left out."""
    minutes = int(abs(span).total_seconds()) // 60
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"


def distance(moment: datetime, now: datetime) -> str:
    """``in 12 min`` or ``9 min ago``."""
    words = span_in_words(moment - now)
    return f"in {words}" if moment >= now else f"{words} ago"
