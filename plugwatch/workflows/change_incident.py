"""Keep up with an incident: what became known of it, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text
from plugwatch.model.component import Component
from plugwatch.model.incident import (
    SEVERITIES,
    Call,
    Event,
    Impact,
    Incident,
    check_choice,
    check_trigger,
    check_words,
    default_title,
    describe_changes,
)
from plugwatch.model.version import VersionRange
from plugwatch.workflows.naming import all_named, named
from plugwatch.workflows.open_incident import other_sites, put_in_triage


class Incidents(Protocol):
    """What the ledger keeps of incidents."""

    def update(self, incident: Incident) -> None: ...

    def calls(self, incident: Incident) -> Sequence[Call]: ...

    def impacts(self, incident: Incident) -> Sequence[Impact]: ...

    def add_impact(self, incident: Incident, impact: Impact) -> None: ...

    def add_event(self, incident: Incident, event: Event) -> None: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Incidents: ...

    @property
    def components(self) -> Any: ...

    @property
    def sites(self) -> Any: ...

    @property
    def installations(self) -> Any: ...


@dataclass(frozen=True)
class Update:
    """What to change of an incident; None leaves it as it is."""

    component: str | None = None
    also: tuple[str, ...] = ()
    trigger: str | None = None
    affected: str | None = None
    severity: str | None = None
    security: bool | None = None
    assignee: str | None = None
    title: str | None = None
    steps: str | None = None
    expected: str | None = None
    actual: str | None = None


def set_incident(work: UnitOfWork, incident: Incident, update: Update, *, actor: str, now: datetime) -> Incident:
    """Change what is known of an incident; each change is a line in its timeline.

    With the cause known, other sites that run it in the same version are put in triage.
    """
    _check(update)
    found = _with_cause(work, incident, update)
    changed = replace(
        found,
        with_components=all_named(work, found.component, update.also) if update.also else incident.with_components,
        trigger=check_trigger(update.trigger) if update.trigger else incident.trigger,
        affected=str(VersionRange.parse(update.affected)) if update.affected else incident.affected,
        severity=check_choice(update.severity, SEVERITIES, "severity") if update.severity else incident.severity,
        security=incident.security if update.security is None else update.security,
        assignee=update.assignee or incident.assignee,
        title=update.title or found.title,
        steps=update.steps or incident.steps,
        expected=update.expected or incident.expected,
        actual=update.actual or incident.actual,
    )
    if changed == incident:
        raise PlugwatchError(f"{incident.name}: nothing to change; give at least one option with a new value")
    work.incidents.update(changed)
    for line in describe_changes(incident, changed):
        work.incidents.add_event(changed, Event(now, now, actor, "set", "internal", line))
    if changed.component and changed.component != incident.component:
        rows = other_sites(work, changed.component, changed.version, site=None)
        put_in_triage(work, changed, rows, actor=actor, now=now)
    return changed


def add_note(work: UnitOfWork, incident: Incident, text: str, *, actor: str, at: datetime, now: datetime) -> Event:
    """Add a line to an incident's timeline."""
    event = Event(at, now, actor, "note", "internal", check_words(text, "a note needs some text"))
    work.incidents.add_event(incident, event)
    return event


def _check(update: Update) -> None:
    if update.title:
        check_text("a title", update.title)
    if update.assignee:
        check_text("a user's name", update.assignee)
    for text in (update.steps, update.expected, update.actual):
        if text is not None:
            check_words(text, "steps, what is expected and what happens need some text")


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
        status="identified" if incident.status == "investigating" else incident.status,
    )


def _version_on(work: UnitOfWork, site: str, component: Component) -> str | None:
    installed = work.installations.current(work.sites.get(site).id).get(component)
    version: str | None = installed.base_version if installed else None
    return version
