"""How a vendor answers and fixes, from our own cases: a score of 0 to 100 and a grade, private to the agency.

A case is what we sent to a vendor about one incident, through one channel or more. Six parts:

- answered (30): the share of cases that a person answered;
- answer (25): how soon, by the Kaplan–Meier median;
- fix (25): how soon a release had the fix, by the same;
- openness (10): the share of decided submissions that were taken, and whether there is a public tracker;
- support (10): the share of resolved threads in the vendor's forum, which is known before we have any case;
- trouble (up to -15): of the released fixes those that came back; a release whose content was changed under the same
  version counts as one more of these.

Days become a part of the points by ``log(none / days) / log(none / full)``, from all of them at ``full`` days to
none at ``none`` days: twice the wait costs the same whether from one day to two or from ten to twenty, as it feels to
whoever waits. An answer earns all within 1 day and nothing after 30, a fix all within 7 days and nothing after 180.

Few cases tell little, so each part is drawn to the fleet's mean, as if the vendor had three more cases like that: for
shares this is the mean of a Beta distribution with a prior worth three cases. The fleet is drawn to one half the same
way, but for trouble, which nobody is suspected of. A case that still waits counts as the part of a case that it has
waited of those 30 or 180 days: one of yesterday says nothing yet, and one that waits for ever counts in full. Speed is
believed as far as cases are over, slowness also as far as they wait; so a case that only waits earns nothing.

What is not known is left out, and the rest is scaled to 100. Under three cases there are no points and no grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from plugwatch.model.reports.cases import Case, cases_by_vendor, vendor_names
from plugwatch.model.reports.records import ComponentFact, ForkFact, Record
from plugwatch.model.reports.score_parts import Evidence, ScorePart, score_parts, total
from plugwatch.model.reports.survival import Summary, summarize

__all__ = ["GRADES", "LEAST_CASES", "Case", "Score", "ScorePart", "grade_of", "scores"]

# From so many points on; less is E.
GRADES = (("A", 80.0), ("B", 65.0), ("C", 50.0), ("D", 35.0), ("E", 0.0))
LEAST_CASES = 3


class Score(NamedTuple):
    """A vendor's score, with what it rests on.

    ``n`` cases were sent in the period, ``censored`` of them have no released fix yet, so their times are "at least".
    ``grade`` and ``points`` are None under three cases. ``cases`` are names of incidents, ``details`` the cases
    themselves, both the newest first.
    """

    vendor: str
    components: tuple[str, ...]
    n: int
    censored: int
    grade: str | None
    points: float | None
    parts: tuple[ScorePart, ...]
    cases: tuple[str, ...]
    since: datetime
    until: datetime
    answered: int
    answer: Summary
    fix: Summary
    details: tuple[Case, ...]


def scores(
    records: Iterable[Record],
    components: Mapping[str, ComponentFact],
    now: datetime,
    since: datetime,
    forks: Iterable[ForkFact] = (),
) -> list[Score]:
    """The score of each vendor to whom something was sent from ``since`` to ``now``: the worst first.

    Those under three cases come last. Without ``forks`` nothing is known of releases that were changed silently.
    """
    vendors = vendor_names(components)
    cases = cases_by_vendor(records, vendors, now, since)
    makes: dict[str, set[str]] = {name: {case.component for case in known} for name, known in cases.items()}
    for component in components:
        makes.setdefault(vendors.get(component, component), set()).add(component)
    by_component = {fork.component: fork for fork in forks}
    evidence = {
        vendor: Evidence.of(
            known,
            [components[component] for component in makes[vendor] if component in components],
            [by_component[component] for component in makes[vendor] if component in by_component],
            since,
        )
        for vendor, known in cases.items()
    }
    fleet = Evidence.together(evidence.values())
    found = [
        _score(vendor, tuple(sorted(makes[vendor])), (one, fleet), (since, now)) for vendor, one in evidence.items()
    ]
    return sorted(found, key=lambda one: (one.points is None, one.points or 0.0, -one.n, one.vendor))


def grade_of(points: float) -> str:
    """A to E."""
    return next(grade for grade, least in GRADES if points >= least)


def _score(
    vendor: str, components: tuple[str, ...], known: tuple[Evidence, Evidence], period: tuple[datetime, datetime]
) -> Score:
    """The score of a vendor, from what is known of it and of the fleet."""
    evidence, fleet = known
    parts = score_parts(evidence, fleet)
    enough = len(evidence.cases) >= LEAST_CASES
    points = round(total(parts), 1) if enough else None
    answer, fix = summarize(evidence.answers), summarize(evidence.fixes)
    return Score(
        vendor=vendor,
        components=components,
        n=len(evidence.cases),
        censored=fix.still_open,
        grade=grade_of(points) if points is not None else None,
        points=points,
        parts=tuple(part if enough else part._replace(points=None) for part in parts),
        cases=tuple(dict.fromkeys(case.incident for case in evidence.cases)),
        since=period[0],
        until=period[1],
        answered=answer.n - answer.still_open,
        answer=answer,
        fix=fix,
        details=evidence.cases,
    )
