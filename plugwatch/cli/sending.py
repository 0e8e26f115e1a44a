"""Sending a text: its last check, and the way through the channel that serves its road."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from plugwatch.cli.channelling import find_channel, watch_of
from plugwatch.cli.context import App
from plugwatch.cli.draft_state import check_files
from plugwatch.cli.drafting import Desk
from plugwatch.cli.matters import read_brief
from plugwatch.errors import BusyError, NotFoundError
from plugwatch.forks.lock import locked
from plugwatch.ledger.ids import new_id
from plugwatch.model.roads.posting import Branch, Posting
from plugwatch.model.roads.road import find_road
from plugwatch.model.roads.submission import Draft, DraftFile
from plugwatch.model.roads.submitted import Post, Submission
from plugwatch.workflows.send import Job, Sender, TakenError, send

_MEDIA_TYPES = {".patch": "text/x-patch", ".diff": "text/x-diff", ".eml": "message/rfc822"}


def recheck(app: App, submission: Submission) -> Submission:
    """Hold a draft against what the ledger knows now: a client may have come since it was written.

    What is on its way is left as it is.
    """
    post = submission.current
    if post.state != "draft" or not post.body:
        return submission
    desk, road = Desk(app), find_road(submission.channel)
    draft = Draft(submission.channel, post.title, post.body, _files(post, with_mail=True), post.url)
    brief = read_brief(app, desk, submission)
    found = (*desk.check(draft, road, brief, submission.branch, post.theirs), check_files(app, submission, post))
    names = {check.check for check in found}
    checks = (*found, *(check for check in post.checks if check.check not in names))
    if checks == post.checks:
        return submission
    with app.ledger.unit_of_work() as work:
        work.submissions.rewrite_post(replace(post, checks=checks))
        return work.submissions.get(submission.name)


def send_now(app: App, submission: Submission, *, again: bool) -> Submission | None:
    """Send the text that is next; None where a person posts it. Raises what :func:`plugwatch.workflows.send.send` does.

    Only one process of a workspace sends at a time.
    """
    folder = app.workspace / "drafts"
    folder.mkdir(exist_ok=True)
    with _alone(folder, submission):
        with app.ledger.reading() as work:
            submission = work.submissions.get(submission.name)
        channel = find_channel(app, submission)
        if channel is None:
            return None
        post = submission.current
        posting = _posting(app, submission, post)

        def look_again() -> None:
            if posting.branch:
                from plugwatch.cli.offering import refuse_known

                refuse_known(app, submission)

        job = Job(submission, post, posting, channel, lambda url: watch_of(app, url), look_again)
        return send(app.ledger, job, Sender(app.actor, _clock(app), f"{_place(app)}:{new_id()}", again=again))


@contextmanager
def _alone(folder: Path, submission: Submission) -> Iterator[None]:
    """No other process of this workspace sends. Raises TakenError where one does, and goes on for long."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / ".send.lock", f"plugwatch submission send {submission.name}"))
        except BusyError as error:
            raise TakenError(f"{submission.name} was not sent now: {error}") from error
        yield


def _posting(app: App, submission: Submission, post: Post) -> Posting:
    first = submission.posts[0]
    sent = tuple(one.mail_id for one in submission.posts if one.mail_id and one.sent_at)
    return Posting(
        key=post.id,
        road=submission.channel,
        target=submission.target or "",
        kind=post.kind,
        title=post.title,
        body=post.body,
        files=_files(post),
        since=post.tried_at or app.now,
        thread=submission.remote_url,
        mail_id=post.mail_id or first.mail_id,
        answers=sent,
        branch=_branch(app, submission, post),
        labels=post.labels,
        as_draft=post.as_draft,
    )


def _branch(app: App, submission: Submission, post: Post) -> Branch | None:
    """What a pull request offers by this text."""
    if submission.channel != "github-pr" or not submission.branch:
        return None
    if post.kind not in ("bug", "patch") and post.asks != "changes":
        return None
    from plugwatch.cli.offering import choose_commit

    return Branch(submission.branch, choose_commit(app, submission, post))


def _files(post: Post, *, with_mail: bool = False) -> tuple[DraftFile, ...]:
    """The files beside the body. Raises NotFoundError where one is gone."""
    found = []
    for file in post.files[1:]:  # the first is the body
        path = Path(file.path)
        media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
        if media_type == "message/rfc822" and not with_mail:
            continue
        try:
            found.append(DraftFile(file.name, path.read_bytes(), media_type))
        except OSError as error:
            raise NotFoundError(f"{path}: {error.strerror}; write the draft again") from error
    return tuple(found)


def _clock(app: App) -> Callable[[], datetime]:
    """A clock that goes on from the command's own moment."""
    started, now = time.monotonic(), app.now
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _place(app: App) -> str:
    """This workspace on this machine, in a few letters that tell nobody which."""
    return hashlib.sha256(f"{platform.node()}\0{app.workspace}".encode()).hexdigest()[:12]
