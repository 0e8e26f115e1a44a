"""Keep a vendor's releases and carry patches over them: import, patch, forecast, upgrade."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from plugwatch.errors import ForkError
from plugwatch.model.component import Component
from plugwatch.model.fork import (
    NEWEST_REF,
    RELEASE_REFS,
    STACK_REFS,
    Outcome,
    Patch,
    Person,
    Plan,
    Release,
    SourceNote,
    StackEntry,
    check_equation,
    new_patch_id,
    one_line,
    release_order,
)
from plugwatch.model.operation import Operation, RefChange
from plugwatch.workflows.operations import Stamp


class NotCarriedError(ForkError):
    """No release in the fork carries the patch: it was dropped, or never was there."""


class StoredTree(Protocol):
    """Files that are in the object store."""

    @property
    def tree(self) -> str:
        """The id of their tree."""

    @property
    def note(self) -> SourceNote:
        """Where they came from."""


class Change(Protocol):
    """A tree that a change leads to."""

    @property
    def tree(self) -> str:
        """The id of the tree."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files it touches."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know of how it was taken."""


class Fork(Protocol):
    """What these workflows ask of a fork; objects are written, refs are not moved."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    def refs(self) -> dict[str, str]:
        """All refs and the objects they name."""

    def releases(self) -> list[Release]:
        """All releases, oldest first."""

    def release(self, version: str) -> Release:
        """One release; ForkError when it is not there."""

    def stacks(self) -> dict[str, str]:
        """Versions that have a stack, oldest first, each with its tip."""

    def stack(self, version: str) -> list[StackEntry]:
        """The patches on a release, bottom first."""

    def store(self, path: Path, shown: str) -> StoredTree:
        """Put the files of a ZIP or folder into the object store."""

    def choose_version(self, stored: Any, wanted: str | None) -> str:
        """The version given, else the header's."""

    def place_release(self, version: str, tree: str) -> tuple[Release, bool]:
        """The release that a tree is, and whether the version was known with other bytes."""

    def write_stack(self, release: Release, patches: Sequence[tuple[Patch, str]]) -> str:
        """Commits for patches and their trees; the tip."""

    def plan(self, source: str, target: str, accept: Collection[str], *, forecast: bool) -> Plan:
        """What a release means for a stack; a forecast leaves nothing behind."""


@dataclass(frozen=True)
class Imported:
    """A release that is in the fork now; ``alarm`` when the same version had other bytes before."""

    component: Component
    release: Release
    note: SourceNote
    alarm: str | None
    is_new: bool


@dataclass(frozen=True)
class PatchFacts:
    """What is known of a new patch besides its bytes; ``source`` is the public address that it was taken from."""

    title: str
    why: str
    author: Person
    date: str
    incident: str | None
    source: str | None = None


@dataclass(frozen=True)
class Upgrade:
    """An upgrade that was carried out (``branch`` is set) or stopped for a person."""

    plan: Plan
    branch: str | None


def import_release(
    fork: Fork, path: Path, *, shown: str, version: str | None, stamp: Stamp
) -> tuple[Imported, Operation | None]:
    """Put a release into a fork. The operation is None when the same bytes are there already."""
    stored = fork.store(path, shown)
    wanted = fork.choose_version(stored, version)
    known = fork.releases()
    release, again = fork.place_release(wanted, stored.tree)
    alarm = (
        f"{fork.component} {wanted} came with other bytes than before; kept beside the first as {release.version}"
        if again
        else None
    )
    is_new = release.version not in {r.version for r in known}
    imported = Imported(fork.component, release, stored.note, alarm, is_new)
    if not is_new:
        return imported, None
    # Of versions that PHP holds to be equal (1.0RC1, 1.0-rc1) the name decides, so that the order of imports does not.
    newest = max([*known, release], key=lambda r: (release_order(r.version), r.version))
    refs = _ref_changes(fork, {RELEASE_REFS + release.version: release.commit, NEWEST_REF: newest.commit})
    row = {
        "version": release.version,
        "commit": release.commit,
        "tree": release.tree,
        "files": stored.note.files,
        "source": stored.note.source,
        "sha256": stored.note.sha256,
    }
    return imported, stamp.operation(fork.component, "fork import", refs, {"releases": [row]})


def release_to_patch(fork: Fork, wanted: str | None) -> Release:
    """Where a new patch goes: the release asked for, else the newest with a stack, else the newest.

    Raises ForkError when the fork has no release yet.
    """
    if wanted is not None:
        return fork.release(wanted)
    stacks = list(fork.stacks())
    if stacks:
        return fork.release(stacks[-1])
    releases = fork.releases()
    if not releases:
        raise ForkError(f"{fork.component} has no release yet; add one with 'plugwatch fork import {fork.component}'")
    return releases[-1]


def add_patch(
    fork: Fork, release: Release, change: Change, facts: PatchFacts, *, randomness: bytes, stamp: Stamp
) -> tuple[Patch, Operation]:
    """Put a change on top of the stack of a release."""
    patches, operation = add_patches(fork, release, [(change, facts, randomness)], stamp=stamp)
    return patches[0], operation


