"""``wp plugin list --format=json`` and ``wp theme list --format=json``, amid whatever else was printed.

WP-CLI prints one line without an end; notices of PHP stand before it and errors behind it on the same line. So arrays
are found with a decoder, not by lines. Deep, endless or huge JSON costs no more than a few times its length to refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Recognition, Text, shorten
from plugwatch.inventories.listing import (
    Cells,
    Reading,
    assemble,
    name_columns,
    rate_columns,
    recognise_header,
    refuse_several_sites,
)
from plugwatch.inventories.noise import ListCommand, find_command, is_context
from plugwatch.model.inventory import Inventory, Unparsed

NAME = "wpcli-json"

_START = re.compile(r'\[\s{0,50}(?=[{"\]])')
_BETWEEN = re.compile(r"\s*,?\s*")
_MAX_STARTS = 200
_SAMPLE = 50
# Numbers stay text: a version may be one (5.10), and a number of a million digits must not be computed. Line ends
# inside strings are let through, because they come from a terminal that wrapped the line.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


@dataclass(frozen=True)
class _Array:
    """A JSON array in a text; not ``whole`` where only its first elements, up to ``end``, could be read."""

    start: int
    end: int
    elements: list[Any]
    whole: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The fields of its objects, as a header row would name them."""
        objects = [element for element in self.elements[:_SAMPLE] if isinstance(element, dict)]
        return name_columns(list(dict.fromkeys(key for one in objects for key in one)))


def recognise(text: Text) -> Recognition:
    """Sure where an array of objects has the fields of a list."""
    try:
        arrays = list(_find_arrays(text))
    except InputError:
        return NOT_MINE
    found = recognise_header((array.columns for array in arrays), "JSON")
    if not found.confidence and any(_is_empty_list(text, array) for array in arrays):
        return Recognition(0.5, "an empty JSON list")
    return found


def parse(text: Text, list_type: str | None) -> Inventory:
    """Every list in the text as one inventory; of JSON that was cut, the complete objects.

    Raises InputError where no list stands in the text, the JSON is nested too deeply, or several sites are in it.
    """
    refuse_several_sites(text)
    reading = Reading(text)
    position = 0
    for array in _find_arrays(text):
        if rate_columns(array.columns) > 0 or _is_empty_list(text, array):
            _read_array(reading, array, _pass_by(reading, position, array.start))
            position = array.end
    _pass_by(reading, position, len(text.joined))
    return assemble(NAME, reading, list_type)


def _find_arrays(text: Text) -> Iterator[_Array]:
    """The arrays of objects, one after the other. Raises InputError where one is nested too deeply to be a list."""
    joined = text.joined
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
    try:
        elements, end = _DECODER.raw_decode(joined, start)
        return _Array(start, end, elements, whole=True), effort
    except json.JSONDecodeError as error:
        elements, end = _salvage(joined, match.end())
        return _Array(start, end, elements, whole=False), effort + error.pos - start


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
    return not array.elements and text.lines[text.line_at(array.start) - 1].strip() == "[]"


def _read_array(reading: Reading, array: _Array, command: ListCommand | None) -> None:
    listing = reading.open(array.columns, command)
    line = reading.text.line_at(array.start)
    if not array.whole:
        listing.gaps.append(f"the JSON is cut after {len(array.elements)} complete entries")
    for number, element in enumerate(array.elements, start=1):
        cells = _cells(element) if isinstance(element, dict) else {}
        if not listing.add(line, cells):
            shown = ", ".join(f"{column}: {value}" for column, value in cells.items()) or "no object"
            reading.unparsed.append(Unparsed(line, shorten(f"entry {number}: {shown}")))
            listing.gaps.append(f"entry {number} of the list could not be read")


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
    """Report the text between two places that means something unknown; the command that it echoes last, if any."""
    command = None
    first = reading.text.line_at(start)
    for line, piece in enumerate(reading.text.joined[start:end].split("\n"), start=first):
        if is_context(piece):
            command = find_command(piece) or command
        else:
            reading.unparsed.append(Unparsed(line, shorten(piece)))
    return command
