from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Played:
    """A demo that was kept."""

    folder: Path
    out: str
    err: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    done = subprocess.run(
        [sys.executable, "-m", "plugwatch", "demo", "--keep", folder],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Played(folder, done.stdout, done.stderr)


def test_the_demo_plays_the_whole_story_and_ends_with_where_everything_lies(played):
    for step in ("$ plugwatch init", "$ plugwatch incident open", "$ plugwatch fork upgrade", "--via email"):
        assert step in played.out
    assert "landed" in played.out
    assert "BLOCKED" not in played.err
    workspace = played.folder / "workspace"
    for place in ("plugwatch.db", "forks/plugin/tidy-forms.git", "drafts/SUB-4"):
        assert (workspace / place).exists()
    assert str(workspace / "drafts") in played.out.partition("Where everything lies")[2]
    assert list((played.folder / "builds").glob("*-p1.zip"))


def test_the_demo_ends_with_a_board_and_with_a_clients_month_that_names_nobody_else(played):
    index = (played.folder / "board" / "index.html").read_text(encoding="utf-8")
    month = played.out.partition("$ plugwatch report client")[2].partition("Where everything lies")[0]

    assert "1 incident is open" in index
    assert "Northgate Dental" in index.partition("Whom do we owe a word?")[2]
    assert "# Your websites in" in month
    for name in ("tidy", "larkspur", "northgate", "oakridge"):
        assert name not in month.casefold(), f"the client's month names {name}"


def test_the_drafts_of_the_demo_tell_no_client(played):
    drafts = [path for path in (played.folder / "workspace" / "drafts").rglob("*") if path.is_file()]

    assert len(drafts) >= 8
    for draft in drafts:
        text = draft.read_text(encoding="utf-8").casefold()
        for secret in ("brightside", "northgate", "oakridge", "plugwatch", ".0-p1"):
            assert secret not in text, f"{draft} names {secret}"


def test_the_fork_of_the_demo_is_plain_git(played):
    fork = played.folder / "workspace" / "forks" / "plugin" / "tidy-forms.git"

    refs = subprocess.run(
        ["git", "-C", fork, "for-each-ref", "--format=%(refname)"], capture_output=True, check=True, text=True
    ).stdout.split()
    assert {"refs/tags/upstream/1.2.4", "refs/tags/upstream/1.3.0", "refs/heads/carried/1.2.5"} <= set(refs)


def test_the_demo_leaves_the_caller_where_they_were_and_a_teams_ledger_alone(plugwatch, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_WORKSPACE", "/somewhere")
    monkeypatch.setenv("PLUGWATCH_DATABASE_URL", "postgresql://team.invalid/ledger")

    plugwatch("demo", "--keep", tmp_path / "kept")

    assert Path.cwd() == tmp_path
    assert os.environ["PLUGWATCH_WORKSPACE"] == "/somewhere"
    assert os.environ["PLUGWATCH_DATABASE_URL"] == "postgresql://team.invalid/ledger"


def test_the_demo_refuses_a_folder_in_use(plugwatch, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "notes.txt").write_text("mine", encoding="utf-8")

    assert "is not empty" in plugwatch("demo", "--keep", "kept", code=1).err
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["notes.txt"]
