"""Where releases come from: every SOURCE of ``fork create`` and ``fork import``, wired to what fetches it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from plugwatch.cli.context import App
from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.offered import find_version, newest_stable, not_offered, version_named
from plugwatch.model.release_source import (
    GIT_LOGIN,
    ComposerSource,
    DirectorySource,
    FileSource,
    GitSource,
    ReleaseSource,
    SiteSource,
    SvnSource,
    UrlSource,
    login_variable,
)
from plugwatch.model.version import sort_key

if TYPE_CHECKING:
    from plugwatch.model.builds.checksums import Checksums
    from plugwatch.model.identity import Identity
    from plugwatch.upstream.wordpress_org_releases import WordPressOrgReleases


@dataclass(frozen=True)
class FetchedRelease:
    """A release on this machine.

    ``version`` is what to call it: the one asked for; None where its header is to say it. ``shown`` is the source as it
    may be recorded, ``notes`` what the person should know, ``identity`` what it says of itself.
    """

    path: Path
    version: str | None
    shown: str
    identity: Identity
    notes: tuple[str, ...] = ()

    def differs_from(self, version: str) -> bool:
        """Whether its header says another version; one that says none does not."""
        header = self.identity.version
        return bool(header) and _key(header) != _key(version)


@dataclass(frozen=True)
class _Fetched:
    """What a source gave; ``version`` is what the source has it under."""

    path: Path
    version: str | None
    shown: str
    notes: tuple[str, ...] = ()


@contextmanager
def fetched_file(text: str) -> Iterator[Path]:
    """A file or folder as it is, a URL fetched for the block.

    Raises InputError when it is not there, UnknownError when it cannot be had now.
    """
    from plugwatch.upstream.download import download, is_url

    if is_url(text):
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            yield download(text, Path(folder))
        return
    path = Path(text).expanduser()
    if not path.exists():
        raise InputError("there is no such file or folder; give a ZIP, a folder or a URL", source=text)
    yield path


@contextmanager
def fetched_release(
    app: App, component: Component, source: ReleaseSource, version: str | None = None
) -> Iterator[FetchedRelease]:
    """A release of a component, for the block; without a version the newest stable one of a source that has many.

    Raises UnknownError where the source does not answer, PlugwatchError where it has no such release.
    """
    if isinstance(source, (FileSource, UrlSource)):
        with fetched_file(source.path if isinstance(source, FileSource) else source.url) as path:
            yield _named(component, version, _Fetched(path, None, source.shown))
    elif isinstance(source, SiteSource):
        with _site_files(app, component, source) as path:
            remark = f"taken as it runs on {source.site}; whether anybody has changed it there is not known"
            release = _named(component, version, _Fetched(path, None, source.shown, (remark,)))
            if version is not None and release.differs_from(version):
                told = release.identity.version
                raise InputError(f"it runs {told}, not {version}; give --version {told}", source=source.shown)
            yield release
    else:
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            yield _named(component, version, _fetch(app, component, source, version, Path(folder)))


def offered_versions(app: App, component: Component, source: ReleaseSource) -> Sequence[str]:
    """The names of the versions that a source offers, oldest first. Raises UnknownError or PlugwatchError."""
    if isinstance(source, DirectorySource):
        return _directory(app).versions(component)
    if isinstance(source, ComposerSource):
        from plugwatch.model.offered import sorted_names
        from plugwatch.upstream.composer_repository import ComposerRepository

        return sorted_names(ComposerRepository(source.url, source.login).packages(source.package))
    if isinstance(source, SvnSource):
        from plugwatch.upstream.subversion import Subversion

        return Subversion(source).versions()
    if isinstance(source, GitSource):
        from plugwatch.forks.git_releases import GitReleases

        return GitReleases(_absolute(_with_login(source))).versions()
    raise PlugwatchError(f"{source.shown} is one release, not a list of them; give wporg, git:, svn: or composer:")


def _named(component: Component, wanted: str | None, fetched: _Fetched) -> FetchedRelease:
    """The release under the version wanted, else its header's, else the one that the source has it under."""
    from plugwatch.forks.inspect import identity_of_source

    identity = identity_of_source(component, fetched.path)
    version = wanted if wanted is not None else None if identity.version else fetched.version
    release = FetchedRelease(fetched.path, version, fetched.shown, identity, fetched.notes)
    if wanted is None or not release.differs_from(wanted):
        return release
    told = f"what {fetched.shown} has as {wanted} says in its header that it is {identity.version}"
    return replace(release, notes=(*release.notes, told))


