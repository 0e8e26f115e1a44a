"""What the tests of verdicts are made with: git merges, the rules judge. Not a test itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from plugwatch.model.verdicts.verdict import FileTriple, Judgement, judge

# Two functions that are much alike, a line of the first one, and what a patch makes of that.
TWO_FUNCTIONS = """<?php
function first( $id ) {
	$post = get_post( $id );
	check_post( $post );
	return save_post( $post );
}

function second( $id ) {
	$note = get_note( $id );
	check_note( $note );
	return save_note( $note );
}
"""
CHECK = "\tcheck_post( $post );\n"
VERIFY = "\tverify_post( $post, 'edit' );\n"


def merge(folder: Path, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """git's three-way result, None where it conflicts."""
    for name, content in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_bytes(content)
    done = subprocess.run(
        ["git", "merge-file", "-p", "-q", "theirs", "base", "ours"], cwd=folder, capture_output=True, check=False
    )
    return None if done.returncode else done.stdout


def triple(
    folder: Path,
    base: str | bytes | None,
    ours: str | bytes | None,
    theirs: str | bytes | None,
    *,
    path: str = "inc/notes.php",
    path_new: str | None = None,
    vendor_old: str | bytes | None = None,
) -> FileTriple:
    """What the git side hands to the rules; ``vendor_old`` is the base unless a patch lies below."""
    b, o, t, old = (
        side.encode() if isinstance(side, str) else side for side in (base, ours, theirs, vendor_old or base)
    )
    merged, conflicted = t, False
    if t == b:
        merged = o
    elif o not in (b, t):
        merged = merge(folder, b, o, t) if b is not None and o is not None and t is not None else None
        conflicted = merged is None
    return FileTriple(path, path_new or (path if t is not None else None), b, o, t, merged, conflicted, old)


def verdict(folder: Path, base: str, ours: str, theirs: str) -> Judgement:
    return judge([triple(folder, base, ours, theirs)])


def assert_stops(judgement: Judgement, *words: str, verdict: str = "conflict") -> None:
    assert (judgement.verdict, judgement.drop) == (verdict, False)
    assert judgement.confidence == ("low" if verdict == "conflict" else "medium")
    for word in words:
        assert word in "\n".join(judgement.evidence)
