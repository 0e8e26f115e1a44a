"""``plugwatch fork``: documents, exit codes, and one sentence for whatever is wrong."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from workbench import (
    Workspace,
    fsck,
    git_text,
    mail_file,
    make_carrying_workspace,
    make_workspace,
    plugin,
    public_refs,
    snapshot,
    write_files,
    zip_files,
)

from plugwatch.cli.forking import without_secrets

TIDY = "plugin/tidy-forms"


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
def sources(workspace: Workspace) -> Path:
    """Releases 1.0.0, 2.0.0 (carried), 2.1.0 (conflict) and 3.0.0 (landed) as folders."""
    return workspace.folder.parent / "sources"


def test_create_and_import(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    archive = zip_files(tmp_path / "tidy-forms.zip", plugin("1.0.0"))
    made = workspace.do("fork", "create", TIDY, "--from", archive, "--json").json
    directory = workspace.fork()
    assert made == {
        "component": TIDY,
        "version": "1.0.0",
        "commit": git_text(directory, "rev-parse", "upstream/1.0.0"),
        "tree": git_text(directory, "rev-parse", "upstream/1.0.0^{tree}"),
        "files": 3,
        "sha256": made["sha256"],
        "source": str(archive),
        "alarm": None,
        "notes": [],
    }
    assert len(made["sha256"]) == 64
    again = workspace.run("fork", "create", TIDY, "--from", archive)
    assert (again.code, again.out) == (1, "")
    assert "add releases with 'plugwatch fork import plugin/tidy-forms'" in again.err
    folder = write_files(tmp_path / "2", {"readme.txt": b"2.0\n"})
    second = workspace.do("fork", "import", "tidy", "--version", "2.0", "--from", folder, "--json").json
    assert (second["version"], second["sha256"], second["files"]) == ("2.0", None, 1)
    changed = write_files(tmp_path / "3", {"readme.txt": b"2.0, again\n"})
    third = workspace.do("fork", "import", "tidy", "--version", "2.0", "--from", changed, "--json")
    assert third.json["version"] == "2.0+r2"
    assert "other bytes than before" in third.json["alarm"]
    assert "warning: " in third.err
    shown = workspace.do("fork", "show", TIDY, "--json").json
    assert [r["version"] for r in shown["releases"]] == ["1.0.0", "2.0", "2.0+r2"]
    assert Path(shown["repository"]).is_absolute()


def test_importing_twice_is_harmless_and_says_what_works_next(workspace: Workspace, sources: Path) -> None:
    before = git_text(workspace.fork(), "for-each-ref")
    first = workspace.do("fork", "import", TIDY, "--from", sources / "1.0.0")
    assert "which was there already" in first.out
    assert f"next: plugwatch patch list {TIDY} · plugwatch fork build {TIDY}" in first.err
    workspace.do("patch", "list", TIDY)
    assert git_text(workspace.fork(), "for-each-ref") == before


@pytest.mark.parametrize(
    "what", ["damaged.zip", "escape.zip", "no-header", "empty", "missing", "noise.zip", "page.zip"]
)
def test_a_bad_source_leaves_no_fork_behind(tmp_path: Path, what: str) -> None:
    workspace = make_workspace(tmp_path / "ws")
    source = tmp_path / what
    if what == "damaged.zip":
        zip_files(source, plugin() | {"z.bin": os.urandom(4000)})
        data = bytearray(source.read_bytes())
        data[-1500] ^= 0xFF
        source.write_bytes(data)
    elif what == "escape.zip":
        zip_files(source, {"../../escaped.php": b"<?php\n"})
    elif what == "no-header":
        write_files(source, {"a.php": b"<?php\n"})
    elif what == "empty":
        source.mkdir()
    elif what == "noise.zip":
        source.write_bytes(os.urandom(100_000))
    elif what == "page.zip":
        source.write_bytes(b"<!DOCTYPE html><title>Log in</title>")
    before = snapshot(workspace.folder / "forks")
    answer = workspace.run("fork", "create", TIDY, "--from", source)
    assert answer.code == 1
    assert str(source) in answer.err
    assert answer.err.count("\n") == 1
    left = snapshot(workspace.folder / "forks")
    assert {n for n in left if not n.endswith(".lock")} - before.keys() == {"plugin"}
    assert workspace.do("fork", "list", "--json").json == []
    good = zip_files(tmp_path / "good.zip", plugin())
    workspace.do("fork", "create", TIDY, "--from", good)


@pytest.mark.parametrize("component", ["core", "plugin/../../x", "plugin/a/b", "plugin/-x", "gadget/x", "tidy"])
def test_what_cannot_be_forked_is_refused(tmp_path: Path, component: str) -> None:
    workspace = make_workspace(tmp_path / "ws")
    answer = workspace.run(
        "fork", "create", component, "--version", "1", "--from", write_files(tmp_path / "a", plugin())
    )
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert snapshot(workspace.folder / "forks") == {}


def test_forecast_and_upgrade_of_a_clean_release(workspace: Workspace, sources: Path) -> None:
    workspace.do("fork", "import", TIDY, "--from", sources / "2.0.0")
    before = snapshot(workspace.folder / "forks")
    said = workspace.do("fork", "forecast", TIDY, "--to", "latest", "--json").json
    assert snapshot(workspace.folder / "forks") == before
    assert (said["component"], said["from"], said["to"], said["status"]) == (TIDY, "1.0.0", "2.0.0", "clean")
    assert said["branch"] is None
    done = workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0", "--json").json
    assert done == said | {"branch": "carried/2.0.0", "patches": done["patches"]}
    patch = done["patches"][0]
    assert patch.keys() >= {"id", "title", "verdict", "evidence", "files", "php"}
    assert (patch["verdict"], patch["files"]) == ("carried", ["includes/mail.php"])
    assert done["tree"] == git_text(workspace.fork(), "rev-parse", "carried/2.0.0^{tree}")
    again = workspace.run("fork", "upgrade", TIDY, "--to", "2.0.0")
    assert again.code == 1
    assert "its patches on 2.0.0 already" in again.err


def test_a_conflict_ends_with_three_and_moves_nothing(workspace: Workspace, sources: Path) -> None:
    workspace.do("fork", "import", TIDY, "--from", sources / "2.1.0")
    before = git_text(workspace.fork(), "for-each-ref")
    for verb in ("forecast", "upgrade"):
        answer = workspace.run("fork", verb, TIDY, "--to", "2.1.0", "--json")
        assert answer.code == 3
        assert (answer.json["status"], answer.json["branch"], answer.json["tree"]) == ("conflict", None, None)
        assert answer.json["patches"][0]["evidence"]
        text = workspace.run("fork", verb, TIDY, "--to", "2.1.0")
        assert text.code == 3
        assert "--accept" in text.err
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_a_patch_that_landed_is_dropped_and_the_ledger_knows(workspace: Workspace, sources: Path) -> None:
    workspace.do("fork", "import", TIDY, "--from", sources / "3.0.0")
    done = workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0", "--json").json
    assert [p["verdict"] for p in done["patches"]] == ["landed"]
    assert public_refs(workspace.fork())["refs/heads/carried/3.0.0"] == git_text(
        workspace.fork(), "rev-parse", "upstream/3.0.0"
    )
    shown = workspace.do("fork", "show", TIDY, "--json").json
    assert [(r["version"], len(r["patches"])) for r in shown["releases"]] == [("1.0.0", 1), ("3.0.0", 0)]
    nothing = workspace.run("fork", "build", TIDY)
    assert nothing.code == 1
    assert "use the vendor's ZIP" in nothing.err


def test_a_yes_drops_what_it_names_and_a_wrong_yes_nothing(workspace: Workspace, sources: Path) -> None:
    for version in ("2.0.0", "2.1.0"):
        workspace.do("fork", "import", TIDY, "--from", sources / version)
    wrong = workspace.run("fork", "upgrade", TIDY, "--to", "2.0.0", "--accept", "1")
    assert wrong.code == 1
    assert "nothing moved" in wrong.err
    unknown = workspace.run("fork", "upgrade", TIDY, "--to", "2.1.0", "--accept", "pw-zzzzzzzzzz")
    assert unknown.code == 1
    done = workspace.do("fork", "upgrade", TIDY, "--to", "2.1.0", "--accept", "1", "--json").json
    assert (done["status"], done["patches"][0]["accepted"]) == ("clean", True)


def test_all_forks_are_forecast_and_a_damaged_one_is_not_reported_as_fine(
    workspace: Workspace, sources: Path, tmp_path: Path
) -> None:
    workspace.do("fork", "import", TIDY, "--from", sources / "2.0.0")
    theme = {"style.css": b"/*\nTheme Name: Evensong\nVersion: 1.0\n*/\n"}
    workspace.do("fork", "create", "theme/evensong", "--from", write_files(tmp_path / "theme", theme))
    nothing = workspace.do("fork", "forecast", "--all", "--to", "9.9", "--json")
    assert nothing.json == []
    assert [p["component"] for p in workspace.do("fork", "forecast", "--all", "--to", "latest", "--json").json] == [
        TIDY
    ]
    (workspace.fork("theme/evensong") / "HEAD").unlink()
    partly = workspace.run("fork", "forecast", "--all", "--to", "latest", "--json")
    assert partly.code == 4
    assert [p["component"] for p in partly.json] == [TIDY]
    assert "theme/evensong could not be looked at" in partly.err


def test_forecast_wants_one_component_or_all(workspace: Workspace) -> None:
    for args in ((), (TIDY, "--all")):
        assert workspace.run("fork", "forecast", *args, "--to", "latest").code == 2


def test_build_twice_is_the_same_and_after_a_change_the_next(workspace: Workspace, tmp_path: Path) -> None:
    first = workspace.do("fork", "build", TIDY, "--out", tmp_path / "a", "--json").json
    assert (first["build"], first["base_version"]) == ("1.0.0.0-p1", "1.0.0")
    assert first.keys() >= {"build", "zip", "sha256", "manifest", "patches"}
    assert Path(first["zip"]).is_absolute()
    again = workspace.do("fork", "build", TIDY, "--out", tmp_path / "b", "--json").json
    assert Path(again["zip"]).read_bytes() == Path(first["zip"]).read_bytes()
    assert (again["build"], again["sha256"]) == (first["build"], first["sha256"])
    edited = write_files(tmp_path / "e", plugin(mail=mail_file(seconds=60), readme=b"=== two ===\n"))
    workspace.do("patch", "capture", TIDY, edited, "--title", "Rename it")
    later = workspace.do("fork", "build", TIDY, "--out", tmp_path / "a", "--json").json
    assert later["build"] == "1.0.0.0-p2"
    assert workspace.do("fork", "show", TIDY, "--json").json["releases"][0]["builds"] == ["1.0.0.0-p1", "1.0.0.0-p2"]


def test_a_name_that_fits_two_forks_is_never_guessed(workspace: Workspace, tmp_path: Path) -> None:
    other = write_files(tmp_path / "other", plugin("1.0.0"))
    workspace.do("fork", "create", "plugin/tidy-tables", "--from", other)
    (workspace.folder / "plugwatch.db").unlink()
    shutil.copy(make_workspace(tmp_path / "new").folder / "plugwatch.db", workspace.folder)
    for _known_to_the_ledger in (False, True):
        answer = workspace.run("fork", "show", "tidy")
        assert answer.code == 1
        assert "plugin/tidy-forms, plugin/tidy-tables" in answer.err
        workspace.do("fork", "list")


def test_a_ledger_that_was_lost_is_written_again_by_any_command(workspace: Workspace, tmp_path: Path) -> None:
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    shutil.copy(make_workspace(tmp_path / "new").folder / "plugwatch.db", workspace.folder)
    shown = workspace.do("patch", "show", patch[:7], "--json").json
    assert shown["patch"] == patch
    assert workspace.do("component", "where", TIDY, "--json").json["component"] == TIDY


def test_a_key_in_a_url_is_not_recorded() -> None:
    url = "https://kim:secret@shop.example:8443/dl/tidy-forms.zip?licence=ABC-123#part"
    assert without_secrets(url) == "https://shop.example/dl/tidy-forms.zip"
    assert without_secrets("/home/kim/a?b.zip") == "/home/kim/a?b.zip"


HOSTILE = {
    "control": "\x1b[31mred\x1b]0;owned\x07 one\ntwo\r\nthree\u2028four",
    "option": "--upload-pack=touch owned",
    "path": "../../etc/passwd",
    "long": "9" * 5000,
    "lone half": "\udcff\ud800",
    "nothing": "",
    "revision": "refs/tags/upstream/1.0.0^{tree} @{-1} %(refname) $(id) \u00b2",
}
COMMANDS = [
    ("fork", "create", "--from=sources/1.0.0", "--version={}", "--", "plugin/new"),
    ("fork", "create", "--from=sources/1.0.0", "--", "{}"),
    ("fork", "create", "--from=sources/1.0.0", "--", "plugin/{}"),
    ("fork", "import", "--from={}", "--", "plugin/tidy-forms"),
    ("fork", "import", "--from=sources/1.0.0", "--version={}", "--", "plugin/tidy-forms"),
    ("fork", "show", "--", "{}"),
    ("fork", "forecast", "--to={}", "--", "plugin/tidy-forms"),
    ("fork", "forecast", "--all", "--to={}"),
    ("fork", "upgrade", "--to={}", "--", "plugin/tidy-forms"),
    ("fork", "upgrade", "--to=2.0.0", "--accept={}", "--", "plugin/tidy-forms"),
    ("fork", "build", "--version={}", "--", "plugin/tidy-forms"),
    ("patch", "capture", "--title={}", "--why={}", "--", "plugin/tidy-forms", "sources/2.0.0"),
    ("patch", "capture", "--title=t", "--only={}", "--on={}", "--", "plugin/tidy-forms", "sources/2.0.0"),
    ("patch", "capture", "--title=t", "--incident={}", "--", "plugin/tidy-forms", "sources/2.0.0"),
    ("patch", "import", "--title={}", "--", "plugin/tidy-forms", "{}"),
    ("patch", "list", "--on={}", "--", "plugin/tidy-forms"),
    ("patch", "list", "--", "{}"),
    ("patch", "show", "--", "{}"),
    ("patch", "show", "--against={}", "--", "1"),
    ("patch", "export", "--", "{}"),
]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_breaks_a_command(
    workspace: Workspace, sources: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(workspace.folder.parent)
    before = set(Path().iterdir())
    for command in COMMANDS:
        answer = workspace.run(*(part.replace("{}", text) for part in command))
        assert answer.code in (0, 1, 2, 3, 4), (command, answer)
        assert "Traceback" not in answer.err
        assert not any(c < " " and c not in "\n\t" for c in answer.out + answer.err), (command, answer)
    assert set(Path().iterdir()) == before
    assert fsck(workspace.fork()) == ""


def test_a_source_whose_name_is_not_utf8_is_taken(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "tidy-\udcff.zip"
    shutil.copy(zip_files(tmp_path / "a.zip", plugin("4.0.0")), source)
    assert workspace.do("fork", "import", TIDY, "--from", os.fspath(source), "--json").json["version"] == "4.0.0"
    workspace.do("fork", "show", TIDY)
