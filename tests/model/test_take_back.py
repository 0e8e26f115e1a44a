"""Whether an edit takes back what a patch did."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugwatch.model.take_back import distance, takes_back

VENDOR = b"function f( $x ) {\n\t$a = 10;\n\tsave( $x );\n\tb();\n\tc();\n}\n"
GUARD = b"\tif ( ! allowed( $x ) ) return;\n"


def with_guard(guard: bytes = GUARD) -> bytes:
    return VENDOR.replace(b"\tsave", guard + b"\tsave")


@pytest.mark.parametrize(
    ("patched", "edited"),
    [
        (with_guard(), VENDOR),
        (with_guard(), VENDOR.replace(b"\tb();\n", b"")),
        (with_guard(), VENDOR.replace(b"save( $x )", b"save( $x, 1 )")),
        (with_guard(), with_guard(b"\tdo_action( 'acme' );\n")),
        (VENDOR.replace(b"10", b"60"), VENDOR.replace(b"b()", b"bb()")),
        (VENDOR.replace(b"$a = 10", b"if ( ok() ) $a = 10"), VENDOR.replace(b"$a = 10", b"$a = 90")),
        (VENDOR.replace(b"\tb();\n", b""), VENDOR),
        (VENDOR.replace(b"\tb();\n", b""), VENDOR.replace(b"\tb();\n", b"\tb( 1 );\n")),
        (VENDOR + b"last();\n", VENDOR),
        (VENDOR[19:], VENDOR),
    ],
    ids=[
        "an added line",
        "and another",
        "and the next",
        "other code in its place",
        "a value",
        "a condition",
        "a deletion",
        "a deletion, changed",
        "the last line",
        "the first line",
    ],
)
def test_what_takes_a_patch_back(patched: bytes, edited: bytes) -> None:
    assert takes_back(VENDOR, patched, patched, edited)


@pytest.mark.parametrize(
    ("patched", "edited"),
    [
        (with_guard(), with_guard(GUARD.replace(b"$x", b"$x, 1"))),
        (with_guard(), with_guard(GUARD + b"\tlog_it();\n")),
        (with_guard(), with_guard(b"\tlog_it();\n" + GUARD)),
        (with_guard(), with_guard().replace(b"$a = 10", b"$a = 90")),
        (with_guard(), VENDOR.replace(b"\tc();\n", b"\tc();\n" + GUARD)),
        (VENDOR.replace(b"10", b"60"), VENDOR.replace(b"10", b"90")),
        (VENDOR.replace(b"\tb();\n", b""), VENDOR.replace(b"\tb();\n", b"\tother( 1, 2 );\n")),
        (with_guard(), with_guard()),
    ],
    ids=[
        "edited again",
        "added below",
        "added above",
        "elsewhere",
        "moved",
        "another value",
        "other code where some went",
        "nothing",
    ],
)
def test_what_does_not(patched: bytes, edited: bytes) -> None:
    assert not takes_back(VENDOR, patched, patched, edited)


def test_lines_that_a_later_patch_changed_are_that_ones() -> None:
    first, second = VENDOR.replace(b"10", b"60"), VENDOR.replace(b"10", b"90")
    assert not takes_back(VENDOR, first, second, VENDOR)
    assert takes_back(first, second, second, first)


def test_a_patch_below_another_one_is_found() -> None:
    second = with_guard().replace(b"\tc();\n", b"\td();\n")
    assert takes_back(VENDOR, with_guard(), second, VENDOR.replace(b"\tc();\n", b"\td();\n"))


TEXTS = st.lists(st.sampled_from(["a();", "b();", "c( 1 );", "", "}"]), max_size=12)


@given(TEXTS, TEXTS, st.integers(0, 12), st.text("xyz", min_size=1, max_size=3))
@settings(deadline=None, max_examples=150)
def test_an_insertion_takes_nothing_back(before: list[str], patched: list[str], at: int, new: str) -> None:
    edited = [*patched[:at], new, *patched[at:]]
    sides = ["\n".join(lines).encode() for lines in (before, patched, patched, edited)]
    assert not takes_back(*sides)


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=150)
def test_distance_is_one_of_a_space(one: list[str], other: list[str]) -> None:
    old, new = ([line.encode() for line in lines] for lines in (one, other))
    assume(sorted(old) != sorted(new))
    assert distance(old, old) == (0, 0, 0) < distance(old, new) == distance(new, old)
