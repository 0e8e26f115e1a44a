"""The one text that comes next in a thread: what else was written and has not left is laid aside."""

from __future__ import annotations

from collections.abc import Callable

from plugwatch.cli.context import App
from plugwatch.cli.drafting_further import further
from plugwatch.model.roads.submission import Thread
from plugwatch.model.roads.submitted import Post, Submission


def go_on(app: App, submission: Submission, kind: str, thread: Thread) -> tuple[Submission, Post]:
    """Write what comes next in a thread, and keep it; the submission, and that text in it.

    A draft of the same for the same purpose is written anew. Raises as :func:`further` does.
    """
    step = thread.step or None
    _lay_aside(app, submission, lambda post: post.kind == kind and (post.step, post.asks) != (step, thread.asks))
    kept = further(app, submission, kind, thread, asks=thread.asks, step=step)
    kept = _lay_aside(app, kept, lambda post: post.kind != kind)
    return kept, written(kept, kind) or kept.current


def written(submission: Submission, kind: str, step: int | None = None) -> Post | None:
    """The draft of a kind that has not left, of a step where one is given."""
    drafts = (post for post in submission.posts if post.state == "draft" and post.kind == kind)
    return next((post for post in drafts if step is None or post.step == step), None)


def _lay_aside(app: App, submission: Submission, is_other: Callable[[Post], bool]) -> Submission:
    """Drafts that something else takes the place of; they stay to be read."""
    others = [post for post in submission.posts if post.state == "draft" and is_other(post)]
    if not others:
        return submission
    with app.ledger.unit_of_work() as work:
        for post in others:
            work.submissions.set_state(post, "superseded")
        return work.submissions.get(submission.name)
