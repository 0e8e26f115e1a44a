"""Patch files as mail programs, diff and git write them, read as ``git am`` and ``git apply`` would."""

from __future__ import annotations

import base64
import quopri
import subprocess
from pathlib import Path

import pytest
from workbench import add_files, git, plugin, write_files

from plugwatch.errors import InputError
from plugwatch.forks.changes import PatchIsThereError, read_letters
from plugwatch.forks.fork import Fork

LINES = [b"line %d\n" % number for number in range(1, 61)]
FIRST = [*LINES[:19], "line 20 \u00e9\n".encode(), *LINES[20:]]
BOTH = [*FIRST[:39], b'$limit=10; $a = "b";\n', *FIRST[40:]]
NEW = b"<?php // new\n"


@pytest.fixture
def released(fork: Fork, tmp_path: Path) -> Fork:
    """A fork with release 1.0.0 and nothing on it; its readme is long enough for two changes."""
    add_files(fork, tmp_path / "1.0.0", plugin(readme=b"".join(LINES)))
    return fork


@pytest.fixture
def mails(tmp_path: Path) -> list[bytes]:
    """Two commits as ``git format-patch`` writes them."""
    repository = write_files(tmp_path / "repo", plugin(readme=b"".join(LINES)))
    git(repository, "init", "--quiet")
    for number, lines in enumerate((LINES, FIRST, BOTH)):
        write_files(repository, {"readme.txt": b"".join(lines)})
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", f"Step {number}\n\nReason {number}.")
    return [git(repository, "format-patch", "--stdout", "-1", name) for name in ("HEAD~1", "HEAD")]


def encoded(mail: bytes, how: str) -> bytes:
    """The mail with its body in a transfer encoding, under the line that mail programs write above it."""
    head, _empty, body = mail.partition(b"\n\n")
    kept = [line for line in head.split(b"\n")[1:] if not line.lower().startswith((b"content-", b"mime-"))]
    fields = f"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: {how}\n\n"
    wrapped = quopri.encodestring(body) if how[0] == "q" else base64.encodebytes(body)
    return b"\n".join([b"From kim@x.example Sat Nov 22 10:00:00 2025", *kept]) + b"\n" + fields.encode() + wrapped


@pytest.mark.parametrize("first", ["quoted-printable", "base64", "", "bare"])
@pytest.mark.parametrize("second", ["quoted-printable", "base64", ""])
def test_each_mail_of_a_mailbox_has_an_encoding_of_its_own(
    released: Fork, mails: list[bytes], first: str, second: str
) -> None:
    one, two = (
        encoded(mail, how) if how not in ("", "bare") else mail
        for mail, how in zip(mails, (first, second), strict=True)
    )
    box = (one.partition(b"\n")[2] if first == "bare" else one) + two
    letter = released.read_letter(box)
    change = released.change_from_patch(released.release("1.0.0"), letter.diff, "box")
    assert git(released.directory, "cat-file", "blob", f"{change.tree}:readme.txt") == b"".join(BOTH)
    assert (letter.title, letter.why) == ("Step 1", "Reason 1.\n\nStep 2\n\nReason 2.")
    assert [found.title for found in read_letters(released.git, box)] == ["Step 1", "Step 2"]


def test_a_cover_letter_is_no_patch_but_a_title(released: Fork, mails: list[bytes]) -> None:
    cover = mails[0].split(b"Subject:")[0] + b"Subject: [PATCH 0/2] All of it\n\nIt broke.\n\n-- \n2.39.5\n\n"
    box = cover + b"".join(mails)
    assert [letter.title for letter in read_letters(released.git, box)] == ["Step 1", "Step 2"]
    assert released.read_letter(box).title == "All of it"
    assert [letter.title for letter in read_letters(released.git, cover)] == ["All of it"]


def test_a_mailbox_of_very_many_mails_is_refused(released: Fork) -> None:
    with pytest.raises(InputError, match="more than 1000 mails; give it in parts"):
        released.read_letter(b"From x Sat Nov 22 10:00:00 2025\n\n" * 1001)


def added_files(fork: Fork, data: bytes) -> tuple[str, ...]:
    """Where a patch that only adds files lays them."""
    return fork.change_from_patch(fork.release("1.0.0"), data, "add.diff").files


def test_files_added_between_two_folders_stay_in_their_folder(released: Fork, tmp_path: Path) -> None:
    write_files(tmp_path / "orig", plugin())
    write_files(tmp_path / "new", plugin() | {"includes/new.php": NEW, "b/new.php": NEW})
    made = subprocess.run(["diff", "-ruN", "orig", "new"], cwd=tmp_path, capture_output=True, check=False).stdout
    assert added_files(released, made) == ("b/new.php", "includes/new.php")


@pytest.mark.parametrize("options", [(), ("--no-prefix",), ("--src-prefix=old/", "--dst-prefix=new/")])
@pytest.mark.parametrize("path", ["b/new.php", "includes/new.php", "a/b/new.php"])
def test_files_added_in_git_stay_in_their_folder(
    released: Fork, tmp_path: Path, options: tuple[str, ...], path: str
) -> None:
    repository = write_files(tmp_path / "repo", plugin())
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "Base")
    write_files(repository, {path: NEW})
    git(repository, "add", "--all")
    assert added_files(released, git(repository, "diff", "--cached", *options)) == (path,)


def test_the_same_folder_twice_says_which_to_name(released: Fork) -> None:
    change = "--- a/{0}/readme.txt\n+++ b/{0}/readme.txt\n@@ -1,3 +1,3 @@\n-line 1\n+{0}\n line 2\n line 3\n"
    twice = "".join(change.format(top) for top in ("src", "trunk")).encode()
    with pytest.raises(InputError, match=r"\(readme\.txt from src/ or readme\.txt from trunk/\).*--prefix"):
        added_files(released, twice)


def test_what_was_left_out_is_not_said_to_be_there(released: Fork) -> None:
    made = b"--- /dev/null\n+++ b/tests/a.php\n@@ -0,0 +1 @@\n+<?php\n"
    there = b"--- a/readme.txt\n+++ b/readme.txt\n@@ -1,3 +1,3 @@\n-line 0\n+line 1\n line 2\n line 3\n"
    with pytest.raises(PatchIsThereError, match=r"is there already, .* \(but for tests/a\.php, which no release has\)"):
        added_files(released, there + made)
