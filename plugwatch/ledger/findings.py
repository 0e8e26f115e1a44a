"""What the last ``plugwatch check`` saw, for the morning's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.today import Finding, LostBuild

_BESIDE = "\x1e"  # what a place is told apart by from another one there, and what stands before details in JSON
_RUN = "run"  # the kind of the one row that says when it was, also where nothing was found


class Findings:
    """The findings of one check: the newest."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "findings")

    def replace(self, findings: Iterable[Finding], *, at: datetime) -> None:
        """Keep what a check saw, in place of what the one before it did; sentences about the same place are joined.

        What has details stays by itself: it is about one thing in that place.
        """
        import json  # the morning's list needs it only where something has details

        together: dict[tuple[str, str], list[str]] = {(_RUN, ""): []}
        for number, finding in enumerate(findings):
            details = finding.details
            place = f"{finding.place}{_BESIDE}{number:06}" if details else finding.place
            summary = finding.summary
            if details:  # with names as they are: who is to be forgotten must be found in them
                summary += _BESIDE + json.dumps(details, ensure_ascii=False)
            together.setdefault((finding.kind, place), []).append(summary)
        self._queries.run("clear")
        self._queries.run_many(
            "insert",
            [
                {"kind": kind, "place": place, "summary": "; ".join(summaries), "seen_at": to_text(at)}
                for (kind, place), summaries in together.items()
            ],
        )

    def last(self) -> tuple[list[Finding], datetime | None]:
        """What the last check saw, and when it was; None where none has run yet."""
        rows = self._queries.rows("all")
        seen = max((from_text(at) for *_, at in rows), default=None)
        return [_finding(kind, place, summary) for kind, place, summary, _at in rows if kind != _RUN], seen

    def lost_builds(self) -> list[LostBuild]:
        """Where a build of ours ran once, and what the vendor ships runs now; whether it is missed is not asked."""
        return [
            LostBuild(site, Component(kind, slug), before, after)
            for site, kind, slug, before, after in self._queries.rows("lost_builds")
        ]


def _finding(kind: str, place: str, summary: str) -> Finding:
    sentence, _, details = summary.partition(_BESIDE)
    if not details:
        return Finding(kind, place, sentence)
    import json

    return Finding(kind, place.partition(_BESIDE)[0], sentence, json.loads(details))
