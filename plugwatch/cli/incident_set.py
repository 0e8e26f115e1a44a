"""``plugwatch incident set`` and ``note``: what became known, and what happened."""

from __future__ import annotations

from typing import Any

import click

from plugwatch.cli.context import App, json_option, next_step, pass_app, print_json
from plugwatch.cli.context import note as remark
from plugwatch.cli.incident_documents import event_document, incident_document, words_document
from plugwatch.cli.incident_views import leading, show_head, show_sites
from plugwatch.model.incident import SEVERITIES, VISIBILITIES
from plugwatch.model.moments import parse_past


@click.command("set")
@click.argument("number", metavar="INC")
@click.option("--component", metavar="C", help="The cause, now that it is known.")
@click.option("--with", "also", multiple=True, metavar="C", help="Components that take part; replaces those before.")
@click.option("--trigger", metavar="T", help="update, core:6.9, php:8.4, conflict or unknown.")
@click.option("--affected", metavar="RANGE", help="Affected versions: '>=5.9.4'; 'none': not known.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="How bad it is.")
@click.option("--security/--no-security", default=None, help="Keep it out of every public channel, or no longer.")
@click.option("--title", metavar="T", help="One line; vendors read it where there is no patch, so no client's name.")
@click.option("--assign", "assignee", metavar="USER", help="Who works on it from now on; 'none': nobody.")
@click.option("--note", metavar="TEXT", help="With --assign: what whoever takes it over should know.")
@click.option("--steps", metavar="TEXT", help="How to see it, one step a line; for vendors, so no client's name.")
@click.option("--expected", metavar="TEXT", help="What should happen; for vendors.")
@click.option("--actual", metavar="TEXT", help="What happens; for vendors.")
@click.option(
    "--workaround", metavar="TEXT", help="What helps until it is fixed, as you have just tried it; '': nothing."
)
@click.option(
    "--say",
    multiple=True,
    metavar="[LANG:]FIELD=TEXT",
    help="What clients read; FIELD is effect (a clause: 'the form is not sending'), done, plan or care (sentences).",
)
@json_option
@pass_app
def set_(app: App, number: str, say: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Change what is known of an incident."""
    from plugwatch.model.messages.saying import parse_saying
    from plugwatch.workflows import change_incident

    said = tuple(parse_saying(text, language=app.settings.agency.language) for text in say)
    update = change_incident.Update(say=said, **options)
    with app.ledger.unit_of_work() as work:
        before = leading(work, number)
        changed = change_incident.set_incident(work, before, update, actor=app.actor, now=app.now)
        waiting = [i for i in work.impacts.of_incident(changed) if i.state == "in_triage"]
        words = work.incidents.words(changed)
        read = {client.language or app.settings.agency.language for client in work.clients.list()} if said else set()
    for language in dict.fromkeys(one.language for one in said):
        if not any(f"{tag}-".startswith(f"{language}-") for tag in read):
            remark(f"no client reads '{language}' yet; see 'plugwatch client list'")
    if as_json:
        print_json(incident_document(changed, app.zone) | {"words": words_document(words)})
        return
    show_head(changed)
    if changed.component != before.component:
        show_sites(waiting)
    if said:
        next_step(f"plugwatch incident tell {changed.name}")
    elif changed.affected != before.affected:
        next_step(f"plugwatch incident impact {changed.name}")
    else:
        next_step(f"plugwatch incident show {changed.name}")


@click.command()
@click.argument("number", metavar="INC")
@click.argument("text", metavar="TEXT")
@click.option("--at", metavar="TIME", help="When it happened (default: now).")
@click.option("--minutes", metavar="N", type=click.IntRange(1, 60 * 24 * 7), help="How long somebody worked on it.")
@click.option("--client", metavar="CLIENT", help="Whom it was done for (default: all clients of the incident).")
@click.option("--visibility", type=click.Choice(VISIBILITIES), default="internal", help="Who may read it.")
@json_option
@pass_app
def note(app: App, number: str, text: str, at: str | None, as_json: bool, **options: Any) -> None:
    """Add a line to an incident's timeline."""
    from plugwatch.workflows import change_incident

    moment = parse_past(at, now=app.now, zone=app.zone) if at else app.now
    with app.ledger.unit_of_work() as work:
        found = leading(work, number)
        line = change_incident.Note(text, moment, **options)
        event = change_incident.add_note(work, found, line, actor=app.actor, now=app.now)
    if as_json:
        print_json({"incident": found.name, "event": event_document(event, app.zone)})
        return
    click.echo(f"{found.name}: noted{f', {event.minutes} min' if event.minutes else ''}")
    next_step(f"plugwatch incident hours {found.name}" if event.minutes else f"plugwatch incident show {found.name}")
