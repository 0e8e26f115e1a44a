"""What the tests of builds are made with: a patch, a recipe and what goes into a build of them.

Not a test itself. Use::

    from building import build_input, patch, recipe
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from plugwatch.model.builds.build import BuildFile, BuildInput, PatchNote, Recipe
from plugwatch.model.component import Component
from plugwatch.model.headers import Main

PLUGIN = Component("plugin", "tidy-forms")
MAIN = Main("tidy-forms.php", "Tidy Forms", "1.2.3", "plugin")
MAIN_FILE = b"<?php\n/**\n * Plugin Name: Tidy Forms\n * Version: 1.2.3\n * Requires PHP: 7.4\n */\ndo_it();\n"
NOTICE = "Modified by Example Agency on 2026-01-02: Escape the nonce (plugwatch patch pw-abc)."
COMMENT = f"/* {NOTICE} */".encode()


def patch(**changes: object) -> PatchNote:
    """A patch of the main file, with some facts changed."""
    note = PatchNote(
        id="pw-abc",
        title="Escape the nonce",
        why="The form fails for logged-out visitors.",
        date=dt.date(2026, 1, 2),
        author="Robin Field",
        files=("tidy-forms.php",),
        commit="c" * 40,
    )
    return dataclasses.replace(note, **changes)


def recipe(*patches: PatchNote, **changes: object) -> Recipe:
    """What a build of Tidy Forms 1.2.3 is made of, with some facts changed."""
    made = Recipe(PLUGIN, "1.2.3", "a" * 40, "b" * 40, patches, "Example Agency", "https://updates.example/")
    return dataclasses.replace(made, **changes)


def build_input(made: Recipe, *paths: str, version: str = "1.2.3.0-p1") -> BuildInput:
    """What goes into a build: empty files of these names."""
    return BuildInput(made, version, {path: BuildFile(False, lambda: b"") for path in paths})
