"""Lists of a component's files with their sums, as people and sites hand them over: parsed, limited, below one root.

Understood are what ``sha256sum`` and ``md5sum`` print (also through ``find … -exec … {} +``, with ``--tag``, with the
escapes of coreutils) and the lines of JSON of our own ``listing.php``, each among whatever else a site prints. A list
is hostile until it is read: no path leads out of the component's folder, and no line counts twice.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from plugwatch.errors import InputError
from plugwatch.model.component import Component
from plugwatch.model.evidence.evidence import Listing

MOST_FILES = 200_000
LISTING_MARK = "plugwatch-listing"
"""The key of the first and of the last line that ``listing.php`` prints."""

_ALGORITHMS = {32: "md5", 64: "sha256"}
_SUM_LINE = re.compile(r"(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)", re.DOTALL)
_TAG_LINE = re.compile(r"(\\?)(?:MD5|SHA256|SHA1|SHA224|SHA384|SHA512) \((.+)\) = ([0-9A-Fa-f]{32,128})", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "\\": "\\"}
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_NO_SUMS = re.compile(
    r"verify against checksums|doesn't verify against checksum|File was added|^plugin_name\s+file\s+message", re.M
)
_PARENTS = {"plugin": "plugins", "theme": "themes", "mu-plugin": "mu-plugins", "dropin": "wp-content"}
_SHOWN = 60
_LONGEST_VERSION = 100


@dataclass
class _Rows:
    """What the lines of a list say."""

    sums: list[tuple[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    outside: int = 0
    head: dict[str, object] = field(default_factory=dict)
    end: dict[str, object] | None = None
    is_own: bool = False


def parse_listing(lines: Iterable[str], component: Component, source: str) -> Listing:
    """The files of one component out of a list, which may name those of many.

    Raises InputError where it names none of them, or cannot be trusted to name all.
    """
    rows = _read(lines, source)
    if not rows.sums:
        _refuse_empty(rows, source)
    algorithm = _algorithm(rows, source)
    files = _below_root(rows, component, source)
    if rows.is_own:
        _check_own(rows, component, source)
    version = rows.head.get("version")
    warnings = _warnings(rows)
    shown = version if isinstance(version, str) and is_version(version) else None
    return Listing(files, algorithm, shown, source, warnings)


def is_version(text: str) -> bool:
    """Whether a text may be kept as the version that somebody tells: what is no text at all, no ledger takes."""
    return 0 < len(text) <= _LONGEST_VERSION and text.isprintable()


def _read(lines: Iterable[str], source: str) -> _Rows:
    rows = _Rows()
    for raw in lines:
        line = raw.rstrip("\r\n")
        if not line.strip():
            continue
        found = _own_line(line, rows) if line[0] in "[{" else _sum_line(line)
        if found is None:
            rows.unread.append(line)
        elif found:
            rows.sums.append(found)
        if len(rows.sums) > MOST_FILES or len(rows.unread) > MOST_FILES:
            raise InputError(
                f"it has more than {MOST_FILES} lines; list the folder of one component only", source=source
            )
    return rows


def _sum_line(line: str) -> tuple[str, str] | None:
    match = _SUM_LINE.fullmatch(line)
    if match:
        escaped, found, path = match.groups()
    else:
        match = _TAG_LINE.fullmatch(line)
        if match is None:
            return None
        escaped, path, found = match.groups()
    if escaped:
        path = _ESCAPE.sub(lambda one: _ESCAPES.get(one[1], one[0]), path)
    return found.lower(), path


def _own_line(line: str, rows: _Rows) -> tuple[str, str] | tuple[()] | None:
    """A line of ``listing.php``: a file; () for its head and its end."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(told, dict):
        what = told.get(LISTING_MARK)
        if what == "end":
            rows.end = told
        elif what == 1 and not rows.head:
            rows.head = told
        else:
            return None
        rows.is_own = True
        return ()
    rows.is_own = True
    if len(told) not in (2, 3) or not all(isinstance(part, str) for part in told):
        return None
    found, path, *encoded = told
    if encoded:
        try:
            path = base64.b64decode(encoded[0], validate=True).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            return None
    return (found.lower(), path) if re.fullmatch("[0-9A-Fa-f]{32,128}", found) else None


def _refuse_empty(rows: _Rows, source: str) -> None:
    if _NO_SUMS.search("\n".join(rows.unread[:200])):
        raise InputError(
            "this is what 'wp plugin verify-checksums' says, which has no sums in it; list the files with "
            "'find . -type f -exec sha256sum {} +' in the component's folder",
            source=source,
        )
    if rows.end is not None:
        raise InputError("the site listed no file there", source=source)
    raise InputError(
        "no line of it is a sum and a path; write the list with 'find . -type f -exec sha256sum {} +' in the "
        "component's folder",
        source=source,
    )


