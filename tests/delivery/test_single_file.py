"""A plugin of one file on a real WordPress: its build takes its place, and no installer could have done that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from peers.live_wordpress import LiveWordPress

from plugwatch.delivery.builder import build
from plugwatch.model.builds.build import BuildFile, BuildInput, PatchNote, Recipe
from plugwatch.model.component import Component

pytestmark = pytest.mark.services

FILE = "greeter.php"
RELEASE = b"<?php\n/*\n * Plugin Name: Greeter\n * Version: 1.7\n */\nadd_action( 'wp_footer', 'greet' );\n"
RELEASE += b"function greet() { echo '<p>Good day</p>'; }\n"
_INSTALLED = "wp_cache_delete( 'plugins', 'plugins' ); return array_keys( get_plugins() );"


def test_the_file_takes_the_place_of_the_installed_one_and_the_zip_would_not(
    newer_wordpress: LiveWordPress, tmp_path: Path
) -> None:
    patch = PatchNote("pw-abc", "Greet", "It was rude.", dt.date(2026, 1, 2), "Robin", (FILE,), "c" * 40)
    recipe = Recipe(Component("plugin", "greeter"), "1.7", "a" * 40, "b" * 40, (patch,), "Example Agency")
    patched = RELEASE.replace(b"Good day", b"Good morning")
    output = build(BuildInput(recipe, "1.7.0.0-p1", {FILE: BuildFile(False, lambda: patched)}), tmp_path)

    newer_wordpress.add_plugin({FILE: RELEASE}, activate=FILE)
    before = newer_wordpress.php(_INSTALLED)
    assert output.file is not None
    newer_wordpress.add_plugin({FILE: output.file.read_bytes()})
    assert newer_wordpress.php(_INSTALLED) == before
    assert newer_wordpress.plugin_version(FILE) == "1.7.0.0-p1"
    assert newer_wordpress.is_active(FILE)
    status, page = newer_wordpress.get()
    assert (status, "Good morning" in page) == (200, True)

    assert newer_wordpress.upload_plugin(output.zip) is True
    assert sorted(newer_wordpress.php(_INSTALLED)) == sorted([*before, f"greeter/{FILE}"])
