"""A fork whose folder went away while the ledger still names its patches: everything that looks says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from workbench import make_carrying_workspace

TIDY = "plugin/tidy-forms"


@pytest.mark.parametrize("empty", [False, True])
def test_a_fork_that_went_away_is_named_everywhere(tmp_path: Path, empty: bool) -> None:
    workspace = make_carrying_workspace(tmp_path)
    shutil.rmtree(workspace.fork())
    if empty:
        workspace.fork().mkdir()
    said = f"the ledger names patches of {TIDY} whose fork is not here; run 'plugwatch fork sync {TIDY} REMOTE', or put"
    doctor = workspace.run("doctor", "--json")
    assert doctor.code == 1
    details = {check["what"]: check["detail"] for check in doctor.json["checks"]}
    assert details[f"fork {TIDY}"].startswith(said)
    checked = workspace.run("check", "--json")
    assert checked.code == 3
    assert checked.json["needs_person"][0].startswith(said)
    lint = workspace.run("patch", "lint")
    assert lint.code == 3
    assert lint.out.startswith(f"error: {said}")
    (row,) = workspace.run("patch", "lint", "--json").json
    assert (row["component"], row["code"], row["message"][:40]) == (TIDY, "fork-missing", said[:40])


def test_a_fork_without_patches_may_go(tmp_path: Path) -> None:
    workspace = make_carrying_workspace(tmp_path)
    workspace.do("fork", "undo", TIDY, "--yes")
    shutil.rmtree(workspace.fork())
    assert workspace.run("check").code == 0
