"""Where the plugins and themes are in what is adopted: in a folder, or in the tree of a commit."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from plugwatch.errors import AmbiguousError, InputError, NotFoundError
from plugwatch.forks.git import Git
from plugwatch.model.component import KINDS, Component, is_slug
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, NoHeaderError, main_file, read_headers

_DEPTH = 5  # wp-content/plugins/SLUG/main.php, with one folder above it
_HOMES = {"plugins": "plugin", "themes": "theme"}
_SUBMODULE = "160000"
_NEVER = {"node_modules", "vendor", "wp-admin", "wp-includes", "mu-plugins", "uploads", ".git"}


@dataclass(frozen=True)
class Place:
    """One component in what is adopted: its folder ("" for all of it), and the file in it where it is a single one.

    ``main`` is the file with the header, None where a component was named that has none.
    """

    component: Component
    folder: str
    file: str | None
    main: str | None
    version: str | None


def find_places(paths: Iterable[str], read: Callable[[str], bytes], *, within: str, name: str) -> list[Place]:
    """Every plugin and theme among files, by the headers that WordPress looks for.

    ``within`` is the folder that was pointed at; a component that fills it whole is called ``name``. Nothing inside of
    a component is looked at.
    """
    groups = _group(paths, within)
    found: list[Place] = []
    for folder in sorted(groups, key=lambda f: (f.count("/") + bool(f), f)):
        if any(p.file is None and (not p.folder or f"{folder}/".startswith(f"{p.folder}/")) for p in found):
            continue
        last = folder.rpartition("/")[2]
        heads = [(file, read(f"{folder}/{file}" if folder else file)[:HEADER_BYTES]) for file in groups[folder]]
        if last in _HOMES:
            found += _single_files(folder, heads) if last == "plugins" else []
            continue
        slug = name if folder == within else last
        kind = _HOMES.get(folder.rpartition("/")[0].rpartition("/")[2], "")
        try:
            main = main_file(heads, slug, kind)
        except NoHeaderError:
            continue
        found.append(Place(Component(main.kind, slug), folder, None, main.path, main.version or None))
    return found


def _group(paths: Iterable[str], within: str) -> dict[str, list[str]]:
    """The files that may have a header, by their folder."""
    groups: dict[str, list[str]] = {}
    start = f"{within}/" if within else ""
    for path in paths:
        folder, _slash, file = path.rpartition("/")
        inside = path.removeprefix(start)
        parts = inside.split("/")[:-1]
        deep = len(parts) >= _DEPTH or (len(parts) > 2 and parts[-2] not in _HOMES and parts[-1] not in _HOMES)
        if not path.startswith(start) or deep or _NEVER.intersection(parts) or "\n" in path:
            continue
        if file.endswith(".php") or file == THEME_FILE:
            groups.setdefault(folder, []).append(file)
    return groups


def _single_files(folder: str, heads: list[tuple[str, bytes]]) -> list[Place]:
    found = []
    for file, head in heads:
        headers = read_headers(head, ("Plugin Name", "Version"))
        if headers["Plugin Name"]:
            component = Component("plugin", file.removesuffix(".php"))
            found.append(Place(component, folder, file, file, headers["Version"] or None))
    return found


def choose_places(found: list[Place], wanted: str | None, *, within: str, shown: str) -> list[Place]:
    """The components that a person means: all, or the one that was named.

    A name in full is taken where nothing else would be meant: a repository need not be called like its plugin, a
    must-use plugin has no header. Raises InputError, NotFoundError or AmbiguousError.
    """
    if wanted is None:
        if not found:
            raise InputError("no plugin or theme is in it; name what it is, as plugin/SLUG", source=shown)
        return found
    exact = [p for p in found if wanted in (str(p.component), p.component.slug)]
    partly = exact or [p for p in found if wanted in p.component.slug]
    if len(partly) == 1:
        return partly
    if len(partly) > 1:
        raise AmbiguousError("components", wanted, [str(p.component) for p in partly])
    kind, slash, _slug = wanted.partition("/")
    whole = [p for p in found if p.folder == within and p.file is None]
    if slash and kind in KINDS and (whole or not found):
        component = Component.parse(wanted)
        known = whole[0] if whole else Place(component, within, None, None, None)
        return [replace(known, component=component)]
    there = ", ".join(str(p.component) for p in found) or "none"
    raise NotFoundError(f"{shown}: '{wanted}' is not in it (there: {there})")


def places_in_tree(git: Git, tree: str, *, within: str, name: str) -> list[Place]:
    """The components in a commit's tree; submodules where plugins and themes are count as such, though unread."""
    files = git.tree(tree)
    plain = [path for path, entry in files.items() if entry.mode.startswith("100")]
    with git.reader() as content:
        found = find_places(plain, lambda path: content(files[path].blob), within=within, name=name)
    known = tuple(f"{place.folder}/" if place.folder else "" for place in found if place.file is None)
    for path, entry in files.items():
        above, _slash, slug = path.rpartition("/")
        kind = _HOMES.get(above.rpartition("/")[2])
        below = path.startswith(f"{within}/" if within else "") and not path.startswith(known)
        if kind and below and entry.mode == _SUBMODULE and is_slug(slug):
            found.append(Place(Component(kind, slug), path, None, None, None))
    return found


def is_submodule(git: Git, tree: str, folder: str) -> bool:
    """Whether a folder of a commit's tree is another repository."""
    entry = git.tree(tree).get(folder)
    return entry is not None and entry.mode == _SUBMODULE


def places_in_folder(folder: Path) -> list[Place]:
    """The components in a folder."""
    paths = []
    for root, folders, files in os.walk(folder):
        relative = Path(root).relative_to(folder)
        inside = relative.parts
        folders[:] = [] if len(inside) >= _DEPTH else sorted(f for f in folders if f not in _NEVER)
        paths += [(relative / f).as_posix() for f in files if stat.S_ISREG(os.lstat(Path(root, f)).st_mode)]
    return find_places(paths, lambda path: _head(folder / path), within="", name=folder.resolve().name)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEADER_BYTES)
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", source=str(path)) from error
