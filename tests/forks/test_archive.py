"""Releases are read byte for byte, and whatever is not safe or not whole is refused by name."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
import subprocess
import tracemalloc
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.forks import archive
from plugwatch.forks.archive import open_source, single_php

PHP = b"<?php\r\n// Plugin Name: Tidy Forms\n"


def make_zip(path: Path, entries: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in entries.items():
            info = zipfile.ZipInfo("placeholder")
            info.filename = name  # the constructor would tidy the name up
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            out.writestr(info, data)
    return path


def contents(path: Path) -> dict[str, bytes]:
    with open_source(path) as source:
        return {file.path: file.read() for file in source.files()}


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        contents(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return caught.value.reason


def patched(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def test_a_zip_with_one_folder_is_read_without_it(tmp_path: Path) -> None:
    files = {"tidy/tidy.php": PHP, "tidy/.gitignore": b"vendor/\n", "tidy/vendor/a.php": b"", "tidy/B.txt": b"\x00\xff"}
    path = make_zip(tmp_path / "tidy.zip", {"tidy/": b"", **files}, {"tidy/vendor/a.php": 0o100755, "tidy/": 0o040755})
    with open_source(path) as source:
        found = list(source.files())
        assert (source.kind, source.top, source.warnings) == ("zip", "tidy", ())
        assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert [file.path for file in found] == [".gitignore", "B.txt", "tidy.php", "vendor/a.php"]
        assert [file.executable for file in found] == [False, False, False, True]
        assert {f"tidy/{file.path}": file.read() for file in found} == files
        assert all(file.size == len(file.read()) for file in found)


@pytest.mark.parametrize(
    ("entries", "top", "paths"),
    [
        ({"a.php": PHP}, None, ["a.php"]),
        ({"a.php": PHP, "inc/b.php": PHP}, None, ["a.php", "inc/b.php"]),
        ({"a/a.php": PHP, "b/b.php": PHP}, None, ["a/a.php", "b/b.php"]),
        ({"a/b/c.php": PHP}, "a", ["b/c.php"]),
        ({"a-1.2/a.php": PHP, "a-1.2/ü.txt": b""}, "a-1.2", ["a.php", "ü.txt"]),
        ({"a/b.php": PHP, "a/b-c.php": PHP, "a/b/d.php": PHP}, "a", ["b-c.php", "b.php", "b/d.php"]),
    ],
)
def test_only_a_single_top_folder_is_stripped(
    tmp_path: Path, entries: dict[str, bytes], top: str, paths: list[str]
) -> None:
    with open_source(make_zip(tmp_path / "a.zip", entries)) as source:
        assert source.top == top
        assert [file.path for file in source.files()] == paths


def test_what_macos_adds_is_left_out_and_told(tmp_path: Path) -> None:
    entries = {"tidy/tidy.php": PHP, "__MACOSX/tidy/._tidy.php": b"x", "tidy/.DS_Store": b"x", ".DS_Store": b"x"}
    with open_source(make_zip(tmp_path / "a.zip", entries)) as source:
        assert source.top == "tidy"
        assert [file.path for file in source.files()] == ["tidy.php"]
        assert sorted(warning.split()[0] for warning in source.warnings) == [".DS_Store", "__MACOSX/", "tidy/.DS_Store"]


def test_a_vendors_own_ds_store_is_the_vendors(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"tidy/tidy.php": PHP, "tidy/.DS_Store": b"x", ".DS_Store": b"x"})
    assert contents(path) == {"tidy.php": PHP, ".DS_Store": b"x"}


def test_names_are_utf_8_where_they_can_be_and_else_code_page_437(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/XX.txt": b"1", "a/YYY.txt": b"2", "a/flagged-é.txt": b"3"})
    patched(patched(path, b"a/XX.txt", "a/ü.txt".encode()), b"a/YYY.txt", b"a/Y\x82Y.txt")
    assert contents(path) == {"ü.txt": b"1", "YéY.txt": b"2", "flagged-é.txt": b"3"}


def test_a_name_that_lies_about_being_utf_8_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/é.txt": b"3"})
    assert "UTF-8" in refusal(patched(path, "é".encode(), b"\xff\xff"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("\\server\\x", "absolute"),
        ("C:/x.php", "absolute"),
        ("c:x.php", "absolute"),
        ("a/../../x.php", "'..'"),
        ("..", "'..'"),
        ("a/./x.php", "'.'"),
        ("a//x.php", "empty"),
        ("", "empty"),
        ("a\\x.php", "backslash"),
        ("a/x\x00y.php", "control"),
        ("a/x\ny.php", "control"),
        ("a/x\x1b[2J.php", "control"),
        ("a/.git/config", "git folder"),
        ("a/.GiT/config", "git folder"),
        ("a/GIT~1/config", "git folder"),
        ("a/.git. ./config", "git folder"),
        ("a/.git::$INDEX_ALLOCATION/config", "git folder"),
        ("a/.g\u200cit/config", "git folder"),
        ("a/.git", "git folder"),
        ("a/" + "b/" * 600 + "c.php", "longer than 1024 bytes"),
        ("a/" + "b" * 256, "longer than 255 bytes"),
    ],
)
def test_a_path_that_means_something_else_elsewhere_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    text = refusal(make_zip(tmp_path / "a.zip", {"a/a.php": PHP, name: b"x"}))
    assert reason in text
    assert repr(name[:40])[:-1] in text


@pytest.mark.parametrize(
    "name",
    ["a/git/x.php", "a/.github/x.yml", "a/.gitattributes", "a/.gitmodules", "a/git~2", "a/x..y", "a/.gitx", "a/..."],
)
def test_names_that_only_look_alike_are_taken(tmp_path: Path, name: str) -> None:
    assert contents(make_zip(tmp_path / "a.zip", {"a/a.php": PHP, name: b"x"}))[name[2:]] == b"x"


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("a/Read.me", "a/read.ME", "only in case"),
        ("a/straße.txt", "a/STRASSE.txt", "only in case"),
        ("a/\u00e9.txt", "a/e\u0301.txt", "only in case or accents"),
        ("a/Inc/x.php", "a/inc/y.php", "only in case"),
        ("a/inc", "a/Inc/y.php", "only in case"),
        ("a/inc", "a/inc/y.php", "a file and a folder"),
    ],
)
def test_two_entries_for_one_place_are_refused(tmp_path: Path, first: str, second: str, reason: str) -> None:
    assert reason in refusal(make_zip(tmp_path / "a.zip", {"a/a.php": PHP, first: b"1", second: b"2"}))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/../", "'..'"),
        ("/", "empty"),
        ("a//", "empty"),
        ("a/a.php/", "a file and a folder"),
        ("a/.GIT/", "git folder"),
    ],
)
def test_folder_entries_obey_the_same_rules(tmp_path: Path, name: str, reason: str) -> None:
    assert reason in refusal(make_zip(tmp_path / "a.zip", {"a/a.php": PHP, name: b""}))


def test_a_folder_entry_has_no_content(tmp_path: Path) -> None:
    assert "folder with content" in refusal(make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/b/": b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP})
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("a/a.php", b"other")
    assert refusal(path) == "the entry 'a/a.php' is there twice"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (stat.S_IFLNK, "symbolic link"),
        (stat.S_IFIFO, "plain file"),
        (stat.S_IFCHR, "plain file"),
        (stat.S_IFDIR, "plain"),
    ],
)
def test_only_plain_files_are_taken_from_a_zip(tmp_path: Path, kind: int, reason: str) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/x": b"/etc/passwd"}, {"a/x": kind | 0o777})
    assert reason in refusal(path)


def test_links_made_by_a_real_zip_program_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.php").write_bytes(PHP)
    (tmp_path / "a" / "link").symlink_to("../../secret")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.write(tmp_path / "a" / "a.php", "a/a.php")
        info = zipfile.ZipInfo("a/link")
        info.create_system = 3
        info.external_attr = (tmp_path / "a" / "link").lstat().st_mode << 16
        out.writestr(info, "../../secret")
    assert refusal(path) == "the entry 'a/link' is a symbolic link; links are not taken"


def central(path: Path, offset: int, value: bytes) -> Path:
    """Change bytes of the last entry's central header."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02") + offset
    data[at : at + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (8, b"\x01\x00", "encrypted"),
        (10, b"\x0c\x00", "rare method"),
        (16, b"\0\0\0\0", "checksum"),
        (20, struct.pack("<L", 1), "not as long"),
        (20, struct.pack("<L", 1 << 29), "cut short"),
        (24, struct.pack("<L", 5), "not as long"),
        (24, struct.pack("<L", 5000), "not as long"),
        (24, struct.pack("<L", (1 << 30) + 1), "more than 1 GiB"),
        (42, struct.pack("<L", 0), "shares its bytes"),
        (42, struct.pack("<L", 60), "shares its bytes"),
    ],
)
def test_a_directory_that_lies_is_found_out(tmp_path: Path, offset: int, value: bytes, reason: str) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/data.txt": os.urandom(300)})
    text = refusal(central(path, offset, value))
    assert reason in text
    assert reason == "more than 1 GiB" or "'a/data.txt'" in text or "'a/a.php'" in text


