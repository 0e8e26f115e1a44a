"""What the last ``plugwatch check`` saw, for the morning's list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugwatch.ledger.connection import Connection
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.today import Finding, LostBuild

_RUN = "run"  # the kind of the one row that says when it was, also where nothing was found


class Findings:
    """The findings of one check: the newest."""

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "findings")

    def replace(self, findings: Iterable[Finding], *, at: datetime) -> None:
        """Keep what a check saw, in place of what the one before it did; sentences about the same place are joined."""
        together: dict[tuple[str, str], list[str]] = {(_RUN, ""): []}
        for finding in findings:
            together.setdefault((finding.kind, finding.place), []).append(finding.summary)
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
        return [Finding(kind, place, summary) for kind, place, summary, _at in rows if kind != _RUN], seen

    def lost_builds(self) -> list[LostBuild]:
        """Where a build of ours ran once, and what the vendor ships runs now; whether it is missed is not asked."""
        return [
            LostBuild(site, Component(kind, slug), before, after)
            for site, kind, slug, before, after in self._queries.rows("lost_builds")
        ]
