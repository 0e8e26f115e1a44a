"""What a version string alone says of a component on a site: a claim, and never told as more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import (
    CLAIMED,
    LOST,
    MISSING,
    OTHER,
    PATCHED,
    THERE,
    UNKNOWN,
    UNSURE,
    Evidence,
    PatchSeen,
)
from plugwatch.model.evidence.known import carried_at
from plugwatch.model.fork import release_order
from plugwatch.model.version import split_build

Builds = Mapping[str, tuple[str, Sequence[str]]]
"""Builds by version: the release below each, and the ids of the patches in it."""

Stacks = Mapping[str, tuple[str, ...]]
"""The ids of the patches carried on each release, the oldest release first."""


def claim(
    version: str | None, builds: Builds, stacks: Stacks, expected: str | None = None
) -> tuple[str, str, tuple[str, ...]]:
    """The state that a version claims, a sentence that says why, and the patches that belong there.

    ``expected`` is a build that the place has had or should have.
    """
    if not version:
        return UNKNOWN, "no list has shown its version; refresh the site, or give its folder", ()
    if version in builds:
        return PATCHED, f"it says that it is our build {version}", tuple(builds[version][1])
    if split_build(version):
        return UNKNOWN, f"it says {version}, a build that this fork does not know; fetch it with 'fork sync'", ()
    carried = carried_at(stacks, version)
    if carried == ():
        return PATCHED, f"it says {version}; no patch is carried on it, so this is as it should be", ()
    if carried is None and not expected:
        return OTHER, f"it says {version}, older than every release with patches", ()
    missed = carried if carried is not None else tuple(builds.get(expected or "", ("", ()))[1])
    over = f" over our build {expected}" if expected else ", without our patches"
    return LOST, f"it says {version}, the vendor's{over}", missed


def judge_claim(
    component: Component,
    version: str | None,
    builds: Builds,
    stacks: Stacks,
    titles: Mapping[str, str],
    *,
    expected: str | None = None,
) -> Evidence:
    """As :func:`claim`, as evidence."""
    state, why, patches = claim(version, builds, stacks, expected)
    base = builds[version][0] if version and version in builds else version
    carried = carried_at(stacks, base) or () if base and state == PATCHED else ()
    late = [one for one in carried if one not in patches]
    seen = {PATCHED: THERE, LOST: MISSING}.get(state, UNSURE)
    return Evidence(
        component=component,
        site=None,
        state=state,
        certainty=CLAIMED,
        version=version,
        why=why,
        taken_from="the version in the inventory",
        build=version if version in builds else None,
        release=base,
        patches=tuple(
            PatchSeen(one, titles.get(one, ""), state)
            for some, state in ((patches, seen), (late, MISSING))
            for one in some
        ),
    )


def newest_stack(stacks: Stacks) -> str | None:
    """The newest release with a stack."""
    return max(stacks, key=release_order, default=None)
