"""Points in time as people write them on a command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import parse_duration

_FIRST_YEAR = 1970
_YEAR = timedelta(days=366)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD = rf"(?:(today|tomorrow|{'|'.join(_DAYS)})[a-z]* )?(\d{{1,2}}):(\d{{2}})"
_CLOCK = re.compile(r"(?:(yesterday|today)[ T])?(\d{1,2}):(\d{2})")


def parse_moment(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """``08:50`` (today), ``yesterday 17:00``, ``2026-11-20``, ``2026-11-20 17:00`` or full ISO 8601.

    Without a zone of its own the text is read in ``zone``. Raises PlugwatchError for what is no time and for
    one before 1970.
    """
    local = now.astimezone(zone)
    clock = _CLOCK.fullmatch(text.strip())
    try:
        if clock:
            day = local - timedelta(days=clock[1] == "yesterday")
            moment = day.replace(hour=int(clock[2]), minute=int(clock[3]), second=0, microsecond=0, fold=0)
        else:
            moment = _from_iso(text.strip())
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=zone)
        if moment.astimezone(timezone.utc).year < _FIRST_YEAR:
            raise ValueError("a slip of the fingers")
    except (ValueError, OverflowError) as error:
        raise PlugwatchError(
            f"'{text}' is no time; write 08:50, 'yesterday 17:00', 2026-11-20 or '2026-11-20 17:00'"
        ) from error
    return moment


def parse_past(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """As :func:`parse_moment`, for something that has happened: PlugwatchError for a time that is still to come."""
    moment = parse_moment(text, now=now, zone=zone)
    if moment > now:
        raise PlugwatchError(f"'{text}' is still to come; give the time when it happened")
    return moment


def parse_since(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """How far back to look: ``2d``, ``6h``, ``1d12h`` before now, or a time as :func:`parse_moment` reads it.

    Raises PlugwatchError for anything else, and for a time that is still to come.
    """
    try:
        return now - parse_duration(text)
    except (PlugwatchError, OverflowError):
        pass
    try:
        return parse_past(text, now=now, zone=zone)
    except PlugwatchError as error:
        raise PlugwatchError(
            f"'{text}' is no time to look back to; write 2d, 6h, 2026-11-20 or 'yesterday 17:00'"
        ) from error


def parse_future(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """``10:15`` (the next time that clocks show it), ``tomorrow 9:30``, ``Mon 10:15`` or ``2026-11-23 10:15``.

    Without a zone of its own the text is read in ``zone``. Raises PlugwatchError for what is no time of a day, for one
    that has passed, and for one more than a year away.
    """
    try:
        moment = _ahead(text.strip(), now.astimezone(zone), zone)
    except (ValueError, OverflowError) as error:
        raise PlugwatchError(
            f"'{text}' is no time; write 10:15, 'tomorrow 9:30', 'Mon 10:15' or '2026-11-23 10:15'"
        ) from error
    if moment <= now:
        raise PlugwatchError(f"'{text}' has passed; give a time that is still to come")
    if moment - now > _YEAR:
        raise PlugwatchError(f"'{text}' is more than a year away; give the time when they shall hear from us")
    return moment.astimezone(timezone.utc).astimezone(zone)  # a time that a clock change skips becomes one that comes


def _from_iso(text: str) -> datetime:
    """ISO 8601, also where the hour is of one digit. Raises ValueError for anything else."""
    padded = re.sub(r"^(\d{4}-\d\d-\d\d[ T])(\d:)", r"\g<1>0\2", text)
    return datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", padded))


def _ahead(text: str, local: datetime, zone: tzinfo) -> datetime:
    clock = re.fullmatch(_AHEAD, text, re.IGNORECASE)
    if clock is None:
        if len(text) <= len("2026-11-23"):
            raise ValueError("a date without a time")
        moment = _from_iso(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    at = local.replace(hour=int(clock[2]), minute=int(clock[3]), second=0, microsecond=0, fold=0)
    day = (clock[1] or "").lower()
    if day in _DAYS:
        at += timedelta(days=(_DAYS.index(day) - at.weekday()) % 7)
        return at if at > local else at + timedelta(days=7)
    if day == "tomorrow" or (not day and at <= local):
        at += timedelta(days=1)
    return at
