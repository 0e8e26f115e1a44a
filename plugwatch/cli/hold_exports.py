"""``plugwatch incident hold --export``: what is held, in the words of those who update."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click

from plugwatch.cli.context import App, next_step, note, print_json
from plugwatch.cli.holding import hold_document, open_holds
from plugwatch.cli.incident_views import leading
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.hold_export import HeldOn, Letterhead, as_text, composer, not_for_wp_cli, wp_cli


def export(app: App, form: str, *, number: str | None, slug: str | None, as_json: bool) -> None:
    """Print what is held: by one incident or any, for one site or all of them."""
    with app.ledger.reading() as work:
        site = work.sites.resolve(slug).slug if slug else None
        every = open_holds(work)
        wanted = every
        if number:
            mine = {one.id for one in work.holds.of_incident(leading(work, number))}
            wanted = [one for one in every if one.id in mine]
        rows = work.holds.installed()
        builds = work.holds.builds()
        names = work.components.names() if form == "text" else {}
    if site:
        there = {row.component for row in rows if row.site == site}
        rows = [row for row in rows if row.site == site]
        wanted = [one for one in wanted if one.component in there]
    if form == "wp-cli":
        _wp_cli(app, rows, every, wanted, as_json=as_json)
    elif form == "composer":
        _composer(wanted, _with_seen(builds, rows), as_json=as_json)
    else:
        head = Letterhead(app.settings.agency.name, names, site, lambda at: f"{at.astimezone(app.zone):%d %B %Y}")
        _text(app, wanted, head, as_json=as_json)


def _wp_cli(app: App, rows: Sequence[HeldOn], every: Sequence[Hold], wanted: Sequence[Hold], *, as_json: bool) -> None:
    from plugwatch.render.terminal import clean

    holds: dict[Component, list[Hold]] = {}
    for one in every:
        holds.setdefault(one.component, []).append(one)
    found = wp_cli(rows, holds, {one.id for one in wanted}, _aim)
    left_out = not_for_wp_cli(wanted)
    if as_json:
        sites = [
            {"site": one.site, "components": [str(c) for c in one.components], "commands": list(one.commands)}
            for one in found
        ]
        holds_shown = [hold_document(one, app.zone) for one in wanted]
        print_json({"export": "wp-cli", "holds": holds_shown, "sites": sites, "left_out": left_out})
        return
    for one in wanted if found else ():
        click.echo(clean(f"# {one}"))
    for site in found:
        for command in site.commands:
            click.echo(command)
    if not found:
        note("no site can get what is held by an update")
    _remark(left_out)


def _aim(row: HeldOn) -> list[str]:
    """How WP-CLI is aimed at a site: as its source says, else by an alias of the site's own name."""
    from plugwatch.errors import PlugwatchError
    from plugwatch.inventories.sources.spec import WpSpec, parse_spec

    try:
        if row.source and isinstance(parse_spec(row.source), WpSpec):
            return shlex.split(row.source)[1:]
    except PlugwatchError:
        pass  # written by an older plugwatch; the alias is as good
    return [f"@{row.site}"]


def _composer(wanted: Sequence[Hold], builds: dict[Component, list[str]], *, as_json: bool) -> None:
    conflict, left_out = composer(wanted, builds)
    print_json({"conflict": conflict} | ({"left_out": left_out} if as_json else {}))
    if not as_json:
        _remark(left_out)
        if conflict:
            next_step("put it into composer.json, then 'composer update --dry-run'")


def _with_seen(builds: dict[Component, list[str]], rows: Sequence[HeldOn]) -> dict[Component, list[str]]:
    """The builds that the ledger knows, and those that sites run without its knowing who made them."""
    found = {component: dict.fromkeys(versions) for component, versions in builds.items()}
    for row in rows:
        if row.build:
            found.setdefault(row.component, {})[row.build] = None
    return {component: list(versions) for component, versions in found.items()}


def _text(app: App, wanted: Sequence[Hold], head: Letterhead, *, as_json: bool) -> None:
    text = as_text(wanted, head) if wanted else ""
    if as_json:
        document: dict[str, Any] = {"export": "text", "holds": [hold_document(one, app.zone) for one in wanted]}
        print_json(document | {"text": text})
        return
    if not wanted:
        note("nothing is held")
        return
    click.echo(text)
    note("read it before you mail it: the reasons were written for colleagues")


def _remark(left_out: Sequence[str]) -> None:
    for line in left_out:
        note(f"not in it: {line}")