def add_patches(
    fork: Fork,
    release: Release,
    changes: Sequence[tuple[Change, PatchFacts, bytes]],
    *,
    stamp: Stamp,
    command: str = "patch import",
) -> tuple[list[Patch], Operation]:
    """Put changes on top of the stack of a release, each made on the tree of the one before it; all or none.

    Each comes with what is known of it and at least seven random bytes; ``command`` is what the log calls it.
    """
    added = [
        Patch(
            id=new_patch_id(randomness),
            title=_utf8(one_line(facts.title, "title"), "title"),
            why=_utf8(facts.why.strip(), "reason"),
            author=facts.author,
            date=facts.date,
            origin=release.version,
            incident=facts.incident,
            source=facts.source,
        )
        for _change, facts, randomness in changes
    ]
    below = [(entry.patch, entry.tree) for entry in fork.stack(release.version)]
    above = [(patch, change.tree) for patch, (change, _facts, _randomness) in zip(added, changes, strict=True)]
    tip = fork.write_stack(release, [*below, *above])
    rows = {
        "patches": [{"id": p.id, "title": p.title, "origin": p.origin, "incident": p.incident} for p in added],
        "stacks": [_stack_row(release.version, [patch for patch, _tree in (*below, *above)])],
    }
    refs = _ref_changes(fork, {STACK_REFS + release.version: tip})
    return added, stamp.operation(fork.component, command, refs, rows)


def choose_source(fork: Fork, target: str) -> str:
    """The stack that an upgrade starts from: the nearest below the target, else the nearest above it.

    A stack above may lack patches that its release contains and the target does not.

    Raises ForkError when there is none, or when the target has a stack already.
    """
    return choose_among(list(fork.stacks()), target, fork.component)


def choose_among(stacks: Sequence[str], target: str, component: Component) -> str:
    """As :func:`choose_source`, of the versions that have a stack, oldest first."""
    if target in stacks:
        raise ForkError(
            f"{component} carries its patches on {target} already; "
            f"ship them with 'plugwatch fork build {component} --version {target}'"
        )
    if not stacks:
        raise ForkError(f"{component} carries no patches; add one with 'plugwatch patch import {component}'")
    below = [version for version in stacks if release_order(version) <= release_order(target)]
    return below[-1] if below else stacks[0]


def find_target(fork: Fork, wanted: str) -> str:
    """The release meant by a version or by ``latest``."""
    if wanted != "latest":
        return fork.release(wanted).version
    return release_to_patch(fork, None if not fork.releases() else fork.releases()[-1].version).version


def forecast(fork: Fork, target: str) -> Plan:
    """What an upgrade would do; nothing is written."""
    return fork.plan(choose_source(fork, target), target, (), forecast=True)


def upgrade(fork: Fork, target: str, accept: Collection[str], *, stamp: Stamp) -> tuple[Upgrade, Operation | None]:
    """Move the patches to another release. Without an operation nothing may move: a person must look first."""
    source = choose_source(fork, target)
    before = [entry.patch for entry in fork.stack(source)]
    plan = fork.plan(source, target, accept, forecast=False)
    needed = [o.patch.id for o in plan.outcomes if o.patch.id in accept and o.verdict == "carried"]
    if needed:
        raise ForkError(
            f"{', '.join(needed)} merges cleanly into {target} and is not in it, so it was not dropped and nothing "
            "moved; run the upgrade without --accept for it"
        )
    if plan.status != "clean":
        return Upgrade(plan, None), None
    check_equation(before, plan)
    tip = fork.write_stack(plan.target, plan.stack)
    rows = {
        "stacks": [_stack_row(target, [patch for patch, _tree in plan.stack])],
        "drops": [
            {"patch": o.patch.id, "version": target, "verdict": o.verdict, "evidence": _evidence(o, stamp.actor)}
            for o in plan.outcomes
            if o.dropped
        ],
    }
    refs = _ref_changes(fork, {STACK_REFS + target: tip})
    return Upgrade(plan, f"carried/{target}"), stamp.operation(fork.component, "fork upgrade", refs, rows)


def is_number(text: str) -> bool:
    """Whether this can be the number of a patch in a list, not the beginning of its id."""
    return bool(re.fullmatch("[0-9]{1,6}", text))


def find_patch(fork: Fork, text: str) -> tuple[Release, StackEntry]:
    """A patch by its id, the beginning of it, or its number in the newest stack, on the newest release carrying it.

    Raises NotCarriedError when there is none, ForkError when several begin like that.
    """
    stacks = list(reversed(fork.stacks()))
    if stacks and is_number(text):
        entries = fork.stack(stacks[0])
        if 1 <= int(text) <= len(entries):
            return fork.release(stacks[0]), entries[int(text) - 1]
    found: dict[str, tuple[str, StackEntry]] = {}
    for version in stacks:
        for entry in fork.stack(version):
            if entry.patch.id.startswith(text):
                found.setdefault(entry.patch.id, (version, entry))
    if len(found) > 1:
        raise ForkError(f"'{text}' fits {len(found)} patches: {', '.join(found)}; write more of the id")
    if not found:
        raise NotCarriedError(
            f"{fork.component} carries no patch '{text}'; see 'plugwatch patch list {fork.component}'"
        )
    version, entry = next(iter(found.values()))
    return fork.release(version), entry


def _utf8(text: str, what: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ForkError(f"the {what} of a patch must be UTF-8 text, and a part of it is not") from error
    return text


def _evidence(outcome: Outcome, actor: str) -> list[str]:
    """Why a patch was dropped, for whoever asks in a year."""
    return [*outcome.evidence, *([f"{actor} said that the release has it"] if outcome.accepted else [])]


def _stack_row(version: str, patches: Iterable[Patch]) -> dict[str, Any]:
    return {"version": version, "patches": [patch.id for patch in patches]}


def _ref_changes(fork: Fork, wanted: dict[str, str]) -> list[RefChange]:
    current = fork.refs()
    return [RefChange(name, current.get(name), new) for name, new in wanted.items() if current.get(name) != new]
