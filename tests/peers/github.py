"""A stand-in for GitHub: its REST API under ``/api/v3`` and its web pages, over real bare repositories.

What it answers is worked out by git from the commits that are there, so that a pull request's diff, its commits and its
merge base are real. It is strict: a bad token is 401, a private repository 404 for strangers, unknown numbers 404. The
fields are those that GitHub's own description (api.github.com.json) calls required for what is asked here.

Only reading is here; whoever needs writing adds to :data:`ROUTES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from peers.github_fields import PULL, REPOSITORY, USER, filled
from peers.loopback import Peer, Reply, Request, json_reply, page
from workbench import git, git_text

API = "/api/v3"
_MEDIA = re.compile(r"application/vnd\.github\.(?:v3\.)?(diff|patch)")
_PER_PAGE = 30


@dataclass
class Pull:
    """A pull request between two branches, of one repository or of two."""

    number: int
    title: str
    body: str | None
    base: str
    head: str
    head_repository: Repository
    user: str = "mika"
    state: str = "open"


@dataclass
class Repository:
    """A bare repository with its pull requests."""

    owner: str
    name: str
    directory: Path
    private: bool = False
    default_branch: str = "main"
    pulls: dict[int, Pull] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner}/{self.name}"

    def commit(
        self,
        branch: str,
        files: dict[str, bytes | None],
        message: str,
        *,
        author: str = "Mika Lind <mika@vendor.example>",
        parents: tuple[str, ...] | None = None,
    ) -> str:
        """A commit on a branch (made where it is not there) with these files changed, None taking one away."""
        below = parents if parents is not None else self._tip(branch)
        git(self.directory, "read-tree", *(below[:1] or ["--empty"]))
        for path, content in files.items():
            if content is None:
                git(self.directory, "update-index", "--force-remove", "--", path)
            else:
                blob = git(self.directory, "hash-object", "-w", "--stdin", stdin=content).decode().strip()
                git(self.directory, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        tree = git_text(self.directory, "write-tree")
        who = f"{author} 1757671872 +0200"
        lines = [f"tree {tree}", *(f"parent {p}" for p in below), f"author {who}", f"committer {who}", "", message, ""]
        commit = git(self.directory, "hash-object", "-t", "commit", "-w", "--stdin", stdin="\n".join(lines).encode())
        sha = commit.decode().strip()
        git(self.directory, "update-ref", f"refs/heads/{branch}", sha)
        return sha

    def branch(self, name: str, at: str) -> None:
        """A new branch."""
        git(self.directory, "update-ref", f"refs/heads/{name}", git_text(self.directory, "rev-parse", at))

    def open_pull(
        self, head: str, title: str, body: str | None = None, *, base: str = "main", fork: Any = None
    ) -> Pull:
        """A pull request of a branch here, or in a fork, whose commits are fetched as GitHub does."""
        source = fork or self
        number = len(self.pulls) + 1
        git(self.directory, "fetch", "--quiet", str(source.directory), f"{head}:refs/pull/{number}/head")
        self.pulls[number] = Pull(number, title, body, base, head, source)
        return self.pulls[number]

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, hash or ``owner:branch`` means."""
        found = git(self.directory, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
        return found.decode().strip() or None

    def _tip(self, branch: str) -> tuple[str, ...]:
        tip = self.resolve(f"refs/heads/{branch}")
        return (tip,) if tip else ()


class GitHub(Peer):
    """The service. ``tokens`` are those that it knows; without any a request is a stranger's."""

    def __init__(self, folder: Path, *, tokens: tuple[str, ...] = ("good-token",)) -> None:
        super().__init__()
        self.folder, self.tokens = folder, tokens
        self.repositories: dict[str, Repository] = {}

    @property
    def api_url(self) -> str:
        """The base of the API, for ``github.api_url``."""
        return f"{self.url}{API}"

    def add(self, full_name: str, *, private: bool = False) -> Repository:
        """A new, empty repository."""
        owner, name = full_name.split("/")
        directory = self.folder / owner / f"{name}.git"
        directory.mkdir(parents=True)
        git(directory, "init", "--quiet", "--bare", "--initial-branch=main")
        self.repositories[full_name.lower()] = Repository(owner, name, directory, private)
        return self.repositories[full_name.lower()]

    def reply(self, request: Request) -> Reply:
        """What GitHub would answer."""
        given = request.headers.get("Authorization", "").partition(" ")[2]
        if given and given not in self.tokens:
            return _error(401, "Bad credentials")
        if not request.path.startswith(API):
            return page("GitHub", 404)
        for pattern, answer in ROUTES:
            found = re.fullmatch(API + pattern, request.path)
            if found:
                repository = self.repositories.get(f"{found['owner']}/{found['name']}".lower())
                if repository is None or (repository.private and not given):
                    return _error(404, "Not Found")
                return answer(self, repository, found, request) or _error(404, "Not Found")
        return _error(404, "Not Found")

    # What things look like

    def user(self, login: str) -> dict[str, Any]:
        """A "simple user"."""
        url = f"{self.api_url}/users/{login}"
        given = {"login": login, "id": 1, "type": "User", "url": url, "site_admin": False, "gravatar_id": ""}
        return filled(USER, url) | given | {"html_url": f"{self.url}/{login}"}

    def repository(self, repository: Repository) -> dict[str, Any]:
        """A "full repository"."""
        url = f"{self.api_url}/repos/{repository.full_name}"
        page_url = f"{self.url}/{repository.full_name}"
        return filled(REPOSITORY, url) | {
            "id": 1,
            "name": repository.name,
            "full_name": repository.full_name,
            "owner": self.user(repository.owner),
            "private": repository.private,
            "html_url": page_url,
            "url": url,
            "clone_url": f"{page_url}.git",
            "default_branch": repository.default_branch,
            "fork": False,
        }

    def commit(self, repository: Repository, sha: str) -> dict[str, Any]:
        """A "commit"."""
        form = "%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
        shown = git_text(repository.directory, "show", "-s", f"--format={form}", sha)
        tree, parents, *people, message = shown.split("\0")
        url = f"{self.api_url}/repos/{repository.full_name}"
        author, committer = (
            {
                "name": name,
                "email": email,
                "date": f"{datetime.fromtimestamp(int(at), timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
            }
            for name, email, at in (people[:3], people[3:])
        )
        return {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": f"{url}/commits/{sha}",
            "html_url": f"{self.url}/{repository.full_name}/commit/{sha}",
            "comments_url": f"{url}/commits/{sha}/comments",
            "commit": {
                "message": message.rstrip("\n"),
                "author": author,
                "committer": committer,
                "tree": {"sha": tree, "url": f"{url}/git/trees/{tree}"},
                "url": f"{url}/git/commits/{sha}",
                "comment_count": 0,
            },
            "author": None,
            "committer": None,
            "parents": [{"sha": p, "url": f"{url}/commits/{p}"} for p in parents.split()],
        }

    def pull(self, repository: Repository, pull: Pull) -> dict[str, Any]:
        """A "pull request"."""
        head, base = self.ends(repository, pull)
        repository_url = f"{self.api_url}/repos/{repository.full_name}"
        url, issue = f"{repository_url}/pulls/{pull.number}", f"{repository_url}/issues/{pull.number}"
        page_url = f"{self.url}/{repository.full_name}/pull/{pull.number}"
        numstat = git_text(repository.directory, "diff", "--numstat", f"{base}...{head}").splitlines()
        return filled(PULL, url) | {
            "id": pull.number,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "state": pull.state,
            "user": self.user(pull.user),
            "url": url,
            "html_url": page_url,
            "diff_url": f"{page_url}.diff",
            "patch_url": f"{page_url}.patch",
            "issue_url": issue,
            "comments_url": f"{issue}/comments",
            "head": self._end(pull.head_repository, pull.head, head),
            "base": self._end(repository, pull.base, base),
            "commits": int(git_text(repository.directory, "rev-list", "--count", f"{base}..{head}")),
            "changed_files": len(numstat),
            "merged": False,
            "mergeable": True,
            "draft": False,
            "labels": [],
        }

    def ends(self, repository: Repository, pull: Pull) -> tuple[str, str]:
        """The commits at the head and the base of a pull request."""
        head, base = repository.resolve(f"refs/pull/{pull.number}/head"), repository.resolve(pull.base)
        assert head
        assert base
        return head, base

    def _end(self, repository: Repository, ref: str, sha: str) -> dict[str, Any]:
        return {
            "label": f"{repository.owner}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(repository.owner),
            "repo": self.repository(repository),
        }


def _error(status: int, message: str) -> Reply:
    return json_reply(
        {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}, status
    )


def _media(request: Request) -> str | None:
    found = _MEDIA.search(request.headers.get("Accept", ""))
    return found[1] if found else None


def _raw(repository: Repository, base: str, head: str, form: str) -> Reply:
    """As GitHub's own: a diff names binary files only, mails hold them; merges have no mail."""
    if form == "diff":
        body = git(repository.directory, "diff", "-M", f"{base}...{head}")
    else:
        body = git(repository.directory, "format-patch", "--stdout", "--binary", f"{base}..{head}")
    return Reply(200, body, {"Content-Type": f"application/vnd.github.{form}; charset=utf-8"})


def _repository(peer: GitHub, repository: Repository, _found: re.Match[str], _request: Request) -> Reply:
    return json_reply(peer.repository(repository))


def _pulls(peer: GitHub, repository: Repository, _found: re.Match[str], request: Request) -> Reply:
    state, head = request.query.get("state", "open"), request.query.get("head")
    found = [
        peer.pull(repository, pull)
        for pull in repository.pulls.values()
        if state in ("all", pull.state) and head in (None, f"{pull.head_repository.owner}:{pull.head}")
    ]
    return _paged(peer, found, request)


def _pull(peer: GitHub, repository: Repository, found: re.Match[str], request: Request) -> Reply | None:
    pull = repository.pulls.get(int(found["number"]))
    if pull is None:
        return None
    head, base = peer.ends(repository, pull)
    form = _media(request)
    return _raw(repository, base, head, form) if form else json_reply(peer.pull(repository, pull))


def _pull_commits(peer: GitHub, repository: Repository, found: re.Match[str], request: Request) -> Reply | None:
    pull = repository.pulls.get(int(found["number"]))
    if pull is None:
        return None
    head, base = peer.ends(repository, pull)
    return _paged(peer, _commits(peer, repository, base, head), request)


def _commit(peer: GitHub, repository: Repository, found: re.Match[str], request: Request) -> Reply:
    sha = repository.resolve(unquote(found["sha"]))
    if sha is None:
        return _error(422, f"No commit found for SHA: {found['sha']}")
    form = _media(request)
    return _raw(repository, f"{sha}^", sha, form) if form else json_reply(peer.commit(repository, sha))


def _compare(peer: GitHub, repository: Repository, found: re.Match[str], request: Request) -> Reply | None:
    base, dots, head = unquote(found["ends"]).partition("...")
    one, other = (repository.resolve(end) for end in (base, head))
    if not dots or one is None or other is None:
        return None
    form = _media(request)
    if form:
        return _raw(repository, one, other, form)
    commits = _commits(peer, repository, one, other)
    page_url = f"{peer.url}/{repository.full_name}/compare/{base}...{head}"
    merge_base = git_text(repository.directory, "merge-base", one, other)
    return json_reply(
        {
            "url": f"{peer.url}{request.path}",
            "html_url": page_url,
            "permalink_url": page_url,
            "diff_url": f"{page_url}.diff",
            "patch_url": f"{page_url}.patch",
            "status": "ahead" if merge_base == one else "diverged",
            "ahead_by": len(commits),
            "behind_by": int(git_text(repository.directory, "rev-list", "--count", f"{other}..{one}")),
            "total_commits": len(commits),
            "base_commit": peer.commit(repository, one),
            "merge_base_commit": peer.commit(repository, merge_base),
            "commits": commits,
            "files": [],
        }
    )


def _branch(peer: GitHub, repository: Repository, found: re.Match[str], request: Request) -> Reply | None:
    sha = repository.resolve(f"refs/heads/{unquote(found['branch'])}")
    if sha is None:
        return _error(404, "Branch not found")
    url = f"{peer.url}{request.path}"
    return json_reply(
        {
            "name": unquote(found["branch"]),
            "commit": peer.commit(repository, sha),
            "_links": {"html": f"{peer.url}/{repository.full_name}/tree/{found['branch']}", "self": url},
            "protected": False,
            "protection": {"enabled": False},
            "protection_url": f"{url}/protection",
        }
    )


def _commits(peer: GitHub, repository: Repository, base: str, head: str) -> list[dict[str, Any]]:
    shas = git_text(repository.directory, "rev-list", "--reverse", f"{base}..{head}").split()
    return [peer.commit(repository, sha) for sha in shas]


def _paged(peer: GitHub, rows: list[dict[str, Any]], request: Request) -> Reply:
    size, number = int(request.query.get("per_page", _PER_PAGE)), int(request.query.get("page", 1))
    headers = {}
    if number * size < len(rows):
        headers["Link"] = f'<{peer.url}{request.path}?per_page={size}&page={number + 1}>; rel="next"'
    return json_reply(rows[(number - 1) * size : number * size], **headers)


Answer = Callable[[GitHub, Repository, "re.Match[str]", Request], "Reply | None"]
_REPOSITORY = r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)"
ROUTES: tuple[tuple[str, Answer], ...] = (
    (_REPOSITORY, _repository),
    (_REPOSITORY + r"/pulls", _pulls),
    (_REPOSITORY + r"/pulls/(?P<number>\d+)", _pull),
    (_REPOSITORY + r"/pulls/(?P<number>\d+)/commits", _pull_commits),
    (_REPOSITORY + r"/commits/(?P<sha>[^/]+)", _commit),
    (_REPOSITORY + r"/compare/(?P<ends>.+)", _compare),
    (_REPOSITORY + r"/branches/(?P<branch>.+)", _branch),
)
