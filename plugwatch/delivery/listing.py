"""The sums of a component's files, from where they are: a folder or ZIP on this machine, or a site that PHP runs on."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import resources
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

from plugwatch.errors import InputError, NotFoundError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import Listing
from plugwatch.model.evidence.listings import MOST_FILES, is_version, parse_listing
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, NoHeaderError, main_file

_CHUNK = 1 << 20
_MOST_BYTES = 4 << 30  # of a ZIP, unpacked
_MOST_OF_LIST = 256 << 20
_LONGEST_LINE = 1 << 20
_TIMEOUT = 600.0  # seconds: 60 MB on a slow disk take some ten
_MOST_SKIPPED = 3


class Shell(Protocol):
    """PHP of ours on one site."""

    def php(
        self,
        code: str,
        values: Mapping[str, object] = {},
        *,
        stdin: IO[bytes] | None = None,
        out: IO[bytes] | None = None,
        timeout: float = 60,
    ) -> bytes:
        """What the code prints; written to ``out`` where that is given."""


def list_folder(place: Path, component: Component, source: str) -> Listing:
    """The files of a folder, or of a single file; no link is followed out of it.

    Raises InputError for one with too many files, UnknownError where it cannot be read.
    """
    files: dict[str, str] = {}
    heads: list[tuple[str, bytes]] = []
    skipped: list[str] = []
    found = [(place.name, str(place))] if place.is_file() else _walk(os.path.realpath(place), skipped, source)
    for path, full in found:
        try:
            head, found_sum = _read(full)
        except OSError:
            skipped.append(path)
            continue
        files[path] = found_sum
        if "/" not in path and (path == THEME_FILE or path.endswith(".php")):
            heads.append((path, head[:HEADER_BYTES]))
    if not files:
        raise UnknownError(f"{source}: there is no file that can be read; look at it, and at who may read it")
    return Listing(files, "sha256", _version(heads, component), source, _not_read(skipped))


def list_zip(path: Path, component: Component) -> Listing:
    """The files of a ZIP with one folder in it, as WordPress installs it; nothing is unpacked to the disk.

    Raises InputError for what is no such ZIP.
    """
    files: dict[str, str] = {}
    heads: list[tuple[str, bytes]] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name, data, found in _members(archive, path.name):
                if files.setdefault(name, found) != found:
                    raise InputError(f"it holds {name!a} twice", source=path.name)
                if "/" not in name and (name == THEME_FILE or name.endswith(".php")):
                    heads.append((name, data))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError("it is no ZIP that can be read; get it again", source=path.name) from error
    if not files:
        raise InputError("it holds no file in a folder of its own", source=path.name)
    return Listing(files, "sha256", _version(heads, component), f"the ZIP {path.name}")


def list_site(shell: Shell, component: Component, source: str) -> Listing:
    """The files of a component on a site, listed there by PHP.

    Raises NotFoundError where it is not installed, UnknownError where the site gave no whole list, or what the shell
    raises.
    """
    code = resources.files("plugwatch").joinpath("delivery/php/listing.php").read_text(encoding="utf-8")
    with TemporaryFile() as out:
        shell.php(code, {"kind": component.kind, "slug": component.slug}, out=out, timeout=_TIMEOUT)
        out.seek(0)
        lines = list(_lines(out))
    if any('"plugwatch-listing":1' in line and '"there":false' in line for line in lines[:200]):
        raise NotFoundError(f"{source}: {component} is not installed there; see 'plugwatch site show'")
    try:
        listing = parse_listing(lines, component, source)
    except InputError as error:
        raise UnknownError(f"{error}; nothing is known of its files") from error
    return replace(listing, taken_from="the files, listed by PHP on the site")


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a list in a file, however it is encoded. Raises InputError where it is too large."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > _MOST_OF_LIST:
            raise InputError("it is too large for a list of one site's files; list one component", source=path.name)
        start = file.read(2)
        if start in (b"\xff\xfe", b"\xfe\xff"):  # what PowerShell's ">" writes
            file.seek(0)
            yield from file.read().decode("utf-16", "replace").split("\n")
            return
        file.seek(3 if start + file.read(1) == b"\xef\xbb\xbf" else 0)
        yield from _lines(file)


def _lines(file: IO[bytes]) -> Iterator[str]:
    """Lines by line feeds alone, as names may hold other line ends; names that are no UTF-8 stay what they are."""
    while line := file.readline(_LONGEST_LINE):
        yield line.decode("utf-8", "surrogateescape")


def _walk(root: str, skipped: list[str], source: str) -> Iterator[tuple[str, str]]:
    """Every plain file below a folder: its path there, and the one on this machine. What is not read is added."""
    folders, number = [""], 0
    while folders:
        below = folders.pop()
        try:
            with os.scandir(f"{root}/{below}") as entries:
                found = list(entries)
        except OSError:
            skipped.append(below.rstrip("/") or ".")
            continue
        for entry in found:
            path = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(f"{path}/")
            elif entry.is_file(follow_symlinks=False) or _leads_inside(entry, root):
                number += 1
                if number > MOST_FILES:
                    raise InputError(f"it has more than {MOST_FILES} files; give one component's folder", source=source)
                yield path, entry.path
            else:
                skipped.append(path)


def _leads_inside(entry: os.DirEntry[str], root: str) -> bool:
    """Whether it is a link to a plain file of the same folder."""
    if not entry.is_symlink():
        return False
    target = Path(entry.path).resolve()
    return target.is_relative_to(root) and target.is_file()


def _read(path: str | Path) -> tuple[bytes, str]:
    """The start and the sum of a file, with three calls of the system: opening it as Python does costs as much again as
    hashing it.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe that came meanwhile blocks nobody
    try:
        data = head = os.read(descriptor, _CHUNK)
        of = hashlib.sha256(data)
        if len(data) == _CHUNK:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("no plain file")
            while data := os.read(descriptor, _CHUNK):  # a part at a time: a backup in there may be larger than memory
                of.update(data)
        return head, of.hexdigest()
    finally:
        os.close(descriptor)


