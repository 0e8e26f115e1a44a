"""Keep up with an incident: what became known of it, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.affected import parse_affected
from plugwatch.model.client import check_text
from plugwatch.model.component import Component
from plugwatch.model.incident import (
    SEVERITIES,
    VISIBILITIES,
    Call,
    Event,
    Incident,
    check_choice,
    check_words,
    default_title,
    describe_changes,
)
from plugwatch.model.messages.saying import Saying
from plugwatch.workflows.impact import recompute
from plugwatch.workflows.life import change_status
from plugwatch.workflows.naming import all_named, named
from plugwatch.workflows.open_incident import other_sites, put_in_triage
from plugwatch.workflows.same_cause import check_cause

NONE = "none"


class Incidents(Protocol):
    """What the ledger keeps of incidents."""

    def update(self, incident: Incident) -> None: ...

    def calls(self, incident: Incident) -> Sequence[Call]: ...

    def add_event(self, incident: Incident, event: Event) -> None: ...

    def words(self, incident: Incident) -> Mapping[tuple[str, str], str]: ...

    def set_words(
        self, incident: Incident, language: str, field: str, body: str, *, actor: str, at: datetime
    ) -> None: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Incidents: ...

    @property
    def impacts(self) -> Any: ...

    @property
    def clients(self) -> Any: ...

    @property
    def components(self) -> Any: ...

    @property
    def sites(self) -> Any: ...

    @property
    def installations(self) -> Any: ...


@dataclass(frozen=True)
class Update:
    """What to change of an incident; None leaves it as it is.

    ``assignee`` NONE takes it from whoever has it, and ``note`` is for whoever gets it. ``affected`` NONE and an empty
    ``workaround`` remove what is known.
    """

    component: str | None = None
    also: tuple[str, ...] = ()
    trigger: str | None = None
    affected: str | None = None
    severity: str | None = None
    security: bool | None = None
    assignee: str | None = None
    note: str | None = None
    title: str | None = None
    steps: str | None = None
    expected: str | None = None
    actual: str | None = None
    workaround: str | None = None
    say: tuple[Saying, ...] = ()


@dataclass(frozen=True)
class Note:
    """A line for the timeline: when it happened, who may read it, and how long who worked on it for whom."""

    text: str
    at: datetime
    visibility: str = "internal"
    minutes: int | None = None
    client: str | None = None


def set_incident(work: UnitOfWork, incident: Incident, update: Update, *, actor: str, now: datetime) -> Incident:
    """Change what is known of an incident; each change is a line in its timeline.

    With the cause or the affected versions known, other sites that run them are put in triage.
    """
    _check(incident, update)
    changed = _updated(work, incident, update, now)
    said = _say(work, incident, update.say, actor=actor, now=now)
    if changed == incident and not said and not update.note:
        raise PlugwatchError(f"{incident.name}: nothing to change; give at least one option with a new value")
    work.incidents.update(changed)
    for line in (*describe_changes(incident, changed), *said):
        work.incidents.add_event(changed, Event(now, now, actor, "set", "internal", line))
    if changed.assignee != incident.assignee or update.note:
        body = f"{changed.assignee or 'nobody'}" + (f": {update.note}" if update.note else "")
        work.incidents.add_event(changed, Event(now, now, actor, "assign", "internal", body))
    if changed.component and changed.status == "investigating":
        changed = change_status(work, changed, "identified", actor=actor, now=now)
    if changed.component and changed.component != incident.component:
        rows = other_sites(work, changed.component, changed.version, site=None)
        put_in_triage(work, changed, rows, actor=actor, now=now)
    if changed.component and (changed.component, changed.affected) != (incident.component, incident.affected):
        recompute(work, changed, actor=actor, now=now)
    return changed


def add_note(work: UnitOfWork, incident: Incident, note: Note, *, actor: str, now: datetime) -> Event:
    """Add a line to an incident's timeline."""
    event = Event(
        at=note.at,
        recorded_at=now,
        actor=actor,
        kind="note",
        visibility=check_choice(note.visibility, VISIBILITIES, "visibility"),
        body=check_words(note.text, "a note needs some text"),
        minutes=note.minutes,
        client=work.clients.resolve(note.client).slug if note.client else None,
    )
    work.incidents.add_event(incident, event)
    return event


def _check(incident: Incident, update: Update) -> None:
    if incident.merged_into:
        raise PlugwatchError(f"{incident.name} was merged into {incident.merged_into}; give that one")
    if update.title:
        check_text("a title", update.title)
    if update.assignee:
        check_text("a user's name", update.assignee)
    if update.note:
        check_text("a hand-over note", update.note, limit=1000)
        if not update.assignee:
            raise PlugwatchError(
                "--note goes with --assign; a line in the timeline is 'plugwatch incident note INC TEXT'"
            )
    for text in (update.steps, update.expected, update.actual):
        if text is not None:
            check_words(text, "steps, what is expected and what happens need some text")


def _updated(work: UnitOfWork, incident: Incident, update: Update, now: datetime) -> Incident:
    found = _with_cause(work, incident, update)
    workaround, checked_at = incident.workaround, incident.workaround_checked_at
    if update.workaround is not None:
        workaround = check_words(update.workaround, "") if update.workaround.strip() else None
        checked_at = now if workaround else None
    assignee = None if update.assignee == NONE else update.assignee or incident.assignee
    return replace(
        found,
        with_components=all_named(work, found.component, update.also) if update.also else incident.with_components,
        trigger=check_cause(update.trigger) if update.trigger else incident.trigger,
        affected=incident.affected if update.affected is None else _affected(found, update.affected),
        severity=check_choice(update.severity, SEVERITIES, "severity") if update.severity else incident.severity,
        security=incident.security if update.security is None else update.security,
        assignee=assignee,
        title=update.title or found.title,
        steps=update.steps or incident.steps,
        expected=update.expected or incident.expected,
        actual=update.actual or incident.actual,
        workaround=workaround,
        workaround_checked_at=checked_at,
    )


def _affected(incident: Incident, text: str) -> str | None:
    return None if text == NONE else str(parse_affected(text, known=incident.version))


def _say(work: UnitOfWork, incident: Incident, sayings: Sequence[Saying], *, actor: str, now: datetime) -> list[str]:
    """Keep what is said in plain words; a line for each text that is another one than before."""
    before = work.incidents.words(incident) if sayings else {}
    lines = []
    for one in sayings:
        if before.get((one.language, one.field), "") != one.body:
            work.incidents.set_words(incident, one.language, one.field, one.body, actor=actor, at=now)
            lines.append(f"{one.field} ({one.language}): {one.body or 'none'}")
    return lines


def _with_cause(work: UnitOfWork, incident: Incident, update: Update) -> Incident:
    """The incident with the component that an update names: its version is the one on the site that called first."""
    component = named(work, update.component) if update.component else incident.component
    if component is None or component == incident.component:
        return incident
    first = next((call.site for call in work.incidents.calls(incident) if call.site), None)
    version = _version_on(work, first, component) if first else None
    untitled = incident.title == default_title(incident.component, incident.version, first)
    return replace(
        incident,
        component=component,
        version=version,
        title=default_title(component, version, first) if untitled else incident.title,
    )


def _version_on(work: UnitOfWork, site: str, component: Component) -> str | None:
    installed = work.installations.current(work.sites.get(site).id).get(component)
    version: str | None = installed.base_version if installed else None
    return version
