"""What the workflows on forks decide: where a patch goes, where an upgrade starts, which patch is meant."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from workbench import add_files, add_patch, mail_file, plugin, upgrade

from plugwatch.errors import ForkError, PlugwatchError
from plugwatch.forks.fork import Fork, ForkStore
from plugwatch.model.component import Component
from plugwatch.workflows import forks as workflow

TIDY = Component("plugin", "tidy-forms")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Releases 1.0.0 and 2.0.0, two patches on the first."""
    folder = tmp_path_factory.mktemp("template")
    fork = ForkStore(folder / "forks").create(TIDY)
    for version in ("1.0.0", "2.0.0"):
        add_files(fork, folder / version, plugin(version))
    one = mail_file(seconds=60)
    add_patch(fork, folder / "e1", plugin("1.0.0", mail=one), "One", on="1.0.0")
    add_patch(fork, folder / "e2", plugin("1.0.0", mail=one, readme=b"=== two ===\n"), "Two", on="1.0.0")
    return fork.directory


@pytest.fixture
def fork(template: Path, tmp_path: Path) -> Fork:
    """A copy of it."""
    return Fork(Path(shutil.copytree(template, tmp_path / "tidy-forms.git")), TIDY)


def test_a_patch_goes_to_the_newest_release_with_a_stack_else_to_the_newest(tmp_path: Path, fork: Fork) -> None:
    assert workflow.release_to_patch(fork, None).version == "1.0.0"
    assert workflow.release_to_patch(fork, "2.0.0").version == "2.0.0"
    empty = ForkStore(tmp_path / "other").create(TIDY)
    with pytest.raises(ForkError, match="has no release yet"):
        workflow.release_to_patch(empty, None)
    add_files(empty, tmp_path / "9", plugin("9.0"))
    assert workflow.release_to_patch(empty, None).version == "9.0"
    with pytest.raises(ForkError, match=r"has no release 8\.0 \(there: 9\.0\); add it with"):
        workflow.release_to_patch(empty, "8.0")


def test_the_target_of_an_upgrade(tmp_path: Path, fork: Fork) -> None:
    assert workflow.find_target(fork, "latest") == "2.0.0"
    assert workflow.find_target(fork, "1.0.0") == "1.0.0"
    for text in ("--all", "refs/heads/upstream", "1.0.0^", "2", "upstream/2.0.0", ""):
        with pytest.raises(ForkError, match="has no release"):
            workflow.find_target(fork, text)
    empty = ForkStore(tmp_path / "other").create(TIDY)
    with pytest.raises(ForkError, match="has no release yet"):
        workflow.find_target(empty, "latest")


def test_an_upgrade_needs_patches_to_start_from(tmp_path: Path) -> None:
    bare = ForkStore(tmp_path / "other").create(TIDY)
    add_files(bare, tmp_path / "1", plugin("1.0.0"))
    with pytest.raises(ForkError, match="carries no patches"):
        workflow.choose_source(bare, "1.0.0")


def test_a_patch_is_found_by_id_beginning_and_number(fork: Fork) -> None:
    first, second = (entry.patch.id for entry in fork.stack("1.0.0"))
    assert workflow.find_patch(fork, first)[1].patch.id == first
    assert workflow.find_patch(fork, second[:9])[1].patch.id == second
    assert workflow.find_patch(fork, "2")[1].patch.id == second
    with pytest.raises(ForkError, match="fits 2 patches"):
        workflow.find_patch(fork, "pw-")
    for text in ("3", "0", "pw-zzzzzzzzzz", "--all", "\u00b2", "1" * 5000):
        with pytest.raises(ForkError, match="carries no patch"):
            workflow.find_patch(fork, text)


def test_a_patch_is_found_on_the_newest_release_that_carries_it(fork: Fork) -> None:
    first = fork.stack("1.0.0")[0].patch.id
    upgrade(fork, "2.0.0")
    release, entry = workflow.find_patch(fork, first)
    assert (release.version, entry.patch.id) == ("2.0.0", first)


@pytest.mark.parametrize("title", ["", " \n", "two\nlines", "nul\0"])
def test_a_title_is_one_line(fork: Fork, tmp_path: Path, title: str) -> None:
    before = fork.refs()
    files = plugin("1.0.0", mail=mail_file(seconds=60), readme=b"=== two ===\nand three\n")
    with pytest.raises(PlugwatchError, match="a title is one line of text"):
        add_patch(fork, tmp_path / "e3", files, title)
    assert fork.refs() == before
