"""What matters of a fork for whoever publishes its builds."""

from __future__ import annotations

from collections.abc import Iterator

from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import Overview
from plugwatch.model.fork import BUILD_REFS
from plugwatch.model.publishing.offers import BuildFacts, ForkFacts, PatchTold

_FORMAT = "--format=%(refname)%00%(tree)%00%(parent)"


def read_facts(fork: Fork, view: Overview) -> ForkFacts:
    """The facts of a fork of which the overview is read already."""
    newest = view.patched
    stack = view.stacks[newest] if newest else ()
    patches = {entry.patch.id: entry.patch for entries in view.stacks.values() for entry in entries}
    return ForkFacts(
        view.component,
        tuple((release.version, release.tree) for release in view.releases),
        newest,
        stack[-1].commit if stack else None,
        tuple(entry.patch.id for entry in stack),
        tuple(_builds(fork, view)),
        tuple(PatchTold(patch.id, patch.title, patch.origin) for patch in patches.values()),
    )


def incidents_of(view: Overview) -> dict[str, str]:
    """The incident (``INC-3``) that each patch of a fork's stacks was made for."""
    entries = (entry for stack in view.stacks.values() for entry in stack)
    return {entry.patch.id: entry.patch.incident for entry in entries if entry.patch.incident}


def _builds(fork: Fork, view: Overview) -> Iterator[BuildFacts]:
    known = {build.version: build for build in view.builds}
    for row in fork.git.text("for-each-ref", _FORMAT, BUILD_REFS).splitlines() if known else ():
        name, tree, parents = row.split("\0")
        build = known.get(name.removeprefix(BUILD_REFS))
        if build:
            yield BuildFacts(build.version, build.base_version, tree, parents.split(" ")[0], build.patches)
