"""A line to a Trac that lets a program in: one login, few requests, and one sentence for each thing that goes wrong.

Passwords go into the Authorization header of ``/login`` alone, over an encrypted line, and into no sentence. Redirects
are looked at and never followed: a Trac answers what it took with 303 and what it refused with its form again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from plugwatch import __version__
from plugwatch.channels.wire import Patience
from plugwatch.errors import ConfigError, InputError, NotFoundError, UnknownError
from plugwatch.model.client import printable
from plugwatch.model.release_source import may_take_password
from plugwatch.model.roads.posting import NotPostedError
from plugwatch.model.roads.trac_page import Page, read_page
from plugwatch.web import LONGEST_PAUSE, Failure, find_failure, in_time, read_pieces, retry

_CONNECT = 10.0  # seconds
_LIMIT = 32 << 20
_VARIABLES = "PLUGWATCH_TRAC_USER and PLUGWATCH_TRAC_PASSWORD"
_REASON_LIMIT = 200


@dataclass(frozen=True)
class TracLogin:
    """Who we are there."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What a Trac answers; ``location`` is where a redirect leads."""

    status: int
    body: bytes
    location: str = ""
    media_type: str = ""

    @property
    def page(self) -> Page:
        """The body as a page."""
        return read_page(self.body.decode("utf-8", "replace"))


class RefusedError(NotPostedError):
    """A Trac has said no, with a ``reason`` in its own words; nothing arrived."""

    def __init__(self, host: str, reason: str, by_hand: str) -> None:
        self.reason = reason
        super().__init__(f"{host} does not take it ({reason}); change the text, or post it by hand: {by_hand}")


class ForbiddenError(ConfigError):
    """A Trac does not let us do this one thing."""


class _BrokenError(Exception):
    """A request that has no answer."""


