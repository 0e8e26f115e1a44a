"""The sentences that tell a person why a verdict was given, with file and line of the new release."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice

from plugwatch.model.patches.names import show, show_path
from plugwatch.model.verdicts.align import Change, align, changes
from plugwatch.model.verdicts.content import IN_RELEASE, Content, FileTriple
from plugwatch.model.verdicts.lines import even, is_distinctive
from plugwatch.model.verdicts.merge import Block, settle
from plugwatch.model.verdicts.search import BUILT, EXACT, FORM, MOVED

_LINES_A_FILE = 3
_OVERLAPS_A_FILE = 2


def say_gone(content: Content) -> str:
    """Why a patch without its file has to stop."""
    return f"{_at(content)}: the release has neither this file nor one that it was renamed to; the patch has no place"


def say_twin(content: Content) -> str:
    """Why a patch that the release seems to have is not dropped."""
    place = _at(content, content.unpatched)
    return (
        f"{place}: this place does not have the patch, though the release has its lines; a twin of it may have got them"
    )


def say_equal(content: Content) -> str:
    """That merging leaves the release's file as it is."""
    if content.triple.theirs is None:
        return f"{_at(content)}: the release has deleted this file, as the patch does"
    for change in content.patch_changes:
        found = content.search.find(change)
        added = content.ours.texts[change.new_start : change.new_end]
        if found is not None and added:
            line = content.line_of(_telling(added))
            return (
                f"{_at(content, line)}: the release already contains '{show(_telling(added))}'; merging changes nothing"
            )
    return f"{_at(content)}: the release already contains the change; merging changes nothing"


def say_gained(content: Content) -> list[str]:
    """The lines of the patch that the release has gained, the first few with their places."""
    said = [
        f"{_at(content, content.line_of(text))}: the release has gained '{show(text)}', which the patch adds"
        for text in islice(content.gained, _LINES_A_FILE)
    ]
    more = content.gained.total() - len(said)
    return [*said, f"{_at(content)}: it has gained {more} more of the patch's lines"] if more > 0 and said else said


def say_leftover(content: Content) -> str:
    """What a dropped patch does not bring into the release: it is not code."""
    return f"{_at(content)}: of this file's change only white space, blank lines or comments are not in the release"


def say_carried(content: Content) -> str:
    """What the release still lacks."""
    file = content.triple
    if file.ours is None:
        return f"{_at(content)}: the release still has this file, which the patch deletes"
    if file.theirs is None:
        return f"{_at(content)}: the release does not have this file, which the patch adds"
    if content.mode_only:
        return f"{_at(content)}: the patch changes the file's mode only, which its content cannot tell"
    if content.binary or content.quiet or not content.patch_changes:
        what = "the file as a whole" if content.binary else "white space, blank lines or comments only"
        return f"{_at(content)}: the patch changes {what}, and merges cleanly"
    change = next((c for c in content.patch_changes if not _is_gained(content, c)), content.patch_changes[0])
    added = content.ours.texts[change.new_start : change.new_end]
    removed = content.base.texts[change.old_start : change.old_end]
    place = _at(content, _line_at(content.theirs.numbers, content.search.region(change)[0]))
    if added:
        return f"{place}: here the release lacks '{show(_telling(added))}', which the patch adds; it merges cleanly"
    return f"{place}: the release still has '{show(_telling(removed))}', which the patch removes; it merges cleanly"


def _is_gained(content: Content, change: Change) -> bool:
    added = content.ours.texts[change.new_start : change.new_end]
    return bool(added) and _telling(added) in content.gained


def say_overlap(content: Content) -> list[str]:
    """Where the patch and the release have changed the same lines, with the first line of either side."""
    file = content.triple
    if file.base is None or file.ours is None or file.theirs is None or content.binary:
        return [f"{_at(content)}: {_whole_file_reason(file)}"]
    if _has_crlf(file.base) != _has_crlf(file.theirs):
        return [f"{_at(content)}: the release has other line ends (CRLF or LF) than before, so no line can be merged"]
    base, our_lines, their_lines = (side.split(b"\n") for side in (file.base, file.ours, file.theirs))
    our_changes = changes(base, our_lines, align(base, our_lines))
    their_changes = changes(base, their_lines, align(base, their_lines))
    pairs = [(a, b) for a in our_changes for b in their_changes if _touch(a, b)]
    said = [
        f"{_at(content, their.new_start + 1)}: the patch and the release change the same lines; {_both(ours, theirs)}"
        for our, their in pairs
        for ours, theirs in [(_block(our_lines, our), _block(their_lines, their))]
        if ours != theirs
    ]
    more = len(said) - _OVERLAPS_A_FILE
    if more > 0:
        said[_OVERLAPS_A_FILE:] = [f"{_at(content)}: {more} more places overlap in this file"]
    return said or [f"{_at(content)}: git cannot merge this file; the patch and the release change lines side by side"]


def say_found(content: Content) -> list[str]:
    """How the release has each change of the patch, the first few."""
    said = []
    for change in content.patch_changes:
        found = content.search.find(change)
        added = content.ours.texts[change.new_start : change.new_end]
        if found is None or not added:
            continue
        line = _telling(added)
        place = _at(content, content.line_of(line) or _line_at(content.theirs.numbers, found.at))
        said.append(f"{place}: the release {_HOW[found.form]} '{show(line)}', which the patch adds")
    if not said:
        return [f"{_at(content)}: the release has removed what the patch removes"]
    more = len(said) - _LINES_A_FILE
    return [
        *said[:_LINES_A_FILE],
        *([f"{_at(content)}: so it has {more} more changes of the patch"] if more > 0 else []),
    ]


