"""Other people's Markdown taken apart: sections with their headings, comments gone, and nothing left that could act.

It is read as far as a template needs it, line by line: ATX and setext headings, fenced code (spec.commonmark.org 0.31),
and lines that are all bold, which many use as headings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from plugwatch.model.roads.markup import ZERO_WIDTH_SPACE, clean

BOLD = 7  # the level of a line that is all bold, below the six of Markdown
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_BOLD_LINE = re.compile(r" {0,3}(?:\*\*([^*]+)\*\*|__([^_]+)__)[ \t]*:?[ \t]*")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*")
_NO_TEXT = re.compile(r"[ \t]*(?:[-*+>|#]|\d+[.)]|```|~~~|$)")
_OPENS = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
_FENCE_LIKE = re.compile(r"`{3,}|~{3,}")
_TAG = re.compile(r"<(?=[A-Za-z/!?])(?!https?://[^\s<>]*>)", re.IGNORECASE)
_FOLD = re.compile(r"<(/?)(details|summary|br)[ \t]*/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(r"^ {0,3}</?(?:details|summary|br)\b.*$", re.IGNORECASE | re.MULTILINE)
_PING = re.compile(
    r"@(?=[A-Za-z0-9])|#(?=\d)|\bGH-(?=\d)|(?<=/)(?:issues|pull|discussions)/(?=\d)|(?<=/)commit/(?=[0-9a-f]{7})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Section:
    """A heading as it stands, its text, and its level (0: what stands before the first heading); then its lines."""

    line: str
    heading: str
    level: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, without empty ones around them."""
        return "\n".join(self.lines).strip("\n")


def split_sections(text: str, *, deepest: int = BOLD) -> list[Section]:
    """A text at its headings, those in code not counted; the first section has no heading and may be empty.

    ``deepest`` is the last level at which it is split.
    """
    sections: list[Section] = []
    head, fence = ("", "", 0), ""
    lines: list[str] = []
    for line in text.split("\n"):
        fence, inside = _follow(line, fence)
        found = None if inside else _heading(line, lines[-1] if lines else "")
        if found is None or found[2] > deepest:
            lines.append(line)
            continue
        if not _ATX.fullmatch(line) and not _BOLD_LINE.fullmatch(line):
            lines.pop()  # a setext heading's text came a line earlier
        sections.append(Section(*head, tuple(lines)))
        head, lines = found, []
    return [*sections, Section(*head, tuple(lines))]


def _follow(line: str, fence: str) -> tuple[str, bool]:
    """The fence that is open behind a line, and whether the line belongs to code."""
    if fence:
        mark = line.strip()
        closes = len(mark) >= len(fence) and set(mark) == {fence[0]} and not line.startswith("    ")
        return ("" if closes else fence), True
    opened = _OPENS.fullmatch(line.lstrip(" ")) if not line.startswith("    ") else None
    return (((opened[1] or opened[2]), True)) if opened else ("", False)


def _heading(line: str, before: str) -> tuple[str, str, int] | None:
    atx = _ATX.fullmatch(line)
    if atx:
        return line.strip(), (atx[2] or "").strip(), len(atx[1])
    bold = _BOLD_LINE.fullmatch(line)
    if bold:
        return line.strip(), (bold[1] or bold[2]).strip(), BOLD
    under = _SETEXT.fullmatch(line)
    if under and not _NO_TEXT.match(before):
        level = 1 if under[1].startswith("=") else 2
        return f"{'#' * level} {before.strip()}", before.strip(), level
    return None


def make_harmless(text: str) -> str:
    """Somebody else's Markdown so that it can stand in a text of ours: it pings nobody, refers to nothing, closes no
    issue, and ends where it ends.

    Comments are gone. A zero-width space parts what would ping or refer, also in code, where it is not seen. Tags are
    shown as text, but a fold (``<details>``) that is closed again; so is a fence that is not closed where it began.
    """
    without = _COMMENT.sub("", clean(text))
    quiet = _PING.sub(lambda found: found[0] + ZERO_WIDTH_SPACE, without)
    return _tame_tags("\n".join(_tame_fences(quiet.split("\n"))))


def _tame_fences(lines: Sequence[str]) -> list[str]:
    """Fences stay where a pair of them stands at the start of lines; any other is shown as the characters it is."""
    tamed = list(lines)
    at = 0
    last = {mark: max((n for n, line in enumerate(lines) if mark * 3 in line), default=-1) for mark in "`~"}
    while at < len(tamed):
        opened = _OPENS.fullmatch(tamed[at])
        end = _find_end(tamed, at, (opened[1] or opened[2]), last) if opened else None
        if end is None:
            tamed[at] = _FENCE_LIKE.sub(lambda found: re.sub(".", r"\\\g<0>", found[0]), tamed[at], count=1)
        at = at + 1 if end is None else end + 1
    return tamed


def _find_end(lines: Sequence[str], start: int, fence: str, last: dict[str, int]) -> int | None:
    for at in range(start + 1, last[fence[0]] + 1):
        mark = lines[at].strip()
        if len(mark) >= len(fence) and set(mark) == {fence[0]} and not lines[at].startswith("    "):
            return at if lines[at].startswith(fence[0]) else None  # one that is set in ends it too
    last[fence[0]] = start  # there is none further down either, so it is not looked for again
    return None


def _tame_tags(text: str) -> str:
    folds = [(found[1], found[2].lower()) for found in _FOLD.finditer(text)]
    depth, even = 0, True
    for closing, name in folds:
        if name == "details":
            depth += -1 if closing else 1
            even = even and depth >= 0
    summaries = [closing for closing, name in folds if name == "summary"]
    even = even and depth == 0 and summaries == ["", "/"] * (len(summaries) // 2)
    kept = _FOLD if even else re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
    pieces, at = [], 0
    for found in kept.finditer(text):
        pieces += [_TAG.sub("&lt;", text[at : found.start()]), found[0]]
        at = found.end()
    # A tag at the start of a line swallows all up to the next empty line, the beginning of code too.
    return _BLOCK_TAG.sub(r"\g<0>\n", "".join([*pieces, _TAG.sub("&lt;", text[at:])]))
