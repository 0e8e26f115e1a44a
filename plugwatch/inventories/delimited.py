"""What WP-CLI's CSV and its tab-separated output have in common: a header row, then one record a row, no end mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from plugwatch.inventories.containers import Text
from plugwatch.inventories.listing import (
    Listing,
    Reading,
    heads_other_table,
    name_columns,
    pick_cells,
    rate_columns,
    refuse_several_sites,
)
from plugwatch.inventories.noise import ListCommand, find_command, is_context


@dataclass(frozen=True)
class Record:
    """The values that stand on these lines (several where a cell holds line ends); None where they cannot be split."""

    first_line: int
    last_line: int
    values: Sequence[str] | None


Fit = Callable[[Record, Sequence[str]], Sequence[str] | None]


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
        if rate_columns(columns) > 0:
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
        line = reading.text.lines[number - 1]
        if is_context(line):
            command = find_command(line) or command
        else:
            reading.miss(number, listing)
    return command
