"""``plugwatch check``: everything that can be looked at without a person, for cron."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from plugwatch.cli.checked_night import Night
from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, BusyError, PlugwatchError

if TYPE_CHECKING:
    from plugwatch.cli.check_build import BuiltRow
    from plugwatch.cli.looking_after import LookedAfter
    from plugwatch.forks.overview import Overview
    from plugwatch.model.verdicts.relapse import Relapse
    from plugwatch.workflows.check import Forecast
    from plugwatch.workflows.take_in import Row

_JOBS = 8


@click.command()
@click.option(
    "--feed", metavar="FILE", type=click.Path(path_type=Path), help="A vulnerability feed (see the settings)."
)
@click.option("--build", "building", is_flag=True, help="Build where a release with a fix takes the patches cleanly.")
@click.option("--out", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Where builds go.")
@json_option
@pass_app
def check(app: App, feed: Path | None, building: bool, out: Path | None, as_json: bool) -> int:
    """Look at all sites, releases and patches, as cron does.

    Sites with a source are asked what they run; each release that one of them runs is kept, and the newest; each fork
    is forecast on its newest release; vendors' trackers are asked what became of what we sent, and each release
    whether it holds it. A vulnerability feed, changelogs and WordPress.org say what matters for security.

    Nothing is upgraded, deployed, published or sent, but that --build carries and builds (into the workspace's builds)
    where a release that matters for security takes all patches cleanly. What was seen stands in 'plugwatch today'.
    Exit code 0: nothing needs a person; 3: something does; 4: something could not be known.
    """
    from plugwatch.cli.check_views import document, show
    from plugwatch.forks.lock import locked
    from plugwatch.workflows.check import needs_person, unknown
    from plugwatch.workflows.findings import findings_of

    if out and not building:
        raise click.UsageError("--out says where builds go; say --build as well")
    with ExitStack() as held:
        try:
            held.enter_context(locked(app.workspace / "forks" / ".check.lock", "plugwatch check", wait=0))
        except BusyError as error:
            night, person = _nothing(), []
            missed = [f"another check is at work, so this one did nothing: {error}"]
        else:
            night = _look(app, feed, (out or app.workspace / "builds") if building else None)
            person, missed = needs_person(night.checked), unknown(night.checked)
            with app.ledger.unit_of_work() as work:
                work.findings.replace(findings_of(night.checked, night.stepped, night.names), at=app.now)
    if as_json:
        print_json(document(app, night) | {"needs_person": person, "unknown": missed})
    else:
        show(app, night, person, missed)
    return EXIT_PERSON if person else EXIT_UNKNOWN if missed else 0


def _nothing() -> Night:
    from plugwatch.cli.check_security import Heard
    from plugwatch.cli.looking_after import LookedAfter
    from plugwatch.workflows.check import Checked
    from plugwatch.workflows.stepping import Stepped

    return Night(Checked(), LookedAfter(), Heard(named=True), Stepped())


def _look(app: App, feed: Path | None, out: Path | None) -> Night:
    """All parts, one after the other; what fails in one of them is a row there."""
    from plugwatch.cli.check_security import alarms, hear
    from plugwatch.cli.newest_releases import look_and_keep
    from plugwatch.cli.progressing import progress
    from plugwatch.workflows.check import Checked
    from plugwatch.workflows.lint import lint_all

    sites = _refresh(app)
    offers, kept = look_and_keep(app)
    views, forecasts = _read_forks(app)
    with progress("asking about security"):
        heard = hear(app, views, offers, feed)
    found = alarms(app, views, forecasts)
    built: list[BuiltRow] = []
    if out:
        from plugwatch.cli.check_build import build_secure

        with progress("building"):
            built = build_secure(app, [alarm.concern for alarm in found], out)
        if any(row.upgraded or row.built for row in built):
            views, forecasts = _read_forks(app)
            found = alarms(app, views, forecasts)
    forecasts, relapses = _look_back(app, views, forecasts)
    with app.ledger.reading() as work:
        findings = lint_all(work, views, now=app.now)
    vendors = _ask_vendors(app)
    checked = Checked(
        sites=sites,
        silent=[offer for offer in offers if offer.error],
        releases=kept,
        forecasts=forecasts,
        relapses=relapses,
        findings=findings,
        views=views,
        asked=vendors.needs_person(),
        unheard=vendors.unknown(),
        unread=heard.unread,
        alarms=found,
    )
    return _step_aside(app, Night(checked, vendors, heard, _nothing().stepped, built=built))


def _step_aside(app: App, night: Night) -> Night:
    """What became of our patches on sites: which left as they should, which are lost, of which nobody knows."""
    from plugwatch.cli.check_security import client_names
    from plugwatch.cli.lost_forks import lost_forks
    from plugwatch.workflows.findings import lost_places, say_open_end
    from plugwatch.workflows.stepping import step_aside

    with app.ledger.unit_of_work() as work:
        stepped = step_aside(work, night.checked.views, actor=app.actor, now=app.now)
        plans = [row.plan for row in night.checked.forecasts if row.plan]
        missed = lost_places(work, night.checked.views, now=app.now, plans=plans)
        deployments = work.deployments.open()
        names = client_names(work)
    checked = replace(
        night.checked,
        lost=list(lost_forks(app).values()),
        missed=missed,
        tell=stepped.tell,
        open_ends=[say_open_end(one, app.now) for one in deployments],
    )
    return replace(night, checked=checked, stepped=stepped, deployments=deployments, names=names)


def _ask_vendors(app: App) -> LookedAfter:
    """What became of all that lies with vendors: those that are due are asked about, and all compared with releases."""
    from plugwatch.cli.looking_after import LookedAfter, due_names, look_after, open_submissions

    found = open_submissions(app)
    return look_after(app, due_names(app, found), found) if found else LookedAfter()


def _refresh(app: App) -> list[Row]:
    from plugwatch.cli.site_lists import refresh_sites

    with app.ledger.reading() as work:
        sites = list(work.sites.list())
    asked = [site for site in sites if site.source]
    if len(asked) < len(sites):
        note(f"sites without a source, whose lists come by hand: {len(sites) - len(asked)}")
    return sorted(refresh_sites(app, asked, _JOBS, offline=False), key=lambda row: row.name.casefold())


# Forks


def _read_forks(app: App) -> tuple[list[Overview], list[Forecast]]:
    """Every fork as it stands now, and what its newest release means; a row as well for each that cannot be read."""
    from plugwatch.cli.patch_views import read_one
    from plugwatch.cli.progressing import progress
    from plugwatch.workflows.check import Forecast

    views, failed = [], []
    components = app.forks.components()
    with progress("reading forks", len(components)) as advance:
        for component in components:
            try:
                views.append(read_one(app, str(component)))
            except PlugwatchError as error:
                failed.append(Forecast(component, None, error))
            advance()
    return views, [*failed, *_forecast(app, views)]


def _forecast(app: App, views: Sequence[Overview]) -> list[Forecast]:
    """What the newest release means for each fork that carries patches, and not on that one yet."""
    from plugwatch.cli.forecasting import forecast_newest
    from plugwatch.model.fork import Plan
    from plugwatch.workflows.check import Forecast

    answers = zip(views, forecast_newest(app, views), strict=True)
    return [
        Forecast(view.component, answer, None) if isinstance(answer, Plan) else Forecast(view.component, None, answer)
        for view, answer in answers
        if answer is not None
    ]


def _look_back(
    app: App, views: Sequence[Overview], forecasts: Sequence[Forecast]
) -> tuple[list[Forecast], Sequence[Relapse]]:
    """The forecasts, with a row for each fork that cannot tell; and what newest releases lack that older ones had."""
    from plugwatch.cli.forecasting import look_back
    from plugwatch.workflows.check import Forecast

    relapses, failed = look_back(app, [(view, view.newest or "") for view in views])
    return [*forecasts, *(Forecast(component, None, error) for component, error in failed)], relapses
