"""Verdicts on the shapes that go wrong in silence elsewhere; git does the merging, the rules the judging."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import assert_stops, triple, verdict

from plugwatch.model.verdicts.verdict import CONFIDENCES, VERDICTS, FileTriple, judge

NOTES = """<?php
function add_note( $id ) {
→$post = get_post( $id );
→if ( ! current_user_can( 'edit_notes' ) ) {
→→wp_die( 'No.' );
→}
→save_note( $post );
}

function edit_note( $id ) {
→$post = get_post( $id );
→$note = load_note( $post );
→render_note( $note );
}

function drop_note( $id ) {
→$post = get_post( $id );
→if ( ! current_user_can( 'edit_notes' ) ) {
→→wp_die( 'No.' );
→}
→delete_note( $post );
}
""".replace("→", "\t")
LOOSE = "current_user_can( 'read_notes' )"
STRICT = "current_user_can( 'edit_notes' )"
FIRST = NOTES.replace(STRICT, LOOSE, 1)
SECOND = LOOSE.join(NOTES.rsplit(STRICT, 1))
NONCE = "\tif ( ! verify_nonce( 'note' ) ) {\n\t\twp_die( 'Expired.' );\n\t}\n\tlog_attempt( $id );\n"
RENDER = "\trender_note( $note );\n"


def test_a_release_without_the_fix_keeps_the_patch(tmp_path: Path) -> None:
    judgement = verdict(tmp_path, NOTES, FIRST, NOTES.replace("<?php\n", "<?php\n\n// Notes.\n\n"))
    assert (judgement.verdict, judgement.confidence, judgement.drop) == ("carried", "high", False)
    (sentence,) = judgement.evidence
    assert sentence == (
        "inc/notes.php:7: here the release lacks 'if ( ! current_user_can( 'read_notes' ) ) {', which the patch adds; "
        "it merges cleanly"
    )


def test_a_release_with_exactly_the_fix_drops_the_patch(tmp_path: Path) -> None:
    judgement = verdict(tmp_path, NOTES, FIRST, FIRST.replace("delete_note( $post )", "delete_note( $post, true )"))
    assert (judgement.verdict, judgement.confidence, judgement.drop) == ("landed", "high", True)
    (sentence,) = judgement.evidence
    assert sentence == (
        "inc/notes.php:4: the release already contains 'if ( ! current_user_can( 'read_notes' ) ) {'; "
        "merging changes nothing"
    )


def test_a_fix_of_the_twin_is_not_our_fix(tmp_path: Path) -> None:
    assert_stops(verdict(tmp_path, NOTES, FIRST, SECOND), "inc/notes.php:18", LOOSE, verdict="would-double")


def test_a_twin_that_takes_the_place_of_ours_is_not_our_fix(tmp_path: Path) -> None:
    """Functions change places, and the fix is in the other one: git's merge changes nothing, and yet ours lacks it."""
    one, two = ("function {}( $id ) {{\n\t$post = get_post( $id );\n{}\tsave_post( $post );\n}}\n",) * 2
    base = one.format("one", "") + two.format("two", "")
    ours = one.format("one", NONCE) + two.format("two", "")
    theirs = two.format("two", NONCE) + one.format("one", "")
    file = triple(tmp_path, base, ours, theirs)
    assert_stops(judge([file]), "inc/notes.php")
    assert_stops(judge([FileTriple(**{**vars(file), "merged": file.theirs, "conflicted": False})]), "twin")


def test_a_block_that_the_vendor_put_elsewhere_is_not_put_in_twice(tmp_path: Path) -> None:
    ours = NOTES.replace("\tsave_note( $post );\n", NONCE + "\tsave_note( $post );\n")
    theirs = NOTES.replace(RENDER, NONCE + RENDER)
    file = triple(tmp_path, NOTES, ours, theirs)
    assert (file.merged or b"").count(b"verify_nonce") == 2
    judgement = judge([file])
    assert_stops(
        judgement, "put the fix in twice", "all 3 distinctive lines", "inc/notes.php:13", verdict="would-double"
    )


