"""What all reading from GitHub has in common: where it is, who we are there, and what its answers mean.

Rate limits, conditional requests (a 304 costs nothing) and redirects of renamed repositories are those of
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from plugwatch.errors import ConfigError, InputError, PlugwatchError, UnknownError
from plugwatch.model.release_source import may_take_password
from plugwatch.model.roads.github_answer import TOKEN_VARIABLES, find_token, name_host
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.trackers import Bases
from plugwatch.web import LONGEST_PAUSE, AddressError, Failure, find_failure, in_time, open_url, read_pieces, retry

TIMEOUT = (10.0, 30.0)  # seconds to connect, and to hear nothing
LONGEST = 300.0  # seconds for all that one command reads
LARGEST = 16 << 20

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")
_ONE_ANSWER = 60.0  # seconds for one answer as a whole
_MOST_REDIRECTS = 3
_READ = (200, 304, 404, 410, 451)


@dataclass(frozen=True)
class Answer:
    """What GitHub answered: 200, 304 (nothing has changed), or 404, 410 or 451 (nothing is there, or not for us)."""

    status: int
    document: Any
    etag: str | None
    more: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects of a list; what is something else is left out."""
        return [row for row in self.document if isinstance(row, dict)] if isinstance(self.document, list) else []

    @property
    def row(self) -> dict[str, Any]:
        """The object, an empty one where there is none."""
        return self.document if isinstance(self.document, dict) else {}


class GitHubAccess:
    """One GitHub, as whoever the token is of, or as a stranger."""

    def __init__(self, api_url: str, *, pause: float = 0.25) -> None:
        """``pause`` is the rest between two requests, in seconds. Raises ConfigError for what is no safe address."""
        self._api = api_url.rstrip("/")
        self._host = name_host(self._api)
        self._variable, self._token = find_token(os.environ)
        if self._token and not may_take_password(self._api):
            raise ConfigError(f"{self._host} is not encrypted, so no token is sent there; write https:// for [github]")
        self._headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        self._pause, self._free_at = pause, 0.0

    @property
    def pages(self) -> str:
        """Where its pages for people are."""
        return Bases(self._api).github

    @property
    def knows_us(self) -> bool:
        """Whether there is a token."""
        return self._token is not None

    def get(
        self, path: str, about: str, *, parameters: Mapping[str, str] | None = None, etag: str | None = None
    ) -> Answer:
        """The JSON under a path of the API. With ``etag`` nothing is read that has not changed since.

        A renamed repository is followed on this host. Raises ConfigError for a bad token, InputError where we may not
        read it, UnknownError where GitHub cannot be asked, its quota is used up, or it answers in no way of its own.
        """
        got = retry(lambda: self._attempt_json(path, about, parameters or {}, etag))
        if isinstance(got, Failure):
            raise UnknownError(f"{about} could not be read from {self._host} ({got.reason}); try again later")
        return got

    def _attempt_json(self, path: str, about: str, parameters: Mapping[str, str], etag: str | None) -> Answer | Failure:
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        try:
            return in_time(lambda: self._read_json(self._api + path, about, parameters, etag), _ONE_ANSWER)
        except TimeoutError:
            return Failure("it answers too slowly")
        except AddressError as error:
            raise self.strange(about) from error
        except requests.RequestException as error:
            return Failure(type(error).__name__)
        finally:
            self._free_at = time.monotonic() + self._pause

    def _read_json(self, url: str, about: str, parameters: Mapping[str, str], etag: str | None) -> Answer | Failure:
        headers = self._headers | {"Accept": "application/vnd.github+json"} | ({"If-None-Match": etag} if etag else {})
        for _ in range(_MOST_REDIRECTS + 1):
            with open_url(
                url, self._host, timeout=TIMEOUT, parameters=parameters, follow=False, headers=headers
            ) as answer:
                if answer.is_redirect:
                    url, parameters = self._next(url, answer.headers["Location"], about), {}
                    continue
                return self._understand(answer, about)
        raise self.strange(about)

    def _next(self, url: str, location: str, about: str) -> str:
        """Where a redirect leads: to the same server, for the token goes along."""
        try:
            target = urljoin(url, location)
            old, new = urlsplit(url), urlsplit(target)
        except ValueError as error:
            raise self.strange(about) from error
        if (old.scheme, old.netloc) != (new.scheme, new.netloc):
            raise UnknownError(f"{self._host} sends us elsewhere for {about}, so nothing is known of it")
        return target

    def _understand(self, answer: requests.Response, about: str) -> Answer | Failure:
        headers, status = lower(answer.headers), answer.status_code
        failure = find_failure(answer)
        if failure and not is_quota(status, headers, ""):
            return failure
        try:
            body = b"".join(read_pieces(answer, about, LARGEST))
        except InputError as error:
            raise UnknownError(f"{self._host} answers more than {LARGEST >> 20} MiB on {about}") from error
        if status not in _READ:
            raise self._complaint(status, headers, _message(body), about)
        if status != 200:
            return Answer(status, _message(body), headers.get("etag"))
        try:
            document = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self.strange(about) from error
        return Answer(status, document, headers.get("etag"), 'rel="next"' in headers.get("link", ""))

    @contextmanager
    def reading(self, about: str) -> Iterator[None]:
        """A block that reads an answer; where that holds what GitHub's does not, it raises UnknownError."""
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise self.strange(about) from error

    def strange(self, about: str) -> UnknownError:
        """The error for an answer that is none of GitHub's."""
        return UnknownError(f"{self._host} does not answer as GitHub's API does, so nothing is known of {about}")

    def _complaint(self, status: int, headers: Mapping[str, str], message: str, about: str) -> PlugwatchError:
        """What a status means for the person: one sentence with a way out."""
        token = self._variable or TOKEN_VARIABLES[0]
        if status == 401:
            return ConfigError(f"{self._host} does not accept the token in {token}; make a new one, or unset it")
        if is_quota(status, headers, message):
            more = "" if self._variable else f", or set {token} for a larger one"
            return UnknownError(f"{self._host} has answered as often as it will{_until(headers)}; wait{more}")
        if status == 403:
            return InputError(f"{self._host} does not let us read {about}; set {token} to a token that may")
        if status in (404, 410):
            return InputError(f"{self._host} knows no {about}, or hides it; set {token} to a token that may read it")
        if status in (406, 413, 422):
            return InputError(f"{self._host} gives no diff of {about}, it is too large or not there; make it with git")
        return UnknownError(f"{self._host} answers {status}, so nothing is known of {about}; try again later")


