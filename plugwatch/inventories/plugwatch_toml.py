"""A list that a person keeps by hand, as the command-line contract lays it down (``plugwatch-toml``).

Top-level keys, all optional: ``wordpress``, ``php`` (versions as text) and the tables ``plugins``, ``themes``,
``mu-plugins`` and ``dropins``, where a key is the folder or file name and its value a version or a table with
``version``, ``status`` and ``name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import tomli

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, shorten
from plugwatch.inventories.limits import check_count
from plugwatch.inventories.values import MAX_VERSION, read_version, tidy
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import STATUSES, UNKNOWN_STATUS, Installed, Inventory

NAME = "plugwatch-toml"

_TABLES = {"plugins": "plugin", "themes": "theme", "mu-plugins": "mu-plugin", "dropins": "dropin"}
_VERSIONS = ("wordpress", "php")
_ENTRY = ("version", "status", "name")
# A must-use plugin or drop-in is always on, so only a plugin's or theme's status can be unknown.
_DEFAULT_STATUS = {"mu-plugin": "must-use", "dropin": "dropin"}
_MAX_CHARACTERS = 2**20
_MOST_SIGNS = 1 + len(_ENTRY)  # one "=" before an entry and one before each of its keys

_TABLE_LINE = re.compile(r"\[\s*[\"']?([A-Za-z-]{1,20})[\"']?\s*(?:\.[^\]]{1,300})?\]\s*(?:#.*)?")
_VERSION_LINE = re.compile(r"(?:wordpress|php)\s*=\s*[\"']")


def recognise(text: Text) -> Recognition:
    """Sure where one of the tables begins or a version stands; less so where a table's name is nearly one of them."""
    nearly = NOT_MINE
    for line in text.lines:
        stripped = line.strip()
        table = _TABLE_LINE.fullmatch(stripped)
        if (table and table[1] in _TABLES) or _VERSION_LINE.match(stripped):
            return Recognition(0.95, f"TOML with '{shorten(stripped, 40)}'")
        if table and get_close_matches(table[1], _TABLES, cutoff=0.8):
            nearly = Recognition(0.6, f"TOML with '{shorten(stripped, 40)}'")
    return nearly


def parse(text: Text, hints: Hints) -> Inventory:  # noqa: ARG001 - every format has the same face; tables say it here
    """The inventory that the file writes down.

    Raises InputError naming the line of a mistake in the TOML, of an unknown key or of a value of the wrong kind.
    """
    if len(text.joined) > _MAX_CHARACTERS:
        raise InputError("it is over 1 MiB; no list kept by hand is that long", source=text.source)
    check_count(text.joined.count("=") // _MOST_SIGNS, text.source)
    try:
        document = tomli.loads(text.joined)
    except tomli.TOMLDecodeError as error:
        raise InputError(f"it is no valid TOML: {shorten(str(error))}", source=text.source) from error
    except ValueError as error:
        raise InputError("a number in it is too long; a version must be text in quotes", source=text.source) from error
    except RecursionError as error:
        raise InputError("its TOML is nested too deeply for a list", source=text.source) from error
    return _Document(text).read(document)


@dataclass(frozen=True)
class _Document:
    text: Text

    def read(self, document: Mapping[str, Any]) -> Inventory:
        for key in document:
            if key not in _TABLES and key not in _VERSIONS:
                raise self._error(_unknown("key", key, (*_VERSIONS, *_TABLES)), key)
        versions = {key: self._version(document[key], key, key) for key in _VERSIONS if key in document}
        present = {table: self._entries(table, document[table]) for table in _TABLES if table in document}
        return Inventory(
            NAME,
            tuple(entry for entries in present.values() for entry in entries),
            wordpress_version=versions.get("wordpress"),
            php_version=versions.get("php"),
            warnings=tuple(
                f"the table [{table}] is empty, so nothing was taken for removed"
                for table, entries in present.items()
                if not entries
            ),
            complete_kinds=frozenset(_TABLES[table] for table, entries in present.items() if entries),
        )

    def _entries(self, table: str, entries: object) -> list[Installed]:
        if not isinstance(entries, dict):
            raise self._error(f"'{table}' must be a table of names and versions", table)
        check_count(len(entries), self.text.source)
        return [self._entry(table, slug, value) for slug, value in entries.items()]

    def _entry(self, table: str, slug: str, value: object) -> Installed:
        kind, place = _TABLES[table], f"{table}.{shorten(slug, 40)}"
        if not is_slug(slug):
            raise self._error(f"'{place}' is no folder or file name; quote a name that holds a dot", slug)
        if kind == "mu-plugin" and not slug.endswith(".php"):
            raise self._error(f"a must-use plugin is named by its file; write \"{slug}.php\" instead of '{slug}'", slug)
        fields = value if isinstance(value, dict) else {"version": value}
        for key in fields:
            if key not in _ENTRY:
                raise self._error(_unknown(f"key in {place}", key, _ENTRY), key)
        status = fields.get("status", _DEFAULT_STATUS.get(kind, UNKNOWN_STATUS))
        if status not in STATUSES:
            raise self._error(_unknown(f"status of {place}", shorten(str(status), 40), STATUSES), slug)
        name = fields.get("name", "")
        if not isinstance(name, str):
            raise self._error(f"the name of {place} must be text in quotes", slug)
        version = self._version(fields.get("version", ""), place, slug)
        return Installed(kind, slug, tidy(name) or None, version, status)

    def _version(self, value: object, place: str, key: str) -> str | None:
        if not isinstance(value, str) or len(value) > MAX_VERSION:
            raise self._error(f'the version of {place} must be text in quotes, such as "1.2.3"', key)
        return read_version(value)

    def _error(self, reason: str, key: str) -> InputError:
        """An error that points at the first line that mentions the key."""
        line = next((number for number, line in self.text.numbered() if key and key in line), None)
        return InputError(reason, source=self.text.source, line=line)


def _unknown(what: str, text: str, known: Iterable[str]) -> str:
    known = list(known)
    near = get_close_matches(text.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
    return f"unknown {what}: '{shorten(text, 40)}'; {hint}"
