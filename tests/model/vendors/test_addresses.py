from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.vendors.addresses import (
    find_links,
    find_mails,
    github_repository,
    is_repository,
    mail_address,
    web_url,
)


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/tidy-works/tidy-forms",
        "http://www.github.com/tidy-works/tidy-forms/",
        "https://github.com/tidy-works/tidy-forms.git",
        "https://github.com/tidy-works/tidy-forms/issues/12?q=1#top",
        "https://github.com/tidy-works/tidy-forms#readme",
        "git@github.com:tidy-works/tidy-forms.git",
        "ssh://git@github.com/tidy-works/tidy-forms.git",
        "git+https://github.com/tidy-works/tidy-forms.git",
        "git://github.com/tidy-works/tidy-forms.git",
        "github:tidy-works/tidy-forms",
        " HTTPS://GitHub.com/tidy-works/tidy-forms ",
    ],
)
def test_a_repository_is_read_out_of_every_way_to_write_it(text):
    assert github_repository(text) == "tidy-works/tidy-forms"


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "tidy-works/tidy-forms",
        "https://github.com/tidy-works",
        "https://github.com/sponsors/tidy-works",
        "https://github.com/orgs/tidy-works/repositories",
        "https://gist.github.com/tidy-works/0123456789abcdef",
        "https://github.com.evil.example/tidy-works/tidy-forms",
        "https://evil.example/?u=https://github.com/tidy-works/tidy-forms",
        "https://github.com/-tidy/tidy-forms",
        "https://github.com/tidy-works/.git",
        "https://github.com/tidy works/tidy",
        "https://github.com/a/" + "b" * 600,
    ],
)
def test_what_is_no_repository_on_github_is_none(text):
    assert github_repository(text) is None


@given(st.text(max_size=200))
def test_no_text_becomes_a_repository_that_cannot_be_one(text):
    found = github_repository(f"https://github.com/{text}")
    assert found is None or is_repository(found)


@pytest.mark.parametrize("text", ["a/..", "a/.", "a", "a/b/c", "/b", "a/", "a b/c", "-a/b", "a/b\n"])
def test_these_are_no_names_of_repositories(text):
    assert not is_repository(text)


def test_addresses_of_the_web_hide_nothing():
    assert web_url(" https://tidy.example/help?x=1 ") == "https://tidy.example/help?x=1"
    hidden = ["https://me:pass@tidy.example/", "javascript:alert(1)", "https://tidy.example/a b", "https:///x", None]
    hidden += ["https://tidy.example:99999/", "https://tidy.example/\u202e", "ftp://tidy.example", "https://[bad"]
    assert [web_url(text) for text in hidden] == [None] * len(hidden)


def test_mail_addresses_are_taken_with_or_without_mailto():
    assert mail_address("mailto:help@tidy.example?subject=x") == "help@tidy.example"
    assert mail_address(" help@tidy.example ") == "help@tidy.example"
    assert [mail_address(text) for text in ("help@tidy", "help at tidy.example", "", None)] == [None] * 4


def test_links_and_mails_are_found_without_the_sentence_around_them():
    text = (
        "See [the docs](https://tidy.example/docs), <https://tidy.example/a_(b)> or (https://tidy.example/c).\n"
        "Write to help@tidy.example. Again: https://tidy.example/docs! https://me:x@tidy.example/secret"
    )
    assert find_links(text) == ("https://tidy.example/docs", "https://tidy.example/a_(b)", "https://tidy.example/c")
    assert find_mails("Write to help@tidy.example. Or help@tidy.example, sales@tidy.example;") == (
        "help@tidy.example",
        "sales@tidy.example",
    )


def test_hostile_texts_are_read_in_bounds():
    assert len(find_links("https://a.example/x " + " ".join(f"https://b{n}.example" for n in range(500)))) == 40
    assert find_links("https://" + "a" * 300_000) == ()
    assert find_mails("@" * 300_000) == ()
    assert find_mails("a@" + "b." * 100_000) == ()