def _message(body: bytes) -> str:
    """What GitHub says is wrong."""
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return ""
    return str(document.get("message", "")) if isinstance(document, dict) else ""


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in small letters."""
    return {name.lower(): text for name, text in headers.items()}


def is_quota(status: int, headers: Mapping[str, str], message: str) -> bool:
    """Whether it is the quota that is used up; both kinds say so by 403 or 429 (rate limits of GitHub's REST API)."""
    spent = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return status == 429 or (status == 403 and (spent or "rate limit" in message.lower()))


def wanted_pause(headers: Mapping[str, str]) -> float | None:
    """How long GitHub wants to be left alone, in seconds, where it says so."""
    wanted = headers.get("retry-after", "")
    return min(float(wanted), LONGEST_PAUSE) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10 else None


def _until(headers: Mapping[str, str]) -> str:
    """When the quota is given back, where it is said."""
    reset = headers.get("x-ratelimit-reset", "")
    if not reset.isascii() or not reset.isdecimal() or len(reset) > 11:
        return ""
    return f" until {datetime.fromtimestamp(int(reset), timezone.utc):%H:%M} UTC"


def parse_moment(text: object) -> datetime | None:
    """A moment as GitHub writes it (``2025-09-12T10:07:52Z``); None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (ValueError, OverflowError):  # the first of January of the year 1, in Tokyo
        return None


def check_repository(name: str) -> str:
    """The name of a repository, as given. Raises InputError for what is none."""
    if not _REPOSITORY.fullmatch(name) or name.endswith(("/.", "/..")):
        raise InputError(f"'{one_line(name)}' is no repository; write OWNER/NAME")
    return name