METHOD = '\nfunction note_url( $id ) {\n\treturn home_url( "/note/$id" );\n}\n'


def test_a_function_that_the_vendor_put_elsewhere_is_the_same_function(tmp_path: Path) -> None:
    taken = triple(tmp_path, NOTES, FIRST, FIRST, path="inc/a.php")
    moved = triple(tmp_path, NOTES, NOTES + METHOD, NOTES.replace("<?php\n", "<?php\n" + METHOD), path="inc/b.php")
    assert b"note_url( $id ) {" in (moved.merged or b"").replace(b"note_url( $id ) {", b"", 1)  # git puts it in twice
    judgement = judge([taken, moved])
    assert (judgement.verdict, judgement.drop) == ("landed", True)
    assert judgement.evidence[1].startswith("inc/b.php:3: the release contains elsewhere 'function note_url( $id ) {'")


def test_what_is_known_of_one_file_is_evidence_for_the_others(tmp_path: Path) -> None:
    """Of the two files of a patch one has landed; in the other the vendor has a function of that name of his own."""
    other = METHOD.replace("home_url( ", "note_home( ")
    taken = triple(tmp_path, NOTES, FIRST, FIRST, path="inc/a.php")
    moved = triple(tmp_path, NOTES, NOTES + METHOD, NOTES.replace("<?php\n", "<?php\n" + other), path="inc/b.php")
    assert not moved.conflicted
    assert_stops(judge([taken, moved]), "part of it", "would declare it twice", "inc/b.php:3", verdict="landed-variant")


def test_a_function_is_not_declared_twice_whatever_its_body(tmp_path: Path) -> None:
    ours = (
        NOTES
        + "\nfunction note_url( $id ) {\n\treturn first_way( $id );\n\t// Done.\n\tand_more();\n\tlast_one();\n}\n"
    )
    theirs = NOTES.replace(
        "<?php\n", "<?php\nfunction note_url( $id, $raw = false ) {\n\treturn second_way( $id );\n}\n"
    )
    judgement = verdict(tmp_path, NOTES, ours, theirs)
    assert_stops(judgement, "has a new 'note_url' of its own", verdict="would-double")
    assert len(judgement.evidence) == 1


def test_a_stack_of_which_the_first_patch_landed(tmp_path: Path) -> None:
    second = FIRST.replace(RENDER, NONCE + RENDER)
    release = FIRST.replace("'No.'", "'Not allowed.'", 1)
    assert judge([triple(tmp_path, NOTES, FIRST, release)]).verdict == "landed"
    assert judge([triple(tmp_path, FIRST, second, release, vendor_old=NOTES)]).verdict == "carried"
    both = judge([triple(tmp_path, FIRST, second, release.replace(RENDER, NONCE + RENDER), vendor_old=NOTES)])
    assert both.verdict == "landed"


def test_a_line_of_a_kept_patch_below_is_no_gain_of_the_vendors(tmp_path: Path) -> None:
    """Both patches add the same line, the vendor has neither: the second one is as live as the first."""
    lower = NOTES.replace("\tsave_note( $post );\n", "\tlog_attempt( $id );\n\tsave_note( $post );\n")
    upper = lower.replace(RENDER, "\tlog_attempt( $id );\n" + RENDER)
    kept = lower.replace("<?php\n", "<?php\n// New.\n")
    assert judge([triple(tmp_path, lower, upper, kept, vendor_old=NOTES)]).verdict == "carried"


def test_white_space_that_is_left_over_does_not_keep_a_patch(tmp_path: Path) -> None:
    ours = FIRST.replace("function edit_note", "\nfunction edit_note")
    judgement = verdict(tmp_path, NOTES, ours, FIRST)
    assert (judgement.verdict, judgement.confidence) == ("landed", "medium")
    assert judgement.evidence == (
        "inc/notes.php:4: the release has gained 'if ( ! current_user_can( 'read_notes' ) ) {', which the patch adds",
    )


