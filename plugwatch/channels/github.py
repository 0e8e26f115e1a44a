"""GitHub: a pull request where a branch has been pushed, else an issue or the patch as a file; a person posts it."""

from __future__ import annotations

from urllib.parse import quote

from plugwatch.channels.prefill import fill_in
from plugwatch.model.submission import (
    Brief,
    DraftFile,
    PatchForms,
    Posting,
    Prepared,
    RenderedText,
    Road,
    name_patch_file,
)


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, posting: Posting) -> Prepared:
    """The ``git format-patch`` file, and GitHub's own form filled in where the repository is known.

    Parameters of both forms: docs.github.com, "Creating an issue" (from a URL query) and "Using query parameters to
    create a pull request". The latter takes ``OWNER:BRANCH`` and compares with the default branch.
    """
    files = (DraftFile(name_patch_file(road, brief), patch.format_patch, "text/x-patch"),) if patch else ()
    repository = brief.component.repository
    if not repository:
        return Prepared(files, None)
    base = f"{posting.github_url.rstrip('/')}/{quote(repository)}"
    fields = {"title": text.title, "body": text.body}
    if road.name != "github-pr":
        return Prepared(files, fill_in(f"{base}/issues/new", fields, droppable="body"))
    branch = f"/{quote(patch.branch, safe=':/')}" if patch and patch.branch else ""
    return Prepared(files, fill_in(f"{base}/compare{branch}", {"expand": "1", **fields}, droppable="body"))
