"""The sums of a tree: right, kept, and made again whenever what is kept is not whole."""

from __future__ import annotations

import hashlib

import pytest
from workbench import add_files, plugin

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.repository import create_repository
from plugwatch.forks.tree_sums import FOLDER, blob_sums, tree_sums
from plugwatch.model.component import Component

TIDY = Component("plugin", "tidy-forms")


@pytest.fixture
def fork(tmp_path):
    create_repository(tmp_path / "tidy-forms.git", TIDY)
    return Fork(tmp_path / "tidy-forms.git", TIDY)


def of(files, algorithm):
    return {path: hashlib.new(algorithm, content).hexdigest() for path, content in files.items()}


def test_both_sums_of_every_file_are_those_of_its_bytes(fork, tmp_path):
    files = {**plugin(), "odd ünï name.php": b"<?php\r\n", "empty.txt": b""}
    release = add_files(fork, tmp_path / "source", files)

    for _time in ("computed", "kept"):
        found = tree_sums(fork.git, release.tree)
        assert (found.by("sha256"), found.by("md5")) == (of(files, "sha256"), of(files, "md5"))


def test_of_a_tree_that_is_much_like_the_last_one_the_rest_is_right_too(fork, tmp_path):
    first = add_files(fork, tmp_path / "1", plugin("1.0.0"))
    files = {**plugin("2.0.0"), "new.php": b"<?php\n", "includes/mail.php": b"<?php other();\n"}
    second = add_files(fork, tmp_path / "2", files)
    tree_sums(fork.git, first.tree)

    assert tree_sums(fork.git, second.tree).sha256 == of(files, "sha256")


@pytest.mark.parametrize("damage", [lambda data: data[:-3], lambda data: b"", lambda data: b"x" + data])
def test_what_is_kept_and_cut_is_made_again(fork, tmp_path, damage):
    release = add_files(fork, tmp_path / "source", plugin())
    tree_sums(fork.git, release.tree)
    kept = fork.directory / FOLDER / release.tree
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))

    assert tree_sums(fork.git, release.tree).sha256 == of(plugin(), "sha256")
    assert kept.read_bytes() == whole


def test_nothing_can_be_kept_and_it_is_told_all_the_same(fork, tmp_path):
    release = add_files(fork, tmp_path / "source", plugin())
    (fork.directory / FOLDER).write_text("in the way")

    assert tree_sums(fork.git, release.tree).md5 == of(plugin(), "md5")


def test_some_files_of_a_tree_leave_nothing_behind(fork, tmp_path):
    release = add_files(fork, tmp_path / "source", plugin())

    assert set(blob_sums(fork.git, release.tree, frozenset({"readme.txt", "absent.php"})).md5) == {"readme.txt"}
    assert not (fork.directory / FOLDER).exists()


def test_a_tree_that_the_fork_lacks_is_an_error(fork):
    with pytest.raises(ForkError):
        tree_sums(fork.git, "1" * 40)
