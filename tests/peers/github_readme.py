"""What the stand-in for GitHub says to whoever asks for a README (docs.github.com/en/rest/repos/contents)."""

from __future__ import annotations

import re

from peers.github_answers_repositories import contents
from peers.github_routes import REPOSITORY, Call, route
from peers.loopback import Reply, json_reply
from workbench import git

_README = re.compile(r"readme(\.md|\.txt|\.rst)?", re.IGNORECASE)
__all__ = ["contents", "readme"]


@route("GET", REPOSITORY + r"/readme")
def readme(call: Call) -> Reply | None:
    """The README at the top of the default branch."""
    tip = call.repository.resolve(f"refs/heads/{call.repository.default_branch}")
    listed = git(call.repository.directory, "ls-tree", tip, check=False).decode() if tip else ""
    for line in listed.splitlines():
        head, _tab, path = line.partition("\t")
        if _README.fullmatch(path):
            return json_reply(call.peer.content(call.repository, path, head.split()[2]))
    return None
