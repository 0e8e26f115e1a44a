"""Say why patches are carried: the reason stands in each patch's commit, which is written anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plugwatch.errors import ForkError
from plugwatch.model.fork import STACK_REFS, Patch, Release
from plugwatch.model.operation import Operation, RefChange
from plugwatch.model.patches.stance import check_reason
from plugwatch.workflows.forks import Fork
from plugwatch.workflows.operations import Stamp
from plugwatch.workflows.patches import entry_on


def explain(
    fork: Fork, patches: Sequence[Patch], reason: str, *, version: str | None, again: bool, stamp: Stamp
) -> tuple[Release, Operation]:
    """Write down why patches are carried, all or none: their commits and those above are written anew.

    Raises ForkError where a reason is there, unless it is to be said ``again``: what it was stays in the operation's
    record, as the stack's tip before.
    """
    why = check_reason(reason)
    wanted = {patch.id for patch in patches}
    for patch in patches:
        release, stack = entry_on(fork, patch, version)
    explained = [e.patch for e in stack if e.patch.id in wanted and e.patch.why.strip()]
    if explained and not again:
        raise ForkError(
            f"of {' and '.join(patch.id for patch in explained)} the reason is there already; see "
            f"'plugwatch patch show {explained[0].id}', and say --again to put another in its place"
        )
    if all(e.patch.why == why for e in stack if e.patch.id in wanted):
        raise ForkError(f"that is the reason of {' and '.join(sorted(wanted))} already; nothing was changed")
    rest = [(replace(e.patch, why=why) if e.patch.id in wanted else e.patch, e.tree) for e in stack]
    name = STACK_REFS + release.version
    change = RefChange(name, fork.refs().get(name), fork.write_stack(release, rest))
    row = {"version": release.version, "patches": [patch.id for patch, _tree in rest]}
    return release, stamp.operation(fork.component, "patch explain", [change], {"stacks": [row]})
