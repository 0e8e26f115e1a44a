"""A site, or many, as a CSV that a plugin exports, a panel downloads or a person keeps in a spreadsheet."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.inventories.values import read_version
from plugwatch.model.inventory import Installed, Inventory

HEADERS: Mapping[str, Sequence[str]] = {
    "slug": ("slug", "Slug", "Plugin Slug", "plugin_slug", "PLUGIN-SLUG", " Folder "),
    "file": ("File", "Plugin File", "plugin_file"),
    "name": ("Name", "Plugin Name", "Plugin", "Title", "Nom du plugin", "Nombre", "Bezeichnung"),
    "kind": ("Type", "Kind", "Typ", "Tipo"),
    "version": ("Version", "Installed Version", "version", "Installierte Version", "Version installée", "Versión"),
    "status": ("Status", "State", "Active", "Plugin Status", "Aktiv", "État", "Estado", "Active?"),
    "update_version": ("New Version", "Latest version", "Update", "Neue Version", "Nouvelle version", "Actualización"),
    "auto_update": ("Auto-update", "auto_update", "Auto Updates", "Automatische Updates"),
    "wordpress": ("WordPress", "WP Version", "WordPress Version"),
    "php": ("PHP", "PHP Version"),
}
OTHERS = ("Author", "Notes", "#", "Sr. No", "Last Updated", "License Key", "Renewal", "Requires at least", "Owner")
STATUSES: Mapping[str, Sequence[str]] = {
    "active": ("active", "Active", "ACTIVE", "yes", "aktiv", "Actif", "activo", "✅", "TRUE", "Active (since May)"),
    "inactive": ("inactive", "Inactive", "no", "deactive", "inaktiv", "Désactivé", "❌", "FALSE", "inactivo"),
    "must-use": ("must-use", "Must Use", "MU"),
    "dropin": ("dropin", "drop-in", "Drop-in"),
}
KINDS: Mapping[str, Sequence[str]] = {
    "plugin": ("plugin", "Plugin"),
    "theme": ("theme", "Theme"),
    "mu-plugin": ("mu-plugin", "Must-Use", "MU plugin"),
    "dropin": ("drop-in", "dropin"),
}
NOTES = ("", "keep", 'pinned, see "ticket"; ask Bob', "two\nlines", "| bars |", "=1+1", "5.3", "inactive")
COMMENTS = ("# exported by hand", "#", "# password, never stored; here")
NOTICE = "PHP Warning:  Undefined array key 1 in /srv/wp-content/plugins/old/old.php on line 3"


@dataclass(frozen=True)
class Shape:
    """Which columns a table has, in which order and under which headers, and how it is written."""

    columns: tuple[str, ...]
    headers: tuple[str, ...]
    delimiter: str
    quoting: int


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One site; themes only where a column of kinds tells them from plugins."""
    shape = draw_shape(chance)
    rows = [row for row in site.rows if row.kind == "plugin" or _tells(shape, row.kind)]
    chance.shuffle(rows)
    lines = write(shape, [cells(shape, site, row, chance) for row in rows], chance)
    total = chance.random() < 0.2
    if total:
        lines.append(shape.delimiter.join(["Total", *[""] * (len(shape.columns) - 2), str(len(rows))]))
    if chance.random() < 0.3:
        lines.insert(0, f"sep={shape.delimiter}" if shape.delimiter in ",;" else "# a list")
    for comment in chance.sample(COMMENTS, chance.randint(0, 2)):
        lines.insert(0, comment)
    if chance.random() < 0.3:
        lines.append(chance.choice(["", NOTICE, shape.delimiter * (len(shape.columns) - 1)]))
    return Rendered("\n".join([*lines, ""]), expect_site(shape, site, rows, counted=total))


