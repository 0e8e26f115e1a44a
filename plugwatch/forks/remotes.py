"""git as it speaks with another repository: one protocol, no questions, no secret where anybody could read it.

The login reaches git through a credential helper that reads it from git's own environment; it is offered to the
remote's protocol, host and port alone, wherever a redirect may lead. What is fetched goes into a quarantine.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from plugwatch.errors import BusyError, ForkError, UnknownError
from plugwatch.forks.git import Git
from plugwatch.model.git_remote import GitRemote
from plugwatch.model.operation import RefChange
from plugwatch.process import Completed, ProgramTimeoutError, run

TOKEN_VARIABLE = "PLUGWATCH_GIT_TOKEN"  # noqa: S105 (its name, not its value)
_USER_VARIABLE = "PLUGWATCH_GIT_USER"
_HELPER = (
    f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "${_USER_VARIABLE}" "${TOKEN_VARIABLE}"; }}; f'
)
# A way out of the house and the certificates of its proxy; keys are for ssh to find. Nothing else of the caller counts.
_KEPT = ("SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
_SETTINGS = {
    "credential.helper": "",  # empties the list
    "fetch.fsckObjects": "true",
    "fetch.fsck.badFilemode": "error",  # 100664 would be shown as 100644, and no import makes it
    "fetch.unpackLimit": "1",  # one pack can be moved whole, loose objects cannot
    "fetch.recurseSubmodules": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.useForceIfIncludes": "false",
    "push.recurseSubmodules": "no",
    "http.lowSpeedLimit": "1000",  # bytes a second, over so many seconds: less is a server that does not answer
    "http.lowSpeedTime": "60",
}
_LIST_SECONDS, _TRANSFER_SECONDS = 90, 1800
_LARGEST_FILE = str(4 << 21)  # blocks of 512 bytes: 4 GiB
_MOST_REFS = 50_000
_ONE_PUSH = 500  # refs; a command line has a limit


class UnreachableError(UnknownError):
    """A remote did not answer, so what it has is not known."""


class LostLeaseError(BusyError):
    """A ref of the remote has moved since it was looked at."""


@dataclass(frozen=True)
class Login:
    """Who pushes and fetches over HTTP; ``origin`` is the only place that it is for ("" for any)."""

    user: str
    token: str = field(repr=False)
    origin: str = ""

    def is_for(self, remote: GitRemote) -> bool:
        """Whether this remote may see it."""
        return bool(self.token) and remote.keeps_secrets and self.origin in ("", remote.origin)


class Listed(Protocol):
    """What can be asked for its refs."""

    @property
    def remote(self) -> GitRemote:
        """Where it is."""

    def list_refs(self) -> dict[str, str]:
        """Its refs."""


class RemoteGit(Git):
    """A fork's git that may speak with one remote."""

    def __init__(self, directory: Path, remote: GitRemote, login: Login | None, *, objects: Path | None = None) -> None:
        super().__init__(directory, objects=objects)
        self.remote = remote
        self._login = login
        self._offered = login if login and login.is_for(remote) else None

    def environment(self) -> dict[str, str]:
        """As ever, and what this one remote needs."""
        env = super().environment()
        settings = {f"protocol.{self.remote.protocol}.allow": "always", **_SETTINGS}
        env |= {name: os.environ[name] for name in (*_KEPT, *_PROXIES) if name in os.environ}
        env |= {"GIT_ASKPASS": "", "GIT_SSH_COMMAND": _SSH, "GIT_SSH_VARIANT": "ssh"}
        if self._offered:
            settings[f"credential.{self.remote.origin}.helper"] = _HELPER
            env |= {_USER_VARIABLE: self._offered.user, TOKEN_VARIABLE: self._offered.token}
        first = int(env["GIT_CONFIG_COUNT"])
        for number, (key, value) in enumerate(settings.items(), first):
            env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return env | {"GIT_CONFIG_COUNT": str(first + len(settings))}

    def list_refs(self) -> dict[str, str]:
        """All refs of the remote and the objects that they name."""
        done = self._speak("ls-remote", "--refs", *self._there("upload-pack"), timeout=_LIST_SECONDS)
        rows = done.stdout.decode("utf-8", "replace").splitlines()
        if len(rows) > _MOST_REFS:
            raise ForkError(f"{self.remote} has more than {_MOST_REFS:,} refs; is this the right repository?")
        found = [re.fullmatch(r"([0-9a-f]{40})\t(refs/\S+)", row) for row in rows]
        return {match[2]: match[1] for match in found if match}

    @contextmanager
    def fetched(self, oids: Iterable[str]) -> Iterator[Path]:
        """A folder of objects, for the block: those asked for, with all that they need and the fork has not."""
        wanted = "".join(f"{oid}\n" for oid in oids).encode()
        with TemporaryDirectory(prefix="plugwatch-") as folder:
            if wanted:
                git = RemoteGit(self.directory, self.remote, self._login, objects=Path(folder))
                git._speak(
                    "fetch",
                    *("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--stdin"),
                    *self._there("upload-pack"),
                    stdin=wanted,
                )
            yield Path(folder)

    def push(self, moves: Sequence[RefChange]) -> None:
        """Move refs of the remote, each only from where it was seen.

        Raises LostLeaseError when one has moved since, ForkError when the remote takes one not.
        """
        for start in range(0, len(moves), _ONE_PUSH):
            part = moves[start : start + _ONE_PUSH]
            leases = [f"--force-with-lease={move.name}:{move.old or ''}" for move in part]
            specs = [f"{move.new}:{move.name}" for move in part]
            there = self._there("receive-pack")
            done = self._run("push", "--porcelain", "--no-verify", "--no-progress", *leases, *there, *specs)
            self._check_push(done)

    def _check_push(self, done: Completed) -> None:
        rows = done.stdout.decode("utf-8", "replace").splitlines()
        refused = [row.split("\t")[1:] for row in rows if row.startswith("!\t") and row.count("\t") == 2]
        if not refused and done.returncode:
            raise self._failure(done)
        for spec, summary in refused:
            if "stale info" in summary or "fetch first" in summary:
                raise LostLeaseError(
                    f"{self.remote}: {spec.partition(':')[2]} moved while it was looked at; run the command again"
                )
        locked = re.search(r"Unable to create '([^']+\.lock)': File exists", done.stderr.decode("utf-8", "replace"))
        if locked:
            raise BusyError(
                f"another git is at work in {self.remote}, or was killed there; run the command again, "
                f"and if it stays so have {self._clean(locked[1])} removed there"
            )
        for spec, summary in refused:
            raise ForkError(
                f"{self.remote} does not take {spec.partition(':')[2]}: {self._clean(summary)}; "
                "what it took before stays, and the command can be run again"
            )

    def _there(self, service: str) -> list[str]:
        """The remote as the last option and first argument.

        A folder may be the agency's shared account's, and its hooks are not ours to run.
        """
        settings = "-c 'safe.directory=*' -c core.hooksPath=/dev/null"
        local = [f"--{service}=git {settings} {service}"] if self.remote.protocol == "file" else []
        return [*local, "--end-of-options", self.remote.url]

    def _speak(self, *args: str, stdin: bytes | None = None, timeout: float = _TRANSFER_SECONDS) -> Completed:
        done = self._run(*args, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise self._failure(done)
        return done

    def _run(self, *args: str, stdin: bytes | None = None, timeout: float = _TRANSFER_SECONDS) -> Completed:
        """git under a limit on the size of a file: it has none of its own for what a remote may send."""
        limited = ["sh", "-c", 'ulimit -f "$0" && exec git "$@"', _LARGEST_FILE, *args]
        try:
            return run(limited, stdin=stdin, env=self.environment(), check=False, timeout=timeout, with_children=True)
        except ProgramTimeoutError as error:
            raise UnreachableError(
                f"{self.remote} did not answer within {timeout:g} seconds; try again later"
            ) from error

    def _failure(self, done: Completed) -> ForkError | UnreachableError:
        """The sentence for what git says in LC_ALL=C; after a wrong login nothing is unknown, after silence it is."""
        text = done.stderr.decode("utf-8", "replace")
        for pattern, sentence in _SENTENCES:
            if re.search(pattern, text):
                return ForkError(sentence.format(remote=self.remote))
        if re.search(r"could not read (Username|Password)|Authentication failed|returned error: 401", text):
            return ForkError(self._no_login())
        if re.search(r"\bfsck\b|index-pack|unpack-objects|bad (object|pack)|fatal: pack", text):
            return ForkError(f"{self.remote} sends what is not sound: {self._reason(text)}; nothing of it was taken")
        return UnreachableError(f"{self.remote} could not be asked, so what it has is not known: {self._reason(text)}")

    def _no_login(self) -> str:
        if self._offered:
            return (
                f"{self.remote} does not take the token of '{self._offered.user}'; "
                f"set {TOKEN_VARIABLE}, and 'user' under [sync], to what it takes"
            )
        if self._login and not self.remote.keeps_secrets:
            return f"{self.remote} asks for a login, and {TOKEN_VARIABLE} is only sent over https"
        if self._login:
            return f"{self.remote} asks for a login, and {TOKEN_VARIABLE} is for {self._login.origin} alone ([sync])"
        return f"{self.remote} asks for a login; set {TOKEN_VARIABLE}, and 'user' under [sync] where it needs one"

    def _reason(self, text: str) -> str:
        lines = [line for line in text.splitlines() if line.startswith(("fatal:", "error:"))] or text.splitlines()
        return self._clean(lines[0].partition(": ")[2] or lines[0]) if lines else "git says nothing"

    def _clean(self, text: str) -> str:
        token = self._login.token if self._login else ""
        return " ".join((text.replace(token, "…") if token else text).split())[:300]


_SENTENCES = (
    (
        r"returned error: 403",
        "{remote} refuses (403): this login may not do that there; ask for the right to push, or correct the address",
    ),
    (
        r"not found|does not appear to be a git repository|does not exist|returned error: 404",
        "there is no repository at {remote}, or none that you may see; make an empty one first ('git init --bare')",
    ),
    (r"Permission denied \(", "{remote} takes none of your ssh keys; add the right one with 'ssh-add'"),
    (
        r"Host key verification failed",
        "the server of {remote} is not known to ssh yet; log in with ssh once and check its key",
    ),
    (r"ot allowed to (push|upload)|read-only|pre-receive hook declined", "{remote} does not take pushes from you"),
)


class Listings:
    """Asks many remotes, several at once; a server that did not answer is not waited for again."""

    def __init__(self) -> None:
        self._silent: set[str] = set()

    def ask(self, exchange: Listed) -> dict[str, str]:
        """What one remote has. Raises ForkError or UnreachableError."""
        origin = exchange.remote.origin
        if origin in self._silent:
            raise UnreachableError(f"{exchange.remote} was not asked: its server did not answer a moment ago")
        try:
            return exchange.list_refs()
        except UnreachableError:
            if exchange.remote.protocol != "file":
                self._silent.add(origin)
            raise


def keep_objects(git: Git, folder: Path) -> None:
    """Put the packs of a quarantine into the repository; a kill leaves a temporary file and no more."""
    for pack in sorted(folder.glob("pack/pack-*.pack")):
        with pack.open("rb") as source, git.pipe("index-pack", "--stdin") as ends:
            shutil.copyfileobj(source, ends.stdin, 1 << 20)
            ends.stdin.close()
            ends.stdout.read()  # the name of the pack, once it is in its place


def remembered(git: Git, name: str) -> str | None:
    """The address that a repository has under the name of a remote."""
    found = git.run("config", "--get", f"remote.{name}.url", check=False).stdout
    return found.decode("utf-8", "replace").strip() or None


def remember(git: Git, name: str, remote: GitRemote) -> None:
    """Keep an address under the name of a remote, as plain git does; only under the fork's lock."""
    git.run("config", "--replace-all", f"remote.{name}.url", remote.url)
