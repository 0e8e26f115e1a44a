"""The published folder: what lies in it, what is offered at present, and the record of both that it carries itself.

A ZIP that was published never changes and never goes: a lock file of Composer's may name it for years. So the record,
:data:`RECORD_NAME` in the folder, knows them all. It comes back from a web space, where anybody may have been at it;
whatever is not as we write it is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.publishing.offers import BUILD, STOCK, UPDATED_KINDS, PatchTold

RECORD_NAME = ".plugwatch-published.json"
"""By this file a folder is known to be ours; nothing that reads the folder from outside needs it."""

FORMAT = 1

_SHA256, _SHA1 = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_~-]{0,120}", re.ASCII)
# ValidatingArrayLoader::hasPackageNamingError(), composer/src/Composer/Package/Loader
_PACKAGE = re.compile(r"[a-z0-9]([_.-]?[a-z0-9]+)*/[a-z0-9](([_.]|-{1,2})?[a-z0-9]+)*")
_LONGEST_PACKAGE = 200


@dataclass(frozen=True)
class Needs:
    """What a component says of itself and of where it runs; None where it does not."""

    name: str
    requires: str | None = None
    requires_php: str | None = None
    tested: str | None = None


@dataclass(frozen=True)
class Archive:
    """A ZIP in the folder: a build of ours, or (``stock``) a release as the vendor ships it.

    ``version`` is what WordPress sees, ``release`` the name of the release below it in the fork, ``composer`` the
    version for Composer (None: no number fits). ``sha256``, ``sha1`` and ``size`` are the ZIP's.
    """

    component: Component
    version: str
    release: str
    stock: bool
    composer: str | None
    sha256: str
    sha1: str
    size: int
    needs: Needs
    patches: tuple[PatchTold, ...] = ()

    @property
    def path(self) -> str:
        """Where the ZIP is, relative to the folder."""
        return archive_path(self.component, self.release if self.stock else self.version)

    @property
    def manifest(self) -> str:
        """Where its manifest is: every file with its checksums."""
        return self.path.removesuffix(".zip") + ".manifest.json"


@dataclass(frozen=True)
class Current:
    """What is offered of a component at present.

    ``path`` is that of an archive, None where the vendor's own offer must do. ``upstream`` is the newest release of the
    vendor's that we know.
    """

    state: str
    version: str
    base_version: str
    path: str | None
    needs: Needs
    upstream: str | None = None


@dataclass(frozen=True)
class Published:
    """The record of a folder. ``packages`` are names for Composer that somebody has given, by component."""

    archives: Mapping[str, Archive] = field(default_factory=dict)
    current: Mapping[Component, Current] = field(default_factory=dict)
    packages: Mapping[Component, tuple[str, ...]] = field(default_factory=dict)

    def with_archive(self, archive: Archive) -> Published:
        """The record with one archive more."""
        return replace(self, archives={**self.archives, archive.path: archive})

    def with_current(self, component: Component, current: Current) -> Published:
        """The record with another offer of a component."""
        return replace(self, current={**self.current, component: current})

    def to_document(self) -> dict[str, Any]:
        """The record as JSON holds it, in a fixed order."""
        return {
            "plugwatch": FORMAT,
            "packages": {str(component): list(self.packages[component]) for component in sorted(self.packages)},
            "current": {
                str(component): _current_document(self.current[component]) for component in sorted(self.current)
            },
            "archives": [_archive_document(self.archives[path]) for path in sorted(self.archives)],
        }

    @classmethod
    def from_bytes(cls, data: bytes, source: str) -> Published:
        """Read a record. Raises InputError where it is not one of ours."""
        try:
            return _read(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, PlugwatchError) as error:
            hint = "it is damaged, or of a newer plugwatch; bring it back from your web space or a backup"
            raise InputError(hint, source=source) from error


def archive_path(component: Component, version: str) -> str:
    """``builds/KIND/SLUG/SLUG.VERSION.zip``."""
    return f"builds/{component.kind}/{component.slug}/{component.slug}.{version}.zip"


def is_publishable(component: Component) -> bool:
    """Whether the folder has a place for it."""
    return component.kind in UPDATED_KINDS and "/" not in component.slug


def is_package(text: str) -> bool:
    """Whether Composer takes the text for the name of a package."""
    return len(text) <= _LONGEST_PACKAGE and bool(_PACKAGE.fullmatch(text))


def address(base: str, path: str) -> str:
    """The URL of a file of the folder."""
    return f"{base.rstrip('/')}/{quote(path)}"


def anchor(component: Component) -> str:
    """The place of a component on the page: ``plugin-tidy-forms``."""
    return re.sub("[^0-9A-Za-z._-]", "-", f"{component.kind}-{component.slug}")


def _current_document(current: Current) -> dict[str, Any]:
    return {
        "state": current.state,
        "version": current.version,
        "base_version": current.base_version,
        "path": current.path,
        "upstream": current.upstream,
        **_needs_document(current.needs),
    }


def _archive_document(archive: Archive) -> dict[str, Any]:
    return {
        "component": str(archive.component),
        "version": archive.version,
        "release": archive.release,
        "stock": archive.stock,
        "composer": archive.composer,
        "sha256": archive.sha256,
        "sha1": archive.sha1,
        "size": archive.size,
        **_needs_document(archive.needs),
        "patches": [{"id": p.id, "title": p.title, "since": p.since} for p in archive.patches],
    }


def _needs_document(needs: Needs) -> dict[str, Any]:
    return {
        "name": needs.name,
        "requires": needs.requires,
        "requires_php": needs.requires_php,
        "tested": needs.tested,
    }


def _read(document: Any) -> Published:
    if document["plugwatch"] != FORMAT:
        raise ValueError("another format")
    archives = [_read_archive(row) for row in document["archives"]]
    by_path = {archive.path: archive for archive in archives}
    current = {_component(text): _read_current(row) for text, row in document["current"].items()}
    for component, one in current.items():
        if one.path is not None and by_path[one.path].component != component:
            raise ValueError("an offer of something else")
    packages = {_component(text): tuple(map(_package, names)) for text, names in document["packages"].items()}
    return Published(by_path, current, packages)


def _read_archive(row: Any) -> Archive:
    size = row["size"]
    if not isinstance(size, int) or size < 0 or not isinstance(row["stock"], bool):
        raise ValueError("no size, or no kind")
    return Archive(
        component=_component(row["component"]),
        version=_matching(_VERSION, row["version"]),
        release=_matching(_VERSION, row["release"]),
        stock=row["stock"],
        composer=_optional(row["composer"]),
        sha256=_matching(_SHA256, row["sha256"]),
        sha1=_matching(_SHA1, row["sha1"]),
        size=size,
        needs=_read_needs(row),
        patches=tuple(PatchTold(_text(p["id"]), _optional(p["title"]), _text(p["since"])) for p in row["patches"]),
    )


def _read_current(row: Any) -> Current:
    if row["state"] not in (BUILD, STOCK) or (row["state"] == BUILD and row["path"] is None):
        raise ValueError("no offer")
    return Current(
        state=row["state"],
        version=_matching(_VERSION, row["version"]),
        base_version=_matching(_VERSION, row["base_version"]),
        path=_optional(row["path"]),
        needs=_read_needs(row),
        upstream=_optional(row["upstream"]),
    )


def _read_needs(row: Any) -> Needs:
    return Needs(_text(row["name"]), *(_optional(row[key]) for key in ("requires", "requires_php", "tested")))


def _component(text: Any) -> Component:
    component = Component.parse(_text(text))
    if not is_publishable(component):
        raise ValueError("a component that no folder has")
    return component


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError("a value that we do not write")
    return value


def _package(value: Any) -> str:
    if not is_package(_text(value)):
        raise ValueError("no name of a package")
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    value.encode()  # a half of a pair of surrogates could not be written again
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)
