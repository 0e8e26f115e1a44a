"""Put what was patched by hand under plugwatch's care: its release and its patches, in one operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from plugwatch.errors import ForkError
from plugwatch.model.adoption import OTHER_ENDINGS, AdoptedPatch, Adoption, CommitFacts
from plugwatch.model.component import Component
from plugwatch.model.fork import (
    NEWEST_REF,
    RELEASE_REFS,
    STACK_REFS,
    Patch,
    Release,
    StackEntry,
    new_patch_id,
    one_line,
    release_order,
)
from plugwatch.model.operation import Operation, RefChange
from plugwatch.workflows.operations import Stamp

Facts: TypeAlias = CommitFacts | Patch


class Fork(Protocol):
    """What adopting asks of a fork; objects are written, refs are not moved."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    def refs(self) -> dict[str, str]:
        """All refs and the objects they name."""

    def releases(self) -> list[Release]:
        """All releases, oldest first."""

    def stacks(self) -> dict[str, str]:
        """Versions that have a stack, oldest first, each with its tip."""

    def stack(self, version: str) -> list[StackEntry]:
        """The patches on a release, bottom first."""

    def place_release(self, version: str, tree: str) -> tuple[Release, bool]:
        """The release that a tree is, and whether the version was known with other bytes."""

    def write_stack(self, release: Release, patches: Sequence[tuple[Patch, str]]) -> str:
        """Commits for patches and their trees; the tip."""


@dataclass(frozen=True)
class Placement:
    """What of an adoption the fork has already.

    ``release`` is None where it is new; ``carried`` are the patches that are there, in the order of the adoption and
    None for the others; ``new`` are the patches to add on top; ``alarm`` says that the release's version was known with
    other bytes.
    """

    release: Release | None
    carried: tuple[Patch | None, ...]
    new: tuple[AdoptedPatch, ...]
    alarm: str | None = None

    @property
    def ids(self) -> tuple[str | None, ...]:
        """The ids of the patches that are there, None for the others."""
        return tuple(patch.id if patch else None for patch in self.carried)

    @property
    def status(self) -> str:
        """``unpatched`` (nothing to carry), ``adopted-already`` or ``would-adopt``."""
        if not self.carried:
            return "unpatched"
        return "would-adopt" if self.new else "adopted-already"


def find_placement(fork: Fork | None, adoption: Adoption) -> Placement:
    """Compare an adoption with the fork, by trees: what was adopted before is there already, and may have grown.

    Raises ForkError where the release carries something else.
    """
    patches = adoption.patches
    release = _known_release(fork, adoption)
    stack = fork.stack(release.version) if fork and release else []
    if not stack or not patches:
        return Placement(release, tuple(None for _patch in patches), patches, _other_bytes(fork, adoption, release))
    there = {entry.tree: entry.patch for entry in stack}
    carried = tuple(there.get(patch.tree) for patch in patches)
    if patches[-1].tree in there:
        return Placement(release, carried, ())
    below = [number for number, patch in enumerate(patches) if patch.tree == stack[-1].tree]
    if not below:
        raise ForkError(
            f"{adoption.component} carries other patches on {adoption.base.version} already; take single changes with "
            f"'plugwatch patch capture {adoption.component} DIR --title T'"
        )
    return Placement(release, carried, patches[below[-1] + 1 :])


def _known_release(fork: Fork | None, adoption: Adoption) -> Release | None:
    known = fork.releases() if fork else []
    return next((release for release in known if release.tree == adoption.base.tree), None)


def _other_bytes(fork: Fork | None, adoption: Adoption, release: Release | None) -> str | None:
    """What to say where the fork has the version, but not these bytes of it."""
    known = [one.version for one in fork.releases()] if fork else []
    if release or adoption.base.version not in known:
        return None
    return f"{adoption.component} {adoption.base.version} came with other bytes than before"


