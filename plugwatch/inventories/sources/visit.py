"""A site's page as any visitor gets it: whether it answers, and whether WordPress says there that it fails."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import requests

from plugwatch.errors import InputError
from plugwatch.model.deployments.deploying import Visit
from plugwatch.web import in_time, open_url

_TIMEOUT = (5.0, 20.0)  # seconds to connect, and to hear nothing
_LONGEST = 40.0  # seconds in all
_MOST = 8 << 20  # bytes
_END = 4096  # bytes at the end of a page; what speeds a site up leaves its remarks behind </html>
# wp-includes/class-wp-fatal-error-handler.php, and PHP's own words where errors are shown.
_BROKEN = re.compile(
    rb"critical error on (?:this|your) website|<b>(?:Fatal|Parse) error</b>:|^(?:PHP )?Fatal error:", re.M
)


def visit(url: str, home: str) -> Visit:
    """A page as a visitor gets it, past the caches that heed its address; no answer is one, too.

    ``home`` is what the site calls itself. A redirect to any other host tells nothing of the site, so it is no answer.
    """
    try:
        return in_time(lambda: _visit(url, {_host(url), _host(home)}), _LONGEST)
    except (TimeoutError, requests.RequestException, InputError):
        return Visit(None)


def _visit(url: str, hosts: set[str]) -> Visit:
    token = secrets.token_hex(4)
    with _open(url, token) as answer:
        end = answer.url
        if token in end:
            return _read(answer, hosts)
    with _open(end, token) as answer:  # a redirect dropped what keeps caches from answering
        return _read(answer, hosts)


def _open(url: str, token: str) -> requests.Response:
    headers = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
    return open_url(url, _host(url), timeout=_TIMEOUT, parameters={"plugwatch": token}, headers=headers)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _read(answer: requests.Response, hosts: set[str]) -> Visit:
    found = _host(answer.url)
    if not any(found == host or found.endswith(f".{host}") for host in hosts if host):
        return Visit(None)
    body = b""
    for piece in answer.iter_content(1 << 16):
        body += piece
        if len(body) > _MOST:
            break
    whole = b"</html>" in body[-_END:].lower() if len(body) <= _MOST else None
    return Visit(answer.status_code, bool(_BROKEN.search(body)), whole)
