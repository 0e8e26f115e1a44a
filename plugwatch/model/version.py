"""Versions as WordPress orders them, ranges of them, and the versions of our own builds.

WordPress decides with PHP's ``version_compare`` whether something is newer, so plugwatch does too; ``packaging`` and
SemVer answer differently. The source of the rules is php-src, ``ext/standard/versioning.c`` (PHP 8).
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import lru_cache

from plugwatch.errors import PlugwatchError

# The parts of php_canonicalize_version. The first character is copied whatever it is; any other one that is neither
# letter nor digit ends a part, and starts one itself only where a digit stands before it.
_PART = re.compile(
    r"\A\."
    r"|\A[^0-9A-Za-z][A-Za-z]*"
    r"|[0-9]+|[A-Za-z]+"
    r"|(?<=[0-9])[^0-9A-Za-z.+_-][A-Za-z]*"
)
_NUMBER_RANK = 4
_RANK = re.compile(r"(?P<r0>dev)|(?P<r1>a)|(?P<r2>b)|(?P<r3>RC|rc)|(?P<r4>#)|(?P<r5>p)")
_LONG_MAX = 2**63 - 1

_CLEAN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.+_-]*[0-9A-Za-z])?")
_LEADING = re.compile(r"\A[\s#]+")
_HASH_PART = re.compile(r"(?<=[0-9])#")
_UP_TO_LAST = re.compile(r"[0-9A-Za-z][^0-9A-Za-z]*\Z")


def compare(a: str, b: str) -> int:
    """-1, 0 or 1 exactly as PHP's ``version_compare(a, b)`` says, for any text.

    PHP is not consistent for every text (``"1.2."`` is smaller than itself, ``1#`` equals both ``1.5`` and ``1.6``);
    what is sorted or stored goes through :func:`clean` first, where the order is a real one.
    """
    a, b = _as_c_string(a), _as_c_string(b)
    if not a or not b:
        return bool(a) - bool(b)
    return _compare_parts(_parts(a), _parts(b))


def clean(text: str) -> str:
    """The version as plugwatch stores and compares it; applying it twice changes nothing.

    White space is dropped, and whatever follows the last ASCII letter or digit: PHP makes ``1.2.`` and ``1.2-`` end in
    an empty part, which it holds to be smaller than ``1.2``, than ``1.2.`` itself and than every version that goes on.
    For the same reason text from a NUL on goes (PHP reads a C string), leading ``#`` go, and a ``#`` right after a
    digit becomes ``.``: as a part of its own ``#`` equals every number.
    """
    if _CLEAN.fullmatch(text):
        return text
    text = _HASH_PART.sub(".", _LEADING.sub("", text.partition("\0")[0]))
    last = _UP_TO_LAST.search(text)
    return text[: last.start() + 1] if last else ""


@lru_cache(maxsize=65_536)
def sort_key(version: str) -> bytes:
    """Bytes whose order is the order of :func:`compare` on cleaned versions; equal exactly where it says 0.

    The domain is what :func:`clean` returns (it is applied here, so any text may be given): the empty text, or one
    that ends in an ASCII letter or digit, holds no NUL, and has no ``#`` at its start or right after a digit. There
    each part and the end of the text have one place in one order: unknown word, dev, alpha, beta, RC, end, 0, 1, 2 ...,
    p. So versions compare like words over that alphabet, and so do these bytes: one byte a word (a number: one byte
    for its length, then its bytes, most significant first), an end byte last. Nothing is smaller than the empty text.
    """
    version = clean(version)
    if not version:
        return b""
    key = bytearray()
    for part in _PART.findall(version if version.isascii() else _as_c_string(version)):
        if "0" <= part[0] <= "9":
            number = min(int(part), _LONG_MAX) if len(part) < 20 else _saturated(part)
            size = (number.bit_length() + 7) // 8
            key.append(0x70 + size)
            key += number.to_bytes(size, "big")
        else:
            rank = _rank(part)
            key.append(0x80 if rank > _NUMBER_RANK else 0x20 + 0x10 * rank)
    key.append(0x60)
    return bytes(key)


_CONDITION = re.compile(r"\s*(>=|<=|!=|>|<|=|)\s*([0-9A-Za-z.+_-]*[0-9A-Za-z])\s*")
_HOLDS = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class VersionRange:
    """Conditions that must all hold, such as ``>=9.3,<9.3.2``; each is an operator and a cleaned version."""

    conditions: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Read ``>=9.3, <9.3.2``: a comma means "and", a bare version means "=".

        Raises PlugwatchError naming the first condition that is empty or malformed.
        """
        conditions = []
        for condition in text.split(","):
            match = _CONDITION.fullmatch(condition)
            if match is None:
                raise PlugwatchError(
                    f"'{condition.strip()}' in the range '{text}' is no condition; write an operator "
                    "(>= > <= < = !=) and a version, such as '>=9.3,<9.3.2'"
                )
            conditions.append((match[1] or "=", clean(match[2])))
        return cls(tuple(conditions))

    def contains(self, version: str) -> bool:
        """Whether every condition holds for the version; an empty (unknown) version lies in no range."""
        cleaned = clean(version)
        return bool(cleaned) and all(_HOLDS[sign](compare(cleaned, bound), 0) for sign, bound in self.conditions)

    def __str__(self) -> str:
        return ",".join(sign + version for sign, version in self.conditions)


_RELEASE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}")


