"""Tries the templates of reports on invented facts, as those of messages are tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.client import TONES
from plugwatch.model.messages.checks import Rules
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.wording import say_by
from plugwatch.model.reports.client_month import ClientMonth
from plugwatch.model.reports.page_check import PageText, check_page, text_of_markdown
from plugwatch.render.client_texts import ClientTexts
from plugwatch.render.reports.client_report import ClientReport
from plugwatch.render.reports.incident_report import StoryReport
from plugwatch.render.reports.letter_engine import FORMATS
from plugwatch.render.reports.looks import Look
from plugwatch.render.reports.samples import NEXT, ZONE, months, story
from plugwatch.render.samples import OTHERS, PRODUCTS, client_samples

_LOOK = Look("#0b57a4")
_HOSTILE = "hostile"


class Problem(NamedTuple):
    """What is wrong with a template: the file, its line, the check, what to tell, and the page that showed it."""

    file: Path
    line: int | None
    check: str
    detail: str
    sample: str


def try_months(texts: ClientTexts, language: str) -> tuple[int, list[Problem]]:
    """The monthly pages of a language: how many were made, and what is wrong; a format without a template is left out.

    Markdown alone is read by the checks, for both formats say the same.
    """
    number = 0
    found: list[Problem] = []
    pages = ClientReport(texts, _LOOK, _brief(texts, language, TONES[0]).agency)
    for tone, form in product(TONES, FORMATS):
        path = texts.templates.find(f"report/client/{language}/month.{form}.j2")
        if path is None:
            continue
        brief = _brief(texts, language, tone)
        for label, month in months(brief):
            number += 1
            found += _try_month(pages, brief, month, (form, path, label))
    return number, found


def try_story(texts: ClientTexts) -> tuple[int, list[Problem]]:
    """The draft of a post-incident report in each format: how many, and what is wrong."""
    found, known = [], story()
    pages = StoryReport(texts.templates, _LOOK, _brief(texts, "en", "formal").agency, "en")
    for form in FORMATS:
        try:
            pages.render(known, form, NEXT, ZONE)
        except InputError as error:
            place = Path(error.source or f"report/incident/story.{form}.j2")
            found.append(Problem(place, error.line, "template", error.reason, "an incident"))
    return len(FORMATS), found


def _try_month(
    pages: ClientReport, brief: ClientBrief, month: ClientMonth, page: tuple[str, Path, str]
) -> Iterator[Problem]:
    form, path, label = page
    sample, wording = f"{label}, {brief.language}, {brief.tone}", pages.wording(brief.language)
    said = {NEXT: say_by(wording, NEXT, NEXT - timedelta(days=60)) if wording else f"{NEXT:%Y-%m-%d %H:%M}"}
    try:
        text = pages.render(month, form, ZONE, said)
    except InputError as error:
        yield Problem(Path(error.source or path), error.line, "template", error.reason, sample)
        return
    except NotFoundError as error:
        yield Problem(path, None, "template", str(error), sample)
        return
    if form == "html" or label == _HOSTILE or wording is None:
        return
    words = tuple(one.words for one in month.all if one.words)
    read = PageText(text.title, text_of_markdown(text.body), words)
    for check in check_page(read, _rules(brief, month), wording, [one.next_due for one in month.under_way]):
        if not check.ok:
            yield Problem(path, None, check.check, check.detail, sample)


def _brief(texts: ClientTexts, language: str, tone: str) -> ClientBrief:
    """A message of which every part is filled in."""
    tried = (one for one in client_samples(language, "closed", tone, texts.wording(language)) if not one.hostile)
    return next(one.brief for one in tried if one.brief.effect and one.brief.words and one.brief.done)


def _rules(brief: ClientBrief, month: ClientMonth) -> Rules:
    return Rules(
        brief=brief,
        now=month.period.now,
        next_due=None,
        zone=ZONE,
        names_vendor=False,
        ours=(
            brief.agency.name,
            brief.agency.signature,
            brief.agency.email,
            brief.agency.url,
            brief.client,
            *month.sites,
        ),
        products=PRODUCTS,
        others=OTHERS,
    )
