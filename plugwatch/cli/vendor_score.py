"""``plugwatch vendor score``: what a vendor's answers and fixes are worth, from our own cases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.progressing import progress
from plugwatch.cli.vendor_list import find_made

if TYPE_CHECKING:
    from datetime import datetime

    from plugwatch.model.reports.score import Case, Score
    from plugwatch.model.reports.survival import Quantile, Span

_PRIVATE = "for us alone: a vendor may be somebody's customer, so show it to nobody outside"


@click.command()
@click.argument("wanted", metavar="[COMPONENT]", required=False)
@click.option(
    "--since", metavar="PERIOD", default="24m", show_default=True, help="Cases sent since then: 24m, 2y, 2026-01-01."
)
@json_option
@pass_app
def score(app: App, wanted: str | None, since: str, as_json: bool) -> None:
    """How vendors answer and fix, from our own cases: private, with n and period.

    A case is what was sent to a vendor about one incident. Those that wait still count, as "at least" (≥). There is
    no grade under three cases. With COMPONENT: the parts of its vendor's score, each with the reason, and the cases.
    """
    from plugwatch.model.reports.periods import parse_period

    start = parse_period(since, now=app.now, zone=app.zone)
    component = str(find_made(app, wanted)) if wanted else None
    found = [one for one in _scores(app, start) if component is None or component in one.components]
    if as_json:
        print_json(_document(app, found, start))
    elif not found:
        whom = f"the vendor of {component}" if component else "any vendor"
        note(f"no incident was reported to {whom} since {_day(start)}")
        next_step(f"plugwatch vendor show {component or 'COMPONENT'}")
    elif component:
        _show_one(app, found[0], component)
    else:
        _show_all(found)


def _scores(app: App, start: datetime) -> list[Score]:
    from plugwatch.model.reports.score import scores

    with progress("reading what was sent"), app.ledger.reading() as work:
        history = work.history
        records, components = history.records(since=start, now=app.now), history.components()
        return scores(records, components, app.now, start, history.forks())


def _show_all(found: list[Score]) -> None:
    from plugwatch.render.terminal import show_table

    headers = ("VENDOR", "GRADE", "POINTS", "CASES", "ANSWERED", "MEDIAN ANSWER", "UNFIXED", "MEDIAN FIX")
    rows = [
        (
            one.vendor,
            one.grade,
            one.points,
            one.n,
            one.answered,
            _quantile(one.answer.median),
            one.censored,
            _quantile(one.fix.median),
        )
        for one in found
    ]
    show_table(headers, rows)
    _remark(found[0])
    next_step(f"plugwatch vendor score {found[0].components[0]}")


def _show_one(app: App, one: Score, component: str) -> None:
    from plugwatch.render.terminal import clean, count, show_table

    said = f"{one.grade}, {one.points:g} of 100" if one.points is not None else "no grade under three cases"
    click.echo(clean(f"{one.vendor} ({', '.join(one.components)}): {said}"))
    click.echo(f"{count(one.n, 'case')}, {one.censored} without a released fix\n")
    parts = [
        (part.name, None if part.points is None else round(part.points, 1), f"{part.of:g}", part.why)
        for part in one.parts
    ]
    show_table(("PART", "POINTS", "OF", "WHY"), parts)
    click.echo()
    show_table(("CASE", "SENT", "THROUGH", "ANSWER", "FIX", "NOTE"), [_case_row(app, case) for case in one.details])
    _remark(one)
    next_step(f"plugwatch vendor show {component}", f"plugwatch incident show {one.cases[0]}")


def _case_row(app: App, case: Case) -> tuple[str, ...]:
    through = zip(case.submissions, case.channels, strict=True)
    return (
        case.incident,
        _day(case.sent_at.astimezone(app.zone)),
        ", ".join(f"{name} {channel}" for name, channel in through),
        _span(case.answer),
        _span(case.fix),
        "; ".join(["came back"] * case.came_back + ["refused"] * (case.taken is False)),
    )


def _remark(one: Score) -> None:
    """What must be said beside every score."""
    note(f"cases sent from {_day(one.since)} to {_day(one.until)}; ≥: some still wait, so at least that long")
    note(_PRIVATE)


def _quantile(quantile: Quantile | None) -> str | None:
    from plugwatch.model.when import span_in_words

    if quantile is None:
        return None
    return ("≥ " if quantile.at_least else "") + span_in_words(timedelta(seconds=quantile.seconds))


def _span(span: Span) -> str:
    from plugwatch.model.when import span_in_words

    return ("" if span.over else "≥ ") + span_in_words(timedelta(seconds=span.seconds))


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _document(app: App, found: list[Score], start: datetime) -> dict[str, Any]:
    """``{since, until, private, vendors}``; spans are in seconds, times on the agency's clock."""
    return {
        "since": start.isoformat(),
        "until": app.now.isoformat(),
        "private": True,
        "vendors": [_score_document(app, one) for one in found],
    }


def _score_document(app: App, one: Score) -> dict[str, Any]:
    return {
        "vendor": one.vendor,
        "components": list(one.components),
        "n": one.n,
        "answered": one.answered,
        "censored": one.censored,
        "grade": one.grade,
        "points": one.points,
        "median_answer": one.answer.median._asdict() if one.answer.median else None,
        "median_fix": one.fix.median._asdict() if one.fix.median else None,
        "parts": [
            part._asdict() | {"points": None if part.points is None else round(part.points, 1)} for part in one.parts
        ],
        "cases": [_case_document(app, case) for case in one.details],
    }


def _case_document(app: App, case: Case) -> dict[str, Any]:
    return {
        "incident": case.incident,
        "component": case.component,
        "submissions": list(case.submissions),
        "channels": list(case.channels),
        "sent_at": case.sent_at.astimezone(app.zone).isoformat(),
        "answer": {"seconds": case.answer.seconds, "at_least": not case.answer.over},
        "fix": {"seconds": case.fix.seconds, "at_least": not case.fix.over},
        "taken": case.taken,
        "came_back": case.came_back,
    }
