"""A component's release as a ZIP, a folder or a bare PHP file: a sorted stream of files, hostile until parsed.

Nothing is unpacked to disk, and files are read piece by piece. Whatever could mean another path, another content or
another size to another program is refused with one sentence that names the source and the entry. The central directory
of a ZIP is read by :mod:`zipfile`, its contents by :mod:`plugwatch.forks.zip_entry`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from plugwatch.errors import InputError
from plugwatch.forks.zip_entry import LOCAL_HEADER, PIECE, entry_name, refuse, unpack

MAX_ENTRIES = 50_000
MAX_BYTES = 1 << 30
MAX_FILE_BYTES = 256 << 20  # no plugin ships one as large; git holds each in memory
MAX_RATIO = 200
RATIO_FROM = 1 << 20  # smaller entries may be as empty as they like
MAX_PATH_BYTES = 1024  # PATH_MAX of macOS
MAX_NAME_BYTES = 255  # NAME_MAX

_ENTRY_SIGNATURE = b"PK\x01\x02"
_ENCRYPTED_FLAG = 0x1
_WORKING_COPY = (".git", ".svn")
_MAC_FOLDER, _MAC_FILE = "__MACOSX/", ".DS_Store"
# Code points that HFS+ ignores in names, so that ".g\u200cit" is ".git" there; git's own list (utf8.c, next_hfs_char).
_HFS_IGNORED = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
# Every name that NTFS takes for .git: short name, trailing blanks and dots, streams (git's path.c, is_ntfs_dotgit).
_DOT_GIT = re.compile(r"(\.git|git~1)[ .]*(:.*)?", re.I)
_Entries = list[tuple[str, zipfile.ZipInfo]]
_LOOKS = (
    (rb"\Z", "an empty file"),
    (rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|!--)", "an HTML page, probably a login page, not a ZIP"),
    (rb"(\xef\xbb\xbf)?\s*<\?xml", "an XML document, probably the server's error, not a ZIP"),
    (rb"\s*[\[{]", "a JSON answer, probably the server's error, not a ZIP"),
    (rb"\s*<\?php", "a PHP file, not a ZIP; name it .php"),
    (rb"PK\x03\x04", "a ZIP that is cut short or damaged; download it again"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|Rar!|7z\xbc\xaf", "an archive of another kind; pack it as a ZIP"),
    (rb"", "not a ZIP"),
)


@dataclass(frozen=True)
class SourceFile:
    """One file of a release.

    ``path`` is relative to the component's folder, with ``/``; ``size`` is in bytes; ``executable`` is what the source
    says, for whoever cares. Links do not occur: they are refused.
    """

    path: str
    executable: bool
    size: int
    pieces: Callable[[], Iterator[bytes]] = field(repr=False, compare=False)

    def read(self) -> bytes:
        """The whole content, checked against its declared size and checksum. Raises InputError."""
        return b"".join(self.pieces())

    def head(self, size: int) -> bytes:
        """The first bytes, not checked. Raises InputError."""
        found = b""
        for piece in self.pieces():
            found += piece
            if len(found) >= size:
                break
        return found[:size]


@dataclass(frozen=True)
class Source:
    """A release opened for reading; a context manager.

    ``kind`` is "zip", "folder" or "php"; ``sha256`` is that of the file, None for a folder; ``top`` is the name of the
    folder that was stripped off a ZIP, None where there was none; ``warnings`` tells what was left out.
    """

    kind: str
    sha256: str | None
    top: str | None
    entries: tuple[SourceFile, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()
    handle: BinaryIO | None = field(default=None, repr=False)

    def files(self) -> Iterator[SourceFile]:
        """The files in the byte order of their paths, as git sorts them within a flat list."""
        return iter(self.entries)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        if self.handle is not None:
            self.handle.close()


def open_source(path: Path) -> Source:
    """The release in a ZIP, a folder or a bare ``.php`` file. Raises InputError, always naming the source."""
    try:
        if path.is_dir():
            return _open_folder(path)
    except PermissionError as error:
        raise _unreadable(error, str(path)) from error
    return single_php(path) if path.suffix == ".php" else _open_zip(path)


def single_php(path: Path) -> Source:
    """A single-file plugin, as a tree with this one file. Raises InputError."""
    data = b"".join(_read_plain(path, str(path)))
    refuse_bad_paths([path.name], [], str(path))
    file = SourceFile(path.name, False, len(data), lambda: iter((data,)))
    return Source("php", hashlib.sha256(data).hexdigest(), None, (file,))


def _refuse_many(entries: int, source: str) -> None:
    if entries > MAX_ENTRIES:
        raise InputError(f"it has more than {MAX_ENTRIES:,} entries", source=source)


def refuse_large(size: int, source: str, entry: str) -> None:
    """Refuse a file that no plugin ships, before it fills the memory."""
    if size > MAX_FILE_BYTES:
        refuse(source, entry, f"is larger than {MAX_FILE_BYTES >> 20} MiB; take the release without it")


def _unreadable(error: OSError, source: str, entry: str = "") -> InputError:
    place = f"the entry {entry!r}" if entry else "it"
    return InputError(f"{place} cannot be read: {error.strerror or error}", source=source)


def refuse_bad_paths(files: Sequence[str], folders: Sequence[str], source: str) -> None:
    """Refuse what names another file on another system: escapes, git's own folder, doubles, clashes of case."""
    for path in (*files, *folders):
        _refuse_bad_path(path, source)
    spelled: dict[str, str] = {}
    whole: set[str] = set()
    for path in files:
        if path in whole:
            refuse(source, path, "is there twice")
        whole.add(path)
        _refuse_clash(path, spelled, source)
    for folder in sorted(_all_folders(files, folders, source)):
        if folder in whole:
            refuse(source, folder, "is a file and a folder at once")
        _refuse_clash(folder, spelled, source)


