"""A report's folder on disk: written beside its place and swapped in whole, so that nobody ever opens half of one.

A process that is killed leaves the old report or the new one, and beside it an unfinished folder, which the next run
clears. Nothing is forced onto the disk: a report can be made again.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from plugwatch.errors import PlugwatchError

MARKER = ".plugwatch-report"
# What a web server reads in a folder that is put behind a password; it stays when a new report takes the place.
KEPT = (".htaccess", ".htpasswd")
# What file managers leave in every folder that somebody opens; nobody would miss it.
_LITTER = frozenset((".DS_Store", "Thumbs.db", "desktop.ini", ".directory"))
_PART, _OLD = ".plugwatch-part-", "-old"
# renameat2(2), Linux 3.15: two folders take each other's names at once.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def check_folder(out: Path) -> None:
    """Raise PlugwatchError for a place that is no folder, or holds what is not of a report."""
    place = _resolved(out)
    try:
        names = {entry.name for entry in place.iterdir()}
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise PlugwatchError(f"{out} is no folder; name a folder that is new, or empty, for the report") from error
    except OSError as error:
        raise PlugwatchError(f"{out}: it cannot be read: {error.strerror}") from error
    if names - {MARKER, *KEPT} and not (place / MARKER).is_file():
        raise PlugwatchError(f"{out} is not empty and holds no report; name a folder that is new, or empty")
    foreign = set(_found(place)) - {MARKER, *KEPT} - _known(place / MARKER)
    if foreign:
        first = min(foreign)
        raise PlugwatchError(f"{out} holds '{first}', which is not of the report and would be lost; move it away first")
    if _here().is_relative_to(place):
        raise PlugwatchError(
            f"you are in {out} or below it, and a report takes its place as a whole; cd elsewhere first"
        )


def write_report(out: Path, files: Iterable[tuple[str, bytes]], done: Callable[[], None] = lambda: None) -> int:
    """Write files (paths from the top of the report) in place of all that was there; how many they are.

    ``done`` is called after each. Raises PlugwatchError where the folder is not ours or cannot be written; then what
    was there is as it was.
    """
    check_folder(out)
    place = _resolved(out)
    with _told(out):
        place.parent.mkdir(parents=True, exist_ok=True)
        _clear_parts(place)
    with _told(out), _part_of(place) as part:
        number = _write(part, files, done)
        if place.is_dir():
            _keep(place, part)
        _swap(part, place)
    return number


def _write(part: Path, files: Iterable[tuple[str, bytes]], done: Callable[[], None]) -> int:
    written, folders = [], {part}
    for path, content in files:
        target = part / path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        target.write_bytes(content)
        written.append(path)
        done()
    (part / MARKER).write_text(json.dumps({"written by": "plugwatch report agency", "files": sorted(written)}) + "\n")
    return len(written)


@contextmanager
def _part_of(place: Path) -> Iterator[Path]:
    """A new folder beside the place, locked as long as its process lives; gone in the end."""
    part = place.with_name(f".{place.name}{_PART}{os.getpid()}")
    part.mkdir()
    descriptor = os.open(part / MARKER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _lock(descriptor)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(descriptor)


def _clear_parts(place: Path) -> None:
    """Take away what runs have left that are no more; a report that one of them had put aside goes back."""
    for part in place.parent.glob(f".{_literal(place.name)}{_PART}*"):
        if part.name.endswith(_OLD) and not place.exists():
            part.rename(place)
            continue
        try:
            descriptor = os.open(part / MARKER, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # killed before its first file, or while it was taken away
            shutil.rmtree(part, ignore_errors=True)
            continue
        except OSError:
            continue
        try:
            if _lock(descriptor):
                shutil.rmtree(part, ignore_errors=True)
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether the lock could be had; a network file system may have none, and then nothing is cleared."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _keep(place: Path, part: Path) -> None:
    """Bring along what is not of the report and belongs to the folder, and who may read it."""
    shutil.copymode(place, part)
    for name in KEPT:
        if (place / name).is_file():
            shutil.copy2(place / name, part / name)


def _swap(part: Path, place: Path) -> None:
    """The finished folder to its place; what was there takes its name, where it was something."""
    if not place.exists() or not any(place.iterdir()):
        part.rename(place)
        return
    if _exchange(part, place):
        return
    old = part.with_name(part.name + _OLD)
    place.rename(old)
    try:
        part.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders take each other's names in one step; False where this system or file system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)


def _here() -> Path:
    """The folder that the person is in; somewhere where it is no more."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/nowhere")


def _resolved(out: Path) -> Path:
    """The place itself, also where its name is that of a link."""
    try:
        return out.resolve()
    except (OSError, RuntimeError) as error:  # Python before 3.13 raises a RuntimeError for links that go in a circle
        raise PlugwatchError(f"{out} is a link that leads nowhere; name a folder that is new, or empty") from error


def _found(place: Path) -> Iterator[str]:
    """Every file in a folder and below, and every link, by its path from there."""
    for folder, folders, files in os.walk(place):
        links = (name for name in folders if os.path.islink(os.path.join(folder, name)))  # noqa: PTH114, PTH118 - many
        for name in (*files, *links):
            if name not in _LITTER:
                yield os.path.relpath(os.path.join(folder, name), place)  # noqa: PTH118


def _known(marker: Path) -> set[str]:
    """The files of a report, as it says itself; none where it does not."""
    try:
        found = json.loads(marker.read_bytes())
        return {str(name) for name in found["files"]}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return set()


def _literal(name: str) -> str:
    """A name as a pattern that matches nothing else."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """Errors of the system as a sentence."""
    try:
        yield
    except OSError as error:
        reason = f"{out}: the report cannot be written: {error.strerror}; what was there is as it was"
        raise PlugwatchError(reason) from error
