"""Patch files in every dress that people and programs give them are read alike; damaged ones are refused by line."""

from __future__ import annotations

import pytest

from plugwatch.errors import InputError
from plugwatch.model.patches.patch import FilePatch, PatchFile, parse_patch, strip_for

HUNK = b"""@@ -1,4 +1,5 @@ function send_mail() {
 <?php
-$to = 'a';
+$to = 'b';
+$cc = 'c';
 send( $to );
 done();
"""
GIT = (
    b"diff --git a/inc/mail.php b/inc/mail.php\nindex 111..222 100644\n--- a/inc/mail.php\n+++ b/inc/mail.php\n" + HUNK
)


def only(data: bytes) -> FilePatch:
    files = parse_patch(data, "fix.patch").files
    assert len(files) == 1
    return files[0]


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        parse_patch(data, "fix.patch")
    assert str(caught.value).startswith("fix.patch")
    return str(caught.value)


def test_a_git_diff() -> None:
    change = only(GIT)
    assert (change.kind, change.old_path, change.new_path) == ("modify", "a/inc/mail.php", "b/inc/mail.php")
    assert (change.old_mode, change.new_mode) == ("100644", None)
    hunk = change.hunks[0]
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (1, 4, 1, 5)
    assert hunk.section == "function send_mail() {"
    assert hunk.lines[:2] == ((b" ", b"<?php\n"), (b"-", b"$to = 'a';\n"))
    assert b"".join(hunk.new) == b"<?php\n$to = 'b';\n$cc = 'c';\nsend( $to );\ndone();\n"


@pytest.mark.parametrize(
    ("before", "names"),
    [
        (b"--- inc/mail.php\t2026-11-02 10:00:00.123456789 +0100\n+++ inc/mail.php\t2026-11-02 10:01:00 +0100\n", ""),
        (
            b"diff -ruN old/inc/mail.php new/inc/mail.php\n--- old/inc/mail.php\t2026\n+++ new/inc/mail.php\t2026\n",
            "ruN",
        ),
        (b"--- inc/mail.php 2026-11-02 10:00:00.1 +0100\n+++ inc/mail.php 2026-11-02 10:01:00.2 +0100\n", ""),
        (b"--- ./inc//mail.php\n+++ ./inc/mail.php\n", ""),
        (
            b"Index: inc/mail.php\n" + b"=" * 67 + b"\n--- inc/mail.php\t(revision 7)\n"
            b"+++ inc/mail.php\t(working copy)\n",
            "",
        ),
        (b"--- inc/mail.php (revision 7)\n+++ inc/mail.php (working copy)\n", ""),
    ],
)
def test_the_names_of_plain_and_svn_diffs(before: bytes, names: str) -> None:
    change = only(before + HUNK)
    expected = ("old/inc/mail.php", "new/inc/mail.php") if names else ("inc/mail.php", "inc/mail.php")
    assert (change.old_path, change.new_path) == expected
    assert change.kind == "modify"
    assert change.hunks == only(GIT).hunks


@pytest.mark.parametrize(
    ("data", "kind", "old", "new"),
    [
        (
            b"diff --git a/n.php b/n.php\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/n.php\n",
            "add",
            None,
            "b/n.php",
        ),
        (b"--- old/n.php\t1970-01-01 01:00:00.000000000 +0100\n+++ new/n.php\t2026-01-02\n", "add", None, "new/n.php"),
        (b"--- n.php\t(nonexistent)\n+++ n.php\t(working copy)\n", "add", None, "n.php"),
        (b"--- n.php\t(revision 0)\n+++ n.php\t(revision 0)\n", "add", None, "n.php"),
    ],
)
def test_an_added_file(data: bytes, kind: str, old: str | None, new: str | None) -> None:
    change = only(data + b"@@ -0,0 +1,2 @@\n+one\n+two\n")
    assert (change.kind, change.old_path, change.new_path) == (kind, old, new)
    assert change.hunks[0].new == (b"one\n", b"two\n")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"diff --git a/n.php b/n.php\ndeleted file mode 100644\nindex 1..0\n--- a/n.php\n+++ /dev/null\n", "delete"),
        (b"--- a/n.php\t2026-01-02\n+++ b/n.php\t1970-01-01 00:00:00.000000000 +0000\n", "delete"),
        (b"--- a/n.php\t2026-01-02\n+++ b/n.php\tThu Jan  1 01:00:00 1970\n", "delete"),
        (b"--- a/n.php\t(revision 3)\n+++ b/n.php\t(nonexistent)\n", "delete"),
        (b"--- a/n.php\t2026-01-02\n+++ b/n.php\t2026-01-03 10:00:00 +0000\n", "modify"),
    ],
)
def test_a_deleted_file_and_an_emptied_one(data: bytes, kind: str) -> None:
    change = only(data + b"@@ -1,2 +0,0 @@\n-one\n-two\n")
    assert change.kind == kind
    assert (change.new_path is None) == (kind == "delete")


