"""What a component's files are compared with: our builds, the vendor's releases, and the patches between the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from plugwatch.model.builds.build import CHANGES_NAME, MANIFEST_NAME
from plugwatch.model.builds.checksums import README_FILES
from plugwatch.model.component import Component
from plugwatch.model.fork import release_order

OURS, VENDORS, PARTLY = ("build", "release", "part")
"""A build; a release as the vendor ships it; a release with some of its patches and without our marks."""

OWN_FILES = frozenset({MANIFEST_NAME, CHANGES_NAME})
"""What a build adds beside the vendor's files and its patches."""

Read = Callable[[str, str], "bytes | None"]
"""The content of a path in a tree; None where nobody has it."""


@dataclass(frozen=True)
class Known:
    """A tree that we know: its sums by path, and the ids of the patches in it.

    ``base`` is the vendor's version below it. ``also`` holds further sums that count, and with ``loose`` a file that is
    absent does not: both for WordPress.org's list, which keeps what a version has ever had.
    """

    kind: str
    version: str
    base: str
    files: Mapping[str, str]
    patches: tuple[str, ...] = ()
    tree: str = ""
    also: Mapping[str, Sequence[str]] = field(default_factory=dict)
    loose: bool = False

    def holds(self, path: str, found: str | None) -> bool:
        """Whether the file is there as this tree has it; None stands for one that is absent, here and there."""
        return self.files.get(path) == found or (found is not None and found in self.also.get(path, ()))

    def differing(self, files: Mapping[str, str]) -> list[str]:
        """The paths that are not as in this tree."""
        changed = [path for path, found in files.items() if self.files.get(path) != found]
        changed = [path for path in changed if not self.holds(path, files[path])]
        return changed if self.loose else changed + [path for path in self.files if path not in files]


@dataclass(frozen=True)
class Carried:
    """A patch, and the files that it touches."""

    id: str
    title: str
    files: frozenset[str]


@dataclass(frozen=True)
class Ground:
    """All that a listing is judged by.

    ``known`` are builds and releases, the oldest first, ``parts`` the trees between them. ``stacks`` says which patches
    are carried on which release, the oldest first; none means that nothing is left to carry there. ``main`` is the file
    with the header. ``expected`` is a build that this place has had or should have; ``claimed`` the version that an
    inventory shows; ``against`` what the person wants to see there.
    """

    component: Component
    known: tuple[Known, ...]
    patches: Mapping[str, Carried]
    stacks: Mapping[str, tuple[str, ...]]
    main: str | None
    read: Read
    parts: tuple[Known, ...] = ()
    expected: str | None = None
    claimed: str | None = None
    against: str | None = None

    def builds(self) -> Iterator[Known]:
        """Our builds, the newest first."""
        return (one for one in reversed(self.known) if one.kind == OURS)

    def release(self, version: str) -> Known | None:
        """The vendor's release of this version."""
        return next((one for one in self.known if one.kind == VENDORS and one.version == version), None)

    def find(self, version: str | None) -> Known | None:
        """The build or release of this version."""
        return next((one for one in self.known if one.version == version), None)


def carried_at(stacks: Mapping[str, tuple[str, ...]], version: str) -> tuple[str, ...] | None:
    """The patches that belong on a release: its own stack, else that of the newest release before it.

    None where the release is older than every stack; nothing belongs on it where there is no stack at all.
    """
    if version in stacks or not stacks:
        return stacks.get(version, ())
    order = release_order(version)
    below = [stack for release, stack in stacks.items() if release_order(release) <= order]
    return below[-1] if below else None


def is_readme(path: str) -> bool:
    """Whether it is the component's readme, which vendors change without a new version."""
    return path.lower() in README_FILES
