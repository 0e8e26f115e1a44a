"""The versions that a source of releases offers, by the names it gives them: ``1.2.3``, ``v1.2.3``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from plugwatch.model.fork import release_order
from plugwatch.model.version import clean, sort_key

_NAMED = re.compile(r"[vV]?(?P<version>[0-9][0-9A-Za-z.+_-]{0,98})")
_STABLE = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:[-.+_]?(?:pl?|patch)[-.]?[0-9]*)?", re.IGNORECASE)
_NEAR = 3


def version_named(name: str) -> str | None:
    """The version that the name of a tag says, without its ``v``; None where it says none."""
    match = _NAMED.fullmatch(name)
    return clean(match["version"]) if match else None


def find_version(wanted: str, names: Iterable[str]) -> str | None:
    """The name of a version: as it is written, with or without ``v``, or the only one that PHP holds to be equal."""
    there = list(dict.fromkeys(names))
    bare = version_named(wanted) or wanted
    for name in (wanted, bare, f"v{bare}", f"V{bare}"):
        if name in there:
            return name
    equal = [name for name in there if (told := version_named(name)) and sort_key(told) == sort_key(bare)]
    return equal[0] if len(equal) == 1 else None


def sorted_names(names: Iterable[str]) -> list[str]:
    """The names that say a version, oldest first."""
    told = {name: version for name in names if (version := version_named(name))}
    return sorted(told, key=lambda name: (sort_key(told[name]), name))


def newest_stable(names: Iterable[str]) -> str | None:
    """The name of the newest version that is no alpha, beta, candidate or state of development."""
    stable = [name for name in sorted_names(names) if _STABLE.fullmatch(version_named(name) or "")]
    return stable[-1] if stable else None


def near(wanted: str, names: Iterable[str]) -> list[str]:
    """The names nearest to a version that is not offered, oldest first."""
    ordered = sorted_names(names)
    key = sort_key(version_named(wanted) or wanted)
    below = sum(sort_key(version_named(name) or "") < key for name in ordered)
    return ordered[max(0, below - _NEAR) : below + _NEAR]


def not_offered(wanted: str, names: Iterable[str]) -> str:
    """What to say of a version that is not offered."""
    there = near(wanted, names)
    return f"it has no {wanted}; near it are {', '.join(there)}" if there else f"it has no {wanted}, nor any version"


def is_kept(version: str, releases: Iterable[str]) -> bool:
    """Whether a version, as PHP compares it, is among the releases of a fork, as itself or as a re-release of it."""
    key = sort_key(version)
    return any(release_order(release)[0] == key for release in releases)