def test_a_shortened_size_with_a_fitting_checksum_is_found_out(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/data.txt": b"good evil"})
    central(path, 16, struct.pack("<L", zlib.crc32(b"good")))
    assert "not as long" in refusal(central(path, 24, struct.pack("<L", 4)))


def test_an_entry_with_two_names_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/data.txt": b"x"})
    assert "two different names" in refusal(central(path, 46, b"a/dato"))


@pytest.mark.parametrize("keep", [10, 60, 200, -1, -30])
def test_a_download_that_broke_off_is_told(tmp_path: Path, keep: int) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP * 20, "a/data.bin": os.urandom(400)})
    path.write_bytes(path.read_bytes()[:keep])
    assert "cut short or damaged" in refusal(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/zeros": b"\0" * (3 << 20)})
    tracemalloc.start()
    try:
        assert "more than 200 times" in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
    finally:
        tracemalloc.stop()


def test_an_entry_is_read_in_pieces_that_fit_the_memory(tmp_path: Path) -> None:
    noise = os.urandom(1 << 20)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as out, out.open("a/large", "w") as large:
            for _ in range(32):
                large.write(noise)
        with open_source(tmp_path / "a.zip") as source:
            (file,) = source.files()
            tracemalloc.start()
            try:
                assert sum(map(len, file.pieces())) == 32 << 20
                assert file.head(5000) == noise[:5000]
                assert tracemalloc.get_traced_memory()[1] < 8 << 20
            finally:
                tracemalloc.stop()


def test_two_entries_can_be_read_at_the_same_time(tmp_path: Path) -> None:
    files = {f"a/{n}": os.urandom(3 << 20) for n in "bc"}
    with open_source(make_zip(tmp_path / "a.zip", files)) as source:
        one, two = zip(*zip(*(file.pieces() for file in source.files()), strict=True), strict=True)
    assert [b"".join(one), b"".join(two)] == list(files.values())


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_no_plugin_ships_is_refused_by_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1 << 20)
    files = {"a.php": PHP, "fits": bytes(1 << 20), "large.bin": bytes((1 << 20) + 1)}
    path = make_zip(tmp_path / "a.zip", files) if packed else make_folder(tmp_path / "a", files)
    assert refusal(path) == "the entry 'large.bin' is larger than 1 MiB; take the release without it"


