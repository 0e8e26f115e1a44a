"""What an edited copy changes, and what only its way did: line endings, modes, droppings, versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workbench import add_files, add_patch, import_release, mail_file, plugin, write_files, zip_files

from plugwatch.errors import ForkError
from plugwatch.forks.changes import Change
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component
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
    assert any(note.startswith("left out, for a system or an editor left them") for note in change.notes)
    assert any(note.endswith(": debug.log, includes/error_log") for note in change.notes)
    assert change.left_out == ("debug.log", "includes/error_log")


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


def text(*changed: int, lines: int = 40) -> bytes:
    """Numbered lines, of which some are patched."""
    return "".join(f"line {n}{' patched' if n in changed else ''}\n" for n in range(lines)).encode()


@pytest.fixture
def stacked(fork: Fork, tmp_path: Path) -> Fork:
    """A fork with three patches: of a.txt, of b.txt and a.txt, and of a.txt."""
    add_files(fork, tmp_path / "1.0.0", plugin() | {"a.txt": text(), "b.txt": text()})
    stack = [(text(5), text()), (text(5, 15), text(15)), (text(5, 15, 25), text(15))]
    for number, (a, b) in enumerate(stack):
        files = plugin() | {"a.txt": a, "b.txt": b}
        add_patch(fork, tmp_path / f"s{number}", files, f"Patch {number}")
    return fork


def patch_ids(fork: Fork) -> list[str]:
    return [entry.patch.id for entry in fork.stack("1.0.0")]


@pytest.mark.parametrize("missing", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)], ids=str)
def test_a_copy_that_lacks_some_patches_takes_none_of_them_back(
    stacked: Fork, tmp_path: Path, missing: tuple[int, ...]
) -> None:
    marks = [5 + 10 * number for number in range(3) if number not in missing]
    a, b = text(*marks).replace(b"line 35", b"line 35 ours"), text(*([] if 1 in missing else [15]))
    _release, change = capture(stacked, write_files(tmp_path / "copy", plugin() | {"a.txt": a, "b.txt": b}))
    assert change.files == ("a.txt",)
    assert content(stacked, change, "a.txt") == text(5, 15, 25).replace(b"line 35", b"line 35 ours")
    ids = patch_ids(stacked)
    kept, gone = (", ".join(ids[n] for n in range(3) if (n in missing) == is_gone) for is_gone in (False, True))
    assert change.notes == (f"compared with 1.0.0 with {kept}, without {gone}",)


def test_the_patches_whose_files_the_copy_has_are_not_asked_about(stacked: Fork, tmp_path: Path) -> None:
    files = plugin(readme=b"=== Tidier ===\n") | {"a.txt": text(5, 15, 25), "b.txt": text(15)}
    _release, change = capture(stacked, write_files(tmp_path / "copy", files))
    assert (change.files, change.notes) == (("readme.txt",), ("compared with 1.0.0 with its patches",))


def test_a_copy_may_lack_half_of_many_patches(fork: Fork, tmp_path: Path) -> None:
    names = [f"{number:02}.txt" for number in range(12)]
    files = plugin() | {name: text(lines=2) for name in names}
    add_files(fork, tmp_path / "1.0.0", files)
    for name in names:
        files[name] = text(1, lines=2)
        add_patch(fork, tmp_path / name, files, f"Mend {name}")
    copy = files | {name: text(lines=2) for name in names[::2]} | {"readme.txt": b"=== Tidier ===\n"}
    assert capture(fork, write_files(tmp_path / "copy", copy))[1].files == ("readme.txt",)


GUARD = b"\ttidy_guard( $message );\n"


@pytest.fixture
def guarded(released: Fork, tmp_path: Path) -> Fork:
    """A fork whose patch adds one line to the mail."""
    add_patch(released, tmp_path / "guard", plugin(mail=with_line(GUARD)), "Guard it")
    return released


def with_line(line: bytes) -> bytes:
    return mail_file().replace(b"\treturn", line + b"\treturn")


def test_a_line_that_a_patch_added_can_be_edited_again(guarded: Fork, tmp_path: Path) -> None:
    edited = with_line(b"\ttidy_guard( $message, true );\n")
    _release, change = capture(guarded, write_files(tmp_path / "copy", plugin(mail=edited)))
    assert change.notes == ("compared with 1.0.0 with its patches",)
    assert content(guarded, change, "includes/mail.php") == edited


def test_another_line_in_the_place_of_a_patch_never_replaces_it(guarded: Fork, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin(mail=with_line(b"\tdo_action( 'acme_mail', 1, 2 );\n")))
    with pytest.raises(ForkError, match="overlaps with a patch carried already"):
        capture(guarded, copy)


def test_what_a_patch_added_or_deleted_is_no_change_of_a_copy_without_it(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin() | {"track.php": b"<?php\n"})
    add_patch(fork, tmp_path / "s", plugin() | {"new.php": b"<?php\n"}, "Another file")
    copy = plugin(readme=b"=== Tidier ===\n") | {"track.php": b"<?php\n"}
    _release, change = capture(fork, write_files(tmp_path / "copy", copy))
    assert (change.files, change.deleted) == (("readme.txt",), ())
    assert {"new.php", "track.php"}.intersection(fork.git.tree(change.tree)) == {"new.php"}


AKISMET = b"<?php\n/*\n * Plugin Name: Akismet\n * Version: %s\n */\n"


@pytest.mark.parametrize("version", [b"1.0.0", b"5.3"])
@pytest.mark.parametrize("on", [None, "1.0.0"])
def test_a_copy_of_another_plugin_is_refused(released: Fork, tmp_path: Path, version: bytes, on: str | None) -> None:
    other = {"akismet.php": AKISMET % version, "includes/mail.php": mail_file(), "readme.txt": b"Akismet\n"}
    copy = write_files(tmp_path / "copy", other)
    with pytest.raises(ForkError, match=r"akismet\.php says 'Plugin Name: Akismet', but release 1\.0\.0 is 'Tidy F"):
        capture(released, copy, on=on)
    with pytest.raises(ForkError, match=r"another component"):
        capture(released, copy, "readme.txt", on=on)


def test_a_theme_with_another_name_is_refused(tmp_path: Path) -> None:
    fork = ForkStore(tmp_path / "forks").create(Component("theme", "calm"))
    style = b"/*\nTheme Name: %s\nVersion: 1.0\n*/\n"
    add_files(fork, tmp_path / "1.0", {"style.css": style % b"Calm", "index.php": b"<?php\n"})
    copy = write_files(tmp_path / "copy", {"style.css": style % b"Loud", "index.php": b"<?php // ours\n"})
    with pytest.raises(ForkError, match=r"style\.css of the copy says 'Theme Name: Loud', that of release 1\.0 'Calm'"):
        capture(fork, copy)
    assert capture(fork, copy, "index.php")[1].files == ("index.php",)


def test_the_folder_above_is_refused_with_the_one_to_give(released: Fork, tmp_path: Path) -> None:
    plugins = {f"{slug}/{path}": data for slug in ("akismet", "tidy-forms", "x") for path, data in plugin().items()}
    copy = write_files(tmp_path / "plugins", plugins)
    for on in (None, "1.0.0"):
        with pytest.raises(ForkError, match=r"has plugin/tidy-forms in its folder tidy-forms; give that folder alone"):
            capture(released, copy, on=on)


def test_a_part_of_a_copy_is_taken_only_by_name(released: Fork, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "part", {"includes/mail.php": mail_file(seconds=60)})
    with pytest.raises(ForkError, match=r"the copy lacks tidy-forms\.php, the main file; .* --only"):
        capture(released, copy)
    _release, change = capture(released, copy, "includes/mail.php")
    assert (change.files, change.deleted) == (("includes/mail.php",), ())


def test_a_copy_that_lacks_more_than_half_of_the_files_is_refused(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin() | {"a.php": b"1\n", "b.php": b"2\n", "c.php": b"3\n"})
    copy = plugin() | {"c.php": b"3\n"}
    _release, change = capture(fork, write_files(tmp_path / "half", {k: copy[k] for k in list(copy)[1:]}))
    assert change.deleted == change.files == ("a.php", "b.php", "includes/mail.php")
    with pytest.raises(ForkError, match=r"the copy lacks 4 of the 6 files of release 1\.0\.0; give a whole copy"):
        capture(fork, write_files(tmp_path / "less", {k: copy[k] for k in list(copy)[2:]}))
    gone = ["a.php", "b.php", "includes/mail.php", "readme.txt"]
    assert list(capture(fork, tmp_path / "less", *gone)[1].deleted) == gone


def test_a_single_file_keeps_its_name(fork: Fork, tmp_path: Path) -> None:
    (tmp_path / "hello.php").write_bytes(AKISMET % b"1.0")
    import_release(fork, tmp_path / "hello.php")
    (tmp_path / "hello-edited.php").write_bytes(AKISMET % b"1.0" + b"// ours\n")
    with pytest.raises(ForkError, match=r"of the copy is hello-edited\.php, but that of release 1\.0 is hello\.php"):
        capture(fork, tmp_path / "hello-edited.php")


STRAYS = [
    "uploads/a.png",
    "cache/t.php",
    "logs/x.txt",
    "mail.php.bak",
    "backup.zip",
    "db.sql",
    ".ftpquota",
    ".htaccess",
]


def test_files_of_the_site_stay_out_until_they_are_named(released: Fork, tmp_path: Path) -> None:
    files = plugin(mail=mail_file(seconds=60)) | dict.fromkeys(STRAYS, b"secret\n")
    copy = write_files(tmp_path / "copy", files)
    _release, change = capture(released, copy)
    assert (change.files, change.left_out) == (("includes/mail.php",), tuple(sorted(STRAYS)))
    assert all(stray in change.notes[1] for stray in STRAYS)
    assert capture(released, copy, "./uploads/a.png", "db.sql")[1].files == ("db.sql", "uploads/a.png")
    with pytest.raises(ForkError, match=r"does not differ .* in uploads; .*PATH takes one\): .*uploads/a\.png"):
        capture(released, copy, "uploads")


def test_a_file_of_that_kind_in_the_release_can_be_edited(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1.0.0", plugin() | dict.fromkeys(STRAYS, b"the vendor's\n"))
    _release, change = capture(fork, write_files(tmp_path / "copy", plugin() | dict.fromkeys(STRAYS, b"ours\n")))
    assert change.files == tuple(sorted(STRAYS))


def test_a_copy_that_differs_only_in_what_was_put_aside_says_so(fork: Fork, tmp_path: Path) -> None:
    source = write_files(tmp_path / "1.0.0", plugin())
    (source / "tidy-forms.php").chmod(0o755)
    import_release(fork, source)
    copy = {path: crlf(data) for path, data in plugin().items()} | {"db.sql": b"secret\n"}
    with pytest.raises(ForkError) as caught:
        capture(fork, write_files(tmp_path / "copy", copy))
    message = str(caught.value)
    assert message.startswith("the copy does not differ from release 1.0.0; there is nothing to capture (")
    assert "one mode, so those of the release were kept: tidy-forms.php" in message
    assert "other line endings throughout, so those of the release were kept: includes/mail.php" in message
    assert "db.sql" in message
