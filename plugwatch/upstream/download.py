"""Fetch one file from the web into a folder of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import requests

from plugwatch.errors import InputError, UnknownError
from plugwatch.web import Failure, find_failure, in_time, open_url, read_pieces, retry

_LIMIT = 512 * 1024 * 1024
_ATTEMPTS = 3
_TIMEOUT = (10, 60)  # seconds to connect, and between two pieces
_LONGEST = 1800  # seconds for all of it


class NotServedError(InputError):
    """The server does not hand out the file; ``status`` is what it answers (401, 403, 404 or 410)."""

    def __init__(self, reason: str, *, source: str, status: int) -> None:
        super().__init__(reason, source=source)
        self.status = status


def is_url(text: str) -> bool:
    """Whether a source is to be fetched from the web."""
    return text.startswith(("https://", "http://"))


def download(url: str, folder: Path, headers: Mapping[str, str] | None = None) -> Path:
    """Fetch a URL into ``folder``, keeping the name that it ends with; the file's path.

    A few attempts, with the server's Retry-After (at most 30 seconds) honoured. Raises UnknownError when it cannot be
    had, NotServedError when it is not there or not for us, another InputError when it is too large or not reached by a
    safe way. No error shows the URL's query or password: they may be a licence key.
    """
    shown, name = _parts(url)
    try:
        got = retry(lambda: in_time(lambda: _fetch(url, folder / name, shown, headers), _LONGEST), _ATTEMPTS)
    except TimeoutError as error:
        raise UnknownError(f"{shown} came too slowly; try again later or download it by hand") from error
    if isinstance(got, Failure):
        raise UnknownError(f"{shown} could not be fetched ({got.reason}); try again later or download it by hand")
    return got


def _fetch(url: str, target: Path, shown: str, headers: Mapping[str, str] | None) -> Path | Failure:
    """One attempt; raises what no other attempt would change."""
    try:
        with open_url(url, shown, timeout=_TIMEOUT, headers=headers) as answer:
            failure = find_failure(answer)
            if failure:
                return failure
            _check(answer, shown)
            pieces = read_pieces(answer, shown, _LIMIT)
            with target.open("wb") as file:
                file.writelines(pieces)
            return target
    except requests.RequestException as error:
        return Failure(type(error).__name__)


def _parts(url: str) -> tuple[str, str]:
    """What may be shown of a URL, and the file's name."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    except ValueError as error:
        raise InputError("the URL cannot be read; write https://HOST/PATH/NAME.zip") from error
    name = Path(parts.path).name
    return f"{parts.scheme}://{host}{parts.path}", name[-100:] if name.strip(".") else "download"


def _check(answer: requests.Response, shown: str) -> None:
    asked_for = answer.history[0] if answer.history else answer
    if asked_for.url.startswith("https:") and any(hop.url.startswith("http:") for hop in (*answer.history, answer)):
        raise InputError("the server leads to an address without encryption; download it by hand", source=shown)
    if answer.status_code in (401, 403, 404, 410):
        status = answer.status_code
        raise NotServedError(
            f"the server answers {status}; download it by hand and give the file", source=shown, status=status
        )
    if answer.status_code != 200:
        raise UnknownError(f"{shown}: the server answers {answer.status_code}; try again later")
