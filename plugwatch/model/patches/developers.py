"""What a repository has for its developers only, and no release ships."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence

from plugwatch.model.patches.patch import FilePatch

CODE = re.compile(r".*\.(php\d?|phtml|inc)", re.I)
SOURCES = re.compile(r".*\.(jsx?|tsx?|mjs|css|scss|sass|less|vue|pot?)", re.I)
FOLDERS_OF_DEVELOPERS = frozenset(
    {"test", "tests", "spec", "specs", "e2e", "cypress", "__tests__", "__mocks__", "changelog", "changelogs"}
)
_NOTHING_ELSE = frozenset({"e2e", "cypress", "__tests__", "__mocks__"})
_FILES_OF_DEVELOPERS = re.compile(
    r"(changelog|contributing|upgrading|code_of_conduct|security)(\.(md|txt|rst))?"
    r"|(composer|package|package-lock|tsconfig|renovate)\.json|composer\.lock|yarn\.lock|pnpm-lock\.yaml"
    r"|(phpunit|phpcs|phpstan|psalm)\b.*|(webpack|babel|jest|playwright|eslint|stylelint)\..*|(gulp|grunt)file\..*",
    re.I,
)
_DOT_FILES_OF_SITES = frozenset({".htaccess", ".user.ini"})
_NAME_IN_CODE = re.compile(rb"[\w./-]+")


def is_for_developers(path: str, folders: Collection[str], *, new: bool) -> bool:
    """Whether releases with these ``folders`` do not have such a file; for a ``new`` one only what is certain counts.

    A folder of tests is for developers where it is the component's own; further down, ``specs/`` may be code.
    """
    *parents, name = path.split("/")
    if name in _DOT_FILES_OF_SITES:
        return False
    for depth, folder in enumerate(parents, start=1):
        known = _NOTHING_ELSE if new and depth > 1 else FOLDERS_OF_DEVELOPERS
        if (folder.startswith(".") or folder.lower() in known) and "/".join(parents[:depth]) not in folders:
            return True
    return name.startswith(".") or (not parents and bool(_FILES_OF_DEVELOPERS.fullmatch(name)))


def files_in_use(changes: Sequence[FilePatch], left_out: Callable[[FilePatch], bool]) -> frozenset[str]:
    """Of the new files that would be left out those that code of the same patch names, and what those name in turn."""
    spare = defaultdict(list)
    kept = []
    for change in changes:
        if change.kind == "add" and change.new_path and left_out(change):
            spare[_telling_end(change.new_path)].append(change)
        else:
            kept.append(change)
    used: set[str] = set()
    while kept and spare:
        for named in _names_in_code(kept.pop()):
            found = spare.pop(_telling_end(named), [])
            used |= {change.new_path for change in found if change.new_path}
            kept += found
    return frozenset(used)


def _telling_end(path: str) -> str:
    """The part of a path by which code names a file: its name, with the folder where every folder has such a file."""
    parts = path.split("/")
    return "/".join(parts[-2:] if parts[-1] == "index.php" else parts[-1:])


def _names_in_code(change: FilePatch) -> Iterator[str]:
    """What may be names of files in the lines that a change adds to code."""
    path = change.new_path or ""
    if CODE.fullmatch(path) or SOURCES.fullmatch(path):
        added = (content for hunk in change.hunks for mark, content in hunk.lines if mark == b"+")
        for text in (found.decode() for line in added for found in _NAME_IN_CODE.findall(line)):
            if "." in text:
                yield "/".join(part for part in text.split("/") if part.strip("."))
