"""Whether a change of a file takes back what an earlier one did: the result is nearer to the file without it.

Whoever edits a copy that lacks a patch makes the same tree as somebody who takes the patch back; the tokens tell an
edit of patched lines, which is nobody's loss, from their removal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from plugwatch.model.verdicts.align import Change, align, changes
from plugwatch.model.verdicts.tokens import split_tokens

Lines = Sequence[bytes]

_WORD = re.compile(rb"[\w\x80-\xff]")


def distance(old: Lines, new: Lines) -> tuple[int, int, int]:
    """How far two stretches of lines are from each other: the words, the tokens and the lines that only one has.

    Words come first, for all code has brackets and semicolons in common.
    """
    one, other = (_tokens(lines) for lines in (old, new))
    words = _apart(*({token: n for token, n in side.items() if _WORD.search(token)} for side in (one, other)))
    return words, _apart(one, other), _apart(Counter(old), Counter(new))


def takes_back(before: bytes, patched: bytes, now: bytes, edited: bytes) -> bool:
    """Whether ``edited``, made from ``now``, undoes one of the changes that led from ``before`` to ``patched``.

    ``now`` is ``patched`` with later changes; what those have changed again is theirs. Lines that only moved are kept.
    """
    base, ours, tip, new = (content.split(b"\n") for content in (before, patched, now, edited))
    place = align(ours, tip)
    edits = changes(tip, new, align(tip, new))
    for change in changes(base, ours, align(base, ours)):
        added = ours[change.new_start : change.new_end]
        spot = _spot(change, place, len(tip))
        if spot is None or (added and _runs(added, new) >= _runs(added, tip)):
            continue
        touching = [edit for edit in edits if edit.old_start <= spot[1] and edit.old_end >= spot[0]]
        if touching and _is_undone(base[change.old_start : change.old_end], spot, touching, tip, new):
            return True
    return False


def _is_undone(removed: Lines, spot: tuple[int, int], edits: Sequence[Change], tip: Lines, new: Lines) -> bool:
    first, last = edits[0], edits[-1]
    start, end = min(spot[0], first.old_start), max(spot[1], last.old_end)
    result = new[first.new_start - (first.old_start - start) : last.new_end + end - last.old_end]
    without = [*tip[start : spot[0]], *removed, *tip[spot[1] : end]]
    return distance(without, result) < distance(tip[start:end], result)


def _spot(change: Change, place: Sequence[int], length: int) -> tuple[int, int] | None:
    """Where the lines that a change added are now, in one piece; where it only removed some, the point between."""
    found = place[change.new_start : change.new_end]
    if found:
        whole = found[0] >= 0 and list(found) == list(range(found[0], found[0] + len(found)))
        return (found[0], found[-1] + 1) if whole else None
    above = place[change.new_start - 1] if change.new_start else -1
    below = place[change.new_start] if change.new_start < len(place) else length
    is_known = change.new_start == 0 or above >= 0
    return (below, below) if is_known and below == above + 1 else None


def _runs(needle: Lines, lines: Lines) -> int:
    """How often some lines stand in a text in one piece."""
    size, first = len(needle), needle[0]
    return sum(line == first and lines[at : at + size] == needle for at, line in enumerate(lines))


def _tokens(lines: Lines) -> Counter[bytes]:
    return Counter(token for token in split_tokens(b"\n".join(lines)) if not token.isspace())


def _apart(one: Mapping[bytes, int], other: Mapping[bytes, int]) -> int:
    return sum(abs(one.get(key, 0) - other.get(key, 0)) for key in one.keys() | other.keys())
