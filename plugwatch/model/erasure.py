"""Taking a client's words out of texts: what tells of the client, and where it is taken for it.

A name of several words, an address and a contact tell of the client wherever they stand. A name of one word may be a
word of any text ("Moment"), so outside of the client's own records only the capitalised word is taken for it; the first
name of a person and the short name of a site ("shop") count in the client's own records alone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import pairwise
from typing import Any

ERASED = "(erased)"

_WORD = re.compile(r"[^\W_]+")
# What is read as something else than its characters: entities, escapes of Markdown, bytes of UTF-8 in a URL.
_PIECE = re.compile(
    r"&#?\w{1,32};|\\[!-/:-@\[-`{-~]|%[0-7][0-9a-f]|%[c-f][0-9a-f](?:%[89ab][0-9a-f]){1,3}|.", re.DOTALL | re.IGNORECASE
)
_ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\xad")
_GAP = 4  # characters between two words of one name: "Acme Ltd", "acme_ltd", "Acme & Ltd", a line's end and "> "
_QUOTE, _LONG_QUOTE = 6, 9  # so many words in a row are a quotation: in the client's own records, and anywhere
_LEGAL = re.compile(
    "ab|ag|and|bv|co|company|corp|corporation|ek|eu|gbr|gmbh|inc|incorporated|kg|kgaa|limited|llc|llp|ltd|mbh|nv|ohg|oy|"
    "plc|pty|sa|sarl|sas|se|spa|srl|ug|und"
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe"})


@dataclass(frozen=True)
class Sent:
    """A message that has left for a client, and what became of it at an address (one of DELIVERY_STATES)."""

    incident: str
    phase: str
    road: str
    address: str
    state: str
    at: datetime


@dataclass(frozen=True)
class HeldMessage:
    """A message to a client as it is held: the mail's own facts, and what became of it at each address."""

    incident: str
    phase: str
    round: int
    road: str
    language: str
    subject: str
    body: str
    mail_id: str
    thread_id: str | None
    created_at: datetime
    deliveries: tuple[HeldDelivery, ...]


@dataclass(frozen=True)
class HeldDelivery:
    """One address of a message."""

    name: str
    address: str
    state: str
    sent_at: datetime | None


@dataclass(frozen=True)
class Holdings:
    """All that the ledger holds of one client, as plain rows in a fixed order; times are text in UTC.

    ``incidents`` are by name, each with its calls, impacts, promises and events; ``texts`` are all
    others that tell of the client: titles, reasons, what was written to vendors.
    """

    incidents: Mapping[str, Mapping[str, Any]]
    messages: tuple[HeldMessage, ...]
    feedback: tuple[Mapping[str, Any], ...]
    installations: tuple[tuple[str, ...], ...]
    lists: tuple[Mapping[str, Any], ...]
    texts: tuple[Mapping[str, Any], ...]


class Scope(Enum):
    """Whose text it is: about the client (``OWN``), about others (``OTHER``), or another client's own (``THEIRS``)."""

    OWN = "own"
    OTHER = "other"
    THEIRS = "theirs"


def source_scope(source: str) -> Scope:
    """How a path or the name of a place is read: as the client's own, but for a public address that is used again."""
    return Scope.OTHER if "://" in source else Scope.OWN


@dataclass(frozen=True)
class Traces:
    """What tells of one client.

    ``names``: of the client. ``slug``, ``site_slugs``: short names. ``addresses``: URLs of sites, tickets and the like.
    ``people``: names of contacts and callers. ``mails``: their e-mail addresses. ``words``: what they said. ``also``:
    what a person wants erased wherever it stands. ``public``: names that only look like the client's, of components,
    vendors, the agency and other clients. ``theirs``: hosts of other clients, which stay in this one's records as well.
    """

    names: tuple[str, ...] = ()
    slug: str = ""
    site_slugs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Phrase:
    """Words one behind the other; ``tight``: with no space between them, but in the client's own records.

    ``own`` and ``elsewhere`` say which spelling is taken for the client there: any, the capitalised one, or none.
    """

    words: tuple[str, ...]
    tight: bool = False
    own: str = "any"
    elsewhere: str = "any"


