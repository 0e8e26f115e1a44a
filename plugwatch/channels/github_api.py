"""GitHub, written to: forks, pull requests, issues and comments, through PyGithub.

Its requester is used and not its objects, which fetch more of themselves whenever they are looked at, so that every
request that changes something is one that is seen here. Endpoints: https://docs.github.com/en/rest. Whether somebody
has edited a text is told by GraphQL alone.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from github import Auth, Github, GithubException

from plugwatch import __version__
from plugwatch.errors import ConfigError, InputError, PlugwatchError, UnknownError
from plugwatch.model.release_source import may_take_password
from plugwatch.model.roads.github_answer import (
    TOKEN_VARIABLES,
    Asking,
    Refusal,
    explain,
    find_token,
    is_quota,
    name_host,
    read_refusal,
)
from plugwatch.model.roads.markup_base import one_line, web_address
from plugwatch.model.roads.posting import NotPostedError
from plugwatch.web import LONGEST_PAUSE, in_time

_TIMEOUT = 30  # seconds to hear nothing
_ATTEMPTS = 3
_PER_PAGE = 100
_MOST_PAGES = 5
_EDITS = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    editor { login }
    timelineItems(itemTypes: [RENAMED_TITLE_EVENT], last: 100) {
      nodes { ... on RenamedTitleEvent { actor { login } } } } } } }"""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.\.?\Z)[A-Za-z0-9._-]+")
_Raw = dict[str, Any]
_T = TypeVar("_T")


