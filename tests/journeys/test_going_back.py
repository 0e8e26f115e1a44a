"""Releases are skipped, gone back to, undone and done again; the patch is where it belongs at every step."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import Workspace, fsck, mail_file, make_workspace, plugin, public_refs, write_files

TIDY = "plugin/tidy-forms"
MAILS = {
    "1.0.0": mail_file(),
    "1.1.0": mail_file(subject="'Greetings'"),
    "2.0.0": mail_file(subject="'Hello'"),
    "3.0.0": mail_file(seconds=60, subject="'Hello'"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A fork with four releases; a patch on the second, which the fourth has."""
    made = make_workspace(tmp_path / "ws")
    for version, mail in MAILS.items():
        folder = write_files(tmp_path / version, plugin(version, mail=mail))
        made.do("fork", "create" if version == "1.0.0" else "import", TIDY, "--from", folder)
    edited = mail_file(seconds=60, subject="'Greetings'")
    folder = write_files(tmp_path / "edited", plugin("1.1.0", mail=edited))
    made.do("patch", "capture", TIDY, folder, "--title", "Wait a minute", "--why", "Slow.", "--on", "1.1.0")
    return made


def carried(workspace: Workspace) -> dict[str, int]:
    """How many patches each release carries that has a stack."""
    document = workspace.do("fork", "show", TIDY, "--json").json
    return {row["version"]: len(row["patches"]) for row in document["releases"] if row["branch"]}


def upgrade(workspace: Workspace, version: str) -> tuple[str, str]:
    """Carry the patches to a release: from where, and what became of the one patch."""
    plan = workspace.do("fork", "upgrade", TIDY, "--to", version, "--json").json
    return plan["from"], plan["patches"][0]["verdict"]


def test_a_release_is_skipped_and_gone_back_to(workspace: Workspace) -> None:
    start = public_refs(workspace.fork())
    assert upgrade(workspace, "3.0.0") == ("1.1.0", "landed")
    assert carried(workspace) == {"1.1.0": 1, "3.0.0": 0}
    # The stack on 3.0.0 lacks what 3.0.0 contains, so going back starts from the one below.
    assert upgrade(workspace, "2.0.0") == ("1.1.0", "carried")
    assert upgrade(workspace, "1.0.0") == ("1.1.0", "carried")
    assert carried(workspace) == {"1.0.0": 1, "1.1.0": 1, "2.0.0": 1, "3.0.0": 0}
    done = public_refs(workspace.fork())
    build = workspace.do("fork", "build", TIDY, "--version", "1.0.0", "--out", workspace.folder, "--json").json
    assert build["build"] == "1.0.0.0-p1"

    for number in (9, 8, 7, 6):
        workspace.do("fork", "undo", TIDY, "--operation", str(number), "--yes")
    assert public_refs(workspace.fork()) == start
    assert carried(workspace) == {"1.1.0": 1}

    for version in ("3.0.0", "2.0.0", "1.0.0"):
        upgrade(workspace, version)
    assert public_refs(workspace.fork()) == done  # the same commits again
    again = workspace.do("fork", "build", TIDY, "--version", "1.0.0", "--out", workspace.folder, "--json").json
    assert again == build
    assert fsck(workspace.fork()) == ""


def test_the_newest_release_is_undone_and_imported_again(workspace: Workspace, tmp_path: Path) -> None:
    """A wrong ZIP under the right version: it is taken back, so that the right one raises no alarm."""
    workspace.do("fork", "undo", TIDY, "--operation", "5", "--yes")  # the patch came last
    workspace.do("fork", "undo", TIDY, "--operation", "4", "--yes")
    refs = public_refs(workspace.fork())
    assert refs["refs/heads/upstream"] == refs["refs/tags/upstream/2.0.0"]
    right = write_files(tmp_path / "right", plugin("3.0.0", mail=mail_file(seconds=61)))
    imported = workspace.do("fork", "import", TIDY, "--from", right, "--json").json
    assert (imported["version"], imported["alarm"]) == ("3.0.0", None)
    assert public_refs(workspace.fork())["refs/heads/upstream"] == imported["commit"]


def test_an_upgrade_that_waits_for_a_person_leaves_nothing_to_undo(workspace: Workspace, tmp_path: Path) -> None:
    before = workspace.do("fork", "log", TIDY, "--json").json
    folder = write_files(tmp_path / "4", plugin("4.0.0", mail=mail_file(seconds=15)))
    workspace.do("fork", "import", TIDY, "--from", folder)
    assert workspace.run("fork", "upgrade", TIDY, "--to", "4.0.0").code == 3
    workspace.do("fork", "undo", TIDY, "--yes")  # it is the import that goes
    log = workspace.do("fork", "log", TIDY, "--json").json
    assert [row["what"] for row in log[: len(log) - len(before)]] == ["fork undo", "fork import 4.0.0"]
    assert upgrade(workspace, "2.0.0") == ("1.1.0", "carried")