class Eraser:
    """Finds what tells of a client and puts a mark in its place; the same text always becomes the same one."""

    def __init__(self, traces: Traces, mark: str = ERASED) -> None:
        self._mark = mark
        self._phrases: dict[str, list[_Phrase]] = {}
        for phrase in dict.fromkeys(_phrases(traces)):
            if len("".join(phrase.words)) > 1 and not "".join(phrase.words).isdigit():
                self._phrases.setdefault(phrase.words[0], []).append(phrase)
        self._public: dict[str, list[_Phrase]] = {}
        for text, elsewhere in (
            *((name, "any") for name in traces.public),
            *((host, "never") for host in traces.theirs),
        ):
            if words := _as_words(text):
                self._public.setdefault(words[0], []).append(_Phrase(words, elsewhere=elsewhere))
        said = [words for words in map(_as_words, traces.words) if words]
        self._whole = {words for words in said if len(words) < _QUOTE}
        self._quotes = {
            length: {words[at : at + length] for words in said for at in range(len(words) - length + 1)}
            for length in (_QUOTE, _LONG_QUOTE)
        }

    def redact(self, text: str, scope: Scope = Scope.OWN) -> str:
        """The text with the mark in place of all that tells of the client."""
        done, parts = 0, []
        for start, end in self._spans(text, scope):
            parts += [text[done:start], self._mark]
            done = end
        return "".join([*parts, text[done:]]) if done else text

    def finds(self, text: str, scope: Scope = Scope.OWN) -> bool:
        """Whether anything in the text tells of the client."""
        return bool(self._spans(text, scope))

    def _spans(self, text: str, scope: Scope) -> list[tuple[int, int]]:
        """The places to be erased, in order, apart from each other."""
        read = _Read(text)
        if not self._may_tell(read, scope):
            return []
        found = sorted(read.place(first, last) for first, last in self._hits(read, scope))
        spans: list[tuple[int, int]] = []
        for start, end in found:
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return spans

    def _may_tell(self, read: _Read, scope: Scope) -> bool:
        """Most texts have no first word of any phrase; quotations begin with any."""
        quotes = scope is not Scope.THEIRS and (self._whole or self._quotes[_QUOTE])
        return bool(quotes) or not self._phrases.keys().isdisjoint(read.words)

    def _hits(self, read: _Read, scope: Scope) -> Iterator[tuple[int, int]]:
        """The first and the last word of each place."""
        public = [one for one in _find(read, self._public) if scope is Scope.OWN or one[1].elsewhere != "never"]
        for first, phrase in _find(read, self._phrases, loose=scope is Scope.OWN):
            last = first + len(phrase.words) - 1
            spelling = phrase.own if scope is Scope.OWN else phrase.elsewhere
            if spelling == "never" or (spelling == "capital" and not read.is_capital(first)):
                continue
            if not any(_covers(start, one, first, phrase, scope) for start, one in public):
                yield first, last
        if scope is Scope.THEIRS:
            return
        length = _QUOTE if scope is Scope.OWN else _LONG_QUOTE
        for first in range(len(read.words) - length + 1):
            if read.words[first : first + length] in self._quotes[length]:
                yield first, first + length - 1
        if scope is Scope.OWN:
            yield from self._short_sayings(read)

    def _short_sayings(self, read: _Read) -> Iterator[tuple[int, int]]:
        """What was said in a few words: where three of them or more stand whole, or where nothing else stands."""
        for said in self._whole:
            if read.words == said:
                yield 0, len(said) - 1
            elif len(said) > 2:
                for first in range(len(read.words) - len(said) + 1):
                    if read.words[first : first + len(said)] == said:
                        yield first, first + len(said) - 1


class _Read:
    """A text as a person reads it, word by word, each with its place in the text as it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: Sequence[int]
        if text.isascii() and not any(sign in text for sign in "&\\%"):
            self.normal, self._starts, self._ends = text.casefold(), range(len(text)), range(1, len(text) + 1)
        else:
            self._map()
        self.spans = [match.span() for match in _WORD.finditer(self.normal)]
        self.words = tuple(self.normal[start:end] for start, end in self.spans)

    def _map(self) -> None:
        """Each character as it is read, with the piece of the text that it came from."""
        pieces: list[list[int]] = []
        for match in _PIECE.finditer(self.text):
            if pieces and unicodedata.combining(match[0][0]):
                pieces[-1][1] = match.end()
            else:
                pieces.append([match.start(), match.end()])
        normal, starts, ends = [], [], []
        for start, end in pieces:
            for character in _as_read(self.text[start:end]):
                normal.append(character)
                starts.append(start)
                ends.append(end)
        self.normal, self._starts, self._ends = "".join(normal), starts, ends  # type: ignore[assignment]

    def place(self, first: int, last: int) -> tuple[int, int]:
        """Where in the text as it is the words from ``first`` to ``last`` stand."""
        return self._starts[self.spans[first][0]], self._ends[self.spans[last][1] - 1]

    def is_capital(self, index: int) -> bool:
        """Whether a word begins with a capital letter, or is of a script that has none."""
        letter = self.text[self._starts[self.spans[index][0]]]
        return letter.lower() != letter or letter.upper() == letter

    def is_near(self, first: int, phrase: _Phrase, *, loose: bool) -> bool:
        """Whether the words of a phrase stand close enough to be one name; ``loose``: even where it is a tight one."""
        spans = self.spans[first : first + len(phrase.words)]
        gaps = [self.normal[before[1] : after[0]] for before, after in pairwise(spans)]
        return all(len(gap) <= _GAP and (loose or not phrase.tight or gap == gap.strip()) for gap in gaps)


def redact_document(document: Any, redact: Callable[[str], str]) -> Any:
    """A JSON document with each of its texts redacted; the names of its fields are ours."""
    if isinstance(document, str):
        return redact(document)
    if isinstance(document, list):
        return [redact_document(part, redact) for part in document]
    if isinstance(document, dict):
        return {key: redact_document(value, redact) for key, value in document.items()}
    return document


def address_host(address: str) -> str:
    """The host of a URL or of a domain, without ``www.``; "" where there is none."""
    host = re.split(r"[/?#:]", _bare(address).rpartition("@")[2])[0]
    return re.sub(r"^www\.", "", host, flags=re.IGNORECASE).lower()


def _other_form(host: str) -> str:
    """A host with letters that ASCII lacks as browsers send it, and the other way round (IDNA, RFC 3490)."""
    try:
        return host.encode("ascii").decode("idna") if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:  # no host after all
        return host


def _bare(address: str) -> str:
    """An address without its scheme, as people write it."""
    return re.sub(r"^[a-z][a-z0-9+.-]*://", "", address.strip(), flags=re.IGNORECASE)


def _phrases(traces: Traces) -> Iterator[_Phrase]:
    for name in traces.names:
        yield from _of_name(name)
    yield from _of_slug(traces)
    for address in traces.addresses:
        for part in (_bare(address), address_host(address), _other_form(address_host(address))):
            words = _as_words(part)
            if len(words) > 1:
                yield _Phrase(words, tight=True)
    for mail in traces.mails:
        yield _Phrase(_as_words(mail))
    for person in traces.people:
        yield from _of_person(person)
    for text in traces.also:
        yield from (_Phrase(words) for words in _spellings(_bare(text)))


def _of_name(name: str) -> Iterator[_Phrase]:
    """A client's name, with and without its legal form, as words and as one."""
    for words in _spellings(name):
        short = words
        while len(short) > 1 and _LEGAL.fullmatch(short[-1]):
            short = short[:-1]
        for one in dict.fromkeys((words, short)):
            yield from _with_ending(one, elsewhere="any" if len(one) > 1 else "capital")
            if len(one) > 1:
                yield _Phrase(("".join(one),))


