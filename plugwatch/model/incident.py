"""A breakage: what is known of it, how bad it is, what to say to the client and when they hear from us again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import WorkingHours
from plugwatch.model.component import Component

SEVERITIES = ("critical", "high", "medium", "low")
HEARD = ("phone", "mail", "chat", "monitor", "self")
STATUSES = ("investigating", "identified", "monitoring", "resolved", "closed")
OPEN_STATUSES = ("investigating", "identified", "monitoring")
IMPACTS = ("in_triage", "affected", "not_affected", "mitigated", "resolved")

# Whoever calls or writes knows of the trouble; what a monitor or we ourselves found, the client does not know yet.
_CLIENT_KNOWS = frozenset({"phone", "mail", "chat"})
# On the phone the first answer is given at once, so the next word is an update.
_ANSWERED_AT_ONCE = frozenset({"phone"})

# Impact × urgency (ITIL): what a site earns decides, until somebody says otherwise.
_SEVERITY_OF_TIER = {"shop": "high", "lead": "medium", "info": "low"}


@dataclass(frozen=True)
class Incident:
    """One cause, known or not yet. ``version`` is the one that the first caller's site ran."""

    id: str
    number: int
    title: str
    status: str
    severity: str
    trigger: str
    component: Component | None
    version: str | None
    opened_at: datetime
    with_components: tuple[Component, ...] = ()
    affected: str | None = None
    assignee: str | None = None
    security: bool = False
    steps: str | None = None
    expected: str | None = None
    actual: str | None = None

    @property
    def name(self) -> str:
        """The human number: ``INC-42``."""
        return f"INC-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether the client still waits for the end of it."""
        return self.status in OPEN_STATUSES


@dataclass(frozen=True)
class Call:
    """One client telling us of it, in their own words. ``at`` is when, ``recorded_at`` when it was written down."""

    site: str | None
    client: str | None
    caller: str | None
    heard: str
    words: str
    ticket: str | None
    at: datetime
    recorded_at: datetime
    actor: str


@dataclass(frozen=True)
class Impact:
    """What the incident means for one site, decided by somebody at some time."""

    site: str
    client: str
    state: str
    justification: str | None
    actor: str
    at: datetime


@dataclass(frozen=True)
class Promise:
    """When a client hears from us again; ``kept_at`` is when they did."""

    client: str
    due: datetime
    made_at: datetime
    kept_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One line of an incident's history; never changed, and possibly written down later than it happened."""

    at: datetime
    recorded_at: datetime
    actor: str
    kind: str
    visibility: str
    body: str


def default_title(component: Component | None, version: str | None, site: str | None) -> str:
    """The title of an incident that nobody has given one."""
    if component is None:
        return f"{site or 'all sites'}: cause not known yet"
    return f"{component} {version or ''}".rstrip() + " breaks"


def check_words(text: str, missing: str) -> str:
    """What somebody said, of any length and on any number of lines, without blanks around it.

    Raises PlugwatchError with the sentence ``missing`` where nothing is said, and for what is no Unicode text.
    """
    words = text.strip()
    if not words:
        raise PlugwatchError(missing)
    try:
        words.encode()
    except UnicodeEncodeError as error:
        raise PlugwatchError("the text is not UTF-8; check the settings of the terminal that it comes from") from error
    return words


def check_choice(value: str, choices: Iterable[str], what: str) -> str:
    """The value, if it is one of the choices. Raises PlugwatchError that lists them."""
    allowed = tuple(choices)
    if value not in allowed:
        raise PlugwatchError(f"'{value}' is no {what}; choose one of {', '.join(allowed)}")
    return value


def check_trigger(text: str) -> str:
    """``update``, ``conflict``, ``unknown``, ``core:VERSION`` or ``php:VERSION``; else PlugwatchError."""
    kind, colon, version = text.partition(":")
    if text in ("update", "conflict", "unknown") or (colon and kind in ("core", "php") and version.strip()):
        return text
    raise PlugwatchError(f"'{text}' is no trigger; write update, core:6.9, php:8.4, conflict or unknown")


def worse(one: str, other: str) -> str:
    """The worse of two severities."""
    return min(one, other, key=SEVERITIES.index)


def default_severity(tier: str | None) -> str:
    """How bad a breakage is on a site of this tier when nobody says; no site at all counts as the lowest tier."""
    return _SEVERITY_OF_TIER.get(tier or "info", "low")


def client_knows(heard: str) -> bool:
    """Whether the client knows of the trouble, and so was promised something."""
    return heard in _CLIENT_KNOWS


def wait_for(heard: str, *, first_response: timedelta, update_every: timedelta) -> timedelta:
    """How long the client may wait for our next word: a caller was answered just now, a writer was not."""
    return update_every if heard in _ANSWERED_AT_ONCE else first_response


