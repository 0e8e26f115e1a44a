"""Whether code says the same in another form: every token has to be there, and in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import verdict

from plugwatch.model.verdicts.forms import (
    Stretch,
    depth_of,
    find_form,
    find_renames,
    has_built_words,
    is_same_code,
    without_messages,
)
from plugwatch.model.verdicts.lines import counted_lines


def rows(text: str) -> list[bytes]:
    return text.encode().split(b"\n") if text else []


def form(
    after: str, new: str, *, before: str = "", old: str = "start();", lead: str = "", renames: str = ""
) -> range | None:
    stretch = Stretch(*map(rows, (before, after, old, new, lead)))
    return find_form(stretch, dict([pair.encode().split(b"=") for pair in renames.split()]))


@pytest.mark.parametrize(
    ("after", "new", "lines"),
    [
        ("verify( $post, 'edit' );", 'verify($post,"edit");', range(1)),
        ("verify( $post, 'edit' );", 'start();\n\nverify(\n$post, "edit"\n);\nfinish();', range(2, 5)),
        ("verify( $post );\nsave( $post );", "start(); verify( $post ); save( $post );", range(1)),
        ("verify( $post );", "if ( $x ) {\nverify($post); }", range(1, 2)),
        ("verify( $post );", "{verify($post);", range(1)),
        ("verify( $post )", "verify($post) ||", range(1)),
        ("verify( $post );", "if ( $x ) {\n}\nverify($post);", range(2, 3)),
        ('<input name="country">', "<?php } ?>\n<input name='country'>", range(1, 2)),
        ("verify( $post );", "verify($post)\n;\nstart();", range(2)),
        ("verify( $post );", "<?php verify($post); ?>", range(1)),
        # as a part of something else
        ("verify( $post );", "if ( $x ) verify($post);", None),
        ("verify( $post );", "$x = verify($post);", None),
        ("verify( $post )", "$x; 0 + verify($post)", None),
        # in pieces, or with another sign
        ("verify( $post );\nsave( $post );", "verify( $post );\nstart();\nsave( $post );", None),
        ("verify( $post ) || leave();", "verify( $post ) && leave();", None),
        # nothing in it tells where it comes from
        ("$a = 12;", "$a=12;", None),
        ("_e( 'a' );", '_e("a");', None),
        ("esc_html_e( $a );", "esc_html_e($a);", None),
    ],
)
def test_all_tokens_in_one_piece_from_where_a_statement_begins(after: str, new: str, lines: range | None) -> None:
    assert form(after, new) == lines


def test_at_the_beginning_of_the_stretch_nothing_stands_before() -> None:
    assert form("verify( $post )", "verify($post) ||", lead="start();") == range(1)


def test_a_part_of_a_list_begins_behind_the_sign_that_it_begins_behind_in_the_patch() -> None:
    new = "'alpha' => 1,'gamma' => 3)"
    assert form("'gamma' => 3,", new, lead="'beta' => 2,") == range(1)
    assert form("'gamma' => 3,", new, lead="array(") is None
    assert form("'gamma' => 3,", new, lead="start();") is None
    assert form("'gamma' => 3,", new) is None
    assert form("'gamma' => 3", "'alpha' => 1\n'gamma'=>3", lead="2, 1") == range(1, 2)


def test_what_the_old_stretch_had_too_has_not_come() -> None:
    assert form("verify( $post );", "verify($post);\nverify($post);", old="verify(\n$post );") is None
    assert form("\tverify( $post );", "verify($p);", old="verify( $post );", renames="$post=$p") is None


def test_names_that_the_vendor_has_changed_throughout() -> None:
    assert form("verify( $post );", "verify( $entry );", renames="$post=$entry") == range(1)
    assert form("verify( $post );", "verify( $entry );", renames="$x=$entry") is None
    guard = "if ( is_it( {} ) ) {{ _e( '{}' ); }}"
    assert form(guard.format("$post", "One"), guard.format("$entry", "Two"), renames="$post=$entry") == range(1)
    assert form("function a( int $post ) {}", "function a( $entry ) {}", renames="$post=$entry") == range(1)


def test_a_new_message_may_be_worded_otherwise_but_a_message_alone_tells_nothing() -> None:
    guard = "if ( is_it( $post ) ) {{ log_it( __( '{}', 'form' ) ); }}"
    assert form(guard.format("One"), guard.format("Two")) == range(1)
    assert form(guard.format("One"), guard.format("Two"), before=guard.format("Zero")) is None
    for call in ("_e( '{}' );", "return esc_html__( '{}', 'form' );", "echo __( '{}', 'form' ) ;", "__;_e( '{}' );"):
        assert form(call.format("One more"), call.format("Two more")) is None
    for code in ("_e( '{}' );\nverify( $post )", "case 'draft':\n_e( '{}' );"):
        assert form(code.format("One more"), code.format("Two more")) == range(2)
    assert form("echo $draft ? __( 'One' ) : $other;", "echo $draft ? __( 'Two' ) : $other;") is None


@pytest.mark.parametrize("call", ["_e( '{}' );", "return __( '{}' );", "return esc_html__( '{}', 'form' );"])
def test_another_message_in_the_same_place_is_not_the_patchs(tmp_path: Path, call: str) -> None:
    base = "<?php\nfunction one() {\n\tstart_it();\n\tfinish_it();\n}\n"
    ours, theirs = (
        base.replace("\tfinish_it", f"\t{call.format(text)}\n\tfinish_it")
        for text in ("Saved.", "Deleted all of them.")
    )
    judgement = verdict(tmp_path, base, ours, theirs.replace("finish_it()", "finish_it( 1 )"))
    assert judgement.verdict != "landed"


def test_types_may_differ_where_they_are_not_all_that_the_patch_changes() -> None:
    new = "function one( $post, $copy = false ) {"
    assert form(
        "function one( array $post, bool $copy = false ): bool {", new, before="function one( $post ) {"
    ) == range(1)
    only = "function one( array $post, bool $copy = false ): bool {\nstart_it();"
    assert form(only, new + "\nstart_it();", before=new, old=new) is None
    assert form("function one( $post ) {", "function one( int $post ) {") is None


@pytest.mark.parametrize(
    ("line", "depth"), [("", 0), ("if ( $a ) {", 1), ("}", -1), ("} else {", 0), ("a( '{' ); {{", 2), ("// {", 0)]
)
def test_depth_counts_blocks(line: str, depth: int) -> None:
    assert depth_of([line.encode()]) == depth


def test_two_stretches_are_the_same_code_whatever_their_lines() -> None:
    old, ours, new = rows("store( $post );"), rows("store( $post,\n12 );"), rows("store($post, 12);")
    assert is_same_code(old, ours, new, {})
    assert is_same_code(old, ours, rows("store($entry, 12);"), {b"$post": b"$entry"})
    assert not is_same_code(old, ours, rows("store($post, 14);"), {})
    assert not is_same_code(ours, ours, new, {})
    assert not is_same_code(rows("$a = 1;"), rows("$a = 2;"), rows("$a=2;"), {})


@pytest.mark.parametrize(
    ("old", "ours", "new", "expected"),
    [
        ("a.clear()", "a.clear(),a.reset()", "b.clear();\nb.reset()", True),
        ("clear", "clear\nreset", "clear reset", True),
        ("a.clear()", "a.clear(),a.reset()", "b.clear(),b.other()", False),
        ("a.clear(),a.reset()", "a.clear(),a.reset(),a.reset()", "b.clear(),b.reset()", False),
        ("a.clear(),a.reset()", "a.clear(),a.start()", "b.clear(),b.start()", True),
        ("a.clear(),a.reset()", "a.clear(),a.start()", "b.clear(),b.start(),b.reset()", False),
        ("a.clear(),a.reset()", "a.clear()", "b.clear()", False),
        ("a.clear()", "a.clear(),a.stop()", "b.clear(),b.stop()", True),
        ("a.clear()", "a.clear(),a.end()", "b.clear(),b.end()", False),
    ],
)
def test_built_lines_are_compared_by_their_long_words(old: str, ours: str, new: str, expected: bool) -> None:
    assert has_built_words(rows(old), rows(ours), rows(new)) == expected


BASE = "<?php\nload_it();\nfunction first( $post ) {\n\tcheck( $post );\n}\nadd_action( 'init', 'first' );\nstart();\n"


def renames(base: str, ours: str, theirs: str) -> dict[bytes, bytes]:
    return find_renames(*(counted_lines(side.encode(), "a.php") for side in (base, ours, theirs)))


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (BASE, BASE, {}),
        (BASE, BASE.replace("$post", "$entry"), {b"$post": b"$entry"}),
        (BASE, BASE.replace("first", "primary"), {b"first": b"primary", b"'first'": b"'primary'"}),
        # not throughout, not always the same, or known before
        (BASE, BASE.replace("check( $post", "check( $entry"), {}),
        (BASE, BASE.replace("( $post )", "( $entry )", 1).replace("( $post )", "( $item )"), {}),
        (BASE + "last( $entry );\n", BASE.replace("$post", "$entry") + "last( $entry );\n", {}),
        (BASE.replace("start();", "start( $entry );"), BASE.replace("$post", "$entry"), {}),
        # a name that is not the file's own, and one that only the patch brings
        (BASE, BASE.replace("check(", "verify("), {}),
        (
            BASE + "function second() {}\nlast();\n",
            BASE + "function another() {}\nlast();\n",
            {b"second": b"another", b"'second'": b"'another'"},
        ),
        # lines that differ in more than names
        (BASE, BASE.replace("$post )", "$entry, 1 )"), {}),
        (BASE, BASE.replace("$post", "$e12"), {b"$post": b"$e12"}),
        (BASE, BASE.replace("$post", "12345"), {}),
        (BASE, "<?php\nnew_one();\nnew_two();\n" + BASE[6:].replace("$post", "$entry"), {b"$post": b"$entry"}),
        (BASE, BASE.replace("<?php\n", "<?php\nif ( 1 ) {\n").replace("$post", "$entry"), {b"$post": b"$entry"}),
    ],
)
def test_names_that_have_another_one_throughout(ours: str, theirs: str, expected: dict[bytes, bytes]) -> None:
    assert renames(BASE, ours, theirs) == expected


def test_a_variable_of_a_style_sheet_may_have_another_name() -> None:
    base = ":root {\n--main-color: red;\n}\na {\ncolor: var(--main-color);\n}\n"
    assert renames(base, base, base.replace("main", "base")) == {b"--main-color": b"--base-color"}


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("__ ( 'One' , 'form' )", "__ ( '…' , 'form' )"),
        ('( _e ( "One" ) )', "( _e ( '…' ) )"),
        ("run ( 'One' )", "run ( 'One' )"),
        ("__ , 'One' )", "__ , 'One' )"),
        ("__ ( $one )", "__ ( $one )"),
        ("'One' ; __ (", "'One' ; __ ("),
        ("( 'One' ; __", "( 'One' ; __"),
    ],
)
def test_the_texts_of_messages_are_blanked_out(tokens: str, expected: str) -> None:
    assert without_messages(tokens.encode().split()) == expected.encode().split()
