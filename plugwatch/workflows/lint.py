"""Gather what is known of carried patches, and say what is wrong with how they are carried."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from plugwatch.model.component import Component
from plugwatch.model.fork import StackEntry
from plugwatch.model.operation import Operation
from plugwatch.model.patches.lint import Claim, Finding, PatchFacts, Sites, lint_patches
from plugwatch.model.patches.stance import Stance


class Build(Protocol):
    """A build of ours."""

    @property
    def version(self) -> str:
        """The version that sites show."""

    @property
    def patches(self) -> tuple[str, ...]:
        """The ids of the patches in it."""


class ForkView(Protocol):
    """A fork as it stands."""

    @property
    def component(self) -> Component:
        """Whose fork it is."""

    @property
    def newest(self) -> str | None:
        """The version of the newest release."""

    @property
    def patched(self) -> str | None:
        """The version of the newest release that has a stack."""

    @property
    def stacks(self) -> Mapping[str, tuple[StackEntry, ...]]:
        """The patches on each release that has a stack."""

    @property
    def builds(self) -> Sequence[Build]:
        """What was built."""


class PatchRows(Protocol):
    """What the ledger knows of patches."""

    def stances(self) -> Mapping[str, Sequence[Stance]]:
        """All stances by patch, the earliest first."""

    def claims(self) -> Mapping[str, Sequence[Claim]]:
        """All submissions by patch, the earliest first."""

    def installed(self) -> Mapping[Component, Mapping[str | None, int]]:
        """How many sites run a component now, by build of ours."""

    def was_installed(self) -> Collection[Component]:
        """The components that some site ran before."""


class UnitOfWork(Protocol):
    """One state of the ledger."""

    @property
    def patches(self) -> PatchRows:
        """What it knows of patches."""


def gather(
    work: UnitOfWork, forks: Iterable[ForkView], on: str | None = None, since: Mapping[str, int] | None = None
) -> list[PatchFacts]:
    """The patches on a release of each fork (default: the newest with a stack), the bottom one of a stack first.

    ``since`` is when each began to be carried, from :func:`carried_since`.
    """
    rows = work.patches
    stances, claims, installed, gone = rows.stances(), rows.claims(), rows.installed(), rows.was_installed()
    found = []
    for fork in forks:
        version = on or fork.patched
        sites = installed.get(fork.component, {})
        for number, entry in enumerate(fork.stacks.get(version or "", ()), 1):
            patch = entry.patch
            found.append(
                PatchFacts(
                    component=fork.component,
                    entry=entry,
                    number=number,
                    on=version or "",
                    newest=fork.newest or "",
                    survived=_survived(fork, patch.id, patch.origin),
                    sites=Sites(_with_build(fork, patch.id, sites), sum(sites.values()), fork.component in gone),
                    stances=tuple(stances.get(patch.id, ())),
                    claims=tuple(claims.get(patch.id, ())),
                    since=(since or {}).get(patch.id),
                )
            )
    return found


def carried_since(operations: Iterable[Operation]) -> dict[str, int]:
    """When each patch came into a fork, in seconds since 1970, by the fork's operations, oldest first.

    What was adopted is left out: it was carried before there was a fork.
    """
    found: dict[str, int] = {}
    for operation in operations:
        if operation.command != "fork adopt":
            at = int(datetime.fromisoformat(operation.at).timestamp())
            for row in operation.rows.get("patches", ()):
                found.setdefault(row["id"], at)
    return found


def lint_all(work: UnitOfWork, forks: Iterable[ForkView], *, now: datetime) -> list[Finding]:
    """What is wrong with the patches on the newest stack of each fork."""
    return lint_patches(gather(work, forks), now=now)


def _survived(fork: ForkView, patch: str, origin: str) -> int:
    """On how many releases beside the first one a patch is carried."""
    return sum(
        version != origin and any(entry.patch.id == patch for entry in stack) for version, stack in fork.stacks.items()
    )


def _with_build(fork: ForkView, patch: str, sites: Mapping[str | None, int]) -> int:
    """How many sites run a build that has a patch in it."""
    return sum(sites.get(build.version, 0) for build in fork.builds if patch in build.patches)