class RefusedError(Exception):
    """A request that GitHub refused, before it has become a sentence."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.words)


@dataclass(frozen=True)
class Place:
    """A repository; ``may_label``: we may, ``parent`` is what it was forked from."""

    full_name: str
    owner: str
    name: str
    is_organization: bool
    default_branch: str
    clone_url: str
    archived: bool
    has_issues: bool
    may_label: bool
    parent: str | None


@dataclass(frozen=True)
class Entry:
    """An issue, a pull request or a comment. ``head`` is that of a pull request: owner, branch, clone URL."""

    number: int
    url: str
    title: str
    body: str
    author: str
    created: datetime
    open: bool = True
    merged: bool = False
    labels: tuple[str, ...] = ()
    is_pull: bool = False
    head: tuple[str, str, str | None] | None = None


class GitHubApi:
    """One GitHub, as whoever the token is of."""

    def __init__(self, api_url: str, *, pause: float = 0.25, write_pause: float = 1.0, patience: float = 120.0) -> None:
        """``pause`` and ``write_pause`` are the rests between two requests, and two that change something, and
        ``patience`` is what one may take, all in seconds.

        Raises ConfigError where there is no token, or no safe address for it.
        """
        api = api_url.rstrip("/")
        self.host = name_host(api)
        variable, token = find_token(os.environ)
        if variable is None or token is None:
            raise ConfigError(f"nothing is posted on {self.host} without a token; set {TOKEN_VARIABLES[0]}")
        if not may_take_password(api):
            raise ConfigError(f"{self.host} is not encrypted, so no token is sent there; write https:// for [github]")
        self._variable, self._pause, self._patience = variable, pause, patience
        self._requester = Github(
            base_url=api,
            auth=Auth.Token(token),
            timeout=_TIMEOUT,
            retry=None,  # its own waits until a quota is given back, which may take an hour
            seconds_between_requests=pause,
            seconds_between_writes=write_pause,
            user_agent=f"plugwatch/{__version__}",
        ).requester

    @cached_property
    def login(self) -> str:
        """Whose token it is."""
        return self._ask("", "say who we are", lambda: str(self._get("/user")["login"]))

    def place(self, full_name: str) -> Place:
        """A repository, under the name that it has now. Raises InputError where it is not there."""
        if not _NAME.fullmatch(full_name):
            raise InputError(f"{full_name} is no repository on {self.host}; write OWNER/NAME")
        return self._ask(full_name, f"show {full_name}", lambda: _read_place(self._get(f"/repos/{_safe(full_name)}")))

    def find_fork(self, place: Place, owner: str) -> Place | None:
        """The fork of that name and owner, None where there is none or something else has that name."""
        name = f"{owner}/{place.name}"

        def look() -> Place | None:
            try:
                found = _read_place(self._get(f"/repos/{_safe(name)}"))
            except RefusedError as error:
                if error.refusal.status == 404 and not is_quota(error.refusal):
                    return None
                raise
            return found if (found.parent or "").lower() == place.full_name.lower() else None

        return self._ask(name, f"show {name}", look)

    def fork(self, place: Place, organization: str) -> Place:
        """Our fork, made where there is none, once it can be pushed to."""
        wanted: _Raw = {"default_branch_only": True} | ({"organization": organization} if organization else {})
        path, deed = f"/repos/{_safe(place.full_name)}/forks", f"fork {place.full_name}"
        made = self._write(place, deed, lambda: _read_place(self._send("POST", path, wanted)))
        for attempt in range(_ATTEMPTS * 2):  # GitHub answers at once and copies for some seconds more
            if self.has_branch(made, made.default_branch):
                return made
            time.sleep(self._pause * (2 << attempt))
        raise NotPostedError(f"{self.host} has not yet made our fork {made.full_name}; send it again in some minutes")

    def has_branch(self, place: Place, branch: str) -> bool:
        """Whether a repository has a branch."""
        path = f"/repos/{_safe(place.full_name)}/branches/{quote(branch, safe='')}"

        def look() -> bool:
            try:
                self._get(path)
            except RefusedError as error:
                if error.refusal.status == 404:
                    return False
                raise
            return True

        return self._ask(place.full_name, f"show the branch {branch} of {place.full_name}", look)

    # Pull requests and issues

    def pulls_of(self, place: Place, head: str) -> list[Entry]:
        """The pull requests of a branch (``OWNER:BRANCH``), the newest first."""
        wanted = {"state": "all", "head": head, "sort": "created", "direction": "desc"}
        return self._list(place, "pulls", wanted, f"show the pull requests of {place.full_name}")

    def search_pulls(self, place: Place, login: str) -> list[Entry]:
        """The newest pull requests of somebody. The search lags behind by up to some minutes."""
        query = f"repo:{place.full_name} type:pr author:{login}"
        wanted = {"q": query, "sort": "created", "order": "desc", "per_page": _PER_PAGE}
        deed = f"search the pull requests of {place.full_name}"

        def look() -> list[Entry]:
            return [_read_entry(row, self.host) for row in self._get("/search/issues", wanted)["items"]]

        return self._ask(place.full_name, deed, look)

    def issues_by(self, place: Place, login: str, since: datetime) -> list[Entry]:
        """The issues that somebody has made and that have changed since, the newest first."""
        wanted = {"state": "all", "creator": login, "since": _written(since), "sort": "created", "direction": "desc"}
        found = self._list(place, "issues", wanted, f"show the issues of {place.full_name}")
        return [entry for entry in found if not entry.is_pull]

    def comments(self, place: Place, number: int, since: datetime) -> list[Entry]:
        """What was said under an issue or pull request since, the oldest first."""
        deed = f"show the comments on {place.full_name}#{number}"
        return self._list(place, f"issues/{number}/comments", {"since": _written(since)}, deed)

    def issue(self, place: Place, number: int) -> tuple[Place, Entry]:
        """An issue or pull request, and the repository in which it is now."""

        def look() -> tuple[str, Entry]:
            document = self._get(f"/repos/{_safe(place.full_name)}/issues/{number}")
            return str(document["repository_url"]).partition("/repos/")[2], _read_entry(document, self.host)

        name, entry = self._ask(place.full_name, f"show {place.full_name}#{number}", look)
        return (place if name.lower() == place.full_name.lower() else self.place(name)), entry

    def pull(self, place: Place, number: int) -> Entry:
        """A pull request."""
        path = f"/repos/{_safe(place.full_name)}/pulls/{number}"
        deed = f"show the pull request {place.full_name}#{number}"
        return self._ask(place.full_name, deed, lambda: _read_entry(self._get(path), self.host))

    def open_pull(self, place: Place, wanted: Mapping[str, Any]) -> Entry | None:
        """A new pull request; None where the branch has one already."""
        path = f"/repos/{_safe(place.full_name)}/pulls"

        def post() -> Entry | None:
            try:
                return _read_entry(self._send("POST", path, wanted), self.host)
            except RefusedError as error:
                if error.refusal.status == 422 and error.refusal.says("already exists"):
                    return None
                raise

        return self._write(place, f"open a pull request at {place.full_name}", post)

    def open_issue(self, place: Place, wanted: Mapping[str, Any]) -> Entry:
        """A new issue."""
        path, deed = f"/repos/{_safe(place.full_name)}/issues", f"open an issue at {place.full_name}"
        return self._write(place, deed, lambda: _read_entry(self._send("POST", path, wanted), self.host))

    def edit_pull(self, place: Place, number: int, wanted: Mapping[str, Any]) -> Entry:
        """Other words for a pull request."""
        path, deed = f"/repos/{_safe(place.full_name)}/pulls/{number}", f"change {place.full_name}#{number}"
        return self._write(place, deed, lambda: _read_entry(self._send("PATCH", path, wanted), self.host))

    def comment(self, place: Place, number: int, body: str) -> Entry:
        """A new comment."""
        path = f"/repos/{_safe(place.full_name)}/issues/{number}/comments"
        deed = f"take a comment on {place.full_name}#{number}"
        return self._write(place, deed, lambda: _read_entry(self._send("POST", path, {"body": body}), self.host))

    def label(self, place: Place, number: int, labels: tuple[str, ...]) -> None:
        """Put labels on."""
        path, wanted = f"/repos/{_safe(place.full_name)}/issues/{number}/labels", {"labels": [*labels]}
        self._write(place, f"put labels on {place.full_name}#{number}", lambda: self._send("POST", path, wanted))

    def editors(self, place: Place, number: int) -> set[str]:
        """Who has edited the text or the title of a pull request after it was opened."""
        variables = {"owner": place.owner, "name": place.name, "number": number}

        def look() -> set[str]:
            document = self._request(lambda: self._requester.graphql_query(_EDITS, variables))
            pull = document["data"]["repository"]["pullRequest"]
            people = [pull["editor"], *(row["actor"] for row in pull["timelineItems"]["nodes"])]
            return {one_line(str(person["login"])) for person in people if person}

        return self._ask(place.full_name, f"say who has edited {place.full_name}#{number}", look)

    # Requests

    def _list(self, place: Place, path: str, wanted: Mapping[str, str], deed: str) -> list[Entry]:
        def look() -> list[Entry]:
            rows = self._pages(f"/repos/{_safe(place.full_name)}/{path}", wanted)
            return [_read_entry(row, self.host) for row in rows]

        return self._ask(place.full_name, deed, look)

    def _pages(self, path: str, wanted: Mapping[str, str]) -> Iterator[_Raw]:
        for number in range(1, _MOST_PAGES + 1):
            rows = self._get(path, {**wanted, "per_page": _PER_PAGE, "page": number})
            yield from rows
            if len(rows) < _PER_PAGE:
                return

    def _get(self, path: str, parameters: _Raw | None = None) -> Any:
        return self._request(lambda: self._requester.requestJsonAndCheck("GET", path, parameters=parameters))

    def _send(self, method: str, path: str, document: Mapping[str, Any]) -> Any:
        return self._request(lambda: self._requester.requestJsonAndCheck(method, path, input=dict(document)))

    def _request(self, request: Callable[[], tuple[_Raw, Any]]) -> Any:
        try:
            _headers, document = in_time(request, self._patience)
        except GithubException as error:
            raise RefusedError(read_refusal(error.status, error.data, error.headers or {})) from error
        return document

    def _ask(self, repository: str, deed: str, question: Callable[[], _T]) -> _T:
        """The answer to a question that changes nothing, asked again where that may help."""
        for attempt in range(_ATTEMPTS):
            try:
                return self._translate(repository, deed, question)
            except _PassingError as error:
                failure = error
            time.sleep(min(failure.pause or self._pause * (2 << attempt), LONGEST_PAUSE) if self._pause else 0)
        raise UnknownError(f"{self.host} did not {deed} ({failure}); try again later") from failure

    def _write(self, place: Place, deed: str, request: Callable[[], _T]) -> _T:
        """The answer to what changes something. Raises NotPostedError where GitHub said that it did not do it."""
        try:
            return self._translate(place.full_name, deed, request, writing=True)
        except _PassingError as error:
            raise UnknownError(
                f"{self.host} was to {deed} and did not say whether it did ({error}); "
                "send it again, which looks for it first"
            ) from error
        except PlugwatchError as error:
            raise NotPostedError(str(error)) from error

    def _translate(self, repository: str, deed: str, request: Callable[[], _T], *, writing: bool = False) -> _T:
        try:
            return request()
        except RefusedError as error:
            if error.refusal.status >= 500:
                raise _PassingError(f"it answers {error.refusal.status}", error.refusal) from error
            asking = Asking(self.host, self._variable, repository, deed, writing)
            raise explain(error.refusal, asking) from error
        except TimeoutError as error:
            raise _PassingError("it answers too slowly") from error
        except requests.RequestException as error:
            raise _PassingError(type(error).__name__) from error
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, RuntimeError, AssertionError) as error:
            # PyGithub asserts that an address in an answer is GitHub's, and everything else may lack in what is none.
            raise _PassingError("its answer is none of GitHub's API") from error


class _PassingError(Exception):
    """What may pass by itself, or leave open whether something was done."""

    def __init__(self, reason: str, refusal: Refusal | None = None) -> None:
        wanted = refusal.headers.get("retry-after", "") if refusal else ""
        self.pause = float(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 else None
        super().__init__(reason)


def _safe(full_name: str) -> str:
    return quote(full_name)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def _read_place(document: _Raw) -> Place:
    rights = document.get("permissions") or {}
    parent = document.get("parent") or {}
    owner, slash, name = str(document["full_name"]).partition("/")
    if not slash or not _NAME.fullmatch(f"{owner}/{name}"):
        raise ValueError("full_name")
    return Place(
        full_name=str(document["full_name"]),
        owner=owner,
        name=name,
        is_organization=document["owner"]["type"] == "Organization",
        default_branch=str(document["default_branch"]),
        clone_url=str(document["clone_url"]),
        archived=bool(document["archived"]),
        has_issues=bool(document["has_issues"]),
        may_label=bool(rights.get("triage") or rights.get("push")),
        parent=str(parent["full_name"]) if parent else None,
    )


def _read_entry(document: _Raw, host: str) -> Entry:
    """An issue, pull request or comment; a comment has neither number nor title."""
    head = document.get("head")
    return Entry(
        number=int(document.get("number") or document["id"]),
        url=_read_page(document, host),
        title=str(document.get("title") or ""),
        body=str(document.get("body") or ""),
        author=one_line(str((document["user"] or {}).get("login") or "")),
        created=datetime.fromisoformat(str(document["created_at"]).replace("Z", "+00:00")),
        open=document.get("state", "open") == "open",
        merged=bool(document.get("merged_at")),
        labels=tuple(str(row["name"]) for row in document.get("labels") or ()),
        is_pull="pull_request" in document or head is not None,
        head=_read_head(head) if head else None,
    )


def _read_page(document: _Raw, host: str) -> str:
    """The address of its page, which is on the host that has answered and nothing but an address."""
    page = web_address(str(document["html_url"]))
    if page is None or urlsplit(page).netloc.lower() not in (host.lower(), host.lower().removeprefix("api.")):
        raise ValueError("html_url")
    return page


def _read_head(head: _Raw) -> tuple[str, str, str | None]:
    owner = str((head.get("user") or {}).get("login") or "")
    return owner, str(head["ref"]), str(head["repo"]["clone_url"]) if head["repo"] else None
