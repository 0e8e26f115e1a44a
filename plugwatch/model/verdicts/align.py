"""Which lines of one text are which lines of another: a patience diff.

Lines that occur once on both sides hold the texts together (Bram Cohen's idea,
https://bramcohen.livejournal.com/73318.html), so that a changed function is compared with itself and not with its twin;
what is left between two of them is small enough for difflib.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# difflib's time grows with the product of both lengths; past it a stretch counts as replaced as a whole.
_LARGEST_PRODUCT = 100_000


@dataclass(frozen=True)
class Change:
    """Lines ``old[old_start:old_end]`` have become ``new[new_start:new_end]``; either can be empty."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def align(old: Sequence[bytes], new: Sequence[bytes]) -> list[int]:
    """For each old line the index of the same line in the new text, or -1; indexes only ever rise."""
    partner = [-1] * len(old)
    pending = [(0, len(old), 0, len(new))]
    while pending:
        old_start, old_end, new_start, new_end = pending.pop()
        while old_start < old_end and new_start < new_end and old[old_start] == new[new_start]:
            partner[old_start] = new_start
            old_start, new_start = old_start + 1, new_start + 1
        while old_start < old_end and new_start < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
            partner[old_end] = new_end
        if old_start == old_end or new_start == new_end:
            continue
        anchors = _anchors(old[old_start:old_end], new[new_start:new_end])
        if not anchors:
            _align_small(old[old_start:old_end], new[new_start:new_end], partner, old_start, new_start)
            continue
        for left, right in zip(
            [(-1, -1), *anchors], [*anchors, (old_end - old_start, new_end - new_start)], strict=True
        ):
            if left[0] >= 0:
                partner[old_start + left[0]] = new_start + left[1]
            pending.append(
                (old_start + left[0] + 1, old_start + right[0], new_start + left[1] + 1, new_start + right[1])
            )
    return partner


def changes(old: Sequence[bytes], new: Sequence[bytes], partner: Sequence[int]) -> list[Change]:
    """The changes between the lines that :func:`align` has paired, in order."""
    found = []
    old_at = new_at = 0
    for old_next, new_next in [*((i, j) for i, j in enumerate(partner) if j >= 0), (len(old), len(new))]:
        if old_next > old_at or new_next > new_at:
            found.append(Change(old_at, old_next, new_at, new_next))
        old_at, new_at = old_next + 1, new_next + 1
    return found


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """The longest rising row of pairs of lines that are unique in both stretches."""
    old_counts, new_counts = Counter(old), Counter(new)
    place = {line: at for at, line in enumerate(new) if new_counts[line] == 1}
    pairs = [(at, place[line]) for at, line in enumerate(old) if old_counts[line] == 1 and line in place]
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_old_at, new_at) in enumerate(pairs):
        length = bisect_left(tails, new_at)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [new_at]
        ends[length : length + 1] = [index]
    row = []
    index = ends[-1] if ends else -1
    while index >= 0:
        row.append(pairs[index])
        index = before[index]
    return row[::-1]


def _align_small(old: Sequence[bytes], new: Sequence[bytes], partner: list[int], old_at: int, new_at: int) -> None:
    if len(old) * len(new) > _LARGEST_PRODUCT:
        return
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            partner[old_at + block.a + offset] = new_at + block.b + offset
