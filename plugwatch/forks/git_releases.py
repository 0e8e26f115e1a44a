"""One state of a foreign git repository as a folder of files: its tag, branch or commit, byte for byte as committed.

Nothing of the repository is believed or run: it is fetched into a bare repository that is thrown away, through one
transport only, without hooks, filters or attributes, and its files are written by us. Symbolic links are refused and
submodules left out with a word, as the hosts' own archives do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from plugwatch.errors import ForkError, InputError
from plugwatch.forks.archive import MAX_FILE_BYTES
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.remotes import Login, RemoteGit, UnreachableError
from plugwatch.model.git_remote import parse_remote
from plugwatch.model.offered import find_version, newest_stable, not_offered, sorted_names
from plugwatch.model.release_source import GIT_LOGIN, GitSource, login_variable
from plugwatch.process import Completed

_TAGS, _HEADS, _FETCHED = "refs/tags/", "refs/heads/", "refs/plugwatch/source"
_PATIENCE = 90.0  # seconds
_MOST_FILES = 50_000
_MOST_BYTES = 1 << 30
_LINK, _SUBMODULE, _EXECUTABLE = "120000", "160000", "100755"
_LFS = b"version https://git-lfs.github.com/spec/v1\n"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{7,39}")
_LOGIN = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|Permission denied|Host key"
)
_UNSOUND = re.compile(r"\bfsck\b|index-pack|unpack-objects|bad (?:object|pack)|fatal: pack")
_MISSING = re.compile(
    r"not found|does not exist|does not appear to be a git repository|returned error: 4(?:04|10)|no such file"
    r"|not our ref",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Exported:
    """A state that was written to a folder: the commit, the tag that it was asked for by, and what was left out."""

    folder: Path
    commit: str
    tag: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ref:
    """What to fetch: a full ref name or a commit's id; ``tag`` is its name where it is a tag."""

    wanted: str
    tag: str | None = None


class _Scratch(RemoteGit):
    """The bare repository that is thrown away; it speaks with the source alone."""

    def __init__(self, directory: Path, source: GitSource) -> None:
        remote = parse_remote(source.url)
        user, colon, token = (source.login or "").partition(":")
        if source.login and not remote.keeps_secrets:
            raise InputError(
                "it is not encrypted, so no password is sent there; write https://", source=f"git:{source.url}"
            )
        login = Login(user if colon else "git", token or user, remote.origin) if source.login else None
        super().__init__(directory, remote, login)
        self._source = source
        self.run("init", "--quiet", "--bare", "--template=")

    def list_refs(self) -> dict[str, str]:
        """The tags and branches; a host may have a hundred thousand other refs, two for every pull request."""
        done = self._speak("ls-remote", "--refs", "--tags", "--heads", *self._there("upload-pack"), timeout=_PATIENCE)
        rows = (row.partition("\t") for row in done.stdout.decode("utf-8", "replace").splitlines())
        return {name: oid for oid, _tab, name in rows if name}

    def fetch(self, wanted: str) -> None:
        """Fetch one state of the other side, without what came before it."""
        self._speak(
            *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
            *self._there("upload-pack"),
            f"+{wanted}:{_FETCHED}",
        )

    def _failure(self, done: Completed) -> ForkError | UnreachableError:
        said, shown = done.stderr.decode("utf-8", "replace"), f"git:{self._source.url}"
        if _LOGIN.search(said):
            refused = "does not take the login that is set for it" if self._source.login else "wants a login"
            variable = login_variable(GIT_LOGIN, self._source.url)
            how = f"set {variable} to USER:TOKEN" if self.remote.protocol != "ssh" else "log in there once by ssh"
            return ForkError(f"{shown}: the other side {refused}; {how}")
        if _MISSING.search(said):
            return ForkError(f"{shown}: there is no such repository, or it has not what was asked for")
        if _UNSOUND.search(said):
            return ForkError(f"{shown}: it sends what is not sound ({self._reason(said)}); nothing of it was taken")
        return UnreachableError(f"{shown} could not be asked ({self._reason(said)}); try again later")


