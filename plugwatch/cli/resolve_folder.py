"""The folder of a merge by hand in a workspace: laid out, laid out again after a kill, read back, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plugwatch.cli.context import App, note
from plugwatch.cli.resolve_views import PATCHED, readme
from plugwatch.errors import ForkError, InputError
from plugwatch.forks import worktree
from plugwatch.forks.conflicts import MergingFork
from plugwatch.model.markers import BINARY, GONE
from plugwatch.workflows import resolve as workflow


@dataclass(frozen=True)
class Desk:
    """Where the merges of one fork are laid out. What changes it needs the fork's lock."""

    app: App
    fork: MergingFork

    def folder(self, version: str) -> Path:
        """The folder of a merge for a release."""
        return worktree.place(self.app.workspace, self.fork.component, version)

    def is_current(self, opened: workflow.Open) -> bool:
        """Whether the folder is there, as it was laid out for this state of the merge."""
        owner = worktree.owner_of(self.folder(opened.conflict.attempt.target))
        return owner is not None and owner.commit == opened.commit

    def edited(self, opened: workflow.Open) -> Mapping[str, bytes | None]:
        """What the person changed; says what was not taken as it is."""
        conflict = opened.conflict
        folder = self.folder(conflict.attempt.target)
        inside = folder / worktree.INSIDE
        if inside.is_dir() and not any(path.is_file() for path in inside.rglob("*")):
            again = f"plugwatch fork resolve {conflict.component} --to {conflict.attempt.target}"
            raise ForkError(
                f"{inside} holds no file any more, and no release is empty; put one back or, if {conflict.patch} is "
                f"not needed on {conflict.attempt.target}, say '{again} --drop'"
            )
        edited = worktree.read_back(self.fork.git, folder, conflict.laid)
        for sentence in (*edited.notes, *self._other_modes(inside, conflict.laid)):
            note(sentence)
        return edited.files

    def _other_modes(self, inside: Path, laid: str) -> list[str]:
        """A sentence for each file that may be executed now and could not before, or the other way round."""
        wanted = {path: entry.mode == "100755" for path, entry in self.fork.git.tree(laid).items()}
        there = {path: (inside / path).stat().st_mode & 0o100 for path in wanted if (inside / path).is_file()}
        return [
            f"{path} has another mode now; a merge takes what is in files, so it keeps the old one"
            for path, may_run in there.items()
            if bool(may_run) != wanted[path]
        ]

    def lay_out(self, opened: workflow.Open) -> None:
        """Make the folder for a state of a merge."""
        conflict = opened.conflict
        stop = workflow.find_stop(self.fork, opened, keep=False)
        beside = {
            "PATCH.diff": self.fork.patch_diff(stop.entry),
            "VENDOR.diff": self.fork.vendor_diff(stop.files, conflict.attempt),
            "README.txt": readme(conflict).encode("utf-8", "replace"),
        }
        for file, triple in zip(conflict.files, stop.files, strict=True):
            if file.state in (GONE, BINARY) and triple.ours is not None:
                beside[f"{PATCHED}/{file.path}"] = triple.ours
        owner = worktree.Owner(conflict.component, conflict.attempt.target, opened.commit)
        worktree.lay_out(self.fork.git, self.folder(conflict.attempt.target), owner, conflict.laid, beside)

    def ensure(self, opened: workflow.Open) -> bool:
        """Lay the folder out where it is not there; whether it was not."""
        self.sweep(needed=opened.conflict.attempt.target)
        if self.is_current(opened):
            return False
        self.lay_out(opened)
        return True

    def sweep(self, *, needed: str | None = None) -> None:
        """Take away folders whose merge has gone on or is over, and name those that may hold somebody's work.

        Raises ForkError where one of these lies where a folder is needed.
        """
        under_way = self.fork.conflicts()
        for folder, owner in worktree.folders_of(self.app.workspace, self.fork.component):
            if under_way.get(owner.version) == owner.commit:
                continue
            done = workflow.is_dealt_with(self.fork, owner.version, owner.commit)
            if done or self._is_untouched(folder, owner.commit):
                _remove(folder)
                continue
            left = f"{folder} is left of a merge that was undone; move it away, or remove it if you need nothing of it"
            if owner.version == needed:
                raise ForkError(f"{left}, then run the command again")
            note(f"warning: {left}")
        if needed is not None:
            worktree.check_free(self.folder(needed), str(self.fork.component))

    def remove(self, version: str) -> None:
        """Take the folder of a merge away."""
        _remove(self.folder(version))

    def _is_untouched(self, folder: Path, commit: str) -> bool:
        """Whether a folder is as it was laid out for a state of a merge."""
        try:
            laid = self.fork.read_conflict(commit).laid
            return not worktree.read_back(self.fork.git, folder, laid).files
        except (ForkError, InputError):
            return False


def _remove(folder: Path) -> None:
    """Take a folder away, with whatever a kill has left of it."""
    worktree.remove(folder)
    worktree.clear(folder)
