"""What WordPress.org knows of a component that our sites run, and whether it has changed a version behind our back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugwatch.errors import UnknownError
from plugwatch.model.builds.checksums import Checksums
from plugwatch.model.component import Component
from plugwatch.model.directory import FRESH_FOR, HOSTED_KINDS, OPEN, DirectoryEntry
from plugwatch.model.version import sort_key

_MOST_CHECKED = 10  # versions whose checksums are asked for; a fleet seldom runs more of one plugin


class Ledger(Protocol):
    """Where sites and their history are kept."""

    def reading(self) -> AbstractContextManager[Any]: ...

    def unit_of_work(self) -> AbstractContextManager[Any]: ...


class Directory(Protocol):
    """WordPress.org. Raises UnknownError where it cannot be asked."""

    def entries(self, components: Sequence[Component]) -> Mapping[Component, DirectoryEntry]: ...

    def plugin_checksums(self, slug: str, version: str) -> Checksums | None: ...


@dataclass(frozen=True)
class Facts:
    """What is known of a component: the versions on our sites with how many run each, and WordPress.org's word.

    ``entry`` is None where it was never asked, ``asked_at`` when it last answered. ``rewritten`` are, by version, the
    files that WordPress.org has shipped in two forms under that one version. ``unknown`` says what could not be asked.
    """

    component: Component
    name: str | None
    versions: tuple[tuple[str, int], ...]
    entry: DirectoryEntry | None
    asked_at: datetime | None
    rewritten: Mapping[str, tuple[str, ...]]
    unknown: str | None


def facts_of(ledger: Ledger, directory: Directory | None, text: str, now: datetime) -> Facts:
    """The facts of the component that the text names; WordPress.org is asked at most once a day, and never without
    ``directory``.

    Raises NotFoundError and AmbiguousError for a text that names none or several.
    """
    with ledger.reading() as work:
        component = work.components.resolve(text)
        name = work.components.name(component)
        versions = _count(row.base_version for row in work.installations.where(component))
        kept = work.catalog.entry(component.kind, component.slug)
    entry, asked_at = kept or (None, None)
    rewritten: Mapping[str, tuple[str, ...]] = {}
    unknown = None
    if directory and component.kind in HOSTED_KINDS:
        try:
            if asked_at is None or now - asked_at >= FRESH_FOR:
                entry, asked_at = directory.entries([component])[component], now
                with ledger.unit_of_work() as work:
                    work.catalog.keep_entry(entry, at=now)
            if component.kind == "plugin" and entry is not None and entry.state == OPEN:
                rewritten = _rewritten(directory, component, [version for version, _ in versions])
        except UnknownError as error:
            unknown = str(error)
    return Facts(component, name, versions, entry, asked_at, rewritten, unknown)


def _rewritten(directory: Directory, component: Component, versions: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Same version, other code: the newest versions on our sites of which WordPress.org lists two forms of a file."""
    found = {}
    for version in versions[:_MOST_CHECKED]:
        checksums = directory.plugin_checksums(component.slug, version)
        files = checksums.rewritten() if checksums else ()
        if files:
            found[version] = files
    return found


def _count(versions: Any) -> tuple[tuple[str, int], ...]:
    """How often each version occurs, the newest first; unknown ones are left out."""
    counted: dict[str, int] = {}
    for version in versions:
        if version is not None:
            counted[version] = counted.get(version, 0) + 1
    return tuple(sorted(counted.items(), key=lambda pair: sort_key(pair[0]), reverse=True))
