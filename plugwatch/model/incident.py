"""A breakage: what is known of it, how bad it is, what to say to the client and when they hear from us again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component

SEVERITIES = ("critical", "high", "medium", "low")
HEARD = ("phone", "mail", "chat", "monitor", "self")
STATUSES = ("investigating", "identified", "monitoring", "resolved", "closed")
OPEN_STATUSES = ("investigating", "identified", "monitoring")
VISIBILITIES = ("internal", "client", "vendor", "public")
IMPACTS = ("in_triage", "affected", "not_affected", "mitigated", "resolved")

# Whoever calls or writes knows of the trouble; what a monitor or we ourselves found, the client does not know yet.
_CLIENT_KNOWS = frozenset({"phone", "mail", "chat"})
# Impact × urgency (ITIL): what a site earns and what of it is broken decide, until somebody says otherwise.
BREAKS = ("all", "sells", "shows", "edits")
_SEVERITY_OF_TIER = {"shop": "high", "lead": "medium", "info": "low"}
_STEPS = {"all": -1, "edits": 1}


@dataclass(frozen=True)
class Incident:
    """One cause, known or not yet. ``version`` is the one that the first caller's site ran.

    ``merged_into`` is the name (``INC-3``) of the incident that this one turned out to be.
    """

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
    workaround: str | None = None
    workaround_checked_at: datetime | None = None
    merged_into: str | None = None

    @property
    def name(self) -> str:
        """The human number: ``INC-42``."""
        return f"INC-{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether the client still waits for the end of it; what was merged into another one goes on there."""
        return self.status in OPEN_STATUSES and self.merged_into is None


class Call(NamedTuple):
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
    """What the incident means for one site, decided by somebody at some time, for ever or until a day."""

    site: str
    client: str
    state: str
    justification: str | None
    actor: str
    at: datetime
    detail: str | None = None
    valid_until: datetime | None = None


class Event(NamedTuple):
    """One line of an incident's history; never changed, and possibly written down later than it happened.

    ``minutes`` is the time that somebody worked on it, for ``client`` alone where one is named.
    """

    at: datetime
    recorded_at: datetime
    actor: str
    kind: str
    visibility: str
    body: str
    minutes: int | None = None
    client: str | None = None


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


def severity_of(tier: str | None, breaks: str | None = None) -> str:
    """How bad a breakage is on a site of this tier when nobody says; no site at all counts as the lowest tier.

    ``breaks`` is one of BREAKS: with the whole site down it is one step worse, and one step less bad where only editors
    are kept from their work; what the site sells or shows is what its tier is about.
    """
    step = SEVERITIES.index(_SEVERITY_OF_TIER.get(tier or "info", "low")) + _STEPS.get(breaks or "", 0)
    return SEVERITIES[max(0, min(step, len(SEVERITIES) - 1))]


def client_knows(heard: str) -> bool:
    """Whether the client knows of the trouble, and so was promised something."""
    return heard in _CLIENT_KNOWS


_FIELDS = (
    ("title", "title"),
    ("component", "component"),
    ("version", "version"),
    ("trigger", "trigger"),
    ("affected", "affected versions"),
    ("severity", "severity"),
    ("steps", "steps"),
    ("expected", "expected"),
    ("actual", "actual"),
    ("workaround", "workaround"),
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
    """What differs between two states of an incident, a line each, for its timeline.

    Its status and whose it is are told there in lines of their own kind.
    """
    lines = []
    for field, label in _FIELDS:
        new = getattr(after, field)
        if new != getattr(before, field):
            lines.append(f"{label}: {new or 'none'}")
    if after.security != before.security:
        lines.append("security: kept out of every public channel" if after.security else "security: no longer")
    if after.with_components != before.with_components:
        lines.append(f"together with: {', '.join(map(str, after.with_components))}")
    return lines
