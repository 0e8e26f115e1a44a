"""Which lines of a file count, and which of them tell where they come from."""

from __future__ import annotations

import pytest

from plugwatch.model.verdict_lines import counted_lines, declared_names, even, is_distinctive, is_punctuation


@pytest.mark.parametrize(
    ("line", "evened"),
    [
        (b"\tadd_action( 'init',  'start' );\r", b"add_action( 'init', 'start' );"),
        (b"$a\t=>\t1,", b"$a => 1,"),
        (b"echo 'two  blanks',  \"a\tb\";", b"echo 'two  blanks', \"a\tb\";"),
        (b"don't   stop", b"don't stop"),
        (b"'it\\'s  so'  . 1", b"'it\\'s  so' . 1"),
        (b"x  " + b"y" * 10_000, b"x  " + b"y" * 10_000),
        (b" \t ", b""),
    ],
)
def test_white_space_is_evened_out_outside_quotes(line: bytes, evened: bytes) -> None:
    assert even(line) == evened


CODE = b"""<?php
/**
 * A docblock.
 */
// One.
# Two.
#[Attribute]
/* a */ call(); /* b */
$accept = 'image/*';
$b = 2; // kept
$c = $a
 * $b;
/* one line */
/* never
 * ends
"""


def test_comment_lines_do_not_count() -> None:
    lines = counted_lines(CODE, "a.php")
    assert lines.texts == (
        *(b"<?php", b"#[Attribute]", b"/* a */ call(); /* b */", b"$accept = 'image/*';", b"$b = 2; // kept"),
        *(b"$c = $a", b"* $b;", b"/* never", b"* ends"),
    )
    assert lines.numbers[:3] == (1, 7, 8)


def test_comments_are_those_of_the_language() -> None:
    text = b"#header {\n//example.com\n* {\n/* one */\n/*/ two */\n"
    assert counted_lines(text, "a.css").texts == (b"#header {", b"//example.com", b"* {")
    assert counted_lines(text, "a.js").texts == (b"#header {", b"* {")
    assert counted_lines(text, "a.php").texts == (b"* {",)


def test_a_file_that_is_not_there_has_no_lines() -> None:
    assert counted_lines(None, "a.php").texts == ()


@pytest.mark.parametrize("line", [b"call_it();", b"$x = abc;", "größe = 1".encode(), b"'label' => 1,"])
def test_distinctive_lines(line: bytes) -> None:
    assert is_distinctive(line)
    assert not is_punctuation(line)


@pytest.mark.parametrize("line", [b"return true;", b"} else {", b"$a = 1;", b"12345678, 9", b"endif;", b"call();"])
def test_lines_that_tell_nothing_but_are_more_than_punctuation(line: bytes) -> None:
    assert not is_distinctive(line)
    assert not is_punctuation(line)


@pytest.mark.parametrize("line", [b"}", b");", b"} );", b"],", b"});"])
def test_punctuation(line: bytes) -> None:
    assert is_punctuation(line)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b"public static function &get_all( $x ) {", [b"get_all"]),
        (b"final class Notes_Table extends Table {", [b"Notes_Table"]),
        (b"add_filter( 'x', function ( $y ) {", []),
        (b"$class = 'subclass of'; // a function of the class list", []),
        (b"if ( ! class_exists( 'A' ) ) { abstract class A {", [b"A"]),
        (b"export default class Notes extends Component {", [b"Notes"]),
        (b"if ( ! function_exists( 'a' ) ) { function a() {} }", [b"a"]),
    ],
)
def test_declared_names(line: bytes, names: list[bytes]) -> None:
    assert declared_names(line) == names


def test_a_line_stands_in_the_function_above_it() -> None:
    lines = counted_lines(b"<?php\nfunction a() {\nx_y_z();\n}\nfunction b() {\nx_y_z();\n}\n", "a.php")
    assert [lines.scope(at) for at in range(7)] == [b"", b"", b"a", b"a", b"a", b"b", b"b"]
    assert lines.find((b"x_y_z();", b"}"), b"b") == [5]
    assert lines.find((b"x_y_z();", b"}"), b"c") == []
    assert lines.find((), b"a") == []
