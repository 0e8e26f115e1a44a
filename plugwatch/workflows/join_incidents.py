"""Two incidents that turn out to be one, or the same trouble at different times."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text
from plugwatch.model.incident import Event, Incident, default_title, describe_changes, worse
from plugwatch.workflows.life import change_status


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Any: ...


def merge(work: UnitOfWork, incident: Incident, into: Incident, *, actor: str, now: datetime) -> Incident:
    """Let an incident go on as another one, which is returned: it gets the worse severity and what it did not know yet.

    Nothing that belongs to it is moved; it is read through the other one. What had been merged into it goes along, and
    where the other one was merged itself, both go on as that. Raises PlugwatchError for an incident and itself, and
    where an open one would go on as one that is over.
    """
    into = work.incidents.root(into)
    if incident.id == into.id or incident.merged_into == into.name:
        raise PlugwatchError(f"{incident.name} is {into.name} already; name two that are not the same")
    if incident.merged_into:
        raise PlugwatchError(
            f"{incident.name} was merged into {incident.merged_into}; merge that one, or take it out first with "
            f"'plugwatch incident merge {incident.name} --undo'"
        )
    if incident.is_open and not into.is_open:
        raise PlugwatchError(
            f"{into.name} is {into.status} and {incident.name} is not; reopen {into.name} first, or link the two with "
            f"'plugwatch incident link {incident.name} {into.name}'"
        )
    changed = _take_over(work, incident, into, actor=actor, now=now)
    work.incidents.merge(incident, into)
    body = f"{incident.name} goes on as {into.name}"
    work.incidents.add_event(incident, Event(now, now, actor, "merge", "internal", body))
    return changed


def undo_merge(work: UnitOfWork, incident: Incident, *, actor: str, now: datetime) -> Incident:
    """Let a merged incident stand for itself again. What the other one has learnt from it stays there."""
    if incident.merged_into is None:
        raise PlugwatchError(f"{incident.name} was not merged into any other incident")
    work.incidents.part(incident)
    parted = replace(incident, merged_into=None)
    body = f"{incident.name} is no longer a part of {incident.merged_into}"
    for one in (parted, work.incidents.get(incident.merged_into)):
        work.incidents.add_event(one, Event(now, now, actor, "merge", "internal", body))
    return parted


def link(work: UnitOfWork, incident: Incident, other: Incident, note: str | None, *, actor: str, now: datetime) -> None:
    """Note that another incident was the same trouble; both say so. Raises PlugwatchError where they do already."""
    if note:
        check_text("a note", note, limit=1000)
    if incident.id == other.id:
        raise PlugwatchError(f"{incident.name} is one incident; name two")
    if other.name in {name for name, _note in work.incidents.links(incident)}:
        raise PlugwatchError(f"{incident.name} and {other.name} are linked already")
    work.incidents.link(incident, other, note, at=now, actor=actor)
    for one, far in ((incident, other), (other, incident)):
        body = f"the same trouble as {far.name}" + (f": {note}" if note else "")
        work.incidents.add_event(one, Event(now, now, actor, "link", "internal", body))


def _take_over(work: UnitOfWork, incident: Incident, into: Incident, *, actor: str, now: datetime) -> Incident:
    """What the other one learns: a worse severity, components that take part, and whatever it did not know."""
    first = next((call.site for call in work.incidents.calls(into) if call.site), None)
    known = into
    if into.component is None and incident.component:
        untitled = into.title == default_title(None, None, first)
        title = default_title(incident.component, incident.version, None) if untitled else into.title
        known = replace(into, component=incident.component, version=incident.version, title=title)
    remedy = into if into.workaround else incident
    also = dict.fromkeys((*into.with_components, *incident.with_components, *_cause_of(incident)))
    changed = replace(
        known,
        severity=worse(into.severity, incident.severity),
        security=into.security or incident.security,
        with_components=tuple(component for component in also if component != known.component),
        trigger=incident.trigger if into.trigger == "unknown" else into.trigger,
        affected=known.affected or (incident.affected if known.component == incident.component else None),
        assignee=into.assignee or incident.assignee,
        steps=into.steps or incident.steps,
        expected=into.expected or incident.expected,
        actual=into.actual or incident.actual,
        workaround=remedy.workaround,
        workaround_checked_at=remedy.workaround_checked_at,
    )
    work.incidents.update(changed)
    for line in describe_changes(into, changed):
        work.incidents.add_event(changed, Event(now, now, actor, "set", "internal", line))
    if changed.component and changed.status == "investigating":
        changed = change_status(work, changed, "identified", actor=actor, now=now)
    return changed


def _cause_of(incident: Incident) -> tuple[Any, ...]:
    return (incident.component,) if incident.component else ()
