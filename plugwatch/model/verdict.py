"""What a new release means for a patch that we carry.

Rules in order, for the patch as a whole and on contents alone; git only feeds them. A false ``landed`` loses a client's
fix in silence, so every rule that drops a patch asks for proof, and doubt is a ``conflict``. Three limits by intention:

- Content cannot see file modes: a file whose bytes the patch leaves alone never counts as landed.
- Line ends are white space to the rules that count lines, but bytes to git's merge. A release that turns all its line
  ends round is still recognised when it holds the fix; else it conflicts and the evidence says why.
- Similarity is never proof. A line that differs in one token is another line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from plugwatch.model.verdict_content import (
    CLEAN,
    CONTAINED,
    EQUAL,
    GONE,
    IN_RELEASE,
    OVERLAPS,
    TWIN,
    Content,
    FileTriple,
)
from plugwatch.model.verdict_evidence import (
    say_carried,
    say_declared,
    say_equal,
    say_gained,
    say_gone,
    say_guard,
    say_leftover,
    say_overlap,
    say_twin,
)

__all__ = ["CONFIDENCES", "VERDICTS", "FileTriple", "Judgement", "judge"]

VERDICTS = ("carried", "landed", "landed-variant", "would-double", "conflict")

# What a verdict rests on: the bytes of git's merge, the lines that count, or nothing that a program may decide.
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class Judgement:
    """A verdict of VERDICTS, full sentences that show why, one of CONFIDENCES, and whether the patch may be dropped."""

    verdict: str
    evidence: tuple[str, ...]
    confidence: str
    drop: bool = False


def judge(files: Sequence[FileTriple]) -> Judgement:
    """The verdict on one patch, from all its files: each in the versions that the merge sees.

    Patches of a stack are judged bottom first, each against the release with what is kept so far.
    """
    if not files:
        return _stop(["the patch changes no file, so nothing can be said of it"])
    contents = tuple(Content(file) for file in files)
    return next(found for rule in _RULES if (found := rule(contents)) is not None)


_Contents = tuple[Content, ...]


def _file_gone(contents: _Contents) -> Judgement | None:
    gone = [content for content in contents if content.state == GONE]
    return _stop([say_gone(content) for content in gone]) if gone else None


def _twin_may_have_it(contents: _Contents) -> Judgement | None:
    twins = [content for content in contents if content.state == TWIN]
    return _stop([say_twin(content) for content in twins]) if twins else None


def _merge_changes_nothing(contents: _Contents) -> Judgement | None:
    if any(content.state != EQUAL for content in contents):
        return None
    return Judgement("landed", tuple(map(say_equal, contents)), "high", drop=True)


def _content_is_there(contents: _Contents) -> Judgement | None:
    """The release has all code of the patch, though the merge conflicts or white space and comments are left over.

    A patch that only removes lines proves nothing by their absence where the merge conflicts.
    """
    if any(content.state not in IN_RELEASE and not content.quiet for content in contents):
        return None
    gained = sum(content.gained.total() for content in contents)
    added = sum(content.added.total() for content in contents)
    removed = sum(content.removed.total() for content in contents)
    if not gained and (added or not removed):
        return None
    evidence = [
        sentence
        for content in contents
        for sentence in ([say_leftover(content)] if content.quiet else _say_clean(content))
    ]
    return Judgement("landed", tuple(evidence), "medium", drop=True)


def _overlap(contents: _Contents) -> Judgement | None:
    """Somebody has to merge; what the release has gained of the patch is told along."""
    if not any(content.state in (OVERLAPS, CONTAINED) for content in contents):
        return None
    evidence = [sentence for content in contents if content.state == OVERLAPS for sentence in say_overlap(content)]
    rest = [sentence for content in contents if content.state != OVERLAPS for sentence in _say_clean(content)]
    gained = [sentence for content in contents if content.state == OVERLAPS for sentence in say_gained(content)]
    return _stop(evidence + gained + rest)


def _put_in_twice(contents: _Contents) -> Judgement | None:
    """A clean merge of a patch that the vendor has taken, at least half of it, at another place."""
    declared = [sentence for content in contents for sentence in say_declared(content)]
    gained = sum(content.gained.total() for content in contents)
    added = sum(content.added.total() for content in contents)
    if gained and gained * 2 >= added:
        return _stop([*say_guard(contents), *declared])
    return _stop(declared) if declared else None


def _merges_cleanly(contents: _Contents) -> Judgement | None:
    return Judgement("carried", tuple(sentence for content in contents for sentence in _say_clean(content)), "high")


def _say_clean(content: Content) -> list[str]:
    """What became of a file that needs no hand."""
    if content.state == CLEAN:
        return [say_carried(content)]
    return [say_equal(content)] if content.state == EQUAL else say_gained(content) or [say_leftover(content)]


# The first rule with an answer decides; the last one always has one. Finer verdicts are rules of their own, set before
# the one that they split.
_RULES: tuple[Callable[[_Contents], Judgement | None], ...] = (
    _file_gone,
    _twin_may_have_it,
    _merge_changes_nothing,
    _content_is_there,
    _overlap,
    _put_in_twice,
    _merges_cleanly,
)


def _stop(evidence: Sequence[str]) -> Judgement:
    return Judgement("conflict", tuple(evidence), "low")
