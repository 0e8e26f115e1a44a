"""The table as WP-CLI prints it into a file or pipe (php-cli-tools, cli\\table\\Tabular)."""

from __future__ import annotations

import random

from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import Sheet, render_lists


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One or two tables; older versions trim their lines."""
    trim = chance.random() < 0.5
    return render_lists(site, chance, lambda sheet: draw(sheet, trim=trim))


def draw(sheet: Sheet, *, trim: bool = True) -> list[str]:
    """The lines; trimmed, empty cells at their ends are lost.

    The last line keeps them where it could not be told from one that was cut.
    """
    lines = ["\t".join(line) for line in (sheet.columns, *(sheet.cells(row) for row in sheet.rows))]
    if not trim:
        return lines
    updatable = sheet.rows[-1]["status"] not in ("must-use", "dropin")
    return [*(line.strip() for line in lines[:-1]), lines[-1] if updatable else lines[-1].strip()]
