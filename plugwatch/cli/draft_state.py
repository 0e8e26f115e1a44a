"""Whether a text that waits is still what was written: its file untouched, its patch the one that is carried."""

from __future__ import annotations

from pathlib import Path

from plugwatch.cli.context import App
from plugwatch.cli.matters import carried
from plugwatch.errors import NotFoundError
from plugwatch.model.roads.road import find_road
from plugwatch.model.roads.submission import Check
from plugwatch.model.roads.submitted import Post, Submission
from plugwatch.workflows.forks import NotCarriedError

FILES = "files"


def check_files(app: App, submission: Submission, post: Post) -> Check:
    """A finding on the files of a draft: what leaves is the ledger's text, and the patch as it was written."""
    found = _changed_text(submission, post) or _changed_patch(app, submission, post)
    return Check(FILES, found is None, found or "as they were written")


def _changed_text(submission: Submission, post: Post) -> str | None:
    path = Path(post.files[0].path) if post.files else None
    if path is None or not path.is_file() or path.read_bytes() == post.body.encode():
        return None
    return f"{path} was changed; take it over with 'plugwatch submission edit {submission.name} --file {path}'"


def _changed_patch(app: App, submission: Submission, post: Post) -> str | None:
    ours = [path for path in (Path(file.path) for file in post.files[1:]) if path.suffix in (".patch", ".diff")]
    if not ours or submission.patch is None:
        return None
    again = "write it anew with 'plugwatch submission draft'"
    try:
        forms = carried(app, submission.patch, submission.version, find_road(submission.channel)).forms
    except (NotFoundError, NotCarriedError):
        return f"{submission.patch} was dropped since; {again}"
    now = (forms.format_patch, forms.svn_diff)
    if all(path.read_bytes() in now for path in ours if path.is_file()):
        return None
    return f"{submission.patch} was changed since, or {ours[0].name} was; {again}"
