"""What ``fork deploy`` is made of: which sites, which copies, and the tools that reach them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugwatch.cli.context import App
from plugwatch.errors import ForkError, NotFoundError, PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.ledger.ids import new_id
from plugwatch.model.builds.build import folder_name
from plugwatch.model.component import Component
from plugwatch.model.deployments.deploying import Copy, ObstacleError
from plugwatch.model.deployments.deployment import BACK, BUILD, DONE, RUNNING, STOCK, UNKNOWN, Deployment
from plugwatch.model.incident import Incident
from plugwatch.model.site import Site
from plugwatch.model.version import sort_key
from plugwatch.workflows.deploy_records import LedgerRecords, PatchOf
from plugwatch.workflows.deploy_step import Tools

if TYPE_CHECKING:
    from plugwatch.delivery.deploy import Ground
    from plugwatch.delivery.deploy_package import Package

_AFFECTED, _IN_TRIAGE = "affected", "in_triage"
_FOLDERS = ("plugin", "theme")


@dataclass(frozen=True)
class Choice:
    """What to put there: a build (default: the newest), a release of the vendor's, or what was there before."""

    kind: str
    version: str | None = None


class Copies:
    """All builds and releases of a fork by their files, each read from git when its turn comes; the newest first."""

    def __init__(self, fork: Fork) -> None:
        self._fork = fork

    def __iter__(self) -> Iterator[Copy]:
        builds = sorted(self._fork.builds(), key=lambda one: sort_key(one.version), reverse=True)
        for build in builds:
            yield self._copy(BUILD, build.version, build.base_version, build.tree)
        for release in reversed(self._fork.releases()):
            yield self._copy(STOCK, release.version, release.version, release.tree)

    def find(self, choice: Choice) -> tuple[Copy, str]:
        """The copy that is meant and the id of its tree. Raises ForkError where the fork does not have it."""
        fork = self._fork
        builds = {one.version: one for one in sorted(fork.builds(), key=lambda one: sort_key(one.version))}
        if choice.kind == STOCK:
            if choice.version in builds:
                raise NotFoundError(f"{choice.version} is a build of ours, no release; say --build {choice.version}")
            release = fork.release(choice.version or "")
            return self._copy(STOCK, release.version, release.version, release.tree), release.tree
        if not builds:
            raise ForkError(f"{fork.component} has no build yet; make one with 'plugwatch fork build {fork.component}'")
        build = builds.get(choice.version or list(builds)[-1])
        if build is None:
            stock = choice.version in {release.version for release in fork.releases()}
            hint = f"; --stock {choice.version} is the vendor's release" if stock else ""
            raise NotFoundError(f"{fork.component} has no build {choice.version}; it has {', '.join(builds)}{hint}")
        return self._copy(BUILD, build.version, build.base_version, build.tree), build.tree

    def _copy(self, kind: str, version: str, base: str, tree: str) -> Copy:
        return Copy(kind, version, base, {path: entry.blob for path, entry in self._fork.git.tree(tree).items()})


