"""Keep versions of a component off the sites until an incident is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Event, Incident
from plugwatch.model.version import VersionRange, clean
from plugwatch.workflows.naming import named


class Holds(Protocol):
    """What the ledger keeps of holds."""

    def add(self, incident: Incident, hold: Hold) -> Hold: ...

    def lift(self, hold: Hold, *, at: datetime, actor: str) -> None: ...

    def of_incident(self, incident: Incident) -> Sequence[Hold]: ...

    def open(self) -> Mapping[Component, Sequence[Hold]]: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def holds(self) -> Holds: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def components(self) -> Any: ...


@dataclass(frozen=True)
class Wanted:
    """What to hold: versions (default: the affected ones, else the incident's own and all later ones) and why."""

    reason: str
    versions: str | None = None
    until: str | None = None
    component: str | None = None


def hold(work: UnitOfWork, incident: Incident, wanted: Wanted, *, actor: str, now: datetime) -> Hold:
    """Set a hold; it is a line in the incident's timeline.

    Raises PlugwatchError where the component or the versions are not known, and where the same hold is set already.
    """
    component = named(work, wanted.component) if wanted.component else incident.component
    if component is None:
        raise PlugwatchError(
            f"{incident.name}: the cause is not known yet; name what to hold with --component, or set it with "
            f"'plugwatch incident set {incident.name} --component C'"
        )
    check_text("the reason of a hold", wanted.reason)
    if wanted.until:
        check_text("the end of a hold", wanted.until)
    versions = str(VersionRange.parse(wanted.versions or _default_versions(incident)))
    if any(
        known.versions == versions for known in work.holds.open().get(component, ()) if known.incident == incident.name
    ):
        raise PlugwatchError(f"{incident.name} holds {component} {versions} already")
    kept = work.holds.add(incident, Hold(incident.name, component, versions, wanted.reason, wanted.until, now, actor))
    work.incidents.add_event(
        incident, Event(now, now, actor, "hold", "internal", f"{component} {versions}: {wanted.reason}")
    )
    return kept


def lift(work: UnitOfWork, incident: Incident, *, actor: str, now: datetime) -> list[Hold]:
    """End all holds of an incident; each is a line in its timeline. Raises PlugwatchError where none is set."""
    ended = [known for known in work.holds.of_incident(incident) if known.lifted_at is None]
    if not ended:
        raise PlugwatchError(f"{incident.name} holds nothing")
    for known in ended:
        work.holds.lift(known, at=now, actor=actor)
        line = f"no longer: {known.component} {known.versions}"
        work.incidents.add_event(incident, Event(now, now, actor, "hold", "internal", line))
    return ended


def _default_versions(incident: Incident) -> str:
    if incident.affected:
        return incident.affected
    if incident.version and clean(incident.version):
        return f">={clean(incident.version)}"
    raise PlugwatchError(f"{incident.name}: its version is not known; say what to hold with --version '>=1.2.4'")
