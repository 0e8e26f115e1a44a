"""The files of an offer as the vendor's repository keeps its own: their places, modes, line ends and marks.

git's attributes of the repository count here as they would for whoever commits there: a file that they call text is
kept with Unix line ends (gitattributes(5), "text" and "eol").
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from plugwatch.forks.git import Git, TreeEntry
from plugwatch.forks.objects import Objects
from plugwatch.forks.offer_ground import Ground, NoPlaceError, Workshop
from plugwatch.forks.vendor_repository import VendorRepository
from plugwatch.model.vendors.layout import say_absent
from plugwatch.model.vendors.text_form import dress, form_of, is_text

_PLAIN, _EXECUTABLE = "100644", "100755"
_ATTRIBUTES = ".gitattributes"
_NEIGHBOURS = 5  # enough to see how a folder's files are kept


@dataclass(frozen=True)
class Stored:
    """A file as the repository is to keep it."""

    mode: str
    content: bytes


@dataclass(frozen=True)
class _Edit:
    """A file of the result: its path in the release, its place there, its content, and the place that it moved from."""

    path: str
    place: str
    content: bytes
    source: str | None


def storing(ground: Ground, git: Workshop, vendor: VendorRepository, tree: str) -> dict[str, Stored | None]:
    """What the merged tree changes, by its path in the repository; None for a file that goes.

    Raises NoPlaceError for a new file where the release's folder is built.
    """
    with Objects(git) as objects:
        changes = objects.diff(ground.target.tree, tree)
        contents = {path: objects.read(after.blob) for path, (_before, after) in changes.items() if after}
    gone = [path for path, (_before, after) in changes.items() if not after]
    edits = [_edit(ground, vendor, path, content, gone) for path, content in contents.items()]
    result: dict[str, Stored | None] = dict.fromkeys(_places(ground, gone))
    is_kept_plain = _text_paths(git, vendor, ground.files, [edit.place for edit in edits])
    for edit in edits:
        content = _dressed(ground, edit, is_kept_plain, git, vendor)
        result[edit.place] = Stored(_mode(ground, edit), content)
    return result


def _edit(ground: Ground, vendor: VendorRepository, path: str, content: bytes, gone: Iterable[str]) -> _Edit:
    place = ground.place(path)
    if place is None:
        raise NoPlaceError(say_absent(path, vendor.name))
    moved = [p for p in gone if path not in ground.raw and p in ground.raw]
    alike = [p for p in moved if p.rpartition(".")[2] == path.rpartition(".")[2]]
    return _Edit(path, place, content, path if path in ground.raw else alike[0] if len(alike) == 1 else None)


def _places(ground: Ground, paths: Iterable[str]) -> list[str]:
    return [place for path in paths if (place := ground.place(path))]


def _mode(ground: Ground, edit: _Edit) -> str:
    """The repository's own; of a new file that of a plain one, or of a script."""
    source = ground.place(edit.source) if edit.source else None
    known = ground.files.get(edit.place) or (ground.files.get(source) if source else None)
    return known.mode if known else _EXECUTABLE if edit.content.startswith(b"#!") else _PLAIN


def _dressed(ground: Ground, edit: _Edit, kept_plain: set[str], git: Workshop, vendor: VendorRepository) -> bytes:
    if not is_text(edit.content):
        return edit.content
    if edit.source in ground.plainly:
        return dress(edit.content, ground.raw[edit.source])
    known = ground.raw.get(edit.source or "")
    ends = form_of(edit.content).ends
    if edit.place in kept_plain and ends not in ("", "LF") and (known is None or form_of(known).ends != "CRLF"):
        return edit.content.replace(b"\r\n", b"\n")
    if known is None and ends and (usual := _usual_ends(ground, edit, git, vendor)) not in (None, ends):
        text = edit.content.replace(b"\r\n", b"\n")
        return text if usual == "LF" else text.replace(b"\n", b"\r\n")
    return edit.content


def _usual_ends(ground: Ground, edit: _Edit, git: Workshop, vendor: VendorRepository) -> str | None:
    """The line ends of all the files beside a new one that have its suffix; None where they differ or there are none.

    Only where the release ships those with other ends than the repository has does that say anything of the new one.
    """
    folder, suffix = edit.path.rpartition("/")[0], edit.path.rpartition(".")[2]
    beside = [
        path
        for path in sorted(ground.layout.found)
        if path.rpartition("/")[0] == folder and path.rpartition(".")[2] == suffix
    ]
    blobs = [ground.files[ground.layout.found[path]].blob for path in beside[:_NEIGHBOURS]]
    vendor.bring(blobs, git)
    ends = {form_of(content).ends for content in git.objects(blobs)} - {""}
    return ends.pop() if len(ends) == 1 and "mixed" not in ends else None


def _text_paths(
    git: Workshop, vendor: VendorRepository, files: Mapping[str, TreeEntry], paths: Iterable[str]
) -> set[str]:
    """The paths that the repository's own attributes call text, or may: ``text``, ``text=auto`` or an ``eol``."""
    asked = sorted(paths)
    folders = {folder for path in asked for folder in _above(path)}
    telling = {p: files[p] for p in (f"{folder}{_ATTRIBUTES}" for folder in folders) if p in files}
    if not telling:
        return set()
    vendor.bring((entry.blob for entry in telling.values()), git)
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        index = _Index(git, Path(folder, "index"))
        index.run("read-tree", git.write_tree(telling))
        asking = b"".join(os.fsencode(path) + b"\0" for path in asked)
        out = index.run("check-attr", "--cached", "-z", "--stdin", "text", "eol", stdin=asking).stdout
    fields = os.fsdecode(out).split("\0")
    rows = zip(fields[::3], fields[1::3], fields[2::3], strict=False)
    return {path for path, name, value in rows if value not in ("unspecified", "unset") and name in ("text", "eol")}


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["".join(f"{part}/" for part in parts[:n]) for n in range(len(parts) + 1)]


class _Index(Git):
    """git with an index of its own."""

    def __init__(self, git: Git, index: Path) -> None:
        super().__init__(git.directory)
        self._git, self._index = git, index

    def environment(self) -> dict[str, str]:
        """As the other's."""
        return self._git.environment() | {"GIT_INDEX_FILE": str(self._index)}
