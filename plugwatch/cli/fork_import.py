"""``plugwatch fork create`` and ``import``: the vendors' releases that a fork keeps."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import fetched, find_component, open_fork, stamp, without_secrets, writing
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out

_SOURCE = "A ZIP, a folder or a URL."


@click.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The version, where no header says it.")
@click.option("--from", "source", required=True, metavar="SOURCE", help=_SOURCE)
@json_option
@pass_app
def create(app: App, component: str, version: str | None, source: str, as_json: bool) -> None:
    """Start a fork with a first release."""
    named = find_component(app, component)
    if named.kind == "core" or "/" in named.slug:
        raise ForkError(f"{named} cannot be forked; fork a plugin, a theme, a must-use plugin or a drop-in")
    if app.forks.exists(named):
        raise ForkError(f"there is a fork of {named} already; add releases with 'plugwatch fork import {named}'")
    created = app.forks.create(named)
    try:
        _import(app, created, version, source, as_json=as_json)
    finally:
        app.forks.discard(created)  # only where nothing came of it


@click.command("import")
@click.argument("component")
@click.option("--version", metavar="V", help="The version, where no header says it.")
@click.option("--from", "source", required=True, metavar="SOURCE", help=_SOURCE)
@json_option
@pass_app
def import_(app: App, component: str, version: str | None, source: str, as_json: bool) -> None:
    """Add a release, byte for byte as the vendor shipped it."""
    _import(app, open_fork(app, component), version, source, as_json=as_json)


def _import(app: App, opened: Fork, version: str | None, source: str, *, as_json: bool) -> None:
    with fetched(source) as path, writing(app, opened, "fork import"):
        imported, operation = workflow.import_release(
            opened, path, shown=without_secrets(source), version=version, stamp=stamp(app)
        )
        if operation:
            carry_out(opened, app.ledger, operation)
    component, release, origin = imported.component, imported.release, imported.note
    for warning in (*origin.warnings, *((imported.alarm,) if imported.alarm else ())):
        note(f"warning: {warning}")
    if as_json:
        print_json(
            {
                "component": str(component),
                "version": release.version,
                "commit": release.commit,
                "tree": release.tree,
                "files": origin.files,
                "sha256": origin.sha256,
                "alarm": imported.alarm,
            }
        )
        return
    known = "" if imported.is_new else ", which was there already"
    click.echo(f"{component} {release.version}: {origin.files} files{known}  {release.commit[:10]}")
    if opened.stacks():
        next_step(f"plugwatch fork forecast {component} --to {release.version}")
    else:
        next_step(
            f"plugwatch patch import {component} FILE --title T", f"plugwatch patch capture {component} DIR --title T"
        )
