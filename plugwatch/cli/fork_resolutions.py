"""``plugwatch fork resolutions``: what a fork remembers of conflicts that people have resolved."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.cli.resolve_views import resolution_document
from plugwatch.errors import AmbiguousError, NotFoundError
from plugwatch.forks.conflicts import MergingFork
from plugwatch.forks.resolutions import Book
from plugwatch.workflows import resolve as workflow
from plugwatch.workflows.operations import carry_out

_SHORT = 12


@click.command()
@click.argument("component")
@click.option("--forget", metavar="KEY", help="Propose this one no more (the beginning of its key will do).")
@json_option
@pass_app
def resolutions(app: App, component: str, forget: str | None, as_json: bool) -> None:
    """What is remembered of conflicts, to be proposed again."""
    opened = open_fork(app, component)
    fork = MergingFork(opened.directory, opened.component)
    forgotten = None
    if forget is not None:
        with writing(app, fork, "fork resolutions"):
            forgotten = _find(fork, forget)
            operation = workflow.forget(fork, forgotten, stamp=stamp(app))
            carry_out(fork, app.ledger, operation)
    found, damaged = Book(fork).all()
    for key in damaged:
        note(f"warning: {key[:_SHORT]} cannot be read; forget it with --forget {key[:_SHORT]}")
    if as_json:
        rows = [resolution_document(one) for one in found]
        print_json({"component": str(fork.component), "forgotten": forgotten, "resolutions": rows, "damaged": damaged})
        return
    if forgotten:
        click.echo(f"{forgotten[:_SHORT]} is not proposed any more")
        next_step(f"to take this back: plugwatch fork undo {fork.component}")
        return
    from plugwatch.render.terminal import show_table

    headers = ("KEY", "BY", "ON", "FROM", "TO", "PATCH", "FILE", "LINES")
    rows_ = [(r.key[:_SHORT], r.author, r.day, r.source, r.target, r.patch, r.path, len(r.lines)) for r in found]
    show_table(headers, rows_)
    if found:
        next_step(f"plugwatch fork resolutions {fork.component} --forget KEY")


def _find(fork: MergingFork, text: str) -> str:
    """The key that begins like this. Raises NotFoundError or AmbiguousError."""
    keys = [key for key in Book(fork).all_keys() if text and key.startswith(text.lower())]
    if not keys:
        raise NotFoundError(
            f"{fork.component} remembers no resolution '{text}'; see 'plugwatch fork resolutions {fork.component}'"
        )
    if len(keys) > 1:
        raise AmbiguousError("resolutions", text, [key[:_SHORT] for key in keys])
    return keys[0]
