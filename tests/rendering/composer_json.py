"""The composer.json of a site: constraints, exact pins, branches, inline packages and paths."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

from rendering.composer_lock import TYPES, Sort, must_use, sort
from rendering.json_texts import dump
from rendering.samples import Rendered, SampleSite

from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.signs import DEVELOPMENT

LOOSE = (
    "^3.0",
    "*",
    "~1.2",
    ">=1.0 <2.0",
    "1.2.*",
    "^1 || ^2",
    "1.0 - 2.0",
    "",
    "@stable",
    "1.x",
    ">=5.10",
    "self.version",
)
_PINNED = re.compile(r"v?[0-9].*")
_PUBLIC = ("wpackagist-", "wp-")


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """A whole composer.json. A vendor's package is only known where the file writes it out."""
    required: dict[str, str] = {"php": ">=8.1", "ext-json": "*", "composer/installers": "^2.0", "acme/tool": "1.2.3"}
    inline, moved, expected = [], [], []
    for row in site.rows:
        made = sort(row, chance)
        name = made.package["name"]
        public = name.startswith(_PUBLIC)
        written = not public or chance.random() < 0.2
        required[name], installed = _asked(made, written, chance)
        if written:
            inline.append(_written(made, chance))
        else:
            installed = replace(installed, sign=installed.sign if installed.sign == DEVELOPMENT else None)
        if row.kind == "plugin" and chance.random() < 0.1:
            moved.append(name)
            installed = must_use(installed)
        expected.append(installed)
    inline.append({"type": "package", "package": {"name": "acme/unused", "version": "9", "type": "wordpress-plugin"}})
    core, version = _core(site, chance)
    required |= core
    paths = {
        "web/app/mu-plugins/{$name}/": ["type:wordpress-muplugin", *moved],
        "web/app/plugins/{$name}/": TYPES["plugin"],
    }
    extra: dict[str, Any] = {"installer-paths": paths, "wordpress-install-dir": "web/wp"}
    if not core and chance.random() < 0.5:
        extra["wp-version"], version = site.wordpress_version, site.wordpress_version
    project = {
        "name": "acme/site",
        "type": "project",
        "repositories": inline if chance.random() < 0.5 else {str(key): value for key, value in enumerate(inline)},
        "require": required,
        "extra": extra,
        "config": {"platform": {"php": "8.1"}, "http-basic": {"repo.example": {"password": "5ecre7"}}},
    }
    text = dump(project, chance)
    return Rendered(text, Inventory("composer-json", tuple(expected), wordpress_version=version))


def _asked(made: Sort, written: bool, chance: random.Random) -> tuple[str, Installed]:
    """A constraint on the package, and what is known with it."""
    version = made.package["version"]
    if _PINNED.fullmatch(version) and chance.random() < 0.4:
        return chance.choice(["", "", "=", "=="]) + version + chance.choice(["", "", "@beta"]), made.installed
    if chance.random() < 0.15:
        branch = chance.choice(["dev-main", "dev-main#2c5968b", "dev-fix as 2.12.2", "1.x-dev", "dev-fork/form-1"])
        return branch, replace(made.installed, version=branch, sign=DEVELOPMENT)
    if written:
        return chance.choice(LOOSE), made.installed
    return chance.choice(LOOSE), replace(made.installed, version=None, sign=None)


def _written(made: Sort, chance: random.Random) -> dict[str, Any]:
    package = made.package
    return {"type": "package", "package": [package] if chance.random() < 0.3 else package}


def _core(site: SampleSite, chance: random.Random) -> tuple[dict[str, str], str | None]:
    name = chance.choice(["roots/wordpress", "johnpbloch/wordpress", "johnpbloch/wordpress-core"])
    way = chance.randint(0, 2)
    if way == 0:
        return {}, None
    return ({name: site.wordpress_version}, site.wordpress_version) if way == 1 else ({name: "^6.4"}, None)
