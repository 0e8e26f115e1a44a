"""How deployments are shown: each site as it is done, and the log of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from plugwatch.cli.context import App, next_step, note, print_json
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import DONE, FAILED, PUT_BACK, RUNNING, UNKNOWN, Deployment
from plugwatch.workflows.deploy_step import ALREADY, NOT_TRIED, PLANNED, REFUSED, STOPPING, UNASKED, Outcome

_WORDS = {
    DONE: "done",
    PUT_BACK: "PUT BACK",
    FAILED: "FAILED",
    UNKNOWN: "NOT KNOWN",
    PLANNED: "would be done",
    ALREADY: "nothing to do",
    REFUSED: "refused",
    UNASKED: "not reached",
    NOT_TRIED: "not tried",
}
_STATES = {RUNNING: "not known (broken off)", UNKNOWN: "not known"}


def show_outcome(one: Outcome) -> None:
    """One site, in one line and what belongs to it."""
    from plugwatch.render.terminal import clean

    change = f"{one.found} -> {one.wanted}" if one.found and one.wanted and one.found != one.wanted else ""
    shown = f" ({change})" if change and one.state in STOPPING else f" {change}" if change else ""
    why = one.why.removeprefix(f"site '{one.site}': ")
    click.echo(clean(f"{one.site}: {_WORDS[one.state]}{shown}" + (f": {why}" if why else "")))
    for line in one.notes:
        click.echo(f"  {clean(line)}")
    if one.snapshot:
        click.echo(f"  before: {clean(one.snapshot)}")


def outcome_document(one: Outcome) -> dict[str, Any]:
    """One site, as ``--json`` prints it."""
    return {
        "site": one.site,
        "state": one.state,
        "found": one.found or None,
        "wanted": one.wanted or None,
        "why": one.why or None,
        "snapshot": one.snapshot,
        "notes": list(one.notes),
    }


def show_log(app: App, component: Component | None, *, as_json: bool) -> None:
    """Everything that was deployed, the newest first."""
    with app.ledger.reading() as work:
        rows = list(reversed(work.deployments.all(component)))
    if as_json:
        print_json([_document(app, one) for one in rows])
        return
    if not rows:
        note("nothing was deployed yet")
        next_step("plugwatch fork deploy COMPONENT --site SITE")
        return
    from plugwatch.render.terminal import show_table

    headers = ("AT", "BY", "SITE", "COMPONENT", "BEFORE", "PUT THERE", "STATE", "NOTE")
    show_table(headers, [_cells(app, one) for one in rows])
    broken = next((one for one in rows if one.state == RUNNING), None)
    if broken:
        next_step(f"plugwatch fork deploy {broken.component} --back --site {broken.site} --send")
    else:
        next_step(f"plugwatch fork verify {rows[0].site} {rows[0].component}")


def _cells(app: App, one: Deployment) -> Sequence[object]:
    return (
        f"{one.started_at.astimezone(app.zone):%Y-%m-%d %H:%M}",
        one.actor,
        one.site,
        str(one.component),
        one.version_before,
        one.version,
        _STATES.get(one.state, one.state),
        one.note,
    )


def _document(app: App, one: Deployment) -> dict[str, Any]:
    return {
        "id": one.id,
        "run": one.run,
        "component": str(one.component),
        "site": one.site,
        "kind": one.kind,
        "version": one.version,
        "version_before": one.version_before,
        "state_before": one.state_before,
        "state": one.state,
        "actor": one.actor,
        "incident": one.incident,
        "started_at": one.started_at.astimezone(app.zone).isoformat(),
        "finished_at": one.finished_at.astimezone(app.zone).isoformat() if one.finished_at else None,
        "snapshot": one.snapshot,
        "note": one.note,
    }
