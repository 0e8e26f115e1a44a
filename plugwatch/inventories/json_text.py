"""JSON in a text, amid whatever else stands there: whole documents, and the whole parts of one that was cut.

A container that cannot be read is entered instead: of a list that was cut, each complete object is found on its own.
Deep, endless or huge JSON costs no more than a few times its length to refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugwatch.errors import InputError
from plugwatch.inventories.containers import SHOWN, Text, shorten
from plugwatch.inventories.noise import is_context
from plugwatch.model.inventory import Unparsed

# A composer.lock has a container in some 150 characters. Beyond these counts the values would take many times the
# memory of their text.
_MAX_CONTAINERS = 100_000
_MAX_COMMAS = 300_000
_MAX_DOCUMENTS = 5_000
# What may be read in vain, in characters: enough for 200 broken places in a file of 1 MiB, and half a second of work.
_PATIENCE = 20_000_000
# An error counts the line ends before its place, which is this many times faster than reading.
_COUNTING = 16
_PUNCTUATION = " \t[]{},:"
_MAX_LEFT = 5_000
_MAX_TWICE = 10
_KEY_BEFORE = 80
_MAX_CONTEXT = 2_000

_START = re.compile(r'\{\s{0,200}(?=")|\[\s{0,200}(?=[\[{"\]])')
_KEY = re.compile(r'"([^"\\\n]{1,60})"\s{0,10}:\s{0,10}\Z')
_SECRET = re.compile(r"://|[?&=@]|\w{20,}")
_VALUE = re.compile(r'"\s{0,9}:\s{0,9}"[^"]{0,400}"?')
_SHOWN_KEYS = {"name", "version", "type", "plugin", "stylesheet", "status"}
_SECRET_LINE = re.compile(r"pass|secret|token|auth(?!or)|key|licen[cs]e|user|bearer|cookie", re.IGNORECASE)


@dataclass(frozen=True)
class Document:
    """An object or array in a text, from offset ``start`` up to ``end``.

    ``key`` is what stands before it as its key, where it was found inside a container that cannot be read.
    """

    start: int
    end: int
    value: Any
    key: str | None


@dataclass(frozen=True)
class Documents:
    """The JSON of a text.

    ``broken`` are the lines where a container begins that cannot be read, each with the line where it breaks.
    ``twice`` are the keys that stand twice in one object, where PHP takes the last, and so is done here.
    """

    found: tuple[Document, ...]
    broken: tuple[tuple[int, int], ...]
    twice: tuple[str, ...]

    def warnings(self) -> list[str]:
        """One sentence on the keys that stand twice, where there are any."""
        if not self.twice:
            return []
        names = ", ".join(shorten(key, 40) for key in self.twice)
        return [f"keys stand twice in one object of its JSON ({names}); the last was taken, as PHP does"]


def find_json(text: Text) -> Documents:
    """Every object and array in the text that is not inside another one.

    Numbers stay text, since a version may be one (5.10) and a number of a million digits must not be computed. Raises
    InputError where one is nested too deeply, or has more values than any list.
    """
    joined = text.joined
    if joined.count("[") + joined.count("{") > _MAX_CONTAINERS or joined.count(",") > _MAX_COMMAS:
        raise _too_many(text)
    duplicates = _Duplicates()
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=str, parse_constant=str, strict=False, object_pairs_hook=duplicates.build
    )
    found, broken, position, effort = [], [], 0, 0
    while effort < _PATIENCE + 2 * len(joined) and (match := _START.search(joined, position)):
        start = match.start()
        try:
            value, position = decoder.raw_decode(joined, start)
        except json.JSONDecodeError as error:
            position = start + 1
            effort += error.pos - start + error.pos // _COUNTING + 100
            broken.append((text.line_at(start), text.line_at(error.pos)))
        except RecursionError as error:
            line = text.line_at(start)
            raise InputError("its JSON is nested too deeply for a list", source=text.source, line=line) from error
        else:
            found.append(Document(start, position, value, _key_before(joined, start)))
            if len(found) > _MAX_DOCUMENTS:
                raise _too_many(text)
    places = tuple(place for place in dict.fromkeys(broken) if not is_context(text.line(place[0])[:_MAX_CONTEXT]))
    return Documents(tuple(found), places, tuple(duplicates.keys))


def _too_many(text: Text) -> InputError:
    return InputError("its JSON has more values than a list of one site", source=text.source)


def leftovers(text: Text, read: Iterable[Document], is_known: Callable[[str], bool]) -> list[Unparsed]:
    """What stands outside the documents that were read, unless it is context of any list or ``is_known``.

    What could be an address, a key or a password is not shown. Raises InputError where it is more than surrounds a
    list.
    """
    left: list[Unparsed] = []
    for line, piece in _outside(text, read):
        if not is_known(piece) and piece.strip(_PUNCTUATION) and not is_context(piece[:_MAX_CONTEXT]):
            left.append(Unparsed(line, mask(piece)))
        if len(left) > _MAX_LEFT:
            said = f"over {_MAX_LEFT:,} of its lines were not understood; give the list alone"
            raise InputError(said, source=text.source)
    return left


def _outside(text: Text, read: Iterable[Document]) -> Iterator[tuple[int, str]]:
    """The lines, or pieces of lines, outside the documents; each after its number."""
    position = 0
    for end, following in [*((document.start, document.end) for document in read), (len(text.joined), 0)]:
        yield from enumerate(text.joined[position:end].split("\n"), start=text.line_at(position))
        position = following


def mask(piece: str) -> str:
    """The shortened text without what could be an address, a key or a password: JSON's values, and some words."""
    piece = piece[: 2 * SHOWN]
    if _SECRET_LINE.search(piece):
        return "a line that may hold a secret"
    before, quote, after = piece.partition('"')
    if piece.count('"') % 2 and before.strip():
        piece = f"…{quote}{after}"  # an excerpt may begin in the middle of a value
    if ":" in piece:
        piece = _VALUE.sub(_hide, piece)
    shown = " ".join(["…" if _SECRET.search(word) else word for word in piece.split()])
    return shown if len(shown) <= SHOWN and shown.isprintable() else shorten(shown)


def _hide(match: re.Match[str]) -> str:
    key = match.string[: match.start()].rpartition('"')[2]
    return match[0] if key in _SHOWN_KEYS or "/" in key else '": "…"'


def plain(value: object) -> str:
    """A text or number as one line of text; "" for anything else. A terminal may have wrapped it."""
    return value.replace("\n", "").strip() if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


class _Duplicates:
    """Builds objects as ``dict`` does and notes the first keys that stand twice in one."""

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}

    def build(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) < len(pairs) and len(self.keys) < _MAX_TWICE:
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.keys[key] = None
                seen.add(key)
        return built


def _key_before(joined: str, start: int) -> str | None:
    if joined[max(0, start - 12) : start].rstrip()[-1:] != ":":
        return None
    match = _KEY.search(joined[max(0, start - _KEY_BEFORE) : start])
    return match[1] if match else None
