"""The box that ``wp plugin list`` and ``wp theme list`` draw on a terminal, as people copy it.

Source of the drawing: wp-cli/php-cli-tools, lib/cli/table/Ascii.php. A terminal that is too narrow wraps cells into
lines of their own, at any character or between words; a copy may be indented, lack borders, or end in the middle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from plugwatch.inventories.containers import Hints, Recognition, Text
from plugwatch.inventories.noise import ListCommand, find_command, is_context
from plugwatch.inventories.tables.columns import names_site, rate_wpcli
from plugwatch.inventories.tables.markdown_table import is_markdown_rule
from plugwatch.inventories.wpcli.listing import (
    Listing,
    Reading,
    assemble,
    heads_other_table,
    may_head,
    name_columns,
    pick_cells,
    recognise_header,
    refuse_several_sites,
)
from plugwatch.model.inventory import STATUSES, Inventory

NAME = "wpcli-table"

_BORDER = re.compile(r"\+[-+=]*")
_FIRST_WORD = re.compile(r"[^\s-]*[\s-]?")
_HEADER_LINES = 6  # the longest name of a column, cut into pieces of three letters
# How sure WP-CLI's own columns are, and what is left of it in Markdown, where a page may hold other tables too.
_OWN = 0.95
_IN_MARKDOWN = 0.8
_LONG_COLUMNS = ("title", "description", "author")


def recognise(text: Text) -> Recognition:
    """Sure where a row between bars heads the columns of a list; of Markdown only WP-CLI's own columns are taken."""
    box = recognise_header((columns for columns, drawn in _possible_headers(text.lines) if drawn), "a table")
    page = recognise_header((columns for columns, drawn in _possible_headers(text.lines) if not drawn), "Markdown")
    if page.confidence < _OWN or box.confidence > _IN_MARKDOWN:
        return box
    return Recognition(_IN_MARKDOWN, page.reason)


