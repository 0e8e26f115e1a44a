"""The stack of a fork over its releases, as it is drawn: a row a patch, a column a release, equal neighbours joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from plugwatch.model.reports.records import ForkFact, PatchFact

MOST_RELEASES = 40
MOST_PATCHES = 30

# before: not made yet. landed, dropped: on this release it left the stack. gone: it had left before. conflict: a person
# must decide. waiting: not carried to this release yet. skipped: we have nothing on this release.
STATES = ("before", "carried", "landed", "dropped", "gone", "conflict", "waiting", "skipped")
_BY_HAND = "dropped"


class Run(NamedTuple):
    """Neighbouring releases on which a patch is in the same state; ``verdict`` is how it left the stack there."""

    state: str
    first: str
    last: str
    columns: int
    verdict: str = ""


class StackRow(NamedTuple):
    """A patch over all releases drawn."""

    patch: PatchFact
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Drawing:
    """The last releases, the patches that are carried first; how many of each do not fit."""

    releases: tuple[tuple[str, datetime], ...]
    rows: tuple[StackRow, ...]
    releases_left: int
    patches_left: int


class _Fork(NamedTuple):
    """What is looked up for each cell; ``places`` are those of all releases."""

    stacks: Mapping[str, frozenset[str]]
    drops: Mapping[tuple[str, str], str]
    places: Mapping[str, int]
    carried: tuple[str, ...]
    patched: int
    conflict: str


def lay_out(fork: ForkFact) -> Drawing:
    """The drawing of a fork."""
    carried = fork.carried
    facts = _Fork(
        stacks={version: frozenset(stack) for version, stack in fork.stacks.items()},
        drops={(drop.patch, drop.version): drop.verdict for drop in fork.drops},
        places={version: place for place, (version, _at) in enumerate(fork.releases)},
        carried=carried,
        patched=next((at for at, (name, _) in enumerate(fork.releases) if name == fork.patched), -1),
        conflict=fork.conflict or "",
    )
    left = sorted(fork.drops, key=lambda drop: drop.at, reverse=True)
    order = [one for one in dict.fromkeys([*carried, *(drop.patch for drop in left)]) if one in fork.patches]
    releases = fork.releases[-MOST_RELEASES:]
    versions = [version for version, _at in releases]
    return Drawing(
        releases=tuple(releases),
        rows=tuple(StackRow(fork.patches[one], tuple(_runs(facts, one, versions))) for one in order[:MOST_PATCHES]),
        releases_left=len(fork.releases) - len(releases),
        patches_left=max(0, len(order) - MOST_PATCHES),
    )


def _runs(facts: _Fork, patch: str, versions: Sequence[str]) -> Iterator[Run]:
    first = min(_known_places(facts, patch), default=0)
    left = max((facts.places.get(version, -1) for one, version in facts.drops if one == patch), default=-1)
    cells = [(_state(facts, patch, version, first, left), version) for version in versions]
    for state, group in groupby(cells, key=lambda cell: cell[0]):
        run = [version for _state, version in group]
        yield Run(state, run[0], run[-1], len(run), facts.drops.get((patch, run[0]), ""))


def _known_places(facts: _Fork, patch: str) -> Iterator[int]:
    """Places of the releases that it was carried or dropped on."""
    yield from (facts.places.get(version, 0) for version, stack in facts.stacks.items() if patch in stack)
    yield from (facts.places[version] for one, version in facts.drops if one == patch and version in facts.places)


def _state(facts: _Fork, patch: str, version: str, first: int, left: int) -> str:
    verdict = facts.drops.get((patch, version))
    if verdict:
        return "dropped" if verdict == _BY_HAND else "landed"
    if patch in facts.stacks.get(version, ()):
        return "carried"
    place = facts.places[version]
    if place < first:
        return "before"
    if patch in facts.carried and place > facts.patched:
        return "conflict" if place == len(facts.places) - 1 and _is_undecided(facts, patch) else "waiting"
    return "gone" if 0 <= left < place and patch not in facts.carried else "skipped"


def _is_undecided(facts: _Fork, patch: str) -> bool:
    """Whether the check's sentence is about this patch: where it names patches, about those alone."""
    named = _named(facts.carried, facts.conflict)
    return bool(facts.conflict) and (not named or patch in named)


def _named(patches: Iterable[str], sentence: str) -> list[str]:
    return [patch for patch in patches if patch in sentence]
