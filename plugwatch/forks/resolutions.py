"""What forks remember of conflicts that people have resolved: ``refs/plugwatch/resolutions``.

A commit whose tree holds one file for each, named by its key; ``fork sync`` shares it, so its content is hostile until
parsed. The same resolutions give the same tree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cached_property

from plugwatch.errors import ForkError
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.repository import Repository
from plugwatch.model.markers import Labels, lay_out
from plugwatch.model.sharing import RESOLUTIONS_REF
from plugwatch.model.verdicts.resolution import Resolution, is_key, resolution_from_text
from plugwatch.model.verdicts.verdict import FileTriple

_WRITER = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"


class Book:
    """The resolutions that one fork remembers."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    @cached_property
    def _files(self) -> dict[str, TreeEntry]:
        """The files by key; nothing where there is no such ref, which the files of git tell without starting it."""
        directory = self.repository.directory
        packed = directory / "packed-refs"
        there = (directory / RESOLUTIONS_REF).is_file() or (
            packed.is_file() and RESOLUTIONS_REF.encode() in packed.read_bytes()
        )
        files = self.repository.git.tree(RESOLUTIONS_REF) if there else {}
        return {name: entry for name, entry in files.items() if is_key(name)}

    def find(self, key: str) -> Resolution | None:
        """The resolution of a block; None where there is none, or none that can be read."""
        with suppress(ForkError):
            if key in self._files:
                return self._read(key, self.repository.git.blob(self._files[key].blob))
        return None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing, or nothing that can be read."""
        with suppress(ForkError):
            return not self._files
        return True

    def all(self) -> tuple[list[Resolution], list[str]]:
        """Every resolution, the newest first, and the keys of those that cannot be read."""
        found, damaged = [], []
        blobs = self.repository.git.stream(entry.blob for entry in self._files.values())
        for key, content in zip(self._files, blobs, strict=True):
            try:
                found.append(self._read(key, content))
            except ForkError:
                damaged.append(key)
        return sorted(found, key=lambda one: (one.at, one.key), reverse=True), damaged

    def all_keys(self) -> list[str]:
        """The keys of all."""
        return sorted(self._files)

    def _read(self, key: str, content: bytes) -> Resolution:
        source = f"{self.repository.directory.name}, resolution {key[:12]}"
        resolution = resolution_from_text(content.decode("utf-8", "replace"), source)
        if resolution.key != key:
            raise ForkError(f"{source}: it is another one than its name says")
        return resolution


class Library:
    """The books of several forks, asked in order."""

    def __init__(self, forks: Iterable[Repository]) -> None:
        self.books = [Book(fork) for fork in forks]

    @property
    def is_empty(self) -> bool:
        """Whether nobody has resolved anything yet."""
        return all(book.is_empty for book in self.books)

    def find(self, key: str) -> Resolution | None:
        """The resolution of a block, from the first fork that has one."""
        return next((found for book in self.books if (found := book.find(key))), None)


def write_resolutions(repository: Repository, made: Sequence[Resolution], forget: Collection[str] = ()) -> str | None:
    """The commit with what a fork remembers, these added and those taken out; None where there was never anything.

    A text that is remembered already keeps its first author. What is taken out stays in the history, so that sharing
    does not bring it back. Only under the fork's lock.
    """
    git = repository.git
    book, below = Book(repository), git.refs(RESOLUTIONS_REF).get(RESOLUTIONS_REF)
    files = git.tree(below) if below else {}
    known = {one.key: book.find(one.key) for one in made}
    new = [one for one in made if (before := known[one.key]) is None or before.lines != one.lines]
    blobs = git.write_blobs(one.to_text().encode() for one in new)
    after = files | {one.key: TreeEntry("100644", blob) for one, blob in zip(new, blobs, strict=True)}
    after = {name: entry for name, entry in after.items() if name not in forget}
    if after == files:
        return below
    lines = [f"tree {git.write_tree(after)}", *([f"parent {below}"] if below else [])]
    lines += [f"author {_WRITER}", f"committer {_WRITER}", "", "Remember resolutions", ""]
    return git.write_object("commit", "\n".join(lines).encode())


def known_resolutions(files: Sequence[FileTriple], verdict: str, library: Library, command: str) -> list[str]:
    """A sentence for each file of a patch that stops, where somebody has resolved the like before.

    ``command`` is the one that proposes it.
    """
    found = []
    for file, _content in lay_out(files, verdict, Labels("", ""), library.find):
        for author, day in dict.fromkeys((b.proposal.author, b.proposal.day) for b in file.blocks if b.proposal):
            found.append(f"{file.path}: a resolution by {author} of {day} is remembered; '{command}' proposes it")
    return found
