"""``plugwatch submission poll``: ask what became of submissions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import EXIT_PERSON, EXIT_UNKNOWN, PlugwatchError
from plugwatch.model.roads.submitted import Submission

if TYPE_CHECKING:
    from plugwatch.cli.looking_after import LookedAfter
    from plugwatch.workflows.released import Released
    from plugwatch.workflows.watch import Row


@click.command()
@click.argument("numbers", metavar="[SUB]…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that have no end, whether they are due or not.")
@click.option("--offline", is_flag=True, help="Fetch no releases: compare those that are here.")
@json_option
@pass_app
def poll(app: App, numbers: tuple[str, ...], everything: bool, offline: bool, as_json: bool) -> int:
    """Ask what became of submissions.

    Without arguments those that are due are asked about. New releases of what has a patch at a vendor's are fetched and
    compared with it: only what a release really holds is released. Exit code 3: a person must act; 4: something could
    not be known.
    """
    from plugwatch.cli.looking_after import document, look_after

    asked, judged = _choose(app, numbers, everything)
    missed = [] if offline else _fetch(app, judged)
    found = look_after(app, asked, judged)
    person, unknown = found.needs_person(), [*missed, *found.unknown()]
    if as_json:
        print_json(document(found, app) | {"needs_person": person, "unknown": unknown})
    else:
        _show(app, found.rows, person, unknown)
        for row in found.released:
            show_released(row)
        _say_next(found, person)
    return EXIT_PERSON if person else EXIT_UNKNOWN if unknown else 0


def _choose(app: App, numbers: Sequence[str], everything: bool) -> tuple[list[str], list[Submission]]:
    """The names of those to ask about, and those to compare with releases."""
    from plugwatch.cli.looking_after import due_names, open_submissions

    if numbers and everything:
        raise click.UsageError("give submissions or --all, not both")
    if not numbers:
        found = open_submissions(app)
        watched = [one.name for one in found if one.watch and one.watch.tracker != "none"]
        due = due_names(app, found)
        return ([*watched, *(name for name in due if name not in watched)] if everything else due), found
    with app.ledger.reading() as work:
        named = [work.submissions.get(number) for number in dict.fromkeys(numbers)]
    if draft := next((one for one in named if one.status == "draft"), None):
        raise PlugwatchError(
            f"{draft.name} has not been sent; send it with 'plugwatch submission send {draft.name}', or say where you "
            f"posted it with 'plugwatch submission mark {draft.name} sent --url URL'"
        )
    due_names(app, named)  # begins to look for answers by mail
    return [one.name for one in named], named


def _fetch(app: App, judged: Sequence[Submission]) -> list[str]:
    """Keep the new releases of what vendors have patches for; a sentence for each that could not be had."""
    components = {one.component for one in judged if one.patch}
    if not components:
        return []
    from plugwatch.cli.newest_releases import keep_newest
    from plugwatch.workflows.check import Checked, needs_person, unknown

    silent, kept = keep_newest(app, components)
    checked = Checked(silent=silent, releases=kept)
    return [*unknown(checked), *needs_person(checked)]


def _show(app: App, rows: Sequence[Row], person: Sequence[str], unknown: Sequence[str]) -> None:
    from plugwatch.model.when import short_time
    from plugwatch.render.terminal import clean, show_table

    if rows:
        headers = ("SUBMISSION", "CHANNEL", "STATUS", "AT THE VENDOR'S", "NEW", "NEXT LOOK")
        show_table(headers, [(*_cells(row), _when(app, row, short_time)) for row in rows])
    else:
        note("no submission is due to be asked about")
    for sentence in person:
        click.echo(clean(f"needs a person: {sentence}"))
    for sentence in unknown:
        click.echo(clean(f"not known: {sentence}"))


def _cells(row: Row) -> tuple[str, str, str, str | None, str]:
    one, watch = row.submission, row.submission.watch
    news = [f"it was {row.was}"] if one.status != row.was else []
    written = [remark.who for remark in row.remarks if remark.human]
    news += [f"{', '.join(dict.fromkeys(written))} wrote"] if written else []
    state = "failed" if row.error else "; ".join(news) or ("moved" if row.said else "nothing")
    return one.name, one.channel, one.status, watch.remote if watch else None, state


def _when(app: App, row: Row, show: Callable[[datetime, datetime], str]) -> str | None:
    watch = row.submission.watch
    return show(watch.next_check.astimezone(app.zone), app.now) if watch and watch.next_check else None


def show_released(row: Released) -> None:
    """What a release means for a submission: the evidence, and the sites that are still to be moved."""
    from plugwatch.render.terminal import clean

    judged = row.judged
    version = judged.fixed_in or judged.missing_in or judged.doubtful
    if version is None:
        return
    what = "holds it" if judged.fixed_in else "does not hold it" if judged.missing_in else "needs your eye"
    note(clean(f"{row.submission.name}: {row.submission.component} {version} {what}"))
    for sentence in judged.evidence[:3]:
        note(clean(f"  {sentence}"))
    for client, sites in groupby(row.sites, key=attrgetter("client")):
        note(clean(f"  to move, {client}: {', '.join(f'{site.site} ({site.version})' for site in sites)}"))


def _say_next(found: LookedAfter, person: Sequence[str]) -> None:
    from plugwatch.workflows.released import commands

    told = [command for row in found.released if not row.error for command in commands(row)]
    if told:
        next_step(*dict.fromkeys(told))
        return
    waiting = next((row.submission for row in (*found.rows, *found.others) if row.submission.waits_for_us), None)
    if waiting:
        next_step(f"plugwatch submission show {waiting.name}")
    else:
        next_step("plugwatch today" if person or not found.rows else "plugwatch submission list --open")
