from __future__ import annotations

import base64
import hashlib
import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from boarding import HOSTILE
from client_months import AGENCY, EFFECTS, SITES, ZONE, held, month_facts, on, record, rules
from peers.browser import Browser, take_picture
from services import require_module

from plugwatch.errors import ConfigError, InputError, NotFoundError
from plugwatch.model.client import Client
from plugwatch.model.messages.wording import say_by
from plugwatch.model.promise import Promise
from plugwatch.model.reports.client_facts import MonthFacts, Runs
from plugwatch.model.reports.client_month import ClientMonth
from plugwatch.model.reports.page_check import PageText, check_page, text_of_html, text_of_markdown
from plugwatch.model.reports.records import SiteFact
from plugwatch.model.roads.submission import RenderedText
from plugwatch.render.client_texts import ClientTexts
from plugwatch.render.reports.client_report import ClientReport
from plugwatch.render.reports.looks import LOGO_LIMIT, Look, look

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLAIN = Look("#0b57a4")
RUNS = [Runs("acme-shop", "plugin/tidy-forms", "1.2.3", "1.2.3.0-p1")]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x09\0\0\0\x09"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#0b57a4"/></svg>'


def full(language: str = "en", tone: str | None = None) -> MonthFacts:
    """Something of everything."""
    records = [
        record(1, on(3)),
        record(2, on(9), 5, heard="mail"),
        record(3, on(17), 30, heard="monitor", site="acme-blog"),
        record(4, on(29), None, severity="critical"),
    ]
    facts = month_facts(*records, language=language, holds=[held()], runs=RUNS)
    return replace(facts, client=replace(facts.client, tone=tone))


def hostile() -> MonthFacts:
    """Every text that somebody else wrote is an attack."""
    every = " ".join(HOSTILE)
    records = [record(number, on(3), words=words) for number, words in enumerate(HOSTILE, 1)]
    records += [record(20, on(29), None, words=every), record(21, on(4))]
    facts = month_facts(*records)
    words = {("INC-21", "en", field): every[:1000] for field in ("effect", "done")}  # what the ledger takes
    sites = [SiteFact("acme-shop", "acme", "shop", 'https://acme.example/"><script>window.hit=1</script>'), *SITES[1:]]
    client = Client("acme", every, names_vendor=True)
    return replace(facts, words=words, sites=sites, client=client, products={"plugin/tidy-forms": every})


def render(facts: MonthFacts, form: str = "html", look: Look = PLAIN, folder: Path | None = None) -> RenderedText:
    texts = ClientTexts([folder] if folder else ())
    month, wording = ClientMonth.of(facts), texts.wording(facts.language)
    assert wording is not None
    dues = {one.next_due for one in month.under_way if one.next_due}
    said = {due: say_by(wording, due.astimezone(ZONE), due.astimezone(ZONE) - timedelta(60)) for due in dues}
    return ClientReport(texts, look, AGENCY).render(month, form, ZONE, said)


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_a_browser_shows_passes_the_checks_of_messages(language: str) -> None:
    """What the Markdown says is tried in every combination by test_trials.py."""
    facts = full(language)
    month, page = ClientMonth.of(facts), render(facts)
    wording = ClientTexts().wording(language)
    dues = [one.next_due for one in month.under_way]
    found = check_page(PageText(page.title, text_of_html(page.body)), rules(language), wording, dues)
    assert [f"{check.check}: {check.detail}" for check in found if not check.ok] == []


def test_both_formats_say_the_same() -> None:
    """But for the promises, which are a number on a card in one of them and a sentence in the other."""
    shown = set(re.findall(r"\w+", text_of_html(render(full()).body)))
    lines = text_of_markdown(render(full(), "md").body).splitlines()
    (promises,) = (line for line in lines if line.startswith("We said"))
    assert promises == "We said 4 times by when you would hear from us, and you did each time."
    lines.remove(promises)
    assert set(re.findall(r"\w+", " ".join(lines))) <= shown


def test_a_german_client_reads_german_dates_and_is_addressed_as_they_like() -> None:
    formal, casual = (render(full("de", tone), "md") for tone in ("formal", "casual"))
    assert formal.title == "Ihre Websites im November 2026"
    assert casual.title == "Deine Websites im November 2026"
    assert "Sie hören am Mittwoch, den 2. Dezember, bis 10:00 Uhr wieder von uns." in formal.body
    assert "(03.11.2026)" in formal.body
    assert not re.search(r"\b(Sie|Ihnen|Ihre?n?)\b", casual.body)
    assert not re.search(r"\b([Dd]u|[Dd]ir|[Dd]eine?n?)\b", formal.body)


