"""The vendor's own repository, as much of it as an offer needs, in a bare one of ours.

It lies in ``forks/vendors/HOST/OWNER/NAME.git``, beside the forks and none of them. Where the server can leave things
out (``uploadpack.allowFilter``, as the large hosts do), only the newest commits and their folders are fetched, and the
contents of a file when somebody asks for them; else the newest commits with all their files. Nothing of it is checked
out or run, and all of it can be fetched again: who removes the folder loses nothing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from plugwatch.errors import ForkError
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.lock import locked
from plugwatch.forks.remotes import Login
from plugwatch.forks.vendor_remote import HEADS, TAGS, CopyGit, TooShallowError, VendorGit, kept_name
from plugwatch.model.git_remote import GitRemote, parse_remote
from plugwatch.model.offered import find_version
from plugwatch.model.operation import RefChange
from plugwatch.model.sharing import vendor_version

FOLDER = "vendors"
_LOCK = "plugwatch.lock"
_MOST_FILES, _LONGEST_ROW = 200_000, 1100
_PLAIN = ("100644", "100755")
_LEFT_BY_GIT = ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "objects/??/tmp_*", "objects/tmp_*")


@dataclass(frozen=True)
class Snapshot:
    """What a vendor's repository had when it was asked.

    ``branch`` is the default branch and ``tip`` the commit at it, ``tag`` the commit of a release's tag (None: it has
    none), ``refs`` the commits of the refs that were asked for and are there, ``branches`` the names of all branches.
    ``refused`` are refs that are there and were not taken, since what they name is not sound.
    """

    branch: str
    tip: str
    tag: str | None
    refs: Mapping[str, str]
    branches: frozenset[str]
    refused: tuple[str, ...] = ()


class VendorRepository:
    """One repository of a vendor's. ``name`` is what people call it: ``OWNER/NAME``."""

    def __init__(self, forks: Path, address: str, login: Login | None = None) -> None:
        self.remote = parse_remote(address)
        self.name = _name(self.remote)
        self.directory = forks / FOLDER / _place(self.remote)
        self.git = Git(self.directory)
        self._login = login

    def fetch(self, refs: Sequence[str] = (), *, version: str | None = None, slug: str = "") -> Snapshot:
        """Bring the newest commit of the default branch, of a release's tag, and of these refs
        (``refs/pull/7/head``).

        Raises ForkError or UnreachableError, and says why.
        """
        with self._at_work("fetch of a vendor's repository") as there:
            listed = there.list_all(refs)
            branch = listed.pop("HEAD", "")
            if branch not in listed:
                raise ForkError(f"{self.name} has no commit on its default branch, so nothing can be offered there")
            tag = find_tag(version, listed, slug) if version else None
            there.bring_commits({name: listed[name] for name in (branch, tag) if name})
            asked = {name: listed[name] for name in refs if name in listed}
            refused = there.bring_if_sound(asked)
        commits = self._commits([name for name in (branch, tag, *asked) if name and name not in refused])
        if branch not in commits:
            raise ForkError(f"{self.name}: its default branch {branch.removeprefix(HEADS)} names no commit")
        return Snapshot(
            branch=branch.removeprefix(HEADS),
            tip=commits[branch],
            tag=commits.get(tag) if tag else None,
            refs={name: commits[name] for name in asked if name in commits},
            branches=frozenset(name.removeprefix(HEADS) for name in listed if name.startswith(HEADS)),
            refused=tuple(name for name in asked if name not in commits),
        )

    def files(self, commit: str) -> dict[str, TreeEntry]:
        """The plain files of a commit; links and submodules are none. Raises ForkError for more than anybody keeps."""
        with self.git.pipe("ls-tree", "-r", "-z", "--full-tree", commit) as ends:
            # A few small objects can name more files than any memory holds.
            rows = ends.stdout.read(_MOST_FILES * _LONGEST_ROW).split(b"\0")[:-1]
            if len(rows) > _MOST_FILES or ends.stdout.read(1):
                raise ForkError(f"{self.name} has more than {_MOST_FILES:,} files, so it is not looked at")
        found = {}
        for row in rows:
            meta, path = row.decode("utf-8", "surrogateescape").split("\t", 1)
            mode, _kind, blob = meta.split(" ")
            if mode in _PLAIN:
                found[path] = TreeEntry(mode, blob)
        return found

    def bring(self, blobs: Iterable[str], git: Git | None = None) -> None:
        """Fetch the contents of files, all at once; ``git`` says what is here (by default the mirror itself).

        Raises ForkError where the other side has them not.
        """
        missing = _missing(git or self.git, blobs)
        if not missing:
            return
        with self._at_work("fetch of a vendor's files") as there:
            there.bring_blobs(missing)
        if left := _missing(self.git, missing):
            raise ForkError(f"{self.name} does not send {len(left)} of the files that its newest commit names")

    def push(self, commit: str, address: str, branch: str, *, seen: str | None, login: Login | None = None) -> str:
        """Put a commit at the tip of a branch of our copy of the repository, and only from where it was seen.

        ``seen`` is the commit that we last saw there, None for a branch that is not there yet. A branch that has the
        commit already stays. Returns the commit. Raises LostLeaseError where somebody else has moved it,
        RefusedError where a person must see to it, ForkError or UnreachableError else.
        """
        remote = parse_remote(address)
        ref = HEADS + branch
        with self._at_work("push to our copy of a vendor's repository") as vendor:
            ours = CopyGit(self.directory, remote, login)
            if ours.tip(ref) == commit:
                return commit
            move = RefChange(ref, seen, commit)
            try:
                ours.push([move])
            except TooShallowError:
                vendor.bring_history()
                ours.push([move])
        return commit

    def tip_of(self, address: str, branch: str, login: Login | None = None) -> str | None:
        """The commit at a branch of our copy; None where there is no such branch."""
        self._create()
        return CopyGit(self.directory, parse_remote(address), login).tip(HEADS + branch)

    def _commits(self, names: Sequence[str]) -> dict[str, str]:
        """The commits that refs named when they were fetched, without those that named something else."""
        asked = "".join(f"{kept_name(name)}^{{commit}}\n" for name in names).encode()
        rows = self.git.text("cat-file", "--batch-check=%(objectname)", stdin=asked).split("\n")
        return {name: row for name, row in zip(names, rows, strict=True) if not row.endswith(" missing")}

    @contextmanager
    def _at_work(self, purpose: str) -> Iterator[VendorGit]:
        self._create()
        with locked(self.directory / _LOCK, purpose):
            for pattern in _LEFT_BY_GIT:  # by a git that was killed; under our lock no other one owns them
                for path in self.directory.glob(pattern):
                    if path.name != _LOCK:
                        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            yield VendorGit(self.directory, self.remote, self._login)

    def _create(self) -> None:
        """Make it, complete under its name or not there at all."""
        if self.directory.is_dir():
            return
        folder = self.directory.parent
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / ".plugwatch.lock", "fetch of a vendor's repository"):
            building = folder / f".{self.directory.name}.new"
            shutil.rmtree(building, ignore_errors=True)
            if not self.directory.is_dir():
                Git(building).run("init", "--quiet", "--bare", "--template=", "--initial-branch=none")
                building.rename(self.directory)


