"""Tables in Markdown: the plugins of a site as README files, wikis and issues name them.

Source of the grammar: GitHub Flavored Markdown, section 4.10 (tables): a header row, a delimiter row of as many cells,
then rows until a blank line; outer bars may be missing and ``\\|`` is a bar inside a cell. The nearest heading above
that names a kind says what the rows are. Markdown with WP-CLI's own columns is read by ``wpcli-table``.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, mask, shorten
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.tables.cells import find_directory_slug, is_total, knows_cell, read_heading
from plugwatch.inventories.tables.columns import (
    STRONG,
    Layout,
    check_map,
    find_layout,
    has_columns,
    rate_layout,
    rate_wpcli,
    refuse_table,
)
from plugwatch.inventories.tables.fleets import Draft, assemble_tables
from plugwatch.inventories.tables.rows import Table
from plugwatch.inventories.wpcli.listing import name_columns, refuse_several_sites
from plugwatch.model.inventory import Fleet, Inventory

NAME = "markdown-table"

_SOME_TABLE = 0.1
_MAX_COLUMNS = 100
_LONGEST_ROW = 20_000
_LONGEST_HEADER = 4000
_LONGEST_CELL = 1000
_LONGEST_HEADING = 200
_MAX_TABLES = 300
_SAMPLE = 20
_RULE = re.compile(r":?-+:?")
_BARE_BAR = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_BOLD_LINE = re.compile(r"(?:\*\*|__)([^*_|]{1,100})(?:\*\*|__):?")
_LABEL = re.compile(r"([^|:]{1,60}):")
_DOMAIN = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}/?", re.IGNORECASE)
# A table below such a heading names what is not there (any more, or yet), or only a part under some aspect.
_NOT_INSTALLED = re.compile(
    r"\b(?:remov(?:ed?|als?)|uninstalled|deleted?|recommend(?:ed|ations?)|suggest(?:ed|ions?)|planned|candidates?|alternatives?"
    r"|wish ?list|to (?:install|remove|delete|evaluate|do)|not installed|replaced|entfernte?|geplante?|empfohlene?)\b",
    re.IGNORECASE,
)

_IMAGE = re.compile(r"!\[([^\]]{0,200})\]\([^()\s]{0,2000}(?:\s[^()]{0,200})?\)")
_LINK = re.compile(r"\[([^\[\]]{0,300})\](?:\(\s*<?([^()\s<>]{0,2000})>?(?:\s[^()]{0,200})?\)|\[[^\[\]]{0,100}\])")
_ONLY_LINK = re.compile(r"\[([^\[\]\\<&`*_]{1,300})\]\(([^()\s<>\\]{1,2000})\)")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000})>")
_BREAK = re.compile(r"<br\s{0,5}/?>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:b|i|em|strong|code|a|sup|sub|span|small|kbd)\b[^<>]{0,500}>", re.IGNORECASE)
_MARKUP = re.compile(r"[\\\[<&`*_]")
# CommonMark 2.4: a backslash takes its meaning from any sign of ASCII; the signs are kept apart in a private area.
_SIGNS = "\\" + "".join(sign for sign in string.punctuation if sign != "\\")
_ESCAPES = [(f"\\{sign}", chr(0xE000 + ord(sign))) for sign in _SIGNS]
_SHOWN = {0xE000 + ord(sign): sign for sign in _SIGNS}


@dataclass(frozen=True)
class _Found:
    """A table: the place of its header line, its header, and how surely it is a list; the headings that it is under."""

    index: int
    cells: tuple[str, ...]
    layout: Layout
    rating: float
    headings: tuple[str, ...]

    @property
    def kind(self) -> str | None:
        return next((kind for heading in reversed(self.headings) if (kind := read_heading(heading)[0])), None)

    @property
    def status(self) -> str | None:
        """What the nearest heading says of all rows; farther ones may be about more than this table."""
        return read_heading(self.headings[-1])[1] if self.headings else None


def recognise(text: Text) -> Recognition:
    """Sure where a header of well-known words stands above a row of dashes and bars; any other table is a weak sign."""
    best = NOT_MINE
    for found in islice(_find_tables(text, Hints()), _MAX_TABLES):
        best = best if best.confidence else Recognition(_SOME_TABLE, "a Markdown table")
        if found.rating > best.confidence and not _is_wpcli(found.cells):
            shown = ", ".join(found.layout.headers[:6])
            best = Recognition(found.rating, f"a Markdown table with the columns {shown}")
    return best


def parse(text: Text, hints: Hints) -> Inventory | Fleet:
    """Every list among the tables of the text; other tables are reported.

    Raises InputError where no table heads the columns of a list, where ``hints.columns`` cannot be obeyed, and where
    the tables are those of several sites by their headings.
    """
    check_map(hints.columns, text.source)
    refuse_several_sites(text)
    tables = list(islice(_find_tables(text, hints), _MAX_TABLES + 1))
    if len(tables) > _MAX_TABLES:
        raise InputError(f"over {_MAX_TABLES} tables stand in it; give fewer at once", source=text.source)
    best = max((found.rating for found in tables), default=0.0)
    if not best:
        likeliest = max((found.cells for found in tables), key=len, default=())
        raise refuse_table(text, likeliest, hints.columns, None)
    lists = {found.index: found for found in tables if found.rating == best}
    _refuse_sites_in_headings(text, list(lists.values()))
    draft = Draft(text)
    index = 0
    while index < len(text.lines):
        if index in lists:
            index = _read_table(draft, lists[index], index)
        else:
            _pass_by(draft, index)
            index += 1
    return assemble_tables(NAME, draft, hints, exported=False)


def is_markdown_rule(line: str) -> bool:
    """Whether a line is the row of dashes that makes a table of the line above it (``|---|:-:|``)."""
    stripped = line.strip()
    if "-" not in stripped or "|" not in stripped or not set(stripped) <= set("|-: "):
        return False
    cells = [cell.strip() for cell in stripped.removeprefix("|").removesuffix("|").split("|")]
    return all(map(_RULE.fullmatch, cells))


def _find_tables(text: Text, hints: Hints) -> Iterator[_Found]:
    """Every table of the text with its rating, 0 where it is no list."""
    headings: list[tuple[int, str]] = []
    for index, line in enumerate(text.lines):
        heading = _read_heading_line(text, index)
        if heading is not None:
            headings = [above for above in headings if above[0] < heading[0]]
            headings.append(heading)
        elif "|" in line and index + 1 < len(text.lines) and is_markdown_rule(text.lines[index + 1]):
            found = _rate(text, index, tuple(title for _, title in headings), hints)
            if found is not None:
                yield found


def _read_heading_line(text: Text, index: int) -> tuple[int, str] | None:
    """The level and the title of a heading: ``##``, underlined, a line in bold, or a label with a colon."""
    line = text.lines[index].strip()
    if not line or len(line) > _LONGEST_HEADING or "|" in line:
        return None
    match = _HEADING.fullmatch(line)
    if match:
        return len(match[1]), match[2].rstrip("# ")
    below = text.lines[index + 1].strip() if index + 1 < len(text.lines) else ""
    if len(below) > 2 and set(below) in ({"="}, {"-"}):
        return (1 if below[0] == "=" else 2), line
    match = _BOLD_LINE.fullmatch(line)
    if match:
        return 7, match[1]
    match = _LABEL.fullmatch(line)
    return (8, match[1]) if match else None


