"""What ``wp plugin list`` and ``wp theme list`` hold before they are written down in one of WP-CLI's formats."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.signs import POSSIBLE_FORK

PLUGIN_KINDS = frozenset({"plugin", "mu-plugin", "dropin"})
HIGHER = "version higher than expected"

_BY_AGE = (
    ("name", "status", "update", "version"),
    ("name", "status", "update", "version", "update_version", "auto_update"),
    ("name", "status", "update", "version", "update_version", "auto_update"),
)
_OPTIONAL = ("update", "version", "update_version", "auto_update", "title", "requires", "requires_php")
_UPDATES_ONLY = ("name", "status", "version", "update_version")


@dataclass(frozen=True)
class Sheet:
    """A list: the columns that were asked for, its rows as text by column, and what must come out of it.

    ``commanded`` where the command that prints it stands above.
    """

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    expected: tuple[Installed, ...]
    themes: bool = False
    commanded: bool = False

    @property
    def is_wpclis_own(self) -> bool:
        """Whether it could not be a list of anything else: its columns tell of updates, or a status is WordPress's."""
        words = {"must-use", "dropin", "active-network", "parent"} & {row["status"] for row in self.rows}
        told = {"update", "update_version", "auto_update", "version"} & set(self.columns)
        return "status" in self.columns and bool(words or told)

    @property
    def complete_kinds(self) -> frozenset[str]:
        """The kinds that it names all of: none where nothing is active, since such a list looks filtered."""
        if not self.commanded and not self.is_wpclis_own:
            return frozenset()
        active = {"active", "active-network"} & {row["status"] for row in self.rows}
        if len(self.rows) > 2 and not active:
            return frozenset()
        return frozenset({"theme"}) if self.themes else PLUGIN_KINDS

    def cells(self, row: Mapping[str, str]) -> list[str]:
        """A row's values in the order of the columns."""
        return [row[column] for column in self.columns]


def render_lists(site: SampleSite, chance: random.Random, draw: Callable[[Sheet], Sequence[str]]) -> Rendered:
    """The site's plugins, its themes, or both below each other with the commands that printed them."""
    sheets = [plugin_sheet(site, chance), theme_sheet(site, chance)]
    chance.shuffle(sheets)
    sheets = sheets[: chance.choice((1, 1, 2))]
    lines: list[str] = []
    for at, sheet in enumerate(sheets):
        if len(sheets) > 1 or needs_command(sheet) or chance.random() < 0.3:
            lines.append(f"$ wp {'theme' if sheet.themes else 'plugin'} list")
            sheets[at] = replace(sheet, commanded=True)
        lines += draw(sheet)
    return Rendered("\n".join([*lines, ""]), expect(sheets))


def expect(sheets: Sequence[Sheet]) -> Inventory:
    """The inventory that reading these lists one after the other must give."""
    return Inventory(
        "expected",
        tuple(row for sheet in sheets for row in sheet.expected),
        complete_kinds=frozenset().union(*(sheet.complete_kinds for sheet in sheets)),
    )


def needs_command(sheet: Sheet) -> bool:
    """Whether nothing in the list says that it is of themes."""
    return sheet.themes and not {"type", "enabled"} & set(sheet.columns)


def plugin_sheet(site: SampleSite, chance: random.Random, columns: tuple[str, ...] | None = None) -> Sheet:
    """``wp plugin list``: plugins, must-use plugins, drop-ins; at times of a network, at times with chosen columns."""
    network = chance.random() < 0.2
    rows = [
        replace(row, status="active-network") if network and row.status == "active" and chance.random() < 0.5 else row
        for row in site.of("plugin", "mu-plugin", "dropin")
    ]
    cells = [_cells(row, chance) for row in rows]
    return _sheet(rows, cells, columns or _columns(cells, chance, extra="file"), themes=False)


def theme_sheet(site: SampleSite, chance: random.Random, columns: tuple[str, ...] | None = None) -> Sheet:
    """``wp theme list``, with the column ``type`` of newer versions and ``enabled`` of a network."""
    rows = site.of("theme")
    cells = [_cells(row, chance) for row in rows]
    if columns is None:
        columns = _columns(cells, chance, extra="type")
        columns += tuple(extra for extra in ("type", "enabled") if extra not in columns and chance.random() < 0.4)
    return _sheet(rows, cells, columns, themes=True)


def _columns(cells: Sequence[Mapping[str, str]], chance: random.Random, *, extra: str) -> tuple[str, ...]:
    if len(cells) == 1 or chance.random() < 0.6:  # YAML's only entry could have been cut where it has fewer
        columns = chance.choice(_BY_AGE)
        unavailable = any(row["update"] == "unavailable" for row in cells)
        return (*columns, "requires", "requires_php") if unavailable else columns
    chosen = chance.sample((*_OPTIONAL, extra), chance.randint(1, 6))
    columns = ("name", *chance.sample(("status", *chosen), len(chosen) + 1))
    return (*columns, "update") if columns == _UPDATES_ONLY else columns


def _cells(row: Row, chance: random.Random) -> dict[str, str]:
    """A row as text; PHP's empty() holds a version of 0 to be none."""
    single = row.kind in ("mu-plugin", "dropin")
    if single:
        update = chance.choice(("false", ""))
    elif row.update_version:
        update = chance.choice(("available", "available", "unavailable"))
    else:
        update = HIGHER if chance.random() < 0.1 else "none"
    return {
        "name": row.slug.removesuffix(".php") if row.kind == "mu-plugin" else row.slug,
        "status": row.status,
        "update": update,
        "version": "" if row.version in (None, "0") else row.version or "",
        "update_version": row.update_version or "",
        "auto_update": "on" if row.auto_update else "off",
        "title": row.name,
        "file": row.slug if single else f"{row.slug}/{row.slug}.php",
        "requires": chance.choice(("", "5.0", "6.4")),
        "requires_php": chance.choice(("", "7.4", "5.6 or later")),
        "type": chance.choice(("block", "classic")),
        "enabled": chance.choice(("no", "network", "site", "network,site")),
    }


def _sheet(rows: Sequence[Row], cells: Sequence[Mapping[str, str]], columns: tuple[str, ...], *, themes: bool) -> Sheet:
    expected = [
        Installed(
            row.kind,
            row.slug,
            row.name if "title" in columns else None,
            seen["version"] or None if "version" in columns else None,
            row.status,
            row.update_version if "update_version" in columns else None,
            row.auto_update if "auto_update" in columns else None,
            POSSIBLE_FORK if "update" in columns and seen["update"] == HIGHER else None,
        )
        for row, seen in zip(rows, cells, strict=True)
    ]
    return Sheet(columns, tuple(cells), tuple(expected), themes)
