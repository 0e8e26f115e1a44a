"""What makes an issue or a pull request look like a fix of ours."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.vendors.known_fix import (
    FileChange,
    Wanted,
    compare_changes,
    compare_titles,
    read_changes,
    read_hunks,
)

DIFF = """diff --git a/inc/rest.php b/inc/rest.php
--- a/inc/rest.php
+++ b/inc/rest.php
@@ -4,2 +4,2 @@ class Rest {
-\t\t$wait = wait_time( 10 );
+\t\t$wait = wait_time( 60 );
 \t}
diff --git a/inc/gone.php b/inc/gone.php
deleted file mode 100644
--- a/inc/gone.php
+++ /dev/null
@@ -1,2 +0,0 @@
-<?php
---- a comment of SQL
diff --git a/old name.php b/new name.php
--- a/old name.php\t
+++ b/new name.php\t
@@ -1 +1 @@
-<?php // one
+<?php // two
"""


def change(path: str, removed: tuple[str, ...] = (), added: tuple[str, ...] = ()) -> FileChange:
    return FileChange(path, frozenset(removed), frozenset(added))


def test_a_diff_is_read_file_by_file() -> None:
    one, gone, spaced = read_changes(DIFF)
    assert one == change("inc/rest.php", ("$wait = wait_time( 10 );",), ("$wait = wait_time( 60 );",))
    assert gone.path == "inc/gone.php"
    assert "--- a comment of SQL" in gone.removed
    assert (spaced.path, spaced.added) == ("new name.php", {"<?php // two"})


def test_hunks_of_the_api_say_the_same() -> None:
    hunks = "@@ -4,2 +4,2 @@ class Rest {\n-\t\t$wait = wait_time( 10 );\n+\t\t$wait = wait_time( 60 );\n \t}"
    assert read_hunks("inc/rest.php", hunks) == read_changes(DIFF)[0]


def test_paths_of_a_package_lie_anywhere_in_a_repository() -> None:
    ours = change("inc/rest.php")
    assert all(ours.is_at(path) for path in ("inc/rest.php", "plugins/forms/inc/rest.php"))
    assert change("trunk/inc/rest.php").is_at("inc/rest.php")
    assert not any(ours.is_at(path) for path in ("rest.php2", "xinc/rest.php", "inc/rest.php/x"))


def test_same_lines_count_more_than_the_same_file() -> None:
    ours = Wanted("x", (change("a.php", ("alpha();",), ("beta();",)),))
    same, _ = compare_changes(ours, [change("src/a.php", ("alpha();",), ("beta();",))])
    file, reasons = compare_changes(ours, [change("src/a.php", ("gamma();",))])
    none, _ = compare_changes(ours, [change("b.php", ("alpha();",), ("beta();",))])
    assert same > file > none == 0
    assert reasons == ("changes src/a.php too",)


def test_words_that_everybody_uses_tell_nothing() -> None:
    ours = Wanted("Fix fatal error in Tidy Forms when checkout is empty", component="Tidy Forms")
    assert ours.words == ("checkout", "empty")
    assert compare_titles(ours, "Fatal error in forms")[0] == 0
    points, reasons = compare_titles(ours, "Empty Checkout!")
    assert (points, reasons) == (40, ("its title has 'checkout', 'empty'",))


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60)
def test_no_text_is_too_odd(title: str, diff: str) -> None:
    wanted = Wanted(title, read_changes(diff) + read_changes(f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n{diff}"))
    points, _ = compare_titles(wanted, title)
    more, _ = compare_changes(wanted, wanted.changes)
    assert 0 <= points <= 40
    assert 0 <= more <= 80
    assert len(wanted.words) <= 4
