"""Which release a patched component was made from, found by files rather than by what its header claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.adopt_fetch import fetch_from
from plugwatch.forks.adopt_history import State, ancestors, tree_at, vendor_imports, version_tags
from plugwatch.forks.adopt_places import Place
from plugwatch.forks.adopt_source import TIP, plain_files
from plugwatch.forks.archive import open_source
from plugwatch.forks.git import Git
from plugwatch.forks.inspect import identity_of_files
from plugwatch.forks.objects import Objects
from plugwatch.forks.releases import Stored, store_tree
from plugwatch.forks.repository import Repository
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.adoption import Stock, possible_versions
from plugwatch.model.component import Component
from plugwatch.model.fork import RELEASE_REFS, Release, SourceNote
from plugwatch.model.headers import set_header
from plugwatch.model.identity import Identity, check_identity
from plugwatch.model.version import check_release_version, sort_key

_MOST_COMPARED = 60
_MOST_WEIGHED = 500
_GUESSED = "{}, not compared with the vendor's release"
# What a commit that only raises the version touches besides the header.
_WITH_A_VERSION = {"readme.txt", "readme.md", "changelog.md", "changelog.txt", "package.json", "composer.json"}


class ReleaseFinder(Protocol):
    """Somewhere that has vendors' releases."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def source(self) -> str:
        """What is recorded as the source of its releases."""

    def find(self, component: Component, version: str) -> Path | None:
        """The ZIP or folder of a release; None where it does not have this one.

        Raises UnknownError where it cannot be asked now.
        """


@dataclass(frozen=True)
class Base:
    """The release below the patches, and the state of the chain that it was brought in by.

    ``layout`` is the tree of the vendor's own repository where that holds other files than the release does.
    """

    stock: Stock
    index: int
    layout: str | None = None


@dataclass(frozen=True)
class Given:
    """A release that a person gave; ``is_for_all`` where it can only be meant for the one component there is."""

    path: Path
    is_for_all: bool

    def place_for(self, component: Component) -> Path | None:
        """The release of this component in what was given; None where it is another's."""
        if self.is_for_all:
            return self.path
        below = self.path / component.slug
        if self.path.is_dir():
            return self.path if self.path.resolve().name == component.slug else below if below.is_dir() else None
        with open_source(self.path) as source:
            top = source.top
        stem = self.path.stem
        named = stem == component.slug or stem.startswith((f"{component.slug}.", f"{component.slug}-"))
        return self.path if (top == component.slug if top else named) else None


