"""Step aside where the vendor has shipped the fix: know which sites still have to move, and end it with the last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import TAMPERED, VERIFIED, Evidence
from plugwatch.model.evidence.matrix import is_stale
from plugwatch.model.fork import StackEntry
from plugwatch.model.incident import Event, Incident
from plugwatch.model.patches.retirement import Dropped, Retirement
from plugwatch.model.patches.stepping import ends_with, leaving, must_move, say_waiting
from plugwatch.model.site import InstalledOn
from plugwatch.workflows.hold import narrow_verified


class BuildSeen(Protocol):
    """A build of a fork."""

    @property
    def version(self) -> str: ...

    @property
    def patches(self) -> Sequence[str]: ...


class ForkView(Protocol):
    """A fork as it stands."""

    @property
    def component(self) -> Component: ...

    @property
    def stacks(self) -> Mapping[str, Sequence[StackEntry]]: ...

    @property
    def builds(self) -> Sequence[BuildSeen]: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def retirements(self) -> Any: ...

    @property
    def installations(self) -> Any: ...

    @property
    def evidence(self) -> Any: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def holds(self) -> Any: ...

    @property
    def clients(self) -> Any: ...

    @property
    def impacts(self) -> Any: ...

    @property
    def components(self) -> Any: ...

    @property
    def forks(self) -> Any: ...


@dataclass(frozen=True)
class Stepped:
    """Patches that wait for sites, those that have left every site now, and what became of their holds, in words.

    ``sentences`` say of each that waits how many sites of whom there are to move, ``tell`` of each incident that is
    over for every site that its clients are to be told.
    """

    waiting: tuple[Retirement, ...] = ()
    retired: tuple[Retirement, ...] = ()
    sentences: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()


def waiting(work: UnitOfWork, views: Iterable[ForkView]) -> list[Retirement]:
    """Every patch on its way out whose release some site has not reached; nothing is written."""
    return [one for one in _look(work, {view.component: view for view in views}) if one.to_move]


def step_aside(work: UnitOfWork, views: Iterable[ForkView], *, actor: str, now: datetime) -> Stepped:
    """Look which sites have moved; with the last one the patch is retired, once, and what its incident holds ends.

    Holds let the fixed release through before, as soon as a fork has it. To repeat it changes nothing. A fork that
    cannot be read retires nothing, and neither does a component that no site has.
    """
    known = {view.component: view for view in views}
    found = _look(work, known)
    said = [
        line
        for component in dict.fromkeys(one.dropped.component for one in found)
        for line in narrow_verified(work, component, actor=actor, now=now)
    ]
    late = tuple(one for one in found if one.to_move)
    ended = tuple(
        replace(one, retired_at=now)
        for one in found
        if not (one.to_move or one.retired_at)
        and one.dropped.component in known
        and work.installations.where(one.dropped.component)
    )
    for one in ended:
        said += _retire(work, one.dropped, actor=actor, now=now)
    gone = [one for one in found if one.retired_at and not one.to_move]
    lines, tell = _end_incidents(work, gone, ended, actor=actor, now=now)
    names = {client.slug: client.name for client in work.clients.list()}
    return Stepped(
        waiting=late,
        retired=ended,
        sentences=tuple(say_waiting(one.dropped, one.to_move, names) for one in late),
        said=(*said, *lines),
        tell=tuple(tell),
    )


def _end_incidents(
    work: UnitOfWork, gone: Sequence[Retirement], ended: Sequence[Retirement], *, actor: str, now: datetime
) -> tuple[list[str], list[str]]:
    """What ends with the last patch of an incident: its holds, in words; and whose clients are to be told.

    They stay to be told until somebody has said that the incident is over.
    """
    left: dict[str, tuple[Incident, list[Dropped]]] = {}
    for one in (*gone, *ended):
        if one.dropped.incident:
            root = _root(work, one.dropped.incident)
            left.setdefault(root.id, (root, []))[1].append(one.dropped)
    fresh = {one.dropped.patch for one in ended}
    said: list[str] = []
    tell: list[str] = []
    for root, patches in left.values():
        ids = {one.patch for one in patches}
        others = [row for row in work.forks.patches_of_incident(root.id) if row.id not in ids]
        if any(row.is_carried or row.landed_in for row in others):
            continue
        if ids & fresh:
            said += [line for one in patches for line in _lift(work, root, one, actor=actor, now=now)]
        if root.is_open:
            tell.append(_say_told(patches[-1], root.name))
    return said, tell


def _look(work: UnitOfWork, known: Mapping[Component, ForkView]) -> list[Retirement]:
    stacks = {component: _carried(view) for component, view in known.items()}
    retired = work.retirements.retired()
    found = []
    for one in leaving(work.retirements.dropped(), stacks):
        holding = _holding(known.get(one.component), one.patch)
        looks = work.evidence.newest(one.component)
        running = ((site, looks.get((site.site, one.component))) for site in work.installations.where(one.component))
        sites = tuple(site for site, look in running if must_move(one, _as_seen(site, look), holding))
        before = retired.get((one.patch, one.version))
        # An upgrade that was undone and made again begins anew.
        found.append(Retirement(one, sites, before if before and before >= one.dropped_at else None))
    return found


def _as_seen(site: InstalledOn, look: Evidence | None) -> InstalledOn:
    """A site by its files where somebody has looked at them: what its version says may be wrong."""
    if look is None or look.at is None or look.certainty != VERIFIED or is_stale(look, site):
        return site
    base = None if look.state == TAMPERED else look.release
    return site._replace(base_version=base, build=look.build, last_seen=max(site.last_seen, look.at))


def _carried(view: ForkView) -> dict[str, frozenset[str]]:
    """The patches on each release that has a stack."""
    return {version: frozenset(entry.patch.id for entry in stack) for version, stack in view.stacks.items()}


def _holding(view: ForkView | None, patch: str) -> Collection[str]:
    return frozenset(build.version for build in view.builds if patch in build.patches) if view else frozenset()


def _retire(work: UnitOfWork, one: Dropped, *, actor: str, now: datetime) -> list[str]:
    line = f"{one.patch} retired: every site is on {one.version} or later"
    work.retirements.retire(one, at=now, actor=actor)
    if one.incident:
        event = Event(now, now, actor, "patch", "internal", line)
        work.incidents.add_event(_root(work, one.incident), event)
    return [f"{one.component}: {line}"]


def _lift(work: UnitOfWork, incident: Incident, one: Dropped, *, actor: str, now: datetime) -> list[str]:
    """End what the incident of a patch holds before its release: no site can get there any more by an update."""
    said = []
    why = f"every site is on {one.version}, which has our fix"
    for hold in work.holds.of_incident(incident):
        if hold.lifted_at is None and hold.component == one.component and ends_with(hold, one.version):
            work.holds.lift(hold, at=now, actor=actor, why=why)
            line = f"no longer: {hold.component} {hold.versions}: {why}"
            work.incidents.add_event(incident, Event(now, now, actor, "hold", "internal", line))
            said.append(f"hold of {incident.name}: {line}")
    return said


def _root(work: UnitOfWork, name: str) -> Incident:
    """The incident of a name, or what it turned out to be."""
    incident: Incident = work.incidents.get(name)
    while incident.merged_into:
        incident = work.incidents.get(incident.merged_into)
    return incident


def _say_told(one: Dropped, incident: str) -> str:
    return (
        f"{incident}: every site is on {one.component} {one.version}, which has our fix ({one.title}); tell the "
        f"clients with 'plugwatch incident tell {incident}'"
    )
