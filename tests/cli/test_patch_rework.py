"""``plugwatch patch rework``: another content under the same id."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from services import require
from workbench import Workspace, fsck, git_text, mail_file, make_carrying_workspace, plugin, write_files

TIDY = "plugin/tidy-forms"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two patches on 1.0.0: one of a PHP file, and one of the readme on top of it."""
    folder = tmp_path_factory.mktemp("template")
    workspace = make_carrying_workspace(folder)
    both = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n")
    workspace.do(
        "patch", "capture", TIDY, write_files(folder / "both", both), "--title", "Rename it", "--why", "Nicer."
    )
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


@pytest.fixture
def patches(workspace: Workspace) -> list[str]:
    return [row["patch"] for row in workspace.do("patch", "list", TIDY, "--json").json]


def _diff(workspace: Workspace, patch: str, tmp_path: Path) -> bytes:
    workspace.do("patch", "export", patch, "--out", tmp_path / "out")
    (file,) = (tmp_path / "out").glob("*.patch")
    return file.read_bytes()


def test_a_file_takes_the_place_of_a_patch_below_others(
    workspace: Workspace, patches: list[str], tmp_path: Path
) -> None:
    longer = tmp_path / "longer.patch"
    longer.write_bytes(_diff(workspace, patches[0], tmp_path).replace(b"60", b"90"))

    done = workspace.do("patch", "rework", patches[0], longer, "--why", "A minute was too short.", "--json").json

    assert done == {
        "patch": patches[0],
        "title": "Wait a minute",
        "component": TIDY,
        "on": "1.0.0",
        "status": "reworked",
        "blocked_by": None,
        "branch": "carried/1.0.0",
        "tree": git_text(workspace.fork(), "rev-parse", "carried/1.0.0^{tree}"),
    }
    assert [row["patch"] for row in workspace.do("patch", "list", TIDY, "--json").json] == patches
    assert workspace.do("patch", "show", patches[0], "--json").json["why"] == "A minute was too short."
    assert b"90" in _diff(workspace, patches[0], tmp_path / "again")
    files = plugin(mail=mail_file(seconds=90), readme=b"=== Tidier ===\n")
    held = git_text(workspace.fork(), "show", "carried/1.0.0:includes/mail.php")
    assert held.encode() + b"\n" == files["includes/mail.php"]
    assert fsck(workspace.fork()) == ""
    workspace.do("fork", "undo", TIDY, "--yes")
    assert workspace.do("patch", "show", patches[0], "--json").json["why"] != "A minute was too short."


def test_new_edits_of_a_copy_join_the_patch(workspace: Workspace, patches: list[str], tmp_path: Path) -> None:
    copy = write_files(tmp_path / "copy", plugin(mail=mail_file(seconds=75), readme=b"=== Tidier ===\n"))

    workspace.do("patch", "rework", patches[0], copy)

    assert b"75" in _diff(workspace, patches[0], tmp_path)
    assert workspace.do("patch", "show", patches[1], "--json").json["files"] == ["readme.txt"]


def test_edits_of_another_patchs_lines_are_refused(workspace: Workspace, patches: list[str], tmp_path: Path) -> None:
    before = git_text(workspace.fork(), "for-each-ref")
    copy = write_files(tmp_path / "copy", plugin(mail=mail_file(seconds=60), readme=b"=== Tidiest ===\n"))

    refused = workspace.run("patch", "rework", patches[0], copy)

    assert refused.code == 1
    assert "rework that one" in refused.err
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_one_above_that_does_not_go_stops_it(workspace: Workspace, patches: list[str], tmp_path: Path) -> None:
    slower = plugin(mail=mail_file(seconds=90), readme=b"=== Tidier ===\n")
    workspace.do("patch", "capture", TIDY, write_files(tmp_path / "e", slower), "--title", "Wait longer", "--why", "w")
    before = git_text(workspace.fork(), "for-each-ref")
    other = tmp_path / "other.patch"
    other.write_bytes(_diff(workspace, patches[0], tmp_path).replace(b"60", b"45"))

    stopped = workspace.run("patch", "rework", patches[0], other, "--json")

    assert stopped.code == 3
    assert stopped.json["status"] == "conflict"
    assert stopped.json["blocked_by"]["title"] == "Wait longer"
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_what_changes_nothing_and_what_is_not_there_is_refused(
    workspace: Workspace, patches: list[str], tmp_path: Path
) -> None:
    same = tmp_path / "same.patch"
    same.write_bytes(_diff(workspace, patches[0], tmp_path))
    assert "is the same already" in workspace.run("patch", "rework", patches[0], same).err
    assert workspace.run("patch", "rework", patches[0], tmp_path / "none.patch").code == 1


@pytest.mark.services
def test_what_php_cannot_read_is_refused(workspace: Workspace, patches: list[str], tmp_path: Path) -> None:
    require("php", "php-cli")
    broken = tmp_path / "broken.patch"
    broken.write_bytes(_diff(workspace, patches[0], tmp_path).replace(b"60;", b"60"))
    refused = workspace.run("patch", "rework", patches[0], broken)
    assert refused.code == 1
    assert "PHP cannot read it" in refused.err
