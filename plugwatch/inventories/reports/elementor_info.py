"""Elementor's "System Info" as it is copied from its screen or downloaded.

Source: elementor/elementor, modules/system-info (templates/raw.php, reporters/). Sections ``== Title ==`` hold lines of
``Label: value``; those of plugins hold a name, then ``Version:`` and ``Author:``, which no language translates. Titles
and labels are translated on old sites, and tabs and empty lines get lost, so sections are known by what stands in them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.reports.report import (
    MAX_LINE,
    NETWORK,
    Line,
    Report,
    Section,
    find_platform_version,
    installed,
    is_name,
    is_version,
    pass_by,
    split_key,
)
from plugwatch.model.inventory import UNKNOWN_STATUS, Inventory

NAME = "elementor-info"

_VERSION, _AUTHOR = "Version:", "Author:"
_PROPERTIES = (_AUTHOR, "URL:", "PluginURI:", "AuthorURI:")
_TITLE = re.compile(r"==\s*([^=].{0,400}?)\s*==")
# Words of old translations; what they do not tell, the order of the sections may.
_ACTIVE = re.compile(r"\b(?:acti|akti|atti|ati)[vf]", re.IGNORECASE)
_MUST_USE = re.compile(r"\bmust\b|\bmu\b|imprescindible|indispensable|obrigat|obbligator|verplicht", re.IGNORECASE)
_THEME_TITLES = frozenset({"theme", "tema", "thème", "thema", "motyw", "téma", "design", "тема", "テーマ", "主题"})
_THEME_LABELS = ("name", "version", "author", "child theme", "parent theme name", "parent theme version")
_THEME_LINES = (4, 7)
_THEME, _SITE = "theme", "site"
# Lines of the log that Elementor keeps, which may stand apart.
_LOGGED = re.compile(r"\s*(?:\d{4}-\d\d-\d\d |(?:Log|PHP|JS): showing |'\w{1,40}' => |\)|#\d+)")


def recognise(text: Text) -> Recognition:
    """Sure where the text has titled sections, and plugins in the shape that Elementor gives them."""
    titles, above = set(), ""
    plugins = False
    for line in text.lines:
        if "==" in line and (title := _find_title(line)) is not None:
            titles.add(title)
        elif "Author:" in line and line.strip().startswith(_AUTHOR) and above.startswith(_VERSION):
            plugins = True
        if plugins and titles:
            return Recognition(0.97, "sections '== Title ==' and plugins as Elementor writes them")
        above = line[:MAX_LINE].strip() or above
    if "Theme" in titles and len(titles) > 1:
        return Recognition(0.7, "a section '== Theme =='")
    return NOT_MINE


def parse(text: Text, hints: Hints) -> Inventory:  # noqa: ARG001 - every format has the same face
    """The report in the text, or what an excerpt has of it.

    Raises InputError where no section of such a report stands in it, or those of several sites.
    """
    sections = _split(text)
    if len(sections) == 1:
        raise InputError(
            "no elementor-info report stands in it: it has no title such as '== Active Plugins =='", source=text.source
        )
    report = Report(text)
    kinds = _kinds(sections)
    for section, kind in zip(sections, kinds, strict=True):
        _read_section(report, section, kind)
    _judge(report, sections, kinds)
    return report.finish(NAME)


def _find_title(line: str) -> str | None:
    match = _TITLE.fullmatch(line[:MAX_LINE].strip())
    return match[1] if match else None


def _split(text: Text) -> list[Section]:
    sections = [Section("")]
    for number, line in text.numbered():
        title = _find_title(line) if "==" in line else None
        if title is None:
            sections[-1].lines.append((number, line))
        else:
            sections[-1].closed = True
            sections.append(Section(title))
    return sections


def _kinds(sections: Sequence[Section]) -> list[str]:
    """What each section holds: the status of its plugins, THEME, or "" for anything else.

    Elementor writes the plugins in the order active, network's, must-use; each of the last two may be left out.
    """
    kinds: list[str] = []
    for section in sections:
        lines = [line.strip() for _, line in section.lines if line.strip() and not _is_message(line)]
        below_site = bool(kinds) and kinds[-1] == _SITE
        if _is_theme(section, lines, below_site):
            kinds.append(_THEME)
        elif _has_plugins(lines):
            kinds.append(UNKNOWN_STATUS)
        else:
            kinds.append(_SITE if sum("://" in line for line in lines) > 1 else "")
    plugins = [at for at, kind in enumerate(kinds) if kind == UNKNOWN_STATUS]
    count = sum(bool(sections[at].title) for at in plugins)
    for place, at in enumerate(plugins, start=count - len(plugins)):
        kinds[at] = _status(sections[at], place, count)
    if UNKNOWN_STATUS in kinds and _is_single(sections):
        kinds = ["must-use" if kind == UNKNOWN_STATUS and sections[at].title else kind for at, kind in enumerate(kinds)]
    return [kind if kind != _SITE else "" for kind in kinds]


def _is_theme(section: Section, lines: Sequence[str], below_site: bool) -> bool:
    """Whether these are labels and values of a theme: by the title, the place, or that there are four or seven."""
    title = section.title.lower()
    if "plugin" in title or len(lines) < 2 or not all(":" in line for line in lines[:2]):
        return False
    if any(line.startswith(_VERSION) for line in lines[2:]):
        return False
    if below_site or title in _THEME_TITLES or lines[0].startswith("Name:"):
        return True
    return (
        section.closed
        and len(lines) in _THEME_LINES
        and lines[1].startswith(_VERSION)
        and all(":" in line for line in lines)
    )


def _has_plugins(lines: Sequence[str]) -> bool:
    return any(line.startswith(_VERSION) for line in lines[1:]) and not lines[0].startswith(_VERSION)


def _status(section: Section, place: int, count: int) -> str:
    """The status of the plugins in a section: by its title, else by its place (-1: above all titles) among the
    sections with plugins. Where Elementor itself stands there are no must-use plugins."""
    if _MUST_USE.search(section.title):
        return "must-use"
    if NETWORK.search(section.title):
        return "active-network"
    own = any(line.strip() == "Elementor" for _, line in section.lines)
    if _ACTIVE.search(section.title) or (place == 0 and own) or (place < 0 and count):
        return "active"
    return {1: "active-network", 2: "must-use"}.get(place, UNKNOWN_STATUS) if count == 3 else UNKNOWN_STATUS


def _is_single(sections: Sequence[Section]) -> bool:
    """Whether the report says, in whatever language, that the site is no network: ``WP Multisite: No``."""
    pairs = [split_key(line) for section in sections for _, line in section.lines if "ultisit" in line]
    return any(pair and "ultisit" in pair[0] and pair[1][:1] in ("N", "n") for pair in pairs)


def _read_section(report: Report, section: Section, kind: str) -> None:
    if kind == _THEME:
        _read_theme(report, section.lines)
    elif kind == UNKNOWN_STATUS:
        where = f"the section '{section.title[:40]}'" if section.title else "the part above the first title"
        report.gaps["mu-plugin"] = f"{where} does not say which plugins it names"
        for number, line in section.lines:
            if not is_context(line[:MAX_LINE]):
                report.miss(number, "plugin")
    elif kind:
        _read_plugins(report, section.lines, kind)
    else:
        _read_keys(report, section)


def _read_plugins(report: Report, lines: Sequence[Line], status: str) -> None:
    """Names, each with the version right below it; the author closes the entry and is not kept."""
    kind = "mu-plugin" if status == "must-use" else "plugin"
    shown = [(number, line.strip()) for number, line in lines if line.strip() and not _is_message(line)]
    at = 0
    while at < len(shown):
        number, name = shown[at]
        below = shown[at + 1] if at + 1 < len(shown) else (number, "")
        version = below[1].removeprefix(_VERSION).strip()
        fits = below[1].startswith(_VERSION) and (not version or is_version(version)) and is_name(name[:MAX_LINE])
        if fits and not report.breaks_off_in(below[0]):
            report.take(installed(kind, status, html.unescape(name[:MAX_LINE]), version[:MAX_LINE]))
            at += 2
            at += _count_properties(shown[at : at + len(_PROPERTIES) + 1])
            continue
        if not is_context(name[:MAX_LINE]):
            report.miss(number, kind)
        at += 1


def _count_properties(shown: Sequence[Line]) -> int:
    """How many of these lines go on with an entry; behind the author, a plugin's name may begin like one of them, but
    has a version below."""
    below = [*(line for _, line in shown[1:]), ""]
    pairs = zip((line for _, line in shown), below, strict=False)
    own = [line.startswith(_PROPERTIES) and not following.startswith(_VERSION) for line, following in pairs]
    if own and shown[0][1].startswith(_AUTHOR):
        own[0] = True
    return own.index(False) if False in own else len(own)


def _is_message(line: str) -> bool:
    """Whether PHP wrote the line, which may stand right above a version."""
    return " on line " in line and is_context(line[:MAX_LINE])


def _read_theme(report: Report, lines: Sequence[Line]) -> None:
    """The active theme and its parent: by label, or in another language by the order of the lines."""
    lines = [(number, line) for number, line in lines if not _is_message(line)]
    rows = [(number, pair[0], pair[1]) for number, line in lines if (pair := split_key(line))]
    values = {label: value for number, label, value in rows if not report.breaks_off_in(number)}
    if "name" not in values and len(rows) in _THEME_LINES:
        values = dict(zip(_THEME_LABELS, (value for _, _, value in rows), strict=False))
    if values.get("name"):
        report.take(installed("theme", "active", values["name"], values.get("version", "")))
    if values.get("parent theme name"):
        name, version = values["parent theme name"], values.get("parent theme version", "")
        report.take(installed("theme", "parent", name, version))
    for number, line in lines:
        if report.breaks_off_in(number) or not (split_key(line) or is_context(line[:MAX_LINE])):
            report.miss(number)


def _read_keys(report: Report, section: Section) -> None:
    lines = [(number, line) for number, line in section.lines if not _LOGGED.match(line[:MAX_LINE])]
    addresses = sum("://" in line for _, line in lines) > 1
    for number, key, value in pass_by(report, lines):
        if key == "home url":
            report.homes.add(value)
        version = find_platform_version(value)
        if version is None or report.breaks_off_in(number):
            continue
        if "php" in key and value.startswith(version):
            report.php_version = report.php_version or version
        elif addresses and value == version:
            report.wordpress_version = report.wordpress_version or version


def _judge(report: Report, sections: Sequence[Section], kinds: Sequence[str]) -> None:
    """Must-use plugins stand last of all plugins, so a whole section behind shows that all of them were listed."""
    behind = 1 + max((at for at, kind in enumerate(kinds) if kind not in ("", _THEME)), default=len(kinds))
    if behind < len(sections) and (sections[behind].closed or sections[behind].title.startswith("Log")):
        report.whole.add("mu-plugin")
    elif any(row.kind == "mu-plugin" for row in report.components):
        report.gaps.setdefault("mu-plugin", "nothing says that the must-use plugins end where the text does")
    if any(row.kind == "plugin" for row in report.components):
        report.gaps.setdefault("plugin", "a system info of Elementor names no inactive plugins")
