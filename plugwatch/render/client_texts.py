"""Messages to clients, from the templates ``client/LANG/PHASE.j2``, or ``PHASE.casual.j2`` for the tone.

A template reads like the letter. Its lines are joined: one sentence stands on each, and what a condition leaves out
leaves no hole. An empty line begins a paragraph, and a paragraph is one line of the mail, for telephones and help desks
wrap by themselves what they show. Beside the filters of :mod:`plugwatch.render.templates` there are:

- ``join``: names as the language lists them, "a, b and c"; ``lines``: each on a line of its own, without empty ones;
- ``heard``: what a client is thanked for, ``{{ thanks | heard }}``;
- ``sentence``: with a full stop, where somebody forgot it; ``capital``: with a capital letter first.

A template sees every field of the brief, ``site_names``, and ``about``: the names of the sites where they are few and
short enough for a subject, else "".
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from plugwatch.errors import NotFoundError
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.wording import Wording, heard, join_names, wording_from_text
from plugwatch.model.roads.markup import MAIL_WIDTH, MARKUPS, Safe, one_line
from plugwatch.model.roads.submission import RenderedText
from plugwatch.render.sandbox import LimitedEnvironment
from plugwatch.render.templates import Templates, make_safe

WORDS_LIMIT = 200
_SITES_IN_SUBJECT = 3
_SUBJECT_ROOM = 100  # of the 200 characters that a subject may have
_LINE_LIMIT = 998  # RFC 5322 2.1.1, in bytes
_MAIL = MARKUPS["mail"]
_LINE_END = "\u2028"  # within a paragraph; no value can hold it, for printing turns it into a blank
_PARAGRAPH_END = re.compile(r"\n(?:[ \t]*\n)+")
_SENTENCE_ENDS = ".!?…:;"
_CLOSING = "”“\"'’»«)"


class ClientTexts:
    """The templates and words of a workspace, with the shipped ones behind them."""

    def __init__(self, override_dirs: Sequence[Path] = ()) -> None:
        self.templates = Templates(override_dirs)
        self._languages: tuple[str, ...] | None = None
        self._wordings: dict[str, Wording | None] = {}
        self._engines: dict[str, tuple[LimitedEnvironment, LimitedEnvironment]] = {}

    def languages(self) -> tuple[str, ...]:
        """The languages that have a folder with templates, in order."""
        if self._languages is None:
            names = (file.name.split("/") for file in self.templates.files())
            found = {name[1] for name in names if name[0] == "client" and len(name) == 3 and name[2].endswith(".j2")}
            self._languages = tuple(sorted(found))
        return self._languages

    def find_language(self, tag: str) -> str | None:
        """The folder for a language tag: ``de-AT`` falls back to ``de``, never to another language."""
        known = {language.casefold(): language for language in self.languages()}
        parts = tag.replace("_", "-").casefold().split("-")
        tags = ("-".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((known[tag] for tag in tags if tag in known), None)

    def wording(self, language: str) -> Wording | None:
        """The words of a language, from ``client/LANG/words.txt``; None where it has no such file.

        Raises InputError, with file and line, where the file is wrong.
        """
        folder = self.find_language(language)
        if folder is None:
            return None
        if folder not in self._wordings:
            name = f"client/{folder}/words.txt"
            path = self.templates.find(name)
            self._wordings[folder] = wording_from_text(self.templates.read(name), str(path)) if path else None
        return self._wordings[folder]

    def render(self, brief: ClientBrief) -> RenderedText:
        """The text of a message, of everything that the brief says.

        Raises NotFoundError where the language or the phase has no template, InputError with file and line where one
        is wrong.
        """
        name, values = self.template_name(brief), self._values(brief)
        title, body = self._engine(name.split("/")[1])
        subject = self.templates.fill(title, name, values)
        return RenderedText(" ".join(subject.split()), _flow(self.templates.fill(body, name, values)))

    def template_name(self, brief: ClientBrief) -> str:
        """The template that a brief is filled into. Raises NotFoundError where the language has none at all."""
        language = self.find_language(brief.language)
        if language is None:
            known = ", ".join(self.languages())
            raise NotFoundError(
                f"there are no texts in the language '{one_line(brief.language)}' (there are {known}); "
                f"write templates/client/{one_line(brief.language)}/{brief.phase}.j2"
            )
        special = f"client/{language}/{brief.phase}.{brief.tone}.j2"
        return special if self.templates.find(special) else f"client/{language}/{brief.phase}.j2"

    def _values(self, brief: ClientBrief) -> dict[str, Any]:
        names, wording = [one_line(site.name) for site in brief.sites], self.wording(brief.language)
        known = wording is None or heard(wording, brief.thanks, brief.tone)
        values = {field.name: getattr(brief, field.name) for field in fields(brief)}
        return values | {
            "site_names": tuple(names),
            "about": _about(names, wording),
            "thanks": brief.thanks if known else "",
            "words": shorten_words(brief.words) if brief.words else None,
            "effect": (brief.effect or "").rstrip(" .") or None,
        }

    def _engine(self, language: str) -> tuple[LimitedEnvironment, LimitedEnvironment]:
        """Jinja for subjects and for bodies in a language."""
        if language not in self._engines:
            engines = self.templates.for_titles(_MAIL), self.templates.for_bodies(_MAIL)
            for engine in engines:
                _add_filters(engine, self.wording(language), language)
            for name in ("code", "block"):  # no matter of clients
                del engines[1].filters[name]
            self._engines[language] = engines
        return self._engines[language]


def _about(names: Sequence[str], wording: Wording | None) -> str:
    """The sites as a subject names them; "" where they are none or too many."""
    if len(names) == 1:
        return names[0] if len(names[0]) <= _SUBJECT_ROOM else f"{names[0][:_SUBJECT_ROOM]}…"
    joined = _join(wording, names)
    return joined if len(names) <= _SITES_IN_SUBJECT and len(joined) <= _SUBJECT_ROOM else ""


def shorten_words(text: str) -> str:
    """What a client said, on one line of at most 200 characters; what is left out shows as an ellipsis."""
    words = one_line(text)
    return words if len(words) <= WORDS_LIMIT else f"{words[: WORDS_LIMIT - 2].rsplit(' ', 1)[0].rstrip()} …"


def _add_filters(engine: LimitedEnvironment, wording: Wording | None, language: str) -> None:
    def thanks(context: Context, how: str) -> str | Safe:
        if wording is None:
            return Safe(_MAIL.blank(f"what to thank for, in templates/client/{language}/words.txt"))
        return heard(wording, how, str(context["tone"]))

    def join(names: Iterable[object], separator: str | None = None) -> str:
        texts = [str(name) for name in names]
        return _join(wording, texts) if separator is None else separator.join(texts)

    engine.filters |= {
        "heard": pass_context(thanks),
        "join": join,
        "lines": _lines,
        "paragraphs": _paragraphs,
        "sentence": _sentence,
        "capital": _capital,
    }


def _join(wording: Wording | None, names: Sequence[str]) -> str:
    return join_names(wording, tuple(names)) if wording else ", ".join(names)


def _lines(values: Iterable[object]) -> Safe:
    escape = make_safe(_MAIL.inline, _MAIL)
    return Safe(_LINE_END.join(dict.fromkeys(line for line in map(escape, values) if line)))


def _paragraphs(value: object) -> Safe:
    text = make_safe(_MAIL.paragraphs, _MAIL)(value)
    return Safe(re.sub(r"(?<!\n)\n(?!\n)", _LINE_END, text))


def _sentence(value: str | None) -> str | None:
    if value is None or isinstance(value, Safe):
        return value
    text = one_line(value)
    return text if text.rstrip(_CLOSING)[-1:] in _SENTENCE_ENDS else f"{text}."


def _capital(text: str, wanted: object = True) -> str:
    start = text.lstrip()
    return start[:1].upper() + start[1:] if wanted else text


def _flow(body: str) -> str:
    """The body with each paragraph on one line; only what no mail may carry is broken."""
    paragraphs = ("\n".join(_finish_lines(paragraph)) for paragraph in _PARAGRAPH_END.split(body))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _finish_lines(paragraph: str) -> list[str]:
    lines = (" ".join(line.split()) for line in paragraph.split(_LINE_END))
    return [part for line in lines if line for part in _break(line)]


def _break(line: str) -> list[str]:
    return [line] if len(line.encode()) <= _LINE_LIMIT else textwrap.wrap(line, MAIL_WIDTH, break_on_hyphens=False)
