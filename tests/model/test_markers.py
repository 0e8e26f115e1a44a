"""Files with conflict markers: what they look like, how they are read again, and what of a patch may get lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugwatch.model.markers import (
    BINARY,
    CONFLICT,
    DELETED,
    GONE,
    MERGED,
    PROPOSED,
    Labels,
    LaidFile,
    lay_out,
    lost_lines,
    markers_left,
    pieces_of,
    render,
    resolved_blocks,
)
from plugwatch.model.verdicts.merge import Block, refine
from plugwatch.model.verdicts.resolution import Resolution, unambiguous
from plugwatch.model.verdicts.verdict import FileTriple, judge

LABELS = Labels("2.1.0", "pw-aaaaaaaaaa Wait a minute")

BASE = b"<?php\nfunction send() {\n\t$wait = 10;\n\tmail( $wait );\n}\n"
OURS = BASE.replace(b"$wait = 10", b"$wait = 60")
THEIRS = BASE.replace(b"$wait = 10", b"$wait = max_wait()")


def unknown(_key: str) -> Resolution | None:
    """Nobody has resolved anything yet."""
    return None


def triple(
    base: bytes | None, ours: bytes | None, theirs: bytes | None, merged: bytes | None = None, path: str = "a.php"
) -> FileTriple:
    """A file of a patch; without a merge it conflicts."""
    there = path if theirs is not None or base is None else None
    return FileTriple(path, there, base, ours, theirs, merged, merged is None, base)


def laid(file: FileTriple, verdict: str = "conflict") -> tuple[LaidFile, bytes | None]:
    """One file as a person gets it."""
    return lay_out([file], verdict, LABELS, unknown)[0]


def resolution(key: str, *lines: bytes) -> Resolution:
    """What ana did."""
    facts = ("2026-11-20T10:00:00+00:00", "plugin/tidy-forms", "pw-aaaaaaaaaa", "1.0.0", "2.1.0", "a.php")
    return Resolution(key, lines, "ana", *facts)


def choose(text: bytes, side: str) -> bytes:
    """What a person does who takes the same side everywhere: ``theirs`` stands above, ``ours`` below."""
    kept: list[bytes] = []
    state = ""
    for line in text.split(b"\n"):
        mark = line[:7]
        if mark == b"<<<<<<<":
            state = "theirs"
        elif mark == b"|||||||":
            state = "base"
        elif line.rstrip(b"\r") == b"=======":
            state = "ours"
        elif mark == b">>>>>>>":
            state = ""
        elif state in ("", side):
            kept.append(line)
    return b"\n".join(kept)


# Laying out


def test_only_what_is_left_stands_between_markers() -> None:
    file, content = laid(triple(BASE, OURS, THEIRS))
    assert content == (
        b"<?php\nfunction send() {\n"
        b"<<<<<<< release 2.1.0\n\t$wait = max_wait();\n"
        b"||||||| before the patch\n\t$wait = 10;\n"
        b"=======\n\t$wait = 60;\n"
        b">>>>>>> patch pw-aaaaaaaaaa Wait a minute\n"
        b"\tmail( $wait );\n}\n"
    )
    assert (file.path, file.state) == ("a.php", CONFLICT)
    assert [(block.line, block.lines) for block in file.blocks] == [(3, 7)]


def test_markers_have_the_line_ends_of_the_release() -> None:
    base, ours, theirs = (side.replace(b"\n", b"\r\n") for side in (BASE, OURS, THEIRS))
    _file, content = laid(triple(base, ours, theirs))
    assert content is not None
    assert content.count(b"\n") == content.count(b"\r\n")
    assert choose(content, "theirs") == theirs
    # The vendor has turned them round, and nothing else of it conflicts.
    _file, content = laid(triple(BASE, OURS, theirs))
    assert content is not None
    assert choose(content, "ours") == ours


def test_a_title_cannot_forge_markers_or_move_the_cursor() -> None:
    labels = Labels("1.0", "pw-aaaaaaaaaa One\r=======\x1b[2J" + "x" * 300)
    _file, content = lay_out([triple(BASE, OURS, THEIRS)], "conflict", labels, unknown)[0]
    assert content is not None
    assert b"\x1b" not in content
    assert content.count(b"\n=======") == 1
    assert max(map(len, content.splitlines())) < 120


@pytest.mark.parametrize(
    ("file", "state", "content"),
    [
        (triple(BASE, OURS, None), GONE, None),
        (triple(BASE, None, THEIRS), DELETED, THEIRS),
        (triple(BASE, None, BASE, merged=None), DELETED, BASE),
        (FileTriple("a.php", "a.php", BASE, None, BASE, None, False, BASE), MERGED, None),
        (triple(BASE, None, None), MERGED, None),
        (triple(None, OURS, None), MERGED, OURS),
        (triple(b"\0a", b"\0b", b"\0c"), BINARY, b"\0c"),
        (triple(BASE, OURS, BASE + b"// end\n", merged=OURS + b"// end\n"), MERGED, OURS + b"// end\n"),
    ],
)
def test_files_that_cannot_have_markers(file: FileTriple, state: str, content: bytes | None) -> None:
    found, text = laid(file)
    assert (found.state, found.blocks, text) == (state, (), content)


def test_a_file_that_both_have_added_differs_in_its_blocks_only() -> None:
    ours, theirs = (b"<?php\n// one\n%s\n// two\n" % middle for middle in (b"ours();", b"theirs();"))
    file, content = laid(triple(None, ours, theirs))
    assert content is not None
    assert [block.line for block in file.blocks] == [3]
    assert (choose(content, "ours"), choose(content, "theirs")) == (ours, theirs)


@pytest.mark.parametrize("verdict", ["would-double", "landed-variant"])
def test_what_the_release_may_have_is_asked_though_it_would_merge(verdict: str) -> None:
    fix = b"\tadd_filter( 'wp_mail', 'tidy_slow' );\n"
    base = b"<?php\n" + b"".join(b"step_%d();\n" % n for n in range(20))
    ours = base.replace(b"step_3();\n", b"step_3();\n" + fix)
    theirs = base.replace(b"step_15();\n", b"step_15();\n" + fix)
    double = ours.replace(b"step_15();\n", b"step_15();\n" + fix)
    plain = triple(BASE, OURS, BASE + b"// end\n", merged=OURS + b"// end\n", path="b.php")
    doubled = triple(base, ours, theirs, merged=double)
    assert judge([doubled]).verdict == "would-double"
    (first, content), (second, untouched) = lay_out([doubled, plain], verdict, LABELS, unknown)
    assert content is not None
    assert (first.state, len(first.blocks)) == (CONFLICT, 1)
    assert (choose(content, "theirs"), choose(content, "ours")) == (theirs, double)
    assert (second.state, untouched) == (MERGED, plain.merged)


def test_what_is_known_is_filled_in_and_said_to_be() -> None:
    key = laid(triple(BASE, OURS, THEIRS))[0].blocks[0].key
    known = resolution(key, b"\t$wait = min( 60, max_wait() );")
    file, content = lay_out([triple(BASE, OURS, THEIRS)], "conflict", LABELS, {key: known}.get)[0]
    assert content == BASE.replace(b"$wait = 10", b"$wait = min( 60, max_wait() )")
    assert (file.state, file.blocks[0].proposal, file.blocks[0].lines) == (PROPOSED, known, 1)
    # In a file with other line ends, under another name, further down.
    base, ours, theirs = ((b"// one\n" + side).replace(b"\n", b"\r\n") for side in (BASE, OURS, THEIRS))
    again, text = lay_out([triple(base, ours, theirs, path="b.php")], "conflict", LABELS, {key: known}.get)[0]
    assert text == base.replace(b"$wait = 10", b"$wait = min( 60, max_wait() )")
    assert (again.state, again.blocks[0].line) == (PROPOSED, 4)


# For all texts

WORDS = st.sampled_from([b"a", b"b", b"c", b"", b"\tx = 1;", b"\tx = 2;", b"}"])
TEXTS = st.lists(WORDS, max_size=12).map(b"\n".join)


@settings(max_examples=300)
@given(base=TEXTS, ours=TEXTS, theirs=TEXTS, side=st.sampled_from(["ours", "theirs"]))
def test_taking_one_side_everywhere_gives_the_text_with_that_side(
    base: bytes, ours: bytes, theirs: bytes, side: str
) -> None:
    pieces = pieces_of(triple(base, ours, theirs), ask=False)
    expected = b"\n".join(
        line for piece in pieces for line in (getattr(piece, side) if isinstance(piece, Block) else piece)
    )
    text, blocks = render(pieces, LABELS, None, unknown)
    assert choose(text, side) == expected
    whole = refine(base, ours, theirs)
    assert len(blocks) == len(whole.left)
    assert blocks or text == whole.content
    for block in blocks:
        lines = text.split(b"\n")[block.line - 1 : block.line - 1 + block.lines]
        assert (lines[0], lines[-1]) == (LABELS.lines()[0], LABELS.lines()[3])


@settings(max_examples=100)
@given(ours=TEXTS, theirs=TEXTS)
def test_a_question_about_a_clean_merge_is_answered_by_either_file(ours: bytes, theirs: bytes) -> None:
    for file, ask in ((triple(None, ours, theirs), False), (triple(b"", ours, theirs, merged=ours), True)):
        text, blocks = render(pieces_of(file, ask=ask), LABELS, None, unknown)
        assert (choose(text, "ours"), choose(text, "theirs")) == (ours, theirs)
        assert bool(blocks) == (ours != theirs)


@settings(max_examples=300)
@given(base=TEXTS, ours=TEXTS, theirs=TEXTS, data=st.data())
@example(base=b"", ours=b"a", theirs=b"b", data=None)
def test_what_was_remembered_gives_the_same_bytes_again(
    base: bytes, ours: bytes, theirs: bytes, data: st.DataObject | None
) -> None:
    pieces = pieces_of(triple(base, ours, theirs), ask=False)
    text, blocks = render(pieces, LABELS, None, unknown)
    chosen = [data.draw(st.lists(WORDS, max_size=3)) if data else [b"c"] for _block in blocks]
    by_block = iter(chosen)
    edited = b"\n".join(line for piece in pieces for line in (next(by_block) if isinstance(piece, Block) else piece))
    became = resolved_blocks(text, blocks, edited)
    assert len(became) == len(blocks)
    if any(isinstance(piece, Block) for piece in pieces) and edited and len(blocks) == 1:
        assert became == [tuple(chosen[0])]
    if None in became:
        return  # nobody can tell, and nothing is remembered
    made = [resolution(b.key, *lines) for b, lines in zip(blocks, became, strict=True) if lines is not None]
    known = {one.key: one for one in unambiguous(made)}
    if len(known) == len({block.key for block in blocks}):
        again, filled = render(pieces, LABELS, None, known.get)
        assert again == edited
        assert all(block.proposal for block in filled)


# Reading again


def edited(change: Callable[[bytes], bytes]) -> list[tuple[bytes, ...] | None]:
    """What the block of the first example became in a file that is edited like this."""
    file, content = laid(triple(BASE, OURS, THEIRS))
    return resolved_blocks(content or b"", file.blocks, change(content or b""))


def test_a_block_is_found_again_whatever_else_was_changed() -> None:
    assert edited(lambda text: choose(text, "ours")) == [(b"\t$wait = 60;",)]
    assert edited(lambda text: choose(text, "ours").replace(b"\t$wait = 60;\n", b"")) == [()]
    assert edited(lambda text: b"\n".join([choose(text, "theirs"), b"// more", b"// lines"])) == [
        (b"\t$wait = max_wait();",)
    ]
    assert edited(lambda text: choose(text, "ours").replace(b"mail( $wait )", b"mail()")) == [None]
    assert edited(lambda _text: b"") == [None]


def test_markers_that_are_left_are_found_whole_or_half() -> None:
    _file, content = laid(triple(BASE, OURS, THEIRS))
    file = triple(BASE, OURS, THEIRS)
    assert markers_left(content or b"", file) == [3, 5, 7, 9]
    for number in (3, 5, 7, 9):
        lines = OURS.split(b"\n")
        lines.insert(2, (content or b"").split(b"\n")[number - 1])
        assert markers_left(b"\n".join(lines), file) == [3]
        lines[2] = b"\t" + lines[2] + b"\r"
        assert markers_left(b"\n".join(lines), file) == [3]
    joined = OURS.replace(b"60;", b"60; >>>>>>> patch pw-aaaaaaaaaa")
    assert markers_left(joined, file) == [3]


def test_what_looks_like_a_marker_and_was_there_is_none() -> None:
    readme = b"Changes\n=======\nSome\n"
    ours, theirs = readme + b"More\n=======\n", b"New\n" + readme
    merged = b"New\n" + ours
    file = triple(readme, ours, theirs, path="readme.txt")
    assert markers_left(merged, file) == []
    assert markers_left(merged + b"=======\n", file) == [3, 6, 7]
    assert markers_left(b"$a <=> $b;\n<<<EOT\n// =======\n========\n<<<<<<<<\n", None) == []
    assert markers_left(b"<<<<<<<\n", None) == [1]


# What may get lost


def lost(files: list[FileTriple], result: Mapping[str, bytes | None]) -> list[tuple[str, str]]:
    """What a result lacks; files that are not named are as in the release."""
    there = {file.name: file.theirs for file in files}
    return [(one.path, one.text) for one in lost_lines(files, {p: (there.get(p), c) for p, c in result.items()})]


def test_a_result_with_all_of_the_patch_has_lost_nothing() -> None:
    file = triple(BASE, OURS, THEIRS)
    assert lost([file], {"a.php": OURS}) == []
    assert lost([file], {"a.php": THEIRS.replace(b"max_wait();", b"max_wait();\n$wait = 60;")}) == []


def test_a_line_that_the_result_lacks_is_named() -> None:
    file = triple(BASE, OURS, THEIRS)
    expected = [("a.php", "the patch adds '$wait = 60;', and the result lacks it")]
    assert lost([file], {"a.php": THEIRS}) == expected
    assert lost([file], {}) == expected
    assert lost([file], {"a.php": None}) == [
        ("a.php", "the release and the patch have this file, and the result lacks it")
    ]


@pytest.mark.parametrize("way_out", ["return;", "exit;", "die();", "wp_die();", "break;", "continue;", "throw $e;"])
def test_a_guard_that_guards_nothing_any_more_is_named(way_out: str) -> None:
    base = b"<?php\n$x = tidy_get( $v );\n"
    guard = b"<?php\nif ( ! tidy_allowed( $v ) ) {\n\t" + way_out.encode() + b"\n}\n$x = tidy_get( $v );\n"
    theirs = base.replace(b"tidy_get( $v )", b"tidy_fetch_all( $v, null, 7 )")
    file = triple(base, guard, theirs)
    merged = guard.replace(b"\t" + way_out.encode() + b"\n", b"")
    assert lost([file], {"a.php": merged}) == [("a.php", f"the patch adds '{way_out}', and the result lacks it")]
    assert lost([file], {"a.php": guard}) == []


def test_a_line_that_went_to_another_file_is_there() -> None:
    file = triple(BASE, OURS, THEIRS)
    assert lost([file], {"a.php": THEIRS, "b.php": b"<?php\n$wait = 60;\n"}) == []
    gone = triple(BASE, OURS, None)
    assert lost([gone], {"new/a.php": b"<?php\n$wait = 60;\n"}) == []
    assert lost([gone], {"new/a.php": b"<?php\n"}) == [
        ("a.php", "the patch adds '$wait = 60;', and the result lacks it")
    ]


def test_a_line_that_was_there_before_is_not_the_patchs() -> None:
    line = b"do_the_work_again();\n"
    base = b"<?php\n" + line + b"one();\n"
    ours = base + line
    assert lost([triple(base, ours, base + b"two();\n")], {"a.php": base + b"three();\n"}) == [
        ("a.php", "the patch adds 'do_the_work_again();', and the result lacks it")
    ]


def test_a_line_that_is_still_there_is_named() -> None:
    base = b"<?php\nunsafe_query( $id );\nsafe_query( $id );\n"
    ours = base.replace(b"unsafe_query( $id );\n", b"")
    theirs = base.replace(b"safe_query( $id );", b"safe_query( $id, 1 );")
    file = triple(base, ours, theirs)
    assert lost([file], {"a.php": b"<?php\nsafe_query( $id, 1 );\n"}) == []
    kept = b"<?php\nunsafe_query( $id );\n// x\n"
    assert lost([file], {"a.php": kept}) == [
        ("a.php", "the patch takes out 'unsafe_query( $id );', and the result has it")
    ]


def test_a_patch_without_telling_lines_is_asked_for_all_but_punctuation() -> None:
    base, ours, theirs = (b"<?php\n$a = %d;\n}\n" % n for n in (1, 2, 3))
    assert lost([triple(base, ours, theirs)], {"a.php": theirs}) == [
        ("a.php", "the patch adds '$a = 2;', and the result lacks it")
    ]


def test_whole_files_get_lost_too() -> None:
    deletes = triple(BASE, None, THEIRS)
    assert lost([deletes], {"a.php": None}) == []
    assert lost([deletes], {}) == [("a.php", "the patch deletes this file, and the result has it")]
    picture = triple(b"\0a", b"\0b", b"\0c")
    assert lost([picture], {"a.php": b"\0b"}) == lost([picture], {"a.php": b"\0d"}) == []
    assert lost([picture], {"a.php": b"\0c"}) == [
        ("a.php", "the patch changes this file, which is no text, and the result has it as the release does")
    ]


def test_comments_are_asked_for_where_they_are_all_of_the_patch() -> None:
    base, ours, theirs = (b"<?php\n// %s\nwork();\n" % n for n in (b"One thing", b"Another thing", b"A third"))
    file = triple(base, ours, theirs)
    assert lost([file], {"a.php": ours}) == []
    assert lost([file], {"a.php": theirs})[0] == ("a.php", "the patch adds '// Another thing', and the result lacks it")
