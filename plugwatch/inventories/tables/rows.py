"""From the rows of a table that a person keeps or a program exports to an inventory, or to a fleet of many sites.

What a column means is judged from all of its cells, never from one: a column of names holds slugs only where every
cell of it looks like one, so that no single display name is taken for a folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plugwatch.inventories.containers import Hints, mask, shorten
from plugwatch.inventories.limits import Missed, check_count
from plugwatch.inventories.tables.cells import (
    find_directory_slug,
    find_update,
    is_constraint,
    is_name,
    read_cell_status,
    read_cell_switch,
    read_cell_version,
    read_kind,
)
from plugwatch.inventories.tables.columns import LINK, Layout
from plugwatch.inventories.tables.sites import read_site
from plugwatch.inventories.values import DROPINS, tidy
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed

_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_JOINED_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+", re.ASCII)
# Columns that only WP-CLI writes so; beside them "name" is the folder's.
_MACHINE_COLUMNS = {"update", "update_version", "auto_update"}
# The WordPress.org pages that cells point to: kind and slug.
Links = Mapping[int, tuple[str, str]]
NO_LINKS: Links = {}
_STATUS_OF = {"mu-plugin": "must-use", "dropin": "dropin"}
_KIND_OF = {"must-use": "mu-plugin", "dropin": "dropin", "parent": "theme"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``values`` are its cells by field, ``links`` the WordPress.org pages (kind, slug) that cells point to.

    ``apart`` says that something else stands between this row and the one above, so that it may be no row at all.
    """

    line: int
    cells: Sequence[str]
    values: Mapping[str, str]
    links: Links = field(default_factory=dict)
    apart: bool = False

    def value(self, column: str) -> str:
        """The cell of this field, empty where the table has no such column."""
        return self.values.get(column, "")


@dataclass
class Table:
    """A table while it is being read: its header, its rows, and what the heading above says of them.

    ``total`` is the number of rows that it declares itself, ``gaps`` are the reasons why it may not be whole.
    """

    layout: Layout
    kind: str | None = None
    status: str | None = None
    rows: list[Row] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    total: int | None = None

    def add(self, line: int, cells: Sequence[str], links: Links, *, apart: bool) -> None:
        """Take a row of one cell a column."""
        values = {column: cells[place].strip() for column, place in self.layout.places.items()}
        self.rows.append(Row(line, cells, values, links, apart))

    def show(self, cells: Sequence[str]) -> str:
        """A row for the list of what was not understood, without the cells that may hold secrets."""
        if not self.layout.secrets:
            return " | ".join(map(tidy, cells))
        if len(cells) != len(self.layout.headers):
            return f"a row of {len(cells)} cells, not shown because the table has a column for secrets"
        return " | ".join(tidy(cells[index]) for index in sorted(self.layout.places.values()))

    def miss(self, line: int, cells: Sequence[str], missed: Missed) -> None:
        """Report a row as not understood; then the table does not name everything either."""
        missed.add(line, mask(self.show(cells)))
        if not self.gaps:
            self.gaps.append(f"line {line} of the list could not be read")


@dataclass(frozen=True)
class Entry:
    """What one row says: of which site, and which component is installed there; each may be missing."""

    site: str | None
    client: str | None
    url: str | None
    wordpress: str | None
    php: str | None
    installed: Installed | None


@dataclass(frozen=True)
class _Meaning:
    """What the columns of a table mean, by all of their cells; ``folders`` counts the files of each site's folders."""

    slugs_for_names: bool
    kinds: bool
    sites: bool
    folders: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class _Identity:
    kind: str | None = None
    slug: str | None = None
    file: str | None = None
    name: str | None = None


