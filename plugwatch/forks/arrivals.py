"""Whether what came from a remote may come into a fork. git's own strict check of each object was passed before.

A release must be the very commit that importing the vendor's files makes, so nothing else can ride on it. No tree may
hold what an import would refuse: links, submodules, paths that lead out, names that are one file on another system.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from plugwatch.errors import ForkError
from plugwatch.forks.archive import MAX_BYTES, MAX_ENTRIES, MAX_PATH_BYTES, refuse_bad_paths
from plugwatch.forks.git import Git
from plugwatch.forks.repository import Repository
from plugwatch.model.fork import BuildRecord, Patch, Release, StackEntry
from plugwatch.model.sharing import vendor_version
from plugwatch.model.version import check_release_version, may_be_build_of

_MOST_PATCHES = 500
_PLAIN = ("100644", "100755")
_LONGEST_ROW = MAX_PATH_BYTES + 100
_ZONED = re.compile(r"([0-9]{1,12}) [+-]([0-9]{2})([0-5][0-9])")
_LAST_SECOND = 250_000_000_000  # in the year 9892: calendars end soon after
_BUILD = re.compile(
    r"tree ([0-9a-f]{40})\nparent ([0-9a-f]{40})\nauthor [^\n]*\ncommitter [^\n]*\n\n"
    r"([^\n]*)\n\nPlugwatch-Base: ([^\n]*)\nPlugwatch-Fingerprint: ([0-9a-f]{64})\n"
)


def check_release(view: Repository, name: str, commit: str) -> tuple[str, int]:
    """The tree of a release and how many files it has. Raises ForkError or InputError for what is none."""
    if check_release_version(name) != name:
        raise ForkError(f"upstream/{name} is no name of a release")
    tree = view.git.text("rev-parse", "--verify", f"{commit}^{{tree}}")
    if not any(view.write_release(v, tree, name=name).commit == commit for v in {name, vendor_version(name)}):
        raise ForkError(f"upstream/{name} is not {view.component} {name} as importing a release makes it")
    return tree, check_tree(view.git, tree, f"upstream/{name}")


def check_stack(view: Repository, release: Release, tip: str) -> list[StackEntry]:
    """The patches on a release up to a tip, bottom first. Raises ForkError or InputError for what is no stack."""
    shown = f"the stack {tip[:10]}"
    limit = f"--max-count={_MOST_PATCHES + 1}"
    rows = view.git.text("rev-list", "--parents", limit, tip, "--not", release.commit).split("\n")
    expected = tip
    for row in filter(None, rows):
        commit, *parents = row.split(" ")
        if commit != expected or len(parents) != 1:
            raise ForkError(f"{shown} is no line of patches on one release")
        expected = parents[0]
    if len(rows) > _MOST_PATCHES:
        raise ForkError(f"{shown} has more than {_MOST_PATCHES} patches")
    if expected != release.commit:
        raise ForkError(f"{shown} does not stand on its release")
    entries = view.read_stack(release, tip)
    for entry in entries:
        _check_patch(entry.patch, shown)
        check_tree(view.git, entry.tree, f"{entry.patch.id} in {shown}")
    if len({entry.patch.id for entry in entries}) != len(entries):
        raise ForkError(f"{shown} has a patch twice")
    return entries


def check_build(view: Repository, name: str, commit: str, releases: Mapping[str, Release]) -> BuildRecord:
    """What a build's commit says; ``releases`` are the remote's. Raises ForkError or InputError for what is none."""
    match = _BUILD.fullmatch(view.git.blob(commit).decode("utf-8", "replace"))
    release = releases.get(match[4]) if match else None
    if not match or not release or match[3] != f"{view.component} {name}" or not may_be_build_of(name, match[4]):
        raise ForkError(f"build/{name} is no build of {view.component}")
    check_stack(view, release, match[2])
    check_tree(view.git, match[1], f"build/{name}")
    return BuildRecord(name, match[4], match[5], match[1])


def check_tree(git: Git, tree: str, shown: str) -> int:
    """How many files a tree has. Raises ForkError or InputError where it holds what an import would refuse."""
    with git.pipe("ls-tree", "-r", "-z", "-l", "--full-tree", tree) as ends:
        # A few small objects can name more files than any memory holds, so no more is read than may be there.
        listed = ends.stdout.read(MAX_ENTRIES * _LONGEST_ROW)
        rows = listed.split(b"\0")[:-1]
        if len(rows) > MAX_ENTRIES or ends.stdout.read(1):
            raise ForkError(f"{shown} has more than {MAX_ENTRIES:,} files")
    paths, size = [], 0
    for row in rows:
        meta, path = row.decode("utf-8", "surrogateescape").split("\t", 1)
        mode, kind, _oid, length = meta.split()
        if kind != "blob" or mode not in _PLAIN:
            raise ForkError(f"{shown}: {path!r} is no plain file; links and submodules are not taken")
        paths.append(path)
        size += int(length)
    if size > MAX_BYTES:
        raise ForkError(f"{shown} holds more than 1 GiB")
    refuse_bad_paths(paths, [], shown)
    return len(paths)


def _check_patch(patch: Patch, shown: str) -> None:
    """Refuse facts that a command of ours would not have written."""
    lines = (patch.title, str(patch.author), patch.origin, patch.incident or "", patch.source or "")
    if not patch.title.strip() or any(unicodedata.category(c) == "Cc" for line in lines for c in line if c != "\t"):
        raise ForkError(f"{patch.id} in {shown} has no title, or control characters in its facts")
    date = _ZONED.fullmatch(patch.date)
    if not date or int(date[1]) > _LAST_SECOND or int(date[2]) > 23:
        raise ForkError(f"{patch.id} in {shown} has a date that no calendar knows")
