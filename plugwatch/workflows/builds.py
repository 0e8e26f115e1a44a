"""Pack a release and its patches into something a site can install."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from plugwatch.errors import EXIT_PERSON, ForkError
from plugwatch.model.builds.build import (
    MANIFEST_NAME,
    BuildFile,
    BuildInput,
    Digest,
    PatchNote,
    Recipe,
    fingerprint,
    next_build_number,
)
from plugwatch.model.builds.neighbours import check_neighbours
from plugwatch.model.component import Component
from plugwatch.model.fork import BUILD_REFS, BuildRecord, Patch, Release, StackEntry
from plugwatch.model.operation import Operation, RefChange
from plugwatch.model.sharing import vendor_version
from plugwatch.model.version import build_version, split_build
from plugwatch.workflows.operations import Stamp


class Fork(Protocol):
    """What packing asks of a fork."""

    @property
    def component(self) -> Component: ...

    def release(self, version: str) -> Release: ...

    def releases(self) -> list[Release]: ...

    def stacks(self) -> dict[str, str]: ...

    def stack(self, version: str) -> list[StackEntry]: ...

    def patch_files(self, entry: StackEntry) -> tuple[str, ...]: ...

    def builds(self) -> list[BuildRecord]: ...

    def history(self) -> list[tuple[int, Operation]]: ...

    def build_files(self, tree: str) -> AbstractContextManager[Mapping[str, BuildFile]]: ...

    def store_marked(self, tree: str, marked: Mapping[str, bytes]) -> str: ...

    def keep_sums(self, tree: str, sums: Mapping[str, Digest]) -> None: ...

    def write_build(self, release: Release, build: str, tree: str, fingerprint: str) -> str: ...


class Output(Protocol):
    """The files of a build: paths on disk, the sums of what is in the ZIP, and what of that marks the build."""

    @property
    def zip(self) -> Path: ...

    @property
    def sha256(self) -> str: ...

    @property
    def manifest(self) -> Path: ...

    @property
    def lock(self) -> Path: ...

    @property
    def file(self) -> Path | None: ...

    @property
    def digests(self) -> Mapping[str, Digest]: ...

    @property
    def marked(self) -> Mapping[str, bytes]: ...


class BrokenBuildError(ForkError):
    """A build would have a file that does not parse; a person must look."""

    exit_code = EXIT_PERSON


@dataclass(frozen=True)
class Maker:
    """Who makes a build, and where it says that its updates come from ("" for nowhere).

    ``known`` are versions of the component that have been heard of elsewhere than in its fork.
    """

    agency: str
    update_uri: str
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planned:
    """A build to be made; ``record`` is the same one where it was made before."""

    release: Release
    recipe: Recipe
    build: str
    fingerprint: str
    record: BuildRecord | None

    @property
    def patches(self) -> tuple[str, ...]:
        """The ids of the patches in it."""
        return tuple(patch.id for patch in self.recipe.patches)


@dataclass(frozen=True)
class Built:
    """A build that lies on disk."""

    version: str
    base_version: str
    patches: tuple[str, ...]
    output: Output


@dataclass(frozen=True)
class Rebuilt:
    """A build made once more, and the files of it that the fork keeps otherwise, or not at all."""

    built: Built
    differing: tuple[str, ...]


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
    Raises ForkError, and PlugwatchError where no version for the build lies between the vendor's releases.
    """
    plan = plan_build(fork, version, maker)
    release, build = plan.release, plan.build
    output = _pack(fork, plan, pack, out)
    built = Built(build, release.version, plan.patches, output)
    if plan.record:
        return built, None
    tree = fork.store_marked(plan.recipe.result_tree, output.marked)
    fork.keep_sums(tree, {**output.digests, MANIFEST_NAME: Digest.of(output.marked[MANIFEST_NAME])})
    commit = fork.write_build(release, build, tree, plan.fingerprint)
    row = {"version": build, "base_version": release.version, "fingerprint": plan.fingerprint, "tree": tree}
    refs = [RefChange(BUILD_REFS + build, None, commit)]
    return built, stamp.operation(fork.component, "fork build", refs, {"builds": [row]})


