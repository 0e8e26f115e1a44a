"""What one file of a patch and the new release's copy of it have in common: facts only, no verdict.

Everything counts lines as :mod:`plugwatch.model.verdict_lines` sees them. "Gained" means gained by the vendor: a line
that stands somewhere in the new release says nothing if it stood there before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import filterfalse

from plugwatch.model.verdict_align import Change, align, changes
from plugwatch.model.verdict_lines import Lines, counted_lines, is_distinctive, is_punctuation

# What became of a file. GONE: the release has it no more. EQUAL: the merge changes no byte of the release. SAME_CODE:
# it changes white space and comments only. CONTAINED: it conflicts, but the release has all of it in the same place.
# TWIN: one of these three, but the function that the patch changes has not got it, so a twin of it may have.
# CLEAN: it merges, and something of it is left. OVERLAPS: it conflicts.
GONE, EQUAL, SAME_CODE, CONTAINED = "gone", "equal", "same-code", "contained"
TWIN, CLEAN, OVERLAPS = "twin", "clean", "overlaps"
IN_RELEASE = frozenset({EQUAL, SAME_CODE, CONTAINED})


@dataclass(frozen=True)
class FileTriple:
    """One file of a patch in the versions that a merge sees; None where there is no such file.

    ``base`` is the file in the state that the patch sits on, ``ours`` with the patch, ``vendor_old`` in the old release
    without any patch. ``theirs`` is the file in the new release, renames followed, with the patches already kept below;
    ``path_new`` is its path there, None if it is gone. ``merged`` is git's three-way result (None when it conflicted
    without a result), ``conflicted`` whether git found overlapping changes.
    """

    path: str
    path_new: str | None
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None
    merged: bytes | None
    conflicted: bool
    vendor_old: bytes | None

    @property
    def name(self) -> str:
        """The path to show: the one in the new release, else the old one."""
        return self.path_new or self.path


class Content:
    """The comparison of one file, worked out as far as it is asked for."""

    def __init__(self, triple: FileTriple) -> None:
        self.triple = triple
        self.base = counted_lines(triple.base, triple.path)
        self.ours = counted_lines(triple.ours, triple.path)
        self.theirs = counted_lines(triple.theirs, triple.name)
        same = triple.vendor_old == triple.base
        self.vendor_old = self.base if same else counted_lines(triple.vendor_old, triple.path)

    @cached_property
    def state(self) -> str:
        """One of GONE, EQUAL, SAME_CODE, CONTAINED, TWIN, CLEAN and OVERLAPS."""
        file = self.triple
        if file.theirs is None and file.base is not None:
            return GONE if file.ours is not None else EQUAL
        if file.conflicted:
            found = CONTAINED if self.contained else OVERLAPS
        elif file.merged == file.theirs and not self.mode_only:
            found = EQUAL
        else:
            found = SAME_CODE if self.adds_nothing else CLEAN
        return TWIN if found in IN_RELEASE and self.unpatched is not None else found

    @cached_property
    def mode_only(self) -> bool:
        """Whether the patch leaves the bytes alone; then they cannot tell what the release has of it."""
        return self.triple.base == self.triple.ours

    @cached_property
    def binary(self) -> bool:
        """Whether lines mean nothing here."""
        sides = (self.triple.base, self.triple.ours, self.triple.theirs)
        return any(side is not None and b"\0" in side for side in sides)

    @cached_property
    def quiet(self) -> bool:
        """Whether the patch changes white space, blank lines and comments only."""
        file = self.triple
        if self.binary or self.mode_only or file.base is None or file.ours is None:
            return False
        return self.base.texts == self.ours.texts

    @cached_property
    def added(self) -> Counter[bytes]:
        """Distinctive lines that the patch adds, with how many more of each there are."""
        return _surplus(self.ours, self.base) if not self.binary else Counter()

    @cached_property
    def removed(self) -> Counter[bytes]:
        """Distinctive lines that the patch removes, with how many fewer of each there are."""
        return _surplus(self.base, self.ours) if not self.binary else Counter()

    @cached_property
    def gained(self) -> Counter[bytes]:
        """Of the added lines those that the vendor has gained too, at most as often as the patch adds them.

        Counted against the old release and against the state that the patch sits on, whichever has more: a line that a
        patch below has brought in is no gain of the vendor's.
        """
        theirs, base, old = (side.counts for side in (self.theirs, self.base, self.vendor_old))
        more = {text: min(count, theirs[text] - max(base[text], old[text])) for text, count in self.added.items()}
        return Counter({text: count for text, count in more.items() if count > 0})

    @cached_property
    def still_there(self) -> Counter[bytes]:
        """Of the removed lines those that the new release still has more of than the patch leaves."""
        theirs, ours = self.theirs.counts, self.ours.counts
        more = {text: min(count, theirs[text] - ours[text]) for text, count in self.removed.items()}
        return Counter({text: count for text, count in more.items() if count > 0})

    @cached_property
    def complete(self) -> bool:
        """Whether the vendor has gained every distinctive line that the patch adds and lost every one it removes."""
        return self.gained == self.added and not self.still_there

    @cached_property
    def adds_nothing(self) -> bool:
        """Whether a clean merge leaves the release's code as it is, though the patch does change code."""
        file = self.triple
        if None in (file.theirs, file.merged) or self.binary or self.mode_only or self.quiet or not self.complete:
            return False
        return counted_lines(file.merged, file.name).texts == self.theirs.texts

    @cached_property
    def partner(self) -> list[int]:
        """The lines of the base as they stand in the new release."""
        return align(self.base.texts, self.theirs.texts)

    @cached_property
    def patch_changes(self) -> list[Change]:
        """What the patch changes, in counted lines."""
        return changes(self.base.texts, self.ours.texts, align(self.base.texts, self.ours.texts))

    @cached_property
    def contained(self) -> bool:
        """Whether the new release has every change of the patch at the place where the patch makes it."""
        if self.binary or self.triple.theirs is None or not self.added or not self.complete:
            return False
        return all(self.find_change(change) is not None for change in self.patch_changes)

    def region(self, change: Change) -> tuple[int, int]:
        """The stretch of the new release between the lines around a change, as far as they are still there."""
        above = next((self.partner[at] + 1 for at in range(change.old_start - 1, -1, -1) if self.partner[at] >= 0), 0)
        below = (self.partner[at] for at in range(change.old_end, len(self.partner)) if self.partner[at] >= 0)
        return above, next(below, len(self.theirs.texts))

    def find_change(self, change: Change) -> int | None:
        """The index in the new release at which it has what the change makes, in one piece; None where it has not."""
        texts, (start, end) = self.theirs.texts, self.region(change)
        added = self.ours.texts[change.new_start : change.new_end]
        removed = Counter(self.base.texts[change.old_start : change.old_end]) - Counter(added)
        there = Counter(texts[start:end]) - Counter(added)
        if any(there[text] for text in removed if not is_punctuation(text)):
            return None
        if not added:
            return start if all(map(is_punctuation, texts[start:end])) else None
        context = 0 if any(map(is_distinctive, added)) else 1
        needle = self.ours.texts[max(change.new_start - context, 0) : change.new_end + context]
        found = self.theirs.find(needle, self.ours.scope(change.new_start))
        return next((at for at in found if start - len(needle) <= at <= end), None)

    @cached_property
    def unpatched(self) -> int | None:
        """The number of a line in the new release from which on a place does not look as the patch leaves it.

        Looked for in functions of the same name: two functions that are alike let git take the fix of one for the fix
        of the other.
        """
        for change in () if self.binary else self.patch_changes:
            scope = self.base.scope(change.old_start)
            before = self._before(change)
            left = self.theirs.find(before, scope)
            if len(left) > len(self.ours.find(before, scope)):
                return self.theirs.numbers[left[0]]
            home = self.theirs.declared.get(scope)
            if home and self._lacks(change, scope):
                return self.theirs.numbers[home[0]]
        return None

    def _lacks(self, change: Change, scope: bytes) -> bool:
        """Whether a telling line of the change has not come to the function of that name, or not gone from it."""
        for text in self._telling(change):
            base, ours, theirs = (len(side.find((text,), scope)) for side in (self.base, self.ours, self.theirs))
            if (theirs <= base and theirs < ours) or (theirs >= base and theirs > ours):
                return True
        return False

    def _telling(self, change: Change) -> set[bytes]:
        """The changed lines to ask for: the distinctive ones, else all that are more than punctuation."""
        lines = {
            *self.base.texts[change.old_start : change.old_end],
            *self.ours.texts[change.new_start : change.new_end],
        }
        return set(filter(is_distinctive, lines)) or set(filterfalse(is_punctuation, lines))

    def _before(self, change: Change) -> Sequence[bytes]:
        """The lines that a change replaces, with as many around them as it takes to know the place again."""
        for context in (1, 2, 3) if self._telling(change) else ():
            before = self.base.texts[max(change.old_start - context, 0) : change.old_end + context]
            if any(map(is_distinctive, before)):
                return before
        return ()

    def line_of(self, text: bytes) -> int | None:
        """The number of a line in the new release, of a gained one if there is one."""
        known = {at for at in self.partner if at >= 0}
        found = [at for at, line in enumerate(self.theirs.texts) if line == text]
        best = next((at for at in found if at not in known), found[0] if found else None)
        return None if best is None else self.theirs.numbers[best]


def declared_twice(content: Content) -> list[bytes]:
    """Names of functions and classes that the patch declares anew and that the vendor has gained as well.

    A second declaration is fatal in PHP, however different the bodies are.
    """
    base, ours, theirs, old = (
        {name: len(places) for name, places in side.declared.items()}
        for side in (content.base, content.ours, content.theirs, content.vendor_old)
    )
    gained = {name for name, count in theirs.items() if count > max(base.get(name, 0), old.get(name, 0))}
    return sorted(name for name, count in ours.items() if count > base.get(name, 0) and name in gained)


def _surplus(side: Lines, other: Lines) -> Counter[bytes]:
    more = side.counts - other.counts
    return Counter({text: count for text, count in more.items() if is_distinctive(text)})
