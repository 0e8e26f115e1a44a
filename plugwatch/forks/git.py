"""git's plumbing on one repository, in an environment made from scratch.

Neither the user's git configuration nor the plugin's own ``.gitignore`` and ``.gitattributes`` may change a byte of
what is stored or merged, so nothing of the caller's environment reaches git but PATH and the temporary folder.
GitPython serves where it serves; it can add to the environment but not take from it, which is why merging and batching
go through this class.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory

from plugwatch.errors import ForkError
from plugwatch.model.operation import RefChange
from plugwatch.process import Completed, Pipe, ProgramError, pipe, run

ZERO = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.precomposeUnicode": "false",
    "core.compression": "1",  # a fork is written far more often than it is sent anywhere
    "commit.gpgSign": "false",
    "gc.auto": "0",  # an operation may hold objects that no ref names yet
    "maintenance.auto": "false",
    "merge.conflictStyle": "merge",
    "diff.renames": "true",
    "merge.renames": "true",
    "protocol.allow": "never",
    "safe.directory": "*",  # forks may belong to the agency's shared account
}


@dataclass(frozen=True)
class TreeEntry:
    """One file of a tree: its mode (``100644``, ``100755``) and the id of its blob."""

    mode: str
    blob: str


@dataclass(frozen=True)
class Merge:
    """What git's three-way merge of two trees gave; with conflicts the tree holds files with markers."""

    tree: str
    conflicts: frozenset[str]
    messages: tuple[str, ...]


