"""The finer merge piece by piece: line ends, lines, words, and what stands beside a line that was touched up."""

from __future__ import annotations

import pytest
from merging import BASE, changed, merged

from plugwatch.model.verdicts.merge import Block, line_ends, merge_lines, merge_tokens, refine, settle


@pytest.mark.parametrize(
    ("content", "ends"),
    [(b"a\nb\n", b"\n"), (b"a\r\nb\r\n", b"\r\n"), (b"a\r\nb\n", None), (b"a", None), (b"", None), (b"\n", b"\n")],
)
def test_line_ends_are_those_of_all_lines(content: bytes, ends: bytes | None) -> None:
    assert line_ends(content) == ends


def test_what_the_patch_adds_gets_the_line_ends_of_the_release() -> None:
    ours = changed(b"\t$body", b"\tone();\n\t$body")
    windows, ours_windows = (side.replace(b"\n", b"\r\n") for side in (BASE, ours))
    assert merged(ours, windows) == ours_windows
    assert merged(ours_windows, BASE, windows) == ours


def test_only_lines_that_both_have_changed_are_left_of_a_block() -> None:
    """Each letter is a line; capitals are changed ones, X to Z the vendor's."""
    assert merge_lines(*lines("-abcd-", "-ABcD-", "-aXYZ-")) == [
        *([b"-"], (b"A",), Block(2, (b"b",), (b"B",), (b"X",)), (b"Y",), Block(4, (b"d",), (b"D",), (b"Z",))),
        [b"-"],
    ]
    assert merge_lines(*lines("-abc-", "-AB-", "-aXY-")) == [[b"-"], Block(1, *sides("abc", "AB", "aXY")), [b"-"]]


def sides(*texts: str) -> list[tuple[bytes, ...]]:
    return [tuple(sign.encode() for sign in text) for text in texts]


def lines(*texts: str) -> list[list[bytes]]:
    return [list(side) for side in sides(*texts)]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        ("abcd", "aXbcd", "abcYd", "aXbcYd"),
        ("abcd", "abcYd", "aXbcd", "aXbcYd"),
        # what is put in could as well stand one line further up: at the vendor's place, or not
        ("pq", "pqxq", "pyq", None),
        ("q", "qxq", "yq", None),
        ("pq", "pqxyq", "pzq", None),
        ("pqr", "pqrxr", "pyqr", "pyqrxr"),
        # or further down
        ("as", "Xasyzs", "asT", None),
        ("asw", "Xasyzsw", "aswT", "XasyzswT"),
        # into, above and below what the vendor has taken out
        ("abcd", "abXcd", "ad", None),
        ("abcd", "aXbcd", "ad", None),
        ("abcd", "abcXd", "ad", None),
        ("abcd", "ad", "abXcd", None),
        ("abcd", "ad", "aXbcd", "aXd"),
        ("abcd", "ad", "abcXd", "aXd"),
        # several changes, all of which clash with one
        ("abcdef", "aXcdYf", "aBCDEf", None),
        ("abcdefg", "aXcdeYg", "abcDefg", "aXcDeYg"),
        # side by side, and each behind longer and shorter ones
        ("abcd", "aBcd", "abXd", "aBXd"),
        ("abcd", "abCd", "aXcd", "aXCd"),
        ("abcd", "abCEd", "aXcd", "aXCEd"),
        ("abcd", "aXcd", "abCEd", "aXCEd"),
        ("abcd", "Abcd", "abcX", "AbcX"),
        ("abcdefgh", "aBCcdefgH", "abcXYZeWgh", "aBCcXYZeWgH"),
        ("abcdefgh", "abcBCDeFgh", "aXYcdefgZ", "aXYcBCDeFgZ"),
        ("abcdefgh", "cdeBfgH", "abcXdefZh", "cXdeBfZH"),
    ],
)
def test_lines_are_put_together_where_their_order_is_known(
    base: str, ours: str, theirs: str, result: str | None
) -> None:
    pieces = merge_lines(*lines(base, ours, theirs))
    whole = not any(isinstance(piece, Block) for piece in pieces)
    assert (b"".join(b"".join(piece) for piece in pieces).decode() if whole else None) == result


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result"),
    [
        (b"a,b,c", b"z,b,c", b"a,x,y", b"z,x,y"),  # three of five tokens are left, which is enough
        (b"a,b,c", b"z,b,c", b"a,x;y", None),
        (b"a,b,c", b"x,y,c", b"a,b,z", b"x,y,z"),
        (b"a,b,c", b"x;y,c", b"a,b,z", None),
        (b"a,b,c,d,e", b"a,b,c,d", b"z,b,c,d,e", b"z,b,c,d"),
        (b"a,b,c,d,e", b"z,b,c,d,e", b"a,b,c,d", b"z,b,c,d"),
        (b"a(b", b"a[b", b"c(b", None),  # side by side
        (b"a(b", b"c(b", b"a[b", None),
        (b"a (b", b"c (b", b"a [b", None),
        (b"a(x), b", b"z(x), b", b"a(x), y", b"z(x), y"),
        (b"f(a), b", b"f(x), b", b"f(a), y", None),  # one of them in brackets
        (b"$a . 'x' . $b", b"$z . 'x' . $b", b"$a . 'x' . $y", None),  # one statement
        (b"$a = 5 + $b", b"$z = 5 + $b", b"$a = 5 + $y", None),
        (b"a + b", b"x, n + b", b"a + y", None),
        (b"a='p' b='q' c", b"x='p' b='q' c", b"a='p' b='q' y", b"x='p' b='q' y"),  # attributes of a tag
        # white space alone on one side
        (b"a + b c", b"a + b  c", b"x. + b c", b"x. + b  c"),
        (b"a + b c", b"x. + b c", b"a + b  c", b"x. + b  c"),
        (b"f(a, b, c)", b"f(x, b, c)", b"f(a, b, z)", b"f(x, b, z)"),
        (b"f(a, b, c)", b"f(a, b, z)", b"f(x, b, c)", b"f(x, b, z)"),
        # the vendor has the patch's name elsewhere, and left something out
        (b"send( $to, $text, 'html' )", b"send( $to . suffix, $text, 'html' )", b"send( $to, suffix( $text ) )", None),
    ],
)
def test_tokens_are_put_together_where_one_that_is_untouched_stands_between(
    base: bytes, ours: bytes, theirs: bytes, result: bytes | None
) -> None:
    assert merge_tokens(base, ours, theirs) == result


