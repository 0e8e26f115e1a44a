"""A patch becomes a pull request on a GitHub over real repositories, once, and is kept up to date there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from peers.github_vendor import BRANCH, TOKEN, Vendor, vendor_on_github
from peers.loopback import Reply, json_reply

from plugwatch.channels.github_api import GitHubApi
from plugwatch.channels.github_pr import PullRequests
from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.model.roads.posting import Branch, Delivered, NotPostedError, Posting


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Vendor]:
    with vendor_on_github(tmp_path) as made:
        yield made


@pytest.fixture
def channel(vendor: Vendor) -> PullRequests:
    return PullRequests(GitHubApi(vendor.github.api_url, pause=0, write_pause=0), vendor.push)


def nothing() -> None:
    """The intent is recorded."""


def refuse() -> None:
    raise AssertionError("nothing must be handed over")


def send(channel: PullRequests, posting: Posting) -> Delivered:
    assert channel.find(posting) is None
    handed: list[int] = []
    sent = channel.send(posting, lambda: handed.append(1))
    assert handed == [1]
    assert channel.find(posting) == Delivered(sent.state, sent.url)
    return sent


def writes(vendor: Vendor) -> list[str]:
    return [f"{r.method} {r.path.partition('/repos/')[2]}" for r in vendor.github.requests if r.method not in ("GET",)]


def test_a_patch_is_forked_pushed_and_opened(vendor: Vendor, channel: PullRequests) -> None:
    sent = send(channel, vendor.posting())
    assert sent == Delivered("sent", f"{vendor.web}/pull/1")
    pull = vendor.repository.pulls[1]
    assert (pull.title, pull.body, pull.user) == ("Accept the nonce", "## What?\n\nThe nonce is accepted.\n", "ana")
    assert (pull.head_owner, pull.head, pull.base) == ("ana", BRANCH, "main")
    assert (pull.maintainer_can_modify, pull.draft) == (True, False)
    assert vendor.repository.ends(pull)[0] == vendor.posting().branch.commit  # type: ignore[union-attr]
    fork = vendor.github.repositories["ana/forms"]
    assert vendor.pushes == [(f"{vendor.github.url}/ana/forms.git", BRANCH)]
    assert fork.resolve("refs/heads/main") == vendor.repository.resolve("refs/heads/main")


def test_a_second_run_changes_what_is_there_and_opens_nothing(vendor: Vendor, channel: PullRequests) -> None:
    first = send(channel, vendor.posting())
    again = channel.send(vendor.posting(), nothing)
    assert again == first
    commit = vendor.rework()
    better = vendor.posting(title="Accept the nonce at last", body="## What?\n\nBetter.\n")
    told = channel.send(better, nothing)
    assert told == Delivered("sent", first.url, "the pull request was there and is up to date now")
    [pull] = vendor.repository.pulls.values()
    assert (pull.title, pull.body) == (better.title, better.body)
    assert vendor.repository.ends(pull)[0] == commit
    assert len([line for line in writes(vendor) if line == "POST makers/forms/pulls"]) == 1
    assert len([line for line in writes(vendor) if line.endswith("/forks")]) == 1


def test_what_somebody_edited_there_stays(vendor: Vendor, channel: PullRequests) -> None:
    send(channel, vendor.posting())
    for change in ({"title": "fix: accept the nonce"}, {"body": "As our template wants it."}):
        vendor.repository.edit(1, "mika", **change)
        commit = vendor.rework(f"<?php\n// {change}\n")
        told = channel.send(vendor.posting(body="Other words."), nothing)
        assert told.detail == "its text is left as it is, for mika edited it there"
        assert "Other" not in str(vendor.repository.pulls[1].body)
        assert vendor.repository.ends(vendor.repository.pulls[1])[0] == commit


def test_nobody_can_tell_who_edited_it_so_it_stays(vendor: Vendor, channel: PullRequests) -> None:
    send(channel, vendor.posting())
    vendor.github.plan("/api/graphql", *[Reply(502)] * 3)
    told = channel.send(vendor.posting(title="Other"), nothing)
    assert told.detail == "its text is left as it is, for nobody can tell whether it was edited there"
    assert vendor.repository.pulls[1].title == "Accept the nonce"


def test_a_draft_is_opened_where_it_was_asked_for(vendor: Vendor, channel: PullRequests) -> None:
    send(channel, vendor.posting(as_draft=True))
    assert vendor.repository.pulls[1].draft


def test_the_fork_of_an_organisation_is_used_where_one_is_named(vendor: Vendor) -> None:
    vendor.github.organizations["fernhill"] = {"ana"}
    api = GitHubApi(vendor.github.api_url, pause=0, write_pause=0)
    send(PullRequests(api, vendor.push, organization="fernhill"), vendor.posting())
    pull = vendor.repository.pulls[1]
    assert (pull.head_owner, pull.maintainer_can_modify) == ("fernhill", False)


def test_a_name_that_is_taken_and_a_fork_that_takes_its_time(vendor: Vendor, channel: PullRequests) -> None:
    vendor.github.add("ana/forms").commit("main", {"a.txt": b"a\n"}, "Another thing")
    vendor.github.slow_forks = 3
    send(channel, vendor.posting())
    assert vendor.pushes == [(f"{vendor.github.url}/ana/forms-1.git", BRANCH)]
    assert channel.send(vendor.posting(), nothing).url == f"{vendor.web}/pull/1"


def test_our_own_repository_is_not_forked(vendor: Vendor, channel: PullRequests) -> None:
    vendor.github.rename("makers/forms", "ana/forms")
    send(channel, vendor.posting(target="ana/forms"))
    pull = vendor.repository.pulls[1]
    assert (pull.head_repository, pull.maintainer_can_modify) == (vendor.repository, False)


@pytest.mark.parametrize(("role", "missing"), [("read", "bug, nonce"), ("triage", "")])
def test_labels_are_put_on_where_that_is_allowed(
    vendor: Vendor, channel: PullRequests, role: str, missing: str
) -> None:
    vendor.repository.roles["ana"] = role
    sent = channel.send(vendor.posting(labels=("bug", "nonce")), nothing)
    assert sent.detail == (f"makers/forms did not take from us the labels: {missing}" if missing else "")
    assert vendor.repository.pulls[1].labels == ([] if missing else ["bug", "nonce"])
    if missing:
        assert not [line for line in writes(vendor) if line.endswith("/labels")]


def test_labels_that_are_refused_are_no_reason_to_fail(vendor: Vendor, channel: PullRequests) -> None:
    vendor.repository.roles["ana"] = "triage"
    vendor.github.plan(
        "POST /api/v3/repos/makers/forms/issues/1/labels", Reply(403, b'{"message": "No\\u001b[31m\\u202e"}')
    )
    sent = channel.send(vendor.posting(labels=("bug",)), nothing)
    assert sent.url == f"{vendor.web}/pull/1"
    assert "does not put labels on makers/forms#1: No[31m; do it by hand" in sent.detail


def test_a_renamed_repository_is_followed_and_its_name_said(vendor: Vendor, channel: PullRequests) -> None:
    posting = vendor.posting()
    vendor.github.rename("makers/forms", "tidyworks/tidy-forms")
    assert channel.find(posting) is None
    sent = channel.send(posting, nothing)
    assert sent.url == f"{vendor.github.url}/tidyworks/tidy-forms/pull/1"
    assert "makers/forms is called tidyworks/tidy-forms now" in sent.detail


def test_an_archived_repository_takes_nothing(vendor: Vendor, channel: PullRequests) -> None:
    vendor.repository.archived = True
    with pytest.raises(InputError, match="makers/forms is archived and read-only; choose another road"):
        channel.send(vendor.posting(), refuse)


def test_a_default_branch_that_moved_is_said_before_anything_is_done(vendor: Vendor, channel: PullRequests) -> None:
    vendor.repository.move_default("trunk")
    with pytest.raises(
        InputError, match="has no branch main any more, its default branch is trunk now; make the draft"
    ):
        channel.send(vendor.posting(base="main"), refuse)
    assert channel.send(vendor.posting(), nothing).url
    assert vendor.repository.pulls[1].base == "trunk"


def test_a_deleted_fork_is_made_again(vendor: Vendor, channel: PullRequests) -> None:
    sent = send(channel, vendor.posting())
    vendor.github.delete("ana/forms")
    assert channel.find(vendor.posting()) == Delivered("sent", sent.url, "our fork behind it was deleted")
    vendor.repository.close(1)
    posting = vendor.posting(since=datetime.now(timezone.utc) + timedelta(days=1))
    assert channel.find(posting) is None
    assert channel.send(posting, nothing).url == f"{vendor.web}/pull/2"


def test_an_older_pull_request_of_the_same_branch_is_another_one(vendor: Vendor, channel: PullRequests) -> None:
    posting = vendor.posting()
    channel.send(posting, nothing)
    vendor.repository.close(1)
    assert channel.find(posting) == Delivered("sent", f"{vendor.web}/pull/1", "is closed")
    assert channel.find(replace(posting, since=posting.since + timedelta(days=2))) is None


def test_a_branch_that_offers_nothing_is_refused(vendor: Vendor, channel: PullRequests) -> None:
    vendor._git("reset", "--quiet", "--hard", "HEAD^")
    with pytest.raises(NotPostedError, match="holds nothing that makers/forms has not already"):
        channel.send(vendor.posting(), nothing)
    assert vendor.repository.pulls == {}


def test_no_branch_no_pull_request(vendor: Vendor, channel: PullRequests) -> None:
    with pytest.raises(InputError, match="needs a branch"):
        channel.send(vendor.posting(branch=None), refuse)


# Answers


@pytest.fixture
def answer(vendor: Vendor, channel: PullRequests) -> Callable[..., Posting]:
    """An answer to what they say of our pull request."""
    url = channel.send(vendor.posting(), nothing).url

    def make(**changed: object) -> Posting:
        return vendor.posting(**{"kind": "reply", "thread": url, "body": "Done, as you asked.", **changed})

    return make


def test_a_reworked_patch_is_pushed_and_said_so(
    vendor: Vendor, channel: PullRequests, answer: Callable[..., Posting]
) -> None:
    commit = vendor.rework()
    sent = send(channel, answer())
    [comment] = vendor.repository.pulls[1].comments
    assert sent.url == f"{vendor.web}/pull/1#issuecomment-{comment.id}"
    assert (comment.user, comment.body) == ("ana", "Done, as you asked.")
    assert vendor.repository.ends(vendor.repository.pulls[1])[0] == commit


def test_words_alone_push_nothing(vendor: Vendor, channel: PullRequests, answer: Callable[..., Posting]) -> None:
    pushes = [*vendor.pushes]
    for kind in ("follow-up", "thanks"):
        send(channel, answer(kind=kind, branch=None, body=f"A {kind}."))
    assert vendor.pushes == pushes


def test_the_same_words_of_others_or_of_long_ago_are_not_ours(
    vendor: Vendor, channel: PullRequests, answer: Callable[..., Posting]
) -> None:
    vendor.repository.comment(1, "mika", "Thank you")
    posting = answer(kind="thanks", branch=None, body="Thank you")
    assert channel.find(posting) is None
    vendor.repository.comment(1, "ana", "Thank you\r\n")
    assert channel.find(posting)
    assert channel.find(replace(posting, since=posting.since + timedelta(hours=1))) is None


def test_a_new_version_has_no_place_where_the_pull_request_ended(
    vendor: Vendor, channel: PullRequests, answer: Callable[..., Posting]
) -> None:
    other = Branch("fix/other", "0" * 40)
    with pytest.raises(InputError, match="is of the branch fix/accept-the-nonce, not of fix/other"):
        channel.send(answer(branch=other), refuse)
    vendor.repository.close(1)
    with pytest.raises(InputError, match="is closed, so a new version has no place there"):
        channel.send(answer(), refuse)
    vendor.repository.reopen(1)
    vendor.github.delete("ana/forms")
    with pytest.raises(InputError, match=r"our fork behind .*/pull/1 was deleted"):
        channel.send(answer(), refuse)
    assert vendor.repository.pulls[1].comments == []


def test_nothing_is_pushed_to_the_branches_of_others(vendor: Vendor, channel: PullRequests) -> None:
    vendor.repository.branch("mikas", "main")
    vendor.repository.commit("mikas", {"a.txt": b"a\n"}, "A")
    vendor.repository.open_pull("mikas", "A")
    thread = f"{vendor.web}/pull/1"
    with pytest.raises(InputError, match="is makers's and not ours"):
        channel.send(vendor.posting(kind="reply", thread=thread), refuse)
    assert vendor.pushes == []


@pytest.mark.parametrize(
    "thread", ["https://github.com/makers/forms/pull/1", "{}/makers/forms", "{}/pull/1", "http://["]
)
def test_a_url_of_somewhere_else_is_refused(vendor: Vendor, channel: PullRequests, thread: str) -> None:
    with pytest.raises(InputError, match="is no issue or pull request on 127"):
        channel.send(vendor.posting(kind="thanks", thread=thread.format(vendor.github.url)), refuse)


# What goes wrong


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(502, b"{}", served=True), "it answers 502"),
        (Reply(0, served=True), "ConnectionError"),
        (Reply(201, b'{"number": 1', served=True), "none of GitHub's API"),
        (Reply(201, b"[]", served=True), "none of GitHub's API"),
        (Reply(201, b"{}", {"Content-Length": "99"}, served=True), "ConnectionError|ChunkedEncodingError"),
    ],
)
def test_an_answer_that_is_lost_is_looked_for_the_next_time(
    vendor: Vendor, channel: PullRequests, reply: Reply, words: str
) -> None:
    vendor.github.plan("POST /api/v3/repos/makers/forms/pulls", reply)
    posting = vendor.posting()
    with pytest.raises(UnknownError, match=words) as caught:
        channel.send(posting, nothing)
    assert not isinstance(caught.value, NotPostedError)
    assert "send it again, which looks for it first" in str(caught.value)
    assert channel.find(posting) == Delivered("sent", f"{vendor.web}/pull/1")
    assert channel.send(posting, nothing).url == f"{vendor.web}/pull/1"
    assert len(vendor.repository.pulls) == 1


REFUSALS = [
    (Reply(403, b'{"message": "You have exceeded a secondary rate limit"}', {"Retry-After": "90"}), "in 90 seconds"),
    (Reply(429, b"{}", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1790000000"}), "after 14:13 UTC"),
    (Reply(422, b'{"message": "Validation Failed", "errors": [{"message": "was submitted too quickly"}]}'), "minutes"),
    (Reply(401, b'{"message": "Bad credentials"}'), "does not accept the token in PLUGWATCH_GITHUB_TOKEN"),
    (Reply(404, b"{}", {"X-OAuth-Scopes": "gist", "X-Accepted-OAuth-Scopes": "repo"}), "it has gist; make one with"),
    (Reply(403, b'{"message": "Resource not accessible by personal access token"}'), "make a classic one"),
    (Reply(403, b"{}", {"X-GitHub-SSO": "required; url=x"}), "Configure SSO"),
    (Reply(403, b'{"message": "Repository was archived so is read-only."}'), "is archived and read-only"),
    (Reply(403, b'{"message": "User is blocked"}'), "has blocked the account"),
    (Reply(451, b'{"message": "Repository access blocked"}'), "Repository access blocked; do it by hand"),
    (Reply(404, b'{"message": "Not Found"}'), "knows no makers/forms, or hides it"),
    (Reply(422, b'{"message": "Validation Failed", "errors": ["x", 7]}'), "x; 7; do it by hand"),
]


@pytest.mark.parametrize("step", ["forks", "pulls"])
def test_every_refusal_is_one_sentence_and_the_text_may_be_sent_again(
    vendor: Vendor, channel: PullRequests, step: str
) -> None:
    for reply, words in REFUSALS:
        vendor.github.plan(f"POST /api/v3/repos/makers/forms/{step}", reply)
        with pytest.raises(NotPostedError, match=words) as caught:
            channel.send(vendor.posting(), nothing)
        assert "\n" not in str(caught.value)
        assert TOKEN not in repr(caught.value)
    assert channel.find(vendor.posting()) is None
    assert channel.send(vendor.posting(), nothing).url == f"{vendor.web}/pull/1"


def test_a_push_that_fails_leaves_nothing_open(vendor: Vendor) -> None:
    def fail(clone_url: str, branch: str) -> str:
        raise UnknownError("the line is cut")

    api = GitHubApi(vendor.github.api_url, pause=0, write_pause=0)
    with pytest.raises(PlugwatchError, match="the line is cut"):
        PullRequests(api, fail).send(vendor.posting(), nothing)
    assert vendor.repository.pulls == {}


def test_a_fork_that_lies_elsewhere_gets_no_push(vendor: Vendor, channel: PullRequests) -> None:
    path = "/api/v3/repos/makers/forms/forks"
    fork = vendor.github.repository(vendor.repository) | {"clone_url": "https://evil.example/ana/forms.git"}
    vendor.github.plan(f"POST {path}", json_reply(fork, 202))
    with pytest.raises(NotPostedError, match="lies elsewhere"):
        channel.send(vendor.posting(), nothing)
    assert vendor.pushes == []


def test_an_archived_fork_and_one_that_never_comes_are_said(vendor: Vendor, channel: PullRequests) -> None:
    vendor.github.slow_forks = 99
    with pytest.raises(NotPostedError, match="has not yet made our fork ana/forms; send it again in some minutes"):
        channel.send(vendor.posting(), nothing)
    fork = vendor.github.repositories["ana/forms"]
    fork.unready, fork.archived = 0, True
    with pytest.raises(NotPostedError, match="our fork ana/forms is archived"):
        channel.send(vendor.posting(), refuse)
