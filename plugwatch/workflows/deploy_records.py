"""What the ledger keeps of deployments: each from its beginning, and what is known of the site once one has arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.builds.deploying import Look
from plugwatch.model.builds.deployment import BUILD, Deployment
from plugwatch.model.builds.evidence import MISSING, OTHER, PATCHED, THERE, VERIFIED, Evidence, PatchSeen
from plugwatch.model.component import Component
from plugwatch.model.incident import Event
from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.site import Site
from plugwatch.model.version import split_build
from plugwatch.workflows.inventories import ListOrigin, import_list

_SOURCE = "fork deploy"


class Ledger(Protocol):
    """Transactions on the ledger."""

    def unit_of_work(self) -> AbstractContextManager[Any]: ...

    def reading(self) -> AbstractContextManager[Any]: ...


@dataclass(frozen=True)
class PatchOf:
    """A patch of a release's stack; ``incident`` is the one that it is for."""

    id: str
    title: str
    incident: str | None


@dataclass(frozen=True)
class LedgerRecords:
    """The ledger's side of a run; ``patches`` are those of each release, by its version."""

    ledger: Ledger
    component: Component
    patches: Mapping[str, Sequence[PatchOf]]
    actor: str
    now: datetime

    def begun(self, one: Deployment) -> None:
        """Keep one that is about to begin."""
        with self.ledger.unit_of_work() as work:
            work.deployments.add(one, work.incidents.get(one.incident) if one.incident else None)

    def changed(self, one: Deployment) -> None:
        """Keep what became of it."""
        with self.ledger.unit_of_work() as work:
            work.deployments.change(one)

    def of(self, site: Site) -> Sequence[Deployment]:
        """Those of the component on the site, the first first."""
        with self.ledger.reading() as work:
            return [one for one in work.deployments.all(self.component) if one.site == site.slug]

    def arrived(self, one: Deployment, look: Look) -> None:
        """The inventory, the evidence and the incidents learn of it."""
        with self.ledger.unit_of_work() as work:
            site = work.sites.get(one.site)
            before = work.installations.current(site.id).get(self.component)
            status = before.status if before else _status(look)
            name = before.name if before else None
            installed = Installed(self.component.kind, self.component.slug, name, look.version, status)
            inventory = Inventory(_SOURCE, (installed,), knows_updates=False)
            origin = ListOrigin(_SOURCE, self.now, self.now, self.actor, partial=True)
            import_list(work, site, inventory, origin)
            work.evidence.add(self._evidence(one, look), at=self.now, actor=self.actor)
            for name in self._incidents(one):
                body = f"{self.component} {one.version} put on {one.site}"
                incident = work.incidents.root(work.incidents.get(name))
                work.incidents.add_event(incident, Event(self.now, self.now, self.actor, "deploy", "internal", body))

    def _evidence(self, one: Deployment, look: Look) -> Evidence:
        built = split_build(one.version)
        ours = one.kind == BUILD or built is not None
        base = built[0] if built else one.version
        state, seen = (PATCHED, THERE) if ours else (OTHER, MISSING)
        made = f"build {one.version}" if ours else f"the vendor's {one.version}"
        return Evidence(
            component=self.component,
            site=one.site,
            state=state,
            certainty=VERIFIED,
            version=look.version,
            why=f"we put {made} there, and its files are there",
            taken_from="the site's own sums, asked after it was put there",
            build=one.version if ours else None,
            release=base,
            patches=tuple(PatchSeen(patch.id, patch.title, seen) for patch in self._patches(one)),
        )

    def _patches(self, one: Deployment) -> Sequence[PatchOf]:
        return self.patches.get(one.version, ())

    def _incidents(self, one: Deployment) -> list[str]:
        named = [patch.incident for patch in self._patches(one)] if split_build(one.version) else []
        return list(dict.fromkeys(name for name in (one.incident, *named) if name))


def _status(look: Look) -> str:
    told = " ".join(look.active)
    return next((word for word in ("active-network", "active", "parent") if told.startswith(word)), "inactive")
