"""What one file of a patch and the release have in common: each fact by itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from judging import CHECK, VERIFY, assert_stops, triple, verdict
from judging import TWO_FUNCTIONS as BASE

from plugwatch.model.verdicts.content import (
    CLEAN,
    CONTAINED,
    EQUAL,
    GONE,
    OVERLAPS,
    REFINED,
    SAME_CODE,
    TWIN,
    Content,
)
from plugwatch.model.verdicts.doubts import declared_twice
from plugwatch.model.verdicts.verdict import FileTriple, judge


def changed(old: str, new: str, text: str = BASE) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def compared(base: str | None, ours: str | None, theirs: str | None, old: str | None = None) -> Content:
    """The facts as they are whatever git makes of the file."""
    sides = [None if side is None else side.encode() for side in (base, ours, theirs)]
    return Content(FileTriple("a.php", "a.php", *sides, None, True, sides[0] if old is None else old.encode()))


def said_to_be_equal(base: str, ours: str, theirs: str) -> Content:
    """git says that the merge changes nothing."""
    sides = (base.encode(), ours.encode(), theirs.encode())
    return Content(FileTriple("a.php", "a.php", *sides, sides[2], False, sides[0]))


BINARY = BASE.replace("<?php", "<?php \0")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "state"),
    [
        (BASE, changed(CHECK, VERIFY), None, GONE),
        (BASE, None, None, EQUAL),
        (BASE, changed(CHECK, VERIFY), changed(CHECK, VERIFY), EQUAL),
        (BASE, BASE, BASE, CLEAN),  # its mode
        (BASE, changed(CHECK, "\n\n" + VERIFY), changed(CHECK, VERIFY), CONTAINED),
        (BASE, changed(CHECK, VERIFY).replace("<?php\n", "<?php\n\n"), changed(CHECK, VERIFY), SAME_CODE),
        (BASE, BASE.replace("<?php\n", "<?php\n\n"), changed(CHECK, VERIFY), CLEAN),
        (BASE, changed(CHECK, VERIFY), changed(CHECK, "\tstart_it();\n" + VERIFY), CONTAINED),
        (BASE, changed(CHECK, VERIFY), changed("get_note( $id )", "get_note( $id, 1 )"), CLEAN),
        (BASE, changed(CHECK, VERIFY), changed("return save_post( $post );", "return 1;"), REFINED),
        (BASE, changed(CHECK, VERIFY), changed(CHECK, "\tother( 1 );\n"), OVERLAPS),
        (BASE, None, "", OVERLAPS),
        (None, BASE, None, CLEAN),
        ("$a = 10;\n", "$a = 12;\n", "$a = 12 ;\n", CONTAINED),
        (BINARY, BINARY + "\tone();\n", BINARY + "\tother();\n", OVERLAPS),
    ],
)
def test_what_became_of_a_file(
    tmp_path: Path, base: str | None, ours: str | None, theirs: str | None, state: str
) -> None:
    assert Content(triple(tmp_path, base, ours, theirs)).state == state


def test_a_number_in_another_form_is_no_proof_and_nothing_to_carry(tmp_path: Path) -> None:
    assert_stops(verdict(tmp_path, "$a = 10;\n", "$a = 12;\n", "$a = 12 ;\n"))


def test_a_removal_is_no_proof_where_brackets_stand_in_its_place(tmp_path: Path) -> None:
    file = triple(tmp_path, BASE, changed(CHECK, ""), changed(CHECK, "\t{}\n"))
    assert Content(file).state == CONTAINED
    assert_stops(judge([file]), "not in the release any more", verdict="landed-variant")


def test_the_finer_merge_is_for_files_that_git_cannot_merge(tmp_path: Path) -> None:
    ours = changed(CHECK, VERIFY)
    assert Content(triple(tmp_path, BASE, ours, changed("<?php\n", "<?php\n\n"))).refined is None
    assert compared(BASE, ours, None).refined is None
    assert compared(BASE, None, ours).refined is None
    assert compared(BINARY, BINARY + VERIFY, BINARY + CHECK).refined is None
    assert compared(BASE, ours, BASE).refined is not None


def test_a_binary_file_has_no_lines_to_compare() -> None:
    content = compared(BINARY, BINARY.replace(CHECK, VERIFY), BINARY.replace(CHECK, VERIFY + "\tmore();\n"))
    assert content.added == content.removed == content.gained == Counter()
    assert (content.words, content.novel, content.resembled, content.contained) == ((0, 0), (0, 0), 0, False)


def test_a_file_that_the_release_has_not_has_gained_nothing() -> None:
    content = compared(None, BASE, None)
    assert content.added.total() == 8
    assert content.gained == Counter()
    assert (content.novel, content.resembled) == ((0, 0), 0)


def test_a_remark_that_the_patch_changes_is_compared_among_all_lines(tmp_path: Path) -> None:
    ours = changed(CHECK, "\t// Only the author may.\n" + CHECK)
    content = compared(BASE, ours, ours)
    assert content.added == content.gained == Counter([b"// Only the author may."])
    known = BASE + "// The end.\n"
    assert compared(known, ours + "// The end.\n", known).added == Counter([b"// Only the author may."])
    near = changed(CHECK, "\t// Only the author may.\n\tstart_it();\n" + CHECK)
    judgement = verdict(tmp_path, BASE, ours, near)
    assert (judgement.verdict, judgement.drop) == ("landed", True)
    assert judgement.evidence == (
        "inc/notes.php:4: the release already contains '// Only the author may.', which the patch adds",
    )
    # Which of them is new is told by the release without any patch.
    old = BASE + "// Only the author may.\n"
    assert compared(BASE, ours, old, old).gained == Counter()


def test_a_line_that_only_a_patch_below_has_taken_away_is_no_gain(tmp_path: Path) -> None:
    old = changed("\treturn save_note", VERIFY + "\treturn save_note")
    file = triple(tmp_path, BASE, changed(CHECK, CHECK + VERIFY), old, vendor_old=old)
    assert Content(file).gained == Counter()
    assert Content(file).novel == (0, 0)
    assert judge([file]).verdict == "carried"


def test_lines_that_the_release_still_has_more_of_than_the_patch_leaves() -> None:
    twice = BASE + CHECK
    for theirs, count in ((twice, 1), (twice + CHECK, 1), (changed(CHECK, ""), 0), (BASE, 0)):
        assert compared(twice, changed(CHECK, "") + CHECK, theirs).still_there.total() == count
    assert compared(twice, changed(CHECK, ""), twice).still_there.total() == 2
    assert compared(BASE, changed(CHECK, VERIFY), changed(CHECK, VERIFY)).complete
    assert not compared(BASE, changed(CHECK, VERIFY), changed(CHECK, CHECK + VERIFY)).complete
    assert not compared(BASE, changed(CHECK, VERIFY), changed(CHECK, "")).complete


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        (changed(CHECK, CHECK + VERIFY), changed(CHECK, CHECK + VERIFY), (2, 2)),
        (changed(CHECK, CHECK + VERIFY), changed(CHECK, CHECK + "\tif ( verify_post( $post ) ) {}\n"), (2, 1)),
        (changed(CHECK, CHECK + VERIFY), changed("\tcheck_note", VERIFY + "\tcheck_note"), (2, 0)),
        # in the function of the old name, of the new name, and of the one that the vendor has given it
        (changed("first(", "first_of(").replace(CHECK, VERIFY), changed(CHECK, VERIFY), (3, 2)),
        (
            changed("first(", "first_of(").replace(CHECK, VERIFY),
            changed("first(", "first_of(").replace(CHECK, VERIFY),
            (3, 3),
        ),
        (changed(CHECK, VERIFY), changed("first(", "primary(").replace(CHECK, VERIFY), (2, 2)),
        (changed(CHECK, ""), BASE, (0, 0)),
        (changed(CHECK, "\tcheck_note( $id );\n"), BASE, (0, 0)),
    ],
)
def test_new_names_and_texts_count_in_the_functions_that_the_patch_changes(
    ours: str, theirs: str, words: tuple[int, int]
) -> None:
    assert compared(BASE, ours, theirs).words == words


def test_novel_lines_are_those_that_neither_the_old_release_nor_a_patch_below_had() -> None:
    ours = changed(CHECK, "\talpha_call();\n\tbeta_call();\n\tgamma_call();\n")
    assert compared(BASE, ours, BASE + "alpha_call();\n").novel == (3, 1)
    assert compared(BASE, ours, ours).novel == (3, 3)
    assert compared(BASE, ours, BASE, BASE + "alpha_call();\n").novel == (2, 0)
    assert compared(BASE + "alpha_call();\n", ours + "alpha_call();\n", BASE, BASE).novel == (2, 0)


def test_what_the_patch_takes_away_is_replaced_where_the_release_has_it_in_no_form() -> None:
    ours = changed(CHECK, "")
    assert compared(BASE, ours, changed(CHECK, "\tother( 1 );\n")).replaced
    assert not compared(BASE, ours, changed(CHECK, "\tcheck_post($post);\n")).replaced
    assert not compared(BASE, ours, BASE).replaced
    assert not compared(BASE, changed(CHECK, CHECK + VERIFY), BASE).replaced


@pytest.mark.parametrize(
    ("added", "there", "count"),
    [
        (CHECK + "\tverify( 1, 2, 3 );\n", CHECK + "\tverify( 1, 2, 4 );\n", 1),
        (CHECK + "\tverify( 1, 2, 3 );\n", CHECK + "\tverify( 1, 2, 3 );\n", 0),  # it has that line itself
        (CHECK + "\tverify( 1, 2, 3 );\n", CHECK, 0),
        (CHECK + "\tverify( a, b );\n", CHECK + "\tverify[ a, b ];\n", 1),
        (CHECK + "\tverify_it();\n", CHECK + "\tother_one();\n", 1),
        (CHECK + "\tverify_it();\n", CHECK + "\tother[];\n", 0),
        # made of a line of the vendor's own, which is as much like ours
        ("\tcheck_post( $post, 1, 2 );\n", "\tcheck_post( $post, 1, 3 );\n", 1),
        ("\tcheck_post( $post, 8 );\n", "\tcheck_post( $post[3] );\n", 0),
    ],
)
def test_lines_much_like_those_of_the_patch_in_their_place(added: str, there: str, count: int) -> None:
    assert compared(BASE, changed(CHECK, added), changed(CHECK, there)).resembled == count


def test_lines_that_both_have_made_of_the_same_one_are_not_alike_for_that() -> None:
    base, ours, theirs = (changed(CHECK, f"\tverify( 1, 2, {number} );\n") for number in (3, 8, 4))
    assert compared(base, ours, theirs).resembled == 0
    assert compared(BASE, ours, theirs).resembled == 1


def test_seven_tokens_of_ten_are_enough_to_be_alike() -> None:
    ours = changed(CHECK, CHECK + "alpha(b,c,d,e)\n")
    assert compared(BASE, ours, changed(CHECK, CHECK + "alpha(b,c,d;y]\n")).resembled == 1
    assert compared(BASE, ours, changed(CHECK, CHECK + "alpha(b,c,z;y]\n")).resembled == 0


def test_a_line_in_much_the_same_words_elsewhere_is_another_one() -> None:
    ours = changed(CHECK, CHECK + "\tverify( 1, 2, 3 );\n")
    theirs = changed("\tcheck_note", "\tverify( 1, 2, 4 );\n\tcheck_note")
    assert compared(BASE, ours, theirs).resembled == 0
    known = BASE + "verify( 1, 2, 4 );\n"
    assert (
        compared(known, ours + "verify( 1, 2, 4 );\n", changed(CHECK, CHECK + "\tverify( 1, 2, 4 );\n")).resembled == 0
    )


TWINS = """<?php
foreach ( $posts as $post ) {
	check_post( $post );
	save_post( $post );
	log_it( 'post' );
}
start_pages();
foreach ( $pages as $post ) {
	check_post( $post );
	save_post( $post );
	log_it( 'page' );
}
"""
SAVE = "\tsave_post( $post );\n"


def fixed(text: str, number: int, line: str = "\tlock_post( $post );\n", old: str = SAVE) -> str:
    """The text with a line above the first or the second one of those that look the same."""
    parts = text.split(old)
    parts[number] += line
    return old.join(parts)


def test_git_may_take_the_fix_of_a_twin_for_ours_outside_of_functions() -> None:
    taken = said_to_be_equal(TWINS, fixed(TWINS, 0), fixed(TWINS, 1))
    assert (taken.state, taken.unpatched) == (TWIN, 2)
    assert said_to_be_equal(TWINS, fixed(TWINS, 0), fixed(TWINS, 0)).state == EQUAL
    assert said_to_be_equal(TWINS, fixed(fixed(TWINS, 1), 0), fixed(fixed(TWINS, 1), 0)).state == EQUAL


@pytest.mark.parametrize("inside", ["", "function all_of_them() {\n"])
@pytest.mark.parametrize("between", ["start_pages();\n", "\n", ""])
def test_the_fix_of_one_of_two_loops_that_change_places_is_not_taken_for_that_of_the_other(
    tmp_path: Path, inside: str, between: str
) -> None:
    """git's merge changes nothing, for it takes the one that came first for the one that is there now."""
    posts, pages = TWINS[6:].split("start_pages();\n")
    taken = fixed(pages, 0)
    base, ours = (f"<?php\n{inside}{one}{between}{pages}" for one in (posts, fixed(posts, 0)))
    file = triple(tmp_path, base, ours, f"<?php\n{inside}{taken}{between}{posts}")
    assert file.merged == file.theirs
    assert_stops(judge([file]), "a twin of it may have got them")


