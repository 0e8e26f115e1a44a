"""What can be told of a release before it is imported, and of where those before it came from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from plugwatch.forks.archive import open_source
from plugwatch.forks.repository import OPERATIONS, Repository
from plugwatch.model.component import Component
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, NoHeaderError, main_file
from plugwatch.model.operation import Operation

_MOST_HEADS = 2000


def header_version(component: Component, path: Path) -> str | None:
    """The version in the header of a ZIP, folder or PHP file; None where none says it. Raises InputError."""
    with open_source(path) as source:
        top = [file for file in source.files() if "/" not in file.path and file.path.endswith((".php", THEME_FILE))]
        heads = ((file.path, file.read()[:HEADER_BYTES]) for file in top[:_MOST_HEADS])
        try:
            return main_file(heads, component.slug, component.kind).version or None
        except NoHeaderError:
            return None


def file_hashes(path: Path) -> dict[str, str]:
    """The sha256 of every file by its path in the component's folder. Raises InputError."""
    with open_source(path) as source:
        return {file.path: hashlib.sha256(file.read()).hexdigest() for file in source.files()}


def recorded_sources(repository: Repository) -> list[tuple[str, str]]:
    """The version and the recorded source of every release that was imported into a fork, newest import first."""
    names = [f"{OPERATIONS}{number}:operation.json" for number in reversed(repository.operations())]
    operations = (
        Operation.from_text(content.decode("utf-8", "replace"), f"{repository.directory.name}, {name}")
        for name, content in zip(names, repository.git.stream(names), strict=True)
    )
    return [(row["version"], row["source"]) for operation in operations for row in operation.rows.get("releases", ())]
