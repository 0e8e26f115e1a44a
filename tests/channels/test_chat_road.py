from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from peers.chat import ChatRoom, serve_chat

from plugwatch.channels.chat_road import ChatRoad, read_rooms
from plugwatch.channels.registry import prepare
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.roads.posting import CannotTellError, Delivered, NotPostedError, Posting
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, RenderedText, Surroundings, Thread

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise looks for it

PATCH = b"From 0 Mon Sep 17\n+caf\xe9\r\n"
SINCE = datetime(2026, 11, 20, tzinfo=timezone.utc)
POSTING = Posting(
    key="01k3q7",
    road="chat",
    target="Tidyworks",
    kind="patch",
    title="Tidy Forms 1.2.3: nonce is rejected",
    body="Hello,\nä *b* <c> &d; \\n :tada: #1\n",
    files=(DraftFile("0001-fix.patch", PATCH, "text/x-patch"), DraftFile("0001-fix.eml", b"x", "message/rfc822")),
    since=SINCE,
)


@pytest.fixture
def room() -> Iterator[ChatRoom]:
    with serve_chat() as opened:
        yield opened


class Handed:
    """Counts how often the point of no return was told."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def test_the_text_reaches_the_room_as_it_is_with_the_patch(room: ChatRoom) -> None:
    handed = Handed()
    delivered = ChatRoad({"other": "json://nowhere.example", "tidyworks": room.url}).send(POSTING, handed)
    assert delivered == Delivered("sent", detail="in the chat 'Tidyworks'")
    assert room.told == [(POSTING.title, POSTING.body.strip())]
    (attached,) = room.posts[0]["attachments"]
    assert (attached["filename"], base64.b64decode(attached["base64"])) == ("0001-fix.patch", PATCH)
    assert handed.times == 1


def test_a_service_that_takes_no_files_is_told(room: ChatRoom) -> None:
    gotify = room.url.replace("json://room:sesame@", "gotify://").replace("/hook", "/sesame")
    delivered = ChatRoad({"tidyworks": gotify}).send(POSTING, Handed())
    assert delivered.detail == "in the chat 'Tidyworks', which takes no files: hand over 0001-fix.patch"
    assert len(room.posts) == 1
    alone = ChatRoad({"tidyworks": gotify}).send(replace(POSTING, files=()), Handed())
    assert alone.detail == "in the chat 'Tidyworks'"


def test_a_room_that_does_not_take_it_leaves_open_whether_it_arrived(room: ChatRoom) -> None:
    room.status = 500
    handed = Handed()
    with pytest.raises(CannotTellError) as caught:
        ChatRoad({"tidyworks": room.url}).send(POSTING, handed)
    assert str(caught.value) == (
        "the chat 'Tidyworks' did not say that it took the text; look into it, then send again "
        "or correct PLUGWATCH_VENDOR_CHAT_URLS"
    )
    assert handed.times == 1
    assert not isinstance(caught.value, NotPostedError)
    with pytest.raises(CannotTellError, match=r"cannot be asked whether 'Tidy Forms .*' stands there; look into it"):
        ChatRoad({}).find(POSTING)


def test_what_is_raised_at_the_point_of_no_return_posts_nothing(room: ChatRoom) -> None:
    def lose() -> None:
        raise OSError("the ledger is gone")

    with pytest.raises(OSError, match=r"^the ledger is gone$"):
        ChatRoad({"tidyworks": room.url}).send(POSTING, lose)
    assert room.posts == []


@pytest.mark.parametrize(
    ("rooms", "sentence"),
    [
        ({}, "names no chat 'Tidyworks'; add Tidyworks=URL, or paste the text there yourself"),
        ({"b": "json://x", "a": "json://y"}, "names no chat 'Tidyworks'; it knows a, b; add Tidyworks=URL, or paste"),
        (
            {"tidyworks": "nope://sesame"},
            "the address of 'Tidyworks' is none that apprise knows, so nothing was posted",
        ),
    ],
)
def test_a_room_that_is_not_known_is_told(rooms: dict[str, str], sentence: str) -> None:
    handed = Handed()
    with pytest.raises(ConfigError) as caught:
        ChatRoad(rooms).send(POSTING, handed)
    assert sentence in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert handed.times == 0


def test_a_text_that_would_be_cut_is_not_sent(room: ChatRoom) -> None:
    with pytest.raises(
        PlugwatchError, match=r"the text has 40,0\d\d characters, and the chat 'Tidyworks' takes 32,768"
    ):
        ChatRoad({"tidyworks": room.url}).send(replace(POSTING, body="x" * 40_000), Handed())
    assert room.posts == []


def test_no_secret_reaches_the_log(room: ChatRoom, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    room.status = 500
    with pytest.raises(CannotTellError) as caught:
        ChatRoad({"tidyworks": room.url}).send(POSTING, Handed())
    assert "sesame" not in caplog.text + str(caught.value)


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError) as caught:
        ChatRoad({"tidyworks": "json://localhost"}).send(POSTING, Handed())
    assert str(caught.value) == "chats with vendors need apprise; install it with: pip install 'plugwatch[chat]'"


def test_rooms_are_read_by_their_names() -> None:
    assert read_rooms("") == {}
    assert read_rooms(" Tidyworks=slack://a/b/c=d\n#x=json://y?z=1 ".replace("#", "")) == {
        "tidyworks": "slack://a/b/c=d",
        "x": "json://y?z=1",
    }


@pytest.mark.parametrize("wrong", ["slack://sesame", "=slack://sesame", "a=sesame", "ok=json://x a/b=json://sesame"])
def test_what_is_no_room_is_told_without_its_address(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"entry \d of PLUGWATCH_VENDOR_CHAT_URLS is no NAME=URL") as caught:
        read_rooms(wrong)
    assert "sesame" not in str(caught.value)
    with pytest.raises(ConfigError, match="names 'a' twice"):
        read_rooms("a=json://x A=json://y")


def test_a_person_gets_the_patch_and_the_thread(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    thread = Thread("t", "https://chat.vendor.example/p/77", SINCE)
    made = prepare(ROADS["chat"], text, replace(brief, thread=thread), forms, around)
    assert made.url == "https://chat.vendor.example/p/77"
    assert made.files == (DraftFile("0001-Accept-the-nonce.patch", forms.format_patch, "text/x-patch"),)
    assert prepare(ROADS["chat"], text, brief, None, around).url is None
