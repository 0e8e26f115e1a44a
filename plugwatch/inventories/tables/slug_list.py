"""Bare slugs: one a line as people keep them for scripts, several on a line, or as arguments of ``wp plugin install``.

Any word can be a slug (``update``, ``seo``, ``author`` are in the directory), so a text is taken for such a list only
where each of its lines is plainly one, and much of it looks like nothing else.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from plugwatch.errors import InputError
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, mask, shorten
from plugwatch.inventories.limits import Missed, check_count
from plugwatch.inventories.noise import find_command, is_context
from plugwatch.inventories.tables.cells import find_directory_slug, read_section
from plugwatch.inventories.values import DROPINS, MAX_COMPONENTS, read_version, without_doubles
from plugwatch.inventories.wpcli.listing import refuse_several_sites
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed, Inventory

NAME = "slug-list"

_CONFIDENCE = 0.6
_LONGEST_LINE = 20_000
_BULLET = re.compile(r"(?:[-*+•]|\d{1,4}[.)])\s+(?:\[[ xX]\]\s+)?|\+(?=\w)")
_COMMENT = ("#", "//", ";")
_HEADERS = {"slug", "slugs", "name", "plugin", "plugins"}

# Small letters, joined or not; capitals only as folders have them (LayerSlider, js_composer, _s), not as sentences do.
_SLUG = re.compile(r"[a-z0-9_][a-z0-9_-]*[a-z0-9]|[A-Z][a-z0-9]+(?:[A-Z_-][A-Za-z0-9_-]*)+", re.ASCII)
_FILE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*\.php", re.ASCII)
_VERSION = re.compile(r"v?\d[0-9A-Za-z]*(?:[.+_~-][0-9A-Za-z]+)*", re.ASCII)
_DOTTED = re.compile(r"v?\d+\.[0-9A-Za-z.+_~-]*[0-9A-Za-z]", re.ASCII)
_ZIP = re.compile(
    r"https?://downloads\.wordpress\.org/(plugin|theme)/([A-Za-z0-9_-]+)(?:\.([0-9][0-9A-Za-z.+_-]*?))?\.zip(?:\?\S*)?"
)
# Words of sentences, shells and reports: each could be a slug, and alone on a line each is likelier something else.
_WORDS = {
    *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "has"),
    *("have", "he", "hello", "hey", "hi", "how", "i", "if", "in", "is", "it", "its", "me", "my", "no"),
    *("not", "of", "ok", "on", "or", "our", "she", "so", "thanks", "that", "the", "then", "there"),
    *("they", "this", "to", "was", "we", "were", "what", "when", "who", "why", "will", "with", "yes"),
    *("you", "your", "best", "cheers", "regards", "dear", "please", "sorry", "all", "any", "none"),
    *("null", "true", "false", "undefined", "else", "end", "done", "fi", "esac", "break", "return"),
    *("continue", "pass", "exit", "name", "names", "plugin", "plugins", "theme", "themes", "status"),
    *("version", "update", "updates", "active", "inactive", "installed", "php", "mysql", "mariadb"),
    *("nginx", "apache", "wordpress", "wp", "locale", "multisite"),
}
# What themes support, as reports list it: post-thumbnails and others are slugs in the directory too.
_THEME_FEATURES = {
    *("align-wide", "automatic-feed-links", "block-templates", "core-block-patterns"),
    *("custom-background", "custom-header", "custom-logo", "customize-selective-refresh-widgets"),
    *("editor-styles", "html5", "menus", "post-formats", "post-thumbnails", "responsive-embeds"),
    *("title-tag", "widgets", "widgets-block-editor", "wp-block-styles"),
}
_MANY_FEATURES = 3
_CORE_FOLDERS = ("wp-admin/", "wp-includes/", "wp-content/")
_INSTALL = re.compile(
    r"(?:.*\s)?wp(?:-cli)?(?:\.phar)?\s+(?:[-@]\S+\s+){0,20}(plugin|theme)\s+(?:-\S+\s+){0,20}(?:install|activate)\s(.*)"
)
_NEXT_COMMAND = re.compile(r"&&|\|\||;")
_FIELD_COMMAND = re.compile(r"\slist\s.*--field=(?:name|file|slug)\b")


@dataclass(frozen=True)
class _Entry:
    """A slug as it was written; ``file`` where that was the plugin's file.

    ``marks`` says how much it looks like a slug: 1 where it does, 0 where it may be any word, -1 where it may as well
    be a package of another kind, 2 where it can be nothing else.
    """

    slug: str
    version: str | None = None
    file: bool = False
    kind: str | None = None
    marks: int = 0


@dataclass
class _Reading:
    """The text while it is being read: its entries, each with the kind and status that the heading above gives it.

    ``lines`` counts those that hold entries; ``whole`` says that a command above prints all of them.
    """

    source: str
    kind: str | None = None
    status: str = UNKNOWN_STATUS
    whole: bool = False
    lines: int = 0
    entries: list[tuple[_Entry, str | None, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.missed = Missed(self.source)


def recognise(text: Text) -> Recognition:
    """Never very sure, and only where every line is plainly slugs and a third of them is more than one word."""
    entries: list[_Entry] = []
    commanded = False
    for line in text.lines:
        found = _read_line(line)
        if found is None and _read_heading(line) is None:
            return NOT_MINE
        alone = len(found or ()) < 2 or "," in line or ";" in line or (found or ())[0].marks > 1
        entries += found if found and alone else [replace(entry, marks=0) for entry in found or ()]
        commanded = commanded or bool(_FIELD_COMMAND.search(line))
        if len(entries) > MAX_COMPONENTS:
            break  # too many to be read, whatever follows
    marked = sum(entry.marks > 0 for entry in entries)
    features = sum(entry.slug in _THEME_FEATURES for entry in entries)
    if not entries or features >= _MANY_FEATURES or any(entry.marks < 0 for entry in entries):
        return NOT_MINE
    if not commanded and (3 * marked < len(entries) or (len(entries) < 2 and entries[0].marks < 2)):
        return NOT_MINE
    return Recognition(_CONFIDENCE, f"{len(entries)} slugs, the first '{shorten(entries[0].slug, 40)}'")


def parse(text: Text, hints: Hints) -> Inventory:
    """The slugs of the text; which kind they are is told by headings, commands and ``hints``, else they are plugins.

    Raises InputError where most lines hold no slugs, or more than one site has: then it is another text.
    """
    refuse_several_sites(text)
    reading = _Reading(text.source)
    for number, line in text.numbered():
        _take(reading, number, line)
    unparsed = reading.missed.in_order()
    if len(unparsed) >= reading.lines:
        raise InputError(
            f"it is no list of slugs: {len(unparsed)} of its {len(text.lines)} lines hold something else",
            source=text.source,
        )
    warnings: list[str] = []
    wanted = {"plugins": "plugin", "themes": "theme"}.get(hints.list_type or "")
    if wanted is None and any((entry.kind or kind) is None for entry, kind, _ in reading.entries):
        warnings.append(
            "nothing says whether the list holds plugins or themes; read as plugins, --type themes says otherwise"
        )
    elif reading.whole:
        warnings.append("a list of names does not tell must-use plugins from plugins; all are read as plugins")
    folders = Counter(entry.slug.partition("/")[0] for entry, _, _ in reading.entries if entry.file)
    components = without_doubles(
        [_installed(entry, wanted or entry.kind or kind, status, folders) for entry, kind, status in reading.entries],
        warnings,
    )
    if unparsed:
        warnings.append(f"line {unparsed[0].line} of the list could not be read; taken as partial")
    elif not reading.whole:
        warnings.append("a list of slugs does not say that it names every one; taken as partial")
    whole = reading.whole and not unparsed
    complete = frozenset(row.kind for row in components if whole and row.kind in ("plugin", "theme"))
    return Inventory(NAME, tuple(components), unparsed=unparsed, warnings=tuple(warnings), complete_kinds=complete)


def _take(reading: _Reading, number: int, line: str) -> None:
    found = _read_line(line)
    heading = _read_heading(line) if found is None else None
    if heading is not None:
        reading.kind, reading.status = heading[0], heading[1] or UNKNOWN_STATUS
    elif found is None:
        reading.missed.add(number, mask(line))
    elif found:
        reading.lines += 1
        reading.entries += [(entry, reading.kind, reading.status) for entry in found]
        check_count(len(reading.entries), reading.source)
    else:
        _obey_command(reading, line)


def _obey_command(reading: _Reading, line: str) -> None:
    """What ``wp plugin list --field=name`` prints is all of them, unless it was filtered."""
    command = find_command(line)
    if command is not None:
        reading.kind = "theme" if command.themes else "plugin"
        reading.status = UNKNOWN_STATUS
        reading.whole = not command.filtered and not reading.entries


def _read_line(line: str) -> Sequence[_Entry] | None:
    """The entries of a line, none of a line that means nothing, None of one that is no slugs."""
    text = line.strip()
    if not text or text in ("[", "]", "(", ")"):
        return ()
    if len(text) > _LONGEST_LINE:
        return None
    if "wp" in text and _INSTALL.fullmatch(text):
        return _read_commands(text)
    if not text.startswith(_COMMENT):
        bullet = _BULLET.match(text)
        rest = text[bullet.end() :] if bullet else text
        found = _read_entries(rest.partition(" #")[0].partition(" //")[0].rstrip(",; "))
        if found is not None or not is_context(text):
            return found
    return () if _read_heading(line) in (None, (None, None)) else None


def _read_entries(text: str) -> Sequence[_Entry] | None:
    """One entry, or several between commas or spaces; all must be slugs, since sentences hold some too."""
    one = _read_entry(text)
    if one is not None:
        return (one,)
    parts = re.split("[,;]", text) if "," in text or ";" in text else text.split()
    entries = []
    for part in parts:
        entry = _read_entry(part.strip()) if part.strip() else None
        if entry is not None:
            entries.append(entry)
        elif part.strip():
            return None
    features = sum(entry.slug in _THEME_FEATURES for entry in entries)
    marked = sum(entry.marks > 0 for entry in entries)
    sentence = "," not in text and ";" not in text and 2 * marked < len(entries)
    return None if features >= _MANY_FEATURES or sentence or not entries else entries


def _read_entry(text: str) -> _Entry | None:
    text = text.strip("'\"`").strip()
    page = find_directory_slug(text)
    if page is not None:
        return _Entry(page[1], kind=page[0], marks=2)
    package = _ZIP.fullmatch(text) if text.endswith("zip") or ".zip?" in text else None
    if package is not None:
        return _Entry(package[2], read_version(package[3] or ""), kind=package[1], marks=2)
    if _FILE.fullmatch(text) and is_slug(text):
        return None if text.startswith(_CORE_FOLDERS) else _Entry(text, file=True, marks=_rate_file(text))
    for sign, shape in (("==", _VERSION), ("@", _VERSION), (":", _DOTTED), (" ", _DOTTED), ("=", _DOTTED)):
        slug, found, version = text.partition(sign)
        if found:
            version = version.strip() if sign == " " else version
            fits = _is_slug(slug) and shape.fullmatch(version)
            return _Entry(slug, read_version(version), marks=-1 if sign == "==" else 1) if fits else None
    return _Entry(text, marks=int(not text.isalpha())) if _is_slug(text) else None


def _rate_file(file: str) -> int:
    """Whether a file is named after its folder, in a word at least, as plugins do: 2, else 0."""
    folder, _, name = file.removesuffix(".php").rpartition("/")
    return 2 if set(re.split("[-_]", folder.lower())) & set(re.split("[-_]", name.lower())) else int(file in DROPINS)


def _is_slug(text: str) -> bool:
    return bool(_SLUG.fullmatch(text)) and is_slug(text) and not text.isdigit() and text.casefold() not in _WORDS


def _read_commands(text: str) -> Sequence[_Entry] | None:
    """What is installed by a line of commands; None where one of them does something else."""
    entries: list[_Entry] = []
    for part in _NEXT_COMMAND.split(text):
        install = _INSTALL.fullmatch(part.strip())
        found = () if install is None else _read_arguments(install[2], install[1])
        if found is None or (install is None and not is_context(part)):
            return None
        entries += found
    return entries


def _read_arguments(rest: str, noun: str) -> Sequence[_Entry] | None:
    """What ``wp plugin install`` is given, without its options; None where something among it is no slug."""
    try:
        words = shlex.split(re.split("[|>]", rest, maxsplit=1)[0].rstrip("\\"), comments=True)
    except ValueError:
        return None
    entries = [_read_entry(word) for word in words if not word.startswith("-")]
    if not all(entries):
        return None
    versions = [word.partition("=")[2] for word in words if word.startswith("--version=")]
    found = [replace(entry, kind=entry.kind or noun, marks=2) for entry in entries if entry]
    return [replace(found[0], version=read_version(versions[0]))] if versions and len(found) == 1 else found


def _read_heading(line: str) -> tuple[str | None, str | None] | None:
    """The kind and status that a line announces ("# Themes", "Active plugins:"); None where it is no heading."""
    text = line.strip().lstrip("#/;= ").rstrip("= ").strip("*_ ")
    if text.rstrip(":").casefold() in _HEADERS:
        return (None if text.casefold().startswith(("slug", "name")) else "plugin"), None
    return read_section(text)


def _installed(entry: _Entry, told: str | None, status: str, folders: Mapping[str, int]) -> Installed:
    slug, kind = entry.slug, told or "plugin"
    if kind == "plugin" and slug in DROPINS:
        kind = "dropin"
    elif kind == "mu-plugin" and not slug.endswith(".php"):
        slug = f"{slug}.php"
    elif entry.file and kind in ("plugin", "theme"):
        folder, slash, _ = slug.partition("/")
        slug = folder if slash and folders[folder] < 2 else slug.removesuffix(".php")
    return Installed(kind, slug, None, entry.version, {"mu-plugin": "must-use", "dropin": "dropin"}.get(kind, status))
