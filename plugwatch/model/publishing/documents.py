"""The files that tell of what is offered: one for our must-use plugin, and one a component for other update libraries.

Nothing in them names a client, a site, or why a version is held.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from plugwatch.model.builds.build import BuildFile, Digest
from plugwatch.model.component import Component
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, main_file, read_headers
from plugwatch.model.publishing.offers import BUILD, HOLD, Held
from plugwatch.model.publishing.published import FORMAT, Archive, Current, Needs, Published, address, anchor
from plugwatch.model.readme import Readme
from plugwatch.model.roads.markup import one_line

SITE_FILE, PACKAGES_FILE, PAGE_FILE = "plugwatch.json", "packages.json", "index.html"

_LONGEST = 200
_READMES = ("readme.txt", "readme.md")


def read_needs(component: Component, files: Mapping[str, BuildFile]) -> Needs:
    """What a release or build says of itself: in its header, else in its readme.

    Raises NoHeaderError where WordPress would not take it for a plugin or theme.
    """
    top = {path: file for path, file in files.items() if "/" not in path}
    wanted = [path for path in top if (path == THEME_FILE if component.kind == "theme" else path.endswith(".php"))]
    heads = {path: top[path].read()[:HEADER_BYTES] for path in wanted}
    main = main_file(heads.items(), component.slug, component.kind)
    said = read_headers(heads[main.path], ("Requires at least", "Requires PHP", "Tested up to"))
    named = sorted((path for path in top if path.lower() in _READMES), key=lambda path: _READMES.index(path.lower()))
    readme = Readme.from_text(top[named[0]].read().decode("utf-8", "replace")) if named else Readme()
    return Needs(
        _short(main.name) or component.slug,
        _short(said["Requires at least"] or readme.requires) or None,
        _short(said["Requires PHP"] or readme.requires_php) or None,
        _short(said["Tested up to"] or readme.tested) or None,
    )


def update_path(component: Component) -> str:
    """``updates/KIND/SLUG.json``."""
    return f"updates/{component.kind}/{component.slug}.json"


def site_document(
    published: Published, held: Mapping[Component, Held], names: Mapping[Component, str], agency: str, base: str
) -> dict[str, Any]:
    """``plugwatch.json``: every component with an offer or a hold; ``names`` are of those that are only held."""
    rows = [
        _site_row(component, published, held.get(component, ()), names, base)
        for component in sorted({*published.current, *held})
    ]
    return {"plugwatch": FORMAT, "agency": agency, "components": rows}


def update_document(component: Component, current: Current, archive: Archive | None, base: str) -> dict[str, Any]:
    """``updates/KIND/SLUG.json`` in the shape that the Plugin Update Checker library reads, for plugins and themes.

    Source: https://github.com/YahnisElsts/plugin-update-checker (Puc/v5, Plugin/PluginInfo.php and Theme/Update.php).
    Without an address to download from an update is shown and not installed.
    """
    details = f"{address(base, '')}#{anchor(component)}"
    download = address(base, archive.path) if archive else None
    told: dict[str, Any] = {"version": current.version, "download_url": download, "details_url": details}
    if component.kind == "plugin":
        told = {
            "name": current.needs.name,
            "slug": component.slug,
            "version": current.version,
            "download_url": download,
            "homepage": details,
            "sections": {"description": _description(current, archive)},
        }
    needs = (("requires", current.needs.requires), ("requires_php", current.needs.requires_php))
    return told | {key: value for key, value in (*needs, ("tested", current.needs.tested)) if value}


def stock_manifest(component: Component, release: str, tree: str, digests: Mapping[str, Digest]) -> dict[str, Any]:
    """As the manifest of a build, for a release as the vendor ships it: every file with its checksums."""
    named = {"plugin": component.slug} if component.kind == "plugin" else {}
    return {
        "plugwatch": FORMAT,
        "component": str(component),
        "build": None,
        "base_version": release,
        "release_tree": tree,
        "patches": [],
        **named,
        "version": release,
        "files": {
            path: {"md5": digests[path].md5, "sha256": digests[path].sha256} for path in sorted(digests, key=str.encode)
        },
    }


def _site_row(
    component: Component, published: Published, held: Held, names: Mapping[Component, str], base: str
) -> dict[str, Any]:
    current = published.current.get(component)
    archive = published.archives[current.path] if current and current.path else None
    needs = current.needs if current else Needs(_short(names.get(component, "")) or component.slug)
    return {
        "kind": component.kind,
        "slug": component.slug,
        "name": needs.name,
        "state": current.state if current else HOLD,
        "version": current.version if current else None,
        "base_version": current.base_version if current else None,
        "package": address(base, archive.path) if archive else None,
        "sha256": archive.sha256 if archive else None,
        "size": archive.size if archive else None,
        "requires": needs.requires,
        "requires_php": needs.requires_php,
        "tested": needs.tested,
        "url": f"{address(base, '')}#{anchor(component)}",
        "guard": current is not None and current.state == BUILD,
        "held": [[list(condition) for condition in one] for one in held],
        "upstream": current.upstream if current else None,
    }


def _description(current: Current, archive: Archive | None) -> str:
    if current.state != BUILD or archive is None:
        return f"<p>Release {html.escape(current.version)} as its vendor ships it.</p>"
    titles = told_titles(archive)
    rows = "".join(f"<li>{html.escape(title)}</li>" for title in titles)
    listed = f"<ul>{rows}</ul>" if rows else ""
    return f"<p>Release {html.escape(archive.release)} of its vendor, with patches.</p>{listed}"


def told_titles(archive: Archive) -> Sequence[str]:
    """The titles of the patches in a build, but for those that are kept back."""
    return [patch.title for patch in archive.patches if patch.title]


def _short(text: str) -> str:
    return one_line(text)[:_LONGEST].strip()
