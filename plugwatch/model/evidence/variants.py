"""Contents that mean the same code as one that we know: what FTP's text mode makes of it, and a version by hand.

Also the few small files that plugins write into their own folders everywhere, so that nobody reads them by browser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from plugwatch.errors import PlugwatchError
from plugwatch.model.headers import set_header

_BOM = b"\xef\xbb\xbf"
_MARKED = "with a byte order mark in front, which an editor has put there"
_ENDED = "with other line ends, as FTP in text mode leaves them"
_HEADED = "with the version {} written into it"

# "Silence is golden" as WordPress and plugins write it, and what keeps Apache (2.2, 2.4) from serving a folder.
_SILENT = (
    b"<?php\n// Silence is golden.",
    b"<?php\n// Silence is golden",
    b"<?php // Silence is golden.",
    b"<?php // Silence is golden",
    b"<?php\n//Silence is golden.",
    b"<?php",
)
_DENYING = (
    b"deny from all",
    b"Deny from all",
    b"order deny,allow\ndeny from all",
    b"Order deny,allow\nDeny from all",
    b"order allow,deny\ndeny from all",
    b"Require all denied",
    b"Options -Indexes",
    b"Options -Indexes\ndeny from all",
)


def digest(algorithm: str) -> Callable[[bytes], str]:
    """The function of a listing's sums."""
    return _md5 if algorithm == "md5" else _sha256


def same_code(data: bytes, versions: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Forms that a file may have taken on its way, each with the words for it.

    With ``versions`` it is a main file, into whose header somebody may have written one of them.
    """
    if b"\0" not in data:
        plain = data.removeprefix(_BOM)
        feeds = plain.replace(b"\r\n", b"\n")
        ended = (feeds, feeds.replace(b"\n", b"\r\n"), feeds.replace(b"\n", b"\r"), plain.replace(b"\n", b"\r\n"))
        yield (_MARKED if plain == data else "without its byte order mark"), (_BOM + plain if plain == data else plain)
        for text in dict.fromkeys(ended):
            if text != plain:
                yield _ENDED, text
                yield f"{_ENDED}, and {_MARKED}", _BOM + text
    for version in versions:
        try:
            yield _HEADED.format(version), set_header(data, "Version", version, "")
        except PlugwatchError:
            continue


def is_harmless(found: str, algorithm: str) -> bool:
    """Whether a file that may run is one of those that are empty in effect: they forbid, or say nothing."""
    return found in _harmless(algorithm)


@lru_cache
def _harmless(algorithm: str) -> frozenset[str]:
    forms = [form for text in (*_SILENT, *_DENYING) for form in (text, text + b"\n", text + b"\n\n")]
    texts = [b"", *forms, *(form.replace(b"\n", b"\r\n") for form in forms)]
    return frozenset(map(digest(algorithm), texts))


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
