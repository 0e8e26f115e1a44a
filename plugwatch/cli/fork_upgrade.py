"""``plugwatch fork forecast`` and ``upgrade``: what a release means for the patches, and carrying them over to it."""

from __future__ import annotations

from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, ForkError
from plugwatch.model.component import Component
from plugwatch.model.fork import Plan
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out


@click.command()
@click.argument("component", required=False)
@click.option("--all", "every", is_flag=True, help="Every fork that carries patches.")
@click.option("--to", "target", required=True, metavar="V|latest", help="The release.")
@json_option
@pass_app
def forecast(app: App, component: str | None, every: bool, target: str, as_json: bool) -> int:
    """What a release would mean for each patch; nothing is written."""
    if bool(component) == every:
        raise click.UsageError("name one component, or give --all")
    failed = 0
    if component:
        opened = open_fork(app, component)
        plans = [workflow.forecast(opened, workflow.find_target(opened, target))]
    else:
        plans, failed = _forecast_all(app, target)
    if as_json:
        documents = [_plan_document(plan, None) for plan in plans]
        print_json(documents if every else documents[0])
    else:
        _show_plans(plans)
        if plans and not every:
            _say_what_next(plans[0], upgraded=False)
    return _exit_code(plans) or (EXIT_UNKNOWN if failed else 0)


@click.command()
@click.argument("component")
@click.option("--to", "target", required=True, metavar="V|latest", help="The release.")
@click.option("--accept", multiple=True, metavar="PATCH", help="Yes, this one is in the release: drop it.")
@json_option
@pass_app
def upgrade(app: App, component: str, target: str, accept: tuple[str, ...], as_json: bool) -> int:
    """Carry the patches to another release.

    Those that it contains are dropped, with their evidence kept.
    """
    opened = open_fork(app, component)
    with writing(app, opened, "fork upgrade"):
        accepted = [workflow.find_patch(opened, text)[1].patch.id for text in accept]
        result, operation = workflow.upgrade(opened, workflow.find_target(opened, target), accepted, stamp=stamp(app))
        if operation:
            carry_out(opened, app.ledger, operation)
    if as_json:
        print_json(_plan_document(result.plan, result.branch))
    else:
        _show_plans([result.plan])
        _say_what_next(result.plan, upgraded=True)
    return _exit_code([result.plan])


def _forecast_all(app: App, target: str) -> tuple[list[Plan], int]:
    """Forecasts of all forks that have patches and the release, and do not carry them there already.

    A fork that cannot be read does not keep the others from being looked at; the number says how many there are.
    """
    found = [_forecast_one(app, component, target) for component in app.forks.components()]
    return [plan for plans in found if plans for plan in plans], found.count(None)


def _forecast_one(app: App, component: Component, target: str) -> list[Plan] | None:
    """The forecast where there is something to look at; None, with a note, where the fork cannot be read."""
    try:
        opened = open_fork(app, str(component))
        stacks, versions = opened.stacks(), [release.version for release in opened.releases()]
        wanted = versions[-1] if versions and target == "latest" else target
        return [workflow.forecast(opened, wanted)] if stacks and wanted in versions and wanted not in stacks else []
    except ForkError as error:
        note(f"{component} could not be looked at: {error}")
        return None


def _exit_code(plans: list[Plan]) -> int:
    return 0 if all(plan.status == "clean" for plan in plans) else EXIT_PERSON


def _plan_document(plan: Plan, branch: str | None) -> dict[str, Any]:
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


def _show_plans(plans: list[Plan]) -> None:
    from plugwatch.render.terminal import clean, show_table

    if not plans:
        click.echo("every fork with patches is on its newest release")
        return
    for plan in plans:
        click.echo(f"{plan.component}  {plan.source} → {plan.target.version}  {plan.status}")
        rows = [(o.patch.id, o.verdict, o.patch.title, o.php) for o in plan.outcomes]
        show_table(("PATCH", "VERDICT", "TITLE", "PHP"), rows)
        for outcome in plan.outcomes:
            for line in outcome.evidence:
                click.echo(f"  {outcome.patch.id}: {clean(line)}")


def _say_what_next(plan: Plan, *, upgraded: bool) -> None:
    component, target = plan.component, plan.target.version
    if plan.status != "clean":
        stuck = next(o for o in plan.outcomes if not o.settled)
        next_step(
            f"look at 'plugwatch patch show {stuck.patch.id} --against {target}'",
            f"if the release has it: plugwatch fork upgrade {component} --to {target} --accept {stuck.patch.id}",
        )
    elif not upgraded:
        next_step(f"plugwatch fork upgrade {component} --to {target}")
    elif plan.stack:
        next_step(f"plugwatch fork build {component}")
    else:
        next_step(f"nothing is left to carry: sites can go to the vendor's {target}")
