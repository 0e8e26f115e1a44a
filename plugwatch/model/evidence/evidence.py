"""What is known of one component on one site: a claim (a version) or a proof (the sums of its files), kept apart.

A version string says *claimed*, hashes say *verified*; nothing claimed is ever told as proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from plugwatch.model.component import Component

PATCHED, LOST, OTHER, TAMPERED, UNKNOWN = STATES = ("patched", "lost", "other", "tampered", "unknown")
"""``patched``: our build; ``lost``: the vendor's release over it; ``other``: another version than either; ``tampered``:
files that neither we nor the vendor made; ``unknown``: nothing could be known."""

VERIFIED, CLAIMED = CERTAINTIES = ("verified", "claimed")

THERE, MISSING, CHANGED, UNSURE = PATCH_STATES = ("there", "missing", "changed", "unsure")
"""What became of one patch: its files as in the build, as the vendor ships them, as neither; or not known."""

DIFFERENT, ABSENT, ADDED = DIFFERENCES = ("different", "absent", "added")


@dataclass(frozen=True)
class Listing:
    """The files of a component as they were found somewhere: path in its folder → sums in hexadecimal.

    ``algorithm`` is ``sha256`` or ``md5``, the one of all sums. ``version`` is the one of the header, None where it was
    not read. ``taken_from`` says in words where it was found, ``single``: it is one file and not a folder.
    """

    files: Mapping[str, str]
    algorithm: str
    version: str | None
    taken_from: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """A file that is not as in our build: ``how`` is one of DIFFERENCES, ``why`` explains it in a sentence."""

    path: str
    how: str
    why: str


@dataclass(frozen=True)
class PatchSeen:
    """What became of one patch there; ``state`` is one of PATCH_STATES."""

    patch: str
    title: str
    state: str


@dataclass(frozen=True)
class Evidence:
    """One look at one component in one place.

    ``site`` is its slug, None for a folder or list of no known site. ``version`` is what it says it is; ``build`` and
    ``release`` are what it was compared with and found to be, or nearest to. ``why`` is one sentence; ``taken_from``
    says by what it is known. ``total`` counts all differing files, of which ``differences`` may be the first.
    """

    component: Component
    site: str | None
    state: str
    certainty: str
    version: str | None
    why: str
    taken_from: str
    build: str | None = None
    release: str | None = None
    patches: tuple[PatchSeen, ...] = ()
    differences: tuple[Difference, ...] = ()
    total: int = 0
    warnings: tuple[str, ...] = field(default=())
    at: datetime | None = None
    actor: str | None = None
