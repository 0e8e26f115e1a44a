"""Which lines of one text are which of another, and what has changed between them."""

from __future__ import annotations

import pytest

from plugwatch.model.verdicts.align import Change, align, changes


def lines(text: str) -> list[bytes]:
    return [sign.encode() for sign in text]


@pytest.mark.parametrize(
    ("old", "new", "partner"),
    [
        ("", "", []),
        ("", "ab", []),
        ("ab", "", [-1, -1]),
        ("abc", "abc", [0, 1, 2]),
        ("abc", "axc", [0, -1, 2]),
        ("abc", "ac", [0, -1, 1]),
        ("ac", "abc", [0, 2]),
        ("ab", "xaby", [1, 2]),
        ("aa", "a", [0, -1]),
        ("a", "aa", [0]),
        # what stands once on both sides holds, the longest row of it where they cross
        ("abcd", "dabc", [1, 2, 3, -1]),
        ("abcde", "cdeab", [-1, -1, 0, 1, 2]),
        ("dabce", "eabcd", [-1, 1, 2, 3, -1]),
        ("caxbd", "dabyc", [-1, 1, -1, 2, -1]),
        ("badc", "abcd", [-1, 0, -1, 2]),
        # between two such lines, lines that stand more often
        ("x--a--y", "z--b-a--y", [-1, 1, 4, 5, 6, 7, 8]),
        ("-1-2-3-", "-3-2-1-", [0, -1, -1, -1, -1, 1, 6]),
        ("--a--", "+--+a+--", [1, 2, 4, 6, 7]),
        ("pa--bq", "ra--bs", [-1, 1, 2, 3, 4, -1]),
        ("pa-bc-q", "r-ab-cs", [-1, 2, -1, 3, 5, -1, -1]),
        # nothing stands once: difflib's longest common piece
        ("xxyyx", "yyxxy", [2, 3, 4, -1, -1]),
        ("xyxy", "yxyx", [1, 2, 3, -1]),
    ],
)
def test_lines_are_paired_in_order(old: str, new: str, partner: list[int]) -> None:
    assert align(lines(old), lines(new)) == partner


def test_a_stretch_that_is_too_large_to_compare_counts_as_replaced_between_its_ends() -> None:
    small, large = lines("ab" * 100), lines("ab" * 200)
    for size in (small, large):
        other = [b"x", *reversed(size), b"x"]
        partner = align([b"=", *size, b"="], [b"=", *other, b"="])
        assert (partner[0], partner[-1]) == (0, len(other) + 1)
        assert (partner[1:-1] == [-1] * len(size)) == (size is large)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("abc", "abc", []),
        ("abc", "xbc", [Change(0, 1, 0, 1)]),
        ("abc", "abxyc", [Change(2, 2, 2, 4)]),
        ("abc", "ac", [Change(1, 2, 1, 1)]),
        ("abc", "bcd", [Change(0, 1, 0, 0), Change(3, 3, 2, 3)]),
        ("", "a", [Change(0, 0, 0, 1)]),
        ("ab", "", [Change(0, 2, 0, 0)]),
        ("abcde", "axcye", [Change(1, 2, 1, 2), Change(3, 4, 3, 4)]),
    ],
)
def test_changes_stand_between_the_pairs(old: str, new: str, expected: list[Change]) -> None:
    assert changes(lines(old), lines(new), align(lines(old), lines(new))) == expected
