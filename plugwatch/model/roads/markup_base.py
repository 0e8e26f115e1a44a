"""What every markup has: plain text made harmless, the marked blanks, and the methods of an escaper.

Every road's escaper has the same methods. ``inline`` is the default for a value: one line, shown as written, at the
start of a line as well as within one. ``paragraphs`` keeps the line ends of prose. ``code`` and ``block`` show text as
code that the text itself cannot close. Nothing that an escaper returns can ping a person, refer to a ticket, or become
a link, a heading or a tag.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from urllib.parse import quote

ZERO_WIDTH_SPACE = "\u200b"

# C0 and C1 controls but tab and newline, and what is invisible or reorders text (bidirectional controls, Unicode TR 36
# and TR 55): a title must read for everybody as it reads for the person who approved it. Lone surrogates are no text.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_BLANK = re.compile(r"\(\(\s*fill in:\s*(.{1,200}?)\s*\)\)", re.DOTALL)
_HTTP = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


class Safe(str):
    """Text that is already in a road's markup; whatever is done to it (joining, slicing) gives an unsafe str again."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text with every kind of line end as ``\\n``, without control, invisible and reordering characters."""
    return _UNWANTED.sub("", "\n".join(text.splitlines()))


def one_line(text: str) -> str:
    """The text on one line, each run of white space as one space; safe as a title and as a mail header."""
    return " ".join(clean(text).split())


def find_blanks(text: str) -> tuple[str, ...]:
    """The marked blanks that a text still has, in words, each once and in order.

    The marker ``(( fill in: WHAT ))`` is harmless in Markdown, Trac wiki, bbPress and mail; ``[[ ]]`` links in Trac.
    """
    return tuple(dict.fromkeys(" ".join(match.split()) for match in _BLANK.findall(text)))


def web_address(url: str) -> str | None:
    """The URL with every character that some markup could take amiss percent-encoded; None where it is not http(s)."""
    url = one_line(url)
    return quote(url, safe=":/?#@$&+,;=%~.-_") if _HTTP.fullmatch(url) else None


def longest_run(character: str, text: str) -> int:
    """The length of the longest run of a character; code is fenced with a longer one."""
    return max((len(run) for run in re.findall(f"{re.escape(character)}+", text)), default=0)


class Markup(ABC):
    """How one road writes text; the methods that every road shares."""

    name: str

    @abstractmethod
    def inline(self, text: str) -> str:
        """Any text as it is, on one line, harmless at the start of a line and within one."""

    @abstractmethod
    def code(self, text: str) -> str:
        """Any text as code within a line."""

    @abstractmethod
    def block(self, text: str, language: str = "") -> str:
        """Any text as a block of code, ending in a newline; the template puts it at the start of a line."""

    @abstractmethod
    def link(self, url: str) -> str:
        """A web address as a link; text that is not an http or https address is shown and not linked."""

    def items(self, lines: Sequence[str]) -> str:
        """A list of lines that are in the markup already, ending in a newline."""
        return "".join(f"- {line}\n" for line in lines)

    def title(self, text: str) -> str:
        """Any text as a title: plain text on one line."""
        return one_line(text)

    def paragraphs(self, text: str) -> str:
        """Prose with its line ends and empty lines kept, everything else as in :meth:`inline`."""
        lines = "\n".join(self.inline(line) for line in clean(text).split("\n")).strip("\n")
        return re.sub(r"\n{3,}", "\n\n", lines)

    def blank(self, what: str) -> str:
        """The visible marker of something that nobody has filled in yet; :func:`find_blanks` finds it again."""
        return f"(( fill in: {self.inline(what)} ))"

    def finish(self, body: str) -> str:
        """The whole rendered body in its final shape."""
        return body.strip("\n") + "\n"
