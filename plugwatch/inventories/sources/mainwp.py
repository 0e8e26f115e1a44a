"""All sites of a MainWP Dashboard, through its REST API v2 (MainWP 5.2 or newer).

Source: mainwp/mainwp 6.1, includes/rest-api: class-mainwp-rest-authentication.php (the API key as bearer token) and
controller/version2/class-mainwp-rest-sites-controller.php (``/sites``, ``/sites/ID/plugins``, ``/sites/ID/themes``).
What it tells of a site is what it saw when it last synced that site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from plugwatch.errors import PlugwatchError, UnknownError
from plugwatch.inventories.containers import Hints, Text
from plugwatch.inventories.sources.server import Answer, Server, bearer
from plugwatch.inventories.sources.spec import parse_base
from plugwatch.inventories.values import tidy
from plugwatch.inventories.wpcli import wpcli_json
from plugwatch.model.inventory import Fleet, Inventory, SiteList

NAME = "mainwp"

_PAGE = 100  # the most that it gives at once
_MAX_PAGES = 500
_DOWN = 2  # sites in a row that get no answer: then it is the dashboard
_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}[A-Za-z0-9.+~-]{0,30}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}")

Row = Mapping[str, Any]


def fetch_fleet(url: str, token: str) -> Fleet:
    """Every site that the owner of the API key sees, with its inventory or with the reason why there is none.

    ``url`` is the dashboard's address. Raises PlugwatchError where the address or the key is wrong, UnknownError where
    the dashboard does not answer.
    """
    base, user = parse_base(url)
    if user is not None:
        raise PlugwatchError("MainWP is asked with an API key alone; write its address without a user")
    server = Server(f"MainWP at {base}", base, bearer(token))
    found: list[SiteList] = []
    failed = 0
    for row in _sites(server):
        if failed >= _DOWN:
            found.append(_named(row, error=found[-1].error))
            continue
        try:
            found.append(_named(row, inventory=_site(server, row)))
            failed = 0
        except PlugwatchError as error:
            found.append(_named(row, error=str(error)))
            failed = failed + 1 if isinstance(error, UnknownError) else 0
    return Fleet(NAME, tuple(found))


def _named(row: Row, inventory: Inventory | None = None, error: str | None = None) -> SiteList:
    url = tidy(_text(row, "url")) or None
    return SiteList(tidy(_text(row, "name")) or url or f"site {row['id']}", inventory, url=url, error=error)


def _sites(server: Server) -> Iterator[Row]:
    seen: set[int] = set()
    for page in range(1, _MAX_PAGES + 1):
        rows = _data(server, f"/sites?page={page}&per_page={_PAGE}")
        new = {number: row for row in rows if (number := _number(row)) is not None and number not in seen}
        for number, row in new.items():
            yield {**row, "id": number}
        seen |= new.keys()
        if len(rows) < _PAGE or not new:
            return


def _site(server: Server, site: Row) -> Inventory:
    route = f"/sites/{site['id']}"
    rows = _data(server, f"{route}/plugins")
    if not rows:
        raise PlugwatchError(f"{server.place}: it has no list of this site's plugins yet; sync the site there")
    plugins = _read("plugins", [_plugin(row) for row in _with_must_use(server, route, rows)], server.place)
    themes = _read("themes", [_theme(row) for row in _data(server, f"{route}/themes")], server.place)
    return Inventory(
        NAME,
        plugins.components + themes.components,
        wordpress_version=_version(site, "wp_version"),
        php_version=_version(site, "php_version"),
        unparsed=plugins.unparsed + themes.unparsed,
        warnings=(*_age(site), *plugins.warnings, *themes.warnings),
        complete_kinds=(plugins.complete_kinds - {"dropin"}) | themes.complete_kinds,
    )


def _with_must_use(server: Server, route: str, rows: list[Row]) -> list[Row]:
    """The rows with their ``mu`` mark, which MainWP leaves out where it tells updates (on WordPress 6.9 or newer)."""
    if not any("update_version" in row and "/" not in _text(row, "slug") for row in rows):
        return rows
    must_use = {_text(row, "slug") for row in _data(server, f"{route}/plugins?must_use=1") if row.get("mu")}
    return [{**row, "mu": 1} if _text(row, "slug") in must_use else row for row in rows]


def _plugin(row: Row) -> Row:
    """The row as WP-CLI would print it."""
    status = "must-use" if row.get("mu") else "active" if _is_on(row, "active") else "inactive"
    return {"file": _text(row, "slug"), "title": _text(row, "name"), "status": status, **_versions(row)}


def _theme(row: Row) -> Row:
    status = "active" if _is_on(row, "active") else "parent" if _is_on(row, "parent_active") else "inactive"
    return {"name": _text(row, "slug"), "title": _text(row, "name"), "status": status, **_versions(row)}


def _versions(row: Row) -> Row:
    return {key: _text(row, key) for key in ("version", "update_version")}


def _read(list_type: str, rows: list[Row], source: str) -> Inventory:
    """The inventory in rows, judged as strictly as WP-CLI's own."""
    listed = wpcli_json.parse(Text(source, (json.dumps(rows),)), Hints(list_type))
    return replace(listed, unparsed=tuple(unparsed._replace(line=0) for unparsed in listed.unparsed))


def _age(site: Row) -> tuple[str, ...]:
    """A warning where MainWP has lost a site, since it goes on showing what it saw last."""
    status = tidy(_text(site, "status"))
    if status in ("", "connected"):
        return ()
    synced = _text(site, "last_sync")
    since = f" of {synced}Z" if _TIME.fullmatch(synced) else ""
    return (f"MainWP calls the site {status}; this is its old list{since}",)


def _data(server: Server, route: str) -> list[Row]:
    """The rows of an answer ``{"success": 1, "total": N, "data": [...]}``."""
    answer = server.get(f"{server.base}/wp-json/mainwp/v2{route}")
    document = answer.json()
    if answer.status != 200 or not isinstance(document, dict) or "data" not in document:
        raise _refusal(server, answer)
    data = document["data"]
    rows = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [row for row in rows if isinstance(row, dict)]


def _refusal(server: Server, answer: Answer) -> PlugwatchError:
    if answer.status in (401, 403):
        return PlugwatchError(
            f"{server.place}: it refuses the API key ({answer.status}); copy the API key (bearer token) of an enabled "
            "key that may read from MainWP, REST API"
        )
    if answer.code is None or answer.code == "rest_no_route":
        return PlugwatchError(
            f"{server.place}: no REST API v2 of MainWP answers there ({answer.status}); it needs MainWP 5.2 or newer "
            "and pretty permalinks, and the address of the dashboard itself"
        )
    return PlugwatchError(f"{server.place}: it answers {answer.status} ({answer.code}); see the site in MainWP")


def _number(row: Row) -> int | None:
    number = str(row.get("id", ""))
    return int(number) if re.fullmatch(r"[1-9][0-9]{0,9}", number, re.ASCII) else None


def _text(row: Row, key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""


def _is_on(row: Row, key: str) -> bool:
    return str(row.get(key, 0)).lower() in ("1", "true")


def _version(row: Row, key: str) -> str | None:
    text = _text(row, key)
    return text if _VERSION.fullmatch(text) else None
