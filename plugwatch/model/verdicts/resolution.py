"""How a person has merged two changes of the same lines, kept so that it can be proposed when the two meet again.

A resolution is found by what it has put together (base, the patch's side, the release's side), never by where that
stood: the same conflict comes again in the next release, in another client's fork, under another path. It is only ever
proposed; a person says yes each time.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from plugwatch.errors import ForkError
from plugwatch.model.verdicts.lines import even
from plugwatch.model.verdicts.merge import Block

FORMAT = 1
# Nobody merges more by hand; what a colleague's fork sends may be anything.
_LONGEST = 1_000_000
_KEY = re.compile("[0-9a-f]{64}")
_FACTS = ("author", "at", "component", "patch", "source", "target", "path")


@dataclass(frozen=True)
class Resolution:
    """The lines that a block became, without their line feeds, and where that was done, by whom and when.

    ``key`` is that of :func:`block_key`; ``at`` is ISO 8601; ``source`` and ``target`` are the releases between which
    ``patch`` was carried.
    """

    key: str
    lines: tuple[bytes, ...]
    author: str
    at: str
    component: str
    patch: str
    source: str
    target: str
    path: str

    @property
    def day(self) -> str:
        """The day on which it was done: ``2026-11-20``."""
        return self.at[:10]

    def document(self) -> dict[str, Any]:
        """All of it as JSON can hold it: lines that are no UTF-8 are written in base64."""
        facts: dict[str, Any] = {name: getattr(self, name) for name in _FACTS}
        try:
            facts["lines"] = [line.decode() for line in self.lines]
        except UnicodeDecodeError:
            facts["base64"] = [base64.b64encode(line).decode() for line in self.lines]
        return {"format": FORMAT, "key": self.key} | facts

    def to_text(self) -> str:
        """The JSON text that the fork keeps; the same resolution is the same text."""
        return json.dumps(self.document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def lines_for(self, ends: bytes | None) -> list[bytes]:
        """The lines for a file with these line ends throughout (CRLF or LF; None: as they are)."""
        turned = [line for line in self.lines if line.endswith(b"\r")]
        if ends == b"\r\n" and not turned:
            return [line + b"\r" for line in self.lines]
        if ends == b"\n" and len(turned) == len(self.lines):
            return [line.removesuffix(b"\r") for line in self.lines]
        return list(self.lines)


def is_key(text: str) -> bool:
    """Whether the text is a whole key."""
    return bool(_KEY.fullmatch(text))


def block_key(block: Block) -> str:
    """What a block is known by: SHA-256 of its three sides, white space evened, every part with its length before it.

    Line ends and indentation do not count, nor does the file that it stands in.
    """
    digest = sha256(b"plugwatch resolution 1\n")
    for side in (block.base, block.ours, block.theirs):
        lines = [even(line) for line in side]
        digest.update(b"%d\n" % len(lines))
        for line in lines:
            digest.update(b"%d:%s\n" % (len(line), line))
    return digest.hexdigest()


def resolution_from_text(text: str, source: str) -> Resolution:
    """Read a resolution back. Raises ForkError where it is none, or one of a newer plugwatch."""
    try:
        return resolution_from_document(json.loads(text), source)
    except (ValueError, RecursionError) as error:
        raise _damaged(source) from error


def resolution_from_document(document: Any, source: str) -> Resolution:
    """As :func:`resolution_from_text`, from the parsed text."""
    if not isinstance(document, Mapping):
        raise _damaged(source)
    if document.get("format") != FORMAT:
        raise ForkError(f"{source}: this resolution was written by a newer plugwatch; upgrade plugwatch")
    facts = {name: document.get(name) for name in _FACTS}
    key, lines = document.get("key"), _lines(document)
    texts = [key, *facts.values()]
    if lines is None or not all(isinstance(text, str) and len(text) <= 1000 for text in texts) or not is_key(str(key)):
        raise _damaged(source)
    try:
        datetime.fromisoformat(str(facts["at"]))
    except ValueError as error:
        raise _damaged(source) from error
    return Resolution(str(key), lines, **{name: str(text) for name, text in facts.items()})


def unambiguous(resolutions: Iterable[Resolution]) -> list[Resolution]:
    """Those of one merge that can be remembered: two equal blocks that became different texts tell nothing."""
    found: dict[str, Resolution] = {}
    unclear = set()
    for one in resolutions:
        if found.setdefault(one.key, one).lines != one.lines:
            unclear.add(one.key)
    return [one for key, one in sorted(found.items()) if key not in unclear]


def _lines(document: Mapping[str, Any]) -> tuple[bytes, ...] | None:
    texts = document.get("lines", document.get("base64"))
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None
    try:
        if "lines" in document:
            lines = tuple(text.encode() for text in texts)
        else:
            lines = tuple(base64.b64decode(text, validate=True) for text in texts)
    except (binascii.Error, UnicodeEncodeError):
        return None
    whole = sum(map(len, lines)) <= _LONGEST and not any(b"\n" in line for line in lines)
    return lines if whole else None


def _damaged(source: str) -> ForkError:
    return ForkError(f"{source}: this remembered resolution is damaged; forget it with 'plugwatch fork resolutions'")