class Git:
    """One bare repository. Raises ForkError where git refuses."""

    def __init__(self, directory: Path, *, objects: Path | None = None) -> None:
        self.directory = directory
        self._objects = objects
        self.keep_open: tuple[int, ...] = ()  # a lock that every git holds as well, so that none outlives it

    @property
    def quarantined(self) -> bool:
        """Whether what is written vanishes."""
        return self._objects is not None

    @property
    def objects_directory(self) -> Path:
        """Where new objects go."""
        return self._objects or self.directory / "objects"

    def environment(self) -> dict[str, str]:
        """The whole environment of every git process: nothing of the caller's but PATH and the temporary folder."""
        kept = {
            name: os.environ[name] for name in ("PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT") if name in os.environ
        }
        env = kept | {
            "GIT_DIR": str(self.directory),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "HOME": os.devnull,
            "LC_ALL": "C",
            "TZ": "UTC",
            "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        }
        for number, (key, value) in enumerate(_SETTINGS.items()):
            env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        if self._objects:
            env |= {
                "GIT_OBJECT_DIRECTORY": str(self._objects),
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(self.directory / "objects"),
            }
        return env

    def run(self, *args: str, stdin: bytes | None = None, check: bool = True, timeout: float = 900) -> Completed:
        """One git command. With ``check``, a failing one raises ForkError with git's own first line."""
        try:
            return run(
                ["git", *args],
                stdin=stdin,
                env=self.environment(),
                check=check,
                timeout=timeout,
                keep_open=self.keep_open,
            )
        except ProgramError as error:
            raise ForkError(f"{self.directory.name}: {error}") from error

    def text(self, *args: str, stdin: bytes | None = None) -> str:
        """The output of a git command as text, without the final newline."""
        return self.run(*args, stdin=stdin).stdout.decode("utf-8", "replace").rstrip("\n")

    @contextmanager
    def pipe(self, *args: str) -> Iterator[Pipe]:
        """A git command that is fed and read while it runs."""
        try:
            with pipe(["git", *args], env=self.environment(), keep_open=self.keep_open) as ends:
                yield ends
        except ProgramError as error:
            raise ForkError(f"{self.directory.name}: {error}") from error

    @contextmanager
    def quarantine(self) -> Iterator[Git]:
        """The same repository, but whatever is written vanishes at the end of the block."""
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            quarantined = Git(self.directory, objects=Path(folder))
            quarantined.keep_open = self.keep_open
            yield quarantined

    # Reading

    def refs(self, *patterns: str) -> dict[str, str]:
        """Full names of refs and the objects that they name."""
        rows = self.text("for-each-ref", "--format=%(objectname) %(refname)", *patterns).split("\n")
        return {name: oid for oid, _blank, name in (row.partition(" ") for row in rows if row)}

    def tree(self, treeish: str) -> dict[str, TreeEntry]:
        """All files of a tree by their path; bytes of a name that are not UTF-8 come back as they were when written."""
        out = self.run("ls-tree", "-r", "-z", "--full-tree", treeish).stdout
        entries = {}
        for record in out.split(b"\0")[:-1]:
            meta, path = record.split(b"\t", 1)
            mode, _kind, blob = meta.decode().split(" ")
            entries[path.decode("utf-8", "surrogateescape")] = TreeEntry(mode, blob)
        return entries

    def objects(self, names: Iterable[str]) -> list[bytes]:
        """The contents of objects, in the order asked for, all through one process."""
        return list(self.stream(names))

    def stream(self, names: Iterable[str]) -> Iterator[bytes]:
        """As :meth:`objects`, one at a time, so that memory holds one object only."""
        with self.reader() as read:
            yield from map(read, names)

    @contextmanager
    def reader(self) -> Iterator[Callable[[str], bytes]]:
        """A function that reads objects through one process, for the block."""
        with self.pipe("cat-file", "--batch") as ends:

            def read(name: str) -> bytes:
                ends.stdin.write(name.encode() + b"\n")
                ends.stdin.flush()
                header = ends.stdout.readline().split()
                if len(header) != 3:
                    raise ForkError(f"{self.directory.name}: object {name} is missing; the fork is damaged")
                content = ends.stdout.read(int(header[2]))
                ends.stdout.read(1)
                return content

            yield read

    def blob(self, name: str) -> bytes:
        """The content of one object."""
        return self.objects([name])[0]

    # Writing

    def write_blobs(self, contents: Iterable[bytes]) -> list[str]:
        """Store file contents, streamed into one pack; the ids come back in the same order.

        ``git fast-import`` takes them without a working tree, so no attribute, filter or ignore rule can touch them.
        """
        names = []
        with self.pipe("fast-import", "--quiet", "--done", "--depth=0") as ends:
            for content in contents:
                names.append(object_id("blob", content))
                ends.stdin.write(b"blob\ndata %d\n" % len(content))
                ends.stdin.write(content)
                ends.stdin.write(b"\n")
            ends.stdin.write(b"done\n")
        return names

    def write_tree(self, files: Mapping[str, TreeEntry]) -> str:
        """Store the trees that hold these files, all through one process; the id of the top one.

        Raises ForkError where a path is a file and a folder at once.
        """
        if not files:
            return self.text("mktree", "-z", stdin=b"")
        folders: dict[str, dict[str, tuple[str, str, str]]] = {"": {}}
        for path, entry in files.items():
            parent, _slash, name = path.rpartition("/")
            _add_folder(folders, parent)[name] = (entry.mode, "blob", entry.blob)
        for path in files.keys() & folders.keys():
            raise ForkError(f"{path} would be a file and a folder at once")
        with self.pipe("mktree", "-z", "--batch") as ends:
            # Deepest first: a folder's id must be known before its parent is written.
            for folder in sorted(folders, key=lambda f: (-f.count("/") - bool(f), f)):
                rows = (
                    f"{m} {k} {o}\t{n}".encode("utf-8", "surrogateescape") + b"\0"
                    for n, (m, k, o) in folders[folder].items()
                )
                ends.stdin.write(b"".join(rows) + b"\0")
                ends.stdin.flush()
                tree = ends.stdout.readline().decode().strip()
                if folder:
                    parent, _slash, name = folder.rpartition("/")
                    folders[parent][name] = ("040000", "tree", tree)
        return tree

    def write_object(self, kind: str, content: bytes) -> str:
        """Store one object (``commit`` or ``blob``) as it is; its id."""
        return self.text("hash-object", "-t", kind, "-w", "--stdin", stdin=content)

    def merge(self, base: str, ours: str, theirs: str) -> Merge:
        """Three-way merge of three trees, without a checkout.

        ``--merge-base`` came with git 2.40 only, so two synthetic commits on a synthetic base carry the trees.
        """
        root = self.write_object("commit", _synthetic(base))
        left, right = (self.write_object("commit", _synthetic(tree, root)) for tree in (ours, theirs))
        done = self.run("merge-tree", "--write-tree", "-z", left, right, check=False)
        # Where a tree is missing git 2.39 says so, takes an empty one for it, and calls the merge clean.
        if done.returncode not in (0, 1) or done.stderr.startswith(b"error:"):
            raise ForkError(f"{self.directory.name}: git could not merge: {done.complaint}")
        return _parse_merge(done.stdout)

    def update_refs(self, changes: Sequence[RefChange]) -> None:
        """Move refs in one transaction. Raises ForkError when one of them is not where the change says it is.

        A git that has outlived its plugwatch can therefore not turn a ref back that a later operation has moved.
        """
        lines = [
            f"update {c.name}\0{c.new}\0{c.old or ZERO}\0" if c.new else f"delete {c.name}\0{c.old or ''}\0"
            for c in changes
        ]
        self.run("update-ref", "-z", "--stdin", stdin="".join(lines).encode())


def object_id(kind: str, content: bytes) -> str:
    """The id that git gives to an object (SHA-1 of a header and the content; gitformat-loose(5))."""
    return sha1(b"%s %d\0" % (kind.encode(), len(content)) + content, usedforsecurity=False).hexdigest()


def _add_folder(folders: dict[str, dict[str, tuple[str, str, str]]], folder: str) -> dict[str, tuple[str, str, str]]:
    """The entries of a folder; all folders above it exist afterwards."""
    if folder not in folders:
        folders[folder] = {}
        _add_folder(folders, folder.rpartition("/")[0])
    return folders[folder]


def _quoted(path: Path) -> str:
    """A path in a list that colons separate (git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES: "C-style quotes")."""
    text = str(path)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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


def _parse_merge(output: bytes) -> Merge:
    """The records of ``git merge-tree --write-tree -z`` (git-merge-tree(1), "OUTPUT")."""
    fields = output.decode("utf-8", "surrogateescape").split("\0")
    tree, rest = fields[0], fields[1:]
    conflicts = set()
    while rest and rest[0]:
        conflicts.add(rest.pop(0).split("\t", 1)[1])
    messages = []
    rest = rest[1:]
    while len(rest) > 1:
        count = int(rest[0])
        messages.append(rest[count + 2].strip())
        rest = rest[count + 3 :]
    return Merge(tree, frozenset(conflicts), tuple(messages))
