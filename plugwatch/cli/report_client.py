"""``plugwatch report client``: what we did for a client in a month."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.agreeing import agreement
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.report_out import FORMATS, Target, open_file, print_body, show_checks, write_file
from plugwatch.errors import EXIT_PERSON
from plugwatch.model.roads.submission import Agency

if TYPE_CHECKING:
    from plugwatch.workflows.report_client import MonthReport, Tools


@click.command()
@click.argument("name", metavar="CLIENT")
@click.option("--month", metavar="YYYY-MM", help="Which month, on the client's clock (default: the last full one).")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="html",
    show_default=True,
    help="A page, or text for a mail.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it to a file.")
@click.option("--open", "opening", is_flag=True, help="Write it to a file, and show it in your browser.")
@json_option
@pass_app
def client(app: App, name: str, month: str | None, form: str, out: Path | None, opening: bool, as_json: bool) -> int:
    """What we did for a client in a month, in the client's language.

    A page that may not leave yet is shown all the same, as a draft, with what a person has to mend.

    \b
    plugwatch report client acme --month 2026-11 --out acme.html
    plugwatch report client acme --format md
    """
    from plugwatch.workflows.report_client import report_month

    report = report_month(app.ledger, name, month, form, _tools(app))
    target = Target(out, opening, f"{report.client.slug}-{report.month}", form)
    path = target.file(app, shown=not as_json, draft=report.blocked) if report.text.body else None
    if path:
        write_file(path, report.text.body)
    if as_json:
        print_json(_document(report, path))
    else:
        _show(report, path)
    if opening and path:
        open_file(path)
    return EXIT_PERSON if report.blocked else 0


def _tools(app: App) -> Tools:
    from plugwatch.render.client_texts import ClientTexts
    from plugwatch.render.reports.client_report import ClientReport
    from plugwatch.render.reports.looks import look
    from plugwatch.workflows.report_client import Tools

    ours, asked = app.settings.agency, app.settings.report
    agency = Agency(ours.name, ours.email, ours.url, ours.signature)
    texts = ClientTexts([app.workspace / "templates"])
    pages = ClientReport(texts, look(app.workspace, asked.logo, asked.accent), agency)
    return Tools(pages, agreement(app), agency, ours.language, app.actor, app.now)


def _show(report: MonthReport, path: Path | None) -> None:
    if path:
        click.echo(path)
    elif report.text.body:
        print_body(report.text.body)
    if report.blocked:
        show_checks(report.checks, report.advice)
        note("this is a draft: mend what is blocked, and make it again")
    elif path:
        next_step(f"plugwatch report client {report.client.slug} --month {report.month} --format md")


def _document(report: MonthReport, path: Path | None) -> dict[str, Any]:
    return {
        "client": report.client.slug,
        "month": report.month,
        "language": report.language,
        "title": report.text.title,
        "format": report.form,
        "file": str(path) if path else None,
        "body": report.text.body,
        "checks": [{"check": one.check, "ok": one.ok, "detail": one.detail} for one in report.checks],
        "numbers": report.view.numbers() if report.view else None,
    }
