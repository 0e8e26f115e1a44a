"""Where an adoption reads from: a folder, or a git repository near or far, copied into a quarantine.

What is adopted is only read. Its hooks, its attributes and its configuration have no effect on us: files of a folder
are read one by one, and commits are fetched into a bare repository of ours that vanishes at the end.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from plugwatch.errors import ForkError, InputError
from plugwatch.forks.adopt_fetch import Visitor
from plugwatch.forks.archive import MAX_BYTES, MAX_ENTRIES
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.repository import create_repository
from plugwatch.model.adoption import Oddity, is_left_out, junk_reason
from plugwatch.model.component import Component
from plugwatch.model.release_source import GitSource, may_take_password, parse_source

TIP = "refs/adopted/tip"
SINCE = "refs/adopted/since"
TAGS = "refs/tags/"

_SCP = re.compile(r"([A-Za-z0-9_][A-Za-z0-9._+-]*@)?[A-Za-z0-9_][A-Za-z0-9._-]*:[^:]")
# A vendor's releases are often kept on branches of these names, merged or not.
_VENDOR_BRANCHES = ("vendor*", "upstream*")
_BAD_PATH = re.compile(
    r"(^|/)(\.|\.\.|\.git[ .]*(:[^/]*)?|git~1[ .]*(:[^/]*)?)(/|$)|//|\\|[\x00-\x1f\x7f\ud800-\udfff]|^[A-Za-z]:", re.I
)
_BAD_NAME = "a name that no release can have"
_LINK, _SUBMODULE = "a symbolic link; no release has one", "a submodule; adopt its own repository"


@dataclass(frozen=True)
class Location:
    """What a person pointed at. ``folder`` is a local path, ``url`` a remote repository; one of them is set.

    ``within`` is the folder in the repository (``URL@BRANCH#FOLDER``), ``login`` a ``USER:PASSWORD`` for its host.
    """

    shown: str
    folder: Path | None
    url: str | None
    branch: str | None
    within: str = ""
    login: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The last part of its name, as a component may be called."""
        path = str(self.folder.resolve()) if self.folder else self.url or ""
        return re.split("[/:]", path.rstrip("/"))[-1].removesuffix(".git")


@dataclass(frozen=True)
class History:
    """A repository in the quarantine. ``within`` is the folder in it that was pointed at; "" for all of it.

    ``work_tree`` is the checkout that its newest commit came from, None where there is none or another branch was
    asked for.
    """

    git: Git
    within: str
    work_tree: Path | None


@contextmanager
def open_quarantine(component: Component) -> Iterator[Git]:
    """An empty repository that vanishes at the end of the block; no attribute in what it gets changes a byte."""
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        yield create_repository(Path(folder, "adopt.git"), component).git


def find_location(text: str) -> Location:
    """Read ``DIR``, ``DIR@BRANCH``, ``URL`` or ``URL@BRANCH``, a URL with ``#FOLDER`` where only that is meant.

    Raises InputError for what is neither, and for protocols that could run a program.
    """
    path = Path(text).expanduser()
    if path.exists():
        return Location(text, _checked(path, text), None, None)
    before, at, branch = text.rpartition("@")
    if at and Path(before).expanduser().exists():
        return Location(text, _checked(Path(before).expanduser(), text), None, branch or None)
    if "://" not in text and not _SCP.match(text):
        raise InputError("there is no such folder or repository; give a folder or GIT-URL[@BRANCH]", source=text)
    source = cast("GitSource", parse_source(f"git:{text}"))
    if source.login and not may_take_password(source.url):
        raise InputError("it is not encrypted, so no password is sent there; write https://", source=source.shown)
    return Location(source.shown.removeprefix("git:"), None, source.url, source.ref, source.folder, source.login)


def _checked(path: Path, shown: str) -> Path:
    if not path.is_dir():
        raise InputError("it is a file; give a folder or a git repository", source=shown)
    return path


def open_history(git: Git, location: Location, since: str | None) -> History | None:
    """Fetch the history that a location has; None for a folder that no repository keeps."""
    if location.url:
        _fetch(git, location.url, location, since)
        return History(git, location.within, None)
    folder = (location.folder or Path()).resolve()
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    root = folder if bare else next((p for p in (folder, *folder.parents) if (p / ".git").exists()), None)
    if root is None:
        if location.branch or since:
            raise InputError("the folder is no git repository, so it has no branches", source=location.shown)
        return None
    within = "" if root == folder else folder.relative_to(root).as_posix()
    try:
        _fetch(git, str(root), location, since)
    except ForkError:
        if within and not location.branch:
            return None  # some repository far above, without a commit
        raise
    if within and not git.run("ls-tree", "-z", TIP, "--", f"{within}/").stdout:
        return None
    return History(git, within, None if bare or location.branch else root)


def _fetch(git: Git, place: str, location: Location, since: str | None) -> None:
    """The branch, the tags, and the branches that may hold a vendor's releases."""
    visitor = Visitor(git, place, location.shown, location.login)
    there = visitor.list_refs()
    wanted = [f"+{visitor.find_ref(there, location.branch)}:{TIP}"]
    if since:
        wanted.append(f"+{visitor.find_ref(there, since)}:{SINCE}")
    vendors = [f"+refs/heads/{name}:refs/adopted/heads/{name}" for name in _VENDOR_BRANCHES]
    visitor.fetch([*wanted, "+refs/tags/*:refs/tags/*", *vendors])


def read_folder(
    git: Git, folder: Path, leave_out: tuple[str, ...], *, only: str | None = None
) -> tuple[dict[str, TreeEntry], list[Oddity]]:
    """The plain files of a folder (or ``only`` this one) as blobs in the quarantine, and what was not taken.

    Folders of junk (``node_modules``) and of repositories are told as one, links are never followed. Raises InputError
    for more files than a component has.
    """
    found: list[tuple[str, Path, bool]] = []
    oddities: list[Oddity] = []
    size = 0
    for path, place, status in _one(folder / only) if only else _walk(folder, leave_out):
        if _BAD_PATH.search(path):
            oddities.append(Oddity(path, _BAD_NAME, may_be_carried=False))
        elif stat.S_ISREG(status.st_mode):
            found.append((path, place, bool(status.st_mode & stat.S_IXUSR)))
            size += status.st_size
        elif stat.S_ISDIR(status.st_mode):
            oddities.append(Oddity(f"{path}/", junk_reason(path) or "left out as you asked", may_be_carried=False))
        elif stat.S_ISLNK(status.st_mode):
            oddities.append(Oddity(path, _LINK, may_be_carried=False))
        if len(found) > MAX_ENTRIES or size > MAX_BYTES:
            raise InputError("it holds more than a plugin or theme can; give the component's own folder", source=path)
    blobs = git.write_blobs(_read(place) for _path, place, _executable in found)
    files = {
        path: TreeEntry("100755" if executable else "100644", blob)
        for (path, _place, executable), blob in zip(found, blobs, strict=True)
    }
    return files, oddities


def _one(place: Path) -> Iterator[tuple[str, Path, os.stat_result]]:
    if place.exists():
        yield place.name, place, place.lstat()


def _walk(folder: Path, leave_out: tuple[str, ...]) -> Iterator[tuple[str, Path, os.stat_result]]:
    """Files and links below a folder, and the folders that are not gone into."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(folder / below) as entries:
                rows = sorted((e.name, e.stat(follow_symlinks=False)) for e in entries)
        except OSError as error:
            raise InputError(f"it cannot be read: {error.strerror}", source=str(folder / below)) from error
        for name, status in rows:
            path = f"{below}/{name}" if below else name
            if not stat.S_ISDIR(status.st_mode):
                yield path, folder / path, status
            elif name == ".git" and not below:
                continue  # the repository that the history came from
            elif junk_reason(path) or is_left_out(path, leave_out):
                yield path, folder / path, status
            else:
                waiting.append(path)


def _read(place: Path) -> bytes:
    try:
        with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW), "rb") as handle:
            return handle.read()
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", source=str(place)) from error


def plain_files(git: Git, tree: str) -> tuple[dict[str, TreeEntry], list[Oddity]]:
    """The plain files of a tree in git, and what no release can hold: links, submodules, names that lead elsewhere."""
    files: dict[str, TreeEntry] = {}
    oddities: list[Oddity] = []
    for path, entry in git.tree(tree).items():
        if entry.mode == "120000":
            oddities.append(Oddity(path, _LINK, may_be_carried=False))
        elif entry.mode == "160000":
            oddities.append(Oddity(path, _SUBMODULE, may_be_carried=False))
        elif _BAD_PATH.search(path):
            oddities.append(Oddity(path, _BAD_NAME, may_be_carried=False))
        else:
            files[path] = TreeEntry("100755" if entry.mode == "100755" else "100644", entry.blob)
    return files, oddities
