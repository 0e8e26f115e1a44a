"""``plugwatch fork build``: an installable ZIP of a release and its patches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugwatch.cli.building import known_maker, make_build
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.forking import open_fork
from plugwatch.model.component import Component
from plugwatch.workflows import builds

if TYPE_CHECKING:
    from plugwatch.delivery.php_lint import PhpResult


@click.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The release (default: the newest with patches).")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where the files go."
)
@click.option("--check", is_flag=True, help="Make a known build once more, elsewhere, and compare it.")
@click.option("--unparsed-ok", is_flag=True, help="Take files that PHP cannot read: templates of another language.")
@json_option
@pass_app
def build(
    app: App, component: str, version: str | None, out: Path, check: bool, unparsed_ok: bool, as_json: bool
) -> None:
    """Pack a release and its patches into an installable ZIP.

    A PHP file that parses in the release and not with the patches stops it (exit code 3). Each PHP version that sites
    with this component run is asked, where it is installed here (php8.1).

    With --check nothing is kept: a build that was made before is made once more and compared with what the fork has of
    it and with the files in DIR, if they are there (exit code 1 where they differ).
    """
    from plugwatch.cli.progressing import progress

    opened = open_fork(app, component)
    if check:
        from plugwatch.cli.fork_build_check import check_build

        with progress("building once more"):
            check_build(opened, version, known_maker(app, opened.component), out.resolve(), as_json=as_json)
        return
    with progress("building"):
        built, php = make_build(app, opened, version, out, unparsed_ok=unparsed_ok)
    if as_json:
        print_json(_document(opened.component, built, php))
    else:
        _show(opened.component, built, php)


def _document(component: Component, built: builds.Built, php: list[PhpResult]) -> dict[str, object]:
    output = built.output
    return {
        "component": str(component),
        "build": built.version,
        "base_version": built.base_version,
        "zip": str(output.zip),
        "sha256": output.sha256,
        "manifest": str(output.manifest),
        "lock": str(output.lock),
        "file": str(output.file) if output.file else None,
        "patches": list(built.patches),
        "php": [
            {"version": one.version, "program": one.program, "result": one.result, "errors": dict(one.errors)}
            for one in php
        ],
    }


def _show(component: Component, built: builds.Built, php: list[PhpResult]) -> None:
    from plugwatch.model.builds.build import CHANGES_NAME
    from plugwatch.model.builds.single_file import installed_as

    output, count = built.output, len(built.patches)
    click.echo(f"{component} {built.version}: {built.base_version} with {count} patch{'es' if count != 1 else ''}")
    for path in (output.zip, output.manifest, output.lock, output.file):
        if path:
            click.echo(f"  {path}")
    if php:
        said = "; ".join(f"{one.version} {one.result.replace('-', ' ')}" for one in php)
        click.echo(f"  the changed files, as PHP reads them: {said}")
    if output.file is None:
        noun = "theme" if component.kind == "theme" else "plugin"
        next_step(
            f"wp {noun} install {output.zip.name} --force",
            "plugwatch fork publish",
            f"plugwatch fork deploy {component} --site SITE",
        )
        return
    place = installed_as(component, [path for path in output.digests if path != CHANGES_NAME])
    note(
        f"\nnote: no installer puts a single file where it is; {output.file.name} takes the place of wp-content/{place}"
    )
    if component.kind == "plugin":
        note(f"      the ZIP is for sites where the plugin has a folder of its own ({output.zip.name})")
    next_step(f"scp {output.file} SITE:wp-content/{place}")
