"""Ask a public service for JSON: politely, with little patience, and trusting nothing that it answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from plugwatch.errors import ConfigError, InputError, UnknownError
from plugwatch.web import (
    LONGEST_PAUSE,
    AddressError,
    Failure,
    find_failure,
    in_time,
    open_url,
    read_pieces,
    retry,
)

_LIMIT = 64 * 1024 * 1024
_MOST_REDIRECTS = 3
_LEFT_ALONE = 60.0  # seconds for which a service that could not be asked is not asked again


class UnreachableError(UnknownError):
    """A service cannot be asked anything for the time being."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds to connect (short, for people wait), to hear nothing from the server, and for all of one request."""

    connect: float = 3.0
    silence: float = 15.0
    whole: float = 60.0


@dataclass(frozen=True)
class Answer:
    """What a service answers with status 200 or 404; ``about`` says in words what it was asked about."""

    host: str
    about: str
    status: int
    body: bytes

    def document(self) -> dict[str, Any]:
        """The JSON object that the body is. Raises UnknownError where it is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise self.unreadable("what is no JSON") from error
        if not isinstance(document, dict):
            raise self.unreadable("no JSON object")
        return document

    def unreadable(self, what: str) -> UnknownError:
        """The error that says that this answer tells nothing; ``what`` it is instead."""
        status = f" {self.status} with" if self.status != 200 else ""
        return UnknownError(_sentence(self.host, f"answers{status} {what}", self.about))


class JsonClient:
    """Requests to one service, one after the other (of several threads too), with a short pause between them."""

    def __init__(self, base_url: str, *, pause: float, timeouts: Timeouts) -> None:
        """``pause`` is in seconds. Raises ConfigError where the base is no web address."""
        self._base = base_url.rstrip("/")
        self._host = _name_host(self._base)
        self._pause, self._timeouts = pause, timeouts
        self._turn = threading.Lock()
        self._free_at = self._away_until = 0.0

    def get(self, path: str, parameters: Mapping[str, str], about: str) -> Answer:
        """The answer with status 200 or 404 to a GET of ``path`` under the base.

        Raises UnknownError, which says that nothing is known ``about`` this, for every other status, and for an answer
        that is too large or redirected to an unsafe address. A busy server is asked three times; its Retry-After is
        honoured up to 30 seconds, and where it wants more it is not asked again. Whoever could not be asked at all is
        left alone for a minute: UnreachableError at once, so that a list of many sites does not wait for each.
        """
        with self._turn:
            if time.monotonic() < self._away_until:
                raise UnreachableError(_sentence(self._host, "could not be asked a moment ago", about))
            try:
                return self._ask(self._base + path, parameters, about)
            except UnreachableError:
                self._away_until = time.monotonic() + _LEFT_ALONE
                raise

    def _ask(self, url: str, parameters: Mapping[str, str], about: str) -> Answer:
        try:
            got = retry(lambda: self._attempt(url, parameters, about))
        except requests.Timeout as error:
            raise UnreachableError(_sentence(self._host, "does not answer in time", about)) from error
        except TimeoutError as error:
            raise UnreachableError(_sentence(self._host, "answers too slowly", about)) from error
        except AddressError as error:
            raise UnreachableError(
                _sentence(self._host, "is or leads to no address that plugwatch can ask", about)
            ) from error
        if isinstance(got, Failure):
            raise UnreachableError(_sentence(self._host, f"could not be asked ({got.reason})", about))
        return got

    def _attempt(self, url: str, parameters: Mapping[str, str], about: str) -> Answer | Failure:
        """One attempt; raises what no other attempt would change, and what a person would have to wait for again."""
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        try:
            return in_time(lambda: self._request(url, parameters, about), self._timeouts.whole)
        except requests.Timeout:
            raise
        except requests.RequestException as error:
            return Failure(type(error).__name__)
        finally:
            self._free_at = time.monotonic() + self._pause

    def _request(self, url: str, parameters: Mapping[str, str], about: str) -> Answer | Failure:
        with self._open(url, parameters, about) as answer:
            failure = find_failure(answer)
            if failure and (failure.pause or 0) > LONGEST_PAUSE:
                wanted = f"wants to be left alone for {failure.pause:.0f} seconds"
                raise UnreachableError(_sentence(self._host, wanted, about))
            if failure:
                return failure
            if answer.status_code not in (200, 404):
                raise UnknownError(_sentence(self._host, f"answers {answer.status_code}", about))
            try:
                body = b"".join(read_pieces(answer, self._host, _LIMIT))
            except InputError as error:
                raise UnknownError(_sentence(self._host, f"answers more than {_LIMIT >> 20} MiB", about)) from error
            return Answer(self._host, about, answer.status_code, body)

    def _open(self, url: str, parameters: Mapping[str, str], about: str) -> requests.Response:
        """The answer at the end of the redirects, of which each is looked at before it is followed."""
        timeout = (self._timeouts.connect, self._timeouts.silence)
        for _ in range(_MOST_REDIRECTS + 1):
            answer = open_url(url, self._host, timeout=timeout, parameters=parameters, follow=False)
            if not answer.is_redirect:
                return answer
            answer.close()
            target = _next_address(url, answer.headers["Location"])
            if target is None:
                raise UnknownError(_sentence(self._host, "leads to an unsafe address", about))
            url, parameters = target, {}
        raise UnknownError(_sentence(self._host, "leads from one address to the next", about))


def _sentence(host: str, problem: str, about: str) -> str:
    return f"{host} {problem}, so nothing is known now about {about}; try again later"


def _name_host(url: str) -> str:
    """Host and port, which may be shown; a password in the address may not."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError("an address under [wordpress_org] is no web address; write https://HOST")
    return parts.hostname + port


def _next_address(url: str, location: str) -> str | None:
    """Where a redirect leads; None unless that is encrypted, or the same unencrypted host."""
    try:
        target = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(target)
    except ValueError:
        return None
    same_host = (old.scheme, old.netloc) == (new.scheme, new.netloc) == ("http", new.netloc)
    return target if new.scheme == "https" or same_host else None
