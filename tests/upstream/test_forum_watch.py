from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from peers.forum import BEGIN, ForumServer, Topic
from peers.loopback import Reply, page

from plugwatch.errors import ConfigError, InputError, NotFoundError, UnknownError
from plugwatch.model.roads.watch import Remark, Seen, Unchanged, Watch
from plugwatch.upstream.forum_watch import ForumWatch

HOUR = timedelta(hours=1)


@pytest.fixture
def forum() -> Iterator[ForumServer]:
    server = ForumServer()
    with server.running():
        yield server


@pytest.fixture
def topic(forum: ForumServer) -> Topic:
    return forum.add_topic("tidy-forms", "Nonce & cache", "agencydev", "It is rejected.")


def watch_of(forum: ForumServer, topic: Topic, etag: str | None = None) -> Watch:
    return Watch(forum.address(topic), "forum", etag=etag)


def look(forum: ForumServer, topic: Topic, ours: tuple[str, ...] = ()) -> Seen:
    seen = ForumWatch(forum.base, ours=ours, pause=0).look(watch_of(forum, topic))
    assert isinstance(seen, Seen)
    return seen


def test_a_topic_that_nobody_has_answered(forum: ForumServer, topic: Topic) -> None:
    seen = look(forum, topic)
    assert (seen.remote, seen.status, seen.remarks, seen.closed_as_fixed) == ("not resolved", None, (), False)
    assert (seen.title, seen.url, seen.changed_at) == ("Nonce & cache", forum.address(topic), BEGIN)
    assert forum.paths == [f"/support/topic/{topic.slug}/feed/", f"/support/topic/{topic.slug}/"]


def test_an_answer_confirms_only_where_its_author_is_of_the_plugins_team(forum: ForumServer, topic: Topic) -> None:
    stranger = topic.reply("visitor", "Me <em>too</em>&hellip;<br>On 6.9")
    moderator = topic.reply("mod", "Please open your own topic.", badge="Moderator")
    seen = look(forum, topic)
    assert seen.remote == "not resolved"
    assert seen.status is None
    assert seen.remarks == (
        Remark(
            f"{forum.address(topic)}#post-{stranger.number}",
            BEGIN + HOUR,
            "visitor",
            "comment",
            "Me too…\nOn 6.9",
            human=True,
        ),
        Remark(
            f"{forum.address(topic)}#post-{moderator.number}",
            BEGIN + 2 * HOUR,
            "mod",
            "comment",
            "Please open your own topic.",
            human=True,
        ),
    )
    topic.reply("maker", "Thank you, confirmed.", badge="Plugin Support")
    seen = look(forum, topic)  # on the second page
    assert (seen.remote, seen.status) == ("not resolved, answered by Plugin Support", "confirmed")
    assert seen.remarks[-1].who == "maker (Plugin Support)"
    assert forum.paths[-1] == f"/support/topic/{topic.slug}/page/2/"


def test_a_resolved_topic_is_closed_as_fixed(forum: ForumServer, topic: Topic) -> None:
    for words in ("One", "Two", "Three"):
        topic.reply("maker", words, badge="Plugin Author")
    topic.resolved = True
    seen = look(forum, topic)
    assert (seen.remote, seen.status) == ("resolved, answered by Plugin Author", "accepted")
    assert seen.closed_as_fixed


def test_what_we_write_ourselves_is_no_answer(forum: ForumServer, topic: Topic) -> None:
    topic.reply("agencydev", "It still happens.", badge="Plugin Contributor")
    topic.reply("colleague", "Here too.")
    assert [remark.human for remark in look(forum, topic).remarks] == [False, True]
    seen = look(forum, topic, ours=("Colleague", "AgencyDev"))
    assert [remark.human for remark in seen.remarks] == [False, False]
    assert seen.status is None


def test_who_began_a_topic_is_known_however_the_forum_gives_its_address(forum: ForumServer, topic: Topic) -> None:
    forum.lead_apart = False
    for replies in range(3):
        for reply in ((), (page("Just a moment"),)):
            forum.plan(f"/support/topic/{topic.slug}/", *reply)
            seen = look(forum, topic)
            assert seen.title == "Nonce & cache"
            assert [remark.human for remark in seen.remarks] == [True] * replies
        topic.reply("visitor", "Here too.")


def test_what_has_not_changed_is_said_to_be_so(forum: ForumServer, topic: Topic) -> None:
    tracker = ForumWatch(forum.base, pause=0)
    first = look(forum, topic)
    assert isinstance(tracker.look(watch_of(forum, topic, first.etag)), Unchanged)
    topic.resolved = True
    assert isinstance(tracker.look(watch_of(forum, topic, first.etag)), Seen)
    topic.resolved = False
    topic.posts[0].html = "It is rejected. Edited."
    assert isinstance(tracker.look(watch_of(forum, topic, first.etag)), Seen)