def _all_folders(files: Sequence[str], folders: Sequence[str], source: str) -> set[str]:
    """Every folder that is named or implied; counted, because few entries can imply very many."""
    found: set[str] = set()
    for path in (*(f"{folder}/" for folder in folders), *files):
        parent = path.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
        _refuse_many(len(found), source)
    return found


def _refuse_clash(path: str, spelled: dict[str, str], source: str) -> None:
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
    other = spelled.setdefault(folded, path)
    if other != path:
        refuse(source, path, f"differs from {other!r} only in case or accents, and macOS takes them for one file")


def _refuse_bad_path(path: str, source: str) -> None:
    if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
        refuse(source, path, "is an absolute path")
    if "\\" in path:
        refuse(source, path, "has a backslash in its name")
    if not path.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in path):
        refuse(source, path, "has control characters or broken text in its name")
    if len(path.encode()) > MAX_PATH_BYTES:
        refuse(source, path[:60] + "…", f"has a path longer than {MAX_PATH_BYTES} bytes")
    for part in path.split("/"):
        if part in ("", ".", ".."):
            refuse(source, path, "has an empty, '.' or '..' part in its path")
        if _DOT_GIT.fullmatch(part.translate(_HFS_IGNORED)):
            refuse(source, path, "is inside a git folder; take the release without it")
        if len(part.encode()) > MAX_NAME_BYTES:
            refuse(source, path, f"has a name longer than {MAX_NAME_BYTES} bytes")


def _open_zip(path: Path) -> Source:
    try:
        with ExitStack() as on_error:
            handle = on_error.enter_context(path.open("rb"))
            source = _read_zip(handle, str(path))
            on_error.pop_all()  # it stays open for the reading of the files
            return source
    except OSError as error:
        raise _unreadable(error, str(path)) from error


def _read_zip(handle: BinaryIO, source: str) -> Source:
    sha256 = _hash_and_measure(handle, source)
    entries = [(entry_name(info), info) for info in _directory(handle, source)]
    for name, info in entries:
        _refuse_special(name, info, source)
    _refuse_bombs(entries, os.fstat(handle.fileno()).st_size, source)
    entries, warnings = _without_mac_junk(entries)
    files = [name for name, _ in entries if not name.endswith("/")]
    folders = [name[:-1] for name, _ in entries if name.endswith("/")]
    refuse_bad_paths(files, folders, source)
    if not files:
        raise InputError("it holds no files", source=source)
    top = _single_top(files, folders)
    cut = len(top) + 1 if top else 0
    _refuse_nested([name[cut:] for name in files], source)
    found = [_file(handle, name, cut, info, source) for name, info in entries if not name.endswith("/")]
    return Source("zip", sha256, top, tuple(sorted(found, key=lambda file: file.path.encode())), warnings, handle)


def _file(handle: BinaryIO, name: str, cut: int, info: zipfile.ZipInfo, source: str) -> SourceFile:
    executable = bool(info.external_attr >> 16 & stat.S_IXUSR)
    return SourceFile(name[cut:], executable, info.file_size, partial(unpack, handle, name, info, source))


def _hash_and_measure(handle: BinaryIO, source: str) -> str:
    """The SHA-256 of the file; refuses a directory that is too long BEFORE zipfile makes an object of each entry."""
    if os.fstat(handle.fileno()).st_size > MAX_BYTES:
        raise InputError("it is larger than 1 GiB", source=source)
    digest, entries, tail = hashlib.sha256(), 0, b""
    while chunk := handle.read(PIECE):
        digest.update(chunk)
        entries += (tail + chunk).count(_ENTRY_SIGNATURE)
        tail = chunk[-3:]
    _refuse_many(entries, source)
    return digest.hexdigest()


def _directory(handle: BinaryIO, source: str) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(handle) as archive:
            return archive.infolist()
    except UnicodeDecodeError as error:
        raise InputError("an entry's name says that it is UTF-8 and is not", source=source) from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        handle.seek(0)
        start = handle.read(512)
        looks = next(text for pattern, text in _LOOKS if re.match(pattern, start, re.I))
        raise InputError(f"it is {looks}", source=source) from error


