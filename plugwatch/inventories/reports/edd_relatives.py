"""Lists that other plugins print for support, each of a few lines: Pods, WordPress Beta Tester, plugins for forms.

They have no grammar to speak of, so rows count only right below their heading and only where they fit it:

- Pods: ``Currently Active Plugins:``, then ``Name: 1.2``.
- WordPress Beta Tester ("Report a bug"): ``- Theme: Name 2.2``, ``- Plugins:``, then ``  * Name 1.2.3``; the last word
  is the version where it starts with a digit.
- Plugins for forms, and WooCommerce up to 2.0: ``Installed Plugins: Name by Author version 1.2, Name by ...``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from plugwatch.inventories.containers import NOT_MINE, Recognition, Text, shorten
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.reports.report import (
    MAX_LINE,
    Report,
    find_platform_version,
    installed,
    is_name,
    is_version,
    split_key,
    split_theme,
)
from plugwatch.model.inventory import Installed

_PODS = "currently active plugins:"
_BULLET = re.compile(r"(\s{0,40})([-*•])\s{1,8}(\S.*)")
_BULLET_LIST = re.compile(r"(MU[- ])?Plugins\s?:?\s*(.*)", re.IGNORECASE)
_BULLET_KEY = re.compile(r"([A-Za-z][\w /-]{0,40}): (.*)")
_TITLE = re.compile(r"(?:#{1,6}|={2,4}) ?[A-Z][\w /-]{0,60}(?: ?=+)?|\*\*[^*]{1,60}\*\*")
_NO_PLUGINS = ("none activated", "none", "")
_ONE_LINE = re.compile(
    r"\s{0,40}(?:(?:WordPress|WP|Installed|Active|Activated) ){0,3}(?:Installed|Plugins)(?: List)?\s{0,40}[:\t](.*)",
    re.IGNORECASE,
)
_ITEM_END = re.compile(r" version (\S{0,100}?)(?:,\s|\s*$)")
# Words of a sentence, which may have a version too.
_PROSE = re.compile(r"\b(?:we|you|they|them|our|my)\b|\bI\b")
_CUES = ("lugins", "nstalled", "PLUGINS", "INSTALLED")
_MAX_ONE_LINE = 200_000
# What the keys of such reports begin with.
_KEYS = frozenset(
    {"wordpress", "wp", "wpdb", "php", "mysql", "server", "your", "session", "opcode", "object", "pods", "database"}
    | {"host", "smtp", "smtp_port", "suhosin", "browser", "os", "multisite", "max", "memory", "web", "theme", "is"}
)


@dataclass(frozen=True)
class _Heading:
    """What a heading says of the rows below it: their kind and how they look; ``indent`` of a bullet's own."""

    shape: str
    kind: str = "plugin"
    indent: int = 0
    rest: str = ""

    def read(self, line: str) -> tuple[list[Installed], str]:
        """The plugins that a line below the heading names, and what is left of it; all of it where it is no row."""
        if self.shape == "pods":
            row = _read_pair(line)
        elif self.shape == "bullets":
            row = _read_bullet(line, self.indent)
        else:
            return _read_items(line)
        if row is None:
            return [], line
        status = "must-use" if self.kind == "mu-plugin" else "active"
        return [replace(row, kind=self.kind, status=status)], ""


def recognise(text: Text) -> Recognition:
    """Nearly sure where a heading of one of the lists has a row that fits it."""
    heading, above = None, ""
    for line in text.lines:
        if not line.strip():
            continue
        found = _find_heading(line)
        rows, _ = found.read(found.rest) if found else heading.read(line) if heading else ([], "")
        if rows:
            return Recognition(0.9, f"the heading '{shorten(line if found else above, 40)}' with a plugin")
        heading, above = found, line
    return NOT_MINE


