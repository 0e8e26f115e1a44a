"""What one file of a patch and the new release's copy of it have in common: facts only, no verdict.

Everything counts lines as :mod:`plugwatch.model.verdicts.lines` sees them. "Gained" means gained by the vendor: a line
that stands somewhere in the new release says nothing if it stood there before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import filterfalse, islice

from plugwatch.model.verdicts.align import Change, align, changes
from plugwatch.model.verdicts.lines import Lines, counted_lines, is_distinctive, is_punctuation
from plugwatch.model.verdicts.merge import Refined, refine
from plugwatch.model.verdicts.search import BUILT, EXACT, Search, texts_of
from plugwatch.model.verdicts.tokens import code_tokens, likeness, telling_tokens

# What became of a file. GONE: the release has it no more. EQUAL: the merge changes no byte of the release. SAME_CODE:
# it changes white space and comments only. CONTAINED: the release has all of it, though the merge conflicts or would
# put it in again. TWIN: one of these three, but the function that the patch changes has not got it, so a twin of it may
# have. CLEAN: git merges it, and something of it is left. REFINED: git does not, but a finer merge does. OVERLAPS: a
# person has to.
GONE, EQUAL, SAME_CODE, CONTAINED = "gone", "equal", "same-code", "contained"
TWIN, CLEAN, REFINED, OVERLAPS = "twin", "clean", "refined", "overlaps"
# A vendor who takes a fix and changes a word or two leaves this share of its tokens.
_RESEMBLES = 0.7
_MOST_COMPARED, _LONGEST_COMPARED = 40, 400
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
        # A change of comments only is looked for among all lines.
        self.comments_only = None not in (triple.base, triple.ours) and self.base.texts == self.ours.texts
        if self.comments_only:
            self.base = counted_lines(triple.base, triple.path, comments_too=True)
            self.ours = counted_lines(triple.ours, triple.path, comments_too=True)
        self.theirs = counted_lines(triple.theirs, triple.name, comments_too=self.comments_only)
        same = triple.vendor_old == triple.base
        self.vendor_old = (
            self.base if same else counted_lines(triple.vendor_old, triple.path, comments_too=self.comments_only)
        )

    @cached_property
    def state(self) -> str:
        """One of GONE, EQUAL, SAME_CODE, CONTAINED, TWIN, CLEAN, REFINED and OVERLAPS."""
        file = self.triple
        if file.theirs is None and file.base is not None:
            return GONE if file.ours is not None else EQUAL
        if not file.conflicted and file.merged == file.theirs and not self.mode_only:
            found = EQUAL
        elif not file.conflicted and self.adds_nothing:
            found = SAME_CODE
        elif self.contained:
            found = CONTAINED
        elif not file.conflicted:
            found = CLEAN
        elif self.refined is None or self.refined.content is None:
            found = OVERLAPS
        else:
            found = CONTAINED if self.refined.content == file.theirs else REFINED
        return TWIN if found in IN_RELEASE and self.unpatched is not None else found

    @cached_property
    def refined(self) -> Refined | None:
        """The merge of a file that git could not merge; None where there is nothing to merge by lines."""
        file = self.triple
        if not file.conflicted or self.binary or file.base is None or file.ours is None or file.theirs is None:
            return None
        return refine(file.base, file.ours, file.theirs)

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
        return self.comments_only and not self.binary and not self.mode_only

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
        """Of the added lines those that the vendor has gained too, at most as often as the patch adds them."""
        if self.binary:
            return Counter()
        found = sum((self.search.gained(change) for change in self.patch_changes), start=Counter[bytes]())
        # A line that moves within the patch is none that it adds.
        return found & self.added

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
    def search(self) -> Search:
        """Where the new release has the patch's changes."""
        return Search(self.base, self.ours, self.theirs, self.vendor_old)

    @cached_property
    def patch_changes(self) -> list[Change]:
        """What the patch changes, in counted lines."""
        return changes(self.base.texts, self.ours.texts, align(self.base.texts, self.ours.texts))

    @cached_property
    def contained(self) -> bool:
        """Whether the new release has every change of the patch at the place where the patch makes it."""
        file = self.triple
        if self.binary or file.theirs is None or file.ours is None or not self.patch_changes:
            return False
        return all(self.search.find(change) is not None for change in self.patch_changes)

    @cached_property
    def proofs(self) -> int:
        """How many changes with lines of their own, written by a person, the new release has."""
        found = [self.search.find(change) for change in self.patch_changes if change.new_start < change.new_end]
        return sum(one is not None and one.form != BUILT for one in found)

    @cached_property
    def words(self) -> tuple[int, int]:
        """How many names and texts the patch brings to the file, and how many of them the vendor to its functions."""
        if self.binary:
            return 0, 0
        new = telling_tokens(self.ours.texts) - telling_tokens(self.base.texts) - telling_tokens(self.vendor_old.texts)
        if not new:
            return 0, 0
        scopes = {self.base.scope(change.old_start) for change in self.patch_changes}
        scopes |= {self.ours.scope(change.new_start) for change in self.patch_changes}
        scopes = {self.search.renames.get(scope, scope) for scope in scopes}
        near = [text for at, text in enumerate(self.theirs.texts) if self.theirs.scope(at) in scopes]
        return len(new), len(new & telling_tokens(near))

    @cached_property
    def novel(self) -> tuple[int, int]:
        """How many distinctive lines the patch adds that the old file has nowhere, and how many the new one has."""
        if self.binary or self.triple.theirs is None:
            return 0, 0
        new = [text for text in self.added if not self.base.counts[text] and not self.vendor_old.counts[text]]
        return len(new), sum(self.theirs.counts[text] > 0 for text in new)

    @cached_property
    def replaced(self) -> bool:
        """Whether the patch takes lines away of which the release has none, in no form."""
        if not self.removed or self.still_there:
            return False
        removed = [code_tokens([text]) for text in self.removed]
        return not any(code_tokens([text]) in removed for text in self.theirs.texts if not self.base.counts[text])

    @cached_property
    def resembled(self) -> int:
        """How many distinctive lines of the patch the release has not gained, but has one much like it in its place."""
        if self.binary:
            return 0
        return sum(self._resembled(change) for change in self.patch_changes)

    def _resembled(self, change: Change) -> int:
        start, end = self.search.region(change)
        new = _comparable(text for text in self.theirs.texts[start:end] if not self.base.counts[text])
        before = _comparable(self.base.texts[slice(*self.search.base_region(change))])
        # A line that the vendor has made of one of his own is none of ours.
        fresh = [(text, max((likeness(text, old) for old in before), default=0.0)) for text in new]
        added = self.ours.texts[change.new_start : change.new_end]
        missing = _comparable(text for text in added if self.added[text] and not self.gained[text])
        return sum(
            any(likeness(text, other) >= max(_RESEMBLES, own + 0.01) for other, own in fresh) for text in missing
        )

    @cached_property
    def unpatched(self) -> int | None:
        """The number of a line in the new release from which on a place does not look as the patch leaves it.

        Looked for in functions of the same name: two functions that are alike let git take the fix of one for the fix
        of the other.
        """
        for change in () if self.binary else self.patch_changes:
            found = self.search.find(change)
            if found is not None and found.form != EXACT:
                continue  # it was looked for where it belongs
            scope = self.base.scope(change.old_start)
            left = self.search.find_unchanged(change, scope) if self._telling(change) else None
            if left is not None:
                return self.theirs.numbers[left]
            home = self.theirs.declared.get(scope)
            if home and self._lacks(change, scope):
                return self.theirs.numbers[home[0]]
            if change.new_start == change.new_end and (moved := self._moved(change)) is not None:
                return self.theirs.numbers[moved]
        return None

    def _moved(self, change: Change) -> int | None:
        """The index of a line that the patch takes away, and that the vendor has only put elsewhere."""
        removed = self.base.texts[change.old_start : change.old_end]
        kept = (
            text
            for text in filter(is_distinctive, removed)
            if self.theirs.counts[text] >= self.base.counts[text] > self.ours.counts[text]
        )
        return next((self.theirs.texts.index(text) for text in kept), None)

    def _lacks(self, change: Change, scope: bytes) -> bool:
        """Whether a telling line of the change has not come to the function of that name, or not gone from it."""
        for text in self._telling(change):
            base, ours, theirs = (len(side.find((text,), scope)) for side in (self.base, self.ours, self.theirs))
            if (theirs <= base and theirs < ours) or (theirs >= base and theirs > ours):
                return True
        return False

    def _telling(self, change: Change) -> set[bytes]:
        """The changed lines to ask for: the distinctive ones, else all that are more than punctuation."""
        scope = self.base.scope(change.old_start)
        lines = {
            *texts_of(self.base, change.old_start, change.old_end, scope),
            *texts_of(self.ours, change.new_start, change.new_end, scope),
        }
        return set(filter(is_distinctive, lines)) or set(filterfalse(is_punctuation, lines))

    def line_of(self, text: bytes) -> int | None:
        """The number of a line in the new release, of a gained one if there is one."""
        known = {at for at in self.search.partner if at >= 0}
        found = [at for at, line in enumerate(self.theirs.texts) if line == text]
        best = next((at for at in found if at not in known), found[0] if found else None)
        return None if best is None else self.theirs.numbers[best]


def _comparable(lines: Iterable[bytes]) -> list[bytes]:
    """The first lines, none of them so long that comparing them takes its time."""
    return list(islice((line for line in lines if len(line) <= _LONGEST_COMPARED), _MOST_COMPARED))


def _surplus(side: Lines, other: Lines) -> Counter[bytes]:
    more = side.counts - other.counts
    return Counter({text: count for text, count in more.items() if is_distinctive(text)})
