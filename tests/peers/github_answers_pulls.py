"""Pull requests and commits, as the stand-in for GitHub answers."""

from __future__ import annotations

import re
from typing import Any

from peers.github_routes import REPOSITORY, Call, invalid, paged, refuse, route
from peers.github_store import Pull, Repository
from peers.loopback import Reply, Request, json_reply
from workbench import git, git_text

_MEDIA = re.compile(r"application/vnd\.github\.(?:v3\.)?(diff|patch)")
_PULL = REPOSITORY + r"/pulls/(?P<number>\d+)"
_COMMIT = REPOSITORY + r"/commits/(?P<sha>[^/]+)"
TITLE_LIMIT, BODY_LIMIT = 256, 65_536


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


def _found(call: Call) -> Pull | None:
    return call.repository.pulls.get(call.number)


@route("GET", REPOSITORY + r"/pulls")
def list_pulls(call: Call) -> Reply:
    """The newest first, or by the last change."""
    query, repository = call.request.query, call.repository
    state, head, base = query.get("state", "open"), query.get("head"), query.get("base")
    found = [
        pull
        for pull in repository.pulls.values()
        if state in ("all", pull.state)
        and (not head or (pull.head_repository and head.lower() == f"{pull.head_owner}:{pull.head}".lower()))
        and base in (None, pull.base)
    ]
    key = "updated" if query.get("sort") == "updated" else "number"
    up = query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "asc"
    found.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=not up)
    return paged(call, [call.peer.pull(repository, pull, "pull-request-simple") for pull in found])


@route("POST", REPOSITORY + r"/pulls")
def open_pull(call: Call) -> Reply:
    """A new one; 422 for all that GitHub refuses."""
    repository, sent = call.repository, call.sent
    owner, _colon, branch = sent["head"].rpartition(":")
    source = _in_network(call, owner or repository.owner)
    tip = source.resolve(f"refs/heads/{branch}") if source else None
    base = sent.get("base", "")
    bad = too_long(sent, "PullRequest")
    if bad:
        return bad
    if source is None or tip is None:
        return invalid("PullRequest", field="head", code="invalid")
    if repository.resolve(f"refs/heads/{base}") is None:
        return invalid("PullRequest", field="base", code="invalid")
    label = f"{source.owner}:{branch}"
    for pull in repository.pulls.values():
        if (pull.head_repository, pull.head, pull.base, pull.state) == (source, branch, base, "open"):
            return invalid("PullRequest", f"A pull request already exists for {label}.")
    git(repository.directory, "fetch", "--quiet", str(source.directory), f"refs/heads/{branch}")
    if not git_text(repository.directory, "rev-list", "-1", f"refs/heads/{base}..{tip}"):
        ends = (base, branch) if source is repository else (f"{repository.owner}:{base}", label)
        return invalid("PullRequest", f"No commits between {ends[0]} and {ends[1]}")
    if not git(repository.directory, "merge-base", f"refs/heads/{base}", tip, check=False):
        return invalid("PullRequest", f"The {branch} branch has no history in common with {base}")
    if sent.get("draft") and repository.private:
        return refuse(422, "Draft pull requests are not supported in this repository.")
    modify = bool(sent.get("maintainer_can_modify")) and source is not repository
    if modify and source.owner in call.peer.organizations:
        text = "fork_collab Fork collab can't be granted by someone without permission"
        return invalid("PullRequest", text, field="fork_collab")
    made = repository.open_pull(branch, sent["title"], sent.get("body"), base=base, fork=source, user=call.login)
    made.draft, made.maintainer_can_modify = bool(sent.get("draft")), modify
    document = call.peer.pull(repository, made)
    return json_reply(document, 201, Location=document["url"])


def _in_network(call: Call, owner: str) -> Repository | None:
    """The repository of that owner among the forks of this one."""
    root = call.repository.parent or call.repository
    for repository in call.peer.repositories.values():
        if repository.owner.lower() == owner.lower() and root in (repository, repository.parent):
            return repository
    return None


