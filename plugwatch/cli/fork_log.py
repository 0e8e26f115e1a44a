"""``plugwatch fork log``: what was done to a fork, and by whom."""

from __future__ import annotations

from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import open_fork
from plugwatch.model.operation import Operation, describe, taken_back


@click.command()
@click.argument("component")
@json_option
@pass_app
def log(app: App, component: str, as_json: bool) -> None:
    """What was done to a fork, by whom and when, the newest first."""
    opened = open_fork(app, component)
    history = opened.history()
    undone = taken_back([operation for _number, operation in history])
    numbers = {operation.id: number for number, operation in history}
    rows = [
        summary(number, operation)
        | {
            "undoes": numbers.get(operation.undoes or ""),
            "undone": operation.id in undone,
            "refs": refs(operation),
        }
        for number, operation in reversed(history)
    ]
    if as_json:
        print_json(rows)
        return
    from plugwatch.render.terminal import show_table

    headers = ("#", "AT", "BY", "WHAT", "STATE")
    keys = ("operation", "at", "actor")
    show_table(headers, [(*(row[key] for key in keys), _what(row), "undone" if row["undone"] else "") for row in rows])
    if rows:
        next_step(f"plugwatch fork undo {opened.component}")


def summary(number: int, operation: Operation) -> dict[str, Any]:
    """An operation as JSON shows it: number, command, what it did, who and when."""
    return {
        "operation": number,
        "command": operation.command,
        "what": describe(operation),
        "actor": operation.actor,
        "at": operation.at,
    }


def refs(operation: Operation) -> list[dict[str, str | None]]:
    """The refs that an operation moved."""
    return [{"ref": change.name, "from": change.old, "to": change.new} for change in operation.refs]


def _what(row: dict[str, Any]) -> str:
    return f"{row['what']} of {row['undoes']}" if row["undoes"] else row["what"]
