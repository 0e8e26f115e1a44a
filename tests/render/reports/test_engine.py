from __future__ import annotations

from pathlib import Path

import pytest
from board_pages import Page
from boarding import HOSTILE, NOW, ZONE, ago
from jinja2 import TemplateSyntaxError, UndefinedError

from plugwatch.model.reports.chart import Chart, Series
from plugwatch.render.reports.engine import Engine, Frame, shorten
from plugwatch.render.reports.reader import Reader
from plugwatch.render.templates import find_shipped_templates

BASE = "report/agency/_base.html.j2"


@pytest.fixture
def make(tmp_path: Path):
    """A page of one template, inside the real frame."""
    folder = tmp_path / "report" / "agency"
    folder.mkdir(parents=True)
    (folder / "_base.html.j2").write_text((find_shipped_templates() / BASE).read_text())

    def made(content: str, path: str = "index.html", agency: str = "North Street", **values: object) -> str:
        (folder / "one.html.j2").write_text(f'{{% extends "{BASE}" %}}{{% block content %}}{content}{{% endblock %}}')
        engine = Engine(Reader("de", ZONE, NOW), Frame(agency, NOW, ago(365)), tmp_path)
        made.engine = engine
        return engine.page("one", values, path).decode()

    return made


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_printed_is_escaped_in_texts_and_in_attributes(make, words):
    page = Page("index.html", make('<p title="{{ words }}">{{ words }}</p>', agency=words, words=words))

    assert page.is_closed()
    assert page.unsafe == []
    assert page.elements["script"] == 1


def test_controls_and_what_turns_text_around_are_left_out_and_letters_stay(make):
    html = make("{{ words }}", words="a\0b\u202ec\u2066d\x1b[31m\x85\ufffee\r\tf\nعربي 👨‍👩‍👧")

    assert "abcd[31me\tf\nعربي 👨‍👩‍👧" in html


def test_half_a_sign_does_not_keep_a_page_from_being_written(make):
    assert "a?b" in make("{{ words }}", words="a\ud800b")


def test_a_page_in_a_folder_finds_the_top_and_its_section_is_marked(make):
    html = make("{{ root }}!", path="incidents/INC-3.html")

    assert "../!" in html
    assert 'href="../assets/report.css"' in html
    assert '<a href="../incidents.html" aria-current="page">' in html
    assert html.count("aria-current") == 1


def test_every_page_forbids_whatever_is_not_its_own(make):
    html = make("")

    assert "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:" in html
    assert "base-uri 'none'; form-action 'none'" in html
    assert "://" not in html


def test_numbers_and_times_are_written_as_the_reader_does(make):
    html = make("{{ now | moment }} {{ 1234.5 | number(1) }} {{ 0.5 | share }} {{ 8000 | span }}", now=NOW)

    assert "22.11.2026, 18:00 1.234,5 50" in html
    assert "2 Std. 13 Min." in html


@pytest.mark.parametrize("name", ["safe", "tojson", "xmlattr"])
def test_no_filter_lets_markup_through(make, name):
    with pytest.raises(TemplateSyntaxError, match=f"No filter named '{name}'"):
        make(f"{{{{ words | {name} }}}}", words="<b>")


def test_a_value_that_is_not_there_is_a_mistake_and_no_blank(make):
    with pytest.raises(UndefinedError):
        make("{{ nothing }}")


def test_the_numbers_behind_a_picture_are_kept_by_its_page(make):
    chart = Chart("hours", "bars", "Hours", "hours", 1, "components", ("a",), (Series("hours", (2.0,)),))
    html = make("{{ figure(chart) }}", path="components/a.html", chart=chart)

    assert "<svg" in html
    assert make.engine.charts == {"components/a.html": [chart.document()]}


def test_a_short_text_stays_and_a_long_one_is_cut():
    assert shorten("a name") == "a name"
    assert shorten("W" * 121) == "W" * 119 + "…"
    assert shorten("W" * 50, 40) == "W" * 39 + "…"
