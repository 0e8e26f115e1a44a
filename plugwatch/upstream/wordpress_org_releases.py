"""Releases from the directory of WordPress.org: which versions it has, and the ZIP of exactly one of them.

A version's ZIP is named by its Subversion tag, which may be another than the version in its header; checksums are
published for plugins, by the header's version (WordPress/wordpress.org, plugin-directory/class-template.php,
zip/class-builder.php). Themes have one ZIP a version and no checksums.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from plugwatch.errors import InputError
from plugwatch.model.builds.checksums import Checksums
from plugwatch.model.component import Component
from plugwatch.model.directory import CLOSED, HOSTED_KINDS, OPEN, DirectoryEntry
from plugwatch.model.offered import find_version, newest_stable, not_offered, version_named
from plugwatch.upstream.download import NotServedError, download
from plugwatch.upstream.wordpress_org import WordPressOrg


@dataclass(frozen=True)
class DirectoryRelease:
    """A release as WordPress.org hands it out: the ZIP, and the checksums of its files where it publishes them."""

    path: Path
    checksums: Checksums | None


class WordPressOrgReleases:
    """The releases in the directory; ``svn_url`` is where those of a closed plugin can still be found."""

    def __init__(self, directory: WordPressOrg, downloads_url: str, svn_url: str) -> None:
        self._directory = directory
        self._downloads = downloads_url.rstrip("/")
        self._svn = svn_url.rstrip("/")

    def versions(self, component: Component) -> tuple[str, ...]:
        """The names of all versions, oldest first.

        Raises UnknownError where WordPress.org does not answer, InputError where it does not have the component, or has
        closed it.
        """
        entry = self._entry(component)
        return entry.versions or tuple(filter(None, (entry.version,)))

    def fetch(self, component: Component, wanted: str | None, folder: Path) -> DirectoryRelease:
        """The ZIP of a version in ``folder``; without one of the newest that is stable.

        Raises what :meth:`versions` does, and InputError where there is no such version.
        """
        entry = self._entry(component)
        name = _name_of(entry, wanted)
        path = self._download(entry, name, wanted, folder)
        version = wanted or entry.version
        checksums = None
        if component.kind == "plugin" and version:
            checksums = self._directory.plugin_checksums(component.slug, version_named(version) or version)
        return DirectoryRelease(path, checksums)

    def _entry(self, component: Component) -> DirectoryEntry:
        if component.kind not in HOSTED_KINDS:
            raise InputError(f"it has plugins and themes only, and this is {component}", source="WordPress.org")
        ask = self._directory.theme if component.kind == "theme" else self._directory.plugin
        entry = ask(component.slug)
        if entry.state == CLOSED:
            raise InputError(f"{_closing(entry)}; {self._elsewhere(component)}", source="WordPress.org")
        if entry.state != OPEN:
            raise InputError(
                f"it has no {component}; give a ZIP, 'site:SITE' of a site that runs it, or another source",
                source="WordPress.org",
            )
        return entry

    def _elsewhere(self, component: Component) -> str:
        return (
            f"take it from a site that runs it (--from site:SITE), or from its repository "
            f"(--from svn:{self._svn}/{component.slug} --version V)"
        )

    def _download(self, entry: DirectoryEntry, name: str | None, wanted: str | None, folder: Path) -> Path:
        file = f"{entry.slug}.{quote(name, safe='')}.zip" if name else f"{entry.slug}.zip"
        try:
            return download(f"{self._downloads}/{entry.kind}/{file}", folder)
        except NotServedError as error:
            if error.status not in (404, 410) or wanted is None:
                raise
            place = f"WordPress.org, {entry.kind}/{entry.slug}"
            raise InputError(f"{not_offered(wanted, entry.versions)}; write one of them", source=place) from error


def _name_of(entry: DirectoryEntry, wanted: str | None) -> str | None:
    """The name of the ZIP's version; None for the ZIP without one, which is the current release.

    What is not listed is tried all the same: the list is up to a day old, and some authors hide it.
    """
    current = entry.version
    if wanted is None and current is None:
        return newest_stable(entry.versions)
    named = find_version(wanted or current or "", entry.versions)
    # A plugin whose current version has no tag is released from trunk, which is the ZIP without a version.
    untagged = wanted is None or bool(entry.versions and current and find_version(wanted, [current]))
    from_trunk = entry.kind == "plugin" and untagged
    return named or (None if from_trunk else wanted or current)


def _closing(entry: DirectoryEntry) -> str:
    since = f" on {entry.closed_date}" if entry.closed_date else ""
    reason = f" ({entry.closed_reason})" if entry.closed_reason else ""
    return f"{entry.kind}/{entry.slug} was closed there{since}{reason}, so it hands out no release of it"
