"""The pages of forks: what we carry, for how long, what became of it on each release, and whether the vendor knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from plugwatch.model.reports.board import Board
from plugwatch.model.reports.chart import Chart, Series
from plugwatch.model.reports.metrics import Debt, carried_debt
from plugwatch.model.reports.records import ForkFact, PatchFact, Upstream
from plugwatch.model.reports.stack import StackRow, lay_out

MOST_DEBTS = 300
MOST_SAMPLES = 110

_WEEK = timedelta(days=7)
_NEVER = "never"


class Life(NamedTuple):
    """How long a patch was carried; ``end`` is None while it is. ``ours``: nobody means to send it."""

    begin: datetime
    end: datetime | None
    forwarded_at: datetime | None
    ours: bool


@dataclass(frozen=True)
class ForkRow:
    """A fork in numbers. ``behind``: releases after the newest one with a stack; ``oldest_days``: None of no patch."""

    component: str
    name: str
    sites: int
    carried: int
    forwarded: int
    landed: int
    dropped: int
    newest: str | None
    patched: str | None
    behind: int
    build: str | None
    conflict: str | None
    oldest_days: int | None


@dataclass(frozen=True)
class PatchRow:
    """A patch with what was sent of it. ``state`` is ``carried``, or how it left the stack: a verdict, ``dropped``."""

    patch: PatchFact
    state: str
    until: str | None
    days: float
    submissions: tuple[tuple[str, Upstream | None], ...]


@dataclass(frozen=True)
class ForkPage:
    """One fork: the stack over the releases (the last ones, the patches that are carried first), and its patches."""

    row: ForkRow
    releases: tuple[tuple[str, datetime], ...]
    stack: tuple[StackRow, ...]
    releases_left: int
    patches_left: int
    patches: tuple[PatchRow, ...]
    builds: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ForkView:
    """All forks; ``debts`` are the patches that weigh most, and ``debts_left`` more are carried."""

    carried: int
    forwarded: int
    ours: int
    oldest_days: int | None
    site_days: int
    burn_down: Chart
    oldest: Chart
    debts: tuple[Debt, ...]
    debts_left: int
    rows: tuple[ForkRow, ...]
    pages: tuple[ForkPage, ...]

    @classmethod
    def of(cls, board: Board) -> ForkView:
        """The forks of a board, those with the most carried patches first."""
        debts = carried_debt(board.forks, board.components, board.now)
        lives = [life for fork in board.forks for life in lives_of(fork)]
        sent = {one.name: one for record in board.records for one in record.upstream}
        pages = sorted(
            (_page(board, fork, sent) for fork in board.forks), key=lambda page: (-page.row.carried, page.row.component)
        )
        samples = sample_days(board)
        return cls(
            carried=len(debts),
            forwarded=sum(one.forwarded for one in debts),
            ours=sum(one.stance == _NEVER and not one.forwarded for one in debts),
            oldest_days=max((one.days for one in debts), default=None),
            site_days=sum(one.sites * one.days for one in debts),
            burn_down=burn_down(lives, samples),
            oldest=oldest_age(lives, samples),
            debts=tuple(debts[:MOST_DEBTS]),
            debts_left=max(0, len(debts) - MOST_DEBTS),
            rows=tuple(page.row for page in pages),
            pages=tuple(pages),
        )


def lives_of(fork: ForkFact) -> Iterator[Life]:
    """From when until when each patch was carried; one that no stack has and nothing has dropped, never was."""
    dropped: dict[str, datetime] = {}
    for drop in fork.drops:
        dropped[drop.patch] = max(drop.at, dropped.get(drop.patch, drop.at))
    carried = frozenset(fork.carried)
    for patch in fork.patches.values():
        if patch.id in carried or patch.id in dropped:
            end = None if patch.id in carried else dropped[patch.id]
            yield Life(patch.made_at, end, patch.forwarded_at, patch.stance == _NEVER)


def sample_days(board: Board) -> list[datetime]:
    """A moment a week, back from now to the beginning of the period; in a long period fewer."""
    step = _WEEK
    while (board.now - board.since) / step > MOST_SAMPLES:
        step += _WEEK
    count = max(0, (board.now - board.since) // step)
    return [board.now - step * back for back in range(count, -1, -1)]


def burn_down(lives: Sequence[Life], samples: Sequence[datetime]) -> Chart:
    """How many patches were carried at each moment: forwarded to their vendor by then, not forwarded, and ours."""
    counts = {"forwarded": [0] * len(samples), "not forwarded": [0] * len(samples), "ours for good": [0] * len(samples)}
    for life in lives:
        for at, moment in enumerate(samples):
            if _is_carried(life, moment):
                counts[_kind(life, moment)][at] += 1
    roles = {"forwarded": "vendor", "not forwarded": "us", "ours for good": "quiet"}
    series = [Series(name, tuple(map(float, values)), roles[name]) for name, values in counts.items() if any(values)]
    return Chart(
        key="burn-down",
        kind="stacked",
        title="Patches carried, by whether their vendor has them",
        unit="count",
        n=len(lives),
        n_of="patches",
        labels=_labels(samples) if series else (),
        series=tuple(series),
        y_title="Patches",
        note="Forwarded: something of the patch was sent by then. A patch leaves once a release has it, or we drop it.",
    )


def oldest_age(lives: Sequence[Life], samples: Sequence[datetime]) -> Chart:
    """How old the oldest patch was that was carried at each moment, in days; those that are ours for good left out."""
    found: list[float | None] = []
    for moment in samples:
        ages = [(moment - life.begin) / timedelta(days=1) for life in lives if _is_debt(life, moment)]
        found.append(max(ages, default=None))
    known = any(age is not None for age in found)
    return Chart(
        key="oldest",
        kind="lines",
        title="Age of the oldest patch that is carried",
        unit="days",
        n=sum(not life.ours for life in lives),
        n_of="patches",
        labels=_labels(samples) if known else (),
        series=(Series("oldest", tuple(found), "us"),) if known else (),
        y_title="Days",
        note="It falls when the oldest patch has landed in a release, or was dropped. Without what is ours for good.",
    )


def _is_carried(life: Life, moment: datetime) -> bool:
    return life.begin <= moment and (life.end is None or moment < life.end)


def _is_debt(life: Life, moment: datetime) -> bool:
    return not life.ours and _is_carried(life, moment)


def _kind(life: Life, moment: datetime) -> str:
    if life.forwarded_at and life.forwarded_at <= moment:
        return "forwarded"
    return "ours for good" if life.ours else "not forwarded"


def _labels(samples: Iterable[datetime]) -> tuple[date | str, ...]:
    return tuple(moment.date() for moment in samples)


def _page(board: Board, fork: ForkFact, sent: Mapping[str, Upstream]) -> ForkPage:
    laid = lay_out(fork)
    patches = tuple(_patches(fork, board.now, sent))
    return ForkPage(
        row=_row(board, fork, patches),
        releases=laid.releases,
        stack=laid.rows,
        releases_left=laid.releases_left,
        patches_left=laid.patches_left,
        patches=patches,
        builds=tuple(reversed(fork.builds)),
    )


def _patches(fork: ForkFact, now: datetime, sent: Mapping[str, Upstream]) -> Iterator[PatchRow]:
    """What is carried in the order of the stack, then what is gone, the last first."""
    carried = [fork.patches[patch] for patch in fork.carried if patch in fork.patches]
    for patch in carried:
        yield _patch_row(patch, "carried", None, now, now, sent)
    last = {drop.patch: drop for drop in sorted(fork.drops, key=lambda drop: drop.at)}
    still = {patch.id for patch in carried}
    gone = [drop for drop in last.values() if drop.patch in fork.patches and drop.patch not in still]
    for drop in sorted(gone, key=lambda drop: drop.at, reverse=True):
        yield _patch_row(fork.patches[drop.patch], drop.verdict, drop.version, drop.at, now, sent)


def _patch_row(
    patch: PatchFact, state: str, until: str | None, end: datetime, now: datetime, sent: Mapping[str, Upstream]
) -> PatchRow:
    days = max((min(end, now) - patch.made_at) / timedelta(days=1), 0.0)
    return PatchRow(patch, state, until, days, tuple((name, sent.get(name)) for name in patch.submissions))


def _row(board: Board, fork: ForkFact, patches: Iterable[PatchRow]) -> ForkRow:
    fact = board.components.get(fork.component)
    versions = [version for version, _at in fork.releases]
    carried = [row for row in patches if row.state == "carried"]
    gone = [row for row in patches if row.state != "carried"]
    return ForkRow(
        component=fork.component,
        name=(fact.name if fact else None) or fork.component,
        sites=fact.sites if fact else 0,
        carried=len(carried),
        forwarded=sum(row.patch.forwarded_at is not None for row in carried),
        landed=sum(row.state != "dropped" for row in gone),
        dropped=sum(row.state == "dropped" for row in gone),
        newest=versions[-1] if versions else None,
        patched=fork.patched,
        behind=len(versions) - 1 - versions.index(fork.patched) if fork.patched else 0,
        build=fork.builds[-1][0] if fork.builds else None,
        conflict=fork.conflict,
        oldest_days=int(max(row.days for row in carried)) if carried else None,
    )
