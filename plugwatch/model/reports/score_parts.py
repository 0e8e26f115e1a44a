"""The parts of a vendor's score, each with the reason for its points; the formulas are those of the score's module."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from plugwatch.model.reports.cases import Case
from plugwatch.model.reports.records import ComponentFact, ForkFact
from plugwatch.model.reports.survival import Quantile, Span, quantile
from plugwatch.model.when import span_in_words

PRIOR = 3.0
_HALF = 0.5
_DAY = 86_400.0
_RERELEASE = re.compile(r".+\+r[0-9]+")


class ScorePart(NamedTuple):
    """A part of the score: ``points`` of ``of``, which is negative where points are taken away.

    ``points`` are None where the part is not known, and under three cases. ``why`` is what we know, in words.
    """

    name: str
    points: float | None
    of: float
    why: str


class Scale(NamedTuple):
    """From all of the points (1.0) up to ``full`` days to none (0.0) from ``none`` days on."""

    full: float
    none: float

    def share(self, seconds: float) -> float:
        """The part of the points that so long a wait earns; twice the wait costs the same everywhere between."""
        days = max(seconds / _DAY, self.full)
        return max(0.0, math.log(self.none / days) / math.log(self.none / self.full))


ANSWER, FIX = Scale(1, 30), Scale(7, 180)


class Rate(NamedTuple):
    """So many of so many; the whole may be a part of a case, where one has only begun to wait."""

    part: float
    of: float

    def drawn_to(self, mean: float) -> float:
        """The mean of a Beta distribution: this rate, and a prior worth three cases."""
        return (self.part + PRIOR * mean) / (self.of + PRIOR)


@dataclass(frozen=True)
class Evidence:
    """What the facts tell of one vendor, or of all of them together.

    ``rereleases`` are releases whose content was changed under the same version, None where we have no fork to see it
    by. ``support`` are resolved threads and all, None where nobody has asked.
    """

    cases: tuple[Case, ...]
    support: Rate | None = None
    rereleases: int | None = None

    @classmethod
    def of(
        cls, cases: Sequence[Case], facts: Iterable[ComponentFact], forks: Sequence[ForkFact], since: datetime
    ) -> Evidence:
        """What is known of a vendor with these components and forks."""
        threads = [fact.support for fact in facts if fact.support and fact.support[1] > 0]
        again = [at for fork in forks for name, at in fork.releases if _RERELEASE.fullmatch(name) and at >= since]
        return cls(
            tuple(cases),
            Rate(sum(done for done, _all in threads), sum(of for _done, of in threads)) if threads else None,
            len(again) if forks else None,
        )

    @classmethod
    def together(cls, several: Iterable[Evidence]) -> Evidence:
        """The fleet: all cases and threads of all vendors."""
        known = list(several)
        threads = [one.support for one in known if one.support]
        counted = [one.rereleases for one in known if one.rereleases is not None]
        return cls(
            tuple(case for one in known for case in one.cases),
            Rate(sum(rate.part for rate in threads), sum(rate.of for rate in threads)) if threads else None,
            sum(counted) if counted else None,
        )

    @cached_property
    def answers(self) -> list[Span]:
        """How long each case took until it was answered."""
        return [case.answer for case in self.cases]

    @cached_property
    def fixes(self) -> list[Span]:
        """How long each case took until a release had the fix."""
        return [case.fix for case in self.cases]

    @cached_property
    def mean_answer(self) -> float:
        """What the speed of all answers earns, asked of the fleet once for each of its vendors."""
        return _speed(self.answers, _HALF, ANSWER)

    @cached_property
    def mean_fix(self) -> float:
        """The same of all fixes."""
        return _speed(self.fixes, _HALF, FIX)

    @cached_property
    def answered(self) -> Rate:
        """Answered cases; one that waits counts as far as it has waited."""
        return Rate(_over(self.answers), _over(self.answers) + _waited(self.answers, ANSWER))

    @cached_property
    def taken(self) -> Rate:
        """Of what was decided, what was taken."""
        decided = [case.taken for case in self.cases if case.taken is not None]
        return Rate(sum(decided), len(decided))

    @cached_property
    def trouble(self) -> Rate:
        """Of the released fixes those that came back, and each silent re-release beside them as one more gone wrong."""
        again = self.rereleases or 0
        return Rate(sum(case.came_back for case in self.cases) + again, _over(self.fixes) + again)


def score_parts(vendor: Evidence, fleet: Evidence) -> tuple[ScorePart, ...]:
    """All six parts of a vendor's score."""
    return (
        _answered(vendor, fleet),
        ScorePart("answer", 25 * _speed(vendor.answers, fleet.mean_answer, ANSWER), 25, _why_soon(vendor.answers)),
        ScorePart("fix", 25 * _speed(vendor.fixes, fleet.mean_fix, FIX), 25, _why_fixed(vendor.fixes)),
        _openness(vendor, fleet),
        _support(vendor, fleet),
        _trouble(vendor, fleet),
    )


