"""``plugwatch site``: client sites, and the lists of what runs on them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from plugwatch.cli.client import new_client
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import NotFoundError, PlugwatchError
from plugwatch.model.client import printable
from plugwatch.model.component import CORE
from plugwatch.model.inventory import Inventory
from plugwatch.model.moments import parse_past
from plugwatch.model.site import TIERS, Site, parse_url
from plugwatch.workflows.inventories import ListOrigin, Result, UnitOfWork, import_list

_WORDPRESS = r"\d{1,2}\.\d{1,2}(\.\d{1,2})?([-+][A-Za-z0-9.-]{1,30})?"

F = TypeVar("F", bound=Callable[..., Any])


def _settings(command: F) -> F:
    """The options that ``add`` and ``set`` share."""
    options = [
        click.option("--url", metavar="URL", help="The site's address."),
        click.option("--tier", type=click.Choice(TIERS), help="What it is for: selling, enquiries, information."),
        click.option("--source", metavar="SPEC", help="Where its lists come from."),
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
        _keep_wordpress(app, work, kept, settings["wordpress"])
    if not known:
        note(f"new client: {owner.slug} ({owner.name})")
    _show(kept, as_json=as_json)
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
        if after == before and settings["wordpress"] is None:
            raise PlugwatchError(f"{before.slug}: nothing to change; give at least one option with a new value")
        work.sites.update(after)
        _keep_wordpress(app, work, after, settings["wordpress"])
    _show(after, as_json=as_json)


@site.command("list")
@click.option("--client", metavar="CLIENT", help="Only this client's.")
@click.option("--php", metavar="RANGE", help="Only with a PHP version in the range: '>=8.4'.")
@click.option("--core", metavar="RANGE", help="Only with a WordPress version in the range: '>=7.0'.")
@json_option
@pass_app
def list_(app: App, client: str | None, php: str | None, core: str | None, as_json: bool) -> None:
    """All sites."""
    from plugwatch.model.version import VersionRange

    php_range = VersionRange.parse(php) if php is not None else None
    core_range = VersionRange.parse(core) if core is not None else None
    with app.ledger.reading() as work:
        sites = work.sites.list(client=work.clients.resolve(client).slug if client else None)
        wordpress = {row.site: row.version for row in work.installations.where(CORE, core_range)}
        seen = work.imports.newest_times()
    rows = [
        _document(s) | {"wordpress": wordpress.get(s.slug), "last_import": _iso(app, seen.get(s.id))}
        for s in sites
        if (php_range is None or (s.php_version and php_range.contains(s.php_version)))
        and (core_range is None or s.slug in wordpress)
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
    rows = [
        {
            "component": str(component),
            "name": row.name,
            "version": row.version,
            "base_version": row.base_version,
            "build": row.build,
            "status": row.status,
            "update_version": row.update_version,
            "auto_update": row.auto_update,
            "first_seen": _iso(app, row.first_seen),
            "last_seen": _iso(app, row.last_seen),
        }
        for component, row in sorted(current.items())
    ]
    if as_json:
        print_json(_document(found) | {"components": rows})
        return
    from plugwatch.render.terminal import show_table

    _show(found, as_json=False)
    click.echo()
    keys = ("component", "version", "status", "update_version")
    table = [[*(row[key] for key in keys), str(row["first_seen"])[:10]] for row in rows]
    show_table(("COMPONENT", "VERSION", "STATUS", "UPDATE", "SINCE"), table)


@site.command("import")
@click.argument("slug", metavar="SITE")
@click.argument("source", metavar="FILE|-|DIR")
@click.option("--as", "form", metavar="FORMAT", help="The format, where it cannot be told from the text.")
@click.option(
    "--type", "list_type", type=click.Choice(("plugins", "themes")), help="What the list names, where it does not say."
)
@click.option("--at", metavar="TIME", help="When the list was made (default: now).")
@click.option("--partial", is_flag=True, help="The list does not name everything: nothing is taken for removed.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@json_option
@pass_app
def import_(
    app: App,
    slug: str,
    source: str,
    form: str | None,
    list_type: str | None,
    at: str | None,
    partial: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take in a list of what runs on a site."""
    inventory = read_list(source, form, list_type)
    made = parse_past(at, now=app.now, zone=app.zone) if at else app.now
    name = "stdin" if source == "-" else Path(source).name
    origin = ListOrigin(name, made, app.now, app.actor, partial=partial, dry_run=dry_run)
    if dry_run:
        with app.ledger.reading() as work:
            found = work.sites.resolve(slug)
            result = import_list(work, found, inventory, origin)
    else:
        with app.ledger.unit_of_work() as work:
            found = work.sites.resolve(slug)
            result = import_list(work, found, inventory, origin)
    for warning in result.warnings:
        note(f"warning: {warning}")
    document = _import_document(found.slug, inventory, result)
    if as_json:
        print_json(document)
        return
    _show_import(document, dry_run=dry_run)