def test_a_sparse_file_of_a_gibibyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP})
    with (root / "large").open("wb") as file:
        file.truncate(archive.MAX_BYTES)
    with pytest.raises(InputError, match="'large' is larger than 256 MiB"):
        open_source(root)


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 1 << 20)
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP})
    with open_source(root) as source:
        (root / "tidy.php").write_bytes(bytes((1 << 20) + 1))
        with pytest.raises(InputError, match="is larger than 1 MiB"):
            next(source.files()).read()


def test_small_entries_may_pack_well(tmp_path: Path) -> None:
    assert (
        len(contents(make_zip(tmp_path / "a.zip", {"a/a.php": PHP, "a/zeros": b"\0" * (1 << 20)}))["zeros"]) == 1 << 20
    )


def test_entries_are_counted_before_they_become_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip(tmp_path / "a.zip", {f"a/{n}": b"" for n in range(40)})
    monkeypatch.setattr(archive, "MAX_ENTRIES", 40)
    assert len(contents(path)) == 40
    monkeypatch.setattr(archive, "MAX_ENTRIES", 39)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert refusal(path) == "it has more than 39 entries"


def test_few_entries_may_not_imply_many_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 100)
    path = make_zip(tmp_path / "a.zip", {f"a/{n}" + "/b" * 40: b"" for n in range(4)})
    assert "more than 100 entries" in refusal(path)


