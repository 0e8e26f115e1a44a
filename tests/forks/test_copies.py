"""What an edited copy changes, and what only its way did: line endings, modes, droppings, versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workbench import add_files, add_patch, import_release, mail_file, plugin, write_files, zip_files

from plugwatch.errors import ForkError
from plugwatch.forks.changes import Change
from plugwatch.forks.fork import Fork
from plugwatch.model.fork import Release


@pytest.fixture
def released(fork: Fork, tmp_path: Path) -> Fork:
    """A fork with release 1.0.0 of Tidy Forms."""
    add_files(fork, tmp_path / "1.0.0", plugin("1.0.0"))
    return fork


def capture(fork: Fork, source: Path, *only: str, on: str | None = None) -> tuple[Release, Change]:
    """``patch capture`` up to the change."""
    with fork.writing("patch capture"):
        edited = fork.store(source, "the copy")
        release = fork.release(on) if on else fork.release_of_copy(edited)
        return release, fork.change_from_stored(release, edited, only)


def content(fork: Fork, change: Change, path: str) -> bytes:
    return fork.git.blob(f"{change.tree}:{path}")


def crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def test_a_copy_that_came_by_ftp_is_no_patch_of_every_line(released: Fork, tmp_path: Path) -> None:
    files = {path: crlf(data) for path, data in plugin(mail=mail_file(seconds=60)).items()}
    _release, change = capture(released, write_files(tmp_path / "copy", files))
    assert change.files == ("includes/mail.php",)
    assert content(released, change, "includes/mail.php") == mail_file(seconds=60)
    assert "the copy has other line endings throughout" in change.notes[1]
    assert "includes/mail.php, readme.txt, tidy-forms.php" in change.notes[1]
    untouched = {path: crlf(data) for path, data in plugin().items()}
    with pytest.raises(ForkError, match=r"does not differ from release 1\.0\.0"):
        capture(released, write_files(tmp_path / "untouched", untouched))


def test_a_release_with_crlf_keeps_it(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", {path: crlf(data) for path, data in plugin().items()})
    _release, change = capture(fork, write_files(tmp_path / "copy", plugin(mail=mail_file(seconds=60))))
    assert change.files == ("includes/mail.php",)
    assert content(fork, change, "includes/mail.php") == crlf(mail_file(seconds=60))


def test_line_endings_that_the_edit_brought_stay(released: Fork, tmp_path: Path) -> None:
    mixed = mail_file().replace(b"\treturn", b"\tlog_it();\r\n\treturn")
    _release, change = capture(released, write_files(tmp_path / "copy", plugin(mail=mixed)))
    assert content(released, change, "includes/mail.php") == mixed
    whole = mail_file().rstrip(b"\n")
    _release, change = capture(released, write_files(tmp_path / "other", plugin(mail=whole)))
    assert content(released, change, "includes/mail.php") == whole


def test_a_binary_file_is_never_mended(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin() | {"icon.png": b"\0a\nb\n"})
    _release, change = capture(fork, write_files(tmp_path / "copy", plugin() | {"icon.png": b"\0a\r\nb\r\n"}))
    assert content(fork, change, "icon.png") == b"\0a\r\nb\r\n"


def test_a_copy_in_which_all_modes_are_one_says_nothing_of_modes(fork: Fork, tmp_path: Path) -> None:
    source = write_files(tmp_path / "1.0.0", plugin() | {"bin/run.sh": b"#!/bin/sh\n"})
    (source / "bin" / "run.sh").chmod(0o755)
    import_release(fork, source)
    edited = plugin(mail=mail_file(seconds=60)) | {"bin/run.sh": b"#!/bin/sh\nexit\n", "new.php": b"<?php\n"}
    for name, mode in (("plain", 0o644), ("all", 0o777)):
        copy = write_files(tmp_path / name, edited)
        for path in copy.rglob("*.*"):
            path.chmod(mode)
        _release, change = capture(fork, copy)
        modes = {path: entry.mode for path, entry in fork.git.tree(change.tree).items()}
        assert {path for path, mode in modes.items() if mode == "100755"} == {"bin/run.sh"}
        assert change.files == ("bin/run.sh", "includes/mail.php", "new.php")


def test_a_mode_that_somebody_changed_is_a_change(released: Fork, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin())
    (copy / "tidy-forms.php").chmod(0o755)
    assert capture(released, copy)[1].files == ("tidy-forms.php",)


def test_what_systems_editors_and_servers_leave_behind_stays_out(released: Fork, tmp_path: Path) -> None:
    junk = [".DS_Store", "includes/Thumbs.db", "mail.php.orig", "mail.php.rej", "readme.txt~", "includes/error_log"]
    junk += ["debug.log", ".mail.php.swp", "__MACOSX/x", "node_modules/a/index.js"]
    files = plugin(mail=mail_file(seconds=60)) | dict.fromkeys(junk, b"junk\n") | {"plugwatch.lock": b"{}"}
    copy = write_files(tmp_path / "copy", files)
    (copy / ".git").mkdir()
    (copy / ".git" / "config").write_text("")
    _release, change = capture(released, copy)
    assert change.files == ("includes/mail.php",)
    assert any(note.startswith("left out, for a system, an editor or a server") for note in change.notes)


def test_what_the_vendor_ships_under_such_a_name_can_be_edited(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin() | {"a.orig": b"1\n", ".DS_Store": b"1"})
    _release, change = capture(fork, write_files(tmp_path / "copy", plugin() | {"a.orig": b"2\n", ".DS_Store": b"2"}))
    assert change.files == ("a.orig",)


def test_the_release_is_found_by_the_version_in_the_header(released: Fork, tmp_path: Path) -> None:
    add_files(released, tmp_path / "2.0.0", plugin("2.0.0"))
    copy = zip_files(tmp_path / "copy.zip", plugin("1.0.0", mail=mail_file(seconds=60)))
    release, change = capture(released, copy)
    assert (release.version, change.files) == ("1.0.0", ("includes/mail.php",))


def test_of_two_releases_with_one_version_the_nearer_is_meant(released: Fork, tmp_path: Path) -> None:
    again = plugin("1.0.0", readme=b"=== Tidy Forms ===\nSilently changed.\n")
    add_files(released, tmp_path / "again", again)
    copy = again | {"includes/mail.php": mail_file(seconds=60)}
    release, change = capture(released, write_files(tmp_path / "copy", copy))
    assert (release.version, change.files) == ("1.0.0+r2", ("includes/mail.php",))


def test_without_a_header_the_files_tell_the_release(fork: Fork, tmp_path: Path) -> None:
    for version, mail in (("1.0", mail_file()), ("2.0", mail_file(seconds=99)), ("3.0", mail_file(seconds=99))):
        files = {"a.php": b"<?php // a\n", "b.php": b"<?php // b\n", "mail.php": mail}
        add_files(fork, tmp_path / version, files, version)
    copy = write_files(tmp_path / "copy", files | {"mail.php": mail_file(seconds=99, subject="'Hi'")})
    assert capture(fork, copy)[0].version in ("2.0", "3.0")
    copy = write_files(tmp_path / "other", files | {"mail.php": mail_file(subject="'Hi'")})
    assert capture(fork, copy)[0].version == "1.0"


def test_a_version_that_is_not_here_is_named_with_the_way_to_get_it(released: Fork, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin("1.0.1", mail=mail_file(seconds=60)))
    with pytest.raises(ForkError) as caught:
        capture(released, copy)
    message = str(caught.value)
    assert "says that it is version 1.0.1, which this fork does not have" in message
    assert "'plugwatch fork import plugin/tidy-forms --version 1.0.1 --from ZIP'" in message
    assert "say --on 1.0.0 (2 files differ)" in message
    _release, change = capture(released, copy, on="1.0.0")
    assert change.files == ("includes/mail.php", "tidy-forms.php")
    assert any("the copy says that it is version 1.0.1" in note for note in change.notes)


def test_a_copy_of_a_release_without_the_patches_asks_where_to_put_it(carrying: Fork, tmp_path: Path) -> None:
    add_files(carrying, tmp_path / "2.0.0", plugin("2.0.0"))
    copy = write_files(tmp_path / "copy", plugin("2.0.0", readme=b"=== Tidier ===\n"))
    with pytest.raises(
        ForkError, match=re.escape("the patches are on 1.0.0; say --on 1.0.0 to bring the change there")
    ):
        capture(carrying, copy)
    release, change = capture(carrying, copy, on="1.0.0")
    assert (release.version, change.files) == ("1.0.0", ("readme.txt",))
    assert change.notes[0] == "compared with release 2.0.0"
    assert content(carrying, change, "includes/mail.php") == mail_file(seconds=60)
    assert capture(carrying, copy, on="2.0.0")[1].files == ("readme.txt",)


def test_what_overlaps_with_another_release_is_refused(carrying: Fork, tmp_path: Path) -> None:
    add_files(carrying, tmp_path / "2.0.0", plugin("2.0.0", mail=mail_file(seconds=15)))
    copy = write_files(tmp_path / "copy", plugin("2.0.0", mail=mail_file(seconds=90)))
    with pytest.raises(ForkError, match=r"made from release 2\.0\.0 and overlaps .* in includes/mail\.php"):
        capture(carrying, copy, on="1.0.0")


def test_each_path_of_only_must_name_a_change(released: Fork, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n"))
    with pytest.raises(ForkError, match=r"in readme\.md; .* but in includes/mail\.php, readme\.txt"):
        capture(released, copy, "./includes/", "readme.md")
    release, change = capture(released, copy, "./includes/")
    assert (change.files, change.left_out) == (("includes/mail.php",), ("readme.txt",))
    add_patch(released, tmp_path / "first", plugin(mail=mail_file(seconds=60)), "One")
    assert capture(released, copy, "readme.txt")[0] == release


def test_a_change_that_is_carried_already_is_told(carrying: Fork, tmp_path: Path) -> None:
    add_files(carrying, tmp_path / "2.0.0", plugin("2.0.0"))
    copy = write_files(tmp_path / "copy", plugin("2.0.0", mail=mail_file(seconds=60)))
    with pytest.raises(ForkError, match=r"nothing that is not carried already \(compared with release 2\.0\.0\)"):
        capture(carrying, copy, on="1.0.0")


def test_a_fork_without_releases_asks_for_one(fork: Fork, tmp_path: Path) -> None:
    with pytest.raises(ForkError, match="has no release yet; add one with 'plugwatch fork import'"):
        capture(fork, write_files(tmp_path / "copy", plugin()))


def test_only_may_name_the_whole_copy(released: Fork, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin(readme=b"=== Tidier ===\n"))
    assert capture(released, copy, ".")[1].files == ("readme.txt",)
