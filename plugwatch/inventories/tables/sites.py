"""Which site a row of a table is of: its name, its address without secrets, and how two of one name are told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from plugwatch.inventories.containers import shorten
from plugwatch.inventories.tables.cells import is_address
from plugwatch.inventories.values import tidy

_ENDS = re.compile(r"[?#]")
_WWW = re.compile(r"\Awww\.", re.IGNORECASE)
_PORT = re.compile(r":\d{1,5}")
_SHOWN_SITES = 3


@lru_cache(maxsize=4096)
def read_site(name: str, url: str) -> tuple[str, str | None] | None:
    """The name and the address of the site that these two cells mean, or None where they mean none.

    An address has no name but its host and path. User, password, query and fragment may hold secrets: none is kept.
    """
    address = tidy(_without_secrets(url)) if url else ""
    if url and not is_address(address):
        return None
    shown = tidy(name)
    if "://" in shown or is_address(shown) or ("@" in shown[1:] and " " not in shown):
        shown = tidy(_without_secrets(name))
        if not is_address(shown):
            return None
        address = address or (shown if "://" in shown else "")
        shown = _name_address(shown)
    shown = shown or _name_address(address)
    return (shown, address or None) if any(map(_is_plain, unicodedata.normalize("NFKD", shown))) else None


def tell_apart(urls: Iterable[str | None], clients: Iterable[str | None]) -> str | None:
    """Why the rows of one site's name are those of several sites, by their addresses or else clients, if they are."""
    addresses = {_name_address(url).casefold(): url for url in urls if url}
    owners = {client.casefold(): client for client in clients if client}
    if len(addresses) > 1:
        shown = list(addresses.values())
    elif len(owners) > 1:
        shown = [f"one of {owner}" for owner in owners.values()]
    else:
        return None
    count = "two" if len(shown) == 2 else str(len(shown))
    named = " and ".join(shorten(one, 80) for one in shown[:_SHOWN_SITES])
    return f"{count} sites are called so: {named}; give each a name of its own"


def _without_secrets(text: str) -> str:
    """Scheme, host and path of an address; "" where it is none, or where a part of it may be a password."""
    scheme, mark, rest = _ENDS.split(text.strip(), maxsplit=1)[0].partition("://")
    host, slash, path = (rest if mark else scheme).partition("/")
    host = host.rpartition("@")[2]
    if "@" in path or ":" in _PORT.sub("", host, count=1):
        return ""
    return f"{scheme}{mark}{host}{slash}{path}" if mark else f"{host}{slash}{path}"


def _name_address(address: str) -> str:
    """Host and path, without what two ways to write one address differ in."""
    return _WWW.sub("", address.partition("://")[2] or address, count=1).rstrip("/")


def _is_plain(character: str) -> bool:
    return character.isascii() and character.isalnum()