def test_a_fix_that_came_with_changes_around_it_has_landed(tmp_path: Path) -> None:
    ours = NOTES.replace(RENDER, NONCE + RENDER)
    theirs = NOTES.replace(RENDER, "\n\t// Since 2.0.\n" + NONCE + "\trender_note( $note, true );\n")
    file = triple(tmp_path, NOTES, ours, theirs)
    assert file.conflicted
    judgement = judge([file])
    assert (judgement.verdict, judgement.confidence, judgement.drop) == ("landed", "medium", True)
    assert judgement.evidence[0] == (
        "inc/notes.php:15: the release already contains 'if ( ! verify_nonce( 'note' ) ) {', which the patch adds"
    )


@pytest.mark.parametrize(
    "theirs",
    [
        # the block is torn apart, or has a line more
        NOTES.replace(RENDER, NONCE.replace("\tlog_attempt", "\tother();\n\tlog_attempt") + "\trender_note();\n"),
        NOTES.replace(RENDER, NONCE.replace("\t}\n", "\t\treturn;\n\t}\n") + "\trender_note();\n"),
        # in the wrong function, while the right place has changed too
        NOTES.replace(RENDER, "\trender_note();\n").replace("\tdelete_note(", NONCE + "\tdelete_note("),
        # one line is another one
        NOTES.replace(RENDER, NONCE.replace("'note'", "'notes'") + "\trender_note();\n"),
    ],
)
def test_almost_the_same_block_has_not_landed(tmp_path: Path, theirs: str) -> None:
    file = triple(tmp_path, NOTES, NOTES.replace(RENDER, NONCE + RENDER), theirs)
    assert file.conflicted
    judgement = judge([file])
    assert judgement.verdict in ("landed-variant", "would-double")
    assert_stops(judgement, "the release has gained", verdict=judgement.verdict)


def test_a_changed_priority_is_not_in_a_line_that_was_only_re_spaced(tmp_path: Path) -> None:
    base = "<?php\nadd_action('init', 'start_notes', 10);\n\nboot();\n"
    ours = base.replace("10", "12")
    theirs = base.replace("('init', 'start_notes', 10)", "( 'init', 'start_notes', 10 )")
    judgement = verdict(tmp_path, base, ours, theirs)
    assert_stops(judgement)
    (sentence,) = judgement.evidence
    assert sentence == (
        "inc/notes.php:2: the patch and the release change the same lines; the patch has "
        "'add_action('init', 'start_notes', 12);', the release has 'add_action( 'init', 'start_notes', 10 );'"
    )


def test_white_space_inside_quotes_is_content(tmp_path: Path) -> None:
    base = "<?php\n$text = __( 'Two  words' );\n\n$other = 1;\n"
    ours = base.replace("Two  words", "Two words")
    theirs = base.replace("$text = ", "$text  =  ")
    judgement = verdict(tmp_path, base, ours, theirs)
    assert judgement.verdict == "carried"
    assert judgement.merged == {"inc/notes.php": ours.replace("$text = ", "$text  =  ").encode()}
    assert verdict(tmp_path, base, ours, ours.replace("$text = ", "$text  =  ")).verdict == "landed"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            NOTES.replace("\tsave_note", "\t// Why.\n\tsave_note"),
            NOTES.replace("\tsave_note( $post )", "\tsave_note()"),
        ),
        (NOTES.replace("\tsave_note", "    save_note"), NOTES.replace("\tsave_note( $post )", "\tsave_note()")),
        (NOTES.replace("\t$note = load_note( $post );\n" + RENDER, RENDER + "\t$note = load_note( $post );\n"), FIRST),
    ],
)
def test_comments_white_space_and_order_alone_never_land(tmp_path: Path, ours: str, theirs: str) -> None:
    assert verdict(tmp_path, NOTES, ours, theirs).verdict in ("carried", "conflict")


