"""A build made again is told apart from the one in a folder: the same, packed otherwise, or another one."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from plugwatch.delivery.builder import BuildOutput, build
from plugwatch.delivery.rebuilt import compare_files
from plugwatch.delivery.zipfile_writer import sha256_of
from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.build import BuildFile, BuildInput, PatchNote, Recipe
from plugwatch.model.component import Component

MAIN = b"<?php\n/*\n * Plugin Name: Tidy\n * Version: 1.2.3\n */\n" + b"do_it();\n" * 200


@pytest.fixture
def fresh(tmp_path: Path) -> BuildOutput:
    """A build of a plugin of one file, made just now."""
    patch = PatchNote("pw-abc", "Mend it", "It broke.", dt.date(2026, 1, 2), "Robin", ("tidy.php",), "c" * 40)
    recipe = Recipe(Component("plugin", "tidy"), "1.2.3", "a" * 40, "b" * 40, (patch,), "Example Agency")
    return build(BuildInput(recipe, "1.2.3.0-p1", {"tidy.php": BuildFile(False, lambda: MAIN)}), tmp_path / "fresh")


def copy(fresh: BuildOutput) -> Path:
    return Path(shutil.copytree(fresh.zip.parent, fresh.zip.parent.parent / "out"))


def states(fresh: BuildOutput, folder: Path) -> list[str]:
    return [one.state for one in compare_files(fresh, folder)]


def repack(path: Path, change: Callable[[zipfile.ZipInfo, bytes], bytes] = lambda _info, data: data) -> None:
    """The same ZIP as another zlib would pack it."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info, change(info, archive.read(info))) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, 1)


def test_a_copy_is_the_same_and_what_is_not_there_is_said(fresh: BuildOutput, tmp_path: Path) -> None:
    assert states(fresh, copy(fresh)) == ["same"] * 4
    assert states(fresh, tmp_path / "nowhere") == ["absent"] * 4
    assert [one.name for one in compare_files(fresh, tmp_path)] == [
        "tidy.1.2.3.0-p1.zip",
        "tidy.1.2.3.0-p1.manifest.json",
        "tidy.1.2.3.0-p1.lock",
        "tidy.1.2.3.0-p1.php",
    ]


def test_another_zlib_makes_no_other_build(fresh: BuildOutput) -> None:
    out = copy(fresh)
    repack(out / fresh.zip.name)
    assert sha256_of(out / fresh.zip.name) != fresh.sha256
    lock = json.loads(fresh.lock.read_bytes())
    (out / fresh.lock.name).write_text(json.dumps(lock | {"zip_sha256": sha256_of(out / fresh.zip.name)}))
    assert states(fresh, out) == ["repacked", "same", "repacked", "same"]
    (out / fresh.lock.name).write_text(json.dumps(lock | {"result_tree": "d" * 40}))
    assert states(fresh, out) == ["repacked", "same", "different", "same"]


def _changed_file(info: zipfile.ZipInfo, data: bytes) -> bytes:
    return data.replace(b"do_it", b"do_no") if info.filename.endswith(".php") else data


def _changed_mode(info: zipfile.ZipInfo, data: bytes) -> bytes:
    info.external_attr = 0o100755 << 16
    return data


def _changed_name(info: zipfile.ZipInfo, data: bytes) -> bytes:
    info.filename = info.filename.replace("tidy/", "tidy-2/")
    return data


@pytest.mark.parametrize("change", [_changed_file, _changed_mode, _changed_name])
def test_a_zip_with_another_content_is_another_one(
    fresh: BuildOutput, change: Callable[[zipfile.ZipInfo, bytes], bytes]
) -> None:
    out = copy(fresh)
    repack(out / fresh.zip.name, change)
    assert states(fresh, out) == ["different", "same", "same", "same"]


def test_a_file_that_is_cut_short_or_longer_is_another_one(fresh: BuildOutput) -> None:
    out = copy(fresh)
    for path in out.iterdir():
        path.write_bytes(path.read_bytes()[:-30])
    assert states(fresh, out) == ["different"] * 4
    with zipfile.ZipFile(shutil.copy(fresh.zip, out), "a") as archive:
        archive.writestr("tidy/more.php", b"<?php\n")
    (out / fresh.lock.name).write_text("[]")
    assert states(fresh, out) == ["different"] * 4


def test_what_cannot_be_read_is_one_sentence(fresh: BuildOutput, tmp_path: Path) -> None:
    with pytest.raises(PlugwatchError, match="xxx: what lies there cannot be read: File name too long"):
        compare_files(fresh, tmp_path / ("x" * 300))
