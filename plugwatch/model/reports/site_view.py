"""The page of sites: which of our patches are where, what was lost, and how surely that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby, islice
from typing import NamedTuple

from plugwatch.model.evidence.evidence import CHANGED, LOST, MISSING, OTHER, PATCHED, TAMPERED, THERE, UNKNOWN, VERIFIED
from plugwatch.model.evidence.matrix import OnSite, lost_sentence
from plugwatch.model.reports.board import Board

MOST_SITES = 60
MOST_PATCHES = 24
MOST_ROWS = 1000
MOST_SENTENCES = 12

# The worst first, and what nobody knows before what is well.
_ORDER = {LOST: 0, TAMPERED: 1, UNKNOWN: 2, OTHER: 3, PATCHED: 4}
# Some 100,000 rows are of a few hundred components.
_name = lru_cache(maxsize=4096)(str)
_OF_PATCH = {THERE: PATCHED, MISSING: LOST, CHANGED: TAMPERED}


class Cell(NamedTuple):
    """One patch on one site: a state of evidence.STATES and whether it is proven."""

    state: str
    verified: bool


class Column(NamedTuple):
    """A patch as a column of the matrix."""

    component: str
    patch: str
    title: str


class Group(NamedTuple):
    """The columns of one component: how many there are."""

    component: str
    columns: int


class MatrixRow(NamedTuple):
    """A site in the matrix; a cell is None where the patch does not belong there."""

    site: str
    client: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class SiteRow:
    """One component on one site, as the list has it."""

    site: str
    client: str
    component: str
    state: str
    verified: bool
    build: str | None
    wanted: str | None
    version: str | None
    seen_at: datetime | None
    why: str
    incidents: tuple[str, ...]
    inactive: bool
    patches: int


class Tally(NamedTuple):
    """How many sites have a component of ours in which state."""

    component: str
    patched: int
    claimed: int
    lost: int
    tampered: int
    other: int
    unknown: int

    @property
    def sites(self) -> int:
        """All of them."""
        return self.patched + self.lost + self.tampered + self.other + self.unknown


@dataclass(frozen=True)
class SiteView:
    """What is known of our patches on sites.

    ``sites`` counts sites, ``states`` counts components on sites. ``lost`` are sentences on what is hit again, each
    with its row. The matrix shows the sites and patches that matter most, ``sites_left`` and ``patches_left`` are not
    in it; ``rows_left`` are not in ``rows``, and are all well.
    """

    sites: int
    states: Mapping[str, int]
    claimed: int
    lost_count: int
    lost: tuple[tuple[SiteRow, str], ...]
    groups: tuple[Group, ...]
    columns: tuple[Column, ...]
    matrix: tuple[MatrixRow, ...]
    sites_left: int
    patches_left: int
    tallies: tuple[Tally, ...]
    rows: tuple[SiteRow, ...]
    rows_left: int

    @classmethod
    def of(cls, board: Board) -> SiteView:
        """The matrix of a board; the worst first everywhere."""
        ordered = sorted(board.matrix, key=_place)
        columns, patches = _columns(board, ordered)
        matrix, sites = _matrix(ordered, columns)
        rows = tuple(_row(one) for one in ordered[:MOST_ROWS])
        return cls(
            sites=sites,
            states=Counter(one.state for one in ordered),
            claimed=sum(one.state == PATCHED and one.certainty != VERIFIED for one in ordered),
            lost_count=sum(one.is_lost for one in ordered),
            lost=tuple((_row(one), lost_sentence(one)) for one in ordered[:MOST_SENTENCES] if one.is_lost),
            groups=tuple(Group(name, len(list(some))) for name, some in groupby(columns, lambda one: one.component)),
            columns=tuple(columns),
            matrix=tuple(matrix),
            sites_left=sites - len(matrix),
            patches_left=patches - len(columns),
            tallies=tuple(_tallies(ordered)),
            rows=rows,
            rows_left=len(ordered) - len(rows),
        )


def _place(one: OnSite) -> tuple[int, bool, str, str, str]:
    return (
        _ORDER.get(one.state, 2),
        one.certainty == VERIFIED,
        one.client_name.casefold(),
        one.site,
        _name(one.component),
    )


def _row(one: OnSite) -> SiteRow:
    return SiteRow(
        site=one.site,
        client=one.client_name,
        component=_name(one.component),
        state=one.state,
        verified=one.certainty == VERIFIED,
        build=one.build,
        wanted=one.wanted,
        version=one.version,
        seen_at=one.seen_at,
        why=one.why,
        incidents=one.incidents,
        inactive=one.is_inactive,
        patches=len(one.patches),
    )


def _columns(board: Board, ordered: Iterable[OnSite]) -> tuple[list[Column], int]:
    """The patches to show, those of one component beside each other, and how many there are in all.

    Components go by their worst site, then by the number of sites; one whose patches do not all fit is cut.
    """
    titles = {(fork.component, patch.id): patch.title for fork in board.forks for patch in fork.patches.values()}
    patches: dict[str, dict[str, None]] = {}
    sites: Counter[str] = Counter()
    worst: dict[str, int] = {}
    for one in ordered:
        name = _name(one.component)
        sites[name] += 1
        worst.setdefault(name, _ORDER.get(one.state, 2))
        patches.setdefault(name, {}).update(dict.fromkeys(patch for patch, _state in one.patches))
    names = sorted(patches, key=lambda name: (worst[name], -sites[name], name))
    found = [Column(name, one, titles.get((name, one), one)) for name in names for one in patches[name]]
    return found[:MOST_PATCHES], len(found)


def _matrix(ordered: Iterable[OnSite], columns: Sequence[Column]) -> tuple[list[MatrixRow], int]:
    """Rows of sites by client, the clients with the worst site first; and how many sites there are in all."""
    shown = {column.component for column in columns}
    by_site: dict[str, dict[str, OnSite]] = {}
    order: dict[str, int] = {}
    every = set()
    for one in ordered:
        every.add(one.site)
        if _name(one.component) in shown:
            by_site.setdefault(one.site, {})[_name(one.component)] = one
            order.setdefault(one.client_name, len(order))
    rows = (row for found in by_site.values() if any((row := _matrix_row(found, columns)).cells))
    return sorted(islice(rows, MOST_SITES), key=lambda row: order[row.client]), len(every)


def _first(found: Mapping[str, OnSite]) -> OnSite:
    return next(iter(found.values()))


def _matrix_row(found: Mapping[str, OnSite], columns: Iterable[Column]) -> MatrixRow:
    one = _first(found)
    cells = {name: _cells(on_site) for name, on_site in found.items()}
    return MatrixRow(
        one.site, one.client_name, tuple(cells.get(column.component, {}).get(column.patch) for column in columns)
    )


def _cells(one: OnSite) -> dict[str, Cell]:
    """The patches of a site by what the look at their component says; what it cannot say of one is unknown."""
    verified = one.certainty == VERIFIED
    return {patch: Cell(_state(one.state, state), verified) for patch, state in one.patches}


def _state(of_component: str, of_patch: str) -> str:
    """A patch that is not there was lost only where the vendor's files came over ours."""
    state = _OF_PATCH.get(of_patch, UNKNOWN)
    return OTHER if state == LOST and of_component == OTHER else state


def _tallies(ordered: Iterable[OnSite]) -> list[Tally]:
    counts: dict[str, Counter[str]] = {}
    for one in ordered:
        counter = counts.setdefault(_name(one.component), Counter())
        counter[one.state] += 1
        counter["claimed"] += one.state == PATCHED and one.certainty != VERIFIED
    found = [
        Tally(name, *(counter[key] for key in (PATCHED, "claimed", LOST, TAMPERED, OTHER, UNKNOWN)))
        for name, counter in counts.items()
    ]
    return sorted(found, key=lambda one: (-one.lost - one.tampered, -one.sites, one.component))
