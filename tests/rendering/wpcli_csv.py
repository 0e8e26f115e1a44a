"""``--format=csv`` (wp-cli, php/utils.php: write_csv, escape_csv_value), also saved again by a spreadsheet."""

from __future__ import annotations

import csv
import io
import random

from rendering.samples import Rendered, SampleSite
from rendering.wpcli_lists import Sheet, render_lists


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One or two lists; a spreadsheet of some countries writes semicolons."""
    delimiter = chance.choice(",,,;")
    return render_lists(site, chance, lambda sheet: draw(sheet, delimiter))


def draw(sheet: Sheet, delimiter: str = ",") -> list[str]:
    """The lines, with the apostrophe before what a spreadsheet could take for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerows([[_guard(value) for value in sheet.cells(row)] for row in sheet.rows])
    return stream.getvalue().splitlines()


def _guard(value: str) -> str:
    return f"'{value}" if value[:1] in ("=", "+", "-", "@") else value
