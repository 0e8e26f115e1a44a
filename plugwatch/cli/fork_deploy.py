"""``plugwatch fork deploy``: a build, or a release as the vendor ships it, on sites; and back again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.deploy_views import outcome_document, show_log, show_outcome
from plugwatch.cli.deploying import Choice, Workbench, check_kind, choose_sites
from plugwatch.cli.forking import find_component, open_fork
from plugwatch.errors import PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.ledger.ids import new_id
from plugwatch.model.deployments.deployment import BACK, BUILD, DONE, PUT_BACK, RUNNING, STOCK, UNKNOWN
from plugwatch.model.site import Site
from plugwatch.workflows import deploy as workflow
from plugwatch.workflows.deploy_step import ALREADY, PLANNED, STOPPING, Order, Outcome


@click.command()
@click.argument("component", required=False)
@click.option("--build", "build", metavar="B", help="This build of ours (default: the newest).")
@click.option("--stock", metavar="V", help="This release, as the vendor ships it.")
@click.option("--back", is_flag=True, help="What was there before our last deployment, from snapshots/.")
@click.option("--site", "sites", metavar="SITE", multiple=True, help="On this site; may be given several times.")
@click.option("--affected", metavar="INC", help="On all sites that this incident says are affected.")
@click.option("--canary", metavar="SITE", help="On this site first; given alone, on no other.")
@click.option("--send", is_flag=True, help="Do it. Without this it is only told what would be done.")
@click.option("--anyway", metavar="REASON", help="Also over changed files and in spite of a hold, for this reason.")
@click.option("--log", "log", is_flag=True, help="What was deployed so far, the newest first.")
@json_option
@pass_app
def deploy(app: App, component: str | None, log: bool, as_json: bool, **options: Any) -> int:
    """Put a build, or a release as the vendor ships it, on sites.

    One site at a time, and no further one after a failure. Before: a snapshot of what is there. After: the files, the
    plugin's state and the site's first page are looked at; where anything is wrong, the old copy is put back at once.
    What was broken off in the middle is ended by the next run for that site.

    Exit codes: 1 refused, or failed and put back; 3 a person must look; 4 a site could not be asked.
    """
    if log:
        show_log(app, find_component(app, component) if component else None, as_json=as_json)
        return 0
    choice = _check_usage(component, options)
    opened = open_fork(app, component or "")
    check_kind(opened)
    sites, incident, remarks = choose_sites(app, opened, options["sites"], options["affected"], options["canary"])
    for remark in remarks:
        note(remark)
    with app.ledger.reading() as work:
        holds = work.holds.open().get(opened.component, [])
    order = Order(
        component=opened.component,
        kind=choice.kind,
        run=new_id(),
        actor=app.actor,
        holds=holds,
        send=options["send"],
        anyway=options["anyway"],
        incident=incident,
        canary=sites[0].slug if options["canary"] else None,
    )
    outcomes = _run(app, opened, choice, order, sites, as_json=as_json)
    if not as_json:
        _tell_next(order, choice, outcomes)
    return workflow.exit_code(outcomes)


def _check_usage(component: str | None, options: dict[str, Any]) -> Choice:
    context = click.get_current_context()
    if not component:
        raise click.UsageError("say which COMPONENT", context)
    if sum(bool(options[name]) for name in ("build", "stock", "back")) > 1:
        raise click.UsageError("--build, --stock and --back are three ways; choose one", context)
    if not (options["sites"] or options["affected"] or options["canary"]):
        raise click.UsageError("say where: --site SITE, --affected INC or --canary SITE", context)
    if options["anyway"] is not None and not options["anyway"].strip():
        raise click.UsageError("--anyway needs a reason, which is kept", context)
    if options["back"]:
        return Choice(BACK)
    return Choice(STOCK, options["stock"]) if options["stock"] else Choice(BUILD, options["build"])


def _run(
    app: App, opened: Fork, choice: Choice, order: Order, sites: Sequence[Site], *, as_json: bool
) -> list[Outcome]:
    from plugwatch.cli.progressing import progress

    with TemporaryDirectory(prefix="plugwatch-") as folder, progress("working on sites", len(sites)) as advance:

        def tell(outcome: Outcome) -> None:
            if not as_json:
                show_outcome(outcome)
            advance()

        bench = Workbench(app, opened, choice, Path(folder))
        wanted = None if choice.kind == BACK else bench.wanted[0]
        try:
            outcomes = workflow.deploy(sites, order, bench.tools(), tell)
        except KeyboardInterrupt:
            _tell_broken_off(app, order)
            raise
        except BrokenPipeError as error:
            if not order.send:
                raise
            log = f"plugwatch fork deploy --log {order.component}"
            raise PlugwatchError(f"whoever read this has gone, so no further site was tried; see '{log}'") from error
    if as_json:
        print_json(
            {
                "component": str(order.component),
                "kind": order.kind,
                "version": wanted.version if wanted else None,
                "send": order.send,
                "run": order.run,
                "sites": [outcome_document(one) for one in outcomes],
            }
        )
    return outcomes


def _tell_next(order: Order, choice: Choice, outcomes: Sequence[Outcome]) -> None:
    name = order.component
    done = [one.site for one in outcomes if one.state == DONE]
    if not order.send:
        note("nothing was done")
        if any(one.state == PLANNED for one in outcomes):
            next_step("the same with --send")
        return
    alone = order.canary and len(outcomes) == 1 and not order.incident
    if alone and outcomes[0].state in (DONE, ALREADY):
        which = {BUILD: f" --build {choice.version}" if choice.version else "", STOCK: f" --stock {choice.version}"}
        more = f"plugwatch fork deploy {name}{which.get(choice.kind, ' --back')} --affected INC --send"
        next_step(f"look at {order.canary}, then {more}")
        return
    steps = [
        f"plugwatch fork deploy {name} --back --site {one.site} --send" for one in outcomes if one.state == UNKNOWN
    ]
    touched = [*(one.site for one in outcomes if one.state == PUT_BACK), *done]
    steps += [f"plugwatch fork verify {site} {name}" for site in touched[:1]]
    if done and choice.kind != BACK:
        steps.append(f"plugwatch fork deploy {name} --back --site {done[0]}")
    if done or any(one.state in STOPPING for one in outcomes):
        next_step(*steps, f"plugwatch fork deploy --log {name}")


def _tell_broken_off(app: App, order: Order) -> None:
    """Where the site that was being worked on stands, for whoever stopped it."""
    with app.ledger.reading() as work:
        rows = [one for one in work.deployments.all(order.component) if one.run == order.run]
    for site in (one.site for one in rows if one.state == RUNNING):
        again = f"plugwatch fork deploy {order.component} --back --site {site} --send"
        note(f"{site}: broken off in the middle; '{again}' puts the old copy back where that is needed")
