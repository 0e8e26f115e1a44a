"""What CSV and tab-separated text have in common: a header row, then one record a row, no end mark.

:func:`gather` reads WP-CLI's own columns; other tables go through :mod:`plugwatch.inventories.tables.csv_table`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from plugwatch.inventories.containers import Text
from plugwatch.inventories.noise import ListCommand, find_command, is_context
from plugwatch.inventories.tables.columns import MOSTLY_WPCLI, rate_wpcli
from plugwatch.inventories.wpcli.listing import (
    Listing,
    Reading,
    heads_other_table,
    name_columns,
    pick_cells,
    refuse_several_sites,
)

# A spreadsheet could take a value that begins so for a formula, so an apostrophe is put before it: WP-CLI does
# (wp-cli/wp-cli, php/utils.php, escape_csv_value), and so do careful exports of all kinds.
_FORMULA_GUARD = re.compile(r"'(?=[=+\-@\t\r])")
_MAX_CELL_LINES = 200
_LONGEST_RECORD = 500_000


@dataclass(frozen=True)
class Record:
    """The values that stand on these lines (several where a cell holds line ends); None where they cannot be split."""

    first_line: int
    last_line: int
    values: Sequence[str] | None


Fit = Callable[[Record, Sequence[str]], Sequence[str] | None]


def read_records(text: Text, delimiter: str, *, is_whole: Callable[[str], bool] = is_context) -> Iterator[Record]:
    """The records of CSV text; a line for which ``is_whole`` holds is one by itself, whatever quotes are in it."""
    number = 0
    while number < len(text.lines):
        end = _record_end(text.lines, number, is_whole)
        record = "\n".join(text.lines[number:end])
        values = split_record(record, delimiter) if record.count('"') % 2 == 0 else None
        yield Record(text.first + number, text.first + end - 1, values)
        number = end


def split_record(record: str, delimiter: str) -> list[str] | None:
    """The values of one record without the guards of spreadsheets, or None where it is no CSV."""
    if len(record) > _LONGEST_RECORD:
        return None
    try:
        values = next(csv.reader([record], delimiter=delimiter, skipinitialspace=delimiter != "\t"), [])
    except csv.Error:
        return None
    return [_FORMULA_GUARD.sub("", value, count=1) if value[:1] == "'" else value for value in values]


def _record_end(lines: Sequence[str], start: int, is_whole: Callable[[str], bool]) -> int:
    """The line after a record: a quote that is open at the end of a line goes on, but not for ever."""
    quotes = lines[start].count('"')
    if quotes % 2 == 0 or is_whole(lines[start]):
        return start + 1
    for end in range(start + 1, min(start + _MAX_CELL_LINES, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return end + 1
    return start + 1


def gather(text: Text, records: Iterable[Record], fit: Fit) -> Reading:
    """Read every list of the text; ``fit`` makes one value a column of a record, or None where it is no row.

    Raises InputError for the output of several sites.
    """
    refuse_several_sites(text)
    reading = Reading(text)
    listing: Listing | None = None
    command: ListCommand | None = None
    for record in records:
        columns = name_columns(record.values or ())
        if rate_wpcli(columns) >= MOSTLY_WPCLI:
            listing, command = reading.open(columns, command), None
        elif heads_other_table(columns):
            listing = None
            reading.miss(record.first_line)
        elif listing is None or not _add_row(listing, record, fit):
            command = _pass_by(reading, record, listing) or command
    return reading


def _add_row(listing: Listing, record: Record, fit: Fit) -> bool:
    values = fit(record, listing.columns)
    return values is not None and listing.add(record.first_line, pick_cells(listing.columns, values))


def _pass_by(reading: Reading, record: Record, listing: Listing | None) -> ListCommand | None:
    """Report the lines that mean something unknown; the command that one of them echoes, if any."""
    command = None
    for number in range(record.first_line, record.last_line + 1):
        line = reading.text.line(number)
        if is_context(line):
            command = find_command(line) or command
        else:
            reading.miss(number, listing)
    return command
