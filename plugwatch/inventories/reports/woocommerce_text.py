"""WooCommerce's System Status Report as the text that its buttons copy: ``### TITLE (COUNT) ###`` over lines.

Source: woocommerce/woocommerce, client/legacy/js/admin/system-status.js, which makes the text of the screen that
includes/admin/views/html-admin-page-status-report.php prints. Titles are English on every site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plugwatch.inventories.containers import Text
from plugwatch.inventories.limits import check_count
from plugwatch.inventories.noise import is_context
from plugwatch.inventories.reports.report import (
    KIND_NAMES,
    MAX_LINE,
    Line,
    Report,
    Section,
    find_platform_version,
    installed,
    pass_by,
    split_key,
)
from plugwatch.inventories.reports.woocommerce_rows import (
    KNOWN_BY,
    ends_in_second_version,
    find_by,
    has_dash,
    names_file,
    read_offer,
    read_row,
    starts_row,
    take_row,
)
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed

# What a row of each section is: its kind and its status.
ROWS = {
    "active plugins": ("plugin", "active"),
    "inactive plugins": ("plugin", "inactive"),
    "dropin plugins": ("dropin", "dropin"),
    "must use plugins": ("mu-plugin", "must-use"),
}
# The first are WooCommerce's alone; any report may have the others.
TITLES = frozenset({*ROWS, "wordpress environment", "server environment", "post type counts", "wc pages"})
OTHER_TITLES = frozenset({"database", "security", "settings", "logging", "theme", "templates"})
_THEME = "theme"

_THEME_KEYS = frozenset(
    {"name", "version", "author url", "child theme", "theme type", "woocommerce support", "theme name", "theme version"}
)
# What "Copy for GitHub" puts above the report and in place of the database's part.
_OWN_WORDS = ("System Status Report", "[REDACTED]")
_SAMPLE = 2_000


def find_title(line: str) -> Section | None:
    """The section that a line heads: ``### Active Plugins (12) ###``; WooCommerce leaves drop-ins uncounted: ``()``."""
    stripped = line[:MAX_LINE].strip()
    if not stripped.startswith("###") or not stripped.endswith("###"):
        return None
    title = stripped.strip("#").strip()
    if not title:
        return None
    name, opened, count = title.removesuffix(")").rpartition("(")
    if not opened or not title.endswith(")") or not (count.isdecimal() or not count):
        return Section(title.lower())
    return Section(name.strip().lower(), int(count[:6]) if count else None)


def looks_like_rows(text: Text) -> bool:
    """Whether the text has rows of the report, or most of it is, for an excerpt without any title."""
    lines = [" ".join(line[:MAX_LINE].split()) for line in text.lines[:_SAMPLE] if line.strip()]
    shown = [line for line in lines if ": " in line and has_dash(line)]
    by = find_by(shown)
    rows = 0 if by is None else sum(read_row(line, by) is not None for line in shown)
    return rows > 1 and (by in KNOWN_BY or rows * 2 > len(lines))


def read_text(text: Text) -> Report:
    """Every report in the text as one; of an excerpt, what stands in it."""
    report = Report(text)
    before, *sections = _split(text)
    by = find_by(line for section in sections if section.title in ROWS for line in _voters(section))
    by = by or find_by(_voters(before))
    _read_untitled(report, before, by, sections[0].title if sections else None)
    for section in sections:
        if section.title in ROWS:
            _read_list(report, section, by)
        elif section.title == _THEME:
            _read_theme(report, section)
        else:
            _read_keys(report, section.lines)
    _judge(report, sections)
    return report


def _split(text: Text) -> list[Section]:
    sections = [Section("")]
    for number, line in text.numbered():
        title = find_title(line) if "###" in line else None
        if title is None:
            sections[-1].lines.append((number, line))
        else:
            sections[-1].closed = True
            sections.append(title)
    return sections


def _voters(section: Section) -> list[str]:
    """The lines of a section that may show the word before the authors; above all titles only what looks like a row."""
    lines = [line for _, line in section.lines if not names_file(line)]
    return lines if section.title else [line for line in lines if has_dash(line)]


def _read_list(report: Report, section: Section, by: str | None) -> None:
    kind, status = ROWS[section.title]
    rows, last = _read_rows(report, section.lines, kind, status, by)
    if rows and report.breaks_off_in(last):
        if section.declared != len(rows) or ends_in_second_version(report.text.line(last)):
            rows.pop()
            report.miss(last, kind)
        else:
            rows[-1] = replace(rows[-1], status=status)  # a note that goes on may say otherwise
    report.take(*rows)
    if section.declared not in (None, len(rows)):
        report.gaps[kind] = f"the section '{section.title}' declares {section.declared}, and {len(rows)} could be read"
    elif section.declared is None and not section.closed:
        report.gaps.setdefault(kind, f"nothing says that the section '{section.title}' ends where the text does")