def too_long(sent: dict[str, Any], resource: str) -> Reply | None:
    """Why a title or body is not taken."""
    if not sent.get("title", "-").strip():
        return invalid(resource, field="title", code="missing_field")
    if len(sent.get("title", "")) > TITLE_LIMIT:
        return invalid(resource, f"title is too long (maximum is {TITLE_LIMIT} characters)", field="title")
    if len(sent.get("body") or "") > BODY_LIMIT:
        return invalid(resource, f"body is too long (maximum is {BODY_LIMIT} characters)", field="body")
    return None


@route("GET", _PULL)
def get_pull(call: Call) -> Reply | None:
    """One, as a document or as its diff or mails."""
    pull = _found(call)
    if pull is None:
        return None
    head, base = call.repository.ends(pull)
    form = _media(call.request)
    return _raw(call.repository, base, head, form) if form else json_reply(call.peer.pull(call.repository, pull))


@route("PATCH", _PULL)
def edit_pull(call: Call) -> Reply | None:
    """Title, body, state and base, by whoever opened it or may write."""
    pull, sent = _found(call), call.sent
    if pull is None:
        return None
    if pull.user != call.login and not call.may("write"):
        return refuse(403, "Must have admin rights to Repository.")
    bad = too_long(sent, "PullRequest")
    if bad:
        return bad
    call.repository.edit(pull.number, call.login, title=sent.get("title"), body=sent.get("body"))
    pull.base = sent.get("base", pull.base)
    if sent.get("state", pull.state) != pull.state:
        if pull.merged or (sent["state"] == "open" and pull.head_repository is None):
            return invalid("PullRequest", f"state cannot be changed. The {pull.head} repository has been deleted.")
        (call.repository.close if sent["state"] == "closed" else call.repository.reopen)(pull.number, call.login)
    return json_reply(call.peer.pull(call.repository, pull))


@route("GET", _PULL + r"/merge")
def is_merged(call: Call) -> Reply | None:
    """204 when it is merged."""
    pull = _found(call)
    return Reply(204) if pull and pull.merged else None


@route("PUT", _PULL + r"/merge")
def merge(call: Call) -> Reply | None:
    """Merge it, by who may write."""
    pull = _found(call)
    if pull is None:
        return None
    if not call.may("write"):
        return refuse(403, "Must have admin rights to Repository.")
    if pull.merged or pull.state != "open" or pull.draft:
        return refuse(405, "Pull Request is not mergeable")
    sha = call.repository.merge(pull, call.sent.get("merge_method", "merge"), user=call.login)
    return json_reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@route("GET", _PULL + r"/commits")
def pull_commits(call: Call) -> Reply | None:
    """Its commits, the oldest first."""
    pull = _found(call)
    if pull is None:
        return None
    head, base = call.repository.ends(pull)
    return paged(call, _commits(call, base, head))


@route("GET", _PULL + r"/files")
def pull_files(call: Call) -> Reply | None:
    """What it changes."""
    pull = _found(call)
    if pull is None:
        return None
    head, base = call.repository.ends(pull)
    return paged(call, _files(call, base, head))


@route("GET", _PULL + r"/reviews")
def reviews(call: Call) -> Reply | None:
    """Its reviews, the oldest first."""
    pull = _found(call)
    return paged(call, [call.peer.review(call.repository, pull, row) for row in pull.reviews]) if pull else None


@route("GET", _PULL + r"/comments")
def line_comments(call: Call) -> Reply | None:
    """What was said of lines."""
    pull = _found(call)
    if pull is None:
        return None
    return paged(call, [call.peer.line_comment(call.repository, pull, row) for row in pull.line_comments])


# Commits


def _commits(call: Call, base: str, head: str) -> list[dict[str, Any]]:
    shas = git_text(call.repository.directory, "rev-list", "--reverse", f"{base}..{head}").split()
    return [call.peer.commit(call.repository, sha) for sha in shas]