def total(parts: Iterable[ScorePart]) -> float:
    """The points from 0 to 100: what was earned of what is known, scaled to 100, less what was taken away."""
    known = [(part.points, part.of) for part in parts if part.points is not None]
    earned, possible = sum(points for points, of in known if of > 0), sum(of for _points, of in known if of > 0)
    taken = sum(points for points, of in known if of < 0)
    return min(max(100 * earned / possible + taken, 0.0), 100.0) if possible else 0.0


def _answered(vendor: Evidence, fleet: Evidence) -> ScorePart:
    share = vendor.answered.drawn_to(fleet.answered.drawn_to(_HALF))
    why = f"{_over(vendor.answers)} of {len(vendor.cases)} answered by a person"
    return ScorePart("answered", 30 * share, 30, why)


def _speed(spans: Sequence[Span], mean: float, scale: Scale) -> float:
    """What the median earns, drawn to a mean: what is faster than that is believed only of cases that are over."""
    median = quantile(spans, _HALF)
    share = scale.share(median.seconds) if median else mean
    cases = _over(spans) + (_waited(spans, scale) if share < mean else 0.0)
    return Rate(share * cases, cases).drawn_to(mean)


def _openness(vendor: Evidence, fleet: Evidence) -> ScorePart:
    shares, why = [], []
    taken = vendor.taken
    if taken.of:
        shares.append(taken.drawn_to(fleet.taken.drawn_to(_HALF)))
        why.append(f"took {taken.part:.0f} of {taken.of:.0f} decided submissions")
    if any(case.tracker for case in vendor.cases):
        shares.append(1.0)
        why.append("has a public tracker")
    if not shares:
        return ScorePart("openness", None, 10, "not known, so left out: nothing was decided, and no tracker was used")
    return ScorePart("openness", 10 * sum(shares) / len(shares), 10, "; ".join(why))


def _support(vendor: Evidence, fleet: Evidence) -> ScorePart:
    threads = vendor.support
    if threads is None:
        return ScorePart("support", None, 10, "not known, so left out: no threads in a support forum")
    share = threads.drawn_to((fleet.support or threads).drawn_to(_HALF))
    why = f"{threads.part:.0f} of {threads.of:.0f} threads in the support forum resolved"
    return ScorePart("support", 10 * share, 10, why)


def _trouble(vendor: Evidence, fleet: Evidence) -> ScorePart:
    whole = fleet.trouble
    share = vendor.trouble.drawn_to(whole.part / whole.of if whole.of else 0.0)
    back = sum(case.came_back for case in vendor.cases)
    why = [f"{back} of {_over(vendor.fixes)} fixes came back"]
    if vendor.rereleases is None:
        why.append("no fork to see changed releases by")
    else:
        why.append(f"releases changed under the same version: {vendor.rereleases}")
    return ScorePart("trouble", 0.0 - 15 * share, -15, "; ".join(why))


def _over(spans: Iterable[Span]) -> int:
    return sum(span.over for span in spans)


def _waited(spans: Iterable[Span], scale: Scale) -> float:
    """What cases that wait count together: each as far as it has waited of the time that earns nothing."""
    return sum(min(span.seconds / _DAY / scale.none, 1.0) for span in spans if not span.over)


def _why_soon(spans: Sequence[Span]) -> str:
    return f"median {_words(quantile(spans, _HALF))}"


def _why_fixed(spans: Sequence[Span]) -> str:
    return f"{_over(spans)} of {len(spans)} in a release; median {_words(quantile(spans, _HALF))}"


def _words(median: Quantile | None) -> str:
    if median is None:
        return "not known"
    return ("at least " if median.at_least else "") + span_in_words(timedelta(seconds=median.seconds))
