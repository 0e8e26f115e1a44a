"""A site's components as a README, a wiki or an issue shows them: one table, or one under each heading."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rendering.csv_table import KINDS, STATUSES
from rendering.samples import Rendered, Row, SampleSite

from plugwatch.inventories.values import read_version
from plugwatch.model.inventory import Installed, Inventory

HEADERS = {
    "slug": ("Slug", "slug", "`Slug`", "Plugin slug"),
    "name": ("Plugin", "Name", "Plugin Name", "**Plugin**", "Title"),
    "kind": ("Type", "Kind"),
    "version": ("Version", "Installed", "Installed version", "*Version*"),
    "status": ("Status", "Active", "Active?", "State"),
    "update_version": ("Update", "Latest version", "New version"),
    "auto_update": ("Auto-update", "Auto updates"),
}
HEADINGS = {
    "plugin": ("## Plugins", "### Installed plugins (12)", "**Plugins**", "Plugins\n-------", "Plugins:"),
    "theme": ("## Themes", "### Theme", "__Themes:__", "Themes\n======"),
    "mu-plugin": ("## Must-use plugins", "### MU-Plugins ###", "**Must-use plugins (hosting)**"),
    "dropin": ("## Drop-ins", "#### Dropins"),
}
NOTES = (
    "",
    "pinned",
    "see [the forum](https://wordpress.org/plugins/other-one/)",
    "`a \\| b`",
    "**never** update",
    "✅",
)
PROSE = (
    "The shop of Acme, in short.",
    "- update, seo and author pages are ours",
    "| | |",
    "> quoted",
    "Update on Monday!",
)
OTHER_TABLE = ("| Plugin | Action |", "|--------|:------:|", "| Ghost Forms | remove |")
GONE_TABLE = ("## Removed plugins", "", "| Plugin | Version |", "| --- | --- |", "| Ghost Slider | 1.0 |")


@dataclass(frozen=True)
class _Shape:
    columns: tuple[str, ...]
    headers: tuple[str, ...]
    bars: bool
    indent: str
    links: bool


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One document; a heading or a column says of each row what it is."""
    shape = _draw_shape(chance)
    lines = [f"# Site handbook {chance.randint(1, 9)}", ""]
    expected: list[Installed] = []
    groups = [site.rows] if "kind" in shape.columns else [site.of(kind) for kind in HEADINGS]
    for group in filter(None, groups):
        rows = chance.sample(group, len(group))
        if chance.random() < 0.3:
            lines += [chance.choice(PROSE), ""]
        lines += [chance.choice(HEADINGS["plugin" if len(groups) == 1 else rows[0].kind]), ""]
        lines += [shape.indent + line for line in _table(shape, rows, chance)]
        lines += [""]
        expected += [_expect(shape, row) for row in rows]
    for table in chance.sample([OTHER_TABLE, GONE_TABLE], chance.randint(0, 2)):
        lines += [*table, ""]
    return Rendered("\n".join([*lines, ""]), Inventory("markdown-table", tuple(expected)))


def _draw_shape(chance: random.Random) -> _Shape:
    identity = chance.choice([["slug"], ["name"], ["name", "slug"], ["name"]])
    optional = ["kind", "status", "update_version", "auto_update"]
    columns = [*identity, "version", *chance.sample(optional, chance.randint(0, len(optional)))]
    if chance.random() < 0.5:
        columns.append("Notes")
    chance.shuffle(columns)
    headers = [chance.choice(HEADERS[column]) if column in HEADERS else column for column in columns]
    if set(headers) <= {"name", "version", "status", "slug"}:
        headers[0] = headers[0].upper()
    bars = chance.random() < 0.7
    links = identity == ["name"] and chance.random() < 0.5
    return _Shape(tuple(columns), tuple(headers), bars, chance.choice(["", "", "  ", "   "]), links)


def _table(shape: _Shape, rows: Sequence[Row], chance: random.Random) -> list[str]:
    rule = [chance.choice(["---", ":--", "--:", ":-:", "-", "----------"]) for _ in shape.columns]
    cells = [
        list(shape.headers),
        rule,
        *[[_cell(shape, column, row, chance) for column in shape.columns] for row in rows],
    ]
    pad = chance.choice([" ", "", "  "])
    lines = [f"{pad}|{pad}".join(line) for line in cells]
    return (
        [f"|{pad}{line}{pad}|" for line in lines]
        if shape.bars or not all(line[0] and line[-1] for line in cells)
        else lines
    )


def _cell(shape: _Shape, column: str, row: Row, chance: random.Random) -> str:
    if column == "name":
        return _name(shape, row, chance)
    if column == "slug":
        return f"`{row.slug}`" if chance.random() < 0.5 else row.slug.replace("_", chance.choice(["_", "\\_"]))
    if column == "kind":
        return chance.choice(KINDS[row.kind])
    if column == "version":
        return chance.choice([row.version, f"`{row.version}`", f"**{row.version}**"]) if row.version else "—"
    if column == "status":
        return chance.choice([*STATUSES[row.status], f"**{STATUSES[row.status][0]}**"])
    if column == "update_version":
        return row.update_version or "-"
    if column == "auto_update":
        return "✅ " if row.auto_update else "❌"
    return chance.choice(NOTES)


def _name(shape: _Shape, row: Row, chance: random.Random) -> str:
    """The display name with the markup that people put on it, what Markdown would take for markup escaped."""
    text = row.name.replace("|", "\\|").replace("&", chance.choice(["&", "&amp;"]))
    if shape.links and row.kind in ("plugin", "theme"):
        host = chance.choice(["https://wordpress.org", "https://de.wordpress.org", "wordpress.org"])
        return f"[{text}]({host}/{row.kind}s/{row.slug}{chance.choice(['', '/', '/#developers'])})"
    return chance.choice([text, text, f"**{text}**", f"*{text}*", f"[{text}](https://acme.example/a_b)"])


def _expect(shape: _Shape, row: Row) -> Installed:
    linked = shape.links and row.kind in ("plugin", "theme")
    version = read_version(row.version or "")
    told = {"mu-plugin": "must-use", "dropin": "dropin"}.get(row.kind, "unknown")
    return Installed(
        row.kind,
        row.slug if "slug" in shape.columns or linked else None,
        row.name if "name" in shape.columns else None,
        version,
        row.status if "status" in shape.columns else told,
        row.update_version if "update_version" in shape.columns and row.update_version != version else None,
        row.auto_update if "auto_update" in shape.columns else None,
    )
