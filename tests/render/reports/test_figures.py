"""A picture on a page, with its caption and the numbers behind it."""

from __future__ import annotations

from datetime import date, datetime, timezone
from html.parser import HTMLParser

import pytest

from plugwatch.model.reports.chart import KINDS, Chart, Curve, Point, Series, Step
from plugwatch.render.reports.figures import figure
from plugwatch.render.reports.reader import Reader

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
READER, GERMAN = Reader("en", timezone.utc, NOW), Reader("de", timezone.utc, NOW)
HOSTILE = '"><script>alert(1)</script>\u202e\x00' + "W" * 10_000
MONTHS = (date(2026, 10, 1), date(2026, 11, 1))
DAY = 86_400


class _Cells(HTMLParser):
    """The rows of a table, and every element by its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self._inside = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def by_month(**more: object) -> Chart:
    series = (Series("Us", (3600, None), "us"), Series("Vendor", (86_400, 300), "vendor"))
    return Chart("answer", "lines", "Time to answer", "seconds", 23, "incidents", MONTHS, series, **more)  # type: ignore[arg-type]


def test_the_caption_says_what_it_shows_in_which_unit_and_of_how_many_cases() -> None:
    text = figure(by_month(note="From the call to the first answer."), READER, "answer")
    caption = '<figcaption><span class="what">Time to answer</span> <span class="n">time, n = 23 (incidents)</span>'
    assert caption in text
    assert '<p class="note">From the call to the first answer.</p>' in text


def test_the_table_has_the_numbers_as_the_reader_writes_them() -> None:
    assert _Cells(figure(by_month(x_title="Month"), GERMAN, "answer")).rows == [
        ["Month", "Us", "Vendor"],
        ["Oktober 2026", "1 Std.", "1 Tag"],
        ["November 2026", "–", "5 Min."],
    ]


def test_the_heads_of_a_table_say_what_they_head() -> None:
    cells = [attributes for tag, attributes in _Cells(figure(by_month(), READER, "a")).elements if tag == "th"]
    assert [cell["scope"] for cell in cells] == ["col", "col", "col", "row", "row"]


def test_the_table_of_a_grid_lies_as_the_grid_does() -> None:
    chart = Chart("k", "dots", "t", "count", 3, "n", MONTHS, (Series("tidy", (1, 0)), Series("shop", (2, None))))
    assert _Cells(figure(chart, READER, "k")).rows == [
        ["Of", "October 2026", "November 2026"],
        ["tidy", "1", "0"],
        ["shop", "2", "–"],
    ]


def test_the_table_of_a_map_has_all_three_numbers_and_says_at_least() -> None:
    points = (Point("Tidy Ltd", 12, 41, 7.5, "bad", "grade D", at_least=True),)
    chart = Chart("k", "map", "t", "days", 3, "n", points=points, x_title="Sites", x_unit="sites", size_unit="hours")
    assert _Cells(figure(chart, READER, "k")).rows[1] == ["Tidy Ltd", "12", "≥ 41 days", "7.5 hr", "grade D"]


def test_a_curve_tells_its_cases_and_how_many_are_still_open() -> None:
    steps = tuple(Step(index * DAY, 1 - index / 100) for index in range(61))
    chart = Chart("k", "survival", "t", "seconds", 100, "n", curves=(Curve("Forum", steps, 100, 40),))
    text = figure(chart, READER, "k")
    rows = _Cells(text).rows
    assert "<li>" in text
    assert "Forum (n = 100, 40 still open)</li>" in text
    assert len(rows) == 21
    assert rows[1] == ["Forum (n = 100, 40 still open)", "0 min", "100%"]
    assert rows[-1] == ["Forum (n = 100, 40 still open)", "60 days", "40%"]


def test_a_key_is_shown_where_there_are_several_series_and_only_there() -> None:
    assert _keys(by_month()) == 2
    assert _keys(Chart("k", "bars", "t", "count", 3, "n", ("a",), (Series("a", (1,)),))) == 0


def _keys(chart: Chart) -> int:
    return sum(tag == "li" for tag, _ in _Cells(figure(chart, READER, "k")).elements)


def test_the_key_of_an_area_has_the_pattern_of_the_area() -> None:
    series = (Series("Us", (3, 4), "us"), Series("Vendor", (1, 2), "vendor"))
    text = figure(Chart("k", "stacked", "t", "count", 3, "n", MONTHS, series), READER, "turn")
    assert text.count('fill="url(#chart-turn-vendor)"') == 2
    assert text.count('id="chart-turn-vendor"') == 1


@pytest.mark.parametrize("kind", KINDS)
def test_without_cases_there_is_a_sentence_and_no_picture(kind: str) -> None:
    text = figure(Chart("k", kind, "Open incidents", "count", 0, "incidents"), READER, "k")
    assert '<p class="nothing">There are no incidents to show.</p>' in text
    assert "Open incidents" in text
    assert "<svg" not in text
    assert "<table" not in text


def test_cases_without_any_value_are_not_denied() -> None:
    chart = Chart("k", "lines", "t", "seconds", 2, "incidents", MONTHS, (Series("Us", (None, None)),))
    text = figure(chart, READER, "k")
    assert "n = 2 (incidents)" in text
    assert "There are no values to show." in text


def test_hostile_words_stay_words_in_the_caption_the_key_and_the_table() -> None:
    series = (Series(HOSTILE, (1,)), Series(HOSTILE, (2,), "second"))
    chart = Chart(HOSTILE, "columns", HOSTILE, "count", 2, HOSTILE, (HOSTILE,), series, note=HOSTILE, x_title=HOSTILE)
    text = figure(chart, READER, HOSTILE)
    parsed = _Cells(text)
    assert {tag for tag, _ in parsed.elements}.isdisjoint({"script", "img", "style"})
    assert not any(name.startswith(("on", "style")) for _, attributes in parsed.elements for name in attributes)
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "W" * 600 not in text


def test_ids_of_two_figures_on_one_page_are_apart() -> None:
    first, second = (_Cells(figure(by_month(), READER, ident)).elements for ident in ("one", "two"))
    ids = [{attributes["id"] for _, attributes in figures if "id" in attributes} for figures in (first, second)]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])
