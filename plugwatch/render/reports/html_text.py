"""HTML as the markup of a page: any text becomes text, in the page as well as in an attribute's quotation marks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from plugwatch.model.roads.markup import Markup, clean, one_line
from plugwatch.model.roads.markup_base import web_address


class HtmlText(Markup):
    """What a browser shows; nothing of a value can open a tag, end an attribute, or turn the direction of other text.

    Only ``&``, ``<``, ``>`` and the two quotation marks mean something in text and in quoted attributes (HTML Living
    Standard, 13.1.3 and 13.1.2.3); no template writes an attribute without its quotation marks, or a script.
    """

    name = "html"

    def inline(self, text: str) -> str:
        """See :meth:`Markup.inline`."""
        return escape(one_line(text))

    def code(self, text: str) -> str:
        """Code within a line."""
        return f"<code>{escape(one_line(text))}</code>" if one_line(text) else ""

    def block(self, text: str, language: str = "") -> str:  # noqa: ARG002 - nothing colours it
        """Code on lines of its own."""
        return f"<pre>{escape(clean(text))}</pre>\n"

    def link(self, url: str) -> str:
        """An anchor that shows its address and tells the other side nothing of us."""
        address = web_address(url)
        if address is None:
            return self.inline(url)
        return f'<a href="{escape(address)}" rel="noreferrer noopener">{escape(address)}</a>'

    def items(self, lines: Sequence[str]) -> str:
        """A list."""
        return "".join(["<ul>\n", *(f"<li>{line}</li>\n" for line in lines), "</ul>\n"])

    def paragraphs(self, text: str) -> str:
        """Prose with its line ends kept."""
        return "<br>\n".join(self.inline(line) for line in clean(text).strip("\n").split("\n"))

    def blank(self, what: str) -> str:
        """The marker, so that it is seen."""
        return f"<mark>{super().blank(what)}</mark>"
