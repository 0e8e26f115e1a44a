"""An issue is opened once, with its patch folded up, and answered once; and what GitHub's API says when it will not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from peers.github import GitHub
from peers.github_vendor import PATCH, TOKEN, Vendor, vendor_on_github
from peers.loopback import Reply, json_reply
from workbench import environment

from plugwatch.channels.github_api import GitHubApi
from plugwatch.channels.github_issue import Issues, fold_in
from plugwatch.errors import ConfigError, InputError, PlugwatchError, UnknownError
from plugwatch.model.roads.posting import Delivered, NotPostedError, Posting
from plugwatch.model.roads.submission import DraftFile, make_excerpt

ISSUES = "/api/v3/repos/makers/forms/issues"
BY_HAND = "attach 0001-Accept-the-nonce.patch there by hand, for GitHub's API takes no files"


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Vendor]:
    with vendor_on_github(tmp_path) as made:
        yield made


@pytest.fixture
def api(vendor: Vendor) -> GitHubApi:
    return GitHubApi(vendor.github.api_url, pause=0, write_pause=0)


@pytest.fixture
def channel(api: GitHubApi) -> Issues:
    return Issues(api)


def nothing() -> None:
    """The intent is recorded."""


def refuse() -> None:
    raise AssertionError("nothing must be handed over")


def test_an_issue_is_opened_with_the_patch_folded_up(vendor: Vendor, channel: Issues) -> None:
    posting = vendor.posting("github-issue")
    assert channel.find(posting) is None
    sent = channel.send(posting, nothing)
    assert sent == Delivered("sent", f"{vendor.web}/issues/1")
    issue = vendor.repository.issues[1]
    assert (issue.title, issue.user) == (posting.title, "ana")
    assert issue.body is not None
    assert issue.body.startswith(f"{posting.body}\n<details>\n<summary>The complete patch, 0001-Accept")
    [block] = [token for token in MarkdownIt("commonmark").parse(issue.body) if token.type == "fence"]
    assert block.content.encode() == PATCH
    assert channel.find(posting) == sent


def test_an_issue_of_somebody_else_or_of_long_ago_is_not_ours(vendor: Vendor, channel: Issues) -> None:
    posting = vendor.posting("github-issue", files=())
    vendor.repository.open_issue(posting.title, posting.body, user="mika")
    assert channel.find(posting) is None
    ours = vendor.repository.open_issue(posting.title, f"{posting.body}\r\n", user="ana")
    assert channel.find(posting) == Delivered("sent", f"{vendor.web}/issues/{ours.number}")
    ours.created -= timedelta(hours=1)
    assert channel.find(posting) is None
    vendor.repository.close(ours.number)
    assert channel.find(replace(posting, since=posting.since - timedelta(hours=2))) is not None


def test_labels_are_sent_where_they_are_taken(vendor: Vendor, channel: Issues) -> None:
    posting = vendor.posting("github-issue", labels=("bug",))
    assert channel.send(posting, nothing).detail == "makers/forms did not take from us the labels: bug"
    vendor.repository.roles["ana"] = "triage"
    other = replace(posting, title="Another")
    assert channel.send(other, nothing).detail == ""
    assert vendor.repository.issues[2].labels == ["bug"]


def test_issues_that_are_switched_off_or_archived_are_said_before_anything_is_done(
    vendor: Vendor, channel: Issues
) -> None:
    vendor.repository.has_issues = False
    with pytest.raises(InputError, match="has its issues switched off; choose another road"):
        channel.send(vendor.posting("github-issue"), refuse)
    with pytest.raises(InputError, match="has its issues switched off; choose another road"):
        channel.find(vendor.posting("github-issue"))
    vendor.repository.archived = True
    with pytest.raises(InputError, match="archived"):
        channel.send(vendor.posting("github-issue"), refuse)


def test_an_answer_goes_where_the_issue_is_now(vendor: Vendor, channel: Issues) -> None:
    other = vendor.github.add("makers/core")
    vendor.repository.open_issue("T")
    moved = other.open_issue("T")
    vendor.repository.issues[1].gone = f"{vendor.github.api_url}/repos/makers/core/issues/{moved.number}"
    posting = vendor.posting("github-issue", kind="follow-up", thread=f"{vendor.web}/issues/1", body="Still there.")
    assert channel.find(posting) is None
    sent = channel.send(posting, nothing)
    assert str(sent.url).startswith(f"{vendor.github.url}/makers/core/issues/1#issuecomment-")
    assert moved.comments[0].body.startswith("Still there.\n\n<details>")
    assert channel.find(posting) == Delivered("sent", sent.url)


@pytest.mark.parametrize(
    ("state", "words"), [("gone", "it was deleted there"), ("locked", "the conversation is locked")]
)
def test_a_conversation_that_takes_no_more_is_said(vendor: Vendor, channel: Issues, state: str, words: str) -> None:
    issue = vendor.repository.open_issue("T")
    issue.locked = True
    issue.gone = "This issue was deleted" if state == "gone" else ""
    thread = f"{vendor.web}/issues/1"
    with pytest.raises(PlugwatchError, match=words):
        channel.send(vendor.posting("github-issue", kind="thanks", thread=thread, files=()), nothing)


# The patch in the text


def posting_with(patch: bytes, body: str = "Words.", name: str = "0001-Accept-the-nonce.patch") -> Posting:
    files = (DraftFile(name, patch, "text/x-patch"),)
    now = datetime.now(timezone.utc)
    return Posting("k", "github-issue", "o/n", "patch", "T", body, files, now)


def test_a_patch_that_stands_there_whole_is_not_put_there_twice() -> None:
    diff = PATCH.decode()[PATCH.index(b"diff --git") :].partition("\n-- \n")[0]
    whole = posting_with(PATCH, f"```diff\n{make_excerpt(diff)}\n```\n")
    assert fold_in(whole) == (whole, "")
    part = posting_with(PATCH, f"```diff\n{make_excerpt(diff, 5)}\n```\n")
    assert "<details>" in fold_in(part)[0].body
    renamed = PATCH + b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"
    assert "<details>" in fold_in(posting_with(renamed, whole.body))[0].body


@pytest.mark.parametrize(
    "patch",
    [PATCH + b"+caf\xe9\n", PATCH.replace(b"\n", b"\r\n"), PATCH + "+\u202e\n".encode(), PATCH + b"+a\n" * 40_000],
)
def test_a_patch_that_a_text_would_damage_or_not_hold_is_for_the_person(patch: bytes) -> None:
    posting = posting_with(patch)
    assert fold_in(posting) == (posting, BY_HAND)


def test_a_file_that_is_no_patch_is_not_folded() -> None:
    posting = posting_with(b"x", name="screenshot.png")
    assert fold_in(posting) == (posting, "")


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["`", "```", "~~~", "</details>", "@everyone", "fixes #1", "\n", " ", "-", "x"])))
def test_nothing_breaks_out_of_the_fold(pieces: list[str]) -> None:
    patch = f"diff --git a/x b/x\n@@ -0,0 +1 @@\n+{''.join(pieces)}\n"
    tokens = MarkdownIt("commonmark").parse(fold_in(posting_with(patch.encode()))[0].body)
    fences = [token.content for token in tokens if token.type == "fence"]
    assert fences == [f"{patch.rstrip()}\n"]
    outside = "".join(token.content for token in tokens if token.type != "fence")
    assert "@everyone" not in outside
    assert "fixes" not in outside


# What the API says


def test_without_a_token_or_a_safe_address_nothing_begins() -> None:
    with pytest.raises(
        ConfigError, match=r"nothing is posted on api\.github\.com without a token; set PLUGWATCH_GITHUB"
    ):
        GitHubApi("https://api.github.com")
    with environment(GITHUB_TOKEN=TOKEN):
        with pytest.raises(ConfigError, match="not encrypted"):
            GitHubApi("http://github.agency.example/api/v3")
        with pytest.raises(ConfigError, match="no web address"):
            GitHubApi("https://user:password@github.agency.example")
    with environment(GITHUB_TOKEN="a\u00e4"), pytest.raises(ConfigError, match="damaged"):
        GitHubApi("https://api.github.com")


def test_reading_is_tried_again_and_writing_is_not(vendor: Vendor, channel: Issues) -> None:
    vendor.github.plan("/api/v3/user", Reply(502), Reply(0), json_reply({"login": "ana"}))
    vendor.github.plan(f"POST {ISSUES}", Reply(503, b"{}", {"Retry-After": "1"}))
    posting = vendor.posting("github-issue")
    assert channel.find(posting) is None
    with pytest.raises(UnknownError, match="send it again, which looks for it first"):
        channel.send(posting, nothing)
    assert len([r for r in vendor.github.requests if r.method == "POST"]) == 1
    assert vendor.repository.issues == {}


UNREADABLE: list[tuple[Reply, type[PlugwatchError], str]] = [
    (Reply(503), UnknownError, r"did not show makers/forms \(it answers 503\); try again later"),
    (Reply(0), UnknownError, "ConnectionError"),
    (Reply(200, b"<html>"), UnknownError, "none of GitHub's API"),
    (Reply(200, b"{}"), UnknownError, "none of GitHub's API"),
    (Reply(200, b"[1]"), UnknownError, "none of GitHub's API"),
    (Reply(301, b"{}", {"Location": "https://evil.example/x"}), UnknownError, "none of GitHub's API"),
    (Reply(401, b'{"message": "Bad credentials"}'), ConfigError, "it may have expired; make a new one"),
    (Reply(404, b"{}"), InputError, "knows no makers/forms, or hides it"),
    (Reply(403, b"{}", {"Retry-After": "7"}), UnknownError, "try again in 7 seconds"),
]


def test_what_cannot_be_read_is_one_sentence(vendor: Vendor, channel: Issues) -> None:
    path = "/api/v3/repos/makers/forms"
    for reply, error, words in UNREADABLE:
        vendor.github.planned.clear()
        vendor.github.plan(path, *[reply] * 3)
        with pytest.raises(error, match=words) as caught:
            channel.send(vendor.posting("github-issue"), refuse)
        assert not isinstance(caught.value, NotPostedError)
        assert "\n" not in str(caught.value)
        assert TOKEN not in str(caught.value)


def test_nothing_is_asked_for_where_a_redirect_leads_elsewhere(vendor: Vendor, tmp_path: Path, channel: Issues) -> None:
    evil = GitHub(tmp_path / "evil")
    with evil.running():
        location = f"{evil.api_url}/repos/makers/forms".replace("127.0.0.1", "localhost")
        vendor.github.plan("/api/v3/repos/makers/forms", *[Reply(301, b"{}", {"Location": location})] * 3)
        with pytest.raises(UnknownError):
            channel.send(vendor.posting("github-issue"), refuse)
    assert evil.requests == []


def test_an_answer_that_takes_too_long_leaves_open_whether_it_was_done(vendor: Vendor) -> None:
    channel = Issues(GitHubApi(vendor.github.api_url, pause=0, write_pause=0, patience=0.2))
    vendor.github.plan(f"POST {ISSUES}", Reply(201, b"{}", delay=0.4, served=True))
    posting = vendor.posting("github-issue")
    with pytest.raises(UnknownError, match=r"did not say whether it did \(it answers too slowly\); send it again"):
        channel.send(posting, nothing)
    vendor.github.settle()
    assert channel.find(posting) == Delivered("sent", f"{vendor.web}/issues/1")


@pytest.mark.parametrize(
    "target", ["makers", "makers/forms/x", "../user", "makers/..", "a b/c", "makers/forms?x=1", ""]
)
def test_what_is_no_name_of_a_repository_is_not_asked_for(vendor: Vendor, channel: Issues, target: str) -> None:
    with pytest.raises(InputError, match="is no repository on 127"):
        channel.send(vendor.posting("github-issue", target=target), refuse)
    assert vendor.github.requests == []


def test_long_lists_are_read_on(vendor: Vendor, channel: Issues) -> None:
    posting = vendor.posting("github-issue", files=())
    ours = vendor.repository.open_issue(posting.title, posting.body, user="ana")
    for number in range(120):
        vendor.repository.open_issue(f"Other {number}", user="ana")
    assert channel.find(posting) == Delivered("sent", f"{vendor.web}/issues/{ours.number}")


@pytest.mark.parametrize(
    "page", ["https://evil.example/makers/forms/issues/1", "javascript:alert(1)", "\x1b]0;owned\x07", None]
)
def test_a_page_that_is_not_there_is_not_kept(vendor: Vendor, channel: Issues, page: str | None) -> None:
    row = {"number": 1, "html_url": page, "user": {"login": "ana"}, "created_at": "2026-11-23T08:00:00Z"}
    vendor.github.plan(f"POST {ISSUES}", json_reply(row, 201))
    with pytest.raises(UnknownError, match="did not say whether it did") as caught:
        channel.send(vendor.posting("github-issue"), nothing)
    assert str(page) not in str(caught.value)
