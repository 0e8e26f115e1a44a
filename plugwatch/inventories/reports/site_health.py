"""What Site Health's button "Copy site info to clipboard" copies: whole, or the part that a client thinks is enough.

Source of the grammar: WordPress, wp-admin/includes/class-wp-debug-data.php (WP_Debug_Data::format), the same since 5.2.
A section is ``### KEY (COUNT) ###`` over lines ``KEY: VALUE``; empty sections are left out. Hosts and plugins add keys
and sections of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, mask, shorten
from plugwatch.inventories.limits import check_count
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.reports.site_health_lines import (
    ALWAYS,
    LISTS,
    ORDER,
    SECTIONS,
    THEMES,
    Row,
    Title,
    find_title,
    fits_theme,
    may_hold_rows,
    read_defined,
    read_dropin,
    read_row,
    read_theme,
    without_layout,
)
from plugwatch.inventories.values import MAX_VERSION, without_doubles
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed, Inventory, Unparsed
from plugwatch.model.version import compare

NAME = "site-health"

_KINDS = {
    "plugin": ("plugins", ("wp-plugins-active", "wp-plugins-inactive")),
    "theme": ("themes", ("wp-active-theme", "wp-parent-theme", "wp-themes-inactive")),
    "mu-plugin": ("must-use plugins", ("wp-mu-plugins",)),
    "dropin": ("drop-ins", ("wp-dropins",)),
}
_FIELDS = {
    "wp-core": ("version", "multisite", "dotorg_communication"),
    "wp-paths-sizes": ("wordpress_path",),
    "wp-active-theme": ("name", "version", "parent_theme", "auto_update"),
    "wp-parent-theme": ("name", "version", "auto_update"),
    "wp-server": ("php_version",),
}
# Before, WordPress printed the active theme's setting in the parent theme's section.
_PARENT_SETTING_SINCE = "6.7"
_MAX_REPORTS = 100


def recognise(text: Text) -> Recognition:
    """Sure where a section of the report begins; less so where a row stands without its section's title."""
    found = NOT_MINE
    for line in text.lines:
        title = find_title(line)
        if title is not None and title.marked:
            return Recognition(0.97, f"the section title '{shorten(line, 40)}'")
        if found is NOT_MINE and read_row(line.strip()) is not None:
            found = Recognition(0.8, f"the row '{shorten(line, 40)}'")
    return found


def parse(text: Text, hints: Hints) -> Inventory:
    """All reports in the text as one inventory of one site.

    Raises InputError where no part of a report stands in it, or the reports of several sites.
    """
    titles = (find_title(line) for line in text.lines)
    reader = _Reader(text, bare_titles=any(title.marked for title in titles if title is not None))
    for number, line in text.numbered():
        reader.read(number, without_layout(line))
    reader.close()
    if not reader.reports and not reader.untitled:
        raise InputError(
            "no site-health report stands in it: it has no section such as '### wp-plugins-active (12) ###'",
            source=text.source,
        )
    if len(set(_values(reader.reports, "wp-paths-sizes", "wordpress_path"))) > 1:
        raise InputError("it holds the reports of several sites; give one site's report at a time", source=text.source)
    return _assemble(reader, hints)


@dataclass
class _Section:
    """A section of a report; ``named`` is the line of a theme's name as long as nothing has followed it.

    ``odd`` is the first line in or behind it that could not be read, so that a list which seems to lack may be there.
    """

    key: str
    count: int | None
    rows: list[Installed] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    named: int | None = None
    odd: int | None = None

    @property
    def gap(self) -> str | None:
        """Why it may not name all that it named on the site, or None where it does."""
        if self.key in THEMES:
            return None if self.rows else f"no theme could be read in the section {self.key}"
        if self.count is None:
            return f"the section {self.key} does not say how many it names"
        if self.count != len(self.rows):
            return f"the section {self.key} declares {self.count}, and {len(self.rows)} of it could be read"
        return None


_Report = dict[str, _Section]


