"""Whether a service answers at all, for whoever wonders which road is closed."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from plugwatch.errors import InputError, UnknownError
from plugwatch.web import in_time, open_url

_TIMEOUT = (3.0, 5.0)  # seconds to connect, and to hear nothing
_LONGEST = 8.0  # seconds, for looking up a name as well
_BROKEN = 500


def reach(url: str) -> str:
    """What a service answers to one request without name or password, in a few words; any answer but a failure will do.

    Raises UnknownError where there is none within a few seconds, InputError for what is no web address.
    """
    host = _host(url)
    try:
        status = in_time(lambda: _status(url, host), _LONGEST)
    except (TimeoutError, requests.Timeout) as error:
        raise UnknownError(f"{host} does not answer in time; look at this machine's network and proxy") from error
    except requests.RequestException as error:
        why = type(error).__name__
        raise UnknownError(f"{host} cannot be reached ({why}); look at this machine's network and proxy") from error
    if status >= _BROKEN:
        raise UnknownError(f"{host} answers {status}; try again later")
    return f"{host} answers"


def _status(url: str, host: str) -> int:
    with open_url(url, host, timeout=_TIMEOUT, follow=False) as answer:
        return answer.status_code


def _host(url: str) -> str:
    """Host and port, which may be shown; a password in the address may not."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError("an address in plugwatch.toml is no web address; write https://HOST")
    return parts.hostname + port
