"""Questions to one web server whose answers are small and JSON: where a password may go, how long to wait, how often.

A password goes to the server that the source names and to no other: redirects are followed there only, and ``~/.netrc``
is not looked at.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import LocationParseError

from plugwatch import __version__
from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.inventories.containers import MAX_BYTES, shorten
from plugwatch.web import LONGEST_PAUSE, Failure, find_failure, in_time, read_pieces, retry

_TIMEOUT = (10, 30)  # seconds to connect, and between two pieces
_LONGEST = 60.0  # seconds for one answer, from looking up the name to the last byte
_REDIRECTS = 3
_BUSY: Mapping[int, str] = {
    429: "it is asked too often",
    500: "its code fails; see whether the site works at all",
    502: "what is behind it does not answer",
    503: "it is overloaded or being updated",
    504: "what is behind it is too slow",
}
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Authorization(requests.auth.AuthBase):
    """The value of an Authorization header, which is never shown."""

    value: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """What requests calls to add the header."""
        if self.value:
            request.headers["Authorization"] = self.value
        return request


NO_AUTHORIZATION = Authorization("")


def basic(user: str, password: str) -> Authorization:
    """A name and a password (RFC 7617, in UTF-8)."""
    return Authorization("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii"))


def bearer(token: str) -> Authorization:
    """A token (RFC 6750)."""
    return Authorization(f"Bearer {token}")


@dataclass(frozen=True)
class Answer:
    """A server's answer, of whatever status; ``body`` is what it holds once unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None

    @property
    def code(self) -> str | None:
        """The code of an error of WordPress's REST API (``{"code": ..., "message": ...}``), or None."""
        document = self.json()
        if isinstance(document, dict) and isinstance(document.get("code"), str):
            return shorten(document["code"], 60)
        return None


@dataclass(frozen=True)
class Server:
    """One web server; ``place`` names it at the beginning of errors, ``base`` is its address."""

    place: str
    base: str
    authorization: Authorization = NO_AUTHORIZATION

    def get(self, address: str, *, authorized: bool = True) -> Answer:
        """The answer to a question, an address on this server; ``authorized`` sends the password along.

        A few attempts, with the server's Retry-After honoured up to 30 seconds. Raises UnknownError where the server
        does not answer or fails, PlugwatchError where another attempt would change nothing.
        """
        got = retry(lambda: self._try(address, authorized))
        if isinstance(got, Failure):
            raise self._unknown(got)
        return got

    def _unknown(self, failure: Failure) -> UnknownError:
        return UnknownError(f"{self.place}: {failure.reason}; try again later")

    def _try(self, address: str, authorized: bool) -> Answer | Failure:
        authorization = self.authorization if authorized else NO_AUTHORIZATION
        try:
            return in_time(lambda: self._follow(address, authorization), _LONGEST)
        except requests.exceptions.SSLError as error:
            raise PlugwatchError(
                f"{self.place}: {self.base} offers no connection that can be trusted; see its certificate, "
                "no password was sent"
            ) from error
        except (requests.exceptions.InvalidURL, LocationParseError, UnicodeError) as error:
            raise PlugwatchError(f"{self.place}: {self.base} is no address; correct the source") from error
        except TimeoutError as error:
            raise UnknownError(f"{self.place}: {self.base} answers too slowly; try again later") from error
        except requests.Timeout:
            return Failure(f"{self.base} does not answer in time")
        except requests.RequestException:
            return Failure(f"{self.base} cannot be reached, or broke off its answer")

    def _follow(self, address: str, authorization: Authorization) -> Answer | Failure:
        for _ in range(_REDIRECTS + 1):
            with (
                _Session() as session,
                session.get(
                    address,
                    auth=authorization,
                    headers={"User-Agent": f"plugwatch/{__version__}", "Accept": "application/json"},
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                busy = find_failure(answer)
                if busy is not None:
                    status = answer.status_code
                    failure = Failure(f"{self.base} answers {status}: {_BUSY[status]}", busy.pause)
                    if (failure.pause or 0) > LONGEST_PAUSE:
                        raise self._unknown(failure)
                    return failure
                if not answer.is_redirect:
                    return Answer(answer.status_code, answer.headers, self._read(answer))
                address = self._next(address, answer.headers["Location"])
        raise PlugwatchError(f"{self.place}: {self.base} redirects in a circle; see whether the site works at all")

    def _next(self, address: str, location: str) -> str:
        """Where a redirect leads, if it is the same server."""
        try:
            target = urljoin(address, location)
            there, here = _origin(target), _origin(self.base)
        except ValueError:
            there = here = ""
        if not there or there != here:
            elsewhere = f"to {shorten(there, 100)}" if there else "to an address that cannot be read"
            raise PlugwatchError(
                f"{self.place}: {self.base} redirects {elsewhere}, where no password is sent; "
                "put the address that it really has into the source"
            )
        return target

    def _read(self, answer: requests.Response) -> bytes:
        try:
            return b"".join(read_pieces(answer, self.place, MAX_BYTES))
        except InputError as error:
            raise InputError(
                f"its answer is over {MAX_BYTES >> 20} MiB; no list is that long", source=self.place
            ) from error


class _Session(requests.Session):
    """Leaves redirects to us: requests prepares the next request even where none is wanted, and a bad address in it
    ends in a ValueError."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """What requests calls to learn of a redirect."""
        return None


def _origin(address: str) -> str:
    """Scheme, host and port. Raises ValueError where the address has none."""
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(address)
    usual = parts.port in (None, _PORTS[parts.scheme])
    return f"{parts.scheme}://{parts.hostname}" + ("" if usual else f":{parts.port}")
