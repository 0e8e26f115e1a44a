from __future__ import annotations

import os
import subprocess
from pathlib import Path


def test_the_demo_plays_the_whole_story_and_ends_with_where_everything_lies(plugwatch, tmp_path):
    played = plugwatch("demo", "--keep", tmp_path / "kept")

    for step in ("$ plugwatch init", "$ plugwatch incident open", "$ plugwatch fork upgrade", "--via email"):
        assert step in played.out
    assert "landed" in played.out
    assert "BLOCKED" not in played.err
    workspace = tmp_path / "kept" / "workspace"
    for place in ("plugwatch.db", "forks/plugin/tidy-forms.git", "drafts/SUB-4"):
        assert (workspace / place).exists()
        assert str(workspace) in played.out
    assert list((tmp_path / "kept" / "builds").glob("*-p1.zip"))


def test_the_demo_leaves_the_caller_where_they_were(plugwatch, tmp_path, monkeypatch):
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


def test_the_drafts_of_the_demo_tell_no_client(plugwatch, tmp_path):
    plugwatch("demo", "--keep", tmp_path / "kept")

    drafts = [path for path in (tmp_path / "kept" / "workspace" / "drafts").rglob("*") if path.is_file()]
    assert len(drafts) >= 8
    for draft in drafts:
        text = draft.read_text(encoding="utf-8").casefold()
        for secret in ("brightside", "northgate", "oakridge", "plugwatch", ".0-p1"):
            assert secret not in text, f"{draft} names {secret}"


def test_the_fork_of_the_demo_is_plain_git(plugwatch, tmp_path):
    plugwatch("demo", "--keep", tmp_path / "kept")

    fork = tmp_path / "kept" / "workspace" / "forks" / "plugin" / "tidy-forms.git"
    refs = subprocess.run(
        ["git", "-C", fork, "for-each-ref", "--format=%(refname)"], capture_output=True, check=True, text=True
    ).stdout.split()
    assert {"refs/tags/upstream/1.2.4", "refs/tags/upstream/1.3.0", "refs/heads/carried/1.2.5"} <= set(refs)
