"""``wp plugin list --format=json`` and ``wp theme list --format=json``, amid whatever else was printed.

WP-CLI prints one line without an end; notices of PHP stand before it and errors behind it on the same line. So arrays
are found with a decoder, not by lines. Deep, endless or huge JSON costs no more than a few times its length to refuse.
With ``--field=name`` it is an array of names, which says nothing else; other commands print such arrays too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, shorten
from plugwatch.inventories.noise import ListCommand, find_command, is_context
from plugwatch.inventories.wpcli.listing import (
    THEME_TYPES,
    Cells,
    Reading,
    assemble,
    name_columns,
    rate_columns,
    recognise_header,
    refuse_several_sites,
    shows_updates,
)
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import STATUSES, Inventory, Unparsed

NAME = "wpcli-json"

_START = re.compile(r'\[\s{0,50}(?=[{"\]])')
_BETWEEN = re.compile(r"\s*,?\s*")
_MAX_STARTS = 200
# 1,000 sites with 40 components each have 40,000 objects; beyond these counts the values take many times the memory of
# their text.
_MAX_OBJECTS = 100_000
_MAX_COMMAS = 1_000_000
_MAX_NAMES = 20_000
_SAMPLE = 50
_SURE = 0.95
_NAMING = ("name", "file")
# WP-CLI prints a bare array; under a key or inside another array it is another program's.
_INSIDE = re.compile(r'(?:"\s{0,10}:|[\[{,])\s{0,10}\Z')
_VERSION = re.compile(r"v?\.?\d+\.\d")
# What the other fields of a list say of every row (--field=status and the like).
_OTHER_FIELDS = {*STATUSES, "none", "available", "unavailable", "on", "off", "yes", "no", "block", "classic", "network"}
# Numbers stay text: a version may be one (5.10), and a number of a million digits must not be computed. Line ends
# inside strings are let through, because they come from a terminal that wrapped the line.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


@dataclass(frozen=True)
class _Array:
    """A JSON array in a text; not ``whole`` where only its first elements, up to ``end``, could be read.

    ``inner`` where it stands inside other JSON.
    """

    start: int
    end: int
    elements: list[Any]
    whole: bool
    inner: bool

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The fields of its objects, as a header row would name them; none where their ``type`` is no theme's."""
        objects = [element for element in self.elements[:_SAMPLE] if isinstance(element, dict)]
        if any(one.get("type") not in (None, *THEME_TYPES) for one in objects):
            return ()
        return name_columns(list(dict.fromkeys(key for one in objects for key in one)))

    @property
    def may_be_listed(self) -> bool:
        """Whether it may be taken for WP-CLI's without being told so."""
        return not self.inner or shows_updates(self.columns)


def recognise(text: Text) -> Recognition:
    """Sure where an array of objects has the fields of a list; an array of names may be something else's."""
    try:
        arrays = list(_find_arrays(text))
    except InputError:
        return NOT_MINE
    found = recognise_header((array.columns for array in arrays if array.may_be_listed), "JSON")
    if found.confidence:
        return found
    names = _name_arrays(text, arrays)
    if names:
        return _recognise_names(text, names)
    if any(_is_empty_list(text, array) for array in arrays):
        return Recognition(0.5, "an empty JSON list")
    return NOT_MINE


def parse(text: Text, hints: Hints) -> Inventory:
    """Every list in the text as one inventory; of JSON that was cut, the complete objects.

    Raises InputError where no list stands in the text, its JSON has more levels or values than one, or several sites
    are in it.
    """
    refuse_several_sites(text)
    reading = Reading(text)
    found = list(_find_arrays(text))
    arrays = [array for array in found if rate_columns(array.columns) > 0 or _is_empty_list(text, array)]
    position = 0
    for array in arrays or _name_arrays(text, found):
        if 0 < position == array.start:
            _refuse_nameless_sites(reading, array)
        _read_array(reading, array, _pass_by(reading, position, array.start))
        position = array.end
    _pass_by(reading, position, len(text.joined))
    return assemble(NAME, reading, hints)


def _find_arrays(text: Text) -> Iterator[_Array]:
    """The arrays of objects or names, one after the other. Raises InputError for more levels or values than a list."""
    joined = text.joined
    if joined.count("{") > _MAX_OBJECTS or joined.count(",") > _MAX_COMMAS:
        raise InputError("its JSON has more values than a list", source=text.source)
    position, effort = 0, 0
    for _ in range(_MAX_STARTS):
        match = _START.search(joined, position)
        if match is None or effort > 3 * len(joined):
            return
        try:
            array, effort = _decode(joined, match, effort)
        except RecursionError as error:
            line = text.line_at(match.start())
            raise InputError("its JSON is nested too deeply for a list", source=text.source, line=line) from error
        if array.whole or array.elements:
            yield array
        position = array.end


