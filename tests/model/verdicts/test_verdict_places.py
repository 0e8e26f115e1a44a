"""Where the release has a change, and in which form: the places that count, and those that only look like one."""

from __future__ import annotations

import pytest
from judging import CHECK, VERIFY
from judging import TWO_FUNCTIONS as BASE

from plugwatch.model.verdicts.align import Change, align, changes
from plugwatch.model.verdicts.lines import Lines, counted_lines
from plugwatch.model.verdicts.search import BUILT, EXACT, FORM, MOVED, Search, declared_in, texts_of


def lines(text: str) -> Lines:
    return counted_lines(text.encode(), "a.php")


def search(base: str, ours: str, theirs: str, old: str | None = None) -> tuple[Search, list[Change]]:
    sides = [lines(side) for side in (base, ours, theirs, base if old is None else old)]
    return Search(*sides), changes(sides[0].texts, sides[1].texts, align(sides[0].texts, sides[1].texts))


def found(base: str, ours: str, theirs: str, old: str | None = None) -> list[tuple[str, int] | None]:
    """For each change its form in the release, and the number of the line there."""
    finder, made = search(base, ours, theirs, old)
    at = [finder.find(change) for change in made]
    return [one and (one.form, finder.theirs.numbers[one.at]) for one in at]


def changed(old: str, new: str, text: str = BASE) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_a_removal_is_found_where_nothing_is_left_between_the_lines_around_it() -> None:
    ours = changed(CHECK, "")
    assert found(BASE, ours, ours) == [(EXACT, 4)]
    assert found(BASE, ours, changed(CHECK, "\t{}\n")) == [(EXACT, 4)]
    assert found(BASE, ours, changed(CHECK, "\tif_so();\n")) == [None]
    assert found(BASE, ours, changed("save_post( $post )", "save_post()", ours)) == [None]


def test_a_removed_function_is_gone_where_none_of_its_name_is_left() -> None:
    start = BASE.index("\nfunction second")
    ours = BASE[:start]
    assert found(BASE, ours, ours + "\nfunction third() {}\n") == [(MOVED, 8)]
    assert found(BASE, ours, ours + "\nfunction second() {}\n") == [None]


HELPER = changed(
    "function first( $id ) {\n",
    "function first( $id ) {\n\treturn helper( $id );\n}\n\nfunction helper( $id ) {\n",
)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        # in another function, below the line that it stands below in the patch
        (changed(CHECK, VERIFY), HELPER.replace(CHECK, VERIFY), (MOVED, 7)),
        (changed(CHECK, CHECK + VERIFY), HELPER.replace(CHECK, CHECK + VERIFY), (MOVED, 8)),
        # what it takes away is still in the file
        (changed(CHECK, VERIFY), HELPER.replace(CHECK, VERIFY) + CHECK, None),
        # below another line
        (changed(CHECK, VERIFY), HELPER.replace(CHECK, "\tother( $post );\n" + VERIFY), None),
        # the line above stands twice, or so does all of it
        (changed(CHECK, VERIFY), HELPER.replace(CHECK, VERIFY) + "\t$post = get_post( $id );\n", None),
        (changed(CHECK, VERIFY), HELPER.replace(CHECK, VERIFY) + "\t$post = get_post( $id );\n" + VERIFY, None),
        # nothing in it tells where it comes from
        (changed(CHECK, "\treturn;\n"), HELPER.replace(CHECK, "\treturn;\n"), None),
    ],
)
def test_a_change_may_move_with_the_lines_above_it(ours: str, theirs: str, expected: tuple[str, int] | None) -> None:
    assert found(BASE, ours, theirs) == [expected]


@pytest.mark.parametrize(
    ("above", "expected"),
    [(0, (MOVED, 8)), (1, (MOVED, 8)), (3, (MOVED, 8)), (4, None)],
)
def test_of_the_lines_above_one_among_four_has_to_be_telling(above: int, expected: tuple[str, int] | None) -> None:
    signs = ["{", "[", "(", "((", "(["]
    body = "\tload_post( $post );\n" + "".join(f"\t{sign}\n" for sign in signs[:above])
    base = changed(CHECK, "").replace("\treturn save_post", body + "\treturn save_post")
    helper = HELPER.replace(CHECK, body + VERIFY)
    assert found(base, base.replace(body, body + VERIFY), helper) == [expected]


