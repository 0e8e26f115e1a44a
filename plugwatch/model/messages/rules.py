"""What the checks of a message share: what it is held against, how it is read, and what they find."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property

from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.names import NameHit, Product, find_clients, find_ours, find_products
from plugwatch.model.messages.text import Folded, Sentence, find_quotations, find_sentences, fold
from plugwatch.model.messages.times import TimeSaid, find_times
from plugwatch.model.messages.wording import Wording
from plugwatch.model.roads.privacy import PrivateWords

_SHOWN = 120  # characters of a finding's words
_LONG_SPEECH = 15  # words; what is cut off is longer
_WORD = re.compile(r"\w+")
_SIGNS = r"\W{1,6}"  # what may stand between the words of a quotation: signs, a folded line
_CLAUSE_END = re.compile(r"[,;:()]\s|\s[-|]\s")


@dataclass(frozen=True)
class Finding:
    """Words that must not leave: the check, its rule (``blame.careless``), the words, and the line of the body.

    Line 0 is the subject; ``advice`` says what to do.
    """

    check: str
    rule: str
    words: str
    line: int
    advice: str


@dataclass(frozen=True)
class Rules:
    """What a message is held against.

    ``ours``: names, sites and addresses of the agency and of this client, which are never a finding. ``products``: the
    incident's components (``near``) and all others in the ledger. ``others``: words of all clients but this one.
    ``next_due``: when the client shall hear from us again; None where a message is the last one.
    """

    brief: ClientBrief
    now: datetime
    next_due: datetime | None
    zone: tzinfo
    names_vendor: bool
    ours: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    others: PrivateWords = field(default_factory=PrivateWords)

    def local(self, moment: datetime) -> datetime:
        """A moment on the client's clock, without zone."""
        return moment.astimezone(self.zone).replace(tzinfo=None)


class Reading:
    """A message as the checks read it: folded, cut into sentences, with what is quoted blanked out."""

    def __init__(self, subject: str, body: str, rules: Rules, wording: Wording | None) -> None:
        self.rules = rules
        self.wording = wording
        self.whole = fold(f"{subject}\n\n{body}")
        self._subject_lines = subject.count("\n") + 2
        self.text = self.whole.without(self._quotations(of_client=True))
        self._found: dict[tuple[str, Sentence, bool], list[tuple[int, int]]] = {}

    def finding(self, rule: str, start: int, end: int, advice: str) -> Finding:
        """A finding at a place of the folded text."""
        return self.stated(rule, self.whole.said(start, end), advice, start)

    def stated(self, rule: str, words: str, advice: str, start: int | None = None) -> Finding:
        """A finding in words of our own; where there is no place, it belongs to the subject's line."""
        line = self.body_line(self.whole.line(start)) if start is not None else 0
        return Finding(rule.partition(".")[0], rule, words[:_SHOWN], line, advice)

    def body_line(self, line: int) -> int:
        """The line of the body that is this line of the whole text; 0 for the subject."""
        return max(0, line - self._subject_lines)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """All sentences, the subject's first."""
        if self.wording is None:
            return find_sentences(self.whole, (), ())
        abbreviations = [fold(word).text for word in self.wording.lists["abbreviations"]]
        return find_sentences(self.whole, abbreviations, self.wording.names_of("months"))

    @cached_property
    def plain(self) -> Folded:
        """The text without titles of works, names of ours, and what the language's words.txt calls harmless."""
        if self.wording is None:
            return self.text
        text = self.text.without([*self._quotations(of_client=False), *self._own_names])
        return text.without(
            match.span()
            for sentence in self.sentences
            for match in self.wording.find("harmless", text.text, sentence.start, sentence.end)
        )

    @cached_property
    def _own_names(self) -> list[tuple[int, int]]:
        return find_ours(self.text, self.rules.ours, self.wording)

    def is_own_name(self, start: int, end: int) -> bool:
        """Whether a part of the text touches a name of ours or of this client's."""
        return any(start < last and first < end for first, last in self._own_names)

    @cached_property
    def products(self) -> list[NameHit]:
        """The products and vendors that are named outside of the client's own words."""
        if self.wording is None:
            return []
        return find_products(self.text, self.rules.products, self.rules.ours, self.wording, self.sentences)

    @cached_property
    def clients(self) -> list[NameHit]:
        """The other clients that are named anywhere."""
        return find_clients(self.whole, self.rules.others, self.rules.ours, self.wording, self.sentences)

    def times(self, sentence: Sentence) -> list[TimeSaid]:
        """The times that a sentence names, on the client's clock; those in quotations do not count."""
        if self.wording is None:
            return []
        return find_times(self.text, sentence, self.rules.local(self.rules.now), self.wording)

    def find(self, section: str, sentence: Sentence, *, plain: bool = True) -> Iterator[tuple[int, int]]:
        """Where phrases of a word list stand in a sentence; looked for once."""
        key = section, sentence, plain
        if key not in self._found:
            text = (self.plain if plain else self.text).text
            found = self.wording.find(section, text, sentence.start, sentence.end) if self.wording else ()
            self._found[key] = [match.span() for match in found]
        return iter(self._found[key])

    def blamed(self, section: str, sentence: Sentence, *, touched: bool) -> Iterator[tuple[int, int]]:
        """The same, without what we take upon ourselves: what that touches, or only what lies within it."""
        ours = list(self.find("ours", sentence))
        for start, end in self.find(section, sentence):
            if touched:
                excused = any(start < last and first < end for first, last in ours)
            else:
                excused = any(first <= start and end <= last for first, last in ours)
            if not excused:
                yield start, end

    def words_between(self, first: tuple[int, int], second: tuple[int, int]) -> int:
        """How many words stand between two places, whichever comes first."""
        start, end = min(first[1], second[1]), max(first[0], second[0])
        return len(self.whole.text[start:end].split()) if end > start else 0

    def in_one_clause(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        """Whether no comma or other sign stands between two places."""
        return not _CLAUSE_END.search(self.whole.text[min(first[1], second[1]) : max(first[0], second[0])])

    def _quotations(self, *, of_client: bool) -> list[tuple[int, int]]:
        """The parts of the folded text that quote the client exactly, or else that are the title of a work."""
        if of_client:
            return _find_quoted(self.whole.text, self.rules.brief.words or "")
        places = find_quotations(self.whole.original)
        spans = [(self.whole.index(start), self.whole.index(end)) for start, end, _ in places]
        return [span for span in spans if self._is_title(span[0])]

    def _is_title(self, start: int) -> bool:
        if self.wording is None:
            return False
        before = self.text.text[max(0, start - 40) : start - 1].rstrip(" '\"„:,")
        return any(match.end() == len(before) for match in self.wording.find("titles", before))


def _find_quoted(text: str, words: str) -> list[tuple[int, int]]:
    """Where exactly these words stand between quotation marks; an ellipsis may stand for the end of a long speech."""
    said = _WORD.findall(fold(words).text)
    if not said:
        return []
    whole = _SIGNS.join(map(re.escape, said))
    found = [match.span(1) for match in re.finditer(rf'"\s?([^\w"]*{whole}[^\w"]*)"', text)]
    if len(said) > _LONG_SPEECH:
        begun = _SIGNS.join(map(re.escape, said[:_LONG_SPEECH]))
        found += [match.span(1) for match in re.finditer(rf'"\s?([^\w"]*{begun}[^"]{{0,400}}\.\.\.)"', text)]
    return found
