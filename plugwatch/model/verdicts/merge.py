"""A three-way merge of one file, for what git's own leaves as a conflict.

git stops where two changes lie side by side. Here they conflict only where they touch the same lines, or where their
order would be a guess; inside such a block the changed tokens are merged, as long as an untouched one stands between
the two sides. An insertion beside a change of the vendor's stays a conflict: the guess put a rule into the wrong CSS
block.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from plugwatch.model.verdicts.align import Change, align, changes
from plugwatch.model.verdicts.lines import is_punctuation
from plugwatch.model.verdicts.tokens import code_tokens, is_telling, likeness, split_tokens

# Of a stretch that keeps less than this share of its tokens nothing is left to merge with.
_SAME_CODE = 0.6
# The same of a line that begins with the same name.
_SAME_START = 0.5
# Tokens of a block; past it nobody could judge the result at a glance.
_LARGEST_BLOCK = 3000
_OPENING, _CLOSING, _FENCES = (b"(", b"[", b"{"), (b")", b"]", b"}"), (b",", b";", b"}")
_QUOTES = (b"'", b'"')


@dataclass(frozen=True)
class Block:
    """A stretch that both sides have changed, in the lines of each; ``start`` counts base lines from 0."""

    start: int
    base: tuple[bytes, ...]
    ours: tuple[bytes, ...]
    theirs: tuple[bytes, ...]


@dataclass(frozen=True)
class Refined:
    """What became of a file that git could not merge.

    ``content`` is the whole merge, None while ``left`` holds blocks that need a person. ``settled`` are the blocks that
    were merged token by token, ``contained`` those in which the release has the patch's text in another form.
    """

    content: bytes | None
    left: tuple[Block, ...] = ()
    settled: tuple[Block, ...] = ()
    contained: tuple[Block, ...] = ()


def refine(base: bytes, ours: bytes, theirs: bytes) -> Refined:
    """Merge what can be merged without a guess; ``ours`` is the base with the patch, ``theirs`` the new release.

    Where the release has turned all line ends round, the patch's are turned first.
    """
    if (ends := line_ends(theirs)) and ends != line_ends(base):
        base, ours = (ends.join(side.replace(b"\r\n", b"\n").split(b"\n")) for side in (base, ours))
    merged: list[bytes] = []
    kinds: dict[str, list[Block]] = {"left": [], "settled": [], "contained": []}
    for piece in merge_lines(*(side.split(b"\n") for side in (base, ours, theirs))):
        if not isinstance(piece, Block):
            merged += piece
            continue
        kind, lines = settle(piece)
        kinds[kind].append(piece)
        merged += lines
    return Refined(
        None if kinds["left"] else b"\n".join(merged),
        *(tuple(kinds[kind]) for kind in ("left", "settled", "contained")),
    )


def line_ends(content: bytes) -> bytes | None:
    """The line ends of a text; None where they are mixed, or where there are none."""
    unix, windows = content.count(b"\n"), content.count(b"\r\n")
    return b"\r\n" if unix == windows and unix else b"\n" if not windows and unix else None


def merge_lines(base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]) -> list[Sequence[bytes] | Block]:
    """The merge of three texts as stretches that are settled and blocks that are not, in order."""
    our_changes = changes(base, ours, align(base, ours))
    their_changes = changes(base, theirs, align(base, theirs))
    tweaked = {at for change in their_changes for at in _tweaked_borders(change, base, theirs)}

    def clash(our: Change, their: Change) -> bool:
        if our.old_start == our.old_end:
            if their.old_start == their.old_end:
                return _meet(_slide(our, base, ours), _slide(their, base, theirs)) and not _has_one_order(
                    ours[our.new_start : our.new_end], theirs[their.new_start : their.new_end]
                )
            if our.old_start in (their.old_start, their.old_end):
                return our.old_start not in tweaked
            return their.old_start < our.old_start < their.old_end
        if their.old_start == their.old_end:
            return our.old_start < their.old_start < our.old_end
        return our.old_start < their.old_end and their.old_start < our.old_end

    pieces = _weave((base, ours, theirs), our_changes, their_changes, clash)
    return [part for piece in pieces for part in (_smallest(piece) if isinstance(piece, Block) else (piece,))]


def merge_tokens(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """The merge of three short texts token by token.

    None where a side has written the text anew, so that the words left of it say something else; where the changes are
    not in two statements, arguments or items of their own; and where the vendor has added all that we add.
    """
    sides = [split_tokens(side) for side in (base, ours, theirs)]
    if max(map(len, sides)) > _LARGEST_BLOCK or min(likeness(base, ours), likeness(base, theirs)) < _SAME_CODE:
        return None
    our_changes, their_changes = (changes(sides[0], side, align(sides[0], side)) for side in sides[1:])

    def clash(our: Change, their: Change) -> bool:
        first, last = sorted((our, their), key=lambda change: change.old_end)
        between = sides[0][first.old_end : last.old_start]
        return not between or not (_are_apart(between) or is_blank(our, sides[1]) or is_blank(their, sides[2]))

    def is_blank(change: Change, side: Sequence[bytes]) -> bool:
        tokens = (*sides[0][change.old_start : change.old_end], *side[change.new_start : change.new_end])
        return all(token.isspace() for token in tokens)

    pieces = _weave((sides[0], sides[1], sides[2]), our_changes, their_changes, clash)
    if any(isinstance(piece, Block) for piece in pieces):
        return None
    merged = b"".join(token for piece in pieces if not isinstance(piece, Block) for token in piece)
    ours_new, theirs_new = (Counter(filter(is_telling, side)) - Counter(sides[0]) for side in sides[1:])
    has_ours = bool(ours_new) and ours_new <= theirs_new
    return None if has_ours and merged != theirs else merged


def _are_apart(between: Sequence[bytes]) -> bool:
    """Whether a row of tokens ends one statement, argument, item or attribute of a tag and begins another beside it."""
    depth, fences = 0, 0
    for before, token in zip((b"", *between), between, strict=False):
        depth += (token in _OPENING) - (token in _CLOSING)
        fences += depth == 0 and (token in _FENCES or (before == b"=" and token[:1] in _QUOTES))
        if depth < 0:
            return False
    return depth == 0 and fences > 0


def settle(block: Block) -> tuple[str, Sequence[bytes]]:
    """What becomes of a block: ``contained`` or ``settled`` with its lines, or ``left`` with none."""
    if code_tokens(block.ours) == code_tokens(block.theirs):
        return "contained", block.theirs
    rest = iter(block.ours)
    if all(line in rest for line in block.base):
        return "left", ()  # whole lines that were put beside a change: their order would be a guess
    merged = merge_tokens(*(b"\n".join(side) for side in (block.base, block.ours, block.theirs)))
    if merged is None:
        return "left", ()
    return "settled", merged.split(b"\n")


_Sides = tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]]


def _weave(
    sides: _Sides,
    our_changes: Sequence[Change],
    their_changes: Sequence[Change],
    clash: Callable[[Change, Change], bool],
) -> list[Sequence[bytes] | Block]:
    """Both sides' changes put into the base; ``clash(ours, theirs)`` says which two cannot both be had."""
    base, ours, theirs = sides
    pieces: list[Sequence[bytes] | Block] = []
    at = our_shift = their_shift = 0
    for our, their in _groups(our_changes, their_changes, clash):
        start = min(change.old_start for change in (*our, *their))
        end = max(change.old_end for change in (*our, *their))
        pieces.append(base[at:start])
        at = end
        our_growth, their_growth = sum(map(_growth, our)), sum(map(_growth, their))
        our_text = tuple(ours[start + our_shift : end + our_shift + our_growth])
        their_text = tuple(theirs[start + their_shift : end + their_shift + their_growth])
        our_shift, their_shift = our_shift + our_growth, their_shift + their_growth
        if not their or our_text == their_text:
            pieces.append(our_text)
        elif not our:
            pieces.append(their_text)
        else:
            pieces.append(Block(start, tuple(base[start:end]), our_text, their_text))
    return [*pieces, base[at:]]