def test_brackets_alone_are_no_lines_to_move_with() -> None:
    base = "<?php\n{\nstart();\n"
    assert found(base, base.replace("{\n", "{\n" + VERIFY), "<?php\nfunction a() {\n{\n" + VERIFY + "start();\n") == [
        None
    ]


def block(count: int) -> str:
    return "".join(f"\tregister_field( 'kind_{n}' );\n" for n in range(count))


# The vendor has one function of the two.
SECOND = "<?php\n" + BASE[BASE.index("function second") :]
ABOVE = "\tcheck_note"


@pytest.mark.parametrize(
    ("count", "theirs", "old", "expected"),
    [
        (10, changed(ABOVE, block(10) + ABOVE, SECOND), BASE, (MOVED, 4)),
        (9, changed(ABOVE, block(9) + ABOVE, SECOND), BASE, None),
        (10, changed(ABOVE, block(10) + ABOVE, SECOND) + block(10), BASE, None),
        # a line of it was in the old release
        (10, changed(ABOVE, block(10) + ABOVE, SECOND), BASE + block(1), None),
    ],
)
def test_a_block_of_ten_new_lines_is_known_by_itself(
    count: int, theirs: str, old: str, expected: tuple[str, int] | None
) -> None:
    assert found(BASE, changed(CHECK, CHECK + block(count)), theirs, old) == [expected]


def test_a_block_with_a_line_that_a_patch_below_has_is_not() -> None:
    below = changed("\treturn save_note", block(1) + "\treturn save_note")
    theirs = changed(ABOVE, block(10) + ABOVE, SECOND)
    assert found(below, changed(CHECK, CHECK + block(10), below), theirs, BASE) == [None]


def test_a_line_that_the_file_has_elsewhere_is_gained_where_it_belongs_only() -> None:
    known = "\tcheck_note( $note );\n"
    ours = changed(CHECK, CHECK + known)
    for theirs, count in ((ours, 1), (changed("\treturn save_note", known + "\treturn save_note"), 0), (BASE, 0)):
        finder, (change,) = search(BASE, ours, theirs)
        assert finder.gained(change).total() == count
    # The vendor had it there before.
    finder, (change,) = search(ours, changed(CHECK + known, CHECK + known + known, ours), ours, BASE)
    assert finder.gained(change).total() == 0


ARRAY = "<?php\n$all = array(\n\t'alpha' => 1,\n\t'beta' => 2,\n\t'omega' => 9,\n);\nfinish( $all );\n"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        # behind the comma that it is behind in the patch, or not
        (
            ARRAY.replace("2,\n", "2,\n\t'gamma' => 3,\n"),
            ARRAY.replace("'beta' => 2,\n\t'omega' => 9,", '"beta" => 2, "gamma" => 3,\n\t"omega" => 8,'),
            (FORM, 4),
        ),
        (
            ARRAY.replace("2,\n", "2,\n\t'gamma' => 3,\n"),
            ARRAY.replace("'beta' => 2,\n\t'omega' => 9,", '"beta" => 2,\n\tnone( "gamma" => 3,\n\t"omega" => 8 ),'),
            None,
        ),
    ],
)
def test_another_form_begins_where_the_change_does(ours: str, theirs: str, expected: tuple[str, int] | None) -> None:
    assert found(ARRAY, ours, theirs) == [expected]


def test_the_line_above_may_be_the_first_one() -> None:
    base = "add( 'alpha',\n'omega' );\n"
    ours = base.replace("\n'omega'", "\n'gamma',\n'omega'")
    assert found(base, ours, 'add( \'alpha\', "gamma",\n"omega" );\n') == [(FORM, 1)]
    assert found(base, ours, 'add( \'alpha\', "gamma",\n"other" );\n') == [(FORM, 1)]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        # every line around it is in another form too
        (
            changed(CHECK, VERIFY),
            changed(
                "\t$post = get_post( $id );\n" + CHECK,
                '\t$post = get_post(\n\t\t$id\n\t);\n\tverify_post(\n\t\t$post, "edit"\n\t);\n',
            ),
            (FORM, 3),
        ),
        (
            changed(CHECK, VERIFY),
            changed(
                CHECK + "\treturn save_post( $post );\n",
                "\tverify_post(\n\t\t$post,\n\t\t'edit'\n\t);\n\treturn save_post(\n\t\t$post\n\t);\n",
            ),
            (FORM, 4),
        ),
        # below a new line of the vendor's
        (changed(CHECK, VERIFY), changed(CHECK, '\tstart_it();\n\tverify_post( $post, "edit" );\n'), (FORM, 5)),
        # in a condition of the vendor's
        (changed(CHECK, VERIFY), changed(CHECK, '\tif ( $id ) {\n\t\tverify_post( $post, "edit" );\n\t}\n'), None),
        # beside what it takes away
        (changed(CHECK, VERIFY), changed(CHECK, '\tverify_post( $post, "edit" ); check_post( $post );\n'), None),
        (
            changed(CHECK, "\tif ( $id ) { check_post( $post ); }\n"),
            changed(CHECK, "\tif ( $id ) {\n\t\tcheck_post(\n\t\t\t$post\n\t\t);\n\t}\n"),
            (FORM, 4),
        ),
        (
            changed(CHECK, "\tif ( $id ) { check_post( $post ); }\n"),
            changed(CHECK, "\tif ( $id ) {\n\t\tcheck_post( $post ); } check_post(\n\t\t\t$post\n\t\t);\n"),
            None,
        ),
    ],
)
def test_a_change_in_another_form(ours: str, theirs: str, expected: tuple[str, int] | None) -> None:
    assert found(BASE, ours, theirs) == [expected]


