"""What was read from tables as one inventory or, where their rows name sites, as a fleet.

A table does not say that it names everything: somebody may have deleted rows or listed what was worth a line. So a kind
is complete only on evidence: the table counts its own rows, or it is an export that lists both what is active and what
is not. What documents show (``exported=False``) is never complete, and neither are must-use plugins and drop-ins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints, Text, shorten
from plugwatch.inventories.limits import TOO_MANY, Missed, check_count
from plugwatch.inventories.tables.rows import NO_LINKS, Entry, Links, RowReader, Table
from plugwatch.inventories.tables.sites import tell_apart
from plugwatch.inventories.values import MAX_COMPONENTS, without_doubles
from plugwatch.model.inventory import Fleet, Installed, Inventory, SiteList

_ACTIVE = {"active", "active-network"}
_CLOSING = ("plugin", "theme")


@dataclass
class Draft:
    """Everything that a format has found in its text: the tables, and the lines that were not understood."""

    text: Text
    tables: list[Table] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        self.missed = Missed(self.text.source)

    def add(
        self, table: Table, line: int, cells: Sequence[str], links: Links = NO_LINKS, *, apart: bool = False
    ) -> None:
        """Take a row of a table. Raises InputError where there are more than one site has, and no others in it."""
        self.rows += 1
        if table.layout.places.keys().isdisjoint(("site", "url")):
            check_count(self.rows, self.text.source)
        table.add(line, cells, links, apart=apart)


def assemble_tables(name: str, draft: Draft, hints: Hints, *, exported: bool) -> Inventory | Fleet:
    """The inventory or fleet of all tables.

    Raises InputError where only some of them say which site they are of, where no site could be read of those that say
    it, and where one site cannot have so much.
    """
    readers = [RowReader(table, hints, draft.warnings) for table in draft.tables]
    read = [reader.read(draft.missed) for reader in readers]
    entries = [entry for found in read for entry in found]
    of_sites = {reader.of_sites for reader in readers if reader.table.rows}
    if len(of_sites) > 1:
        raise InputError(
            "some of its tables name sites and some do not; give them one by one", source=draft.text.source
        )
    gaps = [gap for table in draft.tables for gap in table.gaps] + _miscounts(draft.tables)
    totals = [table.total for table in draft.tables]
    counted = None not in totals or sum(len(table.rows) for table in draft.tables) in totals
    unparsed = draft.missed.in_order()
    if not entries and (True in of_sites or any("site" in table.layout.places for table in draft.tables)):
        raise _no_site(draft)
    if True not in of_sites:
        check_count(len(entries), draft.text.source)
        warnings = list(draft.warnings)
        inventory = _inventory(name, entries, gaps, warnings, exported=exported, counted=counted)
        return Inventory(
            name,
            inventory.components,
            inventory.wordpress_version,
            inventory.php_version,
            unparsed,
            tuple(dict.fromkeys(warnings)),
            inventory.complete_kinds,
        )
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault((entry.site or "").casefold(), []).append(entry)
    sites = tuple(_site(name, rows, gaps, exported=exported) for rows in grouped.values())
    return Fleet(name, sites, unparsed, tuple(dict.fromkeys(draft.warnings)))


def _no_site(draft: Draft) -> InputError:
    first = next(iter(draft.missed.in_order()), None)
    why = f"line {first.line}: '{shorten(first.text, 80)}'" if first else "there is no row below the header"
    return InputError(f"no site could be read: {why}", source=draft.text.source)


def _miscounts(tables: Sequence[Table]) -> list[str]:
    """The totals that fit neither the rows above them nor those of all tables together."""
    rows = sum(len(table.rows) for table in tables)
    return [
        f"the list says that it has {table.total} rows and shows {len(table.rows)}"
        for table in tables
        if table.total not in (None, len(table.rows), rows)
    ]


def _site(name: str, entries: Sequence[Entry], gaps: Sequence[str], *, exported: bool) -> SiteList:
    """The site that these rows name, none of them where they must be those of several."""
    site = entries[0].site or ""
    error = TOO_MANY if len(entries) > MAX_COMPONENTS else None
    error = error or tell_apart((entry.url for entry in entries), (entry.client for entry in entries))
    if error:
        return SiteList(site, None, error=error)
    warnings: list[str] = []
    client = _only("client", (entry.client for entry in entries), warnings)
    url = _only("URL", (entry.url for entry in entries), warnings)
    if not any(entry.installed or entry.wordpress or entry.php for entry in entries):
        return SiteList(site, None, client, url)
    inventory = _inventory(name, entries, gaps, warnings, exported=exported, counted=False)
    return SiteList(site, inventory, client, url)


def _inventory(
    name: str, entries: Sequence[Entry], gaps: Sequence[str], warnings: list[str], *, exported: bool, counted: bool
) -> Inventory:
    components = without_doubles((entry.installed for entry in entries if entry.installed is not None), warnings)
    wordpress = _only("WordPress", (entry.wordpress for entry in entries), warnings)
    php = _only("PHP", (entry.php for entry in entries), warnings)
    complete: frozenset[str] = frozenset()
    if gaps:
        warnings.append(f"{gaps[0]}; taken as partial")
    elif components:
        complete = frozenset(
            kind for kind in _CLOSING if _names_all(kind, components, exported=exported, counted=counted)
        )
        kinds = dict.fromkeys(row.kind for row in components)
        untold = [kind for kind in kinds if kind not in complete and (kind in _CLOSING or not complete)]
        if untold:
            warnings.append(f"nothing in it says that it names every {' and '.join(untold)}; taken as partial")
    elif not entries:
        warnings.append("the list has no rows; taken as partial")
    return Inventory(name, tuple(components), wordpress, php, (), tuple(dict.fromkeys(warnings)), complete)


def _names_all(kind: str, components: Iterable[Installed], *, exported: bool, counted: bool) -> bool:
    statuses = {row.status for row in components if row.kind == kind}
    return bool(statuses) and exported and (counted or (bool(statuses & _ACTIVE) and "inactive" in statuses))


def _only(what: str, values: Iterable[str | None], warnings: list[str]) -> str | None:
    """The one value that the rows give; the first of several, with a warning."""
    found = list(dict.fromkeys(value for value in values if value))
    if len(found) > 1:
        warnings.append(f"its rows give several values for {what} ({', '.join(found[:3])}); the first was taken")
    return found[0] if found else None
