"""A component on one site, as a deployment handles it: looked at, packed up, replaced, settled.

PHP of ours does it there (``php/*.php``); what it answers comes from a machine that others may own, so each value is
checked before it is used, and its words are shown in part and in printable form.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO, Any, Protocol

from plugwatch.delivery.deploy_package import Package, check_snapshot
from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.model.builds.build import folder_name
from plugwatch.model.component import Component
from plugwatch.model.deployments.deploying import Copy, Job, Look, ObstacleError, SiteRefusedError, digest

_LOOK_TIMEOUT = 180.0  # seconds: 8,000 files on a slow disk
_MOVE_TIMEOUT = 1800.0  # seconds: 60 MB over a slow line
_LONGEST_ANSWER = 64 << 20
_SHOWN = 120
_SUM = re.compile(r"[0-9a-f]{40}")
_FINISH, _BACK = "finish", "back"

_REFUSALS = {
    "busy": "another deployment of it runs there just now; wait for its end",
    "locked": "somebody else has begun a deployment of it there and not ended it; 'plugwatch fork deploy' of the "
    "workspace where that was done ends it",
    "changed": "its files have changed since they were looked at; try again",
    "symlink": "a symlink is in the way, which is not followed; deploy where the files really are",
    "name": "a file there has a name that is not plain text, or is no plain file; remove it first",
    "many": "more than 60,000 files are there, too many for a snapshot; put it there by hand",
    "unreadable": "a file there cannot be read; run WP-CLI as the user who owns the files",
    "write": "the files could not be written there; see to its disk, quota and permissions",
    "move": "the folders could not change places; see to the permissions of the folder above",
    "transfer": "what arrived there is not what was sent; try again",
    "zip": "what arrived there is no ZIP with the one folder that is meant",
    "sum": "what was unpacked there is not what was sent; see to its disk",
    "lost": "the old copy is no longer there",
    "other": "what is there now is neither the old copy nor the new one",
    "missing": "there is no such folder of components",
    "error": "PHP failed",
}
_UNDECIDED = frozenset({"lost", "other"})
_OTHER_OWNER = (
    "its files belong to WP-CLI's user now and did not before, so wp-admin may be unable to update them; "
    "let WP-CLI run as the user who owns the site's files"
)


class Shell(Protocol):
    """PHP run inside a site's WordPress; see inventories/sources/shell.py."""

    def php(
        self,
        code: str,
        values: Mapping[str, object],
        *,
        stdin: IO[bytes] | None = None,
        out: IO[bytes] | None = None,
        timeout: float = 60,
    ) -> bytes: ...

    def starts(self) -> bool | None: ...


