"""What a person says of a patch: what we mean to do with it, and that a release contains it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, printable
from plugwatch.model.component import Component

# send it to the vendor; wait (with it, or with a decision); never: ours for good.
STANCES = ("send", "wait", "never")

_LONGEST_REASON = 1000


@dataclass(frozen=True)
class Stance:
    """What we mean to do with a patch, and why; ``review_by`` is the day on which somebody looks at it again."""

    patch: str
    stance: str
    reason: str
    review_by: date | None
    at: datetime
    actor: str


@dataclass(frozen=True)
class Acceptance:
    """A person's yes: this release contains this patch. ``stands`` is False where it takes an earlier yes back.

    ``verdict`` is what plugwatch made of it then, ``reason`` may be empty.
    """

    patch: str
    component: Component
    version: str
    stands: bool
    verdict: str
    reason: str
    at: datetime
    actor: str


def check_reason(text: str) -> str:
    """A reason as it is kept: one line of text. Raises PlugwatchError for an empty one and for control characters."""
    reason = check_text("the reason", text.strip(), _LONGEST_REASON)
    if not reason:
        raise PlugwatchError("a reason is asked for, for whoever reads it in a year; give it with --why")
    return reason


def parse_review_day(text: str, *, today: date) -> date:
    """A day still to come, as ``2027-01-31``. Raises PlugwatchError for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise PlugwatchError(f"'{printable(text[:40])}' is no day; write it as 2027-01-31") from error
    if day <= today:
        raise PlugwatchError(f"{day} is not to come any more; give a day after {today} for the review")
    return day
