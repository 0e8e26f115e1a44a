"""Signs that the code behind a version is not what the vendor released.

None of them is a fault. Agencies write ``99.0`` into a fork so that no update overwrites it, WP-CLI says "version
higher than expected" where the directory has an older one, and Composer names branches. Our own builds end in ``-pN``.
"""

from __future__ import annotations

import re

from plugwatch.model.version import split_build

OUR_BUILD, POSSIBLE_FORK, DEVELOPMENT = "our-build", "possible-fork", "development"
SIGNS = (OUR_BUILD, POSSIBLE_FORK, DEVELOPMENT)

_DEVELOPMENT = re.compile(r"dev-.+|.+[.-]dev|(?:\d+(?:\.\d+)*\.)?x-dev|trunk|main|master|HEAD", re.IGNORECASE)
_BLOCKS_UPDATES = re.compile(r"v?9{2,}(?:\.\d.*|-.*)?", re.IGNORECASE)
_OWN_WORD = re.compile(
    r"(?<![a-z])(?:fork(?:ed)?|patch(?:ed)?|custom|modified|upstream|hotfix|agency)(?![a-z])", re.IGNORECASE
)


def read_sign(version: str | None, told: str | None = None) -> str | None:
    """One of SIGNS, or None where nothing points to other code; ``told`` is what a list says beside the version."""
    if version is None:
        return told
    if split_build(version):
        return OUR_BUILD
    if _DEVELOPMENT.fullmatch(version):
        return DEVELOPMENT
    if _BLOCKS_UPDATES.fullmatch(version) or _OWN_WORD.search(version):
        return POSSIBLE_FORK
    return told
