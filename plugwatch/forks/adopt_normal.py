"""What is adopted as a release's files would look like: without droppings, with the vendor's line endings and version.

What is put aside here is told file by file, so that nothing is lost in silence.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.forks.adopt_base import with_version
from plugwatch.forks.adopt_source import plain_files
from plugwatch.forks.changes import GENERATED
from plugwatch.forks.git import Git, TreeEntry, object_id
from plugwatch.model.adoption import (
    OTHER_ENDINGS,
    Oddity,
    is_left_out,
    junk_reason,
    line_endings_like,
    rest_reason,
    stray_reason,
)
from plugwatch.model.headers import HEADER_BYTES, read_headers

AS_ASKED = "left out as you asked"

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/\S+\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize \d+\n"
)


@dataclass(frozen=True)
class Setting:
    """What decides how files are seen: the release, its main file, what a person leaves out.

    ``vendor_endings`` says that files with other line endings than the vendor's are meant to have those.
    ``is_copy`` tells a folder without history, ``layout`` the files of the vendor's own tag in a repository that holds
    other files than the release does.
    """

    release: Mapping[str, TreeEntry]
    main: str | None
    leave_out: Sequence[str]
    is_copy: bool
    vendor_endings: bool
    layout: Mapping[str, TreeEntry] | None = None


@dataclass(frozen=True)
class _View:
    """A file as a release would have it (None: not at all), and what was put aside: unexplained, or left out."""

    entry: TreeEntry | None
    unexplained: tuple[Oddity, ...] = ()
    left_out: tuple[Oddity, ...] = ()


class Normal:
    """Turns trees into what they would be in a release.

    ``first`` is the tree that the release was brought in by: what it lacks was never there, so no patch deletes it.
    """

    def __init__(self, git: Git, setting: Setting, first: str) -> None:
        self.git, self.setting = git, setting
        self._views: dict[tuple[str, TreeEntry], _View] = {}
        self._trees: dict[str, str] = {}
        there, _oddities = plain_files(git, first)
        self._absent = setting.release.keys() - there.keys()
        layout = setting.layout or {}
        shipped = set(_folders(setting.release))
        self._unshipped_files = layout.keys() - setting.release.keys()
        self._unshipped_folders = set(_folders(layout)) - shipped

    def tree(self, tree: str) -> str:
        """The tree of a state as a release would have it."""
        if tree not in self._trees:
            files, _oddities = plain_files(self.git, tree)
            views = self._look(files)
            kept = {path: view.entry for path, view in views.items() if view.entry}
            missing = {p: e for p, e in self.setting.release.items() if p not in files and self._is_filled(p)}
            self._trees[tree] = self.git.write_tree(kept | missing)
        return self._trees[tree]

    def oddities(self, tree: str) -> tuple[list[Oddity], list[Oddity]]:
        """What was put aside in a tree: what nobody has explained, and what was left out with reason."""
        files, odd = plain_files(self.git, tree)
        unexplained = [o for o in odd if not is_left_out(o.path, self.setting.leave_out)]
        left_out = [Oddity(o.path, AS_ASKED) for o in odd if is_left_out(o.path, self.setting.leave_out)]
        for view in self._look(files).values():
            unexplained += view.unexplained
            left_out += view.left_out
        for path in sorted(self.setting.release.keys() - files.keys()):
            if is_left_out(path, self.setting.leave_out):
                left_out.append(Oddity(path, AS_ASKED))
            elif path in self._absent and self.setting.layout:
                left_out.append(Oddity(path, "the release ships it, the repository does not have it"))
            elif path in self._absent:
                unexplained.append(Oddity(path, rest_reason(b"", None)))
        return unexplained, left_out

    def _is_filled(self, path: str) -> bool:
        return path in self._absent or is_left_out(path, self.setting.leave_out)

    def _look(self, files: Mapping[str, TreeEntry]) -> dict[str, _View]:
        with self.git.reader() as content:
            made: list[bytes] = []
            for path, entry in files.items():
                if (path, entry) not in self._views:
                    self._views[path, entry] = self._view(path, entry, content, made)
        if made:
            self.git.write_blobs(made)
        return {path: self._views[path, entry] for path, entry in files.items()}

    def _view(self, path: str, entry: TreeEntry, content: Callable[[str], bytes], made: list[bytes]) -> _View:
        vendor = self.setting.release.get(path)
        if vendor == entry:
            return _View(entry)
        aside = self._aside(path, known=vendor is not None)
        if aside:
            odd, is_explained = aside
            return _View(vendor, left_out=(odd,)) if is_explained else _View(vendor, unexplained=(odd,))
        data = content(entry.blob)
        if _POINTER.match(data):
            if vendor and points_to(data, content(vendor.blob)):
                return _View(vendor, left_out=(Oddity(path, "a pointer of Git LFS to the file that the release has"),))
            return _View(vendor, unexplained=(Oddity(path, rest_reason(None, data), may_be_carried=False),))
        if vendor is None or (self.setting.layout and path in self.setting.layout):
            return _View(entry)
        if vendor.blob == entry.blob:
            return _View(vendor, left_out=(Oddity(path, "only its executable bit is another"),))
        return self._content_view(path, entry, vendor, _Contents(content(vendor.blob), data, made))

    def _content_view(self, path: str, entry: TreeEntry, vendor: TreeEntry, contents: _Contents) -> _View:
        """A file that the release has with other bytes."""
        unexplained: tuple[Oddity, ...] = ()
        left_out: tuple[Oddity, ...] = ()
        mended = line_endings_like(contents.vendor, contents.ours)
        if mended is not None and self.setting.vendor_endings:
            left_out = (Oddity(path, OTHER_ENDINGS),)
        elif mended is not None:
            unexplained = (Oddity(path, OTHER_ENDINGS),)
        data = contents.ours if mended is None else mended
        if path == self.setting.main:
            wanted, found = (_version(d) for d in (contents.vendor, data))
            named = with_version(data, wanted) if wanted and found != wanted else None
            if named is not None:
                left_out = (
                    Oddity(path, f"its header says version {found or 'nothing'}; builds of plugwatch say theirs"),
                )
                data = named
        mode = vendor.mode if self.setting.is_copy else entry.mode
        blob = contents.keep(data) if data != contents.ours else entry.blob
        return _View(TreeEntry(mode, blob), unexplained, left_out)

    def _aside(self, path: str, *, known: bool) -> tuple[Oddity, bool] | None:
        """Why a file is not looked at, and whether that explains it."""
        if is_left_out(path, self.setting.leave_out):
            return Oddity(path, AS_ASKED), True
        if path in GENERATED:
            return Oddity(path, "made by plugwatch"), True
        if known:
            return None
        if junk := junk_reason(path):
            return Oddity(path, junk), False
        if path in self._unshipped_files or self._unshipped_folders.intersection(_above(path)):
            return Oddity(path, "the repository has it, the release does not ship it"), True
        stray = stray_reason(path) if self.setting.is_copy else None
        return (Oddity(path, f"not in the release, {stray}"), False) if stray else None


@dataclass(frozen=True)
class _Contents:
    """Both sides of a file, and where new contents go."""

    vendor: bytes
    ours: bytes
    made: list[bytes]

    def keep(self, data: bytes) -> str:
        """The id of new content, which is stored with the others."""
        self.made.append(data)
        return object_id("blob", data)


def points_to(pointer: bytes, data: bytes) -> bool:
    """Whether a file is what Git LFS keeps in place of this content."""
    match = _POINTER.match(pointer)
    return match is not None and match[1].decode() == hashlib.sha256(data).hexdigest()


def _version(data: bytes) -> str:
    return read_headers(data[:HEADER_BYTES], ("Version",))["Version"]


def _folders(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        yield from _above(path)


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
