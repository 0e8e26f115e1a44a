"""Refs whose files a crash or a full disk has left empty: put back from the records, or named; never passed over."""

from __future__ import annotations

import shutil

import pytest
from workbench import git_text, stamp

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.overview import read_overview
from plugwatch.model.operation import RefChange


def empty(fork: Fork, *names: str) -> None:
    """What a power cut leaves of refs."""
    for name in names:
        (fork.directory / name).parent.mkdir(exist_ok=True)
        (fork.directory / name).write_bytes(b"")


def write_once(fork: Fork) -> None:
    """What every command that writes does first."""
    with fork.writing("a test"):
        pass


@pytest.mark.parametrize(
    "names",
    [
        ("refs/heads/carried/1.0.0",),
        ("refs/tags/upstream/1.0.0", "refs/heads/upstream"),
        ("refs/plugwatch/done", "refs/heads/carried/1.0.0"),
        ("refs/plugwatch/ops/2", "refs/heads/carried/1.0.0"),
    ],
)
def test_a_ref_that_git_cannot_read_is_put_back(carrying: Fork, names: tuple[str, ...]) -> None:
    before = git_text(carrying.directory, "for-each-ref")
    assert carrying.operations() == [1, 2]
    empty(carrying, *names)
    assert not read_overview(carrying).at_rest
    assert carrying.unfinished()
    write_once(carrying)
    assert git_text(carrying.directory, "for-each-ref") == before
    assert read_overview(carrying).at_rest
    assert carrying.unfinished() is None


def test_a_ref_that_the_records_take_away_goes(carrying: Fork) -> None:
    (moved,) = carrying.operation(2).refs
    carrying.commit(stamp().operation(carrying.component, "fork undo", [RefChange(moved.name, moved.new, None)], {}))
    empty(carrying, moved.name)
    write_once(carrying)
    assert carrying.stacks() == {}
    assert not (carrying.directory / moved.name).exists()


def test_an_empty_folder_in_the_place_of_a_fork_is_named(carrying: Fork) -> None:
    shutil.rmtree(carrying.directory)
    carrying.directory.mkdir()
    for read in (carrying.releases, carrying.unfinished, lambda: read_overview(carrying)):
        with pytest.raises(ForkError, match=r"tidy-forms\.git is no git repository, .*; remove the folder, or put"):
            read()


@pytest.mark.parametrize("name", ["refs/plugwatch/ops/1", "refs/heads/carried/9.9.9"])
def test_a_ref_of_which_nothing_here_says_what_it_named_is_named(carrying: Fork, name: str) -> None:
    empty(carrying, name)
    before = git_text(carrying.directory, "for-each-ref")
    with pytest.raises(ForkError, match=rf"{name} holds no commit, .*; restore the fork from a backup"):
        write_once(carrying)
    assert git_text(carrying.directory, "for-each-ref") == before
