"""Take a list of what is installed on a site into its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import InputError, LedgerError
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.history import Rename, find_renames
from plugwatch.model.hold import Hold, is_broken_by
from plugwatch.model.inventory import UNKNOWN_STATUS, Changes, Installed, Inventory, diff
from plugwatch.model.site import Import, Installation, Nameless, Site, same_site
from plugwatch.workflows.recurrence import Recurrence, Watch, reopen_all

_MANY = 5  # components that nobody removes at once by chance
_EVERYWHERE = frozenset({"active-network", "must-use", "dropin"})
_SHOWN = 5


class Installations(Protocol):
    """What the ledger keeps of what runs where."""

    def current(self, site_id: str) -> Mapping[Component, Installation]: ...

    def apply_changes(
        self,
        site_id: str,
        inventory: Inventory,
        changes: Changes,
        *,
        at: datetime,
        since: Mapping[Component, datetime],
    ) -> None: ...

    def closed_before(self, site_id: str) -> set[Component]: ...


class Imports(Protocol):
    """The record of imports."""

    def add(self, site_id: str, record: Import) -> Import: ...


class Sites(Protocol):
    """The sites of the ledger."""

    def sharing_with(self, site: Site) -> Sequence[Site]: ...


class UnresolvedRows(Protocol):
    """What lists show by display name only."""

    def of_site(self, site_id: str) -> Sequence[Nameless]: ...

    def keep(self, site_id: str, rows: Iterable[Nameless]) -> None: ...


class Holds(Protocol):
    """Versions that no site should get."""

    def open(self) -> Mapping[Component, Sequence[Hold]]: ...


class UnitOfWork(Protocol):
    """One transaction on the ledger."""

    @property
    def holds(self) -> Holds: ...

    @property
    def installations(self) -> Installations: ...

    @property
    def imports(self) -> Imports: ...

    @property
    def sites(self) -> Sites: ...

    @property
    def unresolved(self) -> UnresolvedRows: ...

    @property
    def incidents(self) -> Any: ...

    @property
    def impacts(self) -> Any: ...


@dataclass(frozen=True)
class ListOrigin:
    """Where a list comes from: when it was made, when it is read, by whom, and whether it names everything.

    ``partial`` and ``complete`` are what a person says of it; without either it is judged by what it holds.
    """

    source: str
    at: datetime
    now: datetime
    actor: str
    partial: bool = False
    dry_run: bool = False
    complete: bool = False


@dataclass(frozen=True)
class Result:
    """What an import did, or with a dry run would do.

    ``returned`` are added components that had been removed before, ``renamed`` those whose folder got another name;
    ``shared`` are the other sites of the same network, whose files are the same ones; ``recurrences`` are incidents
    that are open again, since a site shows the bad version once more.
    """

    changes: Changes
    warnings: tuple[str, ...]
    partial: bool
    returned: tuple[Component, ...] = ()
    renamed: tuple[Rename, ...] = ()
    shared: tuple[Site, ...] = ()
    recurrences: tuple[Recurrence, ...] = ()


def import_list(
    work: UnitOfWork, site: Site, inventory: Inventory, origin: ListOrigin, watch: Watch | None = None
) -> Result:
    """Compare a list with what is known of a site and, unless it is a dry run, keep the difference.

    A list that names nothing closes nothing: an empty answer is more often a failure than a site without plugins. The
    sites of a network run the same files, so what the list says of versions holds for all of them. An incident that was
    over is opened again where the list shows its version; ``watch`` is what a run of many lists shares.
    """
    warnings = list(inventory.warnings)
    before = work.installations.current(site.id)
    inventory = _without_older_platform(inventory, before, origin.at, warnings)
    partial = origin.partial or bool(inventory.components and not inventory.complete_kinds)
    if not inventory.components and inventory.complete_kinds and before:
        partial = True
        warnings.append("the list is empty, so nothing was taken for removed")
    _refuse_other_site(site, inventory)
    _refuse_themes_as_plugins(site, before, inventory)
    changes = diff(before, inventory, partial=partial)
    if not partial and not origin.complete and _loses_most(before, changes):
        partial = True
        warnings.append(
            f"it lacks {len(changes.removed)} of the known components, so nothing was taken for removed; if it really "
            f"is the list of {site.slug}, import it again with --complete"
        )
        changes = diff(before, inventory, partial=True)
    if not partial:
        warnings += _perhaps_removed(before, inventory, changes)
    warnings += broken_holds(changes, work.holds.open())
    gone_once = work.installations.closed_before(site.id) if changes.added and before else set()
    shared = tuple(work.sites.sharing_with(site))
    watch = watch or Watch()
    back = watch.find(work, site, changes, at=origin.at)
    if not origin.dry_run:
        origin = replace(origin, partial=partial)
        _keep(work, site, inventory, changes, origin)
        for other in shared:
            kept = _keep_elsewhere(work, other, inventory, replace(origin, source=f"{site.slug}'s list"))
            back += watch.find(work, other, kept, at=origin.at)
        reopen_all(work, back, actor=origin.actor, now=origin.now)
    return Result(
        changes,
        tuple(warnings),
        partial,
        returned=tuple(change.component for change in changes.added if change.component in gone_once),
        renamed=find_renames(changes),
        shared=shared,
        recurrences=tuple(back),
    )


def _without_older_platform(
    inventory: Inventory, before: Mapping[Component, Installation], at: datetime, warnings: list[str]
) -> Inventory:
    """The list without a version of WordPress or PHP where a newer one is known, such as one told by hand today."""
    newer = [one for one in (CORE, PHP) if one in before and before[one].last_seen > at]
    told = {CORE: inventory.wordpress_version, PHP: inventory.php_version}
    warnings += [f"a newer version of {one} than the list's {told[one]} is known already" for one in newer if told[one]]
    return replace(
        inventory,
        wordpress_version=None if CORE in newer else inventory.wordpress_version,
        php_version=None if PHP in newer else inventory.php_version,
    )


def _refuse_other_site(site: Site, inventory: Inventory) -> None:
    """Raise InputError for a report that says itself that it is of another site."""
    if inventory.address and site.url and not same_site(inventory.address, site.url):
        raise InputError(
            f"the report is of {inventory.address}, and {site.slug} has the address {site.url}; import it into the "
            f"other site, or correct the address with 'plugwatch site set {site.slug} --url URL'"
        )


def _refuse_themes_as_plugins(site: Site, before: Mapping[Component, Installed], inventory: Inventory) -> None:
    """Raise InputError where all plugins of a list are known as themes of the site, since nothing else tells them
    apart."""
    plugins = [row.slug for row in inventory.components if row.kind == "plugin" and row.slug]
    known = [slug for slug in plugins if Component("theme", slug) in before and Component("plugin", slug) not in before]
    if len(known) == len(plugins) > 1:
        raise InputError(
            f"{', '.join(known[:_SHOWN])} {'is a theme' if len(known) == 1 else 'are themes'} of {site.slug}; "
            "import the list with --type themes"
        )


def _loses_most(before: Mapping[Component, Installed], changes: Changes) -> bool:
    """Whether a list lacks most of what is known, as another site's list does, and a cut one that looks whole."""
    kinds = {change.component.kind for change in changes.removed}
    known = sum(component.kind in kinds for component in before)
    return len(changes.removed) >= _MANY and len(changes.removed) > known / 2


