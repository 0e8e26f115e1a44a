"""git's plumbing: nothing of the caller's reaches it, and nothing that it says is misread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbench import environment, fsck, git, git_text, snapshot

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import EMPTY_TREE, Git, TreeEntry, object_id
from plugwatch.model.operation import RefChange

_PARTS = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=6
).filter(lambda part: part not in (".", "..") and part.lower() != ".git")

_PATHS = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)


def tree_of(repository: Git, **files: bytes) -> str:
    names = repository.write_blobs(files.values())
    return repository.write_tree({f: TreeEntry("100644", n) for f, n in zip(files, names, strict=True)})


def test_the_environment_is_made_from_scratch(fork: Fork) -> None:
    foreign = {"GIT_TRACE": "1", "GIT_SSH_COMMAND": "evil", "LC_MESSAGES": "de_DE", "PLUGWATCH_X": "secret"}
    with environment(GIT_DIR="elsewhere", **foreign):
        given_to_git = fork.git.environment()
    assert given_to_git["GIT_DIR"] == str(fork.directory)
    assert not foreign.keys() & given_to_git.keys()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(_PATHS, st.binary(max_size=40), max_size=6))
def test_what_is_written_is_read_again(fork: Fork, files: dict[str, bytes]) -> None:
    folders = {"/".join(path.split("/")[:n]) for path in files for n in range(1, path.count("/") + 1)}
    names = fork.git.write_blobs(files.values())
    entries = {path: TreeEntry("100755", name) for path, name in zip(files, names, strict=True)}
    if folders & files.keys():
        with pytest.raises(ForkError, match="a file and a folder at once"):
            fork.git.write_tree(entries)
        return
    tree = fork.git.write_tree(entries)
    assert fork.git.tree(tree) == entries
    assert dict(zip(files, fork.git.objects(names), strict=True)) == files
    assert names == [object_id("blob", content) for content in files.values()]


def test_no_files_are_the_empty_tree(fork: Fork) -> None:
    assert fork.git.write_tree({}) == EMPTY_TREE
    assert fork.git.tree(EMPTY_TREE) == {}


def test_a_quarantine_reads_the_fork_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    directory = tmp_path / 'a:b "c" \\d' / "x.git"  # colons separate git's list of object stores, quotes quote in it
    directory.parent.mkdir()
    Git(directory).run("init", "--quiet", "--bare")
    repository = Git(directory)
    base, ours, theirs = (tree_of(repository, f=b"1\n2\n3\n%d\n" % n, g=b"%d\n" % n) for n in (0, 0, 9))
    before = snapshot(directory)
    with repository.quarantine() as apart:
        merged = apart.merge(base, ours, theirs)
        assert merged.tree == theirs
        written = tree_of(apart, new=os.urandom(50))
        assert apart.tree(written)
    assert snapshot(directory) == before
    with pytest.raises(ForkError):
        repository.tree(written)


def test_a_missing_object_is_damage_not_a_traceback(fork: Fork) -> None:
    with pytest.raises(ForkError, match="is missing; the fork is damaged"):
        fork.git.blob("1" * 40)
    with pytest.raises(ForkError):
        fork.git.merge("1" * 40, "2" * 40, "3" * 40)
    trees = [tree_of(fork.git, f=b"%d\n" % n) for n in (1, 2)]
    (fork.directory / "objects" / trees[1][:2] / trees[1][2:]).unlink()
    with pytest.raises(ForkError, match="git could not merge"):  # git itself calls the merge clean, and empty
        fork.git.merge(trees[0], trees[1], trees[0])


def test_without_git_one_sentence_says_so(fork: Fork, tmp_path: Path) -> None:
    with environment(PATH=str(tmp_path)):
        for ask in (lambda: fork.git.blob(EMPTY_TREE), lambda: fork.git.refs()):
            with pytest.raises(ForkError, match=r"tidy-forms\.git: .*'git'"):
                ask()


def test_refs_move_only_from_where_they_are_said_to_be(fork: Fork) -> None:
    first, second = (fork.write_release("1.0", tree_of(fork.git, a=name), name="1.0").commit for name in (b"1", b"2"))
    fork.git.update_refs([RefChange("refs/heads/a", None, first)])
    for stale in (RefChange("refs/heads/a", None, second), RefChange("refs/heads/a", second, first)):
        with pytest.raises(ForkError):
            fork.git.update_refs([RefChange("refs/heads/b", None, second), stale])
    with pytest.raises(ForkError):
        fork.git.update_refs([RefChange("refs/heads/a", second, None)])
    assert fork.git.refs() == {"refs/heads/a": first}  # all or nothing
    fork.git.update_refs([RefChange("refs/heads/a", first, None), RefChange("refs/heads/b", None, second)])
    assert fork.git.refs() == {"refs/heads/b": second}


def test_conflicts_and_messages_are_read_from_awkward_names(fork: Fork) -> None:
    trees = []
    for n in (0, 1, 2):
        blobs = fork.git.write_blobs([b"line %d\n" % n, b"x\n"])
        trees.append(
            fork.git.write_tree(
                {"a b\t\u2028\u00fc.php": TreeEntry("100644", blobs[0]), "z.php": TreeEntry("100644", blobs[1])}
            )
        )
    merged = fork.git.merge(*trees)
    assert merged.conflicts == {"a b\t\u2028\u00fc.php"}
    assert any("CONFLICT (content)" in message for message in merged.messages)


def test_a_merge_follows_a_renamed_file(fork: Fork) -> None:
    lines = [b"line %d\n" % n for n in range(30)]
    base = tree_of(fork.git, **{"old.php": b"".join(lines)})
    ours = tree_of(fork.git, **{"new.php": b"".join([*lines, b"vendor\n"])})
    theirs = tree_of(fork.git, **{"old.php": b"".join([b"patch\n", *lines])})
    merged = fork.git.merge(base, ours, theirs)
    assert not merged.conflicts
    content = git(fork.directory, "cat-file", "blob", f"{merged.tree}:new.php")
    assert content == b"".join([b"patch\n", *lines, b"vendor\n"])


def test_merged_objects_are_sound(fork: Fork) -> None:
    merged = fork.git.merge(*(tree_of(fork.git, f=b"%d\n" % n) for n in (1, 2, 3)))
    git(fork.directory, "update-ref", "refs/heads/upstream", fork.write_release("1", merged.tree, name="1").commit)
    assert fsck(fork.directory) == ""
    assert b"<<<<<<< " in git(fork.directory, "cat-file", "blob", f"{merged.tree}:f")


def test_odd_refs_of_others_are_no_obstacle(fork: Fork) -> None:
    commit = fork.write_release("1.0", EMPTY_TREE, name="1.0").commit
    for name in ("refs/heads/a\u2028b", "refs/notes/commits", "refs/heads/--all"):
        git(fork.directory, "update-ref", name, commit)
    assert len(fork.refs()) == 3
    assert fork.releases() == []
    assert git_text(fork.directory, "cat-file", "-t", commit) == "commit"
