"""Versions as Composer orders them, and the version that a build gets there.

Composer writes a version in one form (``Composer\\Semver\\VersionParser::normalize``, composer/semver 3) and compares
these forms with PHP's ``version_compare``. Numbers are padded to four parts first, so its order is not WordPress's
order: for Composer 1.2 is 1.2.0, and 1.2.3-p1 is older than 1.2.3.1. Some versions mean nothing to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from plugwatch.errors import PlugwatchError
from plugwatch.model.version import compare, split_build

_PHP_SPACE = " \t\n\r\0\x0b"  # what PHP's trim() takes off
_FLAGS = re.I | re.A
_ALIAS = re.compile(r"^([^,\s]+) +as +([^,\s]+)$", re.A)
_STABILITY = re.compile(r"@(?:stable|RC|beta|alpha|dev)$", _FLAGS)
_METADATA = re.compile(r"^([^,\s+]+)\+[^\s]+$", re.A)
# Composer's pattern takes digits possessively; a separator between two numbers says the same without that.
_NUMBERS = r"(?:[.-]?\d+(?:[.-]\d+)*)?"
_MODIFIER = rf"[._-]?(?:(stable|beta|b|RC|alpha|a|patch|pl|p)({_NUMBERS})?)?([.-]?dev)?"
_CLASSIC = re.compile(rf"^v?(\d{{1,5}})(\.\d+)?(\.\d+)?(\.\d+)?{_MODIFIER}$", _FLAGS)
_DATE = re.compile(rf"^v?(\d{{4}}(?:[.:-]?\d{{2}}){{1,6}}(?:[.:-]?\d{{1,3}})?){_MODIFIER}$", _FLAGS)
_DEV_BRANCH = re.compile(r"(.*?)[.-]?dev$", _FLAGS)
_BRANCH = re.compile(r"^v?(\d+)(\.(?:\d+|[xX*]))?(\.(?:\d+|[xX*]))?(\.(?:\d+|[xX*]))?$", _FLAGS)
_SHORT = {"a": "alpha", "b": "beta", "p": "patch", "pl": "patch", "rc": "RC"}

_PLAIN = re.compile(r"\d+(?:\.\d+)*", re.A)
_LEADING = re.compile(r"[vV]?(\d{1,5}(?:\.\d+){0,3})(?![0-9])", re.A)
_PARTS, _LONGEST_FIRST = 4, 5


def normalize(version: str) -> str | None:
    """The form in which Composer compares a version; None where it takes it for none, or for a branch without order."""
    version = version.strip(_PHP_SPACE)
    alias = _ALIAS.search(version)
    version = _STABILITY.sub("", alias[1] if alias else version, count=1)
    if version in ("master", "trunk", "default") or version[:4].lower() == "dev-":
        return None
    plain = _METADATA.search(version)
    version = plain[1] if plain else version
    if found := _CLASSIC.search(version):
        return _with_modifier(found[1] + "".join(found[part] or ".0" for part in (2, 3, 4)), found.groups()[4:])
    if found := _DATE.search(version):
        return _with_modifier(re.sub(r"[^0-9]", ".", found[1]), found.groups()[1:])
    return _branch(version)


def compare_in_composer(one: str, other: str) -> int | None:
    """-1, 0 or 1 as Composer orders two versions; None where one of them is none to it."""
    left, right = normalize(one), normalize(other)
    return None if left is None or right is None else compare(left, right)


def composer_version(build: str, base: str, known: Iterable[str] = ()) -> str:
    """The version of a build in a Composer repository: the build's own where Composer takes that and orders it right.

    Else one that lies above the base and below the later releases, such as ``2.0-RC1.0.1`` for ``2.0-RC1.0-p1``. It
    depends on ``known``, the other releases of the vendor, only where one of them stands in the way of the first choice
    (his 1.2.3-p1 is to Composer what our 1.2.3.0-p1 is). Raises PlugwatchError where no version keeps the order.
    """
    parts = split_build(build)
    number = parts[1] if parts else 1
    releases = list(known)
    for version in dict.fromkeys((build, *_candidates(base, number), *_last_resort(base, number))):
        if _keeps_order(version, base, releases):
            return version
    raise PlugwatchError(
        f"build {build} cannot have a version in Composer: none lies above {base} and below the releases that came "
        "after it; carry the patches on a newer release"
    )


def _candidates(base: str, number: int) -> Iterator[str]:
    """Versions that Composer may take for a build, in the order of preference; each names the build's number."""
    if not _PLAIN.fullmatch(base):
        yield f"{base}.0.{number}"  # 2.0-RC1 < 2.0-RC1.0.1 < 2.0-RC1.1, 2.0-RC2 and 2.0
        yield from _beside(base, number)
        return
    yield f"{base}.0-p{number}"  # 20240115 < 20240115.0-p1 < 20240115.1
    first, rest = base.split(".")[:_PARTS], base.split(".")[_PARTS:]
    if rest:  # five parts and more: 1.2.3.4.5 stands for 1.2.3.4-p5
        yield f"{'.'.join(first)}-p{'.'.join(rest)}.0.{number}"
    yield f"{base}-p0.{number}"  # below a vendor's own 1.2.3-p1


