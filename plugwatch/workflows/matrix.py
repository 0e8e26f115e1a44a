"""Which patches are on which sites: put together from inventories, looks and deployments; no fork is opened for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from plugwatch.errors import NotFoundError
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import BUILD, DONE, STOCK, Deployment
from plugwatch.model.evidence.claims import claim, newest_stack
from plugwatch.model.evidence.evidence import (
    CLAIMED,
    LOST,
    MISSING,
    OTHER,
    PATCHED,
    TAMPERED,
    THERE,
    UNSURE,
    VERIFIED,
    Evidence,
)
from plugwatch.model.evidence.known import carried_at
from plugwatch.model.evidence.matrix import OnSite, is_stale, lost_sentence
from plugwatch.model.fork import StackEntry
from plugwatch.model.site import InstalledOn
from plugwatch.model.today import LostBuild
from plugwatch.model.version import split_build

__all__ = ["Work", "lost_sentence", "matrix"]


class Build(Protocol):
    """A build of ours."""

    @property
    def version(self) -> str: ...

    @property
    def base_version(self) -> str: ...

    @property
    def patches(self) -> tuple[str, ...]: ...


class ForkView(Protocol):
    """A fork as it stands."""

    @property
    def component(self) -> Component: ...

    @property
    def stacks(self) -> Mapping[str, Sequence[StackEntry]]: ...

    @property
    def builds(self) -> Sequence[Build]: ...


class Work(Protocol):
    """One state of the ledger."""

    @property
    def clients(self) -> Any: ...

    @property
    def sites(self) -> Any: ...

    @property
    def installations(self) -> Any: ...

    @property
    def findings(self) -> Any: ...

    @property
    def evidence(self) -> Any: ...

    @property
    def deployments(self) -> Any: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def impacts(self) -> Any: ...


@dataclass(frozen=True)
class _Place:
    """What the ledger holds of one component on one site."""

    site: str
    now: InstalledOn | None
    lost: LostBuild | None
    look: Evidence | None
    put: Deployment | None
    was_handed_back: bool = False

    @property
    def build(self) -> str | None:
        """The build of ours that was last known there."""
        if self.now and self.now.build:
            return self.now.build
        put = self.put.version if self.put and self.put.kind == BUILD else None
        seen = self.look.build if self.look else None
        return put or (self.lost.before if self.lost else None) or seen


def matrix(work: Work, views: Iterable[ForkView], *, now: datetime) -> list[OnSite]:
    """Every site that runs, ran or should run a build of ours, by component and site.

    The newest of inventory and look counts: a look that is older than a list with another version is a claim no more.
    ``now`` is the moment of the command; nothing that is younger counts.
    """
    built = [view for view in views if view.builds]
    known = _Ledger(work, now, built[0].component if len(built) == 1 else None)
    found = [row for view in built for row in known.rows(view)]
    return known.name_incidents(found)


class _Ledger:
    """The facts of all forks, each kind in one question."""

    def __init__(self, work: Work, now: datetime, only: Component | None) -> None:
        self._work = work
        self._lost = {(one.site, one.component): one for one in work.findings.lost_builds()}
        self._looks = {key: one for key, one in work.evidence.newest(only).items() if not one.at or one.at <= now}
        self._put = {(one.site, one.component): one for one in work.deployments.all() if one.state == DONE}
        self._clients = {one.slug: one.name for one in work.clients.list()}
        self._owners: dict[str, str] | None = None

    def rows(self, view: ForkView) -> Iterator[OnSite]:
        """The sites of one fork."""
        component = view.component
        running = {one.site: one for one in self._work.installations.where(component)}
        sites = {site for site, one in running.items() if one.build}
        sites |= {site for site, kind in (*self._lost, *self._put) if kind == component}
        sites |= {site for (site, kind), one in self._looks.items() if kind == component and one.build}
        fork = _Fork(view)
        for site in sorted(sites):
            key = (site, component)
            place = _Place(site, running.get(site), self._lost.get(key), self._looks.get(key), self._put.get(key))
            place = replace(place, was_handed_back=self._was_handed_back(place, component))
            if place.build and (place.now or not self._is_gone(site, component)):
                client = place.now.client if place.now else self._owner(site)
                yield fork.row(place, client, self._clients.get(client, client))

    def _was_handed_back(self, place: _Place, component: Component) -> bool:
        """Whether it was us who put the vendor's release there, and no build of ours has come since; updates may."""
        put, now = place.put, place.now
        if put is None or put.kind != STOCK or now is None or now.build:
            return False
        if put.version == now.version:
            return True
        since = put.finished_at or put.started_at
        if place.look and place.look.build and place.look.at and place.look.at > since:
            return False
        events = self._work.installations.history(self._work.sites.get(place.site).id, since=since)
        later = (one.after for one in events if one.component == component and one.at > since)
        return not any(after and after.build for after in later)

    def _is_gone(self, site: str, component: Component) -> bool:
        """Whether a site had it and its newest list does not show it any more."""
        return component in self._work.installations.closed_before(self._work.sites.get(site).id)

    def _owner(self, site: str) -> str:
        if self._owners is None:
            self._owners = {one.slug: one.client for one in self._work.sites.list()}
        return self._owners.get(site, "")

    def name_incidents(self, rows: list[OnSite]) -> list[OnSite]:
        """Of a lost row's incidents those that the client was hit by, where there is one."""
        hit = lru_cache(maxsize=None)(self._clients_of)
        named = []
        for row in rows:
            own = tuple(one for one in row.incidents if row.client in hit(one)) if row.is_lost else ()
            named.append(replace(row, incidents=own) if own else row)
        return named

    def _clients_of(self, incident: str) -> frozenset[str]:
        try:
            found = self._work.incidents.get(incident)
        except NotFoundError:
            return frozenset()
        sites = {one.site for one in self._work.impacts.of_incident(found)}
        sites |= {one.site for one in self._work.incidents.calls(found) if one.site}
        return frozenset(map(self._owner, sites))