def test_a_comment_patch_that_merges_is_carried_and_lands_when_equal(tmp_path: Path) -> None:
    ours = NOTES.replace("<?php\n", "<?php\n/**\n * Notes.\n */\n")
    judgement = verdict(tmp_path, NOTES, ours, SECOND)
    assert judgement.verdict == "carried"
    assert "white space, blank lines or comments only" in judgement.evidence[0]
    assert verdict(tmp_path, NOTES, ours, LOOSE.join(ours.rsplit(STRICT, 1))).verdict == "landed"


def test_a_moved_brace_or_return_value_has_to_be_there_too(tmp_path: Path) -> None:
    """The second hunk has no line that tells much; the first one having landed is not enough."""
    base = NOTES.replace("\tdelete_note( $post );\n", "\tdelete_note( $post );\n\treturn false;\n")
    ours = base.replace(RENDER, NONCE + RENDER).replace("return false;", "return true;")
    theirs = base.replace(RENDER, NONCE + "\trender_note( $note, 1 );\n")
    file = triple(tmp_path, base, ours, theirs)
    assert file.conflicted
    assert_stops(judge([file]), "the release has gained", verdict="landed-variant")
    landed = theirs.replace("return false;", "return true;")
    assert judge([triple(tmp_path, base, ours, landed)]).verdict == "landed"


def test_a_patch_that_only_removes_lines_lands_by_the_merge_alone(tmp_path: Path) -> None:
    ours = NOTES.replace("\t$note = load_note( $post );\n", "")
    assert verdict(tmp_path, NOTES, ours, ours.replace("<?php", "<?php\n")).verdict == "landed"
    rewritten = NOTES.replace("\t$note = load_note( $post );\n" + RENDER, "\trender_note_of( $post );\n")
    judgement = verdict(tmp_path, NOTES, ours, rewritten)
    assert_stops(judgement, "not in the release any more", "the patch removes them", verdict="landed-variant")
    live = verdict(tmp_path, NOTES, ours, FIRST)
    assert live.verdict == "carried"
    assert "inc/notes.php:12: the release still has '$note = load_note( $post );'" in live.evidence[0]


def test_part_of_a_patch_in_the_release_is_asked_about_from_one_half_on(tmp_path: Path) -> None:
    ours = FIRST.replace(RENDER, "\tlog_attempt( $id );\n" + RENDER)
    judgement = verdict(tmp_path, NOTES, ours, FIRST)
    said = ("The release has part of it: it has gained 1 of the 2 distinctive lines", "inc/notes.php:4")
    assert_stops(judgement, *said, "the patch adds 'log_attempt( $id );'", verdict="landed-variant")
    more = ours.replace("\tdelete_note(", "\tlog_attempt( 'drop' );\n\tdelete_note(")
    partly = verdict(tmp_path, NOTES, more, FIRST)
    assert partly.verdict == "carried"
    assert "inc/notes.php:13: here the release lacks 'log_attempt( $id );'" in partly.evidence[0]


def test_a_file_that_is_gone_stops_the_patch(tmp_path: Path) -> None:
    gone = triple(tmp_path, NOTES, FIRST, None)
    assert_stops(judge([gone]), "inc/notes.php: the release has neither this file nor one that it was renamed to")
    assert_stops(judge([triple(tmp_path, NOTES, FIRST, FIRST, path="a.php"), gone]), "neither this file")


