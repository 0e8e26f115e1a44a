"""Fixes that an upgrade does not speak of: found in an older release and lost again, or carried on another one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.model.component import Component
from plugwatch.model.fork import Patch, Plan, StackEntry, release_order


@dataclass(frozen=True)
class Retired:
    """A patch that was dropped because the release ``version`` contained it."""

    component: Component
    patch: str
    version: str


@dataclass(frozen=True)
class Watch:
    """Patches of the stack on ``source`` to be tried on ``target``: by id, the release that each was found in."""

    component: Component
    source: str
    target: str
    retired: Mapping[str, str]


@dataclass(frozen=True)
class Relapse:
    """A patch that was found in one release, and that merges cleanly into a newer one, which lacks it."""

    component: Component
    patch: Patch
    found_in: str
    release: str

    def __str__(self) -> str:
        """What has happened, and what to do about it."""
        return (
            f"{self.component} {self.release} lacks {self.patch.id} ({self.patch.title}) again, which {self.found_in} "
            f"had; carry it again with 'plugwatch patch export {self.patch.id} --out DIR' and "
            f"'plugwatch patch import {self.component} FILE --on {self.release}'"
        )


def to_watch(
    component: Component, stacks: Mapping[str, Sequence[StackEntry]], target: str, retired: Iterable[Retired]
) -> list[Watch]:
    """What to try on a release of a fork: patches found in an older one, each in its last stack.

    Nothing, once the fork has a stack there: whoever went there was told, and may have put the patch onto it.
    """
    if target in stacks:
        return []
    found: dict[str, str] = {}
    for one in sorted(retired, key=lambda one: release_order(one.version)):
        found[one.patch] = one.version
    by_stack: dict[str, dict[str, str]] = {}
    for patch, version in found.items():
        carrying = [on for on, stack in stacks.items() if any(entry.patch.id == patch for entry in stack)]
        last = max(carrying, key=release_order, default=None)
        again = last is not None and release_order(last) > release_order(version)
        if last and not again and release_order(version) < release_order(target):
            by_stack.setdefault(last, {})[patch] = version
    return [Watch(component, source, target, patches) for source, patches in by_stack.items()]


def left_behind(
    stacks: Mapping[str, Sequence[StackEntry]], source: str, dropped: Collection[str]
) -> Iterator[tuple[Patch, str]]:
    """Patches that are not in the stack an upgrade starts from, and that nothing was dropped for; each with the newest
    release that carries it.
    """
    seen = {entry.patch.id for entry in stacks[source]} | set(dropped)
    for version in sorted(stacks, key=release_order, reverse=True):
        for entry in stacks[version]:
            if entry.patch.id not in seen:
                seen.add(entry.patch.id)
                yield entry.patch, version


def relapses(watch: Watch, plan: Plan) -> Iterator[Relapse]:
    """Those of the watched patches that the release certainly lacks.

    One that conflicts is not among them: whoever ships a fix goes on working on its lines.
    """
    for outcome in plan.outcomes:
        version = watch.retired.get(outcome.patch.id)
        if version and outcome.verdict == "carried":
            yield Relapse(watch.component, outcome.patch, version, watch.target)
