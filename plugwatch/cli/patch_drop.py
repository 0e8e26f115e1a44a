"""``plugwatch patch drop``: carry a patch no longer, although no release has it."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import stamp, writing
from plugwatch.cli.patch_find import locate
from plugwatch.cli.patch_intent import ask_reason
from plugwatch.cli.patch_views import blocked_document, show_evidence
from plugwatch.errors import EXIT_PERSON
from plugwatch.forks.fork import Fork
from plugwatch.forks.restack import restack
from plugwatch.workflows import patches as workflow
from plugwatch.workflows.operations import carry_out


@click.command()
@click.argument("wanted", metavar="PATCH")
@click.option("--why", metavar="REASON", help="Why it goes; a colleague reads it a year later.")
@click.option("--on", "version", metavar="V", help="The release (default: the newest with patches).")
@json_option
@pass_app
def drop(app: App, wanted: str, why: str | None, version: str | None, as_json: bool) -> int:
    """Take a patch out of a stack.

    Those above it are put onto what is left; where one of them does not go without it, nothing moves.
    """
    opened, _release, entry = locate(app, wanted)
    reason = ask_reason(why, "Why does it go")
    with writing(app, opened, "patch drop"):
        merge = partial(restack, opened.git)
        dropped, operation = workflow.drop(opened, entry.patch, reason, merge, version=version, stamp=stamp(app))
        if operation:
            carry_out(opened, app.ledger, operation)
    if as_json:
        print_json(_document(opened, dropped))
    else:
        _show(opened, dropped)
    return EXIT_PERSON if dropped.blocked else 0


def _document(opened: Fork, dropped: workflow.Drop) -> dict[str, Any]:
    blocked, version = dropped.blocked, dropped.release.version
    return {
        "patch": dropped.patch.id,
        "title": dropped.patch.title,
        "component": str(opened.component),
        "on": version,
        "status": "conflict" if blocked else "dropped",
        "reason": dropped.reason,
        "patches": [patch.id for patch in dropped.kept],
        "blocked_by": blocked_document(blocked, dropped.evidence),
        "branch": None if blocked else f"carried/{version}",
        "tree": dropped.tree,
    }


def _show(opened: Fork, dropped: workflow.Drop) -> None:
    from plugwatch.render.terminal import clean

    blocked, version = dropped.blocked, dropped.release.version
    if blocked is None:
        left = ", ".join(patch.id for patch in dropped.kept) or "nothing; sites can go to the vendor's own"
        click.echo(f"{dropped.patch.id} is no longer carried on {opened.component} {version}; left: {left}")
        again = (f"plugwatch fork build {opened.component}",) if dropped.kept else ()
        next_step(*again, f"back again: plugwatch fork undo {opened.component}")
        return
    click.echo(clean(f"{dropped.patch.id} stays: {blocked.id} ({blocked.title}) does not go without it; nothing moved"))
    show_evidence(dropped.evidence)
    next_step(
        f"look at it: plugwatch patch show {blocked.id}", f"drop that one first: plugwatch patch drop {blocked.id}"
    )
