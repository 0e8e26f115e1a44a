"""What is installed where, now and over time. Rows are closed and opened, never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache

from plugwatch.errors import LedgerError
from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.inventory import UNKNOWN_STATUS, Change, Changes, Installed, Inventory, listed, listed_with
from plugwatch.model.signs import read_sign
from plugwatch.model.site import Installation, InstallationChange, InstalledOn
from plugwatch.model.version import VersionRange, clean, may_be_build_of, sort_key, split_build

NOTHING_EARLIER: Mapping[Component, datetime] = {}

# Below and above every sort key: keys begin with a byte from 0x10 to 0x80.
_LOWEST, _HIGHEST = b"\x01", b"\xff"
_EVER = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Installations:
    """Components on sites. Sites are given by their id."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "installations")
        self._components = components

    def current(self, site_id: str) -> dict[Component, Installation]:
        """What is installed on a site now, as far as the newest lists say."""
        rows = self._queries.rows("current", site_id=site_id)
        return {Component(row[0], row[1]): _installation(row) for row in rows}

    def apply_changes(
        self,
        site_id: str,
        inventory: Inventory,
        changes: Changes,
        *,
        at: datetime,
        since: Mapping[Component, datetime] = NOTHING_EARLIER,
    ) -> None:
        """Write what a list of a site says: ``changes`` is its difference to :meth:`current`, ``at`` when it was made.

        ``since`` says of components that come now how long they have been there under a name that nobody had resolved.

        Raises LedgerError for a list older than what is known, since history is written forwards only.
        """
        moment = to_text(at)
        rows = self._open_rows(site_id, inventory, moment)
        gone = [change.component for change in (*changes.removed, *changes.changed)]
        told = inventory.knows_updates
        new = [_merged(change, told) for change in (*changes.added, *changes.changed)]
        opened = {component for component, _ in new}
        same = {one.component: one for one in reversed(listed(inventory)) if one.component not in opened}
        earlier = {component: to_text(first) for component, first in since.items()}
        ids = self._components.get_or_create
        self._queries.run_many("close", [{"id": rows[ids(component)], "at": moment} for component in gone])
        self._queries.run_many(
            "insert",
            [self._row(site_id, moment, *entry, told) | {"since": earlier.get(entry[0], moment)} for entry in new],
        )
        self._queries.run_many(
            "see_again",
            [{"id": rows[ids(key)], "at": moment, **_updates(one, told)} for key, one in same.items() if key],
        )

    def where(self, component: Component, versions: VersionRange | None = None) -> list[InstalledOn]:
        """Where a component is installed now, on sites with a base version in the range, in the order of their slugs.

        An unknown version lies in no range. A component that nothing has named is installed nowhere.
        """
        component_id = self._components.find(component)
        if component_id is None:
            return []
        if versions is None:
            rows = self._queries.rows("where_any", component_id=component_id)
        else:
            rows = []
            for low, high in key_spans(versions):
                rows += self._queries.rows("where_between", component_id=component_id, low=low, high=high)
        return [_installed_on(row) for row in sorted(rows, key=_slug)]

    def history(self, site_id: str, *, since: datetime | None = None) -> list[InstallationChange]:
        """What came, changed and went on a site since a moment, the newest first."""
        start = to_text(since or _EVER)
        open_rows: dict[Component, Installation] = {}
        events: list[InstallationChange] = []
        for row in self._queries.rows("history", site_id=site_id, since=start):
            component, after = Component(row[0], row[1]), _installation(row)
            before = open_rows.pop(component, None)
            if before and before.closed_at and before.closed_at != after.first_seen:
                events.append(InstallationChange(before.closed_at, component, before, None))
                before = None
            events.append(InstallationChange(after.first_seen, component, before, after))
            open_rows[component] = after
        for component, last in open_rows.items():
            if last.closed_at:
                events.append(InstallationChange(last.closed_at, component, last, None))
        recent = [event for event in events if to_text(event.at) >= start]
        recent.sort(key=lambda event: event.at)
        return recent[::-1]

    def closed_before(self, site_id: str) -> set[Component]:
        """What was on a site once in a version or status that it has no more."""
        return {Component(kind, slug) for kind, slug in self._queries.rows("closed_before", site_id=site_id)}

    def mark_build(self, component: Component, version: str, base_version: str) -> None:
        """Note that this version of a component is a build of ours on that release, wherever it has been seen."""
        self._queries.run(
            "mark_build",
            component_id=self._components.id_of(component),
            version=version,
            base_version=base_version,
            base_key=_sort_key(base_version),
        )

    def _open_rows(self, site_id: str, inventory: Inventory, at: str) -> dict[str, str]:
        """The ids of a site's current rows by component id; none that the list is about may have been seen after it."""
        rows = self._queries.rows("open_rows", site_id=site_id)
        told = {listed_with(one.kind, one.slug) for one in listed(inventory)}
        told |= {listed_with(kind) for kind in inventory.complete_kinds}
        newest = max((seen for kind, slug, _, _, seen in rows if listed_with(kind, slug) in told), default=at)
        if newest > at:
            raise LedgerError(
                f"a list of this site made at {_shown(newest)} is known already, and one made at {_shown(at)} is older "
                "and cannot change what is known; import the newest list, or give its time with --at"
            )
        return {component_id: row_id for _, _, component_id, row_id, _ in rows}

    def _row(self, site_id: str, at: str, component: Component, installed: Installed, told: bool) -> dict[str, object]:
        """A new row as the query ``insert`` takes it."""
        component_id = self._components.get_or_create(component, installed.name)
        version = installed.version
        base, build = self._base_of(component_id, version)
        return {
            "id": new_id(),
            "site_id": site_id,
            "component_id": component_id,
            "version": version,
            "version_key": _sort_key(version),
            "base_version": base,
            "base_key": _sort_key(base),
            "build": build,
            "status": installed.status,
            "at": at,
            **_updates(installed, told),
        }

    def _base_of(self, component_id: str, version: str | None) -> tuple[str | None, str | None]:
        """The vendor's version under a version seen on a site, and the version itself where it is a build of ours.

        A build that is not in the index (a colleague's fork, not synced yet) is taken to stand on a version that some
        site has shown for the component, else on the three-part version: ``1.2.3.0-p1`` on ``1.2.3``.
        """
        found = split_build(version) if version else None
        if version is None or found is None:
            return version, None
        row = self._queries.row("base_of_build", component_id=component_id, version=version)
        if row:
            return row[0], version
        for (seen,) in self._queries.rows("versions_seen", component_id=component_id):
            if may_be_build_of(version, seen):
                return seen, version
        stem = found[0]
        shorter = stem.removesuffix(".0")
        return (shorter if may_be_build_of(version, shorter) else stem), version


