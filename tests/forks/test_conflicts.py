"""A fork in which a person merges by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import add_files, add_patch, mail_file, plugin

from plugwatch.errors import ForkError
from plugwatch.forks.conflicts import MergingFork
from plugwatch.forks.fork import Fork
from plugwatch.model.markers import Labels, lay_out
from plugwatch.model.verdicts.conflict import Attempt


@pytest.mark.parametrize("vendors", ["includes/mail.php", "src/mail.php"])
def test_a_file_that_the_patch_moves_is_laid_out_where_the_patch_has_it(
    fork: Fork, tmp_path: Path, vendors: str
) -> None:
    """Wherever the vendor has it by now; there it goes."""
    moved = plugin(mail=None) | {"includes/send.php": mail_file(seconds=60)}
    add_files(fork, tmp_path / "1.0.0", plugin())
    add_patch(fork, tmp_path / "edited", moved, "Send, and wait")
    add_files(fork, tmp_path / "2.0.0", plugin("2.0.0", mail=None) | {vendors: mail_file(seconds=15)})
    merging = MergingFork(fork.directory, fork.component)
    stop = merging.find_stop(Attempt("1.0.0", "2.0.0"), keep=True)
    assert stop is not None
    laid_out = lay_out(stop.files, stop.outcome.verdict, Labels("2.0.0", "Send, and wait"), lambda _key: None)
    rows = [(triple, file, content) for triple, (file, content) in zip(stop.files, laid_out, strict=True)]
    tree, laid = merging.write_laid(stop.entry, stop.onto, rows)
    assert [(file.path, file.moved_from) for file in laid] == [("includes/send.php", vendors)]
    assert fork.git.tree(tree).keys() == moved.keys()
    assert b"<<<<<<< " in (merging.content(tree, "includes/send.php") or b"")


def test_a_plan_is_followed_for_its_own_upgrade_alone(carrying: Fork, tmp_path: Path) -> None:
    for version in ("2.0.0", "3.0.0"):
        add_files(carrying, tmp_path / version, plugin(version))
    planned = MergingFork(carrying.directory, carrying.component).planned(Attempt("1.0.0", "2.0.0"))
    assert planned.plan("1.0.0", "2.0.0", (), forecast=False) == planned.ready
    for source, target in (("1.0.0", "3.0.0"), ("2.0.0", "2.0.0")):
        with pytest.raises(ForkError, match="have changed meanwhile; run the command again"):
            planned.plan(source, target, (), forecast=False)
