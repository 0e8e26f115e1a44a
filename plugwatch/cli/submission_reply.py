"""``plugwatch submission reply`` and ``thank``: answers to what a vendor asked, and thanks for what they shipped."""

from __future__ import annotations

from pathlib import Path

import click

from plugwatch.cli.agreeing import working_week
from plugwatch.cli.context import App, json_option, pass_app, print_json
from plugwatch.cli.going_on import go_on
from plugwatch.cli.matters import read_matter
from plugwatch.cli.submission_views import document, show_draft
from plugwatch.errors import EXIT_PERSON, PlugwatchError
from plugwatch.model.roads.submission import ASKS, Thread
from plugwatch.model.roads.submitted import Submission
from plugwatch.workflows.follow_up import thread_of


@click.command()
@click.argument("number", metavar="SUB")
@click.option("--asks", required=True, type=click.Choice(ASKS), help="What they asked for.")
@click.option("--text", metavar="TEXT", help="Your answer, in your own words.")
@click.option("--edit", is_flag=True, help="Open the text in your editor before it is checked.")
@json_option
@pass_app
def reply(app: App, number: str, asks: str, text: str | None, edit: bool, as_json: bool) -> int:
    """Write an answer to what a vendor asked.

    A login is never given: a reproducer is offered instead. With --asks changes the patch goes along as it stands now.
    Nothing is sent.
    """
    found = _sent(app, number)
    reworked = asks == "changes" and _is_reworked(app, found)
    answer = text.strip() or None if text else None
    thread = thread_of(found, working_week(app), app.now, asks=asks, answer=answer, reworked=reworked)
    return _write(app, found, "reply", thread, edit=edit, as_json=as_json)


@click.command()
@click.argument("number", metavar="SUB")
@click.option("--in", "fixed_in", metavar="V", help="The release that holds the fix, where nothing here knows it.")
@click.option("--edit", is_flag=True, help="Open the text in your editor before it is checked.")
@json_option
@pass_app
def thank(app: App, number: str, fixed_in: str | None, edit: bool, as_json: bool) -> int:
    """Write a thank-you for a fix that is in a release.

    Nothing is sent.
    """
    found = _sent(app, number)
    version = fixed_in or found.fixed_in
    if version is None:
        raise PlugwatchError(
            f"no release is known that holds the fix of {found.name}; see 'plugwatch submission poll {found.name}', or "
            "name it with --in V"
        )
    thread = thread_of(found, working_week(app), app.now, fixed_in=version)
    return _write(app, found, "thanks", thread, edit=edit, as_json=as_json)


def _sent(app: App, number: str) -> Submission:
    """The submission, which must have left. Raises PlugwatchError."""
    with app.ledger.reading() as work:
        found = work.submissions.get(number)
    if found.sent_at is None and found.status in ("draft", "withdrawn"):
        raise PlugwatchError(f"{found.name} has not been sent, so nobody has answered it")
    return found


def _is_reworked(app: App, found: Submission) -> bool:
    """Whether the patch as it stands now differs from every one that went out with this submission."""
    matter = read_matter(app, found, "reply", None)
    if matter.patch is None:
        return False
    now = {matter.patch.forms.format_patch, matter.patch.forms.svn_diff}
    went = [file for post in found.posts if post.sent_at for file in post.files if _is_patch(file.path)]
    return not any(_read(file.path) in now for file in went)


def _is_patch(path: str) -> bool:
    return Path(path).suffix in (".patch", ".diff")


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _write(app: App, found: Submission, kind: str, thread: Thread, *, edit: bool, as_json: bool) -> int:
    kept, _post = go_on(app, found, kind, thread)
    if edit:
        from plugwatch.cli.submission_edit import edit_post

        kept = edit_post(app, kept)
    if as_json:
        print_json(document(kept))
    else:
        show_draft(kept)
    return EXIT_PERSON if kept.current.blocked else 0
