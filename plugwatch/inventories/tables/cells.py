"""What people and programs write into the cells of a table: versions with remarks, ticks, words of four languages."""

from __future__ import annotations

import re
from functools import lru_cache

from plugwatch.inventories.tables.columns import fold
from plugwatch.inventories.values import MAX_VERSION, STATUS_WORDS, read_status, read_version, tidy
from plugwatch.model.inventory import UNKNOWN_STATUS

_YES = {"yes", "y", "true", "1", "on", "x", "ja", "oui", "si", "enabled", "✓", "✔", "✅", "☑", "🟢"}
_NO = {"no", "n", "false", "0", "off", "nein", "non", "disabled", "✗", "✘", "✖", "❌", "☐", "🔴"}
_TICKS = {"✓": "active", "✔": "active", "✅": "active", "☑": "active", "🟢": "active"} | dict.fromkeys(
    "✗✘✖❌☐🔴", "inactive"
)
_STATUSES = {fold(word): status for word, status in STATUS_WORDS.items()} | {
    **dict.fromkeys(("aktiv", "aktiviert", "actif", "active", "activee", "activo", "activado", "activated"), "active"),
    **dict.fromkeys(("enabled", "yes", "ja", "oui", "si", "true", "1", "on", "x"), "active"),
    **dict.fromkeys(("inaktiv", "deaktiviert", "nicht aktiv", "inactif", "inactive", "desactive"), "inactive"),
    **dict.fromkeys(("desactivee", "inactivo", "desactivado", "not active", "deactivated", "deactive"), "inactive"),
    **dict.fromkeys(("disabled", "no", "nein", "non", "false", "0", "off", "n"), "inactive"),
    **dict.fromkeys(("network activated", "active (network)", "netzwerkweit aktiv"), "active-network"),
    **dict.fromkeys(("mustuse", "mu", "mu plugin", "must use plugin"), "must-use"),
    "parent theme": "parent",
}
_KINDS = {
    **dict.fromkeys(("plugin", "plugins"), "plugin"),
    **dict.fromkeys(("theme", "themes", "child theme", "parent theme", "tema"), "theme"),
    **dict.fromkeys(("mu plugin", "mu plugins", "must use", "must use plugin", "must use plugins", "mu"), "mu-plugin"),
    **dict.fromkeys(("dropin", "drop in", "dropins", "drop ins"), "dropin"),
    **dict.fromkeys(("core", "wordpress", "wordpress core", "wp core"), "core"),
}

# A cell without a version, in the words and signs that stand for one.
_NO_VERSION = {
    *("", "-", "–", "—", "?", "n/a", "na", "none", "null", "false", "true", "unknown", "unbekannt", "inconnue"),
    *("desconocida", "tbd", "k.a.", "not installed"),
}
_EXACT = re.compile(r"(?=.*[0-9])[.0-9A-Za-z-][0-9A-Za-z.+_~#-]*|dev-[^\s,;|]+|trunk", re.ASCII)
_CONSTRAINT = re.compile(r"[\^~<>=*][^,;|]{0,60}|[0-9.]{0,20}[.][xX*]|latest|newest", re.ASCII | re.IGNORECASE)
_REMARK = re.compile(r"\s+\([^()]*\)$")
_UPDATE = re.compile(r"update[^0-9]{0,20}(\d+(?:[.-]\w+)+)", re.ASCII | re.IGNORECASE)
_PREFIX = re.compile(r"(?:version|ver\.?)\s+(?=\S)", re.IGNORECASE)

_DIRECTORY = re.compile(
    r"(?:https?://)?(?:[a-z-]+\.)?wordpress\.org/(?:extend/)?(plugins|themes)/"
    r"(?!(?:tags|browse|search|author)/[^/?#]|(?:developers|about)\b/?$)([A-Za-z0-9_-]+)(?:[/?#]\S*)?"
)

_PATH = ("../", "./", "~/")
_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?|[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)

_TOTAL = re.compile(
    r"(?:grand |sub ?)?(?:totals?|sum|summe|gesamt|insgesamt|anzahl|count|suma|somme)"
    r"(?: (?:of )?(?:plugins?|themes?))?\s*(?:[:=]?\s*\d{1,5})?"
    r"|\d{1,5} (?:plugins?|themes?)(?: (?:installed|in total|total))?"
)
_TOTAL_START = re.compile(r"\W*(?:grand|sub|total|sum|gesamt|insg|anzahl|count|som|\d)", re.IGNORECASE)
_SECTION = re.compile(
    r"(?:(?:network |in|de)?(?:active|activated)|installed|(?:in|de)?aktive?|must use|standard) "
    r"(?:plugins?|themes?)|(?:plugins?|themes?|mu plugins?|must use|drop ?ins?)"
)
_COUNT = re.compile(r"\s*\(\d{1,5}\)\s*$")
_INACTIVE = re.compile(r"\b(?:inactive|deactivated|disabled|inaktive?|deaktivierte?)\b")
_ACTIVE = re.compile(r"\b(?:active|activated|enabled|aktive?|aktivierte?)\b")


