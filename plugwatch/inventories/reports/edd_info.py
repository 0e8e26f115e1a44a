"""The system info of Easy Digital Downloads, and of the many plugins that took its code over.

Source: easy-digital-downloads, edd_tools_sysinfo_get() (now in includes/admin/admin-deprecated-functions.php), and its
forerunner up to 2014, includes/admin/system-info.php. Sections ``-- Title`` (once ``TITLE:``) hold ``Name: version``,
padded or not, with ``(needs update - 1.3)`` behind; newer releases put the plugin's address below and an empty line.
Pods, WordPress Beta Tester and form plugins write lists of the same kind, see edd_relatives.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints, Recognition, Text, shorten
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.reports import edd_relatives
from plugwatch.inventories.reports.report import (
    KIND_NAMES,
    MAX_LINE,
    Line,
    Report,
    Section,
    find_platform_version,
    installed,
    is_name,
    is_version,
    pass_by,
    split_theme,
)
from plugwatch.inventories.values import DROPINS
from plugwatch.model.inventory import Installed, Inventory

NAME = "edd-info"

_BEGIN, _END = "### begin system info", "### end system info"
_FRAME = re.compile(r"### (?:begin|end) system info(?: \([^()]{0,60}\))?(?: ###)?")
_MAX_TITLE = 80
# What a row of each section is: its kind and its status.
_ROWS = {
    "wordpress active plugins": ("plugin", "active"),
    "active plugins": ("plugin", "active"),
    "wordpress inactive plugins": ("plugin", "inactive"),
    "inactive plugins": ("plugin", "inactive"),
    "network active plugins": ("plugin", "active-network"),
    "wordpress network active plugins": ("plugin", "active-network"),
    "must-use plugins": ("mu-plugin", "must-use"),
    "must use plugins": ("mu-plugin", "must-use"),
    "wordpress must-use plugins": ("mu-plugin", "must-use"),
    "drop ins": ("dropin", "dropin"),
    "drop-ins": ("dropin", "dropin"),
    "dropins": ("dropin", "dropin"),
}
_OLD_TITLES = frozenset({"TEMPLATES:", *(f"{title.upper()}:" for title in _ROWS)})
_CUES = ("wordpress configuration", "webserver configuration")
_THEMES = {"active theme": "active", "parent theme": "parent"}
_NETWORK = "active-network"
_BRACKETS = re.compile(r"\bv\(([^()\s]{1,100})\)$")  # Name: v(1.2)
_UPDATE = re.compile(r"(.*?) ?\(needs update - ([^()\s]{1,100})\)")


def recognise(text: Text) -> Recognition:
    """Sure where the report begins or a section of it has plugins; less so for the lists of its relatives."""
    titled = False
    for line in text.lines:
        if "--" not in line and "###" not in line and "PLUGINS:" not in line:
            continue
        title = _find_title(line)
        if title is not None and (title.startswith(_BEGIN) or _split_title(title)[0] in _ROWS):
            return Recognition(0.97, f"the title '{shorten(line, 40)}'")
        titled = titled or title in _CUES
    if titled:
        return Recognition(0.7, "sections of a system info, but none of plugins")
    return edd_relatives.recognise(text)


def parse(text: Text, hints: Hints) -> Inventory:  # noqa: ARG001 - every format has the same face
    """The report or lists in the text as one inventory of one site.

    Raises InputError where none stands in it, or the reports of several sites.
    """
    report = Report(text)
    sections = _split(report)
    if not any(section.title in (*_ROWS, *_CUES) or section.title.startswith((_BEGIN, _END)) for section in sections):
        if not edd_relatives.recognise(text).confidence:
            raise InputError(
                "no edd-info report stands in it: it has no title such as '-- WordPress Active Plugins'",
                source=text.source,
            )
        return edd_relatives.read_text(text).finish(NAME)
    framed = any(section.title.startswith(_BEGIN) for section in sections)
    for section in sections:
        if section.title in _ROWS:
            _read_list(report, section, framed)
        else:
            _read_keys(report, section)
    # Of the plugins that took the code over, some do not look for updates.
    report.knows_updates = any(row.update_version for row in report.components)
    _merge_network(report)
    _judge(report, sections)
    return report.finish(NAME)


def _find_title(line: str) -> str | None:
    """The title that a line begins with, in small letters: ``-- Title``, ``-- Title --``, ``ACTIVE PLUGINS:``, the
    frame.

    More may stand behind it where a chat has lost the line ends; see :func:`_split_title`.
    """
    stripped = line[:MAX_LINE].strip()
    lowered = stripped.lower()
    if lowered.startswith((_BEGIN, _END)) or stripped.startswith("-- "):
        return lowered.strip("-: ")
    if stripped in _OLD_TITLES:
        return lowered.removesuffix(":")
    if stripped.startswith("## ") and stripped.endswith(" ##"):
        return lowered.strip("# ")
    return None


def _split_title(title: str) -> tuple[str, bool]:
    """The known title that a title begins with, if any, and whether it goes on behind as no title does."""
    if title in _ROWS:
        return title, False
    if title.startswith((_BEGIN, _END)):
        return title, not _FRAME.fullmatch(title)
    known = next((known for known in _ROWS if title.startswith((f"{known} ", f"{known}:"))), None)
    return known or title, known is not None or len(title) > _MAX_TITLE or " -- " in title


def _split(report: Report) -> list[Section]:
    sections = [Section("")]
    for number, line in report.text.numbered():
        title = _find_title(line)
        if title is None:
            sections[-1].lines.append((number, line))
            continue
        sections[-1].closed = True
        known, goes_on = _split_title(title)
        sections.append(Section(known, closed=known.startswith(_END)))
        if goes_on:
            report.miss(number, _ROWS.get(known, ("plugin",))[0])
    return sections


def _read_list(report: Report, section: Section, framed: bool) -> None:
    """Take the rows of a section; a report whose frame is not closed may be cut in its last line."""
    kind, status = _ROWS[section.title]
    rows: set[int] = set()
    strange = _find_strange_rows(section.lines)
    for at, (number, line) in enumerate(section.lines):
        shown = line[:MAX_LINE].strip()
        row = None if framed and report.breaks_off_in(number) else _read_row(shown, kind, status)
        if row is not None and (at in strange or (":" in (row.name or "") and is_context(shown))):
            report.miss(number, kind)  # of a message of PHP that ends in a number, or of somebody's words
        elif row is not None:
            report.take(row)
            rows.add(at)
        elif not (at - 1 in rows and _is_vendor(section.lines, at)) and not is_context(line[:MAX_LINE]):
            report.miss(number, kind)


def _find_strange_rows(lines: Sequence[Line]) -> set[int]:
    """Where lines stand behind an empty one that are no rows of the list, since it has no empty lines: either each
    of its rows is alone, with the plugin's address, or no empty line parts them."""
    parts: list[list[int]] = [[]]
    for at, (_, line) in enumerate(lines):
        if line.strip():
            parts[-1].append(at)
        elif parts[-1]:
            parts.append([])
    alone = not _has_rows(lines, parts[0])
    return {at for part in parts[1:] if not alone or _has_rows(lines, part) for at in part}


