"""Where ``fork verify`` finds a component's files: a site, a folder, a ZIP, a list or a build's manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugwatch.cli.context import App
from plugwatch.errors import InputError, NotFoundError, PlugwatchError, UnknownError
from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import Listing
from plugwatch.model.site import Site

if TYPE_CHECKING:
    from plugwatch.inventories.sources.spec import SourceSite, WpSpec

_MOST_OF_MANIFEST = 64 << 20


@dataclass(frozen=True)
class Place:
    """Where to look for one component. ``look`` lists its files; None where only a version is claimed there.

    ``claimed`` is the version that the inventory shows, ``lacking`` says why there is nothing to look at.
    """

    component: Component
    site: Site | None
    look: Callable[[], Listing] | None
    claimed: str | None = None
    lacking: str = ""


@dataclass(frozen=True)
class Manifest:
    """A build's manifest in a file: what it says it is of."""

    path: Path
    component: Component
    build: str
    data: bytes


def find_site(app: App, target: str, as_site: str | None) -> Site | None:
    """The site that is meant, None where the target is a path of nobody's."""
    with app.ledger.reading() as work:
        if as_site:
            return work.sites.resolve(as_site)
        name = plain(target)
        known = work.sites.find(name)
        return known if known or find_path(target) else work.sites.resolve(name)


def plain(path: str) -> str:
    """A path as UTF-8 takes it: bytes of its name that are none are shown as escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def find_path(target: str) -> Path | None:
    """The path that is meant, None where nothing is there, or nothing can be by that name."""
    try:
        path = Path(target).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError, ValueError):  # a name too long, '~somebody' who is nobody
        return None


def site_places(app: App, site: Site, wanted: Sequence[Component]) -> Iterator[Place]:
    """The components of a site that have a fork, or those that are wanted."""
    from plugwatch.inventories.sources.spec import SourceSite, parse_spec

    with app.ledger.reading() as work:
        installed = work.installations.current(site.id)
    components = wanted or [one for one in app.forks.components() if one in installed]
    if not components:
        raise NotFoundError(f"{site.slug} has nothing that a fork is here for; name a component, or see 'fork list'")
    spec = parse_spec(site.source) if site.source else None
    told = SourceSite(site.slug, site.url, app.workspace)
    for component in components:
        version = installed[component].version if component in installed else None
        look, lacking = _site_look(spec, told, component)
        yield Place(component, site, look, version, lacking)


def _site_look(spec: object, site: SourceSite, component: Component) -> tuple[Callable[[], Listing] | None, str]:
    from plugwatch.inventories.sources.spec import FileSpec, WpSpec, resolve

    if isinstance(spec, FileSpec) and resolve(spec.path, site.workspace).is_dir():
        return lambda: _list_files(spec, site, component), ""
    if isinstance(spec, WpSpec):
        return lambda: _ask_wp(spec, site, component), ""
    what = "it has no source" if spec is None else "its source lists versions only"
    return None, (
        f"{site.slug}: {what}, so this is claimed and not verified; give a folder or a list of its files, or give the "
        "site a 'wp' source"
    )


def _ask_wp(spec: WpSpec, site: SourceSite, component: Component) -> Listing:
    """The files of a local WordPress as they lie; elsewhere PHP lists them, or tar has them where WP-CLI is not."""
    from plugwatch.delivery.listing import list_site
    from plugwatch.inventories.sources.shell import open_shell

    if spec.ssh is None and spec.alias is None:
        try:
            return _list_files(spec, site, component)
        except NotFoundError:  # it may keep its content elsewhere, which only WordPress knows
            return list_site(open_shell(spec, site), component, f"site '{site.slug}'")
    try:
        return list_site(open_shell(spec, site), component, f"site '{site.slug}'")
    except NotFoundError:
        raise
    except PlugwatchError as first:
        try:
            return _list_files(spec, site, component)
        except PlugwatchError:
            raise first from None


def _list_files(spec: object, site: SourceSite, component: Component) -> Listing:
    from plugwatch.delivery.listing import list_folder
    from plugwatch.inventories.sources.component_files import component_files

    with component_files(spec, site, component) as path:  # type: ignore[arg-type]
        return list_folder(path, component, f"the files on {site.slug}")


def path_places(app: App, path: Path, wanted: Sequence[Component], site: Site | None) -> Iterator[Place]:
    """The components in a folder, a ZIP or a list. Raises InputError for a pipe, a device and the like."""
    if path.is_dir():
        yield from _folder_places(app, path, wanted, site)
    elif not path.is_file():
        raise InputError("it is neither a file nor a folder; write the list into a file", source=path.name)
    elif path.suffix.lower() == ".zip":
        yield _zip_place(app, path, wanted, site)
    elif path.suffix.lower() == ".php":
        component = _the_one(app, wanted, path.name.removesuffix(".php"), path)
        yield Place(component, site, lambda: _list_path(path, component))
    else:
        yield from _list_places(app, path, wanted, site)


def _folder_places(app: App, path: Path, wanted: Sequence[Component], site: Site | None) -> Iterator[Place]:
    found = False
    for component in wanted or app.forks.components():
        here = _below(path, component)
        if here:
            found = True
            yield Place(component, site, lambda here=here, component=component: _list_path(here, component))  # type: ignore[misc]
    if found:
        return
    if len(wanted) == 1:  # a component's own folder, under whatever name
        yield Place(wanted[0], site, lambda: _list_path(path, wanted[0]))
        return
    raise NotFoundError(f"{path} holds nothing that a fork is here for; say with --component what it is")


def _below(path: Path, component: Component) -> Path | None:
    """Where a component is in a folder: the folder itself, in a folder of components, or in a WordPress."""
    from plugwatch.inventories.sources.component_files import component_files
    from plugwatch.inventories.sources.spec import FileSpec, SourceSite

    name = component.slug.partition("/")[0]
    if component.kind in ("plugin", "theme") and path.resolve().name == name and _is_component(path, component):
        return path
    if _is_component(path / name, component):
        return path / name
    if component.kind == "plugin" and (path / f"{name}.php").is_file() and path.resolve().name != "plugins":
        return path  # its own folder under another name; of a single file the rest is left aside
    try:
        with component_files(FileSpec(str(path.resolve())), SourceSite(name, None, path), component) as found:
            return found
    except NotFoundError:
        return None


def _is_component(path: Path, component: Component) -> bool:
    """Whether a folder has a file as the component's own folder must have one at its top."""
    if component.kind == "theme":
        return (path / "style.css").is_file()
    return component.kind == "plugin" and any(path.glob("*.php")) and not (path / "wp-includes").is_dir()


