"""Tables as programs export them and people keep them in a spreadsheet: one site's components, or those of many sites.

Any of the usual delimiters, the header mapped by its words or by the person (``--map slug=Plugin``). Columns that may
hold secrets are never read: MainWP's list of sites has passwords in it (mainwp/mainwp, pages/page-mainwp-settings.php,
export_sites). WP-CLI's own columns are read by the ``wpcli-`` formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, mask
from plugwatch.inventories.delimited import Record, read_records, split_record
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.tables.cells import is_total, knows_cell, read_cell_version, read_section
from plugwatch.inventories.tables.columns import (
    MOSTLY_WPCLI,
    STRONG,
    Layout,
    check_map,
    find_layout,
    fold,
    has_columns,
    rate_layout,
    rate_wpcli,
    refuse_table,
)
from plugwatch.inventories.tables.fleets import Draft, assemble_tables
from plugwatch.inventories.tables.markdown_table import is_markdown_rule
from plugwatch.inventories.tables.rows import Table
from plugwatch.inventories.wpcli.listing import name_columns, refuse_several_sites
from plugwatch.model.inventory import Fleet, Inventory

NAME = "csv"

_DELIMITERS = (",", ";", "\t", "|")
# A header stands at the top, below a title and some remarks at most; it is no longer than a screen or two.
_HEADER_WITHIN = 200
_HEADER_LENGTH = 4000
_MAX_COLUMNS = 200
_SAMPLE = 20
# A row whose type is "Plugin" and whose status is "Active" has words of headers in it too.
_NO_HEADER = re.compile(r"v?\d+\.\d[\w.-]*|.*://.*|.*@.*", re.ASCII)
_COUNT = re.compile(r"(?<![\w.])\d{1,5}(?![\w.])")


@dataclass(frozen=True)
class _Header:
    """A line that heads columns, how surely, and what separates them."""

    index: int
    delimiter: str
    layout: Layout
    rating: float


def recognise(text: Text) -> Recognition:
    """Sure where a line of well-known words between delimiters heads rows of as many cells."""
    best = NOT_MINE
    for header in _find_headers(text, {}):
        if header.rating > best.confidence and rate_wpcli(name_columns(header.layout.headers)) < MOSTLY_WPCLI:
            shown = ", ".join(cell for cell in header.layout.headers[:6])
            best = Recognition(header.rating, f"CSV with the columns {shown}")
        if best.confidence == STRONG:
            break
    return best


def parse(text: Text, hints: Hints) -> Inventory | Fleet:
    """The list or lists in the text; a fleet where a column says which site a row is of.

    Raises InputError where no row heads the columns of a list, where ``hints.columns`` cannot be obeyed, and for the
    output of several WP-CLI commands.
    """
    check_map(hints.columns, text.source)
    refuse_several_sites(text)
    header = max(_find_headers(text, hints.columns), key=lambda found: (found.rating, -found.index), default=None)
    if header is None:
        raise refuse_table(text, _likeliest_header(text), hints.columns, None)
    draft = Draft(text)
    reader = _Reader(draft, header, hints)
    for record in read_records(text, header.delimiter, is_whole=_is_remark):
        reader.read(record)
    return assemble_tables(NAME, draft, hints, exported=True)


def _find_headers(text: Text, columns: Mapping[str, str]) -> Iterator[_Header]:
    """Every line near the top that may head a table, once for each delimiter that makes a list of it."""
    looked = 0
    on_page = any(map(is_markdown_rule, text.lines))
    for index, line in enumerate(text.lines):
        if not line.strip() or line.lstrip()[0] in "|+{<" or len(line) > _HEADER_LENGTH or _is_comment(line):
            continue
        looked += 1
        if looked > _HEADER_WITHIN:
            return
        delimiters = [
            delimiter for delimiter in _DELIMITERS if delimiter in line and not (on_page and delimiter == "|")
        ]
        for delimiter in delimiters or [","] if columns else delimiters:
            header = _rate_line(text, index, delimiter, columns)
            if header is not None:
                yield header


def _rate_line(text: Text, index: int, delimiter: str, columns: Mapping[str, str]) -> _Header | None:
    headers = _split_header(text.lines[index], delimiter)
    if not headers or len(headers) > _MAX_COLUMNS or not has_columns(headers, columns):
        return None
    if any(map(_NO_HEADER.fullmatch, headers)):
        return None
    layout = find_layout(headers, columns)
    if not layout.places:
        return None
    rows = [cells for cells in _sample_rows(text, index + 1, delimiter) if _fills(layout, cells)]
    rating = rate_layout(layout, rows, knows_cell)
    return _Header(index, delimiter, layout, rating) if rating and (rows or columns) else None


def _sample_rows(text: Text, start: int, delimiter: str) -> Sequence[Sequence[str]]:
    """The first rows from this line on, read as :func:`parse` does: the cells of one may hold line ends.

    A row that cannot be split as a whole (a stray quote, a line too long to look at) is judged by its first line.
    """
    lines = tuple(line[:_HEADER_LENGTH] for line in text.lines[start : start + 2 * _SAMPLE])
    sample = Text(text.source, lines)
    rows = [
        record.values or split_record(sample.line(record.first_line), delimiter) or []
        for record in read_records(sample, delimiter, is_whole=_is_remark)
    ]
    return [cells for cells in rows if cells][:_SAMPLE]


def _fills(layout: Layout, cells: Sequence[str]) -> bool:
    """Whether these cells are a row below the header.

    Spreadsheets drop the empty cells at a row's end; a short row is one where all headers are known and a version
    stands in its column, since sentences and the rows below a damaged header are short too.
    """
    if len(cells) >= len(layout.headers):
        return True
    place = layout.places.get("version", len(cells))
    if len(cells) < 2 or place >= len(cells) or len(layout.places) < len(layout.headers):
        return False
    return read_cell_version(cells[place].strip())[1] is not None


def _split_header(line: str, delimiter: str) -> list[str]:
    return _trimmed(split_record(line, delimiter) or [])


def _likeliest_header(text: Text) -> Sequence[str]:
    """The first row of several cells, for the error that names the headers."""
    for line in text.lines[:_HEADER_WITHIN]:
        rows = [_split_header(line[:_HEADER_LENGTH], delimiter) for delimiter in _DELIMITERS]
        longest = max(rows, key=len)
        if len(longest) > 1 and not _is_remark(line):
            return longest
    return ()


def _is_comment(line: str) -> bool:
    """Whether a line is a remark: "#" begins it and is no cell of its own ("#,Plugin,Version" numbers the rows)."""
    return line.startswith("#") and (len(line) == 1 or line[1] not in ",;\t|0123456789")


def _is_remark(line: str) -> bool:
    """Whether a line is no part of a table: a record by itself, whatever quotes are in it."""
    return _is_comment(line) or is_context(line)


@dataclass
class _Reader:
    """Reads record by record; ``apart`` says that a blank line stands between the rows so far and the next."""

    draft: Draft
    header: _Header
    hints: Hints
    table: Table | None = None
    apart: bool = False

    def read(self, record: Record) -> None:
        line = self.draft.text.line(record.first_line)
        values = record.values or []
        blank = not any(value.strip() for value in values)
        if self.table is None or self._is_header(record, values):
            self._read_outside(record, line, values)
        elif _is_comment(line) or (record.values is not None and blank):
            self.apart = self.apart or not _is_comment(line)
        else:
            self._read_inside(self.table, record, line, values)

    def _read_outside(self, record: Record, line: str, values: Sequence[str]) -> None:
        """A header opens a table; whatever else stands before the first one is a remark or unknown."""
        first = record.first_line - self.draft.text.first == self.header.index
        if first or self.table is not None:
            layout = self.header.layout if first else find_layout(_trimmed(values), self.hints.columns)
            if self.table is None or layout.headers != self.table.layout.headers:
                self.table = Table(layout)
                self.draft.tables.append(self.table)
            self.apart = False
        elif not _is_remark(line):
            self.draft.missed.add(record.first_line, mask(line))

    def _is_header(self, record: Record, values: Sequence[str]) -> bool:
        """Whether a record below the first header repeats it or, behind a blank line, heads another table."""
        if self.table is None or record.first_line - self.draft.text.first <= self.header.index:
            return False
        headers = _trimmed(values)
        if tuple(headers) == self.header.layout.headers:
            return True
        if not self.apart or len(headers) < 2 or not all(map(fold, headers)) or self.hints.columns:
            return False
        return rate_layout(find_layout(headers, {}), (), knows_cell) >= self.header.rating

    def _read_inside(self, table: Table, record: Record, line: str, values: Sequence[str]) -> None:
        cells = self._fit(table, record, values)
        if cells is not None and knows_cell("status", _at(table, cells, "status")):
            self.draft.add(table, record.first_line, cells, apart=self.apart)
            return
        filled = [cell.strip() for cell in values if cell.strip()]
        if filled and is_total(filled[0]):
            counts = _COUNT.findall(" ".join(filled))
            table.total = int(counts[0]) if len(counts) == 1 else table.total
        elif len(filled) == 1 and (cue := read_section(filled[0])) is not None:
            self.table = Table(table.layout, *cue)
            self.draft.tables.append(self.table)
        elif is_context(line):
            return
        elif cells is not None:
            self.draft.add(table, record.first_line, cells, apart=self.apart)
        else:
            table.miss(record.first_line, values or [line], self.draft.missed)

    def _fit(self, table: Table, record: Record, values: Sequence[str]) -> Sequence[str] | None:
        """One cell a column, or None where it is no row; spreadsheets drop empty cells at the end, and a cut does."""
        width = len(table.layout.headers)
        if len(values) > width and (table.layout.secrets or any(value.strip() for value in values[width:])):
            return None
        if len(values) >= width:
            return values[:width]
        text = self.draft.text
        cut = record.last_line == text.last and not text.ends_whole
        # A row that lacks a cell may have its secrets under another header.
        return None if cut or len(values) < 2 or table.layout.secrets else [*values, *[""] * (width - len(values))]


def _trimmed(values: Sequence[str]) -> list[str]:
    headers = list(values)
    while headers and not headers[-1].strip():
        headers.pop()
    return headers


def _at(table: Table, cells: Sequence[str], column: str) -> str:
    place = table.layout.places.get(column)
    return "" if place is None else cells[place]