def _rate(text: Text, index: int, headings: tuple[str, ...], hints: Hints) -> _Found | None:
    line = text.lines[index]
    if len(line) > _LONGEST_HEADER or is_markdown_rule(line):
        return None
    split = _split(line)
    if len(split) > _MAX_COLUMNS or len(split) != len(_split(text.lines[index + 1])):
        return None
    cells = tuple(_clean(cell)[0] for cell in split)
    if not has_columns(cells, hints.columns):
        return _Found(index, cells, Layout(cells, {}), 0.0, headings)
    layout = find_layout(cells, hints.columns)
    found = _Found(index, cells, layout, 0.0, headings)
    if not hints.columns and any(map(_NOT_INSTALLED.search, headings[-1:])):
        return found
    below = takewhile(lambda row: "|" in row, text.lines[index + 2 : index + 2 + _SAMPLE])
    rows = [[_clean(cell)[0] for cell in _split(row)] for row in below if len(row) <= _LONGEST_HEADER]
    rating = rate_layout(layout, rows, knows_cell)
    return replace(found, rating=STRONG if rating and layout.tells and found.kind else rating)


def _is_wpcli(cells: Sequence[str]) -> bool:
    return rate_wpcli(name_columns(cells)) >= STRONG


def _refuse_sites_in_headings(text: Text, lists: Sequence[_Found]) -> None:
    sites = [
        title.strip() for found in lists for title in found.headings if _DOMAIN.fullmatch(_clean(title)[0].strip())
    ]
    names = list(dict.fromkeys(sites))
    if len(names) > 1:
        raise InputError(
            f"its tables are those of several sites ({shorten(', '.join(names[:4]))}); give one site's part of it",
            source=text.source,
        )


