"""The plugins, themes, must-use plugins and drop-ins of the tests' WordPress, and what a list of them has to say.

Besides the ordinary ones there is every oddity that WordPress's own rules allow, and files that look like a component
and are none. All invented; Akismet comes with WordPress itself.
"""

from __future__ import annotations


def _header(*lines: str, end: str = "\n") -> bytes:
    return end.join(["<?php", "/**", *(f" * {line}" for line in lines), " */", ""]).encode()


def _style(*lines: str) -> bytes:
    return "\n".join(["/*", *lines, "*/", ""]).encode()


_LONG = "".join(f" * Line {number} of a long licence.\n" for number in range(300))

_PLUGINS = {
    "acme-forms/acme-forms.php": _header("Plugin Name: Acme Forms", "Version: 1.2.3", "WC tested up to: 9.9"),
    "acme-forms/readme.php": b"<?php // Nothing to see.\n",
    "acme-forms/includes/deep.php": _header("Plugin Name: Too Deep", "Version: 9"),
    "quiet-gallery/main.php": _header("Version: 2.0-beta.1", "Plugin Name:   Quiet Gallery  "),
    "twin/one.php": _header("Plugin Name: Twin One", "Version: 1.0"),
    "twin/two.php": _header("Plugin Name: Twin Two", "Version: 2.0"),
    "hello-shop.php": b"<?php # Plugin Name: Hello Shop\n# Version: 1.7.1.0-p2 */ trailing words\n",
    "LayerMaker/LayerMaker_Pro.php": _header("Plugin Name: Layer | Maker & Co: Pro", "Version: v7.1", end="\r\n"),
    "old-mac/old-mac.php": _header("Plugin Name: Old Mac", "Version: .6", end="\r"),
    "one-line/one-line.php": b"<?php /* Plugin Name: One Line */\n/* Version: 20190801.1 ?> rest */\n",
    "no-version/no-version.php": _header("Plugin Name: No Version", "Stable tag: 3"),
    "empty-first/empty-first.php": _header("Plugin Name: Empty First", "Version:", "Version: 4"),
    "cafe-menu/menu.php": _header("Plugin Name: Café Menu – By Ada, Inc.", "Version: 3.4"),
    "nameless/nameless.php": _header("Plugin Name:", "Version: 1"),
    "zero/zero.php": b"<?php\n/*\nPlugin Name:0\nVersion: 1\n*/\n",
    "late/late.php": f"<?php\n/*\n{_LONG} * Plugin Name: Late\n * Version: 1\n */\n".encode(),
    "upper/UPPER.PHP": _header("Plugin Name: Upper", "Version: 1"),
    "backup/backup.php.bak": _header("Plugin Name: Backup", "Version: 1"),
    "folder.php/plugin.php": _header("Plugin Name: Folder Named Like a File", "Version: 5"),
    ".hidden/hidden.php": _header("Plugin Name: Hidden", "Version: 1"),
    "index.php": b"<?php // Silence is golden.\n",
}

# WP_HTTP_BLOCK_EXTERNAL lets WordPress ask localhost all the same, where somebody else's web server may listen.
_TWEAKS = b"""
add_filter( 'block_local_requests', '__return_true' );
if ( getenv( 'TEST_PLAIN_PERMALINKS' ) ) {
\tadd_filter( 'pre_option_permalink_structure', '__return_empty_string' );
}
"""

_MU_PLUGINS = {
    "site-tweaks.php": _header("Plugin Name: Site Tweaks", "Version: 0.3") + _TWEAKS,
    "plain.php": b"<?php // No header at all.\n",
    "library/library.php": _header("Plugin Name: Not Loaded", "Version: 1"),
    "index.php": b"<?php // Silence is golden.\n",
}

_DROPINS = {
    "maintenance.php": _header("Plugin Name: Back Soon", "Version: 2.1"),
    "db-error.php": b"<?php // No header at all.\n",
    "no-dropin.php": _header("Plugin Name: No Drop-in", "Version: 1"),
}

_THEMES = {
    "shopfront/style.css": _style("Theme Name: Shopfront", "Version: 4.5.0", "Tested up to: 6.1"),
    "shopfront/index.php": b"<?php\n",
    "shopfront-child/style.css": _style("Theme Name: Shopfront Child", "Template: shopfront", "Version: 1.0.3"),
    "salt/style.css": b"/*\rTheme Name: Salt & Pepper\rVersion: 2026.08.21.1609\r*/\r",
    "salt/index.php": b"<?php\n",
    "no-version/style.css": _style("Theme Name: No Version"),
    "no-version/templates/index.html": b"",
    "group/inner/style.css": _style("Theme Name: Inner", "Version: 1.1"),
    "group/inner/index.php": b"<?php\n",
    "orphan/style.css": _style("Theme Name: Orphan", "Template: gone", "Version: 6"),
    "no-index/style.css": _style("Theme Name: No Index", "Version: 7"),
    "assets/colours.css": b"body { color: red }\n",
}

FILES = {
    f"{folder}{path}": content
    for folder, files in (
        ("plugins/", _PLUGINS),
        ("mu-plugins/", _MU_PLUGINS),
        ("themes/", _THEMES),
        ("", _DROPINS),
    )
    for path, content in files.items()
}
"""What the files below wp-content hold, by their paths."""

ACTIVE_PLUGINS = ("acme-forms/acme-forms.php", "twin/two.php", "hello-shop.php", "LayerMaker/LayerMaker_Pro.php")
ACTIVE_THEME = "shopfront-child"

INSTALLED = {
    ("plugin", "acme-forms", "Acme Forms", "1.2.3", "active"),
    ("plugin", "quiet-gallery", "Quiet Gallery", "2.0-beta.1", "inactive"),
    ("plugin", "twin/one", "Twin One", "1.0", "inactive"),
    ("plugin", "twin/two", "Twin Two", "2.0", "active"),
    ("plugin", "hello-shop", "Hello Shop", "1.7.1.0-p2", "active"),
    ("plugin", "LayerMaker", "Layer | Maker & Co: Pro", "v7.1", "active"),
    ("plugin", "old-mac", "Old Mac", ".6", "inactive"),
    ("plugin", "one-line", "One Line", "20190801.1", "inactive"),
    ("plugin", "no-version", "No Version", None, "inactive"),
    ("plugin", "empty-first", "Empty First", None, "inactive"),
    ("plugin", "cafe-menu", "Café Menu – By Ada, Inc.", "3.4", "inactive"),
    ("plugin", "folder.php", "Folder Named Like a File", "5", "inactive"),
    ("mu-plugin", "site-tweaks.php", "Site Tweaks", "0.3", "must-use"),
    ("mu-plugin", "plain.php", None, None, "must-use"),
    ("dropin", "maintenance.php", "Back Soon", "2.1", "dropin"),
    ("dropin", "db-error.php", None, None, "dropin"),
    ("theme", "shopfront", "Shopfront", "4.5.0", "parent"),
    ("theme", "shopfront-child", "Shopfront Child", "1.0.3", "active"),
    ("theme", "salt", "Salt & Pepper", "2026.08.21.1609", "inactive"),
    ("theme", "no-version", "No Version", None, "inactive"),
    ("theme", "group/inner", "Inner", "1.1", "inactive"),
}
"""What is installed, besides what comes with WordPress: kind, slug, name, version, and status where it can be told."""

BROKEN_THEMES = {("theme", "orphan", "Orphan", "6"), ("theme", "no-index", "No Index", "7")}
"""Themes that WordPress finds but will not switch to; its REST API leaves them out."""
