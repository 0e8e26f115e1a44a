"""Whether what a person made of a patch can be taken: nothing left over, nothing lost, nothing unasked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from plugwatch.model.fork import Outcome, StackEntry
from plugwatch.model.markers import LaidBlock, LaidFile, Result, lost_lines, markers_left, resolved_blocks
from plugwatch.model.patches.names import show_path
from plugwatch.model.verdicts.conflict import Conflict
from plugwatch.model.verdicts.resolution import Resolution
from plugwatch.model.verdicts.verdict import FileTriple
from plugwatch.workflows.operations import Stamp


class Stop(Protocol):
    """The first patch that needs a person."""

    @property
    def entry(self) -> StackEntry:
        """The patch in its stack."""

    @property
    def onto(self) -> str:
        """The tree that it goes on."""

    @property
    def outcome(self) -> Outcome:
        """Why it stops."""

    @property
    def files(self) -> tuple[FileTriple, ...]:
        """Its files."""


class Files(Protocol):
    """Where the files of a merge are read."""

    def result(self, conflict: Conflict, edited: Mapping[str, bytes | None]) -> Result:
        """The files that differ from the tree that the patch goes on."""

    def content(self, tree: str, path: str) -> bytes | None:
        """A file of a tree."""


@dataclass(frozen=True)
class Problem:
    """Why a person's result is not taken yet.

    ``kind`` is ``markers``, ``outside``, ``empty``, ``php`` or ``merge``; ``lost`` and ``proposal`` are questions,
    which she can say yes to. ``lines`` are those of a proposal.
    """

    kind: str
    path: str
    text: str
    line: int | None = None
    lines: tuple[str, ...] = ()


QUESTIONS = ("lost", "proposal")


@dataclass(frozen=True)
class Consent:
    """What a person has said: files that may change, too; questions that are answered, one by one or all of a kind."""

    also: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    answered: frozenset[Problem] = field(default=frozenset())

    def covers(self, problem: Problem) -> bool:
        """Whether this is no problem any more."""
        return problem.kind in self.kinds or problem in self.answered


def all_files(files: Files, conflict: Conflict, edited: Mapping[str, bytes | None]) -> Result:
    """The files that differ from the tree that the patch goes on, and those of the patch that do not."""
    result = files.result(conflict, edited)
    left = {path: files.content(conflict.onto, path) for path in _own(conflict) - result.keys()}
    return {**{path: (content, content) for path, content in left.items()}, **result}


def _own(conflict: Conflict) -> set[str]:
    return {path for file in conflict.files for path in (file.path, file.moved_from) if path}


def find_problems(
    files: Files, conflict: Conflict, stop: Stop, edited: Mapping[str, bytes | None], consent: Consent
) -> tuple[Problem, ...]:
    """What keeps a result from being taken."""
    result = files.result(conflict, edited)
    if not result:
        return (Problem("empty", "", f"nothing of {conflict.patch} is left; if the release has it, say --drop"),)
    triples = {file.name: file for file in stop.files}
    found = [
        Problem("markers", path, "a conflict marker, or a part of one, is left here", number)
        for path, (_before, after) in sorted(result.items())
        for number in markers_left(after or b"", triples.get(path))
    ]
    named = _own(conflict) | {file.path for file in stop.files}
    also = ["/".join(part for part in place.split("/") if part not in ("", ".")) for place in consent.also]
    outside = [
        Problem("outside", path, "the patch does not touch this file; take it back, or name it with --also")
        for path in sorted(result.keys() - named)
        if not any(path == place or path.startswith(f"{place}/") for place in also)
    ]
    if found:
        return (*found, *outside)  # what is lost shows only when they are gone
    whole = all_files(files, conflict, edited)
    lost = [Problem("lost", one.path, one.text) for one in lost_lines(stop.files, whole)]
    asked = [*lost, *_standing_proposals(files, conflict, whole)]
    return (*outside, *(problem for problem in dict.fromkeys(asked) if not consent.covers(problem)))


def _standing_proposals(files: Files, conflict: Conflict, result: Result) -> list[Problem]:
    """The texts that were filled in and that nobody has changed since."""
    after = {path: content for path, (_before, content) in result.items()}
    found = []
    for file, block, laid, became in _blocks(files, conflict, after):
        if block.proposal and became in (None, laid):
            lines = tuple(line.decode("utf-8", "replace") for line in laid)
            found.append(Problem("proposal", file.path, say_proposal(block.proposal), block.line, lines))
    return found


def say_proposal(proposal: Resolution) -> str:
    """Whose resolution was filled in, and where it comes from."""
    return (
        f"filled in as {proposal.author} did on {proposal.day} for {proposal.component} "
        f"{proposal.source} → {proposal.target}"
    )


def find_resolutions(
    files: Files, conflict: Conflict, after: Mapping[str, bytes | None], stamp: Stamp
) -> list[Resolution]:
    """What each block became, as far as it can be told; a proposal that was taken stays its first author's."""
    return [
        block.proposal
        if block.proposal and became == laid
        else Resolution(
            key=block.key,
            lines=became,
            author=stamp.actor,
            at=stamp.now.isoformat(timespec="seconds"),
            component=conflict.component,
            patch=conflict.patch,
            source=conflict.attempt.source,
            target=conflict.attempt.target,
            path=show_path(file.path),
        )
        for file, block, laid, became in _blocks(files, conflict, after)
        if became is not None
    ]


_Lines = tuple[bytes, ...]


def _blocks(
    files: Files, conflict: Conflict, after: Mapping[str, bytes | None]
) -> Iterator[tuple[LaidFile, LaidBlock, _Lines, _Lines | None]]:
    """Each block of the files that are still there, with its lines as they were laid out and what they became."""
    for file in conflict.files:
        laid, edited = files.content(conflict.laid, file.path), after.get(file.path)
        if laid is None or edited is None or not file.blocks:
            continue
        lines = laid.split(b"\n")
        for block, became in zip(file.blocks, resolved_blocks(laid, file.blocks, edited), strict=True):
            yield file, block, tuple(lines[block.line - 1 : block.line - 1 + block.lines]), became
