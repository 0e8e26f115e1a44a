"""The note in a build's readme: whose copy it is, of which release, and what was changed.

It is a section of its own at the very end. Headers end at the first line that is none, and the short description at
the first section (see :mod:`plugwatch.model.readme`), so whatever reads a readme reads there what it read before.
"""

from __future__ import annotations

from plugwatch.model.builds.build import CHANGES_NAME, BuildInput
from plugwatch.model.builds.checksums import README_FILES
from plugwatch.model.builds.notices import harmless
from plugwatch.model.headers import line_ending


def is_readme(path: str) -> bool:
    """Whether a path is the readme that the directory and people read."""
    return path.lower() in README_FILES


def add_note(build: BuildInput, path: str, data: bytes) -> bytes:
    """The readme with the note below it; one that is empty, or no text, is left alone."""
    text = data.decode(errors="replace").lstrip("\ufeff").strip()
    if not text or "\0" in text:
        return data
    ending = line_ending(data)
    markdown = path.lower().endswith(".md") or text.startswith("#")
    lines = ["", _heading(markdown), "", *_about(build)]
    try:
        data.decode()
        note = [line.encode() for line in lines]
    except UnicodeDecodeError:  # of an encoding that nobody knows, in which ASCII is what it is everywhere
        note = [line.encode("ascii", "replace") for line in lines]
    return data + (b"" if data.endswith((b"\n", b"\r")) else ending) + ending.join([*note, b""])


def _heading(markdown: bool) -> str:
    return "## About this copy" if markdown else "== About this copy =="


def _about(build: BuildInput) -> list[str]:
    recipe = build.recipe
    patches = [f"* {harmless(p.title)} ({p.date.isoformat()}, {harmless(p.id)})" for p in recipe.patches]
    return [
        harmless(
            f"This is not the release as its authors published it: {recipe.agency} changed it. It is build "
            f"{build.version} of release {recipe.base_version}, with {len(patches)} "
            f"patch{'' if len(patches) == 1 else 'es'}. {CHANGES_NAME} names the files."
        ),
        "",
        *patches,
        "",
        harmless(f"Please tell {recipe.agency} of problems with this copy, not its authors."),
    ]