class TracClient:
    """Requests to one Trac, as one user; ``by_hand`` is where a person posts what a program may not."""

    def __init__(self, base: str, login: TracLogin, by_hand: str, patience: Patience | None = None) -> None:
        """Raises ConfigError where the base is no web address, or the login is missing or would go in clear."""
        self.base, self.by_hand = base.rstrip("/"), by_hand
        self.host = _name_host(self.base)
        self.user = login.user
        if not login.user or not login.password:
            raise ConfigError(f"{self.host} wants a login; set {_VARIABLES}, or post it by hand: {by_hand}")
        if not may_take_password(self.base):
            raise ConfigError(
                f"the password for {self.host} would go in clear; write https:// in the address of that Trac under "
                f"[trac] in plugwatch.toml, or post it by hand: {by_hand}"
            )
        self._login, self._patience = login, patience or Patience()
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": f"plugwatch/{__version__}", "Accept-Language": "en"})
        self._session.auth = _keep_as_is  # no password out of a .netrc

    def log_in(self) -> None:
        """Get the cookies of a session. Raises ConfigError where Trac lets no program in, UnknownError."""
        answer = self._read("/login", {}, with_login=True)
        if answer.status == 404:
            raise ConfigError(
                f"there is no Trac at {self.host} that one could log in to; correct the address under [trac] in "
                f"plugwatch.toml, or post it by hand: {self.by_hand}"
            )
        self._check(answer, "a login")
        if "trac_auth" not in self._session.cookies:
            raise ConfigError(
                f"{self.host} lets no program in: it has a login page of its own, perhaps with a second factor; "
                f"post it by hand: {self.by_hand}"
            )

    def get(self, path: str, parameters: Mapping[str, str], what: str) -> Answer:
        """The answer with status 200 to a GET of a path below the base.

        ``what`` is asked for, in words ("ticket 7"). Raises NotFoundError, ConfigError where it is forbidden or leads
        to a login, UnknownError for all else.
        """
        answer = self._read(path, parameters)
        self._check(answer, what)
        if answer.status != 200:
            raise ConfigError(f"{self.host} asks {self.user} to log in again; post it by hand: {self.by_hand}")
        return answer

    def post(self, path: str, fields: Mapping[str, str], upload: tuple[str, bytes, str] | None = None) -> Answer:
        """What is answered to a filled-in form, with a file (its name, content and type) as ``attachment``.

        A redirect says that it was taken, a page says why it was not. Raises RefusedError, and UnknownError where
        nobody knows.
        """
        files = {"attachment": upload} if upload else None
        return self._change("POST", path, data=dict(fields), files=files)

    def call(self, path: str, document: bytes, *, changes: bool) -> Answer:
        """What is answered to a call of XML-RPC, whatever it is; ``changes``: it is to change something there.

        Raises UnknownError; ConfigError for a wrong password.
        """
        # Whoever does not know the path leaves the document on the line, and takes it for the next request.
        headers = {"Content-Type": "text/xml", "Connection": "close"}
        arguments = {"data": document, "headers": headers, "auth": self._password()}
        if changes:
            return self._change("POST", path, **arguments)
        answer = self._patiently("POST", path, **arguments)
        if answer.status == 401:
            raise self._wrong_password()
        return answer

    def refuse(self, answer: Answer) -> RefusedError:
        """The error that says why what was posted was not taken."""
        if answer.location:
            return RefusedError(self.host, "it wants to see a person first, by a captcha or the like", self.by_hand)
        return RefusedError(self.host, _reason(answer), self.by_hand)

    def unreadable(self, what: str) -> UnknownError:
        """The error that says that an answer is not what a Trac answers."""
        return UnknownError(f"{self.host} answers what no Trac answers about {what}; look at it: {self.by_hand}")

    def _password(self) -> tuple[bytes, bytes]:
        return self._login.user.encode(), self._login.password.encode()

    def _read(self, path: str, parameters: Mapping[str, str], *, with_login: bool = False) -> Answer:
        more = {"auth": self._password()} if with_login else {}
        return self._patiently("GET", path, params=dict(parameters), **more)

    def _patiently(self, method: str, path: str, **arguments: object) -> Answer:
        """A request that changes nothing, up to three times."""
        try:
            got = retry(lambda: self._attempt(method, path, **arguments))
        except _BrokenError as error:
            raise UnknownError(f"{self.host} {error}; try again later") from error
        if isinstance(got, Failure):
            raise UnknownError(f"{self.host} could not be asked ({got.reason}); try again later")
        return got

    def _attempt(self, method: str, path: str, **arguments: object) -> Answer | Failure:
        try:
            got = self._request(method, path, again=True, **arguments)
        except requests.Timeout as error:
            raise _BrokenError("does not answer in time") from error
        except requests.RequestException as error:
            return Failure(type(error).__name__)
        if isinstance(got, Failure) and (got.pause or 0) > LONGEST_PAUSE:
            raise _BrokenError(f"wants to be left alone for {got.pause:.0f} seconds")
        return got

    def _change(self, method: str, path: str, **arguments: object) -> Answer:
        """A request that is made once: nobody knows what became of it where there is no answer."""
        try:
            answer = self._request(method, path, again=False, **arguments)
        except (_BrokenError, requests.RequestException) as error:
            why = str(error) if isinstance(error, _BrokenError) else type(error).__name__
            raise self._open_end(f"it broke off: {why}") from error
        if isinstance(answer, Failure):
            raise self._open_end(answer.reason)
        if answer.status >= 500 and not answer.page.complaints:
            raise self._open_end(f"it answers {answer.status}")
        if answer.status == 401:
            raise self._wrong_password()
        if answer.status >= 400:
            raise self.refuse(answer)
        return answer

    def _open_end(self, why: str) -> UnknownError:
        return UnknownError(
            f"nobody knows whether {self.host} has taken the text ({why}); send it again later, and what has arrived "
            "is not posted twice"
        )

    def _request(self, method: str, path: str, *, again: bool, **arguments: object) -> Answer | Failure:
        """One request. A Trac says 500 for what it refuses, so that is no failure that passes by itself."""
        try:
            return in_time(lambda: self._talk(method, path, again=again, **arguments), self._patience.whole)
        except TimeoutError as error:
            raise _BrokenError("answers too slowly") from error
        except InputError as error:
            raise _BrokenError(f"answers more than {_LIMIT >> 20} MiB") from error

    def _talk(self, method: str, path: str, *, again: bool, **arguments: object) -> Answer | Failure:
        step = self._patience.step
        arguments |= {"timeout": (min(step, _CONNECT), step), "allow_redirects": False, "stream": True}
        with self._session.request(method, self.base + path, **arguments) as got:  # type: ignore[arg-type]
            failure = find_failure(got) if got.status_code != 500 else None
            if failure and (again or got.status_code != 429):
                return failure
            body = b"".join(read_pieces(got, self.host, _LIMIT))
            kind = got.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return Answer(got.status_code, body, got.headers.get("Location", "") if got.is_redirect else "", kind)

    def _check(self, answer: Answer, what: str) -> None:
        if answer.status == 401:
            raise self._wrong_password()
        if answer.status == 403:
            raise ForbiddenError(
                f"{self.host} does not show {self.user} {what} ({_reason(answer)}); ask those who run it, or post it "
                f"by hand: {self.by_hand}"
            )
        if answer.status in (404, 410):
            raise NotFoundError(f"{self.host} does not have {what}; look for it by hand: {self.base}/query")
        if answer.status >= 400:
            raise UnknownError(f"{self.host} answers {answer.status} ({_reason(answer)}); try again later")

    def _wrong_password(self) -> ConfigError:
        return ConfigError(
            f"{self.host} does not take the password of {printable(self.user)}; correct {_VARIABLES}, or, where the "
            f"account has a second factor, post it by hand: {self.by_hand}"
        )


def _reason(answer: Answer) -> str:
    return answer.page.complaints[:_REASON_LIMIT] or f"its answer is {answer.status}, without a reason"


def _keep_as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _name_host(base: str) -> str:
    """Host and port, which may be shown. Raises ConfigError."""
    try:
        parts = urlsplit(base)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ConfigError("an address under [trac] in plugwatch.toml is none of a Trac; write https://HOST")
    return parts.hostname + port
