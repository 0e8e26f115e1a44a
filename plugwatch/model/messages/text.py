"""How the checks of a message read it: letters folded, sentences cut, quotations found, phrases of a word list.

A person is not misled by accents, look-alike letters, invisible characters or line breaks, so neither are the checks.
Folded text keeps the place of each character in the original, for a finding repeats what really stands there.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# Letters of other scripts that look like Latin ones (Unicode TR 39 has them all; these are the ones that read well).
_LOOK_ALIKE = str.maketrans(
    "авсԁеһіјкӏмноԛрѕтԝхугαεικνορτυχγıøłđ",
    "abcdehijklmhoqpstwxyraeiknoptuxyiold",
)
_SIGNS = str.maketrans({"’": "'", "‘": "'", "‚": "'", "`": "'", "´": "'", "–": "-", "—": "-", "‑": "-", "‐": "-"})
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„«»‟", '"'))
_DIAERESIS = "\u0308"  # an umlaut's, which is spelled with an e where the keyboard has none: ü is ue
_QUOTED = re.compile(r"„([^“”„\"]{1,2000})[“”\"]|“([^”“]{1,2000})[”\"]|«([^»]{1,2000})»|\"([^\"]{1,2000})\"")
_STOP = re.compile(r"[.!?]+[\"')\]]*(?=\s)|\n\s*\n|\n(?=\s*[*•-]\s)")
_BULLET = re.compile(r"\s*[*•-]\s")
_GREETING = 50  # letters; a line of a folded paragraph is longer
_LONGEST = 1_000  # letters of a sentence
_SEPARATOR = r"[^\w]{1,4}"
_GAP = r"(?:\w{1,40}[^\w]{1,4}){0,4}?"


@dataclass(frozen=True)
class Folded:
    """A text in small Latin letters without accents; ``places`` has the offset in the original of each character."""

    original: str
    text: str
    places: tuple[int, ...]

    def said(self, start: int, end: int) -> str:
        """The original words of a part of the folded text, on one line."""
        return " ".join(self.original[self.place(start) : self.place(end - 1) + 1].split()) if end > start else ""

    def place(self, index: int) -> int:
        """Where in the original a folded character stands; behind the last one, the end."""
        return self.places[index] if index < len(self.places) else len(self.original)

    def index(self, place: int) -> int:
        """The first folded character that stands at or behind a place of the original."""
        return bisect_left(self.places, place)

    def line(self, index: int) -> int:
        """The line, from 1, of a folded character."""
        return self.original.count("\n", 0, self.place(index)) + 1

    def is_capital(self, index: int) -> bool:
        """Whether the original has a capital letter there."""
        return index < len(self.places) and self.original[self.places[index]].isupper()

    def without(self, spans: Iterable[tuple[int, int]]) -> Folded:
        """The same text with these parts of it blanked out."""
        letters = list(self.text)
        for start, end in spans:
            letters[start:end] = ["|" if letter != "\n" else letter for letter in letters[start:end]]
        return Folded(self.original, "".join(letters), self.places)


@dataclass(frozen=True)
class Sentence:
    """A part of a folded text; ``hits`` of a pattern in it are places of the whole text."""

    start: int
    end: int


def fold(text: str) -> Folded:
    """The text as the checks compare it: small letters, no accents, no invisible characters, one kind of each sign."""
    if text.isascii():
        return Folded(text, text.lower(), tuple(range(len(text))))
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in character.lower() if character.isascii() else _plain(character):
            umlaut = letter == _DIAERESIS and letters[-1:] in (["a"], ["o"], ["u"])
            if umlaut or not unicodedata.combining(letter):
                letters.append("e" if umlaut else letter)
                places.append(place)
    return Folded(text, "".join(letters), tuple(places))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if unicodedata.category(character) == "Cf" or character == "\u034f":
        return ""
    sign = character.translate(_SIGNS).translate(_QUOTATION_MARKS)
    return sign if sign != character else unicodedata.normalize("NFKD", character.casefold()).translate(_LOOK_ALIKE)


def find_sentences(folded: Folded, abbreviations: Sequence[str], months: Iterable[str]) -> list[Sentence]:
    """The sentences in order. A stop after an abbreviation, or between a day's number and a month, ends none."""
    shortened, month_names = {word.rstrip(".") for word in abbreviations}, set(months)
    text, found, start = folded.text, [], 0
    for stop in _stops(folded):
        if stop[0] > start and not _goes_on(folded, stop, shortened, month_names):
            found.append(Sentence(start, stop[1]))
            start = stop[1]
    found.append(Sentence(start, len(text)))
    return [part for sentence in found for part in _cut(sentence) if text[part.start : part.end].strip()]


