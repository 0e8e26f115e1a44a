from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from board_pages import Page, dead_links
from boarding import ZONE, board, full_board, hostile_board

from plugwatch.model.reports.metrics import METRICS
from plugwatch.render.reports.agency import ASSETS, AgencyReport
from plugwatch.render.reports.engine import Engine, Frame
from plugwatch.render.reports.reader import Reader

BOARDS = {"empty": board, "full": full_board, "hostile": hostile_board}
TOPS = ("index", "incidents", "components", "vendors", "forks", "sites", "holds")
OUT = Path("board")


def report_of(facts):
    """The report of a board."""
    engine = Engine(Reader("en", ZONE, facts.now), Frame(facts.agency, facts.now, facts.since))
    return AgencyReport(facts, engine, timedelta(minutes=15))


@pytest.fixture(scope="module", params=BOARDS)
def made(request):
    """A board, its report, all files of it, and those that are pages as a browser reads them."""
    facts = BOARDS[request.param]()
    report = report_of(facts)
    files = dict(report.files(OUT))
    pages = {path: Page(path, content.decode()) for path, content in files.items() if path.endswith(".html")}
    return facts, report, files, pages


def test_every_page_is_there_and_counted(made):
    facts, report, files, pages = made

    assert {f"{name}.html" for name in TOPS} <= set(pages)
    assert {f"incidents/{one.name}.html" for one in facts.records} <= set(pages)
    assert {f"assets/{name}" for name in ASSETS} <= set(files)
    assert report.pages == len(pages)


def test_every_page_is_sound_and_has_nothing_that_the_policy_forbids(made):
    for path, page in made[3].items():
        assert page.is_closed(), path
        assert page.unsafe == [], path
        assert page.elements["script"] == 1, path
        assert page.elements["h1"] == 1, path
        assert len(set(page.ids)) == len(page.ids), path


def test_every_link_of_the_whole_report_leads_somewhere(made):
    facts, _report, _files, pages = made

    assert dead_links(pages, facts) == []


def test_no_page_is_made_long_by_one_word(made):
    for path, page in made[3].items():
        assert "W" * 1000 not in page.html, path


def test_the_numbers_of_every_picture_are_in_one_document(made):
    facts, report, files, pages = made
    document = json.loads(files["report.json"])

    assert document == json.loads(json.dumps(report.document(OUT)))
    assert list(document) == ["agency", "now", "since", "out", "pages", "numbers", "charts"]
    assert set(document["numbers"]) == set(METRICS)
    assert len(document["charts"]["index.html"]) == 5
    for path, page in pages.items():
        assert page.elements["figure"] == len(document["charts"].get(path, [])), path
    assert document["pages"] == len(pages)
    assert document["agency"] == facts.agency


def test_the_numbers_alone_are_those_of_the_pages():
    whole, alone = report_of(full_board()), report_of(full_board())
    list(whole.files(OUT))
    alone.draw()

    assert alone.document() == whole.document() | {"pages": 0}


def test_the_same_board_makes_the_same_files():
    assert dict(report_of(full_board()).files(OUT)) == dict(report_of(full_board()).files(OUT))


def test_the_overview_shows_each_number_with_its_n_and_its_definition(made):
    text = made[3]["index.html"].text

    for key in (
        "promises-kept",
        "loop-closure",
        "found-first",
        "recurrence",
        "first-response",
        "silence",
        "carried-debt",
    ):
        assert METRICS[key].definition in text
    assert text.count("n = ") >= 9


def test_the_overview_says_what_is_lost_and_links_to_it():
    [page] = [
        Page(path, content.decode()) for path, content in report_of(full_board()).files(OUT) if path == "index.html"
    ]

    assert "Lost patches 2 of 5 on sites" in page.text
    assert "acme-shop" in page.text
    assert "incidents.html#turn=us" in page.links


def test_the_pages_of_an_incident_tell_its_story():
    files = dict(report_of(full_board()).files(OUT))
    first = Page("incidents/INC-1.html", files["incidents/INC-1.html"].decode())

    for words in (
        "INC-1 plugin/tidy-forms breaks",
        "Tidy Works",
        ">=1.2.4,<1.3",
        "it is broken",
        "mitigated",
        "looked",
    ):
        assert words in first.text
    assert first.elements["svg"] == 1
    assert "Hatched: the longest time in which a client heard nothing from us" in first.text

    assert "https://tracker.example/1" in Page("incidents/INC-2.html", files["incidents/INC-2.html"].decode()).links


def test_what_is_shown_about_money_needs_a_rate():
    [page] = [
        content.decode()
        for path, content in report_of(replace(full_board(), hourly_rate=0.0)).files(OUT)
        if path == "index.html"
    ]

    assert "at our rate" not in page
    assert "at our rate" in dict(report_of(full_board()).files(OUT))["index.html"].decode()
