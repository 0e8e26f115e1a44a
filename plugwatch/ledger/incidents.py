"""Incidents, with the calls and events that belong to them, or to what was merged into them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from plugwatch.errors import NotFoundError
from plugwatch.ledger.clients import Clients
from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.counters import Counters
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.sites import Sites
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import PLATFORM, Component
from plugwatch.model.incident import OPEN_STATUSES, Call, Event, Incident

if TYPE_CHECKING:  # most calls name what broke
    from plugwatch.model.suspects import Concern


class Incidents:
    """Every incident. What belongs to one is only ever added to."""

    def __init__(self, connection: Connection, clients: Clients, sites: Sites, components: Components) -> None:
        self._queries = Queries(connection, "incidents")
        self._counters = Counters(connection)
        self._clients = clients
        self._sites = sites
        self._components = components

    def add(self, incident: Incident, *, actor: str, recorded_at: datetime) -> Incident:
        """Keep a new incident; what is returned has its id and number."""
        kept = replace(incident, id=new_id(), number=self._counters.next("incident"))
        self._queries.run(
            "insert",
            number=kept.number,
            opened_at=to_text(kept.opened_at),
            recorded_at=to_text(recorded_at),
            actor=actor,
            **self._columns(kept),
        )
        self._write_with(kept)
        return kept

    def update(self, incident: Incident) -> None:
        """Write what may change of a known incident."""
        self._queries.run("update", **self._columns(incident))
        self._queries.run("delete_with_components", incident_id=incident.id)
        self._write_with(incident)

    def get(self, text: str) -> Incident:
        """The incident of ``INC-42`` or ``42``; NotFoundError where there is none."""
        match = re.fullmatch(r"(?:INC-)?(\d{1,18})", text.strip(), re.IGNORECASE)
        row = self._queries.row("by_number", number=int(match[1])) if match else None
        if row is None:
            raise NotFoundError(f"there is no incident '{text}'; see 'plugwatch incident list'")
        return self._incident(row)

    def all(self) -> Sequence[Incident]:
        """All incidents, the newest first."""
        also: dict[str, list[Component]] = {}
        for row_id, kind, slug in self._queries.rows("all_with_components"):
            also.setdefault(row_id, []).append(Component(kind, slug))
        return [_incident(row, also.get(row[0], ())) for row in self._queries.rows("all")]

    def of_component(self, component: Component) -> Sequence[Incident]:
        """All incidents whose cause is this component, the newest first."""
        rows = self._queries.rows("by_component", kind=component.kind, slug=component.slug)
        return [self._incident(row) for row in rows]

    def of_trigger(self, trigger: str) -> Sequence[Incident]:
        """All incidents without a known cause that were triggered by this, the newest first."""
        return [self._incident(row) for row in self._queries.rows("by_trigger", triggered_by=trigger)]

    def root(self, incident: Incident) -> Incident:
        """The incident itself, or the one that it was merged into."""
        return self.get(incident.merged_into) if incident.merged_into else incident

    def merged(self, incident: Incident) -> list[str]:
        """The names of those that were merged into an incident, in order."""
        return [f"INC-{number}" for (number,) in self._queries.rows("merged", incident_id=incident.id)]

    def merge(self, incident: Incident, root: Incident) -> None:
        """Let an incident, with all that was merged into it, go on as another one."""
        self._queries.run("merge", incident_id=incident.id, root_id=root.id)

    def part(self, incident: Incident) -> None:
        """Let a merged incident stand for itself again."""
        self._queries.run("part", incident_id=incident.id)

    def link(self, incident: Incident, other: Incident, note: str | None, *, at: datetime, actor: str) -> None:
        """Keep that two incidents are the same trouble at different times."""
        first, second = sorted((incident, other), key=lambda one: one.number)
        self._queries.run(
            "insert_link", incident_id=first.id, other_id=second.id, note=note, at=to_text(at), actor=actor
        )

    def links(self, incident: Incident) -> list[tuple[str, str | None]]:
        """The names of the incidents that are linked to one, in order, each with what was noted."""
        return [(f"INC-{number}", note) for number, note in self._queries.rows("links", incident_id=incident.id)]

    def set_words(self, incident: Incident, language: str, field: str, body: str, *, actor: str, at: datetime) -> None:
        """Keep what we say of an incident in a language, in place of what was said before; an empty text removes it."""
        keys = {"incident_id": incident.id, "language": language, "field": field}
        self._queries.run("delete_words", **keys)
        if body:
            self._queries.run("insert_words", **keys, body=body, at=to_text(at), actor=actor)

    def words(self, incident: Incident) -> dict[tuple[str, str], str]:
        """What we say of an incident, by language and field."""
        rows = self._queries.rows("words", incident_id=incident.id)
        return {(language, field): body for language, field, body, _ in rows}

    def words_written(self, incident: Incident) -> dict[tuple[str, str], datetime]:
        """When that was written."""
        rows = self._queries.rows("words", incident_id=incident.id)
        return {(language, field): from_text(at) for language, field, _, at in rows}

    def concerns(self) -> dict[Component, list[Concern]]:
        """All incidents by the component that they are about, the newest first; of WordPress and PHP, those they
        triggered."""
        from plugwatch.model.suspects import Concern

        found: dict[Component, list[Concern]] = {}
        for kind, slug, number, version, affected, status in self._queries.rows("concerns"):
            concern = Concern(f"INC-{number}", version, affected, status in OPEN_STATUSES)
            found.setdefault(Component(kind, slug), []).append(concern)
        for number, trigger, status in self._queries.rows("triggered_by_platform"):
            name, _, version = trigger.partition(":")
            found.setdefault(PLATFORM[name], []).append(
                Concern(f"INC-{number}", version, None, status in OPEN_STATUSES)
            )
        return found

    def add_call(self, incident: Incident, call: Call) -> None:
        """Keep what a client told us."""
        self._queries.run(
            "insert_call",
            id=new_id(),
            incident_id=incident.id,
            client_id=self._clients.get(call.client).id if call.client else None,
            site_id=self._sites.get(call.site).id if call.site else None,
            caller=call.caller,
            heard=call.heard,
            words=call.words,
            ticket=call.ticket,
            at=to_text(call.at),
            recorded_at=to_text(call.recorded_at),
            actor=call.actor,
        )

    def calls(self, incident: Incident) -> Sequence[Call]:
        """All calls about an incident, the earliest first."""
        return [
            Call(site, client, caller, heard, words, ticket, from_text(at), from_text(recorded_at), actor)
            for site, client, caller, heard, words, ticket, at, recorded_at, actor in self._queries.rows(
                "calls", incident_id=incident.id
            )
        ]

    def callers(self) -> Sequence[str]:
        """The names of everybody who has called."""
        return [name for (name,) in self._queries.rows("callers")]

    def add_event(self, incident: Incident, event: Event) -> None:
        """Add a line to the timeline."""
        self._queries.run(
            "insert_event",
            id=new_id(),
            incident_id=incident.id,
            at=to_text(event.at),
            recorded_at=to_text(event.recorded_at),
            actor=event.actor,
            kind=event.kind,
            visibility=event.visibility,
            body=event.body,
            minutes=event.minutes,
            client_id=self._clients.get(event.client).id if event.client else None,
        )

    def events(self, incident: Incident) -> Sequence[Event]:
        """The timeline, in the order in which things happened."""
        return [
            Event(from_text(at), from_text(recorded_at), *rest)
            for at, recorded_at, *rest in self._queries.rows("events", incident_id=incident.id)
        ]

    def _columns(self, incident: Incident) -> dict[str, object]:
        return {
            "id": incident.id,
            "title": incident.title,
            "status": incident.status,
            "severity": incident.severity,
            "triggered_by": incident.trigger,
            "component_id": self._components.get_or_create(incident.component) if incident.component else None,
            "version": incident.version,
            "affected": incident.affected,
            "security": int(incident.security),
            "assignee": incident.assignee,
            "steps": incident.steps,
            "expected": incident.expected,
            "actual": incident.actual,
            "workaround": incident.workaround,
            "workaround_checked_at": to_text(incident.workaround_checked_at)
            if incident.workaround_checked_at
            else None,
        }

    def _write_with(self, incident: Incident) -> None:
        self._queries.run_many(
            "insert_with_component",
            self._with_rows(incident),
        )

    def _with_rows(self, incident: Incident) -> Iterable[dict[str, object]]:
        return [
            {"incident_id": incident.id, "component_id": self._components.get_or_create(component)}
            for component in incident.with_components
        ]

    def _incident(self, row: Row) -> Incident:
        also = self._queries.rows("with_components", incident_id=row[0])
        return _incident(row, [Component(*names) for names in also])


def _incident(row: Row, also: Iterable[Component]) -> Incident:
    row_id, number, title, status, severity, trigger, kind, slug, version, affected = row[:10]
    security, assignee, steps, expected, actual, opened_at, workaround, checked_at, root = row[10:]
    return Incident(
        id=row_id,
        number=number,
        title=title,
        status=status,
        severity=severity,
        trigger=trigger,
        component=Component(kind, slug) if kind else None,
        version=version,
        opened_at=from_text(opened_at),
        with_components=tuple(also),
        affected=affected,
        assignee=assignee,
        security=bool(security),
        steps=steps,
        expected=expected,
        actual=actual,
        workaround=workaround,
        workaround_checked_at=from_text(checked_at) if checked_at else None,
        merged_into=f"INC-{root}" if root else None,
    )
