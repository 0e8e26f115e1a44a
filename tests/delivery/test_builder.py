"""Builds as files: reproducible, installable, readable by WordPress and by PHP."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import random
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from services import require

from plugwatch.delivery.builder import BuildOutput, build
from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.build import BuildFile, BuildInput, PatchNote, Recipe
from plugwatch.model.component import Component
from plugwatch.model.headers import NoHeaderError, read_headers
from plugwatch.process import run

MAIN = b"<?php\n/**\n * Plugin Name: Tidy Forms\n * Version: 1.2.3\n */\n\ndefined( 'ABSPATH' ) || exit;\n"
PHP_FILES = {
    "tidy-forms.php": MAIN,
    "strict.php": b"<?php\ndeclare(strict_types=1);\n\nnamespace Tidy;\n\nfunction a(): int { return 1; }\n",
    "strict-doc.php": b"<?php\n/** Doc. */\n\ndeclare(strict_types=1);\nnamespace Tidy;\n",
    "one-line.php": b"<?php declare(strict_types=1); namespace Tidy; const A = 1;",
    "braces.php": b"<?php\nnamespace Tidy {\n/** Of the class. */\nclass A {}\n}\n",
    "html-first.php": b"<p>Hello</p>\n<?php namespaced(); ?>\n",
    "template.php": b"<?php /* Head */ ?>\n<p><?php echo 1; ?></p>\n",
    "comment-only.php": b"<?php // Silence is golden.",
    "tag-only.php": b"<?php",
    "hash.php": b"<?php\n# one\n#[Attribute]\nclass B {}\n",
    "crlf.php": b"<?php\r\n/*\r\n * Doc\r\n */\r\nnamespace Tidy;\r\n\r\necho 1;\r\n",
    "cr.php": b"<?php\r// old Mac\rnamespace Tidy;\recho 1;\r",
    "bom.php": b"\xef\xbb\xbf<?php\necho 1;\n",
    "capital.PHP": b"<?PHP\r\n\r\necho <<<A\n?>\nA;\n",
}
HOSTILE = "Close */ ?> the <script></script> Version: 9 'quote' \\"


def made_of(
    files: Mapping[str, bytes], title: str = "Escape the nonce", touched: tuple[str, ...] | None = None
) -> BuildInput:
    patch = PatchNote(
        id="pw-abc",
        title=title,
        why="It fails.",
        date=dt.date(2026, 1, 2),
        author="Robin Field",
        files=tuple(files) if touched is None else touched,
        commit="c" * 40,
    )
    recipe = Recipe(
        Component("plugin", "tidy-forms"), "1.2.3", "a" * 40, "b" * 40, (patch,), "Example Agency", "https://u.example"
    )
    tree = {path: BuildFile(path.startswith("bin/"), lambda data=data: data) for path, data in files.items()}
    return BuildInput(recipe, "1.2.3.0-p1", tree)


def unpacked(output: BuildOutput) -> dict[str, bytes]:
    with zipfile.ZipFile(output.zip) as archive:
        assert archive.testzip() is None
        return {name.removeprefix("tidy-forms/"): archive.read(name) for name in archive.namelist()}


def test_a_build_is_one_folder_named_as_installed(tmp_path: Path) -> None:
    files = {
        "tidy-forms.php": MAIN,
        "readme.txt": b"Stable tag: 1.2.3\r\n",
        "bin/run": b"#!/bin/sh\n",
        "a.js": b"run()",
    }
    output = build(made_of(files, touched=("a.js", "readme.txt")), tmp_path)
    with zipfile.ZipFile(output.zip) as archive:
        names = archive.namelist()
        assert archive.getinfo("tidy-forms/bin/run").external_attr >> 16 == 0o100755
    assert names == [
        f"tidy-forms/{name}"
        for name in (
            "a.js",
            "bin/run",
            "readme.txt",
            "tidy-forms.php",
            "PLUGWATCH-CHANGES.md",
            "plugwatch-manifest.json",
        )
    ]
    inside = unpacked(output)
    assert inside["readme.txt"].startswith(files["readme.txt"] + b"\r\n== About this copy ==\r\n")
    assert inside["bin/run"] == files["bin/run"]
    assert inside["a.js"].startswith(b"/* Modified by Example Agency on 2026-01-02: Escape the nonce")
    assert read_headers(inside["tidy-forms.php"], ["Version", "Update URI", "Plugwatch-Base", "Plugwatch-Patches"]) == {
        "Version": "1.2.3.0-p1",
        "Update URI": "https://u.example/tidy-forms/",
        "Plugwatch-Base": "1.2.3",
        "Plugwatch-Patches": "pw-abc",
    }


def test_manifest_and_lock_tell_what_is_in_the_zip(tmp_path: Path) -> None:
    output = build(made_of(PHP_FILES), tmp_path / "dist")
    assert sorted(path.name for path in (tmp_path / "dist").iterdir()) == [
        "tidy-forms.1.2.3.0-p1.lock",
        "tidy-forms.1.2.3.0-p1.manifest.json",
        "tidy-forms.1.2.3.0-p1.zip",
    ]
    inside = unpacked(output)
    assert inside.pop("plugwatch-manifest.json") == output.manifest.read_bytes()
    listed = json.loads(output.manifest.read_text())["files"]
    assert {path: entry["sha256"] for path, entry in listed.items()} == {
        path: hashlib.sha256(data).hexdigest() for path, data in inside.items()
    }
    assert listed["strict.php"]["md5"] == hashlib.md5(inside["strict.php"]).hexdigest()
    assert {path: digest.sha256 for path, digest in output.digests.items()} == {
        path: entry["sha256"] for path, entry in listed.items()
    }
    lock = json.loads(output.lock.read_text())
    assert lock["zip_sha256"] == output.sha256 == hashlib.sha256(output.zip.read_bytes()).hexdigest()
    assert lock["manifest_sha256"] == hashlib.sha256(output.manifest.read_bytes()).hexdigest()


def test_a_build_without_main_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(NoHeaderError, match="tidy-forms"):
        build(made_of({"other.php": b"<?php\n"}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_header_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    full = MAIN.replace(b"*/", b"* " + b"x" * 8200 + b"\n */").replace(b" * Version: 1.2.3\n", b"")
    late = full.replace(b"Plugin Name", b"x" * 8050 + b"\n * Plugin Name")
    with pytest.raises(PlugwatchError, match="8 KiB"):
        build(made_of({"tidy-forms.php": late}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_build_is_no_source_of_a_build(tmp_path: Path) -> None:
    inside = unpacked(build(made_of(PHP_FILES), tmp_path))
    with pytest.raises(PlugwatchError, match="it is a build of plugwatch"):
        build(made_of(inside), tmp_path)


def test_the_same_inputs_in_any_order_are_the_same_bytes(tmp_path: Path) -> None:
    paths = list(PHP_FILES)
    random.Random(7).shuffle(paths)
    assert paths != list(PHP_FILES)
    first = build(made_of(PHP_FILES, touched=("strict.php",)), tmp_path / "a")
    second = build(made_of({path: PHP_FILES[path] for path in paths}, touched=("strict.php",)), tmp_path / "b")
    for ours, theirs in ((first.zip, second.zip), (first.manifest, second.manifest), (first.lock, second.lock)):
        assert ours.read_bytes() == theirs.read_bytes()


def test_machine_user_time_zone_hash_seed_language_and_mask_do_not_matter(tmp_path: Path) -> None:
    script = tmp_path / "build_once.py"
    script.write_text(
        textwrap.dedent(
            """
            import datetime as dt, pathlib, random, sys
            from plugwatch.delivery.builder import build
            from plugwatch.model.builds.build import BuildFile, BuildInput, PatchNote, Recipe
            from plugwatch.model.component import Component

            main = b"<?php\\n/**\\n * Plugin Name: Tidy\\n * Version: 1.2.3\\n */\\n"
            files = {f"inc/{n}.php": b"<?php\\n// %d\\n" % n for n in range(50)} | {"tidy.php": main}
            paths = list(set(files))
            patch = PatchNote("pw-abc", "Fix", "Why", dt.date(2026, 1, 2), "Robin", ("tidy.php", "inc/1.php"), "c" * 40)
            recipe = Recipe(Component("plugin", "tidy"), "1.2.3", "a" * 40, "b" * 40, (patch,), "Ägentur")
            tree = {path: BuildFile(False, lambda path=path: files[path]) for path in paths}
            output = build(BuildInput(recipe, "1.2.3.0-p1", tree), pathlib.Path(sys.argv[1]))
            print(paths[0], output.sha256)
            """
        )
    )
    orders, sums, locks = set(), set(), set()
    for seed, zone, mask, language in (
        ("1", "Pacific/Kiritimati", "022", "C"),
        ("2", "America/Los_Angeles", "077", "tr_TR.UTF-8"),
    ):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language, "USER": f"user{seed}"}
        for name in ("HOME", "TMPDIR"):
            environment[name] = str(tmp_path / f"{name}-{seed}")
            Path(environment[name]).mkdir()
        out = tmp_path / seed
        command = f'umask {mask}; exec "$@"'
        done = subprocess.run(
            ["sh", "-c", command, "sh", sys.executable, str(script), str(out)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        first_path, sha256 = done.stdout.split()
        orders.add(first_path)
        sums.add(sha256)
        locks.add((out / "tidy.1.2.3.0-p1.lock").read_bytes())
    assert len(orders) == 2
    assert len(sums) == len(locks) == 1


def test_files_beyond_a_threads_share_come_in_order_and_whole(tmp_path: Path) -> None:
    chance = random.Random(5)
    files = {f"inc/{n:03}.php": chance.randbytes(chance.choice([0, 1, 900, 9000])) for n in range(200)}
    files |= {"inc/large.bin": chance.randbytes(1 << 20), "tidy-forms.php": MAIN, "a.txt": b"a" * (3 << 20)}
    output = build(made_of(files, touched=()), tmp_path)
    inside = unpacked(output)
    assert list(inside)[:-2] == sorted(files)
    assert {path: inside[path] for path in files if path != "tidy-forms.php"} == {
        path: data for path, data in files.items() if path != "tidy-forms.php"
    }
    assert sorted(output.marked) == ["PLUGWATCH-CHANGES.md", "plugwatch-manifest.json", "tidy-forms.php"]
    assert {path: inside[path] for path in output.marked} == output.marked


def test_a_file_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path) -> None:
    def missing() -> bytes:
        raise PlugwatchError("the fork is damaged")

    whole = made_of({f"{n:03}.php": b"<?php\n" for n in range(300)} | {"tidy-forms.php": MAIN}, touched=())
    broken = BuildInput(whole.recipe, whole.version, {**whole.files, "200.txt": BuildFile(False, missing)})
    with pytest.raises(PlugwatchError, match="the fork is damaged"):
        build(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_plugin_of_one_file_comes_as_that_file_as_well(tmp_path: Path) -> None:
    output = build(made_of({"tidy-forms.php": MAIN}), tmp_path)
    assert output.file == tmp_path / "tidy-forms.1.2.3.0-p1.php"
    assert output.file.read_bytes() == unpacked(output)["tidy-forms.php"]
    assert read_headers(output.file.read_bytes(), ["Version"]) == {"Version": "1.2.3.0-p1"}
    assert build(made_of({"tidy-forms.php": MAIN, "readme.txt": b"=== T ===\n"}), tmp_path / "b").file is None


def test_the_marks_are_told_in_the_list_of_changes(tmp_path: Path) -> None:
    files = {"tidy-forms.php": MAIN, "readme.txt": b"=== T ===\n", "b/block.json": b'{"version": "1.2.3"}'}
    inside = unpacked(build(made_of(files, touched=("b/block.json",)), tmp_path))
    changes = inside["PLUGWATCH-CHANGES.md"].decode()
    assert "| `b/block.json` | 2026-01-02 | pw-abc | Escape the nonce |  |\n" in changes
    for path, what in (
        ("b/block.json", "version, so that browsers"),
        ("readme.txt", "note"),
        ("tidy-forms.php", "headers"),
    ):
        assert f"| `{path}` | 2026-01-02 |  | {what}" in changes
    assert inside["b/block.json"] == b'{"version": "1.2.3.0-p1"}'


def test_nothing_is_written_into_a_file_that_a_notice_would_break(tmp_path: Path) -> None:
    inside = unpacked(build(made_of(PHP_FILES), tmp_path))
    assert inside["html-first.php"] == PHP_FILES["html-first.php"]
    assert b"`html-first.php`" in inside["PLUGWATCH-CHANGES.md"]


@pytest.mark.services
@pytest.mark.parametrize("title", ["Escape the nonce", HOSTILE])
def test_php_takes_every_file_of_a_build(tmp_path: Path, title: str) -> None:
    require("php", "php-cli")
    inside = unpacked(build(made_of(PHP_FILES, title), tmp_path))
    noticed = [name for name, data in inside.items() if b"plugwatch patch pw-abc" in data and name in PHP_FILES]
    assert sorted(noticed) == sorted(PHP_FILES.keys() - {"html-first.php"})
    for name in PHP_FILES:
        (tmp_path / name).write_bytes(inside[name])
        assert b"No syntax errors" in run(["php", "-n", "-l", str(tmp_path / name)]).stdout, name
        before = run(
            ["php", "-n", "-r", "fwrite(STDOUT, php_strip_whitespace($argv[1]));", str(tmp_path / name)]
        ).stdout
        (tmp_path / name).write_bytes(PHP_FILES[name])
        after = run(["php", "-n", "-r", "fwrite(STDOUT, php_strip_whitespace($argv[1]));", str(tmp_path / name)]).stdout
        assert before.split() == after.split(), name


@pytest.mark.services
def test_unzip_makes_one_folder(tmp_path: Path) -> None:
    require("unzip", "unzip")
    output = build(made_of(PHP_FILES), tmp_path)
    run(["unzip", "-q", str(output.zip), "-d", str(tmp_path / "plugins")])
    assert [path.name for path in (tmp_path / "plugins").iterdir()] == ["tidy-forms"]
    assert (tmp_path / "plugins" / "tidy-forms" / "strict.php").stat().st_mode & 0o777 == 0o644