def _read_rows(
    report: Report, lines: Sequence[Line], kind: str, status: str, by: str | None
) -> tuple[list[Installed], int]:
    """The rows among the lines of a section, and the number of the line where the last of them ends."""
    plain = [" ".join(line[:MAX_LINE].split()) for _, line in lines]
    rows, last, index = [], 0, 0
    while index < len(lines):
        number, line = lines[index]
        taken, row = take_row(plain, index, kind, by) if plain[index] else (1, None)
        if row is not None:
            shown_status = "active-network" if row.network and status in ("active", UNKNOWN_STATUS) else status
            rows.append(installed(kind, shown_status, row.name, row.version, row.update, row.file))
            check_count(len(rows), report.text.source)
            last = lines[index + taken - 1][0]
        elif not is_context(line[:MAX_LINE]):
            report.miss(number, kind)
        index += taken
    return rows, last


def _read_theme(report: Report, section: Section) -> None:
    """The active theme and, where it is a child, its parent."""
    fields: dict[str, list[Line]] = {}
    key, others = "", []
    for number, line in section.lines:
        pair = split_key(line)
        if pair and (pair[0] in _THEME_KEYS or pair[0].startswith("parent theme")):
            key = pair[0].removeprefix("theme ")
            fields.setdefault(key, [(number, pair[1])])
        elif key and line.strip():
            fields[key].append((number, line.strip()))
        else:
            key = ""
            others.append((number, line))
    _read_keys(report, others)
    if section.lines and (report.breaks_off_in(section.lines[-1][0]) or (key.endswith("name") and not section.closed)):
        for number, _ in fields.pop(key, ()):
            report.miss(number)  # it may go on
    shown = {label: ", ".join(line for _, line in lines) for label, lines in fields.items()}
    for prefix, status in (("", "active"), ("parent theme ", "parent")):
        name = shown.get(f"{prefix}name")
        row = (read_offer(name, shown.get(f"{prefix}version", "")) or read_offer(name, "")) if name else None
        if row:
            report.take(installed("theme", status, row.name, row.version, row.update))


def _read_keys(report: Report, lines: Iterable[Line]) -> None:
    shown = [(number, line) for number, line in lines if not line.strip().startswith(_OWN_WORDS)]
    for number, key, value in pass_by(report, shown):
        if report.breaks_off_in(number):
            continue
        if key == "wp version":
            report.wordpress_version = report.wordpress_version or find_platform_version(value)
        elif key == "php version":
            report.php_version = report.php_version or find_platform_version(value)
        elif key in ("home url", "site address (url)") and "redacted" not in value.lower():
            report.homes.add(value)


def _read_untitled(report: Report, before: Section, by: str | None, following: str | None) -> None:
    """What stands before the first title: an excerpt may begin in the middle of a list."""
    begins = next((at for at, (_, line) in enumerate(before.lines) if starts_row(line, by) and has_dash(line)), None)
    if by is None or begins is None:
        _read_keys(report, before.lines)
        return
    _read_keys(report, before.lines[:begins])
    status = {"inactive plugins": "active", "dropin plugins": "inactive", "must use plugins": "inactive"}.get(
        following or "", UNKNOWN_STATUS
    )
    if following is not None and status == UNKNOWN_STATUS:
        for number, line in before.lines[begins:]:
            if not is_context(line[:MAX_LINE]):
                report.miss(number, "plugin")  # inactive plugins or must-use plugins
        return
    rows, _ = _read_rows(report, before.lines[begins:], "plugin", status, by)
    report.take(*rows)
    if rows and status == UNKNOWN_STATUS:
        report.warnings.append("no title says which plugins these are; read as plugins whose status is not known")
    report.gaps["plugin"] = "the list of plugins begins without its title"


def _judge(report: Report, sections: Sequence[Section]) -> None:
    """Find the kinds of which the report names all. Lists without a plugin of theirs are left out, the inactive one
    is not; so what stands behind it shows whether the site has drop-ins and must-use plugins."""
    titles = [section.title for section in sections]
    if "inactive plugins" in titles:
        behind = titles[titles.index("inactive plugins") + 1 :]
        shown = next((title for title in behind if title not in ("dropin plugins", "must use plugins")), None)
        report.whole |= {"mu-plugin", "dropin"} if shown is not None else {ROWS[title][0] for title in behind}
        if "active plugins" in titles:
            report.whole.add("plugin")
    report.whole |= {ROWS[title][0] for title in titles if title in ("dropin plugins", "must use plugins")}
    if "plugin" not in report.whole and any(row.kind == "plugin" for row in report.components):
        missing = "inactive" if "active plugins" in titles else "active"
        report.gaps.setdefault("plugin", f"it has no list of the {missing} {KIND_NAMES['plugin']}")