_HOW = {
    EXACT: "already contains",
    MOVED: "contains elsewhere",
    FORM: "contains in another form",
    BUILT: "contains in its built form",
}


def say_missing(content: Content) -> list[str]:
    """What of a patch the release has not in its words: our line, and the one that stands in its place."""
    if content.triple.theirs is None or content.binary:
        return []
    said = []
    for change in content.patch_changes:
        added = [line for line in content.ours.texts[change.new_start : change.new_end] if not content.gained[line]]
        added = [line for line in added if is_distinctive(line)]
        if not added or content.search.find(change) is not None:
            continue
        start, end = content.search.region(change)
        place = _at(content, _line_at(content.theirs.numbers, start))
        near = get_close_matches(
            _words(added[0]), {_words(line): None for line in content.theirs.texts[start : min(end, start + 200)]}, n=1
        )
        instead = (
            f"has '{show(near[0].encode('utf-8', 'surrogateescape'))}' in its place" if near else "has no such line"
        )
        said.append(f"{place}: the patch adds '{show(added[0])}', the release {instead}")
    return said[:_LINES_A_FILE]


def _words(line: bytes) -> str:
    return line[:500].decode("utf-8", "surrogateescape")


def say_refined(content: Content) -> list[str]:
    """What a finer merge than git's has put together, for a person to look at."""
    if content.refined is None:
        return []
    if not content.refined.settled:
        return [f"{_at(content)}: the vendor has changed lines beside those of the patch; none of them is the same"]
    return [
        f"{_at(content)}: both have changed '{show(_telling([even(line) for line in block.base]))}', "
        f"in different words; together they are '{show(_telling(_put_together(block)))}'"
        for block in content.refined.settled[:_LINES_A_FILE]
    ]


def _put_together(block: Block) -> list[bytes]:
    """The lines that the merge of a block has made, which neither side has; all of them where it made none."""
    _kind, lines = settle(block)
    return [even(line) for line in lines if line not in (*block.ours, *block.theirs)] or [*map(even, lines)]


def say_guard(contents: Sequence[Content]) -> list[str]:
    """Why a patch is neither dropped nor put in: what of it the release has."""
    gained = sum(content.gained.total() for content in contents)
    added = sum(content.added.total() for content in contents)
    total, shared = (sum(content.words[at] for content in contents) for at in (0, 1))
    if not gained and not shared and any(content.replaced for content in contents):
        head = "What the patch takes away is not in the release any more; the vendor may have mended it in his own way"
    elif gained == added and any(content.state not in IN_RELEASE and not content.gained for content in contents):
        head = f"The release has part of it: it has gained all {added} distinctive lines of the patch, but not the rest"
    elif gained == added:
        head = f"Merging would put the fix in twice: the release has gained all {added} distinctive lines of the patch"
    else:
        head = (
            f"The release has part of it: it has gained {gained} of the {added} distinctive lines of the patch, "
            f"and {shared} of the {total} names and texts that it adds"
        )
    return [head, *(line for content in contents for line in say_gained(content))]


def say_declared(content: Content, name: bytes) -> str:
    """A function or class that a merge would declare a second time."""
    return f"{_at(content)}: the release has a new '{show(name)}' of its own, so merging would declare it twice"


def say_in_form(content: Content) -> str:
    """A merge that would put in again what stands elsewhere in other words."""
    return f"{_at(content)}: the vendor has added what the patch adds at another place, in another form"


def say_vanished(content: Content, name: bytes) -> str:
    """A name that the patch rests on."""
    return f"{_at(content)}: the patch uses '{show(name)}', which the release does not have there any more"


def _at(content: Content, line: int | None = None) -> str:
    name = show_path(content.triple.name)
    return name if line is None else f"{name}:{line}"


def _telling(texts: Sequence[bytes]) -> bytes:
    """The line of a block that says most: the first distinctive one, else the first."""
    return next(filter(is_distinctive, texts), texts[0])


def _line_at(numbers: Sequence[int], at: int) -> int | None:
    return numbers[min(at, len(numbers) - 1)] if numbers else None


def _block(lines: Sequence[bytes], change: Change) -> list[bytes]:
    return [text for line in lines[change.new_start : change.new_end] if (text := even(line))]


def _touch(ours: Change, theirs: Change) -> bool:
    return ours.old_start <= theirs.old_end and theirs.old_start <= ours.old_end


def _both(ours: list[bytes], theirs: list[bytes]) -> str:
    """The first line on either side that the other one does not have."""
    only_ours = [text for text in ours if text not in theirs] or ours
    only_theirs = [text for text in theirs if text not in ours] or theirs
    patch = f"has '{show(_telling(only_ours))}'" if only_ours else "removes them"
    release = f"has '{show(_telling(only_theirs))}'" if only_theirs else "has removed them"
    return f"the patch {patch}, the release {release}"


def _has_crlf(content: bytes) -> bool:
    return content.count(b"\r\n") * 2 > content.count(b"\n")


def _whole_file_reason(file: FileTriple) -> str:
    if file.ours is None:
        return "the patch deletes this file, and the release has changed it"
    if file.base is None:
        return "the patch adds this file, and the release has one of its own with other content"
    return "the file is not text, and both the patch and the release have changed it"
