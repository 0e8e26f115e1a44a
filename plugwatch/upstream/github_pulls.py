"""The open pull requests that a branch on GitHub is the head of."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

from github.Repository import Repository

from plugwatch.model.adoption import PullRequest
from plugwatch.upstream.github import GitHub

_REPOSITORY = re.compile(r"/?(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,99})/(?P<name>[A-Za-z0-9._-]{1,100}?)(\.git)?/?")
_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>.+)")
_MOST_PULLS = 20


class GitHubPulls(GitHub):
    """GitHub, asked for pull requests by their branch."""

    def open_from(self, repository: str, branch: str | None) -> list[PullRequest]:
        """The open pull requests of a repository's branch, in it and in the repository that it was forked from.

        Without a branch the default one is meant; what is no repository on this GitHub has none. Raises UnknownError
        where GitHub cannot be asked, InputError or ConfigError where it does not answer us.
        """
        named = self._name(repository)
        if named is None:
            return []
        about = f"the pull requests of {named}"
        return self._ask(lambda: self._read_pulls(self._github.get_repo(named), branch), about)

    def _name(self, repository: str) -> str | None:
        """``OWNER/NAME`` of a repository on this GitHub."""
        scp = None if "://" in repository else _SCP.fullmatch(repository)
        parts = urlsplit(repository)
        host, path = (scp["host"], scp["path"]) if scp else (parts.hostname or "", parts.path)
        found = _REPOSITORY.fullmatch(path)
        own = urlsplit(self._api).hostname or ""
        return f"{found['owner']}/{found['name']}" if found and host in (own, own.removeprefix("api.")) else None

    def _read_pulls(self, repository: Repository, branch: str | None) -> list[PullRequest]:
        head = f"{repository.owner.login}:{branch or repository.default_branch}"
        places = [repository, *([repository.parent] if repository.fork and repository.parent else [])]
        found = []
        for place in places:
            for pull in islice(place.get_pulls(state="open", head=head), _MOST_PULLS):
                commits = tuple(commit.sha for commit in pull.get_commits())
                found.append(PullRequest(pull.html_url, head.partition(":")[2], pull.title, commits))
        return found
