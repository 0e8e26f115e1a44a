"""Fetch one file from the web into a folder of ours."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from plugwatch import __version__
from plugwatch.errors import InputError, UnknownError

_LIMIT = 512 * 1024 * 1024
_ATTEMPTS = 3
_TIMEOUT = (10, 60)  # seconds to connect, and between two pieces
_LONGEST = 1800  # seconds for all pieces: a server that trickles must not hold a command for ever
_HOPELESS = (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)
_LONGEST_PAUSE = 30.0
_RETRY = frozenset({429, 500, 502, 503, 504})


def is_url(text: str) -> bool:
    """Whether a source is to be fetched from the web."""
    return text.startswith(("https://", "http://"))


def download(url: str, folder: Path) -> Path:
    """Fetch a URL into ``folder``, keeping the name that it ends with; the file's path.

    A few attempts, with the server's Retry-After (at most 30 seconds) honoured. Raises UnknownError when it cannot be
    had, InputError when it is too large, not there, or not reached by a safe way. No error shows the URL's query or
    password: they may be a licence key.
    """
    shown, name = _parts(url)
    attempt = 1
    while isinstance(got := _fetch(url, folder / name, shown), _Failure):
        if attempt == _ATTEMPTS:
            raise UnknownError(f"{shown} could not be fetched ({got.reason}); try again later or download it by hand")
        time.sleep(0.25 * (1 << attempt) if got.pause is None else got.pause)
        attempt += 1
    return got


@dataclass(frozen=True)
class _Failure:
    """What may pass by itself; ``pause`` is how long the server wants to be left alone, in seconds."""

    reason: str
    pause: float | None = None


def _fetch(url: str, target: Path, shown: str) -> Path | _Failure:
    """One attempt; raises what no other attempt would change."""
    headers = {"User-Agent": f"plugwatch/{__version__}"}
    try:
        with requests.get(url, stream=True, timeout=_TIMEOUT, headers=headers) as answer:
            if answer.status_code in _RETRY:
                wanted = answer.headers.get("Retry-After", "")
                pause = min(float(wanted), _LONGEST_PAUSE) if wanted.isdecimal() else None
                return _Failure(f"the server answers {answer.status_code}", pause)
            _check(answer, shown)
            return _write(answer, target, shown)
    except _HOPELESS as error:
        raise InputError("no address that plugwatch fetches from; write https://…", source=shown) from error
    except requests.RequestException as error:
        return _Failure(type(error).__name__)


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
        raise InputError(
            f"the server answers {answer.status_code}; download it by hand and give the file", source=shown
        )
    if answer.status_code != 200:
        raise UnknownError(f"{shown}: the server answers {answer.status_code}; try again later")


def _write(answer: requests.Response, target: Path, shown: str) -> Path:
    too_large = InputError(f"larger than {_LIMIT >> 20} MiB", source=shown)
    told = answer.headers.get("Content-Length", "")
    if told.isdigit() and int(told) > _LIMIT:
        raise too_large
    size, end = 0, time.monotonic() + _LONGEST
    with target.open("wb") as file:
        for piece in answer.iter_content(1 << 16):
            size += len(piece)
            if size > _LIMIT:
                raise too_large
            if time.monotonic() > end:
                raise UnknownError(f"{shown} came too slowly; try again later or download it by hand")
            file.write(piece)
    return target
