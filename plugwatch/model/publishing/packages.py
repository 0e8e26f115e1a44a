"""The builds as packages for Composer: a static repository, and the lines that a composer.json needs for it.

Forms: https://getcomposer.org/doc/05-repositories.md#composer ("packages"), and for what a repository hides
https://getcomposer.org/doc/articles/repository-priorities.md: the first repository that has a package by its name is
the only one asked for it, so ours goes in front of the vendor's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.composer_version import composer_version, normalize
from plugwatch.model.component import Component
from plugwatch.model.fork import release_order
from plugwatch.model.publishing.offers import STOCK
from plugwatch.model.publishing.published import Archive, Current, Published, address, anchor, is_package

# WPackagist and WP Packages, under whose names projects ask for what is in the directory.
_VENDORS = {"plugin": ("wpackagist-plugin", "wp-plugin"), "theme": ("wpackagist-theme", "wp-theme")}
_TYPES = {"plugin": "wordpress-plugin", "theme": "wordpress-theme"}
_INSTALLERS = "^1.0 || ^2.0"


def check_package(text: str) -> str:
    """The name of a package as somebody gives it. Raises PlugwatchError where Composer would not take it."""
    if not is_package(text):
        raise PlugwatchError(f"'{text[:100]}' is no name of a package; write VENDOR/NAME in small letters")
    return text


def package_names(component: Component, given: Iterable[str] = ()) -> tuple[str, ...]:
    """The names under which projects ask for a component: those given, then WPackagist's and WP Packages'.

    Where the slug cannot be part of such a name only those given are left.
    """
    usual = (f"{vendor}/{component.slug.lower()}" for vendor in _VENDORS.get(component.kind, ()))
    return tuple(dict.fromkeys([*given, *(name for name in usual if is_package(name))]))


def check_free(name: str, component: Component, published: Published) -> None:
    """Raise PlugwatchError where another component of the folder goes by this name."""
    for other in sorted({*published.current, *published.packages} - {component}):
        if name in package_names(other, published.packages.get(other, ())):
            raise PlugwatchError(f"{other} goes by '{name}' already; give {component} a name of its own with --package")


def choose_package(component: Component, names: tuple[str, ...], wanted: str | None) -> tuple[str, ...]:
    """The names of a component, the one that was asked for in front.

    Raises PlugwatchError where it has none, or another one was asked for.
    """
    if wanted in names:
        return (str(wanted), *(name for name in names if name != wanted))
    if not names or wanted:
        there = f"goes by {' and '.join(names)}" if names else "has no name for Composer"
        raise PlugwatchError(
            f"{component} {there}; give it another one with 'plugwatch fork publish {component} --package VENDOR/NAME'"
        )
    return names


def version_for_composer(version: str, release: str, known: Iterable[str], *, stock: bool) -> str | None:
    """The version that an archive has as a package, given all of the vendor's releases; None where it has none."""
    if stock:
        return version if normalize(version) else None
    try:
        return composer_version(version, release, known)
    except PlugwatchError:
        return None


def packages_document(published: Published, base: str) -> dict[str, Any]:
    """``packages.json``: everything that was ever published, so that old lock files go on installing.

    Of a release that came again under its version only the last one is there for whoever asks for that now.
    """
    packages: dict[str, dict[str, Any]] = {}
    for archive in sorted(published.archives.values(), key=lambda one: (release_order(one.release), one.path)):
        for name in package_names(archive.component, published.packages.get(archive.component, ())):
            if archive.composer is not None:
                packages.setdefault(name, {})[archive.composer] = _package(archive, name, base)
    return {"packages": {name: packages[name] for name in sorted(packages)}}


def _package(archive: Archive, name: str, base: str) -> dict[str, Any]:
    require = {"composer/installers": _INSTALLERS}
    return {
        "name": name,
        "version": archive.composer,
        "type": _TYPES[archive.component.kind],
        "description": f"{archive.needs.name}, {'the release of its vendor' if archive.stock else 'a patched build'}",
        "homepage": f"{address(base, '')}#{anchor(archive.component)}",
        "dist": {"type": "zip", "url": address(base, archive.path), "shasum": archive.sha1},
        "require": require,
    }


def composer_lines(
    current: Current, archive: Archive | None, packages: tuple[str, ...], base: str
) -> Mapping[str, Any]:
    """What a project does to have a component from our folder, or (stepping aside) from its vendor again.

    ``packages`` are its names, the project's in front. ``repository`` goes first in "repositories" (None: it goes out),
    ``require`` is the exact pin, ``auth`` belongs into auth.json where the folder asks for a password. Raises
    PlugwatchError where Composer has no version for it.
    """
    name = packages[0]
    aside = current.state == STOCK
    version = archive.composer if archive else current.version if normalize(current.version) else None
    if version is None:
        raise PlugwatchError(f"Composer has no version for '{current.version}'; carry the patches by 'patch export'")
    host = urlsplit(base).netloc
    return {
        "package": name,
        "packages": list(packages),
        "state": current.state,
        "version": version,
        "repository": None if aside else {"type": "composer", "url": base.rstrip("/"), "only": [name]},
        "require": {name: version},
        "auth": None if aside else {"http-basic": {host: {"username": "USER", "password": "PASSWORD"}}},
        "command": f"composer update {name}",
    }
