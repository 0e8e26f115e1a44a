"""The lines of a Site Health report: titles of sections, rows of lists, and the fields that describe a theme.

Source: WordPress, wp-admin/includes/class-wp-debug-data.php (WP_Debug_Data). Keys are never translated, the words on
automatic updates at the end of a row are, and plugins may filter those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from plugwatch.inventories.reports.report import is_name
from plugwatch.inventories.values import MAX_VERSION, read_version, tidy
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import Installed

# What a row of each list is: its kind and its status.
LISTS = {
    "wp-dropins": ("dropin", "dropin"),
    "wp-themes-inactive": ("theme", "inactive"),
    "wp-mu-plugins": ("mu-plugin", "must-use"),
    "wp-plugins-active": ("plugin", "active"),
    "wp-plugins-inactive": ("plugin", "inactive"),
}
THEMES = {"wp-active-theme": "active", "wp-parent-theme": "parent"}
# WordPress always writes these, so a report that has all of them lacks no section but the empty ones.
ALWAYS = frozenset(
    {"wp-core", "wp-active-theme", "wp-media", "wp-server", "wp-database", "wp-constants", "wp-filesystem"}
)
# As WordPress writes them.
ORDER = (
    *("wp-core", "wp-paths-sizes", "wp-dropins", "wp-active-theme", "wp-parent-theme", "wp-themes-inactive"),
    *("wp-mu-plugins", "wp-plugins-active", "wp-plugins-inactive", "wp-media", "wp-server", "wp-database"),
    *("wp-constants", "wp-filesystem"),
)
SECTIONS = frozenset(ORDER)

# In English, and in German as sites were seen to print it. Whatever else stands there says nothing.
_AUTO_UPDATE = {
    "Auto-updates enabled": True,
    "Auto-updates disabled": False,
    "Automatische Aktualisierungen aktiviert": True,
    "Automatische Aktualisierungen deaktiviert": False,
}
_THEME_AUTO_UPDATE = {"Enabled": True, "Disabled": False, "Aktiviert": True, "Deaktiviert": False}

_NONE = "(undefined)"
_LATEST = "(latest version: "
_GLUED_TITLE = " ### "
_MAX_LINE = 4_000
_MAX_TITLE = 120

_TITLE = re.compile(r"(.*?)(?: ?\(([0-9]{1,6})\))?")
_HEADING = re.compile(r"#(?: |$)|#{2,6}(?!#)")
# A post that was copied as HTML, and then only in part.
_LAYOUT = re.compile(r"</?(?:h[1-6]|p|br|b|strong|div|li)\b[^<>]{0,100}>")


@dataclass(frozen=True)
class Title:
    """The title of a section, with the number of lines that it declares.

    ``marked`` where it can be nothing else; without marks it could also be a word of another text.
    """

    key: str
    count: int | None
    marked: bool


@dataclass(frozen=True)
class Row:
    """One plugin or theme of a list. WordPress shows no more of its identity than the display name."""

    name: str
    version: str | None
    update_version: str | None
    auto_update: bool | None

    def as_installed(self, kind: str, status: str) -> Installed:
        """The component that it is in a list of this kind and status."""
        return Installed(kind, None, self.name, self.version, status, self.update_version, self.auto_update)


def without_layout(line: str) -> str:
    """The line without the tags of a rendered post."""
    return _LAYOUT.sub("", line) if "<" in line and len(line) <= _MAX_LINE else line


def find_title(line: str) -> Title | None:
    """The title that a line is: of a section of ours however it is marked, or of anything else behind ``#``."""
    if "#" not in line and "wp-" not in line:
        return None
    stripped = line.strip()
    if len(stripped) > _MAX_TITLE:
        return None
    match = _TITLE.fullmatch(without_layout(stripped).strip("#* "))
    if match is not None and match[1] in SECTIONS:
        count = int(match[2]) if match[2] else None
        marked = "#" in stripped or stripped.startswith("<h") or (count is not None and match[1] in LISTS)
        return Title(match[1], count, marked)
    return Title(stripped, None, marked=False) if _HEADING.match(stripped) and _GLUED_TITLE not in stripped else None


def may_hold_rows(line: str) -> bool:
    """Whether a line has the marks of a row or a title amid it: of several lines, where a chat has lost their ends."""
    if ": " not in line or len(line) > _MAX_LINE:
        return False
    swapped = ", version: " in line.partition(": author: ")[2]
    return swapped or ", author:" in line.partition(": version: ")[2] or _GLUED_TITLE in line


