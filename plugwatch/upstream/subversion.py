"""Releases from a Subversion repository, through the ``svn`` program: what is there, and an export of one folder.

Passwords go to svn on its standard input; without one svn uses those that it has saved itself, and asks nobody. Layout
of WordPress.org (developer.wordpress.org/plugins/wordpress-org/how-to-use-subversion): ``SLUG/trunk`` and
``SLUG/tags/V`` for plugins, ``SLUG/V`` for themes.
"""

from __future__ import annotations

import re
from pathlib import Path

from plugwatch.errors import InputError, UnknownError
from plugwatch.model.offered import find_version, newest_stable, not_offered, sorted_names
from plugwatch.model.release_source import SvnSource
from plugwatch.process import Completed, ProgramError, clean_environment, run

TRUNK = "trunk"

_TAGS, _BRANCHES = "tags", "branches"
_QUIET = ("--non-interactive", "--no-auth-cache")
_LIST_TIMEOUT = 60.0  # seconds
_EXPORT_TIMEOUT = 900.0
_PEG = re.compile(r"@(?:[0-9]{1,12}|HEAD)\Z")
# Numbers of errors, the same in every language and version of Subversion (subversion/include/svn_error_codes.h).
_AWAY = re.compile(r"E(?:170013|670002|670003|000110|000111|000113|000101|000104|730054|175012|120171|210002)\b")
_NOT_THERE = re.compile(r"(?:E160013|E170000|W160013|E200009|E180001|W170000|E210005)\b")
_LOGIN = re.compile(r"E(?:170001|215004|215003|175013|220004)\b")


class Subversion:
    """One address of a repository."""

    def __init__(self, source: SvnSource) -> None:
        self._source = source

    def versions(self) -> list[str]:
        """The names of the tags that say a version, oldest first. Raises UnknownError or InputError."""
        return sorted_names(self._tags(self._root()))

    def fetch(self, wanted: str | None, folder: Path) -> tuple[Path, str, str | None]:
        """An export in ``folder``, the address that it is of, and the name of its tag (None: it is of no tag).

        The address is taken as it is where it is a trunk's, a tag's or a branch's; else the tag of the version wanted,
        without one of the newest that is stable, else the trunk. Raises UnknownError or InputError.
        """
        url, name = self._choose(wanted)
        target = folder / "export"
        # What WordPress.org itself ships: keywords expanded, no foreign repository's files.
        options = ("--quiet", "--ignore-externals", "--native-eol", "LF")
        self._svn("export", *options, _pegged(url), str(target), timeout=_EXPORT_TIMEOUT)
        return target, url, name

    def _choose(self, wanted: str | None) -> tuple[str, str | None]:
        url = self._source.url
        above, _slash, last = _PEG.sub("", url).rpartition("/")
        if last == TRUNK or above.endswith((f"/{_TAGS}", f"/{_BRANCHES}")):
            return url, None if last == TRUNK or above.endswith(_BRANCHES) else last
        there = self._list(url)
        if f"{_TAGS}/" not in there and f"{TRUNK}/" not in there and not self._is_theme(there):
            return url, None
        tags = self._tags(url, there)
        name = find_version(wanted, tags) if wanted is not None else newest_stable(tags)
        if name is not None:
            return f"{url}/{_TAGS}/{name}" if f"{_TAGS}/" in there else f"{url}/{name}", name
        if wanted is not None:
            raise InputError(f"{not_offered(wanted, tags)}; write one of them", source=self._source.shown)
        return f"{url}/{TRUNK}", None

    def _root(self) -> str:
        """The folder with ``trunk`` and ``tags`` in it."""
        url = _PEG.sub("", self._source.url)
        above, _slash, last = url.rpartition("/")
        if last in (TRUNK, _TAGS):
            return above
        outer, _slash, between = above.rpartition("/")
        return outer if between in (_TAGS, _BRANCHES) else url

    def _tags(self, root: str, there: list[str] | None = None) -> list[str]:
        listed = self._list(root) if there is None else there
        if f"{_TAGS}/" in listed:
            listed = self._list(f"{root}/{_TAGS}")
        return [name.removesuffix("/") for name in listed if name.endswith("/")]

    def _is_theme(self, there: list[str]) -> bool:
        """Whether a folder holds nothing but folders that are named like versions."""
        return bool(there) and len(sorted_names(name.removesuffix("/") for name in there)) == len(there)

    def _list(self, url: str) -> list[str]:
        done = self._svn("list", _pegged(url), timeout=_LIST_TIMEOUT)
        return done.stdout.decode("utf-8", "replace").splitlines()

    def _svn(self, command: str, *args: str, timeout: float) -> Completed:
        user, _colon, password = (self._source.login or "").partition(":")
        login = ("--username", user, "--password-from-stdin") if user else ()
        try:
            done = run(
                ["svn", command, *_QUIET, *login, *args],
                stdin=password.encode() if user else None,
                env=clean_environment({"LC_ALL": "C.UTF-8", "SVN_SSH": "ssh -q -o BatchMode=yes -o ConnectTimeout=20"}),
                timeout=timeout,
                check=False,
                with_children=True,  # its ssh must not outlive it
            )
        except ProgramError as error:
            raise UnknownError(f"{self._source.shown}: {error}; install Subversion, or try again later") from error
        if done.returncode:
            raise self._failure(done)
        return done

    def _failure(self, done: Completed) -> InputError | UnknownError:
        said, shown = done.stderr.decode("utf-8", "replace"), self._source.shown
        if _LOGIN.search(said):
            return InputError(
                "the server wants another login; log in once by hand with 'svn ls', which saves it", source=shown
            )
        if _NOT_THERE.search(said):
            return InputError("there is no such repository or folder in it", source=shown)
        if _AWAY.search(said):
            return UnknownError(f"{shown}: the server could not be asked; try again later")
        lines = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("svn: ")]
        return InputError(f"svn could not read it ({lines[-1] if lines else done.complaint})", source=shown)


def _pegged(url: str) -> str:
    """The URL as svn reads an ``@`` in it: as a part of the name, unless a revision follows."""
    return url if _PEG.search(url) else f"{url}@"
