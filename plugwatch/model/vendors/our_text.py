"""Our own rendered text taken apart again, so that its parts can go where a vendor's form wants them.

What is taken apart is safe in Markdown already (:mod:`plugwatch.model.roads.markup`), and no part of it is changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from plugwatch.model.markdown_parts import split_sections
from plugwatch.model.vendors.headings import find_our_meaning, simplify

_ITEM = re.compile(r"- (?:\*\*)?(.+?):(?:\*\*)? (.+)")
_FAREWELL = re.compile(r"\bthank|\blicen[cs]e", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One section of ours: what it says (a key of PLACES, None for one that only the agency's own template has)."""

    meaning: str | None
    heading: str
    text: str


@dataclass(frozen=True)
class OurText:
    """A text of ours. ``versions`` is the list of what it was seen with, as ``(name, value)``, the component first;
    ``farewell`` is the last paragraph, where that is thanks or the licence."""

    parts: tuple[Part, ...]
    versions: tuple[tuple[str, str], ...] = ()
    farewell: str = ""
    _named: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def say(self, meaning: str) -> str | None:
        """The text of the first part that says this."""
        return next((part.text for part in self.parts if part.meaning == meaning), None)

    def version_of(self, name: str) -> str | None:
        """What stands behind a name in the list of versions."""
        return next((value for key, value in self.versions if simplify(key) == simplify(name)), None)

    @property
    def component(self) -> str | None:
        """The component's name, as the list of versions begins with it."""
        return self.versions[0][0] if self.versions else None


def read_our_text(body: str) -> OurText:
    """A rendered body as its parts; what stands before its first heading says "what"."""
    sections = split_sections(body, deepest=2)
    parts: list[Part] = []
    for section in sections:
        meaning = find_our_meaning(section.heading) if section.heading else "what"
        if section.heading or section.text:
            parts.append(Part(meaning, section.heading, section.text))
    farewell = ""
    if parts:
        before, _gap, last = parts[-1].text.rpartition("\n\n")
        if before and _FAREWELL.search(last) and not last.startswith(("-", ">", "`", "1.")):
            farewell = last
            parts[-1] = Part(parts[-1].meaning, parts[-1].heading, before)
    versions = [part.text for part in parts if part.meaning in ("environment", "tested")]
    return OurText(tuple(parts), _items(versions[0] if versions else ""), farewell)


def _items(text: str) -> tuple[tuple[str, str], ...]:
    found = [_ITEM.fullmatch(line) for line in text.split("\n")]
    return tuple((item[1], item[2]) for item in found if item)