def test_a_block_of_several_lines_is_put_together() -> None:
    base = b"first();\n$m = call( $a, $b,\n\t$c, $d );\nlast();\n"
    theirs = b"first();\n$m = call( $a,\n\t$b, $c,\n\t$e );\nlast();\n"
    found = refine(base, base.replace(b"$a", b"$x"), theirs)
    assert found.content == theirs.replace(b"$a", b"$x")
    (block,) = found.settled
    assert block.start == 1
    assert settle(block) == ("settled", [b"$m = call( $x,", b"\t$b, $c,", b"\t$e );"])


@pytest.mark.parametrize(
    ("attribute", "comment"),
    [
        (b"$list = $all[0]\n", b"/** Sends. */\n"),
        (b"#[Route(\n'/')]\n", b"/** Sends. */\n"),
        (b"#[Pure]\n", b"/** Sends. */ x();\n"),
    ],
)
def test_only_an_attribute_below_a_comment_has_its_place(attribute: bytes, comment: bytes) -> None:
    ours, theirs = (changed(b"function send", text + b"function send") for text in (attribute, comment))
    assert merged(ours, theirs) is None


TWEAKS = [
    (b"\t}", b"\t};", True),
    (b"\t)", b"\t}", True),
    (b"\t}", b"\tendif;", False),
    (b"", b"\t}", False),
    (b"\t}", b"", False),
    (b"\t$i = 0;", b"\t$k = 2;", False),  # no word in it
    (b"\tcall( $subject == $other );", b"\tif_so( $other == $subject, call() );", True),  # all words of it
    (b"\t$subject == $other;", b"\t$other == $subject;", True),
    (b"\talpha(beta);", b"\talpha(g);", True),  # begins as it did, and is half the same
    (b"alpha(beta.", b"alpha(g]", True),
    (b"alpha(beta.", b"alpha[g]", False),
    (b"\talpha(beta);", b"\tgamma(beta);", False),
]


@pytest.mark.parametrize(("old", "new", "same"), TWEAKS)
def test_beside_a_line_that_is_still_the_same_one_there_is_room(old: bytes, new: bytes, same: bool) -> None:
    base = [b"start();", old, b"finish();"]
    for ours, theirs in (
        ([base[0], b"added();", old, base[2]], [base[0], new, base[2]]),
        ([base[0], old, b"added();", base[2]], [base[0], new, base[2]]),
    ):
        pieces = merge_lines(base, ours, theirs)
        assert (not any(isinstance(piece, Block) for piece in pieces)) == same


def test_beside_a_line_to_which_the_vendor_has_added_another_the_order_is_a_guess() -> None:
    ours = changed(b"\t$body", b"\tone();\n\t$body")
    theirs = changed(b"render( $form );", b"render( $form, 1 );\n\t$body .= foot();")
    assert merged(ours, theirs) is None
