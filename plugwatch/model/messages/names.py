"""Where a message names a product, a vendor or another client, in whatever spelling.

Names that are everyday words, too ("Moment", "Bookings"), count only where the text shows that a name is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugwatch.model.messages.spellings import (
    WORD,
    Name,
    Product,
    client_names,
    everyday_words,
    host_of,
    is_misspelled,
    join_keys,
    key_of,
    keys_of,
    product_names,
)
from plugwatch.model.messages.text import Folded, Sentence
from plugwatch.model.messages.wording import Wording
from plugwatch.model.roads.privacy import PrivateWords

__all__ = ["NameHit", "Product", "find_clients", "find_ours", "find_products"]

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
# What may stand between the words of one name; a stop does only within an address.
_BETWEEN = re.compile(r"[\s\-_+&'·/*\"]{0,3}|\.")
_AFTER_SHORT = re.compile(r"\.\s{1,2}")  # "St. Mary", and no sentence's end
# A name with a sign in the place of letters: "T*dyForms".
_MASKED = re.compile(r"(?<![\w@.])[^\W_][\w*#@•]*[*#@•][\w*#@•]*")
_MASK = re.compile(r"[*#@•]+")
_UNMASKED = 3  # letters that a masked name has to show
_MASKS = 3  # places at which signs stand for letters
_CLEAR = 8  # letters of a name that is known with one letter wrong
_ENDINGS = ("s", "es", "n", "en")
_STEM = 5  # letters of a name that may have an ending
_SHORT = 3  # letters of an abbreviation within a name
_LONGEST = 40  # letters of a name
_MOST_WORDS = 20  # in which a name may be spelled, letter by letter


@dataclass(frozen=True)
class NameHit:
    """A name in a folded text, and the rule that it breaks."""

    rule: str
    start: int
    end: int


@dataclass(frozen=True)
class _Token:
    """A word of the text: its letters as compared, and where it stands."""

    key: str
    start: int
    end: int


def find_products(
    folded: Folded,
    products: Iterable[Product],
    ours: Sequence[str],
    wording: Wording,
    sentences: Sequence[Sentence] = (),
) -> list[NameHit]:
    """Every product and vendor that the text names. Rules: ``product``, ``vendor``, ``domain``."""
    common = everyday_words(wording)
    names = [name for product in products for name in product_names(product, common)]
    starts = {sentence.start for sentence in sentences}
    return _Finder(folded, wording, ours, by_product=True, starts=starts).find(names)


def find_clients(
    folded: Folded, others: PrivateWords, ours: Sequence[str], wording: Wording | None, sentences: Sequence[Sentence]
) -> list[NameHit]:
    """Every other client that the text names. Rules: ``name``, ``domain``, ``contact``. A first name alone is none."""
    common = everyday_words(wording)
    names = client_names(others, common)
    starts = {sentence.start for sentence in sentences}
    found = _Finder(folded, wording, ours, by_product=False, starts=starts).find(names)
    mails = {part.casefold() for text in others.contacts for part in _MAIL.findall(text)}
    known = {part.casefold() for text in ours for part in _MAIL.findall(text)}
    for match in _MAIL.finditer(folded.original):
        if match[0].casefold() in mails - known:
            found.append(NameHit("contact", folded.index(match.start()), folded.index(match.end())))
    return found


def find_ours(folded: Folded, ours: Sequence[str], wording: Wording | None) -> list[tuple[int, int]]:
    """Where the text spells a name of ours or of this client's."""
    return _Finder(folded, wording, ours, by_product=True).ours


def _stems(word: str) -> Iterator[str]:
    """The word as it is, and without the ending that it may have in a sentence."""
    yield word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            yield word.removesuffix(ending)


