"""Patches from a Trac, a GitLab and plain addresses: what is fetched, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.loopback import Peer, Reply, Request

from plugwatch.errors import InputError, UnknownError
from plugwatch.upstream.patch_sources import LARGEST_PATCH, fetch_file, fetch_letters, read_patch_file

API = "https://api.github.example"
DIFF = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


class Files(Peer):
    """A server of files, by path and query."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    def reply(self, request: Request) -> Reply:
        """The file, or 404."""
        query = "&".join(f"{name}={text}" for name, text in request.query.items())
        body = self.files.get(f"{request.path}?{query}" if query else request.path)
        return Reply(404) if body is None else Reply(200, body)


@pytest.fixture
def server() -> Iterator[Files]:
    """It, running."""
    peer = Files()
    with peer.running():
        yield peer


def test_a_changeset_is_asked_for_as_a_diff(server: Files) -> None:
    server.files["/changeset/4711/tidy/trunk?format=diff"] = DIFF
    (letter,) = fetch_letters(f"{server.url}/changeset/4711/tidy/trunk", API)
    assert (letter.diff, letter.source) == (DIFF, f"{server.url}/changeset/4711/tidy/trunk")


def test_links_of_a_ticket_to_other_tickets_and_servers_are_not_followed(server: Files) -> None:
    links = (
        "http://127.0.0.1:9/attachment/ticket/7/a.diff",
        "/attachment/ticket/70/b.diff",
        "//x/attachment/ticket/7/c.diff",
    )
    server.files["/ticket/7"] = "".join(f'<a href="{link}">' for link in links).encode()
    with pytest.raises(InputError, match="has no"):
        fetch_letters(f"{server.url}/ticket/7", API)
    server.files["/ticket/7"] += b"<a href='/attachment/ticket/7/my%20fix.patch'>"
    server.files["/raw-attachment/ticket/7/my%20fix.patch"] = DIFF
    (letter,) = fetch_letters(f"{server.url}/ticket/7", API)
    assert (letter.diff, letter.title) == (DIFF, None)
    assert letter.source == f"{server.url}/attachment/ticket/7/my%20fix.patch"


@pytest.mark.parametrize("answer", [b"", b"id,summary\r\n", b"id\r\n7\r\n", b"<html>", b"\xff\x00", b'"' * 200_000])
def test_a_ticket_that_tells_no_title_is_no_obstacle(server: Files, answer: bytes) -> None:
    server.files["/raw-attachment/ticket/7/a.diff"] = DIFF
    server.files["/ticket/7?format=csv"] = answer
    assert fetch_letters(f"{server.url}/attachment/ticket/7/a.diff", API)[0].title is None


def test_pages_large_files_and_folders_are_no_patches(server: Files, tmp_path: Path) -> None:
    server.files["/page"] = b"\n <!DOCTYPE html><html>"
    with pytest.raises(InputError, match="a page for people, not a patch"):
        fetch_letters(f"{server.url}/page", API)
    server.plan("/large", Reply(200, b"x" * (1 << 20), pieces=(LARGEST_PATCH >> 20) + 1))
    with pytest.raises(InputError, match="larger than 16 MiB, so it is no patch"):
        fetch_file(f"{server.url}/large")
    with pytest.raises(InputError, match="it cannot be read"):
        read_patch_file(tmp_path, "x")


def test_what_cannot_be_had_is_an_error(server: Files) -> None:
    with pytest.raises(InputError, match="answers 404"):
        fetch_letters(f"{server.url}/none.diff", API)
    server.plan("/busy.diff", *[Reply(503, headers={"Retry-After": "0"})] * 3)
    with pytest.raises(UnknownError):
        fetch_letters(f"{server.url}/busy.diff", API)
