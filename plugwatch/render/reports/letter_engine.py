"""Reports that leave as one file, in HTML or Markdown, from templates that a workspace may override.

They are templates as in :mod:`plugwatch.render.templates`: the first line is the title, whatever is printed is escaped.
Beside its filters there are those of the reader (``day``, ``moment``, ``time``, ``month``, ``number``, ``share``,
``span``, ``quantile``), ``sentence`` (with a full stop, where somebody forgot it), ``listed`` (names in a row as the
language lists them) and ``flowing``, for a block of lines that shall be one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plugwatch.model.messages.wording import Wording, join_names
from plugwatch.model.reports.survival import Span
from plugwatch.model.roads.markup import MARKUPS, Safe, one_line
from plugwatch.model.roads.submission import RenderedText
from plugwatch.render.reports.html_text import HtmlText
from plugwatch.render.reports.looks import Look, policy_for
from plugwatch.render.reports.reader import Reader
from plugwatch.render.sandbox import LimitedEnvironment
from plugwatch.render.templates import Templates

FORMATS = ("html", "md")
_MARKUPS = {"html": HtmlText(), "md": MARKUPS["markdown"]}
_READ = ("day", "moment", "time", "month", "number", "share", "span", "quantile")
_ENDS, _CLOSING = ".!?…:;", "”“\"'’»«)"


class LetterEngine:
    """Fills in the templates of reports."""

    def __init__(self, templates: Templates, look: Look) -> None:
        self.templates = templates
        self._look = look
        self._engines: dict[str, tuple[LimitedEnvironment, LimitedEnvironment]] = {}

    def fill(
        self, name: str, values: Mapping[str, Any], reader: Reader, wording: Wording | None = None
    ) -> RenderedText:
        """A report from a template, whose name ends in ``.html.j2`` or ``.md.j2``.

        Raises NotFoundError where there is no such template, InputError with file and line where it is wrong.
        """
        form = name.removesuffix(".j2").rpartition(".")[2]
        if form not in self._engines:
            self._engines[form] = self.templates.for_titles(MARKUPS["mail"]), self.templates.for_bodies(_MARKUPS[form])
        titles, bodies = self._engines[form]
        for environment in (titles, bodies):
            _add_filters(environment, reader, wording)
        title = one_line(self.templates.fill(titles, name, values))
        rules = self._look.style(self.templates) if form == "html" else ""
        page = {"title": title, "logo": self._look.logo, "style": Safe(rules), "policy": policy_for(rules)}
        body = self.templates.fill(bodies, name, {**values, **page, "reader": reader})
        return RenderedText(title, _tidy(body, keep=form == "html"))


def _add_filters(environment: LimitedEnvironment, reader: Reader, wording: Wording | None) -> None:
    environment.filters |= {name: getattr(reader, name) for name in _READ}

    def listed(names: Iterable[object]) -> str:
        texts = tuple(one_line(str(name)) for name in names)
        return join_names(wording, texts) if wording else ", ".join(texts)

    def case(span: Span) -> str:
        return reader.span(span.seconds) if span.over else f"≥ {reader.span(span.seconds)}"

    environment.filters |= {"listed": listed, "case": case, "sentence": _sentence, "flowing": _flowing}


def _sentence(value: str | None) -> str | None:
    if value is None or isinstance(value, Safe):
        return value
    text = one_line(value)
    return text if text.rstrip(_CLOSING)[-1:] in _ENDS else f"{text}."


def _flowing(block: str) -> str:
    """What a block of a template has made, on one line; it is escaped already, and is not printed as a value."""
    return " ".join(block.split())


def _tidy(body: str, *, keep: bool) -> str:
    """Without empty lines at its ends, and in Markdown without more than one between paragraphs."""
    lines = [line.rstrip() for line in body.strip("\n").split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(lines if keep else kept) + "\n"
