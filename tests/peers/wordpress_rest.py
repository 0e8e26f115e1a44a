"""A strict stand-in for WordPress's REST API, for the answers that a real WordPress does not give on demand.

Made after what a real WordPress 6.1 was seen to do: a wrong and a missing password look alike, spaces in a password do
not matter, without pretty permalinks the API is behind ``?rest_route=``, and each page names the API in a Link header.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from peers.loopback import Peer, Reply, Request, json_reply, page

USER = "ada"
PASSWORD = "abcd EFGH ijkl MNOP qrst UVWX"

PLUGINS = [
    {"plugin": "acme-forms/acme-forms", "status": "active", "name": "Acme Forms", "version": "1.2.3"},
    {"plugin": "shop-pro/shop-pro", "status": "network-active", "name": "Shop &amp; Pro", "version": "4.0"},
    {"plugin": "hello", "status": "inactive", "name": "Hello", "version": ""},
]
THEMES = [
    {"stylesheet": "acme-child", "template": "acme", "status": "active", "version": "2.0", "name": {"raw": "Child"}},
    {"stylesheet": "acme", "template": "acme", "status": "inactive", "version": "2.1", "name": {"raw": "Acme"}},
]


class WordPressRest(Peer):
    """One site; what its settings and its administrator decide is an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = ""
        self.pretty = True
        self.linked = True
        self.takes_passwords = True
        self.tells_ways = True
        self.sees_plugins = True
        self.sees_themes = True
        self.has_plugins_route = True

    def reply(self, request: Request) -> Reply:
        if not request.path.startswith(f"{self.folder}/"):
            return page("Not Found", 404)
        path = request.path.removeprefix(self.folder)
        if path.startswith("/wp-json/") and self.pretty:
            return self._route(path.removeprefix("/wp-json"), request)
        if path in ("/", "/index.php") and "rest_route" in request.query:
            return self._route(request.query["rest_route"], request)
        if path != "/":
            return page("Page not found", 404)
        root = f"{self.folder}/wp-json/" if self.pretty else f"{self.folder}/index.php?rest_route=/"
        link = {"Link": f'<http://other-name.example{root}>; rel="https://api.w.org/", <{self.url}>; rel=shortlink'}
        return page("A shop", **(link if self.linked else {}))

    def _route(self, route: str, request: Request) -> Reply:
        if route == "/":
            ways = {"application-passwords": {"endpoints": {}}} if self.takes_passwords else []
            told = {"authentication": ways} if self.tells_ways else {}
            return json_reply({"name": "A shop", "namespaces": ["wp/v2"]} | told)
        if route == "/wp/v2/plugins" and self.has_plugins_route:
            return self._listed(request, "plugins", PLUGINS, self.sees_plugins)
        if route == "/wp/v2/themes":
            return self._listed(request, "themes", THEMES, self.sees_themes)
        return _error("rest_no_route", "No route was found matching the URL and request method.", 404)

    def _listed(self, request: Request, what: str, rows: list[dict[str, Any]], allowed: bool) -> Reply:
        sentence = f"Sorry, you are not allowed to manage {what} for this site."
        if not self._knows(request):
            return _error(f"rest_cannot_view_{what}", sentence, 401)
        return json_reply(rows) if allowed else _error(f"rest_cannot_view_{what}", sentence, 403)

    def _knows(self, request: Request) -> bool:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or not self.takes_passwords:
            return False
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        return user == USER and _bare(password) == _bare(PASSWORD)


def _bare(password: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", password)


def _error(code: str, message: str, status: int) -> Reply:
    return json_reply({"code": code, "message": message, "data": {"status": status}}, status)