def test_renames_copies_modes_and_empty_files_have_no_hunks() -> None:
    data = (
        b"diff --git a/inc/old name.php b/lib/new name.php\nsimilarity index 100%\n"
        b"rename from inc/old name.php\nrename to lib/new name.php\n"
        b"diff --git a/x.php b/y.php\nsimilarity index 100%\ncopy from x.php\ncopy to y.php\n"
        b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
        b"diff --git a/empty.txt b/empty.txt\nnew file mode 100664\nindex 0000000..e69de29\n"
        b"diff --git empty.php empty.php\ndeleted file mode 100644\nindex e69de29..0000000\n"
    )
    files = parse_patch(data, "fix.patch").files
    assert [(f.kind, f.old_path, f.new_path, f.old_mode, f.new_mode, f.hunks) for f in files] == [
        ("rename", "a/inc/old name.php", "b/lib/new name.php", None, None, ()),
        ("copy", "a/x.php", "b/y.php", None, None, ()),
        ("modify", "a/run.sh", "b/run.sh", "100644", "100755", ()),
        ("add", None, "b/empty.txt", None, "100644", ()),
        ("delete", "empty.php", None, "100644", None, ()),
    ]


def test_quoted_names_are_unquoted() -> None:
    data = rb"""diff --git "a/caf\303\251 \"x\".php" "b/caf\303\251 \"x\".php"
index 1..2 100644
--- "a/caf\303\251 \"x\".php"
+++ "b/caf\303\251 \"x\".php"
@@ -1 +1 @@
-a
+b
diff --git "a/\303\274.php" b/plain.php
similarity index 100%
rename from "\303\274.php"
rename to plain.php
"""
    first, second = parse_patch(data, "fix.patch").files
    assert first.new_path == 'b/café "x".php'
    assert (second.old_path, second.new_path) == ("a/ü.php", "b/plain.php")


def test_names_that_are_no_utf8_keep_their_bytes() -> None:
    change = only(b"--- caf\xe9.php\n+++ caf\xe9.php\n@@ -1 +1 @@\n-a\n+b\n")
    assert change.new_path is not None
    assert change.new_path.encode("utf-8", "surrogateescape") == b"caf\xe9.php"


def test_a_mail_is_read_without_its_text_and_signature() -> None:
    mail = (
        b"From 1234 Mon Sep 17 00:00:00 2001\nFrom: Ann <ann@agency.example>\nSubject: [PATCH 1/2] Fix\n\n"
        b"Text\n- with a list\n+ and more\n---\n inc/mail.php | 3 ++-\n 1 file changed\n\n"
        + GIT
        + b"-- \n2.39.5\n\n"
        + b"From 5678 Mon Sep 17 00:00:00 2001\nSubject: [PATCH 2/2] More\n\n---\n\n"
        + GIT
        + b"--\n2.39.5\n"
    )
    files = parse_patch(mail, "fix.patch").files
    assert files == parse_patch(GIT, "fix.patch").files * 2


def test_counts_decide_what_belongs_to_a_hunk() -> None:
    data = b"--- q.sql\n+++ q.sql\n@@ -1,3 +1,3 @@\n select;\n--- old comment\n+++ new comment\n done;\n"
    assert only(data).hunks[0].lines[1:3] == ((b"-", b"-- old comment\n"), (b"+", b"++ new comment\n"))


def test_line_ends_of_the_content_are_kept() -> None:
    data = (
        b"--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+b\r\n\\ No newline at end of file\n"
    )
    assert only(data).hunks[0].lines == ((b" ", b"a\r\n"), (b"-", b"b"), (b"+", b"b\r"))


