"""What a list shows of a fork is what its own methods say, and costs two processes of git."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from workbench import add_files, add_patch, git, git_text, mail_file, plugin, stamp, upgrade

from plugwatch.delivery import builder
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import BuildView, read_overview
from plugwatch.workflows import builds


def _carry(fork: Fork, folder: Path) -> Fork:
    """Three patches on 1.0.0, two of which go on to 2.0.0; a build of each, the first before the third patch."""
    stacked = plugin(mail=mail_file(seconds=60), readme=b"=== Tidier ===\n")
    add_patch(fork, folder / "second", stacked, "Rename it")
    _build(fork, folder)
    add_patch(fork, folder / "third", stacked | {"new.txt": b"new\n"}, "Say it's new")
    add_files(fork, folder / "2.0.0", plugin("2.0.0", mail=mail_file(seconds=60)))
    upgrade(fork, "2.0.0")
    _build(fork, folder)
    add_files(fork, folder / "10.0", plugin("10.0"))
    return fork


def _build(fork: Fork, folder: Path) -> None:
    maker = builds.Maker("Fernhill Web", "https://updates.agency.example")
    with fork.writing("fork build"):
        _built, operation = builds.make_build(fork, None, maker, builder.build, folder / "out", stamp=stamp())
        assert operation
        fork.commit(operation)


def test_it_says_what_the_fork_says(carrying: Fork, tmp_path: Path) -> None:
    fork = _carry(carrying, tmp_path)
    view = read_overview(fork)
    assert list(view.releases) == fork.releases()
    assert {version: list(stack) for version, stack in view.stacks.items()} == {v: fork.stack(v) for v in fork.stacks()}
    assert list(view.stacks) == ["1.0.0", "2.0.0"]
    assert (view.newest, view.patched) == ("10.0", "2.0.0")
    one, two, three = (entry.patch.id for entry in fork.stack("1.0.0"))
    assert view.builds == (
        BuildView("1.0.0.0-p1", "1.0.0", (one, two)),
        BuildView("2.0.0.0-p1", "2.0.0", (two, three)),
    )
    assert (view.operation, view.at_rest) == (fork.operation(fork.operations()[-1]).id, True)


def test_an_empty_fork_has_nothing(fork: Fork) -> None:
    view = read_overview(fork)
    assert (view.releases, view.stacks, view.builds, view.operation, view.at_rest) == ((), {}, (), None, True)
    assert (view.newest, view.patched) == (None, None)


def test_a_stack_from_which_all_was_dropped_is_there_and_empty(carrying: Fork, tmp_path: Path) -> None:
    add_files(carrying, tmp_path / "3", plugin("3.0.0", mail=mail_file(seconds=60)))
    upgrade(carrying, "3.0.0")
    assert read_overview(carrying).stacks["3.0.0"] == ()
    assert read_overview(carrying).patched == "3.0.0"


def test_what_a_kill_left_is_seen(carrying: Fork, tmp_path: Path) -> None:
    git(carrying.directory, "update-ref", "-d", "refs/plugwatch/done")
    assert not read_overview(carrying).at_rest
    git(carrying.directory, "update-ref", "refs/plugwatch/done", "refs/plugwatch/ops/2")
    assert read_overview(carrying).at_rest
    git(carrying.directory, "update-ref", "refs/plugwatch/ops/x", "refs/plugwatch/ops/2")
    assert not read_overview(carrying).at_rest  # going on says what is wrong with it


def test_two_processes_of_git_are_enough(carrying: Fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = _carry(carrying, tmp_path)
    started = tmp_path / "started"
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1" >> {started}\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    read_overview(fork)
    assert started.read_text().split() == ["for-each-ref", "cat-file"]


def test_what_others_did_to_a_fork_is_named(carrying: Fork, tmp_path: Path) -> None:
    directory = carrying.directory
    tip, release = (git_text(directory, "rev-parse", name) for name in ("carried/1.0.0", "upstream/1.0.0"))
    tree = git_text(directory, "rev-parse", "carried/1.0.0^{tree}")
    foreign = git_text(directory, "commit-tree", "-m", "by hand", "-p", tip, tree)
    git(directory, "update-ref", "refs/heads/carried/1.0.0", foreign)
    with pytest.raises(ForkError, match="is no patch of this fork"):
        read_overview(carrying)
    orphan = git_text(directory, "commit-tree", "-m", "nothing below", tree)
    git(directory, "update-ref", "refs/heads/carried/1.0.0", orphan)
    with pytest.raises(ForkError, match="lies on no release of this fork"):
        read_overview(carrying)
    git(directory, "update-ref", "refs/heads/carried/1.0.0", tip)
    git(directory, "update-ref", "refs/heads/carried/2.0.0", tip)
    with pytest.raises(ForkError, match=r"the tag upstream/2\.0\.0 of its release is gone; import the release again"):
        read_overview(carrying)
    git(directory, "update-ref", "refs/tags/upstream/2.0.0", orphan)
    with pytest.raises(ForkError, match=r"carried/2\.0\.0 lies on release 1\.0\.0, not on 2\.0\.0"):
        read_overview(carrying)
    git(directory, "update-ref", "-d", "refs/heads/carried/2.0.0")
    git(directory, "update-ref", "-d", "refs/tags/upstream/2.0.0")
    git(directory, "tag", "-a", "-m", "a tag of theirs", "upstream/9.9", release)
    with pytest.raises(ForkError, match="is a tag that plugwatch did not make"):
        read_overview(carrying)
