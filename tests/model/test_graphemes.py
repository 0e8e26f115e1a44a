from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.graphemes import split_graphemes

ONE = [
    "a",
    "e\u0301",  # a combining mark
    "o\u0308\u0323",
    "\r\n",
    "ß",
    "日",
    "각",
    "\u1112\u1161\u11ab",  # Hangul in parts
    "가\u11a8",
    "नि",  # a vowel sign that takes room
    "ก\u0e33",
    "👍",
    "👍🏽",
    "❤️",
    "1️⃣",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u0600a",  # a sign before a number
    "\u200b",
    "\n",
]


@pytest.mark.parametrize("text", ONE)
def test_what_a_person_takes_for_one_character_is_one(text: str) -> None:
    assert split_graphemes(text) == [text]
    assert split_graphemes(f"x{text}y") == ["x", text, "y"]
    assert split_graphemes(f"{text} {text}") == [text, " ", text]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("\n\r", 2),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("a\u200d👍", 2),  # a joiner joins pictures alone
        ("👍\u200da", 2),
        ("👍a\u0301\u200d👍", 3),
        ("👍👍", 2),
        ("가가", 2),
        ("\n\u0301", 2),
        ("က\u102b", 2),  # a Myanmar vowel that stands apart
        ("©®", 2),
        ("\u00ad", 1),
    ],
)
def test_borders_are_where_the_standard_has_them(text: str, count: int) -> None:
    assert len(split_graphemes(text)) == count


@given(st.text(alphabet=st.sampled_from(list("a\u0301\u200d👍🏽🇩🇪\r\n가\u11a8\u0600नि\ufe0f\x00")), max_size=20))
@settings(max_examples=200, deadline=None)
def test_the_pieces_are_the_text(text: str) -> None:
    pieces = split_graphemes(text)
    assert "".join(pieces) == text
    assert all(pieces)
    assert [piece for one in pieces for piece in split_graphemes(one)] == pieces
