"""How code is cut into tokens, and what of them is telling."""

from __future__ import annotations

import pytest

from plugwatch.model.verdicts.tokens import (
    code_tokens,
    find_run,
    is_name,
    is_telling,
    likeness,
    located_tokens,
    split_tokens,
    telling_tokens,
    without_types,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (b"$a  = 'it\\'s';", [b"$a", b"  ", b"=", b" ", b"'it\\'s'", b";"]),
        (b'say("a \\" b")', [b"say", b"(", b'"a \\" b"', b")"]),
        (b"don't\nstop'", [b"don", b"'", b"t", b"\n", b"stop", b"'"]),
        (b"a /* b\nc */ d", [b"a", b" ", b"/* b\nc */", b" ", b"d"]),
        (b"<!-- a -->b", [b"<!-- a -->", b"b"]),
        (b"run(); // why", [b"run", b"(", b")", b";", b" ", b"// why"]),
        (b"http://a.example", [b"http", b":", b"/", b"/", b"a", b".", b"example"]),
        (b"var(--main-color, 1.5.2)", [b"var", b"(", b"--main-color", b",", b" ", b"1.5.2", b")"]),
        (b"<?php $a?->b ??= C::d", [b"<?php", b" ", b"$a", b"?->", b"b", b" ", b"??", b"=", b" ", b"C", b"::", b"d"]),
        (b"$i++ !== $a['b']", [b"$i", b"++", b" ", b"!==", b" ", b"$a", b"[", b"'b'", b"]"]),
        ("größe".encode(), ["größe".encode()]),
    ],
)
def test_a_text_is_cut_where_a_programmer_would(text: bytes, tokens: list[bytes]) -> None:
    assert split_tokens(text) == tokens
    assert b"".join(tokens) == text


@pytest.mark.parametrize(
    "lines",
    [
        [b"f( array( 'a', 'b' ) );"],
        [b"f(['a','b']);"],
        [b'f( ["a", "b"] );'],
        [b"f( Array(", b"\t'a',", b"\t'b',", b") ); // list"],
        [b"/* list */ f( [ 'a', /* and */ 'b', ] ); // list, again"],
        [b"<!-- list -->f( [ 'a', 'b' ], );"],
    ],
)
def test_ways_of_writing_one_thing_have_the_same_tokens(lines: list[bytes]) -> None:
    assert code_tokens(lines) == [b"f", b"(", b"(", b"'a'", b",", b"'b'", b")", b")", b";"]


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        (b'f("$a")', [b"f", b"(", b'"$a"', b")"]),  # a variable in it
        (b'f("a\\n")', [b"f", b"(", b'"a\\n"', b")"]),
        (b'f("it\'s")', [b"f", b"(", b'"it\'s"', b")"]),
        (b"my_array( 1 )", [b"my_array", b"(", b"1", b")"]),
        (b"f( a, , b )", [b"f", b"(", b"a", b",", b",", b"b", b")"]),
        (b"(", [b"("]),
        (b")", [b")"]),
    ],
)
def test_what_means_something_else_keeps_its_form(line: bytes, tokens: list[bytes]) -> None:
    assert code_tokens([line]) == tokens


def test_a_token_knows_its_line_and_a_remark_ends_with_its_line() -> None:
    assert located_tokens([b"// a", b"b(", b"", b"c ); // d", b"e"]) == [
        *((b"b", 1), (b"(", 1), (b"c", 3), (b")", 3), (b";", 3)),
        (b"e", 4),
    ]


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        (
            b"function a( int $b, ?array $c = array( 1, 2 ) ): bool { f( int $x ); }",
            b"function a( $b, $c = array( 1, 2 ) ) { f( int $x ); }",
        ),
        (b"function a( A|B &$b, string ...$c ) {", b"function a( &$b, ...$c ) {"),
        (b"public function a(): ?B;", b"public function a();"),
        (b"function a() { return $b ? c : d; }", b"function a() { return $b ? c : d; }"),
        (b"fn( int $b ): int => $b", b"fn( int $b ): int => $b"),
        (b"function a( callable $b = d( $e, $f ), int $g", b"function a( $b = d( $e, $f ), $g"),
        (b"function a( int $b ): int", b"function a( $b )"),
        (b"$f = function ( int $a ): int { return $a; }", b"$f = function ( $a ) { return $a; }"),
        (b"use function a; catch ( Error $b ) {}", b"use function a; catch ( Error $b ) {}"),
        (b"function a { catch ( Error $b ) {}", b"function a { catch ( Error $b ) {}"),
        (b"import function;", b"import function;"),
        (b"function a {", b"function a {"),
        (
            b"function a( $b ) use ( $c ): D { function e( int $f ) {",
            b"function a( $b ) use ( $c ): D { function e( $f ) {",
        ),
        (b"function", b"function"),
    ],
)
def test_signatures_without_types(typed: bytes, bare: bytes) -> None:
    assert without_types(code_tokens([typed])) == code_tokens([bare])


def test_telling_tokens_are_names_and_texts_of_some_length() -> None:
    lines = [
        b"<?php // remark",
        b"return foreach_one( $post, 'note', \"text\", \"a $b\", 12345, 'ab', '....' );",
        b"/* name */",
    ]
    assert telling_tokens(lines) == {b"foreach_one", b"$post", b"'note'", b"'text'", b'"a $b"', b"'ab'"}


@pytest.mark.parametrize("token", [b"post", b"XX12", b"$abc", b"--main", b"'ab'", "größe".encode()])
def test_a_name_or_a_text_is_telling(token: bytes) -> None:
    assert is_telling(token)
    assert is_name(token) == (b"'" not in token)


@pytest.mark.parametrize("token", [b"abc", b"12345", b"===", b"function", b"$this", b"'...'"])
def test_a_short_word_a_sign_a_number_and_a_keyword_are_not(token: bytes) -> None:
    assert not is_telling(token)
    assert not is_name(token)


def test_likeness_is_the_share_of_common_tokens_in_order() -> None:
    assert likeness(b"a b c d", b"a b c d") == 1
    assert likeness(b"a", b"b") == 0
    assert likeness(b"f(a,b)", b"f(a,c)") == pytest.approx(5 / 6)
    assert likeness(b"a,b", b"b;a") == pytest.approx(1 / 3)  # both names are there, in another order
    assert likeness(b" ".join([b"a"] * 300), b" ".join([b"b"] + [b"a"] * 299)) == pytest.approx(598 / 599)


def test_very_long_pieces_are_compared_without_their_order() -> None:
    one, other = b"a," * 300 + b"b;" * 300, b"b;" * 300 + b"a," * 300
    assert likeness(one, other) == 1
    assert likeness(one[:800], other[-800:]) < 1


@pytest.mark.parametrize(
    ("needle", "hay", "at"),
    [
        (b"", b"abc", None),
        (b"a", b"", None),
        (b"a", b"a", 0),
        (b"bc", b"abc", 1),
        (b"ac", b"abc", None),
        (b"bb", b"abcbb", 3),
        (b"abcd", b"abc", None),
    ],
)
def test_a_row_is_found_in_one_piece_or_not_at_all(needle: bytes, hay: bytes, at: int | None) -> None:
    rows = [[bytes([sign]) for sign in side] for side in (needle, hay)]
    assert find_run(*rows) == at
