"""``plugwatch incident list`` and ``show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, pass_app, print_json
from plugwatch.cli.context import note as remark
from plugwatch.cli.incident_documents import incident_document
from plugwatch.model.incident import Incident

if TYPE_CHECKING:
    from plugwatch.model.reports.lanes import Lanes


@click.command("list")
@click.option("--all", "every", is_flag=True, help="Also what is resolved or closed.")
@click.option("--known-errors", "known", is_flag=True, help="What the vendor has not fixed and we can live with.")
@click.option("--mine", is_flag=True, help="What I work on.")
@click.option("--component", metavar="C", help="What is about a component.")
@json_option
@pass_app
def list_(app: App, every: bool, known: bool, mine: bool, component: str | None, as_json: bool) -> None:
    """Incidents, the newest first.

    A known error has a known cause, and a workaround or a patch of ours; it stays one until a release contains the fix.
    """
    with app.ledger.reading() as work:
        about = work.components.resolve(component) if component else None
        found = [
            one
            for one in work.incidents.all()
            if (every or one.is_open or (known and one.status != "closed"))
            and (not mine or (one.assignee or "").casefold() == app.actor.casefold())
            and (about is None or about in (one.component, *one.with_components))
            and (not known or _is_known_error(work, one))
        ]
        turns = {one.incident: (one.turn, one.why) for one in work.due.turns(app.now)}
        rows = [_row(app, one, turns) for one in found]
    if as_json:
        print_json(rows)
        return
    if not rows:
        remark("no incidents" if every or known or mine or component else "no open incidents")
        return
    from plugwatch.render.terminal import show_table

    keys = ["incident", "severity", "status", "turn", "assignee", "component", "workaround" if known else "title"]
    show_table([key.upper() for key in keys], [[row[key] for key in keys] for row in rows])


@click.command()
@click.argument("number", metavar="INC")
@json_option
@pass_app
def show(app: App, number: str, as_json: bool) -> None:
    """One incident, with all that belongs to it."""
    from plugwatch.cli.incident_whole import show_whole, whole_document
    from plugwatch.render.terminal import is_drawn

    with app.ledger.reading() as work:
        found = work.incidents.get(number)
        document = whole_document(app, work, found)
        picture = _picture(app, work, found) if is_drawn() and not as_json else None
    if as_json:
        print_json(document)
    else:
        show_whole(app, found, document, picture)


def _picture(app: App, work: Any, found: Incident) -> Lanes:
    """Its swim-lane, or that of the incident that it was merged into."""
    from plugwatch.model.reports.lanes import Waits, lanes

    record = work.history.record(work.incidents.root(found), app.now)
    return lanes(record, app.now, Waits.of(record, app.now))


def _row(app: App, found: Incident, turns: dict[str, tuple[str, str]]) -> dict[str, Any]:
    turn, why = turns.get(found.name, ("nobody", "closed"))
    if found.merged_into:
        turn, why = "nobody", f"it goes on as {found.merged_into}"
    return incident_document(found, app.zone) | {"turn": turn, "turn_why": why}


def _is_known_error(work: Any, found: Incident) -> bool:
    from plugwatch.model.life import is_known_error

    if found.component is None:
        return False
    patches = work.forks.patches_of_incident(found.id)
    carried = [patch.id for patch in patches if patch.is_carried]
    return is_known_error(found, carried=carried, landed=[patch.id for patch in patches if patch.landed_in])