def add_working_time(hours: WorkingHours, start: datetime, wait: timedelta) -> datetime:
    """The moment at which ``wait`` of working time has passed since ``start``, which is wall time of the client's zone.

    A call on Friday at 23:00 with an hour's wait ends on Monday, an hour after opening. Time that a clock change skips
    or repeats is counted as it passes, not as clocks show it.
    """
    at, left = hours.next_open(start), wait
    while True:
        minute = at.hour * 60 + at.minute
        end = next(last for day, first, last in hours.spans if day == at.weekday() and first <= minute < last)
        closing = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(minutes=end)
        open_for = max(closing.astimezone(timezone.utc) - at.astimezone(timezone.utc), timedelta())
        if left <= open_for:
            return _later(at, left)
        left -= open_for
        at = hours.next_open(closing)


def round_up(moment: datetime, minutes: int = 5) -> datetime:
    """The next full five minutes: a time that one can say on the phone."""
    past = timedelta(minutes=moment.minute % minutes, seconds=moment.second, microseconds=moment.microsecond)
    return _later(moment, timedelta(minutes=minutes) - past) if past else moment


def _later(moment: datetime, span: timedelta) -> datetime:
    """The moment a span of time after another, in the same zone; Python's own sum adds to what the clock shows."""
    return (moment.astimezone(timezone.utc) + span).astimezone(moment.tzinfo)


_FIELDS = (
    ("title", "title"),
    ("component", "component"),
    ("version", "version"),
    ("status", "status"),
    ("trigger", "trigger"),
    ("affected", "affected versions"),
    ("severity", "severity"),
    ("assignee", "assigned to"),
    ("steps", "steps"),
    ("expected", "expected"),
    ("actual", "actual"),
)
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_SAY = {
    "en": {
        "start": "I can see what's wrong and we're on it.",
        "unknown": "Thank you for telling us; we're on it right now.",
        "untold": "We have noticed a problem and we're on it.",
        "today": "You'll hear from us by {time}.",
        "day": "You'll hear from us by {day} at {time}.",
        "date": "You'll hear from us by {day}, {date} at {time}.",
    },
    "de": {
        "start": "Ich sehe, was los ist, und wir kümmern uns darum.",
        "unknown": "Danke, dass Sie Bescheid sagen; wir sind schon dran.",
        "untold": "Wir haben ein Problem bemerkt und kümmern uns darum.",
        "today": "Sie hören bis {time} Uhr von uns.",
        "day": "Sie hören bis {day}, {time} Uhr, von uns.",
        "date": "Sie hören bis {day}, den {date}, {time} Uhr, von uns.",
    },
}


def sentence_to_say(*, language: str | None, known: bool, due: datetime | None, now: datetime, zone: tzinfo) -> str:
    """What to tell the client, now, in the client's language where we have it, with times of the client's clock.

    ``known`` says whether the cause is; without ``due`` nothing was promised, for the client has not told us of it.
    Here and not in a template: it must be on the screen before a template engine would have started.
    """
    code = (language or "en").split("-")[0]
    words = _SAY.get(code, _SAY["en"])
    days = _DAYS.get(code, _DAYS["en"])
    if due is None:
        return words["untold"]
    start = words["start" if known else "unknown"]
    local, today = due.astimezone(zone), now.astimezone(zone)
    away = (local.date() - today.date()).days
    form = words["today" if away == 0 else "day" if away < 7 else "date"]
    date = f"{local:%d.%m.}" if code == "de" else f"{local.day} {local:%B}"
    return f"{start} {form.format(time=f'{local:%H:%M}', day=days[local.weekday()], date=date)}"


def describe_changes(before: Incident, after: Incident) -> list[str]:
    """What differs between two states of an incident, a line each, for its timeline."""
    lines = []
    for field, label in _FIELDS:
        new = getattr(after, field)
        if new != getattr(before, field):
            lines.append(f"{label}: {new}")
    if after.security != before.security:
        lines.append("security: kept out of every public channel" if after.security else "security: no longer")
    if after.with_components != before.with_components:
        lines.append(f"together with: {', '.join(map(str, after.with_components))}")
    return lines


def whose_turn(incident: Incident, *, submission_statuses: Iterable[str], promises_open: bool) -> str:
    """``us``, ``vendor``, ``client`` or ``nobody``: computed, never stored.

    The vendor has the turn only while something was sent and no client waits for a word from us.
    """
    if incident.status == "closed":
        return "nobody"
    waiting = set(submission_statuses) & {"sent", "confirmed", "accepted"}
    return "vendor" if waiting and not promises_open else "us"
