"""Repositories, forks, branches, files, releases and people, as the stand-in for GitHub answers."""

from __future__ import annotations

from typing import Any

from peers.github_fields import filled
from peers.github_routes import REPOSITORY, Call, paged, refuse, route
from peers.github_store import Repository
from peers.loopback import Reply, json_reply
from workbench import git, git_text

_EMPTY = "The repository exists, but it contains no Git content. Empty repositories cannot be forked."
_NAMES = "--format=%(refname:lstrip=2) %(objectname)"


@route("GET", "/user")
def whoami(call: Call) -> Reply:
    """Whose token it is."""
    if call.account is None:
        return refuse(401, "Requires authentication")
    return json_reply(filled("private-user", call.peer.api_url) | call.peer.user(call.login))


@route("GET", "/rate_limit")
def rate_limit(call: Call) -> Reply:
    """The quotas."""
    rate = {"limit": 5000, "remaining": call.peer.left["core"], "reset": 1790000000, "used": 0}
    search = {"limit": 30, "remaining": call.peer.left["search"], "reset": 1790000000, "used": 0}
    return json_reply({"resources": {"core": rate, "search": search}, "rate": rate})


@route("GET", REPOSITORY)
def get_repository(call: Call) -> Reply:
    """The repository; with what who asks may do there."""
    document = call.peer.repository(call.repository)
    if call.account:
        roles = {"pull": "read", "triage": "triage", "push": "write", "maintain": "admin", "admin": "admin"}
        document["permissions"] = {name: call.may(role) for name, role in roles.items()}
    return json_reply(document)


@route("GET", REPOSITORY + r"/forks")
def list_forks(call: Call) -> Reply:
    """The newest first."""
    forks = [other for other in call.peer.repositories.values() if other.parent is call.repository]
    return paged(call, [call.peer.minimal(fork) for fork in reversed(forks)])


@route("POST", REPOSITORY + r"/forks")
def fork(call: Call) -> Reply:
    """A copy of it: the one that is there already, or a new one under a name that is free."""
    peer, source, sent = call.peer, call.repository, call.sent
    owner = sent.get("organization") or call.login
    if owner != call.login and call.login not in peer.organizations.get(owner, ()):
        return refuse(403, f"You do not have permission to create repositories in {owner}.")
    if not source.allow_forking:
        return refuse(403, "The repository exists, but forking is disabled.")
    if source.resolve(f"refs/heads/{source.default_branch}") is None:
        return refuse(403, _EMPTY)
    if owner == source.owner:
        return refuse(403, "You cannot fork your own repository.")
    for other in peer.repositories.values():
        if other.owner == owner and other.parent is source:
            return json_reply(peer.repository(other), 202)
    return json_reply(peer.repository(_make_fork(call, owner, sent)), 202)


def _make_fork(call: Call, owner: str, sent: dict[str, Any]) -> Repository:
    source, wanted = call.repository, sent.get("name") or call.repository.name
    name, count = wanted, 0
    while f"{owner}/{name}".lower() in call.peer.repositories:
        count += 1
        name = f"{wanted}-{count}"
    made = call.peer.add(f"{owner}/{name}", private=source.private)
    branches = source.default_branch if sent.get("default_branch_only") else "*"
    refs = [f"refs/heads/{branches}:refs/heads/{branches}", "refs/tags/*:refs/tags/*"]
    git(made.directory, "fetch", "--quiet", str(source.directory), *refs)
    git(made.directory, "symbolic-ref", "HEAD", f"refs/heads/{source.default_branch}")
    made.parent, made.default_branch, made.has_issues = source, source.default_branch, False
    made.unready = call.peer.slow_forks
    return made


# Branches, tags, releases


@route("GET", REPOSITORY + r"/branches")
def list_branches(call: Call) -> Reply:
    """All branches."""
    rows = git_text(call.repository.directory, "for-each-ref", _NAMES, "refs/heads")
    url, found = f"{call.peer.api_url}/repos/{call.repository.full_name}/commits", []
    for row in rows.splitlines():
        name, sha = row.split()
        found.append({"name": name, "commit": {"sha": sha, "url": f"{url}/{sha}"}, "protected": False})
    return paged(call, found)


