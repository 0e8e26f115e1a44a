"""The header comment of a plugin or theme, read exactly as WordPress reads it.

Source: WordPress core, wp-includes/functions.php, get_file_data() and _cleanup_header_comment().
"""

from __future__ import annotations

import re
from functools import lru_cache

HEADER_BYTES = 8192

_TRIMMED = b" \n\r\t\v\0"  # what PHP's trim() takes away
_SPACE = b" \t\n\r\f\v"  # what \s means to PCRE


def read_header(data: bytes, field: str) -> str:
    """The value of one field (``Plugin Name``, ``Version`` ...) in a file's first 8,192 bytes, "" where there is none.

    Only the first line that names the field counts, even where its value is empty or "0", which PHP holds to be false.
    Bytes that are not UTF-8 are replaced.
    """
    match = _pattern(field).search(data[:HEADER_BYTES].replace(b"\r", b"\n"))
    if match is None or match[1] in (b"", b"0"):
        return ""
    return _clean_up(match[1]).decode("utf-8", "replace")


@lru_cache(maxsize=32)
def _pattern(field: str) -> re.Pattern[bytes]:
    name = re.escape(field.encode())
    return re.compile(rb"^(?:[ \t]*<\?php)?[ \t/*#@]*" + name + rb":(.*)$", re.MULTILINE | re.IGNORECASE)


def _clean_up(value: bytes) -> bytes:
    ends = [at for at in (value.find(b"*/"), value.find(b"?>")) if at >= 0]
    return (value[: min(ends)].rstrip(_SPACE) if ends else value).strip(_TRIMMED)
