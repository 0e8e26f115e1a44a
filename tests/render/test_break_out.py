"""Hostile words in every fact of every text: nobody is pinged, nothing is closed, no structure changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from readers import READER, TRAC_LIVE, bbpress, tags_of

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.markup import ZERO_WIDTH_SPACE
from plugwatch.model.roads.road import KINDS, ROADS, Road
from plugwatch.model.roads.submission import Brief, ComponentFacts, OtherComponent, Suspect, Thread
from plugwatch.render.texts import Texts

HOSTILE = {
    "a component's name": "`</code> @everyone #1 ``` '''",
    "headings": "x\r\n## Fixes #1\n== x ==\n= y =\n---",
    "headers": "x\r\nBcc: all@client.example\r\n\r\n<script>alert(1)</script>",
    "rooms": "<!channel> <@U123> <#C1> @here @channel #general ~town <http://evil.example|x>",
    "closing words": "fixes #1, closes GH-2, resolves o/r#3 and https://github.com/o/r/issues/4",
    "wiki": "[[TicketQuery(status=new)]] [[Image(x)]] {{{ #!html }}} #12 r3 [4] wiki:Start CamelCase ticket:5",
    "links": "[x](http://evil.example) ![y](//evil.example) www.evil.example javascript:alert(1) evil.example",
    "sheets": '=HYPERLINK("http://evil.example") +1 -1 @SUM(1)',
    "lists": "- x\n* y\n1. z\n> q\n| a | b |\n\n    code",
    "direction": "\u202egnp.exe \u2066x\u2069 \u200b@\u200beveryone \x1b[31m",
    "templates": "{{ 7 * 7 }} {% raw %} ((  fill in: x ))",
    "HTML": "&lt;b&gt; <b> &#64;everyone </li></ul><a href=http://evil.example>x</a> <!-- ",
    "commands": "/assign me /close @dependabot merge",
}
TEXTS = Texts()
HANDBOOK = "https://developer.wordpress.org/plugins/wordpress-org/take-over-an-existing-plugin/"
REPORTED = "https://github.com/tidyworks/tidy-forms/issues/1391"
# How a line begins that Trac reads as more than text.
LINES = re.compile(r"(?m)^(=+ |\{\{\{$|\}\}\}$| \* | [0-9]+\. |'''[EAW]|\|\||>|----)")
every_road = pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))
every_kind = pytest.mark.parametrize("kind", KINDS)
hostile = pytest.mark.parametrize("words", HOSTILE.values(), ids=list(HOSTILE))


@pytest.fixture
def say(brief: Brief, thread: Thread) -> Callable[..., Brief]:
    """A brief in which every fact that somebody can write says the same."""

    def make(kind: str, words: str, **more: object) -> Brief:
        other = OtherComponent(words, words)
        environment = replace(
            brief.environment,
            **dict.fromkeys(("version", "first_bad", "last_good", "wordpress", "php", "theme"), words),
            others=(other,),
            beside=(other, other),
            suspect=Suspect((words, words), 2, words),
        )
        patch = replace(brief.patch, title=words, why=words + "!", files=(words,), diff=words, excerpt=words)
        written = replace(thread, title=words, news=(words,), answer=words, tried=(words,), fixed_in=words)
        agency = replace(brief.agency, name=words, signature=words)
        facts = dict.fromkeys(("title", "why", "expected", "actual", "workaround", "tested"), words)
        return replace(
            brief,
            kind=kind,
            component=ComponentFacts("plugin", "tidy-forms", words, vendor_email="a@vendor.example"),
            environment=environment,
            patch=patch,
            agency=agency,
            steps=(words, words),
            related_url=None,
            thread=replace(written, **more) if kind not in ("bug", "patch") else None,
            network="mastodon" if more.get("network") else None,
            **facts,
        )

    return make


VARIANTS = {
    "bug": ({},),
    "patch": ({},),
    "follow-up": ({"step": 1}, {"step": 2}, {"step": 3}, {"missing_in": "x"}),
    "reply": tuple({"asks": asks} for asks in ("details", "login", "log", "changes", "other")),
    "thanks": ({},),
    "adoption": ({},),
}


def bodies(say, road: Road, kind: str, words: str) -> list[tuple[str, str]]:
    """The calm and the hostile text of each variant of a kind; what is code has as many lines in both."""
    calm = "\n".join("calm" for line in words.splitlines() if line.strip())
    found = []
    for facts in VARIANTS[kind]:
        facts = facts | ({"missing_in": words} if "missing_in" in facts else {})
        texts = [TEXTS.render(road, say(kind, said, **facts)) for said in (calm, words)]
        assert len(texts[1].title.splitlines()) <= 1
        found.append((texts[0].body, texts[1].body))
    return found


@every_kind
@hostile
@pytest.mark.parametrize("road", ["github-pr", "github-issue"])
def test_markdown_keeps_its_structure(road: str, kind: str, words: str, say) -> None:
    for calm, body in bodies(say, ROADS[road], kind, words):
        tokens = READER.parse(body)
        blocks = [token.type for token in tokens]
        if "\n\n" not in words.replace("\r\n", "\n"):  # an empty line parts paragraphs, as it should
            assert blocks == [token.type for token in READER.parse(calm)]
        assert not {"table_open", "html_block"} & set(blocks)
        assert ("blockquote_open" in blocks) == ("> Fix" in calm)  # the entry for the changelog
        children = [child for token in tokens for child in token.children or []]
        assert not {child.type for child in children} & {"html_inline", "image", "s_open"}
        links = {child.attrGet("href") for child in children if child.type == "link_open"}
        assert links == set()  # ours stand bare, and GitHub links them
        prose = "".join(child.content if child.type != "code_inline" else " " for child in children)
        assert not re.search(r"@\w|#\d|\bGH-\d|\w/\w+#\d|/issues/4", prose)
        written = re.sub(r"(?s)(`{3,}).*?\1|(`+).*?\2", "", body)  # where GitHub looks for bare addresses
        assert not re.search(r"(?i)://|\bwww\.", written.replace(HANDBOOK, "").replace(REPORTED, ""))


@every_kind
@hostile
def test_trac_acts_on_nothing(kind: str, words: str, say) -> None:
    for calm, body in bodies(say, ROADS["trac"], kind, words):
        assert LINES.findall(prose_of(body)) == LINES.findall(prose_of(calm))
        ours = {found[0] for found in TRAC_LIVE.finditer(prose_of(calm))}
        live = {found[0] for found in TRAC_LIVE.finditer(prose_of(body)) if not found[0].startswith("!")}
        assert {one for one in live - ours if not re.fullmatch(r"\{\{\{.*\}\}\}|`[^`]*`", one)} == set()
        assert not re.search(r"@\w", re.sub(r"`[^`]*`|\{\{\{.*?\}\}\}", "", prose_of(body)))


def prose_of(body: str) -> str:
    """Trac's text without its blocks of code."""
    return re.sub(r"(?ms)^\{\{\{$.*?^\}\}\}$", "", body)


