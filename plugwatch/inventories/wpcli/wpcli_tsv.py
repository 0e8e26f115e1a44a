"""What ``wp plugin list`` prints into a file or a pipe: the table's columns with tabs between them.

Source: wp-cli/php-cli-tools, lib/cli/table/Tabular.php. It trims every line, so that empty cells at both ends of a row
are lost; they are put back where only one place fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugwatch.inventories.containers import Hints, Recognition, Text
from plugwatch.inventories.delimited import Record, gather
from plugwatch.inventories.tables.columns import names_site
from plugwatch.inventories.values import read_status
from plugwatch.inventories.wpcli.listing import assemble, may_head, name_columns, recognise_header
from plugwatch.model.inventory import UNKNOWN_STATUS, Inventory

NAME = "wpcli-tsv"

_NEVER_EMPTY = frozenset({"name", "status", "file"})


def recognise(text: Text) -> Recognition:
    """Sure where a line of names between tabs heads the columns of a list."""
    tabbed = (line for line in text.lines if "\t" in line and "|" not in line and may_head(line))
    headers = (name_columns(line.strip().split("\t")) for line in tabbed)
    return recognise_header((columns for columns in headers if not names_site(columns)), "tab-separated text")


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory.

    Raises InputError where no list stands in the text, or the lists of several sites.
    """

    def fit(record: Record, columns: Sequence[str]) -> Sequence[str] | None:
        cut = record.last_line == text.last and not text.ends_whole
        return _fit(record.values or (), columns, cut=cut)

    return assemble(NAME, gather(text, _records(text), fit), hints)


def _records(text: Text) -> Iterator[Record]:
    for number, line in text.numbered():
        yield Record(number, number, line.strip().split("\t"))


def _fit(values: Sequence[str], columns: Sequence[str], *, cut: bool) -> Sequence[str] | None:
    missing = len(columns) - len(values)
    if missing == 0:
        return values
    if missing < 0 or cut:
        return None
    padded = [[""] * before + [*values] + [""] * (missing - before) for before in range(missing + 1)]
    fitting = [candidate for candidate in padded if _may_be_row(candidate, columns)]
    return fitting[0] if len(fitting) == 1 else None


def _may_be_row(values: Sequence[str], columns: Sequence[str]) -> bool:
    for value, column in zip(values, columns, strict=True):
        if column in _NEVER_EMPTY and not value.strip():
            return False
        if column == "status" and read_status(value.strip()) == UNKNOWN_STATUS:
            return False
    return True
