"""``plugwatch check --build``: where a release that matters for security takes our patches cleanly, carry and build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugwatch.cli.building import make_build
from plugwatch.cli.context import App
from plugwatch.cli.deciding import recorded_acceptances
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.cli.holding import narrow_holds
from plugwatch.errors import PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.security.concerns import Concern
from plugwatch.model.verdicts.conflict import CONFLICT_REFS
from plugwatch.workflows import builds
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out


@dataclass(frozen=True)
class BuiltRow:
    """What became of one fork: a build, nothing left to carry (``upgraded`` alone), or why it was left as it is."""

    component: Component
    version: str
    upgraded: bool = False
    built: builds.Built | None = None
    left: str | None = None

    def document(self) -> dict[str, Any]:
        """The row as JSON shows it."""
        output = self.built.output if self.built else None
        return {
            "component": str(self.component),
            "version": self.version,
            "upgraded": self.upgraded,
            "build": self.built.version if self.built else None,
            "zip": str(output.zip) if output else None,
            "patches": list(self.built.patches) if self.built else [],
            "left": self.left,
        }

    def __str__(self) -> str:
        if self.left:
            return f"{self.component} {self.version} was not built: {self.left}"
        if self.built:
            return f"{self.component} {self.built.version} is built: {self.built.output.zip}"
        return f"{self.component} {self.version} holds all our patches: there is nothing to build"


def build_secure(app: App, found: Iterable[Concern], out: Path) -> list[BuiltRow]:
    """Upgrade and build each fork for which a release that ends a concern is clean; the others are rows that say why.

    Nothing is deployed or published. Killed in between, the next run builds what was upgraded.
    """
    return [_row(app, one, out) for one in found if _is_meant(one)]


def _is_meant(one: Concern) -> bool:
    """Whether there is a release with the fix that our patches are not built on."""
    fork = one.fork
    if fork is None or one.fixed_in is None or fork.newest != one.fixed_in:
        return False
    return fork.plan is not None or (fork.patches > 0 and fork.built is None)


def _row(app: App, one: Concern, out: Path) -> BuiltRow:
    version, plan = one.fixed_in or "", one.fork.plan if one.fork else None
    if not one.can_build:
        status = plan.status if plan else "not known"
        return BuiltRow(one.component, version, left=f"its forecast is {status}, which needs a person")
    upgraded = False
    try:
        fork = open_fork(app, str(one.component))
        if plan:
            upgraded = _upgrade(app, fork, version)
            narrow_holds(app, one.component)
        if not fork.stack(version):
            return BuiltRow(one.component, version, upgraded)
        return BuiltRow(one.component, version, upgraded, _build(app, fork, version, out))
    except PlugwatchError as error:
        return BuiltRow(one.component, version, upgraded, left=str(error))


def _upgrade(app: App, fork: Fork, version: str) -> bool:
    """Carry the patches to the release; what somebody has said of them before counts."""
    with writing(app, fork, "check --build"):
        if CONFLICT_REFS + version in fork.refs():
            raise PlugwatchError(f"a merge by hand for {version} is under way")
        source = workflow.choose_source(fork, version)
        stack = {entry.patch.id for entry in fork.stack(source)}
        said = [patch for patch in recorded_acceptances(app, [(fork.component, version)])[0] if patch in stack]
        result, operation = workflow.upgrade(fork, version, said, stamp=stamp(app))
        if result.plan.status != "clean" or operation is None:
            raise PlugwatchError(f"the upgrade is {result.plan.status} now, which needs a person")
        carry_out(fork, app.ledger, operation)
    return True


def _build(app: App, fork: Fork, version: str, out: Path) -> builds.Built:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlugwatchError(f"{out}: {error.strerror}") from error
    return make_build(app, fork, version, out)[0]
