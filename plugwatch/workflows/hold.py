"""Keep versions of a component off the sites until an incident is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.affected import Fate, cut_before, fixed_by, parse_affected
from plugwatch.model.client import check_text
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Event, Incident, check_words
from plugwatch.model.version import VersionRange, clean
from plugwatch.workflows.naming import named


class Holds(Protocol):
    """What the ledger keeps of holds."""

    def add(self, incident: Incident, hold: Hold) -> Hold: ...

    def lift(self, hold: Hold, *, at: datetime, actor: str, why: str | None = None) -> None: ...

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

    @property
    def impacts(self) -> Any: ...


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
    check_text(
        "the reason of a hold", check_words(wanted.reason, "a hold needs a reason; a colleague reads it a year later")
    )
    if wanted.until:
        check_text("the end of a hold", wanted.until)
    versions = str(
        parse_affected(wanted.versions, known=incident.version)
        if wanted.versions is not None
        else VersionRange.parse(_default_versions(incident))
    )
    if any(
        known.versions == versions for known in work.holds.open().get(component, ()) if known.incident == incident.name
    ):
        raise PlugwatchError(f"{incident.name} holds {component} {versions} already")
    kept = work.holds.add(incident, Hold(incident.name, component, versions, wanted.reason, wanted.until, now, actor))
    work.incidents.add_event(
        incident, Event(now, now, actor, "hold", "internal", f"{component} {versions}: {wanted.reason}")
    )
    return kept


def lift(work: UnitOfWork, incident: Incident, *, actor: str, now: datetime, why: str | None = None) -> list[Hold]:
    """End all holds of an incident; each is a line in its timeline. Raises PlugwatchError where none is set."""
    if why:
        check_text("the reason why a hold ends", why)
    ended = [known for known in work.holds.of_incident(incident) if known.lifted_at is None]
    if not ended:
        raise PlugwatchError(f"{incident.name} holds nothing")
    for known in ended:
        work.holds.lift(known, at=now, actor=actor, why=why)
        line = f"no longer: {known.component} {known.versions}{f': {why}' if why else ''}"
        work.incidents.add_event(incident, Event(now, now, actor, "hold", "internal", line))
    return ended


def narrow_verified(work: UnitOfWork, component: Component, *, actor: str, now: datetime) -> list[str]:
    """Let through the releases that have the fix of an incident: what it holds and affects ends before the first one.

    That is a release which contains every patch made for the incident, found when they were carried to it. A hold that
    is set on later versions alone stays. What is returned says it line by line; to repeat it changes nothing.
    """
    patches: dict[str, list[Fate]] = {}
    for fate in work.impacts.fates(component):
        patches.setdefault(fate.incident, []).append(fate)
    said = []
    for name, fates in patches.items():
        fixed = fixed_by(fates)
        incident = work.incidents.get(name) if fixed else None
        if fixed and incident and incident.component == component:
            incident, line = _end_range(work, incident, fixed, actor=actor, now=now)
            said += [line] if line else []
        for known in work.holds.of_incident(incident) if incident else ():
            open_here = known.component == component and known.lifted_at is None
            if fixed and incident and open_here and VersionRange.parse(known.versions).contains(fixed):
                said.append(_let_through(work, incident, known, fixed, actor=actor, now=now))
    return said


def _end_range(
    work: UnitOfWork, incident: Incident, fixed: str, *, actor: str, now: datetime
) -> tuple[Incident, str | None]:
    """The affected versions, which somebody may have left open, end before the release with the fix.

    Without that, a site that gets the fixed release would look as if the trouble were back.
    """
    affected = VersionRange.parse(incident.affected) if incident.affected else None
    rest = cut_before(affected, fixed) if affected and affected.contains(fixed) else None
    if rest is None:
        return incident, None
    changed = replace(incident, affected=str(rest))
    work.incidents.update(changed)
    line = f"affected versions: {rest}: {fixed} has our fix"
    work.incidents.add_event(changed, Event(now, now, actor, "set", "internal", line))
    return changed, f"{incident.name}: {line}"


def _let_through(work: UnitOfWork, incident: Incident, known: Hold, fixed: str, *, actor: str, now: datetime) -> str:
    """Hold only what lies before a release; whoever set the hold, and when, stays with the rest of it."""
    rest = cut_before(VersionRange.parse(known.versions), fixed)
    work.holds.lift(known, at=now, actor=actor, why=f"{fixed} has our fix")
    if rest:
        work.holds.add(incident, replace(known, versions=str(rest)))
        line = f"{known.component} {known.versions} is {rest} now: {fixed} has our fix"
    else:
        line = f"no longer: {known.component} {known.versions}: {fixed} has our fix"
    work.incidents.add_event(incident, Event(now, now, actor, "hold", "internal", line))
    return f"hold of {incident.name}: {line}"


def _default_versions(incident: Incident) -> str:
    if incident.affected:
        return incident.affected
    if incident.version and clean(incident.version):
        return f">={clean(incident.version)}"
    raise PlugwatchError(f"{incident.name}: its version is not known; say what to hold with --version '>=1.2.4'")
