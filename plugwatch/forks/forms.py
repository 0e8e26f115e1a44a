"""A patch in every form that a vendor may want, alone on the vendor's own release."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from plugwatch.forks.export import diff, mail, standalone, svn_diff
from plugwatch.forks.fork import Fork
from plugwatch.forks.upgrade import diff_files
from plugwatch.model.fork import Person, Release, StackEntry
from plugwatch.model.patches.letter import message_to_vendor
from plugwatch.model.roads.submission import PatchFacts, PatchForms, Suspect, make_excerpt

_SUSPECT_FILES = 10
_SUSPECT_LINES = 30


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
    message = message_to_vendor(patch.title, patch.why) + "\n"
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


def suspect(fork: Fork, good: str, bad: str, touched: Collection[str] = ()) -> Suspect | None:
    """What the vendor changed between two releases, for the vendor to look at; None where the fork lacks one of them.

    Of many files those count that are ``touched`` by our patch.
    """
    releases = {release.version: release for release in fork.releases()}
    before, after = releases.get(good), releases.get(bad)
    if before is None or after is None:
        return None
    changed = sorted(diff_files(fork.git, before.tree, after.tree))
    files = [path for path in changed if path in touched] or changed
    text = diff(fork.git, before.tree, after.tree, files[:_SUSPECT_FILES], prefixes=("", ""))
    excerpt = make_excerpt(text.decode("utf-8", "replace"), _SUSPECT_LINES)
    return Suspect(tuple(files[:_SUSPECT_FILES]), len(changed), excerpt) if changed else None


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
