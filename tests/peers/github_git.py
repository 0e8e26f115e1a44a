"""Git over HTTP as the stand-in for GitHub serves it: ``/OWNER/NAME.git``, the token as the password."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from peers.github_store import Repository
from peers.loopback import Reply, Request
from workbench import git

if TYPE_CHECKING:
    from peers.github import GitHub

_PATH = re.compile(r"/(?P<name>[^/]+/[^/]+?)(?:\.git)?(?P<rest>/info/refs|/git-upload-pack|/git-receive-pack)")


def serve_git(peer: GitHub, request: Request) -> Reply | None:
    """What git is answered; None where it was not git that asked."""
    found = _PATH.fullmatch(request.path)
    if found is None:
        return None
    pushing = "git-receive-pack" in (found["rest"] + request.query.get("service", ""))
    moved = peer.renamed.get(found["name"].lower())
    if moved:
        query = f"?{request.raw_query}" if request.raw_query else ""
        return Reply(301, b"", {"Location": f"{peer.url}/{moved.full_name}.git{found['rest']}{query}"})
    repository = peer.repositories.get(found["name"].lower())
    refusal = _refuse(peer, repository, request, pushing=pushing)
    if refusal or repository is None:
        return refusal
    reply = _backend(repository, request, found["rest"])
    if pushing and request.method == "POST":
        with peer.lock:
            _follow(peer, repository)
    return reply


def _refuse(peer: GitHub, repository: Repository | None, request: Request, *, pushing: bool) -> Reply | None:
    """GitHub asks strangers for a password before it says that something is not there."""
    given = request.headers.get("Authorization", "")
    account = peer.whose(given) if given else None
    login = account.login if account else ""
    ask = Reply(401, b"Repository not found.", {"WWW-Authenticate": 'Basic realm="GitHub"'})
    if given and account is None:
        return Reply(401, b"Invalid username or token.", {"WWW-Authenticate": 'Basic realm="GitHub"'})
    if repository is None or peer.role(repository, login) == "none":
        return Reply(404, b"Repository not found.") if login else ask
    if repository.unready:
        return Reply(404, b"Repository not found.")
    if not pushing:
        return None
    if account is None:
        return ask
    denied = f"Permission to {repository.full_name}.git denied to {login}.".encode()
    may = peer.role(repository, login) in ("write", "admin")
    scoped = account.scopes is None or {"repo", "public_repo"} & set(account.scopes)
    if not may or not scoped:
        return Reply(403, denied)
    if repository.archived:
        return Reply(403, b"This repository was archived so it is read-only.")
    return None


def _backend(repository: Repository, request: Request, rest: str) -> Reply:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(repository.directory),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REQUEST_METHOD": request.method,
        "PATH_INFO": rest,
        "QUERY_STRING": request.raw_query,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "REMOTE_USER": "somebody",
    }
    done = subprocess.run(["git", "http-backend"], env=env, input=request.body, capture_output=True, check=True)
    head, _blank, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return Reply(int(headers.pop("Status", "200").split()[0]), content, headers)


def _follow(peer: GitHub, pushed: Repository) -> None:
    """Let the open pull requests of the branches that moved follow them."""
    for repository in peer.repositories.values():
        for pull in repository.pulls.values():
            tip = pushed.resolve(f"refs/heads/{pull.head}") if pull.head_repository is pushed else None
            if tip and pull.state == "open" and tip != repository.ends(pull)[0]:
                source = f"+refs/heads/{pull.head}:refs/pull/{pull.number}/head"
                git(repository.directory, "fetch", "--quiet", str(pushed.directory), source)
                pull.updated = repository.clock()
