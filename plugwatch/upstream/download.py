"""Fetch one file from the web into a folder of ours."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import requests

from plugwatch import __version__
from plugwatch.errors import InputError, UnknownError

_LIMIT = 512 * 1024 * 1024
_ATTEMPTS = 3
_TIMEOUT = (10, 60)  # seconds to connect, and between two pieces
_RETRY = frozenset({429, 500, 502, 503, 504})


def is_url(text: str) -> bool:
    """Whether a source is to be fetched from the web."""
    return text.startswith(("https://", "http://"))


def download(url: str, folder: Path) -> Path:
    """Fetch a URL into ``folder``, keeping the name that it ends with; the file's path.

    A few attempts, with the server's Retry-After (at most 30 seconds) honoured. Raises UnknownError when it cannot be
    had, InputError when it is too large or not there.
    """
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname}{parts.path}"  # never the query or a password: they may be a licence key
    target = folder / (Path(parts.path).name or "download")
    for attempt in range(_ATTEMPTS):
        try:
            with requests.get(
                url, stream=True, timeout=_TIMEOUT, headers={"User-Agent": f"plugwatch/{__version__}"}
            ) as answer:
                if answer.status_code in _RETRY and attempt + 1 < _ATTEMPTS:
                    time.sleep(_pause(answer.headers.get("Retry-After"), attempt))
                    continue
                _check(answer, shown)
                _write(answer, target, shown)
                return target
        except requests.RequestException as error:
            if attempt + 1 == _ATTEMPTS:
                reason = type(error).__name__
                raise UnknownError(
                    f"{shown} could not be fetched ({reason}); try again or download it by hand"
                ) from error
            time.sleep(_pause(None, attempt))
    raise UnknownError(f"{shown} could not be fetched; try again later or download it by hand")


def _check(answer: requests.Response, shown: str) -> None:
    if answer.status_code in (401, 403, 404, 410):
        raise InputError(
            f"the server answers {answer.status_code}; download it by hand and give the file", source=shown
        )
    if answer.status_code != 200:
        raise UnknownError(f"{shown}: the server answers {answer.status_code}; try again later")


def _write(answer: requests.Response, target: Path, shown: str) -> None:
    size = 0
    with target.open("wb") as file:
        for piece in answer.iter_content(1 << 16):
            size += len(piece)
            if size > _LIMIT:
                raise InputError(f"larger than {_LIMIT >> 20} MiB", source=shown)
            file.write(piece)


def _pause(retry_after: str | None, attempt: int) -> float:
    """Seconds to wait before the next attempt."""
    if retry_after and retry_after.isdigit():
        return min(float(retry_after), 30)
    return 0.5 * (1 << attempt)
