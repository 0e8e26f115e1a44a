"""``wp plugin list --format=csv`` and ``wp theme list --format=csv``, also after a spreadsheet has saved them again.

Source: wp-cli/wp-cli, php/utils.php (write_csv, escape_csv_value). A value that a spreadsheet could take for a formula
gets an apostrophe in front, which is taken away again here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from plugwatch.inventories.containers import Recognition, Text
from plugwatch.inventories.delimited import Record, gather
from plugwatch.inventories.listing import assemble, may_head, name_columns, rate_columns, recognise_header
from plugwatch.inventories.noise import is_context
from plugwatch.model.inventory import Inventory

NAME = "wpcli-csv"

_DELIMITERS = (",", ";")
_FORMULA_GUARD = re.compile(r"'(?=[=+\-@\t\r])")
_MAX_CELL_LINES = 200


def recognise(text: Text) -> Recognition:
    """Sure where a line of names between commas (or semicolons) heads the columns of a list."""
    return recognise_header((columns for _, columns in _headers(text)), "CSV")


def parse(text: Text, list_type: str | None) -> Inventory:
    """Every list in the text as one inventory.

    Raises InputError where no list stands in the text, or the lists of several sites.
    """
    delimiter = next((delimiter for delimiter, columns in _headers(text) if rate_columns(columns) > 0), _DELIMITERS[0])
    return assemble(NAME, gather(text, _records(text, delimiter), _fit), list_type)


def _headers(text: Text) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each line that may be a header, as its delimiter and columns."""
    for line in text.lines:
        if may_head(line) and "\t" not in line and "|" not in line:
            for delimiter in _DELIMITERS:
                yield delimiter, name_columns(_split(line, delimiter) or ())


def _records(text: Text, delimiter: str) -> Iterator[Record]:
    number = 0
    while number < len(text.lines):
        end = _record_end(text.lines, number)
        record = "\n".join(text.lines[number:end])
        yield Record(number + 1, end, _split(record, delimiter) if record.count('"') % 2 == 0 else None)
        number = end


def _record_end(lines: Sequence[str], start: int) -> int:
    """The line after a record: a quote that is open at the end of a line goes on, but not for ever."""
    quotes = lines[start].count('"')
    if quotes % 2 == 0 or is_context(lines[start]):
        return start + 1
    for end in range(start + 1, min(start + _MAX_CELL_LINES, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return end + 1
    return start + 1


def _split(line: str, delimiter: str) -> list[str] | None:
    try:
        values = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return None
    return [_FORMULA_GUARD.sub("", value, count=1) if value[:1] == "'" else value for value in values]


def _fit(record: Record, columns: Sequence[str]) -> Sequence[str] | None:
    values = record.values
    if values is None or any(value.strip() for value in values[len(columns) :]):
        return None
    return values[: len(columns)] if len(values) >= len(columns) else None
