"""``plugwatch incident hold``: keep versions off the sites, and let them through again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.model.hold import Hold


@click.command()
@click.argument("number", metavar="INC")
@click.option("--reason", metavar="TEXT", help="Why; a colleague reads it a year later.")
@click.option("--version", "versions", metavar="RANGE", help="Which versions (default: the affected ones).")
@click.option("--component", metavar="C", help="Which component (default: the incident's).")
@click.option("--until", metavar="TEXT", help="What ends it: 'a release with our fix'.")
@click.option("--lift", "over", is_flag=True, help="End all holds of the incident.")
@json_option
@pass_app
def hold(app: App, number: str, over: bool, as_json: bool, **options: Any) -> None:
    """Keep versions of a component off the sites.

    Without anything but the incident it lists what is held.
    """
    from plugwatch.workflows import hold as workflow

    if over and any(options.values()):
        raise click.UsageError("--lift stands alone: it ends all holds of the incident", click.get_current_context())
    if not over and not options["reason"] and any(options.values()):
        raise click.UsageError("a hold needs a --reason", click.get_current_context())
    with app.ledger.unit_of_work() as work:
        found = work.incidents.get(number)
        if over:
            workflow.lift(work, found, actor=app.actor, now=app.now)
        elif options["reason"]:
            workflow.hold(work, found, workflow.Wanted(**options), actor=app.actor, now=app.now)
        holds = work.holds.of_incident(found)
        breached = _breached(work, holds)
    if as_json:
        document = {"incident": found.name, "holds": [hold_document(one, app.zone) for one in holds]}
        print_json(document | {"breached": breached})
        return
    from plugwatch.render.terminal import clean

    for one in holds:
        click.echo(clean(f"{one}{' (lifted)' if one.lifted_at else ''}"))
    if not holds:
        click.echo(f"{found.name} holds nothing")
    if breached:
        click.echo(clean(f"already there: {', '.join(breached)}"))
    next_step(f"plugwatch incident show {found.name}")


def _breached(work: Any, holds: Sequence[Hold]) -> list[str]:
    """The sites that run what is held."""
    return sorted(
        {
            row.site
            for one in holds
            for row in work.installations.where(one.component)
            if one.forbids(row.base_version, row.build)
        }
    )


def hold_document(one: Hold, zone: tzinfo) -> dict[str, Any]:
    """A hold as JSON shows it."""
    return {
        "incident": one.incident,
        "component": str(one.component),
        "versions": one.versions,
        "reason": one.reason,
        "until": one.until,
        "at": one.at.astimezone(zone).isoformat(),
        "actor": one.actor,
        "lifted_at": one.lifted_at.astimezone(zone).isoformat() if one.lifted_at else None,
    }
