"""``plugwatch incident merge`` and ``link``: one trouble that was logged twice, or that was there before."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.incident_documents import incident_document
from plugwatch.cli.incident_views import line, show_head
from plugwatch.workflows import join_incidents as workflow


@click.command()
@click.argument("number", metavar="INC")
@click.argument("into", metavar="INTO", required=False)
@click.option("--undo", is_flag=True, help="Take INC out of what it was merged into.")
@json_option
@pass_app
def merge(app: App, number: str, into: str | None, undo: bool, as_json: bool) -> None:
    """Make two incidents one.

    INC goes on as INTO, with its calls, sites, promises and messages. Nothing is lost, so --undo takes it out again;
    what INTO has learnt from it stays there.
    """
    if undo == (into is not None):
        raise click.UsageError("name both: incident merge INC INTO; or take one out: INC --undo")
    with app.ledger.unit_of_work() as work:
        found = work.incidents.get(number)
        if into is None:
            whole = workflow.undo_merge(work, found, actor=app.actor, now=app.now)
        else:
            whole = workflow.merge(work, found, work.incidents.get(into), actor=app.actor, now=app.now)
        merged = work.incidents.merged(whole)
    if as_json:
        print_json(incident_document(whole, app.zone) | {"merged": merged})
        return
    show_head(whole)
    if merged:
        line("merged", ", ".join(merged))
    next_step(f"plugwatch incident show {whole.name}")


@click.command()
@click.argument("number", metavar="INC")
@click.argument("other", metavar="OTHER")
@click.option("--note", metavar="TEXT", help="What is alike, or what helped then.")
@json_option
@pass_app
def link(app: App, number: str, other: str, note: str | None, as_json: bool) -> None:
    """Note that another incident was the same trouble."""
    with app.ledger.unit_of_work() as work:
        found, far = work.incidents.get(number), work.incidents.get(other)
        workflow.link(work, found, far, note, actor=app.actor, now=app.now)
    if as_json:
        print_json({"incident": found.name, "other": far.name, "note": note})
        return
    click.echo(f"{found.name} and {far.name} are linked")
    next_step(f"plugwatch incident show {found.name}")
