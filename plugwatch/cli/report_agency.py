"""``plugwatch report agency``: the agency's board, as a folder of pages that need nothing from anywhere."""

from __future__ import annotations

import gc
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugwatch.cli.agreeing import working_week
from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.report_out import open_file
from plugwatch.model.client import parse_duration

if TYPE_CHECKING:
    from plugwatch.model.reports.board import Board
    from plugwatch.render.reports.agency import AgencyReport


@click.command()
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="A new folder, an empty one, or our last.")
@click.option("--since", default="12m", show_default=True, metavar="PERIOD", help="How far back: 24m, 90d, 2026-01-01.")
@click.option("--open", "opening", is_flag=True, help="Show it in your browser.")
@json_option
@pass_app
def agency(app: App, out: Path | None, since: str, opening: bool, as_json: bool) -> int:
    """The agency's board: a folder of pages that work offline.

    It is for the agency alone: clients, sites and vendors are named. With --json and without --out nothing is written.

    \b
    plugwatch report agency --out board --open
    plugwatch report agency --since 90d --json
    """
    from plugwatch.render.progress import progress
    from plugwatch.render.reports.folder import check_folder, write_report

    if out is None and (opening or not as_json):
        raise click.UsageError("say where the pages go: --out DIR (or ask for the numbers alone: --json)")
    if out is None:
        report = _report(app, since)
        report.draw()
        print_json(report.document())
        return 0
    check_folder(out)
    report = _report(app, since)
    with progress("writing pages", report.expected) as done, _frozen():
        write_report(out, report.files(out), done)
    index = out / "index.html"
    if as_json:
        print_json(report.document(out))
    else:
        click.echo(f"{report.pages} pages in {out}; begin with {index}")
    if opening:
        open_file(index)
    elif not as_json:
        next_step(f"plugwatch report agency --out {shlex.quote(str(out))} --open")
    return 0


@contextmanager
def _frozen() -> Iterator[None]:
    """What was read stays to the end: to look through it for garbage, page after page, takes a third of the time."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _report(app: App, since: str) -> AgencyReport:
    from plugwatch.render.reports.agency import AgencyReport
    from plugwatch.render.reports.engine import Engine, Frame
    from plugwatch.render.reports.reader import Reader

    board = _board(app, since)
    settings = app.settings
    language = settings.report.language or settings.agency.language
    reader = Reader(language, app.zone, board.now, board.currency)
    engine = Engine(reader, Frame(board.agency, board.now, board.since))
    return AgencyReport(board, engine, parse_duration(settings.sla.first_response))


def _board(app: App, since: str) -> Board:
    from plugwatch.model.reports.periods import parse_period
    from plugwatch.workflows.report_agency import Wanted, board

    settings = app.settings
    wanted = Wanted(
        agency=settings.agency.name or "Our agency",
        now=app.now,
        since=parse_period(since, now=app.now, zone=app.zone),
        stale_after=parse_duration(settings.inventory.stale_after),
        week=working_week(app),
        hourly_rate=settings.agency.hourly_rate,
        currency=settings.agency.currency,
    )
    with app.ledger.reading() as work:
        return board(work, wanted)