def broken_holds(changes: Changes, holds: Mapping[Component, Sequence[Hold]]) -> list[str]:
    """A sentence for each version that has come to the site although it is held."""
    return [
        f"{change.component} {change.after.version} is on the site although {hold.incident} holds {hold.versions}: "
        f"{hold.reason}"
        for change in (*changes.added, *changes.changed)
        for hold in holds.get(change.component, ())
        if change.after and is_broken_by(hold, change.after.version)
    ]


def _perhaps_removed(before: Mapping[Component, Installed], inventory: Inventory, changes: Changes) -> list[str]:
    """A sentence where the list lacks what its kind should name, but a row without a slug may be just that."""
    kinds = {row.kind for row in changes.unresolved} & inventory.complete_kinds
    if not kinds:
        return []
    named = {row.component for row in inventory.components}
    missing = sorted(str(component) for component in before if component.kind in kinds and component not in named)
    if not missing:
        return []
    shown = f"{', '.join(missing[:_SHOWN])}{' …' if len(missing) > _SHOWN else ''}"
    return [f"a row without a slug may be {shown}; nothing of that kind was taken for removed"]


def as_seen_by_other_site(inventory: Inventory, known: Mapping[Component, Installed]) -> Inventory:
    """What a list of one site of a network says of another one, of which ``known`` is known.

    Files and versions are the same. Must-use plugins, drop-ins and what is active in the whole network are on
    everywhere; what else is active is each site's own matter. What stops being active in the network is off elsewhere,
    because WordPress does not let a site activate it for itself meanwhile.
    """
    return replace(inventory, components=tuple(_elsewhere(installed, known) for installed in inventory.components))


