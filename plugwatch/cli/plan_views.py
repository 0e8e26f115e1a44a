"""What a release means for the patches, or has meant: as JSON, and for a person to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from plugwatch.cli.context import next_step
from plugwatch.model.fork import Outcome, Plan


def plan_document(plan: Plan, branch: str | None) -> dict[str, Any]:
    """A plan as JSON; ``branch`` is what it has become."""
    return {
        "component": str(plan.component),
        "from": plan.source,
        "to": plan.target.version,
        "status": plan.status,
        "patches": [
            {
                "id": outcome.patch.id,
                "title": outcome.patch.title,
                "verdict": outcome.verdict,
                "confidence": outcome.confidence,
                "evidence": list(outcome.evidence),
                "files": list(outcome.files),
                "php": outcome.php,
                "accepted": outcome.accepted,
            }
            for outcome in plan.outcomes
        ],
        "branch": branch,
        "tree": plan.tree if plan.status == "clean" else None,
    }


def show_plans(plans: Sequence[Plan]) -> None:
    """Plans for a person: a table each, and the evidence."""
    from plugwatch.render.terminal import clean, show_table

    for plan in plans:
        click.echo(f"{plan.component}  {plan.source} → {plan.target.version}  {plan.status}")
        rows = [(o.patch.id, o.verdict, o.confidence, o.patch.title, _php(o)) for o in plan.outcomes]
        show_table(("PATCH", "VERDICT", "SURE", "TITLE", "PHP"), rows)
        for outcome in plan.outcomes:
            for line in (*outcome.evidence, *_decided(outcome)):
                click.echo(f"  {outcome.patch.id}: {clean(line)}")


def say_result(plan: Plan, *, upgraded: bool) -> None:
    """One line: what an upgrade has done, or would do."""
    carried = sum(outcome.verdict == "carried" for outcome in plan.outcomes)
    dropped = sum(outcome.settled and outcome.verdict != "carried" for outcome in plan.outcomes)
    left = len(plan.outcomes) - carried - dropped
    if left:
        start = "nothing was changed" if upgraded else "an upgrade would stop"
        click.echo(f"{start}: {left} of {_patches(len(plan.outcomes))} need{'s' if left == 1 else ''} a person")
        return
    version = plan.target.version
    start, verb = ("done", "was") if upgraded else ("an upgrade would go through", "would be")
    verb = "were" if upgraded and dropped != 1 else verb
    gone = f", {dropped} {verb} dropped" if dropped else ""
    click.echo(f"{start}: {_patches(carried)} carried to {version}{gone}")


def say_what_next(plan: Plan, *, upgraded: bool) -> None:
    """What follows from a plan."""
    component, target = plan.component, plan.target.version
    if plan.status != "clean":
        stuck = next(o for o in plan.outcomes if not o.settled)
        next_step(
            f"look at 'plugwatch patch show {stuck.patch.id} --against {target}'",
            f"merge it by hand: plugwatch fork resolve {component} --to {target}",
            f"if the release has it: plugwatch fork upgrade {component} --to {target} --accept {stuck.patch.id}",
        )
    elif not upgraded:
        next_step(f"plugwatch fork upgrade {component} --to {target}")
    elif plan.stack:
        next_step(f"plugwatch fork build {component}")
    else:
        next_step(f"nothing is left to carry: sites can go to the vendor's {target}")


def _php(outcome: Outcome) -> str:
    """Of a patch that is not put in no file is checked, whether PHP is installed or not."""
    return outcome.php if outcome.verdict == "carried" or outcome.php != "not-checked" else "–"


def _decided(outcome: Outcome) -> list[str]:
    return ["a person has said that the release has it, so it is dropped"] if outcome.accepted else []


def _patches(count: int) -> str:
    return f"{count} patch{'' if count == 1 else 'es'}"
