"""A stand-in for GitHub: its REST API under ``/api/v3``, its web pages, and git over HTTP, over real bare repositories.

What it answers is worked out by git from the commits that are there, so that a pull request's diff, its commits and its
merge base are real, and a push moves the pull requests of its branch. It is strict: a bad token is 401, a private
repository 404 for strangers, unknown numbers 404, and who may not write hears what GitHub says. Its answers have the
fields that GitHub's own description (api.github.com.json) calls required.

``account()`` adds a token, ``add()`` a repository; what happens there by other people's hands are the methods of
:class:`peers.github_store.Repository`. Answers are in the modules ``github_answers_*``; whoever needs more registers
it with :func:`peers.github_routes.route`.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import shutil
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from peers import github_answers_graphql, github_answers_issues, github_answers_pulls, github_answers_repositories
from peers.github_git import serve_git
from peers.github_routes import ROUTES, Account, Call, refuse
from peers.github_shapes import API, Shapes
from peers.github_store import Pull, Repository, _utc_now
from peers.loopback import Peer, Reply, Request, json_reply, page
from workbench import git

__all__ = ["API", "GitHub", "Pull", "Repository", "github_answers_graphql", "github_answers_issues"]
__all__ += ["github_answers_pulls", "github_answers_repositories"]

_GRAPHQL = "/api/graphql"
_WRITING = ("POST", "PATCH", "PUT", "DELETE")
_LIMITS = {"core": 5000, "search": 30}
_RESET = "1790000000"


class GitHub(Shapes, Peer):
    """The service. ``tokens`` are those that it knows from the start; without any a request is a stranger's.

    ``left`` is how many requests of each resource (core, search) are left, ``slow_forks`` how often a new fork says
    that it is not there yet.
    """

    protocol = "HTTP/1.1"

    def __init__(self, folder: Path, *, tokens: tuple[str, ...] = ("good-token",)) -> None:
        super().__init__()
        self.folder = folder
        self.accounts = {token: Account("example-agency") for token in tokens}
        self.organizations: dict[str, set[str]] = {}
        self.bots: set[str] = {"stale[bot]", "github-actions[bot]"}
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, Repository] = {}
        self.clock: Callable[[], datetime] = _utc_now
        self.left = dict(_LIMITS)
        self.slow_forks = 0
        self.lock = threading.RLock()
        self._ids = itertools.count(1)

    def account(self, token: str, login: str, *scopes: str, fine_grained: bool = False) -> Account:
        """A token of somebody, with the scopes ``repo`` where none are named."""
        self.accounts[token] = Account(login, None if fine_grained else scopes or ("repo",))
        return self.accounts[token]

    def add(self, full_name: str, *, private: bool = False) -> Repository:
        """A new, empty repository; whoever has an account now may read a private one."""
        owner, name = full_name.split("/")
        directory = self.folder / owner / f"{name}.git"
        directory.mkdir(parents=True)
        git(directory, "init", "--quiet", "--bare", "--initial-branch=main")
        git(directory, "config", "http.receivepack", "true")
        made = Repository(owner, name, directory, private, id=next(self._ids))
        made.clock = lambda: self.clock()
        if private:
            made.roles = {account.login: "read" for account in self.accounts.values()}
        self.repositories[full_name.lower()] = made
        return made

    def rename(self, old: str, new: str) -> None:
        """Give a repository another name; the old one leads there."""
        repository = self.repositories.pop(old.lower())
        repository.owner, repository.name = new.split("/")
        self.renamed[old.lower()] = self.repositories[new.lower()] = repository

    def delete(self, full_name: str) -> None:
        """Delete a repository; pull requests from there stay."""
        gone = self.repositories.pop(full_name.lower())
        shutil.rmtree(gone.directory)
        for repository in self.repositories.values():
            for pull in repository.pulls.values():
                if pull.head_repository is gone:
                    pull.head_repository = None

    def role(self, repository: Repository, login: str) -> str:
        """What somebody is in a repository: none, read, triage, write or admin."""
        if login and (login == repository.owner or login in self.organizations.get(repository.owner, ())):
            return "admin"
        return repository.roles.get(login, "none" if repository.private else "read")

    def reply(self, request: Request) -> Reply:
        """What GitHub would answer."""
        served = serve_git(self, request)
        if served:
            return served
        if not request.path.startswith((API, _GRAPHQL)):
            return page("GitHub", 404)
        with self.lock:
            return self._limited(request)

    def whose(self, authorization: str) -> Account | None:
        """Who a header ``Authorization`` is of; None for a token that nobody has."""
        kind, _space, given = authorization.partition(" ")
        if kind.lower() == "basic":
            given = base64.b64decode(given).decode().partition(":")[2]
        return self.accounts.get(given)

    def _limited(self, request: Request) -> Reply:
        """The answer with the headers that all have: quota, scopes and ETag."""
        given = request.headers.get("Authorization", "")
        account = self.whose(given) if given else None
        if given and account is None:
            return refuse(401, "Bad credentials")
        resource = "search" if request.path.startswith(f"{API}/search/") else "core"
        if self.left[resource] <= 0:
            whom = f"user ID {sum(account.login.encode())}" if account else "127.0.0.1"
            return _with(refuse(403, f"API rate limit exceeded for {whom}."), self._quota(resource))
        self.left[resource] -= 1
        answer = _tagged(self._answer(request, account), request)
        if answer.status == 304:
            self.left[resource] += 1
        headers = self._quota(resource)
        if account and account.scopes is not None:
            accepted = "repo" if request.path.startswith((f"{API}/repos", f"{API}/repositories")) else ""
            headers |= {"X-OAuth-Scopes": ", ".join(account.scopes), "X-Accepted-OAuth-Scopes": accepted}
        return _with(answer, headers)

    def _quota(self, resource: str) -> dict[str, str]:
        left = str(self.left[resource])
        return {
            "X-RateLimit-Limit": str(_LIMITS[resource]),
            "X-RateLimit-Remaining": left,
            "X-RateLimit-Reset": _RESET,
            "X-RateLimit-Resource": resource,
        }

    def _answer(self, request: Request, account: Account | None) -> Reply:
        path = self._by_number(request.path.removeprefix(API).removeprefix("/api"))
        known = False
        for method, pattern, answer in ROUTES:
            found = re.fullmatch(pattern, path)
            if found is None:
                continue
            known = True
            if method == request.method:
                call = Call(self, request, found, account)
                return self._of_repository(call, answer) if "owner" in found.groupdict() else _or_none(answer(call))
        return refuse(405, "Method Not Allowed") if known and request.method != "GET" else refuse(404, "Not Found")

    def _by_number(self, path: str) -> str:
        """``/repositories/ID/...`` is the same as ``/repos/OWNER/NAME/...``."""
        found = re.match(r"/repositories/(\d+)", path)
        for repository in self.repositories.values():
            if found and repository.id == int(found[1]):
                return f"/repos/{repository.full_name}{path[found.end() :]}"
        return path

    def _of_repository(self, call: Call, answer: Callable[[Call], Reply | None]) -> Reply:
        name = f"{call.name('owner')}/{call.name('name')}".lower()
        repository = self.repositories.get(name)
        if repository is None and name in self.renamed:
            return self._moved(call.request, name)
        if repository is None or self.role(repository, call.login) == "none":
            return refuse(404, "Not Found")
        call = Call(self, call.request, call.found, call.account, repository)
        return self._forbid(call) or _or_none(answer(call))

    def _moved(self, request: Request, name: str) -> Reply:
        """Reading is sent on by 301, writing by 307."""
        rest = request.path[len(f"{API}/repos/{name}") :]
        query = f"?{request.raw_query}" if request.raw_query else ""
        address = f"{self.api_url}/repositories/{self.renamed[name].id}{rest}{query}"
        status = 301 if request.method == "GET" else 307
        document = {"message": "Moved Permanently", "url": address, "documentation_url": "https://docs.github.com/rest"}
        return json_reply(document, status, Location=address)

    def _forbid(self, call: Call) -> Reply | None:
        """Why somebody may not write here at all."""
        if call.request.method not in _WRITING:
            return None
        if call.account is None:
            return refuse(401, "Requires authentication")
        scopes = call.account.scopes
        if scopes is None and not call.may("write"):
            return refuse(403, "Resource not accessible by personal access token")
        if scopes is not None and "repo" not in scopes and (call.repository.private or "public_repo" not in scopes):
            return refuse(404, "Not Found")
        if call.repository.archived and not call.request.path.endswith("/forks"):
            return refuse(403, "Repository was archived so is read-only.")
        return None


def _or_none(answer: Reply | None) -> Reply:
    return answer or refuse(404, "Not Found")


def _with(answer: Reply, headers: dict[str, str]) -> Reply:
    return Reply(answer.status, answer.body, answer.headers | headers)


def _tagged(answer: Reply, request: Request) -> Reply:
    """With an ETag; 304 for who has the same already."""
    if request.method != "GET" or answer.status != 200:
        return answer
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
    if tag in request.headers.get("If-None-Match", ""):
        return Reply(304, b"", {"ETag": tag})
    return _with(answer, {"ETag": tag})