def test_what_nobody_has_said_is_a_marked_blank() -> None:
    facts = replace(full(), records=[record(1, on(29), None, words=" ", promises=())], words={})
    for form in ("html", "md"):
        body = render(facts, form).body
        assert "(( fill in: what did not work" in body
        assert "(( fill in: when they hear from us again ))" in body


def test_the_page_asks_for_nothing_and_its_policy_lets_in_its_own_style_alone() -> None:
    page = render(full(), look=Look("#0b57a4", "data:image/png;base64,AAAA")).body
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#x27;sha256-{digest}&#x27;;" in policy
    assert "default-src &#x27;none&#x27;" in policy
    assert not re.search(r"<script|\sstyle=|<link|@import|url\(|src=\"(?!data:)", page)


@pytest.mark.parametrize("form", ["html", "md"])
def test_no_word_of_somebody_else_becomes_markup(form: str) -> None:
    page = render(hostile(), form).body
    assert "window.hit" in page
    assert re.findall(r"<script|<img|</table></main>|[\x00-\x09\x0b-\x1f\u200b\u202e\u2066]", page) == []
    assert "](" not in page


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0rest", "jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (SVG, "svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- made by hand -->\n' + SVG, "svg+xml"),
    ],
)
def test_a_logo_is_known_by_its_content(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "logo").write_bytes(content)
    made = look(tmp_path, "logo", "#0b57a4")
    assert made.logo == f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"GIF89a", "no PNG, SVG, JPEG or WebP"),
        (b"", "no PNG"),
        (PNG + b"0" * LOGO_LIMIT, "larger than 300 KB"),
        (SVG.replace(b"<rect", b"<script>alert(1)</script><rect"), "more than shapes"),
        (SVG.replace(b"<rect", b'<rect onload="alert(1)"'), "more than shapes"),
        (SVG.replace(b"<rect", b'<image href="https://evil.example/x.png"/><rect'), "more than shapes"),
        (SVG.replace(b"<rect", b'<use xlink:href="javascript:alert(1)"/><rect'), "more than shapes"),
        (SVG.replace(b"<rect", b"<foreignObject/><rect"), "more than shapes"),
        (b'<!DOCTYPE svg [<!ENTITY x "y">]>' + SVG, "no PNG"),
        (SVG.replace(b"#0b57a4", b"url(https://evil.example/)"), "more than shapes"),
    ],
)
def test_a_logo_that_is_none_or_does_more_than_look_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "logo").write_bytes(content)
    with pytest.raises(ConfigError, match=reason):
        look(tmp_path, "logo", "#0b57a4")


def test_a_logo_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.png cannot be read"):
        look(tmp_path, "nowhere.png", "#0b57a4")


def test_a_workspace_may_change_a_sentence_a_language_and_the_style(tmp_path: Path) -> None:
    folder = tmp_path / "report" / "client"
    (folder / "en").mkdir(parents=True)
    (folder / "en" / "_end.j2").write_text("Ring us any time.\n")
    (folder.parent / "page.css").write_text("body { color: red }\r\n")
    page = render(full(), folder=tmp_path).body
    assert "Ring us any time." in page
    assert "body { color: red }" in page
    (folder.parent / "page.css").write_text("body { color: red } </style><script>alert(1)</script>")
    with pytest.raises(InputError, match=r"page\.css: a style holds no '</'"):
        render(full(), folder=tmp_path)


def test_a_slip_in_a_template_is_named_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "report" / "client" / "en").mkdir(parents=True)
    wrong = tmp_path / "report" / "client" / "en" / "_end.j2"
    wrong.write_text("\n{{ nothing.of_this }}\n")
    with pytest.raises(InputError, match=r"_end\.j2, line 2"):
        render(full(), folder=tmp_path)
    french = ClientMonth.of(replace(full(), language="fr"))
    with pytest.raises(NotFoundError, match="fr/month"):
        ClientReport(ClientTexts(), PLAIN, AGENCY).render(french, "md", ZONE, {})


