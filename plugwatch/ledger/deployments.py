"""What was put on sites, by whom and when, and how it ended."""

from __future__ import annotations

from plugwatch.ledger.components import Components
from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.sites import Sites
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.deployments.deployment import Deployment
from plugwatch.model.incident import Incident


class Deployments:
    """Every deployment, in the order in which they began."""

    def __init__(self, connection: Connection, components: Components, sites: Sites) -> None:
        self._queries = Queries(connection, "deployments")
        self._components, self._sites = components, sites

    def add(self, one: Deployment, incident: Incident | None = None) -> None:
        """Keep one that is about to begin; its id is the caller's (time-ordered)."""
        self._queries.run(
            "insert",
            run_id=one.run,
            component_id=self._components.get_or_create(one.component),
            site_id=self._sites.get(one.site).id,
            incident_id=incident.id if incident else None,
            kind=one.kind,
            version=one.version,
            actor=one.actor,
            started_at=to_text(one.started_at),
            **_changing(one),
        )

    def change(self, one: Deployment) -> None:
        """Keep what became of it."""
        self._queries.run("change", **_changing(one))

    def all(self, component: Component | None = None) -> list[Deployment]:
        """All of them, or those of one component, the first first."""
        if component is None:
            return [_deployment(row) for row in self._queries.rows("all")]
        found = self._queries.rows("of_component", component_id=self._components.find(component))
        return [_deployment(row) for row in found]

    def open(self) -> list[Deployment]:
        """Those of which it is not known how they ended, and that no later one has made good."""
        return [_deployment(row) for row in self._queries.rows("open")]


def _changing(one: Deployment) -> dict[str, str | None]:
    return {
        "id": one.id,
        "state": one.state,
        "version_before": one.version_before,
        "state_before": one.state_before,
        "snapshot": one.snapshot,
        "kept_at": one.kept_at,
        "finished_at": to_text(one.finished_at) if one.finished_at else None,
        "note": one.note,
    }


def _deployment(row: Row) -> Deployment:
    one, run, kind, slug, site, what, version, actor, started, state, number, *rest = row
    before, state_before, snapshot, kept_at, finished, note = rest
    return Deployment(
        id=one,
        run=run,
        component=Component(kind, slug),
        site=site,
        kind=what,
        version=version,
        actor=actor,
        started_at=from_text(started),
        state=state,
        incident=f"INC-{number}" if number else None,
        version_before=before,
        state_before=state_before,
        snapshot=snapshot,
        kept_at=kept_at,
        finished_at=from_text(finished) if finished else None,
        note=note,
    )