def read_text(text: Text) -> Report:
    """Every list in the text. None of them is whole, since they name active plugins only."""
    report = Report(text)
    heading: _Heading | None = None
    begun = False
    for number, line in text.numbered():
        found = _find_heading(line)
        if found is not None:
            heading, begun = found, False
        elif not line.strip():
            heading = None if begun else heading
            continue
        rows, rest = heading.read(found.rest if found else line) if heading else ([], line)
        if rows and rest.strip() and not report.breaks_off_in(number):
            rows, rest = [], line  # no list goes on with other words
            found = found or heading
        report.take(*rows)
        begun = begun or bool(rows)
        if rest.strip() and (rows or found):
            report.miss(number, "plugin")
        elif rest.strip():
            heading = None
            _read_other(report, number, line)
    if any(row.kind == "plugin" for row in report.components):
        report.gaps["plugin"] = "such a list names no inactive plugins"
    return report


def _find_heading(line: str) -> _Heading | None:
    if not any(cue in line for cue in _CUES) or len(line) > _MAX_ONE_LINE:
        return None
    if line.strip().lower() == _PODS:
        return _Heading("pods")
    bullet = _BULLET.match(line)
    if bullet:
        listed = _BULLET_LIST.fullmatch(bullet[3].rstrip())
        if listed is None or listed[2].lower() not in _NO_PLUGINS:
            return None
        return _Heading("bullets", "mu-plugin" if listed[1] else "plugin", len(bullet[1]))
    one_line = _ONE_LINE.match(line)
    return _Heading("one line", rest=one_line[1]) if one_line else None


def _read_pair(line: str) -> Installed | None:
    """A row of Pods: the last ``: `` ends the name. A blank version leaves the space behind it."""
    name, found, version = line[:MAX_LINE].strip("\r\n").rpartition(": ")
    if not found or not is_name(name.strip()) or (version.strip() and not is_version(version.strip())):
        return None
    return installed("plugin", "active", name, version.strip())


def _read_bullet(line: str, indent: int) -> Installed | None:
    """A row of Beta Tester: a bullet of another kind than the heading's, or one that stands further in."""
    bullet = _BULLET.fullmatch(line[:MAX_LINE])
    if bullet is None or (bullet[2] == "-" and len(bullet[1]) <= indent):
        return None
    shown = bullet[3].strip()
    name, _, version = shown.rpartition(" ")
    if not is_name(shown):
        return None
    if name and version[0].isdecimal() and is_version(version):
        return installed("plugin", "active", name, version)
    return installed("plugin", "active", shown, "")


def _read_items(line: str) -> tuple[list[Installed], str]:
    """Plugins one after the other: ``Name by Author version 1.2, ...``; names may hold " by ", and authors commas."""
    shown = line[:_MAX_ONE_LINE].strip() + " "
    rows: list[Installed] = []
    position = 0
    for match in _ITEM_END.finditer(shown):
        name, by, _ = shown[position : match.start()].rpartition(" by ")
        version = match[1]
        if not by or not is_name(name.strip()) or (version and (not is_version(version) or version.endswith("."))):
            break
        if _PROSE.search(name):
            return [], line
        rows.append(installed("plugin", "active", name, version))
        position = match.end()
    return rows, shown[position:].strip(" ,")


def _read_other(report: Report, number: int, line: str) -> None:
    """A line under no heading: the theme, a version of WordPress or PHP, a key, or nothing that is known."""
    bullet = _BULLET.fullmatch(line[:MAX_LINE])
    keyed = _BULLET_KEY.fullmatch(bullet[3]) if bullet else None
    pair = (keyed[1].lower(), keyed[2].strip()) if keyed else split_key(line)
    if pair is None:
        if not _TITLE.fullmatch(line[:MAX_LINE].strip()) and not is_context(line[:MAX_LINE]):
            report.miss(number)
        return
    key, value = pair
    if key in ("theme", "currently active theme", "active theme") and value:
        name, version = split_theme(value)
        report.take(installed("theme", "active", name.removesuffix(":"), version))
    elif key in ("wordpress", "wordpress version", "wp version"):
        report.wordpress_version = report.wordpress_version or find_platform_version(value)
    elif key in ("php", "php version"):
        report.php_version = report.php_version or find_platform_version(value)
    elif keyed is None and key.split(" ")[0] not in _KEYS and not is_context(line[:MAX_LINE]):
        report.miss(number)
