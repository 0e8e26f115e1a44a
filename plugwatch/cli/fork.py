"""``plugwatch fork``: vendors' releases, and what they mean for the patches on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.fork_import import create, import_
from plugwatch.cli.fork_upgrade import forecast, upgrade
from plugwatch.cli.forking import open_fork, recover, stamp, writing
from plugwatch.errors import PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.model.component import Component
from plugwatch.workflows import builds
from plugwatch.workflows.operations import carry_out


@click.group()
def fork() -> None:
    """Vendors' releases and what we carry on them."""


@fork.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All forks, with their newest release and what is carried."""
    rows = [_overview(app, component) for component in app.forks.components()]
    if as_json:
        print_json(rows)
        return
    from plugwatch.render.terminal import show_table

    headers = ("COMPONENT", "RELEASES", "NEWEST", "PATCHED", "PATCHES")
    show_table(headers, [(r["component"], r["releases"], r["newest"], r["patched"], r["patches"]) for r in rows])
    next_step("plugwatch fork show COMPONENT", "plugwatch fork forecast --all --to latest")


@fork.command()
@click.argument("component")
@json_option
@pass_app
def show(app: App, component: str, as_json: bool) -> None:
    """One fork: its releases, stacks and builds."""
    opened = open_fork(app, component)
    document = _describe(opened)
    if as_json:
        print_json(document)
        return
    from plugwatch.render.terminal import show_table

    click.echo(f"{document['component']}  {document['repository']}\n")
    rows = [(r["version"], len(r["patches"]), ", ".join(r["builds"]), r["commit"][:10]) for r in document["releases"]]
    show_table(("RELEASE", "PATCHES", "BUILDS", "COMMIT"), rows)
    next_step(f"plugwatch patch list {document['component']}")


@fork.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The release (default: the newest with patches).")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where the files go."
)
@json_option
@pass_app
def build(app: App, component: str, version: str | None, out: Path, as_json: bool) -> None:
    """Pack a release and its patches into an installable ZIP."""
    from plugwatch.delivery import builder

    opened = open_fork(app, component)
    settings = app.settings
    made_by = builds.Maker(settings.agency.name or "the agency", settings.builds.update_uri)
    with writing(app, opened, "fork build"):
        built, operation = builds.make_build(opened, version, made_by, builder.build, out.resolve(), stamp=stamp(app))
        if operation:
            carry_out(opened, app.ledger, operation)
    if as_json:
        print_json(
            {
                "component": str(opened.component),
                "build": built.version,
                "base_version": built.base_version,
                "zip": str(built.output.zip),
                "sha256": built.output.sha256,
                "manifest": str(built.output.manifest),
                "lock": str(built.output.lock),
                "patches": list(built.patches),
            }
        )
        return
    patches = _count(len(built.patches), "patch", "patches")
    click.echo(f"{opened.component} {built.version}: {built.base_version} with {patches}")
    for path in (built.output.zip, built.output.manifest, built.output.lock):
        click.echo(f"  {path}")
    next_step(f"wp plugin install {built.output.zip.name} --force")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _overview(app: App, component: Component) -> dict[str, Any]:
    opened = app.forks.open(component)
    if opened is None:
        raise PlugwatchError(f"the fork of {component} went away")
    recover(app, opened)
    releases, stacks = opened.releases(), list(opened.stacks())
    patched = stacks[-1] if stacks else None
    return {
        "component": str(component),
        "releases": len(releases),
        "newest": releases[-1].version if releases else None,
        "patched": patched,
        "patches": len(opened.stack(patched)) if patched else 0,
        "repository": str(opened.directory),
    }


def _describe(opened: Fork) -> dict[str, Any]:
    stacks, builds = opened.stacks(), opened.builds()
    return {
        "component": str(opened.component),
        "repository": str(opened.directory),
        "releases": [
            {
                "version": release.version,
                "commit": release.commit,
                "tree": release.tree,
                "branch": f"carried/{release.version}" if release.version in stacks else None,
                "patches": [e.patch.id for e in opened.stack(release.version)] if release.version in stacks else [],
                "builds": [b.version for b in builds if b.base_version == release.version],
            }
            for release in opened.releases()
        ],
    }


for _command in (create, import_, forecast, upgrade):
    fork.add_command(_command)
