"""``plugwatch check``: everything that can be looked at without a person, for cron."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, BusyError, PlugwatchError

if TYPE_CHECKING:
    from plugwatch.cli.looking_after import LookedAfter
    from plugwatch.forks.overview import Overview
    from plugwatch.model.fork import Plan
    from plugwatch.model.verdicts.relapse import Relapse
    from plugwatch.workflows.check import Checked, Forecast, Offer
    from plugwatch.workflows.releases import Kept
    from plugwatch.workflows.take_in import Row

_JOBS = 8


@click.command()
@json_option
@pass_app
def check(app: App, as_json: bool) -> int:
    """Look at all sites, releases and patches, as cron does.

    Sites with a source are asked what they run; each release that one of them runs is kept, and the newest; each fork
    is forecast on its newest release; vendors' trackers are asked what became of what we sent, and each release
    whether it holds it. Nothing is upgraded or sent; what was seen stands in 'plugwatch today'. Exit code 0: nothing
    needs a person; 3: something does; 4: something could not be known.
    """
    from plugwatch.cli.looking_after import LookedAfter, document
    from plugwatch.forks.lock import locked
    from plugwatch.workflows.check import Checked, needs_person, unknown
    from plugwatch.workflows.findings import findings_of

    with ExitStack() as held:
        try:
            held.enter_context(locked(app.workspace / "forks" / ".check.lock", "plugwatch check", wait=0))
        except BusyError as error:
            checked, looked_after, person = Checked(), LookedAfter(), []
            missed = [f"another check is at work, so this one did nothing: {error}"]
        else:
            checked, looked_after = _look(app)
            person, missed = needs_person(checked), unknown(checked)
            with app.ledger.unit_of_work() as work:
                work.findings.replace(findings_of(checked, work.findings.lost_builds()), at=app.now)
    if as_json:
        print_json(_document(checked) | document(looked_after, app) | {"needs_person": person, "unknown": missed})
    else:
        _show(checked, looked_after, person, missed)
    return EXIT_PERSON if person else EXIT_UNKNOWN if missed else 0


def _look(app: App) -> tuple[Checked, LookedAfter]:
    """All parts, one after the other; what fails in one of them is a row there."""
    from plugwatch.cli.forecasting import look_back
    from plugwatch.cli.lost_forks import lost_forks
    from plugwatch.cli.newest_releases import keep_newest
    from plugwatch.workflows.check import Checked, Forecast
    from plugwatch.workflows.lint import lint_all

    sites = _refresh(app)
    silent, kept = keep_newest(app)
    views, forecasts = _read_forks(app)
    forecasts += _forecast(app, views)
    relapses, failed = look_back(app, [(view, view.newest or "") for view in views])
    forecasts += [Forecast(component, None, error) for component, error in failed]
    with app.ledger.reading() as work:
        findings = lint_all(work, views, now=app.now)
    vendors = _ask_vendors(app)
    return (
        Checked(
            sites,
            silent,
            kept,
            forecasts,
            relapses,
            findings,
            views,
            list(lost_forks(app).values()),
            vendors.needs_person(),
            vendors.unknown(),
        ),
        vendors,
    )


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
    """Every fork as it stands now; and a row for each that cannot be read."""
    from plugwatch.cli.patch_views import read_one
    from plugwatch.workflows.check import Forecast

    views, failed = [], []
    for component in app.forks.components():
        try:
            views.append(read_one(app, str(component)))
        except PlugwatchError as error:
            failed.append(Forecast(component, None, error))
    return views, failed


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


# What is told


def _document(checked: Checked) -> dict[str, Any]:
    from plugwatch.cli.patch_views import finding_document
    from plugwatch.cli.site_lists import row_document

    return {
        "sites": [row_document(row) for row in checked.sites],
        "releases": [*map(_silent_document, checked.silent), *map(_kept_document, checked.releases)],
        "forecasts": [_forecast_document(row) for row in checked.forecasts],
        "relapses": [_relapse_document(relapse) for relapse in checked.relapses],
        "lint": [finding_document(finding) for finding in checked.findings],
    }


def _silent_document(offer: Offer) -> dict[str, Any]:
    return {
        "component": str(offer.component),
        "version": None,
        "reason": "newest",
        "sites": [],
        "kept": False,
        "source": None,
        "error": str(offer.error),
    }


def _kept_document(kept: Kept) -> dict[str, Any]:
    imported, missing = kept.imported, kept.missing
    return {
        "component": str(missing.component),
        "version": missing.version,
        "reason": "runs" if missing.sites else "newest",
        "sites": list(missing.sites),
        "kept": imported is not None,
        "source": imported.note.source if imported else None,
        "error": str(kept.error) if kept.error else None,
    }


def _forecast_document(row: Forecast) -> dict[str, Any]:
    plan = row.plan
    return {
        "component": str(row.component),
        "from": plan.source if plan else None,
        "to": plan.target.version if plan else None,
        "status": plan.status if plan else None,
        "patches": [
            {
                "id": outcome.patch.id,
                "title": outcome.patch.title,
                "verdict": outcome.verdict,
                "confidence": outcome.confidence,
                "accepted": outcome.accepted,
            }
            for outcome in (plan.outcomes if plan else ())
        ],
        "error": str(row.error) if row.error else None,
    }


def _relapse_document(relapse: Relapse) -> dict[str, Any]:
    return {
        "component": str(relapse.component),
        "patch": relapse.patch.id,
        "title": relapse.patch.title,
        "found_in": relapse.found_in,
        "release": relapse.release,
    }


def _show(checked: Checked, vendors: LookedAfter, person: Sequence[str], missed: Sequence[str]) -> None:
    from plugwatch.render.terminal import clean, show_table

    rows = [*_site_rows(checked), *_release_rows(checked), *_forecast_rows(checked), *_vendor_rows(vendors)]
    if rows:
        show_table(("PART", "WHAT", "STATE", "DETAIL"), rows)
    for sentence in person:
        click.echo(clean(f"needs a person: {sentence}"))
    for sentence in missed:
        click.echo(clean(f"not known: {sentence}"))
    if not person and not missed:
        note("nothing needs a person")
    _say_what_next(checked, missed)


def _site_rows(checked: Checked) -> Iterator[tuple[str, str, str, str | None]]:
    """The sites that have changed or did not answer."""
    for row in checked.sites:
        changes = row.taken.result.changes if row.taken else None
        if changes is None:
            yield "site", row.name, "failed", None
        elif changes.added or changes.changed or changes.removed:
            counts = f"{len(changes.added)} added, {len(changes.changed)} changed, {len(changes.removed)} removed"
            yield "site", row.name, "changed", counts


def _release_rows(checked: Checked) -> Iterator[tuple[str, str, str, str | None]]:
    for offer in checked.silent:
        yield "release", str(offer.component), "not told", None
    for kept in checked.releases:
        what, sites = f"{kept.missing.component} {kept.missing.version}", ", ".join(kept.missing.sites[:3])
        yield "release", what, "kept" if kept.imported else "failed", f"on {sites}" if sites else "the newest"


def _forecast_rows(checked: Checked) -> Iterator[tuple[str, str, str, str | None]]:
    for row in checked.forecasts:
        plan = row.plan
        if plan is None:
            yield "fork", str(row.component), "failed", None
        else:
            verdicts = ", ".join(outcome.verdict for outcome in plan.outcomes)
            yield "fork", f"{row.component} {plan.source} → {plan.target.version}", plan.status, verdicts


def _vendor_rows(vendors: LookedAfter) -> Iterator[tuple[str, str, str, str | None]]:
    """The submissions of which something is new, or could not be known."""
    for row in vendors.rows:
        if row.error or row.changed:
            state = "failed" if row.error else row.submission.status
            yield (
                "submission",
                row.submission.name,
                state,
                row.submission.watch.remote if row.submission.watch else None,
            )


def _say_what_next(checked: Checked, missed: Sequence[str]) -> None:
    from plugwatch.model.patches.lint import commands

    plans = [row.plan for row in checked.forecasts if row.plan]
    waiting: Plan | None = next((plan for plan in plans if plan.status != "clean"), None)
    if waiting:
        next_step(f"plugwatch fork forecast {waiting.component} --to {waiting.target.version}")
    elif checked.findings:
        next_step(*commands(checked.findings), "plugwatch patch lint")
    elif missed:
        next_step("plugwatch doctor --network")
    elif plans:
        next_step(f"plugwatch fork upgrade {plans[0].component} --to {plans[0].target.version}")
    else:
        next_step("plugwatch fork list")
