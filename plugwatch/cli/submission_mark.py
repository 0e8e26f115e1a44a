"""``plugwatch submission mark``: what a person says of a submission, for no program can know it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import click

from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.submission_views import document
from plugwatch.errors import PlugwatchError
from plugwatch.ledger.database import UnitOfWork
from plugwatch.model.incident import Event
from plugwatch.model.roads.submission import STATUSES
from plugwatch.model.roads.submitted import Change, Post, Submission
from plugwatch.model.roads.trackers import Tracked
from plugwatch.model.roads.watch import Watch

_WAITING = ("draft", "kept", "handing", "unknown")
# Whoever claimed a text so long ago is not sending it any more.
_CLAIM_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class _Said:
    """What a person says: the status, where it lies, what reads that, since when, why, and which release has it."""

    status: str
    at: datetime
    url: str | None = None
    tracked: Tracked | None = None
    note: str | None = None
    fixed_in: str | None = None


@click.command()
@click.argument("number", metavar="SUB")
@click.argument("status", metavar="STATUS", type=click.Choice(STATUSES))
@click.option(
    "--url", metavar="URL", help="Where it lies at the vendor's; one of a known tracker is watched from now on."
)
@click.option("--at", metavar="TIME", help="When it was (default: now).")
@click.option("--in", "fixed_in", metavar="V", help="With released: the release that holds the fix.")
@click.option("--note", "words", metavar="TEXT", help="Why, for whoever reads it in a year.")
@click.option("--anyway", is_flag=True, help="Take a URL that does not look like one of this vendor's.")
@json_option
@pass_app
def mark(
    app: App,
    number: str,
    status: str,
    url: str | None,
    at: str | None,
    fixed_in: str | None,
    words: str | None,
    anyway: bool,
    as_json: bool,
) -> int:
    """Say by hand how a submission stands, or where it was posted.

    'sent' says that the text which waits was posted by you. What you say holds until the vendor's side changes.
    """
    from plugwatch.model.client import check_text
    from plugwatch.model.moments import parse_past
    from plugwatch.model.version import check_release_version

    moment = parse_past(at, now=app.now, zone=app.zone) if at else app.now
    if fixed_in and status != "released":
        raise click.UsageError("--in goes with 'released'")
    with app.ledger.reading() as work:
        found = work.submissions.get(number)
    tracked = _read_url(app, found, url, anyway=anyway) if url else None
    said = _Said(
        status,
        moment,
        tracked.url if tracked else None,
        tracked,
        check_text("the note", words.strip(), 1000) or None if words else None,
        check_release_version(fixed_in) if fixed_in else None,
    )
    with app.ledger.unit_of_work() as work:
        kept = _keep(app, work, number, said)
    if as_json:
        print_json(document(kept))
    else:
        _show(app, kept, said)
    return 0


def _read_url(app: App, found: Submission, url: str, *, anyway: bool) -> Tracked:
    """What an address is of. Raises PlugwatchError for what is no address, and for one that looks like another's."""
    from plugwatch.cli.watching import find_tracker

    tracked = find_tracker(app, url)
    if tracked is None:
        raise PlugwatchError(f"'{url}' is no address of the web; write https://…")
    if not anyway and (whose := _elsewhere(found, tracked)):
        raise PlugwatchError(
            f"{tracked.url} is not {whose}, to which {found.name} goes; if it is right all the same, add --anyway"
        )
    return tracked


def _elsewhere(found: Submission, tracked: Tracked) -> str | None:
    """To whom a submission goes, where an address is certainly of somebody else."""
    target = (found.target or "").lower()
    if tracked.tracker in ("github-pull", "github-issue") and target and "/" in target:
        at = "/".join(tracked.url.lower().split("/")[3:5])
        return f"in {found.target}" if found.channel.startswith("github-") and at != target else None
    if tracked.tracker == "trac" and found.channel == "trac" and target:
        return f"in {found.target}" if not tracked.url.lower().startswith(f"{target.rstrip('/')}/") else None
    return None


