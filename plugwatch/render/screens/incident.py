"""One incident drawn on a terminal: what is to be done, what is known, its swim-lane, and what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from rich.text import Text

from plugwatch.model.reports.lanes import WIDTH, Lanes, Mark
from plugwatch.model.when import short_time, span_in_words
from plugwatch.render.folding import cells
from plugwatch.render.screens.pen import GOOD, LANES, LATE, OURS, QUIET, SEVERITIES, SOON, Pen

_SECTIONS = {
    **dict.fromkeys(("sites", "promises", "messages", "not sent", "say"), "Clients"),
    **dict.fromkeys(("hold", "patch", "upstream", "hours", "link"), "Our work"),
    "call": "Calls",
}
_LABEL = 9
_LANE = 8  # a lane's name and the blanks around it
_LANE_OF = {"client": "client", "vendor": "vendor"}  # by the visibility of a line of the timeline
_PROMISES = {"kept": ("✓", GOOD), "open": ("○", OURS)}


class Line(NamedTuple):
    """A line of the timeline: its day as it is shown, whose it is (``internal``, ``client``, ``vendor``), and who."""

    day: str
    visibility: str
    who: str
    text: str


class Story(NamedTuple):
    """What is shown of an incident: its head and title, facts with their labels, its swim-lane, and its timeline."""

    head: Sequence[str]
    title: str
    facts: Sequence[tuple[str, str]]
    picture: Lanes
    timeline: Sequence[Line]


def draw_incident(story: Story, now: datetime) -> None:
    """Write it to the terminal."""
    pen = Pen()
    name, severity, *others = (pen.text(word) for word in story.head)
    name.style, severity.style = OURS, SEVERITIES.get(severity.plain, "")
    pen.line(name, severity, *others)
    pen.line(pen.text(story.title, OURS))
    for section, group in groupby(story.facts, key=lambda fact: _SECTIONS.get(fact[0], "")):
        if section:
            pen.rule(section)
        pen.table([_fact(pen, label, text) for label, text in group])
    pen.rule("Who was heard")
    for row in _swim_lane(pen, story.picture, now):
        pen.line(row, indent=1)
    pen.rule("Timeline")
    pen.table([_event(pen, line) for line in story.timeline])


def _fact(pen: Pen, label: str, text: str) -> list[Text]:
    return [pen.mark(f"{label:<{_LABEL}}", QUIET), pen.text(text, _style(label, text))]


def _style(label: str, text: str) -> str:
    """A fact in its colour; the word that it is coloured for stands in it."""
    if label == "turn":
        return LANES.get(text.partition(":")[0], "")
    if label == "not sent" or (label == "promises" and "OVERDUE" in text):
        return LATE
    return SOON if label == "hold" else ""


def _event(pen: Pen, line: Line) -> list[Text]:
    lane = _LANE_OF.get(line.visibility, "us")
    return [pen.text(line.day, QUIET), pen.text(line.who, LANES[lane]), pen.text(line.text)]


def _swim_lane(pen: Pen, picture: Lanes, now: datetime) -> Iterator[Text]:
    """Three lanes over time, a mark or a number for what happened there; a gap is where a client heard nothing."""
    width = pen.width - _LANE - 2
    lines = [_place(line.x, width) for line in picture.lines]
    end = max((_place(line.x, width) for line in picture.lines if line.what == "now"), default=width)
    for lane, marks in picture.rows:
        row = ["─" if place < end else " " for place in range(width)]
        if lane == "client":
            _leave_gap(row, picture)
        for place in lines:
            row[place] = "│"
        for place, number in _counted(marks, width).items():
            row[place] = "●" if number == 1 else str(number) if number < 10 else "+"
        yield Text.assemble(pen.mark(f"{lane:<{_LANE}}", QUIET), pen.mark("".join(row), LANES[lane]))
    if picture.flags:
        yield _promises(pen, picture, width)
    yield pen.mark(" " * _LANE + _spread([(line.x, line.what) for line in picture.lines], width), QUIET)
    ticks = [(tick.x, short_time(tick.at, now)) for tick in picture.ticks]
    yield pen.mark(" " * _LANE + _spread(ticks, width), QUIET)
    took = [(one.x, span_in_words(timedelta(seconds=one.seconds))) for one in picture.stretches]
    yield pen.mark(" " * _LANE + _spread(took, width), QUIET)


def _counted(marks: Sequence[Mark], width: int) -> Counter[int]:
    """How much happened at each place."""
    found: Counter[int] = Counter()
    for mark in marks:
        found[_place(mark.x, width)] += len(mark.happenings) + mark.more
    return found


def _place(x: float, width: int) -> int:
    return min(round(x * (width - 1) / WIDTH), width - 1)


def _leave_gap(row: list[str], picture: Lanes) -> None:
    """Blanks for the longest silences, and how long the longest one was where there is room for it."""
    for gap in picture.gaps:
        start, end = _place(gap.x, len(row)), _place(gap.x + gap.width, len(row))
        row[start + 1 : end] = " " * max(0, end - start - 1)
    if not picture.gaps:
        return
    longest = picture.gaps[0]
    took = f"{'' if longest.over else '≥ '}{span_in_words(timedelta(seconds=longest.seconds))}"
    start, end = _place(longest.x, len(row)) + 1, _place(longest.x + longest.width, len(row))
    words = next((words for words in (f" silent {took} ", f" {took} ") if len(words) <= end - start), "")
    start += (end - start - len(words)) // 2
    row[start : start + len(words)] = words


def _promises(pen: Pen, picture: Lanes, width: int) -> Text:
    """What was promised, at the time when it was due."""
    row = {_place(flag.x, width): _PROMISES.get(flag.state, ("!", LATE)) for flag in picture.flags}
    marks = (pen.mark(*row.get(place, (" ", ""))) for place in range(width))
    return Text.assemble(pen.mark(f"{'promise':<{_LANE}}", QUIET), *marks)


def _spread(texts: Sequence[tuple[float, str]], width: int) -> str:
    """Texts around their places on one line; what has no room beside its neighbours is left out, but not the last."""
    if not texts:
        return ""
    placed = [(max(0, min(_place(x, width) - cells(text) // 2, width - cells(text))), text) for x, text in texts]
    end, last = placed[-1]
    line = ""
    for start, text in placed[:-1]:
        if (start > len(line) or not line) and start + cells(text) < end:
            line = f"{line:<{start}}{text}"
    return f"{line:<{end}}{last}"
