"""The slugs of a site as people keep them for scripts and paste them into chats."""

from __future__ import annotations

import random

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.inventories.values import read_version
from plugwatch.model.inventory import Installed, Inventory

BULLETS = ("", "", "", "- ", "* ", "1. ", "12) ", "• ", "- [x] ")
COMMENTS = ("# the shop's plugins, by Ann", "", "// no slug: akismet-old", "; keep sorted", "$ cat plugins.txt")


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """Plugins and themes, each kind under its heading, with enough slugs of several words for a list to be known by."""
    plugins, themes = ([row for row in site.of(kind) if _is_plain(row)] for kind in ("plugin", "theme"))
    plugins += [_row(f"acme-part-{number}") for number in range(1 + len(plugins) + len(themes))]
    written = chance.choice([_lines, _lines, _commands, _joined])
    headed = bool(themes) and written is not _commands
    lines = ["# Plugins"] if headed else []
    body, expected = written(plugins, chance)
    lines += body
    if themes:
        lines += ["", "Themes:"] if headed else []
        body, found = written(themes, chance)
        lines += body
        expected += found
    for comment in chance.sample(COMMENTS, chance.randint(0, 2)):
        lines.insert(0, comment)
    return Rendered("\n".join([*lines, ""]), Inventory("slug-list", tuple(expected)))


def _row(slug: str) -> Row:
    return Row("plugin", slug, "", "", "1.0", "unknown", None, auto_update=False)


def _is_plain(row: Row) -> bool:
    return row.slug.islower() and len(row.slug) > 1 and row.slug not in ("update", "for", "and", "by")


def _installed(row: Row, version: str | None) -> Installed:
    return Installed(row.kind, row.slug, None, version, "unknown")


def _lines(rows: list[Row], chance: random.Random) -> tuple[list[str], list[Installed]]:
    """One a line, some with a version, a remark, quotes or the address of their page."""
    lines, expected = [], []
    mark, quote, end = chance.choice(BULLETS), chance.choice(["", "'", '"']), chance.choice(["", ",", ";"])
    for row in rows:
        text, version = _entry(row, chance)
        remark = chance.choice(["", "", " # keep it"]) if not end else ""
        lines.append(f"{mark}{quote}{text}{quote}{end}{remark}")
        expected.append(_installed(row, version))
    return lines, expected


def _entry(row: Row, chance: random.Random) -> tuple[str, str | None]:
    version = read_version(row.version or "")
    if version and version[0].isdigit() and "." in version and chance.random() < 0.4:
        return chance.choice([f"{row.slug}@{version}", f"{row.slug}:{version}", f"{row.slug} {version}"]), version
    if chance.random() < 0.15:
        return f"https://wordpress.org/{row.kind}s/{row.slug}/", None
    if row.kind == "plugin" and chance.random() < 0.15:
        return f"{row.slug}/{chance.choice([row.slug, f'class-{row.slug}'])}.php", None
    return row.slug, None


def _commands(rows: list[Row], chance: random.Random) -> tuple[list[str], list[Installed]]:
    """What a set-up script runs."""
    lines, expected, rest = [], [], list(rows)
    while rest:
        count = chance.randint(1, 4)
        some, rest = rest[:count], rest[count:]
        head = chance.choice(["wp", "$ wp", "sudo -u www-data wp --path=/srv/site", "wp --allow-root"])
        tail = chance.choice(["", " --activate", " --force --activate"])
        option = f" --version={some[0].version}" if len(some) == 1 and some[0].version else ""
        lines.append(f"{head} {rows[0].kind} install {' '.join(row.slug for row in some)}{option}{tail}")
        expected += [_installed(row, read_version(row.version or "") if option else None) for row in some]
    return lines, expected


def _joined(rows: list[Row], chance: random.Random) -> tuple[list[str], list[Installed]]:
    """All on a line, between commas."""
    joint = chance.choice([", ", ",", "; "])
    return [joint.join(row.slug for row in rows)], [_installed(row, None) for row in rows]
