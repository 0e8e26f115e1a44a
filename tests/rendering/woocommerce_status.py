"""A site as WooCommerce's System Status Report: the text that its script makes of the screen, and the API's JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.version import compare

KINDS = frozenset({"plugin", "mu-plugin", "dropin"})


@dataclass(frozen=True)
class _Words:
    """What a language puts where English has these words."""

    by: str
    update: str
    network: str
    untested: str
    available: str


_LANGUAGES = (
    _Words(
        "by",
        "(update to version {} is available)",
        "Network enabled",
        "Installed version not tested with active version of WooCommerce 9.3.2",
        "{} is available",
    ),
    _Words("by", "({} is available)", "Network enabled", "Not tested with the active version of WooCommerce", "{} now"),
    _Words(
        "von",
        "(Aktualisierung auf Version {} ist verfügbar)",
        "Im Netzwerk aktiviert",
        "Die installierte Version wurde nicht mit der aktiven WooCommerce-Version 9.3 getestet",
        "{} ist verfügbar",
    ),
    _Words(
        "par",
        "(la mise à jour, en version {}, est disponible)",
        "Activée sur le réseau",
        "La version pour WooCommerce n’a pas été testée, du moins pas avec la 9.3",
        "{} est disponible",
    ),
)


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """The report's text, with WooCommerce's backticks around it or not."""
    text, rows = _Writer(chance.choice(_LANGUAGES), chance).report(site)
    wrap = chance.choice(("`{}`", "{}", "<details><summary>System Status Report</summary>\n\n```{}```\n</details>\n"))
    return Rendered(wrap.format(text), _expected(site, rows, KINDS))


def render_app(site: SampleSite, chance: random.Random) -> Rendered:
    """What WooCommerce's mobile app makes of the same data: hyphens, and only the file of a must-use plugin."""
    rows: list[Installed] = []
    lines = ["### WordPress Environment ###\n", f"WP Version: {site.wordpress_version}", "### Server Environment ###\n"]
    lines += [f"PHP Version: {site.php_version}", "\n### Post Type Counts ###\n", "wpcode: 4"]
    for title, kind, status in _LISTS:
        chosen = [row for row in site.of(kind) if row.status == status]
        if not chosen:
            continue
        lines.append(f"\n### {title} ({len(chosen)}) ###\n")
        for row in chosen:
            by_file = kind != "plugin"
            lines.append(f"{row.slug}: {row.name}" if by_file else f"{row.name}: by Acme – B - {row.version or ''}")
            version = None if by_file else row.version
            rows.append(Installed(kind, row.slug if by_file else None, row.name, version, status))
    text = "\n".join([*lines, "\n### Settings ###\n", "API Enabled: –", ""])
    statuses = {row.status for row in site.of("plugin")}
    whole = KINDS if "inactive" in statuses else {row.kind for row in rows} - {"plugin"}
    return Rendered(text, _expected(site, rows, whole if {"active", "inactive"} <= statuses else whole - {"plugin"}))


def render_json(site: SampleSite, chance: random.Random) -> Rendered:
    """The answer of ``GET /wc/v3/system_status``, in an envelope or not."""
    lists: dict[str, list[dict[str, object]]] = {"active": [], "inactive": [], "dropin": [], "must-use": []}
    rows = []
    for row in site.of("plugin", "mu-plugin", "dropin"):
        own, network = chance.random() < 0.3, row.status == "active" and chance.random() < 0.2
        file = row.slug if row.kind != "plugin" else chance.choice((f"{row.slug}/main.php", f"{row.slug}.php"))
        lists[row.status].append({
            "plugin": file,
            "name": row.name.replace("&", "&amp;"),
            "version": row.version or "",
            "version_latest": row.update_version or row.version or "",
            "url": "https://woocommerce.com/products/acme" if own else "https://acme.example/plugin",
            "author_name": row.author,
            "network_activated": network,
        })  # fmt: skip
        status = "active-network" if network else row.status
        newer = row.update_version if own and compare(row.update_version or "", row.version or "") > 0 else None
        rows.append(Installed(row.kind, row.slug, row.name, row.version, status, newer))
    rows = [row for status in _ORDER for row in rows if row.status == status or status == "active" == row.status[:6]]
    theme = next(row for row in site.of("theme") if row.status == "active")
    rows.append(Installed("theme", None, theme.name, theme.version, "active"))
    answer: dict[str, object] = {
        "environment": {"version": "9.3.2", "wp_version": site.wordpress_version, "php_version": site.php_version},
        "database": {"wc_database_version": "9.3.2", "database_tables": {"other": {"wp_posts": {"data": "0.02"}}}},
        "active_plugins": lists["active"],
        "inactive_plugins": lists["inactive"],
        "dropins_mu_plugins": {"dropins": lists["dropin"], "mu_plugins": lists["must-use"]},
        "theme": {"name": theme.name, "version": theme.version or "", "version_latest": "0", "is_child_theme": False},
        "post_type_counts": [{"type": "wpcode", "count": "4"}],
    }
    if chance.random() < 0.3:
        answer = {"data": answer}
    text = json.dumps(answer, indent=chance.choice((None, 2)), ensure_ascii=chance.random() < 0.5)
    return Rendered(text + chance.choice(("", "\n")), _expected(site, rows, KINDS))


