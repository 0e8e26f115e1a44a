"""``plugwatch incident call``: one more client tells us of an incident that is known."""

from __future__ import annotations

from typing import Any

import click

from plugwatch.cli.context import App, json_option, pass_app
from plugwatch.cli.incident_open import call_options, log_call
from plugwatch.model.incident import HEARD
from plugwatch.model.moments import parse_past
from plugwatch.workflows.open_incident import Report


@click.command()
@click.argument("number", metavar="INC")
@click.argument("words", nargs=-1, required=True, metavar='[SITE] "THE CLIENT\'S WORDS"')
@click.option("--heard", type=click.Choice(HEARD), default="phone", show_default=True, help="How we heard of it.")
@call_options
@json_option
@pass_app
def call(app: App, number: str, words: tuple[str, ...], at: str | None, as_json: bool, **options: Any) -> None:
    """Log another call about an incident.

    The site may run any version, and may be left out where one site alone has called. An incident that was watched
    or over is open again.
    """
    if len(words) > 2:
        raise click.UsageError("there are a site and the words; put the words in quotes", click.get_current_context())
    moment = parse_past(at, now=app.now, zone=app.zone) if at else None
    site = words[0] if len(words) == 2 else None
    report = Report(words[-1], app.actor, app.now, site=site, incident=number, at=moment, **options)
    log_call(app, report, as_json=as_json)
