"""The markups of the roads upstream: any text, however hostile, becomes harmless in each of them.

Every road's escaper has the same methods. ``inline`` is the default for a value: one line, shown as written, at the
start of a line as well as within one. ``paragraphs`` keeps the line ends of prose. ``code`` and ``block`` show text as
code that the text itself cannot close. Nothing that an escaper returns can ping a person, refer to a ticket, or become
a link, a heading or a tag.

The rules were compared with the programs that read the texts: the CommonMark specification (spec.commonmark.org), Trac
1.6's wiki parser, bbPress's formatting.php; each class names its traps.
"""

from __future__ import annotations

import re
import textwrap
from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar
from urllib.parse import quote

ZERO_WIDTH_SPACE = "\u200b"
MAIL_WIDTH = 72

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


def _web_address(url: str) -> str | None:
    """The URL with every character that some markup could take amiss percent-encoded; None where it is not http(s)."""
    url = one_line(url)
    return quote(url, safe=":/?#@$&+,;=%~.-_") if _HTTP.fullmatch(url) else None


def _longest_run(character: str, text: str) -> int:
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


class GitHubMarkdown(Markup):
    """GitHub's Markdown: CommonMark, GFM's extensions, and what GitHub adds after rendering.

    Mentions and references are found in the rendered text, so a backslash or an entity does not stop them: a zero-width
    space does (github/cmark-gfm issue 181; Dependabot and Renovate do the same). It also undoes closing keywords, for
    "fixes #1" is nothing without the reference. Bare addresses are linked by GFM's autolinks only where ``://`` or
    ``www.`` stands literally. Dollars are GitHub's mathematics.
    """

    name = "markdown"

    _REFERENCES = re.compile(
        r"@|#(?=\d|$)|\bGH-(?=\d|$)|(?<=/)(?:issues|pull|discussions|commit)/(?=\w)", re.IGNORECASE
    )
    _SPECIAL = re.compile(
        r"[\\*~|\[\]`<>$]|&(?=[#\w]|$)|(?<![^\W_])_|_(?![^\W_])|://|\bwww\.|" + _REFERENCES.pattern, re.IGNORECASE
    )
    _ENTITIES: ClassVar = {
        "`": "&#96;",
        "<": "&lt;",
        ">": "&gt;",
        "$": "&#36;",
        "&": "&amp;",
        "://": "&#58;//",
    }
    _LINE_START = re.compile(r"[#+=:-]|(\d{1,9})([.)])(?=\s|$)")
    _BARE_URL = re.compile(r"(?:[A-Za-z0-9/:.#?=&%~+,-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9]))+")

    def title(self, text: str) -> str:
        """A title is not rendered, but a squashed pull request's becomes a commit message: references are undone."""
        return self._REFERENCES.sub(lambda found: found[0] + ZERO_WIDTH_SPACE, one_line(text))

    def inline(self, text: str) -> str:
        """See :meth:`Markup.inline`."""
        escaped = self._SPECIAL.sub(self._escape, one_line(text))
        return (
            self._LINE_START.sub(self._escape_start, escaped, count=1) if self._LINE_START.match(escaped) else escaped
        )

    def _escape(self, found: re.Match[str]) -> str:
        mark = found[0]
        if mark in self._ENTITIES:
            return self._ENTITIES[mark]
        if mark in "\\*~|[]_":
            return "\\" + mark
        if mark.lower() == "www.":
            return mark[:3] + "&#46;"
        return mark + "&#8203;"

    @staticmethod
    def _escape_start(found: re.Match[str]) -> str:
        return f"{found[1]}\\{found[2]}" if found[1] else "\\" + found[0]

    def code(self, text: str) -> str:
        """A code span whose fence is longer than any run of backticks inside (CommonMark 6.1)."""
        content = one_line(text)
        if not content:
            return ""
        fence = "`" * (_longest_run("`", content) + 1)
        pad = " " if content.startswith("`") or content.endswith("`") else ""
        return f"{fence}{pad}{content}{pad}{fence}"

    def block(self, text: str, language: str = "") -> str:
        """A fenced block whose fence is longer than any run of backticks inside (CommonMark 4.5)."""
        content = clean(text)
        fence = "`" * max(3, _longest_run("`", content) + 1)
        return f"{fence}{language}\n{content}\n{fence}\n"

    def link(self, url: str) -> str:
        """A bare address where that is unambiguous (so that "Closes URL" works), else an autolink in angles."""
        address = _web_address(url)
        if address is None:
            return self.inline(url)
        return address if self._BARE_URL.fullmatch(address) else f"<{address}>"


