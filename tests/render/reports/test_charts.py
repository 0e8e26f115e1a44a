"""Pictures as SVG: what they show, and that nothing else is in them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from plugwatch.model.reports.chart import KINDS, Chart, Curve, Point, Series, Step
from plugwatch.render.reports.charts import draw
from plugwatch.render.reports.charts_labels import axis_labels, shorten, tenfold_ticks, ticks
from plugwatch.render.reports.reader import Reader

READER = Reader("en", timezone.utc, datetime(2026, 11, 22, tzinfo=timezone.utc))
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x00\ud800' + "W" * 10_000
DAY = 86_400
WEEKS = tuple(date(2025, 1, 6) + timedelta(days=7 * week) for week in range(4))
_ELEMENTS = {"svg", "title", "desc", "defs", "pattern", "g", "path", "rect", "circle", "text", "a"}
_HARMLESS = {
    *("id", "class", "role", "aria-labelledby", "aria-label", "viewBox", "width", "height", "x", "y", "cx", "cy", "r"),
    *("d", "transform", "text-anchor", "fill", "pointer-events", "patternUnits", "href"),
}


def make(kind: str, text: str = "tidy-forms") -> Chart:
    """A chart of a kind, with one text wherever there is one."""
    chart = Chart("key", kind, text, "count", 7, text, x_title=text, y_title=text, size_title=text, note=text)
    if kind == "map":
        points = (Point(text, 3, 41, 5, "bad", text, "vendors.html", at_least=True), Point(text, 9, 2, 1, "good", text))
        return replace(chart, points=points, unit="days", x_unit="sites", size_unit="hours", log=True)
    if kind == "survival":
        return replace(chart, curves=(Curve(text, (Step(0, 1), Step(DAY, 0.75), Step(3 * DAY, 0.5)), 4, 2, "us"),))
    labels = WEEKS if kind in ("stacked", "lines") else ("a", "b", text, "d")
    return replace(
        chart, labels=labels, series=(Series(text, (1, 2, None, 4), "us"), Series("b", (0, 1, 2, 3), "vendor"))
    )


def shapes(svg: str, element: str, class_: str) -> list[ElementTree.Element]:
    return [
        found for found in ElementTree.fromstring(svg).iter(element) if class_ in (found.get("class") or "").split()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_holds_shapes_texts_and_classes_and_nothing_else(kind: str) -> None:
    root = ElementTree.fromstring(draw(make(kind, HOSTILE), READER))
    for element in root.iter():
        assert element.tag in _ELEMENTS
        assert set(element.attrib) <= _HARMLESS


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_are_shown_as_words_and_cut(kind: str) -> None:
    svg = draw(make(kind, HOSTILE), READER)
    assert "<script" not in svg
    assert "<img" not in svg
    assert not re.search("[\u202e\x00\ud800]", svg)
    assert "W" * 1_000 not in svg
    assert "\\u202e" in svg


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_facts_give_the_same_picture(kind: str) -> None:
    assert draw(make(kind), READER) == draw(make(kind), READER)


@pytest.mark.parametrize("kind", KINDS)
def test_all_ids_begin_with_the_name_and_the_picture_is_named_by_its_title(kind: str) -> None:
    root = ElementTree.fromstring(draw(make(kind), READER, "left one"))
    ids = {element.get("id") or "" for element in root.iter()} - {""}
    assert ids
    assert all(ident.startswith("chart-left-one-") for ident in ids)
    assert set((root.get("aria-labelledby") or "").split()) <= ids
    assert root.findtext("title") == "tidy-forms"
    assert root.findtext("desc") == "n = 7 (tidy-forms)"


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_says_its_values_when_pointed_at(kind: str) -> None:
    titles = [title.text or "" for title in ElementTree.fromstring(draw(make(kind), READER)).iter("title")]
    assert len(titles) > 2
    assert all(titles)


def test_bars_are_as_long_as_their_values_and_have_them_at_their_ends() -> None:
    chart = Chart("k", "bars", "t", "hours", 3, "n", ("a", "b", "c"), (Series("h", (40, 20, 0)),))
    svg = draw(chart, READER)
    widths = sorted(float(bar.get("width") or 0) for bar in shapes(svg, "rect", "rect"))
    assert widths[0] == 0
    assert widths[2] == pytest.approx(2 * widths[1], abs=0.2)
    assert {text.text for text in shapes(svg, "text", "value")} == {"40 hr", "20 hr", "0 hr"}


def test_the_first_bar_is_on_top() -> None:
    chart = Chart("k", "bars", "t", "count", 3, "n", ("a", "b"), (Series("h", (9, 1)),))
    first = max(shapes(draw(chart, READER), "rect", "rect"), key=lambda bar: float(bar.get("width") or 0))
    assert all(
        float(first.get("y") or 0) <= float(bar.get("y") or 0) for bar in shapes(draw(chart, READER), "rect", "rect")
    )


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    chart = Chart("k", "lines", "t", "count", 3, "n", WEEKS, (Series("s", (1, 2, None, 4)),))
    svg = draw(chart, READER)
    assert len(shapes(svg, "circle", "dot")) == 3
    assert [path.get("d", "").count(" ") for path in shapes(svg, "path", "nofill")] == [3]  # one piece: M x y Lx y


def test_areas_of_a_single_moment_are_bars() -> None:
    chart = Chart(
        "k", "stacked", "t", "count", 3, "n", WEEKS[:1], (Series("a", (1,), "us"), Series("b", (2,), "client"))
    )
    heights = [float(bar.get("height") or 0) for bar in shapes(draw(chart, READER), "rect", "rect")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)


def test_areas_that_lie_against_each_other_have_patterns_beside_their_colours() -> None:
    svg = draw(make("stacked"), READER)
    assert [pattern.get("id") for pattern in shapes(svg, "pattern", "role-vendor")] == ["chart-key-vendor"]
    assert [group.get("fill") for group in shapes(svg, "g", "striped")] == ["url(#chart-key-vendor)"]


def test_on_a_tenfold_axis_ten_times_more_is_one_step_up() -> None:
    points = tuple(Point(str(y), 1, y, 1) for y in (1, 10, 100))
    chart = Chart("k", "map", "t", "days", 3, "n", points=points, log=True)
    heights = sorted(float(dot.get("cy") or 0) for dot in shapes(draw(chart, READER), "circle", "dot"))
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.2)


def test_a_point_leads_to_its_page_and_the_picture_can_be_walked_by_keyboard() -> None:
    svg = draw(make("map"), READER, "m", "../")
    root = ElementTree.fromstring(svg)
    assert [(link.get("href"), link.get("aria-label")) for link in root.iter("a")] == [
        ("../vendors.html", "tidy-forms")
    ]
    assert root.get("role") == "group"
    assert len(shapes(svg, "circle", "at-least")) == 1


def test_the_area_of_a_point_is_its_size() -> None:
    points = (Point("a", 1, 1, 40), Point("b", 5, 9, 10))
    chart = Chart("k", "map", "t", "days", 2, "n", points=points)
    radii = [float(dot.get("r") or 0) for dot in shapes(draw(chart, READER), "circle", "dot")]
    assert radii[0] == pytest.approx(2 * radii[1])


def test_the_area_of_a_dot_is_its_value_and_nothing_is_no_dot() -> None:
    chart = Chart("k", "dots", "t", "count", 2, "n", WEEKS, (Series("a", (4, 1, 0, None)),))
    radii = [float(dot.get("r") or 0) for dot in shapes(draw(chart, READER), "circle", "dot")]
    assert len(radii) == 2
    assert radii[0] == pytest.approx(2 * radii[1], abs=0.2)


def test_a_curve_goes_down_in_steps_and_stays_where_cases_are_open() -> None:
    path = shapes(draw(make("survival"), READER), "path", "nofill")[0].get("d") or ""
    places = [tuple(map(float, place.split())) for place in re.findall(r"[-\d.]+ [-\d.]+", path)]
    assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(places))
    assert places[-1][1] == places[-2][1]
    assert places[-1][0] >= places[-2][0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0, 1, 1e-6, 1e12])
def test_one_value_of_any_size_is_drawn_inside_the_picture(kind: str, value: float) -> None:
    chart = Chart("k", kind, "t", "count", 1, "n", ("a",), (Series("s", (value,)),))
    if kind == "map":
        chart = replace(chart, series=(), points=(Point("a", value, value, value),), log=True)
    if kind == "survival":
        chart = replace(chart, series=(), curves=(Curve("a", (Step(0, 1), Step(value, 0)), 1, 0),))
    root = ElementTree.fromstring(draw(chart, READER))
    width, height = map(float, (root.get("viewBox") or "").split()[2:])
    for shape in (*root.iter("rect"), *root.iter("circle")):
        assert -1 <= float(shape.get("x") or shape.get("cx") or 0) <= width
        assert -1 <= float(shape.get("y") or shape.get("cy") or 0) <= height


@pytest.mark.parametrize(
    ("top", "unit", "expected"),
    [
        (1, "count", [0, 1]),
        (7, "count", [0, 2, 4, 6, 8]),
        (0.3, "share", [0, 0.1, 0.2, 0.3]),
        (0.9, "share", [0, 0.25, 0.5, 0.75, 1]),
        (3000, "seconds", [0, 600, 1200, 1800, 2400, 3000]),
        (41 * DAY, "seconds", [0, 10 * DAY, 20 * DAY, 30 * DAY, 40 * DAY, 50 * DAY]),
    ],
)
def test_an_axis_has_a_few_round_values_from_nothing_to_the_greatest(
    top: float, unit: str, expected: list[float]
) -> None:
    assert ticks(top, unit) == pytest.approx(expected)


def test_a_tenfold_axis_holds_all_values_between_its_ends() -> None:
    assert tenfold_ticks(0.5, 41, "days") == pytest.approx([0.1, 1, 10, 100])
    assert tenfold_ticks(10, 10, "days") == pytest.approx([10, 100])
    assert tenfold_ticks(4000, 3 * DAY, "seconds") == [3600, 36_000, DAY, 10 * DAY]


def test_two_years_of_weeks_have_a_few_months_below_them() -> None:
    weeks = [date(2024, 10, 7) + timedelta(days=7 * week) for week in range(110)]
    labels = [label for label in axis_labels(weeks, READER, 55)["x_labels"] if label]
    assert 4 <= len(labels) <= 7
    assert labels == list(dict.fromkeys(labels))
    assert labels[0] == "Nov 2024"


def test_texts_without_room_lean_and_months_without_room_are_left_out() -> None:
    assert axis_labels(["a long label"] * 9, READER, 50)["x_label_rotation"] == 30
    months = [date(2026, month, 1) for month in range(1, 13)]
    assert axis_labels(months, READER, 60)["x_labels"] == [READER.short_month(month) for month in months]
    assert [label for label in axis_labels(months, READER, 30)["x_labels"] if label] == [
        "Jan",
        "Mar",
        "May",
        "Jul",
        "Sept",
        "Nov",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("tidy", "tidy"), ("tidy-forms", "tidy-…"), ("日本語日本語", "日本…"), ("a\nb\tc", "a b c"), ("", "")],
)
def test_a_label_has_the_room_it_has(text: str, expected: str) -> None:
    assert shorten(text, 6) == expected


def test_accents_without_end_do_not_pile_up() -> None:
    assert len(shorten("e" + "\u0301" * 10_000, 10)) <= 41
