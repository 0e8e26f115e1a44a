"""Where a file has gone between two releases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from plugwatch.forks.git import Git, TreeEntry


class Renames:
    """What git takes for renamed between two listings of files (at least half alike).

    Only files that are asked for are compared with those that came: all that went with all that came would take
    minutes in a release that moves everything. What came with the very bytes of a file that went is that one's.
    """

    def __init__(self, git: Git, old: Mapping[str, TreeEntry], new: Mapping[str, TreeEntry]) -> None:
        self.git = git
        self.old = {path: entry for path, entry in old.items() if path not in new}
        self.new = {path: entry for path, entry in new.items() if path not in old}

    @cached_property
    def _candidates(self) -> str:
        taken = {entry.blob for entry in self.old.values()}
        return self.git.write_tree({path: entry for path, entry in self.new.items() if entry.blob not in taken})

    def find(self, path: str) -> str | None:
        """The new path of a file that went; None where there is none, or where it is still there."""
        entry = self.old.get(path)
        if entry is None:
            return None
        exact = [new for new, other in self.new.items() if other.blob == entry.blob]
        if exact:
            name = path.rpartition("/")[2]
            return min(exact, key=lambda new: (new.rpartition("/")[2] != name, new))
        new = self._nearest(self.git.write_tree({path: entry}), self._candidates)[1]
        if new is None:
            return None
        # It may be another one's: of two files that are alike the vendor has moved one and taken the other away.
        came = self.git.write_tree({new: self.new[new]})
        return new if self._nearest(self._left, came)[0] == path else None

    @cached_property
    def _left(self) -> str:
        moved = {entry.blob for entry in self.new.values()}
        return self.git.write_tree({path: entry for path, entry in self.old.items() if entry.blob not in moved})

    def _nearest(self, before: str, after: str) -> tuple[str | None, str | None]:
        options = ("-r", "-z", "-M50%", "-l0", "--diff-filter=R", "--name-status")
        out = self.git.run("diff-tree", *options, before, after).stdout
        fields = out.decode("utf-8", "surrogateescape").split("\0")
        return (fields[1], fields[2]) if len(fields) > 2 else (None, None)
