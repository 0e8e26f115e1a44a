"""A WordPress on disk: the headers of its plugins, themes, must-use plugins and drop-ins.

Which files count is WordPress's own rule (core: get_plugins, get_mu_plugins, _get_dropins in
wp-admin/includes/plugin.php, search_theme_directories in wp-includes/theme.php); the names are those that WP-CLI
prints. A folder cannot tell what is active. A link that leaves the folder is reported and not followed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plugwatch.errors import InputError
from plugwatch.inventories.containers import shorten
from plugwatch.inventories.values import DROPINS, MAX_VERSION, read_version, tidy
from plugwatch.model.component import is_slug
from plugwatch.model.headers import HEADER_BYTES, THEME_FILE, read_headers
from plugwatch.model.inventory import UNKNOWN_STATUS, Installed, Inventory, Unparsed

NAME = "folder"

# Where the content and the core stand below the folder given: plain WordPress, Bedrock, Bedrock's web/, wp-content.
_LAYOUTS = (("wp-content", "."), ("web/app", "web/wp"), ("app", "wp"), (".", "."))
_PLUGINS, _THEMES, _MU_PLUGINS = "plugins", "themes", "mu-plugins"
_SILENT_INDEX_BYTES = 30
_READMES = ("readme.txt", "readme.md")
_CORE_VERSION = re.compile(rb"^\s*\$wp_version\s*=\s*['\"]([^'\"\n]{1,50})['\"]", re.MULTILINE)


def scan(root: Path, source: str, list_type: str | None = None) -> Inventory:
    """What is installed in a WordPress folder, a wp-content, or a single plugins, themes or mu-plugins folder.

    ``list_type`` ("plugins" or "themes") says what a single folder holds where its content does not show it. Raises
    InputError where nothing of WordPress is found in the folder.
    """
    scanner = _Scanner(root.resolve())
    for content, core in _LAYOUTS:
        if scanner.scan_content(scanner.root / content):
            return scanner.inventory(scanner.core_version(scanner.root / core))
    scanner = _scan_single(scanner.root, list_type)
    if not scanner.found:
        reason = f" ({scanner.unparsed[0].text})" if scanner.unparsed else ""
        raise InputError(
            f"no plugins or themes were found in it{reason}; "
            "name a WordPress folder, its wp-content, or a plugins or themes folder",
            source=source,
        )
    return scanner.inventory(None)


def _scan_single(root: Path, list_type: str | None) -> _Scanner:
    """A folder that holds the plugins or themes itself; of two readings the one with more names counts."""
    if list_type is not None:
        kinds = [list_type.removesuffix("s")]
    else:
        kinds = ["mu-plugin"] if root.name == _MU_PLUGINS else ["plugin", "theme"]
    readings = [_Scanner(root) for _ in kinds]
    for reading, kind in zip(readings, kinds, strict=True):
        reading.scan(kind, root)
    best = max(readings, key=lambda reading: reading.named)
    if best.complete == {"plugin"} and (not best.in_folders or best.has_readme(root)):
        best.complete.clear()
        best.warnings.append("this may be the folder of one plugin, not of all; taken as partial")
    return best


def _header(data: bytes, name: str) -> str:
    return read_headers(data, (name,))[name]


@dataclass
class _Scanner:
    """Collects what one folder holds; ``root`` is the resolved folder that nothing may lead out of."""

    root: Path
    found: list[Installed] = field(default_factory=list)
    unparsed: list[Unparsed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    complete: set[str] = field(default_factory=set)
    in_folders: int = 0

    @property
    def named(self) -> int:
        """How many components give their name in a header."""
        return sum(installed.name is not None for installed in self.found)

    def has_readme(self, folder: Path) -> bool:
        """Whether the folder has a readme, as a plugin's own has and the folder of all plugins has not."""
        return any(entry.name.lower() in _READMES for entry in self._entries(folder))

    def inventory(self, wordpress_version: str | None) -> Inventory:
        """Everything found; kinds with something unreadable in them are not complete."""
        return Inventory(
            NAME,
            tuple(self.found),
            wordpress_version=wordpress_version,
            unparsed=tuple(dict.fromkeys(self.unparsed)),
            warnings=tuple(self.warnings),
            complete_kinds=frozenset(self.complete),
        )

    def scan_content(self, content: Path) -> bool:
        """Read the folders of a wp-content and the drop-ins in it; False where it is none."""
        folders = {"plugin": content / _PLUGINS, "theme": content / _THEMES, "mu-plugin": content / _MU_PLUGINS}
        present = {kind: folder for kind, folder in folders.items() if self._is(folder, Path.is_dir)}
        if not present or not self._holds(content):
            return False
        for kind, folder in present.items():
            if self._holds(folder):
                self.scan(kind, folder)
        self.scan("dropin", content)
        return True

    def scan(self, kind: str, folder: Path) -> None:
        """Read the components of one kind from the folder that holds them."""
        missed = len(self.unparsed)
        read = {
            "plugin": self._read_plugins,
            "theme": self._read_themes,
            "mu-plugin": self._read_mu_plugins,
            "dropin": self._read_dropins,
        }[kind]
        read(folder)
        if len(self.unparsed) == missed:
            self.complete.add(kind)
        else:
            self.warnings.append(f"not everything in {folder.name} could be read; taken as partial")

    def core_version(self, core: Path) -> str | None:
        """The version that wp-includes/version.php sets, if that file is there."""
        file = core / "wp-includes" / "version.php"
        data = self._read(file) if self._is(file, Path.exists) else None
        match = _CORE_VERSION.search(data) if data else None
        return read_version(match[1].decode("utf-8", "replace")) if match else None

    def _read_plugins(self, folder: Path) -> None:
        files = [file for entry in self._entries(folder) for file in self._plugin_files(entry)]
        plugins = [(file, data) for file in files if (data := self._read(file)) and _header(data, "Plugin Name")]
        shared = Counter(file.parent for file, _ in plugins)
        for file, data in plugins:
            stem = file.name.removesuffix(".php")
            if file.parent == folder:
                slug = stem
            else:
                self.in_folders += 1
                slug = file.parent.name if shared[file.parent] == 1 else f"{file.parent.name}/{stem}"
            self._add("plugin", slug, file, data, "Plugin Name")

    def _plugin_files(self, entry: Path) -> list[Path]:
        inside = self._entries(entry) if self._is_folder(entry) else [entry]
        return [file for file in inside if file.name.endswith(".php")]

    def _read_mu_plugins(self, folder: Path) -> None:
        for file in self._entries(folder):
            data = self._read(file) if file.name.endswith(".php") else None
            if data is not None and not (file.name == "index.php" and len(data) <= _SILENT_INDEX_BYTES):
                self._add("mu-plugin", file.name, file, data, "Plugin Name", "must-use")

    def _read_dropins(self, content: Path) -> None:
        for file in self._entries(content):
            data = self._read(file) if file.name in DROPINS else None
            if data is not None:
                self._add("dropin", file.name, file, data, "Plugin Name", "dropin")

    def _read_themes(self, folder: Path) -> None:
        parents = {}
        for style in self._theme_files(folder):
            data = self._read(style)
            if data is not None:
                slug = style.parent.relative_to(folder).as_posix()
                parents[slug] = _header(data, "Template")
                self._add("theme", slug, style, data, "Theme Name")
        for slug, parent in parents.items():
            if parent and parent not in parents:
                self.warnings.append(f"the theme {slug} builds on the theme {shorten(parent, 60)}, which is not there")

    def _theme_files(self, folder: Path) -> Iterator[Path]:
        """The style.css of each theme; a folder without one may group themes one level deeper."""
        for entry in filter(self._is_folder, self._entries(folder)):
            if self._is(entry / THEME_FILE, Path.exists):
                yield entry / THEME_FILE
            else:
                styles = [theme / THEME_FILE for theme in self._entries(entry) if self._is_folder(theme)]
                yield from (style for style in styles if self._is(style, Path.exists))

    def _add(self, kind: str, slug: str, file: Path, data: bytes, title: str, status: str = UNKNOWN_STATUS) -> None:
        version = _header(data, "Version")
        if is_slug(slug) and len(version) <= MAX_VERSION:
            name = tidy(_header(data, title)) or None
            self.found.append(Installed(kind, slug, name, read_version(version), status))
        else:
            self._miss(file, "its name or version cannot be a component's")

    def _entries(self, folder: Path) -> list[Path]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            self._miss(folder, f"it cannot be listed ({error.strerror})")
            return []
        return [entry for entry in entries if not entry.name.startswith(".")]

    def _is_folder(self, path: Path) -> bool:
        return self._is(path, Path.is_dir) and self._holds(path)

    def _is(self, path: Path, what: Callable[[Path], bool]) -> bool:
        """Ask the disk; what may not even be looked at is reported."""
        try:
            return what(path)
        except OSError as error:
            self._miss(path, f"it cannot be looked at ({error.strerror})")
            return False

    def _holds(self, path: Path) -> bool:
        """Whether a path stays inside the folder after all links; one that leaves it is reported."""
        try:
            inside = path.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):
            inside = False
        if not inside:
            self._miss(path, "it is a link that leaves the folder; it was not followed")
        return inside

    def _read(self, file: Path) -> bytes | None:
        if not self._holds(file):
            return None
        try:
            if not file.is_file():
                return None
            with file.open("rb") as stream:
                return stream.read(HEADER_BYTES)
        except OSError as error:
            self._miss(file, f"it cannot be read ({error.strerror})")
            return None

    def _miss(self, path: Path, reason: str) -> None:
        shown = str(path.relative_to(self.root)).encode("utf-8", "replace").decode()
        self.unparsed.append(Unparsed(0, f"{shorten(shown)}: {reason}"))
