"""Addresses of forms that are filled in already, for a person to look over and post."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from plugwatch.model.roads.checks import URL_LIMIT


def fill_in(base: str, fields: Mapping[str, str], *, droppable: str) -> str:
    """The address with the fields as its query; the ``droppable`` one is left out where the whole would be too long.

    Browsers and servers cut or refuse long addresses; the person then pastes that field.
    """
    whole = _with_query(base, fields)
    if len(whole) <= URL_LIMIT:
        return whole
    return _with_query(base, {name: value for name, value in fields.items() if name != droppable})


def _with_query(base: str, fields: Mapping[str, str]) -> str:
    return f"{base}?{urlencode(fields, quote_via=quote)}"
