"""GitHub: an issue, or a comment on one; the patch goes along folded up, for the API takes no files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from plugwatch.channels.forms import thread_address
from plugwatch.channels.github_comments import (
    SLACK,
    find_comment,
    is_ours,
    is_same,
    join,
    refuse_archived,
    send_comment,
    tell_labels,
    tell_moved,
)
from plugwatch.channels.prefill import fill_in
from plugwatch.errors import InputError
from plugwatch.model.roads.posting import Delivered, Posting
from plugwatch.model.roads.road import ROADS, Road
from plugwatch.model.roads.submission import (
    Brief,
    DraftFile,
    PatchForms,
    Prepared,
    RenderedText,
    Surroundings,
    name_patch_file,
)

if TYPE_CHECKING:
    from plugwatch.channels.github_api import GitHubApi

_LIMIT = ROADS["github-issue"].body_limit or 0
_PATCHES = (".patch", ".diff")
# What a browser does not show, or shows in another order than it is.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:
    """The ``git format-patch`` file, and GitHub's form for an issue filled in where the repository is known.

    What comes later goes where the first text is. Parameters: docs.github.com, "Creating an issue" (from a URL query).
    """
    files = (DraftFile(name_patch_file(road, brief), patch.format_patch, "text/x-patch"),) if patch else ()
    repository, thread = brief.component.repository, thread_address(brief)
    if thread or not repository:
        return Prepared(files, thread)
    base = f"{around.github_url.rstrip('/')}/{quote(repository)}/issues/new"
    return Prepared(files, fill_in(base, {"title": text.title, "body": text.body}, droppable="body"))


class Issues:
    """Posts issues, and what is said about them."""

    def __init__(self, api: GitHubApi) -> None:
        self._api = api

    def find(self, posting: Posting) -> Delivered | None:
        """The issue or comment of ours that says the same."""
        whole, left_out = fold_in(posting)
        if posting.thread:
            return find_comment(self._api, whole)
        place = self._api.place(posting.target)
        for issue in self._api.issues_by(place, self._api.login, posting.since - SLACK):
            alike = is_same(issue.title, posting.title) and is_same(issue.body, whole.body)
            if alike and is_ours(self._api, issue, posting):
                return Delivered("sent", issue.url, join(left_out, tell_labels(posting.labels, issue.labels, place)))
        return None

    def send(self, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
        """Open the issue, or comment on the one that the posting answers."""
        whole, left_out = fold_in(posting)
        if posting.thread:
            sent = send_comment(self._api, whole, about_to_hand)
            return Delivered(sent.state, sent.url, join(left_out, sent.detail))
        place = self._api.place(posting.target)
        refuse_archived(place)
        if not place.has_issues:
            raise InputError(
                f"{place.full_name} has its issues switched off; choose another road (plugwatch vendor show)"
            )
        wanted = {"title": whole.title, "body": whole.body}
        labels = {"labels": [*posting.labels]} if posting.labels and place.may_label else {}
        about_to_hand()
        made = self._api.open_issue(place, wanted | labels)
        labelled = tell_labels(posting.labels, made.labels, place)
        return Delivered("sent", made.url, join(left_out, tell_moved(posting.target, place), labelled))


def fold_in(posting: Posting) -> tuple[Posting, str]:
    """The posting with its patch folded up at the end of its text, and what a person must still attach.

    A patch that stands in the text as a whole is not put there twice. One that a code block would damage (bytes that
    are no UTF-8, line ends of Windows, characters that nobody sees) or that is too long is left out.
    """
    patch = next((file for file in posting.files if file.name.endswith(_PATCHES)), None)
    if patch is None:
        return posting, ""
    by_hand = f"attach {patch.name} there by hand, for GitHub's API takes no files"
    try:
        text = patch.content.decode()
    except UnicodeDecodeError:
        return posting, by_hand
    if _HIDDEN.search(text):
        return posting, by_hand
    if _stands_in(text, posting.body):
        return posting, ""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 0)
    block = f"{fence}diff\n{text.rstrip()}\n{fence}"
    fold = f"<details>\n<summary>The complete patch, {_escaped(patch.name)}</summary>\n\n{block}\n\n</details>"
    body = f"{posting.body.rstrip()}\n\n{fold}\n"
    if len(body) > _LIMIT:
        return posting, by_hand
    return replace(posting, body=body), ""


def _stands_in(patch: str, body: str) -> bool:
    """Whether every line that the patch adds, takes away or shows stands in the text, in one piece for each hunk."""
    unsigned = re.sub(r"\n-- \n[^\n]*\s*\Z", "", patch)
    files = [part.rstrip().partition("\n@@") for part in re.split(r"^diff --git ", unsigned, flags=re.MULTILINE)[1:]]
    return bool(files) and all(found and f"@@{hunks}" in body for _names, found, hunks in files)


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
