"""What can be told of a release before it is imported, and of where those before it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from plugwatch.forks.archive import SourceFile, open_source
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.repository import OPERATIONS, Repository
from plugwatch.model.component import Component
from plugwatch.model.headers import HEADER_BYTES
from plugwatch.model.identity import Identity, identify, may_have_header
from plugwatch.model.operation import Operation

_MOST_HEADS = 2000


def identity_of_source(component: Component, path: Path) -> Identity:
    """What a ZIP, folder or PHP file says of itself. Raises InputError."""
    with open_source(path) as source:
        files = list(source.files())
        worth = [file for file in files if may_have_header(component, file.path)][:_MOST_HEADS]
        heads = [(file.path, file.head(HEADER_BYTES)) for file in worth]
        return identify(component, [file.path for file in files], heads, source.top)


def identities(repository: Repository) -> Iterator[tuple[str, Identity]]:
    """What the releases of a fork say of themselves, by their versions, the newest first."""
    for release in reversed(repository.releases()):
        files = repository.git.tree(release.tree)
        yield release.version, identity_of_files(repository.git, repository.component, files)


def identity_of_files(git: Git, component: Component, files: Mapping[str, TreeEntry]) -> Identity:
    """What the files of a tree say whose they are."""
    worth = [path for path in files if may_have_header(component, path)][:_MOST_HEADS]
    contents = git.stream(files[path].blob for path in worth)
    heads = [(path, content[:HEADER_BYTES]) for path, content in zip(worth, contents, strict=True)]
    return identify(component, files, heads)


def file_hashes(path: Path) -> dict[str, str]:
    """The sha256 of every file by its path in the component's folder. Raises InputError."""
    with open_source(path) as source:
        return {file.path: _sha256(file) for file in source.files()}


def _sha256(file: SourceFile) -> str:
    digest = hashlib.sha256()
    for piece in file.pieces():
        digest.update(piece)
    return digest.hexdigest()


def recorded_sources(repository: Repository) -> list[tuple[str, str]]:
    """The version and the recorded source of every release that was imported into a fork, newest import first."""
    names = [f"{OPERATIONS}{number}:operation.json" for number in reversed(repository.operations())]
    operations = (
        Operation.from_text(content.decode("utf-8", "replace"), f"{repository.directory.name}, {name}")
        for name, content in zip(names, repository.git.stream(names), strict=True)
    )
    return [(row["version"], row["source"]) for operation in operations for row in operation.rows.get("releases", ())]
