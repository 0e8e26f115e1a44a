"""A list by hand in TOML, as people write one: versions alone or tables of values, keys in quotes or not."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from rendering.samples import Rendered, Row, SampleSite, expect

_TABLES = {"plugin": "plugins", "theme": "themes", "mu-plugin": "mu-plugins", "dropin": "dropins"}


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """All tables of a site, some empty; what stands there as a version alone has no status and no name."""
    lines = [f'wordpress = "{site.wordpress_version}"', f"php = '{site.php_version}'  # as the host says", ""]
    expected: list[Row] = []
    for kind, table in _TABLES.items():
        lines.append(f"[{table}]")
        for row in site.of(kind):
            line, kept = _entry(row, chance)
            lines.append(line)
            expected.append(kept)
        lines.append("")
    inventory = expect(
        expected,
        wordpress_version=site.wordpress_version,
        php_version=site.php_version,
        complete_kinds=frozenset(kind for kind in _TABLES if site.of(kind)),
    )
    components = tuple(
        replace(one, name=one.name or None, auto_update=None, update_version=None) for one in inventory.components
    )
    warnings = tuple(
        f"the table [{table}] is empty, so nothing was taken for removed"
        for kind, table in _TABLES.items()
        if not site.of(kind)
    )
    return Rendered("\n".join(lines), replace(inventory, components=components, warnings=warnings))


def _entry(row: Row, chance: random.Random) -> tuple[str, Row]:
    key = row.slug if re.fullmatch(r"[A-Za-z0-9_-]+", row.slug) and chance.random() < 0.7 else f'"{row.slug}"'
    if chance.random() < 0.5:
        status = row.status if row.kind in ("mu-plugin", "dropin") else "unknown"
        return f'{key} = "{row.version or ""}"', replace(row, name="", status=status)
    values = f'version = "{row.version or ""}", status = "{row.status}", name = "{row.name}"'
    return f"{key} = {{ {values} }}", row
