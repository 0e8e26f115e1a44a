"""Trees that are changed file by file, and files that are merged, without a process for each."""

from __future__ import annotations

import pytest

from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import EMPTY_TREE, TreeEntry
from plugwatch.forks.objects import Objects


def entry(objects: Objects, content: bytes) -> TreeEntry:
    return TreeEntry("100644", objects.write("blob", content))


def test_what_is_not_there_cannot_go(fork: Fork) -> None:
    with Objects(fork.git) as objects:
        tree = objects.with_changes(EMPTY_TREE, {"a": entry(objects, b"a"), "b/c": entry(objects, b"c")})
        for path in ("x", "b", "b/x", "a/x", "x/y/z"):
            assert objects.with_changes(tree, {path: None}) == tree
        assert objects.with_changes(tree, {"a": None, "b/c": None}) == EMPTY_TREE


@pytest.mark.parametrize("path", ["b", "a/x"])
def test_a_path_is_a_file_or_a_folder(fork: Fork, path: str) -> None:
    with Objects(fork.git) as objects:
        tree = objects.with_changes(EMPTY_TREE, {"a": entry(objects, b"a"), "b/c": entry(objects, b"c")})
        with pytest.raises(ForkError, match="would be a file and a folder at once"):
            objects.with_changes(tree, {path: entry(objects, b"new")})


def test_a_file_that_is_missing_is_never_merged_as_an_empty_one(fork: Fork) -> None:
    with Objects(fork.git) as objects:
        blobs = [objects.write("blob", b"1\n2\n3\n%d\n" % n) for n in range(2)]
        with pytest.raises(ForkError, match="git could not merge"):
            objects.merge_blobs([(blobs[0], blobs[1], "1" * 40)])
