"""``plugwatch client``: who pays, and how they like to be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from plugwatch.cli.client_answers import feedback_document, show_feedback
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.errors import PlugwatchError
from plugwatch.model.client import (
    TONES,
    Client,
    Contact,
    WorkingHours,
    check_text,
    check_timezone,
    format_duration,
    make_slug,
    parse_duration,
    parse_language,
)

F = TypeVar("F", bound=Callable[..., Any])


def _settings(command: F) -> F:
    """The options that ``add`` and ``set`` share."""
    options = [
        click.option("--name", metavar="NAME", help="The client's name in full."),
        click.option("--contact", "contacts", multiple=True, metavar="'NAME <EMAIL>'", help="Whom to tell; repeat it."),
        click.option("--language", metavar="TAG", help="en, de, pt-BR …"),
        click.option("--tone", type=click.Choice(TONES), help="How they like to be spoken to."),
        click.option("--timezone", metavar="ZONE", help="An IANA name: Europe/Berlin."),
        click.option("--hours", metavar="HOURS", help="'Mon-Fri 9-18': promises fall inside them."),
        click.option("--names-vendor/--no-names-vendor", default=None, help="May a vendor be named to them?"),
        click.option("--first-response", metavar="TIME", help="How soon a mail is answered: 15m, 1h …"),
        click.option("--update-every", metavar="TIME", help="How often they hear from us: 1h, 2d …"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("slug", metavar="CLIENT")
@_settings
@json_option
@pass_app
def add(app: App, slug: str, as_json: bool, **settings: Any) -> None:
    """Add a client."""
    wanted = with_settings(new_client(slug), settings)
    with app.ledger.unit_of_work() as work:
        kept = work.clients.add(wanted, at=app.now)
    _show(kept, as_json=as_json)
    if not as_json:
        next_step(f"plugwatch site add SITE --client {kept.slug}")


@click.command("set")
@click.argument("slug", metavar="CLIENT")
@_settings
@json_option
@pass_app
def set_(app: App, slug: str, as_json: bool, **settings: Any) -> None:
    """Change what was agreed with a client."""
    with app.ledger.unit_of_work() as work:
        before = work.clients.resolve(slug)
        after = with_settings(before, settings)
        if after == before:
            raise PlugwatchError(f"{before.slug}: nothing to change; give at least one option with a new value")
        work.clients.update(after)
    _show(after, as_json=as_json)


@click.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All clients."""
    with app.ledger.reading() as work:
        clients = work.clients.list()
        sites = work.sites.list()
    if as_json:
        print_json([_document(c) for c in clients])
        return
    if not clients:
        note("no clients yet; add one with 'plugwatch client add'")
        return
    from plugwatch.render.terminal import show_table

    rows = [
        (
            c.slug,
            c.name,
            ", ".join(map(str, c.contacts)),
            c.language,
            c.timezone,
            sum(s.client == c.slug for s in sites),
        )
        for c in clients
    ]
    show_table(("CLIENT", "NAME", "CONTACTS", "LANGUAGE", "TIMEZONE", "SITES"), rows)


@click.command()
@click.argument("slug", metavar="CLIENT")
@json_option
@pass_app
def show(app: App, slug: str, as_json: bool) -> None:
    """One client."""
    with app.ledger.reading() as work:
        found = work.clients.resolve(slug)
        sites = work.sites.list(client=found.slug)
        said = work.feedback.of_client(found)
    if as_json:
        sites_and_words = {"sites": [s.slug for s in sites], "feedback": [feedback_document(f, app) for f in said]}
        print_json(_document(found) | sites_and_words)
        return
    _show(found, as_json=False)
    click.echo(f"{'sites':<15} {', '.join(site.slug for site in sites) or '–'}")
    for feedback in said:
        show_feedback(feedback, app)
    next_step(f"plugwatch client set {found.slug} …", f"plugwatch site add SITE --client {found.slug}")


def new_client(text: str) -> Client:
    """A client of a short name, or of a name in full that gives the short one: ``Müller Bäder`` → ``muller-bader``.

    Raises PlugwatchError where no short name can be made of it.
    """
    check_text("a client's name", text)
    slug = make_slug(text)
    if not slug:
        raise PlugwatchError(
            f"no short name can be made of '{text}'; choose one: plugwatch client add SHORT --name '{text}'"
        )
    return Client(slug, text.strip())


def with_settings(known: Client, settings: dict[str, Any]) -> Client:
    """A client with what the options say; None leaves a value as it is. Raises PlugwatchError for bad values."""
    parse: dict[str, Callable[[Any], Any]] = {
        "name": str,
        "contacts": lambda texts: tuple(Contact.parse(text) for text in texts),
        "language": parse_language,
        "tone": str,
        "timezone": check_timezone,
        "hours": WorkingHours.parse,
        "names_vendor": bool,
        "first_response": parse_duration,
        "update_every": parse_duration,
    }
    given = {key: parse[key](value) for key, value in settings.items() if value not in (None, ())}
    return replace(known, **given)


def _document(known: Client) -> dict[str, Any]:
    return {
        "client": known.slug,
        "name": known.name,
        "contacts": [{"name": c.name, "email": c.email} for c in known.contacts],
        "language": known.language,
        "tone": known.tone,
        "timezone": known.timezone,
        "hours": str(known.hours) if known.hours else None,
        "names_vendor": known.names_vendor,
        "first_response": format_duration(known.first_response) if known.first_response else None,
        "update_every": format_duration(known.update_every) if known.update_every else None,
    }


def _show(known: Client, *, as_json: bool) -> None:
    document = _document(known)
    if as_json:
        print_json(document)
        return
    document["contacts"] = ", ".join(map(str, known.contacts)) or None
    document["names_vendor"] = {None: None, True: "yes", False: "no"}[known.names_vendor]
    from plugwatch.render.terminal import clean

    for key, value in document.items():
        click.echo(f"{key.replace('_', ' '):<15} {clean(value) if value is not None else '–'}")
