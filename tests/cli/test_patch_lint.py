"""What is wrong with how patches are carried, in every place that shows it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from workbench import Workspace, git, make_carrying_workspace, plugin, write_files

TIDY = "plugin/tidy-forms"
TABLES = "plugin/tidy-tables"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two forks of one patch each; that of Tidy Forms has a stance and a reason."""
    folder = tmp_path_factory.mktemp("template")
    workspace = make_carrying_workspace(folder)
    workspace.do("patch", "stance", "1", "wait", "--why", "they are slow")
    workspace.do("fork", "create", TABLES, "--from", write_files(folder / "tables", plugin()))
    edited = write_files(folder / "tables-edited", plugin(readme=b"=== Tables ===\n"))
    workspace.do("patch", "capture", TABLES, edited, "--title", "Name it")
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def _codes(workspace: Workspace, *component: str) -> list[str]:
    answer = workspace.run("patch", "lint", *component, "--json")
    assert answer.code == (3 if answer.json else 0)
    return [finding["code"] for finding in answer.json]


def test_findings_end_with_three_and_say_what_to_do(workspace: Workspace) -> None:
    answer = workspace.run("patch", "lint", "--json")
    assert answer.code == 3
    (reason, stance) = answer.json
    patch = workspace.do("patch", "list", TABLES, "--json").json[0]["patch"]
    assert reason == {
        "component": TABLES,
        "patch": patch,
        "on": "1.0.0",
        "title": "Name it",
        "code": "no-reason",
        "severity": "error",
        "message": f"nobody said why it is carried; write it down with 'plugwatch patch explain {patch} --why REASON'",
    }
    assert stance["code"] == "no-stance"
    text = workspace.run("patch", "lint")
    assert text.code == 3
    assert text.out.splitlines() == [
        f"error: {patch} (Name it): nobody said why it is carried; nobody said what is meant to become of it"
    ]
    assert f"plugwatch patch explain {patch} --why REASON · plugwatch patch stance {patch} send|wait|never" in text.err
    workspace.do("patch", "explain", patch, "--why", "So that they find it.")
    workspace.do("patch", "stance", patch, "never", "--why", "it is ours")
    clean = workspace.do("patch", "lint")
    assert (clean.out, clean.err.strip()) == ("", "nothing to see to")


def test_one_component_alone(workspace: Workspace) -> None:
    assert _codes(workspace, "tidy-forms") == []
    assert _codes(workspace, TABLES) == ["no-reason", "no-stance"]
    assert workspace.run("patch", "lint", "plugin/no-fork").code == 1


def test_a_number_is_that_of_one_component_where_several_have_one(workspace: Workspace) -> None:
    bare = workspace.run("patch", "show", "1")
    assert bare.code == 1
    assert f"say which: {TIDY}#1 or {TABLES}#1" in bare.err
    first = workspace.do("patch", "list", TABLES, "--json").json[0]["patch"]
    for name in ("tidy-tables#1", f"{TABLES}#1"):
        assert workspace.do("patch", "show", name, "--json").json["patch"] == first
    for wrong, sentence in (
        ("tidy-tables#2", "carries no patch '2'"),
        ("other#1", "no component here is called 'other'"),
        ("#1", "no patch here is called"),
        ("tidy-tables#x", "no patch here is called"),
    ):
        refused = workspace.run("patch", "show", wrong)
        assert (refused.code, refused.out) == (1, "")
        assert sentence in refused.err
    assert workspace.do("patch", "export", "tidy-tables#1").out.startswith("From 0000")
    workspace.do("patch", "drop", "tidy-forms#1", "--why", "no more")
    assert workspace.do("patch", "show", "1", "--json").json["patch"] == first
    across = workspace.run("patch", "explain", first, "tidy-tables#1", "--why", "w")
    assert across.code == 0  # the same patch twice
    workspace.do("patch", "drop", "1", "--why", "no more")
    none = workspace.run("patch", "show", "1")
    assert "no fork carries a patch" in none.err


def test_patches_of_two_components_are_not_explained_at_once(workspace: Workspace) -> None:
    refused = workspace.run("patch", "explain", "tidy-forms#1", "tidy-tables#1", "--why", "w", "--again")
    assert refused.code == 2
    assert f"patches of {TIDY} and {TABLES}" in refused.err


