"""What the answers of the stand-in for GitHub are made with: a call, and the table of who answers what.

An answer is a function of a :class:`Call`; None means that what was asked for is not there. Register one with::

    @route("GET", REPOSITORY + r"/topics")
    def topics(call: Call) -> Reply | None: ...
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from peers.github_store import Issue, Pull, Repository
from peers.loopback import Reply, Request, json_reply

if TYPE_CHECKING:
    from peers.github import GitHub

REPOSITORY = r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)"
ROLES = ("none", "read", "triage", "write", "admin")
_PER_PAGE = 30


@dataclass
class Account:
    """Who a token is of. ``scopes`` are None for a fine-grained token, which GitHub tells nothing of."""

    login: str
    scopes: tuple[str, ...] | None = ("repo",)


@dataclass(frozen=True)
class Call:
    """A request, with what its path names; ``repository`` is only missing where the path names none."""

    peer: GitHub
    request: Request
    found: re.Match[str]
    account: Account | None
    repository_or_none: Repository | None = None

    @property
    def repository(self) -> Repository:
        """The repository that the path names."""
        assert self.repository_or_none
        return self.repository_or_none

    @property
    def login(self) -> str:
        """Who asks; empty for a stranger."""
        return self.account.login if self.account else ""

    @property
    def sent(self) -> dict[str, Any]:
        """The document that came along."""
        document = json.loads(self.request.body or b"{}")
        assert isinstance(document, dict)
        return document

    @property
    def number(self) -> int:
        """The number in the path."""
        return int(self.found["number"])

    def name(self, group: str) -> str:
        """A name in the path."""
        return unquote(self.found[group])

    def may(self, role: str) -> bool:
        """Whether who asks has that role, or a higher one, in the repository."""
        return ROLES.index(self.peer.role(self.repository, self.login)) >= ROLES.index(role)


Answer = Callable[[Call], "Reply | None"]
ROUTES: list[tuple[str, str, Answer]] = []


def route(method: str, pattern: str) -> Callable[[Answer], Answer]:
    """Let a function answer these requests; the last one that was registered is asked first."""

    def register(answer: Answer) -> Answer:
        ROUTES.insert(0, (method, pattern, answer))
        return answer

    return register


def refuse(status: int, message: str, *errors: dict[str, Any] | str) -> Reply:
    """An error as GitHub words it."""
    document: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    if errors:
        document["errors"] = list(errors)
    return json_reply(document | {"status": str(status)}, status)


def invalid(resource: str, message: str = "", *, field: str = "", code: str = "custom") -> Reply:
    """A 422: what was sent is not as it must be."""
    error = {"resource": resource, "code": code} | ({"field": field} if field else {})
    return refuse(422, "Validation Failed", error | ({"message": message} if message else {}))


def paged(call: Call, rows: list[dict[str, Any]]) -> Reply:
    """One page of a list, with the link to the next one."""
    query = call.request.query
    size, number = min(int(query.get("per_page", _PER_PAGE)), 100), int(query.get("page", 1))
    headers = {}
    if number * size < len(rows):
        others = "".join(f"&{name}={value}" for name, value in query.items() if name not in ("page", "per_page"))
        address = f"{call.peer.url}{call.request.path}?per_page={size}&page={number + 1}{others}"
        headers["Link"] = f'<{address}>; rel="next"'
    return json_reply(rows[(number - 1) * size : number * size], **headers)


def find_thread(call: Call) -> Issue | Reply:
    """The issue or pull request of the number in the path, or why there is none."""
    thread = call.repository.thread(call.number)
    if thread is None:
        return refuse(404, "Not Found")
    if thread.gone.startswith("http"):
        moved = refuse(301, "Moved Permanently")
        return json_reply(json.loads(moved.body) | {"url": thread.gone}, 301, Location=thread.gone)
    if thread.gone:
        return refuse(410, thread.gone)
    if not call.repository.has_issues and not isinstance(thread, Pull):
        return refuse(410, "Issues are disabled for this repo")
    return thread
