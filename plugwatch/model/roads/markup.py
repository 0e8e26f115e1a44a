"""The markups of the roads upstream: any text, however hostile, becomes harmless in each of them.

The rules were compared with the programs that read the texts: the CommonMark specification (spec.commonmark.org), Trac
1.6's wiki parser, bbPress's formatting.php; each class names its traps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from plugwatch.model.roads.markup_base import (
    ZERO_WIDTH_SPACE,
    Markup,
    Safe,
    clean,
    find_blanks,
    longest_run,
    one_line,
    web_address,
)
from plugwatch.model.roads.markup_plain import MAIL_WIDTH, ChatText, MailText, SocialText
from plugwatch.model.roads.markup_trac import TracWiki

__all__ = ["MAIL_WIDTH", "MARKUPS", "ZERO_WIDTH_SPACE", "Markup", "Safe", "clean", "find_blanks", "one_line"]


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
        fence = "`" * (longest_run("`", content) + 1)
        pad = " " if content.startswith("`") or content.endswith("`") else ""
        return f"{fence}{pad}{content}{pad}{fence}"

    def block(self, text: str, language: str = "") -> str:
        """A fenced block whose fence is longer than any run of backticks inside (CommonMark 4.5)."""
        content = clean(text)
        fence = "`" * max(3, longest_run("`", content) + 1)
        return f"{fence}{language}\n{content}\n{fence}\n"

    def link(self, url: str) -> str:
        """A bare address where that is unambiguous (so that "Closes URL" works), else an autolink in angles."""
        address = web_address(url)
        if address is None:
            return self.inline(url)
        return address if self._BARE_URL.fullmatch(address) else f"<{address}>"


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

    def items(self, lines: Sequence[str]) -> str:
        """A list of HTML."""
        return "".join(["<ul>\n", *(f"<li>{line}</li>\n" for line in lines), "</ul>\n"])

    def link(self, url: str) -> str:
        """An anchor that shows its address."""
        address = web_address(url)
        if address is None:
            return self.inline(url)
        address = address.replace("&", "&amp;")
        return f'<a href="{address}">{address}</a>'


MARKUPS: dict[str, Markup] = {
    markup.name: markup for markup in (GitHubMarkdown(), TracWiki(), ForumHtml(), MailText(), ChatText(), SocialText())
}
