"""``composer.lock`` and ``vendor/composer/installed.json``: the exact versions of what Composer installs.

A lock closes nothing (no kind is complete): many sites have plugins beside those that Composer manages, and what is for
development only may not be on the site. Composer does not know what is active.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.inventories.composer.files import Files, damage, find_files, refuse_neighbour, unread
from plugwatch.inventories.composer.packages import (
    CORE,
    Package,
    Places,
    find_kind,
    install,
    is_package_name,
    is_unknown_type,
    name_some,
    name_unresolved,
    wraps_core,
)
from plugwatch.inventories.containers import NOT_MINE, Hints, Recognition, Text, shorten
from plugwatch.inventories.json_text import mapping, plain
from plugwatch.inventories.limits import Missed, check_count
from plugwatch.inventories.values import MAX_VERSION, read_version, without_doubles
from plugwatch.model.inventory import Installed, Inventory

NAME = "composer-lock"

_SURE = 1.0
_HEAD = '"content-hash"'  # stands before the packages, so also in a lock that is cut in the first of them


def recognise(text: Text) -> Recognition:
    """Sure where JSON has a list of packages that Composer has chosen, or such a package."""
    joined = text.joined
    if '"version"' not in joined and '"content-hash"' not in joined:
        return NOT_MINE
    if not any(cue in joined for cue in ('"packages"', '"dist"', '"source"', '"notification-url"')):
        return NOT_MINE
    try:
        files = find_files(text)
    except InputError:
        return NOT_MINE
    if files.is_locked or _HEAD in joined:
        return Recognition(_SURE, "JSON of packages that Composer has chosen")
    return NOT_MINE


def parse(text: Text, hints: Hints) -> Inventory:  # noqa: ARG001 - every format has the same face; types say it here
    """What every lock in the text names; a composer.json in it says where its packages are installed.

    Raises InputError where no lock stands in it, or more packages than any site has.
    """
    check_count(text.joined.count('"version"'), text.source)
    files = find_files(text)
    refuse_neighbour(files, text.source)
    if not files.is_locked and _HEAD not in text.joined:
        raise InputError("no composer.lock stands in it: it has no list of packages", source=text.source)
    reading = _Reading(text, files.places())
    for line, package, for_development in _packages(text, files):
        reading.take(line, package, for_development)
    return reading.inventory(files)


def _packages(text: Text, files: Files) -> Iterator[tuple[int, object, bool]]:
    """Each package in the text after the line to look from, with whether it is for development only."""
    for document in files.locks:
        line = text.line_at(document.start)
        if isinstance(document.value, list):
            yield from ((line, package, False) for package in document.value)
            continue
        names = document.value.get("dev-package-names")
        for_development = set(map(plain, names)) if isinstance(names, list) else set()
        for package in document.value["packages"]:
            yield line, package, plain(mapping(package).get("name")) in for_development
        others = document.value.get("packages-dev")
        yield from ((line, package, True) for package in (others if isinstance(others, list) else ()))
    yield from ((text.line_at(document.start), document.value, False) for document in files.packages)


@dataclass
class _Reading:
    text: Text
    places: Places
    components: list[Installed] = field(default_factory=list)
    cores: dict[str, None] = field(default_factory=dict)
    wrappers: dict[str, None] = field(default_factory=dict)
    development: int = 0

    def __post_init__(self) -> None:
        self.missed = Missed(self.text.source)

    def take(self, line: int, entry: object, for_development: bool) -> None:
        """Take one package of a lock."""
        package: Package = mapping(entry)
        name, version = plain(package.get("name")), plain(package.get("version"))
        if not is_package_name(name) or len(version) > MAX_VERSION or is_unknown_type(package):
            self._miss(line, name, package)
            return
        kind, read = find_kind(package, self.places), read_version(version)
        if kind == CORE and read:
            (self.wrappers if wraps_core(package) else self.cores)[read] = None
        elif kind and kind != CORE:
            self.components.append(install(package, kind, read, self.places))
            self.development += for_development

    def _miss(self, line: int, name: str, package: Package) -> None:
        said = f"'{name}' of type '{plain(package.get('type'))}'" if is_package_name(name) else "without a name"
        self.missed.add(line, shorten(f"a package {said}"))

    def inventory(self, files: Files) -> Inventory:
        """Everything that was taken."""
        warnings = files.documents.warnings()
        components = without_doubles(self.components, warnings)
        warnings += name_unresolved(components)
        if len(self.cores) > 1:
            warnings.append(f"it has WordPress in several versions ({name_some(self.cores)}); the first was taken")
        if self.development:
            warnings.append(f"{self.development} of its components are for development; the site may not have them")
        if not files.projects and any(installed.kind == "plugin" for installed in components):
            warnings.append(
                "a lock does not tell which plugins its composer.json installs as must-use plugins; "
                "where it does that, give both files in one"
            )
        warnings.append(f"{damage(files) or 'a site may have more than Composer installs'}; taken as partial")
        return Inventory(
            NAME,
            tuple(components),
            wordpress_version=next(iter([*self.cores, *self.wrappers]), None),
            unparsed=tuple(sorted([*self.missed.lines, *unread(self.text, files)], key=lambda missed: missed.line)),
            warnings=tuple(warnings),
        )
