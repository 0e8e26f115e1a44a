"""``wp plugin list --format=yaml`` and ``wp theme list --format=yaml``, amid whatever else was printed.

WP-CLI writes YAML with Spyc (mustangostang/spyc, Spyc::YAMLDump), which quotes some values but escapes nothing, so that
``title: "Acme" Forms`` is possible; such values are quoted here before PyYAML reads them. It is asked for its events
alone: they give scalars as they stand there (``5.10`` is no number) and build nothing that could grow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, shorten
from plugwatch.inventories.noise import FIELDS, ListCommand, find_command, is_context
from plugwatch.inventories.wpcli.listing import (
    Cells,
    Reading,
    assemble,
    name_columns,
    rate_columns,
    recognise_header,
    refuse_several_sites,
)
from plugwatch.model.inventory import Inventory, Unparsed

NAME = "wpcli-yaml"

_BEGIN = "---"
_SAMPLE = 10
_LOOKED_AT = 300
_MAX_BLOCKS = 200
_MAX_DEPTH = 4
_MAX_EVENTS = 400_000  # a list has two a line
_FIELD = re.compile(r" +[a-z_]+: ")
# What Spyc leaves bare, or puts between double quotes with its backslashes, and YAML reads otherwise or not at all.
_UNSAFE = re.compile(r"""^( +[a-z_]+: )([,@`%].*|[?|](?: .*|[^ \n+-].*)|-|"(?![^"\\\n]*"$).*)$""", re.MULTILINE)
# An only entry with less may have been cut, since no other one shows which fields it has.
_ENTRY = frozenset({"name", "status", "version"})
_NO_VALUE = frozenset({"false", "null", "~"})


class _NoListError(Exception):
    """The YAML is well formed, but has what no list needs and bombs are made of."""


@dataclass
class _Budget:
    """How many more of a parser's events are looked at in one text."""

    left: int = _MAX_EVENTS

    def spend(self) -> None:
        """Take one off. Raises _NoListError where none is left."""
        self.left -= 1
        if self.left < 0:
            raise _NoListError


@dataclass
class _Block:
    """The lines of one YAML sequence, by items: the number of an item's first line, then its lines.

    ``begun`` where the ``---`` that WP-CLI begins with stands above; ``command`` is the last one echoed above;
    ``below`` is the number of a line directly below that means something unknown, 0 for none.
    """

    indent: str
    begun: bool
    command: ListCommand | None
    items: list[tuple[int, list[str]]] = field(default_factory=list)
    below: int = 0

    def take(self, number: int, line: str) -> bool:
        """Add a line that is a part of the sequence, or return False."""
        if self.items and (line.startswith(self.deeper) or not line.strip()):
            noise = not _FIELD.match(line) and is_context(line)
            self.items[-1][1].append("" if noise else line)
        elif line.startswith(self.indent) and _begins_item(line[len(self.indent) :]):
            self.items.append((number, [line]))
        else:
            return False
        return True

    @cached_property
    def deeper(self) -> str:
        """How the lines of an item begin, all but the first."""
        return f"{self.indent} "


@dataclass
class _Layout:
    """The sequences of a text, the lines beside them that mean something unknown, and the last ``---`` above none."""

    blocks: list[_Block] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    begun: bool = False


def recognise(text: Text) -> Recognition:
    """Sure where a sequence of maps has no other keys than the fields of a list."""
    first = next((at for at, line in enumerate(text.lines) if _begins_item(line.strip())), None)
    if first is None:
        empty = any(line.strip() == _BEGIN for line in text.lines) and not _find_blocks(text).others
        return Recognition(0.5, "an empty YAML list") if empty else NOT_MINE
    lines = text.lines[first : first + _LOOKED_AT]
    if not any(_FIELD.match(line) for line in lines):
        return NOT_MINE
    blocks = _find_blocks(Text(text.source, lines)).blocks
    try:
        budget = _Budget()
        headers = [_columns(_parse_items(block.items[:_SAMPLE], budget)) for block in blocks]
    except _NoListError:
        return NOT_MINE
    return recognise_header((columns for columns in headers if FIELDS.issuperset(columns)), "YAML")


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory.

    Raises InputError where no list stands in the text, the YAML has anchors, or more levels or values than a list, or
    several sites are in it.
    """
    refuse_several_sites(text)
    reading = Reading(text)
    layout = _find_blocks(text)
    for number in layout.others:
        reading.miss(number)
    budget = _Budget()
    for block in layout.blocks:
        try:
            _read_block(reading, block, budget)
        except _NoListError as error:
            said = "its YAML has anchors, or more levels or values than a list"
            raise InputError(said, source=text.source, line=block.items[0][0]) from error
    if layout.begun:
        reading.open((), None)
    return assemble(NAME, reading, hints)


def _find_blocks(text: Text) -> _Layout:
    layout = _Layout()
    block: _Block | None = None
    command: ListCommand | None = None
    for number, line in text.numbered():
        if block is not None and block.take(number, line):
            continue
        content = line.strip()
        if _begins_item(content) and len(layout.blocks) < _MAX_BLOCKS:
            block = _Block(line[: line.index("-")], layout.begun, command)
            layout.blocks.append(block)
            layout.begun, command = not block.take(number, line), None
        elif content == _BEGIN:
            block, layout.begun = None, True
        elif (echoed := find_command(line)) is not None:
            block, command = None, echoed
        elif not is_context(line):
            if block is not None:
                block.below = number
            block, layout.begun = None, False
            layout.others.append(number)
    return layout


def _begins_item(content: str) -> bool:
    return content.startswith("- ") or content == "-"


def _columns(items: Sequence[Cells | None]) -> tuple[str, ...]:
    """The keys of the first items, as a header row would name them."""
    return name_columns(list(dict.fromkeys(key for item in items[:_SAMPLE] if item for key in item)))


def _read_block(reading: Reading, block: _Block, budget: _Budget) -> None:
    items = _parse_items(block.items, budget)
    columns = _columns(items)
    if rate_columns(columns) == 0:
        for number, lines in block.items:
            reading.unparsed += [Unparsed(number + at, shorten(line)) for at, line in enumerate(lines) if line.strip()]
        return
    listing = reading.open(columns, block.command)
    if not block.begun:
        listing.gaps.append(f"the '{_BEGIN}' above the list is missing")
    if block.below:
        listing.gaps.append(f"line {block.below} below the list could not be read")
    alone = len(items) == 1
    if alone and (_breaks_off(reading.text, block) or not _ENTRY.issubset(columns)):
        listing.gaps.append("the text may break off within the only entry of the list")
    for at, (item, (number, lines)) in enumerate(zip(items, block.items, strict=True), start=1):
        cut = at == len(block.items) and item is not None and len(item) < len(columns)
        cut = cut or (alone and len(columns) < 2)
        if item is None or cut or not listing.add(number, item):
            reading.unparsed.append(Unparsed(number, shorten(" ".join(line.strip() for line in lines))))
            listing.gaps.append(f"entry {at} of the list could not be read")


def _breaks_off(text: Text, block: _Block) -> bool:
    """Whether the text ends with the block, and without the line end that WP-CLI writes."""
    number, lines = block.items[-1]
    return number + len(lines) > text.last and not text.ends_whole


def _parse_items(items: Sequence[tuple[int, list[str]]], budget: _Budget) -> list[Cells | None]:
    """Each item as a map of its plain values, or None where it is no map or no YAML."""
    sources = ["\n".join(lines) for _, lines in items]
    together = _parse("\n".join(sources), budget)
    if together is not None and len(together) == len(items):
        return together
    alone = [_parse(source, budget) for source in sources]
    return [found[0] if found and len(found) == 1 else None for found in alone]


def _parse(source: str, budget: _Budget) -> list[Cells | None] | None:
    """The items of the YAML's sequence, or None where it is no YAML. Raises _NoListError for what makes bombs."""
    import yaml  # type: ignore[import-untyped, unused-ignore]  # only who reads YAML waits for it

    found = _Items()
    scalar, begin, end = yaml.ScalarEvent, yaml.CollectionStartEvent, yaml.CollectionEndEvent
    try:
        for event in yaml.parse(_UNSAFE.sub(_quote, source), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            budget.spend()
            if getattr(event, "anchor", None) is not None:
                raise _NoListError
            if isinstance(event, scalar):
                found.add(event.value, bare=event.implicit[0])
            elif isinstance(event, begin):
                found.enter(is_map=isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, end):
                found.leave()
    except yaml.YAMLError:
        return None
    return found.items


def _quote(match: re.Match[str]) -> str:
    value = match[2]
    if value[0] == value[-1] == '"' and value.count('"') == 2:
        value = value[1:-1]
    return match[1] + "'" + value.replace("'", "''") + "'"


@dataclass
class _Items:
    """The items of a sequence while a parser goes through it: maps of plain values, None for what is no map."""

    items: list[Cells | None] = field(default_factory=list)
    depth: int = 0
    cells: dict[str, str] | None = None
    key: str | None = None

    def enter(self, *, is_map: bool) -> None:
        """A sequence or map begins. Raises _NoListError where there are too many around it."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _NoListError
        if self.depth == 2:
            self.cells, self.key = {} if is_map else None, None

    def leave(self) -> None:
        """It ends: an item, or a key or value that is more than text."""
        self.depth -= 1
        if self.depth == 1:
            self.items.append(self.cells)
        elif self.depth == 2:
            self.key = None if self.key is not None else ""

    def add(self, value: str, *, bare: bool) -> None:
        """A scalar: an item of no use, a key, or its value. Spyc leaves no value empty: then it was cut off."""
        if self.depth == 1:
            self.items.append(None)
        elif self.depth == 2 and self.key is None:
            self.key = value.strip()
        elif self.depth == 2 and self.key is not None:
            if self.cells is not None and not (bare and not value):
                self.cells[self.key] = "" if bare and value in _NO_VALUE else value.strip()
            self.key = None