@pytest.mark.services
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("kind", ["full", "quiet", "hostile"])
def test_a_browser_shows_the_page_at_any_width_and_prints_it(browser: Browser, tmp_path: Path, kind: str) -> None:
    facts = {"full": full("de"), "quiet": month_facts(), "hostile": hostile()}[kind]
    logo = f"data:image/svg+xml;base64,{base64.b64encode(SVG).decode()}"
    file = tmp_path / "month.html"
    file.write_text(render(facts, look=Look("#ffee00", logo)).body, encoding="utf-8")
    for width, dark in ((1200, False), (360, True)):
        page = browser.open(file.as_uri(), width=width, dark=dark)
        take_picture(page, f"client-{kind}-{width}{'-dark' * dark}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("window.hit") is None
        assert page.evaluate("getComputedStyle(document.querySelector('.cards')).display") == "grid"
        assert kind == "hostile" or serious_findings(page) == []  # its words are long, its elements the same
    assert browser.complaints == []
    assert browser.refused == []
    assert {address for address in browser.asked if not address.startswith("data:")} == {file.as_uri()}
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 1
    assert set(re.findall(rb"/MediaBox\s*\[0 0 (\d+)[\d.]* (\d+)", printed)) == {(b"594", b"841")}


@pytest.mark.services
@pytest.mark.xdist_group("browser")
def test_what_is_printed_is_light_whole_and_has_its_text(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "month.html"
    file.write_text(render(full()).body, encoding="utf-8")
    page = browser.open(file.as_uri(), width=680, dark=True)  # A4 without its margins, at 96 dots an inch
    page.emulate_media(media="print")
    take_picture(page, "client-print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    cut_off = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > 681).length"
    assert page.evaluate(cut_off) == 0
    assert EFFECTS["en"] in page.inner_text("main")


def serious_findings(page: Page) -> list[str]:
    """What axe finds that keeps somebody from reading."""
    axe = require_module("axe_playwright_python.sync_playwright", "pip install axe-playwright-python")
    found = axe.Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize(
    ("made", "kept", "english", "german"),
    [
        (
            1,
            1,
            "We said once by when you would hear from us, and you did.",
            "einmal gesagt, bis wann wir uns melden, und uns daran gehalten.",
        ),
        (1, 0, "We said once by when you would hear from us, and it was later.", "und es wurde später."),
        (
            2,
            0,
            "We said 2 times by when you would hear from us, and each time it was later.",
            "und jedes Mal wurde es später.",
        ),
        (2, 2, "and you did each time.", "und uns jedes Mal daran gehalten."),
        (
            2,
            1,
            "and one of these times you did; the other was later.",
            "und uns einmal daran gehalten; einmal wurde es später.",
        ),
        (
            5,
            3,
            "and 3 of these times you did; the others were later.",
            "und uns 3-mal daran gehalten; 2-mal wurde es später.",
        ),
    ],
)
def test_any_number_of_promises_makes_a_sentence(made: int, kept: int, english: str, german: str) -> None:
    promises = [
        Promise("acme", on(9), on(3), on(8 if number < kept else 10), "INC-1", f"p{number}") for number in range(made)
    ]
    for language, sentence in (("en", english), ("de", german)):
        facts = month_facts(record(1, on(3), promises=tuple(promises)), language=language)
        assert sentence in render(facts, "md").body


def test_one_of_a_thing_is_a_word_and_more_are_a_number() -> None:
    one = render(month_facts(record(1, on(3)), sites=SITES[:1], runs=RUNS), "md").body
    assert "One thing happened on your website, and it is over." in one
    assert "We look after your website, with one plugin or theme on it. In November 2026 we looked " in one
    assert "One correction of our own keeps acme.example working." in one
    german = render(month_facts(record(1, on(3)), sites=SITES[:1], runs=RUNS, language="de"), "md").body
    assert "Wir kümmern uns um Ihre Website, mit einem Plugin oder Theme darauf." in german


def test_a_picture_that_no_browser_can_hold_is_refused(tmp_path: Path) -> None:
    size = (60_000).to_bytes(4, "big")
    (tmp_path / "logo").write_bytes(PNG[:8] + b"\0\0\0\rIHDR" + size + size)
    with pytest.raises(ConfigError, match="more than 4000 pixels wide or high"):
        look(tmp_path, "logo", "#0b57a4")


def test_a_logo_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "logo")
    with pytest.raises(ConfigError, match="is no file"):
        look(tmp_path, "logo", "#0b57a4")


def test_many_comments_before_a_picture_take_no_time(tmp_path: Path) -> None:
    (tmp_path / "logo").write_bytes(b"<!---->" * 30_000)  # without care, more steps than there are atoms
    with pytest.raises(ConfigError, match="no PNG, SVG"):
        look(tmp_path, "logo", "#0b57a4")
