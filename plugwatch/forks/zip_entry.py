"""One entry of a ZIP: its name and its content, in pieces, so that memory does not grow with the entry.

``ZipFile.open`` stops at the declared size without telling that there was more, so the content is read here. Format:
APPNOTE.TXT 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from plugwatch.errors import InputError

PIECE = 1 << 20
LOCAL_HEADER = struct.Struct("<4s22x2H")  # signature, then the lengths of name and extra field

_UTF8_FLAG = 0x800


def refuse(source: str, entry: str, reason: str) -> NoReturn:
    """Raise the InputError that names a source and one of its entries."""
    raise InputError(f"the entry {entry!r} {reason}", source=source)


def raw_name(info: zipfile.ZipInfo) -> bytes:
    """The name as it is in the ZIP."""
    return info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_FLAG else "cp437")


def entry_name(info: zipfile.ZipInfo) -> str:
    """The name: UTF-8 where flagged or where it is valid (macOS sets no flag), else code page 437."""
    try:
        return raw_name(info).decode()
    except UnicodeDecodeError:
        return info.orig_filename


def unpack(handle: BinaryIO, name: str, info: zipfile.ZipInfo, source: str) -> Iterator[bytes]:
    """The content in pieces. Raises InputError, after the last piece at the latest, where it is not as declared."""
    size = checksum = 0
    try:
        for piece in _pieces(handle, name, info, source):
            size += len(piece)
            if size > info.file_size:
                break
            checksum = zlib.crc32(piece, checksum)
            yield piece
    except (OSError, zlib.error) as error:
        raise InputError(f"the entry {name!r} is damaged; download it again", source=source) from error
    if size != info.file_size:
        _refuse_length(source, name)
    if checksum != info.CRC:
        refuse(source, name, "is damaged, its checksum is wrong; download it again")


def _pieces(handle: BinaryIO, name: str, info: zipfile.ZipInfo, source: str) -> Iterator[bytes]:
    packed = _packed(handle, name, info, source)
    if info.compress_type == zipfile.ZIP_STORED:
        yield from packed
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while not inflate.eof:
        data = inflate.unconsumed_tail or next(packed, b"")
        piece = inflate.decompress(data, PIECE)
        if not piece and not data:
            _refuse_length(source, name)
        yield piece
    if inflate.unused_data or next(packed, b""):
        _refuse_length(source, name)


def _packed(handle: BinaryIO, name: str, info: zipfile.ZipInfo, source: str) -> Iterator[bytes]:
    """The packed bytes behind the local header, which must tell the same name as the central directory."""
    handle.seek(info.header_offset)
    header = handle.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        refuse(source, name, "is not where the ZIP says; download it again")
    _, name_length, extra_length = LOCAL_HEADER.unpack(header)
    if handle.read(name_length) != raw_name(info):
        refuse(source, name, "has two different names")
    at = info.header_offset + LOCAL_HEADER.size + name_length + extra_length
    end = at + info.compress_size
    while at < end:
        handle.seek(at)  # somebody may read another entry between two pieces
        piece = handle.read(min(PIECE, end - at))
        if not piece:
            _refuse_length(source, name)
        at += len(piece)
        yield piece


def _refuse_length(source: str, name: str) -> NoReturn:
    refuse(source, name, "is not as long as the ZIP says; download it again")