@pytest.mark.parametrize(
    ("start", "looks"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page, probably a login page"),
        (b"\xef\xbb\xbf\r\n <HTML lang='de'>", "an HTML page"),
        (b"<!-- cached -->", "an HTML page"),
        (b'{"error": "licence expired"}', "a JSON answer"),
        (b"<?xml version='1.0'?><Error/>", "an XML document"),
        (b"\x1f\x8b\x08", "an archive of another kind"),
        (b"Rar!\x1a", "an archive of another kind"),
        (b"<?php", "a PHP file"),
        (b"PK\x03\x04", "cut short"),
        (b"hello", "not a ZIP"),
    ],
)
def test_what_is_no_zip_is_told_by_its_looks(tmp_path: Path, start: bytes, looks: str) -> None:
    path = tmp_path / "download.zip"
    path.write_bytes(start)
    assert looks in refusal(path)


def test_a_zip_in_a_zip_says_unpack_it_first(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"a/a.php": PHP}).read_bytes()
    for entries in ({"tidy.zip": inner}, {"all/tidy.zip": inner, "all/licence.txt": b"", "all/docs/x.css": b""}):
        assert "'tidy.zip'; unpack it first" in refusal(make_zip(tmp_path / "outer.zip", entries))
    kept = {"a.php": PHP, "fonts.zip": inner}
    assert contents(make_zip(tmp_path / "outer.zip", kept)) == kept


@pytest.mark.parametrize("entries", [{}, {"a/": b""}, {"__MACOSX/x": b""}])
def test_a_zip_without_files_is_refused(tmp_path: Path, entries: dict[str, bytes]) -> None:
    assert refusal(make_zip(tmp_path / "a.zip", entries)) == "it holds no files"


def test_a_zip_behind_other_bytes_is_read(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a/a.php": PHP})
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())
    assert contents(path) == {"a.php": PHP}


def test_streamed_and_stored_entries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as pipe, zipfile.ZipFile(pipe, "w") as out:  # no seeking: sizes follow the data
        out.writestr("a/a.php", PHP, zipfile.ZIP_DEFLATED)
        out.writestr("a/b.txt", b"stored", zipfile.ZIP_STORED)
        out.writestr("a/empty.txt", b"", zipfile.ZIP_DEFLATED)
    with os.fdopen(read_end, "rb") as pipe:
        path.write_bytes(pipe.read())
    assert contents(path) == {"a.php": PHP, "b.txt": b"stored", "empty.txt": b""}


def test_a_missing_source_is_one_sentence(tmp_path: Path) -> None:
    for name in ("nothing.zip", "nothing.php", "nothing"):
        assert "No such file" in refusal(tmp_path / name)


def test_a_bare_php_file_is_a_tree_with_this_file(tmp_path: Path) -> None:
    path = tmp_path / "site-tweaks.php"
    path.write_bytes(PHP)
    assert contents(path) == {"site-tweaks.php": PHP}
    with single_php(path) as source:
        assert (source.kind, source.top, source.sha256) == ("php", None, hashlib.sha256(PHP).hexdigest())


