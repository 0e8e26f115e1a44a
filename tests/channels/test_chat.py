from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator

import pytest
from peers.chat import ChatRoom, serve_chat

from plugwatch.channels.chat import ChatError, remind
from plugwatch.errors import ConfigError

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise looks for it


@pytest.fixture
def room() -> Iterator[ChatRoom]:
    with serve_chat() as opened:
        yield opened


@pytest.fixture
def other() -> Iterator[ChatRoom]:
    with serve_chat() as opened:
        yield opened


def test_a_reminder_reaches_each_room_as_it_was_written(room: ChatRoom, other: ChatRoom) -> None:
    remind([room.url, other.url], "INC-42 is due", "by 10:15 (in 12 min)\nä *b* <c> @all \\n :tada:")
    assert room.told == other.told == [("INC-42 is due", "by 10:15 (in 12 min)\nä *b* <c> @all \\n :tada:")]


def test_a_room_that_is_closed_is_told_and_the_others_hear_it(room: ChatRoom, other: ChatRoom) -> None:
    room.status = 500
    with pytest.raises(ChatError) as caught:
        remind([room.url, other.url], "t", "b")
    assert str(caught.value) == (
        "chat address 1 of 2 did not take the reminder; try again later, or correct PLUGWATCH_CHAT_URLS"
    )
    assert (caught.value.reached, other.told) == (1, [("t", "b")])


@pytest.mark.parametrize("wrong", ["", "sesame", "nope://sesame", "discord://sesame", "json://[sesame"])
def test_what_is_no_address_is_told_before_anything_is_sent(wrong: str, room: ChatRoom) -> None:
    with pytest.raises(ConfigError) as caught:
        remind([room.url, wrong], "t", "b")
    assert str(caught.value) == (
        "chat address 2 of 2 is none that apprise knows, so no reminder was sent; correct PLUGWATCH_CHAT_URLS"
    )
    assert room.posts == []


def test_no_secret_reaches_the_log(
    room: ChatRoom, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("apprise")
    remind([room.url], "t", "b")
    with pytest.raises(ChatError):
        remind([f"json://room:sesame@127.0.0.1:{port}/hook"], "t", "b")
    with pytest.raises(ConfigError):
        remind(["discord://sesame"], "t", "b")
    assert "sesame" not in caplog.text
    assert capfd.readouterr() == ("", "")
    assert not log.disabled


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError) as caught:
        remind(["json://localhost"], "t", "b")
    assert str(caught.value) == "reminders by chat need apprise; install it with: pip install 'plugwatch[chat]'"
