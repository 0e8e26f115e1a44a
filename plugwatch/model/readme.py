"""The readme.txt of a plugin or theme: its headers, and the addresses that it names.

The rules are those of the directory's own parser (github.com/WordPress/wordpress.org, plugin-directory/readme/
class-parser.php): a first line ``=== Name ===``, then ``Header: value`` lines in any case until a line that is none,
then the short description and the sections. It may be called readme.md and begin with ``# Name``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugwatch.model.roads.markup import one_line
from plugwatch.model.vendors.addresses import find_links, web_url

_MOST_READ = 200_000
_LONGEST = 200
_MOST_CONTRIBUTORS = 30
_TITLE = re.compile(r"\s*(?:={2,}|#)")
_HEADER = re.compile(r"^[\s*_-]*([A-Za-z][A-Za-z ]{1,30}?)[*_]*:[*_]*\s*(.*?)\s*$")
_ALIASES = {
    "tested": "tested up to",
    "requires": "requires at least",
    "tested up to": "tested up to",
    "requires at least": "requires at least",
    "requires php": "requires php",
    "contributors": "contributors",
    "donate link": "donate link",
    "stable tag": "stable tag",
    "license": "license",
    "license uri": "license uri",
    "tags": "tags",
}
_CONTRIBUTOR = re.compile(r"[A-Za-z0-9 ._-]{1,60}")  # user_nicename; WordPress.org takes names with blanks as well


@dataclass(frozen=True)
class Readme:
    """What a readme says; "" and () where it does not. ``links`` are all addresses in it, in order."""

    name: str = ""
    contributors: tuple[str, ...] = ()
    donate_url: str | None = None
    stable_tag: str = ""
    tested: str = ""
    requires: str = ""
    requires_php: str = ""
    license: str = ""
    links: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str) -> Readme:
        """Read a readme; whatever it is, a text is never refused."""
        text = text[:_MOST_READ].lstrip("\ufeff")
        lines = text.splitlines()
        start = next((number for number, line in enumerate(lines) if line.strip()), 0)
        title = _TITLE.match(lines[start]) if lines else None
        headers = _headers(lines[start + 1 :] if title else lines[start:])
        return cls(
            name=_short(lines[start].strip(" \t=#")) if title else "",
            contributors=_contributors(headers.get("contributors", "")),
            donate_url=web_url(headers.get("donate link", "")),
            stable_tag=_short(headers.get("stable tag", "")),
            tested=_short(headers.get("tested up to", "")),
            requires=_short(headers.get("requires at least", "")),
            requires_php=_short(headers.get("requires php", "")),
            license=_short(headers.get("license", "")),
            links=find_links(text),
        )


def _headers(lines: list[str]) -> dict[str, str]:
    """The headers by the names that the directory gives them; the first of a name counts."""
    found: dict[str, str] = {}
    for line in lines:
        match = _HEADER.match(line[:1000])
        name = _ALIASES.get(match[1].strip().lower()) if match else None
        if match and name:
            found.setdefault(name, match[2])
        elif line.strip() and not match:
            break
    return found


def _contributors(text: str) -> tuple[str, ...]:
    names = (_short(name).lstrip("@") for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if _CONTRIBUTOR.fullmatch(name)))[:_MOST_CONTRIBUTORS]


def _short(text: str) -> str:
    return one_line(text)[:_LONGEST].strip()
