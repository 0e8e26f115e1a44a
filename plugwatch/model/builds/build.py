"""What a build is made of: a release, its patches and who made it; and when two builds are the same.

The marks of a build are the last step and never part of a patch: the version and ``Update URI`` headers
(:mod:`~plugwatch.model.builds.stamp`), a notice in every file that a patch modifies (``notices``), a note in the readme
(``readme_note``), the version in ``block.json`` (``block_json``), a list of the changes and a manifest (``documents``).
No date in them is today's: each comes from its patch.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.component import Component

STAMP_FORMAT = 2
"""Raised whenever the same inputs would give other bytes than before; part of every fingerprint."""

MANIFEST_NAME = "plugwatch-manifest.json"
CHANGES_NAME = "PLUGWATCH-CHANGES.md"

_PLAIN_URL = re.compile(r"[^\s@?#*<>\x00-\x1f]+", re.ASCII)  # no name and password, no query
_BUILD_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_~-]*", re.ASCII)


@dataclass(frozen=True)
class PatchNote:
    """What a build tells about one of its patches; all of it stands in the patch's commit and never changes.

    ``date`` is the day of the change, ``files`` are the paths it adds, modifies or removes, relative to the
    component's folder; ``upstream_url`` is a link that the commit carries, not one that the ledger learns later.
    """

    id: str
    title: str
    why: str
    date: dt.date
    author: str
    files: tuple[str, ...]
    commit: str
    upstream_url: str | None = None


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a build's bytes but its number.

    ``release_tree`` and ``result_tree`` are git tree ids, before and after the patches; ``patches`` are in the order
    of the stack; ``update_uri_base`` is the agency's update server, "" for none; ``source_sha256`` is that of the
    release's ZIP, None where it came from a folder (it is told, it decides nothing).
    """

    component: Component
    base_version: str
    release_tree: str
    result_tree: str
    patches: tuple[PatchNote, ...]
    agency: str
    update_uri_base: str = ""
    source_sha256: str | None = None


@dataclass(frozen=True)
class BuildFile:
    """A file of the patched release, read when its turn comes."""

    executable: bool
    read: Callable[[], bytes]


@dataclass(frozen=True)
class BuildInput:
    """A recipe, the version that the build gets (``1.2.3.0-p1``) and the files by their paths."""

    recipe: Recipe
    version: str
    files: Mapping[str, BuildFile]


@dataclass(frozen=True)
class Digest:
    """The checksums of one file, in hexadecimal."""

    md5: str
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """The checksums of some content."""
        return cls(hashlib.md5(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest())


def folder_name(component: Component) -> str:
    """The one folder in the ZIP, named as installed. Raises PlugwatchError for WordPress itself."""
    if component.kind == "core":
        raise PlugwatchError("WordPress itself is not built; carry the fix as a must-use plugin")
    folder = component.slug.partition("/")[0]
    return folder if component.kind in ("plugin", "theme") else folder.removesuffix(".php")


def update_uri(component: Component, base: str) -> str:
    """The ``Update URI`` of a build: below the agency's base URL, or ``false``, which also stops wordpress.org.

    Source: https://make.wordpress.org/core/2021/06/29/introducing-update-uri-plugin-header-in-wordpress-5-8/
    Raises ConfigError where the base is no such URL.
    """
    if not base:
        return "false"
    try:
        parts = urlsplit(base)
        host = parts.hostname or ""
    except ValueError as error:
        raise ConfigError(f"builds.update_uri: '{base}' is not a URL") from error
    if parts.scheme not in ("http", "https") or not host or not _PLAIN_URL.fullmatch(base):
        raise ConfigError(f"builds.update_uri: '{base}' must be a plain https URL, such as https://updates.example")
    if host in ("wordpress.org", "w.org") or host.endswith((".wordpress.org", ".w.org")):
        raise ConfigError(f"builds.update_uri: '{base}' is WordPress's own, which would replace the build; use another")
    return f"{base.rstrip('/')}/{quote(folder_name(component))}/"


def fingerprint(recipe: Recipe) -> str:
    """A SHA-256 of whatever reaches a build's bytes: equal means the same build, number included."""
    facts = [
        STAMP_FORMAT,
        str(recipe.component),
        recipe.base_version,
        recipe.release_tree,
        recipe.result_tree,
        recipe.agency,
        update_uri(recipe.component, recipe.update_uri_base),
        [[p.id, p.commit, p.title, p.date.isoformat(), list(p.files), p.upstream_url] for p in recipe.patches],
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def next_build_number(existing: Mapping[int, str], wanted: str) -> int:
    """The N of ``-pN`` for a fingerprint, given the builds of the same release by number.

    A fingerprint that was built before keeps its number (the highest, if there are several); else the next is taken.
    """
    same = [number for number, known in existing.items() if known == wanted]
    return max(same) if same else max(existing, default=0) + 1


def check_input(build: BuildInput) -> None:
    """Refuse what cannot become a build: a version that is no file name, a release that is a build already."""
    if not _BUILD_VERSION.fullmatch(build.version) or len(build.version) > 100:
        raise PlugwatchError(f"'{build.version}' cannot be the version of a build: letters, digits and . + _ ~ - only")
    for path in build.files:
        if path.lower() in (MANIFEST_NAME, CHANGES_NAME.lower()):
            raise PlugwatchError(
                f"{build.recipe.component} {build.recipe.base_version} contains {path}: it is a build of plugwatch, "
                "not the vendor's release; import the vendor's own ZIP"
            )
