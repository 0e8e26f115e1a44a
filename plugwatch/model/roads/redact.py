"""Takes what is private out of a text for a vendor: proposes what to put in its place, and puts it there.

Everything that the privacy check finds in the title and the body gets a replacement which that check lets pass. What
it finds elsewhere is not replaced: a patch with other bytes would not apply, a branch and a file have their names from
the title, and a mail is made anew from the text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from plugwatch.errors import InputError
from plugwatch.model.roads.check_markup import vendors_lines
from plugwatch.model.roads.checks import LOGIN, Rules, forbids_logins, own_numbers
from plugwatch.model.roads.privacy import (
    ZERO_WIDTH,
    Hit,
    PrivateSearch,
    allow,
    line_at,
    normalise,
    trace_hits,
)
from plugwatch.model.roads.submission import Draft, RenderedText

_REMOVED = "((removed))"
_MAIL = "name@example.com"
# RFC 2606 and RFC 5737 keep these for examples.
_PUT = {
    "client name": "a client",
    "client address": "example.com",
    "client contact": "a client",
    "client slug": "client",
    "e-mail address": _MAIL,
    "IP address": "192.0.2.1",
    "server path": "/path/to/site",
}
_TITLE, _BODY = "the title", "the body"
_ROUNDS = 5


@dataclass(frozen=True)
class Replacement:
    """One place of a text and what to put there; ``line`` counts from 1, ``start`` is the offset of ``found``."""

    place: str
    line: int
    found: str
    put: str
    start: int

    def __str__(self) -> str:
        where = self.place if self.place == _TITLE else f"{self.place}, line {self.line}"
        return f"{where}: '{' '.join(self.found.split())}' becomes '{self.put}'"


def propose(draft: Draft, rules: Rules) -> tuple[Replacement, ...]:
    """What to replace in a draft's title and body, so that the privacy check finds nothing there; place by place."""
    quoted = vendors_lines(draft.body, rules.brief)
    titles = _propose(_TITLE, draft.title, frozenset(), rules)
    return (*titles, *_propose(_BODY, draft.body, quoted, rules))


def apply(draft: Draft, replacements: Iterable[Replacement]) -> RenderedText:
    """The draft's title and body with the replacements. Raises InputError where they are those of another text."""
    texts = {_TITLE: draft.title, _BODY: draft.body}
    for one in sorted(replacements, key=lambda one: one.start, reverse=True):
        text, end = texts[one.place], one.start + len(one.found)
        if text[one.start : end] != one.found:
            raise InputError(f"{one.place} has changed since '{one.found}' was found; look for what is private again")
        texts[one.place] = text[: one.start] + one.put + text[end:]
    return RenderedText(texts[_TITLE], texts[_BODY])


def redact(draft: Draft, rules: Rules) -> tuple[RenderedText, tuple[Replacement, ...]]:
    """The title and body without what is private, and every replacement in the order in which it was made.

    What was between two finds may be one itself once they are gone, so it is looked for until nothing is found.
    """
    made: list[Replacement] = []
    for _ in range(_ROUNDS):
        found = propose(draft, rules)
        if not found:
            break
        made += found
        text = apply(draft, found)
        draft = replace(draft, title=text.title, body=text.body)
    return RenderedText(draft.title, draft.body), tuple(made)


def _propose(place: str, text: str, quoted: frozenset[int], rules: Rules) -> Iterator[Replacement]:
    spans = [(*_widen(text, start, end, rules), put) for start, end, put in _find(text, quoted, rules)]
    for start, end, put in _join(spans):
        yield Replacement(place, line_at(text, start), text[start:end], put, start)


def _find(text: str, quoted: frozenset[int], rules: Rules) -> Iterator[tuple[int, int, str]]:
    """Every finding as its place in the text, and what to put there."""
    plain = _Readable.of(text)
    allowed = allow(rules.public_mail, rules.versions)
    for hit in trace_hits(plain.text, quoted, allowed):
        yield (*plain.place(hit.start, hit.end), _put(hit, rules))
    patterns = [own_numbers(rules.brief), *([LOGIN] if forbids_logins(rules) else [])]
    for found in (found for pattern in patterns for found in pattern.finditer(text)):
        yield (*found.span(), _REMOVED)
    normal = plain.normalised()
    for hit in PrivateSearch(rules.private, rules.public_words).hits(normal.text, quoted):
        start, end = normal.place(hit.start, hit.end)
        is_mail = "@" in text[start:end]
        yield start, end, _put_mail(rules) if is_mail else _put(hit, rules)


def _put(hit: Hit, rules: Rules) -> str:
    put = _PUT.get(hit.kind, _REMOVED)
    if put == _MAIL:
        return _put_mail(rules)
    return "2001:db8::1" if hit.kind == "IP address" and ":" in hit.text else put


def _put_mail(rules: Rules) -> str:
    """The forum takes no e-mail address at all, not even one of nobody's."""
    return _REMOVED if rules.road.markup == "forum" else _MAIL


def _widen(text: str, start: int, end: int, rules: Rules) -> tuple[int, int]:
    """With the mark that keeps Trac from linking the word, which would be left without it."""
    return (start - 1, end) if rules.road.markup == "trac" and text[start - 1 : start] == "!" else (start, end)


def _join(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans that overlap or touch as one, with the replacement of the longest of them."""
    joined: list[tuple[int, int, str, int]] = []
    for start, end, put in sorted(spans, key=lambda span: (span[0], -span[1])):
        if joined and start < joined[-1][1]:
            first, last, before, size = joined[-1]
            longest = (before, size) if size >= end - start else (put, end - start)
            joined[-1] = (first, max(last, end), *longest)
        else:
            joined.append((start, end, put, end - start))
    return [(start, end, put) for start, end, put, _ in joined]


@dataclass(frozen=True)
class _Readable:
    """A text as a person reads it; ``spans`` tells for each of its characters where it came from."""

    text: str
    spans: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, text: str) -> _Readable:
        """As :func:`plugwatch.model.roads.privacy.read_as_person` does, step by step."""
        found: list[tuple[str, tuple[int, int]]] = []
        for token in re.finditer(r"&#?\w{1,32};|.", text, re.DOTALL):
            shown = html.unescape(token[0]).replace("\n", " ") if len(token[0]) > 1 else token[0]
            found += [(character, token.span()) for character in ZERO_WIDTH.sub("", shown)]
        plain = "".join(character for character, _ in found)
        escapes = {mark.start() for mark in re.finditer(r"\\[!-/:-@\[-`{-~]", plain)}
        kept = [one for index, one in enumerate(found) if index not in escapes]
        return cls("".join(character for character, _ in kept), [span for _, span in kept])

    def normalised(self) -> _Readable:
        """As :func:`plugwatch.model.roads.privacy.normalise` does, a letter with its marks at a time."""
        text, spans, start = [], [], 0
        while start < len(self.text):
            end = start + 1
            while end < len(self.text) and unicodedata.combining(self.text[end]):
                end += 1
            letters = normalise(self.text[start:end])
            text.append(letters)
            spans += [self.place(start, end)] * len(letters)
            start = end
        return _Readable("".join(text), spans)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a part came from in the text as it is written."""
        return self.spans[start][0], self.spans[end - 1][1]
