"""The fields that GitHub always sends, as ``openapi/fields.json`` has them from its own description.

They are names and types only; ``openapi/write_fields.py`` says what they mean and where they are from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIELDS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "openapi" / "fields.json").read_text())

_NOTHING = {"string": "", "integer": 0, "number": 0, "boolean": False, "object": {}, "any": None}
_TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict}
# GitHub sends null here, though its description does not say so: for a fork that was deleted.
_ALSO_NULL = {"pull-request.head.repo", "pull-request-simple.head.repo", "pull-request-simple.head.user"}


def filled(schema: str, url: str = "") -> dict[str, Any]:
    """What must be there of a schema: addresses below ``url``, everything else empty, and null where it may be."""
    return {name: _nothing(kind, name, url) for name, kind in FIELDS[schema].items()}


def _nothing(kind: str, name: str, url: str) -> Any:
    if kind.endswith("?"):
        return None
    if kind.startswith("["):
        return []
    if kind in FIELDS:
        return filled(kind, url)
    if kind == "string" and name.endswith(("_url", "href")):
        return f"{url}/{name.removesuffix('_url')}"
    return _NOTHING[kind]


def complaints(document: Any, kind: str, place: str = "") -> Iterator[str]:
    """What GitHub would not have sent like this: fields that lack, or are of another type."""
    where, bare = place or kind, kind.removesuffix("?")
    if kind == "any":
        return
    if document is None:
        if kind == bare and where not in _ALSO_NULL:
            yield f"{where} is null"
    elif bare.startswith("["):
        for row in document if isinstance(document, list) else [None]:
            yield from complaints(row, bare[1:-1], where)
    elif bare in FIELDS:
        yield from _lacking(document if isinstance(document, dict) else {}, bare, where)
    elif not isinstance(document, _TYPES[bare]) or (bare == "integer" and isinstance(document, bool)):
        yield f"{where} is no {bare}"


def _lacking(document: dict[str, Any], schema: str, where: str) -> Iterator[str]:
    for name, kind in FIELDS[schema].items():
        if name in document:
            yield from complaints(document[name], kind, f"{where}.{name}")
        else:
            yield f"{where}.{name} is not there"
