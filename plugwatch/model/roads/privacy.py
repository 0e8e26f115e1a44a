"""What must not leave the agency: words of our ledger, and what looks like a secret or a trace of a server.

Texts are read as a person sees them, after entities, backslashes and zero-width spaces are taken back, so that an
escape of ours cannot hide a name. Findings name the words and the place; of a secret only the beginning is repeated.

Lines that a patch merely quotes (its context and what it removes) are the vendor's own and already public: there only
names and addresses of clients count, neither slugs and first names, which may be everyday words, nor patterns.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from plugwatch.model.roads.privacy_traces import TRACES

_WORD = re.compile(r"[^\W_]+")
ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff\xad]")
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_GAP = 3  # characters between two words of one name: "Acme Ltd", "acme_ltd", "Acme & Ltd"


@dataclass(frozen=True)
class PrivateWords:
    """Words of our ledger that stand in no text to strangers.

    ``names``: of clients and sites. ``slugs``: of clients and sites. ``addresses``: domains and URLs of sites.
    ``contacts``: ``Name <mail@example>``, a name or an e-mail address, of clients and callers.
    """

    names: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """All words as phrases to look for, the most telling kind first; a lone character or number tells nothing."""
        found = [Phrase("client name", _as_words(name)) for name in self.names]
        found += [Phrase("client name", ("".join(phrase.words),)) for phrase in found if len(phrase.words) > 1]
        found += [
            Phrase("client address", _as_words(part), tight=True)
            for address in self.addresses
            for part in _address_parts(address)
        ]
        contacts = [_as_words(part) for text in self.contacts for part in re.split(r"[<>]", text)]
        found += [Phrase("client contact", words, everyday=len(words) == 1) for words in contacts]
        found += [Phrase("client slug", _as_words(slug), everyday=True) for slug in self.slugs]
        told = (phrase for phrase in found if len("".join(phrase.words)) > 1)
        return tuple(phrase for phrase in told if not "".join(phrase.words).isdigit())


@dataclass(frozen=True)
class Phrase:
    """Words that stand one behind the other; ``tight``: without a space between them, as in a domain.

    ``everyday``: they may be words of any text ("shop", "Will"), so that they count in our own lines only.
    """

    kind: str
    words: tuple[str, ...]
    tight: bool = False
    everyday: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of a draft: its place in words ("the body"), its text, and which of its lines only quote the vendor."""

    place: str
    text: str
    quoted: frozenset[int] = frozenset()
    one_line: bool = False

    def where(self, line: int) -> str:
        """The place of a line, counted from 1."""
        return self.place if self.one_line else f"{self.place}, line {line}"

    def find(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
        """What matches and where, in the text as it is; line ends are part of it."""
        for hit in pattern.finditer(self.text):
            yield hit[0], self.where(line_at(self.text, hit.start()))


def line_at(text: str, offset: int) -> int:
    """The number, from 1, of the line at an offset."""
    return text.count("\n", 0, offset) + 1


def read_as_person(text: str) -> str:
    """The text with entities, backslash escapes and zero-width spaces taken back; lines stay lines."""
    plain = re.sub(r"&#?\w{1,32};", lambda entity: html.unescape(entity[0]).replace("\n", " "), text)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", ZERO_WIDTH.sub("", plain))


def find_private(pieces: Iterable[Piece], private: PrivateWords, public: Iterable[str]) -> list[str]:
    """Every word of ``private`` in the pieces, as "KIND 'WORDS' in PLACE".

    Whole words, whatever their case. A word that stands within a phrase of ``public`` (the component's own name, the
    agency's address) is no finding.
    """
    found: dict[tuple[str, str], str] = {}
    search = PrivateSearch(private, public)
    for piece in pieces:
        for hit in search.hits(normalise(read_as_person(piece.text)), piece.quoted):
            where = piece.where(hit.line)
            found.setdefault((hit.text, where), f"{hit.kind} '{hit.text}' in {where}")
    return list(found.values())


def find_traces(pieces: Iterable[Piece], allowed_mail: Iterable[str], known_versions: Iterable[str]) -> list[str]:
    """What looks like an e-mail address, an IP address, a server path, a key or a licence: "KIND 'TEXT' in PLACE"."""
    allowed = allow(allowed_mail, known_versions)
    found: dict[str, None] = {}
    for piece in pieces:
        for hit in trace_hits(read_as_person(piece.text), piece.quoted, allowed):
            found[f"{hit.kind} '{hit.text}' in {piece.where(hit.line)}"] = None
    return list(found)


def allow(mail: Iterable[str], versions: Iterable[str]) -> frozenset[str]:
    """What is no trace although it looks like one: public e-mail addresses, and versions."""
    return frozenset({address.casefold() for address in mail} | set(versions))


@dataclass(frozen=True)
class Hit:
    """Something private in a text, which begins at ``start``; ``text`` is what a finding may repeat of it."""

    kind: str
    text: str
    start: int
    end: int
    line: int


class PrivateSearch:
    """Looks for the words of our ledger in normalised texts (see :func:`normalise`)."""

    def __init__(self, private: PrivateWords, public: Iterable[str]) -> None:
        self._wanted = _by_first_word(private.phrases)
        self._known = _by_first_word(Phrase("", _as_words(text)) for text in public)

    def hits(self, text: str, quoted: frozenset[int] = frozenset()) -> Iterator[Hit]:
        """Each place of each phrase, but for those within a public one."""
        words = _Words(text)
        spans = ((start, start + len(phrase.words)) for start, phrase in words.find(self._known))
        covered = {index for start, end in spans for index in range(start, end)}
        for first, phrase in words.find(self._wanted):
            last = first + len(phrase.words) - 1
            line = words.line(first)
            if covered.issuperset(range(first, last + 1)) or (phrase.everyday and line in quoted):
                continue
            yield Hit(phrase.kind, " ".join(phrase.words), words.start(first), words.end(last), line)


def trace_hits(text: str, quoted: frozenset[int], allowed: frozenset[str]) -> Iterator[Hit]:
    """Each trace in a text as a person reads it."""
    for trace in TRACES:
        for hit in trace.pattern.finditer(text):
            line = line_at(text, hit.start())
            if line not in quoted and hit[0].casefold() not in allowed and trace.holds(hit):
                yield Hit(trace.kind, trace.show(hit[0]), hit.start(), hit.end(), line)


def quoted_lines(diff: str) -> frozenset[int]:
    """The numbers (from 1) of the lines of a unified diff that only quote: context and removals inside hunks."""
    quoted, old, new = set(), 0, 0
    for number, line in enumerate(diff.split("\n"), 1):
        hunk = _HUNK.match(line)
        if old <= 0 and new <= 0:
            old, new = (int(hunk[1] or 1), int(hunk[2] or 1)) if hunk else (0, 0)
            continue
        if old > 0 and line[:1] in (" ", "-", ""):
            quoted.add(number)
        old -= line[:1] in (" ", "-", "")
        new -= line[:1] in (" ", "+", "")
    return frozenset(quoted)


def normalise(text: str) -> str:
    """The text without what makes no difference to a reader: case, and the form of letters (Unicode's NFKC)."""
    return unicodedata.normalize("NFKC", text).casefold()


def _as_words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(normalise(text)))


