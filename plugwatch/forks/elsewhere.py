"""What the other files of a release say of a patch, which only looks at its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce

from plugwatch.forks.git import Git
from plugwatch.model.patches.names import show
from plugwatch.model.verdicts.verdict import Judgement

# Lines of a removal that are looked for; more of them prove nothing more.
_MOST_LINES = 5


def look_elsewhere(git: Git, old: str, new: str, judgement: Judgement, own: Collection[str]) -> Judgement:
    """The judgement, unless another file of the release ``new`` has what speaks against it, and ``old`` had not.

    A function that the patch brings may have come in another file, where a second one is fatal; code that the patch
    takes away may only have moved there. ``own`` are the files that the patch changes.
    """
    twice = [
        f"{path}: the release has a new '{show(name)}' of its own, so merging would declare it twice"
        for name in judgement.declares
        for path in sorted(_came(git, old, new, ("-E", "-e", _declaration(name)), own))
    ]
    if twice:
        return Judgement("would-double", tuple(twice), "medium")
    places = [_came(git, old, new, ("-F", "-e", _text(line)), own) for line in judgement.removes[:_MOST_LINES]]
    moved = [
        f"{path}: the release has here now what the patch takes away: '{show(judgement.removes[0])}'"
        for path in sorted(_in_all(places))
    ]
    return Judgement("conflict", tuple(moved), "low") if moved else judgement


def _declaration(name: bytes) -> str:
    """Of a plain function or class; a method is indented."""
    kinds = "(function +&?|((abstract|final|readonly) +)*(class|interface|trait) +)"
    return f"^{kinds}{_text(name)}([^A-Za-z0-9_]|$)"


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def _came(git: Git, old: str, new: str, pattern: tuple[str, ...], own: Collection[str]) -> set[str]:
    """The files of the new tree that have a match and had none in the old one."""
    found = _files_with(git, new, pattern) - set(own)
    return found - _files_with(git, old, pattern) if found else found


def _files_with(git: Git, tree: str, pattern: tuple[str, ...]) -> set[str]:
    done = git.run("grep", "-z", "-I", "--name-only", *pattern, tree, "--", "*.php", "*.inc", check=False)
    return {row.partition(":")[2] for row in done.stdout.decode("utf-8", "surrogateescape").split("\0") if row}


def _in_all(places: Iterable[set[str]]) -> set[str]:
    sets = list(places)
    return reduce(set.intersection, sets) if sets else set()
