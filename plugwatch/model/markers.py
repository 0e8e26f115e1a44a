"""A file that a person has to merge, laid out with conflict markers, and what she has made of it.

Only what is left after the finer merge stands between markers; each side is shown with what was there before the patch
(the form that git calls diff3). Files that the release seems to have parts of get markers too, though they would merge:
nothing that may be in the release twice goes in unseen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from plugwatch.model.patches.names import show
from plugwatch.model.verdicts.align import align, changes
from plugwatch.model.verdicts.content import CONTAINED, TWIN, Content, FileTriple
from plugwatch.model.verdicts.doubts import declared_twice
from plugwatch.model.verdicts.lines import counted_lines, is_distinctive, is_punctuation
from plugwatch.model.verdicts.merge import Block, line_ends, merge_lines, settle
from plugwatch.model.verdicts.resolution import Resolution, block_key

# What became of a file: MERGED needs no hand, CONFLICT has markers, PROPOSED has remembered texts only in their place;
# GONE is not in the release any more, DELETED is what the patch deletes and the vendor has changed, BINARY is no text.
MERGED, CONFLICT, PROPOSED = "merged", "conflict", "proposed"
GONE, DELETED, BINARY = "gone", "deleted", "binary"

QUESTIONS = ("landed-variant", "would-double")

_MARK = re.compile(rb"\s*(?:(?:<{7}|\|{7}|>{7})(?:\s.*)?|={7}\s*)")
_WAY_OUT = re.compile(rb"\b(?:return|exit|die|wp_die|break|continue|throw)\b")
# So many lines on either side of a block must be as they were laid out, or nobody can tell what it became.
_BESIDE = 3
_LABELS = (b"<<<<<<< release ", b"||||||| before the patch", b">>>>>>> patch pw-")

Pieces: TypeAlias = "list[Sequence[bytes] | Block]"
Known: TypeAlias = "Callable[[str], Resolution | None]"
# The files in which a person's result differs from the release with what is kept so far: before and after, None where
# there is no such file.
Result: TypeAlias = "Mapping[str, tuple[bytes | None, bytes | None]]"


@dataclass(frozen=True)
class Labels:
    """What stands behind the markers: the version of the release; the id of the patch and its title."""

    release: str
    patch: str

    def lines(self) -> tuple[bytes, bytes, bytes, bytes]:
        """The four marker lines."""
        texts = (
            f"<<<<<<< release {self.release}",
            "||||||| before the patch",
            "=======",
            f">>>>>>> patch {self.patch}",
        )
        first, second, third, fourth = (show(text).encode("utf-8", "replace") for text in texts)
        return first, second, third, fourth


@dataclass(frozen=True)
class LaidBlock:
    """Where a block stands in the laid-out file: its first line, counted from 1, and how many there are.

    Between markers, or with the text of ``proposal`` in their place.
    """

    line: int
    lines: int
    key: str
    proposal: Resolution | None = None


@dataclass(frozen=True)
class LaidFile:
    """A file of the patch as it is laid out: its path in the component's folder, and what is to be done in it.

    ``moved_from`` is where the release has it, if the patch moves it.
    """

    path: str
    state: str
    blocks: tuple[LaidBlock, ...] = ()
    moved_from: str | None = None


@dataclass(frozen=True)
class Lost:
    """What the patch wants and the result has not: ``text`` is a sentence."""

    path: str
    text: str


def lay_out(
    files: Sequence[FileTriple], verdict: str, labels: Labels, known: Known
) -> list[tuple[LaidFile, bytes | None]]:
    """Each file of a patch that stops, with its content as a person gets it (None: it is not there).

    ``known`` finds the resolution of a block by its key.
    """
    contents = [Content(file) for file in files]
    asked = {content.triple.name for content in contents if _is_doubtful(content, verdict)}
    if verdict in QUESTIONS and not asked:
        asked = {content.triple.name for content in contents}
    return [_lay_out_file(content, labels, known, ask=content.triple.name in asked) for content in contents]


def _is_doubtful(content: Content, verdict: str) -> bool:
    """Whether the release may have the file's change, though it would merge."""
    if content.state in (CONTAINED, TWIN):
        return True
    return verdict in QUESTIONS and bool(content.gained or declared_twice(content) or content.words[1])


