"""``plugwatch patch list``, ``stance``, ``accept``, ``explain``, ``drop``: what is meant with a patch, and its end."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
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
    write_files,
)

TIDY = "plugin/tidy-forms"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two patches on 1.0.0, the second without a reason; it was built when it had the first alone."""
    folder = tmp_path_factory.mktemp("template")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "build", TIDY, "--out", folder / "built")
    both = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n")
    workspace.do("patch", "capture", TIDY, write_files(folder / "both", both), "--title", "Rename it")
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


@pytest.fixture
def patches(workspace: Workspace) -> list[str]:
    """The ids of the patches."""
    return [row["patch"] for row in workspace.do("patch", "list", TIDY, "--json").json]


def _put_on_sites(workspace: Workspace, **versions: str) -> None:
    """Sites that run Tidy Forms in these versions; an empty one runs something else."""
    for site, version in versions.items():
        workspace.run("site", "add", site, "--client", "acme")
        name = "tidy-forms" if version else "other"
        row = {"name": name, "status": "active", "update": "none", "version": version or "1"}
        listed = write_files(workspace.folder.parent, {f"{site}.json": json.dumps([row]).encode()}) / f"{site}.json"
        workspace.do("site", "import", site, listed)


def test_a_list_tells_what_is_known_of_each_patch(workspace: Workspace, patches: list[str]) -> None:
    _put_on_sites(workspace, one="1.0.0.0-p1", two="1.0.0", three="1.0.0.0-p1", four="")
    for road in ("email", "trac"):  # a blocked draft is kept all the same
        assert workspace.run("submission", "draft", patches[0], "--via", road).code == 3
    workspace.do("patch", "stance", patches[0], "wait", "--why", "they are on holiday", "--review-by", "2099-01-31")
    workspace.do("fork", "import", TIDY, "--from", workspace.folder.parent / "sources" / "2.0.0")
    workspace.do("fork", "upgrade", TIDY, "--to", "2.0.0")
    first, second = workspace.do("patch", "list", TIDY, "--json").json
    assert first == {
        "number": 1,
        "patch": patches[0],
        "component": TIDY,
        "on": "2.0.0",
        "origin": "1.0.0",
        "incident": None,
        "title": "Wait a minute",
        "commit": git_text(workspace.fork(), "rev-parse", "carried/2.0.0~1"),
        "age_days": 0,
        "releases_survived": 1,
        "sites_with_build": 2,
        "sites_with_component": 3,
        "stance": "wait",
        "stance_reason": "they are on holiday",
        "review_by": "2099-01-31",
        "upstream": [
            {"submission": "SUB-1", "channel": "email", "status": "draft", "url": first["upstream"][0]["url"]},
            {"submission": "SUB-2", "channel": "trac", "status": "draft", "url": first["upstream"][1]["url"]},
        ],
    }
    assert (second["number"], second["sites_with_build"], second["stance"], second["upstream"]) == (2, 0, None, [])
    text = workspace.do("patch", "list").out
    assert "email draft, trac draft" in text
    on = workspace.do("patch", "list", TIDY, "--on", "1.0.0", "--json").json
    assert [(row["on"], row["releases_survived"]) for row in on] == [("1.0.0", 1), ("1.0.0", 1)]


def test_a_fork_that_cannot_be_read_does_not_hide_the_others(workspace: Workspace, tmp_path: Path) -> None:
    theme = {"style.css": b"/*\nTheme Name: Evensong\nVersion: 1.0\n*/\n"}
    workspace.do("fork", "create", "theme/evensong", "--from", write_files(tmp_path / "theme", theme))
    (workspace.fork("theme/evensong") / "HEAD").unlink()
    for command, rows in ((("patch", "list"), 2), (("fork", "list"), 1)):
        partly = workspace.run(*command, "--json")
        assert (partly.code, len(partly.json)) == (4, rows)
        assert "theme/evensong could not be looked at" in partly.err
    linted = workspace.run("patch", "lint", "--json")
    assert linted.code == 3  # what is known to be wrong comes before what is not known
    for command in ("list", "lint"):
        assert workspace.run("patch", command, "theme/evensong").code == 1


