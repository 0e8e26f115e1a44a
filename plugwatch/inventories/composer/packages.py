"""What a package of Composer is on a WordPress site: its kind, the folder it is installed in, and signs of a fork.

Sources: composer/installers (WordPressInstaller.php and BaseInstaller.php: types, ``installer-name``,
``installer-paths``), and the public repositories WPackagist and WP Packages, whose package names are directory slugs.
The address of a package may hold a licence key: it is looked at, never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from plugwatch.inventories.containers import shorten
from plugwatch.inventories.json_text import mapping, plain
from plugwatch.inventories.values import DROPINS
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed
from plugwatch.model.signs import DEVELOPMENT, POSSIBLE_FORK, read_sign

Package = Mapping[str, Any]

CORE = "core"
_CORE_PACKAGES = {
    *("johnpbloch/wordpress-core", "roots/wordpress-no-content", "roots/wordpress-full"),
    *("johnpbloch/wordpress", "roots/wordpress", "wordpress/wordpress"),
}
# These only require one of the others, and may count their own releases (4.6.6.1 for 4.6.6).
_CORE_WRAPPERS = {"johnpbloch/wordpress", "roots/wordpress"}
_PUBLIC_VENDORS = {
    "wpackagist-plugin": "plugin",
    "wpackagist-theme": "theme",
    "wp-plugin": "plugin",
    "wp-theme": "theme",
}
_KINDS = {
    "wordpress-plugin": "plugin",
    "wordpress-muplugin": "mu-plugin",
    "wordpress-theme": "theme",
    "wordpress-dropin": "dropin",
    "wordpress-core": CORE,
}
# The folder in an install path that says what is in it.
_FOLDERS = {"mu-plugins": "mu-plugin", "plugins": "plugin", "themes": "theme"}
_ALWAYS_ON = {"mu-plugin": "must-use", "dropin": "dropin"}
_SHOWN_NAMES = 10

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
_ARCHIVE = re.compile(r"/(?:plugin|theme)/([A-Za-z0-9_-]{1,200})(?:\.[^/]{1,100})?\.zip", re.ASCII)
_REPOSITORY = re.compile(r"/([A-Za-z0-9_-]{1,200})(?:/.*)?", re.ASCII)


@dataclass(frozen=True)
class Places:
    """Where packages are installed: the ``installer-paths`` of a composer.json.

    ``paths`` has for each package, ``type:`` or ``vendor:`` named there the first path that is for it, and its rank.
    """

    paths: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, extra: object) -> Places:
        """The places that the ``extra`` of a composer.json names."""
        paths: dict[str, tuple[int, str]] = {}
        for rank, (path, names) in enumerate(mapping(mapping(extra).get("installer-paths")).items()):
            for name in names if isinstance(names, list) else [names]:
                paths.setdefault(plain(name), (rank, path))
        return cls(paths)

    def find(self, name: str, package_type: str) -> str:
        """The path that a package is installed in, or ""; of several the first counts, as in composer/installers."""
        wanted = (name, f"type:{package_type}", f"vendor:{name.partition('/')[0]}")
        return min((self.paths[key] for key in wanted if key in self.paths), default=(0, ""))[1]


def is_package_name(text: str) -> bool:
    """Whether it is ``vendor/name``."""
    return bool(_NAME.fullmatch(text))


def is_unknown_type(package: Package) -> bool:
    """Whether the package is WordPress's, of a type that says nothing here; language packs are known to be none."""
    package_type = plain(package.get("type"))
    return package_type.startswith("wordpress-") and package_type not in _KINDS and package_type != "wordpress-language"


def wraps_core(package: Package) -> bool:
    """Whether the package is one that requires WordPress itself; its version is the second best to know."""
    return plain(package.get("name")) in _CORE_WRAPPERS and plain(package.get("type")) != "wordpress-core"


