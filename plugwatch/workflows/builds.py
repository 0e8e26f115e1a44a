"""Pack a release and its patches into something a site can install."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plugwatch.errors import EXIT_PERSON, ForkError
from plugwatch.model.builds.build import (
    BuildFile,
    BuildInput,
    PatchNote,
    Recipe,
    fingerprint,
    next_build_number,
)
from plugwatch.model.component import Component
from plugwatch.model.fork import BUILD_REFS, BuildRecord, Patch, Release, StackEntry
from plugwatch.model.operation import Operation, RefChange
from plugwatch.model.version import build_version, split_build
from plugwatch.workflows.operations import Stamp


class StoredTree(Protocol):
    """Files that are in the object store."""

    @property
    def tree(self) -> str:
        """The id of their tree."""


class Fork(Protocol):
    """What packing asks of a fork."""

    @property
    def component(self) -> Component: ...

    def release(self, version: str) -> Release: ...

    def stacks(self) -> dict[str, str]: ...

    def stack(self, version: str) -> list[StackEntry]: ...

    def patch_files(self, entry: StackEntry) -> tuple[str, ...]: ...

    def builds(self) -> list[BuildRecord]: ...

    def history(self) -> list[tuple[int, Operation]]: ...

    def build_files(self, tree: str) -> AbstractContextManager[Mapping[str, BuildFile]]: ...

    def store(self, path: Path, shown: str) -> StoredTree: ...

    def write_build(self, release: Release, build: str, tree: str, fingerprint: str) -> str: ...


class Output(Protocol):
    """The files of a build."""

    @property
    def zip(self) -> Path: ...

    @property
    def sha256(self) -> str: ...

    @property
    def manifest(self) -> Path: ...

    @property
    def lock(self) -> Path: ...


class BrokenBuildError(ForkError):
    """A build would have a file that does not parse; a person must look."""

    exit_code = EXIT_PERSON


@dataclass(frozen=True)
class Maker:
    """Who makes a build, and where it says that its updates come from ("" for nowhere)."""

    agency: str
    update_uri: str


@dataclass(frozen=True)
class Built:
    """A build that lies on disk."""

    version: str
    base_version: str
    patches: tuple[str, ...]
    output: Output


def make_build(
    fork: Fork,
    version: str | None,
    maker: Maker,
    pack: Callable[[BuildInput, Path], Output],
    out: Path,
    *,
    stamp: Stamp,
) -> tuple[Built, Operation | None]:
    """Build a release with its patches. The operation is None when the same build was made before.

    The same inputs give the same number and bytes; a changed stack on the same release gives the next number.
    """
    release, stack = choose(fork, version)
    recipe = Recipe(
        component=fork.component,
        base_version=release.version,
        release_tree=release.tree,
        result_tree=stack[-1].tree,
        patches=tuple(_note(entry.patch, entry.commit, fork.patch_files(entry)) for entry in stack),
        agency=maker.agency,
        update_uri_base=maker.update_uri,
    )
    mark = fingerprint(recipe)
    known = {b.version: b.fingerprint for b in fork.builds() if b.base_version == release.version}
    number = next_build_number({_number(v): f for v, f in (_ever_built(fork, release) | known).items()}, mark)
    build = build_version(release.version, number)
    with fork.build_files(recipe.result_tree) as files:
        output = pack(BuildInput(recipe, build, files), out)
    built = Built(build, release.version, tuple(entry.patch.id for entry in stack), output)
    if build in known:
        return built, None
    tree = fork.store(output.zip, output.zip.name).tree
    commit = fork.write_build(release, build, tree, mark)
    row = {"version": build, "base_version": release.version, "fingerprint": mark, "tree": tree}
    refs = [RefChange(BUILD_REFS + build, None, commit)]
    return built, stamp.operation(fork.component, "fork build", refs, {"builds": [row]})


def _ever_built(fork: Fork, release: Release) -> dict[str, str]:
    """The fingerprints of all builds on a release, of those that were undone as well: their ZIPs may be out there."""
    rows = (row for _number, operation in fork.history() for row in operation.rows.get("builds", ()))
    return {row["version"]: row["fingerprint"] for row in rows if row["base_version"] == release.version}


def choose(fork: Fork, version: str | None) -> tuple[Release, list[StackEntry]]:
    """The release to build (default: the newest with a stack) and its patches, bottom first.

    Raises ForkError where there are none.
    """
    stacks = list(fork.stacks())
    if not stacks:
        raise ForkError(f"{fork.component} carries no patches, so there is nothing to build; use the vendor's ZIP")
    chosen = stacks[-1] if version is None else version
    release = fork.release(chosen)
    stack = fork.stack(chosen)
    if not stack:
        raise ForkError(f"{fork.component} carries no patches on {chosen}; use the vendor's ZIP of that release")
    return release, stack


def _number(build: str) -> int:
    parts = split_build(build)
    return parts[1] if parts else 0


def _note(patch: Patch, commit: str, files: tuple[str, ...]) -> PatchNote:
    seconds, zone = patch.date.split(" ")
    offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    day = dt.datetime.fromtimestamp(int(seconds), dt.timezone(offset)).date()
    return PatchNote(
        id=patch.id, title=patch.title, why=patch.why, date=day, author=str(patch.author), files=files, commit=commit
    )
