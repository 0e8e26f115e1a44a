"""A picture on a page: what it shows, in which unit and of how many cases, and the numbers behind it as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from plugwatch.model.reports.chart import Chart, Curve, Step
from plugwatch.render.reports.charts import FILLED, cases, curve_name, draw, safe_ident
from plugwatch.render.reports.charts_labels import shorten, whole_label
from plugwatch.render.reports.charts_svg import fill_of
from plugwatch.render.reports.reader import Reader

_UNIT_NAMES = {
    "count": "",  # its cases say what is counted
    "seconds": "time",
    "share": "share",
    "hours": "hours",
    "days": "days",
    "money": "cost",
    "sites": "sites",
}
_CELL = 120
_STEPS = 20  # of a curve, in its table


def figure(chart: Chart, reader: Reader, ident: str, *, link_prefix: str = "") -> Markup:
    """A chart with its caption, key, note and table.

    ``ident`` makes its ids, so it is another one for each chart of a page; ``link_prefix`` is empty or ``../``.
    """
    caption = Markup('<figcaption><span class="what">{}</span> <span class="n">{}</span></figcaption>').format(
        shorten(chart.title, 200), _unit(chart, reader)
    )
    if chart.is_empty:
        missing = "values" if chart.n else shorten(chart.n_of, 60) or "cases"
        said = Markup('<p class="nothing">{}</p>').format(f"There are no {missing} to show.")
        return Markup('<figure class="chart">{}{}</figure>').format(caption, said)
    picture = Markup(draw(chart, reader, ident, link_prefix))  # noqa: S704 - escapes its texts itself
    note = Markup('<p class="note">{}</p>').format(shorten(chart.note, 500)) if chart.note else ""
    return Markup('<figure class="chart">{}{}{}{}{}</figure>').format(
        caption, _key(chart, reader, ident), picture, note, _numbers(chart, reader)
    )


def _unit(chart: Chart, reader: Reader) -> str:
    unit = "share still waiting" if chart.kind == "survival" else _UNIT_NAMES[chart.unit]
    return f"{unit}, {cases(chart, reader)}" if unit else cases(chart, reader)


def _key(chart: Chart, reader: Reader, ident: str) -> Markup:
    """What the colours mean; a single series says it in the title, and the rows of a grid have their names."""
    names = [(curve.role, curve_name(curve, reader)) for curve in chart.curves]
    if len(chart.series) > 1 and chart.kind != "dots":
        names = [(series.role, shorten(series.name, 60)) for series in chart.series]
    if not names:
        return Markup("")
    items = (Markup("<li>{}{}</li>").format(_sample(chart, role, ident), name) for role, name in names)
    return Markup('<ul class="key">{}</ul>').format(Markup("").join(items))


def _sample(chart: Chart, role: str, ident: str) -> Markup:
    """A piece of line, or of an area with its pattern."""
    if chart.kind in ("lines", "survival"):
        return Markup(
            '<svg class="sample series role-{}" viewBox="0 0 26 14" width="26" height="14" aria-hidden="true">'
            '<path class="line nofill" d="M0 7h26"/></svg>'
        ).format(role)
    fill = fill_of(role, safe_ident(ident)) if chart.kind in FILLED else ""
    return Markup(
        '<svg class="sample series role-{}" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true"{}>'
        '<rect class="rect" width="14" height="14"/></svg>'
    ).format(f"{role} striped" if fill else role, Markup(fill))  # noqa: S704 - made of safe_ident and a role


def _numbers(chart: Chart, reader: Reader) -> Markup:
    heads, rows = _table(chart, reader)
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="num"') if index else "", text)
        for index, text in enumerate(heads)
    )
    body = Markup("").join(_row(row) for row in rows)
    return Markup(
        '<details><summary>Numbers</summary><div class="scroll" role="group" aria-label="{0}" tabindex="0">'
        '<table class="list"><caption>{1}</caption><thead><tr>{2}</tr></thead><tbody>{3}</tbody></table>'
        "</div></details>"
    ).format(f"Numbers: {shorten(chart.title, 200)}", shorten(chart.title, 200), head, body)


def _row(cells: Sequence[str]) -> Markup:
    rest = Markup("").join(Markup('<td class="num">{}</td>').format(cell) for cell in cells[1:])
    return Markup('<tr><th scope="row"><bdi>{}</bdi></th>{}</tr>').format(cells[0], rest)


def _table(chart: Chart, reader: Reader) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
    """The heads and the rows behind a chart, as the reader writes them."""
    if chart.points:
        titles = (chart.x_title or "x", chart.y_title or "y", chart.size_title or "size", "note")
        return ["Name", *(shorten(title, 60) for title in titles)], _point_rows(chart, reader)
    if chart.curves:
        return ["Of", "After", "Still waiting"], (row for curve in chart.curves for row in _step_rows(curve, reader))
    labels = [whole_label(label, reader, chart.labels) for label in chart.labels]
    names = [shorten(series.name, _CELL) for series in chart.series]
    values = [[reader.value(value, chart.unit) for value in series.values] for series in chart.series]
    if chart.kind == "dots":
        return ["Of", *labels], ([name, *row] for name, row in zip(names, values, strict=True))
    return [shorten(chart.x_title, 60) or "Of", *names], (
        [label, *cells] for label, *cells in zip(labels, *values, strict=False)
    )


def _point_rows(chart: Chart, reader: Reader) -> Iterator[Sequence[str]]:
    for point in chart.points:
        yield (
            shorten(point.label, _CELL),
            reader.value(point.x, chart.x_unit),
            ("≥ " if point.at_least else "") + reader.value(point.y, chart.unit),
            reader.value(point.size, chart.size_unit),
            shorten(point.note, _CELL),
        )


def _step_rows(curve: Curve, reader: Reader) -> Iterator[Sequence[str]]:
    for step in _thinned(curve.steps):
        yield curve_name(curve, reader), reader.span(step.seconds), reader.share(step.share)


def _thinned(steps: Sequence[Step]) -> Iterator[Step]:
    """Some steps of many, the first and the last among them."""
    if len(steps) <= _STEPS:
        yield from steps
        return
    yield from (steps[round(index * (len(steps) - 1) / (_STEPS - 1))] for index in range(_STEPS))