def test_a_stance_is_kept_with_its_history(workspace: Workspace, patches: list[str]) -> None:
    workspace.do("patch", "stance", patches[0], "wait", "--why", "holiday", "--review-by", "2099-01-31")
    said = workspace.do("patch", "stance", patches[0][:7], "send", "--why", "back again", "--json").json
    assert {k: said[k] for k in ("patch", "component", "stance", "reason", "review_by")} == {
        "patch": patches[0],
        "component": TIDY,
        "stance": "send",
        "reason": "back again",
        "review_by": None,
    }
    assert [(s["stance"], s["review_by"]) for s in said["history"]] == [("wait", "2099-01-31"), ("send", None)]
    assert said["at"]
    assert said["by"]
    shown = workspace.do("patch", "show", patches[0], "--json").json
    assert (shown["stance"], shown["stances"]) == ("send", said["history"])
    assert "stance: send: back again" in workspace.do("patch", "show", patches[0]).out


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("1", "send"), 2, "--why REASON"),
        (("1", "send", "--why", " "), 1, "a reason is asked for"),
        (("1", "maybe", "--why", "w"), 2, "send|wait|never"),
        (("1", "wait", "--why", "w", "--review-by", "soon"), 1, "write it as 2027-01-31"),
        (("1", "wait", "--why", "w", "--review-by", "2001-01-01"), 1, "give a day after"),
        (("9", "wait", "--why", "w"), 1, "carries no patch '9'"),
        (("pw-zzzzzzzzzz", "wait", "--why", "w"), 1, "no patch here is called"),
    ],
)
def test_a_stance_that_says_nothing_is_none(
    workspace: Workspace, args: tuple[str, ...], code: int, sentence: str
) -> None:
    answer = workspace.run("patch", "stance", *args)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err
    assert [row["stance"] for row in workspace.do("patch", "list", "--json").json] == [None, None]


