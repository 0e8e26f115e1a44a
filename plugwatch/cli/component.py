"""``plugwatch component``: plugins and themes over all sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.holding import hold_document, open_holds
from plugwatch.cli.lists import show_sign
from plugwatch.errors import EXIT_UNKNOWN
from plugwatch.model.version import VersionRange
from plugwatch.render.terminal import is_drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugwatch.model.directory import DirectoryEntry
    from plugwatch.model.hold import Hold
    from plugwatch.model.suspects import Concern
    from plugwatch.workflows.facts import Facts


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
    from plugwatch.workflows.names import perhaps_on

    span = VersionRange.parse(versions) if versions is not None else None
    with app.ledger.reading() as work:
        found = work.components.resolve(wanted)
        rows = work.installations.where(found, span)
        perhaps = perhaps_on(work, found)
        holds = open_holds(work, [found])
        concerns = work.incidents.concerns().get(found, []) if is_drawn() and not as_json else []
    if as_json:
        installations = [
            {
                "site": row.site,
                "client": row.client,
                "version": row.version,
                "base_version": row.base_version,
                "status": row.status,
                "build": row.build,
                "sign": row.sign,
                "last_seen": row.last_seen.astimezone(app.zone).isoformat(),
            }
            for row in rows
        ]
        document = {"component": str(found), "installations": installations, "perhaps": perhaps}
        print_json(document | {"holds": [hold_document(one, app.zone) for one in holds]})
        return
    from plugwatch.render.terminal import clean, count

    for one in holds:
        note(clean(f"held: {one}"))
    if perhaps:
        shown = f"{', '.join(perhaps[:8])}{' …' if len(perhaps) > 8 else ''}"
        note(f"perhaps on {shown} too: their lists show names without slugs (plugwatch site show {perhaps[0]})")
    if not rows:
        note(f"{found} is on no site{f' in {span}' if span else ''}")
        return
    note(f"{found} on {count(len(rows), 'site')}")
    _show_where(app, rows, holds, concerns)
    next_step(f'plugwatch incident open {rows[0].site} {found} "what the client says"')


def _show_where(app: App, rows: Sequence[Any], holds: Sequence[Hold], concerns: Sequence[Concern]) -> None:
    from plugwatch.render.terminal import show_table

    headers: tuple[str, ...] = ("SITE", "CLIENT", "VERSION", "BUILD OF", "STATUS", "LAST SEEN", "SIGN")
    table: list[tuple[str | None, ...]] = [
        (
            r.site,
            r.client,
            r.version,
            r.base_version if r.build else None,
            r.status,
            f"{r.last_seen.astimezone(app.zone):%Y-%m-%d %H:%M}",
            show_sign(r.sign),
        )
        for r in rows
    ]
    if is_drawn():
        from plugwatch.render.screens.component import draw_versions

        draw_versions([(r.version, r.base_version, r.build) for r in rows], holds, concerns)
        told = [place for place in range(len(headers)) if any(row[place] for row in table)]
        headers, table = tuple(headers[place] for place in told), [tuple(row[place] for place in told) for row in table]
    show_table(headers, table)


@component.command()
@click.argument("wanted", metavar="COMPONENT")
@click.option("--offline", is_flag=True, help="Only what is known already: do not ask WordPress.org.")
@json_option
@pass_app
def show(app: App, wanted: str, offline: bool, as_json: bool) -> int:
    """What WordPress.org says of it, and which versions run."""
    from plugwatch.workflows.facts import facts_of

    facts = facts_of(app.ledger, None if offline else app.directory, wanted, app.now)
    if as_json:
        print_json(_facts_document(app, facts))
    else:
        _show_facts(app, facts)
        next_step(f"plugwatch component where {facts.component}")
    if facts.unknown:
        note(f"unknown: {facts.unknown}")
    return EXIT_UNKNOWN if facts.unknown else 0


def _facts_document(app: App, facts: Facts) -> dict[str, Any]:
    entry = facts.entry.to_document() if facts.entry else None
    asked = facts.asked_at.astimezone(app.zone).isoformat() if facts.asked_at else None
    return {
        "component": str(facts.component),
        "name": facts.name,
        "versions": [{"version": version, "sites": count} for version, count in facts.versions],
        "wordpress_org": entry | {"asked_at": asked} if entry else None,
        "rewritten": [{"version": version, "files": list(files)} for version, files in facts.rewritten.items()],
        "unknown": facts.unknown,
    }


def _show_facts(app: App, facts: Facts) -> None:
    from plugwatch.render.terminal import clean, count

    click.echo(clean(f"{facts.component}  {facts.name or ''}".rstrip()))
    for version, sites in facts.versions:
        click.echo(f"  {clean(version)}  on {count(sites, 'site')}")
    if facts.entry is not None and facts.asked_at is not None:
        click.echo(
            clean(f"WordPress.org, asked {facts.asked_at.astimezone(app.zone):%Y-%m-%d %H:%M}: {_state(facts.entry)}")
        )
        for what, value in _told(facts.entry):
            click.echo(f"  {what:<18} {clean(value)}")
    for version, files in facts.rewritten.items():
        click.echo(
            clean(
                f"ALARM: WordPress.org has shipped {count(len(files), 'file')} in two forms as {version}: "
                f"{', '.join(files[:5])}{' …' if len(files) > 5 else ''}"
            )
        )


def _state(entry: DirectoryEntry) -> str:
    if entry.state != "closed":
        return entry.version or "open" if entry.state == "open" else "not hosted there"
    since = f" since {entry.closed_date}" if entry.closed_date else ""
    return f"closed{since}: {entry.closed_text or entry.closed_reason or 'no reason is public'}"


def _told(entry: DirectoryEntry) -> list[tuple[str, str]]:
    threads = None
    if entry.support_threads is not None:
        threads = f"{entry.support_threads_resolved or 0} of {entry.support_threads} resolved in two months"
    told = {
        "last updated": f"{entry.last_updated:%Y-%m-%d}" if entry.last_updated else None,
        "needs": " and ".join(
            f"{what} {version}"
            for what, version in (("WordPress", entry.requires), ("PHP", entry.requires_php))
            if version
        ),
        "tested up to": entry.tested,
        "repository": entry.repository_url,
        "paid support": entry.commercial_support_url,
        "support threads": threads,
    }
    return [(what, value) for what, value in told.items() if value]


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
