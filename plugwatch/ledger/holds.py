"""Holds on versions of components."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.hold import Hold
from plugwatch.model.incident import Incident

if TYPE_CHECKING:  # a call is logged without it
    from plugwatch.model.hold_export import HeldOn


class Holds:
    """Every hold, in the order in which they were set."""

    def __init__(self, connection: Connection, components: Components) -> None:
        self._queries = Queries(connection, "holds")
        self._components = components

    def add(self, incident: Incident, hold: Hold) -> Hold:
        """Keep a new hold; what is returned has its id."""
        kept = replace(hold, id=new_id())
        self._queries.run(
            "insert",
            id=kept.id,
            incident_id=incident.id,
            component_id=self._components.get_or_create(hold.component),
            versions=hold.versions,
            reason=hold.reason,
            until=hold.until,
            at=to_text(hold.at),
            actor=hold.actor,
        )
        return kept

    def lift(self, hold: Hold, *, at: datetime, actor: str, why: str | None = None) -> None:
        """End a hold."""
        self._queries.run("lift", id=hold.id, at=to_text(at), actor=actor, why=why)

    def of_incident(self, incident: Incident) -> list[Hold]:
        """All holds of an incident and of what was merged into it, the lifted ones too."""
        return [_hold(row) for row in self._queries.rows("of_incident", incident_id=incident.id)]

    def open(self) -> dict[Component, list[Hold]]:
        """The holds that are not lifted, by component."""
        found: dict[Component, list[Hold]] = {}
        for row in self._queries.rows("open"):
            hold = _hold(row)
            found.setdefault(hold.component, []).append(hold)
        return found

    def installed(self) -> list[HeldOn]:
        """Where the components are installed of which a version is held."""
        from plugwatch.model.hold_export import HeldOn

        return [
            HeldOn(site, source, main, Component(kind, slug), base_version, build, offered)
            for site, source, main, kind, slug, base_version, build, offered in self._queries.rows("installed")
        ]

    def builds(self) -> dict[Component, list[str]]:
        """The builds of ours of the components of which a version is held."""
        found: dict[Component, list[str]] = {}
        for kind, slug, version in self._queries.rows("builds"):
            found.setdefault(Component(kind, slug), []).append(version)
        return found


def _hold(row: Row) -> Hold:
    number, kind, slug, versions, reason, until, at, actor, lifted_at, hold_id, why = row
    lifted = from_text(lifted_at) if lifted_at else None
    component = Component(kind, slug)
    return Hold(
        f"INC-{number}", component, versions, reason, until, from_text(at), actor, lifted, hold_id, lifted_why=why
    )
