"""``plugwatch submission``: what we send to vendors, and what becomes of it."""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "draft": ("submission_draft", "Write a finished draft for a vendor, and check it."),
    "edit": ("submission_edit", "Change a text in your editor, and check it again."),
    "list": ("submission_show", "All submissions, the newest first."),
    "show": ("submission_show", "One submission: its texts, its files, its checks, and what became of it."),
    "send": ("submission_send", "Send what is ready; safe to repeat."),
    "mark": ("submission_mark", "Say by hand how a submission stands, or where it was posted."),
    "poll": ("submission_poll", "Ask what became of submissions."),
    "follow-up": ("submission_follow_up", "Write the next step to a vendor who is silent."),
    "reply": ("submission_reply", "Write an answer to what a vendor asked."),
    "thank": ("submission_reply", "Write a thank-you for a fix that is in a release."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def submission() -> None:
    """What we send to vendors, and what becomes of it."""
