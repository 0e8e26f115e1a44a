"""``plugwatch submission send``: the one command by which something leaves for a vendor."""

from __future__ import annotations

import click

from plugwatch.cli.by_hand import why_by_hand
from plugwatch.cli.context import App, json_option, next_step, note, pass_app, print_json
from plugwatch.cli.submission_views import document, how_to_unblock, show_post
from plugwatch.errors import EXIT_PERSON
from plugwatch.model.roads.road import find_road
from plugwatch.model.roads.submitted import Submission


@click.command()
@click.argument("number", metavar="SUB")
@click.option("--again", is_flag=True, help="You have looked, and it did not arrive: send it once more.")
@click.option("--open", "open_url", is_flag=True, help="Open the vendor's form in the browser, where you post it.")
@click.option("--copy", is_flag=True, help="Put the text into the clipboard.")
@json_option
@pass_app
def send(app: App, number: str, again: bool, open_url: bool, copy: bool, as_json: bool) -> int:
    """Send what is ready; safe to repeat.

    Exit code 3 where a check blocks, and on a road where a person posts: the text, the files and the address are
    shown, and 'submission mark SUB sent --url URL' takes the address of what you posted. Exit code 4 where nobody can
    tell whether it arrived.
    """
    from plugwatch.cli.sending import recheck, send_now

    with app.ledger.reading() as work:
        found = work.submissions.get(number)
    if all(post.state in ("sent", "superseded") for post in found.posts):
        return _nothing(found, as_json)
    found = recheck(app, found)
    blocked = found.current.blocked
    sent = None if blocked or open_url or copy else send_now(app, found, again=again)
    kept = sent or found
    if as_json:
        print_json(document(kept))
    elif sent is None:
        show_post(kept, kept.current)
        _by_hand(app, kept, open_url=open_url, copy=copy)
    else:
        _show_sent(app, kept)
    return 0 if sent and sent.current.state == "sent" else EXIT_PERSON


def _nothing(found: Submission, as_json: bool) -> int:
    if as_json:
        print_json(document(found))
    elif found.status == "withdrawn":
        note(f"{found.name} is withdrawn, so nothing was sent")
        next_step(f"plugwatch submission show {found.name}")
    else:
        where = f", it is at {found.remote_url}" if found.remote_url else ""
        note(f"{found.name}: everything was sent{where}")
        next_step(f"plugwatch submission poll {found.name}", f"plugwatch submission follow-up {found.name}")
    return 0


def _by_hand(app: App, kept: Submission, *, open_url: bool, copy: bool) -> None:
    """What a person does on a road without a program's entrance."""
    post = kept.current
    if post.blocked:
        note("\nnothing was sent")
        next_step(how_to_unblock(kept))
        return
    if copy:
        from plugwatch.channels.clipboard import copy as to_clipboard

        note("the text is in the clipboard" if to_clipboard(post.body) else "no program here fills the clipboard")
    if open_url and post.url:
        click.launch(post.url)
    note(f"\nnothing was sent: on the road {kept.channel} a person posts it")
    if (why := why_by_hand(app, kept)) and not (open_url or copy):
        note(f"  {why}")
    next_step(f"post it, then 'plugwatch submission mark {kept.name} sent --url URL'")


def _show_sent(app: App, kept: Submission) -> None:
    post = kept.posts[-1] if kept.current.state == "sent" else kept.current
    if post.state == "kept":
        note(f"{kept.name}: {post.detail or 'kept as a draft'}; send it from there")
        next_step(f"plugwatch submission mark {kept.name} sent")
        return
    click.echo(f"{kept.name}  {kept.channel}  {post.remote_url or kept.remote_url or kept.target or ''}".rstrip())
    if post.detail:
        note(post.detail)
    next_step(
        *cross_link(app, kept), f"plugwatch submission poll {kept.name}", f"plugwatch submission show {kept.name}"
    )


def cross_link(app: App, kept: Submission) -> list[str]:
    """Where the vendor of another component has a report on the same and cannot know of this one yet."""
    from plugwatch.workflows.submissions import other_side

    if not kept.incident or not kept.remote_url or not find_road(kept.channel).public:
        return []
    with app.ledger.reading() as work:
        other = other_side(work, work.incidents.get(kept.incident), kept.component)
    if other is None or any(kept.remote_url in post.body for post in other.posts):
        return []
    return [f"plugwatch submission reply {other.name} --asks other --text 'See also {kept.remote_url}'"]
