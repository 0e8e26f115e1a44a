"""``composer.json``: what a project asks Composer for, with the versions where it names exactly one.

Most of what it says are constraints (``^3.0``, ``*``), which are never taken for a version; so is ``require.php``. An
inline ``package`` repository and ``extra.wp-version`` can hold the real version. No kind is complete: nothing tells
which other packages are plugins, nor what a site has beside Composer's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plugwatch.errors import InputError
from plugwatch.inventories.composer.files import (
    REQUIRES,
    Files,
    damage,
    find_files,
    has_secret_name,
    is_repository,
    name_neighbour,
    refuse_neighbour,
    unread,
)
from plugwatch.inventories.composer.packages import (
    CORE,
    Package,
    Places,
    find_kind,
    install,
    is_package_name,
    name_some,
    name_unresolved,
)
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text
from plugwatch.inventories.json_text import mapping, plain
from plugwatch.inventories.limits import check_count
from plugwatch.inventories.values import MAX_VERSION, read_version, without_doubles
from plugwatch.model.inventory import Installed, Inventory

NAME = "composer-json"

_SURE = 1.0
_LINES = 0.9
_INSTALLERS = "composer/installers"  # asked for wherever plugins are
_CUES = (
    '"require"',
    '"repositories"',
    '"require-dev"',
    '"installer-paths"',
    '"wpackagist-',
    '"wp-plugin/',
    '"wp-theme/',
)
_NEIGHBOURS = ('"plugins"', '"themes"', '"http-basic"', "-oauth", '"gitlab-token"', '"bearer"', '"forgejo-token"')

# https://getcomposer.org/doc/articles/versions.md; 1.2.x is a wildcard, 1.2.x-dev a branch.
_BRANCH = re.compile(r"(?:dev-[^\s,|]+|v?\d+(?:\.\d+){0,3}(?:\.x)?-dev)(?: as [^\s,|]+)?", re.IGNORECASE)
_EXACT = re.compile(
    r"(?:={1,2} ?)?(v?\d+(?:\.\d+)*(?:[._+-]?[0-9A-Za-z+-][0-9A-Za-z._+-]*)?)(?:@(?:dev|alpha|beta|RC|stable))?"
)
_WILDCARD = re.compile(r"(?:^|\.)[x*](?:\.|$)", re.IGNORECASE)
# A line of "require" where the JSON around it is cut, or was never there.
_LINE = re.compile(r'\s*"([^"\s]{1,200})"\s{0,10}:\s{0,10}"([^"]{0,200})"[\s,]{0,10}')
_PUBLIC_LINE = re.compile(
    r'^[ \t]{0,40}"(?:wpackagist|wp)-(?:plugin|theme)/[\w.-]{1,100}"\s{0,10}:\s{0,10}"[^"\n]{0,200}"[ \t,]{0,10}$', re.M
)
_PLATFORM = re.compile(r"php|(?:ext|lib|composer)-[\w-]{1,60}")
_SECTION = re.compile(r'\s*"([\w-]{1,40})"\s{0,10}:\s{0,10}[\[{]')


def recognise(text: Text) -> Recognition:
    """Sure where JSON has what a project asks for and no lock; also auth.json and others, which are refused."""
    joined = text.joined
    if has_secret_name(text.source):
        return Recognition(1.0, "Composer's auth.json")
    if '"content-hash"' in joined or not any(cue in joined for cue in (*_CUES, *_NEIGHBOURS)):
        return NOT_MINE
    try:
        files = find_files(text)
    except InputError:
        return NOT_MINE
    if files.is_locked:
        return NOT_MINE
    listed = any(document.key == "repositories" or is_repository(document) for document in files.parts)
    if files.projects or listed or any(_asks_for_wordpress(asked) for asked in _requires(files)):
        return Recognition(_SURE, "JSON of what a project asks Composer for")
    if _PUBLIC_LINE.search(joined):
        return Recognition(_LINES, "lines of what a project asks Composer for")
    return Recognition(_SURE, "a file beside Composer's") if name_neighbour(files, text.source) else NOT_MINE


def parse(text: Text, hints: Hints) -> Inventory:  # noqa: ARG001 - every format has the same face; names say it here
    """The plugins, themes and WordPress that every composer.json in the text asks for.

    Raises InputError where none stands in it, where it requires more than any site has, or where it is a file beside it
    that holds secrets or no versions.
    """
    files = find_files(text)
    refuse_neighbour(files, text.source)
    if files.locks:
        raise InputError("a composer.lock stands in it too; read both with --as composer-lock", source=text.source)
    lines = _Lines()
    unparsed = unread(text, files, lines.take)
    if not (files.projects or files.parts or lines.asked):
        raise InputError("no composer.json stands in it: it requires nothing", source=text.source)
    warnings = files.documents.warnings()
    places, inline, core = files.places(), _inline_packages(files), _written_core(files)
    check_count(sum(map(len, (*_requires(files), lines.asked))), text.source)
    components, undecided = [], []
    for name, constraint in _required(files, lines.asked):
        package, version = _choose(name, constraint, inline.get(name, []))
        kind = find_kind(package, places)
        if kind == CORE:
            core = read_version(version) or core
        elif kind:
            components.append(install(package, kind, read_version(version), places))
        elif "type" not in package and name != _INSTALLERS:
            undecided.append(name)
    components = without_doubles(components, warnings)
    return Inventory(
        NAME,
        tuple(components),
        wordpress_version=core,
        unparsed=tuple(unparsed),
        warnings=(*warnings, *_warnings(files, components, undecided)),
    )


def read_pin(constraint: str) -> str:
    """The version where a constraint names exactly one, or a branch with all that is written of it; else ""."""
    constraint = constraint.strip()
    if len(constraint) > MAX_VERSION:
        return ""
    if _BRANCH.fullmatch(constraint):
        return constraint
    match = _EXACT.fullmatch(constraint)
    return "" if match is None or _WILDCARD.search(match[1]) else match[1]


def _requires(files: Files) -> Iterator[Mapping[str, Any]]:
    for key in REQUIRES:
        yield from (mapping(document.value.get(key)) for document in files.projects)
        yield from (mapping(document.value) for document in files.parts if document.key == key)


def _required(files: Files, lines: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every package that is asked for, with its constraint; PHP and its extensions are none."""
    for asked in (*_requires(files), lines):
        yield from ((name.strip(), plain(value)) for name, value in asked.items() if is_package_name(name.strip()))


