"""Patches come in as files or as edited copies; what does not fit exactly changes nothing."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from workbench import (
    AGENCY,
    NOON,
    add_files,
    add_patch,
    fsck,
    git,
    git_text,
    import_release,
    mail_file,
    new_patch,
    plugin,
    snapshot,
    stamp,
    write_files,
    zip_files,
)

from plugwatch.delivery import builder
from plugwatch.errors import ForkError, InputError
from plugwatch.forks.changes import Change, Letter
from plugwatch.forks.fork import Fork
from plugwatch.model.fork import Person
from plugwatch.model.patches.apply import PatchDoesNotApply
from plugwatch.workflows import builds
from plugwatch.workflows import forks as workflow

GIT_DIFF = (
    b"diff --git a/includes/mail.php b/includes/mail.php\nindex 1111111..2222222 100644\n"
    b"--- a/includes/mail.php\n+++ b/includes/mail.php\n@@ -1,7 +1,7 @@\n <?php\n \n function tidy_send( $message ) {\n"
    b"-\t$wait = 10;\n+\t$wait = 60;\n \n \t$step_1 = prepare( $message, 1 );\n \n"
)
SVN_DIFF = GIT_DIFF[GIT_DIFF.index(b"---") :].replace(b"--- a/", b"--- ").replace(b"+++ b/", b"+++ ")
SVN_DIFF = SVN_DIFF.replace(b"mail.php\n", b"mail.php\t(revision 3)\n", 1).replace(
    b"mail.php\n", b"mail.php\t(working copy)\n", 1
)
SVN_DIFF = b"Index: includes/mail.php\n" + b"=" * 67 + b"\n" + SVN_DIFF
DEEP_DIFF = GIT_DIFF.replace(b"includes/", b"wp-content/plugins/tidy-forms/includes/")
CRLF = b"<?php\r\n\r\n$one = 1;\r\n$two = 2;\r\n\r\nreturn $one + $two;"


@pytest.fixture
def released(fork: Fork, tmp_path: Path) -> Fork:
    """A fork with release 1.0.0 and nothing on it."""
    add_files(fork, tmp_path / "1.0.0", plugin())
    return fork


def content(fork: Fork, tree: str, path: str) -> bytes:
    return git(fork.directory, "cat-file", "blob", f"{tree}:{path}")


def imported(fork: Fork, diff: bytes, title: str = "A patch", **facts: str) -> str:
    """``patch import`` on the fork alone; the id."""
    with fork.writing("patch import"):
        letter = fork.read_letter(diff)
        release = workflow.release_to_patch(fork, None)
        change = fork.change_from_patch(release, letter.diff, "a.patch")
        patch, operation = new_patch(fork, release, change, title, **facts)
        fork.commit(operation)
    return patch.id


def changed(fork: Fork, diff: bytes) -> Change:
    return fork.change_from_patch(fork.release("1.0.0"), diff, "a.patch")


@pytest.mark.parametrize("diff", [GIT_DIFF, SVN_DIFF, DEEP_DIFF, b"Hello,\nsee below.\n\n" + GIT_DIFF])
def test_every_form_of_a_diff_is_the_same_change(released: Fork, diff: bytes) -> None:
    change = changed(released, diff)
    assert change.files == ("includes/mail.php",)
    assert content(released, change.tree, "includes/mail.php") == mail_file(seconds=60)
    assert content(released, change.tree, "readme.txt") == plugin()["readme.txt"]


def test_a_change_is_byte_for_byte(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "a", plugin(readme=CRLF))
    diff = (
        b"--- a/readme.txt\n+++ b/readme.txt\n@@ -3,4 +3,4 @@\n"
        b" $one = 1;\r\n-$two = 2;\r\n+$two = 3;\r\n \r\n return $one + $two;\n\\ No newline at end of file\n"
    )
    change = changed(fork, diff)
    assert content(fork, change.tree, "readme.txt") == CRLF.replace(b"2;", b"3;")


def test_files_are_added_removed_renamed_and_made_executable(released: Fork) -> None:
    diff = (
        b"diff --git a/readme.txt b/docs/readme.txt\nsimilarity index 100%\nrename from readme.txt\n"
        b"rename to docs/readme.txt\n"
        b"diff --git a/bin/run b/bin/run\nnew file mode 100755\n--- /dev/null\n+++ b/bin/run\n"
        b"@@ -0,0 +1 @@\n+#!/bin/sh\n"
        b"diff --git a/tidy-forms.php b/tidy-forms.php\nold mode 100644\nnew mode 100755\n"
    )
    change = changed(released, diff)
    assert change.files == ("bin/run", "docs/readme.txt", "readme.txt", "tidy-forms.php")
    assert change.deleted == ("readme.txt",)
    listed = git_text(released.directory, "ls-tree", "-r", "--format=%(objectmode) %(path)", change.tree).splitlines()
    assert listed == ["100755 bin/run", "100644 docs/readme.txt", "100644 includes/mail.php", "100755 tidy-forms.php"]


@pytest.mark.parametrize(
    ("diff", "error"),
    [
        (GIT_DIFF.replace(b"$wait = 10", b"$wait = 11"), PatchDoesNotApply),
        (
            GIT_DIFF.replace(b" \t$step_1 = prepare( $message, 1 );", b" \t$step_1 = prepared( $message, 1 );"),
            ForkError,
        ),
        (GIT_DIFF.replace(b"mail.php", b"post.php"), InputError),
        (b"", InputError),
        (b"I have changed the mail.\n", InputError),
        (bytes(range(256)) * 4096, InputError),
        (GIT_DIFF[:-30], InputError),
        (b"--- /dev/null\n+++ b/readme.txt/inside.php\n@@ -0,0 +1 @@\n+<?php\n", InputError),
        (b"--- /dev/null\n+++ b/Includes/new.php\n@@ -0,0 +1 @@\n+<?php\n", InputError),
        (b"--- /dev/null\n+++ b/includes/Mail.php\n@@ -0,0 +1 @@\n+<?php\n", InputError),
        (b"--- /dev/null\n+++ b/plugwatch-manifest.json\n@@ -0,0 +1 @@\n+{}\n", InputError),
        (b"--- /dev/null\n+++ b/" + b"a/" * 101 + b"x.php\n@@ -0,0 +1 @@\n+<?php\n", InputError),
        (b"--- /dev/null\n+++ b/" + b"a" * 5000 + b"\n@@ -0,0 +1 @@\n+<?php\n", InputError),
        (b"--- /dev/null\n+++ b/../../escape.php\n@@ -0,0 +1 @@\n+<?php\n", InputError),
        (b"--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+x\n", InputError),
        (
            b"diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n",
            InputError,
        ),
    ],
)
def test_what_does_not_fit_exactly_changes_nothing(released: Fork, diff: bytes, error: type[Exception]) -> None:
    before = released.refs()
    with pytest.raises(error) as caught:
        imported(released, diff)
    assert "\n" not in str(caught.value)
    assert released.refs() == before


def test_a_patch_that_is_in_the_release_already_is_refused(released: Fork) -> None:
    with pytest.raises(ForkError):
        changed(released, GIT_DIFF.replace(b"-\t$wait = 10;\n+\t$wait = 60;\n", b"-\t$wait = 0;\n+\t$wait = 10;\n"))


MAIL = (
    "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    "From: =?UTF-8?q?J=C3=B6rg=20M=C3=BCller?= <joerg@other.example>\n"
    "Date: Fri, 12 Sep 2025 10:11:12 +0530\n"
    "Subject: [PATCH 1/2] Warte l\u00e4nger\n auf den Server\n"
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n"
    "Ten seconds are too short: the sm\u00f8rrebr\u00f8d server.\n\n---\n includes/mail.php | 2 +-\n\n"
).encode() + GIT_DIFF


def test_a_patch_that_fits_in_two_places_is_refused(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin() | {"free/inc/a.php": b"<?php\n", "pro/inc/a.php": b"<?php\n"})
    diff = b"--- a/code/inc/a.php\n+++ b/code/inc/a.php\n@@ -1 +1,2 @@\n <?php\n+// More.\n"
    with pytest.raises(InputError, match=r"fits in several places \(free/inc/a\.php or pro/inc/a\.php\)"):
        fork.change_from_patch(fork.release("1.0.0"), diff, "a.patch")
    add_files(
        fork, tmp_path / "2.0.0", plugin("2.0.0") | {"free/inc/a.php": b"<?php\n", "pro/inc/a.php": b"<?php\n//\n"}
    )
    change = fork.change_from_patch(fork.release("2.0.0"), diff, "a.patch")
    assert change.files == ("free/inc/a.php",)
    assert change.notes == ("'code/' in the patch was read as 'free/'",)


def test_a_mail_says_who_when_and_why(released: Fork) -> None:
    letter = released.read_letter(MAIL + b"-- \n2.39.5\n")
    assert letter.author == Person("Jörg Müller", "joerg@other.example")
    assert letter.date == "1757652072 +0530"
    assert letter.title == "Warte länger auf den Server"
    assert letter.why == "Ten seconds are too short: the smørrebrød server."
    assert content(released, changed(released, letter.diff).tree, "includes/mail.php") == mail_file(seconds=60)


def test_the_author_of_a_mail_is_the_author_of_the_commit(released: Fork) -> None:
    with released.writing("patch import"):
        letter = released.read_letter(MAIL)
        release = released.release("1.0.0")
        change = released.change_from_patch(release, letter.diff, "a.patch")
        assert letter.author
        assert letter.date
        facts = workflow.PatchFacts(letter.title or "", letter.why or "", letter.author, letter.date, "INC-7")
        patch, operation = workflow.add_patch(released, release, change, facts, randomness=b"12345678", stamp=stamp())
        released.commit(operation)
    shown = git_text(released.directory, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%ad|%cd|%s", "carried/1.0.0")
    who = "Jörg Müller <joerg@other.example>"
    when = "Fri Sep 12 10:11:12 2025 +0530"
    assert shown == f"{who}|{who}|{when}|{when}|Warte länger auf den Server"
    assert released.stack("1.0.0")[0].patch == patch
    assert fsck(released.directory) == ""


HOSTILE_MAILS = [
    MAIL.replace(b"Fri, 12 Sep 2025", b"Mon, 1 Jan 1900"),
    MAIL.replace(b"+0530", b"+05:30:07"),
    MAIL.replace(b"+0530", b"+2400"),
    MAIL.replace(b"Fri, 12 Sep 2025 10:11:12 +0530", b"yesterday"),
    MAIL.replace(b"=?UTF-8?q?J=C3=B6rg=20M=C3=BCller?=", b"=?UTF-8?q?J=3Cx=3E=0Acommitter=20Evil=00=1B[31m?="),
    MAIL.replace(b"=?UTF-8?q?J=C3=B6rg=20M=C3=BCller?=", b"=?UTF-8?q?=3C=3E?="),
    MAIL.replace(b"joerg@other.example", b"<joerg> 0 +0000"),
    MAIL.replace(b"Ten seconds", b"\0\x1b[2JTen\r\nseconds"),
    MAIL.replace(b"Ten seconds", b"Plugwatch-Patch: pw-aaaaaaaaaa\n\nPlugwatch-Patch: pw-bbbbbbbbbb"),
    MAIL.replace(b"Warte", b"=?UTF-8?q?Plugwatch-Patch:=0Apw-aaaaaaaaaa=E2=80=A8?="),
]


@pytest.mark.parametrize("mail", HOSTILE_MAILS)
def test_a_hostile_mail_makes_a_sound_commit(released: Fork, mail: bytes) -> None:
    letter = released.read_letter(mail)
    with released.writing("patch import"):
        release = released.release("1.0.0")
        change = released.change_from_patch(release, letter.diff, "a.patch")
        facts = workflow.PatchFacts(
            letter.title or "T", letter.why or "", letter.author or AGENCY, letter.date or stamp().git_date(), None
        )
        patch, operation = workflow.add_patch(released, release, change, facts, randomness=b"12345678", stamp=stamp())
        released.commit(operation)
    assert fsck(released.directory) == ""
    assert released.stack("1.0.0")[0].patch == patch
    builds._note(patch, "c" * 40, ())  # its date can be told


def test_what_is_no_mail_is_read_as_it_is(fork: Fork) -> None:
    for data in (GIT_DIFF, b"", b"\xff\xfeF\0r\0o\0m\0", b"Index: x\n"):
        assert fork.read_letter(data) == Letter(data)
    assert fork.read_letter(b"From nowhere at all").author is None


# Stacks


def test_patches_stand_in_their_order_each_with_an_id_of_its_own(released: Fork, tmp_path: Path) -> None:
    first = imported(released, GIT_DIFF, "Wait a minute", why="The server is slow.", incident="INC-3")
    second = add_patch(
        released, tmp_path / "e2", plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n"), "Rename it"
    ).id
    stack = released.stack("1.0.0")
    assert [e.patch.id for e in stack] == [first, second]
    assert stack[0].base_tree == released.release("1.0.0").tree
    assert stack[1].base_tree == stack[0].tree
    assert stack[0].patch.incident == "INC-3"
    listed = git_text(
        released.directory,
        "log",
        "--reverse",
        "--format=%(trailers:key=Plugwatch-Patch,valueonly,separator=%x2C) %(trailers:key=Plugwatch-Origin,valueonly)",
        "upstream/1.0.0..carried/1.0.0",
    )
    assert [line for line in listed.splitlines() if line] == [f"{first} 1.0.0", f"{second} 1.0.0"]
    message = git_text(released.directory, "log", "-1", "--format=%B", "carried/1.0.0~1")
    assert message == (
        f"Wait a minute\n\nThe server is slow.\n\nPlugwatch-Patch: {first}\nPlugwatch-Incident: INC-3\n"
        "Plugwatch-Origin: 1.0.0\n"
    ).rstrip("\n")
    assert git_text(released.directory, "rev-parse", "carried/1.0.0~2") == released.release("1.0.0").commit


def test_ids_are_random_never_made_of_the_content(carrying: Fork, tmp_path: Path) -> None:
    shutil.copytree(carrying.directory, tmp_path / "twin.git")
    twin = Fork(tmp_path / "twin.git", carrying.component)
    edited = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n")
    ids = {add_patch(f, tmp_path / "edited", edited, "The same").id for f in (carrying, twin)}
    assert len(ids) == 2


def test_a_replay_gives_the_same_ids(carrying: Fork, tmp_path: Path) -> None:
    add_patch(carrying, tmp_path / "e", plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n"), "Rename it")
    tip = carrying.stacks()["1.0.0"]
    stack = carrying.stack("1.0.0")
    assert carrying.write_stack(carrying.release("1.0.0"), [(e.patch, e.tree) for e in stack]) == tip


@pytest.mark.parametrize(
    "why",
    [
        "",
        "One line.",
        "Two\nlines.\n\nAnd more.",
        "Plugwatch-Patch: pw-aaaaaaaaaa",
        "Fixes: #1\nReviewed-by: Kim",
        "a:\u2028b",
    ],
)
def test_the_why_of_a_patch_survives(released: Fork, why: str) -> None:
    imported(released, GIT_DIFF, "Plugwatch-Patch: pw-bbbbbbbbbb", why=why)
    patch = released.stack("1.0.0")[0].patch
    assert (patch.title, patch.why) == ("Plugwatch-Patch: pw-bbbbbbbbbb", why)


def test_a_commit_that_is_no_patch_of_ours_is_named(carrying: Fork) -> None:
    tree = carrying.release("1.0.0").tree
    by_hand = git(carrying.directory, "commit-tree", "-p", "carried/1.0.0", "-m", "By hand", tree).decode().strip()
    git(carrying.directory, "update-ref", "refs/heads/carried/1.0.0", by_hand)
    with pytest.raises(ForkError, match=f"commit {by_hand[:10]}: .* is no patch of this fork"):
        carrying.stack("1.0.0")


# Captures


def capture(fork: Fork, source: Path, *only: str, on: str = "1.0.0") -> Change:
    return fork.change_from_copy(fork.release(on), source, "the copy", only)


def test_an_edited_copy_of_the_release_or_of_the_release_with_patches(carrying: Fork, tmp_path: Path) -> None:
    edit = b"=== Tidier ===\n"
    of_release = write_files(tmp_path / "a", plugin(readme=edit))
    of_tip = write_files(tmp_path / "b", plugin(mail=mail_file(seconds=60), readme=edit))
    changes = [capture(carrying, of_release), capture(carrying, of_tip)]
    assert [c.files for c in changes] == [("readme.txt",)] * 2
    assert changes[0].tree == changes[1].tree
    assert changes[0].notes == ("compared with release 1.0.0",)
    assert changes[1].notes == ("compared with 1.0.0 with its patches",)
    assert content(carrying, changes[0].tree, "includes/mail.php") == mail_file(seconds=60)


def test_an_untouched_copy_holds_nothing(carrying: Fork, tmp_path: Path) -> None:
    for number, files in enumerate((plugin(), plugin(mail=mail_file(seconds=60)))):
        with pytest.raises(ForkError, match="does not differ"):
            capture(carrying, write_files(tmp_path / f"c{number}", files))


def test_an_edit_of_the_release_that_overlaps_with_a_carried_patch_is_refused(carrying: Fork, tmp_path: Path) -> None:
    without_patch = mail_file().replace(b"= 10;", b"= 15;").replace(b"tidy_send", b"tidy_post")
    add_patch(carrying, tmp_path / "s2", plugin(mail=mail_file(seconds=60), readme=b"=== x ===\n"), "Rename it")
    with pytest.raises(ForkError, match=r"overlaps .* includes/mail\.php"):
        capture(carrying, write_files(tmp_path / "c", plugin(mail=without_patch)))


def test_a_line_that_a_patch_changed_can_be_changed_again(carrying: Fork, tmp_path: Path) -> None:
    change = capture(carrying, write_files(tmp_path / "c", plugin(mail=mail_file(seconds=90))))
    assert change.notes == ("compared with 1.0.0 with its patches",)
    assert content(carrying, change.tree, "includes/mail.php") == mail_file(seconds=90)


@pytest.mark.parametrize("seconds", [10, 60])
def test_an_edit_of_a_file_with_a_patch_takes_nothing_back(carrying: Fork, tmp_path: Path, seconds: int) -> None:
    """Whether the copy was one of the release or one with the patch: the patch stays."""
    copy = write_files(tmp_path / "c", plugin(mail=mail_file(seconds=seconds, subject="'Hello'")))
    change = capture(carrying, copy)
    assert content(carrying, change.tree, "includes/mail.php") == mail_file(seconds=60, subject="'Hello'")


def test_only_takes_what_it_names(carrying: Fork, tmp_path: Path) -> None:
    files = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n") | {
        "includes/extra/new.php": b"<?php\n",
        "includes-too.php": b"<?php\n",
    }
    source = write_files(tmp_path / "c", files)
    assert capture(carrying, source, "includes/").files == ("includes/extra/new.php",)
    change = capture(carrying, source, "readme.txt", "includes/extra/new.php")
    assert change.files == ("includes/extra/new.php", "readme.txt")
    assert "left out, for --only does not name them: includes-too.php" in change.notes
    assert change.left_out == ("includes-too.php",)
    with pytest.raises(ForkError, match=r"does not differ .* in nothing\.php"):
        capture(carrying, source, "nothing.php")


def built(fork: Fork, out: Path) -> Path:
    """``fork build`` on the fork alone; the ZIP."""
    maker = builds.Maker("Fernhill Web", "https://updates.fernhill.example")
    with fork.writing("fork build"):
        done, operation = builds.make_build(fork, None, maker, builder.build, out, stamp=stamp())
        if operation:
            fork.commit(operation)
    return done.output.zip


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_an_edited_build_gives_the_edit_alone(carrying: Fork, tmp_path: Path, kind: str) -> None:
    archive = built(carrying, tmp_path / "out")
    with zipfile.ZipFile(archive) as source:
        source.extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked" / "tidy-forms"
    assert b"Version: 1.0.0.0-p1" in (folder / "tidy-forms.php").read_bytes()
    assert b"Modified by" in (folder / "includes" / "mail.php").read_bytes()
    mail = folder / "includes" / "mail.php"
    mail.write_bytes(mail.read_bytes().replace(b"'New message'", b"'Hello'"))
    (folder / "plugwatch-manifest.json").unlink()
    (folder / "PLUGWATCH-CHANGES.md").write_text("scribbled on")
    (folder / "includes" / "new.php").write_text("<?php\n")
    copy = folder if kind == "folder" else zip_files(tmp_path / "edited.zip", snapshot_files(folder))
    change = capture(carrying, copy)
    assert change.files == ("includes/mail.php", "includes/new.php")
    assert content(carrying, change.tree, "includes/mail.php") == mail_file(seconds=60, subject="'Hello'")
    assert content(carrying, change.tree, "tidy-forms.php") == plugin()["tidy-forms.php"]
    assert sorted(carrying.git.tree(change.tree)) == sorted([*plugin(), "includes/new.php"])


def snapshot_files(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in snapshot(folder).items() if data is not None}


def test_the_marks_of_a_build_stay_out_however_it_was_edited(carrying: Fork, tmp_path: Path) -> None:
    """The file with the headers is the one that is edited, and the files that only builds have are gone."""
    with zipfile.ZipFile(built(carrying, tmp_path / "out")) as source:
        source.extractall(tmp_path / "unpacked")
    main = tmp_path / "unpacked" / "tidy-forms" / "tidy-forms.php"
    main.write_bytes(main.read_bytes() + b"\ndo_action( 'tidy_ready' );\n")
    for name in ("plugwatch-manifest.json", "PLUGWATCH-CHANGES.md"):
        (main.parent / name).unlink()
    change = capture(carrying, main.parent)
    assert change.files == ("tidy-forms.php",)
    assert content(carrying, change.tree, "tidy-forms.php") == (
        plugin()["tidy-forms.php"] + b"\ndo_action( 'tidy_ready' );\n"
    )
    main.write_bytes(main.read_bytes().replace(b"1.0.0.0-p1", b"1.0.0.0-p7"))
    with pytest.raises(ForkError, match=r"is build 1\.0\.0\.0-p7, which this fork does not know"):
        capture(carrying, main.parent)


def test_an_untouched_build_holds_nothing(carrying: Fork, tmp_path: Path) -> None:
    archive = built(carrying, tmp_path / "out")
    with pytest.raises(ForkError, match=r"does not differ from build 1\.0\.0\.0-p1"):
        capture(carrying, archive)


def test_a_copy_of_an_older_build_is_brought_onto_the_stack_of_today(carrying: Fork, tmp_path: Path) -> None:
    archive = built(carrying, tmp_path / "out")
    add_patch(carrying, tmp_path / "e", plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n"), "Rename it")
    with zipfile.ZipFile(archive) as source:
        source.extractall(tmp_path / "unpacked")
    mail = tmp_path / "unpacked" / "tidy-forms" / "includes" / "mail.php"
    mail.write_bytes(mail.read_bytes().replace(b"'New message'", b"'Hello'"))
    change = capture(carrying, mail.parent.parent)
    assert change.files == ("includes/mail.php",)
    assert content(carrying, change.tree, "readme.txt") == b"=== Tidier ===\n"


def test_a_capture_goes_onto_the_release_that_is_asked_for(carrying: Fork, tmp_path: Path) -> None:
    import_release(carrying, write_files(tmp_path / "2", plugin("2.0.0")))
    assert workflow.release_to_patch(carrying, None).version == "1.0.0"  # the newest with a stack
    patch = add_patch(carrying, tmp_path / "c", plugin("2.0.0", readme=b"x\n"), "Rename it", on="2.0.0")
    assert [e.patch.id for e in carrying.stack("2.0.0")] == [patch.id]
    assert patch.origin == "2.0.0"
    assert stamp().git_date() == f"{int(NOON.timestamp())} +0000"
