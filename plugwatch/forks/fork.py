"""A fork as the workflows use it: releases, stacks, changes and plans on one repository."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

from plugwatch.errors import BusyError, ForkError
from plugwatch.forks.build_tree import BuildTrees
from plugwatch.forks.changes import Change, change_from_patch, read_letter
from plugwatch.forks.copies import Base, Target, change_from_copy, nearest
from plugwatch.forks.copy_bases import partial_bases
from plugwatch.forks.copy_checks import refuse_other
from plugwatch.forks.lock import locked
from plugwatch.forks.overview import read_overview
from plugwatch.forks.php import Parser
from plugwatch.forks.releases import Stored, choose_version, place_release, store_tree
from plugwatch.forks.repository import LOCK, Repository, create_repository, has_operations, remove_repository
from plugwatch.forks.tree_sums import keep_sums
from plugwatch.forks.upgrade import Request, diff_files, forecast_upgrade, plan_upgrade
from plugwatch.model.builds.build import BuildFile, Digest
from plugwatch.model.component import KINDS, Component, is_slug
from plugwatch.model.fork import BUILD_REFS, BuildRecord, Plan, Release, StackEntry
from plugwatch.model.patches.letter import Letter
from plugwatch.model.patches.paths import PathOptions
from plugwatch.model.version import split_build

BASE_TRAILER = "Plugwatch-Base"
PRINT_TRAILER = "Plugwatch-Fingerprint"


class Fork(Repository):
    """A component's fork. Objects are written at once; refs move only by an operation."""

    def refs(self) -> dict[str, str]:
        """All refs and the objects they name."""
        return self.git.refs()

    def store(self, path: Path, shown: str) -> Stored:
        """Put the files of a ZIP or folder into the object store."""
        return store_tree(self.git, self.component, path, shown=shown)

    def choose_version(self, stored: Stored, wanted: str | None) -> str:
        """The version given, else the header's."""
        return choose_version(stored, wanted)

    def place_release(self, version: str, tree: str) -> tuple[Release, bool]:
        """The release that a tree is, and whether the version was known with other bytes."""
        return place_release(self, version, tree)

    def read_letter(self, data: bytes) -> Letter:
        """What a patch file says of itself, and its diff."""
        return read_letter(self.git, data)

    def tip_tree(self, release: Release) -> str:
        """The tree of a release with all its patches."""
        stack = self.stack(release.version)
        return stack[-1].tree if stack else release.tree

    def change_from_patch(
        self,
        release: Release,
        diff: bytes,
        source: str,
        *,
        options: PathOptions | None = None,
        onto: str | None = None,
    ) -> Change:
        """A patch file on top of a release's stack, or on a tree that is above it already."""
        options = replace(options or PathOptions(), slug=self.component.slug)
        return change_from_patch(self.git, onto or self.tip_tree(release), diff, source, options)

    def change_from_copy(self, release: Release, path: Path, shown: str, only: Collection[str]) -> Change:
        """An edited copy of a release, of the release with its patches, or of a build of it."""
        return self.change_from_stored(release, self.store(path, shown), only)

    def change_from_stored(self, release: Release, edited: Stored, only: Collection[str]) -> Change:
        """As :meth:`change_from_copy`, for a copy in the object store; a copy of another release is merged onto it.

        A copy whose header says that it is a build is compared with that one alone: a build's marks are never part of a
        patch.
        """
        build, named = self._build_of(edited), self._releases_named(edited.version)
        bases = [Base(f"build {build.version}", build.tree)] if build else self._bases(named or [release])
        if not build:
            bases += self._partial_bases(named or [release], edited)
        target = Target(self.component, self.stack(release.version), self.tip_tree(release))
        change = change_from_copy(self.git, target, bases, edited.tree, only)
        if build or named or not edited.version:
            return change
        by_hand = f"the copy says that it is version {edited.version}; where that was written by hand, use --only"
        return replace(change, notes=(*change.notes, by_hand))

    def release_of_copy(self, edited: Stored) -> Release:
        """The release that an edited copy was made from, by the version in its header and by its files.

        Raises ForkError where this fork does not have it, or where the patches are on another one.
        """
        build = self._build_of(edited)
        found = self.release(build.base_version) if build else self._nearest_release(edited)
        stacks = list(self.stacks())
        if stacks and found.version not in stacks:
            raise ForkError(
                f"{edited.note.source} is a copy of release {found.version}, but the patches are on {stacks[-1]}; "
                f"say --on {stacks[-1]} to bring the change there, or --on {found.version}"
            )
        return found

    def _nearest_release(self, edited: Stored) -> Release:
        releases = self.releases()
        named = self._releases_named(edited.version)
        if not releases:
            raise ForkError(f"{self.component} has no release yet; add one with 'plugwatch fork import'")
        bases = {base.tree: release for release in named or releases for base in self._bases([release], builds=False)}
        trees = [Base("", tree) for tree in reversed(bases)]  # of those that are equally near, the newest
        base, differs = nearest(self.git, trees, edited.tree, releases[-1].tree)
        name = f"release {bases[base.tree].version}"
        refuse_other(self.git, self.component, name, self.git.tree(base.tree), self.git.tree(edited.tree))
        if named or edited.version is None:
            return bases[base.tree]
        here, version = edited.note.source, edited.version
        raise ForkError(
            f"{here} says that it is version {version}, which this fork does not have; add that with "
            f"'plugwatch fork import {self.component} --version {version} --from ZIP' or, if somebody wrote "
            f"that version by hand, say --on {bases[base.tree].version} ({len(differs.changes)} files differ)"
        )

    def _releases_named(self, version: str | None) -> list[Release]:
        """The release of a version, and those that came under the same one with other bytes."""
        return [
            r for r in self.releases() if version and (r.version == version or r.version.startswith(f"{version}+r"))
        ]

    def _build_of(self, edited: Stored) -> BuildRecord | None:
        """The build that a copy is of by its header. Raises ForkError for one that this fork does not know."""
        version = edited.version or ""
        for build in self.builds():
            if build.version == version:
                return build
        if split_build(version) and version not in {known.version for known in self.releases()}:
            raise ForkError(
                f"{edited.note.source} is build {version}, which this fork does not know; take a copy of a release"
            )
        return None

    def _bases(self, releases: Sequence[Release], *, builds: bool = True) -> list[Base]:
        """What a copy of these releases may have been made from."""
        found = []
        for release in releases:
            found.append(Base(f"release {release.version}", release.tree))
            tip = self.tip_tree(release)
            if tip != release.tree:
                found.append(Base(f"{release.version} with its patches", tip))
        versions = {release.version for release in releases}
        made = self.builds() if builds else []
        return found + [Base(f"build {b.version}", b.tree) for b in made if b.base_version in versions]

    def _partial_bases(self, releases: Sequence[Release], edited: Stored) -> list[Base]:
        stacks = {release.version: self.stack(release.version) for release in releases}
        return [
            base for version, stack in stacks.items() for base in partial_bases(self.git, version, stack, edited.tree)
        ]

    def builds(self) -> list[BuildRecord]:
        """Everything that was built, by the tags and their commits."""
        # git 2.39 mixes up the trailers of two keys in one format, so they are read from the message here.
        out = self.git.text("for-each-ref", "--format=%(refname)%00%(tree)%00%(contents)%00", BUILD_REFS)
        parts = out.split("\0")[:-1]
        rows = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
        return [_build_record(name.strip(), tree, message) for name, tree, message in rows]

    def write_build(self, release: Release, build: str, tree: str, fingerprint: str) -> str:
        """The commit of a build, on the stack that it was made from; the same inputs give the same commit."""
        tip = self.stacks()[release.version]
        stack = self.stack(release.version)
        who = f"plugwatch <plugwatch@plugwatch.invalid> {stack[-1].patch.date}"
        message = f"{self.component} {build}\n\n{BASE_TRAILER}: {release.version}\n{PRINT_TRAILER}: {fingerprint}\n"
        content = f"tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\n{message}"
        return self.git.write_object("commit", content.encode())

    def patch_files(self, entry: StackEntry) -> tuple[str, ...]:
        """The files that a patch touches."""
        return tuple(sorted(diff_files(self.git, entry.base_tree, entry.tree)))

    def build_files(self, tree: str) -> AbstractContextManager[dict[str, BuildFile]]:
        """The files of a tree, each read when its turn comes, for the block; quick in the order of their paths."""
        return BuildTrees(self.git).files(tree)

    def changed_php(self, old: str, new: str) -> dict[str, tuple[bytes | None, bytes]]:
        """The PHP files that one tree has and another had otherwise, or (None) not at all: before and after."""
        return BuildTrees(self.git).changed_php(old, new)

    def store_marked(self, tree: str, marked: Mapping[str, bytes]) -> str:
        """The id of a tree with some files replaced or added, in the object store."""
        return BuildTrees(self.git).store(tree, marked)

    def keep_sums(self, tree: str, sums: Mapping[str, Digest]) -> None:
        """Keep the sums of all files of a tree, for whoever compares it with what a site has."""
        keep_sums(self.git, tree, sums)

    def plan(self, source: str, target: str, accept: Collection[str], *, forecast: bool) -> Plan:
        """What a release means for a stack; a forecast leaves nothing behind."""
        self.release(target)  # says which there are, where it is not among them
        request = Request(source, target, frozenset(accept), compile_php=not forecast)
        with Parser() as parser:
            if forecast:
                return forecast_upgrade(read_overview(self), self.git, request, parser)
            return plan_upgrade(read_overview(self), self.git, request, parser)