def _possible_headers(lines: Sequence[str]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Rows that may head a list, each also with the lines below it, since narrow terminals wrap column names too.

    With each, whether it is drawn as WP-CLI does; else it heads a table of a Markdown page.
    """
    for number, line in enumerate(lines):
        if line.lstrip()[:1] != "|" or not may_head(line):
            continue
        cells = _split(line) or []
        drawn = number + 1 == len(lines) or not is_markdown_rule(lines[number + 1])
        if not names_site(name_columns(cells)) and (drawn or "status" in name_columns(cells)):
            yield name_columns(cells), drawn
        for below in lines[number + 1 : number + 1 + _HEADER_LINES] if drawn else ():
            rest = _split(below)
            if rest is None or len(rest) != len(cells):
                break
            cells = [cell.rstrip() + part.strip() for cell, part in zip(cells, rest, strict=True)]
            yield name_columns(cells), True


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory; what follows a list's last border is no part of it.

    Raises InputError where no list stands in the text, or the lists of several sites.
    """
    refuse_several_sites(text)
    reader = _Reader(Reading(text))
    for number, line in text.numbered():
        reader.read(number, line)
    reader.close(whole=False)
    return assemble(NAME, reader.reading, hints)


@dataclass
class _Row:
    """A row as drawn: what its cells hold so far, and the part of each that its last line showed, at full width."""

    line: int
    values: list[str]
    last: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.last = list(self.values)

    def go_on(self, values: list[str], columns: Sequence[str]) -> None:
        """Put the parts of the next line behind those so far; only free text may have lost a space between them."""
        for index, value in enumerate(values):
            if value.strip():
                so_far = self.values[index]
                self.values[index] = (so_far if columns[index] in _LONG_COLUMNS else so_far.rstrip()) + value
                self.last[index] = value


@dataclass
class _Reader:
    """Reads line by line; ``listing`` is the list whose rows may follow, ``row`` the one that may still go on."""

    reading: Reading
    listing: Listing | None = None
    header: _Row | None = None
    border: str | None = None
    separated: bool = False
    row: _Row | None = None
    command: ListCommand | None = None

    def read(self, number: int, line: str) -> None:
        stripped = line.strip()
        if _BORDER.fullmatch(stripped):
            self._read_border(stripped)
        elif stripped.startswith("|"):
            self._read_bars(number, line)
        elif is_context(line):
            command = find_command(line)
            if command is not None:
                self.close(whole=False)
                self.command = command
        else:
            self.reading.miss(number, self.listing)

    def close(self, *, whole: bool) -> None:
        """No row of the open list can follow; ``whole`` where its last border was seen."""
        self._finish_row()
        if self.listing is not None and not whole:
            self.listing.gaps.append("the last border of the table is missing")
        self.listing = None

    def _read_border(self, border: str) -> None:
        if self.listing is None:
            return
        if self.separated or self.row is not None:
            # Another table's border closes nothing: then this list was cut before it.
            self.close(whole=self.border in (None, border))
        else:
            self.border, self.separated = border, True

    def _read_bars(self, number: int, line: str) -> None:
        values = _split(line) or []
        columns = name_columns(values)
        confidence = 0.0 if self._heads_markdown(number) and "status" not in columns else rate_wpcli(columns)
        if confidence > 0 or heads_other_table(columns):
            self.close(whole=False)
        if confidence > 0:
            self.listing, self.command = self.reading.open(columns, self.command), None
            self.header, self.border, self.separated = _Row(number, _fit(values, columns) or []), None, False
        elif self.listing is None:
            self.reading.miss(number)
        elif not is_markdown_rule(line):
            self._read_row(number, line, self.listing)

    def _heads_markdown(self, number: int) -> bool:
        """Whether Markdown's rule stands below the line: such tables list all kinds of things."""
        return number < self.reading.text.last and is_markdown_rule(self.reading.text.line(number + 1))

    def _read_row(self, number: int, line: str, listing: Listing) -> None:
        values = None if self._is_cut(number, line) else _fit(_split(line), listing.columns)
        header, self.header = self.header, None
        if header and values and not self.separated and _continues_header(header, values, listing.columns):
            header.go_on(values, listing.columns)
            listing.columns, self.header = name_columns(header.values), header
            return
        if values is None:
            self._finish_row()
            self.reading.miss(number, listing)
        elif self.row is not None and _continues(self.row, values, listing.columns):
            self.row.go_on(values, listing.columns)
        else:
            self._finish_row()
            self.row = _Row(number, values)

    def _is_cut(self, number: int, line: str) -> bool:
        """Whether the text breaks off in this row; a bar inside a title can make it look finished."""
        text = self.reading.text
        breaks_off = number == text.last and not text.ends_whole
        return breaks_off and self.border is not None and len(line.strip()) != len(self.border)

    def _finish_row(self) -> None:
        row, self.row = self.row, None
        if row is None or self.listing is None:
            return
        cells = pick_cells(self.listing.columns, row.values)
        # A box that WP-CLI drew names every row's status: without it this is a part of a wrapped row.
        if cells.get("status") == "" or not self.listing.add(row.line, cells):
            self.reading.miss(row.line, self.listing)


def _split(line: str) -> list[str] | None:
    """The cells between the bars with their padding, or None where the row was cut."""
    stripped = line.strip()
    if len(stripped) < 2 or stripped[-1] != "|" or stripped[0] != "|":
        return None
    return stripped[1:-1].split("|")


def _fit(cells: list[str] | None, columns: Sequence[str]) -> list[str] | None:
    """One value a column without the space of padding on each side, or None where that cannot be.

    Bars inside the one column of free text are put back.
    """
    if cells is None:
        return None
    surplus = len(cells) - len(columns)
    if surplus:
        long = [index for index, column in enumerate(columns) if column in _LONG_COLUMNS]
        if surplus < 0 or len(long) != 1:
            return None
        end = long[0] + surplus + 1
        cells = [*cells[: long[0]], "|".join(cells[long[0] : end]), *cells[end:]]
    return [cell.removeprefix(" ").removesuffix(" ") for cell in cells]


def _continues_header(header: _Row, values: list[str], columns: Sequence[str]) -> bool:
    """Whether a line before any border holds the rest of column names: no name stands in it, as it would in a row."""
    named = [value for value, column in zip(values, columns, strict=True) if column in ("name", "file")]
    return not any(value.strip() for value in named) and _overflows(header, values)


def _continues(row: _Row, values: list[str], columns: Sequence[str]) -> bool:
    """Whether a line only goes on with cells that were too long for their column.

    Such a line shows no status (or the rest of one), and each of its texts did not fit on the line above any more.
    """
    if "status" not in columns:
        return False
    at = columns.index("status")
    rest = values[at].strip()
    if rest and (rest in STATUSES or (row.values[at].strip() + rest) not in STATUSES):
        return False
    return _overflows(row, values)


def _overflows(row: _Row, values: list[str]) -> bool:
    """Whether, in equally wide cells, each text of a line did not fit behind the one above it."""
    if [len(value) for value in values] != [len(value) for value in row.last]:
        return False
    shown = [(old, new.strip()) for old, new in zip(row.last, values, strict=True) if new.strip()]
    return bool(shown) and all(len(old.rstrip()) + len(_first_word(new)) >= len(old) for old, new in shown)


def _first_word(text: str) -> str:
    match = _FIRST_WORD.match(text)
    return match[0] if match else ""