def _beside(base: str, number: int) -> Iterator[str]:
    """For a base that is no version to Composer: right above or below its numbers, first where PHP has it."""
    leading = _LEADING.match(base)
    numbers, rest = (leading[1], base[leading.end() :]) if leading else ("0", base)
    place = ".".join(["0", *re.findall("[0-9]+", rest), "0", str(number)])  # 1.2.3_1 and 1.2.3_2 stay apart
    above, below = f"{numbers}-p{place}", f"{numbers}-alpha{place}"
    yield from (above, below) if compare(base, numbers) > 0 else (below, above)


def _last_resort(base: str, number: int) -> Iterator[str]:
    """For the rest: made from Composer's own form of the base or, where its first number is too long, with another."""
    normal = normalize(base)
    if normal is None:
        numbers = re.findall("[0-9]+", base)
        if numbers and len(numbers[0]) > _LONGEST_FIRST:  # above 9.0 and below 123457, which Composer takes for a date
            yield f"99999.{'.'.join(numbers[:3])}-p{'.'.join([*numbers[3:], '0', str(number)])}"
        return
    released = normal.removesuffix("-dev")
    if released == normal:
        yield f"{normal}.0.{number}" if "-" in normal else f"{normal}-p0.{number}"
    else:
        yield f"{released}.0.{number}-dev" if "-" in released else f"{released}-alpha0.0.{number}"


def _keeps_order(version: str, base: str, known: Iterable[str]) -> bool:
    """Whether Composer has a version above the base and below every release that it has above the base.

    Where the base is nothing to Composer, PHP says which releases are later, and which the version has to be above.
    """
    if normalize(version) is None:
        return False
    from_base = compare_in_composer(version, base)
    if from_base is not None and from_base <= 0:
        return False
    for release in known:
        place = compare_in_composer(release, base) if from_base is not None else compare(release, base)
        order = compare_in_composer(version, release)
        if place and order is not None and order != -place and (place > 0 or from_base is None):
            return False
    return True


def _with_modifier(numbers: str, modifier: tuple[str | None, ...]) -> str:
    stability, number, dev = modifier
    if stability == "stable":
        return numbers
    if stability:
        word = stability.lower()
        numbers += f"-{_SHORT.get(word, word)}{(number or '').lstrip('.-')}"
    return f"{numbers}-dev" if dev else numbers


def _branch(version: str) -> str | None:
    """``1.x-dev`` and the like: as the highest version of that branch."""
    suffix = _DEV_BRANCH.search(version)
    found = _BRANCH.search(suffix[1].strip(_PHP_SPACE)) if suffix else None
    if found is None:
        return None
    parts = "".join((part or ".x").replace("*", "x").replace("X", "x") for part in found.groups())
    return parts.replace("x", "9999999") + "-dev"
