"""Site Health's copy of a site, section by section as WordPress writes it (WP_Debug_Data), with what hosts add."""

from __future__ import annotations

import random
from collections.abc import Sequence

from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory

ENGLISH = ("Auto-updates enabled", "Auto-updates disabled", "Enabled", "Disabled")
# What auto-updates are called; nothing where the site cannot update itself, and in WordPress before 5.5.
TAILS = (
    ENGLISH,
    ENGLISH,
    (
        "Automatische Aktualisierungen aktiviert",
        "Automatische Aktualisierungen deaktiviert",
        "Aktiviert",
        "Deaktiviert",
    ),
    ("Mises à jour auto activées", "Mises à jour auto désactivées", "Activé", "Désactivé"),
    ("Managed by your host, every night", "Managed by your host, never", "On", "Off"),
    None,
)
_UNDERSTOOD = {*TAILS[0], *TAILS[2]}

_MEDIA = (
    "image_editor: WP_Image_Editor_Imagick",
    "imagick_limits: ",
    "\timagick::RESOURCETYPE_AREA: 137 MB",
    "\timagick::RESOURCETYPE_FILE: 6144",
    "gd_formats: GIF, JPEG, PNG, WebP",
    "ghostscript_version: not available",
)
_INJECTED = (
    "wpengine_api: true",
    "acme_plan: Basic, version: 3, author: Acme",
    "cache: Redis 7.2",
    "object-cache.php: true",
)


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """The whole report; one of the inactive themes may be the parent of the active one."""
    return _Writer(site, chance).write()


class _Writer:
    def __init__(self, site: SampleSite, chance: random.Random) -> None:
        self.site, self.chance = site, chance
        self.tails = chance.choice(TAILS)
        self.with_updates = chance.random() < 0.9
        self.reaches_home = chance.random() < 0.8
        self.as_php = chance.random() < 0.2  # fetched by WP-CLI or a script, so nothing has decoded WordPress's &amp;
        self.expected: list[Installed] = []

    def write(self) -> Rendered:
        active, *inactive = self.site.of("theme")
        parent = inactive.pop(0) if inactive and self.chance.random() < 0.5 else None
        plugins = self.site.of("plugin")
        sections = [
            self._fields("wp-core", self._core()),
            self._fields("wp-paths-sizes", ["wordpress_path: /srv/site", "total_size: 126.94 GB (136298879053 bytes)"]),
            self._list("wp-dropins", [self._dropin(row) for row in self.site.of("dropin")]),
            self._theme("wp-active-theme", active, "active", parent, active),
            self._theme("wp-parent-theme", parent, "parent", None, active) if parent else "",
            self._list("wp-themes-inactive", [self._row(row, "inactive") for row in inactive]),
            self._list("wp-mu-plugins", [self._row(row, "must-use") for row in self.site.of("mu-plugin")]),
            self._list("wp-plugins-active", [self._row(row, "active") for row in plugins if row.status == "active"]),
            self._list(
                "wp-plugins-inactive", [self._row(row, "inactive") for row in plugins if row.status != "active"]
            ),
            self._fields("wp-media", _MEDIA),
            self._fields(
                "wp-server", ["httpd_software: Apache", f"php_version: {self.site.php_version} 64bit", "suhosin: false"]
            ),
            self._fields("wp-database", ["extension: mysqli", "client_version: mysqlnd 8.2.28"]),
            self._fields("wp-constants", ["WP_HOME: undefined", "WP_DEBUG: false", "DB_COLLATE: undefined"]),
            self._fields("wp-filesystem", ["wordpress: writable", "mu-plugins: writable"]),
            self._fields("acme-shop (3)", ["version: 99", "name: Acme Shop (acme-shop)", "orders: 12"]),
        ]
        if self.chance.random() < 0.5:
            sections.pop()
        text = "`\n" + "".join(sections) + "`"
        expected = Inventory(
            "site-health",
            tuple(self.expected),
            wordpress_version=self.site.wordpress_version,
            php_version=self.site.php_version,
            complete_kinds=frozenset(
                {"theme", "mu-plugin", "dropin", *(row.kind for row in plugins if row.status == "active")}
            ),
            knows_updates=self.reaches_home,
        )
        return Rendered(text, expected)

    def _core(self) -> list[str]:
        return [
            f"version: {self.site.wordpress_version}",
            "site_language: en_US",
            f"multisite: {self.chance.choice(('false', 'false', 'true'))}",
            f"dotorg_communication: {'true' if self.reaches_home else 'cURL error 28: Operation timed out'}",
        ]

    def _fields(self, key: str, lines: Sequence[str]) -> str:
        injected = [line for line in _INJECTED if self.chance.random() < 0.2]
        return "\n".join([f"### {key} ###", "", *lines, *injected, "", ""])

    def _list(self, key: str, rows: Sequence[str]) -> str:
        return "\n".join([f"### {key} ({len(rows)}) ###", "", *rows, "", ""]) if rows else ""

    def _dropin(self, row: Row) -> str:
        self.expected.append(Installed("dropin", row.slug, None, None, "dropin"))
        return f"{row.slug}: true"

    def _theme(self, key: str, row: Row, status: str, parent: Row | None, active: Row) -> str:
        update = self._update(row)
        lines = [
            f"name: {self._written(row.name)} ({row.slug})",
            f"version: {row.version or 'undefined'}{update}",
            f"author: {row.author}",
            "author_website: (undefined)",
        ]
        if status == "active":
            lines += [f"parent_theme: {f'{parent.name} ({parent.slug})' if parent else 'none'}"]
            lines += ["theme_features: core-block-patterns, post-thumbnails, menus, html5"]
        lines.append(f"theme_path: /srv/site/wp-content/themes/{row.slug}")
        setting = None
        if self.tails:
            own = status == "active" or self.site.wordpress_version != "6.1.9"  # it shows the active theme's setting
            word = self.tails[2 if (row if own else active).auto_update else 3]
            lines.append(f"auto_update: {word}")
            setting = row.auto_update if own and word in _UNDERSTOOD else None
        self.expected.append(
            Installed("theme", row.slug, row.name, row.version, status, row.update_version if update else None, setting)
        )
        return self._fields(key, lines)

    def _row(self, row: Row, status: str) -> str:
        author = self._author(row)
        if row.version and author:
            shown = f"version: {row.version}, author: {author}"
        elif row.kind == "theme" and not (row.version or author):
            shown = "undefined"
        else:
            shown = f"author: {author or '(undefined)'}, version: {row.version or '(undefined)'}"
        update, tail, setting = self._update(row), "", None
        if self.tails and row.kind != "mu-plugin":
            word = self.tails[0 if row.auto_update else 1]
            tail, setting = f", {word}", row.auto_update if word in _UNDERSTOOD else None
        self.expected.append(
            Installed(row.kind, None, row.name, row.version, status, row.update_version if update else None, setting)
        )
        return f"{self._written(row.name)}: {shown}{update}{tail}"

    def _author(self, row: Row) -> str:
        forms = ("", "{}", "{}", "{}", '<a href="https://acme.example/a, b">{}</a>', "{} <ann@acme.example>", "{}, {}")
        return self.chance.choice(forms).format(row.author, "Fern: Hill")

    def _update(self, row: Row) -> str:
        shown = row.update_version is not None and self.with_updates
        return f" (latest version: {row.update_version})" if shown else ""

    def _written(self, name: str) -> str:
        return name.replace("&", "&amp;") if self.as_php else name
