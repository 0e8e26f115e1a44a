"""A stand-in of the support forum on WordPress.org: topics with their pages and feeds, as bbPress writes them.

Use::

    forum = ForumServer()
    with forum.running():
        topic = forum.add_topic("tidy-forms", "Nonce is rejected", "agencydev", "It is.")
        topic.reply("maker", "Fixed in 1.2.", badge="Plugin Author")
        topic.resolved = True

It is strict: it answers whoever reads with the addresses that the real one has, slash at the end included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from html import escape

from peers.loopback import Peer, Reply, Request, page

BEGIN = datetime(2026, 11, 20, 8, 30, tzinfo=timezone.utc)
_PER_PAGE = 2
_SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


@dataclass
class ForumPost:
    """One post; ``badge`` is what stands beside its author's name."""

    number: int
    who: str
    html: str
    at: datetime
    badge: str = ""


@dataclass
class Topic:
    """One topic; the first of its posts began it."""

    slug: str
    plugin: str
    title: str
    posts: list[ForumPost] = field(default_factory=list)
    resolved: bool = False

    def reply(self, who: str, html: str, badge: str = "", after: timedelta = timedelta(hours=1)) -> ForumPost:
        """A further post, so long after the one before."""
        before = self.posts[-1] if self.posts else None
        number = before.number + 1 if before else 7001
        post = ForumPost(number, who, html, before.at + after if before else BEGIN, badge)
        self.posts.append(post)
        return post


class ForumServer(Peer):
    """The forum while it runs; ``base`` is what plugwatch.toml would name."""

    def __init__(self) -> None:
        super().__init__()
        self.topics: dict[str, Topic] = {}
        self.lead_apart = True  # as _bbp_show_lead_topic says; else the first post has the address of a reply

    @property
    def base(self) -> str:
        """The address of the forum."""
        return f"{self.url}/support"

    def add_topic(self, plugin: str, title: str, who: str, html: str) -> Topic:
        """A new topic in a plugin's forum."""
        topic = Topic(f"topic-{len(self.topics) + 1}", plugin, title)
        topic.reply(who, html)
        self.topics[topic.slug] = topic
        return topic

    def address(self, topic: Topic) -> str:
        """The permalink of a topic."""
        return f"{self.base}/topic/{topic.slug}/"

    def reply(self, request: Request) -> Reply:
        if request.query:
            return page("Bad request", 400)
        if not request.path.endswith("/"):
            return Reply(301, headers={"Location": f"{self.url}{request.path}/"})
        parts = request.path.strip("/").split("/")[1:]
        if parts[:1] == ["topic"] and len(parts) > 1 and parts[1] in self.topics:
            return self._topic(self.topics[parts[1]], parts[2:])
        if parts[:1] == ["plugin"] and parts[2:] == ["unresolved", "feed"]:
            return self._unresolved(parts[1])
        return page("Page not found", 404)

    def _topic(self, topic: Topic, rest: list[str]) -> Reply:
        if rest == ["feed"]:
            items = [self._item(topic, post) for post in topic.posts]
            return self._feed(topic.title, items)
        number = int(rest[1]) if rest[:1] == ["page"] and len(rest) == 2 else 1
        if rest and number < 2:
            return page("Page not found", 404)
        return self._page(topic, number)

    def _unresolved(self, plugin: str) -> Reply:
        topics = [topic for topic in self.topics.values() if topic.plugin == plugin and not topic.resolved]
        return self._feed(plugin, [self._item(topic, topic.posts[0]) for topic in reversed(topics)])

    def _place(self, topic: Topic, post: ForumPost) -> str:
        index = topic.posts.index(post)
        if index == 0:
            return self.address(topic) + ("" if self.lead_apart else f"#post-{post.number}")
        number = (index - 1) // _PER_PAGE + 1
        further = f"page/{number}/" if number > 1 else ""
        return f"{self.address(topic)}{further}#post-{post.number}"

    def _item(self, topic: Topic, post: ForumPost) -> str:
        place = self._place(topic, post)
        first = post is topic.posts[0]
        title = topic.title if first else f"Reply To: {topic.title}"
        replies = f"<p>Replies: {len(topic.posts) - 1}</p>" if first else ""
        return f"""
          <item>
            <guid>{place}</guid>
            <title><![CDATA[{title}]]></title>
            <link>{place}</link>
            <pubDate>{post.at.strftime("%a, %d %b %Y %H:%M:%S +0000")}</pubDate>
            <dc:creator>{escape(post.who)}</dc:creator>
            <description>
              <![CDATA[
              {replies}
              <p>{post.html}</p>
              ]]>
            </description>
          </item>"""

    def _feed(self, title: str, items: list[str]) -> Reply:
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_SPACES}><channel>'
            f"<title>{escape(title)}</title><link>{self.base}</link><description></description><language>en-US</language>{''.join(items)}"
            "</channel></rss>"
        )
        return Reply(body=text.encode(), headers={"Content-Type": "application/rss+xml; charset=UTF-8"})

    def _page(self, topic: Topic, number: int) -> Reply:
        start = 1 + (number - 1) * _PER_PAGE
        shown = topic.posts[start : start + _PER_PAGE]
        indicator = '<span class="topic-resolved-indicator">Resolved</span>' if topic.resolved else ""
        lead = self._post(topic.posts[0], indicator) if number == 1 else ""
        replies = "".join(self._post(post, "") for post in shown)
        html = (
            f"<!DOCTYPE html><html><head><title>{escape(topic.title)} | WordPress.org</title></head><body>"
            f'<h1 class="page-title">{escape(topic.title)}</h1><ul>{lead}{replies}</ul></body></html>'
        )
        return Reply(body=html.encode(), headers={"Content-Type": "text/html; charset=UTF-8"})

    @staticmethod
    def _post(post: ForumPost, indicator: str) -> str:
        kind = "moderator" if post.badge == "Moderator" else "plugin"
        badge = f'<span class="author-badge author-badge-{kind}" title="…">{post.badge}</span>' if post.badge else ""
        return (
            f'<li id="post-{post.number}" class="status-publish hentry">'
            f'<div class="bbp-topic-author">{indicator}{badge}'
            f'<a class="bbp-author-link" href="#">{escape(post.who)}</a></div>'
            f'<div class="bbp-topic-content"><p>{post.html}</p></div></li>'
        )
