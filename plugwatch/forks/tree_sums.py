"""The sums of all files of a tree, computed once and kept in a file of the fork's own folder.

A tree never changes, so neither does what is kept of it: the files may be deleted at any time, and one that is cut or
of another format is made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from plugwatch.errors import ForkError
from plugwatch.forks.git import Git
from plugwatch.model.builds.build import Digest

FOLDER = "plugwatch-sums"
"""The folder of a fork that holds what is kept; git takes no notice of it."""

_FORMAT = b"plugwatch-sums 1"
_PATH_AT = 98  # behind the two sums and the blanks after them


@dataclass(frozen=True)
class TreeSums:
    """The files of a tree: path → sum in hexadecimal, by the name of the algorithm."""

    sha256: dict[str, str]
    md5: dict[str, str]

    def by(self, algorithm: str) -> dict[str, str]:
        """The sums of one algorithm."""
        return self.md5 if algorithm == "md5" else self.sha256


def tree_sums(git: Git, tree: str) -> TreeSums:
    """The sums of a tree's files. Raises ForkError where the fork lacks an object."""
    kept = git.directory / FOLDER / tree
    with suppress(OSError, ValueError):
        return _parse(kept.read_bytes())
    data = b"\0".join([_FORMAT, *_compute(git, tree), b"end"])
    with suppress(OSError):  # a fork on a read-only or full disk is slower, no more
        _keep(kept, data)
    return _parse(data)


def keep_sums(git: Git, tree: str, sums: Mapping[str, Digest]) -> None:
    """Keep what somebody has computed of all files of a tree anyway."""
    rows = [_row(path, digest.sha256, digest.md5) for path, digest in sums.items()]
    with suppress(OSError):
        _keep(git.directory / FOLDER / tree, b"\0".join([_FORMAT, *rows, b"end"]))


def blob_sums(git: Git, tree: str, paths: frozenset[str]) -> TreeSums:
    """As :func:`tree_sums`, for some files of a tree; nothing is kept."""
    return _parse(b"\0".join([_FORMAT, *_compute(git, tree, paths), b"end"]))


def _compute(git: Git, tree: str, paths: frozenset[str] | None = None) -> Iterator[bytes]:
    files = {path: entry.blob for path, entry in git.tree(tree).items() if paths is None or path in paths}
    known = _relative(git, files) if paths is None else {}
    unknown = [path for path in files if path not in known]
    contents = git.stream(files[path] for path in unknown)
    for path, content in zip(unknown, contents, strict=True):
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        yield _row(path, hashlib.sha256(content).hexdigest(), md5)
    for path, (sha256, md5) in known.items():
        yield _row(path, sha256, md5)


def _row(path: str, sha256: str, md5: str) -> bytes:
    return f"{sha256} {md5} {path}".encode("utf-8", "surrogateescape")


def _relative(git: Git, files: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The sums of files that are the same in the tree that was kept last: most of a release is as in the one before."""
    kept = list((git.directory / FOLDER).glob("[0-9a-f]*"))
    newest = max(kept, key=lambda path: path.stat().st_mtime_ns, default=None)
    if newest is None:
        return {}
    try:
        sums, blobs = _parse(newest.read_bytes()), git.tree(newest.name)
    except (OSError, ValueError, ForkError):
        return {}
    same = (path for path, blob in files.items() if path in blobs and blobs[path].blob == blob and path in sums.md5)
    return {path: (sums.sha256[path], sums.md5[path]) for path in same}


def _parse(data: bytes) -> TreeSums:
    """Raises ValueError for what is cut or of another format."""
    head, *rows, end = data.decode("utf-8", "surrogateescape").split("\0")
    if head.encode() != _FORMAT or end != "end":
        raise ValueError("not whole")
    return TreeSums({row[_PATH_AT:]: row[:64] for row in rows}, {row[_PATH_AT:]: row[65:97] for row in rows})


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        try:
            part.write(data)
            part.flush()
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise
