"""What a language needs beside its templates: lists of words for the checks, and how times and names are written.

A language's ``words.txt`` has sections in square brackets with one entry a line; ``#`` begins a comment. LISTS hold
phrases (see :func:`plugwatch.model.messages.text.compile_phrases`), TABLES hold ``name = value``. The meaning of each
section stands in the shipped files, ``templates/client/en/words.txt`` and ``templates/client/de/words.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugwatch.errors import InputError
from plugwatch.model.messages.text import compile_phrases, fold

LISTS = (
    *("third-party", "things", "fault", "careless", "indirect", "client-fault", "ours", "harmless", "titles"),
    *("acts", "harms", "send-away", "turn-to", "we", "receivers", "pronouns"),
    *("hear-from-us", "to-us", "vague", "unsure"),
    *("will", "announced", "releases", "outcome", "guarantee", "later", "past"),
    *("common", "generic", "beside-names", "brands", "abbreviations", "blanks"),
)
TABLES = ("formats", "weekdays", "months", "numbers", "heard", "clock", "days")
# What [formats] must hold: the moment by which something happens is said as its day is called.
_DAYS = ("today", "tomorrow", "yesterday", "week", "date")
FORMATS = ("language", "nouns", "time", "and", *(f"by-{day}" for day in _DAYS))

_SECTION = re.compile(r"\[([a-z-]+)\]")
_PLACES = re.compile(r"\{(\w+)\}")
_FIELDS = {"time", "weekday", "day", "month"}


@dataclass(frozen=True)
class Wording:
    """A language's words: ``lists`` by section, and ``formats``, the tables by section."""

    language: str
    lists: Mapping[str, tuple[str, ...]]
    formats: Mapping[str, Mapping[str, str]]

    def find(self, section: str, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        """Where a phrase of a list stands in a part of a folded text."""
        return compile_phrases(self.lists[section]).finditer(text, start, len(text) if end is None else end)

    def names_of(self, table: str) -> Mapping[str, int]:
        """The folded names of a table that counts (weekdays from 1 = Monday, months, numbers), with their numbers."""
        return {fold(name).text: int(number) for name, number in self.formats[table].items()}


def wording_from_text(text: str, source: str) -> Wording:
    """Read a ``words.txt``. Raises InputError, which names ``source`` and the line, where it cannot be used."""
    lists: dict[str, list[str]] = {}
    tables: dict[str, dict[str, str]] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        if entry.startswith("["):
            section = _section(entry, source, number)
            lists.setdefault(section, []) if section in LISTS else tables.setdefault(section, {})
        elif section in LISTS:
            lists[section].append(_phrase(entry, source, number))
        elif section:
            name, value = _named(section, entry, source, number)
            tables[section][name] = value
        else:
            raise InputError("the first entry stands before any [section]", source=source, line=number)
    missing = [name for name in (*LISTS, *TABLES) if name not in lists and name not in tables]
    missing += [f"formats: {name}" for name in FORMATS if "formats" in tables and name not in tables["formats"]]
    if missing:
        raise InputError(f"there is no [{missing[0]}]; the shipped words.txt of English has it", source=source)
    _check_counts(tables, source)
    return Wording(tables["formats"]["language"], {name: tuple(lists[name]) for name in LISTS}, tables)


def _section(entry: str, source: str, number: int) -> str:
    match = _SECTION.fullmatch(entry)
    if not match or match[1] not in (*LISTS, *TABLES):
        raise InputError(f"'{entry}' is no section of a word list", source=source, line=number)
    return match[1]


def _phrase(entry: str, source: str, number: int) -> str:
    words = entry.split()
    choices = [choice for word in words for choice in word.rstrip("?").split("|")]
    if "…" in (words[0], words[-1]) or words[-1].endswith("?") or any("*" in word.strip("*") for word in choices):
        raise InputError(
            f"'{entry}': '…' stands between words, '?' not at the last one, '*' at a word's beginning or end",
            source=source,
            line=number,
        )
    if not all(fold(choice.strip("*")).text for choice in choices):
        raise InputError(f"'{entry}' would fit any word", source=source, line=number)
    return " ".join(words)


def _named(section: str, entry: str, source: str, number: int) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in entry.partition("="))
    if not name or (not value and (equals or section not in ("clock", "days"))):
        raise InputError(f"'{entry}' should be 'name = value'", source=source, line=number)
    if section in ("weekdays", "months", "numbers") and not value.isdecimal():
        raise InputError(f"'{entry}': the value is a number", source=source, line=number)
    unknown = set(_PLACES.findall(value)) - (_FIELDS | {"h", "hh", "mm"})
    if section == "formats" and (unknown or value.count("{") != value.count("}")):
        raise InputError(f"'{entry}' may name {{{'}, {'.join(sorted(_FIELDS))}}}", source=source, line=number)
    return name, value


def _check_counts(tables: Mapping[str, Mapping[str, str]], source: str) -> None:
    for table, last in (("weekdays", 7), ("months", 12)):
        if {int(number) for number in tables[table].values()} != set(range(1, last + 1)):
            raise InputError(f"[{table}] has to name 1 to {last}", source=source)


def say_by(w: Wording, due: datetime, now: datetime) -> str:
    """The time by which something happens, or should have, in words: ``by 10:15 today``. Both are on one clock."""
    days = (due.date() - now.date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    form = w.formats["formats"][f"by-{near.get(days, 'week' if 1 < days < 7 else 'date')}"]
    clock = {"h": str(due.hour), "hh": f"{due.hour:02}", "mm": f"{due.minute:02}"}
    fields = {
        "time": _fill(w.formats["formats"]["time"], clock),
        "weekday": _first_name(w, "weekdays", due.isoweekday()),
        "day": str(due.day),
        "month": _first_name(w, "months", due.month),
    }
    return _fill(form, fields)


def _fill(form: str, fields: Mapping[str, str]) -> str:
    return _PLACES.sub(lambda place: fields.get(place[1], place[0]), form)


def _first_name(w: Wording, table: str, wanted: int) -> str:
    return next(name for name, number in w.formats[table].items() if int(number) == wanted)


def join_names(w: Wording, names: Sequence[str]) -> str:
    """Names in a row: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {w.formats['formats']['and']} {names[-1]}"


def heard(w: Wording, how: str, tone: str) -> str:
    """What to thank for (``phone``: "calling"), in a tone that may have its own words; "" for a way that has none."""
    table = w.formats["heard"]
    return table.get(f"{how}.{tone}", table.get(how, ""))
