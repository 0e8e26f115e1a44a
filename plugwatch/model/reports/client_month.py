"""A client's month: what happened on their sites, what we did, how fast, what we prevented and what is under way.

Nothing here names a component or a vendor but ``product``, and that is set only where the client may read it. Titles of
incidents are ours; what did not work is said in the words that are meant for clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from plugwatch.model.client import Client
from plugwatch.model.incident import SEVERITIES
from plugwatch.model.reports.client_facts import MonthFacts, Period, part_of, site_names
from plugwatch.model.reports.client_happening import Happening, happening, touches
from plugwatch.model.reports.client_prevented import Prevented, prevented
from plugwatch.model.reports.client_strip import Bar, marks, strip
from plugwatch.model.reports.metrics import Share, promises_kept
from plugwatch.model.reports.survival import Quantile, Span, quantile

# A median of fewer cases says less than the cases themselves.
ENOUGH = 3


class Speed(NamedTuple):
    """How fast it was, for incidents of one severity: medians where there are ENOUGH cases, else each of them."""

    severity: str
    incidents: int
    responses: tuple[Span, ...]
    response_median: Quantile | None
    repairs: tuple[Span, ...]
    repair_median: Quantile | None


@dataclass(frozen=True)
class ClientMonth:
    """The page, before it is written."""

    client: Client
    language: str
    period: Period
    happened: tuple[Happening, ...]
    under_way: tuple[Happening, ...]
    speed: tuple[Speed, ...]
    prevented: tuple[Prevented, ...]
    promises: Share
    sites: tuple[str, ...]
    components: int
    lists: int

    @classmethod
    def of(cls, facts: MonthFacts) -> ClientMonth:
        """Everything that can be said of a month."""
        parts = [part for record in facts.records if touches(part := part_of(record, facts), facts)]
        parts.sort(key=lambda part: part.reported_at)
        found = [happening(part, facts) for part in parts]
        names = site_names(facts.sites)
        return cls(
            client=facts.client,
            language=facts.language,
            period=facts.period,
            happened=tuple(one for one in found if not one.is_open),
            under_way=tuple(one for one in found if one.is_open),
            speed=tuple(_speed(found)),
            prevented=tuple(one for one in prevented(facts, names) if one.number),
            promises=_promises(facts),
            sites=tuple(sorted(names.values())),
            components=sum(run.component.startswith(("plugin/", "theme/")) for run in facts.runs),
            lists=facts.lists,
        )

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened."""
        return not self.happened and not self.under_way

    @property
    def all(self) -> tuple[Happening, ...]:
        """Everything that happened, the earliest first."""
        return tuple(sorted((*self.happened, *self.under_way), key=lambda one: one.began))

    @property
    def strip(self) -> tuple[Bar, ...]:
        """When something did not work, as a picture."""
        return strip(self.period, self.all)

    @property
    def marks(self) -> tuple[datetime, ...]:
        """The days that are written below the picture."""
        return tuple(marks(self.period))

    def numbers(self) -> dict[str, Any]:
        """What the page says in numbers, as JSON has it; spans are in seconds."""
        return {
            "incidents": [_document(one) for one in self.all],
            "speed": [_speed_document(one) for one in self.speed],
            "promises": {"kept": self.promises.part, "made": self.promises.of},
            "prevented": {one.what: {"number": one.number, "sites": len(one.sites)} for one in self.prevented},
            "watched": {"sites": len(self.sites), "components": self.components, "lists": self.lists},
        }


def _speed(found: Sequence[Happening]) -> Iterator[Speed]:
    """Severities are never mixed: a median of emergencies and trifles is nobody's."""
    for severity in SEVERITIES:
        cases = [one for one in found if one.severity == severity]
        responses = tuple(one.response for one in cases if one.response)
        repairs = tuple(one.took for one in cases if one.took)
        if responses or repairs:
            yield Speed(severity, len(cases), responses, _median(responses), repairs, _median(repairs))


def _median(spans: Sequence[Span]) -> Quantile | None:
    return quantile(spans, 0.5) if len(spans) >= ENOUGH else None


def _promises(facts: MonthFacts) -> Share:
    """Promises to the client that were due in the month, or were kept in it before their time."""
    period = facts.period
    parts = [part_of(record, facts) for record in facts.records]
    mine = [
        replace(part, promises=tuple(p for p in part.promises if period.has(min(p.due, p.kept_at or p.due))))
        for part in parts
    ]
    return promises_kept(mine, period.now)


def _document(one: Happening) -> dict[str, Any]:
    return {
        "incident": one.incident,
        "severity": one.severity,
        "sites": list(one.sites),
        "began": one.began.isoformat(),
        "works_since": one.works_since.isoformat() if one.works_since else None,
        "first_response": _span(one.response),
        "mitigation": _span(one.took),
        "open": one.is_open,
        "next_due": one.next_due.isoformat() if one.next_due else None,
    }


def _span(span: Span | None) -> dict[str, Any] | None:
    return {"seconds": span.seconds, "over": span.over} if span else None


def _speed_document(one: Speed) -> dict[str, Any]:
    def known(cases: Sequence[Span], median: Quantile | None) -> dict[str, Any]:
        middle = {"seconds": median.seconds, "at_least": median.at_least} if median else None
        return {"n": len(cases), "cases": [_span(case) for case in cases], "median": middle}

    return {
        "severity": one.severity,
        "incidents": one.incidents,
        "first_response": known(one.responses, one.response_median),
        "mitigation": known(one.repairs, one.repair_median),
    }