def test_a_deletion_is_done_when_the_release_deletes_too(tmp_path: Path) -> None:
    deleted = triple(tmp_path, NOTES, None, None)
    assert judge([deleted]).verdict == "landed"
    assert judge([deleted, triple(tmp_path, NOTES, FIRST, FIRST, path="a.php")]).verdict == "landed"
    assert judge([deleted, triple(tmp_path, NOTES, FIRST, NOTES, path="a.php")]).verdict == "carried"
    assert judge([triple(tmp_path, NOTES, None, NOTES)]).verdict == "carried"
    assert_stops(
        judge([triple(tmp_path, NOTES, None, FIRST)]), "the patch deletes this file, and the release has changed"
    )


def test_an_added_file(tmp_path: Path) -> None:
    added = judge([triple(tmp_path, None, NOTES, None)])
    assert added.verdict == "carried"
    assert added.evidence == ("inc/notes.php: the release does not have this file, which the patch adds",)
    assert judge([triple(tmp_path, None, NOTES, NOTES)]).verdict == "landed"
    assert judge([triple(tmp_path, None, NOTES, NOTES.replace("\n\n", "\n// New.\n"))]).verdict == "landed"
    assert_stops(judge([triple(tmp_path, None, NOTES, FIRST)]), "has part of it", verdict="landed-variant")
    other = "<?php\nfunction another_one() {\n\treturn 'of the vendor';\n}\n"
    assert_stops(judge([triple(tmp_path, None, NOTES, other)]), "has one of its own with other content")


def test_a_renamed_file_is_named_by_its_new_path(tmp_path: Path) -> None:
    file = triple(tmp_path, NOTES, FIRST, NOTES.replace("<?php", "<?php\n"), path_new="src/notes.php")
    assert judge([file]).evidence[0].startswith("src/notes.php:5: here the release lacks")


def test_a_change_of_the_mode_alone_is_never_taken_for_landed(tmp_path: Path) -> None:
    mode = triple(tmp_path, NOTES, NOTES, NOTES)
    judgement = judge([mode])
    assert judgement.verdict == "carried"
    assert "the file's mode only" in judgement.evidence[0]
    both = judge([mode, triple(tmp_path, NOTES, FIRST, FIRST, path="a.php")])
    assert_stops(both, "has gained all 1 distinctive lines", "the file's mode", verdict="landed-variant")


def test_binary_files_are_judged_by_their_bytes_alone(tmp_path: Path) -> None:
    base, ours, theirs = b"\0one\n", b"\0one and more words\n", b"\0one and more words\n\0two\n"
    assert judge([triple(tmp_path, base, ours, ours)]).verdict == "landed"
    assert judge([triple(tmp_path, base, ours, base)]).verdict == "carried"
    assert_stops(judge([triple(tmp_path, base, ours, theirs)]), "the file is not text")


def test_a_patch_follows_a_release_that_turned_its_line_ends(tmp_path: Path) -> None:
    judgement = verdict(tmp_path, NOTES, FIRST, NOTES.replace("\n", "\r\n"))
    assert judgement.verdict == "carried"
    assert judgement.merged == {"inc/notes.php": FIRST.replace("\n", "\r\n").encode()}
    assert verdict(tmp_path, NOTES, FIRST, FIRST.replace("\n", "\r\n")).verdict == "landed"


def test_a_patch_without_files_is_never_dropped() -> None:
    assert_stops(judge([]), "changes no file")


def test_evidence_is_short_and_printable(tmp_path: Path) -> None:
    noise = "\x1b[2J" + "\u202e" + "x" * 200
    ours = NOTES.replace(RENDER, f"\tcall( '{noise}' );\n")
    for theirs in (NOTES, ours, NOTES.replace(RENDER, "\tother_call();\n")):
        for sentence in verdict(tmp_path, NOTES, ours, theirs).evidence:
            assert sentence.isprintable()
            assert "x" * 81 not in sentence


def test_the_words_for_verdicts_are_those_of_the_command_line() -> None:
    assert VERDICTS == ("carried", "landed", "landed-variant", "would-double", "conflict")
    assert CONFIDENCES == ("high", "medium", "low")
