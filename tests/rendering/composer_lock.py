"""The lock of a site that Composer builds, with libraries, language packs and packages of vendors among its plugins."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from rendering.json_texts import dump
from rendering.samples import Rendered, Row, SampleSite

from plugwatch.model.inventory import Installed, Inventory
from plugwatch.model.signs import DEVELOPMENT, POSSIBLE_FORK

Package = dict[str, Any]

KEYED = "https://vendor.example/download?item=7&licence=5ecre7c0de"
TYPES = {
    "plugin": "wordpress-plugin",
    "theme": "wordpress-theme",
    "mu-plugin": "wordpress-muplugin",
    "dropin": "wordpress-dropin",
}
_ALWAYS_ON = {"mu-plugin": "must-use", "dropin": "dropin"}
_NOISE: tuple[Package, ...] = (
    {
        "name": "acme/tool",
        "version": "1.2.3",
        "type": "library",
        "dist": {"type": "zip", "url": "https://a.example/t.zip"},
    },
    {"name": "composer/installers", "version": "v2.3.0", "type": "composer-plugin", "extra": {"class": "Composer"}},
    {
        "name": "koodimonni-plugin-language/akismet-en_gb",
        "version": "5.3",
        "type": "wordpress-language",
        "time": "2026",
    },
    {
        "name": "acme/meta",
        "version": "1.0",
        "type": "metapackage",
        "authors": [{"name": "Ada", "email": "a@b.example"}],
    },
)
_CORES: tuple[tuple[Package, ...], ...] = (
    (
        {"name": "johnpbloch/wordpress", "type": "package"},
        {"name": "johnpbloch/wordpress-core", "type": "wordpress-core"},
    ),
    (
        {"name": "roots/wordpress", "type": "metapackage"},
        {"name": "roots/wordpress-no-content", "type": "wordpress-core"},
    ),
    ({"name": "acme/wordpress-mirror", "type": "wordpress-core"},),
)


@dataclass
class Sort:
    """A package as it is written, and what must be read from it."""

    package: Package
    installed: Installed


def render(site: SampleSite, chance: random.Random) -> Rendered:
    """A whole composer.lock; before it there may be the composer.json, which makes some plugins must-use."""
    sorts = [sort(row, chance) for row in site.rows]
    moved = [one for one in sorts if one.installed.kind == "plugin" and chance.random() < 0.2]
    texts = []
    if chance.random() < 0.3:
        names = ["type:wordpress-muplugin", *(one.package["name"] for one in moved)]
        paths = {"web/app/mu-plugins/{$name}/": names, "web/app/plugins/{$name}/": ["type:wordpress-plugin"]}
        texts.append(
            dump({"require": {"php": ">=8.1", "acme/tool": "^1.0"}, "extra": {"installer-paths": paths}}, chance)
        )
        for one in moved:
            one.installed = must_use(one.installed)
    core = chance.choice([*_CORES, ()])
    packages = [one.package for one in sorts] + list(_NOISE)
    chance.shuffle(packages)
    for number, package in enumerate(core):
        wraps = number < len(core) - 1
        version = f"{site.wordpress_version}.1" if wraps and "johnpbloch" in package["name"] else site.wordpress_version
        packages.insert(0, {**package, "version": version, "source": {"url": "https://core.example/wordpress.git"}})
    cut = chance.randint(0, len(packages))
    texts.append(dump(_lock(packages[:cut], packages[cut:]), chance))
    expected = {one.package["name"]: one.installed for one in sorts}
    components = tuple(expected[package["name"]] for package in packages if package["name"] in expected)
    known = site.wordpress_version if core else None
    return Rendered("\n".join(texts), Inventory("composer-lock", components, wordpress_version=known))


def sort(row: Row, chance: random.Random) -> Sort:
    """One of the ways in which Composer has a component."""
    ways = [_public, _forked, _renamed, _unknown]
    if row.kind in ("plugin", "theme"):
        ways += [_public, _public, _hosted]
    made = chance.choice(ways)(row) if row.kind in ("plugin", "theme") else chance.choice([_renamed, _unknown])(row)
    version, sign = row.version or chance.choice(["dev-main", "1.x-dev"]), made.installed.sign
    made.installed = replace(made.installed, version=version, sign=sign if row.version else DEVELOPMENT)
    return Sort({**made.package, "version": version, "type": TYPES[row.kind]}, made.installed)


def must_use(installed: Installed) -> Installed:
    """The plugin as one that is installed as a must-use plugin."""
    slug = None if installed.slug is None else f"{installed.slug}.php"
    return replace(installed, kind="mu-plugin", slug=slug, status="must-use")


def _made(row: Row, package: Package, *, known: bool = True, sign: str | None = None) -> Sort:
    status = _ALWAYS_ON.get(row.kind, "unknown")
    named = None if known else package["name"]
    return Sort(package, Installed(row.kind, row.slug if known else None, named, None, status, sign=sign))


def _public(row: Row) -> Sort:
    vendor = f"wpackagist-{row.kind}" if len(row.slug) % 2 else f"wp-{row.kind}"
    archive = f"https://downloads.wordpress.org/{row.kind}/{row.slug}.{row.version}.zip?timestamp=1700000000"
    package = {
        "name": f"{vendor}/{row.slug}",
        "source": {"type": "svn", "url": f"https://{row.kind}s.svn.wordpress.org/{row.slug}/", "reference": "trunk"},
        "dist": {"type": "zip", "url": archive},
        "require": {"composer/installers": "^1.0 || ^2.0"},
    }
    return _made(row, package)


def _forked(row: Row) -> Sort:
    package = {
        "name": f"wpackagist-{row.kind}/{row.slug}",
        "source": {"type": "git", "url": "git@git.example:agency/fork.git", "reference": "0123456789abcdef"},
        "dist": {"type": "zip", "url": "https://git.example/agency/fork.zip", "reference": "0123456789abcdef"},
    }
    return _made(row, package, sign=POSSIBLE_FORK)


def _renamed(row: Row) -> Sort:
    folder = row.slug.removesuffix(".php") if row.kind == "mu-plugin" else row.slug
    package = {
        "name": f"acme-{row.kind}/wordpress-{folder.lower()}",
        "dist": {"type": "zip", "url": KEYED},
        "extra": {"installer-name": folder, "branch-alias": {"dev-main": "1.x-dev"}},
    }
    return _made(row, package)


def _hosted(row: Row) -> Sort:
    package = {
        "name": f"acme-{row.kind}/wp-{row.slug.lower()}",
        "dist": {"type": "zip", "url": f"https://downloads.wordpress.org/{row.kind}/{row.slug}.zip?timestamp=17"},
    }
    return _made(row, package)


def _unknown(row: Row) -> Sort:
    package = {"name": f"studio-{row.kind}/{row.slug.lower()}", "dist": {"type": "zip", "url": KEYED, "shasum": ""}}
    return _made(row, package, known=False)


def _lock(packages: list[Package], development: list[Package]) -> Package:
    return {
        "_readme": ["This file locks the dependencies of your project to a known state"],
        "content-hash": "0123456789abcdef0123456789abcdef",
        "packages": packages,
        "packages-dev": development,
        "aliases": [],
        "minimum-stability": "stable",
        "stability-flags": {"acme/tool": 20},
        "prefer-stable": True,
        "platform": {"php": ">=8.1"},
        "plugin-api-version": "2.6.0",
    }
