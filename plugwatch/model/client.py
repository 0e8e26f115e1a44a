"""Who pays: a client, the people to tell, and what was agreed with them about hours and answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from plugwatch.errors import PlugwatchError

# Patterns are compiled at their first use: most commands check nothing, and start-up is a feature.
_SLUG = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_CONTACT = r"\s*(?P<name>[^<>]*?)\s*<(?P<email>[^<>]*)>\s*"
_LANGUAGE = r"([A-Za-z]{2,3})([-_][A-Za-z]{4})?([-_](?:[A-Za-z]{2}|[0-9]{3}))?"
_DURATION = r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,4})m)?"
_UNSAFE = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"  # line breaks, control characters, lone surrogates
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_SPAN = r"([a-z]{3})(?:-([a-z]{3}))?"
_TIME_SPAN = r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?"
_DAY_MINUTES = 24 * 60

TONES = ("formal", "casual")
# What a client is called whose name was erased.
FORGOTTEN = "(forgotten)"


@dataclass(frozen=True)
class WorkingHours:
    """When somebody answers: spans of local wall time as (weekday from 0 = Monday, first minute, end minute).

    Spans are in order and neither touch nor overlap; the end minute is not part of the span, 1440 is midnight.
    """

    spans: tuple[tuple[int, int, int], ...]

    @classmethod
    def parse(cls, text: str) -> WorkingHours:
        """Read ``Mon-Fri 9-18``, ``Mon-Thu 9:00-12:30 13:30-17:00, Fri 9-12`` or ``24/7``.

        Days are English three-letter names; times may be several for the days before them. Raises PlugwatchError.
        """
        spans: list[tuple[int, int, int]] = []
        days: list[int] = []
        timed = True
        for word in text.replace(",", " ").lower().split():
            if word == "24/7":
                spans += [(day, 0, _DAY_MINUTES) for day in range(7)]
            elif named := _days(word):
                days, timed = (named if timed else days + named), False
            elif (span := _minutes(word)) and days:
                spans += [(day, *span) for day in days]
                timed = True
            else:
                raise PlugwatchError(f"'{printable(word)}' {_HOURS_HELP}")
        if not spans or not timed:
            raise PlugwatchError(f"'{printable(text)}' {_HOURS_HELP}")
        return cls(_merged(spans))

    def __str__(self) -> str:
        week = [tuple(span[1:] for span in self.spans if span[0] == day) for day in range(7)]
        groups: list[str] = []
        day = 0
        while day < 7:
            last = day
            while last < 6 and week[last + 1] == week[day]:
                last += 1
            if week[day]:
                days = _DAYS[day] if last == day else f"{_DAYS[day]}-{_DAYS[last]}"
                groups.append(" ".join([days, *(f"{_clock(start)}-{_clock(end)}" for start, end in week[day])]))
            day = last + 1
        return ", ".join(groups)

    def is_always(self) -> bool:
        """Whether somebody answers around the clock."""
        return self.spans == tuple((day, 0, _DAY_MINUTES) for day in range(7))

    def next_open(self, local: datetime) -> datetime:
        """The moment itself where it falls inside the hours, else the next opening, as wall time in the same zone."""
        minute = local.hour * 60 + local.minute
        for ahead in range(8):
            for day, start, end in self.spans:
                if day != (local.weekday() + ahead) % 7 or (ahead == 0 and end <= minute):
                    continue
                if ahead == 0 and start <= minute:
                    return local
                opening = local.replace(hour=start // 60, minute=start % 60, second=0, microsecond=0)
                return opening + timedelta(days=ahead)
        raise AssertionError("working hours hold at least one span")


class Contact(NamedTuple):
    """A person or desk of a client that messages go to."""

    email: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email

    @classmethod
    def parse(cls, text: str) -> Contact:
        """``Shop desk <desk@acme.example>`` or the bare address.

        Raises PlugwatchError where there is no address of a usable shape in it.
        """
        match = re.fullmatch(_CONTACT, text)
        name, email = (match["name"].strip('"'), match["email"]) if match else ("", text)
        contact = cls(email.strip(), name)
        contact.check()
        return contact

    def check(self) -> None:
        """Raise PlugwatchError where the address or the name cannot stand in a mail."""
        check_text("a contact's name", self.name)
        if not is_email(self.email):
            raise PlugwatchError(
                f"'{printable(self.email)}' is not an e-mail address; write desk@acme.example or "
                "'Shop desk <desk@acme.example>'"
            )


@dataclass(frozen=True)
class Client:
    """A client of the agency. None means: not agreed with this client, the agency's own setting holds.

    ``timezone`` is an IANA name, ``language`` a BCP 47 tag, ``tone`` formal or casual. The ledger gives ``id`` and
    ``created_at`` when it first keeps the client.
    """

    slug: str
    name: str
    contacts: tuple[Contact, ...] = ()
    language: str | None = None
    timezone: str | None = None
    hours: WorkingHours | None = None
    names_vendor: bool | None = None
    first_response: timedelta | None = None
    update_every: timedelta | None = None
    tone: str | None = None
    id: str = ""
    created_at: datetime | None = None

    @property
    def is_forgotten(self) -> bool:
        """Whether all that told of the client was erased; there is nobody to tell any more."""
        return self.name == FORGOTTEN

    def check(self) -> None:
        """Raise PlugwatchError, in one sentence, for the first value that cannot be kept."""
        check_slug(self.slug, "client")
        check_text("a client's name", self.name)
        if not self.name.strip():
            raise PlugwatchError(f"the client '{self.slug}' needs a name")
        for contact in self.contacts:
            contact.check()
        if self.language is not None:
            parse_language(self.language)
        if self.timezone is not None:
            check_timezone(self.timezone)


def check_slug(text: str, what: str) -> str:
    """The short name of a client or site as it is; PlugwatchError where it cannot be one.

    It is typed on command lines and becomes part of file names, hence no blanks, no leading '-' and no '/'.
    """
    if len(text) <= 80 and re.fullmatch(_SLUG, text, re.ASCII):
        return text
    raise PlugwatchError(
        f"'{printable(text)}' cannot be the short name of a {what}: at most 80 letters, digits, '.', '_' and '-', "
        "and a letter or digit first"
    )


def make_slug(name: str) -> str | None:
    """A short name made of a name in full, ``Müller Bäder`` → ``muller-bader``; None where no letter is left of it.

    What can be a short name already stays as it is.
    """
    if name and not re.search(r"[^A-Za-z0-9._-]", name):
        return name
    import unicodedata  # not every command makes names

    letters = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[A-Za-z0-9]+", letters)).lower()[:80] or None


def check_text(what: str, text: str, limit: int = 200) -> str:
    """One line of text as it is; PlugwatchError for line breaks and control characters, which break mail headers."""
    if len(text) > limit:
        raise PlugwatchError(f"{what} is longer than {limit} characters: '{printable(text[:40])}…'")
    if re.search(_UNSAFE, text):
        raise PlugwatchError(f"{what} holds a line break or a control character: '{printable(text)}'")
    return text


def printable(text: str) -> str:
    """The text with everything that could change a terminal or break a line shown as an escape."""
    return re.sub(_UNSAFE, lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def is_email(text: str) -> bool:
    """Whether the text is an address that any mail server takes: RFC 5321's dot-string at a dotted domain.

    Quoted local parts, address literals and non-ASCII addresses are left out on purpose.
    """
    local, at, domain = text.rpartition("@")
    return (
        bool(at)
        and len(local) <= 64
        and len(text) <= 254
        and re.fullmatch(_LOCAL_PART, local, re.ASCII) is not None
        and re.fullmatch(_DOMAIN, domain, re.ASCII) is not None
    )


def parse_language(text: str) -> str:
    """A language tag in its usual letter case (RFC 5646, section 2.1.1): ``de_at`` -> ``de-AT``.

    Raises PlugwatchError for anything but language, script and region.
    """
    match = re.fullmatch(_LANGUAGE, text, re.ASCII)
    if match is None:
        raise PlugwatchError(f"'{printable(text)}' is not a language; write a tag such as en, de or pt-BR")
    language, script, region = (part.strip("-_") if part else "" for part in match.groups())
    return "-".join(part for part in (language.lower(), script.title(), region.upper()) if part)


def check_timezone(text: str) -> str:
    """The IANA name of a time zone as it is; PlugwatchError where the zone is not known."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:
        raise PlugwatchError(
            f"'{printable(text)}' is not a time zone; write an IANA name such as Europe/Berlin or UTC"
        ) from error
    return text


