"""``plugwatch fork resolve`` and ``resolutions`` as a user gives them, and what ``fork upgrade`` says of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workbench import (
    Workspace,
    environment,
    git,
    git_text,
    mail_file,
    make_carrying_workspace,
    plugin,
    public_refs,
    snapshot,
    write_files,
)

TIDY = "plugin/tidy-forms"
CONFLICT = "refs/plugwatch/conflicts/2.2.0"
# Where the patch waits 60 seconds the vendor waits as long as a function says.
VENDOR = mail_file().replace(b"$wait = 10", b"$wait = tidy_wait( 'mail' )")
MERGED = VENDOR.replace(b"$wait = tidy_wait( 'mail' )", b"$wait = max( 60, tidy_wait( 'mail' ) )")
RESOLVE = ("fork", "resolve", TIDY)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that carries one patch on 1.0.0, with 2.2.0 and 2.3.0 in which it conflicts."""
    folder = tmp_path_factory.mktemp("resolving")
    with environment(PLUGWATCH_USER="ana"):
        workspace = make_carrying_workspace(folder)
        for version, mail in (("2.2.0", VENDOR), ("2.3.0", VENDOR + b"// more\n")):
            source = write_files(folder / "sources" / version, plugin(version, mail=mail))
            workspace.do("fork", "import", TIDY, "--from", source)
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of it for one test; ana is at the keyboard."""
    monkeypatch.setenv("PLUGWATCH_USER", "ana")
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def begin(workspace: Workspace, version: str = "2.2.0") -> dict[str, Any]:
    """Begin a merge; its document."""
    answer = workspace.run(*RESOLVE, "--to", version, "--json")
    assert answer.code == 3, answer
    document: dict[str, Any] = answer.json
    return document


def edit(workspace: Workspace, content: bytes | None, version: str = "2.2.0", path: str = "includes/mail.php") -> Path:
    """What the person does in a file; the folder."""
    folder = workspace.folder / "resolve" / f"plugin-tidy-forms-{version}"
    file = folder / "component" / path
    if content is None:
        file.unlink()
    else:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return folder


def refs(workspace: Workspace) -> dict[str, str]:
    """Every ref but those of the record."""
    rows = git_text(workspace.fork(), "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return {
        n: o for n, o in (r.split(" ") for r in rows) if not n.startswith(("refs/plugwatch/ops", "refs/plugwatch/done"))
    }


def on_a_terminal(workspace: Workspace, *args: str, typed: str, whole: bool = False) -> tuple[int, str]:
    """A command whose standard input, and ``whole``: output too, is a terminal; its code and all that it wrote."""
    ours, theirs = os.openpty()
    os.write(ours, typed.encode())
    child = subprocess.Popen(
        [sys.executable, "-m", "plugwatch", "--workspace", str(workspace.folder), *args],
        stdin=theirs,
        stdout=theirs if whole else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"COLUMNS": "200"},
    )
    os.close(theirs)
    told = b""
    if whole:
        try:
            while part := os.read(ours, 65536):
                told += part
        except OSError:  # the other end is closed
            pass
    out, _none = child.communicate()
    os.close(ours)
    return child.returncode, (told + (out or b"")).decode()


# Begin


def test_a_merge_is_laid_out_and_told(workspace: Workspace) -> None:
    before = public_refs(workspace.fork())
    expected = workspace.run("fork", "forecast", TIDY, "--to", "2.2.0", "--json").json["patches"][0]
    answer = workspace.run(*RESOLVE, "--to", "2.2.0")
    folder = workspace.folder / "resolve" / "plugin-tidy-forms-2.2.0"
    assert answer.code == 3
    patch = expected["id"]
    assert f"\n{patch}  {expected['verdict']}  Wait a minute\n" in answer.out
    assert all(f"\n  {sentence}\n" in answer.out for sentence in expected["evidence"])
    assert f"in {folder / 'component'}:\n  includes/mail.php: 1 to merge, at lines 4-10\n" in answer.out
    again = f"plugwatch fork resolve {TIDY} --to 2.2.0"
    for command in ("--continue", "--drop", "--abort"):
        assert f"{again} {command}" in answer.err
        assert f"{again} {command}" in (folder / "README.txt").read_text()
    assert public_refs(workspace.fork()) == before
    text = (folder / "component" / "includes" / "mail.php").read_text()
    assert text.splitlines()[3:10] == [
        "<<<<<<< release 2.2.0",
        "\t$wait = tidy_wait( 'mail' );",
        "||||||| before the patch",
        "\t$wait = 10;",
        "=======",
        "\t$wait = 60;",
        f">>>>>>> patch {patch} Wait a minute",
    ]
    assert (folder / "component" / "tidy-forms.php").read_bytes() == plugin("2.2.0")["tidy-forms.php"]
    assert "-\t$wait = 10;\n+\t$wait = 60;" in (folder / "PATCH.diff").read_text()
    vendor = (folder / "VENDOR.diff").read_text()
    assert "-\t$wait = 10;\n+\t$wait = tidy_wait( 'mail' );" in vendor
    assert "tidy-forms.php" not in vendor


def test_a_merge_as_json(workspace: Workspace) -> None:
    document = begin(workspace)
    folder = workspace.folder / "resolve" / "plugin-tidy-forms-2.2.0"
    expected = workspace.run("fork", "forecast", TIDY, "--to", "2.2.0", "--json").json
    key = document["files"][0]["blocks"][0].pop("key")
    assert len(key) == 64
    assert document == {
        "component": TIDY,
        "from": "1.0.0",
        "to": "2.2.0",
        "status": expected["status"],
        "folder": str(folder),
        "patch": {name: expected["patches"][0][name] for name in ("id", "title", "verdict", "confidence", "evidence")},
        "files": [
            {
                "path": "includes/mail.php",
                "state": "conflict",
                "moved_from": None,
                "blocks": [{"line": 4, "lines": 7, "proposal": None}],
            }
        ],
        "problems": [],
        "upgrade": None,
    }


def test_where_nothing_needs_a_person_nothing_is_laid_out(workspace: Workspace) -> None:
    source = workspace.folder.parent / "sources" / "2.0.0"
    workspace.do("fork", "import", TIDY, "--from", source)
    before = refs(workspace)
    answer = workspace.do(*RESOLVE, "--to", "2.0.0")
    assert answer.out == f"{TIDY}: no patch needs a person on 2.0.0\n"
    assert "plugwatch fork upgrade plugin/tidy-forms --to 2.0.0" in answer.err
    document = workspace.do(*RESOLVE, "--to", "2.0.0", "--json").json
    assert document == {"component": TIDY, "to": "2.0.0", "status": "clean", "folder": None}
    assert refs(workspace) == before
    assert not (workspace.folder / "resolve").exists()


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((), 2, "say which release, with --to V"),
        (("--to", "9.9"), 1, "has no release 9.9"),
        (("--to", "1.0.0"), 1, "its patches on 1.0.0 already"),
        (("--to", "--upload-pack=x"), 1, "has no release --upload-pack=x"),
        (("--to", "2.2.0", "--continue"), 1, "no merge of plugin/tidy-forms for 2.2.0 is under way; begin one with"),
        (("--continue",), 1, "no merge of plugin/tidy-forms is under way"),
        (("--drop",), 1, "is under way"),
        (("--abort",), 1, "is under way"),
        (("--show",), 1, "is under way"),
        (("--continue", "--abort"), 2, "one of --continue, --drop, --abort and --show"),
        (("--to", "2.2.0", "--also", "a.php"), 2, "go with --continue"),
        (("--drop", "--lost-lines-ok"), 2, "go with --continue"),
    ],
)
def test_bad_input_is_one_sentence(workspace: Workspace, args: tuple[str, ...], code: int, said: str) -> None:
    before = refs(workspace)
    answer = workspace.run(*RESOLVE, *args)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert refs(workspace) == before
    assert not (workspace.folder / "resolve").exists()


# Go on


def test_an_edited_file_goes_up_and_leaves_nothing_behind(workspace: Workspace) -> None:
    patch = begin(workspace)["patch"]["id"]
    edit(workspace, MERGED)
    refused = workspace.run(*RESOLVE, "--continue", "--json")
    assert refused.code == 3
    assert refused.json["problems"] == [
        {
            "kind": "lost",
            "path": "includes/mail.php",
            "line": None,
            "text": "the patch adds '$wait = 60;', and the result lacks it",
        }
    ]
    done = workspace.do(*RESOLVE, "--to", "2.2.0", "--continue", "--lost-lines-ok", "--json").json
    assert (done["status"], done["folder"], done["patch"], done["files"]) == ("upgraded", None, None, [])
    assert (done["upgrade"]["branch"], done["upgrade"]["status"]) == ("carried/2.2.0", "clean")
    row = done["upgrade"]["patches"][0]
    assert (row["id"], row["verdict"], row["evidence"]) == (patch, "carried", [f"{patch} was merged by hand"])
    assert row["php"] in ("ok", "not-checked")
    assert git(workspace.fork(), "cat-file", "blob", "carried/2.2.0:includes/mail.php") == MERGED
    facts = "--format=%an <%ae> %at %s %(trailers)"
    old, new = (git_text(workspace.fork(), "log", "-1", facts, f"carried/{v}") for v in ("1.0.0", "2.2.0"))
    assert old == new
    assert not (workspace.folder / "resolve").exists()
    assert CONFLICT not in refs(workspace)
    assert [r["patch"] for r in workspace.do("patch", "list", TIDY, "--json").json] == [patch]
    what = [row["what"] for row in workspace.do("fork", "log", TIDY, "--json").json]
    assert what[:2] == ["fork upgrade to 2.2.0", "fork resolve"]


def test_what_is_not_done_is_listed_and_stays(workspace: Workspace) -> None:
    begin(workspace)
    folder = edit(workspace, b"<?php\n// mine\n", path="src/mine.php")
    before = (refs(workspace), snapshot(folder))
    answer = workspace.run(*RESOLVE, "--continue")
    assert answer.code == 3
    assert "not taken yet:\n  includes/mail.php:4: a conflict marker" in answer.out
    assert "src/mine.php: the patch does not touch this file" in answer.out
    shown = workspace.run(*RESOLVE, "--show", "--json")
    assert (shown.code, [p["kind"] for p in shown.json["problems"]]) == (3, ["markers"] * 4 + ["outside"])
    assert (refs(workspace), snapshot(folder)) == before


def test_what_was_merged_already_is_not_told_as_open(workspace: Workspace) -> None:
    begin(workspace)
    open_blocks = "includes/mail.php: 1 to merge, at lines "
    assert open_blocks in workspace.run(*RESOLVE, "--show").out
    edit(workspace, MERGED)
    for option in ("--show", "--continue"):
        told = workspace.run(*RESOLVE, option).out
        assert open_blocks not in told
        assert "includes/mail.php: no marker is left\n" in told
        assert "and the result lacks it\nwhere what the result lacks may go: --continue --lost-lines-ok\n" in told


def test_a_mode_that_was_changed_is_told_and_not_taken(workspace: Workspace) -> None:
    begin(workspace)
    folder = edit(workspace, MERGED)
    (folder / "component" / "includes" / "mail.php").chmod(0o755)
    answer = workspace.do(*RESOLVE, "--continue", "--lost-lines-ok")
    assert "includes/mail.php has another mode now; a merge takes what is in files" in answer.err
    assert git_text(workspace.fork(), "ls-tree", "carried/2.2.0", "includes/mail.php").startswith("100644")


def test_a_folder_without_a_file_says_what_can_be_done(workspace: Workspace) -> None:
    patch = begin(workspace)["patch"]["id"]
    inside = workspace.folder / "resolve" / "plugin-tidy-forms-2.2.0" / "component"
    shutil.rmtree(inside)
    inside.mkdir()
    answer = workspace.run(*RESOLVE, "--continue")
    assert answer.code == 1
    assert "holds no file any more" in answer.err
    assert f"if {patch} is not needed on 2.2.0, say 'plugwatch fork resolve {TIDY} --to 2.2.0 --drop'" in answer.err


def test_a_link_in_the_folder_is_refused(workspace: Workspace) -> None:
    begin(workspace)
    folder = edit(workspace, MERGED)
    (folder / "component" / "readme.txt").unlink()
    (folder / "component" / "readme.txt").symlink_to("/etc/passwd")
    answer = workspace.run(*RESOLVE, "--continue", "--lost-lines-ok")
    assert (answer.code, answer.out) == (1, "")
    assert "is a symbolic link; links are not taken" in answer.err


def test_what_an_editor_left_is_left_out(workspace: Workspace) -> None:
    begin(workspace)
    edit(workspace, b"x", path="includes/mail.php.orig")
    edit(workspace, MERGED)
    answer = workspace.do(*RESOLVE, "--continue", "--lost-lines-ok")
    assert "includes/mail.php.orig was left out: left by a merge" in answer.err
    assert "plugwatch fork build plugin/tidy-forms" in answer.err


def test_the_release_may_have_it(workspace: Workspace) -> None:
    patch = begin(workspace)["patch"]["id"]
    done = workspace.do(*RESOLVE, "--drop", "--json").json
    row = done["upgrade"]["patches"][0]
    assert (row["id"], row["accepted"]) == (patch, True)
    assert git_text(workspace.fork(), "rev-parse", "carried/2.2.0") == git_text(
        workspace.fork(), "rev-parse", "upstream/2.2.0"
    )
    assert not (workspace.folder / "resolve").exists()


def test_an_undo_that_brings_the_merge_back_says_how_to_go_on(workspace: Workspace) -> None:
    begin(workspace)
    edit(workspace, MERGED)
    workspace.do(*RESOLVE, "--to", "2.2.0", "--continue", "--lost-lines-ok")
    undone = workspace.do("fork", "undo", TIDY, "--yes").out
    assert "the merge for 2.2.0 is under way again: plugwatch fork resolve plugin/tidy-forms --to 2.2.0" in undone
    rows = workspace.do("fork", "log", TIDY).out.splitlines()
    assert any("\tfork resolve to 2.2.0\twaits pw-" in row for row in rows)


def test_giving_up_leaves_no_trace(workspace: Workspace) -> None:
    before = refs(workspace)
    begin(workspace)
    edit(workspace, MERGED)
    answer = workspace.do(*RESOLVE, "--abort")
    assert answer.out == f"{TIDY}: the merge for 2.2.0 is given up; everything is as it was\n"
    assert refs(workspace) == before
    assert not (workspace.folder / "resolve").exists()
    begin(workspace)
    document = workspace.do(*RESOLVE, "--to", "2.2.0", "--abort", "--json").json
    assert document == {"component": TIDY, "to": "2.2.0", "status": "aborted", "folder": None}


def test_questions_are_put_to_whoever_sits_there(workspace: Workspace) -> None:
    begin(workspace)
    edit(workspace, MERGED)
    code, told = on_a_terminal(workspace, *RESOLVE, "--continue", typed="n\n")
    assert code == 3
    assert "the patch adds '$wait = 60;', and the result lacks it" in told
    assert "Is that right? [y/N]" in told
    code, told = on_a_terminal(workspace, *RESOLVE, "--continue", typed="y\n")
    assert (code, "carried" in told) == (0, True)


# Other states


def test_it_is_taken_up_where_it_was_left(workspace: Workspace) -> None:
    first = begin(workspace)
    folder = edit(workspace, MERGED)
    before = snapshot(folder)
    assert begin(workspace) == first
    assert snapshot(folder) == before
    refused = workspace.run(*RESOLVE, "--to", "2.3.0")
    assert (refused.code, refused.out) == (1, "")
    assert f"a merge of {TIDY} for 2.2.0 is under way; finish it with" in refused.err


def test_a_folder_that_is_gone_is_laid_out_again(workspace: Workspace) -> None:
    begin(workspace)
    folder = workspace.folder / "resolve" / "plugin-tidy-forms-2.2.0"
    before = snapshot(folder)
    for args in ((), ("--continue",)):
        shutil.rmtree(folder)
        shown = workspace.run(*RESOLVE, "--show")
        assert (shown.code, folder.exists()) == (3, False)
        assert "the command without --show lays it out again" in shown.err
        answer = workspace.run(*RESOLVE, *args)
        assert (answer.code, snapshot(folder)) == (3, before)
    assert "its folder was gone, so it was laid out again; nothing was taken" in answer.err
    shutil.rmtree(folder)
    workspace.do(*RESOLVE, "--abort")


def test_a_folder_without_a_merge_is_cleared_or_named(workspace: Workspace) -> None:
    begin(workspace)
    folder = edit(workspace, MERGED)
    kept = shutil.copytree(folder, folder.parent.parent / "kept")
    workspace.do(*RESOLVE, "--abort")
    # As if a kill had come before the folder went.
    shutil.copytree(kept, folder)
    answer = workspace.run(*RESOLVE, "--abort")
    assert (answer.code, folder.exists()) == (1, False)
    # As if the merge had been undone: nobody has said that the work may go.
    begin(workspace)
    edit(workspace, MERGED)
    workspace.do("fork", "undo", TIDY, "--yes")
    refused = workspace.run(*RESOLVE, "--to", "2.2.0")
    assert refused.code == 1
    assert f"{folder} is left of a merge that was undone; move it away" in refused.err
    assert (folder / "component" / "includes" / "mail.php").read_bytes() == MERGED
    other = workspace.run(*RESOLVE, "--to", "2.3.0")
    assert other.code == 3
    assert "warning: " in other.err
    assert folder.exists()


def test_what_lies_in_the_way_is_not_touched(workspace: Workspace) -> None:
    mine = write_files(workspace.folder / "resolve" / "plugin-tidy-forms-2.2.0", {"notes.txt": b"mine"})
    before = refs(workspace)
    answer = workspace.run(*RESOLVE, "--to", "2.2.0")
    assert answer.code == 1
    assert f"{mine} is no merge of {TIDY}; move it away" in answer.err
    assert (snapshot(mine), refs(workspace)) == ({"notes.txt": b"mine"}, before)


def test_a_damaged_merge_can_be_given_up(workspace: Workspace) -> None:
    begin(workspace)
    git(workspace.fork(), "update-ref", CONFLICT, git_text(workspace.fork(), "rev-parse", "upstream/1.0.0"))
    for args in ((), ("--continue",), ("--drop",), ("--show",)):
        answer = workspace.run(*RESOLVE, *args)
        assert (answer.code, answer.err.count("\n")) == (1, 1), answer
    workspace.do(*RESOLVE, "--abort")
    assert CONFLICT not in refs(workspace)


def test_an_upgrade_does_not_run_over_a_merge(workspace: Workspace) -> None:
    begin(workspace)
    waits = workspace.run("fork", "upgrade", TIDY, "--to", "2.2.0", "--json")
    assert (waits.code, waits.json["branch"]) == (3, None)
    before = refs(workspace)
    refused = workspace.run("fork", "upgrade", TIDY, "--to", "2.2.0", "--accept", "1")
    assert (refused.code, refused.out) == (1, "")
    assert "a merge by hand for 2.2.0 is under way; go on with" in refused.err
    assert refs(workspace) == before


# Remembered resolutions


def resolve_once(workspace: Workspace) -> str:
    """Merge for 2.2.0; the key of what was learned."""
    begin(workspace)
    edit(workspace, MERGED)
    workspace.do(*RESOLVE, "--continue", "--lost-lines-ok")
    key: str = workspace.do("fork", "resolutions", TIDY, "--json").json["resolutions"][0]["key"]
    return key


def go_back(workspace: Workspace) -> None:
    """Nobody carries anything on 2.2.0; what was learned stays."""
    git(workspace.fork(), "update-ref", "-d", "refs/heads/carried/2.2.0")


def test_the_next_release_is_filled_in_and_waits_for_a_yes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = resolve_once(workspace)
    go_back(workspace)
    day = workspace.do("fork", "log", TIDY, "--json").json[0]["at"][:10]
    for verb in ("forecast", "upgrade"):
        said = workspace.run("fork", verb, TIDY, "--to", "2.3.0", "--json")
        assert said.code == 3
        assert said.json["patches"][0]["evidence"][-1] == (
            f"includes/mail.php: a resolution by ana of {day} is remembered; "
            f"'plugwatch fork resolve {TIDY} --to 2.3.0' proposes it"
        )
    monkeypatch.setenv("PLUGWATCH_USER", "ben")
    answer = workspace.run(*RESOLVE, "--to", "2.3.0")
    assert answer.code == 3
    assert (
        f"line 4: filled in as ana did on {day} for {TIDY} 1.0.0 → 2.2.0:\n"
        "    | \t$wait = max( 60, tidy_wait( 'mail' ) );\n"
    ) in answer.out
    folder = workspace.folder / "resolve" / "plugin-tidy-forms-2.3.0"
    assert (folder / "component" / "includes" / "mail.php").read_bytes() == MERGED + b"// more\n"
    document = begin(workspace, "2.3.0")
    proposal = document["files"][0]["blocks"][0]["proposal"]
    assert (document["files"][0]["state"], proposal["key"], proposal["author"]) == ("proposed", key, "ana")
    refused = workspace.run(*RESOLVE, "--continue", "--lost-lines-ok")
    assert refused.code == 3
    assert f"includes/mail.php:4: filled in as ana did on {day}" in refused.out
    assert "| \t$wait = max( 60, tidy_wait( 'mail' ) );" in refused.out.split("not taken yet:")[1]
    workspace.do(*RESOLVE, "--continue", "--lost-lines-ok", "--accept-proposals")
    assert git(workspace.fork(), "cat-file", "blob", "carried/2.3.0:includes/mail.php") == MERGED + b"// more\n"
    rows = workspace.do("fork", "resolutions", TIDY, "--json").json["resolutions"]
    assert [(row["key"], row["author"], row["to"]) for row in rows] == [(key, "ana", "2.2.0")]


def test_resolutions_are_listed_and_forgotten(workspace: Workspace) -> None:
    key = resolve_once(workspace)
    document = workspace.do("fork", "resolutions", TIDY, "--json").json
    assert (document["component"], document["forgotten"], document["damaged"]) == (TIDY, None, [])
    row = document["resolutions"][0]
    assert (row["from"], row["to"], row["path"]) == ("1.0.0", "2.2.0", "includes/mail.php")
    assert row["lines"] == ["\t$wait = max( 60, tidy_wait( 'mail' ) );"]
    shown = workspace.do("fork", "resolutions", TIDY).out.splitlines()
    assert shown[0].split("\t") == ["KEY", "BY", "ON", "FROM", "TO", "PATCH", "FILE", "LINES"]
    assert shown[1].split("\t")[:2] == [key[:12], "ana"]
    for text in ("zz", "", "--all"):
        refused = workspace.run("fork", "resolutions", TIDY, f"--forget={text}")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
    gone = workspace.do("fork", "resolutions", TIDY, "--forget", key[:8])
    assert gone.out == f"{key[:12]} is not proposed any more\n"
    assert workspace.do("fork", "resolutions", TIDY, "--json").json["resolutions"] == []
    workspace.do("fork", "undo", TIDY, "--yes")
    assert len(workspace.do("fork", "resolutions", TIDY, "--json").json["resolutions"]) == 1


def test_a_damaged_resolution_is_named_and_can_be_forgotten(workspace: Workspace) -> None:
    key = resolve_once(workspace)
    directory = workspace.fork()
    blob = git(directory, "hash-object", "-w", "--stdin", stdin=b"{}").decode().strip()
    tree = git(directory, "mktree", stdin=f"100644 blob {blob}\t{key}\n".encode()).decode().strip()
    git(directory, "update-ref", "refs/plugwatch/resolutions", git_text(directory, "commit-tree", "-m", "x", tree))
    answer = workspace.do("fork", "resolutions", TIDY, "--json")
    assert (answer.json["resolutions"], answer.json["damaged"]) == ([], [key])
    assert f"warning: {key[:12]} cannot be read" in answer.err
    go_back(workspace)
    begin(workspace, "2.3.0")
    workspace.do("fork", "resolutions", TIDY, "--forget", key)


# What was said before


def test_a_yes_that_was_taken_back_during_a_merge_is_not_used(workspace: Workspace) -> None:
    sources = workspace.folder.parent / "sources"
    add_two = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\nForms, tidied.\n")
    workspace.do(
        "patch", "capture", TIDY, write_files(sources / "two", add_two), "--title", "Rename it", "--on", "1.0.0"
    )
    other = plugin("2.5.0", mail=VENDOR, readme=b"=== Tidiest ===\nForms, tidied.\n")
    workspace.do("fork", "import", TIDY, "--from", write_files(sources / "2.5.0", other))
    workspace.do("patch", "accept", "1", "--in", "2.5.0", "--why", "they wait as we do")
    assert begin(workspace, "2.5.0")["patch"]["title"] == "Rename it"
    workspace.do("patch", "accept", "1", "--in", "2.5.0", "--withdraw")
    answer = workspace.run(*RESOLVE, "--continue")
    assert answer.code == 1
    assert "took that back" in answer.err
    assert "fork resolve plugin/tidy-forms --to 2.5.0 --abort'" in answer.err


def test_a_yes_that_was_recorded_is_heard(workspace: Workspace) -> None:
    workspace.do("patch", "accept", "1", "--in", "2.2.0", "--why", "they wait as we do")
    assert workspace.do(*RESOLVE, "--to", "2.2.0", "--json").json["status"] == "clean"
    done = workspace.do("fork", "upgrade", TIDY, "--to", "2.2.0", "--json").json
    assert (done["status"], done["patches"][0]["accepted"]) == ("clean", True)


def test_whoever_sits_at_a_terminal_is_asked_whether_it_landed(workspace: Workspace) -> None:
    fix = b"\tadd_filter( 'tidy_mail', 'tidy_slow_mail' );\n\tadd_filter( 'tidy_queue', 'tidy_slow_queue' );\n"
    place = b"\t$subject = "
    edited = mail_file().replace(place, fix + b"\ttidy_wait_for( 'mail', 60 );\n" + place)
    theirs = mail_file().replace(place, fix + b"\ttidy_wait_for( 'mail', 90 );\n" + place)
    sources = workspace.folder.parent / "sources"
    other = "plugin/slow-forms"
    workspace.do(
        "fork", "create", other, "--version", "1.0", "--from", write_files(sources / "s1", {"mail.php": mail_file()})
    )
    workspace.do(
        "patch", "capture", other, write_files(sources / "s2", {"mail.php": edited}), "--title", "Wait", "--on", "1.0"
    )
    workspace.do(
        "fork", "import", other, "--version", "2.0", "--from", write_files(sources / "s3", {"mail.php": theirs})
    )
    seen = workspace.run("fork", "forecast", other, "--to", "2.0", "--json").json
    assert seen["patches"][0]["verdict"] == "landed-variant"
    upgrade = ("fork", "upgrade", other, "--to", "2.0")
    code, told = on_a_terminal(workspace, *upgrade, typed="n\n", whole=True)
    assert code == 3
    assert "Is it in 2.0, so that it can be dropped? [y/N]" in told
    assert "tidy_wait_for( 'mail', 60 );" in told
    assert "tidy_wait_for( 'mail', 90 );" in told
    assert on_a_terminal(workspace, *upgrade, typed="y\n")[0] == 3  # nobody reads the output, so nobody is asked
    code, told = on_a_terminal(workspace, *upgrade, typed="y\n", whole=True)
    assert code == 0
    drops = workspace.do("fork", "log", other, "--json").json[0]
    assert drops["what"] == "fork upgrade to 2.0"
