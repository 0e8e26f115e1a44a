"""Which road upstream is the right one for a component, with why and why not.

Three things are weighed, in this order: what a person has said, what became of what we sent there before, and the facts
(:mod:`plugwatch.model.roads.routing_roads`). Nothing is guessed: a road of which the deciding fact is not known is
UNKNOWN, with what to do about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.routing_core import weigh_core
from plugwatch.model.roads.routing_roads import CLOSED, DOUBTFUL, OPEN, UNKNOWN, Opinion, weigh
from plugwatch.model.vendors.facts import RoadHistory, VendorFacts, is_core, judge_sale
from plugwatch.model.vendors.told import NEVER, PREFERRED, Way

__all__ = ["VERDICTS", "Advice", "RoadAdvice", "RoadHistory", "advise", "say_history"]

BEST, GOOD, POSSIBLE = "best", "good", "possible"
VERDICTS = (BEST, GOOD, POSSIBLE, CLOSED, UNKNOWN)
"""The one to take; it takes what we write; it may be the wrong one; it takes nothing; that is not known."""

_WORKED, _NEUTRAL, _SILENT = 1, 0, -1
_SLOW_DAYS = 30
# What is for a ping, or for another matter: taken only where a person prefers it or it has worked.
_ASIDE = ("chat", "social", "security")
_PRIVATE = ("security", "email")


@dataclass(frozen=True)
class RoadAdvice:
    """One road: its verdict (one of VERDICTS), its address, what speaks for it and against it, and our history."""

    road: str
    verdict: str
    address: str | None
    why: tuple[str, ...]
    why_not: tuple[str, ...]
    history: RoadHistory | None = None


@dataclass(frozen=True)
class Advice:
    """Every road of ROADS in their order, the one to take (None: none is known to be open), and why that one.

    ``paid`` says whether the component is sold, None where that cannot be told, and ``paid_why`` why we think so, in
    words for "it ...".
    """

    roads: tuple[RoadAdvice, ...]
    recommended: str | None
    why: tuple[str, ...]
    paid: bool | None
    paid_why: str

    def row(self, road: str) -> RoadAdvice:
        """The row of a road."""
        return next(row for row in self.roads if row.road == road)


@dataclass(frozen=True)
class _Judged:
    """A road with everything weighed; ``wish`` is the person's, ``tried`` one of _WORKED, _NEUTRAL, _SILENT."""

    road: str
    opinion: Opinion
    wish: int
    tried: int
    history: RoadHistory | None


def advise(facts: VendorFacts, *, security: bool = False, patch: bool = True) -> Advice:
    """The roads for one report: ``security``: the matter is one of security; ``patch``: there is a patch to offer."""
    judged = [_judge(facts, road, security=security, patch=patch) for road in ROADS]
    best = _choose(judged, security=security)
    rows = tuple(_row(one, is_best=one is best) for one in judged)
    sale = judge_sale(facts)
    why = _why(best, judged) if best else _why_none(facts)
    return Advice(rows, best.road if best else None, why, sale.paid, sale.why)


def _judge(facts: VendorFacts, road: str, *, security: bool, patch: bool) -> _Judged:
    opinion = weigh_core(facts, road) if is_core(facts.component) else weigh(facts, road)
    told, history = facts.told.ways.get(road), facts.history.get(road)
    said = facts.said(road)
    if is_core(facts.component) and said:
        opinion = replace(opinion, address=said.value, state=OPEN, why=(said.named_by, *opinion.why))
    opinion = _for_this_matter(opinion, road, security=security, patch=patch)
    tried = _NEUTRAL
    if history and history.sent:
        tried = _judge_history(facts, history)
        opinion = _with_history(opinion, history, tried)
    wish = told.prefer if told else 0
    return _Judged(road, _as_wished(opinion, told) if told else opinion, wish, tried, history)


def _for_this_matter(opinion: Opinion, road: str, *, security: bool, patch: bool) -> Opinion:
    if security and road not in _PRIVATE:
        return replace(opinion, state=CLOSED, why_not=("a matter of security is told in private only",))
    if security and road == "security" and opinion.state != UNKNOWN:
        return replace(opinion, state=OPEN, rank=100, why_not=())
    if road == "github-pr" and not patch and opinion.state != CLOSED:
        return replace(opinion, state=CLOSED, why_not=("there is no patch to offer",))
    return opinion