def find_tag(version: str, refs: Iterable[str], slug: str = "") -> str | None:
    """The tag of a release: ``1.2.3``, ``v1.2.3``, or in a repository of several ``tidy-forms/1.2.3`` and the like."""
    names = [name.removeprefix(TAGS) for name in refs if name.startswith(TAGS)]
    version = vendor_version(version)
    plain = find_version(version, names)
    if plain is not None:
        return TAGS + plain
    ends = re.compile(rf"(?P<of>.*[^0-9.])v?{re.escape(version)}")
    rows = [match for match in map(ends.fullmatch, names) if match]
    ours = [match for match in rows if slug and slug in match["of"].lower().replace("_", "-")] or rows
    return TAGS + ours[0][0] if len(ours) == 1 else None


def _missing(git: Git, blobs: Iterable[str]) -> list[str]:
    asked = sorted(set(blobs))
    if not asked:
        return []
    rows = git.text("cat-file", "--batch-check=%(objectname)", stdin="".join(f"{b}\n" for b in asked).encode())
    return [row.removesuffix(" missing") for row in rows.split("\n") if row.endswith(" missing")]


def _parts(remote: GitRemote) -> list[str]:
    """The path of an address, part by part, without what only git needs."""
    path = remote.url.partition("://")[2].partition("/")[2] if "://" in remote.url else remote.url.rpartition(":")[2]
    return [part for part in path.strip("/").removesuffix(".git").split("/") if part]


def _name(remote: GitRemote) -> str:
    return "/".join(_parts(remote)[-2:])


def _place(remote: GitRemote) -> Path:
    """A folder for a repository: the same for each of its addresses, and below the folder of all."""
    host = remote.host.replace(":", "+") or "local"
    parts = [quote(part.lower(), safe="+~@ ").replace("%", "=") for part in (host, *_parts(remote))]
    safe = [f"={part[1:]}" if part.startswith(".") else part for part in parts]
    return Path(*safe[:-1], f"{safe[-1]}.git")
