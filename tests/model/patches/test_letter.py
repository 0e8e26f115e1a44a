"""What a patch says of itself, made fit for a commit."""

from __future__ import annotations

import pytest

from plugwatch.model.fork import Patch, Person, parse_message
from plugwatch.model.patches.letter import (
    Letter,
    author_of,
    join_letters,
    message_to_vendor,
    plain,
    quote_diffs,
    tidy_reason,
)

KIM, MIKA = Person("Kim", "kim@x.example"), Person("Mika", "mika@x.example")


def test_letters_become_one_that_has_all_that_they_say() -> None:
    one = Letter(b"1\n", "One", "Because.", KIM, "1 +0000")
    joined = join_letters([one, Letter(b"2\n", "Two", None, MIKA, "2 +0000"), Letter(b"3\n", "Three", "So.", KIM)])
    why = "Because.\n\nTwo\n\nThree\n\nSo.\n\nCo-authored-by: Mika <mika@x.example>"
    assert joined == Letter(b"1\n\n2\n\n3\n", "One", why, KIM, "2 +0000")
    assert join_letters([one]) is one
    assert join_letters([Letter(b""), Letter(b"x")]) == Letter(b"\nx")


def test_a_reason_keeps_its_words_and_has_nothing_that_is_like_a_diff() -> None:
    lines = ["diff --git a/x b/x", "--- a/x", "+++ b/x", "  @@ -1 +1 @@", "\t--- a/x", "---", "Index: x", "From here"]
    assert quote_diffs("Why:\n" + "\n".join(lines)) == "Why:\n" + "\n".join(f"> {line}" for line in lines)
    for calm in ("-x", "+y", "--", "a --- b", "Froms", "different", "", "Subject to change"):
        assert quote_diffs(f"Why:\n{calm}") == f"Why:\n{calm}"
    assert quote_diffs("From: Eve\nSubject: x") == "> From: Eve\nSubject: x"
    assert quote_diffs("[PATCH] x") == "> [PATCH] x"


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


@pytest.mark.parametrize(
    ("why", "written"),
    [
        ("Fixes #7", "Fixes # 7"),
        ("closes other/place#12, GH-3", "closes other/place# 12, GH- 3"),
        ("Resolves https://github.com/a/b/issues/4", "Resolves https://github.com/a/b/issues/ 4"),
        ("as @mika and @a/team said", "as @ mika and @ a/team said"),
        ("mail dev@fernhill.example, colour #12ab34, C# 8", "mail dev@fernhill.example, colour #12ab34, C# 8"),
        (None, ""),
    ],
)
def test_a_message_to_a_vendor_calls_nobody_and_closes_nothing(why: str | None, written: str) -> None:
    assert message_to_vendor("Wait longer", why) == f"Wait longer\n\n{written}".rstrip()
    assert message_to_vendor("Fixes #7 for @mika", None) == "Fixes # 7 for @ mika"