_ORDER = ("active", "inactive", "dropin", "must-use")
_LISTS = (
    ("Active Plugins", "plugin", "active"),
    ("Inactive Plugins", "plugin", "inactive"),
    ("Dropin Plugins", "dropin", "dropin"),
    ("Must Use Plugins", "mu-plugin", "must-use"),
)


def _expected(site: SampleSite, rows: Sequence[Installed], whole: frozenset[str] | set[str]) -> Inventory:
    if not any(row.kind == "plugin" and row.status.startswith("active") for row in rows):
        whole = whole - {"plugin"}  # WooCommerce, which writes the report, is active itself
    return Inventory(
        "woocommerce-status", tuple(rows), site.wordpress_version, site.php_version, complete_kinds=frozenset(whole)
    )


class _Writer:
    """Writes as system-status.js does."""

    def __init__(self, words: _Words, chance: random.Random) -> None:
        self.words, self.chance = words, chance
        self.lines: list[str] = []
        self.rows: list[Installed] = []

    def report(self, site: SampleSite) -> tuple[str, list[Installed]]:
        older = self.chance.choice(("", "❌ "))
        advice = self.chance.choice(("", " - We recommend using PHP version 8.3 or above for greater security"))
        self.section("WordPress Environment", {"Site address (URL)": "https://shop.example", "WC Version": "9.3.2"})
        self.pair("WP Version", older + site.wordpress_version + (" - There is a newer one (9.9)" if older else ""))
        self.section("Server Environment", {"Server Info": "nginx", "PHP Version": site.php_version + advice})
        if self.chance.random() < 0.2:
            self.lines += ["", "### Database ###", "", "[REDACTED]", ""]
        else:
            self.section("Database", {"wp_options": "Data: 0.02MB + Index: 0.02MB + Engine InnoDB"})
        self.section("Post Type Counts", {"wpcode": "4", "popup": "42", "wpcf7_contact_form": "5.1"})
        for title, kind, status in _LISTS:
            chosen = [row for row in site.of(kind) if row.status == status]
            if chosen or kind == "plugin":
                count = "" if kind == "dropin" and self.chance.random() < 0.5 else len(chosen)
                self.section(f"{title} ({count})", {})
                for row in chosen:
                    self.component(row)
        self.section(
            "Settings", {"Currency": "EUR (€)", "Taxonomies: Product Types": "external (external), simple (simple)"}
        )
        self.theme(site)
        self.section("Templates", {"Overrides": "–"})
        self.section("Status report information", {"Generated at": "2026-01-02 03:04:05 +00:00"})
        return "\n".join([*self.lines, ""]), self.rows

    def section(self, title: str, pairs: dict[str, str]) -> None:
        self.lines += ["", f"### {title} ###", ""]
        for key, value in pairs.items():
            self.pair(key, value)

    def pair(self, key: str, value: str) -> None:
        parts = value.strip().split(", ")
        self.lines += (
            f"{key}: {value.strip()}".split("\n") if len(parts) == 1 else [f"{key}: {parts[0]}", *parts[1:], ""]
        )

    def component(self, row: Row) -> None:
        if row.kind == "dropin":
            self.pair(row.slug, row.name)
            self.rows.append(Installed("dropin", row.slug, row.name, None, "dropin"))
            return
        status, update, words = row.status, None, self.words
        value = f"{words.by} {row.author} – {row.version or ''}"
        if row.kind == "plugin" and self.chance.random() < 0.4:
            update = row.update_version
            if update:
                older = self.chance.random() < 0.3
                value += " – " + words.available.format(update) if older else " " + words.update.format(update)
            if self.chance.random() < 0.3:
                value += f" – {words.untested}"
            if row.status == "active" and self.chance.random() < 0.3:
                value += f" – {words.network}"
                status = "active-network"
        self.pair(row.name, value)
        self.rows.append(Installed(row.kind, None, row.name, row.version, status, update))

    def theme(self, site: SampleSite) -> None:
        active, *others = sorted(site.of("theme"), key=lambda row: row.status != "active")
        offered = self.chance.random() < 0.5
        self.section("Theme", {"Name": active.name, "Version": self.with_update(active, offered)})
        self.rows.append(self.theme_row(active, "active", offered))
        self.pair("Author URL", "https://acme.example")
        if others and self.chance.random() < 0.5:
            self.pair("Child Theme", "✔")
            self.pair("Parent Theme Name", others[0].name)
            newer = f" – {self.words.available.format(others[0].update_version)}" if others[0].update_version else ""
            self.pair("Parent Theme Version", (others[0].version or "") + newer)
            self.rows.append(self.theme_row(others[0], "parent", True))
        else:
            self.pair("Child Theme", "❌ – If you are modifying WooCommerce, we recommend using a child theme")
        self.pair("WooCommerce Support", "✔")

    def with_update(self, row: Row, offered: bool) -> str:
        hint = f" {self.words.update.format(row.update_version)}" if offered and row.update_version else ""
        return (row.version or "") + hint

    def theme_row(self, row: Row, status: str, offered: bool) -> Installed:
        plain = Installed("theme", None, row.name, row.version, status, row.update_version)
        return plain if offered else replace(plain, update_version=None)
