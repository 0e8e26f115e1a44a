"""The finer merge: what it puts together, what it leaves to a person; where git has an answer, it is the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from merging import BASE, changed, merged

from plugwatch.model.verdicts.merge import Block, merge_lines, merge_tokens, refine

modest = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_changes_of_neighbouring_lines_are_put_together() -> None:
    ours = changed(b"'New message'", b"'A message'")
    theirs = changed(b"render( $form )", b"render( $form, 'mail' )")
    assert merged(ours, theirs) == changed(b"'New message'", b"'A message'", theirs)


def test_a_line_that_the_vendor_puts_above_a_changed_one_stays_above_it() -> None:
    ours = changed(b"\t$subject = 'New message';\n", b"\t$subject = subject_of( $form );\n")
    theirs = changed(b"\t$subject = 'New", b"\t$cc = '';\n\t$subject = 'New")
    assert merged(ours, theirs) == changed(
        b"\t$subject = 'New message';\n", b"\t$cc = '';\n\t$subject = subject_of( $form );\n"
    )
    below = changed(b"\t$body", b"\t$cc = '';\n\t$body")
    assert merged(ours, below) == changed(
        b"\t$subject = 'New message';\n", b"\t$subject = subject_of( $form );\n\t$cc = '';\n"
    )


def test_different_words_of_one_line_are_put_together() -> None:
    ours = changed(b"wp_mail( $to,", b"wp_mail( checked( $to ),")
    theirs = changed(b"$subject, $body )", b"$subject, $body, $headers )")
    assert merged(ours, theirs) == changed(
        b"wp_mail( $to, $subject, $body )", b"wp_mail( checked( $to ), $subject, $body, $headers )"
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        # the same word, in two ways
        (changed(b"'to'", b"'recipient'"), changed(b"'to'", b"'receiver'")),
        # words that touch
        (changed(b"wp_mail( $to", b"my_mail( $to"), changed(b"wp_mail( $to", b"wp_mail[ $to")),
        # what one takes away and the other changes
        (changed(b"'New message'", b"'A message'"), changed(b"\t$subject = 'New message';\n", b"")),
        (changed(b"\t$subject = 'New message';\n", b""), changed(b"'New message'", b"'A message'")),
        # two insertions at one place: the order would be a guess
        (changed(b"\t$body", b"\tone();\n\t$body"), changed(b"\t$body", b"\ttwo();\n\t$body")),
        # an insertion beside lines that the vendor has replaced
        (
            changed(b"\t$body", b"\tone();\n\t$body"),
            changed(b"\t$body = render( $form );\n", b"\tif ( $x ) {\n\t\ty();\n"),
        ),
        (changed(b"\t$body", b"\tone();\n\t$body"), changed(b"\t$subject = 'New message';\n", b"\tlog_it( 12 );\n")),
        # an insertion into what the vendor has replaced
        (changed(b"\t$subject", b"\tone();\n\t$subject"), changed(BASE[30:110], b"all_new();\n")),
    ],
)
def test_what_would_be_a_guess_is_left(ours: bytes, theirs: bytes) -> None:
    found = refine(BASE, ours, theirs)
    assert found.content is None
    assert len(found.left) == 1
    assert (found.settled, found.contained) == ((), ())


LENGTH = b"if ( ! ( 6 < strlen( $text ) and strlen( $text ) < 16 ) ) {"


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        # both correct a condition, and one of them writes it anew: a word of the other means something else there
        (LENGTH, b"if ( strlen( $text ) < 6 or strlen( $text ) > 15 ) {", LENGTH.replace(b"6", b"5")),
        (LENGTH, LENGTH.replace(b"6", b"5"), b"if ( strlen( $text ) < 6 or strlen( $text ) > 15 ) {"),
        # only white space stands between the two
        (b"$wait = 10 * MINUTE;", b"$wait = 15 * MINUTE;", b"$wait = 10 / MINUTE;"),
        (b"return $found and $sent;", b"return $looked and $sent;", b"return $found or $sent;"),
        # the vendor turns the condition round that the patch narrows
        (b"if ( $a ) { return; }", b"if ( $a && ok() ) { return; }", b"if ( ! $a ) { return; }"),
        (b"if ( $a || $b ) {", b"if ( $a || $b && ok() ) {", b"if ( ! $a || ! $b ) {"),
        # the argument is for the function that was called
        (b"$m = get_meta( $id, 'mail' );", b"$m = get_meta( $id, 'mail', true );", b"$m = find_meta( $id, 'mail' );"),
    ],
)
def test_words_that_change_each_others_meaning_are_left(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert refine(base, ours, theirs).content is None


def test_only_the_block_that_needs_a_person_is_left() -> None:
    ours = changed(b"'to'", b"'recipient'", changed(b"'New message'", b"'A message'"))
    theirs = changed(b"'to'", b"'receiver'", changed(b"render( $form )", b"render( $form, 'mail' )"))
    (block,) = refine(BASE, ours, theirs).left
    assert block == Block(
        2,
        (b"\t$to = get_option( 'to' );",),
        (b"\t$to = get_option( 'recipient' );",),
        (b"\t$to = get_option( 'receiver' );",),
    )


def test_an_insertion_beside_a_line_that_was_only_touched_up_goes_in() -> None:
    ours = changed(b"\t$body", b"\tone();\n\t$body")
    theirs = changed(b"'New message';", b"'New message' . $site;")
    assert merged(ours, theirs) == changed(b"\t$body", b"\tone();\n\t$body", theirs)


def test_blank_lines_stand_anywhere_and_attributes_above_their_function() -> None:
    ours = changed(b"\t$body", b"\tone();\n\t$body")
    theirs = changed(b"\t$body", b"\n\t$body")
    assert merged(ours, theirs) == changed(b"\t$body", b"\n\tone();\n\t$body")
    comment = b"/**\n * Sends.\n */\n"
    attribute = b"#[ReturnTypeWillChange]\n"
    assert merged(
        changed(b"function send", attribute + b"function send"), changed(b"function send", comment + b"function send")
    ) == changed(b"function send", comment + attribute + b"function send")
    code = b"hello();\n"
    assert merged(changed(b"function", attribute + b"function"), changed(b"function", code + b"function")) is None
    assert merged(changed(b"function", code + b"function"), changed(b"function", comment + b"function")) is None


def test_a_block_that_the_vendor_has_in_another_form_is_his() -> None:
    ours = changed(b"get_option( 'to' )", b"array( 'a' => 1 )")
    theirs = changed(b"get_option( 'to' )", b'[\n\t\t"a" => 1,\n\t]')
    found = refine(BASE, ours, theirs)
    assert (found.content, len(found.contained), found.settled) == (theirs, 1, ())


def test_the_patch_turns_its_line_ends_as_the_release_does() -> None:
    ours = changed(b"'to'", b"'recipient'")
    windows = BASE.replace(b"\n", b"\r\n")
    assert merged(ours, windows) == ours.replace(b"\n", b"\r\n")
    assert merged(ours.replace(b"\n", b"\r\n"), BASE, windows) == ours
    mixed = windows.replace(b"\r\n", b"\n", 1)
    assert merged(ours, mixed) is None or b"'recipient'" in (merged(ours, mixed) or b"")


def test_large_blocks_and_strange_ones_are_left_to_a_person() -> None:
    assert merge_tokens(b"a, b, c", b"a, x, c", b"a, b, c, d") == b"a, x, c, d"
    assert merge_tokens(b"a, b, c", b"a, x, c", b"q, r, s") is None  # nothing of the block is left
    long = b" ".join(b"word%d" % n for n in range(4000))
    assert merge_tokens(long, long.replace(b"word1 ", b"x "), long + b" more") is None


def test_what_the_vendor_has_added_in_another_order_is_not_added_again() -> None:
    base = b'<?php ?>\n<select name="country" class="wide">\n'
    ours = base.replace(b'name="country"', b'name="country" id="country"')
    theirs = base.replace(b'name="country"', b'id="country" name="country"')
    assert merged(ours, theirs, base) is None
    assert merged(ours, theirs.replace(b'id="country"', b'title="Country"'), base) is not None


def test_two_functions_at_the_end_of_a_file_have_no_order() -> None:
    """Each side's closing bracket may be the old one: the places look different and are the same."""
    one = b"\nfunction one() {\n\treturn 1;\n}\n"
    two = b"\nfunction two() {\n\treturn 2;\n}\n"
    assert merged(BASE + one, BASE + two) is None
    assert merged(BASE[:-2] + one[1:-2] + BASE[-2:], BASE + two) is None


