"""Keep up with an incident: what became known of it, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.incident import SEVERITIES, Event, Incident, check_choice, check_trigger
from plugwatch.model.version import VersionRange
from plugwatch.workflows.naming import all_named, named


class Incidents(Protocol):
    """What the ledger keeps of incidents."""

    def update(self, incident: Incident) -> None: ...

    def add_event(self, incident: Incident, event: Event) -> None: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Incidents: ...

    @property
    def components(self) -> Any: ...


@dataclass(frozen=True)
class Update:
    """What to change of an incident; None leaves it as it is."""

    component: str | None = None
    also: tuple[str, ...] = ()
    trigger: str | None = None
    affected: str | None = None
    severity: str | None = None
    assignee: str | None = None
    steps: str | None = None
    expected: str | None = None
    actual: str | None = None


def set_incident(work: UnitOfWork, incident: Incident, update: Update, *, actor: str, now: datetime) -> Incident:
    """Change what is known of an incident; each change is a line in its timeline."""
    component = named(work, update.component) if update.component else incident.component
    changed = replace(
        incident,
        component=component,
        status="identified" if component and incident.status == "investigating" else incident.status,
        with_components=all_named(work, component, update.also) if update.also else incident.with_components,
        trigger=check_trigger(update.trigger) if update.trigger else incident.trigger,
        affected=str(VersionRange.parse(update.affected)) if update.affected else incident.affected,
        severity=check_choice(update.severity, SEVERITIES, "severity") if update.severity else incident.severity,
        assignee=update.assignee or incident.assignee,
        steps=update.steps or incident.steps,
        expected=update.expected or incident.expected,
        actual=update.actual or incident.actual,
    )
    if changed == incident:
        raise PlugwatchError(f"{incident.name}: nothing to change; give at least one option with a new value")
    work.incidents.update(changed)
    for line in _differences(incident, changed):
        work.incidents.add_event(changed, Event(now, now, actor, "set", "internal", line))
    return changed


def add_note(work: UnitOfWork, incident: Incident, text: str, *, actor: str, at: datetime, now: datetime) -> Event:
    """Add a line to an incident's timeline."""
    if not text.strip():
        raise PlugwatchError("a note needs some text")
    event = Event(at, now, actor, "note", "internal", text.strip())
    work.incidents.add_event(incident, event)
    return event


def _differences(before: Incident, after: Incident) -> list[str]:
    lines = []
    for field, label in (
        ("component", "component"),
        ("status", "status"),
        ("trigger", "trigger"),
        ("affected", "affected versions"),
        ("severity", "severity"),
        ("assignee", "assigned to"),
        ("steps", "steps"),
        ("expected", "expected"),
        ("actual", "actual"),
    ):
        new = getattr(after, field)
        if new != getattr(before, field):
            lines.append(f"{label}: {new}")
    if after.with_components != before.with_components:
        lines.append(f"together with: {', '.join(map(str, after.with_components))}")
    return lines
