"""What nobody has filled in: marks of our templates, and what people write in the place of a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugwatch.model.messages.rules import Finding, Reading

_ADVICE = "fill it in"
_TAG = r"(?:/?(?:a|b|i|u|p|br|em|strong|ul|ol|li)\b)"
# Looked for in the folded text, which is in small letters; what must be in capitals is looked for in the original.
_FOLDED = (
    ("marked", r"\(\([^()\n]{0,200}(?:\n[^()\n]{0,200})?\)\)"),
    ("bracket", r"\[(?!\s*(?:sic|x|!|\d|\.\.\.)\s*\])(?![^\[\]\n]*\d\d)[^\[\]\n]{0,80}\]"),
    ("braces", r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|\$?\{[^{}\n]{0,60}\}"),
    ("angle", rf"<<[^<>\n]{{1,60}}>>|<(?!{_TAG})(?![^<>\s]*[.@:/])[a-z_#%][^<>\n@]{{0,50}}>"),
    ("percent", r"%[a-z][a-z_ .-]{1,40}%|\*\|[^|\n]{1,40}\|\*|@@[^@\s]{1,40}@@|##[^#\s]{1,40}##"),
    ("todo", r"(?<!\w)(?:todo|fixme|tbd|tbc|tba|t\.\s?b\.\s?[dca]\.?|x{2,3}|x{5,}|y{3,}|n\.\s?n\.)(?!\w)"),
    ("todo", r"(?<!\w)(?:dd|tt)[./]mm[./]?|(?<!\w)(?:hh|ss):mm|(?<![\w?])\?{2,}(?![\w?])|#{3,}|(?<!\w)undefined(?!\w)"),
    ("filler", r"(?<!\w)(?:lorem|ipsum|dolor sit|foo ?bar|asdf\w*|mustermann|musterfrau|jane doe|john doe)(?!\w)"),
    ("underscore", r"(?<!\w)_{2,}(?!\w)|_{4,}|(?<=\s)\.{4,}"),
    ("dots", r"(?<=\s)\.\.\.(?=\s*[.,;:)\n]|\s*$)"),
    ("name", r"(?<=\n)[a-z][^\n,]{0,40} [,!](?=\n)"),
)
_PATTERNS = tuple((rule, re.compile(pattern, re.DOTALL)) for rule, pattern in _FOLDED)
_DOTS = re.compile(r"(?<=\s)\.\.\.\s+[\"'(]*(?=[^\W\d_])")
_ORIGINAL = re.compile(r"(?<![\w$])\$[A-Z][A-Z_]{2,}\b|(?<=[a-z] )(?:None|NaN|null)(?=[,!]\s)|\bINSERT_[A-Z_]+")


def find_unfilled(reading: Reading) -> Iterator[Finding]:
    """Each blank; words that the client said are none."""
    text = reading.text
    spans = [(rule, *match.span()) for rule, pattern in _PATTERNS for match in pattern.finditer(text.text)]
    dots = (match for match in _DOTS.finditer(text.text) if text.is_capital(match.end()))
    spans += [("dots", match.start(), match.start() + 3) for match in dots]
    named = _ORIGINAL.finditer(text.original)
    hits = [(text.index(match.start()), text.index(match.end())) for match in named]
    spans += [("name", start, end) for start, end in hits if not text.text.startswith("|", start)]
    if reading.wording is not None:
        found = (match.span() for match in reading.wording.find("blanks", text.text))
        spans += [("words", *hit) for hit in found if not reading.is_own_name(*hit)]
    ends = 0
    for rule, start, end in sorted(spans, key=lambda span: (span[1], -span[2])):
        if start >= ends:
            yield reading.finding(f"blanks.{rule}", start, end, _ADVICE)
            ends = end