def make_folder(root: Path, entries: Mapping[str, bytes]) -> Path:
    for name, data in entries.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_a_folder_is_read_byte_for_byte(tmp_path: Path) -> None:
    files = {
        "tidy.php": PHP,
        ".gitattributes": b"* text=auto eol=lf\ntests export-ignore\n",
        ".gitignore": b"*\n",
        "tests/a.php": b"\r\n\r",
        "vendor/.svn/entries": b"old",
    }
    root = make_folder(tmp_path / "tidy", files)
    (root / "tests" / "a.php").chmod(0o755)
    (root / "empty").mkdir()
    with open_source(root) as source:
        assert (source.kind, source.top, source.sha256) == ("folder", None, None)
        assert [(file.path, file.executable) for file in source.files()] == [
            (".gitattributes", False),
            (".gitignore", False),
            ("tests/a.php", True),
            ("tidy.php", False),
            ("vendor/.svn/entries", False),
        ]
        assert {file.path: file.read() for file in source.files()} == files


def test_a_working_copy_is_read_without_its_own_folder(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP, ".svn/wc.db": b"x"})
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    assert contents(root) == {"tidy.php": PHP}
    (tmp_path / "worktree").mkdir()
    (tmp_path / "worktree" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / "worktree" / "tidy.php").write_bytes(PHP)
    assert contents(tmp_path / "worktree") == {"tidy.php": PHP}


def test_a_nested_git_folder_is_refused(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP, "vendor/lib/.git/config": b""})
    assert refusal(root) == "the entry 'vendor/lib/.git' is inside a git folder; take the release without it"


@pytest.mark.parametrize("name", ["link.php", "inc"])
def test_links_in_a_folder_are_refused_wherever_they_point(tmp_path: Path, name: str) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP, "real/a.php": PHP})
    (root / name).symlink_to("real" if name == "inc" else "tidy.php")
    assert refusal(root) == f"the entry '{name}' is a symbolic link; links are not taken"


def test_a_file_that_turns_into_a_link_is_not_followed(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP})
    with open_source(root) as source:
        (file,) = source.files()
        (tmp_path / "secret").write_text("secret")
        (root / "tidy.php").unlink()
        (root / "tidy.php").symlink_to(tmp_path / "secret")
        with pytest.raises(InputError, match=r"tidy\.php"):
            file.read()


def test_sockets_and_pipes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP})
    os.mkfifo(root / "pipe")
    assert "'pipe' is not a plain file" in refusal(root)
    (root / "pipe").unlink()
    monkeypatch.chdir(root)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        assert "'s' is not a plain file" in refusal(root)


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    root = make_folder(tmp_path / "tidy", {"tidy.php": PHP})
    try:
        (root / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert "broken text" in refusal(root)


def test_a_file_of_more_than_a_gibibyte_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.zip").open("wb") as file:
        file.truncate(archive.MAX_BYTES + 1)
    assert refusal(tmp_path / "large.zip") == "it is larger than 1 GiB"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert refusal(tmp_path) == "it holds no files"


def test_a_folder_is_limited_as_a_zip_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path, {"a.php": PHP, "b/c.php": PHP})
    monkeypatch.setattr(archive, "MAX_ENTRIES", 2)
    assert "more than 2 entries" in refusal(tmp_path)
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    monkeypatch.setattr(archive, "MAX_BYTES", len(PHP))
    assert "1 GiB" in refusal(tmp_path)


_NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\\:\0", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(_NAMES, st.binary(max_size=200), min_size=1, max_size=6))
def test_zip_and_folder_give_the_same_files(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    folded = {unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold()) for name in files}
    safe = len(folded) == len(files) and not {".", ".."} & set(files)
    # At the top of a folder .svn is a working copy's own; the others are refused, which has tests of its own.
    assume(not any(name.lower().rstrip(" .") in (".svn", ".git", "git~1") for name in files))
    assume(not any(name.lower().endswith(".zip") for name in files))
    work = tmp_path_factory.mktemp("same")
    path = make_zip(work / "a.zip", {f"top/{name}": data for name, data in files.items()})
    if not safe:
        refusal(path)
        return
    root = make_folder(work / "top", files)
    assert contents(path) == contents(root) == files


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_a_damaged_zip_never_ends_in_a_traceback_nor_in_wrong_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    files = {"a/a.php": PHP, "a/b.txt": b"text" * 50}
    path = make_zip(tmp_path_factory.mktemp("damaged") / "a.zip", files)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        found = contents(path)
    except InputError:
        return
    assert set(found.values()) <= set(files.values())