def read_cell_version(cell: str) -> tuple[bool, str | None]:
    """Whether the cell may stand in a column of versions, and the version; None where it names none.

    A constraint is no version, and a remark in brackets behind a version is no part of it.
    """
    if not cell:
        return True, None
    if _EXACT.fullmatch(cell) and len(cell) <= MAX_VERSION and cell[-2:].lower() != ".x":
        return True, read_version(cell)
    text = _PREFIX.sub("", _REMARK.sub("", tidy(cell), count=1), count=1)
    if text.casefold() in _NO_VERSION or _CONSTRAINT.fullmatch(text):
        return True, None
    if _EXACT.fullmatch(text) and len(text) <= MAX_VERSION:
        return True, read_version(text)
    return False, None


def is_constraint(cell: str) -> bool:
    """Whether a cell allows several versions (``^3.0``, ``5.x``, ``latest``) instead of naming one."""
    return bool(_CONSTRAINT.fullmatch(tidy(cell)))


@lru_cache(maxsize=4096)
def read_cell_status(cell: str) -> str:
    """One of STATUSES for what a table says of a component: a word of any case, a tick, or either with a remark."""
    known = read_status(cell)
    if known != UNKNOWN_STATUS:
        return known
    words = "".join(c for c in cell if c not in _TICKS and c != "\ufe0f")
    for text in (words, _REMARK.sub("", words.strip()), re.split(r"[,;(/–]| - ", words, maxsplit=1)[0]):
        if fold(text) in _STATUSES:
            return _STATUSES[fold(text)]
    if not words.strip():
        return next((_TICKS[c] for c in cell if c in _TICKS), UNKNOWN_STATUS)
    return UNKNOWN_STATUS


def read_cell_switch(cell: str) -> bool | None:
    """True or False for a cell that says on or off, None for any other."""
    text = cell.strip().replace("\ufe0f", "")
    word = fold(text) or text
    return True if word in _YES or text in _YES else False if word in _NO or text in _NO else None


def find_update(cell: str) -> str | None:
    """The version that a remark beside the status names: "active (update available: 4.1.2)"."""
    match = _UPDATE.search(tidy(cell))
    return read_version(match[1]) if match else None


def read_kind(cell: str) -> str | None:
    """The kind of a component (or ``core``) that a cell names, None where it names none."""
    return _KINDS.get(fold(cell))


def knows_cell(column: str, cell: str) -> bool:
    """Whether a cell of this field is one that only lists of components have."""
    if column == "kind":
        return read_kind(cell) is not None
    return column == "status" and read_cell_status(cell) != UNKNOWN_STATUS


def is_name(text: str) -> bool:
    """Whether a text can be a component's display name: no option, path or address, and no mere punctuation."""
    return (
        any(map(str.isalnum, text))
        and text[0] not in "-/\\$@<>{}[]=;"
        and not text.startswith(_PATH)
        and "://" not in text
    )


def find_directory_slug(text: str) -> tuple[str, str] | None:
    """The kind and slug of the WordPress.org page that an address names, if it does: the directory's own identity."""
    if "wordpress.org/" not in text:
        return None
    match = _DIRECTORY.fullmatch(text.strip())
    return (match[1].removesuffix("s"), match[2]) if match else None


def is_address(text: str) -> bool:
    """Whether a text can be the address of a site, with or without its scheme."""
    return bool(_ADDRESS.fullmatch(text))


def is_total(cell: str) -> bool:
    """Whether a row that begins so counts the rows above it."""
    return bool(_TOTAL_START.match(cell)) and len(cell) <= 60 and bool(_TOTAL.fullmatch(fold(cell)))


def read_section(text: str) -> tuple[str | None, str | None] | None:
    """What a line that is nothing but a heading ("Inactive plugins (3):") says of the rows below; None for others."""
    if len(text) > 60 or not _SECTION.fullmatch(fold(_COUNT.sub("", text.rstrip(" :")))):
        return None
    return read_heading(text)


def read_heading(text: str) -> tuple[str | None, str | None]:
    """The kind and the status that a heading gives the table below it, each None where it does not say."""
    words = fold(text[:200])
    kinds = []
    if re.search(r"\b(?:must use|mu plugins?)\b", words):
        kinds.append("mu-plugin")
    elif re.search(r"\bplugins?\b", words):
        kinds.append("plugin")
    if re.search(r"\bdrop ?ins?\b", words):
        kinds.append("dropin")
    if re.search(r"\bthemes?\b", words):
        kinds.append("theme")
    inactive = bool(_INACTIVE.search(words))
    active = bool(_ACTIVE.search(_INACTIVE.sub("", words)))
    status = None if active == inactive else "active" if active else "inactive"
    return (kinds[0] if len(kinds) == 1 else None), status
