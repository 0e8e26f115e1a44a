from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plugwatch.model.reports.metrics import METRICS

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN)
HEADINGS = ["Summary", "Impact", "Timeline", "Causes", "What helped", "What did not", "Numbers", "Follow-ups"]


@pytest.fixture
def agency(agency, clock) -> Path:
    """Two hours later, it is noon."""
    clock.append(MORNING + timedelta(hours=2))
    return agency


def test_the_draft_tells_the_story_and_leaves_marked_what_only_a_person_knows(plugwatch, agency) -> None:
    ran = plugwatch("report", "incident", "1")
    assert [line[3:] for line in ran.out.splitlines() if line.startswith("## ")] == HEADINGS
    assert "It was reported on 23 Nov 2026, 10:00. 3 sites of 3 clients were hit; 3 still are." in ran.out
    assert "- **Acme Bakery**: acme. Told us by phone, first word at once." in ran.out
    assert "- **Bolt Fahrrad**: bolt. Told us by mail, first word after ≥ 2 hr." in ran.out
    assert "- **Corvid Legal**: corvid. Did not tell us." in ran.out
    assert "| acme | Acme Bakery | affected | ≥ 2 hr |" in ran.out
    assert "“keine Anfragen seit gestern”" in ran.out
    assert "- Component: plugin/tidy-forms 5.9.4, by Tidyworks" in ran.out
    assert "- [ ] corvid is hit and was told nothing: plugwatch incident tell INC-1 --client corvid" in ran.out
    assert "(( fill in: what happened, in two sentences ))" in ran.out
    assert "keep it among colleagues" in ran.err


def test_every_number_is_shown_with_its_definition(plugwatch, agency) -> None:
    out = plugwatch("report", "incident", "1").out
    for key in (
        "first-response",
        "mitigation",
        "silence",
        "promises-kept",
        "forwarding",
        "vendor-answer",
        "upstream-fix",
    ):
        assert METRICS[key].name in out
        assert METRICS[key].definition in out


def test_json_has_the_draft_what_is_left_to_do_and_the_numbers(plugwatch, agency) -> None:
    story = plugwatch("report", "incident", "1", "--json").json
    assert (story["incident"], story["format"], story["file"]) == ("INC-1", "md", None)
    assert story["title"] == "INC-1: plugin/tidy-forms 5.9.4 breaks"
    assert story["numbers"]["sites"] == {"hit": 3, "affected": 3, "in_triage": 0, "not_affected": 0}
    first = story["numbers"]["metrics"][0]
    assert (first["metric"], first["n"], first["worst"]) == ("first-response", 2, {"seconds": 7200.0, "at_least": True})
    assert any(text.startswith("corvid (corvid) is affected") for text in story["follow_ups"])


def test_html_goes_to_a_file_in_the_agencys_colour(plugwatch, agency) -> None:
    toml = Path("plugwatch.toml")
    toml.write_text(toml.read_text() + '\n[report]\naccent = "#ffee00"\n')
    ran = plugwatch("report", "incident", "1", "--format", "html", "--out", "story.html")
    assert ran.out == "story.html\n"
    page = Path("story.html").read_text()
    assert "--accent-dark: #ffee00;" in page
    assert "--accent-light: #ffee00;" not in page  # nobody could read that on white
    assert "<script" not in page


def test_an_incident_that_was_merged_has_the_story_of_the_other_one(plugwatch, agency) -> None:
    plugwatch("incident", "open", "corvid", "tidy", "the page is white", "--new")
    plugwatch("incident", "merge", "2", "1")
    assert plugwatch("report", "incident", "2", "--json").json["incident"] == "INC-1"


def test_hostile_words_stay_words_in_both_formats(plugwatch, agency) -> None:
    plugwatch("incident", "set", "1", "--title", '"><script>alert(1)</script> | [x](http://evil.example) `*_')
    plugwatch("incident", "note", "1", "</style><img src=x onerror=alert(1)>\n\n# heading\n| a | b |")
    for form, never in (
        ("html", ("<script", "<img", "</style><")),
        ("md", ("<script", "<img", " [x]", "\n# heading")),
    ):
        body = plugwatch("report", "incident", "1", "--format", form).out
        assert "alert(1)" in body
        for mark in never:
            assert mark not in body.replace("</style>\n", "")


def test_a_number_that_is_none_is_said_in_a_sentence(plugwatch, agency) -> None:
    ran = plugwatch("report", "incident", "99", code=1)
    assert "99" in ran.err
    assert len(ran.err.strip().splitlines()) == 1
