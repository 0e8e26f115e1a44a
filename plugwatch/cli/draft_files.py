"""Keeps texts for vendors: their files in the workspace, and then their rows in the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from plugwatch.cli.context import App
from plugwatch.errors import PlugwatchError
from plugwatch.ledger.database import UnitOfWork
from plugwatch.ledger.ids import new_id
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Check, Draft, Surroundings
from plugwatch.model.roads.submitted import Change, Post, Submission, SubmissionFile

_BODY_NAMES = {"markdown": "body.md", "trac": "body.trac.txt", "forum": "body.html"}


def new_post(app: App, draft: Draft, kind: str, around: Surroundings) -> Post:
    """A text as a post of a submission; its files are written by whoever keeps it."""
    return Post(
        id=new_id(),
        kind=kind,
        state="draft",
        title=draft.title,
        body=draft.body,
        created_at=app.now,
        actor=app.actor,
        mail_id=around.message_id,
        checks=draft.checks,
        url=draft.url,
    )


def keep_new(app: App, submission: Submission, draft: Draft, incident_id: str | None, out: Path | None) -> Submission:
    """A new submission with one post; earlier drafts of the same on the same road are withdrawn. The row comes last."""
    with app.ledger.unit_of_work() as work:
        number = work.counters.next("submission")
        (post,) = submission.posts
        folder = (out or app.workspace / "drafts" / f"SUB-{number}").resolve()
        post = replace(post, files=write_files(folder, draft))
        kept = replace(submission, number=number, posts=(post,), changes=(_change(app, "draft"),))
        _supersede(app, work, kept)
        work.submissions.add(kept, incident_id)
    return kept


def keep_further(app: App, submission: Submission, post: Post, draft: Draft) -> Submission:
    """A further text of a submission; one of its kind that was not sent yet is written anew."""
    with app.ledger.unit_of_work() as work:
        current = work.submissions.get(submission.name)
        waiting = next((one for one in current.posts if one.kind == post.kind and one.state == "draft"), None)
        position = current.posts.index(waiting) if waiting else len(current.posts)
        folder = app.workspace / "drafts" / submission.name / f"{position + 1}-{post.kind}"
        post = replace(post, files=write_files(folder, draft))
        if waiting is None or not work.submissions.rewrite_post(replace(post, id=waiting.id)):
            work.submissions.add_post(current, post)
        return work.submissions.get(submission.name)


def rewrite(app: App, submission: Submission, post: Post, draft: Draft, checks: tuple[Check, ...]) -> bool:
    """Put a changed text in place of a draft, and where it goes; False where it is none any more."""
    folder = Path(post.files[0].path).parent if post.files else app.workspace / "drafts" / submission.name
    with app.ledger.unit_of_work() as work:
        files = write_files(folder, draft)
        changed = replace(post, title=draft.title, body=draft.body, url=draft.url, checks=checks, files=files)
        if not work.submissions.rewrite_post(changed):
            return False
        work.submissions.update(replace(work.submissions.get(submission.name), target=submission.target))
        return True


def write_files(folder: Path, draft: Draft) -> tuple[SubmissionFile, ...]:
    """The body and the files of a draft in a folder; of one without a text nothing. Raises PlugwatchError."""
    if not draft.body:
        return ()
    body = _BODY_NAMES.get(ROADS[draft.channel].markup, "body.txt")
    contents = {body: draft.body.encode(), **{file.name: file.content for file in draft.files}}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise PlugwatchError(
            f"{error.filename or folder} cannot be written ({error.strerror}); mend that, or take another folder with "
            "'plugwatch submission draft --out DIR'"
        ) from error
    return tuple(SubmissionFile(name, str(folder / name)) for name in contents)


def _supersede(app: App, work: UnitOfWork, kept: Submission) -> None:
    """Withdraw what was written before for the same road about the same and has not left."""
    same = (kept.incident, kept.patch, kept.channel)
    for earlier in work.submissions.of_component(kept.component):
        if (
            earlier.status == "draft"
            and (earlier.incident, earlier.patch, earlier.channel) == same
            and all(post.state == "draft" for post in earlier.posts)
        ):
            note = f"written anew as {kept.name}"
            work.submissions.change(replace(earlier, status="withdrawn"), _change(app, "withdrawn", note))


def _change(app: App, status: str, note: str | None = None) -> Change:
    return Change(status, app.now, app.actor, note)