@pytest.mark.parametrize("end", ["", "#post-7001", "?view=all", "page/2/", "feed/"])
def test_any_address_of_a_topic_will_do(end: str, forum: ForumServer, topic: Topic) -> None:
    seen = ForumWatch(forum.base, pause=0).look(Watch(forum.address(topic).rstrip("/") + f"/{end}", "forum"))
    assert isinstance(seen, Seen)
    assert seen.title == "Nonce & cache"


@pytest.mark.parametrize(
    "url",
    [
        "https://wordpress.org/support/plugin/tidy-forms/",
        "https://evil.example/support/topic/x/",
        "https://wordpress.org.evil.example/support/topic/x/",
        "http://de.wordpress.org/support/topic/x/",
        "https://de.wordpress.org/plugins/topic/x/",
        "https://wordpress.org/support/topic/",
        "topic/x",
    ],
)
def test_only_topics_of_the_forum_are_asked_for(url: str) -> None:
    with pytest.raises(InputError, match=r"no topic of a forum on WordPress.org; paste https://wordpress.org/support/"):
        ForumWatch("https://wordpress.org/support", pause=0).look(Watch(url, "forum"))


def test_forums_in_other_languages_are_those_of_wordpress_org() -> None:
    tracker = ForumWatch("https://wordpress.org/support", pause=0)
    assert tracker._find("https://de.wordpress.org/support/topic/x/#post-3")[1] == "/topic/x/"
    assert list(tracker._clients) == ["https://wordpress.org/support", "https://de.wordpress.org/support"]


def test_a_topic_that_is_gone_is_told(forum: ForumServer, topic: Topic) -> None:
    del forum.topics[topic.slug]
    with pytest.raises(NotFoundError, match="has no such page any more: the topic http") as caught:
        look(forum, topic)
    assert str(caught.value).endswith("look whether it was moved")


def test_a_page_for_people_only_leaves_open_whether_it_is_resolved(forum: ForumServer, topic: Topic) -> None:
    topic.reply("maker", "Yes.", badge="Plugin Author")
    for reply in (page("Just a moment"), page("Forbidden", 403), page("Not found", 404)):
        forum.plan(f"/support/topic/{topic.slug}/", reply)
        seen = look(forum, topic)
        assert (seen.remote, seen.status) == ("not known whether resolved", None)
        assert [remark.words for remark in seen.remarks] == ["Yes."]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel/></rss>'


@pytest.mark.parametrize(
    "reply",
    [
        page("Log in"),
        Reply(200, BOMB),
        Reply(200, BOMB.decode().encode("utf-16")),
        Reply(200, b"<rss>"),
        Reply(200, b"<rss/>"),
        Reply(200, b"x" * (5 << 20)),
        Reply(403, b"no"),
    ],
)
def test_what_is_no_feed_makes_nothing_known(reply: Reply, forum: ForumServer, topic: Topic) -> None:
    forum.plan(f"/support/topic/{topic.slug}/feed/", reply)
    with pytest.raises(UnknownError, match=r"so nothing is known now about the topic http://127.0.0.1"):
        look(forum, topic)


def test_a_topic_that_a_person_has_posted_is_found_by_its_title(forum: ForumServer, topic: Topic) -> None:
    tracker = ForumWatch(forum.base, ours=("agencydev",), pause=0)
    forum.add_topic("tidy-forms", "Another", "agencydev", "x")
    forum.add_topic("tidy-forms", "nonce & cache", "visitor", "x")
    assert tracker.find_topic("plugin", "tidy-forms", "Nonce &  cache", BEGIN) == forum.address(topic)
    assert tracker.find_topic("plugin", "tidy-forms", "Nonce", BEGIN) is None
    assert tracker.find_topic("plugin", "tidy-forms", "Nonce & cache", BEGIN + timedelta(days=3)) is None
    dressed = forum.add_topic("tidy-forms", "It’s &#8220;broken&#8221; – again…", "agencydev", "x")
    assert tracker.find_topic("plugin", "tidy-forms", 'It\'s "broken" - again...', BEGIN) == forum.address(dressed)
    topic.resolved = True
    assert tracker.find_topic("plugin", "tidy-forms", "Nonce & cache", BEGIN) is None
    with pytest.raises(InputError, match="has no forum of its own"):
        tracker.find_topic("mu-plugin", "x.php", "t", BEGIN)


def test_a_base_that_is_no_address_is_told() -> None:
    with pytest.raises(ConfigError):
        ForumWatch("forum")