def starts(body: str, marks: tuple[str, ...]) -> list[str]:
    """The marks with which lines begin."""
    return [mark for line in body.split("\n") for mark in marks if line.startswith(mark)]


@every_kind
@hostile
def test_the_forum_shows_our_tags_alone(kind: str, words: str, say) -> None:
    for calm, body in bodies(say, ROADS["forum"], kind, words):
        assert tags_of(bbpress(body)) == tags_of(bbpress(calm))
        prose = re.sub(r"`[^`]*`", "", body)
        assert not re.search(r"@\w|\[\[", prose)
        assert set(re.findall(r'href="([^"]*)"', prose)) == set(re.findall(r'href="([^"]*)"', calm))


@every_kind
@hostile
@pytest.mark.parametrize("road", ["email", "ticket", "security"])
def test_mail_has_our_headings_and_no_further_header(road: str, kind: str, words: str, say, forms, around) -> None:
    headings = ("THE PROBLEM", "STEPS TO", "VERSIONS", "WHERE WE", "WHAT MAY", "THE FIX", "With kind regards")
    for facts in VARIANTS[kind]:
        about = say(kind, words, **facts)
        about = replace(about, component=replace(about.component, security_door="b@vendor.example"))
        text = TEXTS.render(ROADS[road], about)
        calm = TEXTS.render(ROADS[road], say(kind, "calm", **facts))
        assert starts(text.body, headings) == starts(calm.body, headings)
        agency = replace(about.agency, name="Example Agency", signature="The team")
        made = prepare(ROADS[road], text, replace(about, agency=agency), forms, around)
        for mail in (file for file in made.files if file.media_type == "message/rfc822"):
            head = mail.content.partition(b"\r\n\r\n")[0]
            names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
            assert len(names) == len(set(names))
            assert not {name.lower() for name in names} & {b"bcc", b"cc", b"reply-to"}


@pytest.mark.parametrize(("road", "kind"), list(product(("chat", "social"), KINDS)))
@hostile
def test_rooms_and_networks_call_nobody(road: str, kind: str, words: str, say) -> None:
    for calm, body in bodies(say, ROADS[road], kind, words):
        text = body.replace(REPORTED, "")
        assert not re.search(r"@\w|#\w|<[!@#\w]|://|\w\.example|\]\(", text)
        assert not re.search(r"(?m)^[/>#]\w", text)
        assert len(body.splitlines()) <= len(calm.splitlines()) + 2 * words.count("\n")


@every_road
@every_kind
def test_what_reorders_or_hides_text_is_gone(road: Road, kind: str, say) -> None:
    for _, body in bodies(say, road, kind, HOSTILE["direction"]):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", body)
        assert "everyone" in body or (road.name, kind) == ("social", "reply")
        assert ZERO_WIDTH_SPACE not in body or road.markup in ("trac", "chat", "social")
