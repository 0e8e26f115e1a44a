from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, RenderedText, Surroundings

TRAC = ROADS["trac"]


def test_a_ticket_is_filled_in(brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText) -> None:
    made = prepare(TRAC, text, brief, forms, around)
    assert made.files == (DraftFile("tidy-forms.diff", forms.svn_diff, "text/x-diff"),)
    parts = urlsplit(str(made.url))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://plugins.trac.wordpress.org/newticket"
    assert str(made.url).startswith("https://plugins.trac.wordpress.org/newticket?component=tidy-forms&summary=")
    assert parse_qs(parts.query) == {
        "component": ["tidy-forms"],
        "summary": [text.title],
        "type": ["defect"],
        "description": [text.body],
        "keywords": ["has-patch"],
    }


def test_another_trac_and_a_theme(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    theme = replace(brief, component=replace(brief.component, kind="theme"))
    made = prepare(TRAC, text, theme, None, replace(around, trac_url="http://127.0.0.1:8080/env/"))
    parts = urlsplit(str(made.url))
    assert f"{parts.netloc}{parts.path}" == "127.0.0.1:8080/env/newticket"
    assert set(parse_qs(parts.query)) == {"summary", "type", "description"}
    assert made.files == ()


def test_a_description_too_long_for_an_address_is_left_out(
    brief: Brief, forms: PatchForms, around: Surroundings
) -> None:
    made = prepare(TRAC, RenderedText("t", "x " * 4000), brief, forms, around)
    assert set(parse_qs(urlsplit(str(made.url)).query)) == {"component", "summary", "type", "keywords"}
