"""A site as Elementor's System Info: its raw template, in English or as old releases translated it."""

from __future__ import annotations

import html
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory


@dataclass(frozen=True)
class _Words:
    """Titles and labels in one language; ``Version`` and ``Author`` of plugins are never translated."""

    titles: tuple[str, str, str, str]
    plugins: tuple[str, str, str]
    php: str
    version: str
    multisite: str
    theme: tuple[str, str, str, str]
    parent: tuple[str, str, str]
    yes: str
    no: str


_LANGUAGES = (
    _Words(
        ("Server Environment", "WordPress Environment", "Theme", "User"),
        ("Active Plugins", "Network Plugins", "Must-Use Plugins"),
        "PHP Version",
        "Version",
        "WP Multisite",
        ("Name", "Version", "Author", "Child Theme"),
        ("Parent Theme Name", "Parent Theme Version", "Parent Theme Author"),
        "Yes",
        "No",
    ),
    _Words(
        ("Entorno del servidor", "Entorno de WordPress", "Tema", "Usuario"),
        ("Plugins activos", "Plugins de la red", "Plugins imprescindibles"),
        "Versión de PHP",
        "Versión",
        "Multisitio de WP",
        ("Nombre", "Versión", "Autor", "Tema hijo"),
        ("Nombre del tema padre", "Versión del tema padre", "Autor del tema padre"),
        "Sí",
        "No",
    ),
    _Words(
        ("Servermiljø", "WordPress-miljø", "Skabelon", "Bruger"),
        ("Aktive udvidelser", "Netværkets udvidelser", "Faste udvidelser"),
        "PHP-udgave",
        "Udgave",
        "WP Multisite",
        ("Navn", "Version", "Forfatter", "Undertema"),
        ("Overtemas navn", "Overtemas udgave", "Overtemas forfatter"),
        "Ja",
        "Nej",
    ),
)
_ELEMENTOR = Row("plugin", "elementor", "Elementor", "Elementor.example", "3.21.1", "active", None, auto_update=False)
_LATER = """
== Elements Usage ==

\tpage : 2
\t\theading : 10
\t\tform : 1

== Elementor - Compatibility Tag ==

\tElementor Pro: Compatible

== Elementor Experiments ==
\tOptimized DOM Output: Active by default
\t: Inactive by default

== Log ==

Log: showing 20 of 2802026-01-02 03:04:05 [info] Elementor/Upgrades - _on_each_version Start
2026-01-02 03:04:05 [info] Elementor data updater process has been queued. [array (
  'plugin' => 'Elementor',
  'from' => '2.4.1',
  'to' => '3.6.3',
)]
"""


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """The whole report; tabs, indentation and empty lines may have got lost on the way."""
    words = chance.choice(_LANGUAGES)
    active = [row for row in site.of("plugin") if row.status == "active"]
    network = [row for row in active if chance.random() < 0.3] if chance.random() < 0.3 else []
    active = [_ELEMENTOR, *(row for row in active if row not in network)]
    escaped = chance.random() < 0.3
    lines = _head(site, words, bool(network), chance)
    rows = _theme(site, words, lines, chance)
    for title, chosen in zip(words.plugins, (active, network, site.of("mu-plugin")), strict=True):
        if chosen:
            lines += ["", f"== {title} =="]
            for row in chosen:
                lines += _plugin(row, escaped)
    text = _worn("\n".join(lines) + _LATER, chance)
    expected = [Installed("plugin", None, row.name, row.version, "active") for row in active]
    expected += [Installed("plugin", None, row.name, row.version, "active-network") for row in network]
    expected += [Installed("mu-plugin", None, row.name, row.version, "must-use") for row in site.of("mu-plugin")]
    return Rendered(
        text,
        Inventory(
            "elementor-info",
            (*rows, *expected),
            site.wordpress_version,
            site.php_version,
            complete_kinds=frozenset({"mu-plugin"}),
        ),
    )


def _head(site: SampleSite, words: _Words, network: bool, chance: random.Random) -> list[str]:
    server, wordpress, _, _ = words.titles
    return [
        f"== {server} ==",
        "\tOperating System: Linux",
        "\tMySQL version: MariaDB Server v10.6.18",
        f"\t{words.php}: {site.php_version}",
        "\tPHP Memory Limit: 512M",
        *chance.choice(([], ["\tWrite Permissions: There are some issues with these files:", "\t\t - .htaccess file"])),
        "",
        f"== {wordpress} ==",
        f"\t{words.version}: {site.wordpress_version}",
        "\tSite URL: https://shop.example",
        "\tHome URL: https://shop.example",
        f"\t{words.multisite}: {words.yes if network else words.no}",
        "\tMax Upload Size: 10 MB",
        "",
    ]


def _theme(site: SampleSite, words: _Words, lines: list[str], chance: random.Random) -> Sequence[Installed]:
    active, *others = sorted(site.of("theme"), key=lambda row: row.status != "active")
    child = bool(others) and chance.random() < 0.5
    values = [active.name, active.version or "", active.author, words.yes if child else words.no]
    rows = [Installed("theme", None, active.name, active.version, "active")]
    if child:
        values += [others[0].name, others[0].version or "", others[0].author]
        rows.append(Installed("theme", None, others[0].name, others[0].version, "parent"))
    lines.append(f"== {words.titles[2]} ==")
    lines += [f"\t{label}: {value}" for label, value in zip((*words.theme, *words.parent), values, strict=False)]
    lines += ["", f"== {words.titles[3]} ==", "\tRole: administrator", "\tUser Agent: Mozilla/5.0 (X11) Version/14.1.2"]
    return rows


def _plugin(row: Row, escaped: bool) -> list[str]:
    name = html.escape(row.name) if escaped else row.name
    return [f"\t{name}", f"\t\tVersion: {row.version or ''}", f"\t\tAuthor: {row.author}", ""]


def _worn(text: str, chance: random.Random) -> str:
    wear = chance.choice(("none", "none", "tabs", "spaces", "empty lines"))
    if wear == "tabs":
        return text.replace("\t", "")
    if wear == "spaces":
        return text.replace("\t", "    ")
    if wear == "empty lines":
        return "\n".join(line.strip() for line in text.split("\n") if line.strip()) + "\n"
    return text
