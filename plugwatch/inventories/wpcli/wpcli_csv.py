"""``wp plugin list --format=csv`` and ``wp theme list --format=csv``, also after a spreadsheet has saved them again.

Source: wp-cli/wp-cli, php/utils.php (write_csv, escape_csv_value). A value that a spreadsheet could take for a formula
gets an apostrophe in front, which is taken away again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugwatch.inventories.containers import Hints, Recognition, Text
from plugwatch.inventories.delimited import Record, gather, read_records, split_record
from plugwatch.inventories.tables.columns import names_site
from plugwatch.inventories.wpcli.listing import assemble, may_head, name_columns, rate_columns, recognise_header
from plugwatch.model.inventory import Inventory

NAME = "wpcli-csv"

_DELIMITERS = (",", ";")


def recognise(text: Text) -> Recognition:
    """Sure where a line of names between commas (or semicolons) heads the columns of a list."""
    return recognise_header((columns for _, columns in _headers(text)), "CSV")


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory.

    Raises InputError where no list stands in the text, or the lists of several sites.
    """
    delimiter = next((delimiter for delimiter, columns in _headers(text) if rate_columns(columns) > 0), _DELIMITERS[0])
    return assemble(NAME, gather(text, read_records(text, delimiter), _fit), hints)


def _headers(text: Text) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each line that may be a header, as its delimiter and columns."""
    for line in text.lines:
        if may_head(line) and "\t" not in line and "|" not in line:
            for delimiter in _DELIMITERS:
                columns = name_columns(split_record(line, delimiter) or ())
                if not names_site(columns):
                    yield delimiter, columns


def _fit(record: Record, columns: Sequence[str]) -> Sequence[str] | None:
    values = record.values
    if values is None or any(value.strip() for value in values[len(columns) :]):
        return None
    return values[: len(columns)] if len(values) >= len(columns) else None
