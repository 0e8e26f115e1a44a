"""The sentences that a person reads, word by word."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import CHECK, VERIFY, triple, verdict
from judging import TWO_FUNCTIONS as BASE

from plugwatch.model.verdicts.content import Content
from plugwatch.model.verdicts.evidence import say_carried, say_found, say_gained, say_missing, say_overlap, say_refined
from plugwatch.model.verdicts.verdict import judge

SAVE = "\treturn save_post( $post );\n"
NAME = "inc/notes.php"


def changed(old: str, new: str, text: str = BASE) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def calls(*names: str) -> str:
    return "".join(f"\tcall_{name}( $id );\n" for name in names)


@pytest.mark.parametrize(
    ("names", "more"),
    [
        ("abc", []),
        ("abcd", [f"{NAME}: it has gained 1 more of the patch's lines"]),
        ("abcde", [f"{NAME}: it has gained 2 more of the patch's lines"]),
    ],
)
def test_three_lines_that_the_release_has_gained_are_shown(tmp_path: Path, names: str, more: list[str]) -> None:
    ours = changed(CHECK, CHECK + calls(*names))
    assert say_gained(Content(triple(tmp_path, BASE, ours, ours))) == [
        *(
            f"{NAME}:{line}: the release has gained 'call_{name}( $id );', which the patch adds"
            for line, name in zip((5, 6, 7), names, strict=False)
        ),
        *more,
    ]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "said"),
    [
        (BASE, None, BASE, ": the release still has this file, which the patch deletes"),
        (None, BASE, None, ": the release does not have this file, which the patch adds"),
        (BASE, BASE, BASE, ": the patch changes the file's mode only, which its content cannot tell"),
        ("\0", "\0a", "\0", ": the patch changes the file as a whole, and merges cleanly"),
        (BASE, BASE + "\n", BASE, ": the patch changes white space, blank lines or comments only, and merges cleanly"),
        (
            BASE,
            changed(CHECK, "\t{\n" + VERIFY + "\t}\n"),
            BASE,
            ":4: here the release lacks 'verify_post( $post, 'edit' );', which the patch adds; it merges cleanly",
        ),
        (
            BASE,
            changed(CHECK, ""),
            BASE,
            ":4: the release still has 'check_post( $post );', which the patch removes; it merges cleanly",
        ),
        # behind the last line, and where no line counts
        (
            BASE,
            BASE + "done();\n",
            BASE,
            ":12: here the release lacks 'done();', which the patch adds; it merges cleanly",
        ),
        (
            "// One.\n",
            "// One.\ndone();\n",
            "// One.\n",
            ": here the release lacks 'done();', which the patch adds; it merges cleanly",
        ),
        # the first change that the release has not gained, or the first one
        (
            BASE,
            changed(SAVE, SAVE + VERIFY, changed("<?php\n", "<?php\nuse_it();\n")),
            BASE + "use_it();\n",
            ":6: here the release lacks 'verify_post( $post, 'edit' );', which the patch adds; it merges cleanly",
        ),
        (
            BASE,
            changed("<?php\n", "<?php\nuse_it();\n"),
            BASE + "use_it();\n",
            ":2: here the release lacks 'use_it();', which the patch adds; it merges cleanly",
        ),
    ],
)
def test_what_the_release_lacks(
    tmp_path: Path, base: str | None, ours: str | None, theirs: str | None, said: str
) -> None:
    assert say_carried(Content(triple(tmp_path, base, ours, theirs))) == NAME + said


SAME_LINES = "the patch and the release change the same lines; the patch"


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (
            changed(CHECK, VERIFY),
            changed(CHECK, "\tother( 1 );\n"),
            [f":4: {SAME_LINES} has 'verify_post( $post, 'edit' );', the release has 'other( 1 );'"],
        ),
        (
            changed(CHECK, ""),
            changed(CHECK, "\tother( 1 );\n"),
            [f":4: {SAME_LINES} removes them, the release has 'other( 1 );'"],
        ),
        (
            changed(CHECK, VERIFY),
            changed(CHECK, ""),
            [f":4: {SAME_LINES} has 'verify_post( $post, 'edit' );', the release has removed them"],
        ),
        # the lines that one side alone has; where there are none, the first one
        (
            changed(CHECK, calls("one", "two")),
            changed(CHECK, calls("one", "six")),
            [f":4: {SAME_LINES} has 'call_two( $id );', the release has 'call_six( $id );'"],
        ),
        (
            changed(CHECK, calls("one")),
            changed(CHECK, calls("one", "six")),
            [f":4: {SAME_LINES} has 'call_one( $id );', the release has 'call_six( $id );'"],
        ),
        (
            changed(CHECK, calls("one", "two")),
            changed(CHECK, calls("one")),
            [f":4: {SAME_LINES} has 'call_two( $id );', the release has 'call_one( $id );'"],
        ),
        # side by side
        (
            changed(CHECK, CHECK + VERIFY),
            changed(CHECK, "\tother( 1 );\n"),
            [f":4: {SAME_LINES} has 'verify_post( $post, 'edit' );', the release has 'other( 1 );'"],
        ),
        (
            changed(CHECK, VERIFY + CHECK),
            changed(CHECK, "\tother( 1 );\n"),
            [f":4: {SAME_LINES} has 'verify_post( $post, 'edit' );', the release has 'other( 1 );'"],
        ),
        # two places are shown, others counted; what does not touch is not
        (
            BASE.replace("( $post )", "( $post, 2 )").replace("( $note )", "( $note, 2 )"),
            BASE.replace("( $post )", "( $post, 3 )").replace("( $note )", "( $note, 3 )"),
            [
                f":4: {SAME_LINES} has 'check_post( $post, 2 );', the release has 'check_post( $post, 3 );'",
                f":10: {SAME_LINES} has 'check_note( $note, 2 );', the release has 'check_note( $note, 3 );'",
            ],
        ),
        (
            "use_it( 2 );\n" + BASE.replace("( $post )", "( $post, 2 )").replace("( $note )", "( $note, 2 )"),
            "use_it( 3 );\n" + BASE.replace("( $post )", "( $post, 3 )").replace("( $note )", "( $note, 3 )"),
            [
                f":1: {SAME_LINES} has 'use_it( 2 );', the release has 'use_it( 3 );'",
                f":5: {SAME_LINES} has 'check_post( $post, 2 );', the release has 'check_post( $post, 3 );'",
                ": 1 more places overlap in this file",
            ],
        ),
        (
            changed(CHECK, VERIFY, changed("get_note( $id )", "get_note( $id, 1 )")),
            changed(CHECK, "\tother( 1 );\n"),
            [f":4: {SAME_LINES} has 'verify_post( $post, 'edit' );', the release has 'other( 1 );'"],
        ),
        (
            changed(CHECK, VERIFY),
            changed(CHECK, VERIFY),
            [": git cannot merge this file; the patch and the release change lines side by side"],
        ),
        (None, changed(CHECK, ""), [": the patch deletes this file, and the release has changed it"]),
        (BASE + "\0", BASE, [": the file is not text, and both the patch and the release have changed it"]),
    ],
)
def test_where_both_have_changed_the_same_lines(tmp_path: Path, ours: str | None, theirs: str, said: list[str]) -> None:
    assert say_overlap(Content(triple(tmp_path, BASE, ours, theirs))) == [NAME + one for one in said]


def test_a_file_that_both_add(tmp_path: Path) -> None:
    assert say_overlap(Content(triple(tmp_path, None, "one();\n", "two();\n"))) == [
        f"{NAME}: the patch adds this file, and the release has one of its own with other content"
    ]


@pytest.mark.parametrize(("windows", "other"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_other_line_ends_are_those_of_most_lines(tmp_path: Path, windows: int, other: bool) -> None:
    lines = ["<?php", "first();", "second();", "third( 3 );"]
    theirs = "".join(line + ("\r\n" if at < windows else "\n") for at, line in enumerate(lines))
    base, ours = ("".join(line + "\n" for line in [*lines[:3], f"third( {n} );"]) for n in (1, 2))
    (said,) = say_overlap(Content(triple(tmp_path, base, ours, theirs)))
    ends = f"{NAME}: the release has other line ends (CRLF or LF) than before, so no line can be merged"
    assert said == ends if other else said.startswith(f"{NAME}:")
    assert (said == ends) == other


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (
            changed(CHECK, VERIFY),
            changed(CHECK, '\tstart();\n\tverify_post( $post, "edit" );\n'),
            [":5: the release contains in another form 'verify_post( $post, 'edit' );', which the patch adds"],
        ),
        (
            changed(CHECK, "\treturn;\n"),
            changed(CHECK, "\treturn;\n"),
            [":4: the release already contains 'return;', which the patch adds"],
        ),
        (changed(CHECK, ""), changed(CHECK, ""), [": the release has removed what the patch removes"]),
        (
            changed("\t$post = get_post( $id );\n", "", changed(SAVE, VERIFY + SAVE)),
            changed("\t$post = get_post( $id );\n", "", changed(SAVE, VERIFY + SAVE)),
            [":4: the release already contains 'verify_post( $post, 'edit' );', which the patch adds"],
        ),
        (changed(CHECK, VERIFY), BASE, [": the release has removed what the patch removes"]),
    ],
)
def test_how_the_release_has_it(tmp_path: Path, ours: str, theirs: str, said: list[str]) -> None:
    assert say_found(Content(triple(tmp_path, BASE, ours, theirs))) == [NAME + one for one in said]


@pytest.mark.parametrize(
    ("count", "more"),
    [
        (3, []),
        (4, [f"{NAME}: so it has 1 more changes of the patch"]),
        (5, [f"{NAME}: so it has 2 more changes of the patch"]),
    ],
)
def test_three_changes_that_the_release_has_are_shown(tmp_path: Path, count: int, more: list[str]) -> None:
    base = "".join(f"place_{n}();\n" for n in range(6))
    ours = "".join(f"place_{n}();\n" + (f"added_{n}();\n" if n < count else "") for n in range(6))
    assert say_found(Content(triple(tmp_path, base, ours, ours))) == [
        *(f"{NAME}:{2 * n + 2}: the release already contains 'added_{n}();', which the patch adds" for n in range(3)),
        *more,
    ]


def missing(
    folder: Path, ours: str | bytes | None, theirs: str | bytes | None, base: str | bytes | None = BASE
) -> list[str]:
    return say_missing(Content(triple(folder, base, ours, theirs)))


def test_what_stands_in_the_place_of_a_missing_line(tmp_path: Path) -> None:
    ours, adds = changed(CHECK, VERIFY), f"{NAME}:4: the patch adds 'verify_post( $post, 'edit' );', the release"
    assert missing(tmp_path, ours, changed(CHECK, "\tother( 1 );\n\tverify_post( $post, 'read' );\n")) == [
        f"{adds} has 'verify_post( $post, 'read' );' in its place"
    ]
    assert missing(tmp_path, ours, changed(CHECK, "\tx( 1 );\n")) == [f"{adds} has no such line"]
    assert missing(tmp_path, ours, ours) == []
    assert missing(tmp_path, ours.replace("\t", "\0"), BASE) == []
    assert missing(tmp_path, BASE, None, None) == []
    latin = changed(CHECK, "\techo 'Gr\xf6n 1';\n").encode("latin-1")
    assert missing(tmp_path, latin.replace(b"1';", b"2';"), latin.replace(b"1';", b"3';"), latin) == [
        f"{NAME}:4: the patch adds 'echo 'Gr\ufffdn 2';', the release has 'echo 'Gr\ufffdn 3';' in its place"
    ]


def test_three_missing_lines_are_shown(tmp_path: Path) -> None:
    base = "".join(f"place_{n}();\n" for n in range(6))
    ours = "".join(f"place_{n}();\nadded_{n}();\n" for n in range(6))
    assert [one.split(":")[1] for one in missing(tmp_path, ours, base, base)] == ["2", "3", "4"]


def test_what_a_finer_merge_has_put_together(tmp_path: Path) -> None:
    near = Content(triple(tmp_path, BASE, changed(CHECK, VERIFY), changed(SAVE, "\treturn 1;\n")))
    assert say_refined(near) == [
        f"{NAME}: the vendor has changed lines beside those of the patch; none of them is the same"
    ]
    base, ours, theirs = (
        changed(CHECK, f"\tcheck_post( {first}, $id, {last} );\n")
        for first, last in (("$post", 1), ("$entry", 1), ("$post", 2))
    )
    same = triple(tmp_path, base, ours, theirs)
    judgement = judge([same])
    assert (judgement.verdict, judgement.confidence) == ("carried", "medium")
    assert judgement.evidence[1] == (
        f"{NAME}: both have changed 'check_post( $post, $id, 1 );', in different words; "
        "together they are 'check_post( $entry, $id, 2 );'"
    )
    assert say_refined(Content(triple(tmp_path, BASE, changed(CHECK, VERIFY), BASE))) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "together"),
    [
        # a line that neither side has, else the first one
        ("$m = call( $a, $b,\n\t$x, $d );\n", "$m = call( $a,\n\t$b,\n\t$c, $f );\n", "$x, $f );"),
        ("$m = call( $x, $b,\n\t$c, $d );\n", "$m = call( $x,\n\t $b,\n\t$c, $e );\n", "$m = call( $x,"),
    ],
)
def test_of_lines_put_together_a_new_one_is_shown(tmp_path: Path, ours: str, theirs: str, together: str) -> None:
    base = "$m = call( $a, $b,\n\t$c, $d );\n"
    (said,) = say_refined(Content(triple(tmp_path, *(f"first();\n{side}last();\n" for side in (base, ours, theirs)))))
    assert said == (
        f"{NAME}: both have changed '$m = call( $a, $b,', in different words; together they are '{together}'"
    )


def test_the_first_sentence_says_how_much_of_it_the_release_has(tmp_path: Path) -> None:
    def first(ours: str, theirs: str) -> str:
        return verdict(tmp_path, BASE, ours, theirs).evidence[0]

    assert first(changed(CHECK, ""), changed(CHECK, "\tx( 1 );\n")) == (
        "What the patch takes away is not in the release any more; the vendor may have mended it in his own way"
    )
    assert first(changed(CHECK, CHECK + calls("one")), changed("\tcheck_note", calls("one") + "\tcheck_note")) == (
        "Merging would put the fix in twice: the release has gained all 1 distinctive lines of the patch"
    )
    assert first(changed(CHECK, CHECK + calls("one", "two")), changed(CHECK, CHECK + calls("one"))) == (
        "The release has part of it: it has gained 1 of the 2 distinctive lines of the patch, "
        "and 1 of the 2 names and texts that it adds"
    )
    fixed = triple(tmp_path, BASE, changed(CHECK, VERIFY), changed(CHECK, VERIFY), path="a.php")
    live = triple(tmp_path, BASE, changed(CHECK, ""), BASE, path="b.php")
    assert judge([fixed, live]).evidence[0] == (
        "The release has part of it: it has gained all 1 distinctive lines of the patch, but not the rest"
    )
    there = triple(tmp_path, BASE, changed(CHECK, ""), changed(CHECK, ""), path="b.php")
    moved = triple(
        tmp_path, BASE, changed(CHECK, CHECK + calls("one")), changed("\tcheck_note", calls("one") + "\tcheck_note")
    )
    assert judge([moved, there]).evidence[0] == (
        "Merging would put the fix in twice: the release has gained all 1 distinctive lines of the patch"
    )


def test_a_file_whose_lines_came_elsewhere_is_told_of_where_the_patch_puts_them(tmp_path: Path) -> None:
    one = triple(tmp_path, BASE, changed(CHECK, CHECK + calls("one")), BASE + "call_one( $id );\n", path="a.php")
    two = triple(tmp_path, BASE, changed(CHECK, CHECK + calls("two", "six", "ten")), BASE, path="b.php")
    assert judge([one, two]).evidence == (
        "a.php:5: here the release lacks 'call_one( $id );', which the patch adds; it merges cleanly",
        "b.php:5: here the release lacks 'call_two( $id );', which the patch adds; it merges cleanly",
    )


def test_a_patch_without_files() -> None:
    assert judge([]).evidence == ("the patch changes no file, so nothing can be said of it",)
