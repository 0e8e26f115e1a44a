"""``plugwatch submission list`` and ``show``."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.submission_views import document, show_history, show_post, whole_document


@click.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those without an end.")
@json_option
@pass_app
def list_(app: App, only_open: bool, as_json: bool) -> None:
    """All submissions, the newest first."""
    from plugwatch.model.life import ENDED

    with app.ledger.reading() as work:
        found = [one for one in work.submissions.all() if not (only_open and one.status in ENDED)]
    if as_json:
        print_json([document(one) for one in found])
        return
    if not found:
        note("no submissions yet; write one with 'plugwatch submission draft'")
        return
    from plugwatch.render.terminal import show_table

    rows = [(s.name, s.channel, s.status, str(s.component), s.incident, s.title) for s in found]
    show_table(("SUBMISSION", "CHANNEL", "STATUS", "COMPONENT", "INCIDENT", "TITLE"), rows)
    next_step(f"plugwatch submission show {found[0].name}", "plugwatch submission poll")


@click.command()
@click.argument("number", metavar="SUB")
@json_option
@pass_app
def show(app: App, number: str, as_json: bool) -> None:
    """One submission: its texts, its files, its checks, and what became of it."""
    with app.ledger.reading() as work:
        found = work.submissions.get(number)
    if as_json:
        print_json(whole_document(found))
        return
    show_post(found, found.current)
    show_history(app, found)
