"""``plugwatch patch``: in as a file or an edited copy, out as a file that other people's tools take."""

from __future__ import annotations

import io
import re
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from workbench import Workspace, git, git_text, mail_file, make_carrying_workspace, plugin, write_files

from plugwatch.cli.main import run as run_command

TIDY = "plugin/tidy-forms"
DIFF = b"""--- a/readme.txt
+++ b/readme.txt
@@ -1,2 +1,2 @@
 === Tidy Forms ===
-Forms, tidied.
+Forms, tidier.
"""
MAIL = (
    b"From: =?UTF-8?q?J=C3=B6rg?= <joerg@other.example>\nDate: Fri, 12 Sep 2025 10:11:12 +0530\n"
    b"Subject: [PATCH] Say it better\n\nNobody understood it.\n---\n"
) + DIFF


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that carries one patch on 1.0.0, with sources beside it."""
    folder = tmp_path_factory.mktemp("template")
    make_carrying_workspace(folder)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


@pytest.fixture
def carried(workspace: Workspace) -> str:
    """The id of the patch."""
    return str(workspace.do("patch", "list", TIDY, "--json").json[0]["patch"])


def test_import_of_a_diff_is_by_the_agency(workspace: Workspace, tmp_path: Path, carried: str) -> None:
    file = write_files(tmp_path, {"fix.patch": DIFF}) / "fix.patch"
    added = workspace.do("patch", "import", TIDY, file, "--title", "Say it better", "--why", "Why not.", "--json").json
    assert (added["component"], added["on"], added["files"]) == (TIDY, "1.0.0", ["readme.txt"])
    assert (added["title"], added["source"], added["left_out"], added["notes"]) == ("Say it better", None, [], [])
    shown = workspace.do("patch", "show", added["patch"][:8], "--json").json
    assert (shown["title"], shown["why"], shown["author"]) == (
        "Say it better",
        "Why not.",
        "Fernhill Web <dev@fernhill.example>",
    )
    assert "+Forms, tidier." in shown["diff"]
    listed = workspace.do("patch", "list", TIDY, "--json").json
    assert [(row["number"], row["patch"]) for row in listed] == [(1, carried), (2, added["patch"])]
    assert listed[1]["commit"] == git_text(workspace.fork(), "rev-parse", "carried/1.0.0")


def test_a_mail_brings_its_own_facts_and_options_win(workspace: Workspace, tmp_path: Path) -> None:
    file = write_files(tmp_path, {"fix.patch": MAIL}) / "fix.patch"
    added = workspace.do("patch", "import", TIDY, file, "--json").json["patch"]
    shown = workspace.do("patch", "show", added, "--json").json
    assert shown["author"] == "Jörg <joerg@other.example>"
    assert (shown["title"], shown["why"]) == ("Say it better", "Nobody understood it.")
    git(workspace.fork(), "update-ref", "refs/heads/carried/1.0.0", "carried/1.0.0~1")
    added = workspace.do("patch", "import", TIDY, file, "--title", "Mine", "--why", "Mine, too", "--json").json["patch"]
    shown = workspace.do("patch", "show", added, "--json").json
    assert (shown["title"], shown["why"]) == ("Mine", "Mine, too")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 1),
        (b"no patch", 1),
        (DIFF.replace(b"tidied", b"neat"), 1),
        (DIFF.replace(b"readme", b"other"), 1),
        (DIFF, 2),
    ],
)
def test_what_cannot_be_imported_changes_nothing(
    workspace: Workspace, tmp_path: Path, content: bytes, code: int
) -> None:
    file = write_files(tmp_path, {"fix.patch": content}) / "fix.patch"
    before = git_text(workspace.fork(), "for-each-ref")
    title = () if code == 2 else ("--title", "T")
    answer = workspace.run("patch", "import", TIDY, file, *title)
    assert (answer.code, answer.out) == (code, "")
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_a_file_that_is_too_large_or_a_folder_is_no_patch(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "large.patch").write_bytes(b"\n" * ((16 << 20) + 1))
    large = workspace.run("patch", "import", TIDY, tmp_path / "large.patch", "--title", "T")
    assert large.code == 1
    assert "larger than 16 MiB" in large.err
    folder = workspace.run("patch", "import", TIDY, tmp_path, "--title", "T")
    assert folder.code == 1
    assert "'plugwatch patch capture'" in folder.err


def test_capture_onto_an_incident(workspace: Workspace, tmp_path: Path) -> None:
    workspace.do("incident", "open", "--fleet", TIDY, "it does not send")
    edited = write_files(tmp_path / "e", plugin(readme=b"=== Tidier ===\n"))
    added = workspace.do(
        "patch", "capture", TIDY, edited, "--title", "Rename it", "--incident", "1", "--only", "readme.txt", "--json"
    ).json
    assert added["files"] == ["readme.txt"]
    assert workspace.do("patch", "show", added["patch"], "--json").json["incident"] == "INC-1"
    assert "Plugwatch-Incident: INC-1" in git_text(workspace.fork(), "log", "-1", "--format=%B", "carried/1.0.0")
    assert workspace.do("incident", "show", "1", "--json").json["patches"][0]["patch"] == added["patch"]


def test_a_release_that_is_not_there_is_not_a_release_without_patches(workspace: Workspace) -> None:
    answer = workspace.run("patch", "list", TIDY, "--on", "1.O.O")
    assert answer.code == 1
    assert "has no release 1.O.O (there: 1.0.0)" in answer.err


def test_show_against_a_release_lays_theirs_beside_ours(workspace: Workspace, carried: str) -> None:
    workspace.do("fork", "import", TIDY, "--from", workspace.folder.parent / "sources" / "2.1.0")
    shown = workspace.do("patch", "show", carried, "--against", "2.1.0", "--json").json
    assert "+\t$wait = 60;" in shown["diff"]
    assert "+\t$wait = 15;" in shown["vendor_diff"]
    assert "Version" not in shown["vendor_diff"]  # files that the patch does not touch are left out
    text = workspace.do("patch", "show", "1", "--against", "2.1.0").out
    assert "What the vendor changed there from 1.0.0 to 2.1.0" in text


def test_a_mail_of_long_ago_is_carried_since_today(workspace: Workspace, tmp_path: Path) -> None:
    file = write_files(tmp_path, {"fix.patch": MAIL.replace(b"2025", b"2005").replace(b"Fri", b"Mon")}) / "fix.patch"
    added = workspace.do("patch", "import", TIDY, file, "--json").json["patch"]
    shown = workspace.do("patch", "show", added, "--json").json
    assert (shown["age_days"], shown["author"]) == (0, "J\u00f6rg <joerg@other.example>")
    assert [row["age_days"] for row in workspace.do("patch", "list", "--json").json] == [0, 0]
    assert git_text(workspace.fork(), "log", "-1", "--format=%as", "carried/1.0.0") == "2005-09-12"


def test_theirs_is_cut_to_the_places_of_ours_and_headed(workspace: Workspace, tmp_path: Path) -> None:
    many = mail_file(subject="'Hello'").replace(b"$wait = 10;", b"$wait = 15;")
    workspace.do("fork", "import", TIDY, "--from", write_files(tmp_path / "2", plugin("2.2.0", mail=many)))
    text = workspace.do("patch", "show", "1", "--against", "2.2.0").out
    ours, theirs = text.index("What the patch does on 1.0.0:"), text.index("What the vendor changed there")
    assert ours < text.index("+\t$wait = 60;") < theirs < text.index("+\t$wait = 15;")
    assert "Hello" not in text
    assert "not shown: 2 changed lines further away in the same files" in text
    assert "Hello" in workspace.do("patch", "show", "1", "--against", "2.2.0", "--json").json["vendor_diff"]
    assert "What the patch does" not in workspace.do("patch", "show", "1").out


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("width", "upstream"), [(60, False), (80, True)])
def test_a_list_is_a_table_on_a_narrow_terminal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, width: int, upstream: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = _Terminal()
    with redirect_stdout(shown):
        assert run_command(["--workspace", str(workspace.folder), "patch", "list"]) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.getvalue()).splitlines()
    place, head, row = lines[:3]
    assert place == f"{TIDY} 1.0.0"
    assert ("UPSTREAM" in head) is upstream
    assert [head.split()[0], head.split()[-1], row.split()[0]] == ["#", "TITLE", "1"]
    assert "Wait" in row
    assert max(map(len, lines)) <= width


def test_what_nobody_said_is_named_after_adding(workspace: Workspace, tmp_path: Path) -> None:
    file = write_files(tmp_path, {"fix.patch": DIFF}) / "fix.patch"
    added = workspace.do("patch", "import", TIDY, file, "--title", "T")
    patch = added.out.split()[0]
    assert f"next: plugwatch patch explain {patch} --why REASON · plugwatch patch stance {patch} send" in added.err
    workspace.do("patch", "drop", patch, "--why", "again")
    assert "explain" not in workspace.do("patch", "import", TIDY, file, "--title", "T", "--why", "W").err


def test_a_stack_for_composer_is_in_files_and_in_what_goes_into_composer_json(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, carried: str
) -> None:
    project = write_files(tmp_path / "project", {"composer.json": b"{}"})
    monkeypatch.chdir(project)
    file = write_files(tmp_path, {"fix.patch": DIFF}) / "fix.patch"
    second = workspace.do("patch", "import", TIDY, file, "--title", "Wait a minute", "--json").json["patch"]
    done = workspace.do("patch", "export", TIDY, "--format", "composer", "--out", "patches")
    listed = done.json["extra"]["patches"]
    files = ["patches/0001-wait-a-minute.patch", "patches/0002-wait-a-minute.patch"]
    titles = [f"Wait a minute ({patch})" for patch in (carried, second)]
    assert listed == {"wpackagist-plugin/tidy-forms": dict(zip(titles, files, strict=True))}
    assert list(listed["wpackagist-plugin/tidy-forms"]) == titles
    assert "1.0.0" in done.err
    (project / "composer.json").write_text(done.out)
    workspace.do("patch", "drop", second, "--why", "again")
    workspace.do("patch", "drop", carried, "--why", "again")
    assert len(workspace.do("patch", "import", TIDY, "composer.json", "--json").json["patches"]) == 2
    named = workspace.do("patch", "export", "1", "--format", "composer", "--out", "p", "--package", "acme/forms")
    assert list(named.json["extra"]["patches"]) == ["acme/forms"]


@pytest.mark.parametrize("args", [("--format", "composer"), ("--package", "acme/forms")])
def test_an_export_that_says_too_little_or_too_much_is_refused(workspace: Workspace, args: tuple[str, ...]) -> None:
    assert workspace.run("patch", "export", TIDY, *args).code == 2


def test_a_diff_does_not_command_the_terminal(workspace: Workspace, tmp_path: Path) -> None:
    edited = plugin(mail=mail_file(seconds=60), readme=b"\x1b]0;owned\x07\x1b[2Jgone\n")
    added = workspace.do("patch", "capture", TIDY, write_files(tmp_path / "e", edited), "--title", "T", "--json").json
    shown = workspace.do("patch", "show", added["patch"]).out
    assert "\x1b" not in shown
    assert "gone" in shown


def test_export_of_a_stack_applies_in_its_order(workspace: Workspace, tmp_path: Path) -> None:
    edited = plugin(mail=mail_file(seconds=60, subject="'Gr\u00fc\u00dfe'"))
    workspace.do(
        "patch", "capture", TIDY, write_files(tmp_path / "e", edited), "--title", "Gr\u00fc\u00dfe: /../ \u2028 'x'"
    )
    for form in ("git", "svn", "dep3"):
        out = tmp_path / form
        listed = workspace.do("patch", "export", TIDY, "--format", form, "--out", out).out.splitlines()
        series = (out / "series").read_text().splitlines()
        assert [Path(path).name for path in listed] == series
        assert series == ["0001-wait-a-minute.patch", "0002-gr-e-x.patch"]
        assert sorted(p.name for p in out.iterdir()) == sorted([*series, "series"])
    git(tmp_path, "clone", "--quiet", "--branch", "upstream", str(workspace.fork()), "copy")
    git(tmp_path / "copy", "am", "--quiet", *(str(tmp_path / "git" / name) for name in series))
    assert (tmp_path / "copy" / "includes" / "mail.php").read_bytes() == edited["includes/mail.php"]
    one = workspace.do("patch", "export", "2").out
    assert one.startswith("From 0000000000000000000000000000000000000000")


def test_a_patch_of_a_fork_that_is_not_here_says_what_to_do(workspace: Workspace, carried: str) -> None:
    shutil.rmtree(workspace.fork())
    for verb in ("show", "export"):
        answer = workspace.run("patch", verb, carried)
        assert answer.code == 1
        assert "fork sync" in answer.err


def test_an_agencys_name_cannot_break_a_commit(workspace: Workspace, tmp_path: Path) -> None:
    settings = workspace.folder / "plugwatch.toml"
    text = settings.read_text().replace('name = "Fernhill Web"', 'name = "Fern <hill>\\nparent 1 Web"')
    settings.write_text(text)
    file = write_files(tmp_path, {"fix.patch": DIFF}) / "fix.patch"
    added = workspace.do("patch", "import", TIDY, file, "--title", "T", "--json").json["patch"]
    shown = workspace.do("patch", "show", added, "--json").json
    assert shown["author"] == "Fern hill parent 1 Web <dev@fernhill.example>"
