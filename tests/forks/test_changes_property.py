"""Whatever git writes as the difference of two trees leads from the one to the other, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.forks.changes import change_from_patch
from plugwatch.forks.fork import ForkStore
from plugwatch.forks.git import Git, TreeEntry
from plugwatch.model.component import Component
from plugwatch.model.patches.paths import PathOptions

PATHS = [
    "a",
    "a.php",
    "b",
    "b/a.php",
    "a/b.php",
    "inc/a.php",
    "inc/deep/a.php",
    "inc/ü b.php",
    "lib/a.php",
    "lib/inc/a.php",
]
LINES = st.sampled_from(
    [b"<?php", b"}", b"\treturn;", b"a", b"b", "Größe".encode(), b"\xff", b"-- ", b"@@ -1 +1 @@", b""]
)
TEXTS = st.builds(
    lambda lines, end, last: end.join(lines) + last,
    st.lists(LINES | st.integers(0, 30).map(lambda n: b"line %d" % n), max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([b"", b"\n"]),
)
LONG = st.integers(0, 3).map(lambda n: b"".join(b"row %d of %d\n" % (row, n // 2) for row in range(30)) + b"%d\n" % n)
BINARY = st.builds(
    lambda head, n: head + bytes(range(256)) * n, st.binary(max_size=6).map(lambda b: b"\0" + b), st.integers(0, 3)
)
FILE = st.tuples(st.sampled_from(["100644", "100755"]), TEXTS | LONG | BINARY)
OPTIONS = st.sampled_from(
    [["--no-renames"], ["-M"], ["-M", "-C"], ["-M", "--full-index"], ["-M", "-U0"], ["-M", "--no-prefix"]]
)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, tuple[str, bytes]]:
    """The files of a release."""
    files = draw(st.dictionaries(st.sampled_from(PATHS), FILE, min_size=1, max_size=6))
    return {path: file for path, file in files.items() if not any(other.startswith(f"{path}/") for other in files)}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, tuple[str, bytes]], dict[str, tuple[str, bytes]]]:
    """Two releases that have most of their files in common, some under other names."""
    old, new = draw(trees()), draw(trees())
    for path in draw(st.lists(st.sampled_from(sorted(old)), unique=True)):
        place = draw(st.sampled_from([path, *PATHS]))
        if not any(other.startswith(f"{place}/") or place.startswith(f"{other}/") for other in new):
            new[place] = old[path]
    assume(old != new)
    return old, new


@pytest.fixture(scope="session")
def git(tmp_path_factory: pytest.TempPathFactory) -> Git:
    """A repository for all examples."""
    return ForkStore(tmp_path_factory.mktemp("property")).create(Component("plugin", "any")).git


def write(git: Git, files: Mapping[str, tuple[str, bytes]]) -> str:
    blobs = git.write_blobs(content for _mode, content in files.values())
    entries = {path: TreeEntry(mode, blob) for (path, (mode, _content)), blob in zip(files.items(), blobs, strict=True)}
    return git.write_tree(entries)


@given(pairs(), OPTIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_diff_of_two_trees_leads_from_one_to_the_other(git: Git, pair: tuple[dict, dict], options: list[str]) -> None:
    """Or it is refused: without context a place may not be certain, without prefixes "a/b.php" may be git's "a/", new
    files alone are beside nothing that tells where their folder belongs, and a whole copy of a file that the same patch
    changes does not say which of its states is meant.
    """
    before, after = pair
    old, new = write(git, before), write(git, after)
    diff = git.run("diff", "--binary", *options, old, new).stdout
    uncertain = {"-U0", "--no-prefix", "-C"}.intersection(options)
    adds_alone = before.items() <= after.items()
    try:
        change = change_from_patch(git, old, diff, "made.patch", PathOptions(slug="any"))
    except PlugwatchError as error:
        if adds_alone and "cannot be told where" in str(error):
            return
        if not uncertain or (uncertain == {"-C"} and "without copies" not in str(error)):
            raise
        return
    if "--no-prefix" not in options:
        assert change.tree == new
