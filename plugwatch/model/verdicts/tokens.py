"""Source code cut into tokens, for comparing what line breaks and white space hide.

One set of rules serves PHP, JavaScript and CSS: it must only cut every version of a file in the same way, not
understand it. A quoted string on one line is one token, so that no merge ever mixes two versions of a text; an
apostrophe in a sentence must not swallow the lines below it. Two slashes begin a comment only where a statement may
end, so that those of an address do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

_TOKEN = re.compile(
    rb"""\s+
    |'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"
    |/\*.*?\*/|<!--.*?-->|(?:^|(?<=[\s;{}),]))//[^\n]*
    |--[A-Za-z][\w-]*
    |[A-Za-z_$\x80-\xff][\w$\x80-\xff]*
    |\d+(?:\.\d+)*
    |<\?php|<\?=|\?>|\?->|=>|->|::|===|!==|==|!=|<=>|<=|>=|&&|\|\||\?\?|[-+*/.%|&^]=|\+\+|--|\.\.\.
    |.""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN_QUOTED = re.compile(rb'"([^"\'$\\]*)"')
_WORD = re.compile(rb"[A-Za-z_\x80-\xff]")
_COMMENTS = (b"//", b"/*", b"<!--")
_CLOSING = (b")", b"]")
# Where a bracket of an array opens can lie outside of the piece at hand, so all brackets are round ones.
_BRACKETS = {b"[": b"(", b"]": b")"}
_SHORTEST_NAME = 4
# The time of a comparison in order grows with the product of both lengths.
_LARGEST_PRODUCT = 1_000_000


def split_tokens(text: bytes) -> list[bytes]:
    """Every byte of a text, in tokens; runs of white space are tokens of their own."""
    return _TOKEN.findall(text)


def code_tokens(lines: Iterable[bytes]) -> list[bytes]:
    """The tokens of some lines in the one form that stands for all ways of writing them.

    White space and comments are gone; ``"text"`` is ``'text'`` where both mean the same, ``array( … )`` and ``[ … ]``
    are ``( … )``, and a comma before a closing bracket is gone.
    """
    return [token for token, _line in located_tokens(lines)]


def located_tokens(lines: Iterable[bytes]) -> list[tuple[bytes, int]]:
    """As :func:`code_tokens`, each with the index of its line."""
    found: list[tuple[bytes, int]] = []
    for at, line in enumerate(lines):
        for token in _TOKEN.findall(line):
            if token.isspace() or token.startswith(_COMMENTS[1:]):
                continue
            if token.startswith(_COMMENTS[0]):
                break
            if (token in _CLOSING and found and found[-1][0] == b",") or (
                token == b"(" and found and found[-1][0].lower() == b"array"
            ):
                found.pop()
            found.append((_BRACKETS.get(token) or _in_single_quotes(token), at))
    return found


def without_types(tokens: Sequence[bytes]) -> list[bytes]:
    """Tokens of PHP without the types in the signatures of functions
    (https://www.php.net/manual/en/language.types.declarations.php).
    """
    found: list[bytes] = []
    at = 0
    while at < len(tokens):
        found.append(tokens[at])
        at += 1
        if tokens[at - 1] == b"function":
            at = _copy_signature(tokens, at, found)
    return found


def _copy_signature(tokens: Sequence[bytes], at: int, found: list[bytes]) -> int:
    """Copy a signature from the name on, without types, up to where the body begins; the index there."""
    depth = 0
    argument = len(found)
    while at < len(tokens):
        token = tokens[at]
        at += 1
        depth += (token == b"(") - (token == b")")
        if depth == 1 and token.startswith(b"$"):
            found[argument:] = [kept for kept in found[argument:] if kept in (b"&", b"...")]
        found.append(token)
        if depth == 1 and token in (b"(", b","):
            argument = len(found)
        if depth == 0 and token == b")":
            break
        if depth == 0 and token in (b"{", b";"):
            return at
    if tokens[at : at + 1] == [b":"]:
        while at < len(tokens) and tokens[at] not in (b"{", b";"):
            at += 1
    return at


def telling_tokens(lines: Iterable[bytes]) -> set[bytes]:
    """The tokens of some lines that are telling, each once."""
    found = filter(is_telling, set(_TOKEN.findall(b"\n".join(lines))))
    return {_in_single_quotes(token) for token in found if not token.startswith(_COMMENTS)}


def _in_single_quotes(token: bytes) -> bytes:
    plain = _PLAIN_QUOTED.fullmatch(token)
    return b"'" + plain[1] + b"'" if plain else token


def is_telling(token: bytes) -> bool:
    """Whether a token says where it comes from: a name or a text of some length, not a sign or a number."""
    return len(token) >= _SHORTEST_NAME and _WORD.search(token) is not None and token not in _KEYWORDS


def is_name(token: bytes) -> bool:
    """Whether a token is the name of something that a programmer may call otherwise."""
    return is_telling(token) and _WORD.match(token.lstrip(b"$-")) is not None


def likeness(old: bytes, new: bytes) -> float:
    """The share of tokens that two pieces of code have in common, from 0 to 1; of short ones in the same order."""
    one, other = split_tokens(old), split_tokens(new)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if len(one) * len(other) <= _LARGEST_PRODUCT else matcher.quick_ratio()


def find_run(needle: Sequence[bytes], hay: Sequence[bytes]) -> int | None:
    """Where one row of tokens stands in another in one piece; None where it does not."""
    if not needle:
        return None
    size, first = len(needle), needle[0]
    return next(
        (at for at in range(len(hay) - size + 1) if hay[at] == first and hay[at : at + size] == needle),
        None,
    )


def count_runs(needle: Sequence[bytes], hay: Sequence[bytes]) -> int:
    """How often one row of tokens stands in another."""
    count, rest = 0, hay
    while (at := find_run(needle, rest)) is not None:
        count, rest = count + 1, rest[at + 1 :]
    return count


_KEYWORDS = frozenset(
    b"<?php abstract array break case catch class const continue default echo else elseif empty exit export extends "
    b"false final foreach function global import isset null private protected public require require_once return "
    b"static string switch this $this throw true unset void while".split()
)
