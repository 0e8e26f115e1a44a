"""What ``wp plugin list`` prints into a file or a pipe: the table's columns with tabs between them.

Source: wp-cli/php-cli-tools, lib/cli/table/Tabular.php. It trims every line, so that empty cells at both ends of a row
are lost; they are put back where only one place fits. What is short at the end of the text may have been cut instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugwatch.inventories.containers import Hints, Recognition, Text
from plugwatch.inventories.delimited import Record, gather
from plugwatch.inventories.tables.columns import names_site
from plugwatch.inventories.values import read_status
from plugwatch.inventories.wpcli.listing import assemble, may_head, name_columns, pick_cells, recognise_header
from plugwatch.model.inventory import UNKNOWN_STATUS, Inventory

NAME = "wpcli-tsv"

_NEVER_EMPTY = frozenset({"name", "status", "file"})
# What is blank only for must-use plugins and drop-ins.
_NEVER_LOST = frozenset({"update", "auto_update"})
_WITHOUT_UPDATES = frozenset({"must-use", "dropin"})


def recognise(text: Text) -> Recognition:
    """Sure where a line of names between tabs heads the columns of a list."""
    tabbed = (line for line in text.lines if "\t" in line and "|" not in line and may_head(line))
    headers = (name_columns(line.strip().split("\t")) for line in tabbed)
    return recognise_header((columns for columns in headers if not names_site(columns)), "tab-separated text")


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory.

    Raises InputError where no list stands in the text, or the lists of several sites.
    """

    last = next((number for number in range(text.last, text.first - 1, -1) if text.line(number).strip()), text.last)

    def fit(record: Record, columns: Sequence[str]) -> Sequence[str] | None:
        ended = text.ends_whole or record.last_line < text.last
        return _fit(record.values or (), columns, ended=ended, last=record.last_line == last)

    return assemble(NAME, gather(text, _records(text), fit), hints)


def _records(text: Text) -> Iterator[Record]:
    for number, line in text.numbered():
        # Tabs at the end are empty cells that were not lost, unless the lost ones are those at the beginning.
        yield Record(number, number, (line.strip() if line[:1] == "\t" else line.strip(" ")).split("\t"))


def _fit(values: Sequence[str], columns: Sequence[str], *, ended: bool, last: bool) -> Sequence[str] | None:
    while len(values) > len(columns) and not values[-1].strip():
        values = values[:-1]
    missing = len(columns) - len(values)
    if missing == 0:
        return values
    if missing < 0 or not ended:
        return None
    padded = [[""] * before + [*values] + [""] * (missing - before) for before in range(missing + 1)]
    fitting = [candidate for candidate in padded if _may_be_row(candidate, columns)]
    if len(fitting) != 1 or (last and read_status(fitting[0][columns.index("status")].strip()) not in _WITHOUT_UPDATES):
        return None
    return fitting[0]


def _may_be_row(values: Sequence[str], columns: Sequence[str]) -> bool:
    cells = pick_cells(columns, values)
    status = read_status(cells.get("status", ""))
    if status == UNKNOWN_STATUS:
        return False
    needed = _NEVER_EMPTY if status in _WITHOUT_UPDATES else _NEVER_EMPTY | _NEVER_LOST
    return all(cells[column] for column in needed.intersection(columns))
