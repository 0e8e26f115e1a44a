"""Everything that the agency's report is made of: one state of the ledger, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from plugwatch.model.evidence.matrix import OnSite
from plugwatch.model.hold import Hold
from plugwatch.model.reports.records import ClientFact, ComponentFact, ForkFact, Record, SiteFact
from plugwatch.model.reports.score import Score, scores
from plugwatch.model.today import Today


@dataclass(frozen=True)
class Board:
    """The facts of a report.

    ``now`` is the moment of the report on the agency's clock, ``since`` the beginning of its period. ``records`` are
    incidents that were open in it, the newest first. ``matrix`` are sites that run, ran or should run builds of ours.
    ``holds`` are those in force, also where their incident was over before the period. ``hourly_rate`` 0: what work
    costs is not shown. ``clients``, ``sites`` and ``components`` go by their names.
    """

    agency: str
    now: datetime
    since: datetime
    records: tuple[Record, ...]
    clients: Mapping[str, ClientFact]
    sites: Mapping[str, SiteFact]
    components: Mapping[str, ComponentFact]
    forks: tuple[ForkFact, ...]
    matrix: tuple[OnSite, ...]
    today: Today
    holds: tuple[Hold, ...] = ()
    hourly_rate: float = 0.0
    currency: str = "EUR"

    @cached_property
    def by_component(self) -> Mapping[str, tuple[Record, ...]]:
        """The incidents of each component."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            if record.component:
                found.setdefault(record.component, []).append(record)
        return {component: tuple(records) for component, records in found.items()}

    @cached_property
    def scores(self) -> Mapping[str, Score]:
        """What every vendor is worth to us, from the cases of the period."""
        found = scores(self.records, self.components, self.now, self.since, self.forks)
        return {score.vendor: score for score in found}

    @cached_property
    def by_name(self) -> Mapping[str, Record]:
        """The incidents by their names (``INC-42``)."""
        return {record.name: record for record in self.records}