def test_a_line_that_begins_as_it_did_marks_the_place() -> None:
    ours = changed(b"\t$body", b"\tone();\n\t$body")
    theirs = changed(b"$subject = 'New message';", b"$subject = title( $form, 'New' );")
    assert merged(ours, theirs) == changed(b"\t$body", b"\tone();\n\t$body", theirs)
    assert merged(ours, changed(b"$subject = 'New message';", b"start( $form, 'New' );")) is None


LINES = st.lists(st.integers(0, 10**6).map(lambda n: b"line_%d();" % n), min_size=8, max_size=16, unique=True)
FRESH = st.lists(st.integers(0, 10**6).map(lambda n: b"fresh_%d();" % n), max_size=3, unique=True)


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """A text of lines that all differ, and two versions of it, each with a few stretches replaced."""
    base = draw(LINES)
    sides = []
    for name in (b"ours", b"theirs"):
        text = list(base)
        for _edit in range(draw(st.integers(0, 2))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, min(start + 2, len(text))))
            text[start:end] = [line.replace(b"fresh", name) for line in draw(FRESH)]
        sides.append(text)
    return base, sides[0], sides[1]


@given(edited())
@modest
def test_where_git_has_an_answer_it_is_the_same(tmp_path: Path, texts: tuple[list[bytes], ...]) -> None:
    base, ours, theirs = (b"".join(line + b"\n" for line in side) for side in texts)
    for name, content in (("ours", ours), ("base", base), ("theirs", theirs)):
        (tmp_path / name).write_bytes(content)
    command = ["git", "merge-file", "-p", "-q", "theirs", "base", "ours"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    if done.returncode == 0:
        assert merged(ours, theirs, base) == done.stdout


@given(edited())
@modest
def test_a_merge_with_an_unchanged_side_is_the_other_side(texts: tuple[list[bytes], ...]) -> None:
    base, ours, _theirs = texts
    assert [line for piece in merge_lines(base, ours, base) for line in piece] == ours
    assert [line for piece in merge_lines(base, base, ours) for line in piece] == ours
    assert [line for piece in merge_lines(base, ours, ours) for line in piece] == ours


@given(edited())
@modest
def test_nothing_that_either_side_wrote_is_lost_or_doubled(texts: tuple[list[bytes], ...]) -> None:
    """Every new line is in the merge once, or in a block; every line that both have kept is there."""
    base, ours, theirs = texts
    pieces = merge_lines(base, ours, theirs)
    plain = [line for piece in pieces if not isinstance(piece, Block) for line in piece]
    blocks = [piece for piece in pieces if isinstance(piece, Block)]
    for line in {*ours, *theirs} - {*base}:
        inside = any(line in (*block.ours, *block.theirs) for block in blocks)
        assert plain.count(line) == max(ours.count(line), theirs.count(line)) or inside
    for line in base:
        inside = any(line in block.base for block in blocks)
        assert inside or plain.count(line) == (line in ours and line in theirs)
