"""A site's page as any visitor gets it: whether it answers, and whether WordPress says there that it fails."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import requests

from plugwatch.errors import InputError
from plugwatch.model.builds.deploying import Visit
from plugwatch.web import in_time, open_url

_TIMEOUT = (5.0, 20.0)  # seconds to connect, and to hear nothing
_LONGEST = 40.0  # seconds in all
_MOST = 8 << 20  # bytes
_END = 4096  # bytes at the end of a page; what speeds a site up leaves its remarks behind </html>
# wp-includes/class-wp-fatal-error-handler.php, and PHP's own words where errors are shown.
_BROKEN = re.compile(
    rb"critical error on (?:this|your) website|<b>(?:Fatal|Parse) error</b>:|^(?:PHP )?Fatal error:", re.M
)


def visit(url: str) -> Visit:
    """One request for a page, past the caches that heed its address; no answer is one, too."""
    try:
        return in_time(lambda: _visit(url), _LONGEST)
    except (TimeoutError, requests.RequestException, InputError):
        return Visit(None)


def _visit(url: str) -> Visit:
    own = {"plugwatch": secrets.token_hex(4)}
    headers = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
    with open_url(url, urlsplit(url).hostname or "", timeout=_TIMEOUT, parameters=own, headers=headers) as answer:
        body = b""
        for piece in answer.iter_content(1 << 16):
            body += piece
            if len(body) > _MOST:
                break
        whole = b"</html>" in body[-_END:].lower() if len(body) <= _MOST else None
        return Visit(answer.status_code, bool(_BROKEN.search(body)), whole)
