"""git as it speaks with another repository: what it says of one that refuses, is silent, or is the wrong one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.git_http import GitServer

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.remotes import Listings, Login, RemoteGit, UnreachableError
from plugwatch.model.git_remote import GitRemote, parse_remote


class Asked:
    """A remote that answers as it is told, and counts."""

    def __init__(self, address: str, fails: type[ForkError | UnreachableError] | None = None) -> None:
        self.remote = parse_remote(address)
        self.fails = fails
        self.times = 0

    def list_refs(self) -> dict[str, str]:
        self.times += 1
        if self.fails:
            raise self.fails("no")
        return {}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A server over HTTP that wants a login."""
    with GitServer(tmp_path / "hub").running() as running:
        running.folder.mkdir()
        yield running


def test_a_silent_server_is_not_waited_for_again() -> None:
    listings = Listings()
    first, second = (Asked(f"https://git.example/{name}.git", UnreachableError) for name in "ab")
    elsewhere = Asked("https://other.example/a.git")
    with pytest.raises(UnreachableError, match="no"):
        listings.ask(first)
    with pytest.raises(UnreachableError, match=r"git\.example/b\.git was not asked: its server did not answer"):
        listings.ask(second)
    assert listings.ask(elsewhere) == {}
    assert (first.times, second.times, elsewhere.times) == (1, 0, 1)


@pytest.mark.parametrize(
    ("address", "fails"), [("https://git.example/a.git", ForkError), ("/srv/a.git", UnreachableError)]
)
def test_a_refusal_and_a_folder_say_nothing_of_the_next(
    address: str, fails: type[ForkError | UnreachableError]
) -> None:
    listings, remote = Listings(), Asked(address, fails)
    for _ in range(2):
        with pytest.raises(fails, match="no"):
            listings.ask(remote)
    assert remote.times == 2


def test_a_repository_with_very_many_refs_is_not_believed_to_be_a_fork(
    carrying: Fork, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = RemoteGit(carrying.directory, parse_remote(str(carrying.directory)), None)
    count = len(remote.list_refs())
    monkeypatch.setattr("plugwatch.forks.remotes._MOST_REFS", count - 1)
    with pytest.raises(ForkError, match=rf"has more than {count - 1} refs; is this the right repository\?"):
        remote.list_refs()


def test_who_does_not_answer_in_time_is_unreachable(carrying: Fork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugwatch.forks.remotes._LIST_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = parse_remote(f"http://127.0.0.1:{silent.getsockname()[1]}/a.git")
        with pytest.raises(UnreachableError, match=r"did not answer within 0\.2 seconds; try again later"):
            RemoteGit(carrying.directory, remote, None).list_refs()


def test_a_token_that_was_not_sent_over_an_open_line_is_said(carrying: Fork, server: GitServer) -> None:
    server.create("a")
    local = parse_remote(server.address("a"))
    open_line = GitRemote(local.url, "http", "git.example")  # as this machine would be if it were another one
    with pytest.raises(ForkError, match="asks for a login, and PLUGWATCH_GIT_TOKEN is only sent over https"):
        RemoteGit(carrying.directory, open_line, Login("kim", "s3cret")).list_refs()
    assert all(asked.authorization is None for asked in server.asked)