def test_another_form_in_a_function_of_another_name() -> None:
    theirs = changed(CHECK, '\tverify_post( $post, "edit" );\n').replace("function first(", "function primary(")
    assert found(BASE, changed(CHECK, VERIFY), theirs) == [(FORM, 4)]
    other = changed(CHECK, '}\n\nfunction helper( $post ) {\n\tverify_post( $post, "edit" );\n')
    assert found(BASE, changed(CHECK, VERIFY), other) == [None]


def test_what_a_change_keeps_may_be_there_beside_a_line_of_the_vendors() -> None:
    ours = changed(CHECK, "\tif ( $id ) { check_post( $post ); }\n")
    wrapped = "\tif ( $id ) {\n\t\tcheck_post(\n\t\t\t$post\n\t\t);\n\t}\n"
    assert found(BASE, ours, changed(CHECK, "\tstart_it();\n" + wrapped)) == [(FORM, 5)]
    assert found(BASE, ours, changed(CHECK, "\tcheck_post($post);\n" + wrapped)) == [None]


def test_a_built_line_is_known_by_its_words() -> None:
    filler = "x" * 2000
    base, ours, theirs = (
        f"function(a){{{text}}}{filler}\n" for text in ("a.go()", "a.go(),a.stop()", "b.go(),b.stop()")
    )
    assert found(base, ours, theirs) == [(BUILT, 1)]
    assert found(base, ours, base) == [None]


DECLARED = "\nfunction third( $id ) {\n\t$post = get_post( $id );\n\treturn $post->third_value;\n}\n"


def test_a_function_is_found_by_its_name_wherever_it_stands() -> None:
    assert found(BASE, BASE + DECLARED, changed("<?php\n", "<?php\n" + DECLARED)) == [(MOVED, 3)]
    other = DECLARED.replace("third_value", "other_value")
    assert found(BASE, BASE + DECLARED, changed("<?php\n", "<?php\n" + other)) == [None]
    renamed = changed("<?php\n", "<?php\n" + DECLARED).replace("$post", "$entry")
    assert found(BASE, BASE + DECLARED, renamed) == [(MOVED, 3)]


def test_a_function_may_stand_behind_a_comma_as_in_the_patch() -> None:
    base = "var form = [ start_it,\n\tfinish_it,\n\trun_it ];\n"
    added = "\tfunction two_of( a ) {\n\t\treturn beta_call( a );\n\t},\n"
    for ours, theirs in (
        (base.replace("start_it,\n", "start_it,\n" + added), base.replace("finish_it,\n", "finish_it,\n" + added)),
        (base.replace("finish_it,\n", "finish_it,\n" + added), base.replace("start_it,\n", "start_it,\n" + added)),
    ):
        sides = [counted_lines(side.encode(), "a.js") for side in (base, ours, theirs, base)]
        (change,) = changes(sides[0].texts, sides[1].texts, align(sides[0].texts, sides[1].texts))
        one = Search(*sides).find(change)
        assert one is not None
        assert one.form == MOVED
    # behind a sign of another kind it is a part of something else
    sides[2] = counted_lines(base.replace("run_it", "run_it +\n" + added.rstrip(",\n") + "\n").encode(), "a.js")
    assert Search(*sides).find(change) is None