@pytest.mark.parametrize(("above", "inside"), [("", ""), ("<?php\n", "\tload_it( $post );\n")])
def test_twins_may_be_told_apart_by_one_line_above(above: str, inside: str) -> None:
    loop = "foreach ( {} as $post ) {{\n" + inside + "\tcheck_post( $post );\n" + SAVE + "\tlog_it( $post );\n}}\n"
    base = loop.format("$posts") + "start_pages();\n" + loop.format("$pages")
    theirs = above.replace("\n", " // 2.0\n") + fixed(base, 1)
    assert said_to_be_equal(above + base, above + fixed(base, 0), theirs).unpatched == 1 + above.count("\n")


def test_a_binary_file_has_no_twins() -> None:
    assert said_to_be_equal(TWINS + "\0", fixed(TWINS, 0) + "\0", fixed(TWINS, 1) + "\0").state == EQUAL


ONE = """<?php
function one( $id ) {
	$post = get_post( $id );
	check_post( $post );
	save_post( $post );
	return true;
}
"""
ONE_AROUND = ONE.replace("get_post( $id )", "load( $id )").replace("save_post( $post )", "save_it()")


@pytest.mark.parametrize(
    ("old", "new", "state"),
    [
        (CHECK, VERIFY, TWIN),
        (CHECK, "", TWIN),
        (CHECK, CHECK + "\tlock_post( $post );\n", TWIN),
        ("\treturn true;\n", "\treturn false;\n", TWIN),
        (CHECK, "\t{\n" + CHECK + "\t}\n", EQUAL),  # brackets tell nothing
    ],
)
def test_the_function_of_that_name_must_have_the_fix(old: str, new: str, state: str) -> None:
    """The lines beside the change are not those that the patch knows, so only the function as a whole can tell."""
    taken = said_to_be_equal(ONE, changed(old, new, ONE), "<?php\nstart_it();\n" + ONE_AROUND[6:])
    assert (taken.state, taken.unpatched) == (state, 3 if state == TWIN else None)