def find_kind(package: Package, places: Places) -> str | None:
    """The kind of component that a package is, CORE, or None where it is no component or nothing says so."""
    name, package_type = plain(package.get("name")), plain(package.get("type"))
    kind = CORE if name in _CORE_PACKAGES else _KINDS.get(package_type) or _PUBLIC_VENDORS.get(name.partition("/")[0])
    if kind in (CORE, "dropin") or (kind is None and package_type):
        return kind
    package_type = package_type or (f"wordpress-{kind}" if kind else "")
    path = plain(package.get("install-path")) or places.find(name, package_type)
    return next((_FOLDERS[part] for part in path.split("/") if part in _FOLDERS), kind)


def install(package: Package, kind: str, version: str | None, places: Places) -> Installed:
    """The component that a package is, in this version; with its name instead of a slug where nothing tells its folder.

    A must-use plugin gets its folder's name with ``.php``, as the lists of WP-CLI lead to.
    """
    name = plain(package.get("name"))
    slug = _slug(kind, _folder(package, places))
    return Installed(
        kind=kind,
        slug=slug,
        name=name if slug is None else None,
        version=version,
        status=_ALWAYS_ON.get(kind, UNKNOWN_STATUS),
        sign=_sign(package, version),
    )


def name_unresolved(components: Iterable[Installed]) -> list[str]:
    """A warning that lists the packages whose folder nothing told, where there are any."""
    names = [installed.name or "" for installed in components if installed.slug is None]
    return [f"nothing tells the folder of {name_some(names)}; --resolve NAME=FOLDER does"] if names else []


def name_some(names: Iterable[str]) -> str:
    """The first of many names, as a list in a sentence."""
    names = list(names)
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(shorten(name, 80) for name in names[:_SHOWN_NAMES]) + more


def _slug(kind: str, folder: str) -> str | None:
    if not is_slug(folder) or "/" in folder:
        return None
    if kind == "dropin":
        return folder if folder in DROPINS else None
    return f"{folder.removesuffix('.php')}.php" if kind == "mu-plugin" else folder


def _folder(package: Package, places: Places) -> str:
    """The folder that a package is installed in, or "" where nothing reliable names it."""
    name = plain(package.get("name"))
    vendor, _, own_name = name.partition("/")
    installed_in = plain(package.get("install-path")).rstrip("/").rpartition("/")[2]
    renamed = plain(mapping(package.get("extra")).get("installer-name"))
    public = own_name if vendor in _PUBLIC_VENDORS else ""
    own_place = places.paths.get(name, (0, ""))[1].rstrip("/").rpartition("/")[2]
    fixed = "" if "{" in own_place or own_place in _FOLDERS else own_place
    return installed_in or fixed or renamed or public or _directory_slug(package)


def _directory_slug(package: Package) -> str:
    """The slug in WordPress.org's directory that a package's address names, or ""."""
    for url in _addresses(package):
        if url.hostname == "downloads.wordpress.org":
            match = _ARCHIVE.fullmatch(url.path)
        elif url.hostname in ("plugins.svn.wordpress.org", "themes.svn.wordpress.org"):
            match = _REPOSITORY.fullmatch(url.path)
        else:
            match = None
        if match:
            return match[1]
    return ""


def _addresses(package: Package) -> list[SplitResult]:
    """Where a package's archive and its repository are; a path on a machine is an address without a host."""
    texts = [plain(mapping(package.get(key)).get("url")) for key in ("dist", "source")]
    found = []
    for text in texts:
        try:
            found.append(urlsplit(text))
        except ValueError:
            found.append(SplitResult("", "", "", "", ""))
    return [url for url, text in zip(found, texts, strict=True) if text]


def _sign(package: Package, version: str | None) -> str | None:
    """A branch, or a public vendor's package that does not come from WordPress.org: an agency's own fork, or a mirror.

    A mirror of the archives keeps the repository's address, so one of the two is enough.
    """
    if read_sign(version) == DEVELOPMENT:
        return DEVELOPMENT
    if plain(package.get("name")).partition("/")[0] not in _PUBLIC_VENDORS:
        return None
    addresses = _addresses(package)
    return POSSIBLE_FORK if addresses and not any(map(_is_wordpress_org, addresses)) else None


def _is_wordpress_org(url: SplitResult) -> bool:
    host = url.hostname or ""
    return host == "wordpress.org" or host.endswith(".wordpress.org")