def _list_path(path: Path, component: Component) -> Listing:
    from plugwatch.delivery.listing import list_folder

    try:
        return list_folder(path, component, f"the files in {plain(str(path))}")
    except OSError as error:
        raise UnknownError(f"{path} cannot be read ({error.strerror}); see to who may read it") from error


def _zip_place(app: App, path: Path, wanted: Sequence[Component], site: Site | None) -> Place:
    from plugwatch.delivery.listing import list_zip

    component = _the_one(app, wanted, path.name.partition(".")[0], path)
    return Place(component, site, lambda: list_zip(path, component))


def _the_one(app: App, wanted: Sequence[Component], name: str, path: Path) -> Component:
    """The component that is wanted, else the only fork of that name."""
    named = list(wanted) or [one for one in app.forks.components() if one.slug.partition("/")[0] == name]
    if len(named) != 1:
        raise PlugwatchError(f"{path.name} does not say what it is of; say it with --component, as plugin/{name}")
    return named[0]


def _list_places(app: App, path: Path, wanted: Sequence[Component], site: Site | None) -> Iterator[Place]:
    from plugwatch.delivery.listing import read_lines
    from plugwatch.model.evidence.listings import parse_listing

    try:
        lines = list(read_lines(path))
    except OSError as error:
        raise UnknownError(f"{path} cannot be read ({error.strerror}); see to who may read it") from error
    source = f"the list {plain(path.name)}"
    components = list(wanted) or _named_in(app, lines)
    if not components:
        parse_listing(lines, Component("plugin", "-"), source)  # says what is wrong where it is no list at all
        raise InputError("it does not say of which component it is; say it with --component", source=source)
    for component in components:
        yield Place(component, site, lambda component=component: parse_listing(lines, component, source))  # type: ignore[misc]


def _named_in(app: App, lines: Sequence[str]) -> list[Component]:
    """The forks whose folder, or whose own list, the lines name."""
    forked = app.forks.components()
    head = next((line for line in lines[:200] if line.startswith('{"plugwatch-listing":1')), None)
    if head:
        with suppress(ValueError, RecursionError):  # a list that is cut off is refused where it is read
            told = json.loads(head)
            return [one for one in forked if (one.kind, one.slug) == (told.get("kind"), told.get("slug"))]
    text = "\n".join(lines)
    found = []
    for one in forked:
        name = one.slug.partition("/")[0]
        folder = {"plugin": "plugins", "theme": "themes", "mu-plugin": "mu-plugins"}.get(one.kind, "wp-content")
        starts = (f"{folder}/{name}/", f"  {name}/", f" *{name}/", f"./{name}/", f"{folder}/{name}.php")
        if any(start in text for start in (starts if one.kind in ("plugin", "theme") else (f"{folder}/{name}",))):
            found.append(one)
    return found


def read_manifest(path: Path) -> Manifest | None:
    """A build's manifest, None for any other file."""
    if path.suffix.lower() != ".json" or not path.is_file() or path.stat().st_size > _MOST_OF_MANIFEST:
        return None
    data = path.read_bytes()
    try:
        told = json.loads(data)
        if not isinstance(told, dict) or "plugwatch" not in told:
            return None
        return Manifest(path, Component.parse(str(told["component"])), str(told["build"]), data)
    except (ValueError, KeyError, RecursionError, PlugwatchError):
        return None
