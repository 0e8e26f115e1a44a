"""What a person takes for one character: extended grapheme clusters (Unicode Standard Annex 29, section 3.1.1).

The standard library knows the general categories, from which all but a few properties follow; those few are listed. The
rule on Indic conjuncts (GB9c, since Unicode 15.1) is left out: the services that count do not have it either, and
without it a count is never too small.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable

ZWJ = 0x200D
_ZWNJ = 0x200C

# Extended_Pictographic (unicode.org/Public/emoji, emoji-data.txt), first and last of each range.
_PICTURES = (
    "A9-A9 AE-AE 203C-203C 2049-2049 2122-2122 2139-2139 2194-2199 21A9-21AA 231A-231B 2328-2328 2388-2388 23CF-23CF "
    "23E9-23F3 23F8-23FA 24C2-24C2 25AA-25AB 25B6-25B6 25C0-25C0 25FB-25FE 2600-2605 2607-2612 2614-2685 2690-2705 "
    "2708-2712 2714-2714 2716-2716 271D-271D 2721-2721 2728-2728 2733-2734 2744-2744 2747-2747 274C-274C 274E-274E "
    "2753-2755 2757-2757 2763-2767 2795-2797 27A1-27A1 27B0-27B0 27BF-27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50-2B50 "
    "2B55-2B55 3030-3030 303D-303D 3297-3297 3299-3299 1F000-1F0FF 1F10D-1F10F 1F12F-1F12F 1F16C-1F171 1F17E-1F17F "
    "1F18E-1F18E 1F191-1F19A 1F1AD-1F1E5 1F201-1F20F 1F21A-1F21A 1F22F-1F22F 1F232-1F23A 1F23C-1F23F 1F249-1F3FA "
    "1F400-1F53D 1F546-1F64F 1F680-1F6FF 1F774-1F77F 1F7D5-1F7FF 1F80C-1F80F 1F848-1F84F 1F85A-1F85F 1F888-1F88F "
    "1F8AE-1F8FF 1F90C-1F93A 1F93C-1F945 1F947-1FAFF 1FC00-1FFFD"
)
# Prepend, and what is spacing (category Mc) but joins nothing (unicode.org/Public/UCD, GraphemeBreakProperty.txt).
_BEFORE = "600-605 6DD-6DD 70F-70F 890-891 8E2-8E2 D4E-D4E 110BD-110BD 110CD-110CD 111C2-111C3 1193F-1193F 11941-11941"
_BEFORE += " 11A3A-11A3A 11A84-11A89 11D46-11D46 11F02-11F02"
_APART = "102B-102C 1038-1038 1062-1064 1067-106D 1083-1083 1087-108C 108F-108F 109A-109C 1A61-1A61 1A63-1A64 AA7B-AA7B"
_APART += " AA7D-AA7D 11720-11721"
# Joined though of another category: two vowels, the halfwidth voiced marks, skin tones, tags.
_JOINED = "E33-E33 EB3-EB3 200C-200C FF9E-FF9F 1F3FB-1F3FF E0020-E007F"


class _Ranges:
    def __init__(self, text: str) -> None:
        pairs = [tuple(int(part, 16) for part in one.split("-")) for one in text.split()]
        self._first = [pair[0] for pair in pairs]
        self._last = [pair[1] for pair in pairs]

    def __contains__(self, point: int) -> bool:
        place = bisect_right(self._first, point) - 1
        return place >= 0 and point <= self._last[place]


_PICTURE, _PREPEND, _LONELY, _JOINS = map(_Ranges, (_PICTURES, _BEFORE, _APART, _JOINED))


def split_graphemes(text: str) -> list[str]:
    """The text in pieces, each of which a person takes for one character."""
    starts = [place for place, new in enumerate(_begins(text)) if new]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=False)]


def is_picture(character: str) -> bool:
    """Whether a code point is one that emoji are made of."""
    return ord(character) in _PICTURE


def is_flag_letter(character: str) -> bool:
    """Whether a code point is one of the letters of which two make a flag."""
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _begins(text: str) -> Iterable[bool]:
    """Whether each code point begins a cluster."""
    before, picture, flags = "", False, 0
    for character in text:
        kind = _kind(character)
        if before == "":
            new = True
        elif kind == "picture" and before == "ZWJ" and picture:
            new = False  # GB11
        elif kind == "flag" and before == "flag":
            new = flags % 2 == 0  # GB12, GB13
        else:
            new = _parts(before, kind)
        yield new
        # A picture and what is joined to it, up to the ZWJ before the next one (GB11).
        picture = kind == "picture" or (picture and kind in ("extend", "ZWJ") and not new)
        flags = flags + 1 if kind == "flag" else 0
        before = kind


def _parts(before: str, kind: str) -> bool:
    """Whether there is a border between two code points of these kinds (GB3 to GB9b, GB999)."""
    if (before, kind) == ("CR", "LF"):
        return False
    if before in _BREAKING or kind in _BREAKING:
        return True
    if kind in ("extend", "ZWJ", "spacing") or before == "prepend":
        return False
    return kind not in _HANGUL.get(before, ())


_BREAKING = ("CR", "LF", "control")
_HANGUL = {"L": ("L", "V", "LV", "LVT"), "LV": ("V", "T"), "V": ("V", "T"), "LVT": ("T",), "T": ("T",)}
_BY_CATEGORY = {"Mn": "extend", "Me": "extend", "Cc": "control", "Cf": "control", "Zl": "control", "Zp": "control"}


def _kind(character: str) -> str:
    point = ord(character)
    if point < 0x300:
        return _latin_kind(character)
    if point == ZWJ:
        return "ZWJ"
    if point in _JOINS:
        return "spacing" if point < _ZWNJ else "extend"
    if point in _PREPEND:
        return "prepend"
    if is_flag_letter(character):
        return "flag"
    if point in _PICTURE:
        return "picture"
    category = unicodedata.category(character)
    if category == "Mc":
        return "other" if point in _LONELY else "spacing"
    return _BY_CATEGORY.get(category) or _hangul_kind(point)


def _latin_kind(character: str) -> str:
    if character in "\r\n":
        return {"\r": "CR", "\n": "LF"}[character]
    if unicodedata.category(character) in ("Cc", "Cf"):
        return "control"
    return "picture" if is_picture(character) else "other"


def _hangul_kind(point: int) -> str:
    if 0xAC00 <= point <= 0xD7A3:
        return "LVT" if (point - 0xAC00) % 28 else "LV"
    if 0x1100 <= point <= 0x115F or 0xA960 <= point <= 0xA97C:
        return "L"
    if 0x1160 <= point <= 0x11A7 or 0xD7B0 <= point <= 0xD7C6:
        return "V"
    return "T" if 0x11A8 <= point <= 0x11FF or 0xD7CB <= point <= 0xD7FB else "other"
