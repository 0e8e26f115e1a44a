"""``plugwatch fork log``: what was done to a fork, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import open_fork
from plugwatch.errors import ForkError
from plugwatch.forks.conflicts import MergingFork
from plugwatch.model.operation import FORGETTING, Operation, describe, taken_back
from plugwatch.model.verdicts.conflict import CONFLICT_REFS

_MOST_NAMED = 3


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
    titles = titles_of([operation for _number, operation in history])
    fork = MergingFork(opened.directory, opened.component)
    rows = [
        summary(number, operation)
        | {
            "undoes": numbers.get(operation.undoes or ""),
            "undone": operation.id in undone,
            "refs": refs(operation),
            "patches": list(_patches(fork, operation, titles)),
        }
        for number, operation in reversed(history)
    ]
    if as_json:
        print_json(rows)
        return
    from plugwatch.render.terminal import show_table

    headers = ("#", "AT", "BY", "WHAT", "PATCHES", "STATE")
    show_table(
        headers,
        [
            (
                row["operation"],
                short_time(app, row["at"]),
                row["actor"],
                _what(row),
                _named(row["patches"]),
                "undone" if row["undone"] else "",
            )
            for row in rows
        ],
    )
    if rows and rows[0]["command"] != FORGETTING:
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


def titles_of(operations: Sequence[Operation]) -> dict[str, str]:
    """The title that each patch got when it came to a fork."""
    return {row["id"]: row["title"] for operation in operations for row in operation.rows.get("patches", ())}


def short_time(app: App, at: str) -> str:
    """A moment as people read it, in the agency's time zone."""
    return f"{datetime.fromisoformat(at).astimezone(app.zone):%Y-%m-%d %H:%M}"


def _patches(fork: MergingFork, operation: Operation, titles: Mapping[str, str]) -> Iterator[dict[str, str | None]]:
    """The patches that an operation is about: ``added``, ``carried``, ``dropped``, or ``waits`` for a person."""
    rows = operation.rows
    added = [row["id"] for row in rows.get("patches", ())]
    found = [("added", patch) for patch in added]
    if operation.command == "fork upgrade":
        found += [("carried", patch) for row in rows.get("stacks", ()) for patch in row["patches"]]
    found += [("dropped", row["patch"]) for row in rows.get("drops", ())]
    yield from ({"what": what, "patch": patch, "title": titles.get(patch)} for what, patch in found)
    for change in operation.refs:
        if change.name.startswith(CONFLICT_REFS) and change.new and operation.undoes is None:
            try:
                conflict = fork.read_conflict(change.new)
            except ForkError:
                continue  # a log lists what is damaged, too
            yield {"what": "waits", "patch": conflict.patch, "title": conflict.title}


def _named(patches: Sequence[Mapping[str, str | None]]) -> str:
    """Patches with their titles, behind what became of them; those that only went along are counted."""
    names = [
        f"{patch['what'] + ' ' if patch['what'] in ('dropped', 'waits') else ''}{patch['patch']}"
        + (f" ({patch['title']})" if patch["title"] else "")
        for patch in patches
        if patch["what"] != "carried"
    ]
    carried = sum(patch["what"] == "carried" for patch in patches)
    more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return ", ".join([*([f"{carried} carried"] if carried else []), *names[:_MOST_NAMED], *more])


def _what(row: dict[str, Any]) -> str:
    """What was done, with the release of a merge by hand: the record has it in the name of a ref alone."""
    releases = [r["ref"].removeprefix(CONFLICT_REFS) for r in row["refs"] if r["ref"].startswith(CONFLICT_REFS)]
    if row["undoes"]:
        return f"{row['what']} of {row['undoes']}"
    return f"{row['what']} to {releases[0]}" if releases and row["what"] == "fork resolve" else str(row["what"])