def draw_shape(chance: random.Random, *, first: Sequence[str] = (), first_headers: Sequence[str] = ()) -> Shape:
    """A table's columns: something that names components, something that tells of them, and other things."""
    identity = chance.choice([["slug"], ["slug", "name"], ["name"], ["file"], ["file", "name"], ["name", "version"]])
    optional = ["kind", "version", "status", "update_version", "auto_update", "wordpress", "php"]
    columns = list(dict.fromkeys([*identity, *chance.sample(optional, chance.randint(1, len(optional)))]))
    if not {"version", "status"} & set(columns):
        columns.append(chance.choice(["version", "status"]))
    if identity == ["name"] and not {"kind", "status"} & set(columns):
        columns.append("kind")
    if "name" in columns and "version" not in columns:
        columns.append("version")
    columns += chance.sample(OTHERS, chance.randint(0, 3))
    chance.shuffle(columns)
    headers = [chance.choice(HEADERS[column]) if column in HEADERS else column for column in columns]
    if {"name", "kind"} <= set(columns) and {"Plugin", "Plugin Name"} & set(headers):
        headers[columns.index("name")] = "Name"
    if identity == ["name", "version"] and "status" not in columns:
        headers[columns.index("name")] = chance.choice(["Plugin", "Plugin Name", "Plugin/Theme"])
    return Shape(
        (*first, *columns),
        (*first_headers, *headers),
        chance.choice([",", ",", ";", "\t", "|"]),
        chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )


def cells(shape: Shape, site: SampleSite, row: Row, chance: random.Random) -> list[str]:
    """What stands in each column for this component."""
    newest = (row.version or "") if "version" in shape.columns else ""
    values = {
        "slug": row.slug,
        "file": row.slug if row.slug.endswith(".php") else f"{row.slug}/{chance.choice([row.slug, 'main'])}.php",
        "name": row.name,
        "kind": chance.choice(KINDS[row.kind]),
        "version": _version(row.version, chance),
        "status": chance.choice(STATUSES[row.status]),
        "update_version": row.update_version or chance.choice(["", "-", "none", newest]),
        "auto_update": chance.choice(["on", "Yes", "enabled", "✅"] if row.auto_update else ["off", "no", "❌"]),
        "wordpress": site.wordpress_version,
        "php": site.php_version,
        "License Key": "ABCD-1234",
    }
    return [values.get(column, chance.choice(NOTES)) for column in shape.columns]


def write(shape: Shape, rows: Sequence[Sequence[str]], chance: random.Random) -> list[str]:
    """The lines of the table; a careful export guards its cells, a spreadsheet drops the empty ones at a row's end."""
    guarded = chance.random() < 0.5
    drops = chance.random() < 0.2 and "License Key" not in shape.headers
    stream = io.StringIO()
    for number, row in enumerate([shape.headers, *rows]):
        values = [f"'{value}" if guarded and value[:1] in tuple("=+-@") else value for value in row]
        while drops and number and len(values) > 2 and not values[-1]:
            values.pop()
        csv.writer(stream, delimiter=shape.delimiter, quoting=shape.quoting, lineterminator="\n").writerow(values)
    return stream.getvalue().removesuffix("\n").split("\n")


def expect_site(shape: Shape, site: SampleSite, rows: Sequence[Row], *, counted: bool = False) -> Inventory:
    """What must be read of these rows."""
    components = tuple(_expect(shape, row) for row in rows)
    complete = set()
    for kind in ("plugin", "theme"):
        statuses = {row.status for row in components if row.kind == kind}
        if statuses and (counted or {"active", "inactive"} <= statuses):
            complete.add(kind)
    return Inventory(
        "csv",
        components,
        site.wordpress_version if "wordpress" in shape.columns else None,
        site.php_version if "php" in shape.columns else None,
        complete_kinds=frozenset(complete),
    )


def _tells(shape: Shape, kind: str) -> bool:
    return "kind" in shape.columns or (kind in ("mu-plugin", "dropin") and "status" in shape.columns)


def _version(version: str | None, chance: random.Random) -> str:
    if version is None:
        return chance.choice(["", "-", "n/a", "—", "unknown"])
    return f"{version} (pinned)" if chance.random() < 0.05 else version


def _expect(shape: Shape, row: Row) -> Installed:
    told = {"mu-plugin": "must-use", "dropin": "dropin"}.get(row.kind, "unknown")
    expected = Installed(
        row.kind,
        row.slug if {"slug", "file"} & set(shape.columns) else None,
        row.name if "name" in shape.columns else None,
        read_version(row.version or "") if "version" in shape.columns else None,
        row.status if "status" in shape.columns else told,
        row.update_version if "update_version" in shape.columns else None,
        row.auto_update if "auto_update" in shape.columns else None,
    )
    same = "version" in shape.columns and expected.update_version == expected.version
    return replace(expected, update_version=None) if same else expected