def _keep(app: App, work: UnitOfWork, number: str, said: _Said) -> Submission:
    found = work.submissions.get(number)
    waiting = next((post for post in found.posts if post.state in _WAITING), None)
    _check(found, said, waiting)
    if said.status == "sent" and waiting:
        _settle(app, work, found, waiting, said)
    else:
        _change(app, work, found, said)
    return work.submissions.get(number)


def _check(found: Submission, said: _Said, waiting: Post | None) -> None:
    """Raises PlugwatchError for a status that makes no sense."""
    name = found.name
    if said.status == "draft":
        raise PlugwatchError(f"{name} is what it is; a draft is made by 'plugwatch submission draft'")
    if found.status == "draft" and said.status not in ("sent", "withdrawn"):
        raise PlugwatchError(f"{name} has not been sent; first 'plugwatch submission mark {name} sent', with its --url")
    if said.status == "sent" and not waiting and found.status == "sent" and not said.url:
        raise PlugwatchError(f"{name} is sent, and no further text waits")
    if said.status == found.status == "withdrawn":
        raise PlugwatchError(f"{name} is withdrawn already")


def _settle(app: App, work: UnitOfWork, found: Submission, post: Post, said: _Said) -> None:
    """A text that a person has posted. Raises PlugwatchError where somebody is sending it at this moment."""
    from plugwatch.workflows.send import after_sending

    claim = work.submissions.claimed_by(post)
    if claim and app.now - claim[1] < _CLAIM_LASTS:
        raise PlugwatchError(f"{claim[0]} is sending {found.name} just now; look again in a few minutes")
    work.submissions.set_state(post, "sent", url=said.url, sent_at=said.at)
    sent = replace(found, remote_url=found.remote_url or said.url)
    begun = _watch(app, said.tracked)
    after_sending(work, sent, post, said.url, watch=lambda _url: begun, actor=app.actor, now=said.at)


def _change(app: App, work: UnitOfWork, found: Submission, said: _Said) -> None:
    """Another status, which holds until the vendor's side changes; and where it lies."""
    from plugwatch.model.roads.watching import hold

    kept = replace(
        found,
        status=said.status,
        remote_url=said.url or found.remote_url,
        fixed_in=said.fixed_in or found.fixed_in,
    )
    work.submissions.change(kept, Change(said.status, said.at, app.actor, said.note))
    watch = _watch(app, said.tracked) or found.watch
    if watch:
        work.submissions.set_watch(found, hold(watch) if said.status != "sent" else watch)
    if said.status == "withdrawn":
        for post in found.posts:
            if post.state in _WAITING:
                work.submissions.set_state(post, "superseded")
    if found.incident:
        words = f"{found.name} on {found.channel}: {said.status}{f': {said.note}' if said.note else ''}"
        event = Event(said.at, app.now, app.actor, "submission", "vendor", words)
        work.incidents.add_event(work.incidents.get(found.incident), event)


def _watch(app: App, tracked: Tracked | None) -> Watch | None:
    """A watch on what a person has named; on what nobody reads one that is never asked."""
    from plugwatch.model.roads.watching import begin

    return begin(tracked.url, tracked.tracker, now=app.now) if tracked else None


def _show(app: App, kept: Submission, said: _Said) -> None:
    from plugwatch.cli.submission_send import cross_link
    from plugwatch.render.terminal import clean

    click.echo(f"{kept.name}  {kept.channel}  {kept.status}{f'  {clean(kept.remote_url)}' if kept.remote_url else ''}")
    if said.tracked and said.tracked.tracker == "none":
        note(clean(f"{said.tracked.url}: {said.tracked.note}"))
    elif said.tracked:
        note("watched from now on")
    if kept.status == "released":
        next_step(f"plugwatch submission thank {kept.name}", f"plugwatch component where {kept.component}")
    elif kept.status in ("sent", "confirmed", "accepted"):
        onward = (f"plugwatch submission poll {kept.name}", f"plugwatch submission follow-up {kept.name}")
        next_step(*cross_link(app, kept), *onward)
    else:
        next_step(f"plugwatch submission show {kept.name}")
