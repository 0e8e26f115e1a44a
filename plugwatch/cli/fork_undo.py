"""``plugwatch fork undo``: take back what a command did to a fork."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.fork_log import refs, summary
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.model.operation import RefChange, describe
from plugwatch.workflows import undo as workflow
from plugwatch.workflows.operations import carry_out


@click.command()
@click.argument("component")
@click.option(
    "--operation",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="An earlier one, where all after it is undone (default: the last).",
)
@click.option("--force", is_flag=True, help="Although a site runs its build, or a submission rests on its patch.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_app
def undo(app: App, component: str, number: int | None, force: bool, yes: bool, as_json: bool) -> None:
    """Take back the last thing that was done to a fork.

    Undoing an undo brings it back. Nothing is lost: 'fork log' lists both.
    """
    opened = open_fork(app, component)
    wanted = workflow.find_undo(opened, number)
    if not yes:
        _ask(app, wanted)
    with writing(app, opened, "fork undo"):
        _check(app, opened, wanted, number, force=force)
        operation = workflow.undo_operation(opened, wanted, stamp=stamp(app))
        carry_out(opened, app.ledger, operation)
        recorded = opened.operations()[-1]
    if as_json:
        print_json(
            {
                "component": str(opened.component),
                "operation": recorded,
                "undone": summary(wanted.number, wanted.target),
                "redone": describe(wanted.command) if wanted.redoes else None,
                "refs": refs(operation),
            }
        )
        return
    click.echo(f"{opened.component}: {_sentence(app, wanted)}: {'done again' if wanted.redoes else 'undone'}")
    for change in operation.refs:
        click.echo(f"  {_move(change)}")
    again = f"plugwatch fork undo {opened.component}"
    further = [f"to go further back: {again} --operation {wanted.below}"] if wanted.below and not wanted.redoes else []
    next_step(f"to take this back: {again}", *further)


def _ask(app: App, wanted: workflow.Undo) -> None:
    """Raises UsageError where nobody can be asked, and click's Abort where the answer is no."""
    if not sys.stdin.isatty():
        raise click.UsageError("give --yes to undo without being asked")
    note(f"operation {wanted.number}: {_sentence(app, wanted)}")
    for change in wanted.target.refs:
        note(f"  {_move(RefChange(change.name, change.new, change.old))}")
    click.confirm("Do it again?" if wanted.redoes else "Undo it?", abort=True, err=True)


def _check(app: App, opened: Fork, wanted: workflow.Undo, number: int | None, *, force: bool) -> None:
    """Raises ForkError where something else was done meanwhile, or where something outside rests on the operation."""
    if workflow.find_undo(opened, number).target.id != wanted.target.id:
        raise ForkError(f"something else was done to the fork of {opened.component} meanwhile; run the command again")
    if force:
        return
    with app.ledger.reading() as work:
        found = workflow.objections(work, opened.component, wanted)
    if found:
        raise ForkError(
            f"operation {wanted.number} of {opened.component} ({describe(wanted.command)}) is in use: "
            f"{', '.join(found)}; undo it all the same with --force"
        )


def _sentence(app: App, wanted: workflow.Undo) -> str:
    from plugwatch.render.terminal import clean

    command = wanted.command
    return f"{clean(describe(command))} by {clean(command.actor)}, {_ago(app.now - datetime.fromisoformat(command.at))}"


def _ago(span: timedelta) -> str:
    from plugwatch.render.terminal import count

    seconds = int(span.total_seconds())
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(seconds // size, noun)} ago"
    return "just now"


def _move(change: RefChange) -> str:
    if change.old and change.new:
        return f"{change.name}: {change.old[:10]} → {change.new[:10]}"
    return f"{change.name}: {'comes' if change.new else 'goes'}"
