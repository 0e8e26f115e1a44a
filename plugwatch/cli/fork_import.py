"""``plugwatch fork create`` and ``import``: the vendors' releases that a fork keeps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import find_component, open_fork, stamp, writing
from plugwatch.cli.release_sources import FetchedRelease, fetched_release
from plugwatch.errors import EXIT_UNKNOWN, ForkError, InputError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.model.release_source import FORMS, ReleaseSource, parse_source
from plugwatch.workflows import forks as workflow
from plugwatch.workflows.operations import carry_out

if TYPE_CHECKING:
    from plugwatch.workflows.releases import Kept

_SOURCE = f"{FORMS[0].upper()}{FORMS[1:]}."


@click.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The version, where no header says it, or of which the source has many.")
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
    parsed = parse_source(source)
    created = app.forks.create(named)
    try:
        _show(created, _import(app, created, version, parsed), as_json=as_json)
    finally:
        app.forks.discard(created)  # only where nothing came of it


@click.command("import")
@click.argument("component", required=False)
@click.option("--version", metavar="V", help="The version, where no header says it, or of which the source has many.")
@click.option("--from", "source", metavar="SOURCE", help=_SOURCE)
@click.option("--sites", is_flag=True, help="Every version that a site runs and the fork lacks (of all forks).")
@json_option
@pass_app
def import_(
    app: App, component: str | None, version: str | None, source: str | None, sites: bool, as_json: bool
) -> int:
    """Add a release, byte for byte as the vendor shipped it.

    \b
    plugwatch fork import tidy-forms --from wporg --version 1.2.4
    plugwatch fork import --sites
    """
    parsed = parse_source(source) if source is not None else None
    if sites:
        if version is not None:
            raise click.UsageError("--sites asks for the versions that run; leave --version out")
        return _import_running(app, component, parsed, as_json=as_json)
    if component is None:
        raise click.UsageError("Missing argument 'COMPONENT'.")
    if parsed is None:
        raise click.UsageError("Missing option '--from'.")
    opened = open_fork(app, component)
    _show(opened, _import(app, opened, version, parsed), as_json=as_json)
    return 0


def _import(
    app: App, opened: Fork, version: str | None, source: ReleaseSource, *, exact: bool = False
) -> workflow.Imported:
    """Put a release from a source into a fork; with ``exact`` only where its header does not say another version."""
    from plugwatch.cli.progressing import progress

    with (
        progress("fetching the release"),
        fetched_release(app, opened.component, source, version) as got,
        writing(app, opened, "fork import"),
    ):
        if exact and version and got.differs_from(version):
            told = f"what it has as {version} says in its header that it is {got.identity.version}"
            raise InputError(told, source=got.shown)
        notes = (*got.notes, *_check_identity(opened, got))
        imported, operation = workflow.import_release(
            opened, got.path, shown=got.shown, version=got.version, stamp=stamp(app)
        )
        if operation:
            carry_out(opened, app.ledger, operation)
    from plugwatch.render.terminal import clean

    notes += imported.note.warnings
    for warning in (*notes, *((imported.alarm,) if imported.alarm else ())):
        note(clean(f"warning: {warning}"))
    return replace(imported, note=replace(imported.note, warnings=notes))


def _check_identity(opened: Fork, got: FetchedRelease) -> list[str]:
    """Refuse what is no release of the fork's component; what to say of a first release that may be none."""
    from plugwatch.forks.inspect import identities
    from plugwatch.model.identity import check_identity, doubt

    check_identity(opened.component, got.shown, got.identity, identities(opened))
    told = None if opened.releases() else doubt(opened.component, got.shown, got.identity)
    return [told] if told else []


def _show(opened: Fork, imported: workflow.Imported, *, as_json: bool) -> None:
    component, release, origin = imported.component, imported.release, imported.note
    if as_json:
        print_json(
            {
                "component": str(component),
                "version": release.version,
                "commit": release.commit,
                "tree": release.tree,
                "files": origin.files,
                "sha256": origin.sha256,
                "source": origin.source,
                "alarm": imported.alarm,
                "notes": list(origin.warnings),
            }
        )
        return
    known = "" if imported.is_new else ", which was there already"
    click.echo(f"{component} {release.version}: {origin.files} files{known}  {release.commit[:10]}")
    stacks = opened.stacks()
    if release.version in stacks:
        next_step(f"plugwatch patch list {component}", f"plugwatch fork build {component}")
    elif stacks:
        next_step(f"plugwatch fork forecast {component} --to {release.version}")
    else:
        next_step(
            f"plugwatch patch import {component} FILE --title T", f"plugwatch patch capture {component} DIR --title T"
        )


def _import_running(app: App, component: str | None, source: ReleaseSource | None, *, as_json: bool) -> int:
    """Import what sites run; the exit code of the worst failure, 0 where there is none."""
    from plugwatch.cli.progressing import progress
    from plugwatch.workflows.releases import keep_releases, missing_releases

    components = [find_component(app, component)] if component else app.forks.components()
    forks = [fork for one in components if (fork := _open(app, one, alone=component is not None))]
    with app.ledger.reading() as work:
        missing = missing_releases(work, forks)
    rows = []
    with progress("fetching releases", len(missing)) as advance:
        for row in keep_releases(missing, partial(keep_running, app, source=source)):
            rows.append(row)
            advance()
    if as_json:
        print_json({"releases": [_kept_document(row) for row in rows]})
    else:
        _show_kept(rows)
    damaged = [EXIT_UNKNOWN] if len(forks) < len(components) else []
    return max([row.error.exit_code for row in rows if row.error] + damaged, default=0)


def keep_running(
    app: App, component: Component, version: str, *, source: ReleaseSource | None = None
) -> workflow.Imported:
    """Get a release that sites run, from a source or from where the fork's others came from, and import it.

    Raises PlugwatchError where it cannot be had.
    """
    from plugwatch.forks.inspect import recorded_sources
    from plugwatch.workflows.releases import first_found, sources_to_try

    opened = open_fork(app, str(component))
    sources = [source] if source else sources_to_try(component, recorded_sources(opened), version)
    return first_found([partial(_import, app, opened, version, one, exact=True) for one in sources])


def _open(app: App, component: Component, *, alone: bool) -> Fork | None:
    """A fork that can be read; None, with a note, for one of many that cannot."""
    try:
        opened = open_fork(app, str(component))
        opened.releases()
        return opened
    except ForkError as error:
        if alone:
            raise
        note(f"{component} could not be looked at: {error}")
        return None


def _kept_document(row: Kept) -> dict[str, Any]:
    imported = row.imported
    return {
        "component": str(row.missing.component),
        "version": row.missing.version,
        "sites": list(row.missing.sites),
        "release": imported.release.version if imported else None,
        "source": imported.note.source if imported else None,
        "alarm": imported.alarm if imported else None,
        "error": str(row.error) if row.error else None,
    }


def _show_kept(rows: list[Kept]) -> None:
    from plugwatch.render.terminal import clean, count

    if not rows:
        click.echo("the forks have every release that a site runs")
    for row in rows:
        became = f"failed: {row.error}" if row.error else f"imported from {row.imported and row.imported.note.source}"
        sites = count(len(row.missing.sites), "site")
        click.echo(clean(f"{row.missing.component} {row.missing.version} on {sites}: {became}"))
    failed = next((row.missing for row in rows if row.error), None)
    if failed:
        next_step(
            f"plugwatch fork import {failed.component} --version {failed.version} --from ZIP",
            f"plugwatch fork import {failed.component} --version {failed.version} --from site:{failed.sites[0]}",
        )
    else:
        next_step("plugwatch fork list")
