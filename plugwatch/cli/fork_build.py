"""``plugwatch fork build``: an installable ZIP of a release and its patches."""

from __future__ import annotations

from pathlib import Path

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.forking import open_fork, stamp, writing
from plugwatch.cli.syntax import broken_files, unparsed_option
from plugwatch.forks.fork import Fork
from plugwatch.workflows import builds
from plugwatch.workflows.operations import carry_out


@click.command()
@click.argument("component")
@click.option("--version", metavar="V", help="The release (default: the newest with patches).")
@click.option(
    "--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=".", help="Where the files go."
)
@unparsed_option
@json_option
@pass_app
def build(app: App, component: str, version: str | None, out: Path, as_json: bool) -> None:
    """Pack a release and its patches into an installable ZIP.

    A PHP file that parses in the release and not with the patches stops it (exit code 3).
    """
    from plugwatch.delivery import builder

    opened = open_fork(app, component)
    settings = app.settings
    made_by = builds.Maker(settings.agency.name or "the agency", settings.builds.update_uri)
    with writing(app, opened, "fork build"):
        _refuse_broken(opened, version)
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
    count = len(built.patches)
    patches = f"{count} patch{'es' if count != 1 else ''}"
    click.echo(f"{opened.component} {built.version}: {built.base_version} with {patches}")
    for path in (built.output.zip, built.output.manifest, built.output.lock):
        click.echo(f"  {path}")
    next_step(f"wp plugin install {built.output.zip.name} --force")


def _refuse_broken(opened: Fork, version: str | None) -> None:
    release, stack = builds.choose(opened, version)
    for broken in broken_files(opened.git, [(release.tree, stack[-1].tree)]):
        for path, message in broken.items():
            touching = [entry.patch.id for entry in stack if path in opened.patch_files(entry)]
            raise builds.BrokenBuildError(
                f"{path}: PHP cannot read it with the patches on {release.version}: {message}; nothing was built; "
                f"look at {' and '.join(touching)}, or say --unparsed-ok if it is meant so"
            )
