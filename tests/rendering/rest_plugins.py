"""The plugins of a site as WordPress's REST API, or WordPress.com's, answers them."""

from __future__ import annotations

import html
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rendering.json_texts import dump
from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory

SITE = "https://shop.example"
HEADS = (
    "",
    (
        "HTTP/2 200 \nserver: nginx\ncontent-type: application/json; charset=UTF-8\nx-robots-tag: noindex\n"
        'link: <https://shop.example/wp-json/>; rel="https://api.w.org/"\n\n'
    ),
    "HTTP/1.1 200 OK\nSet-Cookie: acme_key=abcdef; path=/\nAllow: GET, POST\n\n",
    "$ curl -s -u 'ada:abcd efgh ijkl' https://shop.example/wp-json/wp/v2/plugins\n",
    'curl -u "ada:abcd efgh ijkl" https://shop.example/wp-json/wp/v2/plugins | jq\n',
    (
        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
        "                                 Dload  Upload   Total   Spent    Left  Speed\n"
        "100  9120  100  9120    0     0  51234      0 --:--:-- --:--:-- --:--:-- 51525\n"
    ),
)


@dataclass(frozen=True)
class _Item:
    """A plugin with its main file, and the slug that its folder or file gives it."""

    row: Row
    path: str
    slug: str


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One answer; two plugins may share a folder, one may be active in the whole network."""
    items = _items(site, chance)
    statuses = [_status(item.row, chance) for item in items]
    written = _com if chance.random() < 0.15 else _org
    fields = chance.choice([None, None, ("plugin", "status", "version"), ("plugin", "status", "name", "version")])
    rows, expected = [], []
    for item, status in zip(items, statuses, strict=True):
        row, installed = written(item, status, chance)
        rows.append({key: row[key] for key in row if written is _com or fields is None or key in fields})
        named = written is _com or fields is None or "name" in fields
        expected.append(installed if named else _nameless(installed))
    head = chance.choice(HEADS)
    looks_filtered = len(rows) > 2 and set(statuses) == {"inactive"} and "wp/v2/plugins" not in head
    text = head + dump(_enveloped(rows, written is _com, chance), chance)
    complete = frozenset[str]() if looks_filtered else frozenset({"plugin"})
    return Rendered(text, Inventory("rest-plugins", tuple(expected), complete_kinds=complete))


def _items(site: SampleSite, chance: random.Random) -> list[_Item]:
    rows = list(site.of("plugin"))
    items = []
    while rows:
        row = rows.pop()
        if rows and chance.random() < 0.1:
            folder = row.slug
            for each, file in ((row, folder), (rows.pop(), "addon")):
                items.append(_Item(each, f"{folder}/{file}", f"{folder}/{file}"))
        elif chance.random() < 0.15:
            items.append(_Item(row, row.slug, row.slug))
        else:
            items.append(
                _Item(row, f"{row.slug}/{chance.choice([row.slug, 'main', 'class-plugin', 'init.inc'])}", row.slug)
            )
    chance.shuffle(items)
    return items


def _status(row: Row, chance: random.Random) -> str:
    return "active-network" if row.status == "active" and chance.random() < 0.2 else row.status


def _org(item: _Item, status: str, chance: random.Random) -> tuple[dict[str, Any], Installed]:
    row = item.row
    name = html.escape(row.name, quote=False)
    texturised = {"raw": name, "rendered": name.replace("–", "&#8211;").replace("'", "&#8217;")}
    return (
        {
            "plugin": item.path,
            "status": "network-active" if status == "active-network" else status,
            "name": name if chance.random() < 0.7 else texturised,
            "plugin_uri": "https://acme.example/?key=1",
            "author": row.author,
            "author_uri": "",
            "description": {"raw": "Status: {active} [1.2]", "rendered": 'By <a href="#">Acme</a>, "plugin": 2.0'},
            "version": row.version or "",
            "network_only": False,
            "requires_wp": "6.0",
            "requires_php": "7.4",
            "textdomain": "acme",
            "_links": {"self": [{"href": f"{SITE}/wp-json/wp/v2/plugins/{item.path}"}]},
        },
        Installed("plugin", item.slug, row.name, row.version, status),
    )


def _com(item: _Item, status: str, chance: random.Random) -> tuple[dict[str, Any], Installed]:
    row = item.row
    old = chance.random() < 0.5
    names: Mapping[str, Any] = {"name": row.name} if old else {"name": item.path, "display_name": row.name}
    fields = {
        "id": item.path.replace("/", "%2F") if old else item.path,
        "slug": item.row.slug,
        "active": status != "inactive",
        **names,
        "version": row.version or "",
        "network": status == "active-network",
        "autoupdate": row.auto_update,
    }
    if row.update_version:
        fields["update"] = {"new_version": row.update_version, "package": "https://acme.example/a.zip?key=1"}
    installed = Installed(
        "plugin", item.slug, row.name, row.version, status, row.update_version, auto_update=row.auto_update
    )
    return fields, installed


def _enveloped(rows: list[dict[str, Any]], com: bool, chance: random.Random) -> object:
    if com:
        return {"plugins": rows, "file_mod_capabilities": {"modify_files": True}}
    if chance.random() < 0.1:
        return {"body": rows, "status": 200, "headers": {"Allow": "GET, POST"}}
    return {"data": rows} if chance.random() < 0.1 else rows


def _nameless(installed: Installed) -> Installed:
    return Installed(installed.kind, installed.slug, None, installed.version, installed.status)