class _Lines:
    """What is asked for in lines outside of JSON that can be read, as far as no other section is seen to hold them."""

    def __init__(self) -> None:
        self.asked: dict[str, str] = {}
        self._section = REQUIRES[0]

    def take(self, piece: str) -> bool:
        """Take a line, or return False where it asks for nothing."""
        section = _SECTION.match(piece)
        if section:
            self._section = section[1]
        match = _LINE.fullmatch(piece) if self._section in REQUIRES else None
        if match is None or not (is_package_name(match[1]) or _PLATFORM.fullmatch(match[1])):
            return False
        self.asked[match[1]] = match[2]
        return True


def _asks_for_wordpress(asked: Mapping[str, Any]) -> bool:
    return any(find_kind({"name": name}, Places()) for name in asked)


def _inline_packages(files: Files) -> dict[str, list[Package]]:
    """The packages that ``repositories`` of the type "package" write out, by their names."""
    listed = [document.value.get("repositories") for document in files.projects]
    listed += [document.value for document in files.parts if document.key == "repositories"]
    listed += [[document.value] for document in files.parts if is_repository(document)]
    found: dict[str, list[Package]] = {}
    for repositories in listed:
        entries = repositories if isinstance(repositories, list) else list(mapping(repositories).values())
        for repository in map(mapping, entries):
            written = repository.get("package") if plain(repository.get("type")) == "package" else None
            for package in written if isinstance(written, list) else [written]:
                found.setdefault(plain(mapping(package).get("name")), []).append(mapping(package))
    return found


def _choose(name: str, constraint: str, candidates: list[Package]) -> tuple[Package, str]:
    """The package that will be installed, as far as the file tells, and its version or ""."""
    pin = read_pin(constraint)
    fitting = [package for package in candidates if plain(package.get("version")) == pin] or candidates
    if not fitting:
        return {"name": name}, pin
    only = plain(fitting[0].get("version"))[:MAX_VERSION] if len(candidates) == 1 else ""
    return fitting[0], pin or only


def _written_core(files: Files) -> str | None:
    """The version that ``extra.wp-version`` names."""
    extras = [mapping(document.value.get("extra")) for document in files.projects]
    extras += [mapping(document.value) for document in files.parts if document.key == "extra"]
    return next(
        (version for extra in extras if (version := read_version(read_pin(plain(extra.get("wp-version")))))), None
    )


def _warnings(files: Files, components: list[Installed], undecided: list[str]) -> list[str]:
    warnings = name_unresolved(components)
    own = [plain(document.value.get("type")) for document in files.projects]
    if any(own_type in ("wordpress-plugin", "wordpress-muplugin", "wordpress-theme") for own_type in own):
        warnings.append("it is the composer.json of one plugin or theme; what it requires need not be on a site")
    loose = sum(installed.version is None for installed in components)
    if loose:
        warnings.append(f"{loose} of its versions are constraints, so they stay unknown; composer.lock has them")
    if undecided:
        warnings.append(f"nothing tells whether these are plugins; composer.lock does: {name_some(undecided)}")
    whole = "a site may have more than Composer installs" if files.projects else "it is an excerpt, not a whole file"
    return [*warnings, f"{damage(files) or whole}; taken as partial"]
