"""``plugwatch vendor``: who makes the components, and what clients must not read of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.vendor import Vendor, parse_domain


@click.group()
def vendor() -> None:
    """Those who make plugins and themes, and what they are called."""


@vendor.command("set")
@click.argument("wanted", metavar="COMPONENT")
@click.option("--name", metavar="NAME", help="What the vendor is called.")
@click.option("--word", "words", multiple=True, metavar="WORD", help="Another name of theirs: 'TW'; repeat it.")
@click.option("--domain", "domains", multiple=True, metavar="DOMAIN", help="A web address of theirs; repeat it.")
@json_option
@pass_app
def set_(app: App, wanted: str, as_json: bool, **given: Any) -> None:
    """Say what the vendor of a component is called.

    No message to a client may hold these words, unless that client's settings allow it. Words and domains that are
    given replace all that were there before; --word '' takes them away.
    """
    with app.ledger.unit_of_work() as work:
        found = work.components.resolve(wanted)
        before = work.vendors.get(found)
        after = _changed(before, found, given)
        if after == before:
            raise PlugwatchError(f"{found}: nothing to change; give at least one option with a new value")
        work.vendors.set(found, after)
    if as_json:
        print_json(vendor_document(found, after))
        return
    from plugwatch.render.terminal import clean

    words = f" ({', '.join(after.words)})" if after.words else ""
    click.echo(clean(f"{found} is made by {after.name}{words}"))
    next_step("plugwatch vendor list")


def _changed(before: Vendor | None, component: Component, given: dict[str, Any]) -> Vendor:
    name = given["name"] or (before.name if before else None)
    if name is None:
        raise PlugwatchError(f"who makes {component}? give the vendor's --name")
    words = (*given["words"], *map(parse_domain, given["domains"]))
    vendor = replace(before or Vendor(name), name=name)
    return replace(vendor, words=tuple(dict.fromkeys(filter(None, words)))) if words else vendor


@vendor.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All vendors that somebody has named."""
    with app.ledger.reading() as work:
        vendors = work.vendors.all()
    if as_json:
        print_json([vendor_document(*row) for row in vendors.items()])
        return
    if not vendors:
        note("no vendor is named yet; do it with 'plugwatch vendor set COMPONENT --name NAME'")
        return
    from plugwatch.render.terminal import show_table

    rows = [(component, made_by.name, ", ".join(made_by.words)) for component, made_by in vendors.items()]
    show_table(("COMPONENT", "VENDOR", "WORDS"), rows)


def vendor_document(component: Component, made_by: Vendor) -> dict[str, Any]:
    """The vendor of a component as JSON shows it."""
    return {"component": str(component), "name": made_by.name, "words": list(made_by.words)}
