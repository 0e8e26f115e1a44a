"""A patch applies exactly or not at all, and the refusal says what a person has to know."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from plugwatch.model.patches.apply import Applied, FileChange, PatchDoesNotApply, apply_patch
from plugwatch.model.patches.patch import parse_patch

FUNCTION = """function {0}( $id ) {{
→$post = get_post( $id );
→if ( ! $post ) {{
→→return;
→}}
→delete_note( $post );
}}

""".replace("→", "\t")
FILE = "<?php\n\n" + "".join(map(FUNCTION.format, ("add_note", "edit_note", "drop_note")))
# Changes line 13; the same lines stand in all three functions.
FIX = """--- a/notes.php
+++ b/notes.php
@@ -10,7 +10,7 @@

 function edit_note( $id ) {
 →$post = get_post( $id );
-→if ( ! $post ) {
+→if ( ! $post || locked() ) {
 →→return;
 →}
 →delete_note( $post );
""".replace("→", "\t")
TWIN = """--- a/notes.php
+++ b/notes.php
@@ -12,4 +12,4 @@
 →$post = get_post( $id );
-→if ( ! $post ) {
+→if ( ! $post || locked() ) {
 →→return;
 →}
""".replace("→", "\t")


def apply(patch: str | bytes, files: Mapping[str, str | bytes], strip: int = 1) -> Applied:
    raw = {path: text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    data = patch if isinstance(patch, bytes) else patch.encode()

    def read(path: str) -> tuple[str, bytes] | None:
        return ("100755", raw[path]) if path in raw else None

    return apply_patch(parse_patch(data, "fix.patch"), strip, read)


def refusal(patch: str | bytes, files: Mapping[str, str | bytes]) -> PatchDoesNotApply:
    with pytest.raises(PatchDoesNotApply) as caught:
        apply(patch, files)
    return caught.value


def test_the_stated_place_keeps_the_mode_and_needs_no_note() -> None:
    fixed = FILE.replace("if ( ! $post ) {", "if ( ! $post || locked() ) {", 2).replace(" || locked()", "", 1)
    assert apply(FIX, {"notes.php": FILE}) == Applied((FileChange("notes.php", "100755", fixed.encode()),), ())


def test_a_single_other_place_is_taken_with_a_note() -> None:
    applied = apply(FIX, {"notes.php": FILE.replace("<?php\n", "<?php\n// One.\n// Two.\n")})
    assert applied.notes == ("notes.php: the hunk at line 10 was moved by +2 lines, to line 12",)
    assert b"edit_note( $id ) {\n\t$post = get_post( $id );\n\tif ( ! $post || locked() )" in (
        applied.files[0].content or b""
    )


def test_later_hunks_follow_a_moved_one_without_a_note_of_their_own() -> None:
    second = "@@ -27,3 +27,3 @@\n }\n-last\n+LAST\n end\n"
    text = FILE + "}\nlast\nend\nmore\n"
    assert text.splitlines()[26:29] == ["}", "last", "end"]
    applied = apply(FIX + second, {"notes.php": "// Top.\n" + text})
    assert len(applied.notes) == 1
    assert b"}\nLAST\nend\n" in (applied.files[0].content or b"")


def test_several_other_places_are_listed_and_none_is_chosen() -> None:
    error = refusal(TWIN, {"notes.php": "// Top.\n" + FILE})
    assert (error.reason, error.path, error.hunk) == ("several", "notes.php", 12)
    assert "lines 5, 13, 21" in str(error)


def test_a_twin_does_not_take_the_fix_that_is_in_already() -> None:
    fixed = FILE.replace("if ( ! $post ) {", "if ( ! $post || locked() ) {", 2)
    error = refusal(TWIN, {"notes.php": fixed})
    assert error.reason == "present"
    assert "this release already contains the change" in str(error)


def test_the_first_difference_is_quoted() -> None:
    error = refusal(FIX, {"notes.php": FILE.replace("get_post( $id )", "get_note( $id )")})
    assert error.reason == "context"
    assert "line 12" in str(error)
    assert "expected '$post = get_post( $id );', found '$post = get_note( $id );'" in str(error)


def test_a_file_that_ends_early_is_told() -> None:
    error = refusal(FIX, {"notes.php": "".join(FILE.splitlines(keepends=True)[:12])})
    assert "expected 'if ( ! $post ) {' in line 13, found the end of the file" in str(error)


@pytest.mark.parametrize(
    ("release", "patch", "words"),
    [
        (FILE.replace("\n", "\r\n"), FIX, "the patch has LF, the release has CRLF"),
        (FILE, FIX.replace("\n", "\r\n"), "the patch has CRLF, the release has LF"),
    ],
)
def test_other_line_ends_are_named_as_the_cause(release: str, patch: str, words: str) -> None:
    error = refusal(patch, {"notes.php": release})
    assert error.reason == "line-ends"
    assert words in str(error)


def test_a_missing_last_line_end_is_named_as_the_cause() -> None:
    error = refusal("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", {"x": "a\nb"})
    assert error.reason == "line-ends"
    assert "missing at the end of the file" in str(error)


def test_white_space_changed_by_a_mailer_is_named_as_the_cause() -> None:
    error = refusal(FIX.replace("\t", "    "), {"notes.php": FILE})
    assert error.reason == "white-space"


def test_hunks_keep_their_order() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n@@ -6,3 +6,3 @@\n f\n-g\n+G\n h\n"
    assert apply(patch, {"x": "a\nb\nc\nd\ne\nf\ng\nh\ni\n"}).files[0].content == b"a\nb\nC\nd\ne\nf\nG\nh\ni\n"
    error = refusal(patch, {"x": "f\ng\nh\na\nb\nc\nd\ne\ni\n"})
    assert (error.reason, error.hunk) == ("order", 6)
    assert "only at line 1" in str(error)


@pytest.mark.parametrize(
    ("hunk", "fits", "misfit"),
    [
        ("@@ -1,3 +1,4 @@\n+new\n a\n b\n c\n", "a\nb\nc\nd\n", "top\na\nb\nc\nd\n"),
        ("@@ -1,4 +1,5 @@\n a\n b\n c\n+new\n d\n", "a\nb\nc\nd\n", "top\na\nb\nc\nd\n"),
        ("@@ -3,2 +3,3 @@\n c\n d\n+new\n", "a\nb\nc\nd\n", "a\nb\nc\nd\ne\n"),
        ("@@ -1,2 +1,3 @@\n a\n b\n+new\n", "a\nb\n", "a\nb\nc\n"),
    ],
)
def test_hunks_at_the_beginning_and_end_stay_there(hunk: str, fits: str, misfit: str) -> None:
    patch = "--- a/x\n+++ b/x\n" + hunk
    assert b"new\n" in (apply(patch, {"x": fits}).files[0].content or b"")
    assert refusal(patch, {"x": misfit}).reason == "order"


def test_a_hunk_at_the_end_follows_the_end() -> None:
    applied = apply("--- a/x\n+++ b/x\n@@ -3,2 +3,3 @@\n c\n d\n+new\n", {"x": "top\na\nb\nc\nd\nc\nd\n"})
    assert applied.files[0].content == b"top\na\nb\nc\nd\nc\nd\nnew\n"
    assert applied.notes == ("x: the hunk at line 3 was moved by +3 lines, to line 6",)


def test_a_hunk_without_context_is_refused() -> None:
    error = refusal("--- a/x\n+++ b/x\n@@ -2,0 +3 @@\n+new\n", {"x": "a\nb\nc\n"})
    assert "no context lines" in str(error)


GIT_KINDS = """diff --git a/old.php b/lib/new.php
similarity index 50%
rename from old.php
rename to lib/new.php
--- a/old.php
+++ b/lib/new.php
@@ -1,2 +1,2 @@
 <?php
-a();
+b();
diff --git a/copy.php b/copied.php
similarity index 100%
copy from copy.php
copy to copied.php
diff --git a/gone.php b/gone.php
deleted file mode 100644
--- a/gone.php
+++ /dev/null
@@ -1 +0,0 @@
-bye();
diff --git a/tool.sh b/tool.sh
new file mode 100755
--- /dev/null
+++ b/tool.sh
@@ -0,0 +1 @@
+run
diff --git a/mode.php b/mode.php
old mode 100755
new mode 100644
"""
KIND_FILES = {"old.php": "<?php\na();\n", "copy.php": "c\n", "gone.php": "bye();\n", "mode.php": "m\n"}


def test_all_kinds_of_changes() -> None:
    assert apply(GIT_KINDS, KIND_FILES).files == (
        FileChange("old.php", "100755", None),
        FileChange("lib/new.php", "100755", b"<?php\nb();\n", "old.php"),
        FileChange("copied.php", "100755", b"c\n"),
        FileChange("gone.php", "100755", None),
        FileChange("tool.sh", "100755", b"run\n"),
        FileChange("mode.php", "100644", b"m\n"),
    )


@pytest.mark.parametrize(
    ("path", "content", "reason", "words"),
    [
        ("old.php", None, "missing", "no such file"),
        ("lib/new.php", "x\n", "exists", "'old.php' cannot take this name"),
        ("copied.php", "x\n", "exists", "'copy.php' cannot take this name"),
        ("gone.php", "bye();\nmore();\n", "context", "other content in this release; it goes on after line 1"),
        ("gone.php", "other();\n", "context", "found 'other();'"),
        ("tool.sh", "run\n", "present", "already contains the file"),
        ("tool.sh", "walk\n", "exists", "other content"),
    ],
)
def test_what_stands_in_the_way_is_named(path: str, content: str | None, reason: str, words: str) -> None:
    files = {k: v for k, v in (KIND_FILES | {path: content}).items() if v is not None}
    error = refusal(GIT_KINDS, files)
    assert (error.path, error.reason) == (path, reason)
    assert words in str(error)


def test_a_deletion_that_shows_no_content_deletes_an_empty_file_only() -> None:
    patch = "diff --git a/x b/x\ndeleted file mode 100644\nindex 1..0\n"
    assert apply(patch, {"x": ""}).files == (FileChange("x", "100755", None),)
    assert refusal(patch, {"x": "full\n"}).reason == "context"


def test_a_plain_diff_fills_an_empty_file() -> None:
    assert apply("--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+one\n", {"x": ""}).files[0].content == b"one\n"


def test_changes_of_one_file_build_on_each_other() -> None:
    step = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-{0}\n+{1}\n c\n"
    both = step.format("b", "B") + "-- \n2.39.5\n" + step.format("B", "BB")
    assert apply(both, {"x": "a\nb\nc\n"}).files == (FileChange("x", "100755", b"a\nBB\nc\n"),)
    new = "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,3 @@\n+a\n+b\n+c\n"
    assert apply(new + step.replace("x", "n").format("b", "B"), {}).files == (FileChange("n", "100644", b"a\nB\nc\n"),)
    undone = step.format("b", "B") + step.format("B", "b")
    assert refusal(undone, {"x": "a\nb\nc\n"}).reason == "present"


def test_a_copy_of_a_file_that_the_patch_changes_is_refused() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\ndiff --git a/x b/y\ncopy from x\ncopy to y\n"
    assert refusal(patch, {"x": "a\n"}).reason == "order"


def test_the_file_that_is_there_is_patched_whatever_the_copies_are_called() -> None:
    for old, new in (("x.php.orig", "x.php"), ("x.php", "x.php.new")):
        applied = apply(f"--- a/{old}\n+++ b/{new}\n@@ -1 +1 @@\n-a\n+b\n", {"x.php": "a\n"})
        assert applied.files == (FileChange("x.php", "100755", b"b\n"),)


def test_control_characters_do_not_reach_the_sentence() -> None:
    error = refusal(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", {"x": b"\x1b[31m" + b"y" * 200 + b"\n"})
    assert "\x1b" not in str(error)
    assert "y…'" in str(error)
    assert "y" * 90 not in str(error)