def test_what_a_stretch_declares_and_has_of_its_own() -> None:
    side = lines(BASE)
    assert declared_in(side, 1, 6) == {b"first"}
    assert declared_in(side, 2, 7) == {b"second"}
    assert texts_of(side, 2, 8, b"first") == list(side.texts[2:7])
    assert texts_of(side, 3, 4, b"first") == [b"check_post( $post );"]


def test_a_line_that_the_patch_adds_twice_has_come_twice() -> None:
    ours = changed("\tcheck_note", VERIFY + "\tcheck_note", changed(CHECK, CHECK + VERIFY))
    assert found(BASE, ours, ours) == [(EXACT, 5), (EXACT, 11)]
    assert found(BASE, ours, changed(CHECK, CHECK + VERIFY)) == [(EXACT, 5), None]


def test_in_a_stretch_that_is_too_large_to_compare_lines_that_stay_are_neither_new_nor_gone() -> None:
    two = ["first_call();\n", "second_call();\n"]
    base, other = "".join(two * 200), "".join(reversed(two * 200))
    ours = "start_it();\n" + other + "finish_it();\n"
    finder, (change,) = search(base, ours, ours)
    assert (change.old_start, change.old_end) == (0, 400)
    assert found(base, ours, ours) == [(EXACT, 1)]
    added = base + "other_call();\nfirst_call();\n"
    finder, (change,) = search(base, added, "start_it();\n" + other + "finish_it();\n")
    assert finder.gained(change) == {}


def letters(text: str) -> Lines:
    return Lines(tuple(sign.encode() for sign in text), tuple(range(1, len(text) + 1)))


@pytest.mark.parametrize(
    ("theirs", "region", "base_region"),
    [
        ("abcd", (2, 2), (2, 2)),
        ("abYcd", (2, 3), (2, 2)),
        ("aYcd", (1, 2), (1, 2)),
        ("Ycd", (0, 1), (0, 2)),
        ("cd", (0, 0), (0, 2)),
        ("abYZ", (2, 4), (2, 4)),
        ("abYd", (2, 3), (2, 3)),
        ("XYZ", (0, 3), (0, 4)),
    ],
)
def test_a_place_lies_between_the_nearest_lines_that_are_still_there(
    theirs: str, region: tuple[int, int], base_region: tuple[int, int]
) -> None:
    base = letters("abcd")
    finder = Search(base, letters("abNcd"), letters(theirs), base)
    change = Change(2, 2, 2, 3)
    assert (finder.region(change), finder.base_region(change)) == (region, base_region)


NEAR = changed("\treturn save_post( $post );\n", "\t$i++;\n\treturn save_post( $post );\n")


@pytest.mark.parametrize(
    ("removed", "left", "expected"),
    [
        (CHECK, "\t$ok = check_post[ $post ];\n", None),  # its names
        (CHECK, "\tcheck_node( $post );\n", (EXACT, 4)),
        ("\t$i++;\n", "\t$i++; $k = 2;\n", None),  # all of it, beside another
        ("\t$i++;\n", "\t$k++; $i = 2;\n", (EXACT, 5)),
        ("\tcall( 'alpha', 'beta', 'gamma' );\n", "\tcall( 'alpha', 'beta', 'delta' );\n", None),  # three of four
        ("\tcall( 'alpha', 'beta', 'gamma' );\n", "\tcall( 'alpha', 'omega', 'delta' );\n", (EXACT, 5)),
        ("\tcall( 'alpha', 'beta', 'gamma' );\n", "\tload( 'alpha', 'omega', 'delta' );\n", (EXACT, 5)),
    ],
)
def test_what_a_change_takes_away_must_not_be_left_in_other_words(
    removed: str, left: str, expected: tuple[str, int] | None
) -> None:
    base = NEAR if removed in NEAR else changed("\treturn save_post", removed + "\treturn save_post")
    assert found(base, base.replace(removed, VERIFY), base.replace(removed, VERIFY + left)) == [expected]


def test_a_line_that_the_file_had_elsewhere_is_not_the_one_that_the_change_takes_away() -> None:
    base = changed("\tcheck_note( $note );\n", "\tcheck_post( $post, 'note' );\n")
    theirs = base.replace(CHECK, VERIFY + "\tcheck_post( $post, 'note' );\n")
    assert found(base, base.replace(CHECK, VERIFY), theirs) == [(EXACT, 4)]


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (changed(CHECK, "\treturn;\n"), (EXACT, 3)),
        (changed(CHECK, "\treturn;\n").replace("first( $id )", "first( $id, $x )"), (EXACT, 3)),
        (changed(CHECK, ""), None),
        (changed(CHECK, "\tstart_it();\n\treturn;\n"), None),
        (changed(CHECK, "\treturn;\n\tstart_it();\n"), None),
    ],
)
def test_lines_that_tell_nothing_are_looked_for_with_their_neighbours(
    theirs: str, expected: tuple[str, int] | None
) -> None:
    assert found(BASE, changed(CHECK, "\treturn;\n"), theirs) == [expected]