class Workbench:
    """Packages and records of one run; ``folder`` is a temporary one for its ZIPs."""

    def __init__(self, app: App, fork: Fork, choice: Choice, folder: Path) -> None:
        self._app, self._fork, self._choice, self._folder = app, fork, choice, folder
        self._packages: dict[bool, Package] = {}
        self._begun = time.monotonic()
        self.copies = Copies(fork)

    @cached_property
    def wanted(self) -> tuple[Copy, str]:
        """The copy for all sites, and the id of its tree."""
        return self.copies.find(self._choice)

    @cached_property
    def records(self) -> LedgerRecords:
        """The ledger's side."""
        app, fork = self._app, self._fork
        stacks = {version: [entry.patch for entry in fork.stack(version)] for version in fork.stacks()}
        patches = {
            version: [PatchOf(patch.id, patch.title, patch.incident) for patch in stack]
            for version, stack in stacks.items()
        }
        patches |= {build.version: patches.get(build.base_version, []) for build in fork.builds()}
        return LedgerRecords(app.ledger, fork.component, patches, app.actor, app.now)

    def tools(self) -> Tools:
        """Everything that a deployment works with."""
        from plugwatch.inventories.sources.visit import visit

        return Tools(
            ground=self._ground,
            wanted=self._for_site,
            known=self.copies,
            records=self.records,
            visit=visit,
            lock=self._lock,
            snapshot_path=self._snapshot_path,
            pause=time.sleep,
            later=self._later,
            new_id=new_id,
        )

    def _ground(self, site: Site) -> Ground:
        from plugwatch.delivery.deploy import Ground
        from plugwatch.inventories.sources.shell import open_shell
        from plugwatch.inventories.sources.spec import SourceSite, parse_spec

        if not site.source:
            raise PlugwatchError(
                f"site '{site.slug}' has no source, so nobody knows how to reach it; give it one with "
                f"'plugwatch site set {site.slug} --source \"wp --ssh=HOST/PATH\"'"
            )
        shell = open_shell(parse_spec(site.source), SourceSite(site.slug, site.url, self._app.workspace))
        return Ground(shell, site.slug, self._fork.component)

    def _for_site(self, site: Site) -> tuple[Copy, Callable[[bool], Any]]:
        if self._choice.kind != BACK:
            return self.wanted[0], self._package
        from plugwatch.delivery.deploy_package import read_snapshot

        row = _to_take_back(self.records.of(site))
        if row is None or row.snapshot is None:
            raise ObstacleError(
                f"site '{site.slug}': nothing of {self._fork.component} was put there from here, so there is nothing "
                "to put back; choose a version with --stock V or --build B"
            )
        name = folder_name(self._fork.component)
        copy, package = read_snapshot(Path(row.snapshot), name, row.version_before or "unknown")
        return copy, lambda _single: package

    def _package(self, single: bool) -> Package:
        """The ZIP for a folder, or the one with the single file; each made once."""
        from plugwatch.delivery.deploy_package import pack

        if single not in self._packages:
            copy, tree = self.wanted
            paths = copy.as_on(self._fork.component, single)
            with self._fork.build_files(tree) as files:
                chosen = {path: files[path] for path in paths}
                out = self._folder / f"package{'-single' if single else ''}.zip"
                self._packages[single] = pack(chosen, folder_name(self._fork.component), out)
        return self._packages[single]

    def _place(self, site: Site) -> Path:
        return self._app.workspace / "snapshots" / site.slug / self._fork.component.kind

    def _snapshot_path(self, site: Site) -> Path:
        moment = self._later().astimezone(self._app.zone)
        stem = folder_name(self._fork.component)
        path = self._place(site) / f"{stem}.{moment:%Y%m%dT%H%M%S}.zip"
        number = 1
        while path.exists():
            number += 1
            path = self._place(site) / f"{stem}.{moment:%Y%m%dT%H%M%S}-{number}.zip"
        return path

    def _lock(self, site: Site) -> AbstractContextManager[object]:
        from plugwatch.forks.lock import locked

        folder = self._app.workspace / "snapshots" / site.slug
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        component = self._fork.component
        return locked(folder / f".{component.kind}.{folder_name(component)}.lock", "fork deploy", wait=0)

    def _later(self) -> datetime:
        return self._app.now + timedelta(seconds=round(time.monotonic() - self._begun))


def _to_take_back(rows: Sequence[Deployment]) -> Deployment | None:
    """The last one that left something there, and of which a snapshot is kept."""
    return next((one for one in reversed(rows) if one.snapshot and one.state in (DONE, RUNNING, UNKNOWN)), None)


def check_kind(fork: Fork) -> None:
    """Raise ObstacleError for what does not live in a folder of plugins or themes."""
    if fork.component.kind not in _FOLDERS:
        raise ObstacleError(
            f"{fork.component} is not deployed: only plugins and themes are; put its file in its place by hand, then "
            "see it there with 'plugwatch fork verify'"
        )


def choose_sites(
    app: App, fork: Fork, names: Sequence[str], affected: str | None, canary: str | None
) -> tuple[list[Site], str | None, tuple[str, ...]]:
    """The sites in their order, the canary first; the incident's name; and remarks about those that are left out."""
    with app.ledger.reading() as work:
        first = [work.sites.resolve(canary)] if canary else []
        sites = [*first, *(work.sites.resolve(name) for name in names)]
        incident = work.incidents.get(affected) if affected else None
        chosen: dict[str, Site] = {}
        remarks = []
        if incident:
            hit, undecided = _sites_of(work, incident, fork.component)
            sites += [work.sites.get(slug) for slug in hit]
            left_out = [slug for slug in undecided if slug not in {site.slug for site in sites}]
            if left_out:
                remarks.append(
                    f"left out, since nobody has said whether they are affected: {', '.join(left_out)}; say it with "
                    f"'plugwatch incident impact {incident.name} --set {left_out[0]}=affected'"
                )
        for site in sites:
            twin = next((one for one in work.sites.sharing_with(site) if one.slug in chosen), None)
            if twin:
                remarks.append(f"{site.slug} has the same files as {twin.slug}, so it is done with that one")
            else:
                chosen.setdefault(site.slug, site)
    return list(chosen.values()), incident.name if incident else None, tuple(dict.fromkeys(remarks))


def _sites_of(work: Any, incident: Incident, component: Component) -> tuple[list[str], list[str]]:
    """Which sites with the component an incident affects, and of which nobody knows; raises ObstacleError for none."""
    states = {one.site: one.state for one in work.impacts.of_incident(incident)}
    running = sorted({one.site for one in work.installations.where(component)})
    hit, undecided = ([slug for slug in running if states.get(slug) == state] for state in (_AFFECTED, _IN_TRIAGE))
    if not hit:
        raise ObstacleError(
            f"{incident.name}: no site is said to be affected that runs {component}; see "
            f"'plugwatch incident impact {incident.name}'"
        )
    return hit, undecided
