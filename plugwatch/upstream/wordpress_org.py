"""What WordPress.org says of plugins, themes and WordPress: directory entries, versions, checksums.

The services, as the directory's own source has them (github.com/WordPress/wordpress.org) and WP-CLI uses them
(github.com/wp-cli/wp-cli, php/WP_CLI/WpOrgApi.php): ``plugins/info/1.2`` and ``themes/info/1.2``, which take up to 100
slugs in one request; ``plugin-checksums`` among the downloads; ``core/checksums/1.0`` and ``core/version-check/1.7``.
Only slugs and versions are sent, never a client's list, address or site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from plugwatch.errors import InputError
from plugwatch.model.builds.checksums import Checksums, core_checksums_from_answer
from plugwatch.model.component import Component
from plugwatch.model.directory import UNKNOWN, DirectoryEntry, is_directory_slug
from plugwatch.model.roads.markup import one_line
from plugwatch.model.version import clean, sort_key
from plugwatch.upstream.json_client import Answer, JsonClient, Timeouts

_MOST_SLUGS = 100
_LONGEST_SLUGS = 4000  # characters of slugs in one request, so that its address stays below what servers take
_LONGEST_VERSION = 100
_LOCALE = re.compile(r"[A-Za-z0-9_]{2,30}", re.ASCII)
_INFO = {
    "plugin": ("/plugins/info/1.2/", "plugin_information"),
    "theme": ("/themes/info/1.2/", "theme_information"),
}
# Written as PHP reads an array, the one form in which both services let a field be left out: the texts weigh most.
_FIELDS = {
    "fields[sections]": "0",
    "fields[description]": "0",
    "fields[contributors]": "0",
    "fields[screenshots]": "0",
    "fields[tags]": "0",
    "fields[ratings]": "0",
    "fields[upgrade_notice]": "0",
    "fields[versions]": "1",
    "fields[active_installs]": "1",
}


class WordPressOrg:
    """WordPress.org, or a mirror or test server in its place; asked with one request at a time.

    Every method raises UnknownError with a sentence that says what is not known now: for a line that is down, a busy
    server after three attempts, an answer that is too large or slow or not what it should be.
    """

    def __init__(
        self, api_url: str, downloads_url: str, *, pause: float = 0.2, timeouts: Timeouts | None = None
    ) -> None:
        """``pause`` is the rest between two requests, in seconds. Raises ConfigError for what is no web address."""
        timeouts = timeouts or Timeouts()
        self._api = JsonClient(api_url, pause=pause, timeouts=timeouts)
        self._downloads = JsonClient(downloads_url, pause=pause, timeouts=timeouts)

    def entries(self, components: Sequence[Component]) -> dict[Component, DirectoryEntry]:
        """The entries of plugins and themes; components of other kinds are left out."""
        return {
            Component(kind, slug): entry
            for kind in _INFO
            for slug, entry in self._entries(kind, [one.slug for one in components if one.kind == kind]).items()
        }

    def plugins(self, slugs: Sequence[str]) -> dict[str, DirectoryEntry]:
        """The entry of every slug, in the order given; closed plugins are told from those that it does not know."""
        return self._entries("plugin", slugs)

    def plugin(self, slug: str) -> DirectoryEntry:
        """The entry of one plugin."""
        return self._entry("plugin", slug)

    def themes(self, slugs: Sequence[str]) -> dict[str, DirectoryEntry]:
        """The entry of every slug, in the order given; a theme that was taken down looks like one never there."""
        return self._entries("theme", slugs)

    def theme(self, slug: str) -> DirectoryEntry:
        """The entry of one theme."""
        return self._entry("theme", slug)

    def plugin_checksums(self, slug: str, version: str) -> Checksums | None:
        """The checksums of a plugin's version (as in its header); None where WordPress.org has none.

        It has none for themes, paid plugins and trunk, nor for a version that is no file name.
        """
        if not is_directory_slug(slug) or not _can_name_file(version):
            return None
        about = f"the checksums of {slug} {version}"
        answer = self._downloads.get(f"/plugin-checksums/{slug}/{quote(version, safe='')}.json", {}, about)
        if answer.status == 404:
            return None
        try:
            return Checksums.from_answer(slug, version, answer.document())
        except InputError as error:
            raise answer.unreadable("something else") from error

    def core_checksums(self, version: str, locale: str = "en_US") -> dict[str, str] | None:
        """Path → md5 of WordPress's own files; None where WordPress.org has none for this version and locale.

        Right after a release that may be so for a translation, until its package is built.
        """
        if not _can_name_file(version) or not _LOCALE.fullmatch(locale):
            return None
        about = f"the checksums of WordPress {version} ({locale})"
        answer = self._api.get("/core/checksums/1.0/", {"version": version, "locale": locale}, about)
        try:
            return core_checksums_from_answer(answer.document())
        except InputError as error:
            raise answer.unreadable("something else") from error

    def core_versions(self) -> tuple[str, ...]:
        """The versions of WordPress that are on offer now, oldest first."""
        answer = self._api.get("/core/version-check/1.7/", {}, "the versions of WordPress")
        offers = answer.document().get("offers")
        told = [offer.get("version") for offer in offers if isinstance(offer, dict)] if isinstance(offers, list) else []
        versions = {one_line(text) for text in told if isinstance(text, str) and len(text) <= _LONGEST_VERSION}
        offered = tuple(sorted((text for text in versions if clean(text)), key=lambda text: (sort_key(text), text)))
        if not offered:
            raise answer.unreadable("no offer")
        return offered

    def _entries(self, kind: str, slugs: Sequence[str]) -> dict[str, DirectoryEntry]:
        entries = {slug: DirectoryEntry(kind, slug, UNKNOWN) for slug in slugs}
        for batch in _batches([slug for slug in entries if is_directory_slug(slug)]):
            told = self._ask_together(kind, batch) if len(batch) > 1 else {}
            for slug in batch:
                entries[slug] = told.get(slug) or self._entry(kind, slug)
        return entries

    def _ask_together(self, kind: str, slugs: Sequence[str]) -> dict[str, DirectoryEntry]:
        """What one request tells of several slugs; the others are left out.

        The themes' service refuses all slugs where one is missing, or always ("Slugs not provided", a slip in
        themes/info/1.0/index.php of 2024), and the plugins' service has been seen to leave unknown ones out.
        """
        answer = self._ask(kind, {"slugs": ",".join(slugs)}, f"{len(slugs)} {kind}s in the directory")
        return dict(_readable(kind, slugs, answer.document()))

    def _entry(self, kind: str, slug: str) -> DirectoryEntry:
        if not is_directory_slug(slug):
            return DirectoryEntry(kind, slug, UNKNOWN)
        answer = self._ask(kind, {"slug": slug}, f"{kind}/{slug} in the directory")
        try:
            return DirectoryEntry.from_answer(kind, slug, answer.document())
        except InputError as error:
            raise answer.unreadable("something else") from error

    def _ask(self, kind: str, parameters: Mapping[str, str], about: str) -> Answer:
        path, action = _INFO[kind]
        return self._api.get(path, {"action": action, **parameters, **_FIELDS}, about)


def _readable(kind: str, slugs: Sequence[str], document: Mapping[str, object]) -> Iterator[tuple[str, DirectoryEntry]]:
    for slug in slugs:
        try:
            yield slug, DirectoryEntry.from_answer(kind, slug, document.get(slug))
        except InputError:
            continue  # it is asked for alone


def _batches(slugs: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for slug in slugs:
        if len(batch) == _MOST_SLUGS or sum(map(len, batch)) + len(slug) > _LONGEST_SLUGS:
            yield batch
            batch = []
        batch.append(slug)
    if batch:
        yield batch


def _can_name_file(version: str) -> bool:
    """What class-builder.php asks of a version before it writes checksums: that it is no path; and it is one line."""
    return (
        version.strip(".") != ""
        and len(version) <= _LONGEST_VERSION
        and "/" not in version
        and one_line(version) == version
    )
