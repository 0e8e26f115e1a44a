"""What the page of the published folder tells a person, before it is laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from plugwatch.model.affected import in_words
from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.publishing.offers import BUILD, HOLD, Held, PatchTold
from plugwatch.model.publishing.packages import package_names
from plugwatch.model.publishing.published import Archive, Published, address, anchor
from plugwatch.model.version import VersionRange, split_build


@dataclass(frozen=True)
class File:
    """A ZIP with its manifest: their addresses, and what to check it by."""

    version: str
    url: str
    manifest: str
    sha256: str
    size: str
    stock: bool


@dataclass(frozen=True)
class PageRow:
    """One component.

    ``told`` are the patches that have a title, ``untold`` counts the others. ``held`` are versions in words, ``file``
    is what to install (None: nothing from here), ``older`` what was offered before.
    """

    anchor: str
    kind: str
    slug: str
    name: str
    state: str
    version: str | None
    base_version: str | None
    upstream: str | None
    told: tuple[PatchTold, ...]
    untold: int
    held: tuple[str, ...]
    file: File | None
    older: tuple[File, ...]
    package: str | None
    composer: str | None


@dataclass(frozen=True)
class Page:
    """All of it; ``base`` is the address of the folder, ``host`` its host with the port, ``path`` what follows it."""

    agency: str
    base: str
    host: str
    path: str
    rows: tuple[PageRow, ...]

    @classmethod
    def of(
        cls, record: Published, held: Mapping[Component, Held], names: Mapping[Component, str], agency: str, base: str
    ) -> Page:
        """The page of a folder; ``names`` are of components that are only held."""
        files: dict[Component, list[Archive]] = {}
        for archive in record.archives.values():
            files.setdefault(archive.component, []).append(archive)
        rows = [
            _row(component, record, files.get(component, []), held.get(component, ()), names.get(component), base)
            for component in {*record.current, *held}
        ]
        rows.sort(key=lambda row: (row.state == HOLD, row.name.casefold(), row.anchor))
        parts = urlsplit(base)
        return cls(agency, base.rstrip("/"), parts.netloc, parts.path.rstrip("/") + "/", tuple(rows))


def _row(
    component: Component, record: Published, files: list[Archive], held: Held, name: str | None, base: str
) -> PageRow:
    current = record.current.get(component)
    archive = record.archives.get(current.path or "") if current else None
    patches = archive.patches if archive and current and current.state == BUILD else ()
    packages = package_names(component, record.packages.get(component, ()))
    return PageRow(
        anchor=anchor(component),
        kind=component.kind,
        slug=component.slug,
        name=current.needs.name if current else name or component.slug,
        state=current.state if current else HOLD,
        version=current.version if current else None,
        base_version=current.base_version if current else None,
        upstream=current.upstream if current else None,
        told=tuple(patch for patch in patches if patch.title),
        untold=sum(patch.title is None for patch in patches),
        held=tuple(in_words(VersionRange(one)) for one in held),
        file=_file(archive, base) if archive else None,
        older=tuple(_file(one, base) for one in sorted(files, key=_order, reverse=True) if one is not archive),
        package=packages[0] if packages else None,
        composer=archive.composer if archive else None,
    )


def _order(archive: Archive) -> tuple[object, ...]:
    """Builds stand above the release that they are made from, each in the order in which they were made."""
    number = split_build(archive.version)
    return release_order(archive.release), 0 if archive.stock or not number else number[1]


def _file(archive: Archive, base: str) -> File:
    return File(
        archive.version,
        address(base, archive.path),
        address(base, archive.manifest),
        archive.sha256,
        _in_words(archive.size),
        archive.stock,
    )


def _in_words(size: int) -> str:
    """A size in decimal units: ``34 kB``, ``5.1 MB``."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
