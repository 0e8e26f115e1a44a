"""What a new release means for a patch that we carry.

Rules in order, for the patch as a whole and on contents alone; git only feeds them. A false ``landed`` loses a client's
fix in silence, so every rule that drops a patch asks for proof: each of its changes in the release, at its place, with
every token. What falls short of that but shares half of the patch is a question to a person; doubt is a ``conflict``.
Three limits by intention:

- Content cannot see file modes: a file whose bytes the patch leaves alone never counts as landed.
- Line ends are white space to the rules that count lines, but bytes to git's merge. A release that turns all its line
  ends round is still recognised when it holds the fix; else it conflicts and the evidence says why.
- Similarity is never proof. A line that differs in one token is another line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from plugwatch.model.verdicts.content import (
    CLEAN,
    CONTAINED,
    EQUAL,
    GONE,
    IN_RELEASE,
    OVERLAPS,
    REFINED,
    TWIN,
    Content,
    FileTriple,
)
from plugwatch.model.verdicts.doubts import came_in_form, declared_anew, declared_twice, vanished_names
from plugwatch.model.verdicts.evidence import (
    say_carried,
    say_declared,
    say_equal,
    say_found,
    say_gained,
    say_gone,
    say_guard,
    say_in_form,
    say_leftover,
    say_missing,
    say_overlap,
    say_refined,
    say_twin,
    say_vanished,
)

__all__ = ["CONFIDENCES", "VERDICTS", "FileTriple", "Judgement", "judge"]

VERDICTS = ("carried", "landed", "landed-variant", "would-double", "conflict")

# What a verdict rests on: the bytes of git's merge, what the rules found in the text, or nothing that may decide it.
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class Judgement:
    """A verdict of VERDICTS, full sentences that show why, one of CONFIDENCES, and whether the patch may be dropped.

    ``merged`` holds, by path in the new release, the files of a carried patch that git could not merge and a finer
    merge could. What a file alone cannot tell is for the caller to look up in the rest of the release: ``declares`` are
    the functions and classes that a carried patch brings, ``removes`` the lines whose absence is all that shows that a
    patch has landed.
    """

    verdict: str
    evidence: tuple[str, ...]
    confidence: str
    drop: bool = False
    merged: Mapping[str, bytes] = field(default_factory=dict)
    declares: tuple[bytes, ...] = ()
    removes: tuple[bytes, ...] = ()


def judge(files: Sequence[FileTriple]) -> Judgement:
    """The verdict on one patch, from all its files: each in the versions that the merge sees.

    Patches of a stack are judged bottom first, each against the release with what is kept so far.
    """
    if not files:
        return _stop(["the patch changes no file, so nothing can be said of it"])
    contents = tuple(Content(file) for file in files)
    return next(found for rule in _RULES if (found := rule(contents)) is not None)


# Names, texts or new lines that must be shared before they can say anything, however few the patch has.
_ENOUGH = 2

_Contents = tuple[Content, ...]


def _file_gone(contents: _Contents) -> Judgement | None:
    gone = [content for content in contents if content.state == GONE]
    return _stop([say_gone(content) for content in gone]) if gone else None


def _twin_may_have_it(contents: _Contents) -> Judgement | None:
    twins = [content for content in contents if content.state == TWIN]
    if not twins:
        return None
    evidence = [say_twin(content) for content in twins]
    gained, added = _shared_lines([content for content in contents if content.state != TWIN])
    return _ask("landed-variant", evidence) if added and gained * 2 >= added else _stop(evidence)


def _merge_changes_nothing(contents: _Contents) -> Judgement | None:
    if any(content.state != EQUAL for content in contents):
        return None
    adds = any(content.added for content in contents)
    removed = () if adds else tuple(text for content in contents for text in content.removed)
    return Judgement("landed", tuple(map(say_equal, contents)), "high", drop=True, removes=removed)


def _content_is_there(contents: _Contents) -> Judgement | None:
    """The release has all code of the patch, though the merge conflicts, or would put it in again or in another form.

    A patch that only removes lines proves nothing by their absence where the merge conflicts.
    """
    if any(content.state not in IN_RELEASE and not content.quiet for content in contents):
        return None
    added = sum(content.added.total() for content in contents)
    removed = sum(content.removed.total() for content in contents)
    searched = any(content.state == CONTAINED for content in contents)
    if not any(content.proofs for content in contents) and (searched or added or not removed):
        return None
    return Judgement(
        "landed", tuple(sentence for content in contents for sentence in _say(content)), "medium", drop=True
    )


def _half_is_there(contents: _Contents) -> Judgement | None:
    """The release shares half of the patch or more, but not all: only a person can tell whether that is the fix."""
    gained, added = _shared_lines(contents)
    merges = not any(content.state in (OVERLAPS, CONTAINED) for content in contents)
    if merges and all(content.state in IN_RELEASE or content.gained for content in contents) and gained == added:
        return None  # all of it is there, at another place
    total, shared = (sum(content.words[at] for content in contents) for at in (0, 1))
    novel, came = (sum(content.novel[at] for content in contents) for at in (0, 1))
    by_lines = (gained and gained * 2 >= added) or (came >= _ENOUGH and came * 2 >= novel)
    by_words = shared >= _ENOUGH and shared * 2 >= total
    if not by_lines and not by_words and (merges or not _resembles(contents)):
        return None
    missing = [sentence for content in contents for sentence in say_missing(content)]
    live = [say_carried(content) for content in contents if content.state == CLEAN and not content.gained]
    overlaps = [line for content in contents if content.state == OVERLAPS for line in say_overlap(content)]
    return _ask("landed-variant", [*say_guard(contents), *missing, *live, *_say_declared(contents), *overlaps])


def _resembles(contents: _Contents) -> bool:
    """Whether a release that overlaps with the patch may have it in other words.

    It has a third of its lines, or ones that differ in a word or two; or all that the patch takes away is gone.
    """
    gained, added = _shared_lines(contents)
    alike = sum(content.resembled for content in contents)
    if (gained + alike) * 3 >= added > 0 < gained + alike:
        return True
    removing = [content for content in contents if content.removed]
    return not added and bool(removing) and all(content.replaced for content in removing)


def _overlap(contents: _Contents) -> Judgement | None:
    """Somebody has to merge; what the release has gained of the patch is told along."""
    if not any(content.state in (OVERLAPS, CONTAINED) for content in contents):
        return None
    evidence = [sentence for content in contents if content.state == OVERLAPS for sentence in say_overlap(content)]
    rest = [sentence for content in contents if content.state != OVERLAPS for sentence in _say(content)]
    gained = [sentence for content in contents if content.state == OVERLAPS for sentence in say_gained(content)]
    return _stop(evidence + gained + rest)


def _put_in_twice(contents: _Contents) -> Judgement | None:
    """A merge that would go through, of a patch that the vendor has taken at another place, or under the same name."""
    gained, added = _shared_lines(contents)
    if gained and gained == added:
        return _ask("would-double", [*say_guard(contents), *_say_declared(contents)])
    if said := _say_declared(contents):
        return _ask("would-double", said)
    adding = [content for content in _merging(contents) if content.added]
    if adding and all(map(came_in_form, adding)):
        return _ask("would-double", list(map(say_in_form, adding)))
    return None


def _rests_on_what_is_gone(contents: _Contents) -> Judgement | None:
    """A merge that would go through, of lines that use a name which the release does not have any more."""
    said = [say_vanished(content, name) for content in _merging(contents) for name in vanished_names(content)]
    return _stop(said) if said else None


def _merges(contents: _Contents) -> Judgement | None:
    merged = {
        content.triple.name: content.refined.content
        for content in contents
        if content.state == REFINED and content.refined is not None and content.refined.content is not None
    }
    evidence = tuple(sentence for content in contents for sentence in _say(content))
    declares = tuple(name for content in contents for name in declared_anew(content))
    return Judgement("carried", evidence, "medium" if merged else "high", merged=merged, declares=declares)


def _say(content: Content) -> list[str]:
    """What became of a file that needs no hand."""
    if content.state == REFINED:
        return [say_carried(content), *say_refined(content)]
    if content.state == CLEAN:
        return [say_carried(content)]
    if content.state == CONTAINED:
        return say_found(content)
    return [say_equal(content)] if content.state == EQUAL else say_gained(content) or [say_leftover(content)]


def _say_declared(contents: _Contents) -> list[str]:
    return [say_declared(content, name) for content in _merging(contents) for name in declared_twice(content)]


def _merging(contents: Sequence[Content]) -> list[Content]:
    return [content for content in contents if content.state in (CLEAN, REFINED)]


def _shared_lines(contents: Sequence[Content]) -> tuple[int, int]:
    """How many distinctive lines of the patch the vendor has gained, and how many there are."""
    return (
        sum(content.gained.total() for content in contents),
        sum(content.added.total() for content in contents),
    )


# The first rule with an answer decides; the last one always has one.
_RULES: tuple[Callable[[_Contents], Judgement | None], ...] = (
    _file_gone,
    _twin_may_have_it,
    _merge_changes_nothing,
    _content_is_there,
    _half_is_there,
    _overlap,
    _put_in_twice,
    _rests_on_what_is_gone,
    _merges,
)


def _ask(verdict: str, evidence: Sequence[str]) -> Judgement:
    return Judgement(verdict, tuple(evidence), "medium")


def _stop(evidence: Sequence[str]) -> Judgement:
    return Judgement("conflict", tuple(evidence), "low")
