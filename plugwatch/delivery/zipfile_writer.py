"""ZIP files that come out the same, byte for byte, whoever writes them, when and where.

Everything that a ZIP usually takes from its surroundings is fixed: the order (byte order of the paths), the time (the
format's first, 1980-01-01, https://reproducible-builds.org/docs/archives/), the system, the modes and the level. What
remains is zlib: another zlib may pack otherwise, so a build's identity is its manifest.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from plugwatch.errors import PlugwatchError

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN, _EXECUTABLE = 0o100644, 0o100755
_LEVEL = 6
_CHUNK = 1 << 20


class ZipWriter:
    """A ZIP being written; files come out in the order in which they are added. Made by :func:`zip_writer`."""

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        self._archive, self._folder = archive, folder
        self._written: set[str] = set()

    def add(self, path: str, executable: bool, data: bytes) -> None:
        """Add one file below the ZIP's folder. Raises PlugwatchError where the path is there already."""
        if path in self._written:
            raise PlugwatchError(f"{path} would be in the ZIP twice")
        self._written.add(path)
        info = zipfile.ZipInfo(f"{self._folder}/{path}", _FIRST_DATE)
        info.create_system = _UNIX
        info.external_attr = (_EXECUTABLE if executable else _PLAIN) << 16
        self._archive.writestr(info, data, zipfile.ZIP_DEFLATED, _LEVEL)


@contextmanager
def zip_writer(out: Path, folder: str) -> Iterator[ZipWriter]:
    """Write ``out`` with the one top folder ``folder``; the file appears whole at the end, or not at all.

    Raises PlugwatchError where it cannot be written.
    """
    with replacing(out) as part, zipfile.ZipFile(part, "w") as archive:
        yield ZipWriter(archive, folder)


def write_zip(out: Path, folder: str, files: Iterable[tuple[str, bool, bytes]]) -> str:
    """Write ``(path, executable, content)`` in the byte order of the paths; the SHA-256 of the ZIP."""
    with zip_writer(out, folder) as writer:
        for path, executable, data in sorted(files, key=lambda file: file[0].encode()):
            writer.add(path, executable, data)
    return sha256_of(out)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place when the block ends well. Raises PlugwatchError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise PlugwatchError(f"{path}: it cannot be written: {error.strerror or error}") from error


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