@cache
def _trac_wiki_word() -> str:
    """Trac's pattern for a CamelCase link. Its letters are those of Python's isupper and islower in the basic plane."""
    letters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    upper = "".join(letter for letter in letters if letter.isupper())
    lower = "".join(letter for letter in letters if letter.islower())
    return (
        rf"(?:[{upper}][{lower}]+/?){{2,}}(?:@[0-9]+)?(?:#[^\W\d](?:[\w:.-]*[\w-])?)?"
        rf"(?=:(?:\Z|\s)|[^:\w{upper}{lower}]|\s|\Z)"
    )


@cache
def _trac_tokens(*, again: bool = False) -> re.Pattern[str]:
    """What Trac 1.6 would act on, as its parser finds it; ``!`` before such a match makes it literal text.

    An inserted ``!`` ends the word before it and may so uncover another match; ``again`` finds only those.
    """
    scheme, quoted = "[a-zA-Z][-a-zA-Z0-9+._]{0,60}", r"""(?:'[^']+'|"[^"]+")"""
    ranges = rf"[0-9]+(?:[-:][0-9]+)?(?:,{ZERO_WIDTH_SPACE}?[0-9]+(?:[-:][0-9]+)?)*"
    changeset = "(?:[0-9]+|[a-fA-F0-9]{8,})"
    literal = (
        "'''''|'''|''|\\*\\*|//|__|~~|,,|\\^",
        rf"(?<![\w/])(?:\.?\.?/)*{_trac_wiki_word()}",
        rf"\[{_trac_wiki_word()}\s+[^\]]+\]",
        rf"\[{quoted}(?:\s+[^\]]+)?\]",
        rf"(?<!&)#[a-zA-Z.+-]*?{ranges}",
        r"\{[a-zA-Z.+-]*?\s*[0-9]+\}",
        rf"\[[a-zA-Z.+-]*?\s*{changeset}(?:/[^\]]*)?(?:\?[^\]]*)?(?:#[^\]]*)?\]",
        rf"\[[a-zA-Z.+-]*?\s*(?:{ranges}|{changeset}(?:[:-]{changeset})?)(?:[/?][^\]]*)?\]",
        rf"(?:\b|(?={scheme}:[\w/?!#@]))r(?:[0-9]+\b(?!:[0-9])|{ranges}\b)(?:/[a-zA-Z0-9_/+-]+)?",
        r"\\\\",
        rf"<{scheme}:[^>]+>",
        rf"{scheme}:(?:{scheme}:{quoted}|{quoted}|[\w/?!#@](?<!_)(?:(?:\|(?=[^|\s])|[^|<>\s])*[\w/=](?<!_))?)",
        r"\[(?:[/?#][^\s\]]*|\.\.?(?:[/?#][^\s\]]*)?)(?:\s+[^\]]*)?\]",
        rf"\[{scheme}:[^\]]*\]",
        r"\[=#[^\]]*\]",
        r"\[\[(?:[^]]|][^]])+\]\]",
        r"\s*\|-+",
        r"=?(?:\|\|)+=?",
    )
    # Kept apart by a zero-width space: an exclamation mark from the code behind it, and a colon from a mark that gets
    # our own "!" (for "ticket:!" is a link).
    part = r"(?P<part>!(?=`|\{[{`}]|\}\})|(?<=[-a-zA-Z0-9+._]):(?=[*'^~,|\[{<\\=_]))"
    special = part + r"|(?P<ticks>`+)|(?P<braces>\{{2,}|\}{2,}|\{(?=`|\}\}))"
    done = r"(?P<done>\{\{\{`+\}\}\}|`[{}]+`)|" if again else ""
    return re.compile(f"{done}{special}|(?P<literal>{'!?' if again else ''}(?:{'|'.join(literal)}))")


