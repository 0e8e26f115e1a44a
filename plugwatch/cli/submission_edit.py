"""``plugwatch submission edit``: a text in the editor, and neutral words in place of private ones."""

from __future__ import annotations

from dataclasses import replace

import click

from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.cli.draft_files import rewrite
from plugwatch.cli.draft_state import FILES
from plugwatch.cli.drafting import Desk
from plugwatch.cli.editing import check_editor, edit_text, read_text
from plugwatch.cli.matters import find_target, read_brief, read_matter, read_told
from plugwatch.cli.submission_views import document, show_draft
from plugwatch.errors import EXIT_PERSON, PlugwatchError
from plugwatch.model.roads.road import find_road
from plugwatch.model.roads.submission import Draft, RenderedText
from plugwatch.model.roads.submitted import Submission

_SUBJECT = "Subject: "
INSTEAD = "give the text with 'plugwatch submission edit {name} --file FILE'"


@click.command()
@click.argument("number", metavar="SUB")
@click.option(
    "--file", "source", metavar="FILE|-", help="Take the text from a file, or from a pipe, without an editor."
)
@click.option("--redact", is_flag=True, help="Put neutral words in place of what the checks find, after showing them.")
@json_option
@pass_app
def edit(app: App, number: str, source: str | None, redact: bool, as_json: bool) -> int:
    """Change a text in your editor, and check it again.

    The first line holds the title, after 'Subject:'; a text without that line keeps the title that it had.
    """
    if source is not None and redact:
        raise click.UsageError("--file gives the text, and --redact changes the one that is there; give one of them.")
    with app.ledger.reading() as work:
        found = work.submissions.get(number)
    if redact:
        kept = redact_post(app, found, quiet=as_json)
    else:
        kept = edit_post(app, found) if source is None else file_post(app, found, source)
    if as_json:
        print_json(document(kept))
    else:
        show_draft(kept)
    return EXIT_PERSON if kept.current.blocked else 0


def edit_post(app: App, submission: Submission) -> Submission:
    """The text that is to be sent next, after the editor; what was not saved changes nothing.

    Raises PlugwatchError where it has left already, and where no editor is there.
    """
    _check_draft(submission)
    check_editor(INSTEAD.format(name=submission.name))
    post = submission.current
    written = edit_text(f"{_SUBJECT}{post.title}\n\n{post.body}")
    if written is None:
        note("nothing was changed")
        return submission
    return change_text(app, submission, _read(written, post.title))


def file_post(app: App, submission: Submission, source: str) -> Submission:
    """The text that is to be sent next, as a file or a pipe has it. Raises PlugwatchError where it has left already."""
    _check_draft(submission)
    return change_text(app, submission, _read(read_text(source), submission.current.title))


def redact_post(app: App, submission: Submission, *, quiet: bool) -> Submission:
    """The text with neutral words in place of what the checks find; each is shown before it changes."""
    from plugwatch.model.roads.redact import apply, propose

    _check_draft(submission)
    post, desk = submission.current, Desk(app)
    rules = desk.rules(find_road(submission.channel), read_brief(app, desk, submission))
    written = Draft(submission.channel, post.title, post.body)
    found = propose(written, rules)
    for one in found if not quiet else ():
        note(f"{one.place}: '{one.found}' → '{one.put}'")
    if not found:
        note("the checks find nothing to redact")
        return submission
    return change_text(app, submission, apply(written, found))


def change_text(app: App, submission: Submission, text: RenderedText) -> Submission:
    """Put another text in place of the one that is to be sent next; its files and checks are made anew."""
    post, desk = submission.current, Desk(app)
    brief, told = read_brief(app, desk, submission), read_told(app, submission)
    matter, around = read_matter(app, submission, post.kind, brief.thread), desk.around_again(submission, post, told)
    made = desk.finish(text, submission, brief, matter, around)
    known = {check.check for check in made.checks}
    checks = (*made.checks, *(check for check in post.checks if check.check not in (*known, FILES)))
    target = submission.target or find_target(find_road(submission.channel), brief, told.room, around)
    if not rewrite(app, replace(submission, target=target), post, made, checks):
        raise PlugwatchError(f"{submission.name} is being sent just now; nothing was changed")
    with app.ledger.reading() as work:
        return work.submissions.get(submission.name)


def _read(written: str, title: str) -> RenderedText:
    """A person's text: the title in its first line where that line is there, then the body. Raises PlugwatchError."""
    first, _newline, body = written.lstrip("\n").partition("\n")
    if first.startswith(_SUBJECT.strip()):
        title = first.removeprefix(_SUBJECT.strip()).strip()
    else:
        body = written
    if not title:
        raise PlugwatchError(f"there is no title after '{_SUBJECT.strip()}', so nothing was changed; write one")
    if not body.strip():
        raise PlugwatchError("the text is empty, so nothing was changed; write one")
    return RenderedText(title, body.lstrip("\n"))


def _check_draft(submission: Submission) -> None:
    """Raises PlugwatchError for a text that waits no more, and where nothing may be written."""
    state, name = submission.current.state, submission.name
    if state == "draft" and not submission.current.body:
        raise PlugwatchError(f"{name} holds no text, since {submission.channel} is public and it is about security")
    if state == "superseded":
        raise PlugwatchError(f"{name} was laid aside; write it anew with 'plugwatch submission draft'")
    if state == "kept":
        raise PlugwatchError(f"{name} lies in your mailbox; change it there")
    if state != "draft":
        raise PlugwatchError(
            f"{name} has left already; write a further text with 'plugwatch submission reply' or 'follow-up'"
        )