def _members(archive: zipfile.ZipFile, source: str) -> Iterator[tuple[str, bytes, str]]:
    """Each file of a ZIP below its one folder: path, first bytes and sum."""
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) > MOST_FILES or sum(one.file_size for one in members) > _MOST_BYTES:
        raise InputError("it is too large for a component", source=source)
    tops = {one.filename.partition("/")[0] for one in members if "/" in one.filename}
    alone = all("/" not in one.filename for one in members)
    if not alone and (len(tops) != 1 or any("/" not in one.filename for one in members)):
        raise InputError("it does not hold exactly one folder", source=source)
    for member in members:
        path = member.filename if alone else member.filename.partition("/")[2]
        parts = path.split("/")
        if {"", ".", ".."} & set(parts) or "\\" in path or "\0" in path:
            raise InputError(f"it holds {member.filename!a}, which leads out of its folder", source=source)
        of, head, left = hashlib.sha256(), b"", member.file_size
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise InputError("it holds more than it says", source=source)
                head = head or chunk[:HEADER_BYTES]
                of.update(chunk)
        yield path, head, of.hexdigest()


def _version(heads: Iterable[tuple[str, bytes]], component: Component) -> str | None:
    kind = component.kind if component.kind in ("plugin", "theme") else ""
    with suppress(NoHeaderError):
        version = main_file(heads, component.slug.partition("/")[0], kind).version or ""
        return version if is_version(version) else None
    return None


def _not_read(skipped: list[str]) -> tuple[str, ...]:
    if not skipped:
        return ()
    shown = ", ".join(ascii(path) for path in sorted(skipped)[:_MOST_SKIPPED])
    number = "1 entry" if len(skipped) == 1 else f"{len(skipped)} entries"
    return (f"{number} not read there (links out of the folder, or not readable): {shown}",)
