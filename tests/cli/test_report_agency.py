from __future__ import annotations

import json
import webbrowser
from pathlib import Path

import pytest

from plugwatch.model.reports.metrics import METRICS


@pytest.fixture
def incident(plugwatch, sites, workspace) -> Path:
    """Dana's agency, whose shop has called: the workspace."""
    plugwatch("incident", "open", "shop", "tidy", "nobody <b>can</b> pay")
    return workspace


def test_the_board_is_written_and_the_page_to_begin_with_is_named(plugwatch, incident):
    ran = plugwatch("report", "agency", "--out", "board")

    pages = list(Path("board").rglob("*.html"))
    assert ran.out == f"{len(pages)} pages in board; begin with board/index.html\n"
    assert ran.err == "\nnext: plugwatch report agency --out board --open\n"
    assert "1 incident is open" in Path("board/index.html").read_text()
    assert "nobody &lt;b&gt;can&lt;/b&gt; pay" in Path("board/incidents/INC-1.html").read_text()


def test_the_document_is_the_one_in_the_folder(plugwatch, incident):
    ran = plugwatch("report", "agency", "--out", "board", "--json")

    assert ran.err == ""
    assert ran.json == json.loads(Path("board/report.json").read_text())
    assert ran.json["agency"] == "Fernhill Web"
    assert ran.json["out"] == "board"
    assert ran.json["pages"] == len(list(Path("board").rglob("*.html")))
    assert set(ran.json["numbers"]) == set(METRICS)
    assert ran.json["numbers"]["first-response"]["by_severity"]["high"]["now"]["n"] == 1
    heat = next(chart for chart in ran.json["charts"]["index.html"] if chart["key"] == "heat")
    assert heat["series"][0]["values"][-1] == 1


def test_the_numbers_can_be_had_without_a_folder(plugwatch, incident):
    before = sorted(incident.iterdir())
    ran = plugwatch("report", "agency", "--json")

    assert (ran.json["out"], ran.json["pages"]) == (None, 0)
    assert "index.html" in ran.json["charts"]
    assert sorted(incident.iterdir()) == before


@pytest.mark.parametrize("options", [(), ("--open",), ("--open", "--json")])
def test_pages_need_a_place(plugwatch, workspace, options):
    assert "say where the pages go: --out DIR" in plugwatch("report", "agency", *options, code=2).err


def test_a_new_board_takes_the_place_of_the_last_one(plugwatch, incident):
    plugwatch("report", "agency", "--out", "board")
    plugwatch("incident", "open", "dental", "tidy", "no mail", "--new")
    plugwatch("report", "agency", "--out", "board", "--since", "30d")

    assert sorted(path.name for path in Path("board/incidents").iterdir()) == ["INC-1.html", "INC-2.html"]


def test_a_folder_with_other_things_is_left_alone(plugwatch, incident):
    ran = plugwatch("report", "agency", "--out", ".", code=1)

    assert ran.err == "plugwatch: . is not empty and holds no report; name a folder that is new, or empty\n"
    assert not Path("index.html").exists()


def test_a_period_that_is_none_is_said_to_be_none(plugwatch, workspace):
    ran = plugwatch("report", "agency", "--out", "board", "--since", "soon", code=1)

    assert "'soon' is no period to look back over; write 24m" in ran.err
    assert not Path("board").exists()


def test_an_agency_without_any_incident_has_a_board(plugwatch, workspace):
    plugwatch("report", "agency", "--out", "board")

    assert "0 incidents are open" in Path("board/index.html").read_text()
    assert "No incident was open in this time." in Path("board/incidents.html").read_text()


def test_numbers_and_dates_are_in_the_language_of_reports(plugwatch, incident):
    config = Path("plugwatch.toml")
    config.write_text(config.read_text() + '\n[report]\nlanguage = "de"\n')
    plugwatch("report", "agency", "--out", "board")

    assert "0 Std. since" in Path("board/index.html").read_text()


@pytest.mark.parametrize("there", [True, False])
def test_the_board_is_shown_where_there_is_a_browser(plugwatch, workspace, monkeypatch, there):
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(address) or there)
    ran = plugwatch("report", "agency", "--out", "my board", "--open")

    assert shown == [(workspace / "my board" / "index.html").as_uri()]
    assert ("no browser could be opened; the file is my board/index.html" in ran.err) is not there
