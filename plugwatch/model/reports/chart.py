"""A picture before it is drawn: the numbers, what they mean, and how many cases are behind them.

The same facts become an SVG, the table behind it for screen readers, and the JSON of ``report … --json``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

# stacked: areas on top of each other over time. lines: one line a series over time. bars: one bar a label. columns:
# upright bars in their own order (a histogram). stacked-bars: the same, series on top of each other. map: points with a
# size. survival: steps from 1 down to 0. dots: a grid of labels by series, the size of each dot is the value.
KINDS = ("stacked", "lines", "bars", "columns", "stacked-bars", "map", "survival", "dots")
# What a series or a point is about decides its colour, on every page alike.
ROLES = ("us", "vendor", "client", "good", "bad", "unsure", "quiet", "first", "second", "third", "fourth")
# What a number is: how it is written is up to the reader's language. seconds are spans of time, shares lie in 0 to 1.
UNITS = ("count", "seconds", "share", "hours", "days", "money", "sites")


class Series(NamedTuple):
    """One line, area or set of bars; None where there is no value."""

    name: str
    values: tuple[float | None, ...]
    role: str = "first"


class Point(NamedTuple):
    """One thing on a map of x and y; ``note`` is what else there is to say of it, ``link`` a page of the report."""

    label: str
    x: float
    y: float
    size: float
    role: str = "first"
    note: str = ""
    link: str | None = None
    at_least: bool = False


class Step(NamedTuple):
    """A point of a survival curve: after so long, this share still waits."""

    seconds: float
    share: float


class Curve(NamedTuple):
    """A survival curve; ``censored`` are the cases that are not over yet."""

    name: str
    steps: tuple[Step, ...]
    n: int
    censored: int
    role: str = "first"


@dataclass(frozen=True)
class Chart:
    """One picture of one of KINDS.

    ``title`` says what it shows, in words. ``unit`` is one of UNITS and belongs to the values (of a map: to y), and
    ``x_unit`` and ``size_unit`` to a map's other numbers. ``n`` counts the cases behind it and ``n_of`` names them
    (``incidents``). ``labels`` are days (drawn as the reader writes them) or texts. ``log``: y grows tenfold a step.
    ``note`` gives the definition, or says how to read it.
    """

    key: str
    kind: str
    title: str
    unit: str
    n: int
    n_of: str
    labels: tuple[date | str, ...] = ()
    series: tuple[Series, ...] = ()
    points: tuple[Point, ...] = ()
    curves: tuple[Curve, ...] = ()
    x_title: str = ""
    y_title: str = ""
    x_unit: str = "count"
    size_unit: str = "count"
    size_title: str = ""
    log: bool = False
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw: no case, or no value in any series."""
        values = any(value is not None for series in self.series for value in series.values)
        return not (values or self.points or any(curve.steps for curve in self.curves))

    def document(self) -> dict[str, Any]:
        """The numbers behind the picture, as JSON has them."""
        document: dict[str, Any] = {
            "key": self.key,
            "kind": self.kind,
            "title": self.title,
            "unit": self.unit,
            "n": self.n,
            "n_of": self.n_of,
            "note": self.note,
        }
        if self.series:
            document["labels"] = [label.isoformat() if isinstance(label, date) else label for label in self.labels]
            document["series"] = [{"name": one.name, "values": list(one.values)} for one in self.series]
        if self.points:
            document["points"] = list(self._points())
        if self.curves:
            document["curves"] = [
                {"name": one.name, "n": one.n, "censored": one.censored, "steps": [list(step) for step in one.steps]}
                for one in self.curves
            ]
        return document

    def _points(self) -> Iterator[dict[str, Any]]:
        for point in self.points:
            yield {
                "label": point.label,
                "x": point.x,
                "y": point.y,
                "size": point.size,
                "at_least": point.at_least,
                "note": point.note,
            }
