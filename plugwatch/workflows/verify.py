"""Compare what a place has of a component with what the fork knows: our builds, the vendor's releases, the patches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from plugwatch.errors import ForkError, UnknownError
from plugwatch.model.builds.build import BuildFile
from plugwatch.model.builds.checksums import Checksums
from plugwatch.model.component import Component
from plugwatch.model.evidence.claims import judge_claim
from plugwatch.model.evidence.differences import explain
from plugwatch.model.evidence.evidence import ABSENT, LOST, UNKNOWN, Difference, Evidence, Listing
from plugwatch.model.evidence.judge import find_nearest, judge
from plugwatch.model.evidence.known import OURS, PARTLY, VENDORS, Carried, Ground, Known, carried_at
from plugwatch.model.fork import BUILD_REFS, BuildRecord, Release, StackEntry, release_order
from plugwatch.model.headers import THEME_FILE
from plugwatch.model.version import split_build

_MOST_COMPARED = 15  # releases and builds, where nothing that the place says of itself fits


class Sums(Protocol):
    """The sums of a tree's files, by the name of the algorithm."""

    def __call__(self, tree: str, algorithm: str, /) -> Mapping[str, str]:
        """Path → sum in hexadecimal."""


class SomeSums(Protocol):
    """As :class:`Sums`, for some files of a tree."""

    def __call__(self, tree: str, algorithm: str, paths: frozenset[str], /) -> Mapping[str, str]:
        """Path → sum in hexadecimal."""


class Fork(Protocol):
    """What comparing asks of a fork."""

    @property
    def component(self) -> Component: ...

    def builds(self) -> list[BuildRecord]: ...

    def patch_files(self, entry: StackEntry) -> tuple[str, ...]: ...

    def read_stack(self, release: Release, tip: str) -> list[StackEntry]: ...

    def build_files(self, tree: str) -> AbstractContextManager[Mapping[str, BuildFile]]: ...


class BuildView(Protocol):
    """A build: the release below it, and the ids of the patches in it."""

    @property
    def version(self) -> str: ...

    @property
    def base_version(self) -> str: ...

    @property
    def patches(self) -> tuple[str, ...]: ...


class View(Protocol):
    """A fork as it stands."""

    @property
    def releases(self) -> Sequence[Release]: ...

    @property
    def stacks(self) -> Mapping[str, Sequence[StackEntry]]: ...

    @property
    def builds(self) -> Sequence[BuildView]: ...


@dataclass(frozen=True)
class Tools:
    """A fork as it stands, and what is asked while comparing; ``checksums`` is WordPress.org, None: it is not asked."""

    fork: Fork
    view: View
    sums: Sums
    some_sums: SomeSums
    checksums: Callable[[str, str], Checksums | None] | None = None


@dataclass(frozen=True)
class Question:
    """What is asked of a place beside its files: see :class:`plugwatch.model.evidence.known.Ground`."""

    expected: str | None = None
    claimed: str | None = None
    against: str | None = None


@dataclass(frozen=True)
class Explained:
    """A file that is not as WordPress.org has it, why, and its sum there and here (None: not there, or not known)."""

    told: Difference
    stock: str | None
    ours: str | None


@dataclass(frozen=True)
class Verified:
    """The evidence, and for a build of ours each difference to the vendor's release."""

    evidence: Evidence
    explained: tuple[Explained, ...] = ()


def verify(listing: Listing, question: Question, tools: Tools) -> Verified:
    """The judgement of a listing.

    Raises ForkError where ``against`` is neither a release nor a build of the fork.
    """
    with ExitStack() as stack:
        made = _Maker(listing, question, tools, stack)
        made.check_against()
        ground = made.ground(made.first())
        nearest = find_nearest(listing, ground.known)
        if nearest is None or nearest.differing(listing.files):
            ground = made.ground(made.all(), with_parts=True)
        seen = judge(listing, ground)
        seen = replace(seen, warnings=(*seen.warnings, *made.notes))
        return Verified(seen, tuple(_explain(seen, ground, listing)))


