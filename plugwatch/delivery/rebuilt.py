"""Whether a build that was made once more is the one that lies in a folder."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from plugwatch.errors import PlugwatchError

SAME, REPACKED, DIFFERENT, ABSENT = "same", "repacked", "different", "absent"
_PIECE = 1 << 20


@dataclass(frozen=True)
class FileState:
    """One file of a build as it lies in a folder: ``same``, ``different``, ``absent`` or ``repacked``.

    ``repacked`` means: the same content, packed by another zlib; the lock of such a ZIP is told so too.
    """

    name: str
    state: str


class Files(Protocol):
    """The files of a build made just now."""

    @property
    def zip(self) -> Path: ...

    @property
    def manifest(self) -> Path: ...

    @property
    def lock(self) -> Path: ...

    @property
    def file(self) -> Path | None: ...


def compare_files(fresh: Files, folder: Path) -> list[FileState]:
    """Compare the files of a build made just now with those of the same names in a folder.

    Raises PlugwatchError where one cannot be read.
    """
    try:
        zip_state = _zip_state(fresh.zip, folder / fresh.zip.name)
        others = [path for path in (fresh.manifest, fresh.lock, fresh.file) if path]
        states = [FileState(path.name, _state(path, folder / path.name, zip_state)) for path in others]
    except OSError as error:
        raise PlugwatchError(f"{folder}: what lies there cannot be read: {error.strerror or error}") from error
    return [FileState(fresh.zip.name, zip_state), *states]


def _state(fresh: Path, there: Path, zip_state: str) -> str:
    if not there.is_file():
        return ABSENT
    ours, theirs = fresh.read_bytes(), there.read_bytes()
    if ours == theirs:
        return SAME
    repacked = zip_state == REPACKED and fresh.suffix == ".lock" and _without_zip(ours) == _without_zip(theirs)
    return REPACKED if repacked else DIFFERENT


def _without_zip(lock: bytes) -> object:
    try:
        document = json.loads(lock)
    except ValueError:
        return None
    return {key: value for key, value in document.items() if key != "zip_sha256"} if type(document) is dict else None


def _zip_state(fresh: Path, there: Path) -> str:
    if not there.is_file():
        return ABSENT
    if _same_bytes(fresh, there):
        return SAME
    try:
        with zipfile.ZipFile(fresh) as ours, zipfile.ZipFile(there) as theirs:
            return REPACKED if _same_entries(ours, theirs) else DIFFERENT
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, RuntimeError, EOFError):
        return DIFFERENT


def _same_entries(ours: zipfile.ZipFile, theirs: zipfile.ZipFile) -> bool:
    """Whether two ZIPs have the same entries in the same order, but for how these are packed."""
    pairs = list(zip(ours.infolist(), theirs.infolist(), strict=False))
    if len(ours.infolist()) != len(theirs.infolist()) or any(_facts(one) != _facts(other) for one, other in pairs):
        return False
    for one, other in pairs:
        with ours.open(one) as left, theirs.open(other) as right:
            if any(piece != right.read(_PIECE) for piece in _pieces(left)):
                return False
    return True


def _facts(info: zipfile.ZipInfo) -> tuple[object, ...]:
    return info.filename, info.file_size, info.CRC, info.date_time, info.external_attr, info.create_system


def _same_bytes(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        return all(piece == right.read(_PIECE) for piece in _pieces(left))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