def test_the_neighbour_may_be_the_first_line() -> None:
    ours = changed("<?php\n", "<?php\nreturn;\n")
    assert found(BASE, ours, ours) == [(EXACT, 1)]
    assert found(BASE, ours, changed("<?php\n", "<?php\nstart_it();\nreturn;\n")) == [None]


def test_a_line_counts_anywhere_in_its_function_but_elsewhere_only_at_its_place() -> None:
    ours = changed(CHECK, VERIFY)
    later = changed(CHECK, "").replace("\treturn save_post( $post );\n", "\treturn save_post( $post );\n" + VERIFY)
    assert found(BASE, ours, later) == [(EXACT, 5)]
    twice = "\nfunction first( $x ) {\n}\n"  # then the name does not tell which one
    assert found(BASE + twice, ours + twice, later + twice) == [None]
    assert found(BASE, ours, later + twice) == [None]
    assert found(BASE + twice, ours + twice, ours + twice) == [(EXACT, 4)]
    flat = "<?php\nalpha_call();\nbeta_call();\ngamma_call();\n"
    ours = flat.replace("alpha_call();\n", "alpha_call();\nomega_call();\n")
    assert found(flat, ours, ours.replace("<?php", "<?php\nstart_it();")) == [(EXACT, 4)]
    assert found(flat, ours, flat + "omega_call();\n") == [None]


def test_a_line_that_the_patch_brings_may_be_taken_for_one_below_its_place() -> None:
    base = "alpha_call();\ngamma_call();\nreturn;\n"
    ours = "alpha_call();\nreturn;\nif ( $post ) {\ngamma_call();\nreturn;\n"
    assert found(base, ours, "alpha_call();\nother_call();\nreturn;\nif ( $post ) {\nlast_call();\n") == [(EXACT, 3)]


def test_a_second_one_of_a_line_is_asked_for() -> None:
    flat = "<?php\nalpha_call();\nbeta_call();\n"
    ours = flat.replace("alpha_call();\n", "alpha_call();\nalpha_call();\n")
    assert found(flat, ours, ours) == [(EXACT, 2)]
    assert found(flat, ours, flat) == [None]


def test_lines_that_move_within_the_patch_are_none_that_have_to_come() -> None:
    ours = changed(CHECK, "").replace(
        "\treturn save_post( $post );\n", VERIFY + CHECK + "\treturn save_post( $post );\n"
    )
    ours = ours.replace("\t$post = get_post( $id );\n", "").replace(
        "\treturn save_post", "\t$post = get_post( $id );\n\treturn save_post"
    )
    assert [one and one[0] for one in found(BASE, ours, ours)] == [EXACT] * len(search(BASE, ours, ours)[1])


def test_an_exact_line_in_a_condition_of_the_vendors_is_another_change() -> None:
    ours = changed(CHECK, CHECK + VERIFY)
    assert found(BASE, ours, changed(CHECK, CHECK + "\tif ( $id ) {\n" + VERIFY + "\t}\n")) == [None]
    assert found(BASE, ours, changed(CHECK, CHECK + VERIFY + "\tif ( $id ) {\n\t\tleave();\n\t}\n")) == [(EXACT, 5)]
    cut = "class Rest {\nfunction one() {\nfunction two() {\n"  # what follows does not matter
    assert found(BASE, ours, ours + cut) == [(EXACT, 5)]
    form = changed(CHECK, CHECK + '\tverify_post( $post, "edit" );\n')
    assert found(BASE, ours, form + cut) == [(FORM, 5)]


def test_a_number_in_a_stretch_that_is_wrapped_otherwise() -> None:
    base = changed(CHECK, "\t$a = 10;\n")
    theirs = base.replace(
        "\t$a = 10;\n\treturn save_post( $post );", "\t$a\n\t\t= 12;\n\treturn save_post(\n\t\t$post\n\t);"
    )
    assert found(base, base.replace("10", "12"), theirs) == [(FORM, 4)]
    assert found(base, base.replace("10", "14"), theirs) == [None]
