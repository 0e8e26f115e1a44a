"""The headers that mark a build in its main file."""

from __future__ import annotations

from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.build import BuildInput, update_uri
from plugwatch.model.headers import PLUGIN_HEADERS, THEME_HEADERS, Main, read_headers, set_header


def stamp(build: BuildInput, main: Main, original: bytes, data: bytes) -> bytes:
    """The main file with the build's headers; all others read as in ``original``, a child theme's Template too.

    Raises PlugwatchError where the headers do not fit into what WordPress reads.
    """
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
