"""What holds for every verdict, on random texts that real git merges."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from plugwatch.model.verdicts.align import align, changes
from plugwatch.model.verdicts.lines import counted_lines, is_distinctive
from plugwatch.model.verdicts.verdict import VERDICTS, FileTriple, Judgement, judge

modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Few lines, so that the same ones stand in many places; some tell much, some nothing.
CODE = st.sampled_from(
    [
        *(b"\t$post = get_post( $id );", b"\tsave_post( $post );", b"\tcheck_nonce( 'a' );", b"\tcheck_nonce( 'b' );"),
        *(b"function one() {", b"function two() {", b"\tif ( ! $post ) {", b"}", b"", b"\t// A remark.", b"\treturn;"),
    ]
)
TEXT = st.lists(CODE, max_size=14)
# Lines that no other part of a text has.
PLAIN = st.lists(st.integers(0, 10**6).map(lambda n: b"\tplain_%d();" % n), min_size=6, max_size=10, unique=True)
FRESH = st.lists(st.integers(0, 10**6).map(lambda n: b"\tfresh_%d();" % n), min_size=1, max_size=4, unique=True)


def text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def judged(folder: Path, base: bytes, ours: bytes, theirs: bytes) -> tuple[Judgement, bytes | None]:
    for name, content in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_bytes(content)
    command = ["git", "merge-file", "-p", "-q", "theirs", "base", "ours"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    merged = None if done.returncode else done.stdout
    triple = FileTriple("a.php", "a.php", base, ours, theirs, merged, bool(done.returncode), base)
    return judge([triple]), merged


@given(TEXT, TEXT, TEXT)
@modest
def test_a_dropped_patch_lacks_nothing_and_every_answer_is_fit_to_show(
    tmp_path: Path, base: list[bytes], ours: list[bytes], theirs: list[bytes]
) -> None:
    assume(base != ours)
    judgement, merged = judged(tmp_path, text(base), text(ours), text(theirs))
    assert judgement.verdict in VERDICTS
    assert judgement.drop == (judgement.verdict == "landed")
    assert judgement.evidence
    assert all(sentence.isprintable() and len(sentence) < 500 for sentence in judgement.evidence)
    if judgement.verdict == "carried":
        assert merged is not None or "a.php" in judgement.merged
    if judgement.drop:
        sides = [counted_lines(text(side), "a.php").texts for side in (base, ours, theirs)]
        missing = Counter(sides[1]) - Counter(sides[0]) - Counter(sides[2])
        assert not [line for line in missing if is_distinctive(line)]


@st.composite
def patched(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """A text of lines that are all different, and the text with a few of them replaced, added to or left out."""
    base = draw(PLAIN)
    start = draw(st.integers(0, len(base)))
    end = draw(st.integers(start, min(start + 2, len(base))))
    added = draw(FRESH) if start == end else draw(st.just([]) | FRESH)
    return base, base[:start] + added + base[end:]


@given(patched())
@modest
def test_the_same_release_again_carries_the_patch(tmp_path: Path, pair: tuple[list[bytes], list[bytes]]) -> None:
    assert judged(tmp_path, text(pair[0]), text(pair[1]), text(pair[0]))[0].verdict == "carried"


@given(TEXT, TEXT)
@modest
def test_a_release_that_is_the_patched_file_has_landed(tmp_path: Path, base: list[bytes], ours: list[bytes]) -> None:
    assume(base != ours)
    assert judged(tmp_path, text(base), text(ours), text(ours))[0].verdict == "landed"


@given(patched(), FRESH, st.booleans())
@modest
def test_edits_elsewhere_change_no_verdict(
    tmp_path: Path, pair: tuple[list[bytes], list[bytes]], fresh: list[bytes], above: bool
) -> None:
    base, ours = ([b"\tstart();", b"", *side, b"", b"\tfinish();"] for side in pair)
    elsewhere = [line.replace(b"fresh", b"other") for line in fresh]
    live, taken = ([*elsewhere, *side] if above else [*side, *elsewhere] for side in (base, ours))
    assert judged(tmp_path, text(base), text(ours), text(live))[0].verdict == "carried"
    assert judged(tmp_path, text(base), text(ours), text(taken))[0].verdict == "landed"


BODY = [b"$post = get_post( $id );", b"if ( ! $post ) {", b"return;", b"}", b"save_post( $post );", b"flush( $id );"]
FIX = [b"check_nonce( 'notes' );", b"log_note( $id, 'x' );"]
NOISE = st.sampled_from([b"other_call( $id );", b"// A remark.", b"", b"new_feature( $post );"])
Functions = list[tuple[bytes, list[bytes]]]


def render(functions: Functions) -> bytes:
    return b"\n".join(b"function %s( $id ) {\n%s}\n" % (name, text(body)) for name, body in functions)


@st.composite
def twins(draw: st.DrawFn) -> tuple[bytes, bool, Functions, Functions, Functions]:
    """Functions that are alike, a fix in one of them, and a release in which any of them may have got it."""
    names = [b"note_%d" % n for n in range(draw(st.integers(1, 3)))]
    name, at = draw(st.sampled_from(names)), draw(st.sampled_from([0, 1, 4, 5, 6]))
    replaces = draw(st.booleans()) and at in (0, 4, 5)
    fixed = BODY[:at] + FIX + BODY[at + replaces :]
    theirs: Functions = []
    for twin in names:
        body = list(draw(st.sampled_from([BODY, fixed])))
        for _edit in range(draw(st.integers(0, 2))):
            place = draw(st.integers(0, len(body)))
            body[place:place] = draw(st.lists(NOISE, max_size=2))
        theirs.append((twin, body))
    theirs = draw(st.permutations(theirs))
    base: Functions = [(twin, BODY) for twin in names]
    ours: Functions = [(twin, fixed if twin == name else BODY) for twin in names]
    return name, replaces, base, ours, theirs


@given(twins())
@modest
def test_a_fix_in_a_twin_is_never_taken_for_ours(
    tmp_path: Path, case: tuple[bytes, bool, Functions, Functions, Functions]
) -> None:
    name, _replaces, base, ours, theirs = case
    judgement, merged = judged(tmp_path, render(base), render(ours), render(theirs))
    there = all(line in dict(theirs)[name] for line in FIX)
    if judgement.drop:
        assert there
    if judgement.verdict == "carried":
        assert not there
        finer = next(iter(judgement.merged.values()), b"")
        assert (merged or finer).count(FIX[0]) == 1


@given(TEXT, TEXT)
@modest
def test_aligned_lines_are_equal_and_in_order_and_changes_rebuild_the_new_text(
    old: list[bytes], new: list[bytes]
) -> None:
    partner = align(old, new)
    pairs = [(at, to) for at, to in enumerate(partner) if to >= 0]
    assert all(old[at] == new[to] for at, to in pairs)
    assert [to for _at, to in pairs] == sorted({to for _at, to in pairs})
    rebuilt = list(old)
    for change in reversed(changes(old, new, partner)):
        rebuilt[change.old_start : change.old_end] = new[change.new_start : change.new_end]
    assert rebuilt == new
