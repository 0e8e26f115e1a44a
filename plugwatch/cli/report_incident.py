"""``plugwatch report incident``: what happened, and what follows from it, for colleagues."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.report_out import FORMATS, Target, open_file, print_body, write_file
from plugwatch.model.roads.submission import Agency

if TYPE_CHECKING:
    from plugwatch.render.reports.incident_report import StoryReport
    from plugwatch.workflows.report_incident import IncidentReport


@click.command()
@click.argument("number", metavar="INC")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="md", show_default=True, help="Text for a wiki, or a page."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
@click.option("--open", "opening", is_flag=True, help="Write it to a file, and show it in your browser.")
@json_option
@pass_app
def incident(app: App, number: str, form: str, out: Path | None, opening: bool, as_json: bool) -> None:
    """The draft of a post-incident report.

    It blames nobody, and it is for colleagues alone: it names clients and vendors. What only a person can say is a
    marked blank.

    \b
    plugwatch report incident 42
    plugwatch report incident 42 --format html --open
    """
    from plugwatch.workflows.report_incident import report_incident

    agency = app.settings.agency.name
    report = report_incident(app.ledger, number, form, _pages(app), agency=agency, now=app.now, zone=app.zone)
    path = Target(out, opening, report.story.record.name, form).file(app, shown=not as_json)
    if path:
        write_file(path, report.text.body)
    if as_json:
        print_json(_document(report, form, path))
    else:
        _show(report, path)
    if opening and path:
        open_file(path)


def _pages(app: App) -> StoryReport:
    from plugwatch.render.reports.incident_report import StoryReport
    from plugwatch.render.reports.looks import look
    from plugwatch.render.templates import Templates

    ours, asked = app.settings.agency, app.settings.report
    return StoryReport(
        Templates([app.workspace / "templates"]),
        look(app.workspace, asked.logo, asked.accent),
        Agency(ours.name, ours.email, ours.url, ours.signature),
        asked.language or ours.language,
    )


def _show(report: IncidentReport, path: Path | None) -> None:
    if path:
        click.echo(path)
    else:
        print_body(report.text.body)
    note("it names clients and vendors: keep it among colleagues, and fill in what is marked")
    if path and path.suffix == ".md":
        next_step(f"plugwatch report incident {report.story.record.name} --format html --open")


def _document(report: IncidentReport, form: str, path: Path | None) -> dict[str, Any]:
    return {
        "incident": report.story.record.name,
        "title": report.text.title,
        "format": form,
        "file": str(path) if path else None,
        "body": report.text.body,
        "follow_ups": list(report.story.follow_ups),
        "numbers": report.story.numbers(),
    }
