"""The version in a block.json, which WordPress puts behind the addresses of the block's files.

``register_block_style_handle()`` (wp-includes/blocks.php; from 6.5 on ``register_block_script_handle()`` too, where no
``.asset.php`` says another) gives it to browsers as ``?ver=``. A vendor who writes the release's version there wants
fresh files with each release; a build that kept it would be served with the old ones from caches. Any other version is
the block's own, and a patch may raise it.

Nothing else that carries the version is touched. A constant (``define( 'TIDY_VERSION', '1.2.3' )``) may be what the
plugin compares with its options to migrate its tables, and "1.2.3.0-p1" would run that again or keep it from running;
``theme.json`` and ``package.json`` say the version of something else; ``*.asset.php`` has a hash that its build tool
writes, and a patch that changes the script can change it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.S)


def is_block(path: str) -> bool:
    """Whether a path is the description of a block."""
    return path.rpartition("/")[2] == "block.json"


def set_block_version(data: bytes, old: Collection[str], new: str) -> bytes:
    """The file with its own version changed where it is one of ``old``; no other byte changes.

    Anything but a JSON object is left alone.
    """
    try:
        block = json.loads(data.decode())
    except (ValueError, RecursionError):
        return data
    if not isinstance(block, dict) or not isinstance(block.get("version"), str):
        return data
    for start, end in reversed(_places(data, old)):
        data = data[:start] + json.dumps(new).encode() + data[end:]
    return data


def _places(data: bytes, old: Collection[str]) -> list[tuple[int, int]]:
    """Where the values of "version" stand in the outermost object; its strings hold no brace that counts."""
    found, depth = [], 0
    tokens = list(_TOKEN.finditer(data))
    for key, colon, value in zip(tokens, tokens[1:], tokens[2:], strict=False):
        depth += (key[0] in (b"{", b"[")) - (key[0] in (b"}", b"]"))
        said = depth == 1 and colon[0] == b":" and value[0][:1] == b'"' and json.loads(key[0]) == "version"
        if said and json.loads(value[0]) in old:
            found.append(value.span())
    return found
