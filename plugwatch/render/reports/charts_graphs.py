"""The graphs of pygal, with what a picture of the report needs beside: tooltips of a whole day, labels of points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pygal
from pygal.style import Style

TEXT = 14  # units of the picture, which is shown at about its own size; charts.css has 13 where there is room
SMALL = 13
LETTER = 0.6 * TEXT  # about the width of one
STYLE = Style(label_font_size=TEXT, major_label_font_size=TEXT, value_font_size=SMALL, title_font_size=TEXT)


class Mark(NamedTuple):
    """A text at a place of a picture (in its values), ``away`` units from there; or the hit area there, for a title."""

    x: float
    y: float
    text: str
    away: float = 0.0


class _Bare:
    """A graph of pygal without what is left out of the picture anyway: its style, script and own tooltips."""

    svg: Any
    view: Any
    nodes: Any

    def _draw(self) -> None:
        self.svg.add_styles = self.svg.add_scripts = lambda: None
        super()._draw()  # type: ignore[misc]

    def _tooltip_data(self, *of_no_use: object, **either: object) -> None:
        pass


class _Gapped(_Bare):
    _series_margin: float

    def set_gap(self, share: float) -> None:
        """How much of the room of a bar is left free, on each of its sides."""
        self._series_margin = share


class Columns(_Gapped, pygal.Bar):  # type: ignore[misc]
    """Upright bars."""


class StackedColumns(_Gapped, pygal.StackedBar):  # type: ignore[misc]
    """Upright bars of parts."""


class Bars(_Gapped, pygal.HorizontalBar):  # type: ignore[misc]
    """Bars that lie."""


class Dots(_Bare, pygal.Dot):  # type: ignore[misc]
    """A grid of dots."""


class _Hits(_Bare):
    """Over each place of the x axis, an area that says all of its values."""

    hits: Sequence[str] = ()
    _x_pos: Sequence[float]

    def _plot(self) -> None:
        super()._plot()  # type: ignore[misc]
        places = [self.view.x(place) for place in self._x_pos[: len(self.hits)]]
        edges = [0.0, *((a + b) / 2 for a, b in pairwise(places)), self.view.width]
        for (left, right), text in zip(pairwise(edges), self.hits, strict=False):
            area = self.svg.node(
                self.nodes["overlay"],
                "rect",
                class_="hit",
                fill="none",
                x=left,
                y=0,
                width=right - left,
                height=self.view.height,
                attrib={"pointer-events": "all"},
            )
            self.svg.node(area, "title").text = text


class Lines(_Hits, pygal.Line):  # type: ignore[misc]
    """Lines over time."""


class Stack(_Hits, pygal.StackedLine):  # type: ignore[misc]
    """Areas on top of one another over time."""


class Steps(_Bare, pygal.XY):  # type: ignore[misc]
    """Steps, with an area around each corner that says what happened there."""

    hits: Sequence[Mark] = ()

    def _plot(self) -> None:
        super()._plot()
        for mark in self.hits:
            area = self.svg.node(
                self.nodes["overlay"],
                "circle",
                class_="hit",
                fill="none",
                cx=self.view.x(mark.x),
                cy=self.view.y(mark.y),
                r=7,
                attrib={"pointer-events": "all"},
            )
            self.svg.node(area, "title").text = mark.text


class Map(_Bare, pygal.XY):  # type: ignore[misc]
    """Points; the labels of the first ones stand beside them, where they do not cover another."""

    marks: Sequence[Mark] = ()
    named: int = 0

    def _plot(self) -> None:
        super()._plot()
        places = [(self.view.x(mark.x), self.view.y(mark.y)) for mark in self.marks]
        taken = [
            (x - mark.away / 2, y - mark.away / 2, x + mark.away / 2, y + mark.away / 2)
            for mark, (x, y) in zip(self.marks, places, strict=True)
        ]
        for mark, (x, y) in list(zip(self.marks, places, strict=True))[: self.named]:
            width = len(mark.text) * LETTER
            for left, anchor in ((x + mark.away + 4, "start"), (x - mark.away - 4 - width, "end")):
                box = (left, y - TEXT / 2, left + width, y + TEXT / 2)
                if left < 0 or box[2] > self.view.width or any(_cover(box, other) for other in taken):
                    continue
                taken.append(box)
                at = left if anchor == "start" else left + width
                label = self.svg.node(
                    self.nodes["text_overlay"],
                    "text",
                    class_="label",
                    x=at,
                    y=y + 0.35 * TEXT,
                    attrib={"text-anchor": anchor},
                )
                label.text = mark.text
                break


def _cover(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
