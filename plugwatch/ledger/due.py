"""What the morning's list needs, read for all incidents at once: a handful of queries over sets, never one an incident.

An incident that was merged into another one counts as that one everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.client import FORGOTTEN
from plugwatch.model.incident import OPEN_STATUSES, Incident
from plugwatch.model.roads.ladder import LEFT_OUT, Step, Trail, Week, first_step, left_out, next_step
from plugwatch.model.today import (
    AUTOMATIC,
    LOOK_BACK,
    BadFeedback,
    Due,
    SilentVendor,
    Turn,
    Undelivered,
    doubtful_versions,
    hit_next,
    holds,
)
from plugwatch.model.turn import Asked, Sent, TurnFacts, whose_turn

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

    def silent_vendors(self, now: datetime, week: Week) -> list[SilentVendor]:
        """The vendors who have been silent for so long that the next step of the ladder is due, the longest first."""
        found = []
        things = self._trails()
        for thing, trails in things.items():
            gone_on = {trail.goes_on_from for trail in trails if trail.status != "withdrawn"}
            for trail in trails:
                step = None if trail.submission in gone_on else next_step(trail, trails, week, now=now)
                if step and step.due <= now:
                    found.append(_silent(thing, trail, step))
        return sorted(found, key=lambda row: (row.since, row.submission))

    def hit_sites(self, incident_id: str) -> list[tuple[str, datetime]]:
        """The sites that an incident hit, by their slugs, and when that was first known."""
        return [(site, from_text(at)) for site, at in self._queries.rows("hit_sites", incident_id=incident_id)]

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

    def _trails(self) -> dict[_Thing, list[Trail]]:
        """What was written to vendors, by what it is about."""
        rows = self._queries.rows("trails")
        steps: dict[int, list[tuple[int, datetime]]] = {}
        for number, said, at in self._queries.rows("steps", left_out=LEFT_OUT) if rows else ():
            steps.setdefault(number, []).append((left_out(said) or int(said), from_text(at)))
        found: dict[_Thing, list[Trail]] = {}
        for row in rows:
            number, incident, patch, assignee, kind, slug = row[:6]
            about = f"INC-{incident}" if incident else patch or f"SUB-{number}"
            thing = _Thing(about, f"{kind}/{slug}", assignee)
            found.setdefault(thing, []).append(_trail(row, steps.get(number, [])))
        return found

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


class _Thing(NamedTuple):
    """What submissions are about: an incident, else a patch, else a submission; and whose component it is."""

    about: str
    component: str
    assignee: str | None


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
        for number, _assignee, sub, _kind, _slug, status, at, ours in queries.rows("submissions"):
            self._sent.setdefault(number, []).append(Sent(f"SUB-{sub}", status, from_text(at), waits_for_us=bool(ours)))

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


def _trail(row: Row, steps: list[tuple[int, datetime]]) -> Trail:
    number, _incident, patch, _assignee, kind, _slug, road, status, security, earlier, *rest = row
    ours, theirs, began, first = rest
    if earlier and began:
        steps = [*steps, (first_step(road, first), from_text(began))]
    return Trail(
        submission=f"SUB-{number}",
        road=road,
        kind=kind,
        status=status,
        ours_at=from_text(ours) if ours else None,
        theirs_at=from_text(theirs) if theirs else None,
        goes_on_from=f"SUB-{earlier}" if earlier else None,
        patch=patch or None,
        private=bool(security) or road == "security",
        steps=tuple(steps),
    )


def _silent(thing: _Thing, trail: Trail, step: Step) -> SilentVendor:
    incident = thing.about if thing.about.startswith("INC-") else None
    told = (step.since, thing.assignee, step.step, step.due, step.command)
    return SilentVendor(trail.submission, incident, thing.component, trail.status, *told)


def _due(row: Row) -> Due:
    promise, number, status, severity, assignee, client, name, due, asks, told = row
    over = status not in OPEN_STATUSES
    what = "word that it is over" if over else f"{status} update" if told else "first message"
    return Due(promise, f"INC-{number}", client, name, from_text(due), what, severity, assignee, bool(asks))


def _name(number: int | None) -> str | None:
    return f"INC-{number}" if number else None
