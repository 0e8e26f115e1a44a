"""The objects of one repository, read through a single git process and written without any.

A forecast looks at a few files of large trees. So trees are read folder by folder, only where two of them differ; what
is made (blobs, folders) stays in memory, and reaches the disk as loose objects (gitformat-loose(5)) only where git has
to see it, or where it shall last.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import TypeAlias

from plugwatch.errors import ForkError
from plugwatch.forks.git import EMPTY_TREE, Git, TreeEntry, object_id

FOLDER = "40000"

# The files that differ between two trees, each with its entry before and after.
Changes: TypeAlias = "dict[str, tuple[TreeEntry | None, TreeEntry | None]]"


_Triple: TypeAlias = "tuple[str, str, str]"


@dataclass(frozen=True)
class Merged:
    """What git made of one file: its blob, or None where both sides have changed the same lines."""

    blob: str | None


class Objects:
    """Reads and writes for the length of a ``with`` block.

    In a quarantined :class:`Git` what is written is gone afterwards; else all of it is on the disk.
    """

    def __init__(self, git: Git) -> None:
        self.git = git
        self._open = ExitStack()
        self._trees: dict[str, dict[str, TreeEntry]] = {EMPTY_TREE: {}}
        self._made: dict[str, tuple[str, bytes]] = {}
        self._merged: dict[_Triple, Merged] = {}

    def __enter__(self) -> Objects:
        self._read = self._open.enter_context(self.git.reader())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    # Reading

    def read(self, name: str) -> bytes:
        """The content of an object. Raises ForkError where it is missing."""
        return self._made[name][1] if name in self._made else self._read(name)

    def folder(self, tree: str) -> dict[str, TreeEntry]:
        """The entries of one tree by name; folders have the mode ``40000``."""
        if tree not in self._trees:
            self._trees[tree] = dict(_parse_tree(self.read(tree)))
        return self._trees[tree]

    def entry(self, tree: str, path: str) -> TreeEntry | None:
        """What stands at a path, a file or a folder; None where there is nothing."""
        *folders, name = path.split("/")
        for part in folders:
            below = self.folder(tree).get(part)
            if below is None or below.mode != FOLDER:
                return None
            tree = below.blob
        return self.folder(tree).get(name)

    def file(self, tree: str, path: str) -> TreeEntry | None:
        """The file at a path; None where there is none, or a folder."""
        return _file_of(self.entry(tree, path))

    def files(self, tree: str) -> Iterator[tuple[str, TreeEntry]]:
        """Every file of a tree."""
        for name, entry in self.folder(tree).items():
            if entry.mode == FOLDER:
                yield from ((f"{name}/{path}", below) for path, below in self.files(entry.blob))
            else:
                yield name, entry

    def diff(self, old: str, new: str) -> Changes:
        """The files that differ between two trees, each with its entry before and after (None where it is not)."""
        found: Changes = {}
        pending = [("", old, new)]
        while pending:
            prefix, one, other = pending.pop()
            before, after = self.folder(one), self.folder(other)
            for name in before.keys() | after.keys():
                left, right = before.get(name), after.get(name)
                if left == right:
                    continue
                folders = _folder_of(left), _folder_of(right)
                if folders != (EMPTY_TREE, EMPTY_TREE):
                    pending.append((f"{prefix}{name}/", *folders))
                files = _file_of(left), _file_of(right)
                if files != (None, None):
                    found[prefix + name] = files
        return found

    # Writing

    def write(self, kind: str, content: bytes) -> str:
        """Make an object (``blob``, ``tree``, ``commit``); its id."""
        name = object_id(kind, content)
        if self.git.quarantined:
            self._made[name] = kind, content
        else:
            self._store(name, kind, content)
        return name

    def _store(self, name: str, kind: str, content: bytes) -> None:
        folder = self.git.objects_directory / name[:2]
        target = folder / name[2:]
        if not target.exists():
            folder.mkdir(exist_ok=True)
            packed = zlib.compress(b"%s %d\0" % (kind.encode(), len(content)) + content, 1)
            _write_whole(target, packed, lasting=not self.git.quarantined)

    def _show_to_git(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._made:
                self._store(name, *self._made[name])

    def write_folder(self, entries: Mapping[str, TreeEntry]) -> str:
        """Store one tree; git sorts folders as if their names ended in a slash."""
        order = sorted(entries, key=lambda name: _encoded(name) + (b"/" if entries[name].mode == FOLDER else b""))
        content = b"".join(
            b"%s %s\0%s" % (entries[n].mode.encode(), _encoded(n), bytes.fromhex(entries[n].blob)) for n in order
        )
        return self.write("tree", content)

    def with_changes(self, tree: str, changes: Mapping[str, TreeEntry | None]) -> str:
        """A tree with some files replaced, added, or (None) taken away; a folder that is left empty goes too.

        Raises ForkError where a path would be a file and a folder at once.
        """
        entries = dict(self.folder(tree))
        below: dict[str, dict[str, TreeEntry | None]] = {}
        for path, entry in changes.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = entry
            elif entry is not None:
                if name in entries and entries[name].mode == FOLDER:
                    raise ForkError(f"{path} would be a file and a folder at once")
                entries[name] = entry
            elif name in entries and entries[name].mode != FOLDER:
                del entries[name]
        for name, inner in below.items():
            old = entries.get(name)
            if old is not None and old.mode != FOLDER:
                if all(entry is None for entry in inner.values()):
                    continue
                raise ForkError(f"{name} would be a file and a folder at once")
            new = self.with_changes(old.blob if old else EMPTY_TREE, inner)
            if self.folder(new):
                entries[name] = TreeEntry(FOLDER, new)
            else:
                entries.pop(name, None)
        written = self.write_folder(entries)
        self._trees[written] = entries
        return written

    # Merging

    def merge_blobs(self, triples: Sequence[_Triple]) -> list[Merged]:
        """git's three-way merge of some files, each as its blobs (base, ours, theirs); all in one process at most.

        The files are put into three small trees of their own, so that neither the size of the component nor anything
        that git finds out about its other files (renames of folders, say) has a say in it. What was merged once is
        known for the block.
        """
        wanted = {t for t in triples if len({*t}) == 3} - self._merged.keys()
        if wanted:
            self._merged |= self._merge_in_git(sorted(wanted))
        return [self._merged.get(t) or Merged(t[1] if t[2] == t[0] else t[2]) for t in triples]

    def _merge_in_git(self, triples: Sequence[_Triple]) -> dict[_Triple, Merged]:
        names = {f"{n:08}": t for n, t in enumerate(triples)}
        trees = [self.write_folder({n: TreeEntry("100644", t[side]) for n, t in names.items()}) for side in range(3)]
        root = self.write("commit", _synthetic(trees[0]))
        ours, theirs = (self.write("commit", _synthetic(tree, root)) for tree in trees[1:])
        self._show_to_git([*(blob for t in triples for blob in t), *trees, root, ours, theirs])
        done = self.git.run("-c", "merge.renames=false", "merge-tree", "--write-tree", "-z", ours, theirs, check=False)
        # Where an object is missing git 2.39 says so, takes an empty tree for it, and calls the merge clean.
        if done.returncode not in (0, 1) or done.stderr.startswith(b"error:"):
            raise ForkError(f"{self.git.directory.name}: git could not merge: {done.complaint}")
        fields = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        left = {row.split("\t", 1)[1] for row in fields[1 : fields.index("", 1)]} if done.returncode else set()
        result = self.folder(fields[0])
        return {t: Merged(None if name in left else result[name].blob) for name, t in names.items()}


def _folder_of(entry: TreeEntry | None) -> str:
    return entry.blob if entry and entry.mode == FOLDER else EMPTY_TREE


def _file_of(entry: TreeEntry | None) -> TreeEntry | None:
    return entry if entry and entry.mode != FOLDER else None


def _parse_tree(content: bytes) -> Iterator[tuple[str, TreeEntry]]:
    at = 0
    while at < len(content):
        end = content.index(b"\0", at)
        mode, name = content[at:end].split(b" ", 1)
        yield name.decode("utf-8", "surrogateescape"), TreeEntry(mode.decode(), content[end + 1 : end + 21].hex())
        at = end + 21


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _write_whole(target: Path, content: bytes, *, lasting: bool) -> None:
    """A file that is there under its name only when all of it is on the disk."""
    with NamedTemporaryFile(dir=target.parent, prefix="tmp_obj_", delete=False) as file:
        file.write(content)
        if lasting:
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o444)
    Path(file.name).replace(target)


def _synthetic(tree: str, *parents: str) -> bytes:
    who = "plugwatch <plugwatch@plugwatch.invalid> 946684800 +0000"
    lines = [
        f"tree {tree}",
        *(f"parent {p}" for p in parents),
        f"author {who}",
        f"committer {who}",
        "",
        "merge input",
        "",
    ]
    return "\n".join(lines).encode()
