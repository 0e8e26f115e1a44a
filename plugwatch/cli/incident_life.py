"""``plugwatch incident mitigate``, ``resolve``, ``close`` and ``reopen``: from the fix to the end, and back."""

from __future__ import annotations

from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.incident_documents import impact_document, incident_document
from plugwatch.cli.incident_views import leading, line, say, show_head
from plugwatch.errors import EXIT_PERSON
from plugwatch.workflows import life


@click.command()
@click.argument("number", metavar="INC")
@click.argument("sites", metavar="[SITE]…", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All sites that are affected or in triage.")
@click.option("--how", metavar="TEXT", required=True, help="By what means: 'our build', 'rolled back to 5.9.3'.")
@json_option
@pass_app
def mitigate(app: App, number: str, sites: tuple[str, ...], every: bool, how: str, as_json: bool) -> int:
    """Say that sites work again, by whatever means.

    When no site is affected or in triage any more, the incident is being watched (monitoring).
    """
    if every == bool(sites):
        raise click.UsageError("name the sites that work again, or write --all", click.get_current_context())
    with app.ledger.unit_of_work() as work:
        found = leading(work, number)
        moved = life.mitigate(work, found, None if every else sites, how, actor=app.actor, now=app.now)
    return _show(app, moved, as_json, f"plugwatch incident tell {found.name}")


@click.command()
@click.argument("number", metavar="INC")
@click.argument("sites", metavar="[SITE]…", nargs=-1)
@click.option("--anyway", metavar="WHY", help="Although sites are affected or in triage.")
@json_option
@pass_app
def resolve(app: App, number: str, sites: tuple[str, ...], anyway: str | None, as_json: bool) -> int:
    """Say that it is over.

    With sites: over for these. Without: for the incident; exit code 3, with the list, while a site is affected or in
    triage.
    """
    with app.ledger.unit_of_work() as work:
        found = leading(work, number)
        moved = life.resolve(work, found, sites, anyway=anyway, actor=app.actor, now=app.now)
    verb = "tell" if not sites else "impact" if moved.left else "resolve"
    return _show(app, moved, as_json, f"plugwatch incident {verb} {found.name}")


@click.command()
@click.argument("number", metavar="INC")
@click.option("--anyway", metavar="WHY", help="Although something is left to do.")
@json_option
@pass_app
def close(app: App, number: str, anyway: str | None, as_json: bool) -> int:
    """End an incident for good.

    Exit code 3, with the list, while something is left: a site, a promise, a hold, a submission without an end, a patch
    that is still carried, a message that did not arrive, a client who was not told the end.
    """
    with app.ledger.unit_of_work() as work:
        found = leading(work, number)
        moved = life.close(work, found, anyway=anyway, actor=app.actor, now=app.now)
    return _show(app, moved, as_json, f"plugwatch incident tell {found.name}")


@click.command()
@click.argument("number", metavar="INC")
@click.option("--reason", metavar="TEXT", required=True, help="How it shows that it is back.")
@click.option("--site", metavar="SITE", help="Where it is back.")
@json_option
@pass_app
def reopen(app: App, number: str, reason: str, site: str | None, as_json: bool) -> int:
    """Take up an incident again that has come back."""
    with app.ledger.unit_of_work() as work:
        found = leading(work, number)
        moved = life.reopen(work, found, reason, site=site, actor=app.actor, now=app.now)
    return _show(app, moved, as_json, f"plugwatch incident tell {found.name}")


def _show(app: App, moved: life.Moved, as_json: bool, after: str) -> int:
    """What has changed and what is left; the exit code."""
    code = 0 if moved.done else EXIT_PERSON
    if as_json:
        print_json(_document(app, moved))
        return code
    show_head(moved.incident)
    for impact in moved.impacts:
        line(impact.state, f"{impact.site} ({impact.client})")
    for sentence in moved.left:
        line("left", sentence)
    if moved.done:
        next_step(after)
    else:
        say(f"{moved.incident.name} is still '{moved.incident.status}': see to what is left, or say --anyway WHY")
    return code


def _document(app: App, moved: life.Moved) -> dict[str, Any]:
    return incident_document(moved.incident, app.zone) | {
        "done": moved.done,
        "impacts": [impact_document(impact, app.zone) for impact in moved.impacts],
        "left": list(moved.left),
    }
