"""Publish builds: write what is planned, in an order in which every reference resolves at each moment.

ZIPs and manifests first, then the record of the folder, then whatever refers to them: each address in the folder names
a file that is there, also where this is killed in the middle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from plugwatch.model.builds.build import CHANGES_NAME, MANIFEST_NAME, BuildFile, Digest, folder_name
from plugwatch.model.builds.documents import to_json
from plugwatch.model.component import Component
from plugwatch.model.publishing.documents import (
    PACKAGES_FILE,
    PAGE_FILE,
    SITE_FILE,
    read_needs,
    site_document,
    stock_manifest,
    update_document,
    update_path,
)
from plugwatch.model.publishing.offers import STOCK, Offer, PatchTold
from plugwatch.model.publishing.packages import packages_document, version_for_composer
from plugwatch.model.publishing.plan import Plan, Wanted, offered_path
from plugwatch.model.publishing.published import RECORD_NAME, Archive, Current, Published

_LAST = (CHANGES_NAME, MANIFEST_NAME)  # as in the ZIP of a build, for they tell of the other files

Files = Mapping[str, BuildFile]
Open = Callable[[Component, str], AbstractContextManager[Files]]
"""The files of a tree of a fork, for a block."""


class Sums(Protocol):
    """What is told of a ZIP."""

    @property
    def sha256(self) -> str: ...

    @property
    def sha1(self) -> str: ...

    @property
    def size(self) -> int: ...


class Folder(Protocol):
    """The published folder, held for this process."""

    def sums(self, path: str) -> Sums | None: ...

    def size(self, path: str) -> int | None: ...

    def add_zip(
        self, path: str, top: str, files: Files, last: Sequence[str], sha256: str | None
    ) -> tuple[Sums, dict[str, Digest]]: ...

    def add(self, path: str, data: bytes) -> None: ...

    def replace(self, path: str, data: bytes) -> bool: ...

    def settle(self) -> None: ...


@dataclass(frozen=True)
class Face:
    """Where the folder is shown, by whom, and the page that a person reads there."""

    base: str
    agency: str
    page: Callable[[Published, Plan], bytes]


def publish(plan: Plan, before: Published, folder: Folder, open_files: Open, face: Face) -> Published:
    """Write what is planned; the record that the folder has then."""
    record = before
    for wanted in plan.wanted:
        record = _with_offer(record, wanted, folder, open_files)
    record = _without_secrets(record, plan.secret)
    folder.settle()
    folder.replace(RECORD_NAME, to_json(record.to_document()))
    folder.settle()
    told = _whole(record, folder)
    page = face.page(told, plan)
    for component, current in sorted(told.current.items()):
        archive = told.archives[current.path] if current.path else None
        folder.replace(update_path(component), to_json(update_document(component, current, archive, face.base)))
    folder.settle()
    folder.replace(PACKAGES_FILE, to_json(packages_document(told, face.base)))
    folder.replace(SITE_FILE, to_json(site_document(told, plan.held, plan.names, face.agency, face.base)))
    folder.replace(PAGE_FILE, page)
    folder.settle()
    return record


def missing(record: Published, folder: Folder) -> list[str]:
    """The ZIPs that the record names and the folder lacks, has in another size, or without their manifest."""
    return [
        path
        for path, archive in sorted(record.archives.items())
        if folder.size(path) != archive.size or folder.size(archive.manifest) is None
    ]


def _with_offer(record: Published, wanted: Wanted, folder: Folder, open_files: Open) -> Published:
    """The record with one offer, once its ZIP and manifest lie in the folder."""
    offer = wanted.offer
    path = offered_path(offer)
    archive = record.archives.get(path)
    if wanted.package and not (archive and _is_there(archive, folder)):
        archive = _pack(offer, path, folder, open_files, archive)
        record = record.with_archive(archive)
    if wanted.package and archive:
        needs = archive.needs
        record = record.with_archive(replace(archive, patches=offer.patches))
    else:
        with open_files(offer.component, offer.tree) as files:
            needs = read_needs(offer.component, files)
    current = Current(
        offer.state, offer.version, offer.base_version, path if wanted.package else None, needs, wanted.upstream
    )
    return record.with_current(offer.component, current)


def _is_there(archive: Archive, folder: Folder) -> bool:
    there = folder.sums(archive.path)
    whole = there is not None and (there.sha256, there.size) == (archive.sha256, archive.size)
    return whole and folder.size(archive.manifest) is not None


def _pack(offer: Offer, path: str, folder: Folder, open_files: Open, known: Archive | None) -> Archive:
    """A ZIP and its manifest in the folder, by the bytes that ``fork build`` gives as well."""
    component, stock = offer.component, offer.state == STOCK
    with open_files(component, offer.tree) as files:
        needs = read_needs(component, files)
        sums, digests = folder.add_zip(path, folder_name(component), files, _LAST, known.sha256 if known else None)
        own = b"" if stock else files[MANIFEST_NAME].read()
    archive = Archive(
        component,
        offer.version,
        offer.base_version,
        stock,
        version_for_composer(offer.version, offer.base_version, offer.releases, stock=stock),
        sums.sha256,
        sums.sha1,
        sums.size,
        needs,
        offer.patches,
    )
    listed = to_json(stock_manifest(component, offer.base_version, offer.tree, digests)) if stock else own
    folder.add(archive.manifest, listed)
    return replace(archive, composer=known.composer) if known else archive


def _whole(record: Published, folder: Folder) -> Published:
    """The record without what somebody has taken out of the folder, so that every address leads somewhere."""
    gone = set(missing(record, folder))
    return replace(
        record,
        archives={path: archive for path, archive in record.archives.items() if path not in gone},
        current={component: current for component, current in record.current.items() if current.path not in gone},
    )


def _without_secrets(record: Published, secret: frozenset[str]) -> Published:
    """The record without the titles of patches that are a matter of security."""

    def told(patch: PatchTold) -> PatchTold:
        return replace(patch, title=None) if patch.id in secret else patch

    archives = {
        path: replace(archive, patches=tuple(map(told, archive.patches))) for path, archive in record.archives.items()
    }
    return replace(record, archives=archives)
