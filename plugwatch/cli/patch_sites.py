"""``plugwatch patch list --sites``: which patches are on which sites, and where one is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import click

from plugwatch.cli.context import App, next_step, note, print_json
from plugwatch.forks.overview import Overview
from plugwatch.model.evidence.evidence import VERIFIED
from plugwatch.model.evidence.matrix import OnSite, lost_sentence
from plugwatch.workflows.matrix import matrix


def show_sites(app: App, views: Sequence[Overview], *, as_json: bool) -> None:
    """Patches × sites: one row for each site, one column for each patch."""
    with app.ledger.reading() as work:
        rows = matrix(work, views, now=app.now)
    if as_json:
        print_json([document for row in rows for document in _documents(row, app)])
        return
    for component, group in groupby(rows, key=lambda row: row.component):
        _show_component(str(component), list(group))
    lost = [row for row in rows if row.is_lost]
    for row in lost:
        note(lost_sentence(row))
    if not rows:
        note("no site runs a build of ours, or has run one, as far as lists, looks and deployments tell")
        return
    seen = (lost or rows)[0]
    steps = [f"plugwatch fork verify {seen.site} {seen.component}"]
    if lost:
        steps.append(f"plugwatch fork deploy {seen.component}{_stock(seen, views)} --site {seen.site}")
    next_step(*steps)


def _stock(row: OnSite, views: Sequence[Overview]) -> str:
    """The option that names the vendor's release where no patch is left to carry, so that it is what belongs there."""
    view = next(view for view in views if view.component == row.component)
    return f" --stock {view.patched}" if view.patched and not view.stacks[view.patched] else ""


def _documents(row: OnSite, app: App) -> list[dict[str, Any]]:
    """One patch on one site each."""
    return [
        {
            "patch": patch,
            "component": str(row.component),
            "site": row.site,
            "client": row.client,
            "state": row.state,
            "patch_state": state,
            "certainty": row.certainty,
            "version": row.version,
            "build": row.build,
            "wanted": row.wanted,
            "seen_at": row.seen_at.astimezone(app.zone).isoformat() if row.seen_at else None,
            "why": row.why,
            "incidents": list(row.incidents),
        }
        for patch, state in row.patches
    ]


def _show_component(name: str, rows: Sequence[OnSite]) -> None:
    from plugwatch.render.terminal import clean, show_table

    patches = list(dict.fromkeys(patch for row in rows for patch, _state in row.patches))
    cells = []
    for row in rows:
        known = dict(row.patches)
        sure = row.state if row.certainty == VERIFIED else f"{row.state}, claimed"
        seen = row.seen_at.date().isoformat() if row.seen_at else None
        cells.append([row.site, row.client, row.version, sure, seen, *map(known.get, patches)])
    click.echo(clean(name))
    show_table(("SITE", "CLIENT", "VERSION", "STATE", "SEEN", *patches), cells)
