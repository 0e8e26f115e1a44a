"""The folder in which a person merges: whole or not there, and nothing hostile comes back from it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from workbench import snapshot, write_files

from plugwatch.errors import ForkError, InputError
from plugwatch.forks import worktree
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.worktree import Owner
from plugwatch.model.component import Component

FILES = {"a.php": b"<?php\r\n", "inc/b.php": b"no end", ".gitattributes": b"* text=auto\n", "bin/run": b"#!/bin/sh\n"}
OWNER = Owner("plugin/tidy-forms", "2.1.0", "1" * 40)


@pytest.fixture
def tree(fork: Fork) -> str:
    """A tree with a script in it."""
    blobs = fork.git.write_blobs(FILES.values())
    modes = {"bin/run": "100755"}
    files = {p: TreeEntry(modes.get(p, "100644"), b) for p, b in zip(FILES, blobs, strict=True)}
    return fork.git.write_tree(files)


@pytest.fixture
def folder(fork: Fork, tree: str, tmp_path: Path) -> Path:
    """It, laid out."""
    place = worktree.place(tmp_path, fork.component, "2.1.0")
    worktree.lay_out(fork.git, place, OWNER, tree, {"README.txt": b"Do this.\n", "patched/inc/c.php": b"ours"})
    return place


def test_it_holds_every_byte_and_what_is_beside(folder: Path) -> None:
    assert folder.name == "plugin-tidy-forms-2.1.0"
    inside = folder / "component"
    assert {p: c for p, c in snapshot(inside).items() if c is not None} == FILES
    assert os.access(inside / "bin" / "run", os.X_OK)
    assert not os.access(inside / "a.php", os.X_OK)
    assert (folder / "README.txt").read_bytes() == b"Do this.\n"
    assert (folder / "patched" / "inc" / "c.php").read_bytes() == b"ours"
    assert worktree.owner_of(folder) == OWNER
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_it_is_read_back_as_what_was_changed(fork: Fork, tree: str, folder: Path) -> None:
    assert worktree.read_back(fork.git, folder, tree) == worktree.Edited({}, ())
    inside = folder / "component"
    write_files(
        inside, {"a.php": b"<?php // mine\r\n", "new/c.php": b"<?php // new\n", ".DS_Store": b"x", "a.php.orig": b"x"}
    )
    (inside / "inc" / "b.php").unlink()
    (inside / "bin" / "run").chmod(0o644)
    found = worktree.read_back(fork.git, folder, tree)
    assert found.files == {"a.php": b"<?php // mine\r\n", "new/c.php": b"<?php // new\n", "inc/b.php": None}
    assert sorted(sentence.split(" ")[0] for sentence in found.notes) == [".DS_Store", "a.php.orig"]


def test_an_editor_that_turns_line_ends_round_changes_nothing_else(fork: Fork, tree: str, folder: Path) -> None:
    file = folder / "component" / "a.php"
    file.write_bytes(b"<?php\n")
    assert worktree.read_back(fork.git, folder, tree).files == {}
    file.write_bytes(b"<?php\n// mine\n")
    found = worktree.read_back(fork.git, folder, tree)
    assert found.files == {"a.php": b"<?php\r\n// mine\r\n"}
    assert found.notes == ("a.php had other line ends throughout; it keeps those of the release",)


@pytest.mark.parametrize(
    "what", ["link", "link to a folder", ".git", "inc/.git", ".svn", "pipe", "newline", "case", "whole"]
)
def test_what_no_release_may_hold_is_refused_by_name(fork: Fork, tree: str, folder: Path, what: str) -> None:
    inside = folder / "component"
    secret = folder.parent / "secret.txt"
    secret.write_text("secret")
    if what == "link":
        (inside / "a.php").unlink()
        (inside / "a.php").symlink_to(secret)
    elif what == "link to a folder":
        (inside / "more").symlink_to(folder.parent)
    elif what == "whole":
        inside.rename(folder / "elsewhere")
        inside.symlink_to(folder / "elsewhere")
    elif what == "pipe":
        os.mkfifo(inside / "pipe.php")
    elif what == "newline":
        (inside / "a\nb.php").write_text("x")
    elif what == "case":
        (inside / "A.php").write_text("x")
    else:
        (inside / what).mkdir()
        (inside / what / "config").write_text("x")
    with pytest.raises(InputError) as refused:
        worktree.read_back(fork.git, folder, tree)
    assert str(inside) in str(refused.value)


def test_a_component_that_is_gone_is_named(fork: Fork, tree: str, folder: Path) -> None:
    (folder / "component").rename(folder / "elsewhere")
    with pytest.raises(ForkError, match=r"component is gone; remove .* as well"):
        worktree.read_back(fork.git, folder, tree)


def test_it_takes_the_place_of_its_own_kind_only(fork: Fork, tree: str, folder: Path) -> None:
    (folder / "component" / "a.php").write_bytes(b"edited")
    later = Owner("plugin/tidy-forms", "2.1.0", "2" * 40)
    worktree.lay_out(fork.git, folder, later, tree, {})
    assert (folder / "component" / "a.php").read_bytes() == FILES["a.php"]
    assert worktree.owner_of(folder) == later
    mine = write_files(folder.with_name("mine"), {"notes.txt": b"mine"})
    for owner in (None, Owner("plugin/other", "2.1.0", "3" * 40)):
        if owner:
            worktree.lay_out(fork.git, folder, later, tree, {})
            (folder / ".merge").write_text((folder / ".merge").read_text().replace("tidy-forms", "other"))
        with pytest.raises(ForkError, match=r"is no merge of plugin/tidy-forms; move it away"):
            worktree.lay_out(fork.git, folder if owner else mine, later, tree, {})
    assert snapshot(mine) == {"notes.txt": b"mine"}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"component": 1}', "\udcff", '{"component": "a", "version": "1", "commit": "HEAD"}']
)
def test_a_mark_that_cannot_be_read_is_none(folder: Path, text: str) -> None:
    (folder / ".merge").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert worktree.owner_of(folder) is None
    assert list(worktree.folders_of(folder.parent.parent, Component("plugin", "tidy-forms"))) == []


def test_folders_are_found_by_component(fork: Fork, tree: str, folder: Path) -> None:
    workspace = folder.parent.parent
    other = worktree.place(workspace, Component("plugin", "other"), "2.1.0")
    worktree.lay_out(fork.git, other, Owner("plugin/other", "2.1.0", "1" * 40), tree, {})
    write_files(workspace / "resolve" / ".plugin-tidy-forms-2.2.0.new", {"half": b""})
    assert list(worktree.folders_of(workspace, fork.component)) == [(folder, OWNER)]


def test_what_a_kill_left_is_cleared(fork: Fork, tree: str, folder: Path) -> None:
    for name in (".plugin-tidy-forms-2.1.0.new", ".plugin-tidy-forms-2.1.0.gone"):
        write_files(folder.with_name(name), {"half": b""})
    worktree.lay_out(fork.git, folder, OWNER, tree, {})
    worktree.remove(folder)
    worktree.clear(folder)
    assert not folder.parent.exists()
    worktree.remove(folder)


def test_what_a_kill_left_of_removing_goes_with_the_folder(folder: Path) -> None:
    left = [folder.with_name(f".{folder.name}.{end}") for end in ("gone", "new")]
    write_files(left[0], {"component/a.php": b"<?php\n"})
    worktree.remove(folder)
    assert list(folder.parent.iterdir()) == []
    for path in left:
        write_files(path, {"component/a.php": b"<?php\n"})
    worktree.clear(folder)
    assert not folder.parent.exists()


def test_a_tree_with_a_link_or_a_way_out_is_not_laid_out(fork: Fork, tmp_path: Path) -> None:
    blob = fork.git.write_blobs([b"/etc/passwd"])[0]
    place = worktree.place(tmp_path, fork.component, "2.1.0")
    linked = fork.git.write_tree({"a.php": TreeEntry("120000", blob)})
    with pytest.raises(ForkError, match=r"a\.php is no plain file"):
        worktree.lay_out(fork.git, place, OWNER, linked, {})
    row = f"100644 blob {blob}\t.git".encode()
    dotted = fork.git.text("mktree", "-z", stdin=row + b"\0")
    with pytest.raises(InputError, match="git folder"):
        worktree.lay_out(fork.git, place, OWNER, dotted, {})
    assert not place.exists()
