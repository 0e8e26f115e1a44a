"""Which tracker a pasted address is of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.roads.trackers import Bases, Tracked, github_thread, tracker_of
from plugwatch.model.roads.watch import TRACKERS

OWN = Bases(
    "https://git.agency.example/api/v3", ("https://trac.vendor.example/forms/",), "https://forum.example/support/"
)


@pytest.mark.parametrize(
    ("url", "tracker", "canonical"),
    [
        ("https://github.com/v/forms/pull/12", "github-pull", "https://github.com/v/forms/pull/12"),
        ("http://www.GitHub.com/v/forms/pull/12/files?w=1#r3", "github-pull", "https://github.com/v/forms/pull/12"),
        ("https://github.com/v/forms/issues/3/", "github-issue", "https://github.com/v/forms/issues/3"),
        (
            "https://user:secret@github.com/v/f/issues/3#issuecomment-1",
            "github-issue",
            "https://github.com/v/f/issues/3",
        ),
        (
            " https://plugins.trac.wordpress.org/ticket/99#comment:3 ",
            "trac",
            "https://plugins.trac.wordpress.org/ticket/99",
        ),
        ("https://meta.trac.wordpress.org/ticket/7?replyto=2", "trac", "https://meta.trac.wordpress.org/ticket/7"),
        (
            "https://wordpress.org/support/topic/it-hangs-4/page/2/#post-17",
            "forum",
            "https://wordpress.org/support/topic/it-hangs-4/",
        ),
        (
            "https://de.wordpress.org/support/topic/es-haengt/",
            "forum",
            "https://de.wordpress.org/support/topic/es-haengt/",
        ),
    ],
)
def test_what_is_known(url: str, tracker: str, canonical: str) -> None:
    assert tracker_of(url) == Tracked(tracker, canonical)
    assert tracker_of(canonical) == Tracked(tracker, canonical)


@pytest.mark.parametrize(
    ("url", "note"),
    [
        ("https://github.com/v/forms/discussions/5", "discussions are not read"),
        ("https://gitlab.com/v/forms/-/merge_requests/5", "GitLab is not read"),
        ("https://bitbucket.org/v/forms/pull-requests/5/x", "Bitbucket is not read"),
        ("https://vendor.atlassian.net/browse/FORMS-12", "Jira is not read"),
        ("https://vendor.example/tickets/5", "no tracker that plugwatch reads"),
        ("https://github.com/v/forms", "no tracker that plugwatch reads"),
        ("https://github.com.evil.example/v/forms/pull/1", "no tracker that plugwatch reads"),
        ("https://evil.example/github.com/v/forms/pull/1", "no tracker that plugwatch reads"),
        ("https://wordpress.org/plugins/forms/", "no tracker that plugwatch reads"),
        ("https://evilwordpress.org/support/topic/x/", "no tracker that plugwatch reads"),
        ("https://code.vendor.example/trac/ticket/4", "write it as [trac.NAME] url"),
    ],
)
def test_what_is_set_by_hand_says_why(url: str, note: str) -> None:
    found = tracker_of(url)
    assert found
    assert (found.tracker, found.url) == ("none", url)
    assert note in found.note
    assert found.note.endswith("its status is set by hand with 'plugwatch submission mark'")


@pytest.mark.parametrize(
    "text", ["", "SUB-1", "github.com/v/f/pull/1", "mailto:a@b.example", "ftp://x/y", "https://[x"]
)
def test_what_is_no_address(text: str) -> None:
    assert tracker_of(text) is None


def test_trackers_of_ones_own() -> None:
    def found(url: str) -> tuple[str, str]:
        tracked = tracker_of(url, OWN)
        assert tracked
        return tracked.tracker, tracked.url

    assert found("https://git.agency.example/v/f/pull/1/files") == (
        "github-pull",
        "https://git.agency.example/v/f/pull/1",
    )
    assert found("https://trac.vendor.example/forms/ticket/4?x") == (
        "trac",
        "https://trac.vendor.example/forms/ticket/4",
    )
    assert found("https://trac.vendor.example/other/ticket/4")[0] == "none"
    assert found("https://forum.example/support/topic/x/#p") == ("forum", "https://forum.example/support/topic/x/")
    assert found("https://wordpress.org/support/topic/x/")[0] == "forum"
    assert found("https://github.com/v/f/pull/1")[0] == "none"
    assert found("https://core.trac.wordpress.org/ticket/1")[0] == "trac"


def test_a_thread_is_read_from_its_own_github_alone() -> None:
    thread = github_thread("https://github.com/v/forms/issues/3", "https://github.com")
    assert thread
    assert (thread.repository, thread.kind, thread.number) == ("v/forms", "issues", 3)
    assert github_thread("https://github.com/v/forms/issues/3", "https://git.example") is None
    assert github_thread("https://github.com/v/forms/issues/3x", "https://github.com") is None


@given(
    st.text(max_size=60),
    st.sampled_from(["", "https://github.com/", "https://x.trac.wordpress.org/ticket/", "http://"]),
)
@settings(max_examples=150)
def test_no_text_is_too_odd(text: str, before: str) -> None:
    found = tracker_of(before + text)
    assert found is None or (found.tracker in TRACKERS and found.url.startswith(("http://", "https://")))
    assert found is None or found.url.isprintable()


def test_an_address_that_no_server_takes_is_none() -> None:
    assert tracker_of(f"https://github.com/{'a' * 100_000}") is None
