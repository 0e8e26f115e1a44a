"""The notice in every file that a patch modifies, and how text of ours is kept from meaning anything in a file.

GPL-2.0 section 2a: "prominent notices stating that you changed the files and the date of any change",
https://www.gnu.org/licenses/old-licenses/gpl-2.0.html.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from plugwatch.model.builds.build import PatchNote
from plugwatch.model.headers import PLUGIN_HEADERS, PLUGWATCH_HEADERS, THEME_HEADERS, line_ending

BOM = b"\xef\xbb\xbf"

_PHP_TYPES = {".php", ".phtml", ".inc"}
_BLOCK_COMMENT_TYPES = {".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".css", ".scss", ".less"}
_PHP_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?<\?php(?=[ \t\r\n]|\Z)", re.I)
_FIRST_COMMENT = re.compile(rb"[ \t\r\n]*/\*.*?\*/", re.S)
_CHARSET = re.compile(rb"""(?:\xef\xbb\xbf)?@charset[ \t]+(?:"[^"\r\n]*"|'[^'\r\n]*')[ \t]*;""", re.I)
_SHEBANG = re.compile(rb"#![^\r\n]*")
_BLANK_REST = re.compile(rb"[ \t]*(?:\r\n|\n|\r)")
# Core looks for 'Template Name:' anywhere in a theme's PHP files, not only at the start of a line.
_TEMPLATE_HEADERS = ("Template Name", "Template Post Type")
_README_HEADERS = ("Stable tag", "Tested", "Tested up to", "Requires", "Contributors", "Donate link", "License")
_HEADER_NAMES = sorted({*PLUGIN_HEADERS, *THEME_HEADERS, *PLUGWATCH_HEADERS, *_TEMPLATE_HEADERS, *_README_HEADERS})
_FALSE_HEADER = re.compile(rf"({'|'.join(map(re.escape, _HEADER_NAMES))})(?:\s*:)+", re.I)
_MARK_UP = re.compile(r"(?<=\*)(?=/)|(?<=\?)(?=>)|(?<=<)(?=[/!?])")  # ends of comments, and of scripts that are inlined


def notice(patch: PatchNote, agency: str) -> str:
    """The sentence about a patch for a comment: one line that ends no comment and looks like no header.

    Its form is the one of GPL-2.0 section 2a: who changed the file, and the date of the change.
    """
    text = f"Modified by {one_line(agency)} on {patch.date.isoformat()}: {one_line(patch.title)}"
    text = f"{text.rstrip('. ')} (plugwatch patch {one_line(patch.id)})."
    return harmless(text)


def harmless(text: str) -> str:
    """The text on one line, without what would be a header, end a comment or begin a tag."""
    return _MARK_UP.sub(" ", _FALSE_HEADER.sub(r"\1", one_line(text)))


def add_notices(path: str, data: bytes, notices: list[str]) -> bytes:
    """The file with a comment line for each notice; unchanged where a comment has no safe place.

    PHP: below the first block comment of a file that begins with ``<?php``, else right below that tag, so it never
    stands before ``<?php`` and always before ``declare`` and ``namespace``, where only comments may stand. JavaScript
    and stylesheets: on top, below a shebang or ``@charset``.
    """
    place = _place(path, data)
    if place is None or not notices:
        return data
    ending = line_ending(data)
    block = ending.join(f"/* {text} */".encode() for text in notices) + ending
    blank = _BLANK_REST.match(data, place)
    if place == 0 or data[:place] == BOM:
        return data[:place] + block + data[place:]
    if blank:
        return data[: blank.end()] + block + data[blank.end() :]
    return data[:place] + ending + block + data[place:]


def _place(path: str, data: bytes) -> int | None:
    """Where a comment may go: an offset at the start of a line or at the end of what must stay before it."""
    kind = PurePosixPath(path).suffix.lower()
    if b"\0" in data:  # UTF-16, or not text at all (.ts is video, too)
        return None
    if kind in _PHP_TYPES:
        opening = _PHP_OPENING.match(data)
        comment = _FIRST_COMMENT.match(data, opening.end()) if opening else None
        return comment.end() if comment else opening.end() if opening else None
    if kind not in _BLOCK_COMMENT_TYPES:
        return None
    first = _SHEBANG.match(data) or _CHARSET.match(data)
    return first.end() if first else len(BOM) if data.startswith(BOM) else 0


def one_line(text: str) -> str:
    """The text on one line, without anything that cannot be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