def key_spans(versions: VersionRange) -> list[tuple[bytes, bytes]]:
    """The sort keys of a range as spans (first key, end key), the end not included, in order and apart.

    A key followed by a zero byte is the very next one in the order of bytes, so every operator is such a span.
    """
    low, high, holes = _LOWEST, _HIGHEST, []
    for operator, version in versions.conditions:
        key = sort_key(version)
        after = key + b"\0"
        if operator in {">=", "="}:
            low = max(low, key)
        if operator == ">":
            low = max(low, after)
        if operator in {"<=", "="}:
            high = min(high, after)
        if operator == "<":
            high = min(high, key)
        if operator == "!=":
            holes.append((key, after))
    spans = []
    for start, end in sorted(holes):
        spans.append((low, min(high, start)))
        low = max(low, end)
    spans.append((low, high))
    return [(first, end) for first, end in spans if first < end]


def _merged(change: Change, told: bool) -> tuple[Component, Installed]:
    """What is installed after a change; what the list did not say is as it was before."""
    before, after = change.before, change.after
    if after is None:
        raise ValueError(f"{change.component} went, so nothing is installed after it")
    if before is None:
        return change.component, after
    same = after.version in (None, before.version)
    return change.component, Installed(
        kind=after.kind,
        slug=after.slug,
        name=after.name,
        version=before.version if after.version is None else after.version,
        status=before.status if after.status == UNKNOWN_STATUS else after.status,
        update_version=after.update_version if _tells(after, told) or not same else before.update_version,
        auto_update=before.auto_update if after.auto_update is None else after.auto_update,
        sign=after.sign or (before.sign if same else None),
    )


def _installation(row: Row) -> Installation:
    """A row of the queries ``current`` and ``history``."""
    kind, slug, name, version, status, update_version, auto_update, sign, base_version, build = row[:10]
    first, last, closed = row[10:]
    return Installation(
        kind=kind,
        slug=slug,
        name=name,
        version=version,
        status=status,
        update_version=update_version,
        auto_update=None if auto_update is None else bool(auto_update),
        sign=sign,
        base_version=base_version,
        build=build,
        first_seen=from_text(first),
        last_seen=from_text(last),
        closed_at=from_text(closed) if closed else None,
    )


def _installed_on(row: Row) -> InstalledOn:
    """A row of the queries ``where_any`` and ``where_between``."""
    site, client, tier, version, base_version, status, build, last_seen, sign = row
    return InstalledOn(
        site, client, tier, version, base_version, status, build, from_text(last_seen), read_sign(version, sign)
    )


def _shown(moment: str) -> str:
    """A stored time as a person reads it."""
    return f"{moment[:16].replace('T', ' ')} UTC"


@lru_cache(maxsize=4096)  # sites run the same versions, and most are their own base
def _sort_key(version: str | None) -> bytes | None:
    """The sort key of a version; None for an unknown one, which lies in no range."""
    return sort_key(version) if version and clean(version) else None


def _tells(installed: Installed, told: bool) -> bool:
    """Whether a list says anything about updates of a component; ``told`` as for :func:`_updates`."""
    return installed.update_version is not None or (told and installed.auto_update is not None)


def _updates(installed: Installed, told: bool) -> dict[str, object]:
    """What a list says about updates of a component; where it says nothing at all, what was known is to stay.

    ``told`` is False for a list from a site that could not ask: then no update in it does not mean that there is none.
    """
    automatic = None if installed.auto_update is None else int(installed.auto_update)
    return {
        "tells_updates": int(_tells(installed, told)),
        "update_version": installed.update_version,
        "auto_update": automatic,
        "sign": installed.sign,
    }


def _slug(row: Row) -> str:
    """The site's slug, first in the rows of ``where_any`` and ``where_between``."""
    return str(row[0])
