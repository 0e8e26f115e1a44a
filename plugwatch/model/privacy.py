"""What must not leave the agency: words of our ledger, and what looks like a secret or a trace of a server.

Texts are read as a person sees them, after entities, backslashes and zero-width spaces are taken back, so that an
escape of ours cannot hide a name. Findings name the words and the place; of a secret only the beginning is repeated.

Lines that a patch merely quotes (its context and what it removes) are the vendor's own and already public: there only
names and addresses of clients count, neither slugs and first names, which may be everyday words, nor patterns.
"""

from __future__ import annotations

import html
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff\xad]")
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
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", _ZERO_WIDTH.sub("", plain))


def find_private(pieces: Iterable[Piece], private: PrivateWords, public: Iterable[str]) -> list[str]:
    """Every word of ``private`` in the pieces, as "KIND 'WORDS' in PLACE".

    Whole words, whatever their case. A word that stands within a phrase of ``public`` (the component's own name, the
    agency's address) is no finding.
    """
    wanted, known = _by_first_word(private.phrases), _by_first_word(Phrase("", _as_words(text)) for text in public)
    found: dict[tuple[str, str], str] = {}
    for piece in pieces:
        words = _Words(_normal(read_as_person(piece.text)))
        covered = {index for start, phrase in words.find(known) for index in range(start, start + len(phrase.words))}
        for start, phrase in words.find(wanted):
            line = words.line(start)
            if covered.issuperset(range(start, start + len(phrase.words))):
                continue
            if not phrase.everyday or line not in piece.quoted:
                text, where = " ".join(phrase.words), piece.where(line)
                found.setdefault((text, where), f"{phrase.kind} '{text}' in {where}")
    return list(found.values())


def find_traces(pieces: Iterable[Piece], allowed_mail: Iterable[str], known_versions: Iterable[str]) -> list[str]:
    """What looks like an e-mail address, an IP address, a server path, a key or a licence: "KIND 'TEXT' in PLACE"."""
    allowed = {address.casefold() for address in allowed_mail} | set(known_versions)
    found: dict[str, None] = {}
    for piece in pieces:
        text = read_as_person(piece.text)
        for trace in _TRACES:
            for hit in trace.pattern.finditer(text):
                line = line_at(text, hit.start())
                if line not in piece.quoted and hit[0].casefold() not in allowed and trace.holds(hit):
                    found[f"{trace.kind} '{trace.show(hit[0])}' in {piece.where(line)}"] = None
    return list(found)


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


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _as_words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_normal(text)))


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


@dataclass(frozen=True)
class _Trace:
    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool] = lambda _: True
    secret: bool = False

    def show(self, text: str) -> str:
        return f"{text[:6]}…" if self.secret else text


def _is_server_address(hit: re.Match[str]) -> bool:
    """Whether it is an address that tells of a server: not loopback, not for documentation (RFC 5737, RFC 3849)."""
    try:
        address = ipaddress.ip_address(hit[0])
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified or any(address in net for net in _DOCUMENTATION):
        return False
    before = hit.string[max(0, hit.start() - 40) : hit.start()]
    return address.version == 6 or not _VERSION_BEFORE.search(before)


def _is_random(hit: re.Match[str]) -> bool:
    """Whether six groups of four are an application password (WordPress makes them so) and not short English words."""
    return any(c.isdigit() for c in hit[0]) or any(c.isupper() for group in hit[0].split() for c in group[1:])


def _is_mail(hit: re.Match[str]) -> bool:
    """Images for dense screens are called ``icon@2x.png``."""
    return re.search(r"@\d+x\.[a-z]+$", hit[0]) is None


_DOCUMENTATION = tuple(
    ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
# Four-part version numbers look like IPv4 addresses: "version 1.2.3.4", "'version' => '1.2.3.4'", "@since 1.2.3.4".
_VERSION_BEFORE = re.compile(
    r"(?:\bv|(?:\bversions?|\brelease|@since|@version|\bphp|\bwordpress)['\"]?\s*(?:=>?|:|,)?|[<>]=?)\s*['\"]?$",
    re.IGNORECASE,
)
_WORDPRESS = r"(?:(?:secure_)?auth|logged_in|nonce)_(?:key|salt)|db_(?:password|user|name|host)"
_VALUE = r"['\"]?\s*(?:,|=>?|:|\bis\b)\s*['\"]?"
_TRACES = (
    _Trace(
        "e-mail address",
        re.compile(r"(?<![\w.])\w[\w.+-]{0,63}@(?:[\w-]{1,63}\.)+[a-z]{2,63}\b", re.IGNORECASE),
        _is_mail,
    ),
    _Trace("IP address", re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)"), _is_server_address),
    _Trace(
        "IP address",
        re.compile(r"(?<![\w:.])(?=[0-9a-f:]{0,39}\d)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE),
        _is_server_address,
    ),
    # As hosts lay out their servers; "/users/" and "/customers/" are left out, for REST routes are called so.
    _Trace(
        "server path",
        re.compile(
            r"(?<![\w.~%-])/(?:home\d?|usr/home|var/(?:www|lib|log|sites)|srv|kunden|nas/content|mnt|root|Users|vhosts|"
            r"opt/(?:bitnami|lampp)|data/www|www/(?:htdocs|wwwroot|vhosts))/[^\s'\"`<>()]+|"
            r"\b[A-Za-z]:\\{1,2}(?i:inetpub|users|www|wamp\w*|xampp|sites|home)\b[^\s'\"`<>]*|"
            r"(?<![^\s'\"`<>(])[^\s'\"`<>]{0,200}/public_html\b[^\s'\"`<>]*"
        ),
    ),
    _Trace("WordPress secret", re.compile(rf"\b(?i:{_WORDPRESS})\b{_VALUE}[^\s'\"$;)]{{4,}}"), secret=True),
    _Trace("application password", re.compile(r"(?<!\w)(?:[A-Za-z0-9]{4} ){5}[A-Za-z0-9]{4}(?!\w)"), _is_random, True),
    _Trace(
        "key",
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{20,}|"
            r"\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bAKIA[0-9A-Z]{12,}|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}|"
            r"\beyJ[\w-]{10,}\.[\w-]{10,}|\bSG\.[\w-]{16,}|(?i:\bbearer\s+(?=\S{0,60}\d)[\w.~+/-]{16,})|"
            rf"(?i:\b(?:password|passwd|api[ _-]?key|secret|token)\b){_VALUE}(?=[^\s'\"]{{0,60}}\d)[^\s'\"$()]{{8,}}"
        ),
        secret=True,
    ),
    # Envato's purchase codes are UUIDs, EDD's licence keys 32 hexadecimal digits, others groups of capitals and digits.
    _Trace(
        "licence code",
        re.compile(
            r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]{0,31}\d)[0-9a-f]{32}\b|"
            r"\b(?=[A-Z-]{0,40}\d)(?:[A-Z0-9]{4,8}-){2,}[A-Z0-9]{4,8}\b|"
            rf"(?i:\b(?:licen[cs]e|purchase|activation)[ _-]?(?:key|code)\b){_VALUE}(?=\S{{0,40}}\d)[\w-]{{6,}}"
        ),
        secret=True,
    ),
)