def _lay_out_file(content: Content, labels: Labels, known: Known, *, ask: bool) -> tuple[LaidFile, bytes | None]:
    file = content.triple
    if file.ours is None:
        asked = file.conflicted and file.theirs is not None
        return LaidFile(file.name, DELETED if asked else MERGED), file.theirs if asked else None
    if file.theirs is None and file.base is not None:
        return LaidFile(file.name, GONE), None
    if content.binary and file.theirs is not None and (file.conflicted or ask):
        return LaidFile(file.name, BINARY), file.theirs
    pieces = pieces_of(file, ask=ask)
    text, blocks = render(pieces, labels, line_ends(file.theirs or b""), known)
    filled = [block.proposal is not None for block in blocks]
    state = MERGED if not blocks else PROPOSED if all(filled) else CONFLICT
    return LaidFile(file.name, state, blocks), text


def pieces_of(file: FileTriple, *, ask: bool) -> Pieces:
    """A file of text in stretches that are settled and blocks that are not.

    With ``ask``, whatever a clean merge would change in the release is a block. There is a file with the patch; where
    the release has none, the patch adds it.
    """
    ours, theirs, base = file.ours or b"", file.theirs, file.base
    if theirs is None:
        return [ours.split(b"\n")]
    if file.conflicted and base is not None:
        return _three_way(base, ours, theirs)
    if file.conflicted:
        return _two_way(theirs, ours)
    merged = file.merged if file.merged is not None else theirs
    return _two_way(theirs, merged) if ask else [merged.split(b"\n")]


def _three_way(base: bytes, ours: bytes, theirs: bytes) -> Pieces:
    if (ends := line_ends(theirs)) and ends != line_ends(base):
        base, ours = (ends.join(side.replace(b"\r\n", b"\n").split(b"\n")) for side in (base, ours))
    pieces: Pieces = []
    for piece in merge_lines(*(side.split(b"\n") for side in (base, ours, theirs))):
        if isinstance(piece, Block):
            kind, lines = settle(piece)
            pieces.append(piece if kind == "left" else lines)
        else:
            pieces.append(piece)
    return pieces


def _two_way(theirs: bytes, other: bytes) -> Pieces:
    """Every difference between the release's file and another one as a block."""
    old, new = theirs.split(b"\n"), other.split(b"\n")
    pieces: Pieces = []
    at = 0
    for change in changes(old, new, align(old, new)):
        release = tuple(old[change.old_start : change.old_end])
        pieces.append(old[at : change.old_start])
        pieces.append(Block(change.old_start, release, tuple(new[change.new_start : change.new_end]), release))
        at = change.old_end
    return [*pieces, old[at:]]


def render(pieces: Pieces, labels: Labels, ends: bytes | None, known: Known) -> tuple[bytes, tuple[LaidBlock, ...]]:
    """The text with its markers, and where its blocks stand; a block with a known resolution gets that."""
    release, before, middle, patch = (mark + (b"\r" if ends == b"\r\n" else b"") for mark in labels.lines())
    lines: list[bytes] = []
    blocks = []
    for piece in pieces:
        if not isinstance(piece, Block):
            lines += piece
            continue
        key = block_key(piece)
        proposal = known(key)
        if proposal:
            text = proposal.lines_for(ends)
        else:
            text = [release, *piece.theirs, before, *piece.base, middle, *piece.ours, patch]
        blocks.append(LaidBlock(len(lines) + 1, len(text), key, proposal))
        lines += text
    return b"\n".join(lines), tuple(blocks)


# Reading it again


def resolved_blocks(laid: bytes, blocks: Sequence[LaidBlock], edited: bytes) -> list[tuple[bytes, ...] | None]:
    """What each block became; None where the lines beside it were changed too, so that nobody can tell."""
    old: list[bytes] = []
    places = []
    lines, at = laid.split(b"\n"), 0
    for block in blocks:
        old += lines[at : block.line - 1]
        places.append(len(old))
        old.append(b"\n%d" % len(old))  # no line of a file has a line feed in it
        at = block.line - 1 + block.lines
    old += lines[at:]
    new = edited.split(b"\n")
    partner = align(old, new)
    return [_between(partner, place, len(new), new) for place in places]


