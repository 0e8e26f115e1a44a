"""Take a list of what is installed on a site into its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from plugwatch.model.component import Component
from plugwatch.model.inventory import Changes, Inventory, diff
from plugwatch.model.site import Import, Installation, Site


class Installations(Protocol):
    """What the ledger keeps of what runs where."""

    def current(self, site_id: str) -> Mapping[Component, Installation]: ...

    def apply_changes(self, site_id: str, inventory: Inventory, changes: Changes, *, at: datetime) -> None: ...


class Imports(Protocol):
    """The record of imports."""

    def add(self, site_id: str, record: Import) -> Import: ...


class Sites(Protocol):
    """The sites of the ledger."""

    def update(self, site: Site) -> None: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def installations(self) -> Installations: ...

    @property
    def imports(self) -> Imports: ...

    @property
    def sites(self) -> Sites: ...


@dataclass(frozen=True)
class ListOrigin:
    """Where a list comes from: when it was made, when it is read, by whom, and whether it names everything."""

    source: str
    at: datetime
    now: datetime
    actor: str
    partial: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Result:
    """What an import did, or with a dry run would do."""

    changes: Changes
    warnings: tuple[str, ...]
    partial: bool


def import_list(work: UnitOfWork, site: Site, inventory: Inventory, origin: ListOrigin) -> Result:
    """Compare a list with what is known of a site and, unless it is a dry run, keep the difference.

    A list that names nothing closes nothing: an empty answer is more often a failure than a site without plugins.
    """
    warnings = list(inventory.warnings)
    before = work.installations.current(site.id)
    partial = origin.partial
    if not inventory.components and inventory.complete_kinds and before:
        partial = True
        warnings.append("the list is empty, so nothing was taken for removed")
    changes = diff(before, inventory, partial=partial)
    if not origin.dry_run:
        _keep(work, site, inventory, changes, replace(origin, partial=partial))
    return Result(changes, tuple(warnings), partial)


def _keep(work: UnitOfWork, site: Site, inventory: Inventory, changes: Changes, origin: ListOrigin) -> None:
    work.installations.apply_changes(site.id, inventory, changes, at=origin.at)
    if inventory.php_version and inventory.php_version != site.php_version:
        work.sites.update(replace(site, php_version=inventory.php_version))
    work.imports.add(
        site.id,
        Import(
            at=origin.at,
            recorded_at=origin.now,
            format=inventory.format,
            source_name=origin.source,
            partial=origin.partial,
            added=len(changes.added),
            changed=len(changes.changed),
            removed=len(changes.removed),
            unchanged=changes.unchanged,
            unparsed=len(inventory.unparsed),
            actor=origin.actor,
        ),
    )
