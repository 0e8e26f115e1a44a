"""Which lines of a file count, and which of them tell where they come from."""

from __future__ import annotations

import pytest

from plugwatch.model.verdicts.lines import Lines, counted_lines, declared_names, even, is_distinctive, is_punctuation


@pytest.mark.parametrize(
    ("line", "evened"),
    [
        (b"\tadd_action( 'init',  'start' );\r", b"add_action( 'init', 'start' );"),
        (b"$a\t=>\t1,", b"$a => 1,"),
        (b"echo 'two  blanks',  \"a\tb\";", b"echo 'two  blanks', \"a\tb\";"),
        (b"don't   stop", b"don't stop"),
        (b"'it\\'s  so'  . 1", b"'it\\'s  so' . 1"),
        (b"x  " + b"y" * 9_997, b"x " + b"y" * 9_997),
        (b"x  " + b"y" * 9_998, b"x  " + b"y" * 9_998),
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
        *(
            b"<?php",
            b"# Two.",
            b"#[Attribute]",
            b"/* a */ call(); /* b */",
            b"$accept = 'image/*';",
            b"$b = 2; // kept",
        ),
        *(b"$c = $a", b"* $b;", b"/* never", b"* ends"),
    )
    assert lines.numbers[:3] == (1, 6, 7)


def test_comments_are_those_of_the_language() -> None:
    text = b"#header {\n//an example\n* {\n/* one */\n/*/ two */\n"
    assert counted_lines(text, "a.css").texts == (b"#header {", b"//an example", b"* {")
    for path in ("a.js", "a.php", "A.PHP"):  # styles stand in PHP's templates as well
        assert counted_lines(text, path).texts == (b"#header {", b"* {")


def test_an_address_is_no_comment() -> None:
    assert counted_lines(b"//cdn.example/form.js\n//cdn.example is slow\n", "a.php").texts == (
        b"//cdn.example/form.js",
    )


def test_what_wordpress_reads_from_a_comment_counts() -> None:
    head = b"<?php\n/**\n * Plugin Name: Form\n * Version: 1.2\n * By us.\n * Requires Plugins: shop\n */\n"
    assert counted_lines(head, "a.php").texts == (b"<?php", b"* Plugin Name: Form", b"* Requires Plugins: shop")


def test_an_indent_counts_where_it_is_code() -> None:
    assert counted_lines(b"on:\n  push:\n", "a.yml").texts == (b"on:", b"  push:")
    assert counted_lines(b"on:\n  push:\n", "a.txt").texts == (b"on:", b"push:")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b"/**/\none();\n/* a */", (b"one();",)),
        (b"/*/\n a\n*/\none();", (b"one();",)),
        (b"/* a\n*/\none();\n/* b */", (b"one();",)),
        (b"/*/ one();\ntwo();", (b"/*/ one();", b"two();")),
    ],
)
def test_a_block_comment_ends_where_it_ends(text: bytes, kept: tuple[bytes, ...]) -> None:
    assert counted_lines(text, "a.php").texts == kept


def test_comments_count_where_they_are_all_that_changes() -> None:
    assert counted_lines(b"// One.\n\n/* Two. */\n", "a.php", comments_too=True).texts == (b"// One.", b"/* Two. */")


def test_a_file_that_is_not_there_has_no_lines() -> None:
    assert counted_lines(None, "a.php") == Lines((), ())


@pytest.mark.parametrize("line", [b"call_it();", b"$x = abc;", b"run_it()", "größe = 1".encode(), b"'label' => 1,"])
def test_distinctive_lines(line: bytes) -> None:
    assert is_distinctive(line)
    assert not is_punctuation(line)


@pytest.mark.parametrize(
    "line", [b"return true;", b"} else {", b"$a = 1;", b"12345678, 9", b"endif;", b"call();", b"run(it)", b"$ab + $cd"]
)
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
        (b"interface Notes {", [b"Notes"]),
        (b"trait Noted {", [b"Noted"]),
        (b"final readonly class Note {", [b"Note"]),
        (b"};class Note {}", [b"Note"]),
        (b"a = (function b() {}) =function c() {}", [b"b", b"c"]),
        (b";function a() {", [b"a"]),
        (b"{function a() {", [b"a"]),
        (b"my_function a( b )", []),
        (b"new class extends A {", []),
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
    upper = counted_lines(b"class A {\nfunction B() {\n", "a.php")
    assert [upper.scope(at) for at in range(3)] == [b"", b"A", b"B"]


CLASSES = b"""class A {
    public $all = 1;
    public function put( $x ) {
        $this->put = $x . $y;
    }
}
class B {
    const ALL = 2;
    public function put( $x ) {
    }
}
function reset() {
}
"""


def test_a_member_has_the_name_of_its_class() -> None:
    members = counted_lines(CLASSES, "a.php").members
    assert sorted(members) == [b"A", b"A::$all", b"A::put", b"B", b"B::ALL", b"B::put", b"reset"]
    assert set(members.values()) == {1}


def test_a_line_stands_in_the_class_above_it() -> None:
    lines = counted_lines(CLASSES, "a.php")
    assert [lines.class_of(at) for at in (0, 1, 6, 7, 11)] == [b"", b"A", b"A", b"B", b"B"]


def test_a_scope_starts_where_it_is_declared() -> None:
    lines = counted_lines(CLASSES, "a.php")
    assert [lines.scope_start(at) for at in (1, 2, 3, 6, 9)] == [0, 0, 2, 2, 8]
    below = counted_lines(b"<?php\nstart();\nclass A {\n}\n", "a.php")
    assert [below.scope_start(at) for at in range(4)] == [0, 0, 0, 2]


def test_the_body_of_a_function_is_what_it_declares_and_no_other() -> None:
    lines = counted_lines(CLASSES, "a.php")
    assert lines.body(b"A") == [0, 1]
    assert lines.body(b"put") == [2, 8, 3, 4, 5, 9, 10]
    assert lines.body(b"") == []
    assert [sorted(lines.variables(at)) for at in (2, 3)] == [[b"$x"], [b"$x", b"$y"]]