def _smallest(block: Block) -> Iterator[Sequence[bytes] | Block]:
    """A block without the lines that only one side has changed; where all have as many, line answers to line."""
    rows = list(zip(block.base, block.ours, block.theirs, strict=False))
    if len({len(rows), len(block.base), len(block.ours), len(block.theirs)}) > 1:
        yield block
        return
    at = 0
    for clashing, group in groupby(rows, lambda row: row[0] not in row[1:] and row[1] != row[2]):
        base, ours, theirs = zip(*group, strict=True)
        if clashing:
            yield Block(block.start + at, base, ours, theirs)
        else:
            yield tuple(our if their == old else their for old, our, their in zip(base, ours, theirs, strict=True))
        at += len(base)


def _groups(
    our_changes: Sequence[Change], their_changes: Sequence[Change], clash: Callable[[Change, Change], bool]
) -> Iterator[tuple[list[Change], list[Change]]]:
    """Changes in the order of the base, those that clash together; at one place the vendor's insertion comes first."""
    both = [(change, True) for change in our_changes] + [(change, False) for change in their_changes]
    our: list[Change] = []
    their: list[Change] = []
    for change, mine in sorted(both, key=lambda pair: (pair[0].old_start, pair[0].old_end, pair[1])):
        met = any(clash(change, other) for other in their) if mine else any(clash(other, change) for other in our)
        if not met and (our or their):
            yield our, their
            our, their = [], []
        (our if mine else their).append(change)
    if our or their:
        yield our, their


