"""The patches that a composer.json, patches.json or patches.lock.json lists for cweagans/composer-patches, 1 and 2.

Forms: https://docs.cweagans.net/composer-patches/usage/defining-patches (an object of descriptions and addresses, or a
list of objects), .../usage/configuration (``patches-file``, ``package-depths``, ``default-patch-depth``),
.../api/patches-lock-json; version 1 has ``extra.patches-file`` and ``extra.patchLevel`` (``"-p2"``). Composer takes the
last of two equal keys without a word; here they are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plugwatch.errors import InputError
from plugwatch.model.component import Component
from plugwatch.model.patches.letter import plain

DEFAULT_PATCHES_FILE = "patches.json"
LOCK_FILE = "patches.lock.json"

# WPackagist and WP Packages, whose package names are the directory's slugs.
_VENDORS = {"plugin": ("wpackagist-plugin", "wp-plugin"), "theme": ("wpackagist-theme", "wp-theme")}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_LEVEL = re.compile(r"-p(\d)")
_DEEPEST = 50
_MOST_SHOWN = 20


@dataclass(frozen=True)
class ComposerPatch:
    """One patch of a package. ``url`` is an address, or a path relative to the folder of the composer.json.

    ``depth`` is what ``patch -p`` takes, None where nobody says it; ``sha256`` is that of the patch file.
    """

    package: str
    url: str
    title: str | None = None
    sha256: str | None = None
    depth: int | None = None


@dataclass(frozen=True)
class ComposerPatches:
    """What one document says. ``more_in`` names another file with patches, None where it does not say."""

    patches: tuple[ComposerPatch, ...]
    more_in: str | None
    depths: Mapping[str, int]
    default_depth: int | None


def looks_like_composer(data: bytes) -> bool:
    """Whether a file can only be JSON; no patch begins so."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_composer_patches(data: bytes, source: str) -> ComposerPatches:
    """What a document of Composer's or of composer-patches lists.

    Raises InputError where it is none, and where it holds what those programs would not take.
    """
    document = _object(_load(data, source), "the document", source)
    extra = _object(document.get("extra", {}), "'extra'", source)
    settings = _object(extra.get("composer-patches", {}), "'extra.composer-patches'", source)
    depths = {name: _depth(depth, source) for name, depth in _pairs(settings.get("package-depths"), source)}
    depths = {name: _level(level, source) for name, level in _pairs(extra.get("patchLevel"), source)} | depths
    patches: list[ComposerPatch] = []
    for listed in (extra.get("patches"), document.get("patches")):
        patches += _read_list(listed, source) if isinstance(listed, list) else _read_packages(listed, source)
    more = settings.get("patches-file", extra.get("patches-file"))
    default = settings.get("default-patch-depth")
    return ComposerPatches(
        tuple(patches),
        None if more is None else _text(more, "'patches-file'", source),
        depths,
        None if default is None else _depth(default, source),
    )


def with_depths(patches: Sequence[ComposerPatch], document: ComposerPatches) -> list[ComposerPatch]:
    """The patches with the depth that composer.json has for their package, else for all, where they say none."""
    return [
        patch
        if patch.depth is not None
        else replace(patch, depth=document.depths.get(patch.package, document.default_depth))
        for patch in patches
    ]


def with_lock(patches: Sequence[ComposerPatch], locked: Sequence[ComposerPatch]) -> tuple[list[ComposerPatch], int]:
    """The patches with the checksums of the lock file, and how many of them are not locked."""
    sums = {(patch.package, patch.url): patch.sha256 for patch in locked}
    known = [replace(p, sha256=p.sha256 or sums.get((p.package, p.url))) for p in patches]
    return known, sum((patch.package, patch.url) not in sums for patch in patches)


def choose_patches(
    patches: Sequence[ComposerPatch], component: Component, package: str | None, source: str
) -> tuple[list[ComposerPatch], list[ComposerPatch]]:
    """The patches of a component, in order, and those of other packages.

    Raises InputError where there is none for it, naming the packages that there are.
    """
    names = [package] if package else [f"{vendor}/{component.slug}" for vendor in _VENDORS.get(component.kind, ())]
    mine = list(dict.fromkeys(patch for patch in patches if patch.package.lower() in [n.lower() for n in names]))
    if mine:
        return mine, [patch for patch in patches if patch not in mine]
    there = list(dict.fromkeys(patch.package for patch in patches))
    if not there:
        raise InputError("it lists no patches", source=source)
    more = f" and {len(there) - _MOST_SHOWN} more" if len(there) > _MOST_SHOWN else ""
    wanted = f"'{package}'" if package else f"{component} ({' or '.join(names)})" if names else str(component)
    raise InputError(
        f"it has no patch for {wanted}, but for {', '.join(map(plain, there[:_MOST_SHOWN]))}{more}; "
        "name the package with --package",
        source=source,
    )


def _load(data: bytes, source: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise InputError(f"'{plain(key)}' is there twice; Composer would take the last one only", source=source)
            found[key] = value
        return found

    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise InputError("it is neither a patch nor JSON that can be read", source=source) from error


def _read_packages(listed: Any, source: str) -> Iterator[ComposerPatch]:
    for package, entries in _pairs(listed, source):
        place = f"'{plain(_text(package, 'the name of a package', source))}'"
        if isinstance(entries, dict):
            for title, url in entries.items():
                yield ComposerPatch(package, _text(url, f"{place}, '{plain(title)}'", source), _title(title))
        elif isinstance(entries, list):
            for entry in entries:
                yield _read_entry({"url": entry} if isinstance(entry, str) else entry, package, source)
        else:
            raise InputError(f"{place} must be an object of descriptions and addresses, or a list", source=source)


def _read_list(listed: list[Any], source: str) -> Iterator[ComposerPatch]:
    """The one list of patches.lock.json."""
    for entry in listed:
        package = _object(entry, "a patch", source).get("package")
        yield _read_entry(entry, _text(package, "'package' of a patch", source), source)


def _read_entry(entry: Any, package: str, source: str) -> ComposerPatch:
    place = f"a patch of '{plain(package)}'"
    known = _object(entry, place, source)
    digest, depth, title = known.get("sha256"), known.get("depth"), known.get("description")
    if digest and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        raise InputError(f"the sha256 of {place} is none", source=source)
    return ComposerPatch(
        package,
        _text(known.get("url"), f"'url' of {place}", source),
        _title(title) if isinstance(title, str) else None,
        digest.lower() if digest else None,
        None if depth is None else _depth(depth, source),
    )


def _title(text: str) -> str | None:
    return " ".join(plain(text).split()) or None


def _object(value: Any, what: str, source: str) -> dict[str, Any]:
    if isinstance(value, list) and not value:
        return {}  # PHP writes an empty object so
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a JSON object", source=source)
    return value


def _pairs(value: Any, source: str) -> Iterator[tuple[str, Any]]:
    return iter(_object(value or {}, "a list of packages", source).items())


def _text(value: Any, what: str, source: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise InputError(f"{what} must be text", source=source)
    return value.strip()


def _depth(value: Any, source: str) -> int:
    if type(value) is not int or not 0 <= value <= _DEEPEST:
        raise InputError("the depth of a patch must be a number, as 'patch -p' takes it", source=source)
    return value


def _level(value: Any, source: str) -> int:
    found = _LEVEL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InputError("'patchLevel' must be -p0, -p1, …", source=source)
    return int(found[1])
