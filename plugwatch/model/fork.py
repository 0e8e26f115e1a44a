"""Facts about a fork: the vendor's releases, the patches carried on them, and what an upgrade would do."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.version import sort_key

# The layout of a fork is public: plain git reads it.
RELEASE_REFS = "refs/tags/upstream/"
STACK_REFS = "refs/heads/carried/"
BUILD_REFS = "refs/tags/build/"
NEWEST_REF = "refs/heads/upstream"

PATCH_TRAILER = "Plugwatch-Patch"
INCIDENT_TRAILER = "Plugwatch-Incident"
ORIGIN_TRAILER = "Plugwatch-Origin"
SOURCE_TRAILER = "Plugwatch-Source"

_PATCH_ID = re.compile(r"pw-[a-z2-7]{10}")
_RERELEASE = re.compile(r"(.+)\+r(\d+)")


@dataclass(frozen=True)
class Release:
    """One version as the vendor shipped it: a commit without parent whose tree is the component's folder."""

    version: str
    commit: str
    tree: str


@dataclass(frozen=True)
class Person:
    """An author: name and e-mail address, as git keeps them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True)
class Patch:
    """One change carried on a fork. The id is random and stays the same whatever the patch is rebased onto.

    ``date`` is the author's, in git's form: seconds since 1970 and the zone (``1763762005 +0100``). ``origin`` is the
    version that the patch was first made for, ``source`` the public address that it was taken from.
    """

    id: str
    title: str
    why: str
    author: Person
    date: str
    origin: str
    incident: str | None = None
    source: str | None = None

    def message(self) -> str:
        """The commit message: immutable facts only, never a client's name or words."""
        trailers = [f"{PATCH_TRAILER}: {self.id}"]
        if self.incident:
            trailers.append(f"{INCIDENT_TRAILER}: {self.incident}")
        trailers.append(f"{ORIGIN_TRAILER}: {self.origin}")
        if self.source:
            trailers.append(f"{SOURCE_TRAILER}: {self.source}")
        parts = [self.title, self.why, "\n".join(trailers)]
        return "\n\n".join(part for part in parts if part) + "\n"


@dataclass(frozen=True)
class StackEntry:
    """A patch in its place on a release: the commit that holds it, and the trees below and with it."""

    patch: Patch
    commit: str
    base_tree: str
    tree: str


@dataclass(frozen=True)
class BuildRecord:
    """Something that was built: its version, the release below it, what decided its bytes, and its tree."""

    version: str
    base_version: str
    fingerprint: str
    tree: str


@dataclass(frozen=True)
class Outcome:
    """What a release means for one patch, with the evidence a person can judge.

    ``php`` is ``ok``, ``failed`` or ``not-checked``: a syntax check of the changed files, no more. ``confidence`` is
    ``high``, ``medium`` or ``low``.
    """

    patch: Patch
    verdict: str
    evidence: tuple[str, ...]
    files: tuple[str, ...]
    php: str
    accepted: bool = False
    confidence: str = "high"

    @property
    def dropped(self) -> bool:
        """Whether the patch is no longer carried because the release has it."""
        return self.verdict == "landed" or self.accepted

    @property
    def settled(self) -> bool:
        """Whether nothing about this patch waits for a person."""
        return self.verdict == "carried" or self.dropped


@dataclass(frozen=True)
class Plan:
    """An upgrade worked out, nothing moved: which patches go along and the tree that results.

    ``stack`` holds the patches kept, in order, each with the tree it leads to.
    """

    component: Component
    source: str
    target: Release
    outcomes: tuple[Outcome, ...]
    stack: tuple[tuple[Patch, str], ...]

    @property
    def status(self) -> str:
        """``clean``, ``attention`` (a person must say yes) or ``conflict``."""
        open_verdicts = {o.verdict for o in self.outcomes if not o.settled}
        if "conflict" in open_verdicts:
            return "conflict"
        return "attention" if open_verdicts else "clean"

    @property
    def tree(self) -> str:
        """The tree of the release with the kept patches."""
        return self.stack[-1][1] if self.stack else self.target.tree


@dataclass(frozen=True)
class SourceNote:
    """Where a release came from; ``sha256`` is that of the ZIP, None for a folder."""

    source: str
    sha256: str | None
    files: int
    warnings: tuple[str, ...] = field(default=())


def new_patch_id(randomness: bytes) -> str:
    """A patch id from at least seven random bytes: ``pw-`` and ten characters of base32."""
    return "pw-" + base64.b32encode(randomness).decode().lower()[:10]


def is_patch_id(text: str) -> bool:
    """Whether the text is a whole patch id."""
    return bool(_PATCH_ID.fullmatch(text))


def parse_message(message: str, *, source: str) -> dict[str, str]:
    """Title, why and the ``Plugwatch-`` trailers of a patch commit's message.

    Raises ForkError when the commit is no patch of ours: exactly one id must stand in it.
    """
    title, _newline, rest = message.partition("\n")
    lines = rest.strip("\n").split("\n")
    trailers: dict[str, str] = {}
    ids = 0
    while lines and re.fullmatch(r"Plugwatch-[A-Za-z-]+: .*", lines[-1]):
        key, _colon, value = lines.pop().partition(": ")
        trailers[key] = value
        ids += key == PATCH_TRAILER
    if ids != 1 or not is_patch_id(trailers[PATCH_TRAILER]):
        raise ForkError(f"{source}: this commit has no {PATCH_TRAILER} line of its own, so it is no patch of this fork")
    return trailers | {"title": title, "why": "\n".join(lines).strip("\n")}


def release_order(version: str) -> tuple[bytes, int]:
    """The place of a release among the others: PHP's order, a re-release ``1.2.3+r2`` right after ``1.2.3``."""
    again = _RERELEASE.fullmatch(version)
    return (sort_key(again[1]), int(again[2])) if again else (sort_key(version), 1)


def check_equation(before: Sequence[Patch], plan: Plan) -> None:
    """The patch equation: patches before = patches after + patches dropped.

    Raises ForkError when a patch would vanish, appear or stand twice: then nothing may move.
    """
    kept = [patch.id for patch, _tree in plan.stack]
    dropped = [o.patch.id for o in plan.outcomes if o.dropped]
    if sorted(kept + dropped) != sorted(p.id for p in before):
        raise ForkError(
            f"{plan.component}: {len(before)} patches before, but {len(kept)} kept and {len(dropped)} dropped; "
            "the upgrade was stopped and nothing moved"
        )


def one_line(text: str, what: str) -> str:
    """Text that stands on one line in a commit or a header. Raises PlugwatchError when it is empty or has line ends."""
    clean = text.strip()
    if not clean or any(c in clean for c in "\r\n\0"):
        raise PlugwatchError(f"a {what} is one line of text, not empty")
    return clean
