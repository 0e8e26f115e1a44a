"""``plugwatch fork undo``: take back what a command did to a fork."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.fork_log import refs, summary
from plugwatch.cli.fork_sync import choose_remote
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.model.fork import STACK_REFS
from plugwatch.model.operation import RefChange, describe
from plugwatch.model.sharing import is_shared
from plugwatch.model.verdicts.conflict import CONFLICT_REFS
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
    for sentence in _comes_again(app, opened, wanted):
        note(sentence)
    if not yes and not _ask(app, wanted):
        note("nothing was undone")
        return
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
    merges = [c.name.removeprefix(CONFLICT_REFS) for c in operation.refs if c.name.startswith(CONFLICT_REFS) and c.new]
    for version in merges:
        resolve = f"plugwatch fork resolve {opened.component} --to {version}"
        click.echo(f"the merge for {version} is under way again: {resolve} --continue, or give it up with --abort")
    again = f"plugwatch fork undo {opened.component}"
    further = [f"to go further back: {again} --operation {wanted.below}"] if wanted.below and not wanted.redoes else []
    next_step(f"to take this back: {again}", *further)


def _comes_again(app: App, opened: Fork, wanted: workflow.Undo) -> list[str]:
    """What a remote may have by now comes back with the next sync: say so, and what can be done instead.

    The remote is not asked: whoever undoes something need not wait for a network.
    """
    shared = [change for change in wanted.target.refs if change.new and is_shared(change.name)]
    try:
        remote = choose_remote(app, opened.component, opened, None)[0]
    except PlugwatchError:  # whatever is wrong with the address, the next sync says it
        remote = None
    if remote is None or not shared or wanted.redoes:
        return []
    has = f"{remote} has it, and" if wanted.target.command == "fork sync" else f"if {remote} has it already,"
    found = [f"note: {has} the next 'fork sync' brings it back here"]
    for change in shared:
        version = change.name.removeprefix(STACK_REFS)
        if change.name != version and change.old:
            sync = f"plugwatch fork sync {opened.component} --on {version} --take ours"
            found.append(f"note: to take it back there as well, run '{sync}' when it is undone")
        elif change.name != version and wanted.target.rows.get("patches"):
            found.append("note: to take a patch out for everybody, use 'plugwatch patch drop' instead")
    return found


def _ask(app: App, wanted: workflow.Undo) -> bool:
    """Whether the person says yes. Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise click.UsageError("give --yes to undo without being asked")
    note(f"operation {wanted.number}: {_sentence(app, wanted)}")
    for change in wanted.target.refs:
        note(f"  {_move(RefChange(change.name, change.new, change.old))}")
    return click.confirm("Do it again?" if wanted.redoes else "Undo it?", err=True)


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
