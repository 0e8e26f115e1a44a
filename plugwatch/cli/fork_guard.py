"""``plugwatch fork guard``: the must-use plugin that brings builds to a site, and keeps other offers off them."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from plugwatch import __version__
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json

# Over 'wp' alone, also with --ssh or an @alias: no road of its own to the site's files is needed.
_INSTALL = (
    'wp eval \'wp_mkdir_p( WPMU_PLUGIN_DIR ); $to = WPMU_PLUGIN_DIR . "/{name}"; '
    'file_put_contents( "$to.new", file_get_contents( "php://stdin" ) ) && rename( "$to.new", $to );\' < {file}'
)


@click.command()
@click.option("--out", metavar="FILE", default="plugwatch-updates.php", help="Where it goes; '-' is stdout.")
@click.option("--url", metavar="BASE", help="Where builds are published (default: builds.update_uri).")
@json_option
@pass_app
def guard(app: App, out: str, url: str | None, as_json: bool) -> None:
    """The must-use plugin that brings builds to a site, and keeps other offers off them.

    It goes to wp-content/mu-plugins of each site. Where the published folder is behind HTTP authentication, the
    site's wp-config.php holds user and password; the plugin never does.
    """
    from plugwatch.delivery.zipfile_writer import replacing
    from plugwatch.render.guard import AUTH_CONSTANT, GUARD_NAME, GUARD_PLACE, check_base, render_guard

    if as_json and out == "-":
        raise click.UsageError("--json and '--out -' both write to stdout; name a file with --out")
    settings = app.settings
    base = check_base(settings.builds.update_uri if url is None else url)
    agency = settings.agency.name or "the agency"
    code = render_guard(base, agency, __version__, [app.workspace / "templates"])
    if out == "-":
        click.echo(code, nl=False)
        return
    file = Path(out).resolve()
    with replacing(file) as part:
        part.write_text(code, encoding="utf-8")
    constant = f"define( '{AUTH_CONSTANT}', 'user:password' );"
    if as_json:
        print_json({"file": str(file), "url": base, "agency": agency, "place": GUARD_PLACE, "constant": constant})
        return
    click.echo(f"{file}\n  for sites that update from {base}\n  belongs to {GUARD_PLACE}")
    note(f"\nwhere {base} asks for a password, each site's wp-config.php needs\n  {constant}")
    next_step(_INSTALL.format(name=GUARD_NAME, file=shlex.quote(out)))
