"""Pictures as SVG, drawn by pygal: only shapes, texts and classes, which charts.css colours.

A picture is 480 units wide and shown at about that size, down to a phone's width, where its texts are still read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from math import log10, sqrt
from typing import Any

from plugwatch.model.reports.chart import Chart, Curve, Point
from plugwatch.render.reports.charts_graphs import (
    LETTER,
    SMALL,
    STYLE,
    TEXT,
    Bars,
    Columns,
    Dots,
    Lines,
    Map,
    Mark,
    Stack,
    StackedColumns,
    Steps,
)
from plugwatch.render.reports.charts_labels import axis_labels, shorten, tenfold_ticks, ticks, whole_label
from plugwatch.render.reports.charts_svg import patterns, write_svg
from plugwatch.render.reports.reader import Reader

WIDTH = 480
_EDGE = 16
_HEIGHT = 250
_ROW = 26  # of bars and dots
_NAME = 18  # cells of a label at the left
_MARK = 18  # cells of a label in the picture
_MARKS = 10
_AXIS = 55  # cells of what an axis is called
_FEW = 24  # points of a line that are shown as dots
_WIDEST = 56  # an upright bar
_POINT, _BIGGEST = 4, 16  # radius on a map
_NAME_OF_IDS = 120
_WHOLE = 1_000  # characters of a tooltip
_PLAIN_NAME = re.compile(r"[^A-Za-z0-9_-]+")
FILLED = ("stacked", "stacked-bars")  # kinds whose series lie against each other


def draw(chart: Chart, reader: Reader, ident: str = "", link_prefix: str = "") -> str:
    """A picture as one SVG element, whose ids begin with ``ident`` (else the chart's key).

    ``link_prefix`` leads from the page to the top of the report, for the links of a map. Same facts, same text.
    """
    name = safe_ident(ident or chart.key)
    graph, roles = _GRAPHS[chart.kind](_with_links(chart, link_prefix), reader)
    drawn = write_svg(graph.render_tree(), roles, name, filled=chart.kind in FILLED)
    defined = f"<defs>{patterns(roles, name)}</defs>" if chart.kind in FILLED else ""
    role = "group" if any(point.link for point in chart.points) else "img"  # what an image holds cannot be reached
    height = graph.config.height
    below = f'<text class="x-title" x="{WIDTH}" y="{height - 5}" text-anchor="end">{_told(chart.x_title, _AXIS)}</text>'
    return (
        f'<svg class="kind-{chart.kind}" viewBox="0 0 {WIDTH} {height}" role="{role}"'
        f' aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{_told(chart.title)}</title>'
        f'<desc id="{name}-desc">{_told(cases(chart, reader))}</desc>{defined}'
        + (f'<text class="y-title" x="0" y="{TEXT}">{_told(chart.y_title, _AXIS)}</text>' if chart.y_title else "")
        + drawn
        + (below if chart.x_title else "")
        + "</svg>"
    )


def safe_ident(ident: str) -> str:
    """A name that may be an id."""
    return "chart-" + _PLAIN_NAME.sub("-", ident[:_NAME_OF_IDS])


def cases(chart: Chart, reader: Reader) -> str:
    """``n = 23 (incidents)``."""
    return f"n = {reader.number(chart.n)} ({shorten(chart.n_of, 60)})"


def curve_name(curve: Curve, reader: Reader) -> str:
    """``Forum (n = 12, 4 still open)``."""
    return f"{shorten(curve.name, 60)} (n = {reader.number(curve.n)}, {reader.number(curve.censored)} still open)"


def _with_links(chart: Chart, link_prefix: str) -> Chart:
    if not (link_prefix and chart.points):
        return chart
    points = (point._replace(link=point.link and link_prefix + point.link) for point in chart.points)
    return replace(chart, points=tuple(points))


def _told(text: str, cells: int = 200) -> str:
    return escape(shorten(text, cells), quote=False)


def _options(chart: Chart, reader: Reader, **more: Any) -> dict[str, Any]:
    """What every graph is told."""
    return {
        "width": WIDTH,
        "height": _HEIGHT,
        "margin": 4,
        "margin_top": 10 + (TEXT + 4 if chart.y_title else 0),
        "margin_right": _EDGE,
        "margin_bottom": 8 + (TEXT + 6 if chart.x_title else 0),
        "show_legend": False,
        "style": STYLE,
        "css": (),
        "js": (),
        "no_prefix": True,
        "spacing": 6,
        "truncate_label": -1,
        "no_data_text": "",
        "value_formatter": lambda value: reader.value(value, chart.unit),
        "formatter": _say_nothing,
    } | more


def _say_nothing(value: object) -> str:  # noqa: ARG001 - pygal gives it; its own tooltips are not shown
    return ""


def _upright(chart: Chart, reader: Reader, top: float) -> dict[str, Any]:
    """The axes of values that grow upwards over labels."""
    values = ticks(top, chart.unit)
    left = max(len(reader.value(value, chart.unit)) for value in values) * LETTER + 10
    axis = axis_labels(chart.labels, reader, int((WIDTH - left - _EDGE) / LETTER))
    last = axis["x_labels"][-1] if axis["x_labels"] else ""  # of a line it stands across the right edge
    return _options(
        chart,
        reader,
        **axis,
        y_labels=values,
        include_x_axis=True,
        margin_right=max(_EDGE, len(last) * LETTER / 2) if chart.kind in ("lines", "stacked") else _EDGE,
    )


def _tops(chart: Chart, *, stacked: bool) -> float:
    """The greatest value, or the greatest sum of the values at one label."""
    columns = (
        [series.values[index] or 0 for series in chart.series if index < len(series.values)] for index in _places(chart)
    )
    return max((sum(column) if stacked else max(column, default=0) for column in columns), default=0) or 1


def _places(chart: Chart) -> range:
    return range(len(chart.labels))


def _at(chart: Chart, index: int, reader: Reader) -> str:
    """All values at one label."""
    values = (
        f"{shorten(series.name, 60)}: {reader.value(series.values[index], chart.unit)}"
        for series in chart.series
        if index < len(series.values)
    )
    return "\n".join((whole_label(chart.labels[index], reader, chart.labels), *values))[:_WHOLE]


def _roles(chart: Chart) -> list[str]:
    return [series.role for series in chart.series]


def _over_time(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    """Lines; where values are missing a line is broken, and what stands alone is a dot."""
    graph = Lines(**_upright(chart, reader, _tops(chart, stacked=False)), allow_interruptions=True, dots_size=3)
    for series in chart.series:
        graph.add("", series.values, show_dots=len(series.values) <= _FEW or _stands_alone(series.values))
    graph.hits = [_at(chart, index, reader) for index in _places(chart)]
    return graph, _roles(chart)


def _stands_alone(values: Sequence[float | None]) -> bool:
    padded = (None, *values, None)
    triples = zip(padded, padded[1:], padded[2:], strict=False)
    return any(here is not None and before is None and after is None for before, here, after in triples)


def _stacked(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    """Areas; at a single moment there is no area, but there are bars."""
    if len(chart.labels) < 2:
        return _stacked_bars(chart, reader)
    graph = Stack(**_upright(chart, reader, _tops(chart, stacked=True)), fill=True, show_dots=False)
    for series in chart.series:
        graph.add("", series.values)
    graph.hits = [_at(chart, index, reader) for index in _places(chart)]
    return graph, _roles(chart)


def _columns(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    return _fill_bars(Columns(**_upright(chart, reader, _tops(chart, stacked=False))), chart, reader)


def _stacked_bars(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    return _fill_bars(StackedColumns(**_upright(chart, reader, _tops(chart, stacked=True))), chart, reader)


def _fill_bars(graph: Any, chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    room = (WIDTH - 60) / max(len(chart.labels), 1)
    graph.set_gap(max(0.1, (1 - _WIDEST * len(chart.series) / room) / 2))
    for series in chart.series:
        graph.add("", [_bar(chart, reader, series.name, index, value) for index, value in enumerate(series.values)])
    return graph, _roles(chart)


def _bar(chart: Chart, reader: Reader, name: str, index: int, value: float | None) -> dict[str, Any] | None:
    """A value with its tooltip."""
    if value is None or index >= len(chart.labels):
        return None
    label = whole_label(chart.labels[index], reader, chart.labels)
    said = f"{label}: {reader.value(value, chart.unit)}"
    return {"value": value, "tooltip": f"{shorten(name, 60)}, {said}" if len(chart.series) > 1 else said}


def _bars(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    """Bars that lie, the first on top, each with its value at its end instead of an axis."""
    names = [shorten(label, _NAME) if isinstance(label, str) else reader.day(label) for label in chart.labels]
    values = [value for series in chart.series for value in series.values if value is not None]
    room = WIDTH - 2 * _EDGE - max((len(name) for name in names), default=0) * LETTER
    longest = max(len(reader.value(value, chart.unit)) for value in values) * 0.6 * SMALL + 16
    options = _options(
        chart,
        reader,
        height=len(names) * max(_ROW, 20 * len(chart.series)) + 24 + (TEXT + 6 if chart.x_title else 0),
        x_labels=names[::-1],
        show_x_labels=False,
        range=(0, (max(values) or 1) * room / max(room - longest, room / 3)),
        formatter=lambda value: reader.value(value, chart.unit),
        print_values=True,
        print_values_position="top",
    )
    graph = Bars(**options)
    graph.set_gap(0.12)
    for series in chart.series:
        bars = [_bar(chart, reader, series.name, index, value) for index, value in enumerate(series.values)]
        graph.add("", bars[::-1])
    return graph, _roles(chart)


def _map(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    """Points on a plane; pygal's own logarithms take x, too, so a tenfold axis shows the logarithms of y."""
    low = min((point.y for point in chart.points if point.y > 0), default=1.0)
    high = max(max(point.y for point in chart.points), low)
    y_ticks = tenfold_ticks(low, high, chart.unit) if chart.log else ticks(high, chart.unit)
    x_ticks = ticks(max(point.x for point in chart.points), chart.x_unit)
    seat: Callable[[float], float] = (lambda y: log10(max(y, y_ticks[0]))) if chart.log else float
    written = {seat(y): reader.value(y, chart.unit) for y in y_ticks}
    biggest = max(point.size for point in chart.points) or 1
    points = sorted(chart.points, key=lambda point: -point.size)  # small ones are on top, and labels of big ones first
    options = _options(
        chart,
        reader,
        height=_HEIGHT + 70,
        range=(seat(y_ticks[0]), seat(y_ticks[-1])),
        xrange=(0, x_ticks[-1]),
        x_labels=x_ticks,
        y_labels=list(written),
        value_formatter=lambda value: written.get(value, ""),
        x_value_formatter=lambda value: reader.value(value, chart.x_unit),
        stroke=False,
    )
    graph = Map(**options)
    radii = [max(_POINT, _BIGGEST * sqrt(point.size / biggest)) for point in points]
    placed = [
        _point(chart, reader, point, radius, (point.x, seat(point.y)))
        for point, radius in zip(points, radii, strict=True)
    ]
    graph.add("", placed)
    graph.named = _MARKS
    graph.marks = [
        Mark(point.x, seat(point.y), shorten(point.label, _MARK), radius)
        for point, radius in zip(points, radii, strict=True)
    ]
    return graph, ["first"]


def _point(chart: Chart, reader: Reader, point: Point, radius: float, place: tuple[float, float]) -> dict[str, Any]:
    said = describe(chart, reader, point)
    classes = f"dot role-{point.role}" + (" at-least" if point.at_least else "")
    link = {"xlink": {"href": point.link, "aria-label": shorten(point.label, 60)}} if point.link else {}
    return {"value": place, "tooltip": said, "node": {"r": radius, "class": classes}, **link}


def describe(chart: Chart, reader: Reader, point: Point) -> str:
    """All that there is to say of a point, a line each."""
    least = "≥ " if point.at_least else ""
    lines = [
        shorten(point.label, 120),
        f"{shorten(chart.x_title, 60) or 'x'}: {reader.value(point.x, chart.x_unit)}",
        f"{shorten(chart.y_title, 60) or 'y'}: {least}{reader.value(point.y, chart.unit)}",
        f"{shorten(chart.size_title, 60) or 'size'}: {reader.value(point.size, chart.size_unit)}",
        shorten(point.note, 200),
    ]
    return "\n".join(line for line in lines if line)


def _survival(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    """Steps from all down to those who still wait; the unit of the share is its own, that of x is time."""
    last = max(step.seconds for curve in chart.curves for step in curve.steps)
    x_ticks = ticks(last or 86_400, "seconds")
    options = _options(
        chart,
        reader,
        margin_right=len(reader.span(x_ticks[-1])) * LETTER / 2,
        range=(0, 1),
        xrange=(0, x_ticks[-1]),
        x_labels=x_ticks,
        y_labels=[0, 0.25, 0.5, 0.75, 1],
        value_formatter=reader.share,
        x_value_formatter=reader.span,
        show_dots=False,
    )
    graph, hits = Steps(**options), []
    for curve in chart.curves:
        corners: list[tuple[float, float]] = []
        for step in curve.steps:
            if corners:
                corners.append((step.seconds, corners[-1][1]))
            corners.append((step.seconds, step.share))
            said = f"{shorten(curve.name, 60)}\n{reader.span(step.seconds)}: {reader.share(step.share)}"
            hits.append(Mark(step.seconds, step.share, said))
        if curve.steps and curve.steps[-1].share > 0:
            corners.append((x_ticks[-1], corners[-1][1]))
        graph.add("", corners)
    graph.hits = hits
    return graph, [curve.role for curve in chart.curves]


def _dots(chart: Chart, reader: Reader) -> tuple[Any, list[str]]:
    """A grid of labels by series; pygal makes the radius of a dot its value, and the eye compares areas."""
    names = [shorten(series.name, _NAME) for series in chart.series]
    room = WIDTH - 2 * _EDGE - max(map(len, names), default=0) * LETTER
    options = _options(
        chart,
        reader,
        height=len(names) * _ROW + 40 + (TEXT + 6 if chart.x_title else 0) + (TEXT + 4 if chart.y_title else 0),
        **axis_labels(chart.labels, reader, int(room / LETTER)),
        y_labels=names,
        show_x_guides=True,
    )
    graph = Dots(**options)
    for series in chart.series:
        cells = (_bar(chart, reader, series.name, index, value or None) for index, value in enumerate(series.values))
        graph.add("", [cell and {**cell, "value": sqrt(cell["value"])} for cell in cells])
    return graph, _roles(chart)


_GRAPHS: dict[str, Callable[[Chart, Reader], tuple[Any, list[str]]]] = {
    "stacked": _stacked,
    "lines": _over_time,
    "bars": _bars,
    "columns": _columns,
    "stacked-bars": _stacked_bars,
    "map": _map,
    "survival": _survival,
    "dots": _dots,
}