def test_a_change_in_another_form_does_not_hide_one_that_is_missing() -> None:
    base = ONE + TWINS[6:]
    ours = fixed(changed("get_post( $id );", "get_post( $id, array( 'all' ) );", base), 1)
    theirs = fixed(changed("get_post( $id );", "get_post( $id, [ 'all' ] );", base), 2)
    assert said_to_be_equal(base, ours, theirs).state == TWIN


def test_the_line_to_show_is_the_gained_one() -> None:
    line = "start_it();\n"
    base = line + BASE
    ours = changed(CHECK, line + CHECK, base)
    content = compared(base, ours, ours)
    assert content.line_of(b"start_it();") == 5
    assert compared(base, ours, base).line_of(b"start_it();") == 1
    assert content.line_of(b"other();") is None


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "old", "names"),
    [
        ("", "a", "a", "", [b"a"]),
        ("", "ba", "ab", "", [b"a", b"b"]),
        ("", "a", "b", "", []),
        ("a", "aa", "a", "a", []),
        ("a", "aa", "aa", "a", [b"a"]),
        ("a", "a", "aa", "a", []),
        ("a", "aa", "a", "", []),  # a patch below brings it
        ("", "a", "a", "a", []),  # a patch below takes it away
    ],
)
def test_names_that_both_declare_anew(base: str, ours: str, theirs: str, old: str, names: list[bytes]) -> None:
    sides = ["".join(f"function {name}() {{\n}}\n" for name in side) for side in (base, ours, theirs, old)]
    assert declared_twice(compared(*sides)) == names