def _elsewhere(installed: Installed, known: Mapping[Component, Installed]) -> Installed:
    if installed.status in _EVERYWHERE or installed.component is None:
        return installed
    there = known.get(installed.component)
    ended = there is not None and there.status == "active-network" and installed.status != UNKNOWN_STATUS
    return replace(installed, status="inactive" if ended else UNKNOWN_STATUS)


def _keep_elsewhere(work: UnitOfWork, site: Site, inventory: Inventory, origin: ListOrigin) -> Changes:
    """Keep what the list of another site of the network says of this one, and return it."""
    known = work.installations.current(site.id)
    same = as_seen_by_other_site(inventory, known)
    changes = diff(known, same, partial=origin.partial)
    try:
        _keep(work, site, same, changes, origin)
    except LedgerError as error:
        raise LedgerError(f"{site.slug}, of the same network: {error}") from error
    return changes


def _keep(work: UnitOfWork, site: Site, inventory: Inventory, changes: Changes, origin: ListOrigin) -> None:
    nameless = work.unresolved.of_site(site.id)
    seen = {_called(row.kind, row.name): row.first_seen for row in nameless}
    # What was on the site under a name that nobody had resolved yet has not come today.
    since = {
        change.component: seen[_called(change.after.kind, change.after.name)]
        for change in changes.added
        if change.after and _called(change.after.kind, change.after.name) in seen
    }
    work.installations.apply_changes(site.id, inventory, changes, at=origin.at, since=since)
    if nameless or changes.unresolved:
        work.unresolved.keep(site.id, _still_nameless(site, nameless, inventory, changes, origin))
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
            complete_kinds=frozenset() if origin.partial else inventory.complete_kinds,
        ),
    )


def _still_nameless(
    site: Site, before: Sequence[Nameless], inventory: Inventory, changes: Changes, origin: ListOrigin
) -> list[Nameless]:
    """The rows without a slug after an import: its own, and earlier ones that it neither names nor shows to be gone."""
    complete = frozenset[str]() if origin.partial else inventory.complete_kinds
    named = {_called(row.kind, row.name) for row in inventory.components if row.slug}
    kept = {_called(row.kind, row.name): row for row in before}
    found = {key: row for key, row in kept.items() if row.kind not in complete and key not in named}
    for row in changes.unresolved:
        key = _called(row.kind, row.name)
        first = kept[key].first_seen if key in kept else origin.at
        found[key] = Nameless(site.slug, row.kind, row.name or "", row.version, row.status, first)
    return list(found.values())


def _called(kind: str, name: str | None) -> tuple[str, str]:
    return kind, (name or "").casefold()