@route("GET", REPOSITORY + r"/branches/(?P<branch>.+)")
def get_branch(call: Call) -> Reply:
    """One branch; of a new fork it is not there at once."""
    sha = call.repository.resolve(f"refs/heads/{call.name('branch')}")
    if call.repository.unready:
        call.repository.unready -= 1
        sha = None
    if sha is None:
        return refuse(404, "Branch not found")
    url = f"{call.peer.url}{call.request.path}"
    document = {
        "name": call.name("branch"),
        "commit": call.peer.commit(call.repository, sha),
        "_links": {"html": f"{call.peer.url}/{call.repository.full_name}/tree/{call.found['branch']}", "self": url},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }
    return json_reply(document)


@route("GET", REPOSITORY + r"/tags")
def tags(call: Call) -> Reply:
    """The tags, the highest first as GitHub sorts them: by name, backwards."""
    directory, url = call.repository.directory, f"{call.peer.api_url}/repos/{call.repository.full_name}"
    found = []
    for row in git_text(directory, "for-each-ref", "--sort=-refname", _NAMES, "refs/tags").splitlines():
        name = row.split()[0]
        sha = git_text(directory, "rev-parse", f"refs/tags/{name}^{{commit}}")
        commit = {"sha": sha, "url": f"{url}/commits/{sha}"}
        found.append(filled("tag", f"{url}/tags/{name}") | {"name": name, "commit": commit})
    return paged(call, found)


@route("GET", REPOSITORY + r"/releases")
def releases(call: Call) -> Reply:
    """The newest first."""
    return paged(call, [call.peer.release(call.repository, row) for row in call.repository.releases])


@route("GET", REPOSITORY + r"/releases/latest")
def latest_release(call: Call) -> Reply | None:
    """The newest that is no pre-release."""
    rows = [row for row in call.repository.releases if not row["prerelease"]]
    return json_reply(call.peer.release(call.repository, rows[0])) if rows else None


# Files


def _entries(call: Call, *args: str) -> list[tuple[str, str, str, str]]:
    """Mode, kind, hash and path of what lies in a tree."""
    listed = git(call.repository.directory, "ls-tree", "-z", *args, check=False).decode()
    rows = [row.partition("\t") for row in listed.split("\0") if row]
    return [(*head.split()[:3], path) for head, _tab, path in rows]


@route("GET", REPOSITORY + r"/contents/?(?P<path>.*)")
def contents(call: Call) -> Reply | None:
    """A file, or the list of a folder."""
    path = call.name("path").strip("/")
    commit = call.repository.resolve(call.request.query.get("ref", f"refs/heads/{call.repository.default_branch}"))
    if commit is None:
        return None
    rows = _entries(call, commit, path) if path else []
    if rows and rows[0][1] == "blob":
        return json_reply(call.peer.content(call.repository, path, rows[0][2]))
    listed = _entries(call, f"{commit}:{path}")
    if not listed:
        return None
    return json_reply([_listed(call, f"{path}/{name}".strip("/"), kind, sha) for _mode, kind, sha, name in listed])


def _listed(call: Call, path: str, kind: str, sha: str) -> dict[str, Any]:
    if kind == "blob":
        document = call.peer.content(call.repository, path, sha)
        return {name: value for name, value in document.items() if name not in ("content", "encoding")}
    url = f"{call.peer.api_url}/repos/{call.repository.full_name}/contents/{path}"
    given = {"type": "dir", "size": 0, "name": path.rpartition("/")[2], "path": path, "sha": sha, "url": url}
    return filled("content-file", url) | given


@route("GET", REPOSITORY + r"/git/trees/(?P<sha>.+)")
def tree(call: Call) -> Reply | None:
    """A tree, with ``recursive`` the whole of it."""
    found = git(
        call.repository.directory, "rev-parse", "--quiet", "--verify", f"{call.name('sha')}^{{tree}}", check=False
    )
    sha = found.decode().strip()
    if not sha:
        return None
    recursive = ("-r", "-t") if "recursive" in call.request.query else ()
    rows = [
        {"path": path, "mode": mode, "type": kind, "sha": sha_, "url": f"{call.peer.url}/blobs/{sha_}"}
        for mode, kind, sha_, path in _entries(call, *recursive, sha)
    ]
    return json_reply({"sha": sha, "url": f"{call.peer.url}{call.request.path}", "truncated": False, "tree": rows})


@route("GET", REPOSITORY + r"/private-vulnerability-reporting")
def private_reporting(call: Call) -> Reply:
    """Whether a weakness may be told in private."""
    return json_reply({"enabled": call.repository.private_reporting})
