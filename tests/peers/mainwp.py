"""A strict stand-in for the REST API v2 of a MainWP Dashboard, which cannot be had from a registry.

Made after the source of mainwp/mainwp 6.1 (includes/rest-api). It answers in both of its ways: as on WordPress before
6.9, where plugins come as the site told them, and as on newer ones, where updates are named and must-use plugins are
not marked, unless one asks for nothing else.
"""

from __future__ import annotations

import re
from typing import Any

from peers.loopback import Peer, Reply, Request, json_reply, page

TOKEN = "0a1b2c==3d4e5f"

Rows = list[dict[str, Any]]


class MainWP(Peer):
    """A dashboard; ``sites`` are its rows, ``plugins`` and ``themes`` the rows of each site by its number."""

    def __init__(self) -> None:
        super().__init__()
        self.sites: Rows = []
        self.plugins: dict[int, Rows | None] = {}
        self.themes: dict[int, Rows | None] = {}
        self.newer = False

    def add(self, number: int, name: str, plugins: Rows | None, themes: Rows | None, **more: Any) -> None:
        """A child site."""
        row = {"id": number, "name": name, "url": f"https://site{number}.example/", "client_id": 0}
        seen = {
            "wp_version": "6.9.1",
            "php_version": "8.2.12",
            "status": "connected",
            "last_sync": "2026-03-01T08:00:00",
        }
        self.sites.append(row | seen | more)
        self.plugins[number], self.themes[number] = plugins, themes

    def reply(self, request: Request) -> Reply:
        if not request.path.startswith("/wp-json/mainwp/v2/"):
            return page("Page not found", 404)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error("mainwp_rest_authentication_error", "Consumer secret is invalid.", 401)
        route = request.path.removeprefix("/wp-json/mainwp/v2")
        if route == "/sites":
            return self._page(request)
        match = re.fullmatch(r"/sites/(\d+)/(plugins|themes)", route)
        if match is None:
            return _error("rest_no_route", "No route was found matching the URL and request method.", 404)
        number = int(match[1])
        if number not in self.plugins:
            return _error("mainwp_site_not_found", "Site not found.", 404)
        rows = (self.plugins if match[2] == "plugins" else self.themes)[number]
        return self._listed(rows, must_use="must_use" in request.query)

    def _page(self, request: Request) -> Reply:
        number, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 20))
        if not 1 <= size <= 100:
            return _error("ability_invalid_input", "per_page must be between 1 and 100.", 400)
        rows = self.sites[(number - 1) * size : number * size]
        return json_reply({"success": 1, "total": len(self.sites) if self.newer else len(rows), "data": rows})

    def _listed(self, rows: Rows | None, must_use: bool) -> Reply:
        if must_use:
            shown: Rows | None = [row for row in rows or [] if row.get("mu")]
        elif self.newer:
            updates = {"slug": "", "name": "", "version": "", "active": False, "update_version": None}
            shown = [{key: row.get(key, none) for key, none in updates.items()} for row in rows or []]
            shown = [{**row, "active": bool(row["active"])} for row in shown]
        else:
            hidden = {"update_version"}
            shown = rows and [{key: value for key, value in row.items() if key not in hidden} for row in rows]
        return json_reply({"success": 1, "total": len(shown or []), "data": shown, "site": {}})


def _error(code: str, message: str, status: int) -> Reply:
    return json_reply({"code": code, "message": message, "data": {"status": status}}, status)