class TracWiki(Markup):
    """Trac's wiki text (trac.edgewall.org/wiki/WikiFormatting).

    A block ends at the first line that is ``}}}`` and no more, and a line ``{{{`` begins a nested one. Its first line
    may call a processor (``#!html``), so every block names its own. WordPress's Tracs notify people who are @mentioned.
    """

    name = "trac"

    _LINE_START = re.compile(r"[=*•>|-]|(?:[0-9]+|[a-zA-Z]|[ivxIVX]{1,5})\.\s")
    _FENCE_LINE = re.compile(r"^(\s*)(\{\{|\}\})([{}])", re.MULTILINE)

    def inline(self, text: str) -> str:
        """See :meth:`Markup.inline`."""
        # Also after a colon with a quote: "wiki:'" would reach for the next quote in the template.
        silenced = re.sub(r"@|:(?=['\"])", rf"\g<0>{ZERO_WIDTH_SPACE}", one_line(text))
        escaped = _trac_tokens().sub(self._escape, silenced)
        escaped = _trac_tokens(again=True).sub(self._escape_rest, escaped)
        # A value may not act on the template's markup: neither as the start of a line nor by its last character.
        before = ZERO_WIDTH_SPACE if self._LINE_START.match(escaped) else ""
        after = ZERO_WIDTH_SPACE if escaped.endswith(("'", "*", "!", "=")) else ""
        return f"{before}{escaped}{after}"

    @staticmethod
    def _escape(found: re.Match[str]) -> str:
        mark, group = found[0], found.lastgroup
        if group == "part":
            return mark + ZERO_WIDTH_SPACE
        if group == "ticks":
            return "{{{" + mark + "}}}"
        return f"`{mark}`" if group == "braces" else "!" + mark

    @classmethod
    def _escape_rest(cls, found: re.Match[str]) -> str:
        return found[0] if found["done"] or found[0].startswith("!") else cls._escape(found)

    def code(self, text: str) -> str:
        """Code within a line: backticks, or braces where the content has backticks; both cannot be had."""
        content = one_line(text)
        if "`" not in content:
            return f"`{content}`" if content else ""
        content = re.sub(r"\}(?=\}\})", "}" + ZERO_WIDTH_SPACE, content)
        return "{{{" + content + (ZERO_WIDTH_SPACE if content.endswith("}") else "") + "}}}"

    def block(self, text: str, language: str = "") -> str:
        """A block with a named processor; lines that would open or close a block are parted by a zero-width space."""
        content = self._FENCE_LINE.sub(rf"\1\2{ZERO_WIDTH_SPACE}\3", clean(text))
        return f"{{{{{{\n#!{language or 'text'}\n{content}\n}}}}}}\n"

    def link(self, url: str) -> str:
        """Trac links a bare address."""
        return _web_address(url) or self.inline(url)


class ForumHtml(Markup):
    """bbPress's small HTML with backticks for code (bbp_kses_allowed_tags, bbp_code_trick, bbp_encode_bad).

    bbPress first encodes the whole text and then turns ``&lt;em&gt;`` back into a tag, and WordPress before 4.3 undid
    numeric entities first; so an entity that could open a tag or another entity is parted from what follows. Backticks
    cannot be escaped inside code; an apostrophe takes their place.
    """

    name = "forum"

    _SPECIAL = re.compile(r"[&<>`\[\]]|@|://|\b(?:www|ftp)\.", re.IGNORECASE)

    def inline(self, text: str) -> str:
        """See :meth:`Markup.inline`."""
        return self._SPECIAL.sub(self._escape, one_line(text))

    @staticmethod
    def _escape(found: re.Match[str]) -> str:
        mark = found[0]
        if mark == "@":
            return "@&#8203;"
        if mark == "://":
            return "&#58;//"
        opens = mark in "<&" and found.string[found.end() : found.end() + 1].strip()
        return f"{mark[:-1]}&#{ord(mark[-1])};{'&#8203;' if opens else ''}"

    def code(self, text: str) -> str:
        """Code within a line."""
        content = one_line(text).replace("`", "'")
        return f"`{content}`" if content else ""

    def block(self, text: str, language: str = "") -> str:  # noqa: ARG002 - the forum knows no languages
        """Code over several lines: a backtick at the start of a line up to the next backtick."""
        content = clean(text).strip("\n").replace("`", "'")
        return f"`{content}`\n" if content else ""

    def link(self, url: str) -> str:
        """An anchor that shows its address."""
        address = _web_address(url)
        if address is None:
            return self.inline(url)
        address = address.replace("&", "&amp;")
        return f'<a href="{address}">{address}</a>'


class MailText(Markup):
    """Plain text of a mail: no markup, lines of at most 72 characters (RFC 5322 2.1.1 advises 78, quotes need room)."""

    name = "mail"

    _ITEM = re.compile(r"\s*(?:[-*] |\d+\. )?")

    def inline(self, text: str) -> str:
        """See :meth:`Markup.inline`."""
        return one_line(text)

    def code(self, text: str) -> str:
        """Code within a line is left as it is."""
        return one_line(text)

    def block(self, text: str, language: str = "") -> str:  # noqa: ARG002 - mail knows no languages
        """Code is set in by four spaces and never wrapped."""
        return "".join(f"    {line}".rstrip() + "\n" for line in clean(text).split("\n"))

    def link(self, url: str) -> str:
        """Mail programs link a bare address."""
        return _web_address(url) or one_line(url)

    def finish(self, body: str) -> str:
        """Long lines wrapped; items of a list hang under their text."""
        return "".join(f"{line}\n" for long in body.strip("\n").split("\n") for line in self._wrap(long))

    def _wrap(self, line: str) -> list[str]:
        if len(line) <= MAIL_WIDTH or line.startswith("    "):
            return [line]
        match = self._ITEM.match(line)
        hang = " " * len(match[0]) if match else ""
        return textwrap.wrap(line, MAIL_WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)


MARKUPS: dict[str, Markup] = {markup.name: markup for markup in (GitHubMarkdown(), TracWiki(), ForumHtml(), MailText())}
