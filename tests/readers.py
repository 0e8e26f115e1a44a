"""What reads our texts at the other side: CommonMark's own parser, and small models of Trac and of bbPress."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

# What trac.edgewall.org/wiki/WikiFormatting and TracLinks describe, in the order in which Trac tries it.
TRAC_LIVE = re.compile(
    r"!?'''''|!?'''|!?''|!?\*\*|!?//|!?__|!?~~|!?,,|!?\^|!?\{\{\{.*?\}\}\}|!?`.*?`|"
    r"!?(?<![\w/])(?:[A-Z][a-z]+/?){2,}(?:@[0-9]+)?(?=[^\w:]|$)|!?\[\"[^\"]+\"[^\]]*\]|!?(?<!&)#[a-zA-Z.+-]*?\d+|!?\{[a-zA-Z.+-]*\s*\d+\}|"
    r"!?\[[a-zA-Z.+-]*\s*\d+(?:[/?:,#-][^\]]*)?\]|(?:\b|!)r\d+\b(?:[-:]\d+)?(?:/[a-zA-Z0-9_/+-]+)?|!?\\\\|!?[\w.'+-]+@[\w-]+\.[a-z]+|"
    r"!?<[a-zA-Z][-\w+.]*:[^>]+>|!?[a-zA-Z][-a-zA-Z0-9+._]*:[\w/?!#@](?<!_)(?:(?:\|(?=[^|\s])|[^|<>\s])*[\w/=](?<!_))?|"
    r"!?\[(?:=?[/?#][^\s\]]*|\.\.?(?:[/?#][^\s\]]*)?|[a-zA-Z][-\w+.]*:[^\]\s]*)(?:\s[^\]]*)?\]|!?\[\[[^\]]+\]\]|!?\s*\|-+|!?=?(?:\|\|)+"
)

FORUM_TAGS = "a|blockquote|code|pre|em|strong|del|ins|ul|ol|li|img"


def bbpress(text: str) -> str:
    """A model of what bbPress makes of a post: all is encoded, allowed tags come back, backticks become code."""
    encoded = re.sub(r"&(?!#?\w+;)", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    parts = re.split(r"(`[^`]*`)", encoded)
    tags = re.compile(rf"&lt;(/?(?:{FORUM_TAGS})(?:\s.*?)?)\s*/?&gt;", re.IGNORECASE)
    opened = "".join(part if part.startswith("`") else tags.sub(r"<\1>", part) for part in parts)
    within = re.sub(r"`(.*?)`", r"<code>\1</code>", opened)
    return re.sub(r"(^|\n)`(.*?)`", r"\1<pre><code>\2</code></pre>", within, flags=re.DOTALL)


def tags_of(post: str) -> list[str]:
    """The tags of a post as it is shown."""
    return re.findall(r"<[^>]*>", post)
