"""Read changes from GitHub: pull requests, commits and comparisons, with who made them and why.

What is said of a change comes through PyGithub, the change itself as bytes: PyGithub takes every answer for text, which
a file in another encoding than UTF-8 does not survive. Endpoints and media types: https://docs.github.com/en/rest/pulls
and https://docs.github.com/en/rest/commits ("custom media types").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import requests
from github import Auth, BadAttributeException, Github, GithubException
from github.Commit import Commit
from github.Repository import Repository

from plugwatch import __version__
from plugwatch.errors import InputError, UnknownError
from plugwatch.model.patches.letter import Letter, author_of, plain, tidy_reason
from plugwatch.model.patches.source import GitHubChange
from plugwatch.upstream.github_access import LARGEST, LONGEST, TIMEOUT, GitHubAccess, is_quota, lower, wanted_pause
from plugwatch.web import Failure, find_failure, in_time, open_url, read_pieces, retry

_MOST_COMMITS = 250  # GitHub lists no more of a pull request
_WITHOUT_CONTENT = re.compile(rb"^Binary files .+ differ\r?$", re.MULTILINE)
_KINDS = {"pull": "pull request", "commit": "commit", "compare": "comparison"}
_T = TypeVar("_T")


class GitHub(GitHubAccess):
    """GitHub's API, or that of a GitHub of one's own, or a test server; it is only read."""

    def __init__(self, api_url: str, *, pause: float = 0.25) -> None:
        """``pause`` is the rest between two requests, in seconds. Raises ConfigError for what is no safe address."""
        super().__init__(api_url, pause=pause)
        self._github = Github(
            base_url=self._api,
            auth=Auth.Token(self._token) if self._token else None,
            timeout=int(TIMEOUT[1]),
            retry=None,  # its own waits until a quota is given back, which may take an hour
            seconds_between_requests=pause,
            user_agent=f"plugwatch/{__version__}",
        )

    def letters(self, change: GitHubChange, *, split: bool) -> list[Letter]:
        """A change as one patch or, with ``split``, as one for each of its commits, in order.

        Raises InputError where it is not there or cannot be taken, ConfigError for a bad token, UnknownError where
        GitHub cannot be asked or its quota is used up.
        """
        about = f"{_KINDS[change.kind]} {change.name} of {change.owner}/{change.repository}"
        try:
            return in_time(lambda: self._letters(change, about, split=split), LONGEST)
        except TimeoutError as error:
            raise UnknownError(
                f"{self._host} answers too slowly; try again later, or save {change.url}.diff"
            ) from error

    def _letters(self, change: GitHubChange, about: str, *, split: bool) -> list[Letter]:
        repository = self._ask(lambda: self._repository(change), about)
        read = {"pull": self._pull, "commit": self._commit, "compare": self._comparison}[change.kind]
        whole, commits = self._ask(lambda: read(repository, change), about)
        merges = [commit for commit in commits if len(commit.parents) > 1]
        if not split:
            return [self._with_diff(whole, _endpoint(repository, change), about, alike=not merges)]
        if merges:
            raise InputError(
                f"{about} has a merge ({merges[0].sha[:10]}) among its commits; take it whole, without --split"
            )
        if len(commits) >= _MOST_COMMITS:
            raise InputError(f"{about} has too many commits for --split; take it whole")
        return [self._of_commit(repository, change, commit) for commit in commits]

    def _repository(self, change: GitHubChange) -> Repository:
        """The repository, which may have another name by now."""
        repository = self._github.get_repo(f"{change.owner}/{change.repository}")
        answer: object = repository.raw_data  # PyGithub makes up what an answer lacks
        if not isinstance(answer, dict) or "full_name" not in answer or repository.full_name.count("/") != 1:
            raise ValueError(repository.url)
        return repository

    def _pull(self, repository: Repository, change: GitHubChange) -> tuple[Letter, Sequence[Commit]]:
        pull = repository.get_pull(int(change.name))
        commits = list(pull.get_commits())
        return _signed(Letter(b"", _title(pull.title), tidy_reason(pull.body), source=change.url), commits), commits

    def _commit(self, repository: Repository, change: GitHubChange) -> tuple[Letter, Sequence[Commit]]:
        commit = repository.get_commit(change.name)
        return _described(commit, change.url), [commit]

    def _comparison(self, repository: Repository, change: GitHubChange) -> tuple[Letter, Sequence[Commit]]:
        base, dots, head = change.name.partition("...")
        compared = repository.compare(*((base, head) if dots else (repository.default_branch, base)))
        commits = list(compared.commits)
        if len(commits) == 1:
            return _described(commits[0], change.url), commits
        return _signed(Letter(b"", source=change.url), commits), commits

    def _of_commit(self, repository: Repository, change: GitHubChange, commit: Commit) -> Letter:
        one = GitHubChange("commit", change.site, change.owner, change.repository, commit.sha)
        about = f"commit {commit.sha[:10]} of {change.owner}/{change.repository}"
        return self._with_diff(_described(commit, one.url), _endpoint(repository, one), about, alike=True)

    def _with_diff(self, letter: Letter, endpoint: str, about: str, *, alike: bool) -> Letter:
        """The letter with its diff; where that lacks the content of binary files, the mails of the same commits."""
        diff = self._read(endpoint, "diff", about)
        if alike and _WITHOUT_CONTENT.search(diff):
            diff = self._read(endpoint, "patch", about)
        return Letter(diff, letter.title, letter.why, letter.author, letter.date, letter.source)

    # Requests

    def _read(self, endpoint: str, form: str, about: str) -> bytes:
        got = retry(lambda: self._attempt(endpoint, form, about))
        if isinstance(got, Failure):
            raise UnknownError(f"{about} could not be read from {self._host} ({got.reason}); try again later")
        return got

    def _attempt(self, endpoint: str, form: str, about: str) -> bytes | Failure:
        headers = self._headers | {"Accept": f"application/vnd.github.{form}"}
        try:
            # No redirect is followed: the token is for this host, and the repository's own name was asked for.
            with open_url(self._api + endpoint, self._host, timeout=TIMEOUT, follow=False, headers=headers) as answer:
                headers = lower(answer.headers)
                failure = find_failure(answer)
                if failure and not is_quota(answer.status_code, headers, ""):
                    return failure
                body = b"".join(read_pieces(answer, about, LARGEST))
                if answer.status_code != requests.codes.ok:
                    raise self._complaint(answer.status_code, headers, body.decode("utf-8", "replace"), about)
                return body
        except requests.RequestException as error:
            return Failure(type(error).__name__)

    def _ask(self, question: Callable[[], _T], about: str) -> _T:
        got = retry(lambda: self._attempt_to_ask(question, about))
        if isinstance(got, Failure):
            raise UnknownError(f"{about} could not be read from {self._host} ({got.reason}); try again later")
        return got

    def _attempt_to_ask(self, question: Callable[[], _T], about: str) -> _T | Failure:
        try:
            return question()
        except GithubException as error:
            headers = lower(error.headers or {})
            message = str(error.data.get("message", "")) if isinstance(error.data, dict) else ""
            if error.status >= 500:
                return Failure(f"the server answers {error.status}", wanted_pause(headers))
            raise self._complaint(error.status, headers, message, about) from error
        except requests.RequestException as error:
            return Failure(type(error).__name__)
        except (BadAttributeException, ValueError, TypeError, AttributeError, KeyError, RuntimeError) as error:
            raise self.strange(about) from error
        except AssertionError as error:  # PyGithub's way to refuse an address in an answer
            raise self.strange(about) from error


def _endpoint(repository: Repository, change: GitHubChange) -> str:
    name = (
        change.name
        if "..." in change.name or change.kind != "compare"
        else f"{repository.default_branch}...{change.name}"
    )
    place = {"pull": "pulls", "commit": "commits", "compare": "compare"}[change.kind]
    return f"/repos/{quote(repository.full_name)}/{place}/{quote(name, safe=':.')}"


def _title(text: str | None) -> str | None:
    return " ".join(plain(text or "").split()) or None


def _described(commit: Commit, url: str) -> Letter:
    """A commit's own message, author and date."""
    title, _newline, why = (commit.commit.message or "").replace("\r\n", "\n").partition("\n")
    return _signed(Letter(b"", _title(title), tidy_reason(why), source=url), [commit])


def _signed(letter: Letter, commits: Sequence[Commit]) -> Letter:
    """The letter with the author of the first commit, the date of the last, and whoever else had a hand in it."""
    people = [author_of(commit.commit.author.name, commit.commit.author.email) for commit in commits]
    authors = list(dict.fromkeys(person for person in people if person))
    others = "\n".join(f"Co-authored-by: {person}" for person in authors[1:])
    why = "\n\n".join(part for part in (letter.why, others) if part) or None
    dates: list[datetime] = [commit.commit.author.date for commit in commits]
    date = f"{int(dates[-1].timestamp())} +0000" if dates else None
    return Letter(letter.diff, letter.title, why, authors[0] if authors else None, date, letter.source)
