"""GitHub: a pull request from our fork, opened once and then kept up to date; a person may open it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from plugwatch.channels.forms import thread_address
from plugwatch.channels.github_comments import (
    find_comment,
    is_here,
    is_ours,
    is_same,
    join,
    locate,
    refuse_archived,
    send_comment,
    tell_labels,
    tell_moved,
)
from plugwatch.channels.prefill import fill_in
from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.roads.posting import Branch, Delivered, NotPostedError, Posting
from plugwatch.model.roads.road import Road
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
    from plugwatch.channels.github_api import Entry, GitHubApi, Place

Push = Callable[[str, str], str]


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:
    """The ``git format-patch`` file, and GitHub's form for a pull request filled in where the repository is known.

    What comes later goes where the first text is. Parameters: docs.github.com, "Using query parameters to create a pull
    request". It takes ``OWNER:BRANCH`` and compares with the default branch.
    """
    files = (DraftFile(name_patch_file(road, brief), patch.format_patch, "text/x-patch"),) if patch else ()
    repository, thread = brief.component.repository, thread_address(brief)
    if thread or not repository:
        return Prepared(files, thread)
    branch = f"/{quote(patch.branch, safe=':/')}" if patch and patch.branch else ""
    base = f"{around.github_url.rstrip('/')}/{quote(repository)}/compare{branch}"
    return Prepared(files, fill_in(base, {"expand": "1", "title": text.title, "body": text.body}, droppable="body"))


@dataclass(frozen=True)
class _Source:
    """Where our branch lies: the owner of the copy of the repository, whether that is a user, and its clone URL."""

    owner: str
    of_user: bool
    clone_url: str


class PullRequests:
    """Posts pull requests, and what is said about them."""

    def __init__(self, api: GitHubApi, push: Push, *, organization: str = "") -> None:
        """``push(clone_url, branch)`` moves that branch to the prepared commit, as long as nobody else has moved it
        since, and returns the commit. ``organization`` holds our forks; without one it is the account of the token.
        """
        self._api, self._push, self._organization = api, push, organization

    def find(self, posting: Posting) -> Delivered | None:
        """The pull request of our branch or, where the posting answers something, our comment of the same words."""
        if posting.thread:
            return find_comment(self._api, posting)
        place = self._api.place(posting.target)
        for pull in self._pulls(place, posting):
            if pull.open or is_ours(self._api, pull, posting):
                return Delivered("sent", pull.url, "" if pull.open else _ended(pull))
        for pull in self._api.search_pulls(place, self._api.login):  # where our fork was deleted since
            alike = is_same(pull.title, posting.title) and is_same(pull.body, posting.body)
            if alike and is_ours(self._api, pull, posting):
                return Delivered("sent", pull.url, "our fork behind it was deleted")
        return None

    def send(self, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
        """Fork, push, and open the pull request, or bring the open one up to date; or push and comment."""
        if posting.thread and posting.branch and posting.kind == "reply":
            return self._rework(posting, posting.thread, posting.branch, about_to_hand)
        if posting.thread:
            return send_comment(self._api, posting, about_to_hand)
        if posting.branch is None:
            raise InputError("a pull request needs a branch, and there is none; make the draft again from a patch")
        place = self._api.place(posting.target)
        refuse_archived(place)
        base = posting.base or place.default_branch
        if base != place.default_branch and not self._api.has_branch(place, base):
            raise InputError(
                f"{place.full_name} has no branch {base} any more, its default branch is {place.default_branch} now; "
                "make the draft again"
            )
        source = self._source(place)
        about_to_hand()
        source = source or self._fork(place)
        self._push(source.clone_url, posting.branch.name)
        head = f"{source.owner}:{posting.branch.name}"
        pull = self._open_one(place, posting) or self._open(place, posting, (head, base), source)
        updated, told = self._update(place, pull, posting)
        labelled = self._label(place, updated, posting)
        return Delivered("sent", pull.url, join(tell_moved(posting.target, place), told, labelled))

    def _owner(self) -> str:
        return self._organization or self._api.login

    def _pulls(self, place: Place, posting: Posting) -> list[Entry]:
        return self._api.pulls_of(place, f"{self._owner()}:{posting.branch.name}") if posting.branch else []

    def _open_one(self, place: Place, posting: Posting) -> Entry | None:
        return next((pull for pull in self._pulls(place, posting) if pull.open), None)

    # The copy that we push to

    def _source(self, place: Place) -> _Source | None:
        """The repository itself where it is ours, or our fork of that name; None where none is known."""
        if place.owner.lower() == self._owner().lower():
            return self._trusted(place)
        fork = self._api.find_fork(place, self._owner())
        return self._trusted(fork) if fork else None

    def _fork(self, place: Place) -> _Source:
        return self._trusted(self._api.fork(place, self._organization))

    def _trusted(self, copy: Place) -> _Source:
        """The copy, once it is sure that a push with the token goes to the GitHub that the token is for."""
        if not is_here(self._api, copy.clone_url):
            raise NotPostedError(f"{self._api.host} says that {copy.full_name} lies elsewhere; nothing is pushed there")
        if copy.archived:
            raise NotPostedError(f"our fork {copy.full_name} is archived; unarchive it on {self._api.host}, then send")
        return _Source(copy.owner, not copy.is_organization, copy.clone_url)

    # The pull request

    def _open(self, place: Place, posting: Posting, ends: tuple[str, str], source: _Source) -> Entry:
        own = source.owner.lower() == place.owner.lower()
        wanted = {
            "title": posting.title,
            "body": posting.body,
            "head": ends[0],
            "base": ends[1],
            "draft": posting.as_draft,
            # Only of a fork of a user: docs.github.com, "Allowing changes to a pull request branch created from a fork"
            "maintainer_can_modify": source.of_user and not own,
        }
        opened = self._api.open_pull(place, wanted) or self._open_one(place, posting)
        if opened is None:
            raise NotPostedError(
                f"{self._api.host} has a pull request of {ends[0]} at {place.full_name} and does not show it; "
                "send it again in a minute"
            )
        return opened

    def _update(self, place: Place, pull: Entry, posting: Posting) -> tuple[Entry, str]:
        """The pull request with our title and text, unless somebody else has changed them there."""
        wanted = {"title": posting.title, "body": posting.body}
        if pull.title == posting.title and is_same(pull.body, posting.body):
            return pull, ""
        if pull.author.lower() != self._api.login.lower():
            return pull, f"{pull.author} opened it, so its text is left as it is"
        try:
            others = {who for who in self._api.editors(place, pull.number) if who.lower() != self._api.login.lower()}
        except PlugwatchError:
            return pull, "its text is left as it is, for nobody can tell whether it was edited there"
        if others:
            return pull, f"its text is left as it is, for {', '.join(sorted(others))} edited it there"
        return self._api.edit_pull(place, pull.number, wanted), "the pull request was there and is up to date now"

    def _label(self, place: Place, pull: Entry, posting: Posting) -> str:
        """Labels where we may; a word about those that are missing, which is no reason to fail."""
        missing = tuple(label for label in posting.labels if label not in pull.labels)
        if not missing:
            return ""
        if place.may_label:
            try:
                self._api.label(place, pull.number, missing)
            except PlugwatchError as error:
                return str(error)
            return ""
        return tell_labels(posting.labels, pull.labels, place)

    # The reworked patch

    def _rework(self, posting: Posting, thread: str, branch: Branch, about_to_hand: Callable[[], None]) -> Delivered:
        """Push the branch of an open pull request of ours, and say so there."""
        place, entry = locate(self._api, thread)
        if not entry.is_pull:
            return send_comment(self._api, posting, about_to_hand)
        refuse_archived(place)
        pull = self._api.pull(place, entry.number)
        owner, name, clone_url = pull.head or ("", "", None)
        if not pull.open:
            raise InputError(f"{pull.url} {_ended(pull)}, so a new version has no place there; send it as a new one")
        if clone_url is None:
            raise InputError(f"our fork behind {pull.url} was deleted; send the patch as a new pull request")
        if owner.lower() != self._owner().lower() or not is_here(self._api, clone_url):
            raise InputError(f"the branch behind {pull.url} is {owner}'s and not ours, so nothing is pushed there")
        if name != branch.name:
            raise InputError(f"{pull.url} is of the branch {name}, not of {branch.name}; make the draft again")
        about_to_hand()
        self._push(clone_url, branch.name)
        return Delivered("sent", self._api.comment(place, pull.number, posting.body).url)


def _ended(pull: Entry) -> str:
    return "is merged" if pull.merged else "is closed"
