"""The published folder on disk: whole files, no link followed, nothing of others touched, one writer at a time."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from plugwatch.delivery.publisher import LOCK, PARTS, Folder
from plugwatch.errors import BusyError, PlugwatchError
from plugwatch.model.builds.build import BuildFile
from plugwatch.model.publishing.published import RECORD_NAME, Published

ZIP = "builds/plugin/tidy/tidy.1.0.zip"
FILES = {"tidy.php": BuildFile(False, lambda: b"<?php\n"), "bin/run": BuildFile(True, lambda: b"#!/bin/sh\n")}


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_a_new_folder_is_marked_as_ours_before_anything_else(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "a" / "public")
    assert folder.read() == Published()
    with folder.locked():
        assert names(folder.root) == [LOCK, RECORD_NAME]
        folder.add_zip(ZIP, "tidy", FILES, ("tidy.php",))
    assert names(folder.root) == [LOCK, RECORD_NAME, ZIP]
    with zipfile.ZipFile(folder.root / ZIP) as archive:
        assert archive.namelist() == ["tidy/bin/run", "tidy/tidy.php"]
        assert archive.getinfo("tidy/bin/run").external_attr >> 16 == 0o100755


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("the client's site")
    with pytest.raises(PlugwatchError, match="not made by 'fork publish'"):
        Folder(tmp_path).read()
    with pytest.raises(PlugwatchError, match="name an empty folder"), Folder(tmp_path).locked():
        pass
    assert names(tmp_path) == ["index.html"]
    with pytest.raises(PlugwatchError, match="Not a directory"):
        Folder(tmp_path / "index.html").read()


def test_what_was_published_never_changes(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "public")
    with folder.locked():
        sums, _digests = folder.add_zip(ZIP, "tidy", FILES, ())
        assert folder.add_zip(ZIP, "tidy", FILES, (), sums.sha256)[0] == sums
        written = (folder.root / ZIP).stat()
        other = FILES | {"tidy.php": BuildFile(False, lambda: b"<?php // other\n")}
        for changed in (other, {**FILES, "new": FILES["bin/run"]}):
            with pytest.raises(PlugwatchError, match="other bytes, and what was published never changes"):
                folder.add_zip(ZIP, "tidy", changed, ())
        (folder.root / ZIP).unlink()  # somebody took it away: it may come back by its own bytes alone
        with pytest.raises(PlugwatchError, match="bring the published one back"):
            folder.add_zip(ZIP, "tidy", other, (), sums.sha256)
        assert not folder.has(ZIP)
        folder.add_zip(ZIP, "tidy", FILES, (), sums.sha256)
        assert (folder.root / ZIP).stat().st_size == written.st_size
        folder.add("builds/m.json", b"{}")
        folder.add("builds/m.json", b"{}")
        with pytest.raises(PlugwatchError, match="never changes"):
            folder.add("builds/m.json", b"{ }")
    assert not (folder.root / PARTS).exists()


def test_no_link_in_the_folder_leads_anywhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    folder = Folder(tmp_path / "public")
    with folder.locked():
        (folder.root / "builds").symlink_to(outside)
        (folder.root / "index.html").symlink_to(outside / "secret")
        with pytest.raises(PlugwatchError, match="is not a folder"):
            folder.add_zip(ZIP, "tidy", FILES, ())
        with pytest.raises(PlugwatchError, match="is not a folder"):
            folder.add("builds/other", b"x")
        assert folder.sums("builds/secret") is None
        assert folder.size("index.html") is None
        assert folder.replace("index.html", b"page")  # the link itself goes, not what it leads to
        (folder.root / "plugwatch.json").symlink_to(tmp_path / "nowhere")
        with pytest.raises(PlugwatchError, match="never changes"):
            folder.add("plugwatch.json", b"{}")
    assert names(outside) == ["secret"]
    assert (outside / "secret").read_bytes() == b"secret"
    assert (folder.root / "index.html").read_bytes() == b"page"

    for name in (RECORD_NAME, LOCK):
        (folder.root / name).unlink()
        (folder.root / name).symlink_to(outside / "secret")
        with pytest.raises(PlugwatchError, match="link"), folder.locked():
            folder.read()
        (folder.root / name).unlink()
        (folder.root / RECORD_NAME).write_text('{"plugwatch": 1, "packages": {}, "current": {}, "archives": []}')
    (folder.root / PARTS).symlink_to(outside)
    with folder.locked():
        assert (outside / "secret").exists()


def test_a_record_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / RECORD_NAME)
    with pytest.raises(PlugwatchError, match="remove it"):
        Folder(tmp_path).read()


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "public")
    with folder.locked():
        pass
    (folder.root / PARTS).mkdir()
    (folder.root / PARTS / "half.zip").write_bytes(b"PK")
    with folder.locked():
        assert names(folder.root) == [LOCK, RECORD_NAME]


def test_only_one_writes(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "public")
    with folder.locked(), pytest.raises(BusyError, match="another process"), Folder(folder.root).locked():
        pass
    with folder.locked():
        pass


def test_a_file_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with folder.locked():
        assert folder.replace("updates/plugin/a.json", b"{}")
        os.utime(tmp_path / "updates/plugin/a.json", (1, 1))
        assert not folder.replace("updates/plugin/a.json", b"{}")
        assert (tmp_path / "updates/plugin/a.json").stat().st_mtime == 1
        assert folder.replace("updates/plugin/a.json", b"{ }")
        folder.settle()
    assert folder.written == [RECORD_NAME, "updates/plugin/a.json", "updates/plugin/a.json"]
