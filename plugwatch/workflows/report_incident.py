"""The draft of a post-incident report, gathered from the ledger. It is for colleagues: every name may stand in it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Protocol

from plugwatch.errors import PlugwatchError
from plugwatch.model.incident import Incident
from plugwatch.model.reports.board import Board
from plugwatch.model.reports.story import Story
from plugwatch.model.roads.submission import RenderedText
from plugwatch.model.suspects import Concern, Suspect, rank_suspects
from plugwatch.model.today import Today
from plugwatch.workflows.history import changes_of

_SUSPECT_DAYS = 7  # as when an incident is opened


class Ledger(Protocol):
    """Where everything is kept."""

    def reading(self) -> AbstractContextManager[Any]: ...


class Pages(Protocol):
    """The templates of the report."""

    def render(self, story: Story, form: str, now: datetime, zone: tzinfo) -> RenderedText: ...


@dataclass(frozen=True)
class IncidentReport:
    """The draft, and what it was made of."""

    story: Story
    text: RenderedText


def report_incident(
    ledger: Ledger, number: str, form: str, pages: Pages, *, agency: str, now: datetime, zone: tzinfo
) -> IncidentReport:
    """The report of an incident, or of the one that it was merged into, as ``html`` or ``md``."""
    with ledger.reading() as work:
        story = load_story(work, number, agency=agency, now=now)
    return IncidentReport(story, pages.render(story, form, now, zone))


def load_story(work: Any, number: str, *, agency: str, now: datetime) -> Story:
    """Everything that the ledger holds of an incident."""
    incident: Incident = work.incidents.root(work.incidents.get(number))
    record = work.history.record(incident, now)
    board = Board(
        agency=agency,
        now=now,
        since=record.reported_at,
        records=(record,),
        clients=work.history.clients(),
        sites=work.history.sites(),
        components=work.history.components() if record.component else {},
        forks=tuple(work.history.forks()),
        matrix=(),
        today=Today(now, on_call=None),
    )
    return Story.of(board, _suspects(work, incident), work.messages.unsettled(incident))


def _suspects(work: Any, incident: Incident) -> list[Suspect]:
    """What changed on the first site in the week before the first report. The incident itself is no reason."""
    calls = [call for call in work.incidents.calls(incident) if call.site]
    if not calls:
        return []
    first = min(calls, key=lambda call: call.at)
    changes = changes_of(work, work.sites.get(first.site), since=first.at - timedelta(days=_SUSPECT_DAYS))
    concerns = {
        component: [concern for concern in known if concern.incident != incident.name and _can_be_read(concern)]
        for component, known in work.incidents.concerns().items()
    }
    return rank_suspects(changes, first.at, concerns, {})


def _can_be_read(concern: Concern) -> bool:
    """Whether its versions are ones that a program can compare."""
    try:
        concern.is_about("1")
    except PlugwatchError:
        return False
    return True
