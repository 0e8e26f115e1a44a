"""The trees that builds are made from and end in: read ahead in the order of their paths, written from what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from plugwatch.errors import ForkError
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.objects import Objects
from plugwatch.model.builds.build import BuildFile
from plugwatch.process import Pipe

_AHEAD = 256  # names that git has been told; they fit into the buffer of a pipe, so neither side waits for the other


@dataclass(frozen=True)
class BuildTrees:
    """The trees of one repository."""

    git: Git

    @contextmanager
    def files(self, tree: str) -> Iterator[dict[str, BuildFile]]:
        """The files of a tree, each read when its turn comes, for the block.

        Reading them in the byte order of their paths is quick: git is told of the next ones beforehand.
        """
        entries = self.git.tree(tree)
        paths = sorted(entries, key=str.encode)
        with _reading(self.git, [entries[path].blob for path in paths]) as ahead:
            yield {
                path: BuildFile(entries[path].mode == "100755", partial(ahead.read, place))
                for place, path in enumerate(paths)
            }

    def changed_php(self, old: str, new: str) -> dict[str, tuple[bytes | None, bytes]]:
        """The PHP files that one tree has and another had otherwise, or (None) not at all: before and after."""
        with Objects(self.git) as objects:
            return {
                path: (objects.read(before.blob) if before else None, objects.read(after.blob))
                for path, (before, after) in sorted(objects.diff(old, new).items())
                if after and path.endswith(".php")
            }

    def store(self, tree: str, marked: Mapping[str, bytes]) -> str:
        """The id of a tree with some files replaced or added, in the object store."""
        with Objects(self.git) as objects:
            entries: dict[str, TreeEntry | None] = {}
            for path, content in marked.items():
                there = objects.file(tree, path)
                entries[path] = TreeEntry(there.mode if there else "100644", objects.write("blob", content))
            return objects.with_changes(tree, entries)


class _Ahead:
    """Reads blobs in the order given; any other one, or one once more, through a second process."""

    def __init__(self, git: Git, ends: Pipe, blobs: Sequence[str], others: ExitStack) -> None:
        self._git, self._ends, self._blobs, self._others = git, ends, blobs, others
        self._next = self._told = 0
        self._other: Callable[[str], bytes] | None = None

    def read(self, place: int) -> bytes:
        """The blob at a place of the list. Raises ForkError where it is missing."""
        if place != self._next:
            return self._read_other(self._blobs[place])
        if self._told - place < _AHEAD // 2:
            more = self._blobs[self._told : place + _AHEAD]
            self._ends.stdin.write("".join(f"{blob}\n" for blob in more).encode())
            self._ends.stdin.flush()
            self._told += len(more)
        self._next += 1
        header = self._ends.stdout.readline().split()
        if len(header) != 3:
            raise ForkError(f"{self._git.directory.name}: object {self._blobs[place]} is missing; the fork is damaged")
        content = self._ends.stdout.read(int(header[2]))
        self._ends.stdout.read(1)
        return content

    def finish(self) -> None:
        """Read what git was told and nobody has asked for, so that it ends well."""
        while self._next < self._told:
            self.read(self._next)

    def _read_other(self, blob: str) -> bytes:
        if self._other is None:
            self._other = self._others.enter_context(self._git.reader())
        return self._other(blob)


@contextmanager
def _reading(git: Git, blobs: Sequence[str]) -> Iterator[_Ahead]:
    with ExitStack() as others, git.pipe("cat-file", "--batch") as ends:
        ahead = _Ahead(git, ends, blobs, others)
        yield ahead
        ahead.finish()
