"""``patch export --format composer``: a stack as cweagans/composer-patches takes it, 1 and 2.

The form is that of ``extra.patches`` (https://docs.cweagans.net/composer-patches/usage/defining-patches): descriptions
and files by package, applied in this order; the files are named relative to the folder of the composer.json.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from plugwatch.cli.context import next_step, note, print_json
from plugwatch.model.component import Component
from plugwatch.model.fork import StackEntry

_HOSTED = ("plugin", "theme")


def package_of(component: Component, said: str | None) -> str:
    """The package to be patched: the one named, else WPackagist's.

    Raises UsageError for what is neither a plugin nor a theme.
    """
    if said:
        return said
    if component.kind not in _HOSTED:
        raise click.UsageError(f"nobody publishes {component} as a package; name yours with --package VENDOR/NAME")
    return f"wpackagist-{component.kind}/{component.slug}"


def show_composer(package: str, version: str, out: Path, entries: Mapping[str, StackEntry]) -> None:
    """What goes into the composer.json of the folder that the person stands in; ``entries`` go by file name."""
    folder = Path(os.path.relpath(out))
    patches = {f"{entry.patch.title} ({entry.patch.id})": (folder / name).as_posix() for name, entry in entries.items()}
    print_json({"extra": {"patches": {package: patches}}})
    note(f"note: the patches fit {package} {version}; composer.json must ask for that version")
    next_step("copy this into your composer.json", "composer require cweagans/composer-patches")