def _build_record(ref: str, tree: str, message: str) -> BuildRecord:
    trailers = dict(line.partition(": ")[::2] for line in message.splitlines())
    return BuildRecord(
        ref.removeprefix(BUILD_REFS), trailers.get(BASE_TRAILER, ""), trailers.get(PRINT_TRAILER, ""), tree
    )


class ForkStore:
    """All forks of a workspace: ``forks/KIND/SLUG.git``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, component: Component) -> Path:
        """Where a component's fork is or would be."""
        return self.folder / component.kind / f"{component.slug}.git"

    def exists(self, component: Component) -> bool:
        """Whether there is a fork with at least one release."""
        place = self.place(component)
        return place.is_dir() and bool(Fork(place, component).releases())

    def open(self, component: Component) -> Fork | None:
        """The fork of a component, or None where there is none."""
        place = self.place(component)
        return Fork(place, component) if place.is_dir() else None

    def create(self, component: Component) -> Fork:
        """The fork of a component, made empty where there is none."""
        create_repository(self.place(component), component)
        return Fork(self.place(component), component)

    def discard(self, fork: Fork) -> None:
        """Remove a fork into which nothing was ever imported; any other stays, and one that is in use just now."""
        with suppress(BusyError), locked(fork.directory / LOCK, "fork removal", wait=0):
            if not fork.refs():
                remove_repository(fork.directory)

    def components(self) -> list[Component]:
        """Everything that has a fork, in order."""
        found = []
        for kind in sorted(p for p in self.folder.glob("*") if p.name in KINDS and p.is_dir()):
            found += [
                Component(kind.name, p.name.removesuffix(".git"))
                for p in sorted(kind.glob("[!.]*.git"))
                if is_slug(p.name.removesuffix(".git")) and has_operations(p)
            ]
        return found