def _algorithm(rows: _Rows, source: str) -> str:
    lengths = {len(found) for found, _path in rows.sums}
    if len(lengths) > 1:
        raise InputError("its sums are of several kinds; list all files with sha256sum", source=source)
    algorithm = _ALGORITHMS.get(lengths.pop())
    if algorithm is None:
        raise InputError("its sums are neither SHA-256 nor MD5; list the files with sha256sum", source=source)
    return algorithm


def _below_root(rows: _Rows, component: Component, source: str) -> dict[str, str]:
    """The files by their path in the component's folder.

    Raises InputError where two lines contradict each other, or the component is listed in several places.
    """
    split = [(found, _parts(path)) for found, path in rows.sums]
    kept = [(found, parts) for found, parts in split if parts]
    rows.outside = len(split) - len(kept)
    roots = set() if rows.is_own else _roots((parts for _found, parts in kept), component)
    if len(roots) > 1:
        shown = " and ".join("/".join(root) or "." for root in sorted(roots)[:2])
        raise InputError(f"it lists {component} in several places ({shown}); give a list of one site", source=source)
    root = next(iter(roots), ())
    files: dict[str, str] = {}
    for found, parts in kept:
        if parts[: len(root)] != root or not _is_in(parts, root, component):
            continue
        path = "/".join(parts[len(root) :])
        if files.setdefault(path, found) != found:
            raise InputError(f"it lists {path[:_SHOWN]!r} twice, with different sums; list again", source=source)
    if not files:
        raise InputError(f"it names no file of {component}; list that component's folder", source=source)
    return files


def _parts(path: str) -> tuple[str, ...]:
    """The parts of a path from its first name on; none where it leads out, or is no path."""
    plain = path.replace("\\", "/") if _DRIVE.match(path) else path
    parts = tuple(part for part in plain.split("/") if part not in ("", "."))
    return () if ".." in parts or "\0" in path or len(path) > 4096 else parts


def _roots(paths: Iterable[tuple[str, ...]], component: Component) -> set[tuple[str, ...]]:
    """Where the component's folder stands in the list: below ``plugins/``, else wherever its name begins a path.

    Empty where the list begins in that folder itself.
    """
    folder, single = _names(component)
    parent = _PARENTS.get(component.kind, "")
    certain: set[tuple[str, ...]] = set()
    alone: set[tuple[str, ...]] = set()
    likely: set[tuple[str, ...]] = set()
    for parts in paths:
        if parts[0] == folder and len(parts) > 1:
            likely.add(parts[:1])
        if len(parts) > 1 and parts[-2] == parent and parts[-1] in single:
            alone.add(parts[:-1])
        place = next((n for n in range(1, len(parts) - 1) if parts[n] == folder and parts[n - 1] == parent), None)
        if place:
            certain.add(parts[: place + 1])
    return certain or alone or likely


def _names(component: Component) -> tuple[str, frozenset[str]]:
    """The name of a component's folder, and those of its file where it is a single one."""
    if component.kind in ("mu-plugin", "dropin"):
        return "", frozenset({component.slug})
    folder = component.slug.partition("/")[0]
    return folder, frozenset({f"{folder}.php"} if component.kind == "plugin" else ())


def _is_in(parts: tuple[str, ...], root: tuple[str, ...], component: Component) -> bool:
    """A single file stands among strangers; a folder's files are all its own."""
    folder, single = _names(component)
    if not root or root[-1] == folder:
        return bool(folder) or (len(parts) == 1 and parts[0] in single)
    return len(parts) == len(root) + 1 and parts[-1] in single


def _check_own(rows: _Rows, component: Component, source: str) -> None:
    """Raise InputError where our own list is cut off, or is about another component."""
    told = (rows.head.get("kind"), rows.head.get("slug"))
    if rows.head and told != (component.kind, component.slug):
        raise InputError(f"it is a list of another component, not of {component}", source=source)
    if not rows.head or rows.end is None or rows.end.get("files") != len(rows.sums):
        raise InputError("it is cut off, so it does not tell all files; list again", source=source)


def _warnings(rows: _Rows) -> tuple[str, ...]:
    found = []
    if rows.unread:
        first = rows.unread[0][:_SHOWN]
        found.append(f"{_count(len(rows.unread), 'line')} of the list not understood, the first is {first!r}")
    if rows.outside:
        found.append(f"{_count(rows.outside, 'path')} of the list not taken: they lead out of the folder")
    skipped = (rows.end or {}).get("skipped")
    if isinstance(skipped, list) and skipped:
        shown = ", ".join(repr(name[:_SHOWN]) for name in skipped[:3] if isinstance(name, str))
        what = _count(len(skipped), "entry", "entries")
        found.append(f"{what} not read there (links out of the folder, or not readable): {shown}")
    return tuple(found)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
