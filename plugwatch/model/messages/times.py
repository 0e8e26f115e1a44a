"""The times that a message names: which moment each one means, on the client's clock.

How a language says times stands in its words.txt. A pattern of ``[clock]`` has the places <hour>, <minute> and <count>
and says what to do with them: nothing (a clock of 24 hours), ``am``, ``pm``, ``near`` (either half of the day), ``+30``
or ``-count`` (minutes off a near hour), ``12:00`` (that time), ``in 30``, ``in count`` or ``in count hours`` (from
now). A pattern of ``[days]`` has the places <weekday>, <day>, <month>, <number> (of a month) and <year>, or names a
day by its distance from today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from plugwatch.model.messages.text import Folded, Sentence, compile_phrases, fold
from plugwatch.model.messages.wording import Wording

_PLACE = re.compile(r"<(hour|minute|count|weekday|day|month|number|year)>")
_ISO_DATE = r"(?<![\w-])(?P<year>\d{4})-(?P<number>\d{2})-(?P<day>\d{2})(?!\w)"
_NEAR_DAYS = 8  # characters between "Monday" and "30 November" that still make one day
_SHORT_DAY = 3  # letters of "Sun" or "So"
_FIGURE = re.compile(r"[.,]{0,2}\s?\d")
_DAY = 24 * 60
_ROUND = 5  # minutes to which due times are rounded up
_Table = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TimeSaid:
    """A time in a text: all moments that it may mean, as local times without zone; none where only a day is named.

    ``days``: the days that it may mean. ``past``: a word before it says that it is over.
    """

    start: int
    end: int
    moments: tuple[datetime, ...]
    days: tuple[date, ...]
    past: bool = False

    def means(self, moment: datetime) -> bool:
        """Whether it may be this moment, to the minute."""
        return any(abs(said - moment) < timedelta(minutes=1) for said in self.moments)

    def is_later(self, now: datetime) -> bool:
        """Whether it may still lie ahead; a day without a time does until it is over."""
        if self.past:
            return False
        return any(said > now for said in self.moments) or (
            not self.moments and any(day >= now.date() for day in self.days)
        )


@dataclass(frozen=True)
class _Clock:
    """A time of day as said: minutes after midnight that it may mean, or one moment counted from now."""

    start: int
    end: int
    minutes: tuple[int, ...] = ()
    moment: datetime | None = None


@dataclass(frozen=True)
class _Day:
    """A day as said; ``weekday`` (from 1 = Monday) where only that was said, which fits a date in any week."""

    start: int
    end: int
    days: tuple[date, ...]
    weekday: int | None = None


def find_times(folded: Folded, sentence: Sentence, now: datetime, wording: Wording) -> list[TimeSaid]:
    """The times that a sentence names, in order. ``now`` is the client's local time, without zone."""
    names = _Names.of(wording)
    text = folded.text
    spans = _longest([*_clocks(text, sentence, now, names), *_days(folded, sentence, now.date(), names)])
    clocks = [span for span in spans if isinstance(span, _Clock)]
    days = _joined([span for span in spans if isinstance(span, _Day)], [clock.start for clock in clocks])
    past = compile_phrases(wording.lists["past"])
    found, used = [], set()
    for clock in clocks:
        day = min(days, key=lambda day: _distance(clock, day), default=None)
        if day is not None and clock.moment is None:
            used.add(day.start)
        found.append(_said(clock, day, now))
    found += [TimeSaid(day.start, day.end, (), day.days) for day in days if day.start not in used]
    gone = {match.end() for match in past.finditer(text, sentence.start, sentence.end)}
    found = [replace(said, past=_follows(text, said.start, gone)) for said in found]
    return sorted(found, key=lambda said: said.start)


