"""A fork in which a person merges by hand: where an upgrade stops, what is laid out for her, what she made of it.

A merge that is under way is one ref, ``refs/plugwatch/conflicts/V``: a commit whose tree holds ``state.json``, the tree
that the patch goes on (``onto``), the component as it was laid out (``component``) and the files merged so far
(``by_hand``, named by their ids), so that git keeps all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from plugwatch.errors import ForkError
from plugwatch.forks import export
from plugwatch.forks.fork import Fork
from plugwatch.forks.git import EMPTY_TREE, TreeEntry
from plugwatch.forks.objects import FOLDER, Objects
from plugwatch.forks.overview import read_overview
from plugwatch.forks.php import Parser
from plugwatch.forks.resolutions import write_resolutions
from plugwatch.forks.upgrade import Request, Stop, find_stop, plan_upgrade
from plugwatch.model.fork import Plan, StackEntry
from plugwatch.model.markers import LaidFile
from plugwatch.model.verdicts.conflict import CONFLICT_REFS, Attempt, Conflict, conflict_from_text
from plugwatch.model.verdicts.resolution import Resolution
from plugwatch.model.verdicts.verdict import FileTriple

_WRITER = "plugwatch <plugwatch@plugwatch.invalid>"


class MergingFork(Fork):
    """A fork with its merges by hand."""

    def conflicts(self) -> dict[str, str]:
        """The commits of merges that are under way, by the release that they are for."""
        return {name.removeprefix(CONFLICT_REFS): oid for name, oid in self.git.refs(CONFLICT_REFS).items()}

    def read_conflict(self, commit: str) -> Conflict:
        """The record in a commit. Raises ForkError where there is none."""
        text = self.git.blob(f"{commit}:state.json").decode("utf-8", "replace")
        return conflict_from_text(text, f"{self.directory.name}, commit {commit[:10]}")

    def find_stop(self, attempt: Attempt, *, keep: bool) -> Stop | None:
        """Where an attempt stops; what was merged on the way stays in the fork with ``keep``, else it vanishes."""
        view, request = read_overview(self), self._request(attempt)
        if keep:
            return find_stop(view, self.git, request)
        with self.git.quarantine() as apart:
            return find_stop(view, apart, request)

    def planned(self, attempt: Attempt) -> PlannedFork:
        """The fork with the plan of an attempt."""
        with Parser() as parser:
            return PlannedFork(self, plan_upgrade(read_overview(self), self.git, self._request(attempt), parser))

    def _request(self, attempt: Attempt) -> Request:
        with self.git.reader() as read:
            by_hand = {
                patch: {path: read(blob) if blob else None for path, blob in files.items()}
                for patch, files in attempt.by_hand.items()
            }
        accept = frozenset(attempt.accepted)
        return Request(attempt.source, attempt.target, accept, by_hand=by_hand, compile_php=True)

    # Laying out

    def write_laid(
        self, entry: StackEntry, onto: str, laid: Sequence[tuple[FileTriple, LaidFile, bytes | None]]
    ) -> tuple[str, tuple[LaidFile, ...]]:
        """The component's tree as a person gets it, on the tree that a patch goes on, and the files laid out in it."""
        changes: dict[str, TreeEntry | None] = {}
        files = []
        with Objects(self.git) as objects:
            for triple, file, _content in laid:
                moved_from = _moved_from(objects, entry, onto, triple)
                if moved_from:
                    changes[moved_from] = None
                files.append(replace(file, moved_from=moved_from))
            for triple, file, content in laid:
                mode = _mode(objects, entry, onto, triple)
                changes[file.path] = None if content is None else TreeEntry(mode, objects.write("blob", content))
            return objects.with_changes(onto, changes), tuple(files)

    def patch_diff(self, entry: StackEntry) -> bytes:
        """What a patch wanted."""
        return export.diff(self.git, entry.base_tree, entry.tree)

    def vendor_diff(self, files: Sequence[FileTriple], attempt: Attempt) -> bytes:
        """What the vendor changed in a patch's files."""
        paths = sorted({path for file in files for path in (file.path, file.name)})
        old, new = (self.release(version).tree for version in (attempt.source, attempt.target))
        return export.diff(self.git, old, new, paths)

    # Reading again

    def result(
        self, conflict: Conflict, edited: Mapping[str, bytes | None]
    ) -> dict[str, tuple[bytes | None, bytes | None]]:
        """The files that differ from the tree that the patch goes on: before and after.

        ``edited`` are those in which the component differs from what was laid out.
        """
        with Objects(self.git) as objects:

            def content(tree: str, path: str) -> bytes | None:
                entry = objects.file(tree, path)
                return objects.read(entry.blob) if entry else None

            laid = objects.diff(conflict.onto, conflict.laid)
            found = {}
            for path in laid.keys() | edited.keys():
                before = content(conflict.onto, path)
                after = edited[path] if path in edited else content(conflict.laid, path)
                old, new = laid.get(path, (None, None))
                if before != after or (old and new and old.mode != new.mode):
                    found[path] = before, after
            return found

    def content(self, tree: str, path: str) -> bytes | None:
        """A file of a tree; None where there is none."""
        with Objects(self.git) as objects:
            entry = objects.file(tree, path)
            return objects.read(entry.blob) if entry else None

    def write_files(self, files: Mapping[str, bytes | None]) -> dict[str, str | None]:
        """Store contents; the blob of each path."""
        blobs = iter(self.git.write_blobs(content for content in files.values() if content is not None))
        return {path: None if content is None else next(blobs) for path, content in files.items()}

    def write_conflict(self, conflict: Conflict, date: str) -> str:
        """The commit that keeps a merge under way; ``date`` is git's."""
        with Objects(self.git) as objects:
            state = objects.write("blob", conflict.to_text().encode())
            merged = objects.write_folder({blob: TreeEntry("100644", blob) for blob in conflict.blobs()})
            entries = {"state.json": TreeEntry("100644", state)}
            for name, tree in (("onto", conflict.onto), ("component", conflict.laid), ("by_hand", merged)):
                if tree != EMPTY_TREE:
                    entries[name] = TreeEntry(FOLDER, tree)
            who = f"{_WRITER} {date}"
            content = f"tree {objects.write_folder(entries)}\nauthor {who}\ncommitter {who}\n\nfork resolve\n"
            return objects.write("commit", content.encode())

    # Remembering

    def write_resolutions(self, made: Sequence[Resolution], forget: Collection[str] = ()) -> str | None:
        """The commit with what this fork remembers, these added and those taken out; None where nothing is left."""
        return write_resolutions(self, made, forget)


