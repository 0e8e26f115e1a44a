"""Plain text: mail, chat rooms and social networks."""

from __future__ import annotations

import re
import textwrap
from typing import ClassVar

from plugwatch.model.roads.markup_base import ZERO_WIDTH_SPACE, Markup, clean, one_line, web_address

MAIL_WIDTH = 72

_LIVE_IN_ROOMS = (
    r"[@<](?=\S)|[#~&](?=\w)|\](?=[(\[])|://|^[/!>#=+](?=\S)|"
    r"(?<=\w)\.(?=[a-z]{2})(?!(?:php|js|css|json|txt|html?|xml)\b)"  # these end no host's name
)


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
        return web_address(url) or one_line(url)

    def finish(self, body: str) -> str:
        """Long lines wrapped; items of a list hang under their text."""
        return "".join(f"{line}\n" for long in body.strip("\n").split("\n") for line in self._wrap(long))

    def _wrap(self, line: str) -> list[str]:
        if len(line) <= MAIL_WIDTH or line.startswith("    "):
            return [line]
        match = self._ITEM.match(line)
        hang = " " * len(match[0]) if match else ""
        return textwrap.wrap(line, MAIL_WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)


class ChatText(Markup):
    """Plain text for a chat room, whichever program shows it.

    Slack acts on ``<!channel>``, ``<@U123>`` and ``<URL|text>``, all of them on ``@name``, Discord and Slack on
    ``#room``, Mattermost on ``~room``, Telegram and Slack on a line that begins with ``/``; a zero-width space parts
    each mark from what follows it. Emphasis is left alone, for it changes nothing but the looks, and backticks, which
    could swallow the rest of a text, become apostrophes.
    """

    name = "chat"

    _LIVE = re.compile(_LIVE_IN_ROOMS, re.IGNORECASE)
    _PARTED: ClassVar = {"://": f":{ZERO_WIDTH_SPACE}//", ".": f"{ZERO_WIDTH_SPACE}."}

    def inline(self, text: str) -> str:
        """See :meth:`Markup.inline`."""
        return self._LIVE.sub(self._part, one_line(text).replace("`", "'"))

    @classmethod
    def _part(cls, found: re.Match[str]) -> str:
        return cls._PARTED.get(found[0], found[0] + ZERO_WIDTH_SPACE)

    def title(self, text: str) -> str:
        """Some rooms show the title above the text, so it is as harmless."""
        return self.inline(text)

    def code(self, text: str) -> str:
        """Rooms do not agree on code, so it is left as text."""
        return self.inline(text)

    def block(self, text: str, language: str = "") -> str:  # noqa: ARG002 - rooms know no languages
        """Code is set in by four spaces."""
        lines = clean(text).expandtabs(4).split("\n")
        return "".join(f"    {self._indent(line)}{self.inline(line)}".rstrip() + "\n" for line in lines)

    @staticmethod
    def _indent(line: str) -> str:
        return " " * (len(line) - len(line.lstrip()))

    def link(self, url: str) -> str:
        """Chat programs link a bare address."""
        return web_address(url) or self.inline(url)


class SocialText(ChatText):
    """A post on Mastodon, Bluesky or X: besides what a room acts on, ``$NAME`` is a share on X and ``#1`` a topic."""

    name = "social"

    _LIVE = re.compile(_LIVE_IN_ROOMS + r"|[$\uff03\uff20](?=\w)", re.IGNORECASE)  # and the full-width # and @

    def paragraphs(self, text: str) -> str:
        """A post is short: prose on one line."""
        return self.inline(text)
