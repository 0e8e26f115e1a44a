"""``fork build`` as a user runs it: what it checks before, what it says, and that a build can be made again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from services import require
from workbench import (
    NOON,
    Workspace,
    environment,
    git,
    git_text,
    mail_file,
    make_carrying_workspace,
    make_workspace,
    plugin,
    snapshot,
    write_files,
)

from plugwatch.ledger.database import open_ledger
from plugwatch.model.directory import DirectoryEntry

TIDY = "plugin/tidy-forms"
STEM = "tidy-forms.1.0.0.0-p1"
ENDINGS = ("zip", "manifest.json", "lock")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that carries one patch."""
    folder = tmp_path_factory.mktemp("template")
    make_carrying_workspace(folder)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def test_a_build_made_again_is_the_same_and_leaves_nothing_behind(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("fork", "build", TIDY, "--out", tmp_path / "out")
    refs, files = git_text(workspace.fork(), "for-each-ref"), snapshot(tmp_path / "out")
    (tmp_path / "temporary").mkdir()
    with environment(TMPDIR=str(tmp_path / "temporary")):
        shown = workspace.run_apart("fork", "build", TIDY, "--check", "--out", tmp_path / "out")
        told = workspace.run_apart("fork", "build", TIDY, "--check", "--out", tmp_path / "elsewhere", "--json")
    assert (shown.code, told.code) == (0, 0)
    assert shown.out == f"{TIDY} 1.0.0.0-p1, made once more:\n  in the fork: the same\n" + "".join(
        f"  {tmp_path}/out/{STEM}.{ending}: the same\n" for ending in ENDINGS
    )
    assert told.json == {
        "component": TIDY,
        "build": "1.0.0.0-p1",
        "base_version": "1.0.0",
        "same": True,
        "fork": {"same": True, "differing": []},
        "out": {f"{STEM}.{ending}": "absent" for ending in ENDINGS},
    }
    assert git_text(workspace.fork(), "for-each-ref") == refs
    assert snapshot(tmp_path / "out") == files
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_somebody_changed_is_named(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("fork", "build", TIDY, "--out", tmp_path)
    manifest = tmp_path / f"{STEM}.manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"1.0.0.0-p1", b"1.0.0.0-p2"))
    answer = workspace.run("fork", "build", TIDY, "--check", "--out", tmp_path)
    assert answer.code == 1
    assert f"{STEM}.manifest.json: different\n" in answer.out
    assert f"{STEM}.zip: the same\n" in answer.out
    assert f"{TIDY} 1.0.0.0-p1 is not what is made of its patches: {STEM}.manifest.json differ" in answer.err


def test_a_zip_that_another_zlib_has_packed_is_the_same_build(workspace: Workspace, tmp_path: Path) -> None:
    path = Path(workspace.do("fork", "build", TIDY, "--out", tmp_path, "--json").json["zip"])
    with zipfile.ZipFile(path) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, 1)
    answer = workspace.do("fork", "build", TIDY, "--check", "--out", tmp_path)
    assert f"{STEM}.zip: the same content, packed by another zlib\n" in answer.out
    assert f"{STEM}.lock: the same\n" in answer.out


def test_a_build_that_is_otherwise_in_the_fork_is_named_file_by_file(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("fork", "build", TIDY, "--out", tmp_path)
    fork, ref = workspace.fork(), "refs/tags/build/1.0.0.0-p1"
    row = git_text(fork, "ls-tree", "carried/1.0.0", "readme.txt")  # the vendor's, without the note
    there = [line for line in git_text(fork, "ls-tree", ref).splitlines() if "readme.txt" not in line]
    tree = git(fork, "mktree", stdin="".join(f"{line}\n" for line in [*there, row]).encode()).decode().strip()
    message = git_text(fork, "log", "-1", "--format=%B", ref)
    commit = git_text(fork, "commit-tree", "-p", "carried/1.0.0", "-m", message, tree)
    git(fork, "update-ref", ref, commit)
    answer = workspace.run("fork", "build", TIDY, "--check", "--out", tmp_path, "--json")
    assert answer.code == 1
    assert answer.json["fork"] == {"same": False, "differing": ["readme.txt"]}
    assert "1 of its files in the fork differ from it" in answer.err


def test_there_must_be_a_build_to_compare_with(workspace: Workspace, tmp_path: Path) -> None:
    never = workspace.run("fork", "build", TIDY, "--check")
    assert never.code == 1
    assert f"{TIDY} 1.0.0 was never built, so there is nothing to compare" in never.err
    workspace.do("fork", "build", TIDY, "--out", tmp_path)
    edited = write_files(tmp_path / "more", plugin(mail=mail_file(seconds=60, subject="'More'")))
    workspace.do("patch", "capture", TIDY, edited, "--title", "Say more")
    changed = workspace.run("fork", "build", TIDY, "--check")
    assert changed.code == 1
    assert "1.0.0.0-p1, the last build of 1.0.0, was made of something else" in changed.err
    assert "the next one, 1.0.0.0-p2, is made" in changed.err


def test_another_machine_user_zone_language_and_mask_make_the_same_files(workspace: Workspace, tmp_path: Path) -> None:
    outs = []
    for number, (zone, mask, language) in enumerate(
        [("Pacific/Kiritimati", "022", "C"), ("America/Los_Angeles", "077", "de_DE.UTF-8")]
    ):
        place = Path(shutil.copytree(workspace.folder, tmp_path / f"machine-{number}" / "ws"))
        env = os.environ | {"TZ": zone, "LC_ALL": language, "USER": f"u{number}", "PLUGWATCH_USER": f"u{number}"}
        for name in ("HOME", "TMPDIR"):
            env[name] = str(tmp_path / f"machine-{number}" / name)
            Path(env[name]).mkdir()
        env |= {"PYTHONHASHSEED": str(number), "SOURCE_DATE_EPOCH": str(number)}
        command = [sys.executable, "-m", "plugwatch", "--workspace", str(place), "fork", "build", TIDY, "--out"]
        outs.append(place.parent / "out")
        subprocess.run(
            ["sh", "-c", f'umask {mask}; exec "$@"', "sh", *command, str(outs[-1])],
            env=env,
            check=True,
            capture_output=True,
        )
    assert snapshot(outs[0]) == snapshot(outs[1])
    assert sorted(snapshot(outs[0])) == sorted(f"{STEM}.{ending}" for ending in ENDINGS)


def test_a_release_that_a_build_would_hide_is_a_reason_not_to_make_it(workspace: Workspace, tmp_path: Path) -> None:
    vendor = write_files(tmp_path / "vendor", plugin("1.0.0.0.5"))
    workspace.do("fork", "import", TIDY, "--from", vendor)
    answer = workspace.run("fork", "build", TIDY, "--version", "1.0.0", "--out", tmp_path / "out")
    assert (answer.code, answer.out) == (1, "")
    assert "no version for a build of 1.0.0 lies below 1.0.0.0.5, which the vendor has released" in answer.err
    assert not (tmp_path / "out").exists()
    assert "build/" not in git_text(workspace.fork(), "for-each-ref")


def test_what_the_directory_said_before_counts_and_is_not_asked_for_again(workspace: Workspace, tmp_path: Path) -> None:
    entry = DirectoryEntry("plugin", "tidy-forms", "open", version="1.0.0.0.5", versions=("0.9", "1.0.0.0.5"))
    with open_ledger("sqlite:///plugwatch.db", workspace=workspace.folder) as ledger, ledger.unit_of_work() as work:
        work.catalog.keep_entry(entry, at=NOON)
    answer = workspace.run("fork", "build", TIDY, "--out", tmp_path / "out")
    assert answer.code == 1
    assert "lies below 1.0.0.0.5, which the vendor has released" in answer.err


@pytest.mark.services
def test_the_php_of_each_site_is_asked_where_it_is_here(workspace: Workspace, tmp_path: Path) -> None:
    require("php", "php-cli")
    own = workspace.do("fork", "build", TIDY, "--out", tmp_path, "--json").json["php"]
    assert [(row["program"], row["result"]) for row in own] == [("php", "ok")]
    for site, version in (("shop", "7.4.33"), ("blog", "8.1.2"), ("other", "5.6")):
        workspace.do("site", "add", site, "--client", "Brightside Bikes", "--php", version)
    for site in ("shop", "blog"):
        rows = [{"name": "tidy-forms", "status": "active", "version": "1.0.0", "update": "none"}]
        (tmp_path / f"{site}.json").write_text(json.dumps(rows))
        workspace.do("site", "import", site, tmp_path / f"{site}.json")
    tools = tmp_path / "tools"
    tools.mkdir()
    old = tools / "php7.4"
    old.write_text("#!/bin/sh\ncat >/dev/null\necho 'PHP Parse error:  too new in Standard input code' >&2\nexit 255\n")
    old.chmod(0o755)
    with environment(PATH=f"{tools}:{os.environ['PATH']}"):
        # What it cannot read without the patch either is no fault of the patch.
        rows = workspace.do("fork", "build", TIDY, "--out", tmp_path, "--json").json["php"]
        assert {row["version"]: row["result"] for row in rows if row["program"] != "php"} == {
            "7.4": "ok",
            "8.1": "not-checked",
        }
        old.write_text(
            "#!/bin/sh\ncase $(cat) in *'wait = 60'*)\n"
            "  echo 'PHP Parse error:  too new in Standard input code on line 4' >&2; exit 255;;\nesac\n"
        )
        stopped = workspace.run("fork", "build", TIDY, "--out", tmp_path / "stopped")
        assert (stopped.code, stopped.out) == (3, "")
        assert (
            "includes/mail.php: PHP 7.4 cannot read it with the patches on 1.0.0: Parse error: too new" in stopped.err
        )
        assert not (tmp_path / "stopped").exists()
        meant = workspace.do("fork", "build", TIDY, "--out", tmp_path, "--unparsed-ok")
    assert "the changed files, as PHP reads them: 7.4 failed; 8.1 not checked" in meant.out


def test_a_plugin_of_one_file_says_where_that_goes(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    release = b"<?php\n/*\n * Plugin Name: Greeter\n * Version: 1.7\n */\necho 'Good day';\n"
    before = write_files(tmp_path / "before", {"greeter.php": release}) / "greeter.php"
    after = write_files(tmp_path / "after", {"greeter.php": release.replace(b"day", b"morning")})
    workspace.do("fork", "create", "plugin/greeter", "--from", before)
    workspace.do("patch", "capture", "plugin/greeter", after, "--title", "Greet", "--why", "It was late.")
    built = workspace.do("fork", "build", "plugin/greeter", "--out", tmp_path)
    file = tmp_path / "greeter.1.7.0.0-p1.php"
    assert f"  {file}\n" in built.out
    assert "greeter.1.7.0.0-p1.php takes the place of wp-content/plugins/greeter.php" in built.err
    assert "wp plugin install" not in built.err
    assert b"Version: 1.7.0.0-p1" in file.read_bytes()
    again = workspace.do("fork", "build", "plugin/greeter", "--out", tmp_path, "--json").json
    assert again["file"] == str(file)
    assert workspace.do("fork", "build", "plugin/greeter", "--check", "--out", tmp_path, "--json").json["out"] == {
        f"greeter.1.7.0.0-p1.{ending}": "same" for ending in (*ENDINGS, "php")
    }
