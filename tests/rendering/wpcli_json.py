"""``--format=json``: one line without an end, to which the next output is glued."""

from __future__ import annotations

import json
import random

from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import Sheet, render_lists


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One or two lists, sometimes pretty-printed by another program."""
    indent = chance.choice((None, None, 2))
    return render_lists(site, chance, lambda sheet: draw(sheet, null=chance.random() < 0.5, indent=indent))


def draw(sheet: Sheet, *, null: bool = False, indent: int | None = None) -> list[str]:
    """The lines, with slashes escaped as PHP does; older versions print ``null`` for no update's version."""
    return json.dumps(objects(sheet, null=null), indent=indent).replace("/", "\\/").split("\n")


def objects(sheet: Sheet, *, null: bool = False) -> list[dict[str, str | bool | None]]:
    """The rows as JSON has them: must-use plugins and drop-ins have ``"update": false``."""
    values: dict[str, str | bool | None] = {"false": False}
    return [
        {
            column: None
            if null and column == "update_version" and not row[column]
            else values.get(row[column], row[column])
            for column in sheet.columns
        }
        for row in sheet.rows
    ]
