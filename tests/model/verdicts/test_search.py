"""Fixes that a vendor has taken over in another form, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import assert_stops, triple, verdict

from plugwatch.model.verdicts.tokens import count_runs
from plugwatch.model.verdicts.verdict import judge

FORM = """<?php
class Form {
	public function send( $entry ) {
		$to = $this->address_of( $entry );
		$text = $this->render( $entry );
		return wp_mail( $to, 'New entry', $text );
	}

	public function render( $entry ) {
		$rows = array();
		foreach ( $entry->fields() as $field ) {
			$rows[] = $this->row_of( $field );
		}
		return implode( "\\n", $rows );
	}
}
"""


def changed(old: str, new: str, text: str = FORM) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


# Each: what the patch makes of the form, and what the release has instead.
CHECK = """\
		if ( ! $this->is_allowed( $entry ) ) {
			return new WP_Error( 'not_allowed', __( 'No.', 'form' ) );
		}
"""
METHOD = """\
	private function is_allowed( $entry ) {
		return $entry->owner() === get_current_user_id();
	}

"""
SAME = [
    pytest.param(
        changed("$text = $this->render( $entry );", "$text = $this->render( $entry, array( 'html' => true ) );"),
        changed(
            "$text = $this->render( $entry );", '$text = $this->render(\n\t\t\t$entry,\n\t\t\t["html" => true,]\n\t\t);'
        ),
        id="wrapped, with the other kind of array, quotes, and a comma",
    ),
    pytest.param(
        changed("\t\t$to = $this", CHECK + "\t\t$to = $this"),
        changed(
            "\t\t$to = $this->address_of( $entry );", CHECK.replace("'No.'", "'You may not.'") + "\t\t$to = self::to();"
        ),
        id="with a new message in other words",
    ),
    pytest.param(
        changed("send( $entry ) {\n", "send( array $entry, bool $copy = false ): bool {\n"),
        changed("send( $entry ) {\n", "send( $entry, $copy = false ) {\n\t\tstart();\n"),
        id="without the types in a changed signature",
    ),
    pytest.param(
        changed("$rows = array();", "$lines = $this->head_of( $entry );").replace("$rows", "$lines"),
        changed("$rows = array();", "$mail_lines = $this->head_of( $entry );").replace("$rows", "$mail_lines"),
        id="with a variable called otherwise",
    ),
    pytest.param(
        changed("return implode(", "return $this->wrapped( implode(").replace("$rows );", "$rows ) );"),
        changed("return implode(", "return $this->wrapped( implode(")
        .replace("$rows );", "$rows ) );")
        .replace("function render(", "function to_text(")
        .replace("$this->render(", "$this->to_text("),
        id="in a method that has another name now",
    ),
    pytest.param(
        changed("	public function render(", METHOD + "	public function render("),
        changed("class Form {\n", "class Form {\n" + METHOD),
        id="as a method that stands elsewhere",
    ),
    pytest.param(
        changed("\t\treturn wp_mail( $to", "\t\t$to = sanitize_email( $to );\n\t\treturn wp_mail( $to"),
        "<?php\nfunction first() {\n\treturn 1;\n}\n"
        + changed(
            "\t\treturn wp_mail( $to", "\t\t$to = sanitize_email( $to );\n\t\tlog_mail( $to );\n\t\treturn wp_mail( $to"
        )[6:],
        id="with more of the vendor's beside it",
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), SAME)
def test_a_fix_in_another_form_has_landed(tmp_path: Path, ours: str, theirs: str) -> None:
    judgement = verdict(tmp_path, FORM, ours, theirs)
    assert (judgement.verdict, judgement.drop) == ("landed", True), judgement.evidence
    assert all("the release" in sentence for sentence in judgement.evidence)


OTHER = [
    pytest.param(
        changed("'New entry'", "'New entry', 12"),
        changed("'New entry'", "'New entry', 10"),
        id="a number is another one",
    ),
    pytest.param(
        changed("__construct", "", FORM + "__construct").replace("$text = $this->render", "$text = $this->safe_render"),
        changed("$text = $this->render", "$text = $this->clean_render"),
        id="another method is called",
    ),
    pytest.param(
        changed("\t\t$to = $this", CHECK + "\t\t$to = $this"),
        changed("\t\t$to = $this->address_of( $entry );", CHECK.replace("! $this", "$this") + "\t\t$to = self::to();"),
        id="a sign is missing",
    ),
    pytest.param(
        changed("'New entry', $text", "__( 'One new entry', 'form' ), $text"),
        changed("'New entry', $text", "__( 'Another entry', 'form' ), $text, ''"),
        id="a message that the patch re-words",
    ),
    pytest.param(
        changed("send( $entry ) {\n", "send( array $entry ): bool {\n"),
        changed("send( $entry ) {\n", "send( $entry ) {\n\t\tstart();\n"),
        id="types are all that the patch changes there",
    ),
    pytest.param(
        changed(
            "\t\t$rows = array();\n",
            "\t\tif ( ! $entry ) {\n\t\t\treturn '';\n\t\t}\n\t\t$rows = $this->head_of( $entry );\n",
        ),
        changed(
            "\t\t$rows = array();\n",
            "\t\tif ( ! $entry ) {\n\t\t\treturn '';\n\t\t}\n\t\t$rows = array();\n\t\tstart();\n",
        ),
        id="half of it",
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), OTHER)
def test_another_form_with_another_meaning_has_not(tmp_path: Path, ours: str, theirs: str) -> None:
    judgement = verdict(tmp_path, FORM, ours, theirs)
    assert judgement.verdict != "landed"
    assert not judgement.drop


def test_a_line_that_the_patch_takes_away_and_the_release_keeps_is_no_landing(tmp_path: Path) -> None:
    """The release has taken the new check, and kept the line that the patch puts it in the place of."""
    ours = changed("\t\t$to = $this->address_of( $entry );\n", CHECK)
    theirs = changed("\t\t$to = $this", CHECK + "\t\t$to = $this").replace("'New entry'", "$subject")
    judgement = verdict(tmp_path, FORM, ours, theirs)
    assert judgement.verdict != "landed"
    touched = theirs.replace("address_of( $entry )", "address_of( $entry, 'mail' )")
    assert verdict(tmp_path, FORM, ours, touched).verdict != "landed"
    assert (
        verdict(tmp_path, FORM, ours, theirs.replace("\t\t$to = $this->address_of( $entry );\n", "")).verdict
        == "landed"
    )


def test_a_function_that_was_taken_away_everywhere_is_gone(tmp_path: Path) -> None:
    """A removal proves itself where the merge is clean; where it is not, by what landed in another file."""
    start = FORM.index("\tpublic function render")
    ours = FORM[:start].rstrip() + "\n}\n"
    theirs = changed("wp_mail( $to", "mail_now( $to", ours).replace("\t\treturn", "\t\t// Now.\n\t\treturn")
    removed = triple(tmp_path, FORM, ours, theirs.replace("\t}\n}", "\t}\n\n\tpublic $x;\n}"), path="inc/form.php")
    added = triple(tmp_path, FORM, changed("'New entry'", "$title"), changed("'New entry'", "$title"), path="inc/b.php")
    assert judge([added, removed]).verdict == "landed"
    assert judge([removed]).verdict in ("conflict", "landed-variant", "carried", "landed")
    still = triple(tmp_path, FORM, ours, changed("$rows = array();", "$rows = [];"), path="inc/form.php")
    assert judge([added, still]).verdict != "landed"


def test_built_files_follow_their_source_by_the_words_that_builds_keep(tmp_path: Path) -> None:
    def built(*words: str) -> str:
        return (
            "!function(t,e){"
            + "".join(f"t.{word}=e({n}),n.call(t);" for n, word in enumerate(words))
            + "}"
            + "x" * 2000
        )

    source = "export const Form = { reset() { this.clear(); } };\nconst a = 1;\n"
    fixed = source.replace("this.clear();", "this.clear(); this.resetOnSend = true;")
    landed = triple(tmp_path, source, fixed, fixed + "export default Form;\n", path="src/form.js")
    assert landed.merged == landed.theirs
    ours = built("clear", "resetOnSend")
    there = built("clear", "other", "resetOnSend").replace("!function(t,e)", "!function(n,r)")
    lacks = built("clear", "other").replace("!function(t,e)", "!function(n,r)")
    taken = triple(tmp_path, built("clear"), ours, there, path="form.min.js")
    assert taken.conflicted
    assert judge([landed, taken]).verdict == "landed"
    assert judge([taken]).verdict != "landed"
    assert judge([landed, triple(tmp_path, built("clear"), ours, lacks, path="form.min.js")]).verdict != "landed"


def test_a_fix_under_other_names_is_not_put_in_beside(tmp_path: Path) -> None:
    """It would merge cleanly: the vendor has written the same fix a few lines further up."""
    ours = changed(
        "\t\treturn implode(",
        "\t\t$domElement = $this->dom()->getElementById( 'head' );\n"
        "\t\tif ( $domElement ) {\n\t\t\t$domElement->parentNode->removeChild( $domElement );\n\t\t}\n"
        "\t\treturn implode(",
    )
    theirs = changed(
        "\t\t$rows = array();\n",
        "\t\t$head_element = $this->dom()->getElementById( 'top' );\n"
        "\t\t$head_element->parentNode->removeChild( $head_element );\n\t\t$rows = array();\n",
    )
    file = triple(tmp_path, FORM, ours, theirs)
    assert not file.conflicted
    assert_stops(judge([file]), "names and texts", "the patch adds", verdict="landed-variant")


def test_a_line_that_came_for_another_reason_is_no_gain(tmp_path: Path) -> None:
    """The old file has that line already; the vendor uses it once more, in another function."""
    base = (
        FORM + "function one() {\n\t$x = get_option( 'form' );\n\tuse_it( $x );\n}\nfunction two() {\n\tstart();\n}\n"
    )
    ours = base.replace("\t\t$rows = array();\n", "\t\t$x = get_option( 'form' );\n\t\t$rows = array();\n")
    theirs = base.replace("\tstart();\n", "\t$x = get_option( 'form' );\n\tstart();\n")
    assert verdict(tmp_path, base, ours, theirs).verdict == "carried"


def test_where_all_that_the_patch_takes_away_is_gone_a_person_is_asked(tmp_path: Path) -> None:
    line = "\t\t$to = $this->address_of( $entry );\n"
    theirs = changed(line, "\t\tlist( $to ) = mail_targets();\n")
    judgement = verdict(tmp_path, FORM, changed(line, ""), theirs)
    assert_stops(judgement, "not in the release any more", "inc/notes.php:4", verdict="landed-variant")
    assert_stops(verdict(tmp_path, FORM, changed("( $entry );\n\t\t$text", "( $entry, 1 );\n\t\t$text"), theirs))


def test_similar_lines_are_shown_side_by_side(tmp_path: Path) -> None:
    ours = changed("\t\t$to = $this", CHECK + "\t\t$to = $this")
    theirs = changed(
        "\t\t$to = $this->address_of( $entry );",
        CHECK.replace("is_allowed( $entry )", "is_allowed( $entry, 'send' )") + "\t\t$to = self::to();",
    )
    judgement = verdict(tmp_path, FORM, ours, theirs)
    assert_stops(
        judgement,
        "the patch adds 'if ( ! $this->is_allowed( $entry ) ) {'",
        "the release has 'if ( ! $this->is_allowed( $entry, 'send' ) ) {' in its place",
        verdict="landed-variant",
    )


def test_new_lines_count_more_than_lines_that_stand_everywhere(tmp_path: Path) -> None:
    """The vendor has the block some lines above; one of its lines was in the file before."""
    check = "\t\tif ( $entry->parent() ) {\n\t\t\t$rows[] = $this->row_of( $entry->parent() );\n\t\t}\n"
    ours = changed("\t\treturn implode(", "\t\t$rows = array();\n" + check + "\t\treturn implode(")
    theirs = changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + check)
    file = triple(tmp_path, FORM, ours, theirs)
    assert not file.conflicted
    assert_stops(judge([file]), "2 of the 3 distinctive lines", verdict="landed-variant")


def _block(count: int) -> str:
    return "".join(f"\t\t$this->register_field( 'kind_{n}', array( $this, 'make_{n}' ) );\n" for n in range(count))


@pytest.mark.parametrize(
    ("block", "there", "expected"),
    [
        pytest.param(
            _block(12),
            changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + _block(12)).replace(
                "\t\t$to =", "\t\t$whom ="
            ),
            "landed",
            id="its own place has gone",
        ),
        pytest.param(
            _block(12),
            changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + _block(12)),
            "would-double",
            id="a twin has it: its own place is as it was",
        ),
        pytest.param(
            _block(12) + "\t\t$rows[] = '';\n",
            changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + _block(12) + "\t\t$rows[] = '';\n"),
            "landed",
            id="it speaks of what only that function has",
        ),
        pytest.param(
            _block(12) + "\t\t$kinds = 12;\n",
            changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + _block(12) + "\t\t$kinds = 12;\n"),
            "would-double",
            id="it speaks of what it makes itself",
        ),
        pytest.param(
            _block(12) + "\t\t$entry->close();\n",
            changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + _block(12) + "\t\t$entry->close();\n"),
            "would-double",
            id="it speaks of what both functions have",
        ),
        pytest.param(
            _block(12),
            changed(
                "\t\t$rows = array();\n", f"\t\t$rows = array();\n\t\tif ( $entry->is_new() ) {{\n{_block(12)}\t\t}}\n"
            ).replace("\t\t$to =", "\t\t$whom ="),
            "would-double",
            id="under a condition of the vendor's",
        ),
        pytest.param(
            _block(6),
            changed("\t\t$rows = array();\n", "\t\t$rows = array();\n" + _block(6)),
            "would-double",
            id="a short one may have come twice by chance",
        ),
    ],
)
def test_a_block_too_long_for_chance_is_the_same_one_where_its_own_place_has_gone(
    tmp_path: Path, block: str, there: str, expected: str
) -> None:
    file = triple(tmp_path, FORM, changed("\t\t$text = $this", block + "\t\t$text = $this"), there)
    assert judge([file]).verdict == expected


CHECKED = "\t\tif ( ! $entry->is_valid() ) {\n\t\t\treturn new WP_Error( 'invalid' );\n\t\t}\n"


@pytest.mark.parametrize(
    "there",
    [
        "\t\tif ( get_option( 'form_strict' ) )\n" + CHECKED,
        "\t\tif ( get_option( 'form_strict' ) ) :\n" + CHECKED + "\t\tendif;\n",
        "\t\tforeach ( $this->rules as $rule )\n" + CHECKED,
        "\t\tif ( $entry->is_test() ) {\n" + CHECKED + "\t\t}\n",
        "\t\tif ( $entry->is_test() ) {\n\t\t\tnotice();\n\t\t} else\n" + CHECKED,
    ],
)
def test_a_fix_under_a_condition_of_the_vendors_is_not_the_fix(tmp_path: Path, there: str) -> None:
    at = "\t\t$to = $this->address_of( $entry );\n"
    judgement = verdict(tmp_path, FORM, changed(at, CHECKED + at), changed(at, there + at))
    assert judgement.verdict in ("landed-variant", "conflict", "would-double")


def test_a_method_of_another_class_is_another_one(tmp_path: Path) -> None:
    method = "\n\tpublic function reset() {\n\t\t$this->entries = array();\n\t}\n"
    two = FORM + "\nclass Log {\n\tpublic function all() {\n\t\treturn $this->entries;\n\t}\n}\n"
    ours = two.replace("\n\tpublic function render", method + "\n\tpublic function render")
    end = "\t\treturn $this->entries;\n\t}\n"
    assert verdict(tmp_path, two, ours, two.replace(end, end + method)).verdict != "landed"
    last = '\t\treturn implode( "\\n", $rows );\n\t}\n'
    assert verdict(tmp_path, two, ours, two.replace(last, last + method)).verdict == "landed"


def test_a_method_may_come_to_a_class_that_has_another_name_now(tmp_path: Path) -> None:
    ours = changed("\tpublic function render(", METHOD + "\tpublic function render(")
    last = '( "\\n", $rows );\n\t}\n'
    theirs = changed(last, last + "\n" + METHOD).replace("class Form {", "class Entry_Form {")
    assert verdict(tmp_path, FORM, ours, theirs).verdict == "landed"


def test_a_fix_below_a_closed_condition_of_the_vendors_is_the_fix(tmp_path: Path) -> None:
    at = "\t\t$to = $this->address_of( $entry );\n"
    closed = "\t\tif ( $entry->is_test() ) :\n\t\t\tnotice();\n\t\tendif;\n"
    assert verdict(tmp_path, FORM, changed(at, CHECKED + at), changed(at, closed + CHECKED + at)).verdict == "landed"


def test_a_line_that_the_vendor_only_put_elsewhere_is_not_taken_away(tmp_path: Path) -> None:
    line = "\t\t$to = $this->address_of( $entry );\n"
    ours, row = changed(line, ""), "\t\t$rows = array();\n"
    file = triple(tmp_path, FORM, ours, changed(row, row + line, ours))
    assert_stops(judge([file]), "inc/notes.php:10")


def test_brackets_that_the_vendor_has_elsewhere_do_not_keep_what_the_patch_takes_away(tmp_path: Path) -> None:
    base = changed("\t\t$to = $this", "\t\tif ( debugging() ) {\n\t\t\tnotice();\n\t\t}\n\t\t$to = $this")
    row = "\t\t$rows = array();\n"
    theirs = changed(row, row + "\t\tif ( $entry->is_new() ) {\n\t\t\t$rows[] = '';\n\t\t}\n")
    assert verdict(tmp_path, base, FORM, theirs).verdict == "landed"


def test_a_line_that_the_patch_puts_elsewhere_is_not_one_that_the_vendor_does(tmp_path: Path) -> None:
    line, row = "\t\t$to = $this->address_of( $entry );\n", "\t\t$rows = array();\n"
    moved = changed(row, row + line, changed(line, ""))
    assert verdict(tmp_path, FORM, moved, moved).verdict == "landed"


def test_a_line_at_another_place_of_the_function_leaves_its_own_place_as_it_was(tmp_path: Path) -> None:
    """The nearest lines around that place are brackets; only those behind them tell it."""
    inner = "\t\t\tforeach ( $this->copies() as $copy ) {\n\t\t\t\t$this->archive( $copy );\n\t\t\t}\n"
    base = changed("\t\treturn wp_mail", "\t\tif ( $entry->is_new() ) {\n" + inner + "\t\t}\n\t\treturn wp_mail")
    line, to = "\t\t\t$this->note( $entry );\n", "\t\t$to = $this->address_of( $entry );\n"
    judgement = verdict(tmp_path, base, changed(inner, inner + line, base), changed(to, line + to, base))
    assert_stops(judgement, "inc/notes.php:9")


def test_where_a_bracket_only_comes_says_nothing_of_a_place(tmp_path: Path) -> None:
    end = "\t\t$text = $this->render( $entry );\n\t\treturn wp_mail( $to, 'New entry', $text );\n"
    wrapped = "\t\tif ( $to ) {\n" + end.replace("\t\treturn", "\t\t}\n\t\treturn")
    ours = changed(end, wrapped)
    at = "\t\t$to = $this->address_of( $entry );\n"
    theirs = changed(at, "\t\tif ( $entry->is_test() ) {\n" + end + "\t\t}\n" + at, ours)
    assert verdict(tmp_path, FORM, ours, theirs).verdict == "landed"


@pytest.mark.parametrize(("needle", "count"), [(b"a", 3), (b"a b", 1), (b"a a", 1), (b"c", 0), (b"", 0)])
def test_how_often_a_row_of_tokens_stands_in_another(needle: bytes, count: int) -> None:
    assert count_runs(needle.split(), [b"a", b"a", b"b", b"a"]) == count


def test_a_notice_with_other_words_is_another_one(tmp_path: Path) -> None:
    def notice(text: str) -> str:
        return f"\t\tadd_settings_error( 'form', 'form-mode', __( '{text}', 'form' ) );\n"

    at = "\t\t$to = $this->address_of( $entry );\n"
    ours = changed(at, notice("Test mode is on, no mail is sent.") + at)
    assert_stops(
        verdict(tmp_path, FORM, ours, changed(at, notice("Thank you for updating.") + at)), verdict="landed-variant"
    )
