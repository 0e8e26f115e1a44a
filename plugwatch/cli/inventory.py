"""``plugwatch inventory``: read a list of plugins or themes; no workspace is touched."""

from __future__ import annotations

import shlex

import click

from plugwatch.cli.context import json_option, next_step, note, print_json
from plugwatch.cli.site import read_list


@click.group()
def inventory() -> None:
    """Read a list of plugins or themes."""


@inventory.command()
@click.argument("source", metavar="FILE|-|DIR")
@click.option("--as", "form", metavar="FORMAT", help="The format, where it cannot be told from the text.")
@click.option(
    "--type", "list_type", type=click.Choice(("plugins", "themes")), help="What the list names, where it does not say."
)
@json_option
def read(source: str, form: str | None, list_type: str | None, as_json: bool) -> None:
    """Show what a list says, and what in it was not understood."""
    from plugwatch.model.inventory import to_json

    found = read_list(source, form, list_type)
    if as_json:
        print_json(to_json(found))
        return
    from plugwatch.render.terminal import clean, count, show_table

    for warning in found.warnings:
        note(clean(f"warning: {warning}"))
    note(f"{found.format}: {count(len(found.components), 'component')}")
    keys = ("kind", "slug", "name", "version", "status", "update_version")
    show_table(
        [key.upper().replace("_", " ") for key in keys], [[getattr(c, k) for k in keys] for c in found.components]
    )
    for row in found.unparsed:
        note(clean(f"line {row.line} was not understood: {row.text[:100]}"))
    next_step(f"plugwatch site import SITE {shlex.quote(source)}")
