"""A submission as the ledger keeps it: one text for one road, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugwatch.model.component import Component
from plugwatch.model.submission import Check


@dataclass(frozen=True)
class SubmissionFile:
    """A file that goes with a submission, and where it lies on this machine."""

    name: str
    path: str


@dataclass(frozen=True)
class Submission:
    """Something written for a vendor. ``status`` is one of the statuses of a submission, ``draft`` at first."""

    number: int
    incident: str | None
    patch: str | None
    component: Component
    channel: str
    status: str
    title: str
    body: str
    url: str | None
    files: tuple[SubmissionFile, ...]
    checks: tuple[Check, ...]
    created_at: datetime
    actor: str

    @property
    def name(self) -> str:
        """The human number: ``SUB-3``."""
        return f"SUB-{self.number}"
