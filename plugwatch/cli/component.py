"""``plugwatch component``: plugins and themes over all sites."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.model.version import VersionRange


@click.group()
def component() -> None:
    """Plugins and themes over all sites."""


@component.command()
@click.argument("wanted", metavar="COMPONENT")
@click.option("--version", "versions", metavar="RANGE", help="'>=9.3,<9.3.2'; compared as WordPress does.")
@json_option
@pass_app
def where(app: App, wanted: str, versions: str | None, as_json: bool) -> None:
    """On which sites a component runs, and in which versions."""
    span = VersionRange.parse(versions) if versions is not None else None
    with app.ledger.reading() as work:
        found = work.components.resolve(wanted)
        rows = work.installations.where(found, span)
    if as_json:
        installations = [
            {
                "site": row.site,
                "client": row.client,
                "version": row.version,
                "base_version": row.base_version,
                "status": row.status,
                "build": row.build,
                "last_seen": row.last_seen.astimezone(app.zone).isoformat(),
            }
            for row in rows
        ]
        print_json({"component": str(found), "installations": installations})
        return
    if not rows:
        note(f"{found} is on no site{f' in {span}' if span else ''}")
        return
    from plugwatch.render.terminal import count, show_table

    note(f"{found} on {count(len(rows), 'site')}")
    table = [
        (
            r.site,
            r.client,
            r.version,
            r.base_version if r.build else None,
            r.status,
            f"{r.last_seen.astimezone(app.zone):%Y-%m-%d %H:%M}",
        )
        for r in rows
    ]
    show_table(("SITE", "CLIENT", "VERSION", "BUILD OF", "STATUS", "LAST SEEN"), table)
    next_step(f'plugwatch incident open {rows[0].site} {found} "what the client says"')


@component.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All components that any list has named."""
    with app.ledger.reading() as work:
        names = work.components.names()
    if as_json:
        print_json([{"component": str(c), "name": name} for c, name in names.items()])
        return
    if not names:
        note("no components yet; they come in with 'plugwatch site import'")
        return
    from plugwatch.render.terminal import show_table

    show_table(("COMPONENT", "NAME"), [(str(c), name) for c, name in names.items()])