def plan_build(fork: Fork, version: str | None, maker: Maker) -> Planned:
    """What the build of a release (default: the newest with a stack) is made of, and its version. Nothing is written.

    Raises ForkError where there is nothing to build, PlugwatchError where no version for it lies between the releases.
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
    base = vendor_version(release.version)
    known = {record.version: record for record in fork.builds()}
    ever = _undone(fork) | {version: record.fingerprint for version, record in known.items()}
    build = build_version(base, next_build_number(_numbers(ever, base), mark))
    if build in known:
        return Planned(release, recipe, build, mark, known[build])
    check_neighbours(build, base, [*(other.version for other in fork.releases()), *maker.known])
    return Planned(release, recipe, build, mark, None)


def rebuild(
    fork: Fork, version: str | None, maker: Maker, pack: Callable[[BuildInput, Path], Output], out: Path
) -> Rebuilt:
    """Make a build that was made before once more, into ``out``, and compare it with what the fork keeps of it.

    Raises ForkError where nothing was built from the patches as they are now.
    """
    plan = plan_build(fork, version, maker)
    if plan.record is None:
        raise ForkError(_not_built(fork, plan))
    output = _pack(fork, plan, pack, out)
    sums = {path: digest.sha256 for path, digest in output.digests.items()}
    sums[MANIFEST_NAME] = hashlib.sha256(output.manifest.read_bytes()).hexdigest()
    with fork.build_files(plan.record.tree) as files:
        kept = {path: hashlib.sha256(file.read()).hexdigest() for path, file in files.items()}
    differing = (path for path in sums.keys() | kept.keys() if sums.get(path) != kept.get(path))
    return Rebuilt(Built(plan.build, plan.release.version, plan.patches, output), tuple(sorted(differing)))


def _pack(fork: Fork, plan: Planned, pack: Callable[[BuildInput, Path], Output], out: Path) -> Output:
    with fork.build_files(plan.recipe.result_tree) as files:
        return pack(BuildInput(plan.recipe, plan.build, files), out)


def _not_built(fork: Fork, plan: Planned) -> str:
    base = plan.release.version
    builds = [record.version for record in fork.builds() if record.base_version == base]
    if not builds:
        return f"{fork.component} {base} was never built, so there is nothing to compare; leave out --check to build it"
    return (
        f"{fork.component}: {builds[-1]}, the last build of {base}, was made of something else: its patches, your "
        f"agency's name, builds.update_uri or how plugwatch marks builds have changed since; without --check the next "
        f"one, {plan.build}, is made"
    )


def _undone(fork: Fork) -> dict[str, str]:
    """The fingerprints of all builds ever made: the ZIPs of those that were undone may be out there."""
    rows = (row for _number, operation in fork.history() for row in operation.rows.get("builds", ()))
    return {row["version"]: row["fingerprint"] for row in rows}


def _numbers(ever: Mapping[str, str], base: str) -> dict[int, str]:
    """The fingerprints of the builds that are called as one of this version is, by number: 1.2 and 1.2.0 share them."""
    parts = {build: split_build(build) for build in ever}
    return {found[1]: ever[build] for build, found in parts.items() if found and build_version(base, found[1]) == build}


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


def _note(patch: Patch, commit: str, files: tuple[str, ...]) -> PatchNote:
    return PatchNote(
        id=patch.id,
        title=patch.title,
        why=patch.why,
        date=_day(patch),
        author=str(patch.author),
        files=files,
        commit=commit,
    )


def _day(patch: Patch) -> dt.date:
    """The day of a patch in its own zone. Raises ForkError for a date that git keeps and no calendar has."""
    seconds, zone = patch.date.split(" ")
    try:
        offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
        return dt.datetime.fromtimestamp(int(seconds), dt.timezone(offset)).date()
    except (ValueError, OverflowError, OSError) as error:
        raise ForkError(
            f"{patch.id}: its commit is of a day that no calendar has ('{patch.date}'); drop that patch and capture "
            "its change anew"
        ) from error
