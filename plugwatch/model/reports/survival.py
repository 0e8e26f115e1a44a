"""How long things take where some are not over yet: those count as "at least", and are never left out.

The product-limit estimator of E. L. Kaplan and P. Meier, "Nonparametric Estimation from Incomplete Observations",
Journal of the American Statistical Association 53 (1958), 457-481. Leaving out what is still open would flatter whoever
never answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from plugwatch.model.reports.chart import Step

_ROUNDING = 1e-9


class Span(NamedTuple):
    """How long one case took, in seconds; ``over`` is False while it goes on, and then it took at least so long.

    ``case`` names what it belongs to (``INC-3``, or ``INC-3 acme-shop``), ``began`` is its beginning.
    """

    seconds: float
    over: bool
    case: str = ""
    began: datetime | None = None


class Quantile(NamedTuple):
    """A time by which a share of the cases is over; ``at_least``: too many are open to know more than this."""

    seconds: float
    at_least: bool


class Summary(NamedTuple):
    """What can be said of ``n`` cases, of which ``still_open`` are not over; None where there are no cases."""

    n: int
    still_open: int
    median: Quantile | None
    p90: Quantile | None


def summarize(spans: Iterable[Span]) -> Summary:
    """Median and 90th percentile, with open cases as censored ones."""
    known = list(spans)
    return Summary(len(known), sum(not span.over for span in known), quantile(known, 0.5), quantile(known, 0.9))


def quantile(spans: Iterable[Span], share: float) -> Quantile | None:
    """The time by which a share (0 to 1) of the cases is over; None without any case.

    Where the curve is level at that share, it is the middle of the level: the median of two cases is their mean. Where
    the curve does not come down so far, it is at least as long as the longest case, or of a level as the middle of what
    is known of it.
    """
    known = list(spans)
    if not known:
        return None
    steps, left = curve(known), 1 - share
    first = next((step.seconds for step in steps if step.share <= left + _ROUNDING), None)
    last = next((step.seconds for step in steps if step.share < left - _ROUNDING), None)
    longest = max(span.seconds for span in known)
    if first is None:
        return Quantile(longest, at_least=True)
    if last is None and steps[-1].share <= _ROUNDING:
        last = first  # all are over, and the whole of them was asked for
    return Quantile((first + (longest if last is None else last)) / 2, at_least=last is None)


def curve(spans: Iterable[Span]) -> list[Step]:
    """The share of cases that still wait, after each time at which one was over; it begins with all of them at 0.

    It ends at the longest case: where that one is still open, the share stays what it was.
    """
    ends: Counter[float] = Counter()
    leaves: Counter[float] = Counter()
    for span in spans:
        leaves[span.seconds] += 1
        ends[span.seconds] += span.over
    waiting, share, steps = sum(leaves.values()), 1.0, [Step(0.0, 1.0)]
    for seconds in sorted(leaves):
        if ends[seconds]:
            share *= 1 - ends[seconds] / waiting
            steps.append(Step(seconds, share))
        waiting -= leaves[seconds]
    longest = max(leaves, default=0.0)
    if steps[-1].seconds < longest:
        steps.append(Step(longest, share))
    return steps if leaves else []
