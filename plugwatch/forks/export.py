"""Patches in the forms that other people's tools take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.git import Git
from plugwatch.model.fork import Patch, Person, Release, StackEntry
from plugwatch.model.patches.letter import quote_diffs
from plugwatch.model.patches.svndiff import git_to_svn

# Pinned, so that the same patch gives the same text with every git and every configuration.
_DIFF = (
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--diff-algorithm=myers",
    "-U3",
    "--no-renames",
)


@dataclass(frozen=True)
class Standalone:
    """A patch alone on the vendor's release, without the patches below it in the stack."""

    patch: Patch
    release: Release
    tree: str


def standalone(git: Git, release: Release, entry: StackEntry) -> Standalone:
    """Take a patch out of its stack.

    Raises ForkError when it builds on a patch below it, or when it only takes one back.
    """
    if entry.base_tree == release.tree:
        return Standalone(entry.patch, release, entry.tree)
    merge = merge_finely(git, entry.base_tree, entry.tree, release.tree)
    if merge.conflicts:
        raise ForkError(
            f"{entry.patch.id} builds on a patch below it ({', '.join(sorted(merge.conflicts))}); send that one first"
        )
    if merge.tree == release.tree:
        raise ForkError(f"{entry.patch.id} only takes back a patch below it; alone it changes nothing in the release")
    return Standalone(entry.patch, release, merge.tree)


def mail(git: Git, alone: Standalone, author: Person, message: str) -> tuple[str, bytes]:
    """The commit for a vendor and its ``git format-patch`` mail; no trailer of ours is in it."""
    who = f"{author} {alone.patch.date}"
    head = f"tree {alone.tree}\nparent {alone.release.commit}\nauthor {who}\ncommitter {who}\n\n"
    commit = git.write_object("commit", (head + message).encode())
    return commit, commit_mail(git, commit)


def commit_mail(git: Git, commit: str) -> bytes:
    """A commit as ``git format-patch`` writes it, for ``git am``; a diff in its message is quoted, not applied."""
    written = git.run("cat-file", "commit", commit).stdout.decode("utf-8", "surrogateescape")
    head, _empty, message = written.partition("\n\n")
    title, _newline, rest = message.partition("\n")
    quoted = f"{head}\n\n{title}\n\n{quote_diffs(rest)}".encode("utf-8", "surrogateescape")
    with git.quarantine() as scratch:
        name = scratch.write_object("commit", quoted)
        return scratch.run("format-patch", "-1", "--stdout", "--no-signature", "--zero-commit", *_DIFF, name).stdout


def diff(git: Git, old: str, new: str, paths: Sequence[str] = (), *, prefixes: tuple[str, str] = ("a/", "b/")) -> bytes:
    """A ``git diff`` of two trees, of some files or of all."""
    only = [f":(literal){path}" for path in paths]
    sides = (f"--src-prefix={prefixes[0]}", f"--dst-prefix={prefixes[1]}")
    return git.run("diff", *_DIFF, *sides, old, new, "--", *only).stdout


def svn_diff(git: Git, old: str, new: str) -> bytes:
    """What ``svn diff`` would print from ``trunk/``. Raises PlugwatchError for a binary change."""
    return git_to_svn(diff(git, old, new, prefixes=("", "")))


def dep3(git: Git, entry: StackEntry, *, forwarded: str) -> bytes:
    """A patch file with DEP-3 headers (https://dep-team.pages.debian.net/deps/dep3/).

    ``forwarded`` is ``no``, ``not-needed`` or a URL.
    """
    patch = entry.patch
    why = "".join(f" {line or '.'}\n" for line in quote_diffs(patch.why).splitlines())
    day = git.text("show", "-s", "--format=%ad", "--date=format:%Y-%m-%d", entry.commit)
    origin = f"Origin: other, {patch.source}\n" if patch.source else ""
    head = (
        f"Description: {patch.title}\n{why}{origin}Author: {patch.author}\nForwarded: {forwarded}\n"
        f"Last-Update: {day}\nPlugwatch-Patch: {patch.id}\n---\n"
    )
    return head.encode() + diff(git, entry.base_tree, entry.tree)
