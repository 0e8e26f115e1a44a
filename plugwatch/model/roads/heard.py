"""What somebody said, out of a page, a feed or a mail: their own words, without markup and without what they quote."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from plugwatch.model.roads.markup import clean

_SILENT = frozenset({"script", "style", "head", "template", "svg"})
_BLOCKS = re.compile("address|article|blockquote|br|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|tr|ul")
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<!\[[^>]*>?", re.DOTALL)
_STRAY = re.compile(r"<(?![a-zA-Z/!?][^<>]*>)")
_MOST_LINES = 40
_MOST_LETTERS = 2_000
_QUOTED = re.compile(r"[ \t]*>")
# A signature (RFC 3676, 4.3), and what Outlook puts above the mail that it answers.
_ENDS = re.compile(r"^(?:-- |-{3,} ?[^-\n]{3,40} ?-{3,}|_{20,})$", re.MULTILINE)
# "On Friday, 20 November 2026, Jo wrote:", on one line or two, right above what is quoted.
_INTRODUCES = re.compile(
    r"^(?:[^\n>]*\b20\d\d\b[^\n]*\n)?(?![ \t]*>)[^\n]*:[ \t]*\n(?:[ \t]*\n)*(?=[ \t]*>)", re.MULTILINE
)


def read_html(html: str) -> str:
    """The text of a piece of HTML, block by block; what is quoted in it has ``> `` before each line."""
    reader = _Reader()
    reader.feed(make_harmless(html))
    reader.close()
    return reader.text()


def make_harmless(html: str) -> str:
    """HTML without what html.parser stumbles over, or takes the square of its length for.

    Comments and marked sections (``<![if !mso]>``) become a blank, and a ``<`` that begins no tag an entity.
    """
    return _STRAY.sub("&lt;", _UNSEEN.sub(" ", html))


def own_words(text: str) -> str:
    """The first lines of a mail or post that are the writer's own: at most 40, and 2,000 letters.

    Quoted lines are left out with the line that introduces them, and so is what stands below a signature. Where nothing
    is left, nobody said anything.
    """
    before_signature = _ENDS.split(clean(text), maxsplit=1)[0]
    kept = [line.rstrip() for line in _INTRODUCES.sub("", before_signature).split("\n") if not _QUOTED.match(line)]
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    short = "\n".join(words.split("\n")[:_MOST_LINES])[:_MOST_LETTERS].rstrip()
    return short if len(short) == len(words) else f"{short} …"


class _Reader(HTMLParser):
    """Collects lines; entities are read, tags are not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._silent = self._quoted = self._kept = 0

    def text(self) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self._lines)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - html.parser's
        if tag in _SILENT:
            self._silent += 1
        if _BLOCKS.fullmatch(tag):
            self._break()
        if tag in ("p", "blockquote"):
            self._lines.append("")
        self._quoted += tag == "blockquote"
        self._kept += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if _BLOCKS.fullmatch(tag) and tag != "br":
            self._break()
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        self._kept = max(0, self._kept - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        first, *rest = data.split("\n") if self._kept else [re.sub(r"\s+", " ", data)]
        self._add(first)
        for line in rest:
            self._lines.append("")
            self._add(line)

    def _add(self, words: str) -> None:
        if not self._lines[-1] and not self._kept:
            words = words.lstrip()
        if words and not self._lines[-1] and self._quoted:
            self._lines[-1] = "> "
        self._lines[-1] += words

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append("")