def adopt(
    fork: Fork, adoption: Adoption, *, randomness: Callable[[], bytes], stamp: Stamp
) -> tuple[Placement, Operation | None]:
    """Put the release and the patches into a fork. The operation is None where there is nothing to add.

    Raises ForkError where files are unexplained: they would be lost.
    """
    if adoption.unexplained:
        raise ForkError(explain_refusal(adoption))
    placement = find_placement(fork, adoption)
    if placement.status != "would-adopt":
        return placement, None
    rows: dict[str, list[dict[str, Any]]] = {}
    refs: dict[str, str] = {}
    release = placement.release
    if release is None:
        release, rows["releases"] = _add_release(fork, adoption, refs)
    below = [(entry.patch, entry.tree) for entry in fork.stack(release.version)] if placement.release else []
    earlier = _earlier_ids(fork, release.version)
    made = []
    for new in placement.new:
        known = earlier.pop(_likeness(new.facts), None)
        made.append(_make_patch(new, release.version, known or new_patch_id(randomness())))
    stack = [*below, *((patch, new.tree) for patch, new in zip(made, placement.new, strict=True))]
    refs[STACK_REFS + release.version] = fork.write_stack(release, stack)
    rows["patches"] = [{"id": p.id, "title": p.title, "origin": p.origin, "incident": None} for p in made]
    rows["stacks"] = [{"version": release.version, "patches": [patch.id for patch, _tree in stack]}]
    current = fork.refs()
    changes = [RefChange(name, current.get(name), new) for name, new in refs.items() if current.get(name) != new]
    kept = placement.carried[: len(placement.carried) - len(made)]
    alarm = f"{placement.alarm}; kept beside the first as {release.version}" if placement.alarm else None
    done = Placement(release, (*kept, *made), placement.new, alarm)
    return done, stamp.operation(fork.component, "fork adopt", changes, rows)


def _earlier_ids(fork: Fork, version: str) -> dict[tuple[str, str, str], str]:
    """The patches on other releases, each by what its commit said: the same change on another release keeps its id."""
    return {
        _likeness(entry.patch): entry.patch.id
        for other in fork.stacks()
        if other != version
        for entry in fork.stack(other)
    }


def _likeness(facts: Facts) -> tuple[str, str, str]:
    return facts.title, str(facts.author), facts.date


def explain_refusal(adoption: Adoption) -> str:
    """Why an adoption with unexplained files is not carried out, and what to do."""
    number = len(adoption.unexplained)
    files = "1 file belongs" if number == 1 else f"{number} files belong"
    ways = ["--leave-out PATH"]
    if any(oddity.may_be_carried for oddity in adoption.unexplained):
        ways.append("--with-rest")
    if any(oddity.reason == OTHER_ENDINGS for oddity in adoption.unexplained):
        ways.append("--vendor-endings")
    return f"{files} to no patch, so nothing was written; look at what is listed and say {' or '.join(ways)}"


def _make_patch(adopted: AdoptedPatch, origin: str, patch_id: str) -> Patch:
    facts = adopted.facts
    return Patch(
        id=patch_id,
        title=one_line(facts.title, "title"),
        why=facts.why.strip(),
        author=facts.author,
        date=facts.date,
        origin=origin,
        source=adopted.source,
    )


def _add_release(fork: Fork, adoption: Adoption, refs: dict[str, str]) -> tuple[Release, list[dict[str, Any]]]:
    base = adoption.base
    if base.note is None:
        raise ForkError(f"release {base.version} of {fork.component} went away meanwhile; run the command again")
    known = fork.releases()
    release, _again = fork.place_release(base.version, base.tree)
    newest = max([*known, release], key=lambda r: (release_order(r.version), r.version))
    refs |= {RELEASE_REFS + release.version: release.commit, NEWEST_REF: newest.commit}
    row = {
        "version": release.version,
        "commit": release.commit,
        "tree": release.tree,
        "files": base.note.files,
        "source": base.note.source,
        "sha256": base.note.sha256,
    }
    return release, [row]
