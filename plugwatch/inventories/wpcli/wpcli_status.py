"""``wp plugin status`` and ``wp theme status``: a count, one line a component with letters for its state, a legend.

Source: wp-cli/extension-command, src/WP_CLI/CommandWithUpgrade.php (status_all, show_legend) and templates/ for the
details of one component (``wp plugin status NAME``). A row is a space, ``U`` where an update waits, the status letter,
the name padded to the longest one, the version. People also paste ``… | grep U``: rows and the legend, without a count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text
from plugwatch.inventories.noise import ListCommand, find_command, is_context
from plugwatch.inventories.wpcli.listing import Reading, assemble, refuse_several_sites
from plugwatch.model.inventory import Inventory

NAME = "wpcli-status"

_SURE = 0.95
_STATUSES = {
    "I": "inactive",
    "A": "active",
    "N": "active-network",
    "M": "must-use",
    "P": "parent",
    "D": "dropin",
    "": "",  # WP-CLI 0.22 had no letter for a theme's parent: its row is one character shorter
}
_HEAD = re.compile(r"(?<!\d)(\d{1,6}) installed (plugin|theme)s?:\s*$")
_ROW = re.compile(r"\s*(U?)([AINMDP]) (?=\S)")
_ROW_WITHOUT_LETTER = re.compile(r" {3,}()()(?=\S)")
_ROW_AS_PRINTED = re.compile(r"(?: (U)|  )([AINMDP]) (?=\S+ *\S*$)")
_VERSION = re.compile(r"v?\.?\d\S*|dev-\S+|trunk", re.ASCII | re.IGNORECASE)
_LEGEND = "Legend: "
_PLUGIN_LEGEND = ("= Must Use", "= Drop-In", "= Network Active")
_THEME_LEGEND = "= Parent"
_DETAILS = re.compile(r"\s*(Plugin|Theme) (\S.{0,200}?) details:\s*$")
_DETAIL = re.compile(r"\s+(Name|Status|Version|Author|Description):(?: (.*))?$")
_UPDATE_WAITS = " (Update available)"


@dataclass(frozen=True)
class _Row:
    """A line that may be a row: what its letters say, where its name begins, and where its last word does."""

    number: int
    line: str
    update: str
    status: str
    start: int
    last: int

    @property
    def is_one_word(self) -> bool:
        """Whether nothing stands behind the name."""
        return self.last <= self.start

    def cells(self, name: str, version: str) -> dict[str, str]:
        """It as a row of the columns of a list."""
        return {"name": name, "status": self.status, "update": self.update, "version": version}

    @property
    def ends_in_version(self) -> bool:
        """Whether its last word is not the name and can only be a version."""
        return not self.is_one_word and bool(_VERSION.fullmatch(self.line.rstrip(), self.last))


@dataclass
class _Section:
    """What may be the rows of one list; ``declared`` is how many the line above them announces, if it is there."""

    command: ListCommand | None = None
    declared: int | None = None
    rows: list[_Row] = field(default_factory=list)

    def take(self, number: int, line: str) -> bool:
        """Add a line that may be a row, or return False. Without a count above, it must look as WP-CLI prints it."""
        if self.declared is None:
            match = _ROW_AS_PRINTED.match(line)
        else:
            match = _ROW.match(line) or _ROW_WITHOUT_LETTER.match(line)
        if match is None:
            return False
        last = line.rstrip().rfind(" ") + 1
        update = "available" if match[1] else "none"
        self.rows.append(_Row(number, line, update, _STATUSES[match[2]], match.end(), last))
        return True


@dataclass
class _Details:
    """What ``wp plugin status NAME`` says of one component, as far as it was read."""

    number: int
    themes: bool
    cells: dict[str, str]

    def take(self, line: str) -> bool:
        """Read a line that is a part of it, or return False."""
        match = _DETAIL.match(line)
        if match is None:
            return False
        value = unescape(match[2] or "")
        column = "title" if match[1] == "Name" else match[1].lower()
        self.cells[column] = value.removesuffix(_UPDATE_WAITS) if column == "version" else value
        return True


def recognise(text: Text) -> Recognition:
    """Sure where rows come with a count or a legend, and where a component's details stand."""
    marks = [line for line in text.lines if " installed " in line or _LEGEND in line or " details:" in line]
    if any(_DETAILS.match(line) for line in marks) and any(_DETAIL.match(line) for line in text.lines):
        return Recognition(_SURE, "the details of one component")
    for what, row, found in (
        ("count", _ROW, any(_HEAD.search(line) for line in marks)),
        ("legend", _ROW_AS_PRINTED, any(line.lstrip().startswith(_LEGEND) for line in marks)),
    ):
        if found and any(row.match(line) for line in text.lines):
            return Recognition(_SURE, f"rows of wp plugin status with a {what}")
    return NOT_MINE


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory; the details of single components are read too, but never all there is.

    Raises InputError where no list stands in the text, or the lists of several sites.
    """
    refuse_several_sites(text)
    reader = _Reader(Reading(text))
    for number, line in text.numbered():
        reader.read(number, line)
    reader.close()
    return assemble(NAME, reader.reading, hints)


@dataclass
class _Reader:
    """Reads line by line: the rows of an open section are judged together where it ends."""

    reading: Reading
    section: _Section = field(default_factory=_Section)
    details: _Details | None = None

    def read(self, number: int, line: str) -> None:
        """Take the next line."""
        if self.details is not None and self.details.take(line):
            return
        head = _HEAD.search(line) if " installed " in line else None
        details = _DETAILS.match(line) if " details:" in line else None
        command = find_command(line)
        if head or details or command:
            self.close()
        if head:
            self.section = _Section(ListCommand(head[2] == "theme", filtered=False), int(head[1]))
        elif details:
            self.details = _Details(number, details[1] == "Theme", {"name": details[2]})
        elif command:
            self.section.command = command
        elif line.lstrip().startswith(_LEGEND):
            self.close(line)
        elif not is_context(line) and not self.section.take(number, line):
            self.reading.miss(number)

    def close(self, legend: str = "") -> None:
        """No row of the open section can follow; rows without a count above are a list only if a legend ends them."""
        section, self.section = self.section, _Section()
        details, self.details = self.details, None
        if details is not None:
            self._read_details(details)
        if section.declared is not None or (section.rows and legend):
            self._read_section(section, legend)
        else:
            for row in section.rows:
                self.reading.miss(row.number)

    def _read_details(self, details: _Details) -> None:
        listing = self.reading.open(tuple(details.cells), ListCommand(details.themes, filtered=False))
        listing.gaps.append("it describes single components")
        # The author stands below the version: without it the text was cut there.
        if "author" not in details.cells or not listing.add(details.number, details.cells):
            self.reading.miss(details.number, listing)

    def _read_section(self, section: _Section, legend: str) -> None:
        command = section.command
        if section.declared is None and any(part in legend for part in (*_PLUGIN_LEGEND, _THEME_LEGEND)):
            command = ListCommand(_THEME_LEGEND in legend, filtered=True)
        listing = self.reading.open(("name", "status", "update", "version"), command)
        text = self.reading.text
        for row, cells in zip(section.rows, _split_rows(section.rows), strict=True):
            # A legend must follow: a last line without an end was cut.
            cut = row.number == text.last and not text.ends_whole
            # Without one, a name at the end may be the beginning of a longer one.
            half = not legend and row is section.rows[-1] and not (cells and cells["version"])
            if cells is None or cut or half or not listing.add(row.number, cells):
                self.reading.miss(row.number, listing)
        if section.declared is None:
            listing.gaps.insert(0, "the line with the count above the list is missing")
        elif section.declared != len(listing.rows):
            listing.gaps.insert(0, f"{section.declared} components are declared and {len(listing.rows)} were read")


def _split_rows(rows: Sequence[_Row]) -> list[dict[str, str] | None]:
    """The cells of each row, or None where its parts cannot be told apart."""
    starts = Counter(row.start for row in rows if row.status).most_common(1)
    start = starts[0][0] if starts else 0
    column = _find_version_column([row for row in rows if row.status and row.start == start])
    cells = []
    for row in rows:
        if not row.status:
            cells.append(_split_words(row) if row.start == start - 1 and row.ends_in_version else None)
        elif column is None:
            cells.append(_split_words(row))
        else:
            cells.append(_split_aligned(row, column) if row.start == start else None)
    return cells


def _find_version_column(rows: Sequence[_Row]) -> int | None:
    """Where all versions begin, since names are padded; None where a copy has lost that."""
    columns = Counter(row.last for row in rows if row.ends_in_version).most_common(1)
    if not columns:
        return None
    column, count = columns[0]
    aligned = 2 * count > sum(not row.is_one_word for row in rows) and all(_fits(row, column) for row in rows)
    return column if aligned else None


def _fits(row: _Row, column: int) -> bool:
    return len(row.line) < column or row.line[column - 1] == " "


def _split_aligned(row: _Row, column: int) -> dict[str, str] | None:
    name, version = row.line[row.start : column].strip(), row.line[column:].strip()
    padded = len(row.line) >= column - 1
    if not padded and row.ends_in_version:
        return None
    return row.cells(name, version)


def _split_words(row: _Row) -> dict[str, str] | None:
    words = row.line[row.start :].split()
    if len(words) > 2 or (len(words) == 2 and not row.ends_in_version):
        return None
    return row.cells(words[0], words[1] if len(words) == 2 else "")
