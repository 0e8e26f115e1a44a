"""The agency's numbers: what each of them means, said once, and how it is computed from what happened.

What takes time is a :class:`Span` a case, so that open cases count as "at least"; shares are a part of a whole that is
shown with them. Severities are never mixed: :func:`by_severity`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from plugwatch.model.incident import SEVERITIES, client_knows
from plugwatch.model.messages.message import LAST_PHASES
from plugwatch.model.reports.client_waits import first_responses, mitigations, silences, worst_mitigation
from plugwatch.model.reports.course import (
    ended_at,
    identified_at,
    is_open_at,
    is_told,
    reopened_at,
    turn_at,
    turns_over,
)
from plugwatch.model.reports.records import ComponentFact, ForkFact, Record
from plugwatch.model.reports.survival import Span, Summary, summarize
from plugwatch.model.reports.vendor_waits import forwarding, upstream_fixes, vendor_answers

__all__ = [
    "METRICS",
    "Cost",
    "Debt",
    "Metric",
    "Share",
    "by_severity",
    "carried_debt",
    "costs",
    "ended_at",
    "first_responses",
    "forwarding",
    "found_first",
    "identified_at",
    "is_open_at",
    "loop_closure",
    "mitigations",
    "promises_kept",
    "recurrence",
    "silences",
    "turn_at",
    "turns_over",
    "upstream_fixes",
    "vendor_answers",
    "vendor_of",
    "worst_mitigation",
]

_MINUTES_AN_HOUR = 60


class Metric(NamedTuple):
    """What a number means; ``unit`` is one of chart.UNITS, ``better`` says whether ``low`` or ``high`` is good."""

    key: str
    name: str
    definition: str
    unit: str
    better: str


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.key: metric
        for metric in (
            Metric(
                "first-response",
                "Time to first response",
                "From a client's first report until they heard from us, for each client that told us; on the phone "
                "that is at once, and whoever was never answered still waits.",
                "seconds",
                "low",
            ),
            Metric(
                "found-first",
                "Found by us first",
                "The share of incidents that we or a monitor saw before any client told us.",
                "share",
                "high",
            ),
            Metric(
                "mitigation",
                "Time to mitigation",
                "From the first report until a site worked again or was found not to be affected, for each site that "
                "was hit (the longest time, where it was hit again); without a word on the site, until the incident "
                "was resolved.",
                "seconds",
                "low",
            ),
            Metric(
                "promises-kept",
                "Promises kept",
                "Of the times by which a client was promised to hear from us, the share that was kept; a promise "
                "counts once it is kept or its time has passed.",
                "share",
                "high",
            ),
            Metric(
                "silence",
                "Silence gap",
                "The longest time that a client heard nothing from us while a site of theirs did not work; nights and "
                "weekends count.",
                "seconds",
                "low",
            ),
            Metric(
                "forwarding",
                "Time to forward",
                "From the moment when the cause was known until the first text left for a vendor; what ended without "
                'one counts up to its end, as "at least".',
                "seconds",
                "low",
            ),
            Metric(
                "vendor-answer",
                "Time to vendor answer",
                "From what we sent until a person at the vendor's answered, for each channel; bots are no answer, and "
                'open cases count as "at least".',
                "seconds",
                "low",
            ),
            Metric(
                "upstream-fix",
                "Time to upstream fix",
                "From what we sent until a release was known to hold the fix, for each channel; open cases count as "
                '"at least", and those that were rejected, withdrawn or fixed through another channel up to then.',
                "seconds",
                "low",
            ),
            Metric(
                "loop-closure",
                "Loop closure",
                "Of the clients who told us of an incident that is over, the share whom we told the end, since it came "
                "back last.",
                "share",
                "high",
            ),
            Metric(
                "carried-debt",
                "Carried-patch debt",
                "For each patch that we carry, the sites that run a build of ours times the days since it was made; "
                "shown with the share of patches that was sent to the vendor.",
                "days",
                "low",
            ),
            Metric(
                "recurrence",
                "Recurrence",
                "The share of incidents that were reopened or are linked to an earlier one.",
                "share",
                "low",
            ),
            Metric(
                "cost",
                "Cost per vendor",
                "The hours worked on a vendor's incidents times our hourly rate, divided by the sites that run the "
                "vendor's components.",
                "money",
                "low",
            ),
        )
    }
)


class Share(NamedTuple):
    """A part of a whole, both counted."""

    part: int
    of: int

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; None of nothing."""
        return self.part / self.of if self.of else None


class Debt(NamedTuple):
    """A patch that we carry: on how many sites a build of ours runs, and how many days ago the patch was made."""

    component: str
    patch: str
    title: str
    sites: int
    days: int
    forwarded: bool
    stance: str | None


