"""What was worked on incidents, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from plugwatch.model.incident import Incident
from plugwatch.model.money import Line, Worked, sums


class Incidents(Protocol):
    """The incidents."""

    def get(self, text: str) -> Incident:
        """The incident of a name or number."""


class Hours(Protocol):
    """The minutes of all notes."""

    def worked(self, since: datetime | None = None) -> Sequence[Worked]:
        """Minutes by incident and client."""


class Work(Protocol):
    """The ledger."""

    @property
    def incidents(self) -> Incidents:
        """The incidents."""

    @property
    def hours(self) -> Hours:
        """The minutes."""


def add_up(work: Work, number: str | None, *, by: str, since: datetime | None) -> list[Line]:
    """The minutes of one incident or of all, by one of plugwatch.model.money.BY.

    The number of an incident that was merged stands for the one that it was merged into.
    """
    rows = work.hours.worked(since)
    if number is not None:
        found = work.incidents.get(number)
        name = found.merged_into or found.name
        rows = [row for row in rows if row.incident == name]
    return sums(rows, by)
