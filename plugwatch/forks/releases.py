"""Store what a vendor shipped, byte for byte, as a release of a fork."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plugwatch.errors import ForkError
from plugwatch.forks.archive import SourceFile, open_source
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.repository import Repository
from plugwatch.model.builds.build import MANIFEST_NAME
from plugwatch.model.component import Component
from plugwatch.model.fork import Release, SourceNote
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, NoHeaderError, main_file
from plugwatch.model.identity import says_version
from plugwatch.model.offered import version_named
from plugwatch.model.version import check_release_version, split_build

_MAY_HAVE_HEADER = (".php", THEME_FILE)
_MOST_HEADS = 2000  # 16 MB; without an end to it a hostile ZIP could fill the memory
_LARGE = 8 << 20
_AGAIN = re.compile(r"\+r[0-9]+\Z")


@dataclass(frozen=True)
class Stored:
    """A tree that is in the object store, and what was learned on the way.

    ``version`` is what its header says; ``is_build`` whether it is a build of plugwatch, not the vendor's release.
    """

    tree: str
    note: SourceNote
    version: str | None
    is_build: bool


def store_tree(git: Git, component: Component, path: Path, *, shown: str) -> Stored:
    """Stream the files of a ZIP or folder into the object store; memory holds one file at a time, none that is large.

    ``shown`` names the source in messages. Raises ForkError or InputError where the source is not to be trusted.
    """
    with open_source(path) as source:
        heads: list[tuple[str, bytes]] = []
        places: list[tuple[str, str]] = []
        files: dict[str, TreeEntry] = {}

        def contents() -> Iterator[bytes]:
            for file in source.files():
                mode = "100755" if file.executable else "100644"
                if file.size > _LARGE:
                    files[file.path] = TreeEntry(mode, _write_large(git, file))
                    continue
                content = file.read()
                places.append((file.path, mode))
                if "/" not in file.path and file.path.endswith(_MAY_HAVE_HEADER) and len(heads) < _MOST_HEADS:
                    heads.append((file.path, content[:HEADER_BYTES]))
                yield content

        blobs = git.write_blobs(contents())
        files |= {name: TreeEntry(mode, blob) for (name, mode), blob in zip(places, blobs, strict=True)}
        note = SourceNote(shown, source.sha256, len(files), tuple(source.warnings))
    return Stored(git.write_tree(files), note, _header_version(component, heads), MANIFEST_NAME in files)


def choose_version(stored: Stored, wanted: str | None) -> str:
    """The version of a release: the one given, else its header's. A ``v`` before it goes, unless the header has it too.

    PHP holds ``v1.2.5`` to be older than ``1.2.4``; where the header says so, that is what sites say. Raises ForkError
    where there is neither, for a build of ours (taken for a release, it would be the newest one), and for the names
    that :func:`place_release` gives.
    """
    if stored.is_build:
        raise ForkError(f"{stored.note.source}: this is a build of plugwatch; import the vendor's own release")
    if wanted is None and not says_version(stored.version or ""):
        raise ForkError(f"{stored.note.source}: no plugin or theme header says the version; give it with --version")
    told = wanted.strip() if wanted is not None else stored.version or ""
    version = check_release_version(told if told == stored.version else version_named(told) or told)
    if split_build(version):
        raise ForkError(
            f"{stored.note.source}: {version} is the version of a build of plugwatch; import the release that it was "
            "built from, under its own version"
        )
    if _AGAIN.search(version):
        raise ForkError(
            f"{stored.note.source}: {version} is how plugwatch names further bytes of a version; give the version that "
            f"the vendor says, {_AGAIN.sub('', version)}"
        )
    return version


def place_release(repository: Repository, version: str, tree: str) -> tuple[Release, bool]:
    """The release that this tree is, and whether its version was known with other bytes before.

    The first bytes of a version keep its name; others become ``VERSION+r2``, ``+r3``, …; the same bytes are the same
    release.
    """
    known = {release.version: release for release in repository.releases()}
    number, name = 1, version
    while name in known and known[name].tree != tree:
        number += 1
        name = f"{version}+r{number}"
    return known.get(name) or repository.write_release(version, tree, name=name), number > 1


def _write_large(git: Git, file: SourceFile) -> str:
    """Store a file piece by piece; its id."""
    with git.pipe("hash-object", "-w", "--stdin") as ends:
        for piece in file.pieces():
            ends.stdin.write(piece)
        ends.stdin.close()
        return ends.stdout.read().decode().strip()


def _header_version(component: Component, heads: list[tuple[str, bytes]]) -> str | None:
    """What the header says; must-use plugins and drop-ins need none."""
    try:
        return main_file(heads, component.slug, component.kind).version or None
    except NoHeaderError:
        return None
