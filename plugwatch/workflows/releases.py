"""Keep a copy of every release that any site runs, so that going back is possible after the vendor has withdrawn it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from plugwatch.errors import NotFoundError, PlugwatchError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.fork import Release
from plugwatch.model.offered import is_kept
from plugwatch.model.release_source import DirectorySource, FileSource, ReleaseSource, UrlSource, for_version
from plugwatch.model.release_source import parse_source as parse
from plugwatch.model.site import InstalledOn
from plugwatch.model.version import check_release_version, clean, sort_key
from plugwatch.workflows.forks import Imported


class Installations(Protocol):
    """What sites run."""

    def where(self, component: Component) -> Sequence[InstalledOn]:
        """The sites that a component is installed on now."""


class UnitOfWork(Protocol):
    """One state of the ledger."""

    @property
    def installations(self) -> Installations:
        """What sites run."""


class Fork(Protocol):
    """What is asked of a fork."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    def releases(self) -> list[Release]:
        """All releases, oldest first."""


class Keep(Protocol):
    """Fetches a release and puts it into its fork; raises PlugwatchError where it cannot be had."""

    def __call__(self, component: Component, version: str, /) -> Imported:
        """The release, imported."""


@dataclass(frozen=True)
class Missing:
    """A release that sites run and the fork lacks."""

    component: Component
    version: str
    sites: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """What became of a missing release: it was imported, or ``error`` says why not."""

    missing: Missing
    imported: Imported | None
    error: PlugwatchError | None = None


def missing_releases(work: UnitOfWork, forks: Iterable[Fork]) -> list[Missing]:
    """The vendor's versions that run on some site and are not in the component's fork, oldest first.

    Versions that PHP holds to be equal are one; a site whose version is not known asks for nothing.
    """
    found = []
    for fork in forks:
        kept = [release.version for release in fork.releases()]
        running: dict[bytes, tuple[str, list[str]]] = {}
        for row in work.installations.where(fork.component):
            version = clean(row.base_version or "")
            if version and not is_kept(version, kept):
                running.setdefault(sort_key(version), (version, []))[1].append(row.site)
        found += [Missing(fork.component, version, tuple(sites)) for _key, (version, sites) in sorted(running.items())]
    return found


def keep_releases(missing: Iterable[Missing], keep: Keep) -> Iterator[Kept]:
    """Try to get each missing release; one that cannot be had does not keep the others from being fetched."""
    for one in missing:
        try:
            yield Kept(one, keep(one.component, check_release_version(one.version)))
        except PlugwatchError as error:
            yield Kept(one, None, error)


def first_found(attempts: Sequence[Callable[[], Imported]]) -> Imported:
    """The release from the first source that has it.

    Where none has it, raises the error of one that could not be asked, else of the first.
    """
    errors: list[PlugwatchError] = []
    for attempt in attempts:
        try:
            return attempt()
        except PlugwatchError as error:
            errors.append(error)
    if not errors:
        raise NotFoundError("it has no source that could be asked; import the release by hand with --from ZIP")
    raise next((error for error in errors if isinstance(error, UnknownError)), errors[0])


def sources_to_try(component: Component, used: Iterable[tuple[str, str]], version: str) -> list[ReleaseSource]:
    """Where a version may be had: the source that the fork used last, then the directory of WordPress.org.

    ``used`` are the fork's imports, newest first: each a version and the source that it came from, as recorded.
    """
    found: list[ReleaseSource] = []
    for old, recorded in used:
        source = _again(recorded, old, version)
        if source is not None:
            found.append(source)
            break
    directory = DirectorySource()
    if component.kind in ("plugin", "theme") and directory not in found:
        found.append(directory)
    return found


def _again(recorded: str, old: str, version: str) -> ReleaseSource | None:
    try:
        source = parse(recorded)
    except PlugwatchError:
        return None  # a record of an older plugwatch
    return None if isinstance(source, (FileSource, UrlSource)) else for_version(source, old, version)