@dataclass
class RowReader:
    """Reads the rows of one table; ``warnings`` says what was left out of them or decided about them."""

    table: Table
    hints: Hints
    warnings: list[str]
    odd_statuses: Counter[str] = field(default_factory=Counter)
    constraints: Counter[str] = field(default_factory=Counter)
    untold: bool = False

    def read(self, missed: Missed) -> list[Entry]:
        """An entry for every row that was understood; the others are reported.

        Raises InputError where they are more than one site can have, or mostly something else.
        """
        self.meaning = self._judge()
        if not self.of_sites:
            check_count(len(self.table.rows), missed.source)
        entries = []
        for row in self.table.rows:
            entry = self._entry(row)
            if entry is None:
                self.table.miss(row.line, row.cells, missed)
            else:
                entries.append(entry)
        self._warn(entries)
        return entries

    @property
    def of_sites(self) -> bool:
        """Whether each row says which site it is of."""
        return self.meaning.sites

    def _column(self, column: str) -> list[str]:
        return [cell for row in self.table.rows if (cell := row.value(column))]

    def _judge(self) -> _Meaning:
        layout = self.table.layout
        names = [] if layout.places.keys() & {"slug", "file"} else self._column("name")
        sites = "site" in layout.places or self._has_site_addresses()
        files = {(_place(row) if sites else "", self._path(row)) for row in self.table.rows}
        return _Meaning(
            slugs_for_names=_are_slugs(
                names, machine="name" in layout.headers and not _MACHINE_COLUMNS.isdisjoint(layout.headers)
            ),
            kinds=any(map(read_kind, set(self._column("kind")))),
            sites=sites,
            folders=Counter((site, file.partition("/")[0]) for site, file in files if "/" in file),
        )

    def _has_site_addresses(self) -> bool:
        """Whether a bare "URL" is the site's: it stands before the component, or one component has several."""
        layout = self.table.layout
        if "url" not in layout.places:
            return False
        if layout.sure_url or not layout.names_component:
            return True
        named = [layout.places[column] for column in ("slug", "file", "name") if column in layout.places]
        if layout.places["url"] < min(named):
            return True
        pairs = {(row.cells[min(named)].strip(), row.value("url")) for row in self.table.rows}
        return len({name for name, _ in pairs}) < len(pairs)

    def _path(self, row: Row) -> str:
        file = row.value("file") or row.value("slug")
        return file if _is_file(file) else row.value("name") if row.value("name").endswith(".php") else ""

    def _entry(self, row: Row) -> Entry | None:
        site = url = None
        if self.meaning.sites:
            named = read_site(row.value("site"), row.value("url"))
            if named is None:
                return None
            site, url = named
        wordpress = read_cell_version(row.value("wordpress"))[1]
        php = read_cell_version(row.value("php"))[1]
        installed = None
        if self.table.layout.names_component and not self._is_site_only(row, site):
            installed = self._installed(row)
            if installed is None:
                return None
            if installed.kind == "core":
                wordpress, installed = installed.version or wordpress, None
        client = tidy(row.value("client")) or None
        return Entry(site, client, url, wordpress, php, installed)

    def _is_site_only(self, row: Row, site: str | None) -> bool:
        return site is not None and not any(
            row.value(column) for column in ("slug", "file", "name", "version", "status")
        )

    def _installed(self, row: Row) -> Installed | None:
        identity = self._identify(row)
        fits, version = read_cell_version(row.value("version"))
        if identity is None or not fits:
            return None
        told = row.value("status")
        status = read_cell_status(told) if told else self.table.status or UNKNOWN_STATUS
        vague = identity.slug is None and identity.file is None and version is None and status == UNKNOWN_STATUS
        if vague and (told or row.apart):
            return None
        kind = self._kind(row, identity, status)
        if kind is None:
            return None
        if told and status == UNKNOWN_STATUS:
            self.odd_statuses[tidy(told)] += 1
        if version is None and is_constraint(row.value("version")):
            self.constraints[tidy(row.value("version"))] += 1
        return Installed(
            kind=kind,
            slug=self._slug(row, kind, identity),
            name=identity.name,
            version=version,
            status=_STATUS_OF.get(kind, status) if status == UNKNOWN_STATUS else status,
            update_version=self._update(row, version),
            auto_update=read_cell_switch(row.value("auto_update")),
        )

    def _identify(self, row: Row) -> _Identity | None:
        """What the row says of the component's identity, or None where it is no row of a list."""
        slug, file, name = row.value("slug"), row.value("file"), row.value("name")
        link = self._link(row)
        if not (slug or file or name) or (file and not is_slug(file)):
            return None
        if name and find_directory_slug(name):
            name = ""
        elif name and not is_name(name):
            return None
        if slug and find_directory_slug(slug):
            slug = ""
        elif slug and not is_slug(slug):
            return None
        if slug.endswith(".php") and _is_file(slug):
            file, slug = file or slug, ""
        if name.endswith(".php") and not slug and _is_file(name):
            file, name = file or name, ""
        elif self.meaning.slugs_for_names and is_slug(name):
            slug, name = name, ""
        kind = None
        if link is not None and not slug:
            kind, slug = link
        return _Identity(kind, slug or None, file or None, tidy(name) or None)

    def _link(self, row: Row) -> tuple[str, str] | None:
        """The WordPress.org page that the row gives as the component's own; remarks link to other ones."""
        for column in ("slug", "name", "file", LINK, "url"):
            cell = row.value(column)
            if cell and (column != "url" or not self.meaning.sites):
                found = row.links.get(self.table.layout.places[column]) if row.links else find_directory_slug(cell)
                if found is not None:
                    return found
        return None

    def _kind(self, row: Row, identity: _Identity, status: str) -> str | None:
        """The kind of the row's component; None where a column of kinds holds something else here."""
        told = row.value("kind")
        if self.meaning.kinds and told:
            return read_kind(told)
        wanted = {"plugins": "plugin", "themes": "theme"}.get(self.hints.list_type or "")
        kind = wanted or identity.kind or self.table.kind or self.table.layout.kind
        if (kind or "plugin") == "plugin" and (identity.slug or identity.file) in DROPINS:
            return "dropin"
        if kind is None:
            self.untold = self.untold or status not in _KIND_OF
            kind = "plugin"
        return _KIND_OF.get(status, kind) if kind == "plugin" else kind

    def _slug(self, row: Row, kind: str, identity: _Identity) -> str | None:
        if kind in ("mu-plugin", "dropin"):
            slug = identity.file or identity.slug
            return slug if slug is None or kind == "dropin" or slug.endswith(".php") else f"{slug}.php"
        if identity.slug or identity.file is None:
            return identity.slug
        folder, slash, _ = identity.file.partition("/")
        alone = self.meaning.folders[_place(row) if self.meaning.sites else "", folder] < 2
        return folder if slash and alone else identity.file.removesuffix(".php")

    def _update(self, row: Row, version: str | None) -> str | None:
        cell = row.value("update_version")
        if not cell and "update" in row.value("status"):
            return find_update(row.value("status"))
        if not cell or ("." not in cell and read_cell_switch(cell) is not None):
            return None
        newer = read_cell_version(cell)[1]
        return None if newer == version else newer

    def _warn(self, entries: Iterable[Entry]) -> None:
        layout = self.table.layout
        found = [entry.installed for entry in entries if entry.installed is not None]
        if self.untold:
            self.warnings.append(
                "nothing says whether the list holds plugins or themes; read as plugins, --type themes says otherwise"
            )
        if self.meaning.slugs_for_names:
            header = shorten(layout.headers[layout.places["name"]], 40)
            self.warnings.append(f"every cell under '{header}' looks like a slug and was taken for one")
        self.warnings += [
            f"the status '{shorten(text, 60)}' ({count} x) is not known; read as unknown"
            for text, count in self.odd_statuses.most_common(5)
        ]
        self.warnings += [
            f"'{shorten(text, 60)}' ({count} x) names no one version; left out"
            for text, count in self.constraints.most_common(5)
        ]
        told = layout.places.keys() & {"status", "kind"} or self.table.kind
        if not told and any(installed.kind == "plugin" for installed in found):
            self.warnings.append(
                "without a status column must-use plugins cannot be told from plugins; all are read as plugins"
            )


def _are_slugs(names: Sequence[str], *, machine: bool) -> bool:
    """Whether the cells of a column of names are slugs, all of them.

    A name in small letters is not enough: people write "yoast" for wordpress-seo. Joined words are ("tidy-forms"), and
    so is the company of a column that only WP-CLI has.
    """
    if not names or not all(map(_SLUG.fullmatch, names)):
        return False
    joined = any(map(_JOINED_SLUG.fullmatch, names))
    capital = sum(not name.islower() for name in names if any(map(str.isalpha, name)))
    return (joined or machine) and 4 * capital <= len(names)


def _place(row: Row) -> str:
    """What tells the row's site from others."""
    named = read_site(row.value("site"), row.value("url"))
    return named[0].casefold() if named else ""


def _is_file(text: str) -> bool:
    return ("/" in text or text.endswith(".php")) and " " not in text and is_slug(text)
