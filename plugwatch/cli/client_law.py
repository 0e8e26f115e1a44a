"""``plugwatch client export`` and ``client forget``: what the law gives a client."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from plugwatch.cli.completing import complete_client
from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.cli.lost_forks import lost_forks
from plugwatch.config import database_url
from plugwatch.errors import EXIT_PERSON, PlugwatchError
from plugwatch.ledger.sweep import old_backups, sweep
from plugwatch.model.client import Contact
from plugwatch.model.component import Component
from plugwatch.model.erasure import HeldMessage
from plugwatch.model.fork import Patch
from plugwatch.model.messages.message import Mail
from plugwatch.model.operation import FORGETTING
from plugwatch.workflows import law
from plugwatch.workflows.operations import settle


@click.command()
@click.argument("wanted", metavar="CLIENT", shell_complete=complete_client)
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Default: CLIENT.zip here."
)
@json_option
@pass_app
def export(app: App, wanted: str, out: Path | None, as_json: bool) -> None:
    """All that we hold of a client, in one archive."""
    from plugwatch.delivery.zipfile_writer import write_zip

    with app.ledger.reading() as work:
        client = work.clients.resolve(wanted)
        files = law.export_client(work, client, partial(_mail, app), partial(_patches, app))
        sites = work.erasure.site_slugs(client)
    for slug in sites:
        for path in sorted((app.workspace / "raw" / slug).glob("*")):
            files[f"lists/{slug}/{path.name}"] = path.read_bytes()
    target = (out or Path(f"{client.slug}.zip")).resolve()
    sha256 = write_zip(target, client.slug, [(name, False, content) for name, content in files.items()])
    target.chmod(0o600)
    document = {"client": client.slug, "file": str(target), "sha256": sha256, "files": sorted(files)}
    if as_json:
        print_json(document)
        return
    click.echo(str(target))
    note(f"{len(files)} files: all that the ledger and the forks of this workspace hold of {client.slug}")
    note("other clients' names are left out of what the agency wrote; read it before you hand it over")


def _mail(app: App, message: HeldMessage) -> bytes:
    """A message as it went out; what was only read aloud or never sent has its addresses all the same."""
    from plugwatch.channels.mail import build_mail

    agency = app.settings.agency
    sender = Contact(agency.email or "agency@plugwatch.invalid", agency.name)
    mail = Mail(
        subject=message.subject,
        body=message.body,
        sender=sender,
        to=tuple(Contact(one.address, one.name) for one in message.deliveries if "@" in one.address),
        date=min((one.sent_at for one in message.deliveries if one.sent_at), default=message.created_at),
        mail_id=message.mail_id,
        thread_id=message.thread_id,
    )
    return build_mail(mail).as_bytes()


def _patches(app: App, redact: law.Redact) -> list[tuple[Component, Patch]]:
    """The patches whose words a function would change, fork by fork."""
    from plugwatch.forks.erasing import find_patches

    forks = [app.forks.open(component) for component in app.forks.components()]
    return [(fork.component, patch) for fork in forks if fork for patch in find_patches(fork, redact)]


@click.command()
@click.argument("wanted", metavar="CLIENT", shell_complete=complete_client)
@click.option("--also", multiple=True, metavar="WORDS", help="Other words to erase, such as a former name; repeat it.")
@click.option("--here", is_flag=True, help="Only this machine's files and forks; a colleague erases the ledger.")
@click.option("--yes", is_flag=True, help="Do not ask; with --confirm.")
@click.option("--confirm", metavar="CLIENT", help="The client's whole short name, once more.")
@json_option
@pass_app
def forget(app: App, wanted: str, as_json: bool, **options: Any) -> int:
    """Erase a client's names, words and addresses; asks twice.

    Times and statuses stay, and so do the patches. What was sent or pushed is listed: no program can take that back.
    """
    plan, here = _plan(app, wanted, options["also"]), options["here"]
    _show_plan(app, plan, here=here)
    _ask(plan.client.slug, yes=options["yes"], confirm=options["confirm"])
    places = (partial(_erase_forks, app), partial(_erase_files, app))
    done = law.forget_client(app.ledger, plan, places, here=here, now=app.now, actor=app.actor)
    if not here:
        _sweep(app)
    if as_json:
        print_json({"client": plan.client.slug, **asdict(done)})
    else:
        _show_done(plan, done)
    return EXIT_PERSON if done.left else 0


def _plan(app: App, wanted: str, also: tuple[str, ...]) -> law.Plan:
    """What is to be forgotten. Where it is forgotten already, what a kill has left of it is swept up."""
    agency = app.settings.agency
    public = (agency.name, agency.url, agency.email, agency.signature, str(app.workspace))
    try:
        with app.ledger.reading() as work:
            return law.plan_forgetting(work, wanted, also=also, public=[text for text in public if text], now=app.now)
    except PlugwatchError:
        with app.ledger.reading() as work:
            forgotten = work.erasure.forgotten()
        if forgotten:
            _sweep(app)
            note(f"forgotten before: {', '.join(forgotten)}; the database was swept once more")
        raise


def _show_plan(app: App, plan: law.Plan, *, here: bool) -> None:
    """What is about to happen, before anything is asked."""
    from plugwatch.render.terminal import clean

    client, url = plan.client, database_url(app.settings)
    note(f"{client.slug} ({clean(client.name)}): all names, words and addresses are erased for good")
    note(f"sites: {', '.join(plan.site_slugs) or 'none'}; incidents: {len(plan.incidents)}")
    if plan.open_incidents:
        note(f"not closed yet: {', '.join(plan.open_incidents)}; this client will hear no more from us")
    if plan.doubts:
        where = f"{plan.doubts} texts" if plan.doubts > 1 else "a text"
        note(f"'{client.slug}' stands in {where} about others and stays there; to erase it too: --also {client.slug}")
    for sentence in lost_forks(app).values():
        note(f"{sentence}; do that first, for whatever tells of {client.slug} there cannot be erased later")
    if here:
        note("only the files and forks of this machine; the ledger stays as it is")
        return
    for path in old_backups(url, app.workspace):
        note(f"{path.name} will be deleted: it is a copy of the ledger as it was")
    if not url.startswith("sqlite:"):
        note(f"on every other machine with this ledger, run this first: plugwatch client forget {client.slug} --here")
        note("what the server's own backups and logs hold is for its owner to erase")


def _ask(slug: str, *, yes: bool, confirm: str | None) -> None:
    """Ask twice; off a terminal the options must have said it. Raises UsageError or PlugwatchError."""
    if yes or confirm is not None:
        if not (yes and confirm == slug):
            raise click.UsageError(f"nothing was erased; to go on without questions say --yes --confirm {slug}")
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"nothing was erased; off a terminal say --yes --confirm {slug}")
    if click.prompt("The short name of the client", default="", show_default=False, err=True) != slug:
        raise PlugwatchError(f"nothing was erased: that is not '{slug}'")
    if click.prompt("This cannot be undone. Type 'forget'", default="", show_default=False, err=True) != "forget":
        raise PlugwatchError("nothing was erased")


def _erase_forks(app: App, plan: law.Plan) -> law.Cleaned:
    """Every fork of this workspace, one after the other."""
    from plugwatch.cli.forking import stamp
    from plugwatch.forks.erasing import Erasing

    done, given = [], []
    left = [f"{component}: its fork was not here, so nothing was erased in it" for component in lost_forks(app)]
    for component in app.forks.components():
        fork = app.forks.open(component)
        if fork is None:
            continue
        with fork.writing(FORGETTING):
            erasing = Erasing(fork, plan.redact, plan.redact_source)
            erased = erasing.erase(partial(stamp(app).operation, component, FORGETTING))
            settle(fork, app.ledger)
        if erased.changed:
            names = ", ".join((*erased.patches, *erased.builds)) or "no patch"
            done.append(f"{component}: its history was written anew ({names} with new commits); it cannot be undone")
        left += [f"{component}: {sentence}" for sentence in erased.left]
        given += [
            f"{url} may have the commits of {component} as they were, and whoever took them from there: empty that "
            f"repository before you run 'plugwatch fork sync {component}'"
            for url in erased.pushed
        ]
    return law.Cleaned(tuple(done), tuple(left), tuple(given))


def _erase_files(app: App, plan: law.Plan) -> law.Cleaned:
    from plugwatch.cli.erasing_files import Files

    url = database_url(app.settings)
    ledger = app.workspace / url.partition("://")[2][1:] if url.startswith("sqlite:") else None
    return Files(app.workspace, ledger).erase(plan)


def _sweep(app: App) -> None:
    """Delete old copies of the ledger, and let the database forget its old bytes."""
    url = database_url(app.settings)
    for path in old_backups(url, app.workspace):
        path.unlink()
    sweep(url, app.workspace)


def _show_done(plan: law.Plan, done: law.Forgotten) -> None:
    from plugwatch.render.terminal import clean

    if done.name:
        click.echo(
            f"{plan.client.slug} is forgotten: its rows are {done.name} now, {done.texts} other texts were changed"
        )
    for title, sentences in (("", done.done), ("CANNOT BE TAKEN BACK", done.given), ("LEFT TO YOU", done.left)):
        if title and sentences:
            click.echo(title)
        for sentence in sentences:
            click.echo(f"  {clean(sentence)}" if title else clean(sentence))
