"""How the name of a product, a vendor or a client may be spelled, as keys to compare.

A key has no spaces, hyphens, signs and capitals, so that ``Tidy Forms``, ``tidy-forms``, ``TidyForms`` and
``TIDY_FORMS`` are one; digits within a word are the letters that they imitate, umlauts are their vowels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from plugwatch.model.messages.text import fold
from plugwatch.model.messages.wording import Wording
from plugwatch.model.roads.privacy import PrivateWords

WORD = re.compile(r"[^\W_]+(?:\$[^\W_]+)*")
_UMLAUT_E = re.compile("(?<=[aou])e")
_CAMEL = re.compile(r"(?<=[a-zß-ÿ0-9])(?=[A-ZÀ-Þ])")
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?:www\.)?([^/?#:\s]+)", re.IGNORECASE)
# Where a product's own name ends: "Tidy Forms for Shops", "Tidy Forms - the form builder".
_SUBTITLE = re.compile(r"\s(?:for|by|with|für|von|mit)\s|\s[-–—|]\s|[:,]\s|\s\(", re.IGNORECASE)
_LEET = str.maketrans("013457$", "oieasts")
_SOUNDS = str.maketrans("cqvz", "kkfs")  # first letters that are heard as one
_SOLID = 7  # letters from which on a name is found within a longer word
_INITIALS = 3
_PART = 4  # letters from which on a word of a client's name tells the client


@dataclass(frozen=True)
class Product:
    """A component as its vendor calls it. ``words``: other names for it; ``near``: it is part of the incident."""

    name: str
    slug: str = ""
    vendor: str | None = None
    domain: str | None = None
    words: tuple[str, ...] = ()
    near: bool = True


@dataclass(frozen=True)
class Name:
    """A spelling to look for, what it is of (``rule``), and how sure it is that it is meant.

    ``whole``: as recorded, not a part of it. ``everyday``: of everyday words only. ``near``: of the incident itself.
    ``host``: a domain, with its dots. ``initials``: first letters, in capitals. ``solid``: long enough to be found
    within a longer word. ``coined``: the first of several words, which is no everyday one. ``slug``: one word that we
    gave or that stands in an address. ``words``: how many it has.
    """

    key: str
    rule: str
    text: str
    whole: bool = True
    everyday: bool = False
    host: bool = False
    initials: bool = False
    solid: bool = False
    coined: bool = False
    slug: bool = False
    near: bool = True
    words: int = 1


def everyday_words(wording: Wording | None) -> Everyday:
    """The everyday words of a language; none where it has no list."""
    if wording is None:
        return Everyday(frozenset(), frozenset(), "and")
    formats = wording.formats["formats"]
    compounds = formats["nouns"] == "capital"
    return _everyday_of(wording.lists["common"], wording.lists["generic"], formats["and"], compounds)


@dataclass(frozen=True)
class Everyday:
    """Words that are no name by themselves: everyday ones, and those that names of firms and products share.

    ``compounds``: the language joins its nouns to new ones, and writes all of them with a capital.
    """

    common: frozenset[str]
    generic: frozenset[str]
    joining: str
    compounds: bool = False

    def knows(self, key: str) -> bool:
        """Whether a word is an everyday one, or ends with one where nouns are joined ("Terminkalender")."""
        ends = (key[start:] for start in range(1, len(key) - _PART + 1)) if self.compounds else ()
        return self.holds([key]) or any(end in self.common for end in ends)

    def holds(self, keys: Iterable[str]) -> bool:
        """Whether all these words are everyday ones."""
        return all(key in self.common or key in self.generic or len(key) == 1 for key in keys)


@lru_cache(maxsize=16)
def _everyday_of(common: tuple[str, ...], generic: tuple[str, ...], joining: str, compounds: bool) -> Everyday:
    keys = [frozenset(key for word in words for key in keys_of(word)) for words in (common, generic)]
    return Everyday(keys[0], keys[1], joining, compounds)


@lru_cache(maxsize=65536)
def keys_of(text: str) -> tuple[str, ...]:
    """The words of a name as they are compared; CamelCase is several words."""
    return tuple(key for word in _CAMEL.sub(" ", text).split() for key in (key_of(w) for w in _words(word)) if key)


def _words(text: str) -> list[str]:
    return WORD.findall(fold(text).text)


def key_of(word: str) -> str:
    """Digits and signs within a word are read as letters, l as i, and an umlaut as its vowel."""
    letters = word if word.isdigit() else word.translate(_LEET)
    return _UMLAUT_E.sub("", letters.replace("l", "i"))


def join_keys(keys: Iterable[str]) -> str:
    """The words of a name as one, folded as it would be if it were written as one."""
    return _UMLAUT_E.sub("", "".join(keys))


def product_names(product: Product, everyday: Everyday) -> Iterator[Name]:
    """The spellings of a product, of its vendor, and of their domains."""
    yield from _spellings(product.name, "product", everyday, near=product.near)
    title = _SUBTITLE.split(product.name)[0]
    if title != product.name and not everyday.holds(keys_of(title)):
        yield from _spellings(title, "product", everyday, near=product.near)
    if product.slug and (product.near or len(_words(product.slug)) > 1):
        yield from _spellings(product.slug, "product", everyday, near=product.near, parts=False)
    if product.vendor:
        yield from _spellings(product.vendor, "vendor", everyday, near=product.near)
    for word in product.words:
        if "." in word:
            yield from _host_names(word, everyday)
        else:
            yield Name(join_keys(keys_of(word)), "product", word, initials=len(word) <= _INITIALS)
    if product.domain:
        yield from _host_names(product.domain, everyday)


def _spellings(text: str, rule: str, everyday: Everyday, *, near: bool, parts: bool = True) -> Iterator[Name]:
    """A name as recorded, without the words that many names share, and its initials."""
    keys = tuple(key for key in keys_of(text) if key != everyday.joining)
    joined = join_keys(keys)
    if len(joined) < 2 or joined.isdigit():
        return
    one_word = len(_words(text)) == 1
    dull = everyday.holds([joined] if one_word else keys)
    solid = near and parts and len(joined) >= _SOLID and not (dull and one_word)
    yield Name(joined, rule, text, everyday=dull, solid=solid, near=near, words=len(keys))
    if not (near and parts):
        return
    short = _without_generic(keys, everyday.generic)
    if short and short != keys:
        key = join_keys(short)
        plain = everyday.holds(short) or key in everyday.common
        several, long = len(short) > 1, len(key) >= _SOLID
        yield Name(key, rule, text, whole=several, everyday=plain, solid=long and not plain, words=len(short))
    coined = len(keys[0]) > _PART and not everyday.knows(keys[0])
    if coined and len(keys) > 1 and not one_word and all(everyday.knows(key) for key in keys[1:]):
        yield Name(keys[0], rule, text, whole=False, coined=True)
    if len(keys) >= _INITIALS:
        yield Name("".join(key[0] for key in keys), rule, text, whole=False, initials=True)


def _without_generic(keys: tuple[str, ...], generic: frozenset[str]) -> tuple[str, ...]:
    start, end = 0, len(keys)
    while end - start > 1 and keys[end - 1] in generic:
        end -= 1
    while end - start > 1 and keys[start] in generic:
        start += 1
    return keys[start:end]


def is_misspelled(said: str, key: str) -> bool:
    """Whether one letter is missing, too many, another one, or has changed places with its neighbour."""
    if abs(len(said) - len(key)) > 1 or said == key or said[:1].translate(_SOUNDS) != key[:1].translate(_SOUNDS):
        return False
    same = next((n for n, (a, b) in enumerate(zip(said, key, strict=False)) if a != b), min(len(said), len(key)))
    rest, wanted = said[same:], key[same:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:] or rest == wanted[1:] or rest[1:] == wanted


def host_of(address: str) -> str:
    """The host of a URL, a domain or an e-mail address, in small letters and without ``www.``."""
    match = _HOST.match(address.strip())
    return (match[1] if match else address).casefold()


def _host_names(address: str, everyday: Everyday, *, of_client: bool = False) -> Iterator[Name]:
    """A domain as it may be written: whole, and the first part of it as a name."""
    host = host_of(address)
    yield Name(join_keys(keys_of(host)), "domain", host, host=True)
    labels = host.split(".")
    inner = labels[:-2] if len(labels) > 2 and len(labels[-2]) < _PART else labels[:-1]  # "co.uk" is one ending
    keys = keys_of(inner[-1] if inner else host)
    joined = join_keys(keys)
    if len(joined) >= _PART and not everyday.holds(keys) and joined not in everyday.common:
        yield Name(joined, "name" if of_client else "vendor", host, slug=of_client and len(keys) == 1)


def client_names(others: PrivateWords, everyday: Everyday) -> list[Name]:
    """The spellings of all other clients, their sites and contacts. A first name alone tells nobody."""
    found: list[Name] = []
    for name in others.names:
        found += _of_client(name, everyday)
    for slug in others.slugs:
        keys = keys_of(slug)
        if len(keys) > 1 or not everyday.holds(keys):
            found.append(Name(join_keys(keys), "name", slug, everyday=everyday.holds(keys), slug=len(keys) == 1))
    for address in others.addresses:
        found += _host_names(address, everyday, of_client=True)
    for contact in others.contacts:
        name = re.sub(r"<.*?>", "", contact)
        keys = keys_of(name)
        if len(keys) > 1 and "@" not in name:
            found.append(Name(join_keys(keys), "contact", contact, everyday=everyday.holds(keys)))
    return found


@lru_cache(maxsize=8192)
def _of_client(name: str, everyday: Everyday) -> tuple[Name, ...]:
    words = [(word, join_keys(keys_of(word))) for word in re.split(r"[\s&+/,]+", name)]
    keys = tuple(key for _, key in words if key and key != everyday.joining)
    if len(join_keys(keys)) < 2 or join_keys(keys).isdigit():
        return ()
    found = [Name(join_keys(keys), "name", name, everyday=everyday.holds(keys))]
    short = _without_generic(keys, everyday.generic)
    if short != keys and not everyday.holds(short):
        found.append(Name(join_keys(short), "name", name))
    found += _pairs(name, everyday)
    if len(keys) > 1:
        parts = (key for word, key in words if word[:1].isupper() and len(key) >= _PART and not everyday.holds([key]))
        found += [Name(key.removesuffix("s") if "'" in name else key, "name", name, whole=False) for key in parts]
    return tuple(found)


def _pairs(name: str, everyday: Everyday) -> Iterator[Name]:
    """Two neighbouring words of a longer name, both with capitals: "the Old Mill" is the hotel of that name."""
    words = name.split()
    for first, second in pairwise(words):
        keys = keys_of(f"{first} {second}")
        if len(words) > len(keys) == 2 and first[:1].isupper() and second[:1].isupper():
            yield Name(join_keys(keys), "name", f"{first} {second}", everyday=everyday.holds(keys))