def _read_table(draft: Draft, found: _Found, start: int) -> int:
    """Read the rows below a header; the index of the first line that is none of the table."""
    status = None if "status" in found.layout.places else found.status
    table = Table(found.layout, found.kind, status)
    draft.tables.append(table)
    text = draft.text
    index = start + 2
    while index < len(text.lines) and "|" in text.lines[index]:
        line, number = text.lines[index], text.first + index
        cut = number == text.last and not text.ends_whole and line.lstrip()[:1] == "|" and line.rstrip()[-1] != "|"
        if cut or not _read_row(draft, table, number, line):
            table.miss(number, [line], draft.missed)
        index += 1
    return index


def _read_row(draft: Draft, table: Table, number: int, line: str) -> bool:
    """Take a row, unless it is blank or a total; False where it has too many cells or something in it is struck out."""
    width = len(table.layout.headers)
    cells = _split(line) if len(line) <= _LONGEST_ROW else []
    if not cells or "~~" in line or any(cell.strip() for cell in cells[width:]):
        return False
    cells = [*cells[:width], *[""] * (width - len(cells))]
    links = {}
    for place in table.layout.places.values():
        if len(cells[place]) > _LONGEST_CELL:
            return False
        cells[place], link = _clean(cells[place])
        if link is not None:
            links[place] = link
    filled = [cell for cell in cells if cell.strip()]
    if filled and (not is_total(filled[0]) or knows_cell("status", filled[-1])):
        draft.add(table, number, cells, links)
    return True


def _split(line: str) -> list[str]:
    """The cells of a row, still marked up."""
    stripped = line.strip().removeprefix("|")
    if stripped.endswith("|") and not stripped.endswith("\\|"):
        stripped = stripped[:-1]
    return _BARE_BAR.split(stripped)


def _clean(cell: str) -> tuple[str, tuple[str, str] | None]:
    """A cell as a reader of the page sees it, and the page of the WordPress.org directory that it links to."""
    text = cell.strip()
    if not _MARKUP.search(text):
        return " ".join(text.split()), None
    only = _ONLY_LINK.fullmatch(text)
    if only:
        return " ".join(only[1].split()), find_directory_slug(only[2])
    # Escaped signs are put out of reach of the markup and back at the end.
    if "\\" in text:
        for escaped, hidden in _ESCAPES:
            text = text.replace(escaped, hidden)
    addresses: list[str] = []
    if "[" in text:
        text = _IMAGE.sub(r"\1", text) if "![" in text else text
        addresses = [match[2] or "" for match in _LINK.finditer(text)]
        text = _LINK.sub(r"\1", text)
    if "<" in text:
        addresses += _AUTOLINK.findall(text)
        text = _TAG.sub("", _BREAK.sub(" ", _AUTOLINK.sub(r"\1", text)))
    text = html.unescape(_without_emphasis(text.replace("`", "").strip()))
    if "\\" in cell:
        text = text.translate(_SHOWN)
    pages = {page for address in addresses if (page := find_directory_slug(address)) is not None}
    return " ".join(text.split()), pages.pop() if len(pages) == 1 else None


def _without_emphasis(text: str) -> str:
    """The text without ``**``, and without marks around the whole of it; a single ``_`` inside may belong to a slug."""
    if "**" in text and text.count("**") % 2 == 0:
        text = text.replace("**", "")
    for mark in ("__", "*", "_") if text[:1] in ("*", "_") else ():
        inner = text[len(mark) : -len(mark)]
        if text == mark + inner + mark and inner and mark not in inner:
            text = inner
    return text


def _pass_by(draft: Draft, index: int) -> None:
    """Report a line outside of the lists, unless it is a heading, a rule, blank, or what is around a paste."""
    line = draft.text.lines[index]
    if (
        not line.strip()
        or set(line.strip()) <= set("-=*_ ")
        or _read_heading_line(draft.text, index)
        or is_context(line)
    ):
        return
    draft.missed.add(draft.text.first + index, mask(line))
