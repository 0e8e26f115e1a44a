"""A ZIP is the same bytes whoever writes it, and whole or not there."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services import require

from plugwatch.delivery.zipfile_writer import pack, replacing, sha256_of, write_zip, zip_writer
from plugwatch.errors import PlugwatchError
from plugwatch.process import run

FILES = [
    ("b.php", False, b"<?php\n" * 50),
    ("B.txt", False, b""),
    ("bin/run", True, b"#!/bin/sh\n"),
    ("é.txt", False, b"x"),
]


def test_order_dates_modes_and_system_are_fixed(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "a.zip"
    assert write_zip(out, "tidy", FILES) == sha256_of(out)
    with zipfile.ZipFile(out) as archive:
        infos = archive.infolist()
        assert [info.filename for info in infos] == ["tidy/B.txt", "tidy/b.php", "tidy/bin/run", "tidy/é.txt"]
        assert [info.external_attr >> 16 for info in infos] == [0o100644, 0o100644, 0o100755, 0o100644]
        assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.create_system for info in infos} == {3}
        assert {archive.read(info) for info in infos} == {data for _, _, data in FILES}


def test_the_order_of_the_input_does_not_matter(tmp_path: Path) -> None:
    shuffled = FILES.copy()
    random.Random(4).shuffle(shuffled)
    assert shuffled != FILES
    assert write_zip(tmp_path / "a.zip", "tidy", FILES) == write_zip(tmp_path / "b.zip", "tidy", shuffled)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.text("aä/-. ", min_size=1, max_size=6), st.binary(max_size=400), max_size=6))
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    out = tmp_path_factory.mktemp("zip") / "a.zip"
    write_zip(out, "top", [(path, False, data) for path, data in files.items()])
    with zipfile.ZipFile(out) as archive:
        assert {name.removeprefix("top/"): archive.read(name) for name in archive.namelist()} == files


def test_a_path_may_not_come_twice(tmp_path: Path) -> None:
    with pytest.raises(PlugwatchError, match=r"a\.php would be in the ZIP twice"):
        write_zip(tmp_path / "a.zip", "tidy", [("a.php", False, b"1"), ("a.php", False, b"2")])
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_get_smaller_is_kept_as_it_is(tmp_path: Path) -> None:
    noise, text = random.Random(1).randbytes(500), b"text " * 100
    write_zip(
        tmp_path / "a.zip", "tidy", [("noise.bin", False, noise), ("text.txt", False, text), ("none", False, b"")]
    )
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {info.filename: info.compress_type for info in archive.infolist()} == {
            "tidy/noise.bin": zipfile.ZIP_STORED,
            "tidy/none": zipfile.ZIP_STORED,
            "tidy/text.txt": zipfile.ZIP_DEFLATED,
        }


def write_empty(out: Path, files: int) -> None:
    empty = pack(b"")
    with zip_writer(out, "t") as writer:
        for number in range(files):
            writer.write(str(number), False, empty)


def test_more_files_than_the_format_counts_are_refused(tmp_path: Path) -> None:
    write_empty(tmp_path / "a.zip", 65_534)
    with pytest.raises(PlugwatchError, match=r"b\.zip: a ZIP of more than 65,534 files"):
        write_empty(tmp_path / "b.zip", 65_535)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.services
def test_unzip_and_php_read_it(tmp_path: Path) -> None:
    require("unzip", "unzip")
    require("php", "php-cli")
    write_zip(tmp_path / "a.zip", "tidy", FILES)
    assert b"No errors detected" in run(["unzip", "-tq", str(tmp_path / "a.zip")]).stdout
    script = "$z = new ZipArchive; $z->open($argv[1], ZipArchive::CHECKCONS) === true or exit(1); echo $z->count();"
    assert run(["php", "-r", script, str(tmp_path / "a.zip")]).stdout == b"4"


def write_half(out: Path, error: type[BaseException]) -> None:
    with zip_writer(out, "tidy") as writer:
        writer.add("a.php", False, b"half")
        raise error("stop")


@pytest.mark.parametrize("error", [KeyboardInterrupt, PlugwatchError, ValueError])
def test_an_interrupted_zip_leaves_what_was_there_before(tmp_path: Path, error: type[BaseException]) -> None:
    out = tmp_path / "a.zip"
    before = write_zip(out, "tidy", FILES)
    with pytest.raises(error):
        write_half(out, error)
    assert sha256_of(out) == before
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlugwatchError, match=r"file/a\.zip: it cannot be written: "):
        write_zip(tmp_path / "file" / "a.zip", "tidy", FILES)
    (tmp_path / "taken").mkdir()
    with pytest.raises(PlugwatchError, match="taken: it cannot be written: "), replacing(tmp_path / "taken") as part:
        part.write_text("x")