def _key(version: str) -> bytes:
    return sort_key(version_named(version) or version)


def _fetch(
    app: App,
    component: Component,
    source: DirectorySource | GitSource | SvnSource | ComposerSource,
    version: str | None,
    folder: Path,
) -> _Fetched:
    if isinstance(source, DirectorySource):
        return _fetch_from_directory(app, component, version, folder)
    if isinstance(source, ComposerSource):
        return _fetch_from_composer(source, version, folder)
    if isinstance(source, SvnSource):
        from plugwatch.upstream.subversion import Subversion

        path, url, name = Subversion(source).fetch(version, folder)
        return _Fetched(path, version_named(name or ""), replace(source, url=url).shown)
    from plugwatch.forks.git_releases import GitReleases

    source = _absolute(_with_login(source))
    exported = GitReleases(source).fetch(version, folder)
    shown = replace(source, ref=source.ref or exported.tag).shown
    return _Fetched(exported.folder, version_named(exported.tag or ""), shown, exported.notes)


def _fetch_from_directory(app: App, component: Component, version: str | None, folder: Path) -> _Fetched:
    source = DirectorySource()
    release = _directory(app).fetch(component, version, folder)
    notes = _verify(release.path, release.checksums) if release.checksums else ()
    return _Fetched(release.path, None, source.shown, notes)


def _verify(path: Path, checksums: Checksums) -> tuple[str, ...]:
    """Compare a ZIP with what WordPress.org publishes of it. Raises InputError where they differ."""
    from plugwatch.forks.inspect import file_hashes

    differing = checksums.differing(file_hashes(path))
    if differing:
        shown = ", ".join(differing[:3]) + (", …" if len(differing) > 3 else "")
        raise InputError(
            f"{len(differing)} of the files of {checksums.version} are not as its own checksums say ({shown}), so it "
            "was not taken; try again, and compare with --from svn: if it stays so",
            source="WordPress.org",
        )
    rewritten = checksums.rewritten()
    if not rewritten:
        return ()
    return (f"WordPress.org has shipped {len(rewritten)} of its files in several forms as {checksums.version}",)


def _fetch_from_composer(source: ComposerSource, version: str | None, folder: Path) -> _Fetched:
    from plugwatch.upstream.composer_repository import ComposerRepository

    repository = ComposerRepository(source.url, source.login)
    packages = repository.packages(source.package)
    name = find_version(version, packages) if version is not None else newest_stable(packages)
    if name is None:
        wanted = not_offered(version, packages) if version is not None else "it has no stable version; give --version"
        raise InputError(wanted, source=source.shown)
    path = repository.fetch(packages[name], folder)
    notes = () if packages[name].sha1 else ("the repository tells no checksum of its archive",)
    return _Fetched(path, version_named(name), source.shown, notes)


@contextmanager
def _site_files(app: App, component: Component, source: SiteSource) -> Iterator[Path]:
    from plugwatch.inventories.sources.component_files import component_files
    from plugwatch.inventories.sources.spec import SourceSite, parse_spec

    with app.ledger.reading() as work:
        site = work.sites.resolve(source.site)
    if not site.source:
        raise PlugwatchError(
            f"{site.slug} has no source to fetch files from; give it one with "
            f"'plugwatch site set {site.slug} --source SPEC'"
        )
    with component_files(parse_spec(site.source), SourceSite(site.slug, site.url, app.workspace), component) as path:
        yield path


def _directory(app: App) -> WordPressOrgReleases:
    from plugwatch.upstream.wordpress_org_releases import WordPressOrgReleases

    place = app.settings.wordpress_org
    return WordPressOrgReleases(app.directory, place.downloads_url, place.svn_url)


def _with_login(source: GitSource) -> GitSource:
    """The source with the login that the environment has for its host."""
    if source.login or not source.url.startswith(("https://", "http://")):
        return source
    return replace(source, login=os.environ.get(login_variable(GIT_LOGIN, source.url)) or None)


def _absolute(source: GitSource) -> GitSource:
    """A folder of this machine by its whole path, as it must be recorded."""
    if "://" in source.url or ":" in source.url.partition("/")[0]:
        return source
    return replace(source, url=str(Path(source.url).expanduser().resolve()))