def test_a_person_at_a_terminal_is_asked_why(workspace: Workspace, patches: list[str]) -> None:
    ours, theirs = os.openpty()
    args = ["--workspace", str(workspace.folder), "patch", "stance", patches[0], "never", "--json"]
    child = subprocess.Popen(
        [sys.executable, "-m", "plugwatch", *args], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    os.close(theirs)
    os.write(ours, b"they have left\n")
    out, err = child.communicate(timeout=60)
    os.close(ours)
    assert child.returncode == 0, err
    assert json.loads(out)["reason"] == "they have left"
    assert b"Why 'never':" in err


def test_a_yes_is_kept_shown_and_taken_back(workspace: Workspace, patches: list[str]) -> None:
    workspace.do("fork", "import", TIDY, "--from", workspace.folder.parent / "sources" / "2.1.0")
    before = public_refs(workspace.fork())
    said = workspace.do("patch", "accept", "1", "--in", "latest", "--why", "they wait, too", "--json").json
    assert {k: said[k] for k in ("patch", "component", "in", "accepted", "reason")} == {
        "patch": patches[0],
        "component": TIDY,
        "in": "2.1.0",
        "accepted": True,
        "reason": "they wait, too",
    }
    assert said["verdict"] in ("landed-variant", "would-double", "conflict")
    assert said["evidence"]
    assert workspace.do("patch", "show", "1", "--json").json["accepted_in"] == ["2.1.0"]
    for args in ((TIDY,), ("--all",)):
        answer = workspace.run("fork", "forecast", *args, "--to", "2.1.0", "--json")
        plan = answer.json[0] if "--all" in args else answer.json
        assert plan["patches"][0]["accepted"] is True
    back = workspace.do("patch", "accept", "1", "--in", "2.1.0", "--withdraw", "--json").json
    assert (back["accepted"], back["verdict"]) == (False, said["verdict"])
    assert workspace.do("patch", "show", "1", "--json").json["accepted_in"] == []
    again = workspace.run("patch", "accept", "1", "--in", "2.1.0", "--withdraw")
    assert again.code == 1
    assert "there is nothing to take back" in again.err
    assert public_refs(workspace.fork()) == before


@pytest.mark.parametrize(
    ("number", "version", "sentence"),
    [
        ("1", "2.0.0", "merges cleanly into 2.0.0 and is not in it"),
        ("1", "3.0.0", "needs no yes"),
        ("1", "9.9", "has no release 9.9"),
        ("1", "1.0.0", "its patches on 1.0.0 already"),
    ],
)
def test_a_yes_without_meaning_is_refused(workspace: Workspace, number: str, version: str, sentence: str) -> None:
    for known in ("2.0.0", "3.0.0"):
        workspace.do("fork", "import", TIDY, "--from", workspace.folder.parent / "sources" / known)
    answer = workspace.run("patch", "accept", number, "--in", version)
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err
    assert workspace.do("patch", "show", number, "--json").json["accepted_in"] == []


def test_a_reason_that_was_forgotten_is_written_down(workspace: Workspace, patches: list[str]) -> None:
    done = workspace.do("patch", "explain", "2", "--why", "Nobody understood it.", "--json").json
    assert done == {"patch": patches[1], "component": TIDY, "on": "1.0.0", "why": "Nobody understood it."}
    shown = workspace.do("patch", "show", patches[1], "--json").json
    assert (shown["why"], shown["title"]) == ("Nobody understood it.", "Rename it")
    assert [row["patch"] for row in workspace.do("patch", "list", "--json").json] == patches
    again = workspace.run("patch", "explain", "2", "--why", "Another")
    assert again.code == 1
    assert "the reason is there already" in again.err
    assert fsck(workspace.fork()) == ""


def test_a_reason_is_corrected_and_the_earlier_one_comes_back(workspace: Workspace, patches: list[str]) -> None:
    before = git_text(workspace.fork(), "rev-parse", "carried/1.0.0")
    done = workspace.do("patch", "explain", "1", "--why", "They are slow.", "--again", "--json").json
    assert (done["patch"], done["why"]) == (patches[0], "They are slow.")
    assert [row["patch"] for row in workspace.do("patch", "list", "--json").json] == patches
    same = workspace.run("patch", "explain", "1", "--why", "They are slow.", "--again")
    assert same.code == 1
    assert "nothing was changed" in same.err
    workspace.do("fork", "undo", TIDY, "--yes")
    assert git_text(workspace.fork(), "rev-parse", "carried/1.0.0") == before
    assert workspace.do("patch", "show", "1", "--json").json["why"] == "Slow."


def test_several_patches_are_decided_about_at_once(workspace: Workspace, patches: list[str]) -> None:
    said = workspace.do("patch", "stance", "1", patches[1], "1", "wait", "--why", "holiday", "--json").json
    assert [(row["patch"], row["stance"], len(row["history"])) for row in said] == [(p, "wait", 1) for p in patches]
    refused = workspace.run("patch", "stance", "1", "9", "never", "--why", "no")
    assert refused.code == 1
    assert [row["stance"] for row in workspace.do("patch", "list", "--json").json] == ["wait", "wait"]
    operations = len(workspace.do("fork", "log", TIDY, "--json").json)
    half = workspace.run("patch", "explain", *patches, "--why", "Both.")
    assert half.code == 1
    assert f"of {patches[0]} the reason" in half.err
    both = workspace.do("patch", "explain", *patches, "--why", "Both.", "--again", "--json").json
    assert [(row["patch"], row["why"]) for row in both] == [(p, "Both.") for p in patches]
    assert len(workspace.do("fork", "log", TIDY, "--json").json) == operations + 1
    assert [workspace.do("patch", "show", p, "--json").json["why"] for p in patches] == ["Both.", "Both."]


def test_a_patch_is_dropped_in_git_and_ledger(workspace: Workspace, patches: list[str]) -> None:
    done = workspace.do("patch", "drop", "1", "--why", "they can live with it", "--json").json
    tree = git_text(workspace.fork(), "rev-parse", "carried/1.0.0^{tree}")
    assert done == {
        "patch": patches[0],
        "title": "Wait a minute",
        "component": TIDY,
        "on": "1.0.0",
        "status": "dropped",
        "reason": "they can live with it",
        "patches": [patches[1]],
        "blocked_by": None,
        "branch": "carried/1.0.0",
        "tree": tree,
    }
    assert git_text(workspace.fork(), "diff", "--name-only", "upstream/1.0.0", "carried/1.0.0") == "readme.txt"
    assert [row["patch"] for row in workspace.do("patch", "list", "--json").json] == [patches[1]]
    with closing(sqlite3.connect(workspace.folder / "plugwatch.db")) as ledger:
        rows = ledger.execute("select patch_id, version, verdict, evidence from patch_drop").fetchall()
        stacks = ledger.execute("select version, patch_id from stack_entry").fetchall()
    assert [row[:3] for row in rows] == [(patches[0], "1.0.0", "dropped")]
    assert json.loads(rows[0][3])[0] == "they can live with it"
    assert stacks == [("1.0.0", patches[1])]
    assert fsck(workspace.fork()) == ""


def test_what_another_patch_rests_on_stays(workspace: Workspace, patches: list[str], tmp_path: Path) -> None:
    slower = plugin(mail=mail_file(seconds=90), readme=b"=== Tidier ===\n")
    workspace.do("patch", "capture", TIDY, write_files(tmp_path / "e", slower), "--title", "Wait longer", "--why", "w")
    before = git_text(workspace.fork(), "for-each-ref")
    answer = workspace.run("patch", "drop", patches[0], "--why", "no", "--json")
    assert answer.code == 3
    assert (answer.json["status"], answer.json["branch"], answer.json["tree"]) == ("conflict", None, None)
    assert answer.json["blocked_by"]["title"] == "Wait longer"
    assert answer.json["blocked_by"]["evidence"] == ["includes/mail.php: it changes what the other one put there"]
    assert len(answer.json["patches"]) == 3
    text = workspace.run("patch", "drop", patches[0], "--why", "no")
    assert text.code == 3
    assert "does not go without it; nothing moved" in text.out
    assert git_text(workspace.fork(), "for-each-ref") == before


def test_a_drop_says_why_and_where(workspace: Workspace) -> None:
    assert workspace.run("patch", "drop", "1").code == 2
    assert workspace.run("patch", "drop", "1", "--why", "").code == 1
    missing = workspace.run("patch", "drop", "1", "--why", "w", "--on", "7")
    assert missing.code == 1
    assert "has no release 7" in missing.err


HOSTILE = {
    "control": "\x1b[31mred\x1b]0;owned\x07 one\ntwo\r\nthree\u2028four",
    "option": "--upload-pack=touch owned",
    "trailer": "Plugwatch-Patch: pw-aaaaaaaaaa",
    "long": "9" * 5000,
    "lone half": "\udcff\ud800",
    "nothing": "",
}
COMMANDS = [
    ("patch", "stance", "--why={}", "--", "1", "wait"),
    ("patch", "stance", "--why=w", "--review-by={}", "--", "1", "wait"),
    ("patch", "stance", "--why=w", "--", "{}", "wait"),
    ("patch", "stance", "--why=w", "--", "1", "{}"),
    ("patch", "accept", "--in={}", "--", "1"),
    ("patch", "accept", "--in=2.1.0", "--why={}", "--", "1"),
    ("patch", "explain", "--on={}", "--why=w", "--", "2"),
    ("patch", "explain", "--why={}", "--", "2"),
    ("patch", "lint", "--", "{}"),
    ("patch", "list"),
    ("patch", "show", "1"),
    ("patch", "drop", "--on={}", "--why=w", "--", "2"),
    ("patch", "drop", "--why={}", "--", "2"),
]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_breaks_a_command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(workspace.folder.parent)
    workspace.do("fork", "import", TIDY, "--from", "sources/2.1.0")
    before = set(Path().iterdir())
    for command in COMMANDS:
        answer = workspace.run(*(part.replace("{}", text) for part in command))
        assert answer.code in (0, 1, 2, 3), (command, answer)
        assert not any(c < " " and c not in "\n\t" for c in answer.out + answer.err), (command, answer)
    assert set(Path().iterdir()) == before
    assert fsck(workspace.fork()) == ""


def test_a_ledger_that_lost_a_patch_finds_it_again(workspace: Workspace, patches: list[str], tmp_path: Path) -> None:
    shutil.copy(make_workspace(tmp_path / "new").folder / "plugwatch.db", workspace.folder)
    said = workspace.do("patch", "stance", patches[0], "wait", "--why", "w", "--json").json
    assert len(said["history"]) == 1
