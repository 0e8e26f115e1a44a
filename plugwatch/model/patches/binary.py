"""Changes of binary files in patches: git's ``GIT binary patch`` blocks, literal and delta.

The format is that of ``emit_binary_diff_body`` in https://github.com/git/git/blob/v2.39.5/diff.c: lines of a length
letter and base 85, deflated; deltas are those of gitformat-pack(5). As in git, the whole ids of the ``index`` line
decide: such a change fits one content only and leads to one content only.
"""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass, field
from hashlib import sha1

from plugwatch.model.patches.hunks import CUT, Cursor

BINARY_HEADER = b"GIT binary patch"
LARGEST_BINARY = 64 << 20
"""Bytes that a binary file may have after a change."""

_BLOCK = re.compile(rb"(literal|delta) (\d{1,9})")
_NO_FILE = re.compile("0+")
_LETTERS = {ord("A") + n: n + 1 for n in range(26)} | {ord("a") + n: n + 27 for n in range(26)}


@dataclass(frozen=True)
class Binary:
    """The change of a binary file. ``kind`` is literal, delta, or absent where the patch only says that it differs."""

    kind: str
    data: bytes = field(default=b"", repr=False)


def blob_id(content: bytes) -> str:
    """The id by which the ``index`` line of a git diff names a file's content."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def is_no_file(blob: str) -> bool:
    """Whether an id of an ``index`` line stands for "no such file"."""
    return bool(_NO_FILE.fullmatch(blob))


def read_binary(cursor: Cursor) -> Binary:
    """The block that begins here; the way back that follows it is passed over.

    Raises InputError where it is damaged.
    """
    cursor.at += 1
    binary = _read_block(cursor)
    if _BLOCK.fullmatch(cursor.peek()):
        _read_block(cursor)
    return binary


def apply_binary(binary: Binary, content: bytes) -> bytes | None:
    """What the change makes of a content; None where the delta is not for this one, or damaged."""
    return binary.data if binary.kind == "literal" else _apply_delta(binary.data, content)


def _read_block(cursor: Cursor) -> Binary:
    start, header = cursor.at, _BLOCK.fullmatch(cursor.peek())
    if header is None:
        raise cursor.error(f"neither 'literal' nor 'delta' follows; {CUT}")
    size = int(header[2])
    if size > LARGEST_BINARY:
        raise cursor.error(f"the binary file is larger than {LARGEST_BINARY >> 20} MiB")
    cursor.at += 1
    packed = []
    while line := cursor.peek():
        packed.append(_decode(cursor, line))
        cursor.at += 1
    cursor.at += 1
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(b"".join(packed), size + 1)
    except zlib.error as error:
        raise cursor.error(f"the binary block cannot be unpacked; {CUT}", start) from error
    if len(data) != size or not inflate.eof:
        raise cursor.error(f"the binary block is not as long as it says; {CUT}", start)
    return Binary(header[1].decode(), data)


def _decode(cursor: Cursor, line: bytes) -> bytes:
    length = _LETTERS.get(line[0], 0)
    try:
        data = base64.b85decode(line[1:])
    except ValueError as error:
        raise cursor.error(f"this line of a binary block cannot be read; {CUT}") from error
    if not length or not length <= len(data) < length + 4:
        raise cursor.error(f"this line of a binary block is not as long as it says; {CUT}")
    return data[:length]


def _apply_delta(delta: bytes, content: bytes) -> bytes | None:
    """gitformat-pack(5), "Deltified representation"."""
    try:
        source_size, at = _size(delta, 0)
        target_size, at = _size(delta, at)
        if source_size != len(content) or target_size > LARGEST_BINARY:
            return None
        out = bytearray()
        while at < len(delta):
            command, at = delta[at], at + 1
            if command & 0x80:
                offset, size, at = _copied(delta, command, at)
                piece = content[offset : offset + size]
            else:
                size, piece, at = command, delta[at : at + command], at + command
            out += piece
            if not size or len(piece) != size or len(out) > target_size:
                return None
    except IndexError:
        return None
    return bytes(out) if len(out) == target_size else None


def _size(delta: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, at = delta[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80 or shift > 63:
            return value, at


def _copied(delta: bytes, command: int, at: int) -> tuple[int, int, int]:
    """Offset and size of a copy instruction, and where the next one begins."""
    offset = size = 0
    for bit in range(7):
        if command >> bit & 1:
            if bit < 4:
                offset |= delta[at] << 8 * bit
            else:
                size |= delta[at] << 8 * (bit - 4)
            at += 1
    return offset, size or 0x10000, at