def _between(partner: Sequence[int], place: int, end: int, new: Sequence[bytes]) -> tuple[bytes, ...] | None:
    """The new lines at the place of one old line; None where one of the lines beside it has gone, or moved."""
    before = partner[max(0, place - _BESIDE) : place]
    after = partner[place + 1 : place + 1 + _BESIDE]
    start = before[-1] + 1 if before else 0
    stop = after[0] if after else end
    steady = [*before] == [*range(start - len(before), start)] and [*after] == [*range(stop, stop + len(after))]
    return tuple(new[start:stop]) if steady and all(to >= 0 for to in (*before, *after)) else None


def markers_left(content: bytes, file: FileTriple | None) -> list[int]:
    """The numbers of lines that look like a marker, or a part of one, more often than both sides have such lines.

    A heading in a text file may be underlined with seven equal signs.
    """
    allowed: Counter[bytes] = Counter()
    if file is not None:
        sides = (file.base, file.ours, file.theirs)
        base, ours, theirs = (Counter(text for _number, text in _marks(side or b"")) for side in sides)
        allowed = theirs + (ours - base)
    found = list(_marks(content))
    present = Counter(text for _number, text in found)
    return [number for number, text in found if present[text] > allowed[text]]


def _marks(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if _MARK.fullmatch(line) or any(label in line for label in _LABELS):
            yield number, line.strip()


def lost_lines(files: Sequence[FileTriple], result: Result) -> list[Lost]:
    """What of a patch a person's result has not: lines that it adds, and lines still there that it takes out.

    A line that went to another file is there. Only distinctive lines and those that lead out of a block are asked for,
    where the patch has any.
    """
    contents = [Content(file) for file in files]
    sided = [(content, *_changed(content)) for content in contents]
    telling = any(is_distinctive(text) for _content, added, removed in sided for text in (*added, *removed))
    found: list[Lost] = []
    for content, added, removed in sided:
        file = content.triple
        after = result[file.name][1] if file.name in result else file.theirs
        whole = _whole_file(content, after)
        if whole or content.binary or file.ours is None:
            found += [Lost(file.name, whole)] if whole else []
            continue
        counts = counted_lines(after, file.name, comments_too=content.comments_only).counts
        moved = _gained_elsewhere(result, file.name)
        theirs, base, ours = (side.counts for side in (content.theirs, content.base, content.ours))
        for text, number in added.items():
            lacking = theirs[text] + number - content.gained[text] - counts[text] - moved[text]
            if _asks(text, telling=telling) and lacking > 0:
                found.append(Lost(file.name, f"the patch adds '{show(text)}', and the result lacks it"))
        for text in removed:
            over = counts[text] - ours[text] - max(0, theirs[text] - base[text])
            if _asks(text, telling=telling) and over > 0:
                found.append(Lost(file.name, f"the patch takes out '{show(text)}', and the result has it"))
    return found


def _changed(content: Content) -> tuple[Counter[bytes], Counter[bytes]]:
    if content.binary:
        return Counter(), Counter()
    return content.ours.counts - content.base.counts, content.base.counts - content.ours.counts


def _asks(text: bytes, *, telling: bool) -> bool:
    """Whether a line is asked for: a way out is, however common, since a condition without it guards nothing."""
    return is_distinctive(text) or _WAY_OUT.search(text) is not None or not (telling or is_punctuation(text))


def _whole_file(content: Content, after: bytes | None) -> str | None:
    """What is wrong with a file that is more than its lines."""
    file = content.triple
    if file.ours is None:
        return "the patch deletes this file, and the result has it" if after is not None else None
    if file.theirs is not None and after is None:
        return "the release and the patch have this file, and the result lacks it"
    if content.binary and not content.mode_only and after == file.theirs and file.ours != file.theirs:
        return "the patch changes this file, which is no text, and the result has it as the release does"
    return None


def _gained_elsewhere(result: Result, path: str) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    for other, (before, after) in result.items():
        if other != path:
            found += counted_lines(after, other).counts - counted_lines(before, other).counts
    return found