def read_row(line: str, *, cut: bool = False, theme: bool = False) -> Row | None:
    """The plugin or theme of a row, or None where the line is no row, or several.

    WordPress writes ``NAME: version: V, author: A``, or ``NAME: author: A, version: V`` where one of both is
    ``(undefined)``, or ``NAME: undefined`` for a ``theme`` that lacks both; then ``(latest version: V)`` and a word on
    automatic updates. Names hold colons and authors commas, so the name ends at the last marker. ``cut`` says that the
    line may lack its end: then no version is taken that may lack some.
    """
    if len(line) > _MAX_LINE or ": " not in line:
        return None
    name, _, rest = line.rpartition(": version: ")
    swapped_name, _, swapped = line.rpartition(": author: ")
    if len(swapped_name) > len(name):
        return _read_swapped(swapped_name, swapped, cut)
    if not name:
        name, _, rest = line.rpartition(": version ")  # some write it so; WordPress does not
    version, author, rest = rest.partition(", author:")
    if name and author:
        version, _, update = version.partition(f" {_LATEST}")  # likewise
        return _make_row(name, version, f"{_LATEST}{update}, {rest}" if update else rest)
    if theme:
        name, undefined, rest = line.rpartition(": undefined")
        if undefined and rest[:1] in ("", ",", " "):
            return _make_row(name, "", rest)
    return None


def _read_swapped(name: str, rest: str, cut: bool) -> Row | None:
    author, marker, rest = rest.rpartition(", version: ")
    ends = [end for end in (rest.find(" (latest"), rest.find(", ")) if end >= 0]
    version = rest[: min(ends, default=len(rest))].rstrip(",")
    if not marker or _NONE not in (author, version) or (cut and not ends and version != _NONE):
        return None
    return _make_row(name, version, rest)


def _make_row(name: str, version: str, rest: str) -> Row | None:
    """The row with this name and version; ``rest`` is what follows, and the author in it is not kept."""
    if may_hold_rows(name) or len(version) > MAX_VERSION:
        return None
    name = tidy(unescape(name))
    if not is_name(name):
        return None
    settings = (_AUTO_UPDATE[part] for part in reversed(rest.split(", ")) if part in _AUTO_UPDATE)
    return Row(name, read_defined(version), _read_update(rest), next(settings, None))


def _read_update(rest: str) -> str | None:
    """The version in ``(latest version: V)``, if the bracket is closed."""
    _, marker, shown = rest.rpartition(_LATEST)
    shown, closed, _ = shown.partition("), ")
    if not closed and shown.endswith(")"):
        shown, closed = shown[:-1], ")"
    return read_defined(shown) if marker and closed and len(shown) <= MAX_VERSION else None


def read_defined(text: str) -> str | None:
    """A version as it is stored, or None where WordPress found none."""
    return None if text in (_NONE, "undefined") else read_version(text)


def read_dropin(line: str) -> Installed | None:
    """The drop-in of a line ``FILE: true``, or None where it is no such line."""
    file, _, value = line.rpartition(": ")
    if value != "true" or not file.endswith(".php") or not is_slug(file):
        return None
    return Installed("dropin", file, None, None, "dropin")


def fits_theme(key: str, value: str) -> bool:
    """Whether a field can describe a theme: ``name`` is ``NAME (FOLDER)``, and nothing is overlong."""
    if key == "name":
        return value.endswith(")") and "(" in value and value != "()"
    return len(value) <= MAX_VERSION * 2


def read_theme(fields: Mapping[str, str], status: str, *, trust_setting: bool) -> Installed | None:
    """The theme that ``name``, ``version`` and ``auto_update`` describe, or None where nothing names it.

    ``trust_setting`` says that ``auto_update`` is this theme's own.
    """
    shown, _, folder = fields.get("name", "").removesuffix(")").rpartition("(")
    name, slug = tidy(unescape(shown)) or None, folder if is_slug(folder) else None
    if name is None and slug is None:
        return None
    version, latest, update = fields.get("version", "").partition(f" {_LATEST}")
    setting = _THEME_AUTO_UPDATE.get(fields.get("auto_update", "")) if trust_setting else None
    return Installed("theme", slug, name, read_defined(version), status, _read_update(latest + update), setting)
