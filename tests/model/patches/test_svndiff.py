"""What git_to_svn writes, GNU patch and Subversion apply to exactly the same files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services import require

from plugwatch.errors import InputError
from plugwatch.model.patches.patch import parse_patch
from plugwatch.model.patches.svndiff import git_to_svn

OLD = {
    "shop.php": b"<?php\n// one\n// two\n// three\n",
    "inc/gone.php": b"<?php\nbye();\n",
    "inc/a b.php": b"one\r\ntwo\r\nthree",
    "inc/café.php": b"x\n",
    "last.php": b"a\nb",
}
NEW = {
    "shop.php": b"<?php\n// one\n// 2\n// three\n",
    "inc/a b.php": b"one\r\n2\r\nthree\r\n",
    "inc/café.php": b"x\ny\n",
    "last.php": b"a\nb\nc",
    "new folder/new.php": b"<?php\n-- \nhello();",
}


def run(folder: Path, *args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(args, cwd=folder, input=stdin, capture_output=True, check=True)


def write(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def read(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".svn" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def git_diff(folder: Path, old: dict[str, bytes], new: dict[str, bytes]) -> bytes:
    """The diff as a fork makes it, between two trees of a real repository."""
    folder.mkdir(exist_ok=True)
    run(folder, "git", "init", "-q", ".")
    trees = []
    for files in (old, new):
        run(folder, "git", "rm", "-r", "-q", "-f", "--ignore-unmatch", ".")
        write(folder, files)
        run(folder, "git", "-c", "core.autocrlf=false", "add", "-A", "-f", ".")
        trees.append(run(folder, "git", "write-tree").stdout.decode().strip())
    return run(folder, "git", "diff", "--no-prefix", "--no-renames", "--text", *trees).stdout


def test_the_form_is_that_of_svn(tmp_path: Path) -> None:
    lines = git_to_svn(git_diff(tmp_path / "git", OLD, NEW)).split(b"\n")
    at = lines.index(b"Index: inc/gone.php")
    assert lines[at : at + 6] == [
        b"Index: inc/gone.php",
        b"=" * 67,
        b"--- inc/gone.php\t(revision 0)",
        b"+++ inc/gone.php\t1970-01-01 00:00:00 +0000",
        b"@@ -1,2 +0,0 @@",
        b"-<?php",
    ]
    assert b"--- new folder/new.php\t(nonexistent)" in lines
    assert b"+++ inc/a b.php\t(working copy)" in lines
    assert not [line for line in lines if line.startswith((b"diff ", b"index ", b"new file", b"deleted"))]


def test_it_reads_back_as_the_same_change(tmp_path: Path) -> None:
    diff = git_diff(tmp_path / "git", OLD, NEW)
    before, after = parse_patch(diff, "git").files, parse_patch(git_to_svn(diff), "svn").files
    assert [(f.kind, f.new_path) for f in before] == [(f.kind, f.new_path) for f in after]
    assert [h.lines for f in before for h in f.hunks] == [h.lines for f in after for h in f.hunks]


TEXTS = st.lists(st.sampled_from([b"a", b"b", b"}", b"", b"-- ", b"+++ x", b"cr\r"]), min_size=1, max_size=8).map(
    lambda lines: b"\n".join(lines) + b"."
)


@given(
    st.dictionaries(st.sampled_from(["a.php", "b c.php", "d/e.php"]), st.tuples(TEXTS, TEXTS), min_size=1),
    st.sets(st.sampled_from(["a.php", "b c.php", "d/e.php"])),
    st.sets(st.sampled_from(["a.php", "b c.php", "d/e.php"])),
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gnu_patch_makes_the_same_files(
    tmp_path: Path, pairs: dict[str, tuple[bytes, bytes]], added: set[str], deleted: set[str]
) -> None:
    old = {"keep.php": b"k\n"} | {path: texts[0] for path, texts in pairs.items() if path not in added}
    new = {"keep.php": b"k\n"} | {path: texts[1] for path, texts in pairs.items() if path not in deleted}
    if old == new:
        new["keep.php"] = b"K\n"
    diff = git_diff(tmp_path / "git", old, new)
    folder = tmp_path / "copy"
    for file in folder.rglob("*.php"):
        file.unlink()
    write(folder, old)
    run(folder, "patch", "-p0", "--batch", "--binary", "--fuzz=0", "--no-backup-if-mismatch", stdin=git_to_svn(diff))
    assert read(folder) == new


def test_gnu_patch_makes_the_same_files_with_awkward_names(tmp_path: Path) -> None:
    write(tmp_path / "copy", OLD)
    diff = git_diff(tmp_path / "git", OLD, NEW)
    run(tmp_path / "copy", "patch", "-p0", "--batch", "--binary", "--fuzz=0", stdin=git_to_svn(diff))
    assert read(tmp_path / "copy") == NEW


@pytest.mark.services
def test_svn_patch_makes_the_same_files(tmp_path: Path) -> None:
    svn, svnadmin = require("svn", "subversion"), require("svnadmin", "subversion")
    copy = tmp_path / "copy"
    run(tmp_path, svnadmin, "create", "repository")
    url = (tmp_path / "repository").as_uri()
    run(tmp_path, svn, "-q", "mkdir", "-m", "Start", f"{url}/trunk")
    run(tmp_path, svn, "-q", "checkout", f"{url}/trunk", "copy")
    # Subversion needs a UTF-8 locale for names beyond ASCII, which not every machine has.
    old, new = ({path: text for path, text in files.items() if path.isascii()} for files in (OLD, NEW))
    write(copy, old)
    run(copy, svn, "-q", "add", *sorted({path.split("/")[0] for path in old}))
    run(copy, svn, "-q", "commit", "-m", "Release")
    (tmp_path / "fix.diff").write_bytes(git_to_svn(git_diff(tmp_path / "git", old, new)))
    run(copy, svn, "patch", "../fix.diff")
    assert read(copy) == new
    states = {line[8:]: line[:1] for line in run(copy, svn, "status").stdout.decode().splitlines()}
    assert (states["inc/gone.php"], states["new folder/new.php"], states["shop.php"]) == ("D", "A", "M")


@pytest.mark.parametrize(
    ("diff", "words"),
    [
        (b"diff --git x.png x.png\nindex 1..2 100644\nBinary files x.png and x.png differ\n", "binary files"),
        (b"diff --git x.png x.png\nindex 1..2 100644\nGIT binary patch\nliteral 1\n", "binary files"),
        (b"diff --git x.php x.php\nold mode 100644\nnew mode 100755\n", "file modes only"),
        (b"diff --git x.php x.php\nnew file mode 100644\nindex 0..1\n", "'x.php' is an empty file"),
        (b"diff --git x.php y.php\nsimilarity index 100%\nrename from x.php\nrename to y.php\n", "--no-renames"),
    ],
)
def test_what_svn_cannot_say_is_refused(diff: bytes, words: str) -> None:
    with pytest.raises(InputError, match="the diff for svn: ") as caught:
        git_to_svn(diff)
    assert words in str(caught.value)


def test_a_changed_mode_beside_changed_lines_is_left_out() -> None:
    mode = b"diff --git x.php x.php\nold mode 100644\nnew mode 100755\n"
    lines = mode.replace(b"x.php", b"y.php") + b"index 1..2\n--- y.php\n+++ y.php\n@@ -1 +1 @@\n-a\n+b\n"
    assert git_to_svn(mode + lines).startswith(b"Index: y.php\n")