def _of_slug(traces: Traces) -> Iterator[_Phrase]:
    """Short names; one of a site tells of the client elsewhere only where it has a word of the client's in it."""
    words = _as_words(traces.slug)
    if words:
        yield from _with_ending(words, elsewhere="any" if len(words) > 1 else "capital")
    known = {word for name in (traces.slug, *traces.names) for word in _as_words(name) if not _LEGAL.fullmatch(word)}
    for slug in traces.site_slugs:
        words = _as_words(slug)
        tells = len(words) > 1 and not known.isdisjoint(words)
        if words:
            yield _Phrase(words, elsewhere="any" if tells else "never")
            yield _Phrase(("site", *words), tight=True)


def _of_person(person: str) -> Iterator[_Phrase]:
    """A person's name; its parts count in the client's own records where all of them look like a name."""
    looks_so = all(part[:1].isupper() for part in person.split())
    for words in _spellings(person):
        yield from _with_ending(words, elsewhere="capital" if len(words) > 1 else "never")
        for word in words:
            if looks_so and len(words) > 1 and len(word) > 2:
                yield from _with_ending((word,), own="capital", elsewhere="never")


def _with_ending(words: tuple[str, ...], *, elsewhere: str, own: str = "any") -> Iterator[_Phrase]:
    """A name, also with the ``s`` that German puts to the name of an owner."""
    yield _Phrase(words, own=own, elsewhere=elsewhere)
    yield _Phrase((*words[:-1], f"{words[-1]}s"), own=own, elsewhere=elsewhere)


def _spellings(text: str) -> Iterator[tuple[str, ...]]:
    """The words of a name, also as people write them who lack its letters: Mueller and Muller for Müller."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    for one in dict.fromkeys((folded, folded.translate(_UMLAUTS), plain)):
        if words := _as_words(one):
            yield words


def _find(read: _Read, phrases: dict[str, list[_Phrase]], *, loose: bool = False) -> Iterator[tuple[int, _Phrase]]:
    for index, word in enumerate(read.words):
        for phrase in phrases.get(word, ()):
            if read.words[index : index + len(phrase.words)] == phrase.words and read.is_near(
                index, phrase, loose=loose
            ):
                yield index, phrase


def _covers(start: int, public: _Phrase, first: int, phrase: _Phrase, scope: Scope) -> bool:
    """Whether a name that is public holds the place; in the client's own records only a longer one does."""
    if start > first or start + len(public.words) < first + len(phrase.words):
        return False
    return scope is not Scope.OWN or len(public.words) > len(phrase.words)


def _as_read(piece: str) -> str:
    if piece in _ZERO_WIDTH:
        return ""
    if piece[0] == "&" and len(piece) > 1:
        piece = html.unescape(piece)
    elif piece[0] == "\\" and len(piece) > 1:
        piece = piece[1:]
    elif piece[0] == "%" and len(piece) > 1:
        piece = bytes.fromhex(piece.replace("%", "")).decode("utf-8", "replace")
    return unicodedata.normalize("NFKC", piece).casefold()


def _as_words(text: str) -> tuple[str, ...]:
    return _Read(text).words
