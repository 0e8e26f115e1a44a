"""``plugwatch site``: client sites, and the lists of what runs on them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from plugwatch.cli.client_settings import new_client
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.holding import hold_document, is_broken, open_holds
from plugwatch.cli.lists import show_sign
from plugwatch.cli.site_changes import changes
from plugwatch.cli.site_lists import import_, refresh
from plugwatch.errors import NotFoundError, PlugwatchError
from plugwatch.model.component import CORE, PHP, Component
from plugwatch.model.inventory import BY_HAND, Inventory
from plugwatch.model.signs import read_sign
from plugwatch.model.site import (
    TIERS,
    Installation,
    Nameless,
    Site,
    check_php_version,
    check_wordpress_version,
    parse_url,
)
from plugwatch.workflows.inventories import ListOrigin, UnitOfWork, import_list

F = TypeVar("F", bound=Callable[..., Any])


def _settings(command: F) -> F:
    """The options that ``add`` and ``set`` share."""
    options = [
        click.option("--url", metavar="URL", help="The site's address."),
        click.option("--tier", type=click.Choice(TIERS), help="What it is for: selling, enquiries, information."),
        click.option(
            "--source", metavar="SPEC", help="Where its lists come from: a path, wp …, rest:URL; none takes it away."
        ),
        click.option("--network", metavar="SITE", help="The main site of the network that it is part of."),
        click.option("--php", metavar="V", help="Its PHP version."),
        click.option("--wordpress", metavar="V", help="Its WordPress version, where no list says it."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def site() -> None:
    """Client sites and what runs on them."""


@site.command()
@click.argument("slug", metavar="SITE")
@click.option("--client", required=True, metavar="CLIENT", help="Whose it is; one that is not known yet is created.")
@_settings
@json_option
@pass_app
def add(app: App, slug: str, client: str, as_json: bool, **settings: Any) -> None:
    """Add a site."""
    with app.ledger.unit_of_work() as work:
        try:
            owner, known = work.clients.resolve(client), True
        except NotFoundError:
            owner, known = work.clients.add(new_client(client), at=app.now), False
        kept = work.sites.add(_with_settings(Site(slug, owner.slug), settings), at=app.now)
        _keep_platform(app, work, kept, settings["wordpress"], settings["php"])
        document = _document(kept, work.installations.current(kept.id))
    if not known:
        note(f"new client: {owner.slug} ({owner.name})")
    _show(document, as_json=as_json)
    if not as_json:
        next_step(f"plugwatch site import {kept.slug} FILE   (the output of 'wp plugin list', or a wp-content folder)")


@site.command("set")
@click.argument("slug", metavar="SITE")
@click.option("--client", metavar="CLIENT", help="Whose it is now.")
@_settings
@json_option
@pass_app
def set_(app: App, slug: str, client: str | None, as_json: bool, **settings: Any) -> None:
    """Change what is known of a site."""
    with app.ledger.unit_of_work() as work:
        before = work.sites.resolve(slug)
        owner = work.clients.resolve(client).slug if client else before.client
        after = _with_settings(replace(before, client=owner), settings)
        if after == before and settings["wordpress"] is None and settings["php"] is None:
            raise PlugwatchError(f"{before.slug}: nothing to change; give at least one option with a new value")
        work.sites.update(after)
        _keep_platform(app, work, after, settings["wordpress"], settings["php"])
        document = _document(after, work.installations.current(after.id))
    _show(document, as_json=as_json)


@site.command("list")
@click.option("--client", metavar="CLIENT", help="Only this client's.")
@click.option("--php", metavar="RANGE", help="Only with a PHP version in the range: '>=8.4'.")
@click.option("--core", metavar="RANGE", help="Only with a WordPress version in the range: '>=7.0'.")
@json_option
@pass_app
def list_(app: App, client: str | None, php: str | None, core: str | None, as_json: bool) -> None:
    """All sites."""
    from plugwatch.model.version import VersionRange

    ranges = {one: VersionRange.parse(text) if text is not None else None for one, text in ((CORE, core), (PHP, php))}
    with app.ledger.reading() as work:
        sites = work.sites.list(client=work.clients.resolve(client).slug if client else None)
        runs = {one: {r.site: r.version for r in work.installations.where(one, span)} for one, span in ranges.items()}
        seen = work.imports.newest_times()
    rows = [
        _facts(s)
        | {"php": runs[PHP].get(s.slug), "wordpress": runs[CORE].get(s.slug), "last_import": _iso(app, seen.get(s.id))}
        for s in sites
        if all(span is None or s.slug in runs[one] for one, span in ranges.items())
    ]
    if as_json:
        print_json(rows)
        return
    if not sites:
        note("no sites yet; add one with 'plugwatch site add SITE --client CLIENT'")
        return
    from plugwatch.render.terminal import show_table

    keys = ("site", "client", "tier", "url", "wordpress", "php")
    table = [[*(row[key] for key in keys), (row["last_import"] or "")[:16].replace("T", " ")] for row in rows]
    show_table(("SITE", "CLIENT", "TIER", "URL", "WORDPRESS", "PHP", "LAST IMPORT"), table)


@site.command()
@click.argument("slug", metavar="SITE")
@json_option
@pass_app
def show(app: App, slug: str, as_json: bool) -> None:
    """One site and what is installed on it."""
    with app.ledger.reading() as work:
        found = work.sites.resolve(slug)
        current = work.installations.current(found.id)
        nameless = work.unresolved.of_site(found.id)
        holds = open_holds(work, sorted(current))
    rows = [_row_document(app, component, row) for component, row in sorted(current.items())]
    broken = [is_broken(one, current[one.component]) for one in holds]
    if as_json:
        held = [hold_document(one, app.zone) | {"broken": yes} for one, yes in zip(holds, broken, strict=True)]
        more = {"unresolved": [_nameless(app, row) for row in nameless], "holds": held}
        print_json(_document(found, current) | {"components": rows} | more)
        return
    from plugwatch.render.terminal import clean, show_table

    _show(_document(found, current), as_json=False)
    for one, yes in zip(holds, broken, strict=True):
        click.echo(f"{'BROKEN' if yes else 'hold':<8} {clean(str(one))}")
    click.echo()
    keys = ("component", "version", "status", "update_version")
    table = [[*(row[key] for key in keys), str(row["first_seen"])[:10], show_sign(row["sign"])] for row in rows]
    table += [
        [f"{one.kind}: {one.name}", one.version, one.status, None, f"{one.first_seen:%Y-%m-%d}", "no slug yet"]
        for one in nameless
    ]
    show_table(("COMPONENT", "VERSION", "STATUS", "UPDATE", "SINCE", "SIGN"), table)
    if nameless:
        next_step(f"plugwatch site import {found.slug} LIST --resolve {shlex.quote(nameless[0].name + '=SLUG')}")


def _nameless(app: App, row: Nameless) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "version": row.version,
        "status": row.status,
        "first_seen": _iso(app, row.first_seen),
    }


def _row_document(app: App, component: Component, row: Installation) -> dict[str, Any]:
    return {
        "component": str(component),
        "name": row.name,
        "version": row.version,
        "base_version": row.base_version,
        "build": row.build,
        "status": row.status,
        "update_version": row.update_version,
        "auto_update": row.auto_update,
        "sign": read_sign(row.version, row.sign),
        "first_seen": _iso(app, row.first_seen),
        "last_seen": _iso(app, row.last_seen),
    }


for command in (import_, refresh, changes):
    site.add_command(command)


def _keep_platform(app: App, work: UnitOfWork, known: Site, wordpress: str | None, php: str | None) -> None:
    """A version told by hand is a list of one line: it has a time and a history like any other."""
    if wordpress is None and php is None:
        return
    inventory = Inventory(
        BY_HAND,
        (),
        wordpress_version=check_wordpress_version(wordpress) if wordpress else None,
        php_version=check_php_version(php) if php else None,
    )
    result = import_list(work, known, inventory, ListOrigin("by hand", app.now, app.now, app.actor, partial=True))
    for back in result.recurrences:
        note(str(back))


def _with_settings(known: Site, settings: dict[str, Any]) -> Site:
    names = {"url": "url", "tier": "tier", "source": "source", "network": "network_site"}
    given = {names[key]: value for key, value in settings.items() if key in names and value is not None}
    if "url" in given:
        given["url"] = parse_url(given["url"])
    if given.get("source") == "none":
        given["source"] = None
    elif "source" in given:
        _check_source(given["source"])
    return replace(known, **given)


def _check_source(text: str) -> None:
    """Raise PlugwatchError for what is no source; a path may come to be there later, and is only remarked on."""
    from plugwatch.inventories.sources.spec import FileSpec, parse_spec

    spec = parse_spec(text)
    if isinstance(spec, FileSpec) and " " in spec.path and not Path(spec.path).expanduser().exists():
        raise PlugwatchError(f"'{text}' is no file or folder, and no other source; see docs/inventories.md for sources")


def _facts(known: Site) -> dict[str, Any]:
    return {
        "site": known.slug,
        "client": known.client,
        "url": known.url,
        "tier": known.tier,
        "source": known.source,
        "network": known.network_site,
    }


def _document(known: Site, current: Mapping[Component, Installation]) -> dict[str, Any]:
    php = current.get(PHP)
    return _facts(known) | {"php": php.version if php else None}


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    from plugwatch.render.terminal import clean

    for key, value in document.items():
        click.echo(f"{key:<8} {clean(value) if value is not None else '–'}")


def _iso(app: App, moment: datetime | None) -> str | None:
    """ISO 8601 with the agency's zone."""
    return moment.astimezone(app.zone).isoformat() if moment else None