def _cut(sentence: Sentence) -> Iterator[Sentence]:
    """What is too long for a sentence, in pieces: the time to look for words that belong together has an end."""
    for start in range(sentence.start, sentence.end, _LONGEST):
        yield Sentence(start, min(start + _LONGEST, sentence.end))


def _stops(folded: Folded) -> Iterator[tuple[int, int]]:
    """Where a sentence may end, as (start, end) of the signs: stops, empty lines, lists, the line of the greeting."""
    found = {match.span() for match in _STOP.finditer(folded.text)}
    offset, lines = 0, folded.text.split("\n")
    for number, line in enumerate(lines):
        offset += len(line) + 1
        first = number == 0 or not lines[number - 1].strip()
        greeting = first and len(line) < _GREETING and line.rstrip().endswith((",", "!", ":"))
        listed = _BULLET.match(line) and number + 1 < len(lines) and not lines[number + 1].startswith(" ")
        if (greeting or listed) and offset <= len(folded.text):
            found.add((offset - 1, offset))
    return iter(sorted(found))


def _goes_on(folded: Folded, stop: tuple[int, int], abbreviations: set[str], months: set[str]) -> bool:
    text = folded.text
    if "\n" in text[stop[0] : stop[1]]:
        return False
    behind = re.match(r"\s*[\"'(\[<*]*", text[stop[1] :])
    following = stop[1] + (behind.end() if behind else 0)
    if following < len(text) and not folded.is_capital(following) and text[following].isalpha():
        return True
    before = re.search(r"[\w.]*$", text[max(0, stop[0] - 20) : stop[0]])
    word = before[0] if before else ""
    next_word = re.match(r"\w*", text[following:])
    if word.isdigit() and next_word and next_word[0] in months:
        return True
    initial = len(word) == 1 and word.isalpha() and not text[: stop[0]].endswith(f"'{word}")
    lone_letter = initial and folded.is_capital(following)
    return text[stop[0]] == "." and (word in abbreviations or lone_letter)


def find_quotations(text: str) -> Iterator[tuple[int, int, str]]:
    """What stands between quotation marks, as (start, end, words), without the marks; the places are the text's own."""
    for match in _QUOTED.finditer(text):
        group = match.lastindex or 0
        yield match.start(group), match.end(group), match[group]


@lru_cache(maxsize=512)
def compile_phrases(entries: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for the entries of a word list, to be used on folded text.

    ``word*`` stands for a word with any ending, ``*word`` for one with any beginning, ``a|b`` for either, ``word?`` for
    a word that may be missing, `` … `` for up to four words. Words may have any one sign or line break between them.
    """
    if not entries:
        return re.compile(r"(?!)")
    longest_first = sorted(entries, key=len, reverse=True)
    words = "|".join(_phrase(entry) for entry in longest_first if entry[0].isalnum() or entry[0] == "*")
    signs = [_phrase(entry) for entry in longest_first if not entry[0].isalnum() and entry[0] != "*"]
    # Tried at the beginnings of words only: a list has hundreds of entries, and most places begin none.
    return re.compile("|".join([*([rf"(?<!\w)(?=\w)(?:{words})"] if words else []), *signs]))


def _phrase(entry: str) -> str:
    words, parts = entry.split(), []
    for number, word in enumerate(words):
        if word == "…":
            parts.append(_GAP)
            continue
        optional = len(word) > 1 and word.endswith("?")
        choices = "|".join(_word(choice) for choice in word.rstrip("?" if optional else "").split("|"))
        last = number == len(words) - 1
        sign_follows = not last and not words[number + 1][0].isalnum() and words[number + 1][0] not in "*…"
        part = f"(?:{choices})" + ("" if last else r"\s{0,4}" if sign_follows else _SEPARATOR)
        parts.append(f"(?:{part})?" if optional else part)
    pattern = "".join(parts)
    return pattern if not words[-1][-1].isalnum() and words[-1][-1] not in "*?" else pattern + r"(?!\w)"


def _word(word: str) -> str:
    before = r"\w{0,30}" if word.startswith("*") else ""
    after = r"\w{0,30}" if word.endswith("*") else ""
    inner = re.escape(fold(word.strip("*")).text)
    inner = inner.replace(r"\-", r"[\s-]?") if inner[:1].isalnum() else inner
    start = r"(?<!\w)" if (before or inner[:1].isalnum()) else ""
    return start + before + inner + after
