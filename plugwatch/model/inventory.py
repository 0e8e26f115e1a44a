"""What one list says is installed on a site, and how that differs from what was known before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.signs import read_sign

STATUSES = ("active", "inactive", "active-network", "must-use", "dropin", "parent", "unknown")
UNKNOWN_STATUS = "unknown"
BY_HAND = "by-hand"  # the format of a version that somebody told us, which is no look at the site


@dataclass(frozen=True, slots=True)
class Installed:
    """One component as a list shows it; what the list does not say is None (for the status: ``unknown``).

    ``slug`` is the folder or file name on the site, ``name`` the display name; ``status`` is one of STATUSES. ``sign``
    is what the list itself tells of a code that is not the vendor's (see :mod:`plugwatch.model.signs`).
    """

    kind: str
    slug: str | None
    name: str | None
    version: str | None
    status: str
    update_version: str | None = None
    auto_update: bool | None = None
    sign: str | None = None

    @property
    def component(self) -> Component | None:
        """The component's identity, or None where the list shows display names only."""
        return None if self.slug is None else Component(self.kind, self.slug)


class Unparsed(NamedTuple):
    """A line (counted from 1; 0: a file of a folder) that could be data and was not understood."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that one list of one site says.

    ``complete_kinds`` holds the kinds of which the list names all: what is missing there is not installed any more.
    ``address`` is the site's own as the list tells it; it is compared and never kept. ``knows_updates`` is False where
    the site could not ask for updates, so that none in the list does not mean none.
    """

    format: str
    components: tuple[Installed, ...]
    wordpress_version: str | None = None
    php_version: str | None = None
    unparsed: tuple[Unparsed, ...] = ()
    warnings: tuple[str, ...] = ()
    complete_kinds: frozenset[str] = frozenset()
    knows_updates: bool = True
    address: str | None = None


class SiteList(NamedTuple):
    """One site in the output of several: its name there (``@alias``, or what a column says) and what it runs.

    ``inventory`` is None where only the site itself is named, or where ``error`` says why its part could not be read.
    ``source`` is where its list can be fetched from later (``site add --source``).
    """

    name: str
    inventory: Inventory | None
    client: str | None = None
    url: str | None = None
    error: str | None = None
    source: str | None = None


class Fleet(NamedTuple):
    """What one text says of several sites."""

    format: str
    sites: tuple[SiteList, ...]
    unparsed: tuple[Unparsed, ...] = ()
    warnings: tuple[str, ...] = ()


class Change(NamedTuple):
    """One component before and after: ``before`` is None where it came, ``after`` is None where it went."""

    component: Component
    before: Installed | None
    after: Installed | None


class Changes(NamedTuple):
    """The difference that a list makes; ``unresolved`` are its rows that name no slug."""

    added: tuple[Change, ...]
    changed: tuple[Change, ...]
    removed: tuple[Change, ...]
    unchanged: int
    unresolved: tuple[Installed, ...]


def to_json(found: Inventory | Fleet) -> dict[str, Any]:
    """The document that ``plugwatch inventory read --json`` prints."""
    if isinstance(found, Inventory):
        return _inventory_json(found)
    return {
        "format": found.format,
        "sites": [
            {"alias": site.name, "client": site.client, "url": site.url, "error": site.error}
            | (_inventory_json(site.inventory) if site.inventory else {})
            for site in found.sites
        ],
        "unparsed": [{"line": unparsed.line, "text": unparsed.text} for unparsed in found.unparsed],
        "warnings": list(found.warnings),
    }


def _inventory_json(inventory: Inventory) -> dict[str, Any]:
    return {
        "format": inventory.format,
        "wordpress_version": inventory.wordpress_version,
        "php_version": inventory.php_version,
        "components": [
            {
                "kind": installed.kind,
                "slug": installed.slug,
                "name": installed.name,
                "version": installed.version,
                "status": installed.status,
                "update_version": installed.update_version,
                "auto_update": installed.auto_update,
                "sign": read_sign(installed.version, installed.sign),
            }
            for installed in inventory.components
        ],
        "unparsed": [{"line": unparsed.line, "text": unparsed.text} for unparsed in inventory.unparsed],
        "warnings": list(inventory.warnings),
    }


def diff(before: Mapping[Component, Installed], inventory: Inventory, *, partial: bool) -> Changes:
    """What the list changes in what was known.

    A component has changed when the list gives another version or another status; an unknown version or status is no
    change. What the list does not name is removed only where its kind is complete and the list is not ``partial``; a
    kind with unresolved rows is not closed either, because one of them may be the missing component. WordPress and PHP
    take part as components, which are never removed. The first of several rows of a component wins.
    """
    after: dict[Component, Installed] = {}
    unresolved = []
    for installed in listed(inventory):
        component = installed.component
        if component is None:
            unresolved.append(installed)
        else:
            after.setdefault(component, installed)
    closing = frozenset[str]() if partial else inventory.complete_kinds - {row.kind for row in unresolved} - {CORE.kind}
    known = [Change(component, before[component], row) for component, row in after.items() if component in before]
    changed = tuple(change for change in known if _differs(change))
    return Changes(
        added=tuple(Change(component, None, row) for component, row in after.items() if component not in before),
        changed=changed,
        removed=tuple(
            Change(component, row, None)
            for component, row in before.items()
            if component.kind in closing and component not in after
        ),
        unchanged=len(known) - len(changed),
        unresolved=tuple(unresolved),
    )


def listed(inventory: Inventory) -> tuple[Installed, ...]:
    """Everything that a list shows, with the WordPress and the PHP that the site runs on as components."""
    platform = ((CORE, "WordPress", inventory.wordpress_version), (PHP, "PHP", inventory.php_version))
    return (
        *inventory.components,
        *(Installed(one.kind, one.slug, name, version, "active") for one, name, version in platform if version),
    )


def listed_with(kind: str, slug: str | None = None) -> str:
    """Which lists name a component: ``plugin`` (with must-use plugins and drop-ins), ``theme``, or the platform's slug.

    'wp plugin list' shows the first, 'wp theme list' the second; WordPress and PHP are each told for themselves.
    """
    if kind == "core":
        return slug or kind
    return "theme" if kind == "theme" else "plugin"


def _differs(change: Change) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return True
    new_version = after.version is not None and after.version != before.version
    return new_version or (after.status != UNKNOWN_STATUS and after.status != before.status)
