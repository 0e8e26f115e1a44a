"""A client's month as a page, from ``report/client/LANG/month.html.j2`` or ``month.md.j2``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from plugwatch.model.messages.wording import Wording
from plugwatch.model.reports.client_month import ClientMonth
from plugwatch.model.roads.submission import Agency, RenderedText
from plugwatch.render.client_texts import ClientTexts
from plugwatch.render.reports.letter_engine import LetterEngine
from plugwatch.render.reports.looks import Look
from plugwatch.render.reports.reader import Reader


class ClientReport:
    """The pages of a workspace, in each language that has templates."""

    def __init__(self, texts: ClientTexts, look: Look, agency: Agency) -> None:
        self._texts = texts
        self._engine = LetterEngine(texts.templates, look)
        self._agency = agency

    def wording(self, language: str) -> Wording | None:
        """The words of a language; see :meth:`ClientTexts.wording`."""
        return self._texts.wording(language)

    def find_language(self, tag: str) -> str | None:
        """The language of messages that a tag means: ``de-AT`` falls back to ``de``, never to another language."""
        return self._texts.find_language(tag)

    def render(self, month: ClientMonth, form: str, zone: tzinfo, said: Mapping[datetime, str]) -> RenderedText:
        """The page in ``html`` or ``md``; ``said`` is how the language says by when they hear from us.

        Raises NotFoundError where the language has no template for it, InputError where one is wrong.
        """
        reader = Reader(month.client.language or month.language, zone, month.period.now)
        values: dict[str, Any] = {
            "month": month,
            "language": month.language,
            "tone": month.client.tone or "formal",
            "client": month.client.name,
            "agency": self._agency,
            "said": said,
        }
        name = f"report/client/{month.language}/month.{form}.j2"
        return self._engine.fill(name, values, reader, self._texts.wording(month.language))
