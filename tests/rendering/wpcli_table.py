"""The box that WP-CLI draws on a terminal (php-cli-tools, cli\\table\\Ascii), which may be too narrow for it."""

from __future__ import annotations

import random
from collections.abc import Mapping

from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import Sheet, render_lists

NARROW: Mapping[str, int] = {
    "name": 9, "status": 10, "version": 8, "update": 10, "update_version": 11, "auto_update": 10
}  # fmt: skip


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One or two boxes; free text is not wrapped, since that loses spaces for good."""

    def draw_any(sheet: Sheet) -> list[str]:
        narrow = "title" not in sheet.columns and chance.random() < 0.3
        return draw(sheet, NARROW if narrow else {})

    return render_lists(site, chance, draw_any)


def draw(sheet: Sheet, limits: Mapping[str, int]) -> list[str]:
    """The lines of the box: cells that are wider than their column's limit go on in lines below."""
    cells = [list(sheet.columns), *(sheet.cells(row) for row in sheet.rows)]
    widths = [
        min(limits.get(column, 999), max(len(line[index]) for line in cells))
        for index, column in enumerate(sheet.columns)
    ]
    border = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    drawn: list[str] = []
    for line in cells:
        parts = [
            [value[at : at + width] for at in range(0, len(value), width or 1)]
            for value, width in zip(line, widths, strict=True)
        ]
        for height in range(max(1, *(len(part) for part in parts))):
            shown = [part[height] if height < len(part) else "" for part in parts]
            drawn.append("| " + " | ".join(text.ljust(width) for text, width in zip(shown, widths, strict=True)) + " |")
        if line is cells[0]:
            drawn.append(border)
    return [border, *drawn, border]