def _growth(change: Change) -> int:
    return change.new_end - change.new_start - (change.old_end - change.old_start)


def _has_one_order(ours: Sequence[bytes], theirs: Sequence[bytes]) -> bool:
    """Whether two insertions at one place can only stand in one order, the vendor's first.

    Blank lines stand anywhere; an attribute belongs to the declaration below it, under the comment on that
    (https://www.php.net/manual/en/language.attributes.syntax.php).
    """
    written = [line.strip() for line in theirs if line.strip()]
    attributes = all(line.strip().startswith(b"#[") and line.strip().endswith(b"]") for line in ours)
    return not written or (attributes and written[-1].endswith(b"*/"))


def _slide(change: Change, base: Sequence[bytes], side: Sequence[bytes]) -> tuple[int, int]:
    """The first and the last place at which an insertion could stand with the same result.

    Who adds a function below another one adds its closing bracket, or the one of the function above.
    """
    text = side[change.new_start : change.new_end]
    first = last = change.old_start
    while first > 0 and base[first - 1] == text[(first - 1 - change.old_start) % len(text)]:
        first -= 1
    while last < len(base) and base[last] == text[(last - change.old_start) % len(text)]:
        last += 1
    return first, last


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _tweaked_borders(change: Change, base: Sequence[bytes], theirs: Sequence[bytes]) -> Iterator[int]:
    """The places beside lines that the vendor has touched up, not replaced; there the order of lines is no guess."""
    if change.old_start < change.old_end and change.old_end - change.old_start == change.new_end - change.new_start:
        if _is_tweak(base[change.old_start], theirs[change.new_start]):
            yield change.old_start
        if _is_tweak(base[change.old_end - 1], theirs[change.new_end - 1]):
            yield change.old_end


def _is_tweak(old: bytes, new: bytes) -> bool:
    """Whether a line is still the same one: it has all its names and texts, or begins as it did, or is a bracket."""
    if is_punctuation(old.strip()) and is_punctuation(new.strip()):
        return bool(old.strip()) and bool(new.strip())
    words = _words(old)
    if not words:
        return False
    return set(words) <= set(_words(new)) or (words[:1] == _words(new)[:1] and likeness(old, new) >= _SAME_START)


def _words(line: bytes) -> list[bytes]:
    return list(filter(is_telling, split_tokens(line)))
