"""PHP that does not parse: no patch brings it in and no build ships it, unless a person says that it is meant so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from services import require
from workbench import Workspace, environment, git_text, mail_file, make_carrying_workspace, plugin, write_files

TIDY = "plugin/tidy-forms"
BROKEN = mail_file(seconds=60).replace(b"return wp_mail(", b"return wp_mail((")

pytestmark = pytest.mark.services


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that carries one patch."""
    require("php", "php-cli")
    folder = tmp_path_factory.mktemp("template")
    make_carrying_workspace(folder)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def _capture(workspace: Workspace, mail: bytes, *more: str) -> tuple[str, ...]:
    edited = write_files(workspace.folder.parent / "broken", plugin(mail=mail))
    return "patch", "capture", TIDY, str(edited), "--title", "Break it", *more


def test_a_patch_that_breaks_a_file_is_refused_with_phps_sentence(workspace: Workspace) -> None:
    before = git_text(workspace.fork(), "for-each-ref")
    answer = workspace.run(*_capture(workspace, BROKEN))
    assert (answer.code, answer.out) == (1, "")
    assert "includes/mail.php: PHP cannot read it with this patch: syntax error, unexpected" in answer.err
    assert "on line 32" in answer.err
    assert "--unparsed-ok" in answer.err
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_the_second_of_two_mails_that_breaks_a_file_is_named_and_none_is_added(
    workspace: Workspace, tmp_path: Path
) -> None:
    mails = b"".join(
        b"From %s Mon Sep 17 00:00:00 2001\nFrom: Kim <kim@other.example>\nSubject: [PATCH] %s\n\n---\n"
        b"--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+%s\n\n" % (b"0" * 40, title, name, line)
        for title, name, line in ((b"Sound", b"a.php", b"<?php a();"), (b"Broken", b"b.php", b"<?php b("))
    )
    file = write_files(tmp_path, {"both.mbox": mails}) / "both.mbox"
    answer = workspace.run("patch", "import", TIDY, file, "--split")
    assert answer.code == 1
    assert "'Broken', b.php: PHP cannot read it with this patch" in answer.err
    assert len(workspace.do("patch", "list", "--json").json) == 1
    assert len(workspace.do("patch", "import", TIDY, file, "--split", "--unparsed-ok", "--json").json["patches"]) == 2


def test_what_is_meant_so_is_taken_and_stops_the_build_until_it_is_said_again(
    workspace: Workspace, tmp_path: Path
) -> None:
    patch = workspace.do(*_capture(workspace, BROKEN, "--unparsed-ok", "--json")).json["patch"]
    stopped = workspace.run("fork", "build", TIDY, "--out", tmp_path / "built")
    assert (stopped.code, stopped.out) == (3, "")
    assert "includes/mail.php: PHP cannot read it with the patches on 1.0.0" in stopped.err
    assert patch in stopped.err
    assert not (tmp_path / "built").exists()
    assert workspace.do("fork", "build", TIDY, "--out", tmp_path / "built", "--unparsed-ok", "--json").json["zip"]


def test_a_file_that_was_broken_before_is_no_fault_of_the_patch(workspace: Workspace, tmp_path: Path) -> None:
    release = plugin("1.1.0", mail=BROKEN)
    workspace.do("fork", "import", TIDY, "--from", write_files(tmp_path / "vendor", release))
    edited = write_files(tmp_path / "more", release | {"includes/mail.php": BROKEN.replace(b"60", b"90")})
    added = workspace.do("patch", "capture", TIDY, edited, "--title", "Wait", "--on", "1.1.0")
    assert "PHP could not read this before either: includes/mail.php: syntax error" in added.err
    built = workspace.do("fork", "build", TIDY, "--version", "1.1.0", "--out", tmp_path / "built")
    assert built.err.count("PHP could not read this before either: includes/mail.php") == 1


def test_without_php_it_is_said_once_that_nothing_was_checked(workspace: Workspace, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").symlink_to(require("git", "git"))
    with environment(PATH=str(tools)):
        added = workspace.do(*_capture(workspace, BROKEN))
        readme = write_files(tmp_path / "readme", plugin(mail=BROKEN, readme=b"=== Tidier ===\n"))
        no_php = workspace.do("patch", "capture", TIDY, readme, "--title", "Rename it")
        built = workspace.do("fork", "build", TIDY, "--out", tmp_path / "built")
    for answer in (added, built):
        assert answer.err.count("the changed PHP files were not checked, PHP is not installed") == 1
    assert "not checked" not in no_php.err
