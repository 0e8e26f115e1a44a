"""``wp plugin status`` and ``wp theme status`` as extension-command prints them (CommandWithUpgrade::status_all)."""

from __future__ import annotations

import random
from dataclasses import replace

from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import Sheet, expect, plugin_sheet, theme_sheet

from plugwatch.model.inventory import Inventory

COLUMNS = ("name", "status", "update", "version")

_LETTERS = {"inactive": "I", "active": "A", "active-network": "N", "must-use": "M", "parent": "P", "dropin": "D"}
_WORDS = {"inactive": "Inactive", "active": "Active", "active-network": "Network Active", "must-use": "Must Use",
          "parent": "Parent", "dropin": "Drop-In"}  # fmt: skip
_COLOURS = {"active": "\x1b[32m", "active-network": "\x1b[32m", "must-use": "\x1b[36m", "dropin": "\x1b[34;1m"}
_YELLOW, _RESET = "\x1b[33m", "\x1b[0m"


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """The site's plugins, its themes, or both; in colours or without, with their padding or trimmed by an editor."""
    coloured, trimmed = chance.random() < 0.3, chance.random() < 0.3
    sheets = [plugin_sheet(site, chance, COLUMNS), theme_sheet(site, chance, COLUMNS)]
    chance.shuffle(sheets)
    sheets = sheets[: chance.choice((1, 1, 2))]
    lines = [line for sheet in sheets for line in draw(sheet, coloured=coloured)]
    text = "\n".join([*(line.rstrip() if trimmed else line for line in lines), ""])
    return Rendered(text, without_signs(expect(sheets)))


def without_signs(inventory: Inventory) -> Inventory:
    """The letters do not say which update waits, nor that a version is higher than expected."""
    return replace(inventory, components=tuple(replace(row, sign=None) for row in inventory.components))


def draw(sheet: Sheet, *, coloured: bool = False) -> list[str]:
    """The lines: the count, a row for each component, an empty line, the legend."""
    kind = "theme" if sheet.themes else "plugin"
    width = max(len(row["name"]) for row in sheet.rows)
    lines = [f"{len(sheet.rows)} installed {kind}{'' if len(sheet.rows) == 1 else 's'}:"]
    for row in sheet.rows:
        update = _paint("U", _YELLOW, coloured) if row["update"] == "available" else " "
        shown = _paint(f"{_LETTERS[row['status']]} {row['name']:<{width}}", _COLOURS.get(row["status"], ""), coloured)
        lines.append(f" {update}{shown}" + (f" {row['version']}" if row["version"] else ""))
    legend = [f"{_LETTERS[status]} = {_WORDS[status]}" for status in dict.fromkeys(row["status"] for row in sheet.rows)]
    if any(row["update"] == "available" for row in sheet.rows):
        legend.append("U = Update Available")
    return [*lines, "", f"Legend: {', '.join(legend)}"]


def _paint(text: str, colour: str, coloured: bool) -> str:
    return f"{colour}{text}{_RESET}" if coloured else text
