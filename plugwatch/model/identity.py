"""Whether files are a release of a component, or of another one that was taken for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.model.component import Component
from plugwatch.model.headers import THEME_FILE, Main, NoHeaderError, main_file, read_headers

_MAY_HAVE_HEADER = (".php", THEME_FILE)


@dataclass(frozen=True)
class Identity:
    """What a release says of itself.

    ``main`` is the path of its main file; that, ``name``, ``domain`` (the text domain) and ``version`` are empty where
    no header says them. ``top`` is the folder that was stripped off an archive, ``inside`` whether the component itself
    is in a folder of its name, beside other things.
    """

    paths: frozenset[str]
    main: str = ""
    name: str = ""
    domain: str = ""
    version: str = ""
    top: str | None = None
    inside: bool = False


def says_version(text: str) -> bool:
    """Whether the version in a header is one; source trees often have ``trunk`` or ``@@version`` there."""
    return bool(re.search("[0-9]", text))


def may_have_header(component: Component, path: str) -> bool:
    """Whether this file is worth looking at for :func:`identify`."""
    return path.endswith(_MAY_HAVE_HEADER) and "/" not in path.removeprefix(f"{component.slug}/")


def identify(
    component: Component, paths: Collection[str], heads: Iterable[tuple[str, bytes]], top: str | None = None
) -> Identity:
    """The identity of a release by its paths and the first 8 KiB of those files that may have a header."""
    contents = dict(heads)
    main = _find_main(component, contents, "")
    if main is None:
        inside = component.kind in ("plugin", "theme") and _find_main(component, contents, f"{component.slug}/")
        return Identity(frozenset(paths), top=top, inside=bool(inside))
    domain = read_headers(contents[main.path], ("Text Domain",))["Text Domain"]
    version = main.version if says_version(main.version) else ""
    return Identity(frozenset(paths), main.path, main.name, domain, version, top)


def check_identity(component: Component, shown: str, found: Identity, earlier: Iterable[tuple[str, Identity]]) -> None:
    """Refuse what is no release of the component. ``earlier`` are its releases by version, the newest first.

    Plugins change their name, their main file and their text domain over the years, but not all three at once. Raises
    ForkError, naming the source as ``shown``.
    """
    if found.inside:
        raise ForkError(f"{shown}: {component} is in its folder '{component.slug}', beside other things; give that one")
    newest = ""
    for version, other in earlier:
        if _are_akin(component, found, other):
            return
        newest = newest or version
    if not newest:
        return
    differs = (
        f"this is '{found.name}', and neither its name nor its main file nor its text domain is that of {newest}"
        if found.main
        else f"it has no plugin or theme header, and no file that {newest} has"
    )
    raise ForkError(f"{shown}: {differs}, so it is no release of {component}; name the component that it is")


def doubt(component: Component, shown: str, found: Identity) -> str | None:
    """What to say of an archive, the first release of a fork, that may be another component; None where it fits."""
    said = [found.top, found.domain, found.main.removesuffix(".php")]
    if component.kind not in ("plugin", "theme") or not found.main or found.top is None or component.slug in said:
        return None
    domain = f"text domain is '{found.domain}'" if found.domain else "header says no text domain"
    return (
        f"{shown} may be another {component.kind} than {component.slug}: its folder is '{found.top}', its {domain}; "
        "where it is, take it back with 'plugwatch fork undo'"
    )


def _find_main(component: Component, contents: dict[str, bytes], below: str) -> Main | None:
    files = ((path.removeprefix(below), head) for path, head in contents.items() if path.startswith(below))
    try:
        return main_file(files, component.slug, component.kind)
    except NoHeaderError:
        return None


def _are_akin(component: Component, one: Identity, other: Identity) -> bool:
    """Whether one thing at least is the same; every theme's main file has the same name, so that says nothing."""
    if not one.main or not other.main:
        return not one.paths.isdisjoint(other.paths)
    same_file = component.kind != "theme" and one.main == other.main
    return one.name == other.name or same_file or bool(one.domain and one.domain == other.domain)
