"""Which open incident a call belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugwatch.model.component import Component
from plugwatch.model.incident import Incident, check_trigger
from plugwatch.model.version import VersionRange, check_release_version


def check_cause(trigger: str) -> str:
    """The trigger as it is. Raises PlugwatchError for what is none, as for a WordPress or PHP that no version names."""
    _, colon, version = check_trigger(trigger).partition(":")
    if colon:
        check_release_version(version)
    return trigger


def past_incidents(work: Any, component: Component | None, trigger: str | None) -> Sequence[Incident]:
    """All incidents about a component, the newest first; without one those that the same WordPress or PHP triggered."""
    found: Sequence[Incident] = ()
    if component:
        found = work.incidents.of_component(component)
    elif trigger and ":" in trigger:
        found = work.incidents.of_trigger(trigger)
    return found


def same_cause(work: Any, past: Sequence[Incident], version: str | None) -> Incident | None:
    """The open incident that a call about a component in a version belongs to.

    One about the very version comes before one whose affected versions it is among, and that before one that was
    opened for all sites before anybody had called. What was merged goes on as the incident that it was merged into.
    """
    going_on = [incident for incident in past if work.incidents.root(incident).is_open]
    exact = [i for i in going_on if i.version == version]
    ranged = [i for i in going_on if i.affected and version and VersionRange.parse(i.affected).contains(version)]
    fleet = [i for i in going_on if i.version is None and any(c.site is None for c in work.incidents.calls(i))]
    first = next(iter((*exact, *ranged, *fleet)), None)
    return work.incidents.root(first) if first else None