def _files(call: Call, base: str, head: str) -> list[dict[str, Any]]:
    directory, found = call.repository.directory, []
    words = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed"}
    for line in git_text(directory, "diff", "-M", "--name-status", f"{base}...{head}").splitlines():
        status, *paths = line.split("\t")
        numbers = git_text(directory, "diff", "-M", "--numstat", f"{base}...{head}", "--", *paths).split()
        added, removed = (int(number) if number.isdigit() else 0 for number in numbers[:2])
        patch = git(directory, "diff", "-M", f"{base}...{head}", "--", *paths).decode("utf-8", "replace")
        row: dict[str, Any] = {"sha": head, "filename": paths[-1], "status": words[status[0]]}
        row |= {"additions": added, "deletions": removed, "changes": added + removed}
        row |= {f"{kind}_url": f"{call.peer.url}/{kind}/{paths[-1]}" for kind in ("blob", "raw", "contents")}
        if "\n@@" in patch:
            row["patch"] = patch[patch.index("\n@@") + 1 :].rstrip("\n")
        found.append(row | ({"previous_filename": paths[0]} if len(paths) > 1 else {}))
    return found


@route("GET", REPOSITORY + r"/commits")
def list_commits(call: Call) -> Reply | None:
    """The history of a branch, the newest first; of one file with ``path``."""
    query, repository = call.request.query, call.repository
    tip = repository.resolve(query.get("sha", repository.default_branch))
    if tip is None:
        return None
    of = ["--", query["path"]] if "path" in query else []
    shas = git_text(repository.directory, "rev-list", tip, *of).split()
    return paged(call, [call.peer.commit(repository, sha) for sha in shas])


@route("GET", _COMMIT)
def get_commit(call: Call) -> Reply:
    """One commit, as a document or as its diff or mail."""
    sha = call.repository.resolve(call.name("sha"))
    if sha is None:
        return refuse(422, f"No commit found for SHA: {call.name('sha')}")
    form = _media(call.request)
    if form:
        return _raw(call.repository, f"{sha}^", sha, form)
    return json_reply(call.peer.commit(call.repository, sha))


@route("GET", _COMMIT + r"/check-runs")
def check_runs(call: Call) -> Reply:
    """The checks of a commit."""
    sha = call.repository.resolve(call.name("sha"))
    if sha is None:
        return refuse(422, f"No commit found for SHA: {call.name('sha')}")
    rows = [call.peer.check(call.repository, row) for row in call.repository.checks if row.commit == sha]
    return json_reply({"total_count": len(rows), "check_runs": rows})


@route("GET", _COMMIT + r"/status")
def status(call: Call) -> Reply | None:
    """What the older kind of checks says: nothing, but in the form in which GitHub says it."""
    repository, sha = call.repository, call.repository.resolve(call.name("sha"))
    if sha is None:
        return None
    url = f"{call.peer.api_url}/repos/{repository.full_name}"
    document = {"state": "pending", "statuses": [], "sha": sha, "total_count": 0, "url": f"{url}/commits/{sha}/status"}
    brief = call.peer.minimal(repository)
    return json_reply(document | {"repository": brief, "commit_url": f"{url}/commits/{sha}"})


@route("GET", REPOSITORY + r"/compare/(?P<ends>.+)")
def compare(call: Call) -> Reply | None:
    """What is on one branch and not on another."""
    repository = call.repository
    base, dots, head = call.name("ends").partition("...")
    one, other = (repository.resolve(end) for end in (base, head))
    if not dots or one is None or other is None:
        return None
    form = _media(call.request)
    if form:
        return _raw(repository, one, other, form)
    commits = _commits(call, one, other)
    behind = int(git_text(repository.directory, "rev-list", "--count", f"{other}..{one}"))
    page_url = f"{call.peer.url}/{repository.full_name}/compare/{base}...{head}"
    states = {(False, False): "identical", (True, False): "ahead", (False, True): "behind", (True, True): "diverged"}
    merge_base = git_text(repository.directory, "merge-base", one, other)
    document = {
        "url": f"{call.peer.url}{call.request.path}",
        "html_url": page_url,
        "permalink_url": page_url,
        "diff_url": f"{page_url}.diff",
        "patch_url": f"{page_url}.patch",
        "status": states[bool(commits), bool(behind)],
        "ahead_by": len(commits),
        "behind_by": behind,
        "total_commits": len(commits),
        "base_commit": call.peer.commit(repository, one),
        "merge_base_commit": call.peer.commit(repository, merge_base),
        "commits": commits,
        "files": _files(call, one, other),
    }
    return json_reply(document)