def parse_duration(text: str) -> timedelta:
    """``15m``, ``1h``, ``2d`` or a sum such as ``1h30m``; PlugwatchError for anything else and for zero."""
    match = re.fullmatch(_DURATION, text.strip().lower(), re.ASCII)
    days, hours, minutes = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    duration = timedelta(days=days, hours=hours, minutes=minutes)
    if not duration:
        raise PlugwatchError(f"'{printable(text)}' is not a span of time; write 15m, 1h, 1h30m or 2d")
    return duration


def format_duration(duration: timedelta) -> str:
    """The shortest text that :func:`parse_duration` reads as the same whole minutes: ``1h30m``."""
    minutes = int(duration.total_seconds()) // 60
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)


_HOURS_HELP = "is no part of working hours; write days, then times, such as 'Mon-Fri 9-18, Sat 10-14', or 24/7"


def _days(word: str) -> list[int]:
    """``mon`` or ``sat-mon`` as numbers of weekdays; empty where the word is neither."""
    match = re.fullmatch(_DAY_SPAN, word)
    if match is None:
        return []
    names = [day.lower() for day in _DAYS]
    first, last = match[1], match[2] or match[1]
    if first not in names or last not in names:
        return []
    start = names.index(first)
    return [(start + step) % 7 for step in range((names.index(last) - start) % 7 + 1)]


def _minutes(word: str) -> tuple[int, int] | None:
    """``9-18`` or ``9:30-17:15`` as minutes of the day; None where it is no span inside one day."""
    match = re.fullmatch(_TIME_SPAN, word, re.ASCII)
    if match is None:
        return None
    from_hour, from_minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    return (start, end) if start < end <= _DAY_MINUTES and from_minute < 60 and to_minute < 60 else None


def _merged(spans: list[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    """The same times in order, overlapping and touching spans of one day joined."""
    merged: list[tuple[int, int, int]] = []
    for day, start, end in sorted(spans):
        if merged and merged[-1][0] == day and start <= merged[-1][2]:
            merged[-1] = (day, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((day, start, end))
    return tuple(merged)


def _clock(minute: int) -> str:
    """A minute of the day as the shortest time: ``9`` or ``9:30``."""
    return f"{minute // 60}:{minute % 60:02}" if minute % 60 else str(minute // 60)
