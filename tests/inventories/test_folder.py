"""WordPress folders on disk, friendly and not."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Hints
from plugwatch.inventories.registry import read_path
from plugwatch.model.inventory import Installed


def _plugin(name: str, version: str = "") -> str:
    return f"<?php\n/**\n * Plugin Name: {name}\n * Version: {version}\n * WC tested up to: 9.9\n */\n"


def _write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A wp-content with every kind of component, and files that look like one and are none."""
    content = tmp_path / "site" / "wp-content"
    plugins = content / "plugins"
    _write(plugins / "acme-forms" / "main.php", _plugin("Acme Forms", "1.2.3"))
    _write(plugins / "acme-forms" / "includes" / "deep.php", _plugin("Too deep", "9"))
    _write(plugins / "acme-forms" / "readme.php", "<?php // no header\n")
    _write(plugins / "twin" / "one.php", _plugin("Twin One", "1.0"))
    _write(plugins / "twin" / "two.php", _plugin("Twin Two", "2.0"))
    _write(plugins / "hello.php", _plugin("Hello", "v1.7.1"))
    _write(plugins / "index.php", "<?php // Silence is golden.\n")
    _write(plugins / ".hidden" / "x.php", _plugin("Hidden", "1"))
    _write(plugins / "late" / "late.php", "<?php\n" + "//\n" * 3000 + _plugin("Late", "1"))
    _write(content / "themes" / "shopfront" / "style.css", "/*\nTheme Name: Shopfront\nVersion: 4.5\n*/\n")
    _write(content / "themes" / "child" / "style.css", "/*\rTheme Name: Child\rTemplate: shopfront\rVersion: 1\r*/")
    _write(content / "themes" / "orphan" / "style.css", "/*\nTheme Name: Orphan\nTemplate: gone\n*/")
    _write(content / "themes" / "group" / "inner" / "style.css", "/*\nTheme Name: Inner\nVersion: 2\n*/\n")
    _write(content / "mu-plugins" / "site-tweaks.php", "<?php // Version: 3 is no header here, yet it reads as one\n")
    _write(content / "mu-plugins" / "index.php", "<?php // Silence is golden.\n")
    _write(content / "mu-plugins" / "lib" / "lib.php", _plugin("Not loaded", "1"))
    _write(content / "object-cache.php", _plugin("Cache drop-in", "2.1"))
    _write(content / "other.php", _plugin("No drop-in", "1"))
    return content


COMPONENTS = {
    Installed("plugin", "acme-forms", "Acme Forms", "1.2.3", "unknown"),
    Installed("plugin", "twin/one", "Twin One", "1.0", "unknown"),
    Installed("plugin", "twin/two", "Twin Two", "2.0", "unknown"),
    Installed("plugin", "hello", "Hello", "v1.7.1", "unknown"),
    Installed("theme", "shopfront", "Shopfront", "4.5", "unknown"),
    Installed("theme", "child", "Child", "1", "unknown"),
    Installed("theme", "orphan", "Orphan", None, "unknown"),
    Installed("theme", "group/inner", "Inner", "2", "unknown"),
    Installed("mu-plugin", "site-tweaks.php", None, "3 is no header here, yet it reads as one", "must-use"),
    Installed("dropin", "object-cache.php", "Cache drop-in", "2.1", "dropin"),
}


def test_a_wp_content_is_read_by_wordpress_own_rules(content: Path) -> None:
    inventory = read_path(content)
    assert inventory.format == "folder"
    assert set(inventory.components) == COMPONENTS
    assert len(inventory.components) == len(COMPONENTS)
    assert inventory.complete_kinds == {"plugin", "theme", "mu-plugin", "dropin"}
    assert inventory.unparsed == ()
    assert inventory.warnings == ("the theme orphan builds on the theme gone, which is not there",)
    assert inventory.wordpress_version is None


def test_a_wordpress_root_gives_its_version_too(content: Path) -> None:
    version = "<?php\n/**\n * @global string $wp_version\n */\n$wp_version = '6.9.1';\n$wp_db_version = 1;\n"
    _write(content.parent / "wp-includes" / "version.php", version)
    inventory = read_path(content.parent)
    assert inventory.wordpress_version == "6.9.1"
    assert set(inventory.components) == COMPONENTS


