"""``plugwatch patch capture``: from folders, ZIPs and sites, in one patch or several."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from workbench import Workspace, fsck, git_text, mail_file, make_workspace, plugin, write_files, zip_files

TIDY = "plugin/tidy-forms"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with release 1.0.0 of Tidy Forms."""
    folder = tmp_path_factory.mktemp("captures")
    make_workspace(folder / "ws").do("fork", "create", TIDY, "--from", write_files(folder / "1.0.0", plugin("1.0.0")))
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template / "ws", tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def test_several_changes_of_one_copy_become_several_patches(workspace: Workspace, tmp_path: Path) -> None:
    edited = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n") | {"new.php": b"<?php\n"}
    copy = zip_files(tmp_path / "copy.zip", edited)
    first = workspace.do("patch", "capture", TIDY, copy, "--title", "Wait", "--only", "includes", "--json").json
    assert (first["files"], first["left_out"], first["source"]) == (
        ["includes/mail.php"],
        ["new.php", "readme.txt"],
        None,
    )
    second = workspace.do("patch", "capture", TIDY, copy, "--title", "The rest", "--json").json
    assert second["files"] == ["new.php", "readme.txt"]
    listed = git_text(workspace.fork(), "ls-tree", "-r", "--name-only", "carried/1.0.0").split()
    assert listed == sorted(edited)
    assert fsck(workspace.fork()) == ""
    third = workspace.run("patch", "capture", TIDY, copy, "--title", "Nothing")
    assert (third.code, "nothing to capture" in third.err) == (1, True)
    log = workspace.do("fork", "log", TIDY, "--json").json
    assert [row["command"] for row in log][:2] == ["patch capture", "patch capture"]


def test_a_hot_edit_is_captured_from_the_site_that_runs_it(workspace: Workspace, tmp_path: Path) -> None:
    site = tmp_path / "site"
    edited = {path: data.replace(b"\n", b"\r\n") for path, data in plugin(mail=mail_file(seconds=60)).items()}
    write_files(site / "wp-content" / "plugins" / "tidy-forms", edited | {"error_log": b"PHP Warning\n"})
    workspace.do("site", "add", "shop", "--client", "Brightside", "--source", site)
    answer = workspace.do("patch", "capture", TIDY, "--site", "shop", "--title", "Wait a minute", "--json")
    assert (answer.json["on"], answer.json["files"]) == ("1.0.0", ["includes/mail.php"])
    assert "note: the copy has other line endings throughout" in answer.err
    assert "error_log" in answer.err
    kept = git_text(workspace.fork(), "show", "carried/1.0.0:includes/mail.php")
    assert kept == mail_file(seconds=60).decode().rstrip("\n")


def test_a_site_that_cannot_hand_out_files_says_why(workspace: Workspace) -> None:
    workspace.do("site", "add", "blog", "--client", "Brightside")
    answer = workspace.run("patch", "capture", TIDY, "--site", "blog", "--title", "T")
    assert answer.code == 1
    assert "site set blog --source" in answer.err
    assert workspace.run("patch", "capture", TIDY, "--site", "nobody", "--title", "T").code == 1


@pytest.mark.parametrize("arguments", [(), ("copy", "--site", "shop")])
def test_one_copy_is_needed(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    answer = workspace.run("patch", "capture", TIDY, *arguments, "--title", "T")
    assert answer.code == 2
    assert "give the edited copy, a folder or a ZIP, or a site that runs it" in answer.err


def test_what_is_no_copy_is_one_sentence_and_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    before = git_text(workspace.fork(), "for-each-ref")
    (tmp_path / "x.zip").write_bytes(b"<html>")
    link = write_files(tmp_path / "link", plugin())
    (link / "evil.php").symlink_to("/etc/passwd")
    for source in (tmp_path / "none", tmp_path / "x.zip", link):
        answer = workspace.run("patch", "capture", TIDY, source, "--title", "T")
        assert (answer.code, answer.out, len(answer.err.splitlines())) == (1, "", 1)
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_only_needs_a_name(workspace: Workspace, tmp_path: Path) -> None:
    """A variable of a script that nobody has set would take everything."""
    copy = write_files(tmp_path / "copy", plugin(mail=mail_file(seconds=60)))
    for empty in ("", " "):
        answer = workspace.run("patch", "capture", TIDY, copy, "--title", "T", "--only", empty)
        assert (answer.code, "an empty one names nothing" in answer.err) == (2, True)


def test_deletions_are_told(workspace: Workspace, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin(mail=mail_file(seconds=60), readme=None))
    told = workspace.do("patch", "capture", TIDY, copy, "--title", "T", "--json").json
    assert (told["files"], told["deleted"]) == (["includes/mail.php", "readme.txt"], ["readme.txt"])
    workspace.do("fork", "undo", TIDY, "--yes")
    shown = workspace.do("patch", "capture", TIDY, copy, "--title", "T").out
    assert "1.0.0: includes/mail.php, readme.txt (deleted)\n" in shown


def test_a_build_whose_patched_file_was_put_back_takes_no_patch_back(workspace: Workspace, tmp_path: Path) -> None:
    edited = write_files(tmp_path / "edited", plugin(mail=mail_file(seconds=60)))
    patch = workspace.do("patch", "capture", TIDY, edited, "--title", "Wait", "--json").json["patch"]
    built = workspace.do("fork", "build", TIDY, "--out", tmp_path / "out", "--json").json
    shutil.unpack_archive(built["zip"], tmp_path / "site")
    copy = write_files(tmp_path / "site" / "tidy-forms", {"includes/mail.php": mail_file(subject="'Hello'")})
    before = git_text(workspace.fork(), "for-each-ref")
    answer = workspace.run("patch", "capture", TIDY, copy, "--title", "Say hello")
    assert (answer.code, answer.out) == (1, "")
    assert f"this would take back what {patch} ('Wait') did in includes/mail.php" in answer.err
    assert git_text(workspace.fork(), "for-each-ref") == before