@dataclass
class _Reader:
    """Reads line by line; ``section`` is the one that the lines belong to, None before the first title.

    ``bare_titles`` says that titles may lack their ``###``, which a rendered post has lost. ``untitled`` are rows that
    stand in no list; ``count`` is how many rows there are at all, and ``own`` the last section that WordPress
    writes. ``row`` is the last row of the open list, ``odd`` the last line that could not be read at all.
    """

    text: Text
    bare_titles: bool
    reports: list[_Report] = field(default_factory=list)
    section: _Section | None = None
    own: _Section | None = None
    count: int = 0
    untitled: list[tuple[int, Row]] = field(default_factory=list)
    unparsed: list[Unparsed] = field(default_factory=list)
    row: tuple[int, str] | None = None
    odd: int | None = None

    def read(self, number: int, line: str) -> None:
        stripped = line.strip()
        title = find_title(stripped)
        if title is not None and (title.marked or self.bare_titles or title.key not in SECTIONS):
            self._open(title)
        elif not stripped:
            return
        elif self.section is not None and self.section.key in LISTS:
            self._read_listed(number, stripped, self.section)
        else:
            self._read_field(number, line)

    def close(self) -> None:
        """No line of the open section can follow."""
        section, self.section, self.row = self.section, None, None
        if section is not None and section.key in THEMES:
            versions = _wordpress_versions(self.reports)
            own = bool(versions) and compare(versions[-1], _PARENT_SETTING_SINCE) >= 0
            trusted = own or section.key == "wp-active-theme"
            theme = read_theme(section.fields, THEMES[section.key], trust_setting=trusted)
            section.rows = [theme] if theme is not None else []

    def _open(self, title: Title) -> None:
        self.close()
        self.section = _Section(title.key, title.count)
        if title.key not in SECTIONS:
            return
        if not self.reports or title.key in self.reports[-1]:
            if len(self.reports) >= _MAX_REPORTS:
                raise InputError(f"over {_MAX_REPORTS} reports stand in it; give one of them", source=self.text.source)
            self.reports.append({})
        self.reports[-1][title.key] = self.own = self.section

    def _read_listed(self, number: int, line: str, section: _Section) -> None:
        installed = self._read_component(number, line, *LISTS[section.key])
        if installed is None:
            if not self._goes_on(number, line, section) and not is_context(line):
                self.odd = number
                self._miss(number)
        elif self.odd == number - 1:
            # It may be the end of a wrapped row, and its name then that of a plugin which does not exist.
            self._miss(number)
        else:
            section.rows.append(installed)
            self.row = (number, line)
            self._count()

    def _read_component(self, number: int, line: str, kind: str, status: str) -> Installed | None:
        if kind == "dropin":
            return read_dropin(line)
        row = read_row(line, cut=self._is_cut(number), theme=kind == "theme")
        return row.as_installed(kind, status) if row is not None else None

    def _goes_on(self, number: int, line: str, section: _Section) -> bool:
        """Take a line as the wrapped end of the row above it, if together they end as a row does."""
        if self.row is None or self.row[0] != number - 1 or section.rows[-1].auto_update is not None:
            return False
        row = read_row(f"{self.row[1]} {line}", theme=True)
        if row is None or row.auto_update is None or row.name != section.rows[-1].name:
            return False
        section.rows[-1] = row.as_installed(*LISTS[section.key])
        return True

    def _read_field(self, number: int, line: str) -> None:
        """A line outside of the lists: a field, most of which mean nothing for us, or anything else."""
        stripped = line.strip()
        row = read_row(stripped, cut=self._is_cut(number))
        if row is not None:
            self.untitled.append((number, row))
            self._count()
            self._mark(number)
        elif self.section is None or may_hold_rows(stripped):
            if not is_context(stripped):
                self._miss(number)
        elif not self._keep_field(number, line, self.section) and not is_context(stripped):
            self._miss(number)

    def _keep_field(self, number: int, line: str, section: _Section) -> bool:
        key, colon, value = line.strip().partition(":")
        if section.named is not None and key != "version" and not is_context(line):
            # The theme's name goes on in this line, so what stood in brackets need not be its folder.
            self._miss(section.named)
            section.named = None
            del section.fields["name"]
        if not colon or key not in _FIELDS.get(section.key, ()):
            return bool(colon) or line[:1] in (" ", "\t")
        value = value.strip()
        if self._is_cut(number) or (section.key in THEMES and not fits_theme(key, value)):
            return False
        if key not in section.fields:
            section.fields[key] = value
            section.named = number if section.key in THEMES and key == "name" else None
        return True

    def _is_cut(self, number: int) -> bool:
        """Whether the text breaks off in this line, so that its last word may lack some letters."""
        return number == self.text.last and not self.text.ends_whole

    def _count(self) -> None:
        self.count += 1
        check_count(self.count, self.text.source)

    def _mark(self, number: int) -> None:
        if self.own is not None and self.own.odd is None:
            self.own.odd = number

    def _miss(self, number: int) -> None:
        self._mark(number)
        self.unparsed.append(Unparsed(number, mask(self.text.line(number))))


def _values(reports: Iterable[_Report], section: str, key: str) -> list[str]:
    """What each report that has the field says in it."""
    return [report[section].fields[key] for report in reports if section in report and key in report[section].fields]


def _wordpress_versions(reports: Iterable[_Report]) -> list[str]:
    return _read_versions(value.partition(" (")[0] for value in _values(reports, "wp-core", "version"))


def _read_versions(values: Iterable[str]) -> list[str]:
    versions = [read_defined(value) for value in values if len(value) <= MAX_VERSION]
    return [version for version in versions if version is not None]


