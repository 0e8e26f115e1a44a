"""The patches that a composer.json, patches.json or patches.lock.json lists, fetched and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from plugwatch.cli.context import App, note
from plugwatch.cli.forking import without_secrets
from plugwatch.cli.patch_add import Wanted
from plugwatch.errors import InputError
from plugwatch.forks.fork import Fork
from plugwatch.model.patches.composer_patches import (
    DEFAULT_PATCHES_FILE,
    LOCK_FILE,
    ComposerPatch,
    ComposerPatches,
    choose_patches,
    read_composer_patches,
    with_depths,
    with_lock,
)
from plugwatch.model.patches.letter import Letter
from plugwatch.model.patches.paths import PathOptions
from plugwatch.model.patches.source import public_url

_COMPOSER_FILE = "composer.json"


@dataclass(frozen=True)
class _Place:
    """Where a document is: on this machine or at an address; other files are named relative to it."""

    text: str
    is_url: bool

    @property
    def shown(self) -> str:
        """The place without secrets."""
        return without_secrets(self.text)

    @property
    def name(self) -> str:
        """The document's file name."""
        return Path(urlsplit(self.text).path if self.is_url else self.text).name

    def beside(self, name: str) -> _Place:
        """A file that the document names. Raises InputError for one on another server."""
        from plugwatch.upstream.download import is_url

        if is_url(name) or not self.is_url:
            return _Place(name if is_url(name) else str(Path(self.text).expanduser().parent / name), is_url(name))
        target = urljoin(self.text, name)
        if urlsplit(target)[:2] != urlsplit(self.text)[:2]:
            raise InputError(f"it names '{name}', which is on another server", source=self.shown)
        return _Place(target, True)

    def read(self) -> bytes:
        """The bytes. Raises InputError or UnknownError where they cannot be had."""
        from plugwatch.upstream.patch_sources import fetch_file, read_patch_file

        return fetch_file(self.text) if self.is_url else read_patch_file(Path(self.text), self.shown)

    def is_here(self) -> bool:
        """Whether it is a file on this machine."""
        return not self.is_url and Path(self.text).is_file()


def composer_patches(
    app: App, opened: Fork, file: str, data: bytes, package: str | None, paths: PathOptions
) -> tuple[list[Wanted], list[dict[str, Any]]]:
    """The patches that a document lists for a component, in order, and what it lists for others.

    Raises InputError where it lists none, where a patch cannot be read, or where its checksum is another.
    """
    from plugwatch.upstream.download import is_url

    place = _Place(file, is_url(file))
    listed = _all_listed(place, read_composer_patches(data, place.shown))
    mine, others = choose_patches(listed, opened.component, package, place.shown)
    wanted = [
        Wanted(_letter(app, opened, place, patch), _options(paths, patch), patch.title or patch.url) for patch in mine
    ]
    reasons = [{"title": p.title or p.url, "reason": f"it is for {p.package}", "package": p.package} for p in others]
    return wanted, reasons


def _all_listed(place: _Place, document: ComposerPatches) -> list[ComposerPatch]:
    """What the document, the other file that it names, and the lock beside it say together."""
    listed, settings = list(document.patches), document
    more = place.beside(document.more_in or DEFAULT_PATCHES_FILE)
    is_composer = place.name not in (DEFAULT_PATCHES_FILE, LOCK_FILE)
    if document.more_in or (is_composer and more.is_here()):
        listed += read_composer_patches(more.read(), more.shown).patches
    composer = place.beside(_COMPOSER_FILE)
    if not is_composer and composer.is_here():
        settings = read_composer_patches(composer.read(), composer.shown)
    lock = place.beside(LOCK_FILE)
    if place.name != LOCK_FILE and lock.is_here():
        listed, unlocked = with_lock(listed, read_composer_patches(lock.read(), lock.shown).patches)
        if unlocked:
            note(f"note: {lock.shown} is older than the patches: {unlocked} of them have no checksum in it")
    return with_depths(list(dict.fromkeys(listed)), settings)


def _letter(app: App, opened: Fork, place: _Place, patch: ComposerPatch) -> Letter:
    from plugwatch.upstream.patch_sources import fetch_letters

    source = place.beside(patch.url)
    shown = f"{place.shown}, '{patch.title or patch.url}'"
    if source.is_url and patch.sha256 is None:
        fetched: Sequence[Letter] = fetch_letters(source.text, app.settings.github.api_url)
    elif source.is_url or source.is_here():
        fetched = [Letter(source.read(), source=public_url(source.text) if source.is_url else None)]
    else:
        raise InputError(f"there is no file '{patch.url}' beside it", source=shown)
    found = sha256(fetched[0].diff).hexdigest()
    if patch.sha256 and found != patch.sha256:
        raise InputError(
            f"the file has the checksum {found[:12]}…, not {patch.sha256[:12]}…; somebody has changed it since",
            source=shown,
        )
    letter, read = fetched[0], opened.read_letter(fetched[0].diff)
    known = replace(read, author=letter.author or read.author, date=letter.date or read.date, source=letter.source)
    title = patch.title or letter.title or read.title or source.name
    return replace(known, title=title, why=letter.why or read.why)


def _options(paths: PathOptions, patch: ComposerPatch) -> PathOptions:
    """A depth that the document says counts, unless the person says how to read the paths."""
    if patch.depth is None or paths.strip is not None or paths.prefix is not None:
        return paths
    return replace(paths, strip=patch.depth)
