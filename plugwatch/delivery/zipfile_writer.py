"""ZIP files that come out the same, byte for byte, whoever writes them, when and where.

Everything that a ZIP usually takes from its surroundings is fixed: the order (byte order of the paths), the time (the
format's first, 1980-01-01, https://reproducible-builds.org/docs/archives/), the system, the modes and the level. What
remains is zlib: another zlib may pack otherwise, so a build's identity is its manifest.

The format is PKWARE's APPNOTE 6.3. It is written here because :mod:`zipfile` takes longer over its own bookkeeping for
thousands of small files than zlib takes to pack them.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from plugwatch.errors import PlugwatchError

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")
_NEEDED, _UNIX = 20, 3 << 8  # version 2.0 reads it; written on Unix, so that the modes count
_UTF8 = 0x800
_TIME, _DATE = 0, 1 << 5 | 1
_STORED, _DEFLATED = 0, 8
_PLAIN, _EXECUTABLE = 0o100644, 0o100755
_LEVEL = 6
_RAW = -15
_MOST_FILES, _MOST_BYTES = 0xFFFF - 1, 0xFFFFFFFF - 1  # beyond them is ZIP64, which no plugin needs
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Packed:
    """The content of a file as it goes into a ZIP; ``size`` and ``crc`` are of what was packed."""

    method: int
    size: int
    crc: int
    data: bytes


def pack(data: bytes) -> Packed:
    """Deflate the content of a file, or keep it as it is where that is no larger; threads may do it side by side."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    packed = packer.compress(data) + packer.flush()
    smaller = len(packed) < len(data)
    return Packed(_DEFLATED if smaller else _STORED, len(data), zlib.crc32(data), packed if smaller else data)


class ZipWriter:
    """A ZIP being written; files come out in the order in which they are added. Made by :func:`zip_writer`."""

    def __init__(self, out: BinaryIO, name: str, folder: str) -> None:
        self._out, self._name, self._folder = out, name, folder
        self._digest = hashlib.sha256()
        self._central: dict[str, bytes] = {}
        self._at = 0

    @property
    def sha256(self) -> str:
        """The SHA-256 of what is written so far, in hexadecimal; of the whole ZIP when the block is left."""
        return self._digest.hexdigest()

    def add(self, path: str, executable: bool, data: bytes) -> None:
        """Add one file below the ZIP's folder. Raises PlugwatchError where the path is there already."""
        self.write(path, executable, pack(data))

    def write(self, path: str, executable: bool, packed: Packed) -> None:
        """As :meth:`add`, for content that is packed already."""
        if path in self._central:
            raise PlugwatchError(f"{path} would be in the ZIP twice")
        name = f"{self._folder}/{path}".encode()
        flags = 0 if name.isascii() else _UTF8
        sizes = (packed.crc, len(packed.data), packed.size, len(name))
        mode = (_EXECUTABLE if executable else _PLAIN) << 16
        start = self._at
        self._refuse_large(start + len(packed.data) + _LOCAL.size + len(name), len(self._central) + 1)
        self._put(_LOCAL.pack(b"PK\3\4", _NEEDED, flags, packed.method, _TIME, _DATE, *sizes, 0) + name)
        self._put(packed.data)
        made = (_UNIX | _NEEDED, _NEEDED, flags, packed.method, _TIME, _DATE, *sizes)
        self._central[path] = _CENTRAL.pack(b"PK\1\2", *made, 0, 0, 0, 0, mode, start) + name

    def finish(self) -> None:
        """Write the central directory, which makes it a ZIP."""
        start, entries, directory = self._at, len(self._central), b"".join(self._central.values())
        self._refuse_large(start + len(directory), entries)
        self._put(directory)
        self._put(_END.pack(b"PK\5\6", 0, 0, entries, entries, len(directory), start, 0))

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._at += len(data)

    def _refuse_large(self, size: int, files: int) -> None:
        if size > _MOST_BYTES or files > _MOST_FILES:
            raise PlugwatchError(f"{self._name}: a ZIP of more than {_MOST_FILES:,} files or 4 GiB cannot be written")


@contextmanager
def zip_writer(out: Path, folder: str) -> Iterator[ZipWriter]:
    """Write ``out`` with the one top folder ``folder``; the file appears whole at the end, or not at all.

    Raises PlugwatchError where it cannot be written.
    """
    with replacing(out) as part, part.open("wb", buffering=_CHUNK) as file:
        writer = ZipWriter(file, out.name, folder)
        yield writer
        writer.finish()


def write_zip(out: Path, folder: str, files: Iterable[tuple[str, bool, bytes]]) -> str:
    """Write ``(path, executable, content)`` in the byte order of the paths; the SHA-256 of the ZIP."""
    with zip_writer(out, folder) as writer:
        for path, executable, data in sorted(files, key=lambda file: file[0].encode()):
            writer.add(path, executable, data)
    return writer.sha256


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
