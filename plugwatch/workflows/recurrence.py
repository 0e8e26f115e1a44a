"""Trouble that is back: a list shows the bad version again on a site where an incident was over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.incident import Incident
from plugwatch.model.inventory import Change, Changes
from plugwatch.model.life import MENDED, BadVersions, state_at
from plugwatch.model.site import Site
from plugwatch.workflows.life import take_up


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def incidents(self) -> Any: ...

    @property
    def impacts(self) -> Any: ...


@dataclass(frozen=True)
class Recurrence:
    """An incident that is open again, since a site shows its version of a component."""

    incident: Incident
    site: Site
    component: Component
    version: str

    def __str__(self) -> str:
        name, what = self.incident.name, f"{self.component} {self.version}"
        return f"{name} is open again, as {self.site.slug} shows {what}; see 'plugwatch incident show {name}'"


class Watch:
    """The incidents that a run of imports looks out for, read once: a list of many sites asks a thousand times."""

    def __init__(self) -> None:
        self._bad: Mapping[Component, BadVersions] | None = None

    def find(self, work: UnitOfWork, site: Site, changes: Changes, *, at: datetime) -> list[Recurrence]:
        """The incidents that a list made at a time shows to be back; nothing is written.

        Each is found once: as soon as it is open again with the site affected, the same list says nothing new.
        """
        come = [change for change in (*changes.added, *changes.changed) if _comes(change)]
        if not come:
            return []
        if self._bad is None:
            self._bad = {component: BadVersions(known) for component, known in work.incidents.concerns().items()}
        found: dict[str, Recurrence] = {}
        for change in come:
            version = _version(change)
            if version is None or change.component not in self._bad:
                continue
            for name in self._bad[change.component].incidents(version):
                incident = work.incidents.get(name)
                if name not in found and _was_over(work, incident, site, at=at):
                    found[name] = Recurrence(incident, site, change.component, version)
        return list(found.values())


def reopen_all(work: UnitOfWork, found: Sequence[Recurrence], *, actor: str, now: datetime) -> None:
    """Open the incidents again, with the sites affected; one that is back on several sites has a line for each."""
    for one in found:
        reason = f"{one.site.slug} shows {one.component} {one.version} again"
        take_up(work, work.incidents.get(one.incident.name), [one.site.slug], reason, actor=actor, now=now)


def _comes(change: Change) -> bool:
    """Whether a version has come to a site, or was switched on there; what is switched off does no harm."""
    before, after = change.before, change.after
    if after is None or after.status == "inactive":
        return False
    if before is None or before.status == "inactive":
        return True
    return after.version is not None and after.version != before.version


def _version(change: Change) -> str | None:
    """The version that is there now; a list that does not tell one shows none that is new."""
    before, after = change.before, change.after
    return (after.version if after else None) or (before.version if before else None)


def _was_over(work: UnitOfWork, incident: Incident, site: Site, *, at: datetime) -> bool:
    """Whether an incident was over for a site, by its own verdict or with the incident, when the list was made."""
    verdict = next((one for one in work.impacts.of_incident(incident) if one.site == site.slug), None)
    if verdict is not None:
        if verdict.state == "not_affected" or verdict.at > at:
            return False
        if state_at(verdict, at) in MENDED:
            return True
    ends = [event.at for event in work.incidents.events(incident) if event.kind == "status"]
    return not incident.is_open and max(ends, default=incident.opened_at) <= at
