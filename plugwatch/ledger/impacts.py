"""What incidents mean for each site: verdicts, of which the newest counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.ids import new_id
from plugwatch.ledger.queries import Queries
from plugwatch.ledger.sites import Sites
from plugwatch.ledger.times import from_text, to_text
from plugwatch.model.component import Component
from plugwatch.model.incident import Impact, Incident

if TYPE_CHECKING:  # a call is logged without them
    from plugwatch.model.affected import Fate
    from plugwatch.model.impact import Exposure


class Impacts:
    """Every verdict for a site; only ever added to."""

    def __init__(self, connection: Connection, sites: Sites) -> None:
        self._queries = Queries(connection, "impacts")
        self._sites = sites

    def add(self, incident: Incident, impact: Impact) -> None:
        """Keep a verdict for a site; an earlier one stays in the history."""
        self._queries.run(
            "insert",
            id=new_id(),
            incident_id=incident.id,
            site_id=self._sites.get(impact.site).id,
            state=impact.state,
            justification=impact.justification,
            at=to_text(impact.at),
            actor=impact.actor,
            detail=impact.detail,
            valid_until=to_text(impact.valid_until) if impact.valid_until else None,
        )

    def of_incident(self, incident: Incident) -> Sequence[Impact]:
        """The newest verdict for each site, also of what was merged into the incident."""
        return [
            Impact(site, client, state, why, actor, from_text(at), detail, from_text(until) if until else None)
            for site, client, state, why, actor, at, detail, until in self._queries.rows(
                "of_incident", incident_id=incident.id
            )
        ]

    def exposure(self, component: Component) -> list[Exposure]:
        """Every site that a component is installed on now, with what its lists say of updates."""
        return [_exposure(row) for row in self._queries.rows("exposure", kind=component.kind, slug=component.slug)]

    def judged_versions(self, incident: Incident, component: Component) -> list[tuple[str, str, str | None, str]]:
        """Site, state, justification and the base version that ran there at that moment, for each verdict in its order.

        Builds of ours and sites that no list had told of are left out.
        """
        names = {"kind": component.kind, "slug": component.slug}
        return [
            (site, state, why, version)
            for site, state, why, version in self._queries.rows("judged_versions", incident_id=incident.id, **names)
        ]

    def versions_before(self, incident: Incident, component: Component) -> list[str]:
        """The versions that sites ran, and left again, before somebody found them affected."""
        names = {"kind": component.kind, "slug": component.slug}
        return [version for (version,) in self._queries.rows("versions_before", incident_id=incident.id, **names)]

    def fates(self, component: Component) -> list[Fate]:
        """What became of the patches that were made for incidents; of what was merged, under the number that it has
        now."""
        from plugwatch.model.affected import Fate

        return [
            Fate(f"INC-{number}", patch, version, fate)
            for number, patch, version, fate in self._queries.rows("fates", kind=component.kind, slug=component.slug)
        ]


def _exposure(row: Row) -> Exposure:
    from plugwatch.model.impact import Exposure

    site, client, tier, version, base_version, build, status, automatic, offered, since, seen = row
    return Exposure(
        site=site,
        client=client,
        tier=tier,
        version=version,
        base_version=base_version,
        build=build,
        status=status,
        auto_update=None if automatic is None else bool(automatic),
        offered=offered,
        since=from_text(since),
        last_seen=from_text(seen),
    )