class Shelf:
    """All releases of one component within reach, put into the quarantine as they are asked for.

    ``adopted`` is the tree that is taken apart: what has nothing in common with it is no release of it.
    """

    def __init__(self, git: Git, place: Place, fork: Repository | None, adopted: str) -> None:
        self.git, self.place, self._fork, self._adopted = git, place, fork, adopted
        self._released: Sequence[Release] = fork.releases() if fork else ()
        self.given: dict[str, list[Stock]] = {}
        self.finders: Sequence[ReleaseFinder] = ()

    @cached_property
    def tags(self) -> dict[str, str]:
        """The versions that the repository's tags name, with their commits."""
        return version_tags(self.git, self.place)

    @property
    def known(self) -> dict[str, Stock]:
        """The releases that are here already, by their trees."""
        forked = {r.tree: self._forked(r) for r in self._released}
        return {s.tree: s for stocks in self.given.values() for s in stocks} | forked

    def add_given(self, given: Iterable[Given], wanted: str | None) -> None:
        """Take in the releases that a person gave for this component."""
        for one in given:
            path = one.place_for(self.place.component)
            if path is None:
                continue
            stored = store_tree(self.git, self.place.component, path, shown=str(one.path))
            self._check_identity(stored)
            version = stored.version or wanted
            if version is None:
                raise ForkError(f"{one.path}: no header says its version; say with --base which one it is")
            name = check_release_version(version)
            self.given.setdefault(name, []).append(self._stock(name, stored, f"given: {path.name}"))

    def find(self, version: str) -> list[Stock]:
        """A release from the first place that has it; several where the same version came with other bytes.

        The repository's own history comes last: nobody has compared it with what the vendor shipped.
        """
        try:
            name = check_release_version(version)
        except PlugwatchError:
            return []
        forked = [self._fetch(r) for r in self._released if r.version == name or r.version.startswith(f"{name}+r")]
        return [*self.given.get(name, []), *forked] or self._ask(name) or self._in_history(name)

    def _ask(self, version: str) -> list[Stock]:
        for finder in self.finders:
            path = finder.find(self.place.component, version)
            if path is not None:
                stored = store_tree(self.git, self.place.component, path, shown=finder.source)
                try:
                    self._check_identity(stored)
                except ForkError:
                    continue  # another component of the same name
                return [self._stock(version, stored, finder.name)]
        return []

    def _check_identity(self, stored: Stored) -> None:
        known = [("what is adopted", self._identity(self._adopted))]
        check_identity(self.place.component, stored.note.source, self._identity(stored.tree), known)

    def _identity(self, tree: str) -> Identity:
        files, _oddities = plain_files(self.git, tree)
        return identity_of_files(self.git, self.place.component, files)

    def _in_history(self, version: str) -> list[Stock]:
        """What the repository has for a version, each a guess: an agency tags what it patched, too."""
        found = vendor_imports(self.git, self.place, version)
        tagged = self.tags.get(version)
        if tagged:
            before = ancestors(self.git, tagged) - {tagged}
            found = [state for state in found if state.commit in before]
            tree = tree_at(self.git, self.place, tagged)
            if tree and not found:
                return [self._guess(version, tree, "its tag in the repository")]
        trees = {s.tree: s for s in reversed(found) if s.tree}
        return [self._guess(version, tree, f"commit {s.commit[:10]}") for tree, s in trees.items()]

    def _guess(self, version: str, tree: str, where: str) -> Stock:
        files, _oddities = plain_files(self.git, tree)
        said = _GUESSED.format(where)
        return Stock(version, self.git.write_tree(files), said, SourceNote(said, None, len(files)), is_guess=True)

    def _stock(self, version: str, stored: Stored, found_by: str) -> Stock:
        if stored.is_build:
            raise ForkError(f"{stored.note.source}: this is a build of plugwatch; give the vendor's own release")
        for release in self._released:
            if release.tree == stored.tree:
                return self._forked(release)
        return Stock(version, stored.tree, found_by, stored.note)

    def _forked(self, release: Release) -> Stock:
        return Stock(release.version, release.tree, "in the fork", None)

    def _fetch(self, release: Release) -> Stock:
        self.bring(self._forked(release))
        return self._forked(release)

    def bring(self, stock: Stock) -> None:
        """Have the files of a release of the fork in the quarantine."""
        if self._fork and stock.note is None:
            fetch_from(self.git, self._fork.directory, f"+{RELEASE_REFS}{stock.version}:refs/stock/{stock.version}")


def choose_base(shelf: Shelf, chain: Sequence[State], wanted: str | None) -> Base:
    """The newest release that was brought in on the way to the last state of a chain.

    A header that names a version which nobody has is believed to be raised by hand only where its commit did nothing
    else. Raises ForkError where a release is missing, and says how to give it.
    """
    if wanted is not None:
        stocks = shelf.find(wanted)
        if not stocks:
            raise ForkError(f"release {wanted} of {shelf.place.component} cannot be had; give it with --release ZIP")
        return _place(shelf, chain, stocks, 0, len(chain))
    known, tagged = shelf.known, {commit: version for version, commit in shelf.tags.items()}
    end = len(chain)
    for index in range(len(chain) - 1, -1, -1):
        state = chain[index]
        if state.tree in known:
            stock = known[state.tree]
            shelf.bring(stock)
            return Base(stock, index)
        begins = index == 0 or chain[index - 1].version != state.version
        names = [tagged[state.commit]] if state.commit in tagged else []
        names += possible_versions(state.version) if begins and state.version else []
        for version in names:
            stocks = shelf.find(version)
            if stocks:
                return _place(shelf, chain, stocks, index, end)
        if begins and not (index and _only_raises_version(shelf, chain[index - 1], state)):
            break
        end = index if begins else end
    stocks = _newest_tagged(shelf)
    if stocks:
        return _place(shelf, chain, stocks, 0, end)
    raise _missing(shelf.place.component, state)


