"""``plugwatch inventory``: read a list of plugins or themes; no workspace is touched."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from plugwatch.cli.context import json_option, next_step, note, print_json
from plugwatch.cli.lists import list_options, make_hints, read_list, show_sign
from plugwatch.model.inventory import Inventory
from plugwatch.model.signs import read_sign


@click.group()
def inventory() -> None:
    """Read a list of plugins or themes."""


@inventory.command()
@click.argument("source", metavar="FILE|-|DIR")
@list_options
@json_option
def read(source: str, form: str | None, list_type: str | None, columns: Sequence[str], as_json: bool) -> None:
    """Show what a list says, and what in it was not understood."""
    from plugwatch.model.inventory import Fleet, to_json

    found, _raw = read_list(source, form, make_hints(list_type, columns))
    if as_json:
        print_json(to_json(found))
        return
    from plugwatch.render.terminal import clean, count

    if isinstance(found, Fleet):
        note(f"{found.format}: {count(len(found.sites), 'site')}")
        for site in found.sites:
            click.echo(clean(f"\n{site.name}{f': {site.error}' if site.error else ''}"))
            if site.inventory:
                _show(site.inventory)
        next_step(f"plugwatch site import --all {shlex.quote(source)}")
        return
    note(f"{found.format}: {count(len(found.components), 'component')}")
    _show(found)
    next_step(f"plugwatch site import SITE {shlex.quote(source)}")


def _show(found: Inventory) -> None:
    from plugwatch.render.terminal import clean, show_table

    for warning in found.warnings:
        note(clean(f"warning: {warning}"))
    platform = (("WordPress", found.wordpress_version), ("PHP", found.php_version))
    for name, version in platform:
        if version:
            click.echo(clean(f"{name} {version}"))
    keys = ("kind", "slug", "name", "version", "status", "update_version")
    show_table(
        [*(key.upper().replace("_", " ") for key in keys), "SIGN"],
        [[*(getattr(c, k) for k in keys), show_sign(read_sign(c.version, c.sign))] for c in found.components],
    )
    for row in found.unparsed:
        note(clean(f"line {row.line} was not understood: {row.text[:100]}"))