def check_release_version(text: str) -> str:
    """The cleaned version where it can name a release, so also the last part of a git ref.

    The rules are a strict part of those of ``git check-ref-format``. Raises PlugwatchError where it cannot.
    """
    stripped = text.strip()
    version = clean(stripped)
    unsafe = ".." in version or version.lower().endswith(".lock")
    if _RELEASE.fullmatch(stripped) and not unsafe and re.search("[0-9]", version):
        return version
    shown = text if len(text) <= 100 else text[:100] + "…"
    raise PlugwatchError(
        f"{shown!r} is no version; write at most 100 letters, digits, '.', '+', '_' and '-', "
        "beginning with a letter or digit, with a digit in it, such as 1.2.3"
    )


_NUMERIC_BASE = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}")
_BUILD = re.compile(r"(.+)-p([1-9][0-9]*)", re.DOTALL)
_LAST_NUMBER = re.compile(r"[0-9]+(?=[^0-9]*\Z)")
_BASE_PARTS = 4


def build_version(base: str, number: int) -> str:
    """The version of our ``number``-th build of the release ``base``: ``1.2.3`` and 1 give ``1.2.3.0-p1``.

    One to four numeric parts are padded to four; any other base (``2.0-RC1``, five parts) gets ``.0`` instead. Before
    it is returned it is checked to lie above the base, below the next build, and below the releases that may come
    next. Below ``1.2.3.4.1`` after ``1.2.3.4`` it is not and need not be: five-part versions do not follow there.

    Raises PlugwatchError where the base is empty, the number is not positive, or the order does not come out.
    """
    base = clean(base)
    if not base or number < 1:
        raise PlugwatchError(f"no build {number} of version '{base}' can be named; builds count from 1 on a release")
    build = _name_build(base, number)
    above = [_name_build(base, number + 1), *_next_releases(base)]
    if compare(base, build) >= 0 or any(compare(build, later) >= 0 for later in above):
        raise PlugwatchError(
            f"no build of version '{base}' can be named: '{build}' would not sort between it and the next release"
        )
    return build


@lru_cache(maxsize=4096)  # most sites run one of a few versions
def split_build(version: str) -> tuple[str, int] | None:
    """``("1.2.3.0", 1)`` for a version that :func:`build_version` returns for some base, else None."""
    match = _BUILD.fullmatch(version)
    if match is None or len(match[2]) > 18:
        return None
    stem, number = match[1], int(match[2])
    if not _NUMERIC_BASE.fullmatch(stem):
        base = stem.removesuffix(".0")
    elif stem.count(".") == _BASE_PARTS - 1:
        base = stem
    else:
        return None
    return (stem, number) if _is_build(version, base, number) else None


def may_be_build_of(version: str, base: str) -> bool:
    """Whether the version is what :func:`build_version` returns for this base and some number."""
    found = split_build(version)
    return found is not None and _is_build(version, base, found[1])


def _is_build(version: str, base: str, number: int) -> bool:
    try:
        return build_version(base, number) == version
    except PlugwatchError:
        return False


def _name_build(base: str, number: int) -> str:
    if _NUMERIC_BASE.fullmatch(base):
        return base + ".0" * (_BASE_PARTS - 1 - base.count(".")) + f"-p{number}"
    return f"{base}.0-p{number}"


def _next_releases(base: str) -> list[str]:
    """Versions the vendor may well publish next: one part more, and the last number plus one."""
    releases = []
    if not _NUMERIC_BASE.fullmatch(base) or base.count(".") < _BASE_PARTS - 1:
        releases.append(f"{base}.1")
    last = _LAST_NUMBER.search(base)
    if last and len(last[0]) < 20:
        releases.append(f"{base[: last.start()]}{int(last[0]) + 1}{base[last.end() :]}")
    return releases


def _as_c_string(text: str) -> str:
    """The bytes that PHP's C code sees, as one character each: cut at a NUL, no letters beyond ASCII."""
    text = text.partition("\0")[0]
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _parts(text: str) -> list[str]:
    """What php_canonicalize_version puts between the dots; "" for an empty part at the start or end."""
    if text.startswith("#"):
        return text.split(".")  # PHP takes a version that begins with '#' as it is
    matches = list(_PART.finditer(text))
    parts = ["" if match[0] == "." else match[0] for match in matches]
    if text == "." or matches[-1].end() < len(text):
        parts.append("")
    return parts


def _compare_parts(left: list[str], right: list[str]) -> int:
    same = 0
    for one, other in zip(left, right, strict=False):
        if same and ((same == len(left) - 1 and not one) or (same == len(right) - 1 and not other)):
            break  # PHP stops at an empty last part, and then looks at the left side first
        order = _compare_part(one, other)
        if order:
            return order
        same += 1
    return _compare_rest(left[same:]) if same < len(left) else -_compare_rest(right[same:])


def _compare_rest(rest: list[str]) -> int:
    """How the remaining parts of one version compare with the end of the other, which counts as ``#N#``."""
    for part in rest:
        if "0" <= part[:1] <= "9":
            return 1
        order = _sign(_rank(part) - _NUMBER_RANK)
        if order:
            return order
    return 0


def _compare_part(one: str, other: str) -> int:
    if "0" <= one[:1] <= "9" and "0" <= other[:1] <= "9":
        return _sign(_saturated(one) - _saturated(other))
    return _sign(_rank(one) - _rank(other))


def _saturated(part: str) -> int:
    """The digits at the start of a part as C's strtol reads them on a 64-bit machine."""
    digits = re.match("[0-9]+", part)
    text = (digits[0] if digits else "0").lstrip("0") or "0"
    return _LONG_MAX if len(text) > 19 else min(int(text), _LONG_MAX)


def _rank(part: str) -> int:
    """The place of a part among PHP's special forms, found by its beginning, case and all; a number is 4."""
    if "0" <= part[:1] <= "9":
        return _NUMBER_RANK
    match = _RANK.match(part)
    return int(match.lastgroup[1]) if match and match.lastgroup else -1


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
