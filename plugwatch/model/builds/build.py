"""What a build is: a release plus its patches, marked as ours, told file by file and reproducible byte for byte.

The marks are the last step and never part of a patch: the version and ``Update URI`` headers, a notice in every file
that a patch modifies (GPL-2.0 section 2a: "prominent notices stating that you changed the files and the date of any
change", https://www.gnu.org/licenses/old-licenses/gpl-2.0.html), a list of the changes and a manifest. No date in
them is today's: each comes from its patch.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.component import Component
from plugwatch.model.headers import (
    PLUGIN_HEADERS,
    PLUGWATCH_HEADERS,
    THEME_HEADERS,
    Main,
    line_ending,
    read_headers,
    set_header,
)

STAMP_FORMAT = 1
"""Raised whenever the same inputs would give other bytes than before; part of every fingerprint."""

DOCUMENT_FORMAT = 1
"""The format of manifests and locks, told under their key "plugwatch"."""

MANIFEST_NAME = "plugwatch-manifest.json"
CHANGES_NAME = "PLUGWATCH-CHANGES.md"

_PHP_TYPES = {".php", ".phtml", ".inc"}
_BLOCK_COMMENT_TYPES = {".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".css", ".scss", ".less"}
_BOM = b"\xef\xbb\xbf"
_PHP_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?<\?php(?=[ \t\r\n]|\Z)", re.I)
_FIRST_COMMENT = re.compile(rb"[ \t\r\n]*/\*.*?\*/", re.S)
_CHARSET = re.compile(rb"""(?:\xef\xbb\xbf)?@charset[ \t]+(?:"[^"\r\n]*"|'[^'\r\n]*')[ \t]*;""", re.I)
_SHEBANG = re.compile(rb"#![^\r\n]*")
_BLANK_REST = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
# Core looks for 'Template Name:' anywhere in a theme's PHP files, not only at the start of a line.
_HEADER_NAMES = sorted({*PLUGIN_HEADERS, *THEME_HEADERS, *PLUGWATCH_HEADERS, "Template Name", "Template Post Type"})
_FALSE_HEADER = re.compile(rf"({'|'.join(map(re.escape, _HEADER_NAMES))})(?:\s*:)+", re.I)
_MARK_UP = re.compile(r"(?<=\*)(?=/)|(?<=\?)(?=>)|(?<=<)(?=[/!?])")  # ends of comments, and of scripts that are inlined
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


def finish(build: BuildInput, main: Main, path: str, data: bytes) -> bytes:
    """The bytes of one file as they go into the build: with its notices and, in the main file, the build's headers.

    Raises PlugwatchError where the headers do not fit into what WordPress reads.
    """
    notices = [notice(patch, build.recipe.agency) for patch in build.recipe.patches if path in patch.files]
    noted = add_notices(path, data, notices)
    return _stamp(build, main, data, noted) if path == main.path else noted


def notice(patch: PatchNote, agency: str) -> str:
    """The sentence about a patch for a comment: one line that ends no comment and looks like no header.

    Its form is the one of GPL-2.0 section 2a: who changed the file, and the date of the change.
    """
    text = f"Modified by {_one_line(agency)} on {patch.date.isoformat()}: {_one_line(patch.title)}"
    text = f"{text.rstrip('. ')} (plugwatch patch {_one_line(patch.id)})."
    return _MARK_UP.sub(" ", _FALSE_HEADER.sub(r"\1", text))


def add_notices(path: str, data: bytes, notices: list[str]) -> bytes:
    """The file with a comment line for each notice; unchanged where a comment has no safe place.

    PHP: below the first block comment of a file that begins with ``<?php``, else right below that tag, so it never
    stands before ``<?php`` and always before ``declare`` and ``namespace``, where only comments may stand. JavaScript
    and stylesheets: on top, below a shebang or ``@charset``.
    """
    place = _place(path, data)
    if place is None or not notices:
        return data
    ending = line_ending(data)
    block = ending.join(f"/* {text} */".encode() for text in notices) + ending
    blank = _BLANK_REST.match(data, place)
    if place == 0 or data[:place] == _BOM:
        return data[:place] + block + data[place:]
    if blank:
        return data[: blank.end()] + block + data[blank.end() :]
    return data[:place] + ending + block + data[place:]