def _said(clock: _Clock, day: _Day | None, now: datetime) -> TimeSaid:
    if clock.moment is not None:
        late = -clock.moment.minute % _ROUND  # "in an hour", said at 9:14, may mean 10:15
        counted = (clock.moment, clock.moment + timedelta(minutes=late))
        return TimeSaid(clock.start, clock.end, counted, (clock.moment.date(),))
    days = day.days if day is not None else (now.date(),)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [
        start + timedelta(days=(day_said - now.date()).days, minutes=minutes)
        for day_said in days
        for minutes in clock.minutes
    ]
    return TimeSaid(clock.start, clock.end, tuple(moments), days)


def _follows(text: str, start: int, ends: set[int]) -> bool:
    """Whether a phrase ends right before."""
    return bool({len(text[:start].rstrip()), start} & ends)


def _overlaps(span: _Clock | _Day, taken: Iterable[tuple[int, int]]) -> bool:
    return any(span.start < end and start < span.end for start, end in taken)


def _distance(clock: _Clock, day: _Day) -> int:
    return max(day.start - clock.end, clock.start - day.end)


def _longest(spans: Iterable[_Clock | _Day]) -> list[_Clock | _Day]:
    """The spans without those that a longer one overlaps, in order."""
    kept: list[_Clock | _Day] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        if not _overlaps(span, [(other.start, other.end) for other in kept]):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _joined(days: list[_Day], clocks: list[int]) -> list[_Day]:
    """Days that stand side by side are one ("Monday, 30 November"): it is what both may mean."""
    found: list[_Day] = []
    for day in days:
        last = found[-1] if found else None
        between = any(last and last.end <= start < day.start for start in clocks)
        if last and day.start - last.end <= _NEAR_DAYS and not between:
            found[-1] = _Day(last.start, day.end, _in_both(last, day))
        else:
            found.append(day)
    return found


def _in_both(one: _Day, other: _Day) -> tuple[date, ...]:
    """The days that two ways of saying a day have in common."""
    if one.weekday and not other.weekday:
        return tuple(day for day in other.days if day.isoweekday() == one.weekday)
    if other.weekday and not one.weekday:
        return _in_both(other, one)
    return tuple(day for day in one.days if day in other.days)


def _clocks(text: str, sentence: Sentence, now: datetime, names: _Names) -> Iterator[_Clock]:
    for pattern, how in names.clock:
        for match in pattern.finditer(text, sentence.start, sentence.end):
            clock = _read_clock(match, how, now, names)
            if clock:
                yield clock


def _read_clock(match: re.Match[str], how: str, now: datetime, names: _Names) -> _Clock | None:
    said = match.groupdict()
    count = names.number(said.get("count")) or 0
    if how.startswith("in "):
        minutes = count if "count" in how else int(how.split()[1])
        moment = now + timedelta(minutes=minutes * (60 if how.endswith("hours") else 1))
        return _Clock(*match.span(), moment=moment)
    if ":" in how:
        hour, minute = (int(part) for part in how.split(":"))
        return _Clock(*match.span(), minutes=(hour * 60 + minute,))
    spoken = names.number(said.get("hour"))
    if spoken is None or spoken > 24:
        return None
    minute = int(said.get("minute") or 0)
    if how.startswith(("+", "-")):
        minute = int(how) if "count" not in how else int(f"{how[0]}{count}")
    hours: tuple[int, ...] = (spoken,)
    if how in ("am", "pm"):
        hours = (spoken % 12 + (12 if how == "pm" else 0),)
    elif how and spoken <= 12:
        hours = (spoken % 12, spoken % 12 + 12)
    return _Clock(*match.span(), minutes=tuple((hour * 60 + minute) % (_DAY + 1) for hour in hours))


def _days(folded: Folded, sentence: Sentence, today: date, names: _Names) -> Iterator[_Day]:
    for pattern, distance in names.days:
        for match in pattern.finditer(folded.text, sentence.start, sentence.end):
            days = _read_day(match, distance, today, names)
            weekday = match.groupdict().get("weekday")
            if days and not (weekday and _only_a_word(folded, sentence, *match.span())):
                yield _Day(*match.span(), days, names.weekdays[weekday] if weekday else None)