def test_a_patch_file_with_crlf_throughout_is_read() -> None:
    change = only(GIT.replace(b"\n", b"\r\n"))
    assert change.new_path == "b/inc/mail.php"
    assert change.hunks[0].old[0] == b"<?php\r\n"


def test_stripped_context_lines_are_blank_lines() -> None:
    change = only(b"--- x\n+++ x\n@@ -1,3 +1,3 @@\n\n-a\n+b\n\n")
    assert change.hunks[0].old == (b"\n", b"a\n", b"\n")


def test_a_last_line_without_line_feed_is_a_whole_line() -> None:
    assert only(b"\xef\xbb\xbf--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b").hunks[0].new == (b"b\n",)


def test_svn_properties_are_no_part_of_a_patch() -> None:
    block = b"\nProperty changes on: x\n" + b"_" * 67 + b"\nAdded: svn:executable\n## -0,0 +1 ##\n+*\n\\ No newline\n"
    head = b"Index: x\n" + b"=" * 67 + b"\n--- x\t(revision 1)\n+++ x\t(working copy)\n"
    assert only(head + block + head + b"@@ -1 +1 @@\n-a\n+b\n" + block).hunks[0].new == (b"b\n",)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", None, "no change in it"),
        (b"Hello,\nhere is the fix.\n", None, "no change in it"),
        (b"<html>\n<p>--- x</p>\n", None, "no change in it"),
        (b"*** a.php\n--- b.php\n***************\n*** 1 ****\n! a\n", None, "no change in it"),
        (GIT.decode().encode("utf-16"), None, "UTF-16"),
        (b"Content-Transfer-Encoding: base64\n\nZGlmZg==\n", None, "encoded"),
        (b"diff --git a/x.png b/x.png\nindex 1..2 100644\nGIT binary patch\nliteral 1\n", 3, "whole ids"),
        (GIT + b"Binary files old/x.png and new/x.png differ\n", 12, "patch capture"),
        (b"Index: x\n" + b"=" * 67 + b"\nCannot display: file marked as a binary type.\n", 3, "patch capture"),
        (b"diff --cc x.php\nindex 1,2..3\n--- a/x.php\n+++ b/x.php\n@@@ -1,1 -1,1 +1,1 @@@\n", 1, "merge"),
        (b"--- a/x.php\n+++ b/x.php\n@@@ -1,1 -1,1 +1,1 @@@\n", 3, "merge"),
        (HUNK, 1, "without the names"),
        (b"--- a/x.php\n+++ b/x.php\n", 2, "no hunk"),
        (GIT + b"diff --git a/y.php b/y.php\nindex 1..2 100644\n", 12, "no change follows"),
        (b"Index: x\n" + b"=" * 67 + b"\n", 1, "no change follows"),
        (b"--- x\n+++ x\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n", 6, "line 3 is not complete"),
        (b"--- x\n+++ x\n@@ -1,3 +1,3 @@\n a\n-b\n+c\ndiff --git a/y b/y\n", 7, "line 3 is not complete"),
        (b"--- x\n+++ x\n@@ -1,2 +1,2 @@\n-b\n+c\n+d\n+e\n", 7, "other lines than its header"),
        (b"--- x\n+++ x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n+d\n", 7, "more lines than its header"),
        (b"--- x\n+++ x\n@@ -1 +1 @@\n-b\n+c\n more\n", 6, "more lines than its header"),
        (b"--- x\n+++ x\n@@ -5 +5 @@\n-b\n+c\n@@ -3 +3 @@\n-a\n+d\n", 6, "before the end"),
        (b"--- x\n+++ x\n@@ -1,0 +1,0 @@\n", 3, "no lines"),
        (b"--- x\n+++ x\n@@ -1,2 +1,2 @@\n-a\n\\ No newline\n+b\n c\n", 3, "last line"),
        (b"--- x\n+++ x\n@@ -1 +1 @@\n\\ No newline\n-a\n+b\n", 4, "below the last line"),
        (b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+x\n", 1, "symbolic links"),
        (b"diff --git a/l b/l\nnew file mode 100644\n--- /dev/null\n+++ b/l\n@@ -1 +1 @@\n-y\n+x\n", 1, "contradict"),
        (b"diff --git a/l b/m\nold mode 100644\nnew mode 100755\n", 1, "cannot be told apart"),
        (b"--- /dev/null\n+++ /dev/null\n@@ -0,0 +1 @@\n+x\n", 1, "contradict"),
        (b"diff -ru old new\nOnly in new/inc: extra.php\n", 2, "-ruN"),
        (b"--- x" + b"x" * 9000 + b"\n+++ y\n@@ -1 +1 @@\n-a\n+b\n", 1, "too long"),
    ],
)
def test_what_cannot_be_read_is_refused_by_line(data: bytes, line: int | None, words: str) -> None:
    message = refusal(data)
    assert words in message
    assert message.startswith("fix.patch: " if line is None else f"fix.patch, line {line}: ")