def _has_rows(lines: Sequence[Line], part: Sequence[int]) -> bool:
    """Whether more than one row stands in a part of a list."""
    shown = (lines[at][1][:MAX_LINE].strip() for at in part)
    rows = (line for line in shown if _read_row(line, "plugin", "active") is not None and not is_context(line))
    return len(tuple(islice(rows, 2))) > 1


def _is_vendor(lines: Sequence[Line], at: int) -> bool:
    """Whether the line below a row is the plugin's address, or, between empty lines, the author of one without."""
    line = lines[at][1].strip()
    if "://" in line and " " not in line:
        return True
    if ": " in line:
        return False  # a key, or a row that has no version
    return all(is_context(lines[near][1][:MAX_LINE]) for near in (at - 2, at + 1) if 0 <= near < len(lines))


def _read_row(line: str, kind: str, status: str) -> Installed | None:
    """The component of ``Name: 1.2 (needs update - 1.3)``, or None where the line is none.

    The last ``: `` ends the name. Of a blank version the colon is left. The layout of 2014 wrote ``Name :1.2`` for
    plugins of a network.
    """
    offered = _UPDATE.fullmatch(line) if line.endswith(")") else None
    shown, update = (offered[1].rstrip(), offered[2]) if offered else (line, "")
    if shown.endswith(":"):
        name, version = shown[:-1].strip(), ""
    else:
        name, _, version = _BRACKETS.sub(r"\1", shown).rpartition(": ")
        if not is_version(version.strip()):
            name, _, version = shown.rpartition(" :")
            if not is_version(version):
                return None
    slug = name.strip() if kind == "dropin" and name.strip() in DROPINS else None
    return installed(kind, status, name, version.strip(), update, slug) if is_name(name.strip()) else None


def _read_keys(report: Report, section: Section) -> None:
    """Take WordPress, PHP and the theme from the keys of the other sections."""
    themes: dict[str, str] = {}
    for number, key, value in pass_by(report, section.lines):
        if key in _THEMES and report.breaks_off_in(number):
            report.miss(number)
        elif key in _THEMES:
            themes[key] = value
        elif key in ("home url", "home_url"):
            report.homes.add(value)
        elif not report.breaks_off_in(number):
            _read_platform(report, key, value, section.title)
    for key, value in themes.items():
        if value and (key == "active theme" or value != themes.get("active theme")):
            report.take(installed("theme", _THEMES[key], *split_theme(value)))


def _read_platform(report: Report, key: str, value: str, title: str = "") -> None:
    """Take the version of WordPress or PHP where this key has it."""
    if key in ("wordpress version", "wp version") or (key == "version" and title.startswith("wordpress")):
        report.wordpress_version = report.wordpress_version or find_platform_version(value)
    elif key == "php version":
        report.php_version = report.php_version or find_platform_version(value)


def _merge_network(report: Report) -> None:
    """Plugins that run on a whole network stand in the list of the inactive ones too, and only there with an update."""
    network = {row.name for row in report.components if row.status == _NETWORK}
    updates = {row.name: row.update_version for row in report.components if row.status == "inactive"}
    report.components = [
        replace(row, update_version=row.update_version or updates.get(row.name)) if row.status == _NETWORK else row
        for row in report.components
        if not (row.kind == "plugin" and row.status == "inactive" and row.name in network)
    ]


def _judge(report: Report, sections: Sequence[Section]) -> None:
    """Find the kinds of which the report names all: no list of theirs may be missing, or be the text's last part."""
    listed = [section for section in sections if section.title in _ROWS]
    for section in listed:
        kind, _ = _ROWS[section.title]
        report.whole.add(kind)
        if not section.closed:
            report.gaps.setdefault(kind, f"nothing says that the {KIND_NAMES[kind]} end where the text does")
    statuses = {status for kind, status in (_ROWS[section.title] for section in listed) if kind == "plugin"}
    missing = [status for status in ("active", "inactive") if status not in statuses]
    if statuses and missing:
        report.gaps.setdefault("plugin", f"it has no list of the {missing[0]} plugins")
