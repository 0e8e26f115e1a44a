"""Where a new release has what a change of a patch makes: in the very lines, moved, or in another form.

A place is known by what stands around it: the lines between which the change was made, the function that it is in, the
lines above it. The same lines in another place prove nothing, for a twin of the function may have got them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from plugwatch.model.verdicts.align import Change, align
from plugwatch.model.verdicts.forms import (
    Renames,
    Stretch,
    depth_of,
    find_form,
    find_renames,
    has_built_words,
    is_same_code,
)
from plugwatch.model.verdicts.lines import Lines, is_distinctive, is_method, is_punctuation
from plugwatch.model.verdicts.tokens import code_tokens, count_runs, find_run, is_telling

# How the release has a change. MOVED: elsewhere in the file, in a declaration of that name, below the same lines as
# before, or as one large block. FORM: every token of it, written otherwise. BUILT: in a line that no person wrote, its
# words.
EXACT, MOVED, FORM, BUILT = "exact", "moved", "form", "built"
# A line that is longer comes out of a build tool.
_LONGEST_WRITTEN = 2000
_MOST_LINES_ABOVE = 4
_LARGE_BLOCK = 10
# A line that keeps this share of its names and texts is the same line, touched up.
_TOUCHED_UP = 0.75


@dataclass(frozen=True)
class Found:
    """A change in the new release: the index of a line there, and one of EXACT, MOVED, FORM and BUILT."""

    at: int
    form: str


class Search:
    """One file: the state that the patch sits on, the same with the patch, the new release, and the old one."""

    def __init__(self, base: Lines, ours: Lines, theirs: Lines, vendor_old: Lines) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self._old = vendor_old.counts
        self._found: dict[Change, Found | None] = {}

    @cached_property
    def partner(self) -> list[int]:
        """For each line of the base its index in the new release, or -1."""
        return align(self.base.texts, self.theirs.texts)

    @cached_property
    def renames(self) -> Renames:
        """Names that the vendor has changed throughout the file."""
        return find_renames(self.base, self.ours, self.theirs)

    def region(self, change: Change) -> tuple[int, int]:
        """The stretch of the new release between the lines around a change, as far as they are still there."""
        above = next((self.partner[at] + 1 for at in range(change.old_start - 1, -1, -1) if self.partner[at] >= 0), 0)
        below = (self.partner[at] for at in range(change.old_end, len(self.partner)) if self.partner[at] >= 0)
        return above, next(below, len(self.theirs.texts))

    def base_region(self, change: Change) -> tuple[int, int]:
        """The stretch of the base in whose place :meth:`region` stands in the new release."""
        above = next((at + 1 for at in range(change.old_start - 1, -1, -1) if self.partner[at] >= 0), 0)
        below = (at for at in range(change.old_end, len(self.partner)) if self.partner[at] >= 0)
        return above, next(below, len(self.base.texts))

    def find(self, change: Change) -> Found | None:
        """Where the new release has what the change makes, and how; None where it has not."""
        if change not in self._found:
            self._found[change] = self._look(change)
        return self._found[change]

    def _look(self, change: Change) -> Found | None:
        added = self.ours.texts[change.new_start : change.new_end]
        if not added:
            return self._find_removal(change)
        if not self._is_still_there(change):
            if (at := self._find_lines(change)) is not None and self._has_come(change):
                untouched = not self._is_touched_up(change, self._left(change))
                return Found(at, EXACT) if untouched and not self._is_deeper(change, at) else None
            if (found := self._find_form(change)) is not None:
                return found
        if not self._has_gone(change) or self._is_touched_up(change, self._left(change)):
            return None
        if declared_in(self.ours, change.new_start, change.new_end) - self.base.declared.keys():
            return self._find_declared(change)
        at = self._find_moved(change)
        at = self._find_block(change) if at is None else at
        return None if at is None else Found(at, MOVED)

    def _removed(self, change: Change) -> Counter[bytes]:
        """The lines that a change takes away for good, brackets apart."""
        before = Counter(self.base.texts[change.old_start : change.old_end])
        removed = before - Counter(self.ours.texts[change.new_start : change.new_end])
        return Counter({text: count for text, count in removed.items() if not is_punctuation(text)})

    def _left(self, change: Change) -> Counter[bytes]:
        """The lines at the place of a change that are not those which it brings."""
        here = Counter(self.theirs.texts[slice(*self.region(change))])
        return here - Counter(self.ours.texts[change.new_start : change.new_end])

    def _is_still_there(self, change: Change) -> bool:
        """Whether the place of a change still has something that it takes away."""
        left = self._left(change)
        return any(left[text] for text in self._removed(change))

    def _is_touched_up(self, change: Change, left: Iterable[bytes]) -> bool:
        """Whether the vendor has kept, in other words or beside others, a line that the change takes away."""
        fresh = [text for text in left if not self.base.counts[text] and not is_punctuation(text)]
        for tokens in (code_tokens([text]) for text in self._removed(change)):
            words = set(filter(is_telling, tokens))
            for there in (code_tokens([text]) for text in fresh):
                if find_run(tokens, there) is not None:
                    return True
                if words and len(words & set(there)) >= _TOUCHED_UP * len(words):
                    return True
        return False

    def _is_deeper(self, change: Change, at: int) -> bool:
        """Whether the vendor has put what the change brings into a block of his own, such as a condition."""
        start, _end = self.region(change)
        old_start, _old_end = self.base_region(change)
        there = depth_of(self.theirs.texts[start:at])
        return there > depth_of(self.base.texts[old_start : change.old_start])

    def _has_gone(self, change: Change) -> bool:
        """Whether what a change takes away has become rarer in the file by as much."""
        base, theirs = self.base.counts, self.theirs.counts
        return all(theirs[text] <= base[text] - count for text, count in self._removed(change).items())

    def _find_removal(self, change: Change) -> Found | None:
        start, end = self.region(change)
        if names := declared_in(self.base, change.old_start, change.old_end):
            return Found(start, MOVED) if names.isdisjoint(self.theirs.declared) else None
        # What is left between the lines around it is brackets, or the patch is not all there.
        return Found(start, EXACT) if all(map(is_punctuation, self.theirs.texts[start:end])) else None

    def _find_lines(self, change: Change) -> int | None:
        """The index at which the release has the changed lines as they are, in the same function."""
        start, end = self.region(change)
        context = 0 if any(map(is_distinctive, self.ours.texts[change.new_start : change.new_end])) else 1
        needle = self.ours.texts[max(change.new_start - context, 0) : change.new_end + context]
        scope = self.ours.scope(change.new_start)
        found = self.theirs.find(needle, scope)
        if len(self.theirs.declared.get(scope, ())) == 1 == len(self.ours.declared.get(scope, ())):
            return found[0] if found else None
        return next((at for at in found if start - len(needle) <= at <= end), None)

    def _has_come(self, change: Change) -> bool:
        """Whether the vendor has gained the change's distinctive lines."""
        added = Counter(filter(is_distinctive, self.ours.texts[change.new_start : change.new_end]))
        added = Counter({text: n for text, n in added.items() if self.ours.counts[text] > self.base.counts[text]})
        return added == self.gained(change)

    def gained(self, change: Change) -> Counter[bytes]:
        """Of a change's distinctive new lines those that the vendor has gained, at most as often as it brings them.

        A line that the old release has not got at all may have come anywhere in the file; any other one counts only
        where the change belongs, for it may have come for another reason.
        """
        added = Counter(filter(is_distinctive, self.ours.texts[change.new_start : change.new_end]))
        here = Counter(self.theirs.texts[slice(*self.region(change))])
        here -= Counter(self.base.texts[slice(*self.base_region(change))])
        theirs = self.theirs.counts
        found: Counter[bytes] = Counter()
        for text, count in added.items():
            known = max(self.base.counts[text], self._old[text])
            found[text] = min(
                count, self.ours.counts[text] - self.base.counts[text], here[text] if known else theirs[text]
            )
        return +found

    def _find_declared(self, change: Change) -> Found | None:
        """A function has its name once; wherever it stands, it is this one."""
        before = self.base.texts[change.old_start : change.old_end]
        added = self.ours.texts[change.new_start : change.new_end]
        lead = self.ours.texts[max(change.new_start - 1, 0) : change.new_start]
        lines = find_form(Stretch(before, added, self.base.texts, self.theirs.texts, lead), self.renames)
        if lines is None or not self._is_in_that_class(change.new_start, lines.start):
            return None
        return Found(lines.start, MOVED)

    def _is_in_that_class(self, ours: int, theirs: int) -> bool:
        """Whether a method stands in the class that the patch puts it into; a plain function stands in none."""
        if not is_method(self.ours.texts[ours]):
            return True
        home = self.ours.class_of(ours)
        return self.renames.get(home, home) == self.theirs.class_of(theirs)

    def _find_moved(self, change: Change) -> int | None:
        """The index at which the changed lines stand below the very lines that they stand below in the patch.

        These must stand once only, before and after, so that they cannot be those of another place.
        """
        for size in range(1, min(_MOST_LINES_ABOVE, change.old_start) + 1):
            above = self.base.texts[change.old_start - size : change.old_start]
            after = self.ours.texts[change.new_start - size : change.new_end]
            if not any(map(is_distinctive, above)) or not any(map(is_distinctive, after[size:])):
                continue
            found = self.theirs.find_all(after)
            if len(found) == 1 == len(self.base.find_all(above)) == len(self.theirs.find_all(above)):
                return found[0]
        return None

    def _find_block(self, change: Change) -> int | None:
        """The index at which a block stands that is too long to have come twice by chance, none of it known before."""
        block = self.ours.texts[change.new_start : change.new_end]
        telling = [text for text in block if is_distinctive(text)]
        if len(block) < _LARGE_BLOCK or any(self.base.counts[text] or self._old[text] for text in telling):
            return None
        found = self.theirs.find_all(block)
        if len(found) != 1:
            return None
        at = found[0]
        if _depth_in(self.theirs, at) > _depth_in(self.ours, change.new_start):
            return None
        twin = self.find_unchanged(change) is not None and not self._fits_there_only(change, range(at, at + len(block)))
        return None if twin else at

    def _fits_there_only(self, change: Change, there: range) -> bool:
        """Whether a block uses a variable of the function that it stands in now, and its own function has none such."""
        home, scope = self.base.scope(change.old_start), self.theirs.scope(there.start)
        around = {token for at in self.theirs.body(scope) if at not in there for token in self.theirs.variables(at)}
        own = {token for at in self.theirs.body(home) for token in self.theirs.variables(at)}
        return any(around & self.theirs.variables(at) - own for at in there)

    def find_unchanged(self, change: Change, scope: bytes | None = None) -> int | None:
        """The index at which the release has the lines that a change replaces, and those around them, as they were.

        Two places of one function may be alike; the more lines around them count, the better they are told apart.
        With a scope only what stands there counts.
        """
        for context in (1, 2, 3):
            start = max(change.old_start - context, 0)
            before, inside = self.base.texts[start : change.old_end + context], change.old_start - start
            if not any(map(is_distinctive, before)):
                continue
            left = [at for at in self.theirs.find_all(before) if scope in (None, self.theirs.scope(at + inside))]
            known = [at for at in self.ours.find_all(before) if scope in (None, self.ours.scope(at + inside))]
            if len(left) > len(known):
                return left[0]
        return None

    def _find_form(self, change: Change) -> Found | None:
        start, end = self.region(change)
        old_start, old_end = self.base_region(change)
        before = self.base.texts[change.old_start : change.old_end]
        added = self.ours.texts[change.new_start : change.new_end]
        old, new = self.base.texts[old_start:old_end], self.theirs.texts[start:end]
        ours = (*old[: change.old_start - old_start], *added, *old[change.old_end - old_start :])
        if any(len(line) > _LONGEST_WRITTEN for line in added):
            return Found(start, BUILT) if has_built_words(old, ours, new) else None
        if self._is_at_home(self.base.scope(old_start), start) and is_same_code(old, ours, new, self.renames):
            return Found(start, FORM)
        lead = self.ours.texts[max(change.new_start - 1, 0) : change.new_start]
        lines = find_form(Stretch(before, added, old, new, lead), self.renames)
        if lines is None:
            return None
        at = start + lines.start
        rest = [*new[: lines.start], *new[lines.stop :]]
        if not self._is_at_home(self.ours.scope(change.new_start), at) or self._is_touched_up(change, rest):
            return None
        return None if self._is_deeper(change, at) or self._keeps_more(change, ours, new) else Found(at, FORM)

    def _keeps_more(self, change: Change, ours: Sequence[bytes], theirs: Sequence[bytes]) -> bool:
        """Whether the release has, beside the change, more of what it takes away than the patch leaves there."""
        left, there = code_tokens(ours), code_tokens(theirs)
        return any(
            count_runs(removed, there) > count_runs(removed, left)
            for removed in (code_tokens([text]) for text in self._removed(change))
        )

    def _is_at_home(self, scope: bytes, at: int) -> bool:
        """Whether a line of the release stands in that function, or in the one that it has become."""
        return self.renames.get(scope, scope) == self.theirs.scope(at)


def _depth_in(side: Lines, at: int) -> int:
    """How deep a line stands in the blocks of its function."""
    return depth_of(side.texts[side.scope_start(at) : at])


def declared_in(side: Lines, start: int, end: int) -> set[bytes]:
    """The names of the functions and classes that a stretch of lines declares."""
    return {name for name, places in side.declared.items() if any(start <= at < end for at in places)}


def texts_of(side: Lines, start: int, end: int, scope: bytes) -> Sequence[bytes]:
    """The lines of a stretch that stand in that function itself, not in one that the stretch declares."""
    return [side.texts[at] for at in range(start, end) if side.scope(at) == scope]