def _only_a_word(folded: Folded, sentence: Sentence, start: int, end: int) -> bool:
    """Whether a short name of a day is a word here ("So schreiben wir", "we sat down"): small, or no figure follows."""
    if end - start > _SHORT_DAY or _FIGURE.match(folded.text, end):
        return False
    return not folded.is_capital(start) or not folded.text[sentence.start : start].strip()


def _read_day(match: re.Match[str], distance: str, today: date, names: _Names) -> tuple[date, ...]:
    said = match.groupdict()
    if weekday := said.get("weekday"):
        ahead = (names.weekdays[weekday] - today.isoweekday()) % 7
        # The day that comes; where that is today, the one in a week may be meant as well.
        return tuple(today + timedelta(days=ahead + more) for more in ((0, 7) if ahead == 0 else (0,)))
    if distance:
        return (today + timedelta(days=int(distance)),)
    month = names.months[said["month"]] if said.get("month") else int(said.get("number") or 0)
    year = int(said["year"]) if said.get("year") else None
    years = [year + 2000 if year < 100 else year] if year is not None else [today.year - 1, today.year, today.year + 1]
    days = [day for day in (_date(year, month, int(said.get("day") or 0)) for year in years) if day]
    return (min(days, key=lambda day: abs((day - today).days)),) if days else ()


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True)
class _Names:
    """A language's patterns of times, ready for use."""

    weekdays: dict[str, int]
    months: dict[str, int]
    numbers: dict[str, int]
    clock: tuple[tuple[re.Pattern[str], str], ...]
    days: tuple[tuple[re.Pattern[str], str], ...]

    def number(self, word: str | None) -> int | None:
        """What a number is, in figures or in a word."""
        if word is None:
            return None
        return int(word) if word.isdecimal() else self.numbers[word]

    @classmethod
    def of(cls, wording: Wording) -> _Names:
        """The patterns of a language; read once for each text of a words.txt."""
        tables = [tuple(wording.formats[name].items()) for name in ("weekdays", "months", "numbers", "clock", "days")]
        return _read_names(*tables)


@lru_cache(maxsize=16)
def _read_names(weekdays: _Table, months: _Table, numbers: _Table, clock: _Table, days: _Table) -> _Names:
    counts = [{fold(name).text: int(value) for name, value in table} for table in (weekdays, months, numbers)]
    places = {
        "hour": rf"\d{{1,2}}|{_choice(counts[2])}",
        "minute": r"[0-5]\d",
        "count": rf"\d{{1,3}}|{_choice(counts[2])}",
        "weekday": _choice(counts[0]),
        "day": r"[0-3]?\d",
        "month": _choice(counts[1]),
        "number": r"[01]?\d",
        "year": r"(?:20)?\d\d",
    }
    clocks = tuple((_compile(form, places), how) for form, how in clock)
    dates = [(_compile(form, places), how) for form, how in days]
    return _Names(counts[0], counts[1], counts[2], clocks, (*dates, (re.compile(_ISO_DATE), "")))


def _choice(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or "(?!)"


def _compile(form: str, places: dict[str, str]) -> re.Pattern[str]:
    """A pattern of the table: words may have a space or hyphen between them or none, signs stand as they are."""
    words = []
    for word in form.split():
        pieces = re.split(_PLACE, word)
        words.append("".join(_place(p, places) if n % 2 else _either(p) for n, p in enumerate(pieces)))
    return re.compile(r"(?<![\w:.,])" + r"[\s,-]{0,2}".join(words) + r"(?![\w:])")


def _place(name: str, places: dict[str, str]) -> str:
    return f"(?P<{name}>{places[name]})"


def _either(words: str) -> str:
    return "(?:" + "|".join(re.escape(fold(word).text) for word in words.split("|")) + ")"