def _judge_history(facts: VendorFacts, history: RoadHistory) -> int:
    """A road worked where half of what we sent was answered, or something was released; silent: nothing ever was."""
    if not history.answered and not history.released:
        return _SILENT if _is_overdue(facts, history) else _NEUTRAL
    slow = history.median_days is not None and history.median_days > _SLOW_DAYS
    answered = history.answered * 2 >= history.sent and not slow
    return _WORKED if history.released or answered else _NEUTRAL


def _is_overdue(facts: VendorFacts, history: RoadHistory) -> bool:
    """Whether the last one has waited for longer than is polite; a road's patience is in working days."""
    if history.last_at is None:
        return False
    return facts.at - history.last_at > timedelta(days=ROADS[history.road].wait * 7 / 5)


def _with_history(opinion: Opinion, history: RoadHistory, tried: int) -> Opinion:
    told = say_history(history)
    if tried == _SILENT:
        state = DOUBTFUL if opinion.state == OPEN else opinion.state
        return replace(opinion, state=state, why_not=(*opinion.why_not, told))
    if tried == _WORKED and opinion.address and opinion.state in (DOUBTFUL, UNKNOWN) and history.road != "security":
        return replace(opinion, state=OPEN, why=(*opinion.why, told))  # what worked is no matter of doubt
    return replace(opinion, why=(*opinion.why, told))


def say_history(history: RoadHistory) -> str:
    """``2 of 3 answered, median 4 days, 1 released, by Ann``, or that nobody has answered."""
    if not history.answered and not history.released:
        since = f" since {history.last_at:%Y-%m-%d}" if history.last_at else ""
        return f"nobody has answered what we sent there ({history.sent}){since}"
    told = [f"{history.answered} of {history.sent} answered"]
    if history.median_days is not None:
        days = round(history.median_days)
        told.append(f"median {days} days" if days > 1 else "median a day")
    if history.released:
        told.append(f"{history.released} released")
    if history.who:
        told.append(f"by {', '.join(history.who[:3])}")
    return ", ".join(told)


def _as_wished(opinion: Opinion, told: Way) -> Opinion:
    """A wish holds until it is taken back; what a road does not take is no matter of wishes."""
    who = f"{told.actor}, {told.at:%Y-%m-%d}"
    note = f": {told.note}" if told.note else ""
    if told.prefer == NEVER:
        return replace(opinion, state=CLOSED, why_not=(f"we said never{note} ({who})", *opinion.why_not))
    if told.prefer == PREFERRED:
        wished = f"we said that this is the one{note} ({who})"
        state = OPEN if opinion.state == UNKNOWN and opinion.address else opinion.state
        return replace(opinion, state=state, why=(wished, *opinion.why))
    return replace(opinion, why=(*opinion.why, f"{told.note} ({who})")) if told.note else opinion


def _choose(judged: list[_Judged], *, security: bool) -> _Judged | None:
    def order(one: _Judged) -> tuple[int, bool, int]:
        return one.tried, one.opinion.state == OPEN, one.opinion.rank

    usable = [one for one in judged if one.opinion.state in (OPEN, DOUBTFUL) and one.opinion.address]
    wished = [one for one in usable if one.wish == PREFERRED and (one.road != "security" or security)]
    main = [one for one in usable if one.road not in _ASIDE or (one.tried == _WORKED and one.road != "security")]
    if security:
        main = [one for one in usable if one.road in _PRIVATE]
    return next(iter(wished), None) or max(main, key=order, default=None)


def _row(one: _Judged, *, is_best: bool) -> RoadAdvice:
    verdicts = {OPEN: GOOD, DOUBTFUL: POSSIBLE, CLOSED: CLOSED, UNKNOWN: UNKNOWN}
    verdict = BEST if is_best else verdicts[one.opinion.state]
    return RoadAdvice(
        one.road, verdict, one.opinion.address, one.opinion.why, tuple(dict.fromkeys(one.opinion.why_not)), one.history
    )


def _why(best: _Judged, judged: list[_Judged]) -> tuple[str, ...]:
    """What speaks for it, and why none of those that would fit better."""
    against = [f"but {reason}" for reason in best.opinion.why_not[:2]] if best.opinion.state == DOUBTFUL else []
    passed = [
        f"not {one.road}: {one.opinion.why_not[0]}"
        for one in judged
        if one is not best and one.opinion.rank > best.opinion.rank and one.opinion.why_not
    ]
    return (*best.opinion.why, *against, *passed)


def _why_none(facts: VendorFacts) -> tuple[str, ...]:
    missing = f"no road to the vendor of {facts.component} is known to be open; what is missing stands with each road"
    if facts.component.kind == "dropin":
        return (missing, "a drop-in is put there by a plugin, and that one's vendor is the one to write to")
    return (missing,)
