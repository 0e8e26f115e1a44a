"""A site as Easy Digital Downloads' system info in its three layouts, and as the lists of its relatives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory

NAME = "edd-info"


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """The report as it has been since 2014; newer releases pad names and show an address or author below."""
    modern = chance.random() < 0.5
    dashes = chance.choice(("-- {}", "-- {}", "-- {} --", "        -- {} --"))
    network, rest = _network(site, chance)
    theme, parent, rows = _themes(site, chance)
    lines = [
        "### Begin System Info (Generated 2026-01-02 03:04:05) ###",
        *("", dashes.format("Site Info"), "", "Site URL:                 https://shop.example"),
        *("Home URL:                 https://shop.example", "", dashes.format("WordPress Configuration"), ""),
        f"Version:                  {site.wordpress_version}",
        f"Active Theme:             {theme}",
        *([f"Parent Theme:             {parent}"] if parent or chance.random() < 0.5 else []),
        "Registered Post Stati:    publish, future, draft",
        *("", dashes.format("EDD Configuration"), "", "Version:                  3.6.5"),
        *("", dashes.format("EDD Database Tables"), "", "wp_edd_orders:                  202307111"),
    ]
    lists = [("WordPress Active Plugins", [row for row in rest if row.status == "active"])]
    lists.append(("WordPress Inactive Plugins", [*network, *(row for row in rest if row.status == "inactive")]))
    if site.of("mu-plugin"):
        lists.insert(0, ("Must-Use Plugins", list(site.of("mu-plugin"))))
    if modern and site.of("dropin"):
        lists.insert(0, ("Drop Ins", list(site.of("dropin"))))
    if network:
        lists.append(("Network Active Plugins", [replace(row, update_version=None) for row in network]))
    for title, chosen in lists:
        lines += ["", dashes.format(title), ""]
        for row in chosen:
            lines += _row(row, modern, chance)
    lines += ["", dashes.format("Webserver Configuration"), "", f"PHP Version:              {site.php_version}"]
    lines += ["MySQL Version:            8.0.36", "", dashes.format("PHP Extensions"), "", "cURL:      Supported"]
    lines += ["", "### End System Info ###", ""]
    kinds = {"plugin", *(row.kind for _, chosen in lists for row in chosen)}
    rows += [_installed(row, row.status) for _, chosen in lists[:-1] for row in chosen if row not in network]
    rows += [_installed(row, row.status) for _, chosen in lists[-1:] for row in chosen] if not network else []
    rows += [_installed(row, "active-network") for row in network]
    return _rendered(lines, rows, site, kinds)


def render_2014(site: SampleSite, chance: random.Random) -> Rendered:
    """The layout up to 2014, which names no inactive plugins and writes ``Name :1.0`` for those of a network."""
    network, rest = _network(site, chance)
    active = [row for row in rest if row.status == "active"]
    theme, _, rows = _themes(site, chance, child=False)
    lines = [
        *("### Begin System Info ###", "", "## Please include this information when posting support requests ##", ""),
        *("Multisite:                No", "", "SITE_URL:                 https://shop.example"),
        *("EDD Version:              1.9.5", f"WordPress Version:        {site.wordpress_version}"),
        *(f"Active Theme:             {theme}", "", f"PHP Version:              {site.php_version}"),
        *(
            "MySQL Version:            5.5.62",
            "",
            "TEMPLATES:",
            "",
            "Filename: checkout.php",
            "",
            "ACTIVE PLUGINS:",
            "",
        ),
        *(f"{row.name}: {row.version or ''}" for row in active),
    ]
    if network:
        lines += ["", "NETWORK ACTIVE PLUGINS:", "", *(f"{row.name} :{row.version or ''}" for row in network)]
    rows += [_installed(replace(row, update_version=None), "active") for row in active]
    rows += [_installed(replace(row, update_version=None), "active-network") for row in network]
    return _rendered([*lines, "### End System Info ###", ""], rows, site, set())


def render_pods(site: SampleSite, chance: random.Random) -> Rendered:
    """The debug information of Pods."""
    active = [row for row in site.of("plugin") if row.status == "active"]
    lines = [
        f"WordPress Version: {site.wordpress_version}",
        f"PHP Version: {site.php_version}",
        "Server Software: nginx",
    ]
    lines += [
        "WPDB Prefix: wp_",
        "",
        "Currently Active Plugins:",
        *(f"{row.name}: {row.version or ''}" for row in active),
    ]
    return _rendered([*lines, ""], [_plain(row) for row in active], site, set())


def render_beta_tester(site: SampleSite, chance: random.Random) -> Rendered:
    """The bullets of WordPress Beta Tester."""
    theme = _told_apart(next(row for row in site.of("theme") if row.status == "active"), chance)
    active = [_told_apart(row, chance) for row in site.of("plugin") if row.status == "active"]
    must_use = [_told_apart(row, chance) for row in site.of("mu-plugin")]
    lines = [
        "### Environment",
        f"- WordPress: {site.wordpress_version}",
        f"- PHP: {site.php_version}",
        "- Server: nginx/1.25.3",
    ]
    lines.append(f"- Theme: {theme.name} {theme.version or ''}".rstrip())
    for title, chosen in (("MU Plugins", must_use), ("Plugins", active)):
        none = chance.choice((": None activated", "None activated", ": None"))
        lines.append(f"- {title}" + (chance.choice((":", ": ")) if chosen else none))
        lines += [f"  * {row.name} {row.version or ''}".rstrip() for row in chosen]
    rows = [Installed("theme", None, theme.name, theme.version, "active")]
    rows += [replace(_plain(row), kind="mu-plugin", status="must-use") for row in must_use]
    rows += [_plain(row) for row in active]
    rendered = _rendered([*lines, ""], rows, site, set())
    return Rendered(rendered.text, rendered.expected)


def render_one_line(site: SampleSite, chance: random.Random) -> Rendered:
    """What plugins for forms write of all plugins on one line, or one after each comma."""
    active = [row for row in site.of("plugin") if row.status == "active"]
    key = chance.choice(("Installed Plugins: ", "Installed Plugins:\n", "Active plugins: ", "Installed:\t"))
    joint = chance.choice((", ", ", ", ", \n"))
    items = joint.join(f"{row.name} by {row.author} version {row.version or ''}" for row in active)
    lines = [f"WP Version: {site.wordpress_version}", f"PHP Version: {site.php_version}", key + items, ""]
    return _rendered(lines, [_plain(row) for row in active], site, set())


def _rendered(lines: Sequence[str], rows: Sequence[Installed], site: SampleSite, kinds: set[str]) -> Rendered:
    if not any(row.kind == "plugin" and row.status.startswith("active") for row in rows):
        kinds = kinds - {"plugin"}  # the plugin that writes the report is active itself
    expected = Inventory(NAME, tuple(rows), site.wordpress_version, site.php_version, complete_kinds=frozenset(kinds))
    return Rendered("\n".join(lines), expected)


def _network(site: SampleSite, chance: random.Random) -> tuple[list[Row], list[Row]]:
    """The plugins that run on the whole network, and the others."""
    plugins = site.of("plugin")
    if chance.random() < 0.6:
        return [], list(plugins)
    network = [row for row in plugins if row.status == "active" and chance.random() < 0.4]
    return network, [row for row in plugins if row not in network]


def _themes(site: SampleSite, chance: random.Random, *, child: bool = True) -> tuple[str, str, list[Installed]]:
    active, *others = sorted(site.of("theme"), key=lambda row: row.status != "active")
    active = _told_apart(active, chance)
    rows = [Installed("theme", None, active.name, active.version, "active")]
    if not child or not others or chance.random() < 0.5:
        return f"{active.name} {active.version or ''}", "", rows
    parent = _told_apart(others[0], chance)
    rows.append(Installed("theme", None, parent.name, parent.version, "parent"))
    return f"{active.name} {active.version or ''}", f"{parent.name} {parent.version or ''}", rows


def _told_apart(row: Row, chance: random.Random) -> Row:
    """The row with a version that its name cannot be mistaken for: a name may end in "2.0" and have no version."""
    plain = row.version is not None and row.version[0].isdecimal()
    ends = row.name.split(" ")[-1]
    if plain or (row.version is None and not any(c.isdecimal() for c in ends) and len(row.name.split(" ")) > 1):
        return row
    return replace(row, version=f"{chance.randint(1, 9)}.{chance.randint(0, 20)}")


def _row(row: Row, modern: bool, chance: random.Random) -> list[str]:
    update = f" (needs update - {row.update_version})" if row.update_version else ""
    name = f"{row.name}: "
    shown = (name.ljust(26) if modern or chance.random() < 0.3 else name) + (row.version or "") + update
    if chance.random() < 0.3:
        shown = shown.rstrip()
    if not modern or row.kind != "plugin":
        return [shown]
    vendor = chance.choice(("https://acme.example/plugin/", row.author, None))
    return [shown, *([vendor] if vendor else []), ""]


def _installed(row: Row, status: str) -> Installed:
    slug = row.slug if row.kind == "dropin" and row.name == row.slug else None
    return Installed(row.kind, slug, row.name, row.version, status, row.update_version)


def _plain(row: Row) -> Installed:
    return Installed("plugin", None, row.name, row.version, "active")
