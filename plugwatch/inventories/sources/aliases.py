"""The aliases in WP-CLI's configuration files: which sites an agency has already given names.

Source: wp-cli/wp-cli, php/WP_CLI/Configurator.php (add_alias, merge_yml) and Runner.php (get_*_config_path). The files
are YAML but for their bare ``@``, which YAML keeps for itself; nothing but names and plain text is taken out of them,
so neither a reference of YAML nor a type of it does anything here. WP-CLI fills in variables (``${env.NAME}``); we
leave them as written.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from plugwatch.errors import InputError, NotFoundError

ALL = "@all"

_LIMIT = 64 * 1024  # the configuration of an agency with 500 sites
_LOCAL_FIRST = ("wp-cli.local.yml", "wp-cli.yml")
_MAX_INHERITED = 10
_MAX_DEPTH = 50
_OPTIONS = ("user", "url", "path", "ssh", "ssh-args", "http", "proxyjump", "key", "ssh_config")
_NAME = re.compile(r"@[A-Za-z0-9_.-]+")
# A bare @name where YAML expects a key or an item of a list; and within [brackets], on lines without quotes.
_BARE = re.compile(r"^([ \t]*(?:-[ \t]+)*)(@[A-Za-z0-9_.-]+)(?=[ \t]*(?:[:,\]#]|$))", re.M)
_BARE_IN_BRACKETS = re.compile(r"([\[,][ \t]*)(@[A-Za-z0-9_.-]+)(?=[ \t]*[,\]])")


@dataclass(frozen=True)
class Alias:
    """One site as WP-CLI knows it: ``name`` with its ``@``, the rest as the file says it or None.

    A ``path`` on this machine is absolute.
    """

    name: str
    path: str | None = None
    ssh: str | None = None
    url: str | None = None
    user: str | None = None


@dataclass(frozen=True)
class Aliases:
    """The aliases of one or more files, and the groups of them, each by its name with its ``@``."""

    single: Mapping[str, Alias] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_group(self, name: str) -> bool:
        """Whether the name stands for several sites; ``@all`` does so unless it is defined as something else."""
        return name in self.groups or (name == ALL and name not in self.single)

    def expand(self, name: str) -> tuple[Alias, ...]:
        """The sites that an alias, a group or ``@all`` stands for, each once and in order.

        Raises NotFoundError where the name, or a member of the group, is not known.
        """
        if name == ALL and self.is_group(name) and name not in self.groups:
            return tuple(self.single.values())
        found: dict[str, Alias] = {}
        waiting, seen = [name], set[str]()
        while waiting:
            current = waiting.pop(0)
            if current in self.single:
                found[current] = self.single[current]
            elif current not in self.groups:
                raise self._not_found(current)
            elif current not in seen:
                seen.add(current)
                waiting[:0] = self.groups[current]
        return tuple(found.values())

    def _not_found(self, name: str) -> NotFoundError:
        known = [*self.single, *self.groups]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0) if known else []
        hint = f"the nearest one is {near[0]}" if near else "WP-CLI's configuration has none"
        return NotFoundError(f"there is no alias {name}; {hint}")


def load_aliases(start: Path, config: Path | None = None) -> Aliases:
    """The aliases that WP-CLI, started in this folder, would know; ``config`` takes the place of the user's own file.

    As with WP-CLI, the nearest ``wp-cli.local.yml`` or ``wp-cli.yml`` upwards wins over the user's own file. Raises
    InputError for a file that cannot be read, and for a ``config`` that is not there.
    """
    if config is not None and not config.is_file():
        raise InputError("there is no such configuration of WP-CLI; correct --config", source=str(config))
    single: dict[str, Alias] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for path in (config or _own_file(), _project_file(start)):
        for file, text in _with_inherited(path) if path else ():
            read = read_aliases(text, str(file), file.parent, known=single.keys() | groups.keys())
            for name in (*read.single, *read.groups):
                single.pop(name, None)
                groups.pop(name, None)
            single |= read.single
            groups |= read.groups
    return Aliases(single, groups)


def read_aliases(text: str, source: str, folder: Path, known: frozenset[str] | set[str] = frozenset()) -> Aliases:
    """The aliases in one file's text; ``folder`` is where relative paths begin.

    ``known`` are the names of files read before: a group may list them without their ``@``. Raises InputError, with
    the line, where it is no YAML.
    """
    single: dict[str, Alias] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for name, node in _entries(_compose(text, source)):
        options = {key: _text(value) for key, value in _pairs(node) if key in _OPTIONS}
        if options:
            single[name] = _alias(name, options, folder)
        else:
            named = {*known, *single, *groups}
            members = [item if item.startswith("@") else f"@{item}" for item in _items(node)]
            bare = [f"@{item}" for item in _items(node) if not item.startswith("@")]
            groups[name] = tuple(member for member in members if member not in bare or member in named)
    return Aliases(single, groups)


def _alias(name: str, options: Mapping[str, str | None], folder: Path) -> Alias:
    path = options.get("path")
    if path and not options.get("ssh") and not path.startswith("${"):
        path = str(folder / path)
    return Alias(name, path, options.get("ssh"), options.get("url"), options.get("user"))


def _own_file() -> Path | None:
    named = os.environ.get("WP_CLI_CONFIG_PATH")
    path = Path(named or os.path.expanduser("~/.wp-cli/config.yml"))  # noqa: PTH111 (Path.home() may fail)
    return path if path.is_file() else None


def _project_file(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        for name in _LOCAL_FIRST:
            if (folder / name).is_file():
                return folder / name
    return None


def _with_inherited(path: Path) -> Iterator[tuple[Path, str]]:
    """The file and its text, after those that it inherits from (``_: {inherit: FILE}``)."""
    chain: dict[Path, str] = {}
    current: Path | None = path
    while current is not None and current not in chain and len(chain) < _MAX_INHERITED:
        chain[current] = _read(current)
        settings = next((node for key, node in _pairs(_compose(chain[current], str(current))) if key == "_"), None)
        inherited = next((_text(node) for key, node in _pairs(settings) if key == "inherit"), None)
        current = (current.parent / inherited).resolve() if inherited else None
    return reversed(chain.items())


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LIMIT + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", source=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("it is not UTF-8 text; save it as UTF-8", source=str(path)) from error
    if len(data) > _LIMIT:
        raise InputError(f"it is over {_LIMIT // 1024} KiB, too long for WP-CLI's configuration", source=str(path))
    return text


def _compose(text: str, source: str) -> Any:
    """The document as YAML's nodes, in which a reference is the same node again and never a copy."""
    import yaml  # type: ignore[import-untyped, unused-ignore]  # only who has aliases waits for it

    if _depth(text) > _MAX_DEPTH:  # before YAML's own reader, which takes its time to find out
        raise InputError("it is nested too deeply for WP-CLI's configuration", source=source)
    try:
        return yaml.compose(_quote_bare(text), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "a character that YAML does not allow"
        line = mark.line + 1 if mark else None
        raise InputError(f"it is no YAML that can be read ({problem}); correct it", source=source, line=line) from error
    except RecursionError as error:
        raise InputError("it is nested too deeply for WP-CLI's configuration", source=source) from error


def _depth(text: str) -> int:
    """How deep brackets are nested; those in quotes count too, which no real configuration notices."""
    steps = (1 if bracket in "[{" else -1 for bracket in re.findall(r"[][{}]", text))
    return max(accumulate(steps), default=0)


def _quote_bare(text: str) -> str:
    lines = _BARE.sub(r'\1"\2"', text).split("\n")
    return "\n".join(line if "'" in line else _BARE_IN_BRACKETS.sub(r'\1"\2"', line) for line in lines)


def _entries(document: Any) -> Iterator[tuple[str, Any]]:
    """Every alias or group with its name: the keys with an ``@``, and those below ``aliases``."""
    for key, node in _pairs(document):
        if _NAME.fullmatch(key):
            yield key, node
        elif key == "aliases":
            for name, inner in _pairs(node):
                named = name if name.startswith("@") else f"@{name}"
                if _NAME.fullmatch(named):
                    yield named, inner


def _pairs(node: Any) -> list[tuple[str, Any]]:
    if node is None or node.id != "mapping":
        return []
    return [(key.value, value) for key, value in node.value if key.id == "scalar"]


def _items(node: Any) -> list[str]:
    return [item.value for item in node.value if item.id == "scalar"] if node.id == "sequence" else []


def _text(node: Any) -> str | None:
    return node.value if node.id == "scalar" and node.value else None