def _without_mac_junk(entries: _Entries) -> tuple[_Entries, tuple[str, ...]]:
    """The release's own entries, and a warning for what macOS's zipper added.

    A ``.DS_Store`` inside the folder goes only where ``__MACOSX/`` shows who zipped: a vendor's own is the vendor's.
    """
    zipped_on_mac = any(name.startswith(_MAC_FOLDER) for name, _ in entries)
    kept, left_out = [], []
    for name, info in entries:
        inside, _, last = name.rpartition("/")
        if name.startswith(_MAC_FOLDER):
            left_out.append(_MAC_FOLDER)
        elif last == _MAC_FILE and (zipped_on_mac or not inside):
            left_out.append(name)
        else:
            kept.append((name, info))
    return kept, tuple(f"{name} was left out: macOS added it" for name in dict.fromkeys(left_out))


def _single_top(files: Sequence[str], folders: Sequence[str]) -> str | None:
    tops = {name.split("/", 1)[0] for name in (*files, *folders)}
    return tops.pop() if len(tops) == 1 and all("/" in name for name in files) else None


def _refuse_special(name: str, info: zipfile.ZipInfo, source: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    folder = name.endswith("/")
    if kind == stat.S_IFLNK:
        refuse(source, name, "is a symbolic link; links are not taken")
    if kind not in (0, stat.S_IFREG) and not (folder and kind == stat.S_IFDIR):
        refuse(source, name, "is not a plain file")
    if folder and info.file_size:
        refuse(source, name, "is a folder with content of its own")
    if info.flag_bits & _ENCRYPTED_FLAG:
        refuse(source, name, "is encrypted; unpack the ZIP with its password and give the folder")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        refuse(source, name, "is packed by a rare method; pack it again with deflate")


def _refuse_bombs(entries: _Entries, length: int, source: str) -> None:
    if sum(info.file_size for _, info in entries) > MAX_BYTES:
        raise InputError("it unpacks to more than 1 GiB", source=source)
    end = 0
    for name, info in sorted(entries, key=lambda entry: entry[1].header_offset):
        refuse_large(info.file_size, source, name)
        if info.header_offset < end:
            refuse(source, name, "shares its bytes with another entry")
        end = info.header_offset + LOCAL_HEADER.size + info.compress_size
        if end > length:
            refuse(source, name, "is cut short; download it again")
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * info.compress_size:
            refuse(source, name, f"unpacks to more than {MAX_RATIO} times its size")


def _refuse_nested(paths: Sequence[str], source: str) -> None:
    inner = [path for path in paths if path.lower().endswith(".zip")]
    if inner and not any(path.lower().endswith(".php") for path in paths):
        raise InputError(f"it holds no PHP but another ZIP, {inner[0]!r}; unpack it first and give that", source=source)


def _open_folder(root: Path) -> Source:
    source = str(root)
    files, folders = _walk(root, source)
    refuse_bad_paths([file.path for file in files], folders, source)
    if sum(file.size for file in files) > MAX_BYTES:
        raise InputError("it holds more than 1 GiB", source=source)
    if not files:
        raise InputError("it holds no files", source=source)
    return Source("folder", None, None, tuple(sorted(files, key=lambda file: file.path.encode())))


def _walk(root: Path, source: str) -> tuple[list[SourceFile], list[str]]:
    files: list[SourceFile] = []
    folders: list[str] = []
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(root / below) as found:
                entries = [entry for entry in found if below or entry.name not in _WORKING_COPY]
                statuses = [entry.stat(follow_symlinks=False) for entry in entries]
        except OSError as error:
            raise _unreadable(error, source, below) from error
        for entry, status in zip(entries, statuses, strict=True):
            path = f"{below}/{entry.name}" if below else entry.name
            if stat.S_ISDIR(status.st_mode):
                _refuse_bad_path(path, source)  # before it is walked: a nested .git is large
                waiting.append(path)
                folders.append(path)
            elif stat.S_ISREG(status.st_mode):
                refuse_large(status.st_size, source, path)
                pieces = partial(_read_plain, root / path, source, path)
                files.append(SourceFile(path, bool(status.st_mode & stat.S_IXUSR), status.st_size, pieces))
            else:
                link = stat.S_ISLNK(status.st_mode)
                refuse(source, path, "is a symbolic link; links are not taken" if link else "is not a plain file")
        _refuse_many(len(files) + len(folders), source)
    return files, folders


def _read_plain(path: Path, source: str, entry: str = "") -> Iterator[bytes]:
    size = 0
    try:
        # A link put in the file's place since the walk is not followed.
        with os.fdopen(os.open(path, os.O_RDONLY | (os.O_NOFOLLOW if entry else 0)), "rb") as handle:
            while piece := handle.read(PIECE):
                size += len(piece)
                refuse_large(size, source, entry or path.name)
                yield piece
    except OSError as error:
        raise _unreadable(error, source, entry) from error
