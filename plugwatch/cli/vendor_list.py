"""``plugwatch vendor list``: what persons have said of vendors."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import click

from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.model.component import PLATFORM, Component
from plugwatch.model.vendors.told import NEVER, NOTHING_TOLD, PREFERRED, Told
from plugwatch.model.vendors.vendor import Vendor

_WISHES = {PREFERRED: "prefer", NEVER: "never"}


@click.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All vendors of which somebody has said something."""
    with app.ledger.reading() as work:
        vendors, told = work.vendors.all(), work.vendors.all_told()
    everyone = sorted({*vendors, *told})
    if as_json:
        rows = [(one, vendors.get(one), told.get(one, NOTHING_TOLD)) for one in everyone]
        print_json([vendor_document(*row, zone=app.zone) for row in rows])
        return
    if not everyone:
        note("no vendor is named yet; do it with 'plugwatch vendor set COMPONENT --name NAME'")
        return
    from plugwatch.render.terminal import show_table

    table = []
    for component in everyone:
        made_by, said = vendors.get(component), told.get(component, NOTHING_TOLD)
        words = ", ".join(made_by.words) if made_by else ""
        table.append((component, made_by.name if made_by else None, words, "; ".join(say_told(said))))
    show_table(("COMPONENT", "VENDOR", "WORDS", "ROADS"), table)


def find_made(app: App, text: str) -> Component:
    """What somebody has made, by any unambiguous part of its name; ``core`` and ``php`` need not be on a list."""
    from plugwatch.cli.forking import find_component  # a list is shown without it

    return PLATFORM.get(text) or find_component(app, text)


def vendor_document(component: Component, made_by: Vendor | None, told: Told, *, zone: tzinfo) -> dict[str, Any]:
    """What persons have said of the vendor of a component, as JSON shows it."""
    return {
        "component": str(component),
        "name": made_by.name if made_by else None,
        "words": list(made_by.words) if made_by else [],
        "roads": [
            {
                "road": way.road,
                "address": way.address,
                "wish": _WISHES.get(way.prefer),
                "note": way.note,
                "at": way.at.astimezone(zone).isoformat(),
                "actor": way.actor,
            }
            for way in told.ways.values()
        ],
        "paid": told.paid,
        "patch_as": told.patch_as,
        "labels": list(told.labels),
        "note": told.note,
    }


def say_told(told: Told) -> list[str]:
    """What persons have said, one thing a line: ``email support@tidy.example (prefer)``."""
    lines = []
    for way in told.ways.values():
        wish = f" ({_WISHES[way.prefer]})" if way.prefer else ""
        remark = f": {way.note}" if way.note else ""
        lines.append(f"{way.road}{f' {way.address}' if way.address else ''}{wish}{remark}")
    if told.paid is not None:
        lines.append("paid" if told.paid else "free")
    if told.patch_as:
        lines.append(f"patches {told.patch_as}")
    if told.labels:
        lines.append(f"labels {', '.join(told.labels)}")
    return [*lines, told.note] if told.note else lines
