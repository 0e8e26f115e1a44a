"""Somebody's diff cut to the places of another one."""

from __future__ import annotations

import difflib

from plugwatch.model.patches.diff_cut import CONTEXT, cut_to_places

LINES = [f"line {n}" for n in range(1, 201)]


def diff(old: list[str], new: list[str], name: str = "a.php") -> bytes:
    """As ``git diff`` writes it."""
    body = "".join(line + "\n" for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm=""))
    return f"diff --git a/{name} b/{name}\nindex 1..2 100644\n{body}".encode() if body else b""


def changed(*numbers: int, lines: list[str] | None = None) -> list[str]:
    """The lines, some of them changed."""
    return [f"{text} changed" if n in numbers else text for n, text in enumerate(lines or LINES, 1)]


def test_what_is_far_away_is_left_out_and_counted() -> None:
    cut = cut_to_places(diff(LINES, changed(50, 52, 180)), diff(LINES, changed(51)), b"")
    assert cut.text.startswith(b"diff --git a/a.php b/a.php\n")
    assert b"+line 50 changed\n" in cut.text
    assert b"180" not in cut.text
    assert cut.left_out == 2


def test_near_is_so_many_lines_around_a_hunk() -> None:
    reach = 3 + CONTEXT  # three lines of context are in the hunk
    for distance, hidden in ((reach, 0), (reach + 1, 2)):
        for place in (100 - distance, 100 + distance):
            assert cut_to_places(diff(LINES, changed(place)), diff(LINES, changed(100)), b"").left_out == hidden


def test_a_file_that_was_written_anew_is_shown_near_our_lines_only() -> None:
    cut = cut_to_places(diff(LINES, changed(*range(1, 201))), diff(LINES, changed(100)), b"")
    removed = [line for line in cut.text.split(b"\n") if line.startswith(b"-line")]
    assert removed[0] == b"-line %d" % (97 - CONTEXT)
    assert removed[-1] == b"-line %d" % (103 + CONTEXT)
    assert [line for line in cut.text.split(b"\n") if line.startswith(b"+line")] == [
        b"+%s changed" % line.removeprefix(b"-") for line in removed
    ]
    assert b"\n...\n" in cut.text
    assert cut.left_out == 400 - sum(line[:1] in (b"+", b"-") for line in cut.text.split(b"\n")[4:])


def test_lines_that_patches_below_have_added_are_not_counted() -> None:
    below = [*LINES[:10], *["added"] * 100, *LINES[10:]]
    ours = diff(below, changed(250, lines=below))
    cut = cut_to_places(diff(LINES, changed(150)), ours, diff(LINES, below))
    assert cut.left_out == 0
    assert cut_to_places(diff(LINES, changed(150)), ours, b"").left_out == 2


def test_a_file_that_we_do_not_touch_has_no_place_and_a_binary_one_stays() -> None:
    cut = cut_to_places(diff(LINES, changed(50), "other.php"), diff(LINES, changed(50)), b"")
    assert (cut.text, cut.left_out) == (b"", 2)
    binary = b"diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n"
    assert cut_to_places(binary, diff(LINES, changed(50)), b"").text == binary
    assert cut_to_places(b"", diff(LINES, changed(50)), b"").text == b""