def verify_claim(version: str | None, question: Question, tools: Tools, why: str) -> Verified:
    """The judgement of a version alone; ``why`` says what kept us from seeing the files."""
    view = tools.view
    titles = {entry.patch.id: entry.patch.title for stack in view.stacks.values() for entry in stack}
    builds = {one.version: (one.base_version, one.patches) for one in view.builds}
    seen = judge_claim(tools.fork.component, version, builds, stacks_of(view), titles, expected=question.expected)
    return Verified(replace(seen, warnings=(*seen.warnings, why) if why else seen.warnings))


def stacks_of(view: View) -> dict[str, tuple[str, ...]]:
    """The ids of the patches carried on each release, the oldest release first."""
    stacks = {version: tuple(entry.patch.id for entry in stack) for version, stack in view.stacks.items()}
    return dict(sorted(stacks.items(), key=lambda item: release_order(item[0])))


class _Maker:
    """Gathers what a listing is compared with, each tree only when it is needed."""

    def __init__(self, listing: Listing, question: Question, tools: Tools, stack: ExitStack) -> None:
        self._listing, self._question, self._tools, self._open = listing, question, tools, stack
        self._fork, self._view = tools.fork, tools.view
        self._trees = {one.version: one.tree for one in tools.fork.builds()}
        self._stacks = stacks_of(tools.view)
        self._known: dict[str, Known] = {}
        self._files: dict[str, Mapping[str, BuildFile]] = {}
        self._directory: Known | None = None
        self.notes: list[str] = []

    def check_against(self) -> None:
        """Raise ForkError where what is wanted there is not in the fork."""
        wanted = self._question.against
        known = {one.version for one in self._view.releases} | {one.version for one in self._view.builds}
        if wanted and wanted not in known:
            raise ForkError(
                f"{self._fork.component} has no release or build {wanted}; see 'plugwatch fork show "
                f"{self._fork.component}'"
            )

    def first(self) -> list[str]:
        """The versions that the place says of itself, or should have, each with its release and that one's builds."""
        bases = {one.version: one.base_version for one in self._view.builds}
        said = (self._listing.version, *vars(self._question).values())
        named = {bases.get(text, text) for text in said if text}
        if not named & {release.version for release in self._view.releases}:
            return self.all()
        return [
            *(b for b in bases if bases[b] in named),
            *(r.version for r in self._view.releases if r.version in named),
        ]

    def all(self) -> list[str]:
        """The newest releases and builds, and those that are named."""
        releases = [one.version for one in self._view.releases]
        builds = sorted((one.version for one in self._view.builds), key=_build_order)
        return [*builds[-_MOST_COMPARED:], *releases[-_MOST_COMPARED:], *(self._known.keys() - set(builds + releases))]

    def ground(self, versions: Iterable[str], *, with_parts: bool = False) -> Ground:
        """All that the listing is judged by, compared with these versions."""
        for version in versions:
            self._load(version)
        if with_parts:
            self._ask_directory()
        releases = sorted(
            (o for o in self._known.values() if o.kind == VENDORS), key=lambda o: release_order(o.version)
        )
        builds = sorted((o for o in self._known.values() if o.kind == OURS), key=lambda o: _build_order(o.version))
        patches = self._patches()
        return Ground(
            component=self._fork.component,
            known=(*releases, *([self._directory] if self._directory else []), *builds),
            patches=patches,
            stacks=self._stacks,
            main=self._main(),
            read=self._read,
            parts=tuple(self._parts(patches)) if with_parts else (),
            expected=self._question.expected,
            claimed=self._question.claimed,
            against=self._question.against,
        )

    def _load(self, version: str) -> None:
        if version in self._known:
            return
        of, algorithm = self._tools.sums, self._listing.algorithm
        for build in self._view.builds:
            if build.version == version and version in self._trees:
                tree = self._trees[version]
                self._known[version] = Known(
                    OURS, version, build.base_version, of(tree, algorithm), build.patches, tree=tree
                )
                self._load(build.base_version)
        for release in self._view.releases:
            if release.version == version:
                files = of(release.tree, algorithm)
                self._known[version] = Known(VENDORS, version, version, files, tree=release.tree)

    def _ask_directory(self) -> None:
        """What WordPress.org lists of a version that the fork lacks, or has with other files: vendors replace some."""
        version, component = self._listing.version, self._fork.component
        ask = self._tools.checksums
        if self._directory or ask is None or not version or component.kind != "plugin" or split_build(version):
            return
        if self._listing.algorithm != "sha256":
            return
        try:
            told = ask(component.slug, version)
        except UnknownError as error:
            self.notes.append(f"WordPress.org could not be asked for the files of {version}: {error}")
            return
        files = {path: sums[0] for path, sums in told.files.items() if sums} if told else {}
        if told and files:
            self._directory = Known(VENDORS, version, version, files, also=told.files, loose=True)

    def _patches(self) -> dict[str, Carried]:
        """The patches that belong on the releases compared with, and those of the builds, with their files."""
        found: dict[str, Carried] = {}
        for entry in self._entries():
            files = frozenset(self._fork.patch_files(entry))
            before = found[entry.patch.id].files if entry.patch.id in found else frozenset()
            found[entry.patch.id] = Carried(entry.patch.id, entry.patch.title, files | before)
        return found

    def _entries(self) -> Iterator[StackEntry]:
        commits: set[str] = set()
        for stack in self._entry_stacks():
            for entry in stack:
                if entry.commit not in commits:
                    commits.add(entry.commit)
                    yield entry

    def _entry_stacks(self) -> Iterator[Sequence[StackEntry]]:
        stacks = self._view.stacks
        bases = {one.base for one in self._known.values()}
        for version, stack in stacks.items():
            carried = any(carried_at(self._stacks, base) in (None, self._stacks[version]) for base in bases)
            if version in bases or carried:
                yield stack
        releases = {one.version: one for one in self._view.releases}
        for one in self._known.values():
            here = {entry.patch.id for entry in stacks.get(one.base, ())}
            if one.kind == OURS and not here.issuperset(one.patches):
                yield self._fork.read_stack(releases[one.base], f"{BUILD_REFS}{one.version}^")

    def _parts(self, patches: Mapping[str, Carried]) -> Iterator[Known]:
        """Releases with some of their patches and none of our marks, as a patch put there by hand leaves them."""
        for version in [one.version for one in self._known.values() if one.kind == VENDORS]:
            ids: tuple[str, ...] = ()
            paths: frozenset[str] = frozenset()
            for entry in self._view.stacks.get(version, ()):
                ids = (*ids, entry.patch.id)
                paths |= patches[entry.patch.id].files
                files = self._tools.some_sums(entry.tree, self._listing.algorithm, paths)
                yield Known(PARTLY, version, version, files, ids, tree=entry.tree)

    def _main(self) -> str | None:
        """The file with the header, which every build marks: named like the folder, or the only one that is stamped."""
        component = self._fork.component
        if component.kind == "theme":
            return THEME_FILE
        if component.kind in ("mu-plugin", "dropin"):
            return component.slug
        top = {p for one in self._known.values() for p in one.files if "/" not in p and p.endswith(".php")}
        named = f"{component.slug.rpartition('/')[2]}.php"
        if named in top:
            return named
        stamped = [
            path
            for build in self._known.values()
            if build.kind == OURS and build.base in self._known
            for path in sorted(top)
            if build.files.get(path) != self._known[build.base].files.get(path)
        ]
        return stamped[0] if stamped else min(top, default=None)

    def _read(self, tree: str, path: str) -> bytes | None:
        if tree not in self._files:
            self._files[tree] = self._open.enter_context(self._fork.build_files(tree))
        file = self._files[tree].get(path)
        return file.read() if file else None


def _explain(seen: Evidence, ground: Ground, listing: Listing) -> Iterator[Explained]:
    """Why the files of a build that is there are not as WordPress.org has them; also those that are nobody's."""
    build, release = ground.find(seen.build), ground.release(seen.release or "")
    if seen.state in (UNKNOWN, LOST) or build is None or release is None:
        return
    here = {one.path: one for one in seen.differences}
    told = {one.path: one for one in explain(build, release, ground.patches)} | here
    for path in sorted(told):
        there, stock = listing.files.get(path), release.files.get(path)
        if there != stock and not (there is None and path in here and here[path].how == ABSENT and stock is None):
            yield Explained(told[path], stock, there)


def _build_order(build: str) -> tuple[tuple[bytes, int], int]:
    base, number = split_build(build) or (build, 0)
    return release_order(base), number
