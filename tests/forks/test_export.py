"""What leaves the agency applies with the vendor's own tools and bears no mark of ours."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from services import require
from workbench import (
    AGENCY,
    add_files,
    add_patch,
    add_state,
    environment,
    git,
    git_text,
    mail_file,
    plugin,
    write_files,
)

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.changes import change_from_patch
from plugwatch.forks.export import commit_mail, dep3, diff, standalone, svn_diff
from plugwatch.forks.fork import Fork
from plugwatch.forks.forms import Forms, vendor_forms
from plugwatch.model.fork import Person

BOTH = mail_file(seconds=60, subject="'Gr\u00fc\u00dfe'")
AWKWARD = {
    "a b.txt": b"one\ntwo",
    "languages/d\u00fc.txt": b"eins\r\nzwei\r\n",
    "gone.txt": b"soon gone\n",
    "old-name.txt": b"".join(b"line %d\n" % n for n in range(20)),
}


@pytest.fixture
def stacked(carrying: Fork, tmp_path: Path) -> Fork:
    """Wait 60 seconds; another subject; a file that no other patch touches."""
    add_patch(
        carrying, tmp_path / "s2", plugin(mail=BOTH), "Gr\u00fc\u00dfe statt 'New message'", why="Kinder.\n\nMehr."
    )
    edited = plugin(mail=BOTH, readme=b"=== Tidier ===\n")
    add_patch(carrying, tmp_path / "s3", edited, "Rename it", why="Nobody knew it.", incident="INC-4")
    return carrying


@pytest.fixture
def awkward(fork: Fork, tmp_path: Path) -> Fork:
    """One patch with everything that diffs are bad at, but bytes that are not text."""
    add_files(fork, tmp_path / "1", plugin() | AWKWARD)
    edited = plugin(mail=BOTH) | {
        "a b.txt": b"one\nthree",
        "languages/d\u00fc.txt": b"eins\r\ndrei\r\n",
        "new-name.txt": AWKWARD["old-name.txt"],
        "new/file.php": b"<?php\n-- \n--- a/x\n+++ b/x\n@@ -1 +1 @@\n\f\nFrom nobody\n",
    }
    add_patch(fork, tmp_path / "e", edited, "Everything at once")
    return fork


def forms(fork: Fork, number: int) -> Forms:
    return vendor_forms(fork, fork.release("1.0.0"), fork.stack("1.0.0")[number], AGENCY)


def vendors_copy(fork: Fork, folder: Path) -> Path:
    """The vendor's own repository, with the release in it."""
    git(folder, "clone", "--quiet", "--branch", "upstream", str(fork.directory), "vendor")
    return folder / "vendor"


