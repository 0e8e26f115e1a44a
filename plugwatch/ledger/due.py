"""What the morning's list needs, read for all incidents at once: a handful of queries over sets, never one an incident.

An incident that was merged into another one counts as that one everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import FORGOTTEN
from plugwatch.model.incident import OPEN_STATUSES, Incident
from plugwatch.model.today import (
    AUTOMATIC,
    LOOK_BACK,
    SILENT_AFTER,
    BadFeedback,
    Due,
    SilentVendor,
    Turn,
    Undelivered,
    doubtful_versions,
    hit_next,
    holds,
)
from plugwatch.model.turn import WITH_VENDOR, Asked, Sent, TurnFacts, whose_turn

# A sender who has not reported back for so long is dead, and what he had begun to hand over is unknown.
_CLAIM = timedelta(minutes=5)

_doubtful = lru_cache(maxsize=None)(doubtful_versions)


class DueList:
    """Promises that are not kept, whose turn it is, what did not arrive, who was unhappy, and which reminders went out.

    Incidents go by their names (``INC-42``). Times in reasons are on the clock that ``now`` carries.
    """

    def __init__(self, connection: Connection) -> None:
        self._queries = Queries(connection, "due")

    def promises(self, now: datetime) -> list[Due]:
        """Every promise that no word to the client has kept yet, the next due first.

        Those of closed incidents are left out once they are two weeks old.
        """
        return [_due(row) for row in self._queries.rows("promises", since=to_text(now - LOOK_BACK))]

    def turns(
        self, now: datetime, *, promises: Sequence[Due] | None = None, seen_since: datetime | None = None
    ) -> list[Turn]:
        """Whose turn it is in each incident that is neither closed nor merged, and how many sites want a look.

        ``promises`` are those of :meth:`promises`, where the caller has them already. Sites that will be hit next are
        counted where ``seen_since`` says how new a list must be to be believed.
        """
        facts = _Facts(self._queries, self.promises(now) if promises is None else promises, now)
        in_triage = self._in_triage()
        hits: Mapping[int, int] = self._hit_next(seen_since) if seen_since else {}
        turns = []
        for number, title, status, severity, assignee, since in self._queries.rows("incidents"):
            turn, why = whose_turn(facts.of(number, status), now=now)
            looks = in_triage[number], facts.run_out.get(number, 0), hits.get(number, 0)
            turns.append(Turn(f"INC-{number}", title, turn, why, severity, status, assignee, from_text(since), *looks))
        return turns

    def turn_of(self, incident: Incident, now: datetime) -> tuple[str, str]:
        """Whose turn it is in one incident, and why."""
        if incident.merged_into or incident.status == "closed":
            return whose_turn(TurnFacts(incident.status, merged_into=incident.merged_into), now=now)
        return whose_turn(_Facts(self._queries, self.promises(now), now).of(incident.number, incident.status), now=now)

    def silent_vendors(self, now: datetime) -> list[SilentVendor]:
        """What vendors have had for a week or longer."""
        return [
            SilentVendor(f"SUB-{sub}", _name(number), f"{kind}/{slug}", status, from_text(at), assignee)
            for number, assignee, sub, kind, slug, status, at in self._queries.rows("submissions")
            if status in WITH_VENDOR and now - from_text(at) >= SILENT_AFTER
        ]

    def undelivered(self, now: datetime) -> list[Undelivered]:
        """Messages that have not reached an address, or of which nobody knows whether they did."""
        rows = []
        for number, assignee, client, name, address, state, reply, at, claimed_at in self._queries.rows("undelivered"):
            if state == "handing" and claimed_at and now - from_text(claimed_at) < _CLAIM:
                continue  # somebody is sending it at this moment
            state = "unknown" if state == "handing" else state
            tried = from_text(at) if at else None
            rows.append(Undelivered(f"INC-{number}", client, name, address, state, reply, tried, assignee))
        return rows

    def bad_feedback(self, now: datetime) -> list[BadFeedback]:
        """Clients who were not happy, of the last two weeks, the newest first."""
        return [
            BadFeedback(_name(number), client, name, words, from_text(at), assignee)
            for number, assignee, client, name, words, at in self._queries.rows(
                "bad_feedback", since=to_text(now - LOOK_BACK)
            )
        ]

    def claim_reminder(self, promise: str, kind: str, *, at: datetime) -> bool:
        """Take it on oneself to remind of a promise (its id); False where somebody has done so."""
        return self._queries.run("claim_reminder", promise_id=promise, kind=kind, at=to_text(at)) == 1

    def forget_reminder(self, promise: str, kind: str) -> None:
        """Give a reminder back that could not be sent."""
        self._queries.run("forget_reminder", promise_id=promise, kind=kind)

    def _in_triage(self) -> Counter[int]:
        """Sites that somebody must look at, by the number of the incident.

        Not those that this program has put there by itself and that do not run a version in doubt, or not any more.
        """
        found: Counter[int] = Counter()
        for number, affected, version, why, unknown, base, sites in self._queries.rows("in_triage"):
            doubtful = _doubtful(affected, version)
            if why not in AUTOMATIC or unknown or (base and holds(base, doubtful)):
                found[number] += sites
        return found

    def _hit_next(self, seen_since: datetime) -> Counter[int]:
        """Sites that run a good version and are about to get a bad one, by the number of the incident."""
        found: Counter[int] = Counter()
        for number, affected, version, base, auto_update, offered, sites in self._queries.rows(
            "about_to_change", seen_since=to_text(seen_since)
        ):
            doubtful = _doubtful(affected, version)
            if doubtful and hit_next(base, doubtful, auto_update=bool(auto_update), offered=offered):
                found[number] += sites
        return found


class _Facts:
    """What the turn of each incident depends on, by its number."""

    def __init__(self, queries: Queries, promises: Sequence[Due], now: datetime) -> None:
        self.run_out: dict[int, int] = {}
        self._untold: dict[int, int] = {}
        for number, run_out, untold in queries.rows("impacts", now=to_text(now)):
            self.run_out[number], self._untold[number] = run_out, untold
        self._waiting: dict[int, int] = dict(queries.rows("not_told_the_end", forgotten=FORGOTTEN))
        self._asked = {
            number: Asked(client, from_text(at), from_text(answered) if answered else None)
            for number, client, at, answered in queries.rows("asked")
        }
        self._due: dict[str, Due] = {}
        for promise in promises:
            if not promise.asks or promise.due < now:
                self._due.setdefault(promise.incident, promise)
        self._sent: dict[int, list[Sent]] = {}
        for number, _assignee, sub, _kind, _slug, status, at in queries.rows("submissions"):
            self._sent.setdefault(number, []).append(Sent(f"SUB-{sub}", status, from_text(at)))

    def of(self, number: int, status: str) -> TurnFacts:
        """The facts of one incident."""
        due = self._due.get(f"INC-{number}")
        untold = self._waiting if status not in OPEN_STATUSES else self._untold
        return TurnFacts(
            status=status,
            due=due.due if due else None,
            due_to=due.client_name if due else "",
            submissions=tuple(self._sent.get(number, ())),
            asked=self._asked.get(number),
            untold=untold.get(number, 0),
        )


def _due(row: Row) -> Due:
    promise, number, status, severity, assignee, client, name, due, asks, told = row
    over = status not in OPEN_STATUSES
    what = "word that it is over" if over else f"{status} update" if told else "first message"
    return Due(promise, f"INC-{number}", client, name, from_text(due), what, severity, assignee, bool(asks))


def _name(number: int | None) -> str | None:
    return f"INC-{number}" if number else None
