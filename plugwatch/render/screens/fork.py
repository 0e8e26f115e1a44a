"""A fork drawn on a terminal: its patches over the releases, each with a letter and with what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from rich.text import Text

from plugwatch.model.when import span_in_words
from plugwatch.render.screens.pen import GOOD, LATE, OURS, QUIET, SOON, Pen

CARRIED, LANDED, DROPPED = "●", "✓", "×"
_STYLES = {CARRIED: OURS, LANDED: GOOD, DROPPED: LATE}
_WORDS = {CARRIED: "carried on", LANDED: "landed in", DROPPED: "dropped on"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Line(NamedTuple):
    """A patch over the releases: the mark of each release that it is on, or left on; ``at`` is when we got it."""

    patch: str
    title: str
    marks: dict[str, str]
    at: datetime | None


def stack_lines(document: dict[str, Any], since: dict[str, datetime]) -> list[Line]:
    """The patches of a fork (as ``fork show --json`` has it) in the order in which they came into it."""
    lines: dict[str, Line] = {}
    for release in document["releases"]:
        for entry in release["carried"]:
            line = Line(entry["patch"], entry["title"], {}, since.get(entry["patch"]))
            lines.setdefault(entry["patch"], line).marks[release["version"]] = CARRIED
    for drop in reversed(document["dropped"]):
        line = Line(drop["patch"], drop["title"] or "", {}, since.get(drop["patch"]))
        mark = DROPPED if drop["verdict"] == "dropped" else LANDED
        lines.setdefault(drop["patch"], line).marks.setdefault(drop["version"], mark)
    return list(lines.values())


def draw_fork(document: dict[str, Any], lines: Sequence[Line], findings: Sequence[str], now: datetime) -> None:
    """Write it to the terminal; ``findings`` are what is wrong with its patches, in sentences."""
    pen = Pen()
    pen.line(pen.text(document["component"], OURS), pen.text(document["repository"], QUIET))
    pen.rule("Releases", len(document["releases"]))
    shown = lines[: pen.name]
    gap = " " if 2 * len(shown) <= pen.name else ""
    letters = pen.mark(gap.join(_letter(place) for place in range(len(shown))), QUIET)
    header = [Text(), letters, Text(), Text()]
    pen.table([*([header] if shown else []), *(_release(pen, one, shown, gap) for one in document["releases"])])
    if lines:
        pen.rule("Patches", len(lines))
        newest = [release["version"] for release in document["releases"]]
        pen.table([_patch(pen, _letter(place), line, newest, now) for place, line in enumerate(lines)])
    if document["dropped"]:
        pen.rule("Dropped", len(document["dropped"]))
        for drop in document["dropped"]:
            pen.line(*(pen.text(drop[key] or "–") for key in ("patch", "version", "verdict", "actor", "at")), indent=1)
            for sentence in drop["evidence"]:
                pen.line(pen.text(sentence, QUIET), indent=4)
    if findings:
        pen.rule("Findings", len(findings))
        for sentence in findings:
            pen.line(pen.text(sentence, SOON), indent=1)


def _letter(place: int) -> str:
    """What a patch is called in the grid; those beyond the alphabet have no letter."""
    return _LETTERS[place] if place < len(_LETTERS) else " "


def _release(pen: Pen, release: dict[str, Any], lines: Sequence[Line], gap: str) -> list[Text]:
    """A release with the marks of the patches, and its builds."""
    marks = [line.marks.get(release["version"], "·") for line in lines]
    grid = Text(gap).join(pen.mark(mark, _STYLES.get(mark, QUIET)) for mark in marks)
    return [
        pen.text(release["version"], OURS if release["carried"] else ""),
        grid,
        pen.text(release["commit"][:10], QUIET),
        pen.text(", ".join(release["builds"])),
    ]


def _patch(pen: Pen, letter: str, line: Line, releases: Sequence[str], now: datetime) -> list[Text]:
    """A patch with its last mark, what that means, and since when we have it."""
    last = next((version for version in reversed(releases) if version in line.marks), next(iter(line.marks)))
    mark = line.marks[last]
    age = span_in_words(now - line.at) if line.at else "–"
    return [
        pen.text(letter, QUIET),
        pen.mark(mark, _STYLES[mark]),
        pen.text(line.patch),
        pen.text(f"{_WORDS[mark]} {last}", _STYLES[mark]),
        pen.text(age, QUIET),
        pen.text(line.title),
    ]
