"""What two copies of a fork owe each other: which name is which release, and which stack is the newer one.

A release's commit is made of nothing but its component, version and bytes, so the commit says what a release is; a name
is only what one side calls it. Two people who both got 1.2.3, with other bytes, call each other's ``1.2.3+r2``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from plugwatch.model.component import Component
from plugwatch.model.fork import BUILD_REFS, NEWEST_REF, RELEASE_REFS, STACK_REFS, release_order

RESOLUTIONS_REF = "refs/plugwatch/resolutions"
SUPERSEDED_REFS = "refs/plugwatch/superseded/"

_AGAIN = re.compile(r"\+r[1-9][0-9]{0,5}\Z")
_SHARED = (RELEASE_REFS, STACK_REFS, BUILD_REFS, SUPERSEDED_REFS)


@dataclass(frozen=True)
class Divergence:
    """Two stacks on one release of which neither is the other's beginning; a person must look at both."""

    on: str
    ours: str
    theirs: str
    range_diff: str


@dataclass(frozen=True)
class Decision:
    """Whose stack on a release a person has decided for: ``ours``, ``theirs``, or ``both``: ours on top of theirs."""

    on: str
    side: str


@dataclass(frozen=True)
class Relation:
    """How our stack on a release and theirs stand to each other.

    ``theirs_was_ours``: theirs is what ours was before commands of our own changed it. ``ours_was_replaced``: ours is,
    or stands on, a stack in whose place somebody who knew it put another one. ``lost``: patches that ours has and
    theirs has not.
    """

    ours_below: bool
    theirs_below: bool
    theirs_was_ours: bool
    ours_was_replaced: bool
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Synced:
    """What a sync did; names of refs are without ``refs/heads/`` and ``refs/tags/``."""

    component: Component
    remote: str
    fetched: tuple[str, ...]
    pushed: tuple[str, ...]
    alarms: tuple[str, ...]
    diverged: tuple[Divergence, ...]


def choose_side(relation: Relation) -> str | None:
    """``ours`` or ``theirs``: the stack that holds the other or has replaced it; None where a person must decide.

    A stack that was replaced goes only where none of its patches would go with it. Whoever took the top patch off has
    a stack that is the beginning of the old one, so what a person did counts before what holds what.
    """
    if relation.ours_was_replaced:
        return None if relation.lost else "theirs"
    if relation.theirs_was_ours:
        return "ours"
    if relation.ours_below:
        return "theirs"
    return "ours" if relation.theirs_below else None


def is_shared(ref: str) -> bool:
    """Whether a ref belongs to what forks share; no other is asked for, whatever a remote may have."""
    return ref in (NEWEST_REF, RESOLUTIONS_REF) or ref.startswith(_SHARED)


def shorten(ref: str) -> str:
    """``refs/heads/carried/1.0`` as people write it: ``carried/1.0``."""
    return re.sub(r"\Arefs/(heads|tags|plugwatch)/", "", ref)


def vendor_version(name: str) -> str:
    """``1.2.3`` for a release that is called ``1.2.3+r2``."""
    return _AGAIN.sub("", name)


def place_releases(known: Mapping[str, str], coming: Mapping[str, str]) -> dict[str, str]:
    """What each coming release is called among the known ones; both sides are names and commits.

    The same commit is the same release, whatever its name. A new one keeps its name where that is free, else it becomes
    ``VERSION+r2``, ``+r3``, …
    """
    names = {commit: name for name, commit in known.items()}
    taken = set(known)
    placed = {}
    for name, commit in sorted(coming.items(), key=lambda item: (release_order(item[0]), item[0])):
        if commit not in names:
            names[commit] = _free_name(name, taken)
            taken.add(names[commit])
        placed[name] = names[commit]
    return placed


def newest(releases: Mapping[str, str]) -> str | None:
    """The commit of the newest release; of versions that PHP holds to be equal the name decides."""
    last = max(releases, key=lambda name: (release_order(name), name), default=None)
    return releases[last] if last is not None else None


def superseded_ref(version: str, tip: str) -> str:
    """The ref that keeps a stack which another one has replaced."""
    return f"{SUPERSEDED_REFS}carried/{version}/{tip}"


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{vendor_version(name)}+r{number}"
    return free
