"""The files of a workspace that tell of one client: what is the client's goes, what is about others is rewritten."""

from __future__ import annotations

import binascii
import quopri
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path

from plugwatch.config import FILE_NAME
from plugwatch.model.erasure import Scope
from plugwatch.model.messages.message import PHASES
from plugwatch.workflows.law import Cleaned, Plan

_OWN_FOLDERS = ("drafts", "raw")  # what the program wrote itself
_OF_SITES = ("raw", "snapshots")  # with a folder for each site
_BASE64 = re.compile(rb"(?:^[A-Za-z0-9+/]{4,76}={0,2}\r?\n)+", re.MULTILINE)
_LARGEST = 20_000_000  # bytes: no text of ours is longer


class Files:
    """The files of one workspace; ``ledger`` is the ledger's own, if it is a file."""

    def __init__(self, workspace: Path, ledger: Path | None) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._done: list[str] = []
        self._left: list[str] = []

    def erase(self, plan: Plan) -> Cleaned:
        """Remove the client's own lists and messages, redact the rest, and say what is left to a person."""
        self._done, self._left = [], []
        for folder, slug in product(_OF_SITES, plan.site_slugs):
            self._remove(self._workspace / folder / slug)
        for path in self._messages(plan):
            self._remove(path)
        for path in self._files():
            self._look(path, plan)
        return Cleaned(tuple(self._done), tuple(self._left))

    def _messages(self, plan: Plan) -> list[Path]:
        """The messages to a client that lie in files: ``drafts/INC-4/acme-identified-1.eml``."""
        form = re.compile(rf"{re.escape(plan.client.slug)}-({'|'.join(PHASES)})-\d+\..*", re.IGNORECASE)
        return sorted(path for path in self._workspace.glob("drafts/*/*") if form.fullmatch(path.name))

    def _files(self) -> Iterator[Path]:
        """Every other file but the ledger's and those of the forks, which have rules of their own."""
        forks = self._workspace / "forks"
        for path in sorted(self._workspace.rglob("*")):
            if not path.is_file() or path.is_symlink() or forks in path.parents:
                continue
            if not (self._ledger and path.parent == self._ledger.parent and path.name.startswith(self._ledger.name)):
                yield path

    def _look(self, path: Path, plan: Plan) -> None:
        place = path.relative_to(self._workspace)
        scope = _scope(place, plan)
        is_ours = place.parts[0] in _OWN_FOLDERS
        if zipfile.is_zipfile(path):
            dirty = any(plan.eraser.finds(text, scope) for text in _texts(path))
            self._left += [f"{place} tells of the client; delete it, or build it again"] if dirty else []
            return
        text = _text(path) if path.stat().st_size <= _LARGEST else None
        after = plan.eraser.redact(text, scope) if text else text
        if text and after != text and is_ours and path.suffix == ".eml":
            self._remove(path)  # its parts are encoded, and its text is in the draft beside it
            return
        if text and after and after != text and is_ours:
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(after.encode("utf-8", "surrogateescape"))
            part.replace(path)
            self._done.append(f"{place} was rewritten")
        elif after != text:
            what = "change it by hand" if place.name == FILE_NAME or place.parts[0] == "templates" else "delete it"
            self._left.append(f"{place} tells of the client; {what}")
        self._rename(path, plan.eraser.redact(path.name, scope), is_ours=is_ours)

    def _rename(self, path: Path, name: str, *, is_ours: bool) -> None:
        """A draft's file gets the name that its row in the ledger gets."""
        place = path.relative_to(self._workspace)
        if name == path.name:
            return
        if is_ours and not path.with_name(name).exists():
            path.rename(path.with_name(name))
            self._done.append(f"{place} was renamed")
        else:
            self._left.append(f"{place} has the client's name in its own; rename it")

    def _remove(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        else:
            return
        self._done.append(f"{path.relative_to(self._workspace)} was deleted")


def _scope(place: Path, plan: Plan) -> Scope:
    """Whose text a file holds, by its folder: ``drafts/SUB-2`` is about an incident, ``drafts/INC-4`` is to others."""
    folder = place.parts[1] if len(place.parts) > 2 and place.parts[0] == "drafts" else ""
    if folder in plan.submissions:
        return Scope.OWN
    return Scope.THEIRS if folder.startswith("INC-") else Scope.OTHER


def _text(path: Path) -> str | None:
    """A file's text, of a mail with what its encoded lines say; None for what is none."""
    content = path.read_bytes()
    if path.suffix == ".eml":
        content = b"\n".join((content, quopri.decodestring(content), *_unpacked(content)))
    return None if b"\0" in content else content.decode("utf-8", "surrogateescape")


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What blocks of lines say that look like base64."""
    for block in _BASE64.findall(content):
        with suppress(binascii.Error):  # words can look so
            yield binascii.a2b_base64(block)


def _texts(path: Path) -> Iterator[str]:
    """The names and texts in a ZIP."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            yield member.filename
            if member.file_size <= _LARGEST and not member.flag_bits & 1:
                yield archive.read(member).decode("utf-8", "replace")
