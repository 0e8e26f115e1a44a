"""The headers of plugins and themes, read and written exactly as WordPress reads them.

The rule is core's ``get_file_data()`` and ``_cleanup_header_comment()`` (wp-includes/functions.php,
https://developer.wordpress.org/reference/functions/get_file_data/): the first 8 KiB, CR counted as LF, a name at the
start of a line after any of space, TAB, ``/ * # @``, the value up to ``*/``, ``?>`` or the end of the line. The first
line that carries the name decides, even where its value is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from plugwatch.errors import InputError, PlugwatchError

HEADER_BYTES = 8192
"""How much of a file WordPress looks at."""

# get_plugin_data(), wp-admin/includes/plugin.php
PLUGIN_HEADERS = (
    "Plugin Name",
    "Plugin URI",
    "Version",
    "Description",
    "Author",
    "Author URI",
    "Text Domain",
    "Domain Path",
    "Network",
    "Requires at least",
    "Requires PHP",
    "Update URI",
    "Requires Plugins",
    "Site Wide Only",
)

# WP_Theme::$file_headers, wp-includes/class-wp-theme.php
THEME_HEADERS = (
    "Theme Name",
    "Theme URI",
    "Description",
    "Author",
    "Author URI",
    "Version",
    "Template",
    "Status",
    "Tags",
    "Text Domain",
    "Domain Path",
    "Requires at least",
    "Requires PHP",
    "Update URI",
)

PLUGWATCH_HEADERS = ("Plugwatch-Base", "Plugwatch-Patches")
"""Headers of our own in a build; WordPress ignores them."""

THEME_FILE = "style.css"

_TRIM = b" \t\n\r\0\x0b"  # what PHP's trim() takes off; it leaves form feeds alone
_SPACE = b" \t\n\r\x0b\f"  # what \s means to PCRE
_PADDING = re.compile(rb"(?:[ \t]*<\?php)?([ \t/*#@]*)", re.I)
_LINE_ENDING = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class Main:
    """The file that makes a tree a plugin or a theme.

    ``kind`` is "plugin" or "theme"; ``version`` is empty where the header has none; ``others`` are further files with
    a plugin header at the same level, each of which WordPress would list as a plugin of its own.
    """

    path: str
    name: str
    version: str
    kind: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    """Where a header stands, as offsets in the file: ``raw`` is right after the colon, ``value`` past the blanks."""

    start: int
    name: int
    raw: int
    value: int
    value_end: int
    end: int


class NoHeaderError(InputError):
    """A tree or file has no plugin or theme header."""


def read_headers(data: bytes, names: Iterable[str]) -> dict[str, str]:
    """The value of each header name, as WordPress sees it; "" where it is absent or counts as such.

    ``data`` is the file or its first 8 KiB. Bytes that are not UTF-8 are shown as U+FFFD.
    """
    head = _head(data)
    return {name: _read(head, name).decode("utf-8", "replace") for name in names}


def main_file(files: Iterable[tuple[str, bytes]], slug: str = "", kind: str = "") -> Main:
    """The main file among ``(path, first 8 KiB)`` of a component's folder.

    A plugin's are the ``*.php`` of the top level with a Plugin Name (dot files are skipped, as get_plugins() does): of
    several the one named like ``slug`` wins, then the first in sorted order with a Version. A theme's is ``style.css``
    with a Theme Name. ``kind`` settles which of both is looked for; without it a plugin comes first. Must-use plugins
    and drop-ins carry plugin headers. Raises NoHeaderError where there is none.
    """
    top = sorted((path, data) for path, data in files if "/" not in path and not path.startswith("."))
    plugins = [main for path, data in top if path.endswith(".php") and (main := _main(path, data, "plugin"))]
    themes = [main for path, data in top if path == THEME_FILE and (main := _main(path, data, "theme"))]
    found = themes if kind == "theme" else plugins if kind else plugins or themes
    if not found:
        wanted = "style.css with 'Theme Name:'" if kind == "theme" else "PHP file with 'Plugin Name:'"
        raise NoHeaderError(f"no {wanted} at the top of the folder; give the component's own folder", source=slug)
    names = (slug, f"{slug}.php", f"{slug.rpartition('/')[2]}.php")
    best = min(found, key=lambda main: (main.path not in names, not main.version, main.path))
    return Main(best.path, best.name, best.version, best.kind, tuple(m.path for m in found if m is not best))


def set_header(data: bytes, name: str, value: str, after: str) -> bytes:
    """The file with one header set: its line's value replaced, or a line added below the header ``after``.

    A new line takes over the neighbour's comment style and line ending; no other byte changes, and reading the header
    back gives exactly ``value``. Raises PlugwatchError where the value cannot stand in a header line, where neither
    header is there, or where the result would leave the first 8 KiB.
    """
    encoded = _encoded(name, value)
    line = _find(data, name)
    result = _add_line(data, name, encoded, after) if line is None else _replace_value(data, line, encoded)
    if read_headers(result, (name,))[name] != value:
        raise PlugwatchError(f"the header '{name}' would not fit into the first 8 KiB, where WordPress stops reading")
    return result


def line_ending(data: bytes) -> bytes:
    """The line ending that a file uses: that of its first line, LF where it has a single line."""
    match = _LINE_ENDING.search(data)
    return match.group() if match else b"\n"


def _head(data: bytes) -> bytes:
    return data[:HEADER_BYTES].replace(b"\r", b"\n")


@lru_cache(maxsize=128)
def _pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"^(?:[ \t]*<\?php)?[ \t/*#@]*" + re.escape(name.encode()) + rb":(.*)$", re.M | re.I)


def _read(head: bytes, name: str) -> bytes:
    match = _pattern(name).search(head)
    raw = match.group(1) if match else b""
    return b"" if raw == b"0" else _clean(raw)  # PHP takes the string "0" for false


def _clean(raw: bytes) -> bytes:
    cuts = [at for at in (raw.find(b"*/"), raw.find(b"?>")) if at >= 0]
    return (raw[: min(cuts)].rstrip(_SPACE) if cuts else raw).strip(_TRIM)


def _find(data: bytes, name: str) -> _Line | None:
    match = _pattern(name).search(_head(data))
    if match is None:
        return None
    raw, at = match.group(1), match.start(1)
    clean = _clean(raw)
    value = at + (len(raw) - len(raw.lstrip(_TRIM)) if clean else 0)
    return _Line(match.start(), at - len(name) - 1, at, value, value + len(clean), match.end())


def _main(path: str, data: bytes, kind: str) -> Main | None:
    title = "Plugin Name" if kind == "plugin" else "Theme Name"
    headers = read_headers(data, (title, "Version"))
    return Main(path, headers[title], headers["Version"], kind) if headers[title] else None


def _encoded(name: str, value: str) -> bytes:
    if not value or value != value.strip() or not value.isprintable() or "*/" in value or "?>" in value:
        raise PlugwatchError(
            f"{value!r} cannot be the value of the header '{name}': it must be one line of visible characters "
            "without '*/' and '?>'"
        )
    return value.encode()


def _replace_value(data: bytes, line: _Line, value: bytes) -> bytes:
    # PHP takes a value that is "0" and nothing else for none, so it needs the space; an empty one gets it for looks.
    empty, tight = line.value == line.value_end, line.value == line.raw
    gap = b" " if empty or (tight and value == b"0") else b""
    return data[: line.value] + gap + value + data[line.value_end :]


def _add_line(data: bytes, name: str, value: bytes, after: str) -> bytes:
    line = _find(data, after)
    if line is None:
        raise NoHeaderError(f"there is no header '{after}:' in the first 8 KiB, so '{name}' cannot be written")
    rest = data[line.value_end : line.end]
    closed = b"*/" in rest or b"?>" in rest
    at = line.value_end if closed else line.end
    title = name.encode() + b":" + b" " * _blanks(data, line, len(name) + 1)
    return data[:at] + _ending_at(data, line.end) + _style(data[line.start : line.name]) + title + value + data[at:]


def _blanks(data: bytes, line: _Line, width: int) -> int:
    """How many blanks follow a title of ``width`` bytes: one, or what a neighbour set in columns asks for."""
    between = data[line.raw : line.value]
    in_columns = len(between) > 1 and not between.strip(b" ")
    return max(1, line.value - line.name - width) if in_columns else 1


def _style(lead: bytes) -> bytes:
    """What stands before a header on the line below one that begins with ``lead``."""
    match = _PADDING.match(lead)
    padding = match.group(1) if match else b""
    if padding.lstrip().startswith(b"/*"):
        return b" * "
    return padding.lstrip() if b"<" in lead else padding


def _ending_at(data: bytes, end: int) -> bytes:
    match = _LINE_ENDING.match(data, end)
    return match.group() if match else line_ending(data)
