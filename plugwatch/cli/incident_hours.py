"""``plugwatch incident hours``: the minutes that notes name, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.context import note as remark
from plugwatch.model.client import format_duration
from plugwatch.model.money import BY, Line


@click.command()
@click.argument("number", metavar="[INC]", required=False)
@click.option(
    "--by", type=click.Choice(BY), help="What to add up by (default: client for one incident, else incident)."
)
@click.option("--since", metavar="TIME", help="Only what was done since then: 30d, 2026-11-01.")
@json_option
@pass_app
def hours(app: App, number: str | None, by: str | None, since: str | None, as_json: bool) -> None:
    """The time that was spent, and what it cost.

    Minutes are those of 'incident note --minutes'. An incident's are shared evenly by its clients, unless the note
    names one. Costs need [agency] hourly_rate in plugwatch.toml.
    """
    from plugwatch.model.moments import parse_since
    from plugwatch.workflows.hours import add_up

    start = parse_since(since, now=app.now, zone=app.zone) if since else None
    key = by or ("client" if number else "incident")
    with app.ledger.reading() as work:
        lines = add_up(work, number, by=key, since=start)
    document = _document(app, key, lines) | {"since": start.astimezone(app.zone).isoformat() if start else None}
    if as_json:
        print_json(document)
        return
    if not lines:
        remark("no time was noted yet" if not since else "no time was noted since then")
        next_step("plugwatch incident note INC TEXT --minutes 25")
        return
    _show(key, document)


def _document(app: App, by: str, lines: Sequence[Line]) -> dict[str, Any]:
    agency = app.settings.agency
    total = Line(None, sum(line.minutes for line in lines))
    currency = agency.currency if agency.hourly_rate else None
    return {
        "by": by,
        "rows": [
            {by: line.key, "minutes": line.minutes, "cost": line.cost(agency.hourly_rate), "currency": currency}
            for line in lines
        ],
        "minutes": total.minutes,
        "cost": total.cost(agency.hourly_rate),
        "currency": currency,
    }


def _show(by: str, document: dict[str, Any]) -> None:
    from plugwatch.render.terminal import show_table

    headers = [by.upper(), "TIME"] + ["COST"] * bool(document["currency"])
    rows = [[row[by] or "–", *_cells(row, document)] for row in document["rows"]]
    show_table(headers, [*rows, ["in all", *_cells(document, document)]] if len(rows) > 1 else rows)


def _cells(row: dict[str, Any], document: dict[str, Any]) -> list[str]:
    spent = format_duration(timedelta(minutes=row["minutes"]))
    return [spent, f"{row['cost']:.2f} {document['currency']}"] if document["currency"] else [spent]
