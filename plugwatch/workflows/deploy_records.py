"""What the ledger keeps of deployments: each from its beginning, and what is known of the site once one has arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.model.component import Component
from plugwatch.model.deployments.deploying import Copy, Look
from plugwatch.model.deployments.deployment import BUILD, Deployment
from plugwatch.model.evidence.evidence import (
    LOST,
    MISSING,
    OTHER,
    PATCHED,
    TAMPERED,
    THERE,
    VERIFIED,
    Evidence,
    PatchSeen,
)
from plugwatch.model.evidence.known import carried_at
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

    def arrived(self, one: Deployment, look: Look, found: Copy | None) -> None:
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
            work.evidence.add(self._evidence(one, look, found), at=self.now, actor=self.actor)
            for name in self._incidents(one):
                body = f"{self.component} {one.version} put on {one.site}"
                incident = work.incidents.root(work.incidents.get(name))
                work.incidents.add_event(incident, Event(self.now, self.now, self.actor, "deploy", "internal", body))

    def _evidence(self, one: Deployment, look: Look, found: Copy | None) -> Evidence:
        state, why, patches = self._judge(found)
        return Evidence(
            component=self.component,
            site=one.site,
            state=state,
            certainty=VERIFIED,
            version=look.version,
            why=why,
            taken_from="the site's own sums, asked after it was put there",
            build=found.version if found and found.kind == BUILD else None,
            release=found.base if found else None,
            patches=patches,
        )

    def _judge(self, found: Copy | None) -> tuple[str, str, tuple[PatchSeen, ...]]:
        """State, reason and patches of what was put there, as ``fork verify`` has them; None is a copy nobody knows."""
        if found is None:
            return TAMPERED, "we put back what was there before, which is neither a release nor a build of ours", ()
        what = str(found) if found.kind == BUILD else f"the vendor's {found}"
        why = f"we put {what} there, and its files are there"
        if found.kind == BUILD:
            return PATCHED, why, _seen(self.patches.get(found.version, ()), THERE)
        stacks = {version: tuple(one.id for one in patches) for version, patches in self.patches.items()}
        carried = carried_at({version: ids for version, ids in stacks.items() if not split_build(version)}, found.base)
        if carried is None:
            return OTHER, f"{why}; it is older than every release with patches", ()
        if not carried:
            return PATCHED, f"{why}; no patch is carried on it, so this is as it should be", ()
        known = {one.id: one for patches in self.patches.values() for one in patches}
        return LOST, f"{why}, without our patches", _seen([known[one] for one in carried], MISSING)

    def _incidents(self, one: Deployment) -> list[str]:
        named = [patch.incident for patch in self.patches.get(one.version, ())] if split_build(one.version) else []
        return list(dict.fromkeys(name for name in (one.incident, *named) if name))


def _seen(patches: Sequence[PatchOf], state: str) -> tuple[PatchSeen, ...]:
    return tuple(PatchSeen(patch.id, patch.title, state) for patch in patches)


def _status(look: Look) -> str:
    told = " ".join(look.active)
    return next((word for word in ("active-network", "active", "parent") if told.startswith(word)), "inactive")
