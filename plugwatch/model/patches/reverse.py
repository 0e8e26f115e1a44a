"""Whether a release has all of a patch already: then the patch fits backwards, hunk by hunk."""

from __future__ import annotations

from dataclasses import replace

from plugwatch.model.patches.apply import PatchDoesNotApply, Read, apply_patch
from plugwatch.model.patches.hunks import Hunk
from plugwatch.model.patches.patch import FilePatch, PatchFile

_MARKS = {b"+": b"-", b"-": b"+", b" ": b" "}
_KINDS = {"add": "delete", "delete": "add", "modify": "modify", "rename": "rename"}


def is_contained(patch: PatchFile, read: Read) -> bool:
    """Whether a release, whose files ``read`` gives, holds every line that the patch adds and none that it deletes.

    Copies and binary changes have no way back here: with one of them the answer is no.
    """
    if any(change.kind == "copy" or change.binary for change in patch.files):
        return False
    try:
        apply_patch(replace(patch, files=tuple(_reversed(change) for change in reversed(patch.files))), 0, read)
    except PatchDoesNotApply:
        return False
    return True


def _reversed(change: FilePatch) -> FilePatch:
    return FilePatch(
        old_path=change.new_path,
        new_path=change.old_path,
        old_mode=change.new_mode,
        new_mode=change.old_mode if change.new_mode or change.kind == "delete" else None,
        kind=_KINDS[change.kind],
        hunks=tuple(_hunk(hunk) for hunk in change.hunks),
    )


def _hunk(hunk: Hunk) -> Hunk:
    return Hunk(
        hunk.new_start,
        hunk.new_count,
        hunk.old_start,
        hunk.old_count,
        tuple((_MARKS[mark], content) for mark, content in hunk.lines),
        hunk.section,
    )