@pytest.mark.parametrize("source", ["stacked", "awkward"])
def test_a_mail_applies_with_git_am(source: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    fork: Fork = request.getfixturevalue(source)
    made = forms(fork, 0)
    copy = vendors_copy(fork, tmp_path)
    git(copy, "am", "--quiet", "--keep-cr", stdin=made.forms.format_patch)
    assert git_text(copy, "rev-parse", "HEAD^{tree}") == git_text(
        fork.directory, "rev-parse", f"{made.commit}^{{tree}}"
    )
    assert git_text(copy, "log", "-1", "--format=%an <%ae>") == str(AGENCY)


QUOTING = """As suggested:

--- a/readme.txt
+++ b/readme.txt
@@ -1,2 +1,2 @@
 === Tidy Forms ===
-Forms, tidied.
+Forms, stolen.

    --- a/readme.txt
    +++ b/readme.txt
    @@ -1,2 +1,2 @@
     === Tidy Forms ===
    -Forms, tidied.
    +Forms, stolen.
---
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
The end."""


@pytest.mark.services
@pytest.mark.parametrize("why", [QUOTING, "From: Eve <eve@other.example>\n\n" + QUOTING])
def test_a_diff_in_a_reason_is_told_and_not_applied(fork: Fork, tmp_path: Path, why: str) -> None:
    require("patch", "patch")
    add_files(fork, tmp_path / "1", plugin())
    add_patch(fork, tmp_path / "e", plugin(mail=BOTH), "Both", why=why)
    entry = fork.stack("1.0.0")[0]
    texts = (
        commit_mail(fork.git, entry.commit),
        forms(fork, 0).forms.format_patch,
        dep3(fork.git, entry, forwarded="no"),
    )
    for text in texts:
        assert text.count(b"stolen") == 2
        letter = fork.read_letter(text)
        assert change_from_patch(fork.git, entry.base_tree, letter.diff, "a.patch").tree == entry.tree
        copy = write_files(tmp_path / "patched", plugin())
        subprocess.run(["patch", "-p1", "--batch"], cwd=copy, input=text, capture_output=True, check=True)
        assert ((copy / "readme.txt").read_bytes(), (copy / "includes" / "mail.php").read_bytes()) == (
            plugin()["readme.txt"],
            BOTH,
        )
    assert fork.read_letter(texts[0]).author == AGENCY
    assert (fork.read_letter(texts[1]).why or "").endswith("The end.")
    vendors = vendors_copy(fork, tmp_path)
    git(vendors, "am", "--quiet", "--keep-cr", stdin=texts[1])
    assert git_text(vendors, "rev-parse", "HEAD^{tree}") == git_text(
        fork.directory, "rev-parse", f"{entry.tree}^{{tree}}"
    )


@pytest.mark.services
@pytest.mark.parametrize("source", ["stacked", "awkward"])
def test_an_svn_diff_applies_with_patch_p0(source: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    require("patch", "patch")
    fork: Fork = request.getfixturevalue(source)
    made = forms(fork, 0)
    copy = vendors_copy(fork, tmp_path)
    done = subprocess.run(
        ["patch", "-p0", "--batch", "--fuzz=0", "--binary", "--no-backup-if-mismatch"],
        cwd=copy,
        input=made.forms.svn_diff,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()
    assert b"fuzz" not in done.stdout
    git(copy, "add", "-A", "-f")
    assert git_text(copy, "write-tree") == git_text(fork.directory, "rev-parse", f"{made.commit}^{{tree}}")


def test_a_vendor_sees_the_agency_and_no_mark_of_ours(stacked: Fork) -> None:
    for number, entry in enumerate(stacked.stack("1.0.0")):
        made = forms(stacked, number)
        commit = git(stacked.directory, "cat-file", "commit", made.commit).decode()
        for text in (made.forms.format_patch.decode(), made.forms.svn_diff.decode(), made.facts.diff, commit):
            for mark in ("Plugwatch", "plugwatch", "pw-", "INC-", entry.patch.id):
                assert mark not in text
        shown = git_text(stacked.directory, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%P", made.commit)
        assert shown == f"{AGENCY}|{AGENCY}|{stacked.release('1.0.0').commit}"
        assert made.branch.startswith("fix/")
        assert "pw-" not in made.branch


def test_each_patch_stands_alone_on_the_release(stacked: Fork) -> None:
    """The subject is in the same file as the patch below it, far enough away; the readme is another file."""
    subject, readme = forms(stacked, 1), forms(stacked, 2)
    assert git(stacked.directory, "cat-file", "blob", f"{subject.commit}:includes/mail.php") == mail_file(
        subject="'Gr\u00fc\u00dfe'"
    )
    assert readme.facts.files == ("readme.txt",)
    assert (readme.facts.added, readme.facts.removed) == (1, 2)
    assert subject.facts.why == "Kinder.\n\nMehr."
    assert subject.branch == "fix/gr-e-statt-new-message"


def test_a_patch_on_top_of_another_says_which_comes_first(carrying: Fork, tmp_path: Path) -> None:
    add_patch(carrying, tmp_path / "s2", plugin(mail=mail_file(seconds=90)), "Wait longer")
    with pytest.raises(ForkError, match=r"builds on a patch below it \(includes/mail\.php\)"):
        forms(carrying, 1)


def test_a_patch_that_only_takes_one_back_has_nothing_to_send(carrying: Fork, tmp_path: Path) -> None:
    release, below = carrying.release("1.0.0"), carrying.stack("1.0.0")[0]
    files = {f"includes/f{n}.php": b"<?php // %d\n" % n for n in range(4)}
    add_patch(carrying, tmp_path / "s2", plugin(mail=mail_file(seconds=60)) | files, "Add files")
    add_state(carrying, tmp_path / "s3", plugin() | files, "No: ten seconds")
    entry = carrying.stack("1.0.0")[2]
    with pytest.raises(ForkError, match="only takes back a patch below it"):
        standalone(carrying.git, release, entry)
    assert standalone(carrying.git, release, below).tree == below.tree


def test_a_binary_change_cannot_be_told_as_text(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1", plugin() | {"logo.png": b"\x89PNG\0\x01"})
    add_patch(fork, tmp_path / "e", plugin() | {"logo.png": b"\x89PNG\0\x02"}, "Another logo")
    entry = fork.stack("1.0.0")[0]
    with pytest.raises(PlugwatchError):
        svn_diff(fork.git, entry.base_tree, entry.tree)


def test_dep3_headers(stacked: Fork, tmp_path: Path) -> None:
    """The fields of https://dep-team.pages.debian.net/deps/dep3/ that are required, in its folded form."""
    entry = stacked.stack("1.0.0")[1]
    text = dep3(stacked.git, entry, forwarded="no").decode()
    head, mark, body = text.partition("\n---\n")
    assert mark
    assert head.split("\n") == [
        "Description: Gr\u00fc\u00dfe statt 'New message'",
        " Kinder.",
        " .",
        " Mehr.",
        "Author: Fernhill Web <dev@fernhill.example>",
        "Forwarded: no",
        "Last-Update: 2026-05-20",
        f"Plugwatch-Patch: {entry.patch.id}",
    ]
    assert body.encode() == diff(stacked.git, entry.base_tree, entry.tree)
    copy = vendors_copy(stacked, tmp_path)
    git(copy, "apply", stdin=dep3(stacked.git, stacked.stack("1.0.0")[0], forwarded="no"))
    git(copy, "apply", stdin=text.encode())
    assert (copy / "includes" / "mail.php").read_bytes() == BOTH


def test_a_dep3_patch_says_where_it_was_taken_from(carrying: Fork, tmp_path: Path) -> None:
    address = "https://git.example/tidy-forms/pull/7"
    add_patch(carrying, tmp_path / "p", plugin(mail=BOTH), "From upstream", source=address)
    text = dep3(carrying.git, carrying.stack("1.0.0")[1], forwarded="not-needed")
    assert f"\nOrigin: other, {address}\n".encode() in text


def test_a_patch_leaves_its_stack_though_its_lines_touch_those_below(carrying: Fork, tmp_path: Path) -> None:
    wait = b"\t$wait = 60;\n"
    slow = mail_file(seconds=60)
    add_patch(carrying, tmp_path / "p", plugin(mail=slow.replace(wait, wait + b"\t$tries = 3;\n")), "Try again")
    alone = standalone(carrying.git, carrying.release("1.0.0"), carrying.stack("1.0.0")[1])
    file = carrying.git.tree(alone.tree)["includes/mail.php"]
    assert carrying.git.blob(file.blob) == mail_file().replace(b"= 10;\n", b"= 10;\n\t$tries = 3;\n")


def test_a_mail_of_ours_comes_back_as_the_same_change(stacked: Fork, tmp_path: Path) -> None:
    """The mails of a stack, one after the other, rebuild it in another fork."""
    shutil.copytree(stacked.directory, tmp_path / "other.git")
    other = Fork(tmp_path / "other.git", stacked.component)
    git(other.directory, "update-ref", "-d", "refs/heads/carried/1.0.0")
    tree = other.release("1.0.0").tree
    for entry in stacked.stack("1.0.0"):
        letter = other.read_letter(commit_mail(stacked.git, entry.commit))
        assert letter.author == AGENCY
        assert letter.title == entry.patch.title
        assert letter.date == entry.patch.date
        files = write_files(tmp_path / entry.patch.id, {"a.patch": letter.diff})
        tree = change_from_patch(other.git, tree, (files / "a.patch").read_bytes(), "a.patch").tree
        assert tree == entry.tree


HOSTILE = """[diff]
\tnoprefix = true
\tmnemonicPrefix = true
\tcontext = 0
\tinterHunkContext = 9
\trenames = copies
\talgorithm = patience
\torderFile = /dev/null
\twsErrorHighlight = all
[format]
\tsignOff = true
\tsubjectPrefix = EVIL
\tnumbered = true
\tattach = true
\theaders = "X-Evil: 1\\n"
\tencodeEmailHeaders = false
\tuseAutoBase = true
[color]
\tui = always
[core]
\tabbrev = 4
\tquotePath = true
"""


def test_no_configuration_changes_what_leaves(awkward: Fork, tmp_path: Path) -> None:
    calm = forms(awkward, 0)
    (tmp_path / ".gitconfig").write_text(HOSTILE)
    hostile = {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": str(tmp_path / ".gitconfig"), "GIT_DIFF_OPTS": "-u0"}
    with environment(**hostile, GIT_EXTERNAL_DIFF="/bin/false", GIT_DIR=str(tmp_path), GIT_PAGER="false"):
        assert forms(awkward, 0) == calm
        letter = awkward.read_letter(calm.forms.format_patch)
    assert letter == awkward.read_letter(calm.forms.format_patch)


def test_a_diff_takes_names_literally(awkward: Fork) -> None:
    entry = awkward.stack("1.0.0")[0]
    assert b"three" in diff(awkward.git, entry.base_tree, entry.tree, ["a b.txt"])
    assert diff(awkward.git, entry.base_tree, entry.tree, ["*", ":(top)", "--stat"]) == b""


def test_the_agencys_name_is_the_author_in_any_script(stacked: Fork, tmp_path: Path) -> None:
    who = Person("\u65e5\u672c\u8a9e B\u00fcro", "buero@fernhill.example")
    made = vendor_forms(stacked, stacked.release("1.0.0"), stacked.stack("1.0.0")[0], who)
    copy = vendors_copy(stacked, tmp_path)
    git(copy, "am", "--quiet", stdin=made.forms.format_patch)
    assert git_text(copy, "log", "-1", "--format=%an <%ae>") == str(who)
