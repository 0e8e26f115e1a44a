"""``plugwatch fork composer``: what a project's composer.json needs to have a build of ours, or the vendor's again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json


@click.command()
@click.argument("component")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The folder (default: builds.publish).")
@click.option("--url", metavar="BASE", help="Where the folder is seen (default: builds.update_uri).")
@click.option("--package", metavar="VENDOR/NAME", help="The name that the project asks for, where it has several.")
@json_option
@pass_app
def composer(app: App, component: str, out: Path | None, url: str | None, package: str | None, as_json: bool) -> None:
    """The lines that a composer.json needs for our builds.

    For what 'fork publish' has put into the folder; without it, patch files are the other road.
    """
    from plugwatch.cli.forking import find_component
    from plugwatch.cli.publishing import published_base, published_folder
    from plugwatch.delivery.publisher import Folder
    from plugwatch.errors import NotFoundError
    from plugwatch.model.publishing.packages import choose_package, composer_lines, package_names
    from plugwatch.workflows.publish import missing

    found, base = find_component(app, component), published_base(app, url)
    folder = Folder(published_folder(app, out))
    record = folder.read()
    current = record.current.get(found)
    if current is None:
        raise NotFoundError(f"{found} is not published; do that with 'plugwatch fork publish {found}'")
    archive = record.archives.get(current.path or "")
    if archive and archive.path in missing(record, folder):
        raise NotFoundError(f"{folder.root / archive.path} is not there as it was published; bring it back")
    names = choose_package(found, package_names(found, record.packages.get(found, ())), package)
    lines = composer_lines(current, archive, names, base)
    export = f"plugwatch patch export {found} --format composer --out patches"
    if as_json:
        print_json({"component": str(found), **lines, "patches_instead": export})
        return
    (_show_aside if lines["repository"] is None else _show_build)(lines, base)
    next_step(
        lines["command"], *(() if lines["repository"] is None else (f"patch files instead of a build: {export}",))
    )


def _show_build(lines: Mapping[str, Any], base: str) -> None:
    click.echo('composer.json, in front of all other "repositories":\n')
    click.echo(f"    {json.dumps(lines['repository'])}\n")
    click.echo('composer.json, "require":\n')
    click.echo(f"    {_pin(lines)}\n")
    click.echo(f"auth.json, never in git, where {base} asks for a password:\n")
    click.echo(f"    {json.dumps(lines['auth'])}")
    note(
        "\nComposer asks the first repository that has a package and no other, so a newer release elsewhere does not "
        'replace the build; "only" keeps all other packages out of this one. The version is pinned, for a range would '
        "take the next build before you have looked at it. The repositories of the project itself alone count."
    )
    others = [name for name in lines["packages"] if name != lines["package"]]
    if others:
        note(f"The same build goes by {' and '.join(others)}, too; say --package where the project asks for that.")


def _show_aside(lines: Mapping[str, Any], base: str) -> None:
    click.echo(f"Release {lines['version']} has the patches: back to the vendor's own.\n")
    click.echo(f'composer.json, "repositories": take {lines["package"]} out of "only" of {base}; where that')
    click.echo("leaves nothing, take the whole entry out. Later releases come from where they came before.\n")
    click.echo('composer.json, "require" (or the range that was there before the build):\n')
    click.echo(f"    {_pin(lines)}")
    note("\nOld lock files go on installing: no ZIP is ever taken away.")


def _pin(lines: Mapping[str, Any]) -> str:
    return ", ".join(f"{json.dumps(name)}: {json.dumps(version)}" for name, version in lines["require"].items())
