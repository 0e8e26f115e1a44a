"""How much of a patch a release must have before a person is asked about it: the limits, and one step short of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import assert_stops, triple, verdict

from plugwatch.model.verdicts.verdict import FileTriple, judge

BASE = """<?php
function add_note( $id ) {
	$post = get_post( $id );
	check_post( $post );
	store_note( $post );
}

function edit_note( $id ) {
	$note = load_note( $id );
	check_note( $note );
	render_note( $note );
	store_note( $note );
}
"""
STORE = "\tstore_note( $post );\n"
RENDER = "\trender_note( $note );\n"


def put(text: str, above: str, lines: list[str]) -> str:
    assert text.count(above) == 1
    return text.replace(above, "".join(f"\t{line}\n" for line in lines) + above)


@pytest.mark.parametrize(
    ("novel", "came", "expected"),
    [(4, 2, "landed-variant"), (5, 2, "carried"), (2, 1, "carried"), (5, 3, "landed-variant")],
)
def test_half_of_the_lines_that_are_new_to_the_file_and_two_of_them_raise_the_question(
    tmp_path: Path, novel: int, came: int, expected: str
) -> None:
    """The patch also adds lines that the file has elsewhere, of which the vendor has none more."""
    known = ["check_note( $note );", "render_note( $note );", "$note = load_note( $id );", "store_note( $note );"]
    fresh = [f"fresh_call_{n}( $post );" for n in range(novel)]
    ours = put(BASE, STORE, [*fresh, *known])
    assert verdict(tmp_path, BASE, ours, put(BASE, RENDER, fresh[:came])).verdict == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("'alpha', 'gamma', 'delta'", "landed-variant"),  # two of four
        ("'alpha', 'gamma', 'delta', 'omega'", "carried"),
        ("'gamma'", "carried"),  # one of two
    ],
)
def test_half_of_the_new_names_and_texts_and_two_of_them_raise_the_question(
    tmp_path: Path, words: str, expected: str
) -> None:
    ours = put(BASE, STORE, [f"log_call( {words} );"])
    theirs = put(BASE, "\tcheck_post( $post );\n", ["$log = log_call( 'alpha' );"])
    assert verdict(tmp_path, BASE, ours, theirs).verdict == expected
    # In another function they say nothing.
    assert verdict(tmp_path, BASE, ours, put(BASE, RENDER, ["$log = log_call( 'alpha' );"])).verdict == "carried"


@pytest.mark.parametrize(("others", "expected"), [(0, "landed-variant"), (2, "landed-variant"), (3, "conflict")])
def test_where_both_changed_the_place_a_third_in_much_the_same_words_raises_the_question(
    tmp_path: Path, others: int, expected: str
) -> None:
    call = "store_note( $post, $id, $flag, 1, 2, 3 );"
    fresh = [f"fresh_{word}( $id );" for word in ("alpha", "gamma", "delta")[:others]]
    ours = BASE.replace(STORE, "".join(f"\t{line}\n" for line in [call, *fresh]))
    theirs = BASE.replace(STORE, "\tstore_note( $post, $id, $flag, 1, 2, 4 );\n")
    judgement = verdict(tmp_path, BASE, ours, theirs)
    assert_stops(judgement, "inc/notes.php", verdict=expected)


def test_a_conflict_tells_what_the_release_has_gained_of_the_patch(tmp_path: Path) -> None:
    ours = put(BASE, STORE, ["lock_it( $id );", "$old = old_of( $post );", "echo 'Saved';"])
    ours = ours.replace("check_note( $note )", "check_note( $note, 'first' )")
    theirs = put(BASE, STORE, ["lock_it( $id );"]).replace("\tcheck_note( $note );", "\tforeach ( all() as $x ) {}")
    judgement = verdict(tmp_path, BASE, ours, theirs)
    assert_stops(judgement)
    assert judgement.evidence[-1] == "inc/notes.php:5: the release has gained 'lock_it( $id );', which the patch adds"


@pytest.mark.parametrize(("lines", "expected"), [(2, "landed-variant"), (3, "conflict")])
def test_a_twin_that_may_have_the_fix_is_asked_about_where_half_of_the_other_files_is_there(
    tmp_path: Path, lines: int, expected: str
) -> None:
    one, two = ("function {}( $id ) {{\n\t$post = get_post( $id );\n{}\tsave_post( $post );\n}}\n",) * 2
    fix = "\tcheck_nonce( $id );\n"
    before, after = one.format("one", "") + two.format("two", ""), one.format("one", fix) + two.format("two", "")
    moved = two.format("two", fix) + one.format("one", "")
    twin = FileTriple(
        "a.php", "a.php", *(side.encode() for side in (before, after, moved, moved)), False, before.encode()
    )
    fresh = ["lock_it( $id );", "$old = old_of( $post );", "echo 'Saved';"][:lines]
    other = triple(tmp_path, BASE, put(BASE, STORE, fresh), put(BASE, STORE, fresh[:1]), path="b.php")
    judgement = judge([twin, other])
    assert_stops(judgement, "a.php:7: this place does not have the patch", verdict=expected)
    assert len(judgement.evidence) == 1


def test_lines_taken_away_are_proof_where_the_merge_is_clean_and_only_a_blank_line_is_left(tmp_path: Path) -> None:
    ours = BASE.replace("\tcheck_note( $note );\n", "").replace("<?php\n", "<?php\n\n")
    judgement = verdict(tmp_path, BASE, ours, BASE.replace("\tcheck_note( $note );\n", ""))
    assert (judgement.verdict, judgement.confidence, judgement.drop) == ("landed", "medium", True)
    assert judgement.evidence == (
        "inc/notes.php: of this file's change only white space, blank lines or comments are not in the release",
    )


def test_lines_taken_away_are_no_proof_where_the_merge_conflicts(tmp_path: Path) -> None:
    ours = BASE.replace("\tcheck_note( $note );\n", "")
    theirs = ours.replace("\trender_note( $note );\n", "\tshow_note( $note );\n")
    file = triple(tmp_path, BASE, ours, theirs)
    assert file.conflicted
    assert_stops(judge([file]), "not in the release any more", verdict="landed-variant")


def test_each_file_of_a_patch_says_what_became_of_it(tmp_path: Path) -> None:
    fixed, touched = put(BASE, STORE, ["lock_it( $id );"]), put(BASE, RENDER, ["lock_it( $id );", "see( $note );"])
    remark = BASE.replace("<?php\n", "<?php\n// Notes.\n")
    there = triple(tmp_path, BASE, fixed, fixed, path="there.php")
    live = triple(tmp_path, BASE, touched, BASE, path="live.php")
    said = triple(tmp_path, BASE, remark, remark, path="said.php")
    near = triple(
        tmp_path,
        BASE,
        put(BASE, STORE, ["lock_it( $id );"]),
        put(BASE, STORE, ["$x = 1;", "lock_it( $id );"]),
        path="near.php",
    )
    assert near.conflicted
    assert judge([there, live]).evidence == (
        "there.php:5: the release already contains 'lock_it( $id );'; merging changes nothing",
        "live.php:11: here the release lacks 'lock_it( $id );', which the patch adds; it merges cleanly",
    )
    assert judge([near, said]).evidence == (
        "near.php:6: the release already contains 'lock_it( $id );', which the patch adds",
        "said.php:2: the release already contains '// Notes.'; merging changes nothing",
    )


def test_a_fix_that_stands_in_a_condition_of_the_vendors_is_no_proof_for_the_other_files(tmp_path: Path) -> None:
    base = "<?php\nif ( is_admin() ) {\n\tstart_it();\n}\n\nsave_post( $post );\nfinish_it();\n"
    theirs = "<?php\nif ( is_admin() ) {\n\tstart_it();\n\nlock_post( $post );\nfinish_it();\n}\n"
    inside = triple(tmp_path, base, base.replace("save", "lock"), theirs, path="a.php")
    assert inside.merged == inside.theirs
    remark = triple(tmp_path, BASE, BASE.replace("<?php\n", "<?php\n// Notes.\n"), BASE, path="b.php")
    assert_stops(judge([inside, remark]), "1 of the 2 distinctive lines", verdict="landed-variant")


def test_of_files_that_merge_only_those_without_any_gain_are_told_as_lacking(tmp_path: Path) -> None:
    lock, see = ["lock_it( $id );"], ["see_it( $post );"]
    moved = triple(tmp_path, BASE, put(BASE, STORE, lock), put(BASE, RENDER, lock), path="a.php")
    live = triple(tmp_path, BASE, put(BASE, STORE, see), BASE, path="b.php")
    first, *others = judge([moved, live]).evidence
    assert first == (
        "The release has part of it: it has gained 1 of the 2 distinctive lines of the patch, "
        "and 0 of the 2 names and texts that it adds"
    )
    assert others == [
        "a.php:11: the release has gained 'lock_it( $id );', which the patch adds",
        "b.php:5: the patch adds 'see_it( $post );', the release has no such line",
        "b.php:5: here the release lacks 'see_it( $post );', which the patch adds; it merges cleanly",
    ]