class PlannedFork(Fork):
    """A fork whose plan is made already, with the files that a person has merged."""

    def __init__(self, fork: Fork, ready: Plan) -> None:
        super().__init__(fork.directory, fork.component)
        self.ready = ready

    def plan(self, source: str, target: str, accept: Collection[str], *, forecast: bool) -> Plan:  # noqa: ARG002
        """That plan. Raises ForkError where it is asked for another upgrade."""
        if (source, target) != (self.ready.source, self.ready.target.version):
            raise ForkError(f"the patches of {self.component} have changed meanwhile; run the command again")
        return self.ready


def _moved_from(objects: Objects, entry: StackEntry, onto: str, file: FileTriple) -> str | None:
    """Where the tree that the patch goes on has a file that the patch moves; None where it moves none."""
    tree = entry.tree
    stays = file.base is None or file.theirs is None or file.ours is None or file.path == file.name
    if stays or objects.file(tree, file.path) or not objects.file(tree, file.name):
        return None
    if objects.file(onto, file.path):
        return file.path
    same = (path for path, there in objects.files(onto) if objects.read(there.blob) == file.theirs)
    return next((path for path in same if path != file.name), None)


def _mode(objects: Objects, entry: StackEntry, onto: str, file: FileTriple) -> str:
    """The mode that a file gets when the patch is put on top."""
    places = ((entry.tree, file.name), (entry.tree, file.path), (onto, file.name))
    return next((there.mode for tree, path in places if (there := objects.file(tree, path))), "100644")
