"""What a support forum on bbPress says of a topic, in its feed and on its page; nothing in here asks it.

Feeds are those of bbPress (bbp_display_replies_feed_rss2), pages those of WordPress.org: a resolved topic has a
``topic-resolved-indicator``, and whoever works on the plugin or theme an ``author-badge`` (wporg-bbp-topic-resolution
and wporg-bbp-user-badges in github.com/WordPress/wordpress.org).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

from plugwatch.errors import InputError
from plugwatch.model.roads.heard import make_harmless, own_words, read_html
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.watch import Remark, Seen

_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_NO_XML = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)  # a feed has neither; entities can fill the memory
_DATE = "%a, %d %b %Y %H:%M:%S %z"  # RFC 822 as bbPress writes it
_POST = re.compile(r"post-([0-9]{1,20})")
_REPLIES = re.compile(r"\s*<p>[^<]{1,40}: ?[0-9]+</p>")  # above the topic's own text: "Replies: 3"
_TEAM = re.compile(r"author-badge-(?:plugin|theme)")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Post:
    """One post: a topic, or a reply in it, whose address has ``#post-NUMBER`` at its end."""

    url: str
    title: str
    at: datetime
    who: str
    words: str

    @property
    def number(self) -> str | None:
        """The number of a reply; None for what began the topic."""
        found = _POST.fullmatch(self.url.partition("#")[2])
        return found[1] if found else None


@dataclass(frozen=True)
class Page:
    """What a page of a topic shows: ``resolved`` (None: it cannot be read), and the badge of each post that has one.

    ``lead`` is the number of the post that it begins with, ``team`` are the numbers of the posts by people who work on
    the component, with what their badge says.
    """

    resolved: bool | None = None
    lead: str | None = None
    team: Mapping[str, str] = field(default_factory=dict)


def read_feed(content: bytes, where: str) -> tuple[Post, ...]:
    """The posts of a feed, the oldest first. Raises InputError, which calls it ``where``, for what is no such feed."""
    text = content.decode("utf-8", "replace")
    if _NO_XML.search(text):
        raise InputError("no feed: it declares a document type", source=where)
    try:
        channel = ElementTree.fromstring(text).find("channel")  # noqa: S314 - without entities it is harmless
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError("no feed of a forum", source=where) from error
    if channel is None:
        raise InputError("no feed of a forum", source=where)
    posts = [_read_item(item) for item in channel.findall("item")]
    return tuple(sorted((post for post in posts if post.url), key=lambda post: post.at))


def read_page(html: str) -> Page:
    """What a topic's page shows; a page that is none of a topic (a login, a challenge) tells nothing."""
    reader = _PageReader()
    reader.feed(make_harmless(html))
    reader.close()
    if not reader.posts:
        return Page()
    return Page(reader.resolved, reader.posts[0], reader.team)


def read_topic(url: str, posts: tuple[Post, ...], page: Page, ours: Collection[str]) -> Seen:
    """What feed and page of a topic mean.

    ``ours`` are our own names in the forum; without any, whoever began the topic is one of ours.
    """
    first = _find_first(posts, page)
    own = {name.lower() for name in ours} or ({first.who.lower()} if first else set())
    replies = [post for post in posts if post is not first]
    badges = [page.team.get(post.number or "") for post in replies if post.who.lower() not in own]
    team = [badge for badge in badges if badge]
    state = {True: "resolved", False: "not resolved", None: "not known whether resolved"}[page.resolved]
    remote = f"{state}, answered by {team[-1]}" if team else state
    remarks = tuple(_remark(post, page, own) for post in replies)
    told = [remote, *(f"{post.url} {post.at} {post.words}" for post in posts)]
    return Seen(
        remote,
        "accepted" if page.resolved else "confirmed" if team else None,
        max((post.at for post in posts if post.at != _EPOCH), default=None),
        url,
        title=first.title if first else None,
        remarks=remarks,
        closed_as_fixed=bool(page.resolved),
        etag=sha256("\n".join(told).encode("utf-8", "replace")).hexdigest(),
    )


def _find_first(posts: tuple[Post, ...], page: Page) -> Post | None:
    """The post that began the topic: bbPress can be told to give it the address of a reply."""
    for post in posts:
        if post.number is None or post.number == page.lead:
            return post
    oldest, *others = posts or (None,)
    if oldest and all(post.title != oldest.title and post.title.endswith(oldest.title) for post in others if post):
        return oldest
    return None


def _remark(post: Post, page: Page, own: Collection[str]) -> Remark:
    badge = page.team.get(post.number or "")
    who = f"{post.who} ({badge})" if badge else post.who
    return Remark(post.url, post.at, who, "comment", post.words, post.who.lower() not in own)


def _read_item(item: ElementTree.Element) -> Post:
    def text(tag: str) -> str:
        return item.findtext(tag) or ""

    return Post(
        one_line(text("link") or text("guid")),
        one_line(unescape(text("title"))),
        _read_date(text("pubDate")),
        one_line(unescape(text(_CREATOR))) or "unknown",
        own_words(read_html(_REPLIES.sub("", text("description"), count=1))),
    )


def _read_date(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip(), _DATE).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return _EPOCH


class _PageReader(HTMLParser):
    """Looks for the posts of a page, in order, and for what is marked within each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.resolved = False
        self.posts: list[str] = []
        self.team: dict[str, str] = {}
        self._post = self._badge = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        found = _POST.fullmatch(values.get("id") or "")
        if found:
            self._post = found[1]
            self.posts.append(self._post)
        if "topic-resolved-indicator" in classes or (tag == "span" and "resolved" in classes):
            self.resolved = True
        self._badge = self._post if any(_TEAM.fullmatch(name) for name in classes) else ""

    def handle_data(self, data: str) -> None:
        if self._badge and data.strip():
            self.team[self._badge] = one_line(data)
            self._badge = ""
