from __future__ import annotations

import pytest
from peers import github_readme
from peers.github import GitHub as Peer
from peers.loopback import Reply, json_reply

from plugwatch.errors import PlugwatchError, UnknownError
from plugwatch.model.vendors.project import TextFile
from plugwatch.upstream.github_readme import GitHubReadmes

assert github_readme.readme  # it adds its answer to those of the stand-in


@pytest.fixture
def peer(tmp_path):
    made = Peer(tmp_path)
    with made.running():
        made.add("vendor/forms").commit("main", {"README.md": "Größe: no pull requests.\n".encode()}, "Everything")
        made.add("vendor/bare").commit("main", {"a.php": b"<?php\n"}, "Everything")
        yield made


def _readme(peer, repository="vendor/forms"):
    return GitHubReadmes(peer.api_url, pause=0).readme(repository)


def test_a_readme_is_read_as_it_is(peer):
    assert _readme(peer) == TextFile("README.md", "Größe: no pull requests.\n")


def test_a_repository_without_one_has_none(peer):
    assert _readme(peer, "vendor/bare") is None


@pytest.mark.parametrize(
    "answer",
    [
        json_reply([]),
        json_reply({"path": "README.md", "content": "aGk", "encoding": "base64"}),
        json_reply({"path": "README.md", "content": "", "encoding": "none"}),
        json_reply({"path": 7, "content": "aGk=", "encoding": "base64"}),
        json_reply({"path": "README.md", "content": "aGk=\u00e9", "encoding": "base64"}),
    ],
)
def test_a_strange_answer_is_none(peer, answer):
    peer.plan("/api/v3/repos/vendor/forms/readme", answer)
    assert _readme(peer) is None


def test_a_github_that_is_down_is_unknown_and_a_bad_token_is_said(peer, monkeypatch):
    peer.plan("/api/v3/repos/vendor/forms/readme", *[Reply(503, b"", {"Retry-After": "0"})] * 5)
    with pytest.raises(UnknownError):
        _readme(peer)
    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", "wrong-token-4711")
    with pytest.raises(PlugwatchError) as caught:
        _readme(peer)
    assert "4711" not in str(caught.value)
