from __future__ import annotations

import re
from pathlib import Path

import pytest
from client_months import AGENCY, ZONE, on
from peers.browser import Browser, take_picture
from services import require_module

from plugwatch.render.reports.incident_report import StoryReport
from plugwatch.render.reports.looks import Look
from plugwatch.render.reports.samples import story
from plugwatch.render.templates import Templates

NOW = on(23)


def page(form: str) -> str:
    """The draft of an incident of which every word is an attack."""
    return StoryReport(Templates(), Look("#0b57a4"), AGENCY, "en").render(story(), form, NOW, ZONE).body


@pytest.mark.parametrize("form", ["html", "md"])
def test_no_word_of_somebody_else_becomes_markup(form: str) -> None:
    body = page(form)
    assert "7 * 7" in body.replace("\\", "")
    assert re.findall(r"[\x00-\x09\x0b-\x1f\u2028\u202e]", body) == []
    assert "\"'`</p>" not in body  # how every hostile word begins
    if form == "md":
        assert "`" not in body
        assert "all@client.example" not in body  # it would be a mention


@pytest.mark.services
@pytest.mark.xdist_group("browser")
def test_a_browser_shows_the_draft_at_any_width(browser: Browser, tmp_path: Path) -> None:
    axe = require_module("axe_playwright_python.sync_playwright", "pip install axe-playwright-python")
    file = tmp_path / "story.html"
    file.write_text(page("html"), encoding="utf-8")
    for width, dark in ((1200, True), (360, False)):
        shown = browser.open(file.as_uri(), width=width, dark=dark)
        take_picture(shown, f"story-{width}{'-dark' * dark}")
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.Axe().run(shown).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert (browser.complaints, browser.refused) == ([], [])
    assert {address for address in browser.asked if not address.startswith("data:")} == {file.as_uri()}