def test_bedrocks_layout_is_known(content: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "web").mkdir(parents=True)
    content.rename(project / "web" / "app")
    _write(project / "web" / "wp" / "wp-includes" / "version.php", "<?php\n$wp_version = '7.1';\n")
    for root in (project, project / "web"):
        inventory = read_path(root)
        assert inventory.wordpress_version == "7.1"
        assert set(inventory.components) == COMPONENTS


@pytest.mark.parametrize(("folder", "kind"), [("plugins", "plugin"), ("themes", "theme"), ("mu-plugins", "mu-plugin")])
def test_a_single_folder_is_known_by_its_content(content: Path, folder: str, kind: str) -> None:
    inventory = read_path(content / folder)
    assert set(inventory.components) == {row for row in COMPONENTS if row.kind == kind}
    assert inventory.complete_kinds == {kind}


def test_a_folder_of_plugins_with_style_sheets_holds_plugins(tmp_path: Path) -> None:
    for name in ("acme", "foo"):
        _write(tmp_path / name / f"{name}.php", _plugin(name, "1"))
        _write(tmp_path / name / "style.css", "body { color: red }\n")
    assert {str(row.component) for row in read_path(tmp_path).components} == {"plugin/acme", "plugin/foo"}


@pytest.mark.parametrize("folder", ["acme-forms", "twin"])
def test_the_folder_of_one_plugin_is_partial(content: Path, folder: str) -> None:
    _write(content / "plugins" / "acme-forms" / "README.txt", "=== Acme Forms ===\n")
    inventory = read_path(content / "plugins" / folder)
    assert inventory.complete_kinds == frozenset()
    assert "taken as partial" in inventory.warnings[0]


def test_the_type_can_be_told(tmp_path: Path) -> None:
    _write(tmp_path / "acme" / "acme.php", _plugin("Acme", "1"))
    _write(tmp_path / "acme" / "style.css", "/*\nTheme Name: Acme\n*/")
    assert [row.kind for row in read_path(tmp_path).components] == ["plugin"]
    assert [row.kind for row in read_path(tmp_path, hints=Hints("themes")).components] == ["theme"]


def test_links_that_leave_the_folder_are_reported_and_not_followed(content: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    _write(outside / "secret.php", _plugin("Secret", "1"))
    (content / "plugins" / "linked").symlink_to(outside)
    (content / "plugins" / "file.php").symlink_to(outside / "secret.php")
    (content / "plugins" / "alias").symlink_to(content / "plugins" / "acme-forms")
    (content / "plugins" / "loop.php").symlink_to("loop.php")
    inventory = read_path(content)
    assert "Secret" not in {row.name for row in inventory.components}
    assert Installed("plugin", "alias", "Acme Forms", "1.2.3", "unknown") in inventory.components
    reported = {unparsed.text.partition(":")[0] for unparsed in inventory.unparsed}
    assert {"plugins/linked", "plugins/file.php"} <= reported
    assert "plugin" not in inventory.complete_kinds
    assert "theme" in inventory.complete_kinds


def test_a_linked_content_folder_is_not_followed(content: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "wp-content").symlink_to(content)
    with pytest.raises(InputError, match=r"wp-content: it is a link that leaves the folder"):
        read_path(root)


def test_odd_names_and_bytes_are_reported_or_replaced(content: Path) -> None:
    plugins = content / "plugins"
    _write(plugins / "we?ird" / "a.php", _plugin("Weird", "1"))
    _write(plugins / "bytes" / "bytes.php", b"<?php /* Plugin Name: Caf\xe9\nVersion: 1.0\x07 */")
    _write(plugins / "long" / "long.php", _plugin("Long", "1" * 300))
    (plugins / "folder.php").mkdir()
    inventory = read_path(content)
    assert Installed("plugin", "bytes", "Caf\ufffd", "1.0", "unknown") in inventory.components
    assert [unparsed.text.partition(":")[0] for unparsed in inventory.unparsed] == [
        "plugins/long/long.php",
        "plugins/we?ird/a.php",
    ]


def test_an_empty_wp_content_closes_what_it_has_folders_for(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    inventory = read_path(tmp_path)
    assert inventory.components == ()
    assert inventory.complete_kinds == {"plugin", "dropin"}