def _newest_tagged(shelf: Shelf) -> list[Stock]:
    """The newest release that a vendor's own repository has tagged on the way; work on the next one goes on from it."""
    reached = ancestors(shelf.git, TIP) if shelf.tags else set()
    versions = [version for version, commit in shelf.tags.items() if commit in reached]
    return shelf.find(max(versions, key=sort_key)) if versions else []


def _place(shelf: Shelf, chain: Sequence[State], stocks: Sequence[Stock], start: int, end: int) -> Base:
    """The nearest of some releases, and the state between ``start`` and ``end`` that is nearest to it."""
    git, newest = shelf.git, chain[-1].tree or ""
    stock = min(stocks, key=lambda s: len(diff_files(git, s.tree, newest)))
    exact = [i for i, state in enumerate(chain) if state.tree == stock.tree]
    if exact:
        return Base(stock, exact[-1])
    tag = shelf.tags.get(stock.version)
    if tag:
        before = ancestors(git, tag)
        index = max((i for i, s in enumerate(chain) if s.commit in before), default=None)
        if index is not None and _is_vendors(git, stock, chain[: index + 1]):
            return Base(stock, index, chain[index].tree)
    while start and chain[start - 1].version == chain[start].version:
        start -= 1  # an agency's tag comes after its patches
    near = range(start, end)[:_MOST_COMPARED]
    return Base(stock, min(near, key=lambda i: (len(diff_files(git, stock.tree, chain[i].tree or "")), i)))


def _is_vendors(git: Git, stock: Stock, before: Sequence[State]) -> bool:
    """Whether a tag, at the last of these states, is the vendor's; an agency tags its patched states for Composer.

    What a vendor does in its repository ends in the release. What an agency does leads away from it.
    """
    release, tagged = ({p: e.blob for p, e in git.tree(t).items()} for t in (stock.tree, before[-1].tree or ""))
    ends_in_it = False
    with Objects(git) as objects:
        for one, other in pairwise(before[-_MOST_WEIGHED:]):
            for path, (old, new) in objects.diff(one.tree or "", other.tree or "").items():
                shipped = release.get(path)
                if shipped is None:
                    continue
                if old and old.blob == shipped != tagged.get(path):
                    return False
                ends_in_it |= new is not None and new.blob == shipped and one.version == other.version
    return ends_in_it


def _only_raises_version(shelf: Shelf, before: State, after: State) -> bool:
    main = shelf.place.main
    if main is None or before.version is None or not before.tree or not after.tree:
        return False
    changed = diff_files(shelf.git, before.tree, after.tree)
    if any(path != main and path.lower() not in _WITH_A_VERSION for path in changed):
        return False
    old, new = changed.get(main, (None, None))
    if old is None or new is None:
        return False
    content, wanted = shelf.git.objects([new.blob, old.blob])
    return with_version(content, before.version) == wanted


def with_version(data: bytes, version: str) -> bytes | None:
    """A main file with another version in its header; None where it cannot be set."""
    try:
        return set_header(data, "Version", version, "Plugin Name")
    except PlugwatchError:
        return None


def _missing(component: Component, state: State) -> ForkError:
    if state.version is None:
        return ForkError(f"no header says which version {component} is; say it with --base V and --release ZIP")
    came = f", which commit {state.commit[:10]} brought in," if state.commit else ""
    return ForkError(
        f"release {state.version} of {component}{came} cannot be had; give it with --release ZIP, "
        "or say with --base V which release it was made from"
    )
