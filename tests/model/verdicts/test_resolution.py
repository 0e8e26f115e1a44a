"""Remembered resolutions: what they are known by, and what they are kept as."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import ForkError
from plugwatch.model.verdicts.merge import Block
from plugwatch.model.verdicts.resolution import (
    Resolution,
    block_key,
    is_key,
    resolution_from_text,
    unambiguous,
)

LINES = st.lists(st.binary(max_size=6).filter(lambda line: b"\n" not in line), max_size=4).map(tuple)
BLOCKS = st.builds(Block, st.just(0), LINES, LINES, LINES)


def made(**changed: Any) -> Resolution:
    """A resolution."""
    facts: dict[str, Any] = {
        "key": "ab" * 32,
        "lines": (b"\t$wait = 75;",),
        "author": "ana",
        "at": "2026-11-20T10:00:00+01:00",
        "component": "plugin/tidy-forms",
        "patch": "pw-aaaaaaaaaa",
        "source": "1.0.0",
        "target": "2.1.0",
        "path": "includes/mail.php",
    }
    return Resolution(**facts | changed)


def block(base: str, ours: str, theirs: str, start: int = 0) -> Block:
    """A block; the lines of each side stand between bars."""
    sides = (tuple(line.encode() for line in side.split("|")) if side else () for side in (base, ours, theirs))
    return Block(start, *sides)


def test_a_key_is_that_of_the_texts_and_not_of_their_place() -> None:
    key = block_key(block("$a = 1;", "$a = 2;", "$a = 3;"))
    assert is_key(key)
    assert block_key(block("$a = 1;", "$a = 2;", "$a = 3;", start=70)) == key
    assert block_key(block("\t$a  =  1;", "$a = 2;\r", "    $a = 3; ")) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b", "c"), ("a", "c", "b")),
        (("a", "b", "c"), ("b", "a", "c")),
        (("a|b", "", ""), ("a", "b", "")),
        (("a|b", "", ""), ("", "a|b", "")),
        (("ab", "", ""), ("a|b", "", "")),
        (("", "", ""), ("", "", "|")),
        (("1:a", "", ""), ("a", "", "")),
        (("'a  b'", "", ""), ("'a b'", "", "")),
    ],
)
def test_other_texts_have_another_key(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert block_key(block(*one)) != block_key(block(*other))


@settings(max_examples=150)
@given(BLOCKS, BLOCKS)
def test_keys_are_equal_where_the_evened_texts_are(one: Block, other: Block) -> None:
    from plugwatch.model.verdicts.lines import even

    def evened(it: Block) -> list[list[bytes]]:
        return [[even(line) for line in side] for side in (it.base, it.ours, it.theirs)]

    assert (block_key(one) == block_key(other)) == (evened(one) == evened(other))


@given(LINES, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_resolution_is_read_back_as_it_was_written(lines: tuple[bytes, ...], author: str) -> None:
    before = made(lines=lines, author=author)
    text = before.to_text()
    assert resolution_from_text(text, "here") == before
    assert resolution_from_text(text, "here").to_text() == text


def test_nothing_and_an_empty_line_are_not_the_same() -> None:
    assert resolution_from_text(made(lines=()).to_text(), "here").lines == ()
    assert resolution_from_text(made(lines=(b"",)).to_text(), "here").lines == (b"",)


def test_the_text_is_json_that_others_can_read() -> None:
    document = json.loads(made().to_text())
    assert (document["format"], document["author"], document["lines"]) == (1, "ana", ["\t$wait = 75;"])
    assert json.loads(made(lines=(b"caf\xe9",)).to_text())["base64"] == ["Y2Fm6Q=="]


@pytest.mark.parametrize(
    "change",
    [
        {"key": "../../etc"},
        {"key": 7},
        {"lines": "text"},
        {"lines": [1]},
        {"lines": ["a\nb"]},
        {"lines": ["\udc80"]},
        {"lines": ["x" * 600_000] * 2},
        {"base64": ["%%"]},
        {"author": None},
        {"author": "a" * 2000},
        {"at": "yesterday"},
        {"patch": []},
    ],
)
def test_what_a_colleague_sends_is_no_resolution_because_it_says_so(change: dict[str, Any]) -> None:
    document = json.loads(made().to_text()) | change
    if "base64" in change:
        del document["lines"]
    with pytest.raises(ForkError, match="here: this remembered resolution is damaged"):
        resolution_from_text(json.dumps(document), "here")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, '"text"', "\x00"])
def test_noise_is_no_resolution_either(text: str) -> None:
    with pytest.raises(ForkError, match="damaged"):
        resolution_from_text(text, "here")


def test_one_of_a_newer_plugwatch_is_named() -> None:
    with pytest.raises(ForkError, match="newer plugwatch"):
        resolution_from_text(made().to_text().replace('"format": 1', '"format": 2'), "here")


@pytest.mark.parametrize(
    ("lines", "ends", "expected"),
    [
        ((b"a", b"b"), b"\r\n", [b"a\r", b"b\r"]),
        ((b"a\r", b"b\r"), b"\n", [b"a", b"b"]),
        ((b"a\r", b"b\r"), b"\r\n", [b"a\r", b"b\r"]),
        ((b"a\r", b"b"), b"\n", [b"a\r", b"b"]),
        ((b"a",), None, [b"a"]),
        ((), b"\r\n", []),
    ],
)
def test_line_ends_are_those_of_the_file(lines: tuple[bytes, ...], ends: bytes | None, expected: list[bytes]) -> None:
    assert made(lines=lines).lines_for(ends) == expected


def test_equal_blocks_that_became_different_texts_tell_nothing() -> None:
    clear, unclear = made(key="11" * 32), made(key="22" * 32)
    again = replace(clear, author="ben")
    assert unambiguous([unclear, clear, again, replace(unclear, lines=(b"other",))]) == [clear]
