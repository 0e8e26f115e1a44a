"""``plugwatch fork releases``: which versions a source offers, and which of them the fork has."""

from __future__ import annotations

from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import find_component, recover
from plugwatch.cli.release_sources import offered_versions
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.offered import is_kept, newest_stable, version_named
from plugwatch.model.release_source import DirectorySource, ReleaseSource, parse_source
from plugwatch.model.version import sort_key

_SHOWN = 20


@click.command()
@click.argument("component")
@click.option(
    "--from", "source", metavar="SOURCE", help="wporg, git:, svn: or composer: (default: the last used, else wporg)."
)
@json_option
@pass_app
def releases(app: App, component: str, source: str | None, as_json: bool) -> None:
    """Which versions a source offers, and which of them the fork has."""
    named = find_component(app, component)
    opened = app.forks.open(named)
    if opened:
        recover(app, opened)
    asked = parse_source(source) if source is not None else _usual_source(named, opened)
    names = offered_versions(app, named, asked)
    document = _describe(named, asked, names, [r.version for r in opened.releases()] if opened else [])
    if as_json:
        print_json(document)
        return
    _show(document)
    newest, verb = document["newest"], "import" if opened else "create"
    if newest and not is_kept(newest, [row["version"] for row in document["releases"] if row["in_fork"]]):
        next_step(f"plugwatch fork {verb} {named} --version {newest} --from {asked.shown}")
    elif opened:
        next_step(f"plugwatch fork show {named}")


def _usual_source(component: Component, opened: Fork | None) -> ReleaseSource:
    """Where the fork's releases came from last, as far as that has a list of them; else the directory."""
    from plugwatch.forks.inspect import recorded_sources
    from plugwatch.workflows.releases import sources_to_try

    found = sources_to_try(component, recorded_sources(opened) if opened else (), "")
    return found[0] if found else DirectorySource()


def _describe(component: Component, source: ReleaseSource, names: Any, kept: list[str]) -> dict[str, Any]:
    told = {name: version_named(name) or name for name in names}
    newest = newest_stable(names)
    keys = {sort_key(version) for version in told.values()}
    return {
        "component": str(component),
        "source": source.shown,
        "newest": told[newest] if newest else None,
        "releases": [{"version": v, "name": name, "in_fork": is_kept(v, kept)} for name, v in told.items()],
        "only_in_fork": [version for version in kept if release_order(version)[0] not in keys],
    }


def _show(document: dict[str, Any]) -> None:
    from plugwatch.render.terminal import show_table

    rows = document["releases"]
    note(f"{document['component']} from {document['source']}: {len(rows)} versions")
    show_table(
        ("VERSION", "NAME", "IN FORK"),
        [(row["version"], row["name"], "yes" if row["in_fork"] else None) for row in rows],
    )
    if document["only_in_fork"]:
        note(f"only in the fork: {', '.join(document['only_in_fork'][-_SHOWN:])}")
