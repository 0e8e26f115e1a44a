"""Trac's wiki text, compared with the parser of Trac 1.6."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from plugwatch.model.roads.markup_base import ZERO_WIDTH_SPACE, Markup, clean, one_line, web_address


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

    def items(self, lines: Sequence[str]) -> str:
        """Trac's items are set in by a space."""
        return "".join(f" * {line}\n" for line in lines)

    def link(self, url: str) -> str:
        """Trac links a bare address."""
        return web_address(url) or self.inline(url)