class Cost(NamedTuple):
    """What a vendor costs us; ``key`` is the vendor, else the component. None where no rate is set, or no site left.

    ``sites`` run a component of the vendor; one that runs two of them counts twice.
    """

    key: str
    minutes: int
    sites: int
    incidents: int
    money: float | None
    per_site: float | None


def promises_kept(records: Iterable[Record], now: datetime) -> Share:
    """Of the promises that were kept or whose time has passed, those that were kept in time."""
    states = [promise.state(now) for record in records for promise in record.promises]
    return Share(states.count("kept"), len(states) - states.count("open"))


def found_first(records: Iterable[Record]) -> Share:
    """Of all incidents, those that we or a monitor saw before any client told us; also where no client ever did."""
    first = [_is_ours_first(record) for record in records]
    return Share(sum(first), len(first))


def loop_closure(records: Iterable[Record]) -> Share:
    """Of the clients who told us of what is over, those whom we told the end since it came back for them last."""
    told, of = 0, 0
    for record in records:
        if record.is_open:
            continue
        ends = [one for one in record.told if one.phase in LAST_PHASES]
        for client in {call.client for call in record.calls if call.client and client_knows(call.heard)}:
            of += 1
            told += is_told(ends, client, reopened_at(record, client))
    return Share(told, of)


def recurrence(records: Iterable[Record]) -> Share:
    """Of all incidents, those that were reopened or are linked to an earlier one."""
    again = [reopened_at(record) is not None or _has_earlier(record) for record in records]
    return Share(sum(again), len(again))


def by_severity(
    records: Iterable[Record], function: Callable[[Record], Sequence[Span] | Span | None]
) -> dict[str, Summary]:
    """The cases of a metric (``lambda record: mitigations(record, now)``) summed up for each severity that has some."""
    spans: dict[str, list[Span]] = {severity: [] for severity in SEVERITIES}
    for record in records:
        found = function(record)
        spans[record.severity] += [found] if isinstance(found, Span) else found or ()
    return {severity: summarize(known) for severity, known in spans.items() if known}


def carried_debt(forks: Iterable[ForkFact], components: Mapping[str, ComponentFact], now: datetime) -> list[Debt]:
    """Every patch that is carried now, the heaviest (sites times days) first, then the oldest."""
    debts = [_debt(fork, patch, components, now) for fork in forks for patch in fork.carried]
    return sorted(debts, key=lambda debt: (-debt.sites * debt.days, -debt.days, debt.component, debt.patch))


def costs(records: Iterable[Record], components: Mapping[str, ComponentFact], rate: float) -> list[Cost]:
    """What each vendor costs us at this rate an hour (0: no money is shown), the most minutes first.

    Work on an incident whose cause is not known is no vendor's.
    """
    minutes: dict[str, int] = {}
    incidents: dict[str, int] = {}
    for record in records:
        if key := vendor_of(record.component, record.vendor, components):
            minutes[key] = minutes.get(key, 0) + record.minutes
            incidents[key] = incidents.get(key, 0) + 1
    sites: dict[str, int] = {}
    for fact in components.values():
        key = fact.vendor or fact.component
        sites[key] = sites.get(key, 0) + fact.sites
    found = [_cost(key, spent, sites.get(key, 0), incidents[key], rate) for key, spent in minutes.items()]
    return sorted(found, key=lambda cost: (-cost.minutes, cost.key))


def vendor_of(component: str | None, vendor: str | None, components: Mapping[str, ComponentFact]) -> str | None:
    """The vendor whom somebody has named, else the component itself; None where neither is known."""
    fact = components.get(component) if component else None
    return vendor or (fact.vendor if fact else None) or component


def _is_ours_first(record: Record) -> bool:
    clients = [call.at for call in record.calls if client_knows(call.heard)]
    ours = [call.at for call in record.calls if not client_knows(call.heard)]
    return not clients or (bool(ours) and min(ours) < min(clients))


def _has_earlier(record: Record) -> bool:
    """Whether it is linked to an earlier one; both of two say so, and the later one is the one that came again."""
    return any(int(name.rpartition("-")[2]) < record.number for name, _note in record.links)


def _debt(fork: ForkFact, patch: str, components: Mapping[str, ComponentFact], now: datetime) -> Debt:
    fact, component = fork.patches[patch], components.get(fork.component)
    return Debt(
        component=fork.component,
        patch=patch,
        title=fact.title,
        sites=sum(ours for _version, _sites, ours in component.versions) if component else 0,
        days=max((now - fact.made_at).days, 0),
        forwarded=fact.forwarded_at is not None,
        stance=fact.stance,
    )


def _cost(key: str, minutes: int, sites: int, incidents: int, rate: float) -> Cost:
    money = round(minutes * rate / _MINUTES_AN_HOUR, 2) if rate else None
    per_site = round(money / sites, 2) if money is not None and sites else None
    return Cost(key, minutes, sites, incidents, money, per_site)
