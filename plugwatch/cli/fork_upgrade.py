"""``plugwatch fork forecast`` and ``upgrade``: what a release means for the patches, and carrying them over to it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.deciding import recorded_acceptances, with_acceptances, with_known_resolutions
from plugwatch.cli.forecasting import forecast_all, look_back
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.cli.holding import narrow_holds
from plugwatch.cli.plan_views import plan_document, say_result, say_what_next, show_plans
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import read_overview
from plugwatch.model.fork import Plan
from plugwatch.model.verdicts.conflict import CONFLICT_REFS
from plugwatch.model.verdicts.relapse import left_behind
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
        version = workflow.find_target(opened, target)
        plan = workflow.forecast(opened, version)
        _remark(app, opened, version)
        (accepted,) = recorded_acceptances(app, [(plan.component, plan.target.version)])
        plans = [with_acceptances(plan, accepted)]
    else:
        plans, failed = forecast_all(app, target)
    plans = [with_known_resolutions(app, plan) for plan in plans]
    if as_json:
        documents = [plan_document(plan, None) for plan in plans]
        print_json(documents if every else documents[0])
    elif every:
        _show_all(plans, failed)
    else:
        show_plans(plans)
        say_result(plans[0], upgraded=False)
        say_what_next(plans[0], upgraded=False)
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
    accepted = [workflow.find_patch(opened, text)[1].patch.id for text in accept]
    if sys.stdin.isatty() and sys.stdout.isatty() and not as_json:
        accepted += _ask(app, opened, workflow.find_target(opened, target), accepted)
    with writing(app, opened, "fork upgrade"):
        version = workflow.find_target(opened, target)
        _remark(app, opened, version)
        said = _said_before(app, opened, version, accepted)
        result, operation = workflow.upgrade(opened, version, [*accepted, *said], stamp=stamp(app))
        if operation:
            _refuse_during_merge(opened, version)
            carry_out(opened, app.ledger, operation)
            narrow_holds(app, opened.component)
    plan = with_known_resolutions(app, result.plan)
    if as_json:
        print_json(plan_document(plan, result.branch))
    else:
        show_plans([plan])
        say_result(plan, upgraded=True)
        _say_ways_on(app, plan)
    return _exit_code([plan])


def _say_ways_on(app: App, plan: Plan) -> None:
    """What follows: where the release holds patches of ours, the sites are to be moved to it."""
    gone = {outcome.patch.id for outcome in plan.outcomes if outcome.dropped}
    if plan.status != "clean" or not gone or plan.stack:
        say_what_next(plan, upgraded=True)
        return
    from plugwatch.model.patches.stepping import say_clients, ways_on
    from plugwatch.render.terminal import clean
    from plugwatch.workflows.stepping import waiting

    view = read_overview(open_fork(app, str(plan.component)))
    with app.ledger.reading() as work:
        left = [one for one in waiting(work, [view]) if one.dropped.patch in gone]
        names = {client.slug: client.name for client in work.clients.list()}
    for one in left:
        dropped = one.dropped
        note(clean(f"{dropped.patch} ({dropped.title}) waits for {say_clients(one.to_move, names)} to move"))
    if left:
        next_step(*ways_on(left[0].dropped, left[0].to_move))
    else:
        say_what_next(plan, upgraded=True)


def _remark(app: App, opened: Fork, version: str) -> None:
    """Say which patches an upgrade says nothing of, though somebody may count on them."""
    view = read_overview(opened)
    with app.ledger.reading() as work:
        dropped = work.patches.dropped()
    for patch, on in left_behind(view.stacks, workflow.choose_source(opened, version), dropped):
        note(
            f"note: {patch.id} ({patch.title}) is carried on {on} alone and does not come along; put it on {version} "
            f"with 'plugwatch patch export {patch.id} --out DIR' and "
            f"'plugwatch patch import {opened.component} FILE --on {version}'"
        )
    for relapse in look_back(app, [(view, version)])[0]:
        note(f"note: {relapse}")


def _show_all(plans: Sequence[Plan], failed: int) -> None:
    """All forecasts, those that need a person last, where the eye is."""
    plans = sorted(plans, key=lambda plan: plan.status != "clean")
    show_plans(plans)
    stuck = [plan for plan in plans if plan.status != "clean"]
    if failed:
        click.echo(f"forks that could not be looked at: {failed}")
    if not plans:
        click.echo("nothing to look at: every other fork with patches has them on that release, or does not have it")
        next_step("plugwatch doctor" if failed else "plugwatch fork list")
        return
    click.echo(f"forks: {len(plans)} looked at, {len(stuck)} need a person; those on that release already are left out")
    say_what_next((stuck or plans)[0], upgraded=False)


def _said_before(app: App, opened: Fork, version: str, accepted: Collection[str]) -> list[str]:
    """The patches of the stack of which somebody has said before that the release has them.

    Raises ForkError where it certainly lacks one.
    """
    source = workflow.choose_source(opened, version)
    stack = {entry.patch.id for entry in opened.stack(source)}
    recorded = recorded_acceptances(app, [(opened.component, version)])[0]
    said = [patch for patch in recorded if patch in stack.difference(accepted)]
    plan = opened.plan(source, version, [*accepted, *said], forecast=True) if said else None
    for outcome in plan.outcomes if plan else ():
        if outcome.patch.id in said and outcome.verdict == "carried":
            withdraw = f"plugwatch patch accept {outcome.patch.id} --in {version} --withdraw"
            raise ForkError(
                f"somebody said that {version} has {outcome.patch.id}, but it merges cleanly and is not in it, so "
                f"nothing moved; take it back with '{withdraw}'"
            )
    return said


def _ask(app: App, opened: Fork, version: str, accepted: Collection[str]) -> list[str]:
    """The patches of which the person at the terminal says that the release has them in another form."""
    from plugwatch.render.terminal import clean

    source = workflow.choose_source(opened, version)
    plan = opened.plan(source, version, accepted, forecast=True)
    yes = []
    for outcome in with_acceptances(plan, recorded_acceptances(app, [(opened.component, version)])[0]).outcomes:
        if outcome.verdict == "landed-variant" and not outcome.settled:
            note(f"{outcome.patch.id}  {clean(outcome.patch.title)}")
            for line in outcome.evidence:
                note(f"  {clean(line)}")
            if click.confirm(f"Is it in {version}, so that it can be dropped?", err=True):
                yes.append(outcome.patch.id)
    return yes


def _refuse_during_merge(opened: Fork, version: str) -> None:
    """Raise ForkError where somebody merges by hand what would go up now."""
    if CONFLICT_REFS + version in opened.refs():
        again = f"plugwatch fork resolve {opened.component} --to {version}"
        raise ForkError(
            f"a merge by hand for {version} is under way; go on with '{again} --continue', "
            f"or give it up with '{again} --abort', then run the upgrade again"
        )


def _exit_code(plans: list[Plan]) -> int:
    return 0 if all(plan.status == "clean" for plan in plans) else EXIT_PERSON
