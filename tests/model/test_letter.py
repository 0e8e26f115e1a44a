"""What a patch says of itself, made fit for a commit."""

from __future__ import annotations

import pytest

from plugwatch.model.fork import Patch, Person, parse_message
from plugwatch.model.letter import author_of, plain, split_mails, tidy_reason

HEAD = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"


def test_mails_are_told_apart_by_gits_own_line() -> None:
    one, two = HEAD + b"Subject: one\n\nFrom here on.\n", HEAD + b"Subject: two\n"
    assert split_mails(one + two) == [one, two]
    assert split_mails(one) == [one]


@pytest.mark.parametrize("data", [b"", b"--- a\n+++ b\n", b"text\n" + HEAD, b"From kim Mon Sep 17 00:00:00 2001\n"])
def test_what_is_no_row_of_mails_stays_whole(data: bytes) -> None:
    assert split_mails(data) == [data]


def test_the_text_of_a_pull_request_loses_what_its_template_explains() -> None:
    body = "Fixes the wait. \r\n\r\n<!-- Describe\r\nit --> \r\n\r\n\r\n- [x] tested\x1b[31m\r\n<!-- open"
    assert tidy_reason(body) == "Fixes the wait.\n\n- [x] tested[31m"
    assert tidy_reason("<!-- nothing -->\n") is None
    assert tidy_reason(None) is None
    assert len(tidy_reason("x" * 10_000) or "") == 4002


def test_an_author_is_one_that_git_can_keep() -> None:
    assert author_of("Mika <Lind>\n", "mika@vendor.example>\0") == Person("Mika Lind", "mika@vendor.example")
    assert author_of("<>", "mika@vendor.example") is None
    assert author_of(None, None) is None


def test_line_ends_and_tabs_stay_in_plain_text() -> None:
    assert plain("a\tb\nc\rd\0e\x7f") == "a\tb\ncde"


def test_the_address_that_a_patch_came_from_is_kept_in_its_commit() -> None:
    patch = Patch(
        "pw-aaaaaaaaaa", "T", "W", Person("N", "e@x.example"), "1 +0000", "1.0", "INC-1", "https://x.example/1"
    )
    facts = parse_message(patch.message(), source="commit")
    assert facts["Plugwatch-Source"] == "https://x.example/1"
    assert (facts["title"], facts["why"], facts["Plugwatch-Incident"]) == ("T", "W", "INC-1")