@pytest.mark.parametrize(
    "name",
    [
        b"/etc/passwd",
        b"../x.php",
        b"a/../../x.php",
        b"a/.git/config",
        b"a/.GIT/config",
        b"a/.git./config",
        b"C:/x.php",
        b"a\\x.php",
        b'"a/x\\000.php"',
        b'"a/x\\ny.php"',
        b"a/",
        b".",
        b"",
    ],
)
def test_paths_that_leave_the_folder_are_refused(name: bytes) -> None:
    assert "line 2" in refusal(b"--- x.php\n+++ " + name + b"\n@@ -1 +1 @@\n-a\n+b\n")


def patch_of(*names: tuple[str | None, str | None]) -> PatchFile:
    kinds = {(True, False): "add", (False, True): "delete"}
    return PatchFile(
        tuple(FilePatch(o, n, None, None, kinds.get((o is None, n is None), "modify"), ()) for o, n in names),
        "fix.patch",
    )


RELEASE = ("shop.php", "inc/mail.php", "inc/cart.php", "a/inside.php")


@pytest.mark.parametrize(
    ("names", "strip"),
    [
        ([("a/inc/mail.php", "b/inc/mail.php")], 1),
        ([("inc/mail.php", "inc/mail.php"), ("shop.php", "shop.php")], 0),
        ([("trunk/inc/mail.php", "trunk/inc/mail.php")], 1),
        ([("shop-1.2/inc/mail.php", "shop/inc/mail.php"), (None, "shop/inc/new.php")], 1),
        ([("a/plugins/shop/inc/mail.php", "b/plugins/shop/inc/mail.php"), (None, "b/plugins/shop/new.php")], 3),
        ([("a/inc/mail.php", None), (None, "b/inc/other.php")], 1),
        ([("inc/mail.php.orig", "inc/mail.php")], 0),
        ([("inc/mail.php", "inc/mail.php.new")], 0),
        ([("a/a/inside.php", "b/a/inside.php")], 1),
        ([("a/inside.php", "a/inside.php")], 0),
        ([(None, "b/inc/new.php")], 1),
        ([(None, "w/inc/new.php")], 1),
        ([(None, "inc/new.php")], 0),
        ([(None, "b")], 0),
        ([(None, "b/inc/new.php"), ("a/inc/new.php", "b/inc/new.php"), ("a/shop.php", "b/shop.php")], 1),
    ],
)
def test_strip_finds_the_component_in_the_patch(names: list[tuple[str | None, str | None]], strip: int) -> None:
    assert strip_for(patch_of(*names), RELEASE) == strip


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (
            [("a/inc/mail.php", "b/inc/mail.php"), ("a/tests/test-mail.php", "b/tests/test-mail.php")],
            "tests/test-mail.php",
        ),
        ([("a/other.php", "b/other.php")], "other.php"),
        ([("mail.php", "mail.php")], "mail.php"),
        ([("a/inc/mail.php", "b/inc/mail.php"), ("inc/cart.php", "inc/cart.php")], "a/inc/mail.php"),
        ([("a/x/inc/mail.php", "b/x/inc/mail.php"), ("a/y/inc/cart.php", "b/y/inc/cart.php")], "x/inc/mail.php"),
    ],
)
def test_a_file_that_is_not_in_the_release_is_named(names: list[tuple[str | None, str | None]], missing: str) -> None:
    with pytest.raises(InputError, match="not in the release") as caught:
        strip_for(patch_of(*names), RELEASE)
    assert f"fix.patch: the patch changes '{missing}'" in str(caught.value)
