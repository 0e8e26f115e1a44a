"""Read another repository: its branches, its tags, and the history that is adopted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from plugwatch.errors import ForkError
from plugwatch.forks.git import Git
from plugwatch.forks.remotes import Login, RemoteGit, UnreachableError
from plugwatch.model.git_remote import parse_remote
from plugwatch.model.release_source import GIT_LOGIN, login_variable
from plugwatch.process import Completed

_LOGIN = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|returned error: 40[13]|Permission denied|Host key"
)
_MISSING = re.compile(
    r"not found|does not exist|does not appear to be a git repository|returned error: 4(?:04|10)|no such file"
    r"|not our ref",
    re.IGNORECASE,
)
_PATIENCE = 90.0  # seconds


class Visitor(RemoteGit):
    """A repository of ours that reads another one: at an address, or in a folder of this machine.

    ``login`` is a ``USER:PASSWORD`` for its host alone. ``shown`` names the other one in messages.
    """

    def __init__(self, git: Git, address: str, shown: str, login: str | None = None) -> None:
        remote = parse_remote(address)
        user, colon, token = (login or "").partition(":")
        offered = Login(user if colon else "git", token or user, remote.origin) if login else None
        super().__init__(git.directory, remote, offered)
        self._shown = shown

    def environment(self) -> dict[str, str]:
        """As for every remote; but old histories may hold what git would refuse today, and ours are written anew."""
        env = super().environment()
        number = env["GIT_CONFIG_COUNT"]
        env |= {f"GIT_CONFIG_KEY_{number}": "fetch.fsckObjects", f"GIT_CONFIG_VALUE_{number}": "false"}
        return env | {"GIT_CONFIG_COUNT": str(int(number) + 1)}

    def list_refs(self) -> dict[str, str]:
        """HEAD, the branches and the tags, and what they name."""
        done = self._speak("ls-remote", "--quiet", *self._there("upload-pack"), timeout=_PATIENCE)
        rows = (row.partition("\t") for row in done.stdout.decode("utf-8", "replace").splitlines())
        return {
            name: oid for oid, _tab, name in rows if name == "HEAD" or name.startswith(("refs/heads/", "refs/tags/"))
        }

    def fetch(self, refspecs: Sequence[str]) -> None:
        """Fetch these refs with all their history."""
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--update-shallow")
        self._speak("fetch", *options, *self._there("upload-pack"), *refspecs)

    def find_ref(self, there: dict[str, str], wanted: str | None) -> str:
        """The ref or commit to fetch, by what the repository itself lists: nothing typed reaches git as an option.

        Raises ForkError where it has no such branch, and where it has no commit at all.
        """
        if wanted is None:
            if "HEAD" not in there:
                raise ForkError(f"{self._shown}: the repository has no commit yet")
            return "HEAD"
        for name in (f"refs/heads/{wanted}", f"refs/tags/{wanted}"):
            if name in there:
                return name
        if re.fullmatch("[0-9a-f]{40}", wanted):
            return wanted
        branches = [n.removeprefix("refs/heads/") for n in there if n.startswith("refs/heads/")]
        known = ", ".join(branches[:8]) + (", …" if len(branches) > 8 else "")
        raise ForkError(
            f"{self._shown}: there is no branch, tag or whole commit id '{wanted}' (branches: {known or 'none'})"
        )

    def _failure(self, done: Completed) -> ForkError | UnreachableError:
        said = done.stderr.decode("utf-8", "replace")
        if _LOGIN.search(said):
            refused = "does not take the login that is set for it" if self._offered else "wants a login"
            variable = login_variable(GIT_LOGIN, self.remote.url)
            how = f"set {variable} to USER:TOKEN" if self.remote.protocol != "ssh" else "log in there once by ssh"
            return ForkError(f"{self._shown}: the other side {refused}; {how}")
        if _MISSING.search(said):
            return ForkError(f"{self._shown}: there is no such repository, or it has not what was asked for")
        return UnreachableError(f"{self._shown} could not be read ({self._reason(said)}); try again later")


def fetch_from(git: Git, folder: Path, *refspecs: str) -> None:
    """Fetch refs from a repository of ours into another."""
    Visitor(git, str(folder.resolve()), folder.name).fetch(refspecs)