def _assemble(reader: _Reader, hints: Hints) -> Inventory:
    warnings: list[str] = []
    reports = reader.reports
    components = _components(reports, warnings) + _place_untitled(reader, hints, warnings)
    complete = _complete_kinds(reports, warnings)
    if reader.untitled and hints.list_type is not None:
        complete.discard("theme" if hints.list_type == "themes" else "plugin")
    _warn_of_empty_lists(reports, complete, warnings)
    if not components:
        complete = set()
        warnings.append("no plugin or theme could be read in it; taken as partial")
    versions = list(dict.fromkeys(_wordpress_versions(reports)))
    if len(versions) > 1:
        warnings.append(f"WordPress stands in it as {', '.join(versions[:4])}; the first was taken")
    if "true" in _values(reports, "wp-core", "multisite"):
        warnings.append("it is a site of a network; which plugins are active on the whole network is not said")
    # Behind PHP's version stands "64bit".
    php = _read_versions(value.partition(" ")[0] for value in _values(reports, "wp-server", "php_version"))
    return Inventory(
        NAME,
        tuple(components),
        wordpress_version=versions[0] if versions else None,
        php_version=php[0] if php else None,
        unparsed=tuple(sorted(reader.unparsed, key=lambda unparsed: unparsed.line)),
        warnings=tuple(dict.fromkeys(warnings)),
        complete_kinds=frozenset(complete),
        knows_updates=all(value == "true" for value in _values(reports, "wp-core", "dotorg_communication")),
    )


def _components(reports: list[_Report], warnings: list[str]) -> list[Installed]:
    """All rows, and of a component in several reports the first.

    In one report a name in two lists is that of two plugins: WordPress puts each into one list.
    """
    lists = [section.rows for report in reports for section in report.values()]
    if len(reports) > 1:
        lists = [[row for rows in lists for row in rows]]
    return [row for rows in lists for row in without_doubles(rows, warnings)]


def _place_untitled(reader: _Reader, hints: Hints, warnings: list[str]) -> list[Installed]:
    """Rows that stand in no list; what they are must be said, unless nothing in the text may say it."""
    if not reader.untitled:
        return []
    said = f"{len(reader.untitled)} rows stand under no title that says what they are"
    if hints.list_type is None and reader.reports:
        reader.unparsed += [Unparsed(line, mask(reader.text.line(line))) for line, _ in reader.untitled]
        warnings.append(f"{said}; --type plugins or --type themes reads them")
        return []
    if hints.list_type is None:
        said += "; read as plugins, --type themes says otherwise"
    warnings.append(f"{said}; taken as partial")
    kind = "theme" if hints.list_type == "themes" else "plugin"
    return without_doubles((row.as_installed(kind, UNKNOWN_STATUS) for _, row in reader.untitled), warnings)


def _complete_kinds(reports: list[_Report], warnings: list[str]) -> set[str]:
    """The kinds that one of the reports names all of; says why where none does."""
    complete: set[str] = set()
    excerpted, gaps = [], []
    for kind, (words, keys) in _KINDS.items():
        found = [_find_gap(report, keys) for report in reports]
        if None in found:
            complete.add(kind)
        elif any(found):
            gaps += [gap for gap in found if gap]
        elif found:
            excerpted.append(words)
    if excerpted:
        gaps.append(f"it is an excerpt that may not name all {', '.join(excerpted)}")
    warnings += [f"{gap}; taken as partial" for gap in gaps]
    return complete


def _find_gap(report: _Report, keys: tuple[str, ...]) -> str | None:
    """None where the report names all of a kind, "" where it is an excerpt without one of its lists, else the fault."""
    present = [report[key] for key in keys if key in report]
    fault = next((section.gap for section in present if section.gap is not None), None)
    if fault is not None:
        return fault
    if report.keys() >= ALWAYS:
        absent = (_find_hole(report, key) for key in keys if key not in report)
        return next((hole for hole in absent if hole is not None), None)
    missing = set(keys) - report.keys()
    if "wp-active-theme" in report and report["wp-active-theme"].fields.get("parent_theme") == "none":
        missing.discard("wp-parent-theme")
    return "" if missing else None


def _find_hole(report: _Report, key: str) -> str | None:
    """Why a section that a whole report lacks may have been taken out, or None where it was empty on the site.

    WordPress leaves empty lists out, so only its order and what else stands in the report can tell.
    """
    if key == "wp-plugins-active":
        # A site without any is rarer than a person who takes the list of them out.
        return "it has no list of the active plugins"
    parent = report["wp-active-theme"].fields.get("parent_theme", "") if key == "wp-parent-theme" else ""
    if parent == "none":
        return None
    if parent.endswith(")"):
        return "it does not describe the parent theme that it names"
    places = [ORDER.index(present) for present in report]
    if places != sorted(places):
        return f"it lacks {key}, and its sections do not stand as WordPress writes them"
    above = report[ORDER[max(place for place in places if place < ORDER.index(key))]]
    if above.odd is not None:
        return f"it lacks {key}, and line {above.odd}, where that may have stood, could not be read"
    return None


def _warn_of_empty_lists(reports: Iterable[_Report], complete: set[str], warnings: list[str]) -> None:
    """Say which lists that most sites have were taken as empty, since a person may have left them out."""
    for kind, key in (("plugin", "wp-plugins-inactive"), ("theme", "wp-themes-inactive")):
        if kind in complete and not any(key in report for report in reports):
            warnings.append(f"it has no list {key}; taken as empty (give --partial if it was left out)")