def _address_parts(address: str) -> Iterator[str]:
    """A URL or domain as it may be written: whole without scheme, and its host without ``www.``."""
    bare = re.sub(r"^[a-z][a-z0-9+.-]*://", "", address.strip(), flags=re.IGNORECASE).rstrip("/")
    yield bare
    host = re.split(r"[/?#:]", bare.rpartition("@")[2])[0]
    yield re.sub(r"^www\.", "", host, flags=re.IGNORECASE)


def _by_first_word(phrases: Iterable[Phrase]) -> dict[str, list[Phrase]]:
    found: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        if phrase.words:
            found.setdefault(phrase.words[0], []).append(phrase)
    return found


class _Words:
    """The words of a text with their places; looking for many phrases costs one pass."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans = [match.span() for match in _WORD.finditer(text)]
        self._words = [text[start:end] for start, end in self._spans]

    def line(self, index: int) -> int:
        """The line, from 1, of the word at an index."""
        return line_at(self._text, self._spans[index][0])

    def start(self, index: int) -> int:
        """Where a word begins."""
        return self._spans[index][0]

    def end(self, index: int) -> int:
        """Where a word has ended."""
        return self._spans[index][1]

    def find(self, phrases: dict[str, list[Phrase]]) -> Iterator[tuple[int, Phrase]]:
        """Where which phrase begins."""
        for index, word in enumerate(self._words):
            for phrase in phrases.get(word, ()):
                if self._holds(index, phrase):
                    yield index, phrase

    def _holds(self, index: int, phrase: Phrase) -> bool:
        end = index + len(phrase.words)
        if tuple(self._words[index:end]) != phrase.words:
            return False
        spans = self._spans[index:end]
        gaps = [self._text[before[1] : after[0]] for before, after in pairwise(spans)]
        return all(len(gap) <= _GAP and not (phrase.tight and gap != gap.strip()) for gap in gaps)
