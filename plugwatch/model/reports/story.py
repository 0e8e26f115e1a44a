"""The story of one incident, as a draft of a blameless post-incident report: what happened, and what follows from it.

Facts are computed; what only a person can say stays a marked blank in the templates. It is for colleagues: it names
clients, sites, components and vendors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from plugwatch.model.incident import Call, client_knows
from plugwatch.model.life import state_at
from plugwatch.model.messages.message import LAST_PHASES
from plugwatch.model.reports import metrics
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.client_facts import HIT
from plugwatch.model.reports.course import is_told, reopened_at
from plugwatch.model.reports.incident_view import IncidentView, Views, cut
from plugwatch.model.reports.records import Record
from plugwatch.model.reports.story_follow_ups import follow_ups
from plugwatch.model.reports.story_remarks import LATE, Remark, helped, hindered
from plugwatch.model.reports.survival import Span
from plugwatch.model.suspects import Suspect

SUSPECTS_SHOWN = 5


class ClientRow(NamedTuple):
    """One client in it: how they told us, when they heard from us first, and whether they were told the end."""

    name: str
    sites: tuple[str, ...]
    heard: str
    response: Span | None
    silence: Span | None
    told_end: bool


class Entry(NamedTuple):
    """A line of the timeline. ``written`` is when it was written down, where that was clearly later."""

    at: datetime
    written: datetime | None
    who: str
    kind: str
    text: str
    minutes: int | None


@dataclass(frozen=True)
class Story:
    """Everything that the report says.

    ``hit``, ``open`` and ``cleared`` count sites; ``worst`` is the one that had to wait the longest. ``suspects`` are
    changes before the first report on the site that it came from, the likeliest first.
    """

    view: IncidentView
    clients: tuple[ClientRow, ...]
    hit: int
    open: int
    triage: int
    cleared: int
    worst: Span | None
    ours_first: bool
    timeline: tuple[Entry, ...]
    suspects: tuple[Suspect, ...]
    helped: tuple[Remark, ...]
    hindered: tuple[Remark, ...]
    follow_ups: tuple[str, ...]

    @classmethod
    def of(cls, board: Board, suspects: Sequence[Suspect], unsettled: Sequence[str]) -> Story:
        """The story of the board's one incident; ``unsettled`` are sentences about messages that did not arrive."""
        record, now = board.records[0], board.now
        states = Counter(state_at(impact, now) for impact in {one.site: one for one in record.impacts}.values())
        return cls(
            view=Views(board).of(record),
            clients=tuple(_clients(record, board, now)),
            hit=sum(states[state] for state in HIT),
            open=states["affected"],
            triage=states["in_triage"],
            cleared=states["not_affected"],
            worst=metrics.worst_mitigation(record, now),
            ours_first=bool(metrics.found_first([record]).part),
            timeline=tuple(_timeline(record)),
            suspects=tuple(suspects[:SUSPECTS_SHOWN]),
            helped=tuple(helped(record, now)),
            hindered=tuple(hindered(record, now)),
            follow_ups=tuple(follow_ups(board, unsettled)),
        )

    @property
    def record(self) -> Record:
        """The incident."""
        return self.view.record

    def numbers(self) -> dict[str, Any]:
        """What the report says in numbers, as JSON has it; spans are in seconds."""
        return {
            "sites": {"hit": self.hit, "affected": self.open, "in_triage": self.triage, "not_affected": self.cleared},
            "clients": len(self.clients),
            "minutes": self.record.minutes,
            "metrics": [
                {
                    "metric": one.metric.key,
                    "definition": one.metric.definition,
                    "n": one.n,
                    "worst": {"seconds": one.worst.seconds, "at_least": one.worst.at_least} if one.worst else None,
                    "share": one.share,
                    "case": one.case,
                }
                for one in self.view.numbers
            ],
        }


def _clients(record: Record, board: Board, now: datetime) -> Iterator[ClientRow]:
    responses = {span.case.partition(" ")[2]: span for span in metrics.first_responses(record, now)}
    silences = {span.case.partition(" ")[2]: span for span in metrics.silences(record, now)}
    sites = _sites_of(record, now)
    ends = [one for one in record.told if one.phase in LAST_PHASES]
    for slug in dict.fromkeys([*(call.client for call in record.calls if call.client), *sites]):
        own = [call.heard for call in record.calls if call.client == slug and client_knows(call.heard)]
        fact = board.clients.get(slug)
        yield ClientRow(
            name=fact.name if fact else slug,
            sites=tuple(sorted(sites.get(slug, ()))),
            heard=own[0] if own else "",
            response=responses.get(slug),
            silence=silences.get(slug),
            told_end=is_told(ends, slug, reopened_at(record, slug)),
        )


def _sites_of(record: Record, now: datetime) -> Mapping[str, set[str]]:
    """The sites that were hit, by client."""
    found: dict[str, set[str]] = {}
    for impact in {one.site: one for one in record.impacts}.values():
        if state_at(impact, now) in HIT:
            found.setdefault(impact.client, set()).add(impact.site)
    return found


def _timeline(record: Record) -> Iterator[Entry]:
    """All that was written down, the oldest first; a call with the words that were said."""
    calls: list[Call] = list(record.calls)
    for event in sorted(record.events, key=lambda event: event.at):
        text = event.body
        if event.kind == "call":
            same = next((call for call in calls if call.at == event.at and _is_of(call, text)), None)
            if same:
                calls.remove(same)
                text = f"{text}: “{same.words}”" if same.words.strip() else text
        late = event.recorded_at if event.recorded_at - event.at > LATE else None
        yield Entry(event.at, late, event.actor, event.kind, cut(text), event.minutes)


def _is_of(call: Call, body: str) -> bool:
    """Whether a line of the timeline is that of a call: it names how we heard of it, and where from."""
    return body.startswith(call.heard) and (call.site is None or call.site in body)
