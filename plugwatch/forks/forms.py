"""A patch in every form that a vendor may want, alone on the vendor's own release."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugwatch.forks.export import diff, mail, standalone, svn_diff
from plugwatch.forks.fork import Fork
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.fork import Person, Release, StackEntry
from plugwatch.model.submission import PatchFacts, PatchForms, make_excerpt


@dataclass(frozen=True)
class Forms:
    """What a draft needs of a patch, and the commit that a vendor could pull, with a name for its branch."""

    facts: PatchFacts
    forms: PatchForms
    commit: str
    branch: str


def vendor_forms(fork: Fork, release: Release, entry: StackEntry, author: Person, *, svn: bool = True) -> Forms:
    """The forms of a patch; the agency is their author and no mark of ours is in them.

    Without ``svn`` the diff for Subversion is left empty: it cannot tell of binary and of empty files.

    Raises ForkError when the patch builds on one below it, PlugwatchError when it cannot be told as text.
    """
    patch = entry.patch
    alone = standalone(fork.git, release, entry)
    message = "\n\n".join(part for part in (patch.title, patch.why) if part) + "\n"
    commit, letter = mail(fork.git, alone, author, message)
    text = diff(fork.git, release.tree, alone.tree).decode("utf-8", "replace")
    excerpt = make_excerpt(diff(fork.git, release.tree, alone.tree, prefixes=("", "")).decode("utf-8", "replace"))
    added, removed = _count(text)
    facts = PatchFacts(
        id=patch.id,
        title=patch.title,
        why=patch.why or None,
        files=tuple(sorted(diff_files(fork.git, release.tree, alone.tree))),
        added=added,
        removed=removed,
        diff=text,
        excerpt=excerpt,
    )
    forms = PatchForms(letter, svn_diff(fork.git, release.tree, alone.tree) if svn else b"", excerpt)
    return Forms(facts, forms, commit, f"fix/{_branch_part(patch.title) or patch.id}")


def _count(text: str) -> tuple[int, int]:
    """Lines added and removed; inside a hunk only, since ``--- `` and ``+++ `` head every file."""
    added = removed = 0
    inside = False
    for line in text.split("\n"):
        if line.startswith(("diff --git ", "@@ ")):
            inside = line.startswith("@@ ")
        elif inside:
            added += line.startswith("+")
            removed += line.startswith("-")
    return added, removed


def _branch_part(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:50].strip("-")
