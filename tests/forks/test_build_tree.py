"""Trees are read in any order, quickest in their own, and written from what differs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from workbench import add_files, fsck, git

from plugwatch.errors import ForkError
from plugwatch.forks.build_tree import BuildTrees
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component

FILES = {f"inc/{n:03}.php": b"<?php // %d\n" % n for n in range(700)} | {
    "a.php": b"<?php\n/* Plugin Name: A\n * Version: 1 */\n",
    "empty.txt": b"",
    "inc/000.php": b"x" * 300_000,
    "inc/copy.php": b"<?php // 5\n",
}


@pytest.fixture
def fork(tmp_path: Path) -> Fork:
    """A fork with one release of many files."""
    fork = ForkStore(tmp_path / "forks").create(Component("plugin", "a"))
    add_files(fork, tmp_path / "1", FILES, "1")
    return fork


def test_every_order_reads_every_file(fork: Fork) -> None:
    trees, tree = BuildTrees(fork.git), fork.release("1").tree
    shuffled = list(FILES)
    random.Random(3).shuffle(shuffled)
    for order in (sorted(FILES), sorted(FILES, reverse=True), shuffled, ["a.php", *sorted(FILES)], ["inc/500.php"], []):
        with trees.files(tree) as files:
            assert sorted(files) == sorted(FILES)
            assert [files[path].read() for path in order] == [FILES[path] for path in order]


def read_and_fail(trees: BuildTrees, tree: str) -> None:
    with trees.files(tree) as files:
        files["a.php"].read()
        raise ZeroDivisionError


def test_an_error_in_the_middle_is_the_error(fork: Fork) -> None:
    with pytest.raises(ZeroDivisionError):
        read_and_fail(BuildTrees(fork.git), fork.release("1").tree)


def read_one(trees: BuildTrees, tree: str) -> None:
    with trees.files(tree) as files:
        assert files["a.php"].executable
        files["a.php"].read()


def test_a_file_that_is_missing_is_said(fork: Fork) -> None:
    row = f"100755 blob {'1' * 40}\ta.php\n".encode()
    tree = git(fork.directory, "mktree", "--missing", stdin=row).decode().strip()
    with pytest.raises(ForkError, match=r"object 1{40} is missing"):
        read_one(BuildTrees(fork.git), tree)


def test_a_tree_is_written_from_what_differs(fork: Fork) -> None:
    trees, tree = BuildTrees(fork.git), fork.release("1").tree
    marked = {"inc/005.php": b"<?php // five\n", "NEW.md": b"# New\n", "a.php": b"<?php\n"}
    with trees.files(trees.store(tree, marked)) as files:
        assert {path: file.read() for path, file in files.items()} == FILES | marked
    assert trees.store(tree, {}) == tree
    assert fsck(fork.directory) == ""


def test_changed_php_is_told_before_and_after(fork: Fork) -> None:
    trees, tree = BuildTrees(fork.git), fork.release("1").tree
    new = trees.store(tree, {"inc/005.php": b"<?php // five\n", "new.php": b"<?php\n", "empty.txt": b"full"})
    assert trees.changed_php(tree, new) == {
        "inc/005.php": (b"<?php // 5\n", b"<?php // five\n"),
        "new.php": (None, b"<?php\n"),
    }
    assert trees.changed_php(new, tree) == {"inc/005.php": (b"<?php // five\n", b"<?php // 5\n")}
