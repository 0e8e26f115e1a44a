"""What lists arrive in: files with byte-order marks, mails with quotes, posts with code fences, terminals with colours.

:func:`decode` turns bytes into clean lines that keep their numbers, and refuses what cannot be a list at all, each with
one sentence. Every format reads the :class:`Text` that comes out of it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, count
from operator import add

from plugwatch.errors import InputError

# A list of one site has some dozen rows; a WP-CLI list of 1,000 plugins with all fields is below 1 MiB.
MAX_BYTES = 8 * 2**20
MAX_LINES = 300_000
SHOWN = 200
_HEAD = 60_000  # characters: several hundred rows of any format

_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x07\x08\x0b\x0c\x1b"))
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}

_HTML = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{1,80})", re.IGNORECASE)

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_WIDE_SPACES = "\u00a0\u2007\u202f"
_QUOTE = re.compile(r"^[ \t]{0,8}(?:>[ \t]?){1,20}", re.MULTILINE)
# Looking for this is many times quicker than replacing quotes, which would try every line of a long file.
_ANY_QUOTE = re.compile(r"\n[ \t]{0,8}>")
_FENCE = re.compile(r"^[ \t]*(?:`{3,8}|~{3,8})[\w-]*[ \t]*$", re.MULTILINE)
_TAG = re.compile(r"</?(?:pre|code|details|summary)\b[^<>\n]{0,100}>")

_QUERY = re.compile(r"\?[^\s=]*=\S*")
_ADDRESS = re.compile(r"[^\s@]+@\S+")
_SECRET = re.compile(r"(key|licen[cs]e|token|secret|passw|pass(?![a-z])|(?<![a-z])pwd?(?![a-z])).*", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """The clean lines of a list and where they came from.

    ``first`` is the number that the first of them has in the source, since a text may be a part of a longer one.
    ``ends_whole`` says whether the last line was ended, so that it cannot have been cut.
    """

    source: str
    lines: tuple[str, ...]
    ends_whole: bool = True
    first: int = 1

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + len(self.lines) - 1

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Each line after its number."""
        return enumerate(self.lines, start=self.first)

    def line(self, number: int) -> str:
        """The line of this number."""
        return self.lines[number - self.first]

    @cached_property
    def head(self) -> Text:
        """The beginning of a long text, cut anywhere; the text itself where it is short."""
        if len(self.joined) <= _HEAD:
            return self
        return Text(self.source, tuple(self.joined[:_HEAD].split("\n")), ends_whole=False, first=self.first)

    @cached_property
    def joined(self) -> str:
        """All lines, one ``\\n`` between two of them."""
        return "\n".join(self.lines)

    def line_at(self, offset: int) -> int:
        """The number of the line that holds this character of ``joined``."""
        return bisect_right(self._starts, offset) + self.first - 1

    @cached_property
    def _starts(self) -> list[int]:
        before = accumulate(map(len, self.lines[:-1]), initial=0)
        return list(map(add, before, count()))  # each line before has an end of its own


@dataclass(frozen=True)
class Recognition:
    """How sure a format is that a text is its own: 0 (not at all) to 1, and what it saw, for an error's sentence."""

    confidence: float
    reason: str = ""


NOT_MINE = Recognition(0.0)


@dataclass(frozen=True)
class Hints:
    """What the person who gives a list says about it.

    ``list_type`` is "plugins" or "themes" where the list does not say which it names. ``columns`` names a table's
    columns by what they hold: ``{"slug": "Plugin", "version": "Installed"}``.
    """

    list_type: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


NO_HINTS = Hints()


def shorten(text: str, limit: int = SHOWN) -> str:
    """At most ``limit`` characters of a line, on one line, with nothing a terminal would obey."""
    cut = text[: limit + 1]
    shown = (cut if cut.isprintable() else "".join(c if c.isprintable() else " " for c in cut)).strip()
    return shown[:limit] + "…" if len(shown) > limit else shown


def mask(text: str) -> str:
    """The line shortened, without what could be a secret: an e-mail address, the query of a URL, and whatever stands
    behind a word such as "key" or "password"."""
    shown = shorten(text)
    if "@" in shown:
        shown = _ADDRESS.sub("…", shown)
    if "?" in shown:
        shown = _QUERY.sub("?…", shown)
    return _SECRET.sub(r"\1…", shown)


def decode(data: bytes, source: str) -> Text:
    """Clean, numbered lines of a text file, paste or answer.

    Taken away: byte-order marks, CR and CRLF line ends, terminal colours, other control and invisible characters, mail
    quotes (``> ``), code fences, and the tags and backticks around code; a no-break space becomes a space. A line of
    packaging becomes an empty line, so that numbers stay. UTF-16 with a byte-order mark is what PowerShell writes.

    Raises InputError where the data is empty, too long, binary, not UTF-8, or an HTML page.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"it is over {MAX_BYTES // 2**20} MiB; no list of one site is that long", source=source)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"it is {what}, not a list; unpack it or export the list as text", source=source)
    text = _decode_text(data, source)
    page = _HTML.match(text)
    if page:
        title = _TITLE.search(text, 0, 5000)
        named = f" ('{shorten(title[1])}')" if title else ""
        raise InputError(f"it is an HTML page{named}, not a list; get the list again", source=source)
    unpacked = _unpack(text)
    if not unpacked.strip():
        raise InputError("it is empty; nothing was read", source=source)
    lines = unpacked.split("\n")
    if len(lines) > MAX_LINES:
        raise InputError(f"it has over {MAX_LINES:,} lines; no list of one site is that long", source=source)
    ends_whole = not lines[-1]
    return Text(source, tuple(lines[:-1] if ends_whole else lines), ends_whole)


def _decode_text(data: bytes, source: str) -> str:
    encoding = _UTF16.get(data[:2], "utf-8")
    if encoding == "utf-8":
        controls = len(data) - len(data.translate(None, _CONTROLS))
        if b"\0" in data or controls > max(8, len(data) // 100):
            raise InputError("it is binary data, not a list; export the list as text", source=source)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError("it is not UTF-8 text; save it as UTF-8 and try again", source=source, line=line) from error


def _unpack(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    text = _CONTROL.sub("", text)
    if not text.isascii():
        for character in _INVISIBLE:
            text = text.replace(character, "")
        for character in _WIDE_SPACES:
            text = text.replace(character, " ")
    if ">" in text:
        if _ANY_QUOTE.search(f"\n{text}"):
            text = _QUOTE.sub("", text)
        text = _TAG.sub("", text)
    if "```" in text or "~~~" in text:
        text = _FENCE.sub("", text)
    if "`" in text:
        text = text.removeprefix("`").removesuffix("`").replace("\n`", "\n").replace("`\n", "\n")
    return text
