"""git's diff turned into the form that ``svn diff`` prints from ``trunk/``.

Vendors who live in Subversion, and WordPress' own Trac, take it with ``svn patch FILE`` or ``patch -p0``. The form is
that of svn 1.14 (https://svnbook.red-bean.com/en/1.7/svn.ref.svn.c.diff.html): ``Index:`` and a rule of 67 ``=`` above
each file. One thing differs: a deleted file carries the epoch instead of "(nonexistent)", for GNU patch removes it only
then, and ``svn patch`` reads no further than the TAB.
"""

from __future__ import annotations

import re

from plugwatch.errors import InputError
from plugwatch.model.patches.hunks import Hunk
from plugwatch.model.patches.names import show_path
from plugwatch.model.patches.patch import FilePatch, parse_patch

_SOURCE = "the diff for svn"
_RULE = b"=" * 67
_EPOCH = b"1970-01-01 00:00:00 +0000"
_BINARY = re.compile(rb"^(Binary files .+ differ|GIT binary patch)$", re.MULTILINE)
_NO_LINE_END = b"\n\\ No newline at end of file\n"


def git_to_svn(diff: bytes) -> bytes:
    """The output of ``git diff --no-prefix --no-renames`` as an svn diff of the same files.

    Changed file modes are left out: they are properties in Subversion. Raises InputError for binary files, renames,
    empty files (this form has no way to say them) and for a diff that holds nothing else.
    """
    if _BINARY.search(diff):
        raise InputError("binary files cannot be written as an svn diff; send the files themselves", source=_SOURCE)
    changes = [_change(change) for change in parse_patch(diff, _SOURCE).files]
    if not any(changes):
        raise InputError(
            "it changes file modes only, which an svn diff does not show; ask for the property svn:executable in words",
            source=_SOURCE,
        )
    return b"".join(changes)


def _change(change: FilePatch) -> bytes:
    shown = change.new_path or change.old_path or ""
    path = shown.encode("utf-8", "surrogateescape")
    if change.kind in ("rename", "copy"):
        raise InputError(f"'{show_path(shown)}' is renamed or copied; make the diff with --no-renames", source=_SOURCE)
    if not change.hunks:
        if change.kind == "modify":
            return b""
        raise InputError(
            f"'{show_path(shown)}' is an empty file, which an svn diff cannot add or delete; ask for it in words",
            source=_SOURCE,
        )
    old = b"(nonexistent)" if change.kind == "add" else b"(revision 0)"
    new = _EPOCH if change.kind == "delete" else b"(working copy)"
    head = b"Index: %s\n%s\n--- %s\t%s\n+++ %s\t%s\n" % (path, _RULE, path, old, path, new)
    return head + b"".join(map(_hunk, change.hunks))


def _hunk(hunk: Hunk) -> bytes:
    head = b"@@ -%s +%s @@\n" % (_span(hunk.old_start, hunk.old_count), _span(hunk.new_start, hunk.new_count))
    lines = (mark + (line if line.endswith(b"\n") else line + _NO_LINE_END) for mark, line in hunk.lines)
    return head + b"".join(lines)


def _span(start: int, count: int) -> bytes:
    return b"%d" % start if count == 1 else b"%d,%d" % (start, count)