class _Fork:
    """One fork, and what the versions on its sites claim."""

    def __init__(self, view: ForkView) -> None:
        self._component = view.component
        self._builds = {one.version: (one.base_version, one.patches) for one in view.builds}
        self._stacks = {version: tuple(e.patch.id for e in stack) for version, stack in view.stacks.items()}
        entries = [entry for stack in view.stacks.values() for entry in stack]
        self._incidents = {entry.patch.id: entry.patch.incident for entry in entries}
        self._wanted = self._newest_build()
        self._claim = lru_cache(maxsize=4096)(self._claimed)

    def _newest_build(self) -> str | None:
        """The build that sites should run: of the newest stack, the newest that was made of it."""
        newest = newest_stack(self._stacks)
        if newest is None or not self._stacks[newest]:
            return None
        made = [version for version, (base, _patches) in self._builds.items() if base == newest]
        return max(made, key=_number, default=None)

    def row(self, place: _Place, client: str, client_name: str) -> OnSite:
        """The row of a site."""
        now, look, build = place.now, place.look, place.build
        fresh = look is not None and not is_stale(look, now)
        if look and fresh:
            version, runs = look.version, look.release if look.certainty == VERIFIED else look.version
            state, certainty, why, patches = self._seen(look, build)
        else:
            version = runs = now.version if now else None
            certainty, (state, why, patches) = CLAIMED, self._claim(version, build)
        if place.was_handed_back and state == LOST and place.put:
            state, why = OTHER, f"we put the vendor's {place.put.version} there ourselves, and no build has come since"
        elif state == LOST and build and self._has_kept(build, runs):
            state, why = OTHER, f"{why}; all that our build {build} had is there, what is missing was never there"
        return OnSite(
            site=place.site,
            client=client,
            client_name=client_name,
            component=self._component,
            build=build,
            wanted=self._wanted,
            patches=patches,
            state=state,
            certainty=certainty,
            version=version or (now.version if now else None),
            seen_at=_newest(look.at if look and fresh else None, now.last_seen if now else None),
            why=why,
            incidents=self._incidents_of([one for one, _state in patches]),
            handed_back=place.was_handed_back,
            is_inactive=now is not None and now.status == "inactive",
        )

    def _has_kept(self, build: str, version: str | None) -> bool:
        """Whether all that a build was for has landed in what runs now: what else belongs there was never there."""
        base, had = self._builds.get(build, ("", ()))
        carried = carried_at(self._stacks, version) if version else None
        before = self._stacks.get(base, ())  # a patch that somebody took out is not on it any more
        return bool(had) and carried is not None and all(one in before and one not in carried for one in had)

    def _seen(self, look: Evidence, build: str | None) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
        """What a look says by the patches that are carried now: since then one may have landed, or been made.

        Files that were not as they should be then have not been compared with what should be there now.
        """
        known = tuple((one.patch, one.state) for one in look.patches)
        there = {patch for patch, state in known if state == THERE}
        release = look.release if look.certainty == VERIFIED else look.version
        carried = carried_at(self._stacks, release) if release else None
        if look.build or look.state in (TAMPERED, OTHER) or carried is None:
            here = {patch for patch, _state in known}
            late = tuple((one, MISSING) for one in carried or () if one not in here)
            return look.state, look.certainty, look.why, known + late
        if carried and (look.state != PATCHED or there.issuperset(carried)):
            return look.state, look.certainty, look.why, known
        state, why, patches = self._claim(release, build)
        return state, CLAIMED if look.total else look.certainty, why, patches

    def _claimed(self, version: str | None, build: str | None) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        state, why, patches = claim(version, self._builds, self._stacks, build)
        seen = {PATCHED: THERE, LOST: MISSING}.get(state, UNSURE)
        rows = [(one, seen) for one in patches]
        if state == PATCHED and version in self._builds:
            carried = carried_at(self._stacks, self._builds[version][0]) or ()
            rows += [(one, MISSING) for one in carried if one not in patches]
        return state, why, tuple(rows)

    def _incidents_of(self, patches: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for one in map(self._incidents.get, patches) if one))


def _newest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one), default=None)


def _number(build: str) -> int:
    parts = split_build(build)
    return parts[1] if parts else 0
