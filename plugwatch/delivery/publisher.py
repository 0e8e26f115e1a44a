"""The published folder on disk: every file appears whole, in an order in which each reference resolves at each moment.

What others name comes first and never changes (ZIPs and manifests), what names it comes last. A process that is killed
leaves unfinished files in one place, :data:`PARTS`, which the next one clears; the lock on the folder dies with its
process. No link in the folder is followed: a folder that comes back from a web space may hold any.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from plugwatch.delivery.zipfile_writer import zip_writer
from plugwatch.errors import BusyError, PlugwatchError
from plugwatch.model.builds.build import BuildFile, Digest
from plugwatch.model.builds.documents import to_json
from plugwatch.model.publishing.published import RECORD_NAME, Published

LOCK, PARTS = ".plugwatch-lock", ".plugwatch-parts"
_EXPECTED = {RECORD_NAME, LOCK, PARTS, ".htaccess", ".htpasswd"}  # the password may be there before all else
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Sums:
    """What is told of a ZIP: checksums in hexadecimal, and its size in bytes."""

    sha256: str
    sha1: str
    size: int


class Folder:
    """A published folder. Raises PlugwatchError where it is not ours, or where it cannot be read or written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written: list[str] = []
        self._to_settle: set[Path] = set()

    def read(self) -> Published:
        """The record of the folder; an empty one where nothing is there yet."""
        record = self.root / RECORD_NAME
        if self.has(RECORD_NAME) and not self._is_file(record):
            raise PlugwatchError(f"{record} is a link or no file at all, which plugwatch does not write; remove it")
        try:
            return Published.from_bytes(record.read_bytes(), str(record))
        except FileNotFoundError:
            self._refuse_foreign()
            return Published()
        except OSError as error:
            raise PlugwatchError(f"{record}: it cannot be read: {error.strerror}") from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The folder for nobody else until the block ends; made, and marked as ours, where it is not there.

        What killed runs have left unfinished is cleared. Raises BusyError where another process writes it.
        """
        self._refuse_foreign()
        with _told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self.root / LOCK, flags, 0o644)
        try:
            self._lock(descriptor)
            self._clear_parts()
            try:
                if not self.has(RECORD_NAME):
                    self._write(RECORD_NAME, to_json(Published().to_document()))
                yield
            finally:
                self._clear_parts()
        finally:
            os.close(descriptor)

    def has(self, path: str) -> bool:
        """Whether there is something under that name, even a link."""
        return os.path.lexists(self.root / path)

    def sums(self, path: str) -> Sums | None:
        """The checksums of a file in the folder; None where there is none, or a link in its place."""
        place = self.root / path
        if not self._is_file(place):
            return None
        with _told(place):
            return _sums(place)

    def size(self, path: str) -> int | None:
        """The size of a file in the folder in bytes, None where there is no such file."""
        place = self.root / path
        return place.lstat().st_size if self._is_file(place) else None

    def add_zip(
        self, path: str, top: str, files: Mapping[str, BuildFile], last: Sequence[str], sha256: str | None = None
    ) -> tuple[Sums, dict[str, Digest]]:
        """Pack files below the folder ``top`` of a new ZIP, those in ``last`` at its end; its sums and those of each.

        The same inputs give the same bytes as ``fork build`` does. Where that name is taken, or was (``sha256``), it
        must be by these very bytes. Raises PlugwatchError where it is by others.
        """
        part = self._parts() / Path(path).name
        digests = {}
        with _told(part):
            with zip_writer(part, top) as writer:
                for name in sorted(files, key=lambda name: (name in last, name.encode())):
                    data = files[name].read()
                    writer.add(name, files[name].executable, data)
                    digests[name] = Digest.of(data)
            sums = _sums(part)
        is_there = self.has(path)
        if (is_there and self.sums(path) != sums) or sha256 not in (None, sums.sha256):
            raise _other_bytes(self.root / path)
        if not is_there:
            self._move(part, path)
        return sums, digests

    def add(self, path: str, data: bytes) -> None:
        """A file that never changes. Raises PlugwatchError where that name is taken by other bytes."""
        if self.has(path):
            if self._content(path) != data:
                raise _other_bytes(self.root / path)
        else:
            self._write(path, data)

    def replace(self, path: str, data: bytes) -> bool:
        """A file that may change; one that says this already is not touched. Whether it was written."""
        if self._content(path) == data:
            return False
        self._write(path, data)
        return True

    def settle(self) -> None:
        """Have the names of all new files on the disk before anything is written that refers to them."""
        for folder in sorted(self._to_settle):
            with _told(folder):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        self._to_settle.clear()

    def _write(self, path: str, data: bytes) -> None:
        part = self._parts() / Path(path).name
        with _told(part):
            part.write_bytes(data)
        self._move(part, path)

    def _move(self, part: Path, path: str) -> None:
        """A finished file to its place; its bytes are on the disk before its name is."""
        place = self.root / path
        with _told(place):
            descriptor = os.open(part, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._make_folders(place.parent)
            part.replace(place)
        self._to_settle.add(place.parent)
        self.written.append(path)

    def _make_folders(self, folder: Path) -> None:
        """The folder and those above it, none of them a link that leads elsewhere."""
        parts = folder.relative_to(self.root).parts
        for depth in range(1, len(parts) + 1):
            place = self.root.joinpath(*parts[:depth])
            with suppress(FileExistsError):
                place.mkdir()
                self._to_settle.add(place.parent)
            if not stat.S_ISDIR(place.lstat().st_mode):
                raise PlugwatchError(
                    f"{place} is not a folder (or a link to one); move it away, nothing was written there"
                )

    def _parts(self) -> Path:
        with _told(self.root / PARTS):
            self._make_folders(self.root / PARTS)
        return self.root / PARTS

    def _clear_parts(self) -> None:
        """Take away what killed runs have left unfinished."""
        place = self.root / PARTS
        with _told(place):
            if place.is_symlink():
                place.unlink()
            elif place.is_dir():
                shutil.rmtree(place)

    def _content(self, path: str) -> bytes | None:
        place = self.root / path
        if not self._is_file(place):
            return None
        with _told(place):
            return place.read_bytes()

    def _is_file(self, place: Path) -> bool:
        """Whether it is a plain file, and no folder above it a link."""
        inside = place.relative_to(self.root).parents
        try:
            real = all(stat.S_ISDIR((self.root / parent).lstat().st_mode) for parent in list(inside)[:-1])
            return real and stat.S_ISREG(place.lstat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"{self.root} is being written by another process; try again when it is done") from error
        except OSError as error:  # a network file system may have no locks
            raise PlugwatchError(
                f"{self.root}: this file system cannot lock files ({error.strerror}); publish to a local folder and "
                "copy that to your web space"
            ) from error

    def _refuse_foreign(self) -> None:
        """Raise PlugwatchError for a folder that holds files and was not made by us."""
        try:
            names = {entry.name for entry in os.scandir(self.root)}
        except FileNotFoundError:
            return
        except OSError as error:
            raise PlugwatchError(f"{self.root}: it cannot be read: {error.strerror}") from error
        if RECORD_NAME not in names and names - _EXPECTED:
            raise PlugwatchError(
                f"{self.root} is not empty and was not made by 'fork publish' ({RECORD_NAME} is missing); "
                "name an empty folder, or bring that file back"
            )


@contextmanager
def _told(place: Path) -> Iterator[None]:
    """Errors of the system as a sentence."""
    try:
        yield
    except OSError as error:
        what = "is a link, which is not followed; remove it" if error.errno == errno.ELOOP else error.strerror
        raise PlugwatchError(f"{place}: it cannot be written: {what}") from error


def _sums(path: Path) -> Sums:
    """The checksums of a file, read once and in pieces."""
    sha256, sha1, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            sha256.update(chunk)
            sha1.update(chunk)
            size += len(chunk)
    return Sums(sha256.hexdigest(), sha1.hexdigest(), size)


def _other_bytes(place: Path) -> PlugwatchError:
    return PlugwatchError(
        f"{place} is there with other bytes, and what was published never changes; where nobody has installed it "
        "move it away, else bring the published one back from your web space"
    )
