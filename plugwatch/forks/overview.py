"""A fork as a list shows it, read with two processes of git however many releases, patches and builds there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugwatch.errors import ForkError
from plugwatch.forks.repository import DONE, OPERATIONS, Repository, broken_refs, parse_commit
from plugwatch.model.component import Component
from plugwatch.model.fork import BUILD_REFS, RELEASE_REFS, STACK_REFS, Release, StackEntry, release_order
from plugwatch.model.operation import Operation

_NUMBER = re.compile("[1-9][0-9]{0,17}")
_FORMAT = "--format=%(objectname)%00%(tree)%00%(parent)%00%(refname)"


@dataclass(frozen=True)
class BuildView:
    """A build: the release below it, and the ids of the patches in it."""

    version: str
    base_version: str
    patches: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """Releases and stacks, the oldest first, and builds.

    ``operation`` is the id of the last operation, None in a fork without one. ``at_rest`` is False while an operation
    waits to be carried out to its end, and where git cannot read a ref: then there is nothing else in it.
    """

    component: Component
    directory: Path
    releases: tuple[Release, ...]
    stacks: Mapping[str, tuple[StackEntry, ...]]
    builds: tuple[BuildView, ...]
    operation: str | None
    at_rest: bool

    @property
    def newest(self) -> str | None:
        """The version of the newest release."""
        return self.releases[-1].version if self.releases else None

    @property
    def patched(self) -> str | None:
        """The version of the newest release that has a stack."""
        return next(reversed(list(self.stacks)), None)


def read_overview(fork: Repository) -> Overview:
    """Read a fork without a lock; nothing is written. Raises ForkError where it is damaged."""
    fork.check_is_there()
    listed = fork.git.run("for-each-ref", _FORMAT)
    if broken_refs(listed.stderr):  # what rests on them would be missing as well
        return Overview(fork.component, fork.directory, (), {}, (), operation=None, at_rest=False)
    rows = [row.split("\0") for row in listed.stdout.decode("utf-8", "replace").split("\n") if row]
    refs = {name: commit for commit, _tree, _parents, name in rows}
    releases = sorted(
        (_release(fork, name, commit, tree) for commit, tree, _parents, name in rows if name.startswith(RELEASE_REFS)),
        key=lambda release: release_order(release.version),
    )
    tips = {name.removeprefix(STACK_REFS): tip for name, tip in refs.items() if name.startswith(STACK_REFS)}
    numbers = [name.removeprefix(OPERATIONS) for name in refs if name.startswith(OPERATIONS)]
    last = max((number for number in numbers if _NUMBER.fullmatch(number)), key=int, default=None)
    with fork.git.reader() as read:
        reader = _Reader(fork.component, read, releases)
        stacks = {version: reader.stack(version, tips[version]) for version in sorted(tips, key=release_order)}
        builds = [
            reader.build(name.removeprefix(BUILD_REFS), parents.split(" ")[0])
            for _commit, _tree, parents, name in rows
            if name.startswith(BUILD_REFS)
        ]
        record = read(f"{OPERATIONS}{last}:operation.json").decode("utf-8", "replace") if last else None
    source = f"{fork.directory.name}, operation {last}"
    return Overview(
        component=fork.component,
        directory=fork.directory,
        releases=tuple(releases),
        stacks=stacks,
        builds=tuple(builds),
        operation=Operation.from_text(record, source).id if record else None,
        at_rest=refs.get(DONE) == refs.get(f"{OPERATIONS}{last}") and all(map(_NUMBER.fullmatch, numbers)),
    )


def _release(fork: Repository, name: str, commit: str, tree: str) -> Release:
    if not tree:
        fork.releases()  # says what is wrong with it
    return Release(name.removeprefix(RELEASE_REFS), commit, tree)


class _Reader:
    """Follows stacks down to their release, through one process; builds and stacks share most of their commits."""

    def __init__(self, component: Component, read: Callable[[str], bytes], releases: Sequence[Release]) -> None:
        self._component = component
        self._read = read
        self._versions = {release.version: release for release in releases}
        self._commits = {release.commit: release for release in releases}
        self._known: dict[str, tuple[Release, tuple[StackEntry, ...]]] = {}

    def stack(self, version: str, tip: str) -> tuple[StackEntry, ...]:
        expected = self._versions.get(version)
        if expected is None:
            raise ForkError(
                f"carried/{version} is there, but the tag upstream/{version} of its release is gone; import the "
                f"release again with 'plugwatch fork import {self._component} --version {version} --from SOURCE'"
            )
        release, entries = self._follow(tip)
        if expected.commit != release.commit:
            raise ForkError(f"carried/{version} lies on release {release.version}, not on {version}")
        return entries

    def build(self, version: str, tip: str) -> BuildView:
        release, entries = self._follow(tip)
        return BuildView(version, release.version, tuple(entry.patch.id for entry in entries))

    def _follow(self, tip: str) -> tuple[Release, tuple[StackEntry, ...]]:
        """The release under a commit, and the patches from there up to it."""
        above: list[tuple[str, bytes]] = []
        commit = tip
        while commit not in self._commits and commit not in self._known:
            content = self._read(commit)
            above.append((commit, content))
            commit = _first_parent(commit, content)
        release, entries = self._known.get(commit) or (self._commits[commit], ())
        for upper, content in reversed(above):
            below = entries[-1].tree if entries else release.tree
            entries = (*entries, parse_commit(upper, content, below))
            self._known[upper] = release, entries
        return release, entries


def _first_parent(commit: str, content: bytes) -> str:
    for line in content.partition(b"\n\n")[0].split(b"\n"):
        if line.startswith(b"parent "):
            return line[7:].decode()
    raise ForkError(
        f"commit {commit[:10]} lies on no release of this fork, so it is no patch of it; where the tag of its release "
        "went away, import that release again"
    )
