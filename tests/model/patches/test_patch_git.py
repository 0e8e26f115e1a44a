"""Patches that real programs make of random texts give exactly the other text, and agree with ``git apply``."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from plugwatch.model.patches.apply import PatchDoesNotApply, apply_patch
from plugwatch.model.patches.patch import parse_patch, strip_for

# Lines that look like parts of a patch, and lines that repeat.
LINES = st.sampled_from(
    [
        *(b"", b"}", b"\tcall();", b"a", b"b", b"c", b"d", b" lead", b"cr\r", "Größe".encode(), b"\xff\xfe"),
        *(b"-- ", b"--", b"- x", b"+++ b/f", b"--- a/f", b"@@ -1 +1 @@", b"\\ No newline at end of file"),
    ]
)
NUMBERED = st.integers(0, 40).map(lambda n: b"line %d" % n)
modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def edited(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """A text after a few insertions, deletions and replacements."""
    result = list(lines)
    for _edit in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(result)))
        result[at : at + draw(st.integers(0, 2))] = draw(st.lists(LINES | NUMBERED, max_size=2))
    return result


@st.composite
def pairs(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Two texts that have something in common, in one of three styles of line ends."""
    old = draw(st.lists(LINES | NUMBERED, max_size=30))
    new = draw(edited(old))
    end = draw(st.sampled_from([b"\n", b"\r\n"]))
    last = draw(st.tuples(*[st.sampled_from([b"", end])] * 2))
    first, second = end.join(old) + last[0], end.join(new) + last[1]
    assume(first != second)
    return first, second


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(args, cwd=folder, capture_output=True, check=False)


def patched(data: bytes, path: str, strip: int, content: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    def read(wanted: str) -> tuple[str, bytes] | None:
        return ("100644", content) if wanted == path else None

    applied = apply_patch(parse_patch(data, "made.patch"), strip, read)
    assert [change.path for change in applied.files] == [path]
    return applied.files[0].content, applied.notes


def write_pair(folder: Path, old: bytes, new: bytes) -> None:
    for name, content in (("old", old), ("new", new)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "f").write_bytes(content)


@given(pairs(), st.sampled_from([1, 3, 10]))
@modest
def test_what_git_diff_makes_applies_to_the_other_text(tmp_path: Path, pair: tuple[bytes, bytes], context: int) -> None:
    write_pair(tmp_path, *pair)
    made = run(tmp_path, "git", "diff", "--no-index", "--text", f"-U{context}", "old/f", "new/f").stdout
    assert patched(made, "f", 2, pair[0]) == (pair[1], ())


@given(pairs())
@example((b"}\n}\n}\n", b"}\n\n}\n"))  # the same line stands at the end of the file, where a hunk without context ends
@modest
def test_without_context_the_result_is_the_other_text_or_none(tmp_path: Path, pair: tuple[bytes, bytes]) -> None:
    write_pair(tmp_path, *pair)
    made = run(tmp_path, "git", "diff", "--no-index", "--text", "-U0", "old/f", "new/f").stdout
    try:
        result = patched(made, "f", 2, pair[0])
    except PatchDoesNotApply:
        return
    assert result == (pair[1], ())


@given(pairs())
@modest
def test_what_diff_makes_applies_to_the_other_text(tmp_path: Path, pair: tuple[bytes, bytes]) -> None:
    write_pair(tmp_path, *pair)
    made = run(tmp_path, "diff", "-u", "--text", "old/f", "new/f").stdout
    assert patched(made, "f", 1, pair[0]) == (pair[1], ())


@given(pairs(), st.data())
@modest
def test_on_another_release_the_result_is_that_of_git_apply_or_none(
    tmp_path: Path, pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    write_pair(tmp_path, *pair)
    made = run(tmp_path, "git", "diff", "--no-index", "--text", "old/f", "new/f").stdout
    made = made.replace(b"a/old/f", b"a/f").replace(b"b/new/f", b"b/f")
    lines = pair[0].split(b"\n")
    release = b"\n".join(data.draw(edited(lines)))
    try:
        ours, notes = patched(made, "f", 1, release)
    except PatchDoesNotApply:
        return
    (tmp_path / "f").write_bytes(release)
    (tmp_path / "fix.patch").write_bytes(made)
    theirs = run(tmp_path, "git", "apply", "--whitespace=nowarn", "fix.patch")
    assert theirs.returncode == 0, theirs.stderr
    assert (tmp_path / "f").read_bytes() == ours, notes


def test_folders_compared_with_every_program_lead_to_the_same_files(tmp_path: Path) -> None:
    old = {"shop.php": b"<?php\n// 1\n", "inc/a b.php": b"one\ntwo\n", "inc/gone.php": b"bye\n", "café.php": b"x\r\n"}
    new = {"shop.php": b"<?php\n// 2\n", "inc/a b.php": b"one\n2", "inc/new.php": b"hello\n", "café.php": b"y\r\n"}
    for name, files in (("old", old), ("new", new)):
        for path, content in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_bytes(content)
    for command in (["git", "diff", "--no-index", "--no-renames"], ["git", "diff", "--no-index"], ["diff", "-ruN"]):
        made = run(tmp_path, *command, "old", "new").stdout
        patch = parse_patch(made, "made.patch")
        strip = strip_for(patch, old)
        applied = apply_patch(patch, strip, lambda path: ("100644", old[path]) if path in old else None)
        result: dict[str, bytes | None] = dict(old) | {change.path: change.content for change in applied.files}
        assert {path: content for path, content in result.items() if content is not None} == new
