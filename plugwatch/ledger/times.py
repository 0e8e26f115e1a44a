"""Times as the ledger keeps them: UTC, whole seconds, ISO 8601 at a fixed width, so that text order is time order."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache

from plugwatch.errors import LedgerError


def to_text(moment: datetime) -> str:
    """``2026-03-01T09:15:00Z`` for any moment that knows its time zone; fractions of a second are cut off.

    Raises LedgerError for a moment without a zone, which could mean any of two dozen times.
    """
    if moment.tzinfo is None:
        raise LedgerError(f"the time {moment.isoformat(sep=' ')} has no time zone; add one, such as Z or +01:00")
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)  # the rows of one import share their times
def from_text(text: str) -> datetime:
    """The moment, in UTC, that :func:`to_text` wrote."""
    return datetime.fromisoformat(text[:-1] + "+00:00")  # Python 3.10 does not read the Z