def test_forks_show_their_findings(workspace: Workspace) -> None:
    listed = {row["component"]: row["findings"] for row in workspace.do("fork", "list", "--json").json}
    assert listed == {TIDY: 0, TABLES: 2}
    assert "FINDINGS" in workspace.do("fork", "list").out
    shown = workspace.do("fork", "show", TABLES, "--json").json
    assert [finding["code"] for finding in shown["lint"]] == ["no-reason", "no-stance"]
    (carried,) = shown["releases"][0]["carried"]
    assert (carried["patch"], carried["title"], carried["origin"]) == (
        shown["releases"][0]["patches"][0],
        "Name it",
        "1.0.0",
    )
    assert "error: " in workspace.do("fork", "show", TABLES).out
    assert workspace.do("fork", "show", TIDY, "--json").json["lint"] == []
    assert [f["code"] for f in workspace.do("patch", "show", carried["patch"], "--json").json["lint"]] == [
        "no-reason",
        "no-stance",
    ]


def test_the_doctor_has_a_line_for_each_fork_with_findings(workspace: Workspace) -> None:
    answer = workspace.run("doctor", "--json")
    assert answer.code == 1
    checks = {check["what"]: check for check in answer.json["checks"]}
    assert checks[f"patches of {TABLES}"] == {
        "what": f"patches of {TABLES}",
        "state": "bad",
        "detail": f"no-reason (1), no-stance (1); run 'plugwatch patch lint {TABLES}'",
    }
    assert f"patches of {TIDY}" not in checks


def test_the_doctor_writes_nothing_and_hides_nothing(workspace: Workspace) -> None:
    git(workspace.fork(), "update-ref", "-d", "refs/plugwatch/done")
    foreign = git(workspace.fork(TABLES), "commit-tree", "-m", "x", "carried/1.0.0^{tree}").decode().strip()
    git(workspace.fork(TABLES), "update-ref", "refs/heads/carried/1.0.0", foreign)
    before = git(workspace.fork(), "for-each-ref")
    checks = {check["what"]: check for check in workspace.run("doctor", "--json").json["checks"]}
    assert "an operation waits to be finished" in checks[f"fork {TIDY}"]["detail"]
    assert "lies on no release" in checks[f"patches of {TABLES}"]["detail"]
    assert git(workspace.fork(), "for-each-ref") == before
    assert workspace.do("patch", "list", TIDY, "--json").json
    assert git(workspace.fork(), "for-each-ref", "refs/plugwatch/done")


def test_time_and_the_world_bring_findings(workspace: Workspace) -> None:
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    workspace.run("submission", "draft", patch, "--via", "email", "--vendor-email", "help@vendor.example")
    workspace.do("site", "add", "shop", "--client", "acme")
    for day, slug in (("2026-01-01", "tidy-forms"), ("2026-01-02", "other")):
        row = f'[{{"name": "{slug}", "status": "active", "update": "none", "version": "1.0.0"}}]'
        listed = write_files(workspace.folder, {"list.json": row.encode()}) / "list.json"
        workspace.do("site", "import", "shop", listed, "--at", day)
        assert _codes(workspace, TIDY) == (["sites-gone"] if slug == "other" else [])
    workspace.do("patch", "stance", patch, "send", "--why", "ready", "--review-by", "2099-01-01")
    with closing(sqlite3.connect(workspace.folder / "plugwatch.db")) as ledger:  # as if all that was long ago
        ledger.execute("update stance set at = '2020-01-01T00:00:00Z', review_by = '2020-02-01'")
        ledger.commit()
    assert _codes(workspace, TIDY) == ["review-passed", "not-sent", "sites-gone"]
    with closing(sqlite3.connect(workspace.folder / "plugwatch.db")) as ledger:
        ledger.execute("update submission set status = 'released'")
        ledger.commit()
    assert _codes(workspace, TIDY) == ["review-passed", "not-in-release", "sites-gone"]
    workspace.do("fork", "import", TIDY, "--from", workspace.folder.parent / "sources" / "3.0.0")
    assert _codes(workspace, TIDY) == ["review-passed", "sites-gone"]
    workspace.do("fork", "upgrade", TIDY, "--to", "3.0.0")
    assert _codes(workspace, TIDY) == []  # it has landed, and nothing is carried any more
