"""The themes of a site as WordPress's REST API answers them."""

from __future__ import annotations

import html
import random
from typing import Any

from rendering.json_texts import dump
from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory

SITE = "https://shop.example"
_ASKED = "GET /wp-json/wp/v2/themes\n"


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """One answer; the active theme may be the child of another one, and so may any other."""
    rows = list(site.of("theme"))
    active, *others = rows
    parent = others[0].slug if others and chance.random() < 0.5 else active.slug
    expected = [
        Installed(
            "theme", row.slug, row.name, row.version, "parent" if row.slug == parent != active.slug else row.status
        )
        for row in rows
    ]
    written = [_item(row, parent if row is active else _template(row, rows, chance), chance) for row in rows]
    order = list(range(len(rows)))
    chance.shuffle(order)
    head = chance.choice(["", f"HTTP/1.1 200 OK\nX-WP-Total: {len(rows)}\nX-WP-TotalPages: 1\n\n", _ASKED])
    listed = [written[index] for index in order]
    text = head + dump({"body": listed, "status": 200} if chance.random() < 0.1 else listed, chance)
    complete = frozenset({"theme"}) if others or head == _ASKED else frozenset[str]()
    return Rendered(text, Inventory("rest-themes", tuple(expected[index] for index in order), complete_kinds=complete))


def _template(row: Row, rows: list[Row], chance: random.Random) -> str:
    return chance.choice(rows).slug if chance.random() < 0.2 else row.slug


def _item(row: Row, template: str, chance: random.Random) -> dict[str, Any]:
    name = html.escape(row.name, quote=False)
    return {
        "stylesheet": row.slug,
        "template": template,
        "requires_php": "7.4",
        "requires_wp": "6.0",
        "textdomain": "acme",
        "version": row.version or "",
        "screenshot": "https://shop.example/wp-content/themes/a/screenshot.png",
        "author": {"raw": row.author, "rendered": '<a href="https://acme.example">Acme</a>'},
        "name": {"raw": name, "rendered": name.replace("–", "&#8211;")} if chance.random() < 0.8 else name,
        "tags": {"raw": ["blog", "version: 1"], "rendered": "blog"},
        "status": row.status,
        "theme_supports": {"formats": ["standard"], "html5": ["gallery"], "custom-logo": False},
        "is_block_theme": True,
        "_links": {"self": [{"href": f"{SITE}/wp-json/wp/v2/themes/{row.slug}"}]},
    }