def changes_document(build: BuildInput, main: Main) -> bytes:
    """``PLUGWATCH-CHANGES.md``: which files were changed, when, why in a line, by which patch, and where upstream."""
    recipe = build.recipe
    about = (
        f"{_cell(recipe.agency)} modified this copy of {recipe.component}. It is build {build.version} of release "
        f"{_cell(recipe.base_version)}; the release itself is its authors' work, under its own licence."
    )
    rows = [["File", "Date", "Patch", "Change", "Upstream"], ["---"] * 5]
    for patch in recipe.patches:
        for path in sorted(patch.files, key=str.encode):
            file = _code(path) if path in build.files else f"{_code(path)} (removed)"
            facts = (patch.id, patch.title, patch.upstream_url or "")
            rows.append([file, patch.date.isoformat(), *map(_cell, facts)])
    newest = max((patch.date.isoformat() for patch in recipe.patches), default="")
    rows.append([_code(main.path), newest, "", "headers that mark the build: version and update address", ""])
    table = [f"| {' | '.join(row)} |" for row in rows]
    title = f"# Changes made to {_cell(main.name)} {_cell(recipe.base_version)}"
    return "\n".join([title, "", about, "", *table, ""]).encode()


def manifest(build: BuildInput, digests: Mapping[str, Digest]) -> dict[str, object]:
    """Every file of a build with its checksums, in the shape of WordPress.org's plugin checksums plus our own keys.

    The shape (``plugin``, ``version``, ``files``) is the one of downloads.wordpress.org/plugin-checksums/.
    """
    recipe = build.recipe
    named = {"plugin": folder_name(recipe.component)} if recipe.component.kind == "plugin" else {}
    return {
        "plugwatch": DOCUMENT_FORMAT,
        "component": str(recipe.component),
        "build": build.version,
        "base_version": recipe.base_version,
        "release_tree": recipe.release_tree,
        "patches": [{"id": p.id, "title": p.title, "date": p.date.isoformat()} for p in recipe.patches],
        **named,
        "version": build.version,
        "files": {
            path: {"md5": digests[path].md5, "sha256": digests[path].sha256} for path in sorted(digests, key=str.encode)
        },
    }


def lock(build: BuildInput, zip_sha256: str, manifest_sha256: str) -> dict[str, object]:
    """What a build was made of, for whoever must make it again or explain it a year later."""
    recipe = build.recipe
    return {
        "plugwatch": DOCUMENT_FORMAT,
        "component": str(recipe.component),
        "build": build.version,
        "fingerprint": fingerprint(recipe),
        "release": {
            "version": recipe.base_version,
            "source_sha256": recipe.source_sha256,
            "tree": recipe.release_tree,
        },
        "patches": [
            {
                "id": p.id,
                "commit": p.commit,
                "title": p.title,
                "why": p.why,
                "author": p.author,
                "date": p.date.isoformat(),
            }
            for p in recipe.patches
        ],
        "result_tree": recipe.result_tree,
        "agency": recipe.agency,
        "update_uri": update_uri(recipe.component, recipe.update_uri_base),
        "zip_sha256": zip_sha256,
        "manifest_sha256": manifest_sha256,
    }


def to_json(document: Mapping[str, object]) -> bytes:
    """A manifest or lock as a file: keys in the order given, UTF-8, a final line feed."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _stamp(build: BuildInput, main: Main, original: bytes, data: bytes) -> bytes:
    recipe = build.recipe
    title = "Theme Name" if main.kind == "theme" else "Plugin Name"
    headers = {
        "Version": build.version,
        "Update URI": update_uri(recipe.component, recipe.update_uri_base),
        "Plugwatch-Base": recipe.base_version,
    }
    if recipe.patches:
        headers["Plugwatch-Patches"] = ", ".join(patch.id for patch in recipe.patches)
    try:
        after = title
        for name, value in headers.items():
            data, after = set_header(data, name, value, after), name
    except PlugwatchError as error:
        raise PlugwatchError(f"{recipe.component} {recipe.base_version}, {main.path}: {error}") from error
    names = THEME_HEADERS if main.kind == "theme" else PLUGIN_HEADERS
    if read_headers(data, names) != read_headers(original, names) | {n: v for n, v in headers.items() if n in names}:
        raise PlugwatchError(
            f"{recipe.component} {recipe.base_version}, {main.path}: with the build's headers others would leave the "
            "first 8 KiB, where WordPress stops reading; shorten the header comment by a patch"
        )
    return data


def _place(path: str, data: bytes) -> int | None:
    """Where a comment may go: an offset at the start of a line or at the end of what must stay before it."""
    kind = PurePosixPath(path).suffix.lower()
    if b"\0" in data:  # UTF-16, or not text at all (.ts is video, too)
        return None
    if kind in _PHP_TYPES:
        opening = _PHP_OPENING.match(data)
        comment = _FIRST_COMMENT.match(data, opening.end()) if opening else None
        return comment.end() if comment else opening.end() if opening else None
    if kind not in _BLOCK_COMMENT_TYPES:
        return None
    first = _SHEBANG.match(data) or _CHARSET.match(data)
    return first.end() if first else len(_BOM) if data.startswith(_BOM) else 0


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _code(path: str) -> str:
    return "`" + _one_line(path).replace("`", "'").replace("|", "\\|") + "`"


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    plain = _one_line(text).replace("\\", "\\\\").replace("|", "\\|")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace("`", "\\`")