@dataclass(frozen=True)
class GitReleases:
    """A vendor's repository on any host, or in a folder of this machine; its address is a whole one."""

    source: GitSource

    def versions(self) -> list[str]:
        """The tags that say a version, oldest first. Raises UnknownError or InputError."""
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            return sorted_names(_tags(_Scratch(Path(folder) / "scratch.git", self.source).list_refs()))

    def fetch(self, wanted: str | None, folder: Path) -> Exported:
        """The files of the source's ref in ``folder``; without a ref, those of the tag of the version wanted, else of
        the newest stable one.

        Raises UnknownError where the other side does not answer, InputError where it has no such repository, ref or
        folder, wants a login, or has what is not taken.
        """
        scratch = _Scratch(folder / "scratch.git", self.source)
        ref = self._choose(scratch.list_refs(), wanted)
        scratch.fetch(ref.wanted)
        commit = self._resolve(scratch, f"{_FETCHED}^{{commit}}", "it names no commit")
        missing = f"there is no folder '{self.source.folder}' in it"
        place = self._resolve(scratch, f"{commit}:{self.source.folder}", missing)
        tree = self._resolve(scratch, f"{place}^{{tree}}", missing)
        target = folder / (PurePosixPath(self.source.folder).name or "export")
        return Exported(target, commit, ref.tag, self._write(scratch, tree, target))

    def _choose(self, refs: Mapping[str, str], wanted: str | None) -> _Ref:
        if self.source.ref is not None:
            return self._find_ref(refs, self.source.ref)
        tags = _tags(refs)
        name = find_version(wanted, tags) if wanted is not None else newest_stable(tags)
        if name is not None:
            return _Ref(_TAGS + name, name)
        if wanted is None:
            raise InputError("it has no tag that names a stable version; write git:URL@TAG", source=self.source.shown)
        raise InputError(f"{not_offered(wanted, tags)}; write git:URL@TAG", source=self.source.shown)

    def _find_ref(self, refs: Mapping[str, str], ref: str) -> _Ref:
        for prefix in (_TAGS, _HEADS):
            if prefix + ref in refs:
                return _Ref(prefix + ref, ref if prefix == _TAGS else None)
        if _COMMIT.fullmatch(ref):
            return _Ref(ref)
        if _SHORT_COMMIT.fullmatch(ref):
            raise InputError(f"'{ref}' is no tag or branch; write all 40 characters of a commit", source=self._shown)
        raise InputError(
            f"it has no tag, branch or commit '{ref}'; {not_offered(ref, _tags(refs))}", source=self._shown
        )

    @property
    def _shown(self) -> str:
        return f"git:{self.source.url}"

    def _resolve(self, scratch: Git, name: str, problem: str) -> str:
        done = scratch.run("rev-parse", "--verify", "--quiet", "--end-of-options", name, check=False)
        if done.returncode:
            raise InputError(f"{problem}; write git:URL@TAG#FOLDER", source=self._shown)
        return done.stdout.decode().strip()

    def _write(self, scratch: Git, tree: str, target: Path) -> tuple[str, ...]:
        """Write the files of a tree below a folder; what was left out."""
        entries = scratch.tree(tree)
        notes = [f"{path} is a submodule and was left out" for path, e in entries.items() if e.mode == _SUBMODULE]
        files = {path: entry for path, entry in entries.items() if entry.mode != _SUBMODULE}
        self._check(files)
        self._check_sizes(scratch, files)
        target.mkdir()
        contents = scratch.stream(entry.blob for entry in files.values())
        for (path, entry), content in zip(files.items(), contents, strict=True):
            if content.startswith(_LFS):
                notes.append(f"{path} is a pointer of Git LFS, not the file itself")
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            place.chmod(0o755 if entry.mode == _EXECUTABLE else 0o644)
        return tuple(notes)

    def _check(self, files: Mapping[str, TreeEntry]) -> None:
        """Refuse what could lead out of the folder; all else is refused when the folder is read."""
        if len(files) > _MOST_FILES:
            raise InputError(f"it holds more than {_MOST_FILES:,} files", source=self._shown)
        for path, entry in files.items():
            if entry.mode == _LINK:
                raise InputError(f"{path!r} is a symbolic link; links are not taken", source=self._shown)
            if any(part in ("", ".", "..") for part in path.split("/")) or "\0" in path:
                raise InputError(f"{path!r} leads out of the folder", source=self._shown)

    def _check_sizes(self, scratch: Git, files: Mapping[str, TreeEntry]) -> None:
        """Refuse what is too large to be written and read, before any of it is."""
        blobs = "".join(f"{entry.blob}\n" for entry in files.values()).encode()
        rows = scratch.text("cat-file", "--batch-check=%(objectsize)", stdin=blobs).splitlines()
        sizes = [int(row) if row.isdigit() else 0 for row in rows]  # one that is missing is told when it is read
        for path, size in zip(files, sizes, strict=True):
            if size > MAX_FILE_BYTES:
                raise InputError(f"{path!r} is larger than {MAX_FILE_BYTES >> 20} MiB", source=self._shown)
        if sum(sizes) > _MOST_BYTES:
            raise InputError(f"it holds more than {_MOST_BYTES >> 30} GiB", source=self._shown)


def _tags(refs: Iterable[str]) -> list[str]:
    return [name.removeprefix(_TAGS) for name in refs if name.startswith(_TAGS)]
