"""``plugwatch client feedback``: what a client says in the end of how it was handled."""

from __future__ import annotations

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.model.messages.message import RATINGS, Feedback
from plugwatch.model.moments import parse_past


@click.command()
@click.argument("client", metavar="CLIENT")
@click.argument("rating", type=click.Choice(RATINGS))
@click.argument("words", required=False, metavar='["THEIR WORDS"]')
@click.option("--incident", "number", metavar="INC", help="Default: the last one that they were told the end of.")
@click.option("--at", metavar="TIME", help="When they said it (default: now).")
@json_option
@pass_app
def feedback(
    app: App, client: str, rating: str, words: str | None, number: str | None, at: str | None, as_json: bool
) -> None:
    """Keep what a client said of how it was handled.

    \b
    plugwatch client feedback acme good "you called before I had noticed"
    """
    from plugwatch.workflows.answers import Word, keep_feedback

    moment = parse_past(at, now=app.now, zone=app.zone) if at else app.now
    with app.ledger.unit_of_work() as work:
        word = Word((), None, app.actor, app.now)
        kept = keep_feedback(work, client, rating, words, number=number, at=moment, word=word)
    if as_json:
        print_json(feedback_document(kept, app))
        return
    click.echo(f"{kept.client}: {kept.rating}, about {kept.incident or 'no incident in particular'}")
    next_step(f"plugwatch client show {kept.client}", "plugwatch today")


def feedback_document(kept: Feedback, app: App) -> dict[str, str | None]:
    """An answer as JSON shows it."""
    return {
        "client": kept.client,
        "rating": kept.rating,
        "words": kept.words,
        "incident": kept.incident,
        "at": kept.at.astimezone(app.zone).isoformat(),
        "actor": kept.actor,
    }


def show_feedback(kept: Feedback, app: App) -> None:
    """An answer as a line of the client's record."""
    from plugwatch.cli.incident_views import cut, say

    about = f", {kept.incident}" if kept.incident else ""
    said = f": “{cut(kept.words)}”" if kept.words else ""
    say(f"{kept.rating}{about}, {kept.at.astimezone(app.zone):%-d %b %Y}{said}", label=f"{'feedback':<15} ", indent=16)
