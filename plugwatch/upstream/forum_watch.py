"""Watching topics of the support forum, by their feed and their page; nobody logs in."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from plugwatch.errors import InputError, NotFoundError, UnknownError
from plugwatch.model.roads.forum import Page, Post, read_feed, read_page, read_topic
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.watch import Seen, Unchanged, Watch
from plugwatch.upstream.json_client import Answer, JsonClient, Timeouts

_LIMIT = 4 << 20  # bytes of a feed or page
_HOME = "wordpress.org"
_FURTHER = re.compile(r"page/[0-9]{1,4}/")
_DAY = timedelta(days=1)


class ForumWatch:
    """The forum of WordPress.org in each of its languages, or another bbPress in its place."""

    def __init__(
        self, forum_url: str, *, ours: Collection[str] = (), pause: float = 0.2, timeouts: Timeouts | None = None
    ) -> None:
        """``ours`` are our own names there; ``pause`` is the rest between two requests, in seconds.

        Raises ConfigError where the address is no web address.
        """
        self._base = forum_url.rstrip("/")
        self._ours = tuple(ours)
        self._pause, self._timeouts = pause, timeouts or Timeouts()
        self._clients = {self._base: self._client(self._base)}

    def look(self, watch: Watch) -> Seen | Unchanged:
        """What a topic's feed and page say.

        Raises NotFoundError where the topic is gone, InputError for an address that is none of a topic, UnknownError
        where the forum cannot be asked. A page that cannot be read leaves open whether the topic is resolved.
        """
        client, path = self._find(watch.url)
        posts = self._feed(client, f"{path}feed/", f"the topic {one_line(watch.url)}")
        page = self._page(client, path, posts)
        seen = read_topic(watch.url, posts, page, self._ours)
        return Unchanged() if seen.etag == watch.etag else seen

    def find_topic(self, kind: str, slug: str, title: str, since: datetime) -> str | None:
        """The address of the unresolved topic of that title which a person has posted since; None: there is none yet.

        ``kind`` is plugin or theme. Raises as :meth:`look` does.
        """
        if kind not in ("plugin", "theme"):
            raise InputError(f"a {one_line(kind)} has no forum of its own; look for the topic yourself")
        path = f"/{kind}/{quote(slug, safe='')}/unresolved/feed/"
        posts = self._feed(self._clients[self._base], path, f"the topics on {one_line(slug)}")
        wanted = _letters(title)
        for post in reversed(posts):
            ours = self._is_ours(post) and post.at >= since - _DAY
            if ours and _letters(post.title) == wanted and post.url.startswith(f"{self._base}/topic/"):
                return post.url
        return None

    def _is_ours(self, post: Post) -> bool:
        return not self._ours or post.who.lower() in {name.lower() for name in self._ours}

    def _client(self, base: str) -> JsonClient:
        return JsonClient(base, pause=self._pause, timeouts=self._timeouts)

    def _find(self, url: str) -> tuple[JsonClient, str]:
        """The forum that a topic is in, and its path there."""
        address = one_line(url).partition("#")[0].partition("?")[0].rstrip("/") + "/"
        base = self._base
        if not address.startswith(f"{base}/"):
            base = _other_language(base, address)
        parts = address.removeprefix(base).strip("/").split("/")
        if not base or len(parts) < 2 or parts[0] != "topic":
            raise InputError(f"no topic of a forum on WordPress.org; paste {self._base}/topic/…", source=one_line(url))
        if base not in self._clients:
            self._clients[base] = self._client(base)
        return self._clients[base], f"/topic/{parts[1]}/"

    def _feed(self, client: JsonClient, path: str, about: str) -> tuple[Post, ...]:
        answer = _small(client.get(path, {}, about))
        if answer.status != 200:
            raise NotFoundError(f"{answer.host} has no such page any more: {about}; look whether it was moved")
        try:
            return read_feed(answer.body, about)
        except InputError as error:
            raise answer.unreadable("what is no feed") from error

    def _page(self, client: JsonClient, path: str, posts: tuple[Post, ...]) -> Page:
        """What the topic's first page and the one with the newest reply show together."""
        newest = urlsplit(posts[-1].url).path.partition(path)[2] if posts else ""
        page = _read(client, path)
        if not _FURTHER.fullmatch(newest):
            return page
        last = _read(client, f"{path}{newest}")
        return Page(last.resolved or page.resolved, page.lead, {**page.team, **last.team})


def _letters(title: str) -> str:
    """A title without what WordPress changes in one: quotes, dashes, three dots (wptexturize)."""
    return re.sub(r"[\W_]+", "", title).casefold()


def _read(client: JsonClient, path: str) -> Page:
    try:
        answer = _small(client.get(path, {}, "whether the topic is resolved"))
    except UnknownError:
        return Page()
    return read_page(answer.body.decode("utf-8", "replace")) if answer.status == 200 else Page()


def _other_language(base: str, address: str) -> str:
    """The base of the same forum in another language (``https://de.wordpress.org/support``); "" where it is none."""
    parts = urlsplit(address)
    home = urlsplit(base)
    if home.hostname != _HOME or parts.scheme != "https" or not (parts.hostname or "").endswith(f".{_HOME}"):
        return ""
    return f"https://{parts.hostname}{home.path}" if parts.path.startswith(f"{home.path}/") else ""


def _small(answer: Answer) -> Answer:
    if len(answer.body) > _LIMIT:
        raise answer.unreadable(f"more than {_LIMIT >> 20} MiB")
    return answer