def _decode(joined: str, match: re.Match[str], effort: int) -> tuple[_Array, int]:
    """The array that begins here, and the effort (characters looked at in vain) up to now."""
    start = match.start()
    inner = bool(_INSIDE.search(joined[max(0, start - 25) : start]))
    try:
        elements, end = _DECODER.raw_decode(joined, start)
        return _Array(start, end, elements, whole=True, inner=inner), effort
    except json.JSONDecodeError as error:
        elements, end = _salvage(joined, match.end())
        return _Array(start, end, elements, whole=False, inner=inner), effort + error.pos - start


def _salvage(joined: str, position: int) -> tuple[list[Any], int]:
    """The complete objects at the beginning of an array that cannot be read as a whole, and where the last one ends."""
    elements: list[Any] = []
    while True:
        between = _BETWEEN.match(joined, position)
        start = between.end() if between else position
        if joined[start : start + 1] != "{":
            return elements, position
        try:
            element, position = _DECODER.raw_decode(joined, start)
        except json.JSONDecodeError:
            return elements, position
        elements.append(element)


def _is_empty_list(text: Text, array: _Array) -> bool:
    """Whether this is WP-CLI's ``[]`` for no rows, on a line of its own, and not a part of some notice."""
    return not array.elements and text.line(text.line_at(array.start)).strip() == "[]"


def _name_arrays(text: Text, arrays: list[_Array]) -> list[_Array]:
    """The arrays at the beginning of a line that hold nothing but what can be names of folders or files."""
    return [array for array in arrays if _holds_names(array) and _begins_line(text, array)]


def _holds_names(array: _Array) -> bool:
    if not array.whole or not 0 < len(array.elements) <= _MAX_NAMES:
        return False
    names = [element for element in array.elements if isinstance(element, str) and is_slug(element)]
    if len(names) < len(array.elements) or any(" " in name or _VERSION.match(name) for name in names):
        return False
    return not _OTHER_FIELDS.issuperset(names) and any(name[0].isalpha() for name in names)


def _begins_line(text: Text, array: _Array) -> bool:
    return not text.joined[: array.start].rpartition("\n")[2].strip()


def _recognise_names(text: Text, arrays: list[_Array]) -> Recognition:
    """Sure where the command that prints names stands above: lists of roles and users look the same."""
    reading = Reading(text)
    position, command = 0, None
    for array in arrays:
        command = _pass_by(reading, position, array.start) or command
        position = array.end
    if command is not None and command.field in _NAMING:
        return Recognition(_SURE, f"JSON below a command with --field={command.field}")
    return NOT_MINE


def _refuse_nameless_sites(reading: Reading, array: _Array) -> None:
    """Raise InputError where a list is glued to one with the same components, as ``wp @all ... --quiet`` prints them.

    One site's plugins and themes can be glued too: those have no name in common.
    """
    before = {cells.get("name") for listing in reading.listings for _, cells in listing.rows}
    if any(isinstance(element, dict) and element.get("name") in before for element in array.elements):
        raise InputError(
            "it holds the lists of several sites without their names; run the command without --quiet",
            source=reading.text.source,
        )


def _read_array(reading: Reading, array: _Array, command: ListCommand | None) -> None:
    line = reading.text.line_at(array.start)
    named = _column_of_names(array)
    listing = reading.open((named,) if named else array.columns, command)
    if not array.whole:
        listing.gaps.append(f"the JSON is cut after {len(array.elements)} complete entries")
    elif array.inner:
        listing.gaps.append("it is a part of other JSON, which WP-CLI does not print")
    elif named and command is None:
        listing.gaps.append("names alone do not say whether they are all")
    for number, element in enumerate(array.elements, start=1):
        cells = {named: element} if named else _cells(element) if isinstance(element, dict) else {}
        if not listing.add(line, cells):
            shown = ", ".join(f"{column}: {value}" for column, value in cells.items()) or "no object"
            reading.unparsed.append(Unparsed(line, shorten(f"entry {number}: {shown}")))
            listing.gaps.append(f"entry {number} of the list could not be read")


def _column_of_names(array: _Array) -> str | None:
    """The field that an array of names shows: ``file`` where each is a PHP file; None for an array of objects."""
    if not _holds_names(array):
        return None
    return "file" if all(element.endswith(".php") for element in array.elements) else "name"


def _cells(element: dict[str, Any]) -> Cells:
    """The object's plain values as text; false and null mean "none" to WP-CLI, whose empty value is ""."""
    cells = {}
    for key, value in element.items():
        if isinstance(value, str):
            cells[key.strip()] = value.replace("\n", "").strip()
        elif value is None or isinstance(value, bool):
            cells[key.strip()] = "true" if value else ""
    return cells


def _pass_by(reading: Reading, start: int, end: int) -> ListCommand | None:
    """Report the text between two places that means something unknown; the command that it echoes last, if any.

    None too where another kind's command stands on the line above: a script prints what both do behind the last.
    """
    command, line_of_command = None, 0
    first = reading.text.line_at(start)
    for line, piece in enumerate(reading.text.joined[start:end].split("\n"), start=first):
        if not is_context(piece):
            reading.unparsed.append(Unparsed(line, shorten(piece)))
        elif (seen := find_command(piece)) is not None:
            other = command is not None and command.themes != seen.themes and line_of_command == line - 1
            command, line_of_command = None if other else seen, line
    return command