def read_list(source: str, form: str | None, list_type: str | None) -> Any:
    """The inventory in a file, a folder or (``-``) stdin. Raises InputError, naming the source."""
    from plugwatch.inventories import registry

    if source == "-":
        if sys.stdin.isatty():
            note("paste the list, then press Ctrl-D")
        return registry.read(sys.stdin.buffer.read(), source="stdin", fmt=form, list_type=list_type)
    return registry.read_path(Path(source), fmt=form, list_type=list_type)


def _import_document(slug: str, inventory: Any, result: Result) -> dict[str, Any]:
    changes = result.changes
    return {
        "site": slug,
        "format": inventory.format,
        "added": [str(c.component) for c in changes.added],
        "changed": [
            {
                "component": str(c.component),
                "from": c.before.version if c.before else None,
                "to": c.after.version if c.after else None,
                "status": c.after.status if c.after else None,
            }
            for c in changes.changed
        ],
        "removed": [str(c.component) for c in changes.removed],
        "unchanged": changes.unchanged,
        "unresolved": [row.name for row in changes.unresolved],
        "unparsed": [{"line": row.line, "text": row.text} for row in inventory.unparsed],
        "warnings": list(result.warnings),
    }


def _show_import(document: dict[str, Any], *, dry_run: bool) -> None:
    from plugwatch.render.terminal import clean

    added, changed, removed = document["added"], document["changed"], document["removed"]
    would = "would be " if dry_run else ""
    click.echo(
        f"{document['site']}: {len(added)} {would}added, {len(changed)} {would}changed, {len(removed)} {would}removed, "
        f"{document['unchanged']} unchanged  ({document['format']})"
    )
    if document["unchanged"] or changed or removed:  # of a first list everything is new
        for name in added:
            click.echo("  " + clean(f"{name}  new"))
    for row in changed:
        click.echo("  " + clean(f"{row['component']}  {row['from'] or '?'} → {row['to'] or '?'}  {row['status']}"))
    for name in removed:
        click.echo("  " + clean(f"{name}  removed"))
    for name in document["unresolved"]:
        note("  " + clean(f"not resolved to a slug: {name}"))
    for row in document["unparsed"]:
        note("  " + clean(f"line {row['line']} was not understood: {row['text'][:100]}"))
    if not dry_run:
        next_step(f"plugwatch site show {document['site']}", "plugwatch component where COMPONENT")


def _keep_wordpress(app: App, work: UnitOfWork, known: Site, version: str | None) -> None:
    """A WordPress version told by hand is a list of one line: it has a time and a history like any other."""
    if version is not None:
        if not re.fullmatch(_WORDPRESS, version, re.ASCII):
            raise PlugwatchError(f"'{printable(version)}' is not a WordPress version; write 6.9 or 6.9.1")
        inventory = Inventory("by-hand", (), wordpress_version=version)
        import_list(work, known, inventory, ListOrigin("--wordpress", app.now, app.now, app.actor, partial=True))


def _with_settings(known: Site, settings: dict[str, Any]) -> Site:
    names = {"url": "url", "tier": "tier", "source": "source", "network": "network_site", "php": "php_version"}
    given = {names[key]: value for key, value in settings.items() if key in names and value is not None}
    if "url" in given:
        given["url"] = parse_url(given["url"])
    return replace(known, **given)


def _document(known: Site) -> dict[str, Any]:
    return {
        "site": known.slug,
        "client": known.client,
        "url": known.url,
        "tier": known.tier,
        "source": known.source,
        "network": known.network_site,
        "php": known.php_version,
    }


def _show(known: Site, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(known))
        return
    from plugwatch.render.terminal import clean

    for key, value in _document(known).items():
        click.echo(f"{key:<8} {clean(value) if value is not None else '–'}")


def _iso(app: App, moment: datetime | None) -> str | None:
    """ISO 8601 with the agency's zone."""
    return moment.astimezone(app.zone).isoformat() if moment else None
