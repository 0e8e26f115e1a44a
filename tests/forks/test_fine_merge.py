"""Trees that are merged as an upgrade merges files: what git leaves is tried by words, and never guessed."""

from __future__ import annotations

from plugwatch.forks.fine_merge import merge_finely
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import Git, TreeEntry


def tree(git: Git, **files: bytes) -> str:
    blobs = git.write_blobs(files.values())
    return git.write_tree({p: TreeEntry("100644", b) for p, b in zip(files, blobs, strict=True)})


def test_different_words_of_a_line_are_both_kept_and_the_rest_stays_a_conflict(fork: Fork) -> None:
    base, patched, onto = (
        tree(fork.git, line=b"$a = wait( 10, 'x' );\n", word=b"$b = 1;\n", image=b"\0one", gone=b"here\n"),
        tree(fork.git, line=b"$a = wait( 60, 'x' );\n", word=b"$b = 2;\n", image=b"\0two", gone=b"changed\n"),
        tree(fork.git, line=b"$a = wait( 10, 'y' );\n", word=b"$b = 3;\n", image=b"\0three"),
    )
    merged = merge_finely(fork.git, base, patched, onto)
    assert merged.conflicts == {"word", "image", "gone"}
    assert fork.git.blob(f"{merged.tree}:line") == b"$a = wait( 60, 'y' );\n"


def test_where_nothing_can_be_solved_the_tree_is_gits(fork: Fork) -> None:
    sides = [tree(fork.git, image=b"\0%d" % number) for number in range(3)]
    merged = merge_finely(fork.git, *sides)
    assert merged == fork.git.merge(sides[0], sides[2], sides[1])
    assert merged.conflicts == {"image"}
