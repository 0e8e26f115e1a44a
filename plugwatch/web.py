"""What all requests to the outside have in common: our name, bounded patience, and limits on what comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError  # another class before Python 3.11
from dataclasses import dataclass
from typing import TypeVar

import requests

from plugwatch import __version__
from plugwatch.errors import InputError

LONGEST_PAUSE = 30.0
"""Seconds that a server's Retry-After is honoured for."""

_HEADERS = {"User-Agent": f"plugwatch/{__version__}"}
_ATTEMPTS = 3
_BUSY = frozenset({429, 500, 502, 503, 504})
_PIECE = 1 << 16
_NO_TIME = 10  # digits of a number of seconds that nobody means
_T = TypeVar("_T")


@dataclass(frozen=True)
class Failure:
    """What may pass by itself; ``pause`` is how long the server wants to be left alone, in seconds."""

    reason: str
    pause: float | None = None


class AddressError(InputError):
    """An address, or one that it leads to, which no other attempt would make better."""


def open_url(
    url: str,
    shown: str,
    *,
    timeout: tuple[float, float],
    parameters: Mapping[str, str] | None = None,
    follow: bool = True,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """The beginning of the answer to a GET; its body is still to be read.

    ``timeout``: seconds to connect, and to hear nothing. ``follow``: whether redirects are; requests takes an
    Authorization header along to the same host only. Raises AddressError, in which the address is called ``shown``, and
    RequestException for all else.
    """
    sent = _HEADERS | dict(headers or {})
    try:
        return requests.get(url, params=parameters, headers=sent, timeout=timeout, stream=True, allow_redirects=follow)
    except requests.exceptions.InvalidHeader:
        raise  # a ValueError too, but the server's fault
    except ValueError as error:
        # InvalidURL and the like; urllib3's LocationParseError for the host a..b; a plain one for a redirect to [::1
        raise AddressError("no address that plugwatch fetches from; write https://…", source=shown) from error


def find_failure(answer: requests.Response) -> Failure | None:
    """The failure that a status means which another attempt may well not meet, or None."""
    if answer.status_code not in _BUSY:
        return None
    wanted = answer.headers.get("Retry-After", "")
    pause = float(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < _NO_TIME else None
    return Failure(f"the server answers {answer.status_code}", pause)


def retry(attempt: Callable[[], _T | Failure], attempts: int = _ATTEMPTS) -> _T | Failure:
    """What the first good attempt returns, or the last failure; the pauses between them grow, or are as asked for."""
    made = 1
    while isinstance(got := attempt(), Failure) and made < attempts:
        time.sleep(0.25 * (1 << made) if got.pause is None else min(got.pause, LONGEST_PAUSE))
        made += 1
    return got


def in_time(work: Callable[[], _T], longest: float) -> _T:
    """What the work returns or raises; TimeoutError after so many seconds, when it is waited for no more.

    The timeouts of requests are for one read each, so that a server which sends a byte now and then holds a command for
    ever, and for looking up a name it has none.
    """
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits for it
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return future.result(longest)
    except FutureTimeoutError as error:
        raise TimeoutError from error


def read_pieces(answer: requests.Response, shown: str, limit: int) -> Iterator[bytes]:
    """The body, unpacked, piece by piece; what says at once that it is too large is refused at once.

    ``limit`` is in bytes. Raises InputError, in which the source is called ``shown``, and what requests raises.
    """
    told = answer.headers.get("Content-Length", "")
    if told.isascii() and told.isdecimal() and (len(told) > 18 or int(told) > limit):
        raise _too_large(shown, limit)
    return _pieces(answer, shown, limit)


def _pieces(answer: requests.Response, shown: str, limit: int) -> Iterator[bytes]:
    size = 0
    for piece in answer.iter_content(_PIECE):
        size += len(piece)
        if size > limit:
            raise _too_large(shown, limit)
        yield piece


def _too_large(shown: str, limit: int) -> InputError:
    return InputError(f"larger than {limit >> 20} MiB", source=shown)