class _Finder:
    """Looks for many names in one pass over the words of a text."""

    def __init__(
        self,
        folded: Folded,
        wording: Wording | None,
        ours: Sequence[str],
        *,
        by_product: bool,
        starts: Iterable[int] = (),
    ) -> None:
        self._folded = folded
        self._wording = wording
        self._everyday = everyday_words(wording)
        self._by_product = by_product
        self._starts = {self._first_letter(start) for start in starts}
        self._tokens = [_Token(key_of(m[0]), *m.span()) for m in WORD.finditer(folded.text)]
        self._ours = self._covered(ours)

    def find(self, names: Iterable[Name]) -> list[NameHit]:
        """The hits in order, the longest of those that overlap."""
        by_key: dict[str, list[Name]] = {}
        for name in names:
            if name.key:
                by_key.setdefault(name.key, []).append(name)
        hits = [
            NameHit(name.rule, self._tokens[first].start, self._tokens[last].end)
            for first, last, key in self._windows(by_key)
            for name in by_key[key]
            if not self._is_ours(first, last) and self._is_meant(name, first, last)
        ]
        hits += self._in_longer_words(by_key)
        if self._by_product:
            hits += [*self._misspelled(by_key), *self._masked(by_key)]
        return _longest(hits)

    @property
    def ours(self) -> list[tuple[int, int]]:
        """Where phrases of ours stand; an everyday word ("Will") is no name by itself."""
        return [
            (self._tokens[first].start, self._tokens[last].end)
            for first, last in self._ours
            if last > first or not self._everyday.holds([self._tokens[first].key])
        ]

    def _windows(self, wanted: Mapping[str, object]) -> Iterator[tuple[int, int, str]]:
        """Words that stand side by side and make up a key, as (first, last, key)."""
        longest = min(_LONGEST, max((len(key) for key in wanted), default=0))
        for first, last, joined in self._runs(longest + 1):
            spelled = next((key for key in _stems(joined) if key in wanted), None)
            if spelled:
                yield first, last, spelled

    def _runs(self, longest: int) -> Iterator[tuple[int, int, str]]:
        """Words that stand side by side and are not too long, as (first, last, their key)."""
        for first in range(len(self._tokens)):
            joined = ""
            for last in range(first, min(first + _MOST_WORDS, len(self._tokens))):
                if last > first and not self._side_by_side(last):
                    break
                key = self._tokens[last].key
                if last > first and key == self._everyday.joining:
                    continue
                joined = join_keys((joined, key))
                if len(joined) > longest:
                    break
                yield first, last, joined

    def _side_by_side(self, index: int) -> bool:
        before, after = self._tokens[index - 1], self._tokens[index]
        gap = self._folded.text[before.end : after.start]
        short = before.end - before.start <= _SHORT and _AFTER_SHORT.fullmatch(gap)
        return bool(short) or _BETWEEN.fullmatch(gap) is not None

    def _covered(self, ours: Sequence[str]) -> list[tuple[int, int]]:
        """The words of the text that spell a phrase of ours, as (first, last)."""
        keys = {join_keys(key for key in keys_of(text) if key != self._everyday.joining) for text in ours}
        hosts = {join_keys(keys_of(host_of(text))) for text in ours if "." in text}
        wanted = dict.fromkeys(key for key in keys | hosts if len(key) > 1)
        return [(first, last) for first, last, _ in self._windows(wanted)]

    def _is_ours(self, first: int, last: int) -> bool:
        return any(start <= first and last <= end for start, end in self._ours)

    def _in_longer_words(self, by_key: Mapping[str, list[Name]]) -> Iterator[NameHit]:
        """A long name within a compound ("die TidyFormsversion"); it begins where the word does, or stands joined."""
        solid = [(key, name.rule) for key, names in by_key.items() for name in names if name.solid]
        for index, token in enumerate(self._tokens):
            for key, rule in solid:
                if len(token.key) > len(key) and key in token.key and not self._is_ours(index, index):
                    yield NameHit(rule, token.start, token.end)

    def _misspelled(self, by_key: Mapping[str, list[Name]]) -> Iterator[NameHit]:
        """A long name of the incident with one letter wrong ("TidyFroms"), where it is written like a name."""
        clear: dict[int, list[Name]] = {}
        for key, names in by_key.items():
            for name in names:
                if len(key) >= _CLEAR and name.near and name.whole and not name.host:
                    for length in (len(key) - 1, len(key), len(key) + 1):
                        clear.setdefault(length, []).append(name)
        for first, last, joined in self._runs(max(clear, default=0)):
            for name in clear.get(len(joined), ()):
                if is_misspelled(joined, name.key) and self._like_a_name(name, first, last):
                    yield NameHit(name.rule, self._tokens[first].start, self._tokens[last].end)

    def _like_a_name(self, name: Name, first: int, last: int) -> bool:
        known = self._everyday.holds([token.key for token in self._tokens[first : last + 1]])
        if self._is_ours(first, last) or (first == last and known):
            return False
        if last > first and " " not in self._said(first, last):
            return True
        ending = first == last and self._tokens[first].key[-2:] == name.key[-2:]  # unlike "compliant"
        capital = self._has_capital(first, last) and not (self._small_nouns and self._at_start(first))
        return not name.everyday and not known and (capital or ending)

    def _masked(self, by_key: Mapping[str, list[Name]]) -> Iterator[NameHit]:
        """A name of the incident in which signs stand for letters."""
        for match in _MASKED.finditer(self._folded.text):
            shown = [key_of(part) for part in _MASK.split(match[0])]
            if len("".join(shown)) < _UNMASKED or len(shown) > _MASKS + 1:
                continue
            pattern = re.compile(r"\w{1,9}".join(map(re.escape, shown)))
            for key, names in by_key.items():
                name = next((name for name in names if name.near and not name.host and not name.initials), None)
                if name and len(key) > _UNMASKED + 1 and pattern.fullmatch(key):
                    yield NameHit(name.rule, *match.span())

    def _is_meant(self, name: Name, first: int, last: int) -> bool:
        """Whether a spelling in the text is a name there, and not everyday words that happen to be the same."""
        start, end = self._tokens[first].start, self._tokens[last].end
        if name.host:
            return "." in self._folded.text[start:end]
        if name.initials:
            one_word = first == last and not self._everyday.holds([self._tokens[first].key])
            spelled_out = all(len(token.key) == 1 for token in self._tokens[first : last + 1])  # "T.F.P."
            return (one_word or spelled_out) and self._said(first, last).isupper()
        if self._by_product:
            return self._is_product(name, first, last)
        return self._is_client(name, first, last)

    def _is_product(self, name: Name, first: int, last: int) -> bool:
        capital = self._has_capital(first, last)
        if name.coined:
            return capital and (not self._small_nouns or self._apart(first, last) or self._beside_name(first, last))
        if name.words == 1 and (name.everyday or not name.near):
            return capital and self._beside_name(first, last)
        if not name.near and last > first:
            return _capitals_of(self._said(first, last), name.text)
        if name.everyday and self._small_nouns and " " in self._said(first, last):
            return name.whole and capital
        return name.whole or capital or not self._small_nouns

    def _apart(self, first: int, last: int) -> bool:
        """Whether the capital is that of a name, and not only that of a sentence."""
        return not self._at_start(first) or self._folded.text.startswith(("'s", ","), self._tokens[last].end)

    def _is_client(self, name: Name, first: int, last: int) -> bool:
        if not name.whole:
            capital = self._has_capital(first, last) and not self._at_start(first)
            return capital and (self._small_nouns or self._beside_name(first, last))
        if name.slug and not self._small_nouns:
            return self._beside_name(first, last) or not self._has_capital(first, last)
        if not name.everyday:
            return True
        said = self._said(first, last)
        if first == last:
            joined = len(keys_of(name.text)) > 1
            alone = self._has_capital(first, last) and not self._at_start(first)
            return joined or (alone and (self._small_nouns or self._beside_name(first, last)))
        return said == name.text or ("&" not in name.text and said.casefold() != said and _capitals_of(said, name.text))

    def _said(self, first: int, last: int) -> str:
        return self._folded.said(self._tokens[first].start, self._tokens[last].end)

    @property
    def _small_nouns(self) -> bool:
        return self._wording is not None and self._wording.formats["formats"]["nouns"] == "small"

    def _has_capital(self, first: int, last: int) -> bool:
        return any(self._folded.is_capital(self._tokens[index].start) for index in (first, last))

    def _first_letter(self, start: int) -> int:
        match = re.compile(r"[\W_]*").match(self._folded.text, start)
        return match.end() if match else start

    def _at_start(self, first: int) -> bool:
        return self._tokens[first].start in self._starts

    def _beside_name(self, first: int, last: int) -> bool:
        """Whether a word stands beside it that goes with names: "plugin", "Firma"; one word may stand between."""
        if self._wording is None:
            return False
        text = self._folded.text
        before = text[self._tokens[max(0, first - 2)].start : self._tokens[first].start]
        after = text[self._tokens[last].end : self._tokens[min(len(self._tokens) - 1, last + 1)].end]
        return any(any(self._wording.find("beside-names", part)) for part in (before, after))


def _capitals_of(said: str, name: str) -> bool:
    """Whether words are written with the capitals of a name ("Theater am Markt")."""
    return [word[:1].isupper() for word in said.split()] == [word[:1].isupper() for word in name.split()]


def _longest(hits: Iterable[NameHit]) -> list[NameHit]:
    kept: list[NameHit] = []
    for hit in sorted(set(hits), key=lambda hit: (hit.start - hit.end, hit.start, hit.rule)):
        if not any(hit.start < other.end and other.start < hit.end for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)
