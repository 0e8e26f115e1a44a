"""Incidents, with the calls, impacts, promises and events that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

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
from plugwatch.model.incident import OPEN_STATUSES, Call, Event, Impact, Incident, Promise
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
        return [self._incident(row) for row in self._queries.rows("all")]

    def of_component(self, component: Component) -> Sequence[Incident]:
        """All incidents whose cause is this component, the newest first."""
        rows = self._queries.rows("by_component", kind=component.kind, slug=component.slug)
        return [self._incident(row) for row in rows]

    def concerns(self) -> dict[Component, list[Concern]]:
        """All incidents by the component that they are about, the newest first; of WordPress and PHP, those they
        triggered."""
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

    def add_impact(self, incident: Incident, impact: Impact) -> None:
        """Keep a verdict for a site; an earlier one stays in the history."""
        self._queries.run(
            "insert_impact",
            id=new_id(),
            incident_id=incident.id,
            site_id=self._sites.get(impact.site).id,
            state=impact.state,
            justification=impact.justification,
            at=to_text(impact.at),
            actor=impact.actor,
        )

    def impacts(self, incident: Incident) -> Sequence[Impact]:
        """The newest verdict for each site."""
        return [
            Impact(site, client, state, justification, actor, from_text(at))
            for site, client, state, justification, actor, at in self._queries.rows("impacts", incident_id=incident.id)
        ]

    def add_promise(self, incident: Incident, promise: Promise, *, actor: str) -> None:
        """Keep when a client hears from us again."""
        self._queries.run(
            "insert_promise",
            id=new_id(),
            incident_id=incident.id,
            client_id=self._clients.get(promise.client).id,
            due_at=to_text(promise.due),
            made_at=to_text(promise.made_at),
            actor=actor,
        )

    def promises(self, incident: Incident) -> Sequence[Promise]:
        """All promises, the next due first."""
        return [
            Promise(client, from_text(due), from_text(made), from_text(kept) if kept else None)
            for client, due, made, kept in self._queries.rows("promises", incident_id=incident.id)
        ]

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
        )

    def events(self, incident: Incident) -> Sequence[Event]:
        """The timeline, in the order in which things happened."""
        return [
            Event(from_text(at), from_text(recorded_at), actor, kind, visibility, body)
            for at, recorded_at, actor, kind, visibility, body in self._queries.rows("events", incident_id=incident.id)
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
        row_id, number, title, status, severity, trigger, kind, slug, version, affected = row[:10]
        security, assignee, steps, expected, actual, opened_at = row[10:]
        also = self._queries.rows("with_components", incident_id=row_id)
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
            with_components=tuple(Component(*names) for names in also),
            affected=affected,
            assignee=assignee,
            security=bool(security),
            steps=steps,
            expected=expected,
            actual=actual,
        )
