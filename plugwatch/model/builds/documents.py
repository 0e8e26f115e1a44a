"""The documents of a build: the list of its changes, its manifest, and the lock that tells what it was made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from plugwatch.model.builds.build import BuildInput, Digest, fingerprint, folder_name, update_uri
from plugwatch.model.builds.notices import one_line
from plugwatch.model.headers import Main

DOCUMENT_FORMAT = 1
"""The format of manifests and locks, told under their key "plugwatch"."""


def changes_document(build: BuildInput, main: Main, marks: Iterable[tuple[str, str]]) -> bytes:
    """``PLUGWATCH-CHANGES.md``: which files were changed, when, why in a line, by which patch, and where upstream.

    ``marks`` are the files that the build itself has marked, each with what was done to it.
    """
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
    rows += [[_code(path), newest, "", what, ""] for path, what in marks]
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
    """A manifest or lock as a file: keys in the order given, a line for each file or patch, UTF-8."""
    lines = (f"{_line(key)}: {_value(value)}" for key, value in document.items())
    return ("{\n" + ",\n".join(f" {line}" for line in lines) + "\n}\n").encode()


def _value(value: object) -> str:
    if isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
        rows = [f"  {_line(key)}: {_line(one)}" for key, one in value.items()]
        return "{\n" + ",\n".join(rows) + "\n }"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {_line(one)}" for one in value) + "\n ]"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _code(path: str) -> str:
    return "`" + one_line(path).replace("`", "'").replace("|", "\\|") + "`"


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table."""
    plain = one_line(text).replace("\\", "\\\\").replace("|", "\\|")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace("`", "\\`")