@dataclass(frozen=True)
class Ground:
    """One component on one site; ``site`` is the site's slug."""

    shell: Shell
    site: str
    component: Component

    def look(self) -> Look:
        """What is there. Raises UnknownError where the site does not answer, SiteRefusedError or InputError else."""
        told = self._ask("look", {}, timeout=_LOOK_TIMEOUT)
        try:
            return _read_look(told)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "its answer is not what was asked for; who else answers there?", source=self._where
            ) from error

    def starts(self) -> bool | None:
        """Whether WordPress starts there with all its plugins; None where nobody can tell."""
        return self.shell.starts()

    def snapshot(self, look: Look, out: Path) -> None:
        """Write what is there into a ZIP that only its owner may read; it appears whole or not at all.

        Raises PlugwatchError where it cannot be written, or is not what was seen.
        """
        part = out.with_name(f".{out.name}.part")
        try:
            out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if shutil.disk_usage(out.parent).free < look.size + (16 << 20):
                raise ObstacleError(
                    f"{out.parent}: there is no room for a snapshot of {look.size >> 20} MiB; make some"
                )
            for left in out.parent.glob(f".{glob.escape(folder_name(self.component))}.[0-9]*.zip.part"):
                left.unlink()  # of a command that was killed: no other one is at work here
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
                self.shell.php(_code("pack"), self._asked(), out=file, timeout=_MOVE_TIMEOUT)
                file.flush()
                os.fsync(file.fileno())
            check_snapshot(part, folder_name(self.component), look.files)
            part.replace(out)
        except OSError as error:
            raise PlugwatchError(f"{out}: the snapshot cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)

    def place(self, package: Package, wanted: Copy, look: Look, job: str) -> tuple[str, ...]:
        """Put it there, and keep the old copy beside it until it is settled; what a person should know of it.

        Raises SiteRefusedError where nothing was changed, UnknownError where that is not known.
        """
        values = {
            "id": job,
            "single": look.single,
            "sha256": package.sha256,
            "files": {path: list(told) for path, told in package.files.items()},
            "before": look.digest,
            "after": digest(wanted.as_on(self.component, look.single)),
        }
        with package.zip.open("rb") as stream:
            told = self._ask("place", values, stdin=stream, timeout=_MOVE_TIMEOUT)
        if told.get("placed") is not True:
            raise UnknownError(f"{self._where}: it does not say what became of it; look there")
        return () if told.get("owner_kept") is not False else (_OTHER_OWNER,)

    def finish(self, job: str) -> str:
        """Remove the old copy; the digest of what is there."""
        return self._settle(job, _FINISH)

    def put_back(self, job: str) -> str:
        """Put the old copy in its place again; the digest of what is there. Harmless where nothing was changed."""
        return self._settle(job, _BACK)

    def _settle(self, job: str, way: str) -> str:
        told = self._ask("settle", {"id": job, "way": way}, timeout=_LOOK_TIMEOUT)
        return str(told.get("digest"))

    @property
    def _where(self) -> str:
        return f"site '{self.site}'"

    def _asked(self) -> dict[str, object]:
        return {"kind": self.component.kind, "slug": folder_name(self.component)}

    def _ask(
        self, question: str, values: Mapping[str, object], *, timeout: float, stdin: IO[bytes] | None = None
    ) -> dict[str, Any]:
        answer = self.shell.php(_code(question), {**self._asked(), **values}, stdin=stdin, timeout=timeout)
        try:
            told = json.loads(answer) if len(answer) <= _LONGEST_ANSWER else None
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise InputError("its answer is not what was asked for; who else answers there?", source=self._where)
        if "refused" in told:
            word, detail = str(told["refused"]), ascii(str(told.get("detail") or ""))[1:-1]
            shown = f" ({detail[:_SHOWN]})" if detail else ""
            sentence = _REFUSALS.get(word, _REFUSALS["error"])
            raise SiteRefusedError(
                word, f"{self._where}: {self.component}: {sentence}{shown}", undecided=word in _UNDECIDED
            )
        return told


def _code(question: str) -> str:
    folder = resources.files("plugwatch.delivery") / "php"
    return "\n".join(
        (folder / f"{name}.php").read_text(encoding="utf-8").removeprefix("<?php") for name in ("site", question)
    )


def _read_look(told: Mapping[str, Any]) -> Look:
    """Raises KeyError, TypeError or ValueError where a value is missing or another than it must be."""
    files = {str(path): _sum(value) for path, value in dict(told["files"]).items()}
    job = told["job"]
    return Look(
        there=bool(told["there"]),
        single=bool(told["single"]),
        name=str(told["path"]).rpartition("/")[2],
        version=None if told["version"] is None else str(told["version"])[:_SHOWN],
        active=tuple(str(one) for one in list(told["active"])),
        files=files,
        size=int(told["bytes"]),
        free=None if told["free"] is None else int(told["free"]),
        writable=bool(told["writable"]),
        composer=None if told["composer"] is None else ascii(str(told["composer"]))[1:-1],
        home=str(told["home"]),
        rereads=int(told["rereads"]),
        job=None if job is None else _read_job(dict(job)),
    )


def _read_job(told: Mapping[str, Any]) -> Job:
    return Job(
        str(told["id"]),
        str(told["before"]),
        str(told["after"]),
        int(told["since"]),
        bool(told["busy"]),
        bool(told["kept"]),
    )


def _sum(value: object) -> str:
    if not isinstance(value, str) or not _SUM.fullmatch(value):
        raise ValueError
    return value
